/*
 * test_settings_nodes: broken descriptions and exactly what is said of them: nodes, stacks and
 * ${VARIABLE}s.
 */
#include "settings_cases.h"

static const struct broken nodes_cases[] = {
    {"cluster: x\n",
     "t.yaml:1:1: nodes is missing; list the servers as \"- {name: a, host: b, port: 5432}\"\n"},
    {"nodes: [{name: a, host: h}]\n",
     "t.yaml:1:1: cluster is missing; name of the cluster: shown in the header, typed to confirm "
     "destructive actions\n"},
    {"lab: true\n",
     "t.yaml:1:1: cluster is missing; name of the cluster: shown in the header, typed to confirm "
     "destructive actions\n"
     "t.yaml:1:1: nodes is missing; list the servers as \"- {name: a, host: b, port: 5432}\"\n"},
    {"cluster: x\n"
     "nodes: []\n",
     "t.yaml:2:8: nodes is empty; list the servers as \"- {name: a, host: b, port: 5432}\"\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {host: h}\n",
     "t.yaml:3:5: name of node 1 is missing; name of the node, as its standby connects "
     "(application_name); no other node has it\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {}\n",
     "t.yaml:3:5: name of node 1 is missing; name of the node, as its standby connects "
     "(application_name); no other node has it\n"
     "t.yaml:3:5: node 1 has nothing to connect to; say host, hostaddr or conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a}\n",
     "t.yaml:3:5: node \"a\" has nothing to connect to; say host, hostaddr or conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, port: 5432}\n",
     "t.yaml:3:5: node \"a\" has nothing to connect to; say host, hostaddr or conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, user: u}\n",
     "t.yaml:3:5: node \"a\" has nothing to connect to; say host, hostaddr or conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h}\n"
     "  - {name: a, host: i}\n",
     "t.yaml:4:6: a second node \"a\"; the first is on line 3; upper and lower case are the "
     "same\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h}\n"
     "  - {name: b, host: i}\n"
     "  - {name: A, host: j}\n",
     "t.yaml:5:6: a second node \"A\"; the first is on line 3; upper and lower case are the "
     "same\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, conninfo: \"host=i\"}\n",
     "t.yaml:3:15: node \"a\" has both conninfo and host; say it in conninfo, or remove "
     "conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, hostaddr: 127.0.0.1, port: 1, conninfo: \"dbname=i\"}\n",
     "t.yaml:3:15: node \"a\" has both conninfo and hostaddr; say it in conninfo, or remove "
     "conninfo\n"
     "t.yaml:3:36: node \"a\" has both conninfo and port; say it in conninfo, or remove "
     "conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, user: u, conninfo: \"user=v host=h\"}\n",
     "t.yaml:3:15: user of node \"a\" is in its conninfo too; remove one\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, password: s3cret, conninfo: \"postgresql://u:s3cret2@h/\"}\n",
     "t.yaml:3:15: password of node \"a\" is in its conninfo too; remove one\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, service: b}\n",
     "t.yaml:3:24: service of node \"a\" is for a compose stack, and this is no stack; remove it, "
     "or change stack.kind\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, files: b}\n",
     "t.yaml:3:24: files of node \"a\" is for a local stack, and this is no stack; remove it, or "
     "change stack.kind\n"},
};

static const struct broken stack_cases[] = {
    {VALID "stack: {}\n", "t.yaml:3:8: stack.kind is missing; compose or local\n"},
    {VALID "stack: {file: x}\n", "t.yaml:3:8: stack.kind is missing; compose or local\n"},
    {VALID "stack: {kind: docker}\n",
     "t.yaml:3:15: stack.kind is not known: \"docker\"; compose or local\n"},
    {VALID "stack: {kind: composer}\n",
     "t.yaml:3:15: stack.kind is not known: \"composer\"; did you mean \"compose\"?\n"},
    {VALID "stack: {kind: [local]}\n",
     "t.yaml:3:15: stack.kind must be a word, not a list; write one value\n"},
    {VALID "stack: local\n",
     "t.yaml:3:8: stack must be a map, not text; write its keys below it, indented, as \"key: "
     "value\"\n"},
    {VALID "stack: {kind: compose}\n",
     "t.yaml:3:8: stack.file is missing; the compose file\n"
     "t.yaml:3:8: stack.project is missing; the compose project; only its containers are ever "
     "touched\n"},
    {VALID "stack: {kind: compose, file: x, project: p, data: d, bindir: b}\n",
     "t.yaml:3:45: stack.data is not for kind: compose; it is for kind: local\n"
     "t.yaml:3:54: stack.bindir is not for kind: compose; it is for kind: local\n"},
    {VALID "stack: {kind: compose, file: x, project: Lab}\n",
     "t.yaml:3:42: stack.project is not the name of a compose project: \"Lab\"; lower-case "
     "letters, digits, - and _; a letter or digit first\n"},
    {VALID "stack: {kind: compose, file: x, project: --all}\n",
     "t.yaml:3:42: stack.project is not the name of a compose project: \"--all\"; lower-case "
     "letters, digits, - and _; a letter or digit first\n"},
    {VALID "stack: {kind: local}\n",
     "t.yaml:2:9: files of node \"a\" is missing; directory with the node's configuration and init "
     "script\n"
     "t.yaml:3:8: stack.data is missing; directory of the data directories, logs and the drill "
     "journal; nothing is written elsewhere\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, files: f}\n"
     "stack: {kind: local, data: d, file: x, project: p}\n",
     "t.yaml:4:31: stack.file is not for kind: local; it is for kind: compose\n"
     "t.yaml:4:40: stack.project is not for kind: local; it is for kind: compose\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, files: f, service: s}\n"
     "stack: {kind: local, data: d}\n",
     "t.yaml:3:34: service of node \"a\" is for a compose stack, and this is a local stack; remove "
     "it, or change stack.kind\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, files: f}\n"
     "stack: {kind: compose, file: x, project: p}\n",
     "t.yaml:3:24: files of node \"a\" is for a local stack, and this is a compose stack; remove "
     "it, or change stack.kind\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: ../a, host: h, files: f}\n"
     "stack: {kind: local, data: d}\n",
     "t.yaml:3:6: node \"../a\" cannot be started by a stack under this name; letters, digits, -, "
     "_ and .; a letter or digit first\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: \"a b\", host: h}\n"
     "stack: {kind: compose, file: x, project: p}\n",
     "t.yaml:3:6: node \"a b\" cannot be started by a stack under this name; say its service: the "
     "compose service\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, service: -f}\n"
     "stack: {kind: compose, file: x, project: p}\n",
     "t.yaml:3:33: service of node \"a\" is not the name of a compose service: \"-f\"; letters, "
     "digits, -, _ and .; a letter or digit first\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, files: ~bob/f}\n"
     "stack: {kind: local, data: d}\n",
     "t.yaml:3:31: files of node \"a\" begins with ~USER, which is not expanded; write ~/... for "
     "your own home directory, or the whole path\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, files: f}\n"
     "stack: {kind: local, data: ~}\n",
     "t.yaml:4:28: stack.data has no value; write one after the colon, or remove the key\n"},
};

static const struct broken expansion_cases[] = {
    {VALID "connection: {user: \"${UNSET}\"}\n",
     "t.yaml:3:20: connection.user takes ${UNSET}, which is not set; set it in the environment, or "
     "write ${UNSET:-default}\n"},
    {VALID "connection: {user: ${UNSET}}\n",
     "t.yaml:3:20: connection.user takes ${UNSET}, which is not set; set it in the environment, or "
     "write ${UNSET:-default}\n"},
    {VALID "connection: {user: \"${UNSET\"}\n",
     "t.yaml:3:20: connection.user has ${ without }; write ${VARIABLE} or ${VARIABLE:-default}\n"},
    {VALID "connection: {user: \"${}\"}\n",
     "t.yaml:3:20: connection.user has ${} without the name of a variable in it; write ${VARIABLE} "
     "or ${VARIABLE:-default}\n"},
    {VALID "connection: {user: \"${1A}\"}\n",
     "t.yaml:3:20: connection.user has ${} without the name of a variable in it; write ${VARIABLE} "
     "or ${VARIABLE:-default}\n"},
    {VALID "connection: {user: \"${A-b}\"}\n",
     "t.yaml:3:20: connection.user has ${} without the name of a variable in it; write ${VARIABLE} "
     "or ${VARIABLE:-default}\n"},
    {VALID "connection: {user: \"${A:-${B}}\"}\n",
     "t.yaml:3:20: connection.user has a ${ in the default of another; write ${VARIABLE} or "
     "${VARIABLE:-default}\n"},
    {VALID "connection: {user: \"${SECRET s3cret}\"}\n",
     "t.yaml:3:20: connection.user has ${} without the name of a variable in it; write ${VARIABLE} "
     "or ${VARIABLE:-default}\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: \"${EMPTY}\", host: h}\n",
     "t.yaml:3:12: name of node \"${EMPTY}\" is empty; write a value, or remove the key\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: ${EMPTY}}\n",
     "t.yaml:3:5: node \"a\" has nothing to connect to; say host, hostaddr or conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: ${EMPTY}, port: 1}\n",
     "t.yaml:3:5: node \"a\" has nothing to connect to; say host, hostaddr or conninfo\n"},
    {VALID "poll: {interval: \"${SECRET}\"}\n",
     "t.yaml:3:18: poll.interval is not a time: \"${SECRET}\"; write it as 500ms, 2s, 1.5min or "
     "1h\n"},
    {VALID "poll: {interval: \"${NUMBER}\"}\n",
     "t.yaml:3:18: poll.interval has no unit: \"${NUMBER}\"; write 1s\n"},
    {VALID "poll: {interval: ${NUMBER}0ms}\n",
     "t.yaml:3:18: poll.interval is out of range: \"${NUMBER}0ms\"; 100ms to 1h\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: ${SECRET}}\n",
     "t.yaml:3:30: port of node \"a\" is not a port: \"${SECRET}\"; a number from 1 to 65535\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, conninfo: ${CONNINFO}}\n",
     "t.yaml:3:15: node \"a\" has both conninfo and host; say it in conninfo, or remove "
     "conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, conninfo: \"${CONNINFO} passwrd=x\"}\n",
     "t.yaml:3:25: conninfo of node \"a\" has a keyword that libpq does not know; a value with "
     "blanks or quotes in it needs quotes: keyword='value'; in a URI, percent-encode it\n"},
    {VALID "connection: {user: ${LATIN1}}\n",
     "t.yaml:3:20: connection.user is not UTF-8; a variable in it has bytes that are not\n"},
    {VALID "lab: ${SECRET}\n",
     "t.yaml:3:6: lab is not true or false: \"${SECRET}\"; write true or false\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: \"${CONNINFO}\"}\n",
     "t.yaml:3:21: host of node \"a\" is not a host name, an address or a socket directory; a "
     "connection string belongs in conninfo\n"},
    {VALID "probe: {levels: [ \"${SECRET}\" ]}\n",
     "t.yaml:3:19: a level of probe.levels is not known: \"${SECRET}\"; local, remote_write, on or "
     "remote_apply\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, sslmode: ${SECRET}}\n",
     "t.yaml:3:33: sslmode of node \"a\" is not known: \"${SECRET}\"; disable, allow, prefer, "
     "require, verify-ca or verify-full\n"},
    {VALID "connection: {password: ${UNSET:-a,b}}\n",
     "t.yaml:3:25: not YAML: did not find expected ',' or '}' while parsing a flow mapping; inside "
     "{ } and [ ] put it in quotes: \"${VARIABLE}\"\n"},
};

static void test_nodes(void **state)
{
    (void)state;
    check_broken(nodes_cases, sizeof nodes_cases / sizeof nodes_cases[0]);
}

static void test_stack(void **state)
{
    (void)state;
    check_broken(stack_cases, sizeof stack_cases / sizeof stack_cases[0]);
}

static void test_expansion(void **state)
{
    (void)state;
    check_broken(expansion_cases, sizeof expansion_cases / sizeof expansion_cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nodes), cmocka_unit_test(test_stack),
                                       cmocka_unit_test(test_expansion)};

    set_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
