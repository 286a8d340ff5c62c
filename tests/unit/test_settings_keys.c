/*
 * test_settings_keys: broken descriptions and exactly what is said of them: keys that are not known
 * or there twice, and values of another type than the option table says.
 */
#include "settings_cases.h"

static const struct broken keys_cases[] = {
    {VALID "intervall: 1s\n",
     "t.yaml:3:1: unknown key \"intervall\" in the top level; did you mean \"interval\"? it "
     "belongs under poll or probe\n"},
    {VALID "interval: 1s\n",
     "t.yaml:3:1: unknown key \"interval\" in the top level; it belongs under poll or probe\n"},
    {VALID "frobnicate: 1\n",
     "t.yaml:3:1: unknown key \"frobnicate\" in the top level; known here: cluster, lab, stack, "
     "connection, nodes, poll, probe, limits\n"},
    {VALID "poll:\n  interval: 1s\npoll: {}\n",
     "t.yaml:5:1: \"poll\" is there twice; the first is on line 3: remove one\n"},
    {VALID "poll: {intervall: 1s}\n",
     "t.yaml:3:8: unknown key \"intervall\" in poll; did you mean \"interval\"?\n"},
    {VALID "poll: {intervals: 1s, tiemout: 3s}\n",
     "t.yaml:3:8: unknown key \"intervals\" in poll; did you mean \"interval\"?\n"
     "t.yaml:3:23: unknown key \"tiemout\" in poll; did you mean \"timeout\"?\n"},
    {VALID "port: 5432\n",
     "t.yaml:3:1: unknown key \"port\" in the top level; it belongs under connection or nodes\n"},
    {VALID "limits: {latency: 1s}\n",
     "t.yaml:3:10: unknown key \"latency\" in limits; known here: commit_latency, replay_lag, "
     "replay_behind, blocked_commit, slot_retained\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, prot: 5432}\n",
     "t.yaml:3:24: unknown key \"prot\" in node \"a\"; did you mean \"port\"?\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {nmae: a, host: h}\n",
     "t.yaml:3:5: name of node 1 is missing; name of the node, as its standby connects "
     "(application_name); no other node has it\n"
     "t.yaml:3:6: unknown key \"nmae\" in node 1; did you mean \"name\"?\n"},
    {VALID "cluster: y\n",
     "t.yaml:3:1: \"cluster\" is there twice; the first is on line 1: remove one\n"},
    {VALID "lab: true\n"
           "lab: true\n",
     "t.yaml:4:1: \"lab\" is there twice; the first is on line 3: remove one\n"},
    {VALID "poll: {interval: 1s, interval: 2s}\n",
     "t.yaml:3:22: \"interval\" is there twice; the first is on line 3: remove one\n"},
    {VALID "poll: {}\n"
           "limits: {}\n"
           "poll: {}\n",
     "t.yaml:5:1: \"poll\" is there twice; the first is on line 3: remove one\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, host: g}\n",
     "t.yaml:3:24: \"host\" is there twice; the first is on line 3: remove one\n"},
    {VALID "? [a]\n"
           ": b\n",
     "t.yaml:3:3: a key must be text, not a list; write \"key: value\"\n"},
    {VALID "? {a: b}\n"
           ": c\n",
     "t.yaml:3:3: a key must be text, not a map; write \"key: value\"\n"},
    {VALID "\"poll\\0x\": 1\n",
     "t.yaml:3:1: a key must be text, not a NUL; write \"key: value\"\n"},
    {VALID "\"\": 1\n",
     "t.yaml:3:1: unknown key in the top level; known here: cluster, lab, stack, connection, "
     "nodes, poll, probe, limits\n"},
    {VALID "poll interval: 1s\n",
     "t.yaml:3:1: unknown key \"poll...\" in the top level; known here: cluster, lab, stack, "
     "connection, nodes, poll, probe, limits\n"},
    {VALID "Cluster: y\n",
     "t.yaml:3:1: unknown key \"Cluster\" in the top level; did you mean \"cluster\"?\n"},
    {VALID "<<: {lab: true}\n",
     "t.yaml:3:1: unknown key in the top level; known here: cluster, lab, stack, connection, "
     "nodes, poll, probe, limits\n"},
    {VALID "poll: {interval=1s: 2}\n",
     "t.yaml:3:8: unknown key \"interval=...\" in poll; write \"key: value\", with a blank after "
     "the colon\n"},
};

static const struct broken types_cases[] = {
    {"- a\n",
     "t.yaml:1:1: a description must be a map, not a list; write its keys below it, indented, as "
     "\"key: value\"\n"},
    {"x\n",
     "t.yaml:1:1: a description must be a map, not text; write its keys below it, indented, as "
     "\"key: value\"\n"},
    {"3\n",
     "t.yaml:1:1: a description must be a map, not a number; write its keys below it, indented, as "
     "\"key: value\"\n"},
    {"cluster: [x]\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster must be text, not a list; write one value\n"},
    {"cluster: {x: y}\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster must be text, not a map; write one value\n"},
    {"cluster: 12\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster must be text, not a number; put it in quotes\n"},
    {"cluster: 1.5e+3\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster must be text, not a number; put it in quotes\n"},
    {"cluster: 0x1F\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster must be text, not a number; put it in quotes\n"},
    {"cluster: no\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster must be text, not true or false; put it in quotes\n"},
    {"cluster:\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:9: cluster has no value; write one after the colon, or remove the key\n"},
    {"cluster: ~\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster has no value; write one after the colon, or remove the key\n"},
    {"cluster: null\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster has no value; write one after the colon, or remove the key\n"},
    {"cluster: \"\"\n"
     "nodes: [{name: a, host: h}]\n",
     "t.yaml:1:10: cluster is empty; write a value, or remove the key\n"},
    {VALID "lab: 1\n",
     "t.yaml:3:6: lab must be true or false, not a number; write true or false\n"},
    {VALID "lab: maybe\n",
     "t.yaml:3:6: lab is not true or false: \"maybe\"; write true or false\n"},
    {VALID "lab: \"true\"\n",
     "t.yaml:3:6: lab must be true or false, not text; write it without quotes\n"},
    {VALID "lab: [true]\n", "t.yaml:3:6: lab must be true or false, not a list; write one value\n"},
    {VALID "lab: {a: true}\n",
     "t.yaml:3:6: lab must be true or false, not a map; write one value\n"},
    {VALID "lab:\n",
     "t.yaml:3:5: lab has no value; write one after the colon, or remove the key\n"},
    {VALID "poll: 1s\n",
     "t.yaml:3:7: poll must be a map, not text; write its keys below it, indented, as \"key: "
     "value\"\n"},
    {VALID "poll:\n",
     "t.yaml:3:6: poll must be a map, not nothing; write its keys below it, indented, or remove "
     "it\n"},
    {VALID "poll: [1s]\n",
     "t.yaml:3:7: poll must be a map, not a list; write its keys below it, indented, as \"key: "
     "value\"\n"},
    {VALID "poll: 3\n",
     "t.yaml:3:7: poll must be a map, not a number; write its keys below it, indented, as \"key: "
     "value\"\n"},
    {VALID "poll: {interval: [1s]}\n",
     "t.yaml:3:18: poll.interval must be a time such as 500ms, not a list; write one value\n"},
    {VALID "poll: {interval: {a: b}}\n",
     "t.yaml:3:18: poll.interval must be a time such as 500ms, not a map; write one value\n"},
    {VALID "poll: {interval: true}\n",
     "t.yaml:3:18: poll.interval is not a time: \"true\"; write it as 500ms, 2s, 1.5min or 1h\n"},
    {VALID "poll: {interval: \"\"}\n",
     "t.yaml:3:18: poll.interval is empty; write a value, or remove the key\n"},
    {VALID "probe: {levels: on}\n",
     "t.yaml:3:17: probe.levels must be a list, not true or false; write [local, on]\n"},
    {VALID "probe: {levels: [[on]]}\n",
     "t.yaml:3:18: a level of probe.levels must be a word, not a list or map; write [local, on]\n"},
    {VALID "probe: {levels: {on: 1}}\n",
     "t.yaml:3:17: probe.levels must be a list, not a map; write [local, on]\n"},
    {VALID "probe: {schema: 3}\n",
     "t.yaml:3:17: probe.schema must be text, not a number; put it in quotes\n"},
    {"cluster: x\n"
     "nodes: a\n",
     "t.yaml:2:8: nodes must be a list, not text; begin each node with \"- \"\n"},
    {"cluster: x\n"
     "nodes: {name: a}\n",
     "t.yaml:2:8: nodes must be a list, not a map; begin each node with \"- \"\n"},
    {"cluster: x\n"
     "nodes:\n",
     "t.yaml:2:7: nodes must be a list, not nothing; begin each node with \"- \"\n"},
    {"cluster: x\n"
     "nodes: [a, 3, [b]]\n",
     "t.yaml:2:9: a node must be a map, not text; write it as \"- {name: a, host: b, port: "
     "5432}\"\n"
     "t.yaml:2:12: a node must be a map, not a number; write it as \"- {name: a, host: b, port: "
     "5432}\"\n"
     "t.yaml:2:15: a node must be a map, not a list; write it as \"- {name: a, host: b, port: "
     "5432}\"\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: 1, host: h}\n",
     "t.yaml:3:12: name of node \"1\" must be text, not a number; put it in quotes\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: 10}\n",
     "t.yaml:3:21: host of node \"a\" must be text, not a number; put it in quotes\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: \"5432\"}\n",
     "t.yaml:3:30: port of node \"a\" must be a port number, not text; write it without quotes\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: yes}\n",
     "t.yaml:3:30: port of node \"a\" must be a port number, not true or false; a number from 1 to "
     "65535\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: x}\n",
     "t.yaml:3:30: port of node \"a\" is not a port: \"x\"; a number from 1 to 65535\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: [1]}\n",
     "t.yaml:3:30: port of node \"a\" must be a port number, not a list; write one value\n"},
    {VALID "connection: {password: 12345}\n",
     "t.yaml:3:24: connection.password must be text, not a number; put it in quotes\n"},
    {VALID "connection: {password: [s3cret]}\n",
     "t.yaml:3:24: connection.password must be text, not a list; write one value\n"},
    {VALID "connection: {password: yes}\n",
     "t.yaml:3:24: connection.password must be text, not true or false; put it in quotes\n"},
    {VALID "connection: s3cret\n",
     "t.yaml:3:13: connection must be a map, not text; write its keys below it, indented, as "
     "\"key: value\"\n"},
    {VALID "connection: {passfile: 7}\n",
     "t.yaml:3:24: connection.passfile must be a path, not a number; put it in quotes\n"},
};

static void test_keys(void **state)
{
    (void)state;
    check_broken(keys_cases, sizeof keys_cases / sizeof keys_cases[0]);
}

static void test_types(void **state)
{
    (void)state;
    check_broken(types_cases, sizeof types_cases / sizeof types_cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys), cmocka_unit_test(test_types)};

    set_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
