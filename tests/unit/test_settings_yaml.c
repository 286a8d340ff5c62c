/*
 * test_settings_yaml: broken descriptions and exactly what is said of them: what is not YAML, or
 * more YAML than is taken.
 */
#include "settings_cases.h"

static const struct broken yaml_cases[] = {
    {"cluster: &a x\n"
     "lab: *b\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: an anchor (&); anchors and aliases are not taken here\n"
     "t.yaml:2:6: an alias (*); anchors and aliases are not taken here\n"},
    {VALID "poll: &p {interval: 1s}\n"
           "probe: *p\n",
     "t.yaml:3:7: an anchor (&); anchors and aliases are not taken here\n"
     "t.yaml:4:8: an alias (*); anchors and aliases are not taken here\n"},
    {"cluster: !!str x\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: a tag (!); tags are not taken here\n"},
    {VALID "lab: !secret true\n", "t.yaml:3:6: a tag (!); tags are not taken here\n"},
    {VALID "---\n"
           "cluster: y\n",
     "t.yaml:3:1: a second document (---); one file describes one cluster\n"},
    {VALID "...\n"
           "---\n"
           "cluster: y\n",
     "t.yaml:4:1: a second document (---); one file describes one cluster\n"},
    {"%YAML 9.9\n"
     "---\n"
     "cluster: x\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:1: not YAML: found incompatible YAML document; look at the quotes, brackets and "
     "indentation up to here\n"},
    {"cluster: x\n"
     "nodes:\n"
     "\t- name: a\n",
     "t.yaml:3:1: not YAML: found character that cannot start any token while scanning for the "
     "next token; indent with blanks, not with tabs\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - name: a\n"
     "\t  host: h\n",
     "t.yaml:4:1: not YAML: found a tab character that violates indentation while scanning a plain "
     "scalar that starts on line 3; indent with blanks, not with tabs\n"},
    {"cluster: \"x\n",
     "t.yaml:2:1: not YAML: found unexpected end of stream while scanning a quoted scalar that "
     "starts on line 1; look at the quotes, brackets and indentation up to here\n"},
    {"cluster: 'x\n",
     "t.yaml:2:1: not YAML: found unexpected end of stream while scanning a quoted scalar that "
     "starts on line 1; look at the quotes, brackets and indentation up to here\n"},
    {"cluster: @x\n",
     "t.yaml:1:10: not YAML: found character that cannot start any token while scanning for the "
     "next token; put the value in quotes\n"},
    {"cluster: `x`\n",
     "t.yaml:1:10: not YAML: found character that cannot start any token while scanning for the "
     "next token; put the value in quotes\n"},
    {"cluster: x: y\n",
     "t.yaml:1:11: not YAML: mapping values are not allowed in this context; a value with \": \" "
     "in it needs quotes; or the indentation is wrong\n"},
    {"cluster: x\n"
     "nodes: [{name: a, host: h}\n",
     "t.yaml:3:1: not YAML: did not find expected ',' or ']' while parsing a flow sequence that "
     "starts on line 2; look at the quotes, brackets and indentation up to here\n"},
    {"cluster: x\n"
     " nodes: []\n",
     "t.yaml:2:7: not YAML: mapping values are not allowed in this context; a value with \": \" in "
     "it needs quotes; or the indentation is wrong\n"},
    {"cluster \"x\"\n",
     "t.yaml:1:1: a description must be a map, not text; write its keys below it, indented, as "
     "\"key: value\"\n"},
    {"cluster: \"\\q\"\n",
     "t.yaml:1:11: not YAML: found unknown escape character while parsing a quoted scalar; look at "
     "the quotes, brackets and indentation up to here\n"},
    {"[[[[[[[[[[[[[[[[[[[[\n",
     "t.yaml:1:17: nested too deeply; no description needs more than 4 levels\n"},
    {"cluster: x\n"
     "nodes:\n"
     "- name: a\n"
     "  host: h\n"
     " port: 5\n",
     "t.yaml:5:2: not YAML: did not find expected key while parsing a block mapping that starts on "
     "line 1; look at the quotes, brackets and indentation up to here\n"},
    {VALID "*a : b\n", "t.yaml:3:1: an alias (*); anchors and aliases are not taken here\n"},
    {"{cluster: x, nodes: [{name: a, host: h}]\n",
     "t.yaml:2:1: not YAML: did not find expected ',' or '}' while parsing a flow mapping that "
     "starts on line 1; look at the quotes, brackets and indentation up to here\n"},
    {VALID "connection: {password:s3cret}\n",
     "t.yaml:3:14: unknown key \"password:...\" in connection; write \"key: value\", with a blank "
     "after the colon\n"},
    {VALID "connection: {password: my,s3cret}\n",
     "t.yaml:3:27: unknown key in connection; a value with , : { } or [ ] in it needs quotes\n"},
    {VALID "connection:\n"
           "  password:s3cret\n",
     "t.yaml:4:3: connection must be a map, not text; write its keys below it, indented, as \"key: "
     "value\"\n"},
    {VALID "connection:\n"
           "  password: s3: cret\n",
     "t.yaml:4:15: not YAML: mapping values are not allowed in this context; a value with \": \" "
     "in it needs quotes; or the indentation is wrong\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: host=h password=x,s3cret=1}\n",
     "t.yaml:3:43: unknown key in node \"a\"; a value with , : { } or [ ] in it needs quotes\n"},
};

static const struct broken bytes_cases[] = {
    {"", "t.yaml: is empty; config/ has examples to start from\n"},
    {"# nothing\n", "t.yaml: is empty; config/ has examples to start from\n"},
    {"---\n", "t.yaml: is empty; config/ has examples to start from\n"},
    {"\n"
     "\n",
     "t.yaml: is empty; config/ has examples to start from\n"},
    {"cluster: \007x\n", "t.yaml:1:10: character U+0007 is not taken here; remove it\n"},
    {"cluster: x\n"
     " lab\177\n",
     "t.yaml:2:5: character U+007F is not taken here; remove it\n"},
    {"cluster: \342\200\256\342\200\250"
     "x\357\273\277\n",
     "t.yaml:2:2: character U+FEFF is not taken here; remove it\n"},
    {"cluster: \356\200\200\n", "t.yaml:1:10: character U+E000 is not taken here; remove it\n"},
    {"cluster: \303\251\001\n", "t.yaml:1:11: character U+0001 is not taken here; remove it\n"},
};

static void test_yaml(void **state)
{
    (void)state;
    check_broken(yaml_cases, sizeof yaml_cases / sizeof yaml_cases[0]);
}

static void test_bytes(void **state)
{
    (void)state;
    check_broken(bytes_cases, sizeof bytes_cases / sizeof bytes_cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_yaml), cmocka_unit_test(test_bytes)};

    set_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
