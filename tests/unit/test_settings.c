/*
 * test_settings: descriptions without fault, and every value that comes of them; defaults, merging
 * of connection defaults, expansion, paths, warnings, the search path and the limits of a file.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/conninfo.h"
#include "settings_cases.h"

static char folder[64]; /* of this run, removed at its end */

static struct settings *parse(const char *text)
{
    struct settings_problems problems;
    struct settings *settings =
        settings_parse("/nowhere/lab/t.yaml", text, strlen(text), &problems);
    char told[8192];

    format_problems(&problems, told, sizeof told);
    assert_string_equal(told, "");
    assert_non_null(settings);
    settings_problems_free(&problems);
    return settings;
}

static void test_defaults(void **state)
{
    struct settings *s = parse(VALID);

    (void)state;
    assert_string_equal(s->file, "/nowhere/lab/t.yaml");
    assert_string_equal(s->cluster, "x");
    assert_false(s->lab);
    assert_int_equal(s->stack, STACK_NONE);
    assert_null(s->compose_file);
    assert_null(s->local_data);
    assert_int_equal(s->node_count, 1);
    assert_string_equal(s->nodes[0].name, "a");
    assert_string_equal(s->nodes[0].connection.host, "h");
    assert_int_equal(s->nodes[0].connection.port, 0);
    assert_null(s->nodes[0].connection.sslmode);
    assert_null(s->nodes[0].compose_service);
    assert_int_equal(s->poll_interval_us, 1000000);
    assert_int_equal(s->poll_timeout_us, 3000000);
    assert_false(s->probe_enabled);
    assert_int_equal(s->probe_interval_us, 500000);
    assert_false(s->probe_levels[PROBE_OFF]);
    for (int level = PROBE_LOCAL; level < PROBE_LEVELS; level++)
        assert_true(s->probe_levels[level]);
    assert_string_equal(s->probe_schema, "pgwatch_tui");
    assert_int_equal(s->limit_commit_latency_us, 250000);
    assert_int_equal(s->limit_replay_lag_us, 5000000);
    assert_int_equal(s->limit_blocked_commit_us, 1000000);
    assert_int_equal(s->limit_replay_behind_bytes, 64LL << 20);
    assert_int_equal(s->limit_slot_retained_bytes, 1LL << 30);
    settings_free(&s);
    assert_null(s);
}

/* The description of the manual, to the letter: flow maps, ${} without quotes in one of them. */
static const char manual[] =
    "cluster: lab\n"
    "lab: true\n"
    "stack:\n"
    "  kind: compose\n"
    "  file: ../docker-compose.yml      # relative to this file\n"
    "  project: pgwatch-lab\n"
    "connection: {user: pgwatch, dbname: postgres, password: ${SECRET}, sslmode: prefer}\n"
    "nodes:\n"
    "  - {name: primary,  host: 127.0.0.1, port: 55432, service: primary}\n"
    "  - {name: replica1, host: 127.0.0.1, port: 55433, service: replica1}\n"
    "  - {name: replica2, conninfo: \"service=replica2\"}\n"
    "poll:   {interval: 1s, timeout: 3s}\n"
    "probe:  {enabled: true, interval: 500ms, levels: [local, remote_write, on, remote_apply], "
    "schema: pgwatch_tui}\n"
    "limits: {commit_latency: 250ms, replay_lag: 5s, replay_behind: 64MB, blocked_commit: 1s, "
    "slot_retained: 1GB}\n";

static void test_manual(void **state)
{
    struct settings *s = parse(manual);

    (void)state;
    assert_true(s->lab);
    assert_int_equal(s->stack, STACK_COMPOSE);
    assert_string_equal(s->compose_file, "/nowhere/docker-compose.yml");
    assert_string_equal(s->compose_project, "pgwatch-lab");
    assert_int_equal(s->node_count, 3);
    assert_string_equal(s->nodes[1].name, "replica1");
    assert_string_equal(s->nodes[1].compose_service, "replica1");
    assert_int_equal(s->nodes[1].connection.port, 55433);
    assert_string_equal(s->nodes[1].connection.password, "s3cret");
    assert_string_equal(s->nodes[1].connection.sslmode, "prefer");
    assert_string_equal(s->nodes[2].connection.conninfo, "service=replica2");
    assert_string_equal(s->nodes[2].connection.user, "pgwatch");
    assert_null(s->nodes[2].connection.host);
    assert_true(s->probe_enabled);
    settings_free(&s);
}

static void test_local_stack(void **state)
{
    struct settings *s = parse(
        "cluster: lab\nstack: {kind: local, data: ~/.local/state/x, bindir: /usr/lib/pg/bin}\n"
        "nodes: [{name: a, host: 127.0.0.1, port: 1, files: ../primary}]\n");

    (void)state;
    assert_int_equal(s->stack, STACK_LOCAL);
    assert_string_equal(s->local_data, "/home/u/.local/state/x");
    assert_string_equal(s->local_bindir, "/usr/lib/pg/bin");
    assert_string_equal(s->nodes[0].files, "/nowhere/primary");
    settings_free(&s);
    s = parse(
        "cluster: lab\nstack: {kind: local, data: d, bindir: auto}\n"
        "nodes: [{name: a, host: 127.0.0.1, files: ./f/../g}]\n");
    assert_null(s->local_bindir);
    assert_string_equal(s->local_data, "/nowhere/lab/d");
    assert_string_equal(s->nodes[0].files, "/nowhere/lab/f/../g");
    settings_free(&s);
}

static void test_merging(void **state)
{
    struct settings *s = parse(
        "cluster: x\n"
        "connection: {host: d, hostaddr: 10.0.0.1, port: 1, user: u, dbname: b, password: p, "
        "sslrootcert: system, sslkey: ca.key, service: sv, options: -c a=b}\n"
        "nodes:\n"
        "  - {name: own, host: h, port: 2, user: v}\n"
        "  - {name: none}\n"
        "  - {name: uri, conninfo: 'postgresql://w:q@h/'}\n"
        "  - {name: pairs, conninfo: 'dbname=c', password: r}\n");
    const struct connection_settings *own = &s->nodes[0].connection;
    const struct connection_settings *none = &s->nodes[1].connection;
    const struct connection_settings *uri = &s->nodes[2].connection;
    const struct connection_settings *pairs = &s->nodes[3].connection;

    (void)state;
    assert_string_equal(own->host, "h");
    assert_null(own->hostaddr); /* would overrule the node's own host */
    assert_int_equal(own->port, 2);
    assert_string_equal(own->user, "v");
    assert_string_equal(own->dbname, "b");
    assert_string_equal(none->host, "d");
    assert_string_equal(none->hostaddr, "10.0.0.1");
    assert_int_equal(none->port, 1);
    assert_string_equal(none->sslrootcert, "system");
    assert_string_equal(none->sslkey, "/nowhere/lab/ca.key");
    assert_string_equal(none->service, "sv");
    assert_string_equal(none->options, "-c a=b");
    assert_null(uri->user);
    assert_null(uri->password);
    assert_null(uri->host);
    assert_int_equal(uri->port, 0);
    assert_string_equal(uri->dbname, "b");
    assert_string_equal(uri->conninfo, "postgresql://w:q@h/");
    assert_null(pairs->dbname);
    assert_null(pairs->hostaddr);
    assert_string_equal(pairs->user, "u");
    assert_string_equal(pairs->password, "r");
    settings_free(&s);
}

static void test_expansion(void **state)
{
    struct settings *s = parse(
        "cluster: a-${NUMBER}-${UNSET:-b c}$\n"
        "lab: ${UNSET:-true}\n"
        "connection: {user: $x, password: ${SECRET}, dbname: '${EMPTY:-d}', passfile: "
        "${EMPTY}, sslmode: ${UNSET:-}}\n"
        "nodes: [{name: a, host: h, port: ${NUMBER}${NUMBER}}]\n"
        "poll: {interval: '${NUMBER}s'}\n"
        "probe: {levels: [${UNSET:-on}]}\n");
    const struct connection_settings *c = &s->nodes[0].connection;

    (void)state;
    assert_string_equal(s->cluster, "a-7-b c$");
    assert_true(s->lab);
    assert_string_equal(c->user, "$x");
    assert_string_equal(c->password, "s3cret");
    assert_string_equal(c->dbname, "d");
    assert_null(c->passfile); /* an empty variable leaves out what may be left out */
    assert_null(c->sslmode);
    assert_int_equal(c->port, 77);
    assert_int_equal(s->poll_interval_us, 7000000);
    assert_true(s->probe_levels[PROBE_ON]);
    assert_false(s->probe_levels[PROBE_LOCAL]);
    settings_free(&s);
    setenv("TRICKY", "${SECRET}: [x]", 1); /* neither expanded again nor read as YAML */
    s = parse("cluster: ${TRICKY}\nnodes: [{name: a, host: h}]\n");
    assert_string_equal(s->cluster, "${SECRET}: [x]");
    settings_free(&s);
}

static void test_taken(void **state)
{
    static const char *const texts[] = {
        "\xEF\xBB\xBF" VALID,
        "---\n" VALID "...\n",
        "%YAML 1.1\n---\n" VALID,
        "cluster: x\r\nnodes: [{name: a, host: h}]\r\n",
        "{\"cluster\": \"x\", \"nodes\": [{\"name\": \"a\", \"host\": \"h\", \"port\": 5432}]}",
        "cluster: \"12\"\nnodes: [{name: \"1\", host: \"10\"}]\n",
        "cluster: caf\xC3\xA9 \xF0\x9F\x90\x98\nnodes: [{name: \xE5\xBA\x93, host: h}]\n",
        VALID "lab: yes\n",
        VALID "lab: Off\n",
        VALID "poll: {}\nprobe: {levels: [\"on\", remote_apply]}\n",
        VALID "poll: {interval: 0.1s, timeout: 1.5 min}\nlimits: {replay_behind: 1.5GiB}\n",
        "cluster: x\nnodes: [{name: a, host: /var/run/postgresql}]\n",
        "cluster: x\nnodes: [{name: a, host: \"@abstract\"}]\n",
        "cluster: x\nnodes: [{name: a, host: \"::1\"}]\n",
        "cluster: x\nnodes: [{name: a, hostaddr: \"fe80::1%eth0\"}, {name: b, hostaddr: "
        "10.0.0.1}]\n",
        "cluster: x\nconnection: {service: s}\nnodes: [{name: a}]\n",
        "cluster: x\nnodes:\n- name: a\n  conninfo: >-\n    host=h\n    user=u\n",
        "cluster: x\nnodes: [{name: aa, host: h}, {name: a, host: h}]\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct settings *s = parse(texts[i]);
        settings_free(&s);
    }
}

static void test_conninfo_taken(void **state)
{
    static const char *const good[] = {
        "host=h",
        "  host = h  port\t=\n5432 ",
        "host='a b' user='it\\'s' dbname=a\\ b",
        "password='' options='-c geqo=off'",
        "service=replica2 target_session_attrs=read-write",
        "host=h target_session_attrs=any load_balance_hosts=disable require_auth=scram-sha-256",
        "host=h sslnegotiation=direct sslmode=verify-full",
        "postgresql://",
        "postgres://h",
        "postgresql://u@h:5432/db",
        "postgresql://u:p%40ss@[::1]:5432/db?sslmode=require&application_name=a%20b",
        "postgresql:///db?host=/var/run/postgresql&port=5433",
        "postgresql://%2Fvar%2Frun/db",
        "postgresql://h/db?ssl=true",
        "postgresql://h?",
        "postgresql://h?user=u&",
    };
    struct conninfo_facts facts;
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!conninfo_check(good[i], &facts, &err))
            fail_msg("%s: %s", good[i], err.message);
    assert_true(conninfo_check("postgresql://u:p@h/?sslmode=allow", &facts, &err));
    assert_true(conninfo_says(&facts, "user"));
    assert_true(conninfo_says(&facts, "password"));
    assert_true(conninfo_says(&facts, "host"));
    assert_true(conninfo_says(&facts, "sslmode"));
    assert_false(conninfo_says(&facts, "dbname"));
    assert_true(conninfo_has_secret(&facts));
}

static void test_conninfo_mask(void **state)
{
    static const struct {
        const char *conninfo, *masked;
    } cases[] = {
        {"host=h password=s3cret user=u", "host=h password=******** user=u"},
        {"password='s3 \\' cret'", "password=********"},
        {"sslpassword = s3cret host=h", "sslpassword = ******** host=h"},
        {"postgresql://u:s3cret@h/db", "postgresql://u:********@h/db"},
        {"postgresql://u@h/db?password=s3cret&port=1",
         "postgresql://u@h/db?password=********&port=1"},
        {"postgresql://h/db?sslpassword=s3cret", "postgresql://h/db?sslpassword=********"},
        {"host=h", "host=h"},
        {"s3cret", "********"},
    };
    char masked[256], cut[12];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        conninfo_mask(cases[i].conninfo, masked, sizeof masked);
        assert_string_equal(masked, cases[i].masked);
    }
    conninfo_mask("host=a-long-name password=s3cret", cut, sizeof cut);
    assert_string_equal(cut, "host=a-long");
}

static void expect(const char *text, size_t length, const char *expected)
{
    struct settings_problems problems;
    struct settings *s = settings_parse("t.yaml", text, length, &problems);
    char told[8192];

    format_problems(&problems, told, sizeof told);
    assert_string_equal(told, expected);
    assert_null(s);
    settings_problems_free(&problems);
}

static void test_bytes(void **state)
{
    char *huge = mem_calloc(1, SETTINGS_FILE_MAX_BYTES + 1);

    (void)state;
    memset(huge, 'x', SETTINGS_FILE_MAX_BYTES + 1);
    expect(huge, SETTINGS_FILE_MAX_BYTES + 1, "t.yaml: is larger than 1 MiB\n");
    free(huge);
    expect("cluster: x\n\0", 12,
           "t.yaml:2:1: a NUL byte; a cluster description is plain text in UTF-8\n");
    expect("cluster: x\nlab: \xC3\xA9\xC3(\n", 22,
           "t.yaml:2:7: not UTF-8: byte 0xC3; save the file as UTF-8\n");
    expect("cluster: \xC0\x80\n", 12,
           "t.yaml:1:10: not UTF-8: byte 0xC0; save the file as UTF-8\n");
    expect(
        "\xFF\xFE"
        "c\0",
        4, "t.yaml:1:1: is UTF-16, not UTF-8; save the file as UTF-8\n");
    expect("cluster: \xE2\x82", 11, "t.yaml:1:10: not UTF-8: byte 0xE2; save the file as UTF-8\n");
}

/* Many problems are told up to a limit; many nodes are taken up to a limit. */
static void test_limits(void **state)
{
    size_t size = 64 * 1024;
    char *text = mem_calloc(1, size);
    struct settings_problems problems;
    struct settings *s;

    (void)state;
    str_copy(text, size, VALID);
    for (int i = 0; i < 1000; i++)
        str_appendf(text, size, "key%d: 1\n", i);
    assert_null(settings_parse("t.yaml", text, strlen(text), &problems));
    assert_int_equal(problems.count, 101);
    assert_string_equal(problems.items[100].error.message,
                        "there are more problems than these 100");
    settings_problems_free(&problems);

    str_copy(text, size, "cluster: x\nnodes:\n");
    for (int i = 0; i < SETTINGS_NODES_MAX; i++)
        str_appendf(text, size, "- {name: n%d, host: h, port: %d}\n", i, i + 1);
    s = parse(text);
    assert_int_equal(s->node_count, SETTINGS_NODES_MAX);
    settings_free(&s);
    str_append(text, size, "- {name: last, host: h, port: 1000}\n");
    expect(text, strlen(text),
           "t.yaml:259:3: more than 256 nodes; describe them as clusters of their own\n");
    str_copy(text, size, VALID "connection: {user: ");
    for (int i = 0; i < 5000; i++)
        str_append(text, size, "u");
    str_append(text, size, "}\n");
    expect(text, strlen(text),
           "t.yaml:3:20: connection.user is longer than 4096 bytes; shorten it\n");
    free(text);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void expect_warning(const char *text, mode_t mode, int line, int column)
{
    struct settings_problems problems;
    struct settings *s;
    char path[128];

    str_format(path, sizeof path, "%s/warn.yaml", folder);
    write_file(path, text, mode);
    s = settings_load(path, &problems);
    assert_non_null(s);
    assert_int_equal(problems.count, line > 0 ? 1 : 0);
    if (line > 0) {
        assert_true(problems.items[0].warning);
        assert_int_equal(problems.items[0].line, line);
        assert_int_equal(problems.items[0].column, column);
        assert_null(strstr(problems.items[0].error.message, "s3cret"));
    }
    settings_free(&s);
    settings_problems_free(&problems);
}

/* A reference beside it hides no password, and one for it needs no warning. */
static void test_password_beside_a_reference(void **state)
{
    static const struct {
        const char *conninfo;
        bool warns;
    } cases[] = {
        {"host=${NAME} password=s3cret", true},
        {"host=${UNSET:-h} password=s3cret", true},
        {"${WORDS} password=s3cret", true},
        {"port=${NUMBER} password = pre${SECRET}", true},
        {"password=${UNSET:-s3cret}", true},
        {"postgresql://${NAME}:s3cret@h:${NUMBER}/", true},
        {"postgresql://h/?password=s3cret&port=${NUMBER}", true},
        {"host=${NAME} password=${SECRET}", false},
        {"host=${UNSET:-h} password=${SECRET}", false},
        {"password = ${SECRET} ${WORDS}", false},
        {"password='${SECRET}' port=${NUMBER}", false},
        {"${WORDS} password=${SECRET} user=u", false},
        {"host=h password=${UNSET:-}", false},
        {"postgresql://u:${SECRET}@${NAME}:${NUMBER}/", false},
    };
    char text[512];

    (void)state;
    setenv("NAME", "h", 1);
    setenv("WORDS", "user=u port=5433", 1);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        str_format(text, sizeof text, "cluster: x\nnodes:\n- {name: a, conninfo: \"%s\"}\n",
                   cases[i].conninfo);
        expect_warning(text, 0644, cases[i].warns ? 3 : 0, cases[i].warns ? 23 : 0);
    }
}

static void test_password_warning(void **state)
{
    (void)state;
    expect_warning(VALID "connection: {password: s3cret}\n", 0644, 3, 24);
    expect_warning(VALID "connection: {password: s3cret}\n", 0640, 3, 24);
    expect_warning(VALID "connection: {password: s3cret}\n", 0600, 0, 0);
    expect_warning(VALID "connection: {password: ${SECRET}}\n", 0644, 0, 0);
    expect_warning(VALID "connection: {password: ${UNSET:-s3cret}}\n", 0644, 3, 24);
    expect_warning(VALID "connection: {password: ${UNSET:-s3cret}}\nlab: true\n", 0644, 0, 0);
    expect_warning(VALID "connection: {password: ${SECRET:-other}}\n", 0644, 0, 0);
    expect_warning(VALID "connection: {password: 'pre${SECRET}'}\n", 0644, 3, 24);
    expect_warning(VALID "connection: {password: '${SECRET}${NUMBER}'}\n", 0644, 0, 0);
    expect_warning("cluster: x\nnodes:\n- {name: a, conninfo: 'password=s3cret'}\n", 0644, 3, 23);
    expect_warning("cluster: x\nnodes:\n- {name: a, conninfo: '${CONNINFO}'}\n", 0644, 0, 0);
    expect_warning("cluster: x\nnodes:\n- {name: a, conninfo: 'host=h'}\n", 0644, 0, 0);
    expect_warning("cluster: x\nnodes:\n- {name: a, conninfo: 'postgres://u:s3cret@h'}\n", 0604, 3,
                   23);
}

/* Nothing that a path may be makes the load hang or crash. */
static void test_files(void **state)
{
    struct settings_problems problems;
    char path[128], told[1024];

    (void)state;
    str_format(path, sizeof path, "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_null(settings_load(path, &problems));
    settings_problem_format("f", &problems.items[0], told, sizeof told);
    assert_string_equal(told, "f: is a FIFO; a cluster description is a regular file");
    settings_problems_free(&problems);
    unlink(path);

    assert_null(settings_load(folder, &problems));
    settings_problem_format("f", &problems.items[0], told, sizeof told);
    assert_string_equal(told, "f: is a directory; a cluster description is a regular file");
    settings_problems_free(&problems);

    assert_null(settings_load("/dev/zero", &problems));
    settings_problem_format("f", &problems.items[0], told, sizeof told);
    assert_string_equal(told, "f: is a device; a cluster description is a regular file");
    settings_problems_free(&problems);

    assert_null(settings_load("/nowhere/at/all.yaml", &problems));
    settings_problem_format("f", &problems.items[0], told, sizeof told);
    assert_string_equal(told, "f: cannot be read: No such file or directory; is the path right?");
    settings_problems_free(&problems);
}

static void test_lines(void **state)
{
    static const char text[] = "cluster: x\nconnection:\n  user: u\nnodes:\n- name: a\n  host: h\n";
    struct settings *s = parse(text);
    int said = 0, merged = 0;

    (void)state;
    for (int i = 0; i < SETTINGS_OPTIONS_MAX; i++) {
        said += s->nodes[0].lines[i] > 0;
        if (s->nodes[0].lines[i] < 0) {
            assert_int_equal(s->nodes[0].lines[i], -3);
            merged++;
        }
    }
    assert_int_equal(said, 2);
    assert_int_equal(merged, 1);
    settings_free(&s);
}

static void expect_found(const char *given, const char *expected)
{
    char path[4096];
    struct error err;

    assert_true(settings_find(given, path, sizeof path, &err));
    assert_string_equal(path, expected);
}

static void test_find(void **state)
{
    char path[4096], user[128], sub[128];
    struct error err;

    (void)state;
    assert_int_equal(chdir(folder), 0);
    setenv("XDG_CONFIG_HOME", folder, 1);
    unsetenv("PGWATCH_TUI_CONFIG");
    assert_false(settings_find(NULL, path, sizeof path, &err));
    assert_non_null(strstr(err.message, "./pgwatch-tui.yaml"));
    assert_non_null(strstr(err.message, folder));
    assert_non_null(strstr(err.message, "/etc/pgwatch-tui/config.yaml"));

    str_format(sub, sizeof sub, "%s/pgwatch-tui", folder);
    str_format(user, sizeof user, "%s/config.yaml", sub);
    assert_int_equal(mkdir(sub, 0700), 0);
    write_file(user, VALID, 0600);
    expect_found(NULL, user);
    write_file("pgwatch-tui.yaml", VALID, 0600);
    expect_found(NULL, "./pgwatch-tui.yaml");
    setenv("PGWATCH_TUI_CONFIG", "/named.yaml", 1);
    expect_found(NULL, "/named.yaml");
    expect_found("given.yaml", "given.yaml");
    unsetenv("PGWATCH_TUI_CONFIG");
    unlink("pgwatch-tui.yaml");
    unlink(user);
    rmdir(sub);
    assert_false(settings_find("too long", path, 4, &err));
}

static int make_folder(void **state)
{
    (void)state;
    str_copy(folder, sizeof folder, "/tmp/pgwatch-tui-settings-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char path[128];

    (void)state;
    str_format(path, sizeof path, "%s/warn.yaml", folder);
    unlink(path);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_local_stack),
        cmocka_unit_test(test_merging),
        cmocka_unit_test(test_expansion),
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_conninfo_taken),
        cmocka_unit_test(test_conninfo_mask),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_password_warning),
        cmocka_unit_test(test_password_beside_a_reference),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_find),
    };

    set_environment();
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
