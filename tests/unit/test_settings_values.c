/*
 * test_settings_values: broken descriptions and exactly what is said of them: values of the right
 * type that are no good.
 */
#include "settings_cases.h"

static const struct broken values_cases[] = {
    {VALID "poll: {interval: 1}\n", "t.yaml:3:18: poll.interval has no unit: \"1\"; write 1s\n"},
    {VALID "poll: {interval: 0.5}\n",
     "t.yaml:3:18: poll.interval has no unit: \"0.5\"; write 0.5s\n"},
    {VALID "limits: {replay_behind: 64}\n",
     "t.yaml:3:25: limits.replay_behind has no unit: \"64\"; write 64MB\n"},
    {VALID "poll: {interval: 1 parsec}\n",
     "t.yaml:3:18: poll.interval is not a time: \"1 parsec\"; write it as 500ms, 2s, 1.5min or "
     "1h\n"},
    {VALID "poll: {interval: 5m}\n",
     "t.yaml:3:18: poll.interval is not a time: \"5m\"; write it as 500ms, 2s, 1.5min or 1h\n"},
    {VALID "poll: {interval: -1s}\n",
     "t.yaml:3:18: poll.interval is negative: \"-1s\"; write it as 1s\n"},
    {VALID "poll: {interval: 1s2}\n",
     "t.yaml:3:18: poll.interval is not a time: \"1s2\"; write it as 500ms, 2s, 1.5min or 1h\n"},
    {VALID "poll: {interval: 99ms}\n",
     "t.yaml:3:18: poll.interval is out of range: \"99ms\"; 100ms to 1h\n"},
    {VALID "poll: {interval: 2h}\n",
     "t.yaml:3:18: poll.interval is out of range: \"2h\"; 100ms to 1h\n"},
    {VALID "poll: {timeout: 11min}\n",
     "t.yaml:3:17: poll.timeout is out of range: \"11min\"; 100ms to 10min\n"},
    {VALID "poll: {interval: 99999999999999999999s}\n",
     "t.yaml:3:18: poll.interval is not a time: \"99999999999999999999s\"; write it as 500ms, 2s, "
     "1.5min or 1h\n"},
    {VALID "limits: {replay_behind: 0B}\n",
     "t.yaml:3:25: limits.replay_behind is out of range: \"0B\"; 1B to 1024TB\n"},
    {VALID "limits: {slot_retained: 2000TB}\n",
     "t.yaml:3:25: limits.slot_retained is out of range: \"2000TB\"; 1B to 1024TB\n"},
    {VALID "limits: {slot_retained: 1gb}\n",
     "t.yaml:3:25: limits.slot_retained is not a size: \"1gb\"; write it as 512kB, 64MB or 1GB\n"},
    {VALID "limits: {slot_retained: 64M}\n",
     "t.yaml:3:25: limits.slot_retained is not a size: \"64M\"; write it as 512kB, 64MB or 1GB\n"},
    {VALID "limits: {commit_latency: 1us}\n",
     "t.yaml:3:26: limits.commit_latency is out of range: \"1us\"; 1ms to 24h\n"},
    {VALID "probe: {interval: 1ms}\n",
     "t.yaml:3:19: probe.interval is out of range: \"1ms\"; 100ms to 1h\n"},
    {VALID "probe: {levels: []}\n",
     "t.yaml:3:17: probe.levels is empty; name at least one; probe.enabled: false probes "
     "nothing\n"},
    {VALID "probe: {levels: [on, on]}\n",
     "t.yaml:3:22: a level of probe.levels is there twice: \"on\"; remove one\n"},
    {VALID "probe: {levels: [off]}\n",
     "t.yaml:3:18: a level of probe.levels is not known: \"off\"; local, remote_write, on or "
     "remote_apply\n"},
    {VALID "probe: {levels: [remote_aply]}\n",
     "t.yaml:3:18: a level of probe.levels is not known: \"remote_aply\"; did you mean "
     "\"remote_apply\"?\n"},
    {VALID "probe: {levels: [local, fast]}\n",
     "t.yaml:3:25: a level of probe.levels is not known: \"fast\"; local, remote_write, on or "
     "remote_apply\n"},
    {VALID "probe: {levels: [~]}\n",
     "t.yaml:3:18: a level of probe.levels has no value; write one after the colon, or remove the "
     "key\n"},
    {VALID "probe: {schema: pg_probe}\n",
     "t.yaml:3:17: probe.schema is reserved: \"pg_probe\"; PostgreSQL keeps names that begin with "
     "pg_ for itself\n"},
    {VALID
     "probe: {schema: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n",
     "t.yaml:3:17: probe.schema is longer than 63 bytes; shorten it\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: 0}\n",
     "t.yaml:3:30: port of node \"a\" is not a port: \"0\"; a number from 1 to 65535\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: 65536}\n",
     "t.yaml:3:30: port of node \"a\" is not a port: \"65536\"; a number from 1 to 65535\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: -1}\n",
     "t.yaml:3:30: port of node \"a\" is not a port: \"-1\"; a number from 1 to 65535\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: 5432.0}\n",
     "t.yaml:3:30: port of node \"a\" is not a port: \"5432.0\"; a number from 1 to 65535\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, port: 0x1538}\n",
     "t.yaml:3:30: port of node \"a\" is not a port: \"0x1538\"; a number from 1 to 65535\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: \"h1,h2\"}\n",
     "t.yaml:3:21: host of node \"a\" has several hosts; a node is one server: describe each as a "
     "node of its own\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: \"user:s3cret@h\"}\n",
     "t.yaml:3:21: host of node \"a\" is not a host name, an address or a socket directory; a "
     "connection string belongs in conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: \"host=h password=s3cret\"}\n",
     "t.yaml:3:21: host of node \"a\" is not a host name, an address or a socket directory; a "
     "connection string belongs in conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: \"postgresql://u:s3cret@h\"}\n",
     "t.yaml:3:21: host of node \"a\" is not a host name, an address or a socket directory; a "
     "connection string belongs in conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, hostaddr: db1.example.com}\n",
     "t.yaml:3:25: hostaddr of node \"a\" is not an IPv4 or IPv6 address; a name belongs in "
     "host\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, hostaddr: 1.2.3}\n",
     "t.yaml:3:25: hostaddr of node \"a\" is not an IPv4 or IPv6 address; a name belongs in "
     "host\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, dbname: \"postgresql://u:s3cret@h/d\"}\n",
     "t.yaml:3:32: dbname of node \"a\" is a connection string; say it in conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, dbname: \"host=x password=s3cret\"}\n",
     "t.yaml:3:32: dbname of node \"a\" is a connection string; say it in conninfo\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, sslmode: verify_full}\n",
     "t.yaml:3:33: sslmode of node \"a\" is not known: \"verify_full\"; did you mean "
     "\"verify-full\"?\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, sslmode: yes}\n",
     "t.yaml:3:33: sslmode of node \"a\" is not known: \"yes\"; disable, allow, prefer, require, "
     "verify-ca or verify-full\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: a, host: h, sslmode: strict}\n",
     "t.yaml:3:33: sslmode of node \"a\" is not known: \"strict\"; disable, allow, prefer, "
     "require, verify-ca or verify-full\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: \"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\", host: h}\n",
     "t.yaml:3:12: name of node "
     "\"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\" is longer than 63 bytes; "
     "shorten it\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: \"a\\u0007b\", host: h}\n",
     "t.yaml:3:12: name of node \"a\357\277\275b\" has a control or invisible character in it; use "
     "visible characters only\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: \"a\\u202Eb\", host: h}\n",
     "t.yaml:3:12: name of node \"a\357\277\275b\" has a control or invisible character in it; use "
     "visible characters only\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: \" a\", host: h}\n",
     "t.yaml:3:12: name of node \" a\" has a blank at its start or end; remove it\n"},
    {VALID "connection: {password: \"${UNSET:-x}\\0s3cret\"}\n",
     "t.yaml:3:24: connection.password has a NUL in it; remove it\n"},
    {"cluster: x\n"
     "nodes:\n"
     "  - {name: \"a\\0b\", host: h}\n",
     "t.yaml:3:12: name of node \"a\357\277\275b\" has a NUL in it; remove it\n"},
    {VALID "connection: {sslcert: ~bob/x.crt}\n",
     "t.yaml:3:23: connection.sslcert begins with ~USER, which is not expanded; write ~/... for "
     "your own home directory, or the whole path\n"},
};

static void test_values(void **state)
{
    (void)state;
    check_broken(values_cases, sizeof values_cases / sizeof values_cases[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};

    set_environment();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
