/*
 * fault: what failed connections mean, from what libpq really says of a server that is played here:
 * a child that accepts, answers as it is told, and closes.
 */
/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"
#include "postgres/fault.h"

struct server {
    pid_t pid;
    char port[16];
};

static void serve(int listener, const char *answer, size_t length)
{
    char bytes[4096];

    for (;;) {
        int fd = accept(listener, NULL, NULL);
        ssize_t got = read(fd, bytes, sizeof bytes);

        if (got > 0 && length > 0 && write(fd, answer, length) < 0)
            _exit(1);
        close(fd);
    }
}

static pid_t start_child(int listener, const char *answer, size_t length)
{
    pid_t pid = fork();

    if (pid == 0)
        serve(listener, answer, length);
    close(listener);
    return pid;
}

static int listen_on_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);

    str_copy(address.sun_path, sizeof address.sun_path, path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    return listener;
}

static struct server start_server(const char *answer, size_t length)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    struct server server;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    str_format(server.port, sizeof server.port, "%d", ntohs(address.sin_port));
    server.pid = start_child(listener, answer, length);
    return server;
}

static void stop_server(const struct server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}

static struct node_fault fault_of_connecting(const char *const *values)
{
    static const char *const keywords[] = {"host",    "hostaddr",   "port", "user",
                                           "sslmode", "gssencmode", NULL};
    struct node_fault fault;
    PGconn *pg = PQconnectStartParams(keywords, values, 0);

    assert_non_null(pg);
    PQsetErrorVerbosity(pg, PQERRORS_VERBOSE);
    for (PostgresPollingStatusType state = PGRES_POLLING_WRITING;
         state != PGRES_POLLING_FAILED && state != PGRES_POLLING_OK;)
        state = PQconnectPoll(pg);
    assert_int_equal(PQstatus(pg), CONNECTION_BAD);
    fault_of_connect(pg, &fault);
    PQfinish(pg);
    return fault;
}

/* What becomes of a connection to a server that answers so. */
static struct node_fault connect_to(const char *sslmode, const char *answer, size_t length)
{
    struct server server = start_server(answer, length);
    const char *values[] = {"127.0.0.1", NULL, server.port, "u", sslmode, "disable", NULL};
    struct node_fault fault = fault_of_connecting(values);

    stop_server(&server);
    return fault;
}

/* Where the server is, is no part of what happened, whatever is in the name. */
static void test_names_do_not_decide(void **state)
{
    static const char *const names[] = {"plain", "service", "authentication", "SSL", "invalid"};
    char top[] = "/tmp/pgwatch-fault-XXXXXX", folder[64], path[96];
    (void)state;

    assert_non_null(mkdtemp(top));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        str_format(folder, sizeof folder, "%s/%s", top, names[i]);
        str_format(path, sizeof path, "%s/.s.PGSQL.5432", folder);
        assert_int_equal(mkdir(folder, 0700), 0);
        struct server server = {.port = "5432"};
        const char *values[] = {folder, NULL, server.port, "u", "disable", "disable", NULL};
        server.pid = start_child(listen_on_socket(path), "", 0);
        struct node_fault fault = fault_of_connecting(values);
        stop_server(&server);
        unlink(path);
        rmdir(folder);
        if (fault.kind != FAULT_CLOSED)
            fail_msg("%s: kind %d: %s", names[i], fault.kind, fault.text);
    }
    rmdir(top);
}

/* A server that ends while TLS is agreed upon is no setting that a person must change. */
static void test_lost_within_tls(void **state)
{
    struct node_fault fault = connect_to("require", "S", 1);
    (void)state;

    if (fault.kind != FAULT_CLOSED)
        fail_msg("kind %d: %s", fault.kind, fault.text);
}

static void test_tls_refused(void **state)
{
    struct node_fault fault = connect_to("require", "N", 1);
    (void)state;

    assert_int_equal(fault.kind, FAULT_CONFIG);
}

static struct node_fault refused_with(const char *sqlstate, const char *text)
{
    char message[256] = "E....", *at = message + 5;

    at += sprintf(at, "SFATAL") + 1;
    at += sprintf(at, "VFATAL") + 1;
    at += sprintf(at, "C%s", sqlstate) + 1;
    at += sprintf(at, "M%s", text) + 1;
    *at++ = '\0';
    uint32_t length = htonl((uint32_t)(at - message - 1));
    memcpy(message + 1, &length, sizeof length);
    return connect_to("disable", message, (size_t)(at - message));
}

/* What the server cannot do at the moment passes; what it was asked for wrongly does not. */
static void test_refused_by_the_server(void **state)
{
    static const struct {
        const char *sqlstate, *text;
        enum node_fault_kind kind;
    } cases[] = {
        {"28P01", "password authentication failed", FAULT_AUTH},
        {"3D000", "database \"x\" does not exist", FAULT_CONFIG},
        {"42501", "permission denied for database \"x\"", FAULT_CONFIG},
        {"22023", "invalid value for parameter", FAULT_CONFIG},
        {"57P03", "the database system is starting up", FAULT_STARTING},
        {"53300", "sorry, too many clients already", FAULT_TOO_MANY_CONNECTIONS},
        {"53100", "could not write init file: No space left on device", FAULT_QUERY},
        {"53200", "out of memory", FAULT_QUERY},
        {"58030", "could not read block 0", FAULT_QUERY},
        {"XX000", "could not open relation with OID 1260", FAULT_QUERY},
        {"08006", "connection failure", FAULT_QUERY},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct node_fault fault = refused_with(cases[i].sqlstate, cases[i].text);
        if (fault.kind != cases[i].kind)
            fail_msg("%s: kind %d: %s", cases[i].sqlstate, fault.kind, fault.text);
        assert_string_equal(fault.sqlstate, cases[i].sqlstate);
        assert_string_equal(fault.text, cases[i].text);
    }
}

static void test_redact(void **state)
{
    struct node_fault fault;
    (void)state;

    fault_set(&fault, FAULT_QUERY, "hunter2 and hunter2hunter2");
    fault_redact(&fault, "hunter2");
    assert_string_equal(fault.text, "******* and **************");
    fault_redact(&fault, "****"); /* is there afterwards as before */
    assert_string_equal(fault.text, "******* and **************");
    fault_redact(&fault, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_do_not_decide),
        cmocka_unit_test(test_lost_within_tls),
        cmocka_unit_test(test_tls_refused),
        cmocka_unit_test(test_refused_by_the_server),
        cmocka_unit_test(test_redact),
    };
    alarm(60); /* what hangs has failed */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
