/*
 * test_settings_conninfo: broken descriptions and exactly what is said of them: conninfo strings
 * and URIs that libpq would refuse; none of a secret is repeated.
 */
#include "settings_cases.h"

static const struct broken conninfo_cases[] = {
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" is empty; write a value, or remove the key\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a word without \"=\"; it is a URI (postgresql://...) "
     "or pairs: keyword=value; a value with blanks needs quotes\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h foo\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a word without \"=\"; it is a URI (postgresql://...) "
     "or pairs: keyword=value; a value with blanks needs quotes\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h passwort=x\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has the keyword \"passwort\", which libpq does not know; "
     "did you mean \"password\"?\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h xyzzy=1\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has the keyword \"xyzzy\", which libpq does not know\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host='h\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a quote that is not closed; a value is quoted as in "
     "keyword='it\\'s'\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h1,h2\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has several hosts; a node is one server: describe each "
     "as a node of its own\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h port=1,2\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has several ports; a node is one server: describe each "
     "as a node of its own\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"hostaddr=1.2.3.4,1.2.3.5\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has several hosts; a node is one server: describe each "
     "as a node of its own\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h port=0\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a port that is not one; 1 to 65535; in a URI, "
     "percent-encode / : @ in a password\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h port=abc\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a port that is not one; 1 to 65535; in a URI, "
     "percent-encode / : @ in a password\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h sslmode=sure\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has an sslmode that libpq does not know; disable, allow, "
     "prefer, require, verify-ca or verify-full\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h replication=database\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" says replication: such a connection cannot run queries; "
     "remove it\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"password=my s3cret\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a word without \"=\"; it is a URI (postgresql://...) "
     "or pairs: keyword=value; a value with blanks needs quotes\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"password=my s3cret=5\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a keyword that libpq does not know; a value with "
     "blanks or quotes in it needs quotes: keyword='value'; in a URI, percent-encode it\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"host=h pass=s3cret\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has the keyword \"pass\", which libpq does not know\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h1,h2/db\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has several hosts; a node is one server: describe each "
     "as a node of its own\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h1:1,h2:2/db\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has several hosts; a node is one server: describe each "
     "as a node of its own\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://u:s3cret%zz@h/\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a % without two hexadecimal digits, or %00; write a "
     "% in a URI as %25\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://u:s3%00cret@h/\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a % without two hexadecimal digits, or %00; write a "
     "% in a URI as %25\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h:port/\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a port that is not one; 1 to 65535; in a URI, "
     "percent-encode / : @ in a password\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://[::1/\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a [ without an address and ] after it; write an IPv6 "
     "address as in postgresql://[::1]:5432/\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://[]/\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a [ without an address and ] after it; write an IPv6 "
     "address as in postgresql://[::1]:5432/\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://[::1]x/\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a [ without an address and ] after it; write an IPv6 "
     "address as in postgresql://[::1]:5432/\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h/db?foo=bar\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has the keyword \"foo\", which libpq does not know\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h/db?host\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a parameter after ? that is not keyword=value; write "
     "= in a value as %3D, & as %26\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h/db?&\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a parameter after ? that is not keyword=value; write "
     "= in a value as %3D, & as %26\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h/?user=u&&port=1\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a parameter after ? that is not keyword=value; write "
     "= in a value as %3D, & as %26\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h/db?user=a=b\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a parameter after ? that is not keyword=value; write "
     "= in a value as %3D, & as %26\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h/db?sslmod=require\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has the keyword \"sslmod\", which libpq does not know; "
     "did you mean \"sslmode\"?\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://u:12/s3cret@h/db?s3cret=1\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a keyword that libpq does not know; a value with "
     "blanks or quotes in it needs quotes: keyword='value'; in a URI, percent-encode it\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://u:s3/cret@h/db\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a port that is not one; 1 to 65535; in a URI, "
     "percent-encode / : @ in a password\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"postgresql://h/?host=a,b\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has several hosts; a node is one server: describe each "
     "as a node of its own\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"mysql://h/db\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a word without \"=\"; it is a URI (postgresql://...) "
     "or pairs: keyword=value; a value with blanks needs quotes\n"},
};

static void test_conninfo(void **state)
{
    (void)state;
    check_broken(conninfo_cases, sizeof conninfo_cases / sizeof conninfo_cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conninfo)};

    set_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
