/*
 * compose_text: the command lines of Docker Compose, and what is made of what it and the engine
 * say. The messages are those of Compose 2.26 and 1.29 and of engines from 20.10 to 29.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "stack/compose_internal.h"

static struct node_settings nodes[] = {
    {.name = "primary", .compose_service = "db-one"},
    {.name = "replica1"},
};
static struct settings settings = {
    .node_count = 2,
    .nodes = nodes,
    .compose_project = "lab",
    .compose_file = "/a b/docker-compose.yml",
};

/* ---- command lines */

#define READ_IDENTITY                                                                              \
    "'echo \"$(grep -Exm1 '\\''[0-9a-f-]{36}'\\'' \"$PGDATA/pgwatch-tui.lab\" || echo -)\" "       \
    "$(od -An -tu8 -N8 \"$PGDATA/global/pg_control\")'"

static const struct {
    enum stack_verb verb;
    int node;
    const char *arguments;
} commands[] = {
    {STACK_UP, -1, "up --build --detach"},
    {STACK_UP, 0, "up --build --detach --no-deps db-one"},
    {STACK_DOWN, -1, "down"},
    {STACK_DOWN, 1, "stop replica1"},
    {STACK_DESTROY, -1, "down --volumes"},
    {STACK_LOGS, -1, "logs --no-color --tail 100"},
    {STACK_LOGS, 1, "logs --no-color --tail 100 replica1"},
    {STACK_RESTART, -1, "restart"},
    {STACK_RESTART, 0, "restart db-one"},
    {STACK_KILL, -1, "kill"},
    {STACK_KILL, 0, "kill db-one"},
    {STACK_PAUSE, -1, "pause"},
    {STACK_PAUSE, 1, "pause replica1"},
    {STACK_RESUME, -1, "unpause"},
    {STACK_RESUME, 1, "unpause replica1"},
    {STACK_STOP, -1, "stop"},
    {STACK_STOP, 1, "stop replica1"},
    {STACK_WAL_END, 0, "run --rm --no-deps -T db-one end"},
    {STACK_IDENTITY, 1, "exec -T replica1 sh -c " READ_IDENTITY},
    {STACK_IDENTITY, 1, "run --rm --no-deps -T --entrypoint sh replica1 -c " READ_IDENTITY},
};

static void test_commands(void **state)
{
    static const struct {
        enum compose_driver driver;
        const char *words;
    } drivers[] = {{COMPOSE_UNKNOWN, "docker compose"},
                   {COMPOSE_PLUGIN, "docker compose"},
                   {COMPOSE_STANDALONE, "docker-compose"}};
    const char *argv[COMPOSE_ARGS_MAX];
    char want[512], got[512];

    (void)state;
    for (size_t d = 0; d < sizeof drivers / sizeof drivers[0]; d++)
        for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
            struct compose_order order = {commands[i].verb, commands[i].node,
                                          strncmp(commands[i].arguments, "exec", 4) == 0};
            compose_arguments(&settings, drivers[d].driver, &order, argv);
            compose_join(argv, got, sizeof got);
            str_format(want, sizeof want, "%s -p lab -f '/a b/docker-compose.yml' %s",
                       drivers[d].words, commands[i].arguments);
            assert_string_equal(got, want);
        }
}

/* One argument stays one argument, whatever is in it. */
static void test_path_is_one_argument(void **state)
{
    const char *argv[COMPOSE_ARGS_MAX];
    const char *const odd[] = {"it's", "", "$(rm -rf)", "plain-1.2_3/x:y=z", "a\xC3\xA4", NULL};
    char text[128], small[8];

    (void)state;
    compose_arguments(&settings, COMPOSE_PLUGIN,
                      &(struct compose_order){.verb = STACK_DOWN, .node = -1}, argv);
    assert_string_equal(argv[4], "-f");
    assert_string_equal(argv[5], "/a b/docker-compose.yml");
    compose_join(odd, text, sizeof text);
    assert_string_equal(text, "'it'\\''s' '' '$(rm -rf)' plain-1.2_3/x:y=z 'a\xC3\xA4'");
    compose_join(odd, small, sizeof small);
    assert_int_equal(strlen(small), sizeof small - 1);
}

static void test_network_commands(void **state)
{
    const char *argv[COMPOSE_ARGS_MAX];
    char text[256];

    (void)state;
    compose_network_arguments(false, "lab_default", "x-replica1", "replica1", argv);
    compose_join(argv, text, sizeof text);
    assert_string_equal(text, "docker network disconnect lab_default x-replica1");
    compose_network_arguments(true, "lab_default", "x-replica1", "replica1", argv);
    compose_join(argv, text, sizeof text);
    assert_string_equal(text, "docker network connect --alias replica1 lab_default x-replica1");
}

/* ---- why it failed */

static struct compose_tail tail;

static void says(const char *const *lines)
{
    memset(&tail, 0, sizeof tail);
    for (int i = 0; lines[i] != NULL; i++)
        compose_tail_add(&tail, lines[i]);
}

#define ID64 "c833b70783906af7e433d96c837c217b1d4d15828bda6fa36449298674b43fc6"
#define ENDPOINT                                                                                   \
    "Error response from daemon: driver failed programming external connectivity on endpoint "     \
    "primary (" ID64 "): "

static const struct {
    const char *lines[6];
    const char *reason, *hint; /* parts of message and hint */
} failures[] = {
    {{"Cannot connect to the Docker daemon at unix:///nonexistent. Is the docker daemon running?"},
     "Is the docker daemon running?",
     "systemctl start docker"},
    {{"ERROR: Couldn't connect to Docker daemon at http+docker://localhost - is it running?", "",
      "If it's at a non-standard location, specify the URL with the DOCKER_HOST environment "
      "variable."},
     "Couldn't connect to Docker daemon",
     "systemctl start docker"},
    {{"Traceback (most recent call last):",
      "FileNotFoundError: [Errno 2] No such file or directory",
      "docker.errors.DockerException: Error while fetching server API version: ('Connection "
      "aborted.', FileNotFoundError(2, 'No such file or directory'))"},
     "Error while fetching server API version",
     "systemctl start docker"},
    {{"docker.errors.DockerException: Error while fetching server API version: ('Connection "
      "aborted.', ConnectionRefusedError(111, 'Connection refused'))"},
     "Error while fetching server API version",
     "systemctl start docker"},
    {{"permission denied while trying to connect to the Docker daemon socket at "
      "unix:///var/run/docker.sock: Get "
      "\"http://%2Fvar%2Frun%2Fdocker.sock/v1.45/containers/json?all=1\": dial unix "
      "/var/run/docker.sock: connect: permission denied"},
     "permission denied while trying to connect",
     "group docker"},
    {{"docker.errors.DockerException: Error while fetching server API version: ('Connection "
      "aborted.', PermissionError(13, 'Permission denied'))"},
     "Permission denied",
     "group docker"},
    {{"permission denied while trying to connect to the docker API at "
      "unix:///var/run/docker.sock"},
     "permission denied while trying to connect",
     "group docker"},
    {{"#9 [primary 2/3] RUN false",
      "#9 ERROR: executor failed running [/bin/sh -c false]: exit code: 1", "------",
      " > [primary 2/3] RUN false:", "------",
      "failed to solve: executor failed running [/bin/sh -c false]: exit code: 1"},
     "executor failed running [/bin/sh -c false]",
     "cannot be built"},
    {{"Step 3/5 : RUN false", " ---> Running in 1f2e3d4c5b6a",
      "The command '/bin/sh -c false' returned a non-zero code: 1",
      "ERROR: Service 'primary' failed to build : Build failed"},
     "returned a non-zero code",
     "cannot be built"},
    {{"#7 ERROR: failed to do request: Head \"https://registry-1.docker.io/v2/\": dial tcp: lookup "
      "registry-1.docker.io on 10.255.255.53:53: no such host",
      "failed to solve: failed to do request: Head \"https://registry-1.docker.io/v2/\": dial tcp: "
      "lookup registry-1.docker.io on 10.255.255.53:53: no such host"},
     "no such host",
     "cannot be pulled"},
    {{"failed to solve: postgres:no-such: failed to resolve source metadata for "
      "docker.io/library/postgres:no-such: docker.io/library/postgres:no-such: not found"},
     "not found",
     "POSTGRES_IMAGE"},
    {{"failed to solve: nobody/nothing: pull access denied, repository does not exist or may "
      "require authorization: server message: insufficient_scope: authorization failed"},
     "pull access denied",
     "POSTGRES_IMAGE"},
    {{"manifest for postgres:no-such not found: manifest unknown: manifest unknown",
      "ERROR: Service 'primary' failed to build : Build failed"},
     "manifest unknown",
     "POSTGRES_IMAGE"},
    {{ENDPOINT "Bind for 127.0.0.1:55432 failed: port is already allocated"},
     "port is already allocated",
     "stop who has the port"},
    {{" Container replica1  Started", ENDPOINT
      "Error starting userland proxy: listen tcp4 127.0.0.1:55432: bind: address already in use"},
     "address already in use",
     "stop who has the port"},
    {{"Error response from daemon: Conflict. The container name \"/replica1\" is already in use by "
      "container \"" ID64 "\". You have to remove (or rename) that container to be able to reuse "
      "that name."},
     "/replica1",
     "CONTAINER_PREFIX"},
    {{"#10 ERROR: failed to copy: write /var/lib/docker/tmp: no space left on device"},
     "no space left on device",
     "disk is full"},
    {{"ERROR: Couldn't write: [Errno 28] No space left on device"},
     "No space left on device",
     "disk is full"},
    {{"no such service: nosuch"}, "nosuch", "`service`"},
    {{"ERROR: No such service: nosuch"}, "nosuch", "`service`"},
    {{"open /work/no.yml: no such file or directory"}, "/work/no.yml", "stack.file"},
    {{"ERROR: .FileNotFoundError: [Errno 2] No such file or directory: '/work/no.yml'"},
     "/work/no.yml",
     "stack.file"},
    {{"something that nobody has ever seen"}, "nobody has ever seen", ""},
};

static void test_explanations(void **state)
{
    const struct child_end end = {.exit_status = 17};
    struct error err;

    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        says(failures[i].lines);
        assert_false(compose_explain(&tail, "compose up", &end, &err));
        if (strstr(err.message, failures[i].reason) == NULL ||
            strstr(err.hint, failures[i].hint) == NULL ||
            (failures[i].hint[0] == '\0') != (err.hint[0] == '\0'))
            fail_msg("%s\nhint: %s", err.message, err.hint);
        assert_ptr_equal(strstr(err.message, "compose up failed (exit status 17): "), err.message);
    }
}

static void test_ends(void **state)
{
    struct error err;

    (void)state;
    says((const char *const[]){NULL});
    compose_explain(&tail, "compose up", &(struct child_end){.exit_status = 1}, &err);
    assert_string_equal(err.message, "compose up failed (exit status 1)");
    compose_explain(&tail, "compose up", &(struct child_end){.signal = 9}, &err);
    assert_string_equal(err.message, "compose up failed (signal 9 (Killed))");
    compose_explain(&tail, "docker ps", &(struct child_end){.timed_out = true, .signal = 15}, &err);
    assert_string_equal(err.message, "docker ps failed (no end within its time)");
    assert_string_equal(err.hint, "");
}

/* What tells the reason is found above other lines, as long as it is among the last ones. */
static void test_tail(void **state)
{
    struct error err;
    char line[32];

    (void)state;
    says((const char *const[]){"no space left on device", NULL});
    for (int i = 1; i < COMPOSE_TAIL_LINES; i++) {
        str_format(line, sizeof line, "line %d", i);
        compose_tail_add(&tail, line);
        compose_tail_add(&tail, "");
    }
    compose_explain(&tail, "up", &(struct child_end){.exit_status = 1}, &err);
    assert_non_null(strstr(err.hint, "disk is full"));
    compose_tail_add(&tail, "one more");
    compose_explain(&tail, "up", &(struct child_end){.exit_status = 1}, &err);
    assert_non_null(strstr(err.message, "one more"));
    assert_string_equal(err.hint, "");
}

static void test_is_passing(void **state)
{
    (void)state;
    memset(&tail, 0, sizeof tail);
    assert_false(compose_is_passing(&tail));
    compose_tail_add(&tail, "Error response from daemon: Container a is already paused");
    assert_false(compose_is_passing(&tail));
    compose_tail_add(&tail,
                     "Error response from daemon: Cannot pause container 58: OCI runtime pause "
                     "failed: unable to freeze: unknown");
    compose_tail_add(&tail, "exit status 1");
    assert_true(compose_is_passing(&tail));
}

static void test_port_taken(void **state)
{
    static const struct {
        const char *line;
        int port;
    } cases[] = {
        {ENDPOINT "Bind for 127.0.0.1:55432 failed: port is already allocated", 55432},
        {ENDPOINT "Bind for 0.0.0.0:80 failed: port is already allocated", 80},
        {ENDPOINT "Bind for :::55433 failed: port is already allocated", 55433},
        {ENDPOINT "Bind for [::1]:55433 failed: port is already allocated", 55433},
        {ENDPOINT "Error starting userland proxy: listen tcp4 127.0.0.1:55432: bind: address "
                  "already in use",
         55432},
        {ENDPOINT "Error starting userland proxy: listen tcp6 [::1]:55434: bind: address already "
                  "in use",
         55434},
        {ENDPOINT "Error starting userland proxy: listen tcp6 [fe80::1:2]:55434: bind: address "
                  "already in use",
         55434},
        {ENDPOINT "failed to bind host port for 127.0.0.1:55432:172.18.0.2:5432/tcp: address "
                  "already in use",
         55432},
        {ENDPOINT "failed to bind host port 127.0.0.1:55432/tcp: address already in use", 55432},
        {"Error response from daemon: ports are not available: exposing port TCP 127.0.0.1:55432 "
         "-> 127.0.0.1:0: listen tcp 127.0.0.1:55432: bind: address already in use",
         55432},
        {"ERROR: for primary  Cannot start service primary: driver failed programming external "
         "connectivity on endpoint primary (" ID64 "): Bind for 127.0.0.1:55432 failed: port is "
         "already allocated",
         55432},
        {"listen unix /run/x.sock: bind: address already in use", 0},
        {"at 12:03:44 port is already allocated", 0},
        {"1.2.3.4:99999 port is already allocated", 0},
        {"1.2.3.4:0 port is already allocated", 0},
        {"[::1]: :::: ::: 1.2.3.4: port is already allocated", 0},
        {"no space left on device at 127.0.0.1:55432", 0},
        {"", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        says((const char *const[]){cases[i].line, NULL});
        if (compose_port_taken(&tail) != cases[i].port)
            fail_msg("%d of: %s", compose_port_taken(&tail), cases[i].line);
    }
}

/* ---- docker ps */

static void test_states(void **state)
{
    static const struct {
        const char *state, *status, *word;
    } cases[] = {
        {"running", "Up 3 minutes (healthy)", "running"},
        {"running", "Up 3 minutes", "running"},
        {"running", "Up 2 seconds (health: starting)", "starting"},
        {"running", "Up 3 minutes (unhealthy)", "unhealthy"},
        {"paused", "Up 3 minutes (Paused)", "paused"},
        {"exited", "Exited (0) 2 minutes ago", "stopped"},
        {"exited", "Exited (137) 2 minutes ago", "crashed"},
        {"exited", "Exited (10) 2 minutes ago", "crashed"},
        {"dead", "Dead", "crashed"},
        {"dead", "Exited (0) 1 second ago", "stopped"},
        {"created", "Created", "created"},
        {"restarting", "Restarting (1) 3 seconds ago", "restarting"},
        {"removing", "Removal In Progress", "removing"},
    };
    struct compose_container container;
    char line[256], detail[256], service[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        str_format(line, sizeof line,
                   "replica1|%s|%s|127.0.0.1:55433->5432/tcp|lab-replica1|x-replica1|lab_default",
                   cases[i].state, cases[i].status);
        assert_true(compose_parse_container(line, service, sizeof service, &container));
        assert_string_equal(service, "replica1");
        assert_string_equal(container.status.state, cases[i].word);
        str_format(detail, sizeof detail, "%s, 127.0.0.1:55433->5432/tcp, lab-replica1",
                   cases[i].status);
        assert_string_equal(container.status.detail, detail);
        assert_true(container.status.uptime_us == INT64_MIN);
        assert_int_equal(container.status.pid, 0);
        assert_string_equal(container.name, "x-replica1");
        assert_string_equal(container.networks, "lab_default");
        assert_false(container.cut);
    }
    assert_true(
        compose_parse_container("a|exited|Exited (0) now||img|a|n,m", service, 64, &container));
    assert_string_equal(container.status.detail, "Exited (0) now, img");
    assert_string_equal(container.networks, "n,m");
}

/* Docker says it by an empty list of networks; who does not run, or is frozen, is that first. */
static void test_cut(void **state)
{
    static const struct {
        const char *line, *word, *detail;
    } cases[] = {
        {"a|running|Up 1 second||img|x-a|", "cut", "Up 1 second, cut from the network, img"},
        {"a|running|Up 1 second (unhealthy)||img|x-a|", "cut",
         "Up 1 second (unhealthy), cut from the network, img"},
        {"a|paused|Up 1 second (Paused)||img|x-a|", "paused",
         "Up 1 second (Paused), cut from the network, img"},
        {"a|exited|Exited (137) now||img|x-a|", "crashed",
         "Exited (137) now, cut from the network, img"},
    };
    struct compose_container container;
    char service[8];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(compose_parse_container(cases[i].line, service, sizeof service, &container));
        assert_true(container.cut);
        assert_true(container.status.cut);
        assert_string_equal(container.status.state, cases[i].word);
        assert_string_equal(container.status.detail, cases[i].detail);
    }
}

static void test_hostile_lines(void **state)
{
    static const char *const none[] = {
        "",
        "|",
        "||||",
        "a",
        "a|running",
        "a|running|Up|ports",
        "a|running|Up|ports|image",
        "a|running|Up|ports|image|name",
        "|running|Up|ports|image|name|network",
        "permission denied while trying to connect to the Docker daemon socket",
    };
    struct compose_container container;
    struct stack_node_status *status = &container.status;
    char service[8], *line = mem_calloc(1, 20001);

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_false(compose_parse_container(none[i], service, sizeof service, &container));
    memset(line, 'x', 20000);
    assert_false(compose_parse_container(line, service, sizeof service, &container));
    for (int i = 0; i < 6; i++)
        line[3000 * (i + 1)] = '|';
    assert_true(compose_parse_container(line, service, sizeof service, &container));
    assert_string_equal(service, "xxxxxxx");
    assert_int_equal(strlen(status->state), sizeof status->state - 1);
    assert_int_equal(strlen(status->detail), sizeof status->detail - 1);
    assert_int_equal(strlen(container.name), sizeof container.name - 1);
    assert_int_equal(strlen(container.networks), sizeof container.networks - 1);
    assert_true(
        compose_parse_container("%s%n|%s|%d|%n|%s|%n|%s", service, sizeof service, &container));
    assert_string_equal(status->detail, "%d, %n, %s");
    compose_tail_add(&tail, line);
    free(line);
}

static void test_state_allows(void **state)
{
    static const struct {
        const char *state;
        bool kill, pause, resume, restart, wal_end, identity;
    } cases[] = {
        {"running", true, true, false, true, false, true},
        {"starting", true, true, false, true, false, true},
        {"unhealthy", true, true, false, true, false, true},
        {"restarting", true, true, false, true, false, true},
        {"cut", true, true, false, true, false, true},
        {"paused", true, false, true, true, false, false},
        {"stopped", false, false, false, true, true, true},
        {"crashed", false, false, false, true, true, true},
        {"created", false, false, false, true, true, true},
        {"not created", false, false, false, false, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(compose_state_allows(STACK_KILL, cases[i].state), cases[i].kill);
        assert_int_equal(compose_state_allows(STACK_PAUSE, cases[i].state), cases[i].pause);
        assert_int_equal(compose_state_allows(STACK_RESUME, cases[i].state), cases[i].resume);
        assert_int_equal(compose_state_allows(STACK_RESTART, cases[i].state), cases[i].restart);
        assert_int_equal(compose_state_allows(STACK_WAL_END, cases[i].state), cases[i].wal_end);
        assert_int_equal(compose_state_allows(STACK_IDENTITY, cases[i].state), cases[i].identity);
        assert_int_equal(compose_state_allows(STACK_CUT, cases[i].state), cases[i].restart);
        assert_int_equal(compose_state_allows(STACK_JOIN, cases[i].state), cases[i].restart);
        assert_true(compose_state_allows(STACK_UP, cases[i].state));
        assert_true(compose_state_allows(STACK_STOP, cases[i].state));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),      cmocka_unit_test(test_path_is_one_argument),
        cmocka_unit_test(test_explanations),  cmocka_unit_test(test_ends),
        cmocka_unit_test(test_tail),          cmocka_unit_test(test_is_passing),
        cmocka_unit_test(test_port_taken),    cmocka_unit_test(test_states),
        cmocka_unit_test(test_hostile_lines), cmocka_unit_test(test_state_allows),
        cmocka_unit_test(test_cut),           cmocka_unit_test(test_network_commands),
    };
    return cmocka_run_group_tests_name("compose_text", tests, NULL, NULL);
}
