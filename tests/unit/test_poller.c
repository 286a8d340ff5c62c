/*
 * poller: when it tries again, without a server: ports that nobody listens on, a server that has no
 * connection left, and a name server that does not answer.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "fake_server.h"
#include "postgres/poller.h"
#include "postgres/sql.h"

#define SLOW_NAME "slow.example"
#define SLOW_US (1500 * US_PER_MS)

/* Before the C library's, which goes on answering: the program's resolver asks here. */
static atomic_int asking, most_asking, asked;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **list)
{
    int (*libc)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    int now;

    *(void **)&libc = dlsym(RTLD_NEXT, "getaddrinfo");
    if (name == NULL || strcmp(name, SLOW_NAME) != 0 || hints->ai_flags & AI_NUMERICHOST)
        return libc(name, service, hints, list);
    asked++;
    now = ++asking;
    if (now > most_asking)
        most_asking = now;
    usleep(SLOW_US);
    asking--;
    return libc("127.0.0.1", service, hints, list);
}

struct run {
    struct loop *loop;
    struct poller *poller;
    struct loop_timer end;
    int faults, stop_after; /* 0: at the end only */
    enum node_fault_kind last;
};

static void stop(void *owner, struct instant now)
{
    struct run *run = owner;

    (void)now;
    loop_stop(run->loop);
}

static void sink(void *owner, const struct observation *observation)
{
    struct run *run = owner;

    assert_int_equal(observation->kind, OBSERVED_FAULT);
    run->last = observation->fault.kind;
    if (++run->faults == run->stop_after)
        loop_stop(run->loop);
}

static struct run *start(const struct connection_settings *connection, int64_t interval_us,
                         int64_t timeout_us)
{
    static char name[] = "n";
    struct run *run = mem_calloc(1, sizeof *run);
    struct node_settings node = {.name = name, .connection = *connection};
    struct poller_options options = {
        .interval_us = interval_us, .timeout_us = timeout_us, .sink = sink, .owner = run};
    struct error err;

    run->loop = loop_new(&err);
    assert_non_null(run->loop);
    run->poller = poller_new(run->loop, &node, &options, &err);
    assert_non_null(run->poller);
    run->end = (struct loop_timer){.fire = stop, .owner = run};
    return run;
}

/* Until so many faults came in all, or the time is over. */
static void run_for(struct run *run, int64_t us, int faults)
{
    run->stop_after = faults;
    loop_timer_set(run->loop, &run->end, clock_monotonic_us() + us);
    loop_run(run->loop);
    loop_timer_cancel(run->loop, &run->end);
}

static void finish(struct run *run)
{
    poller_free(&run->poller);
    loop_free(&run->loop);
    free(run);
}

static int listener_on(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static int closed_port(void)
{
    int port, fd = listener_on(&port);

    close(fd);
    return port;
}

static char loopback[] = "127.0.0.1", slow_name[] = SLOW_NAME, user[] = "u", mode[] = "disable";

/* A server that is down is looked at once an interval; a shorter one counts from now on. */
static void test_shorter_interval_while_down(void **state)
{
    struct connection_settings connection = {
        .hostaddr = loopback, .port = closed_port(), .user = user};
    struct run *run = start(&connection, 3600 * US_PER_S, US_PER_S);
    (void)state;

    run_for(run, 10 * US_PER_S, 4); /* at once, and after 100, 250 and 500 ms */
    assert_int_equal(run->faults, 4);
    run_for(run, 700 * US_PER_MS, 5);
    assert_int_equal(run->faults, 4); /* the interval counts now */
    poller_set_interval(run->poller, 100 * US_PER_MS);
    run_for(run, 5 * US_PER_S, 6);
    assert_int_equal(run->faults, 6);
    poller_set_interval(run->poller, 3600 * US_PER_S);
    run_for(run, 700 * US_PER_MS, 9);
    assert_in_range(run->faults, 6, 7); /* one that was due already */
    finish(run);
}

/* Whoever has no connection left is not asked for one ten times a second. */
static void test_too_many_connections(void **state)
{
    static const char full[] = "E\0\0\0\x20SFATAL\0VFATAL\0C53300\0Mfull\0";
    struct connection_settings connection = {.hostaddr = loopback, .user = user, .sslmode = mode};
    int fd = listener_on(&connection.port);
    (void)state;

    assert_int_equal(listen(fd, 64), 0);
    pid_t child = fork();
    while (child == 0) {
        char bytes[1024];
        int client = accept(fd, NULL, NULL);
        if (read(client, bytes, sizeof bytes) <= 0 || write(client, full, sizeof full) < 0)
            _exit(1);
        close(client);
    }
    struct run *run = start(&connection, 100 * US_PER_MS, US_PER_S);
    run_for(run, 2500 * US_PER_MS, 0);
    kill(child, SIGKILL);
    assert_int_equal(run->last, FAULT_TOO_MANY_CONNECTIONS);
    assert_in_range(run->faults, 2, 4);
    close(fd);
    finish(run);
}

/* One thread waits for the name server, not one more at each attempt; its late answer is used. */
static void test_slow_name_server(void **state)
{
    struct connection_settings connection = {
        .host = slow_name, .port = closed_port(), .user = user};
    struct run *run = start(&connection, 100 * US_PER_MS, 100 * US_PER_MS);
    (void)state;

    run_for(run, SLOW_US - 300 * US_PER_MS, 0);
    assert_true(run->faults > 2);
    assert_int_equal(run->last, FAULT_RESOLVE);
    assert_int_equal(most_asking, 1);
    assert_int_equal(asked, 1);
    for (int i = 0; i < 40 && run->last != FAULT_REFUSED; i++)
        run_for(run, 100 * US_PER_MS, 0);
    assert_int_equal(run->last, FAULT_REFUSED);
    finish(run);
    while (asking > 0)
        usleep(1000);
}

/* A server whose first looks fail with 55000, so many; the next one is not answered. */
static struct run *start_on_promotion(struct fake_server *server, int failing)
{
    struct fake_answer *a = fake_answer(server);

    for (int i = 0; i < SQL_SESSION_SETTINGS; i++) {
        fake_end(a, fake_begin(a, '1'));
        fake_end(a, fake_begin(a, '2'));
        fake_end(a, fake_begin(a, 'n'));
        fake_complete(a, "SET");
    }
    fake_ready(a);
    for (int i = 0; i < failing; i++) {
        a = fake_answer(server);
        fake_say(a, 'E', "ERROR", "55000", "recovery is not in progress");
        fake_ready(a);
    }
    fake_server_start(server);
    return start(&server->node.connection, 100 * US_PER_MS, US_PER_S);
}

/* A promotion in the middle of a look: what is asked of a standby fails on the primary that it is
 * by then. It is asked again, and nobody hears of it. */
static void test_promotion_in_a_look(void **state)
{
    struct fake_server *server = fake_server_new();
    struct run *run = start_on_promotion(server, 1);
    (void)state;

    run_for(run, 30 * US_PER_S, 1);
    assert_int_equal(run->last, FAULT_NOT_RESPONDING); /* the look after it, and only that */
    finish(run);
    fake_server_free(server);
}

/* The slots of a session whose first look failed are asked for with the next one, not the fifth:
 * until then there would be none. */
static void test_slots_after_a_failed_look(void **state)
{
    struct fake_server *server = fake_server_new();
    struct run *run = start_on_promotion(server, 1);
    (void)state;

    run_for(run, 30 * US_PER_S, 1);
    assert_int_equal(server->executed[0], SQL_SESSION_SETTINGS);
    assert_int_equal(server->executed[1], SQL_COUNT);
    assert_int_equal(server->executed[2], SQL_COUNT);
    finish(run);
    fake_server_free(server);
}

/* What does not pass is said, each time. */
static void test_failure_that_stays(void **state)
{
    struct fake_server *server = fake_server_new();
    struct run *run = start_on_promotion(server, 7);
    (void)state;

    run_for(run, 30 * US_PER_S, 4);
    assert_int_equal(run->last, FAULT_QUERY);
    run_for(run, 30 * US_PER_S, 5);
    assert_int_equal(run->last, FAULT_NOT_RESPONDING); /* three were asked again in silence */
    finish(run);
    fake_server_free(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shorter_interval_while_down),
        cmocka_unit_test(test_too_many_connections),
        cmocka_unit_test(test_slow_name_server),
        cmocka_unit_test(test_promotion_in_a_look),
        cmocka_unit_test(test_slots_after_a_failed_look),
        cmocka_unit_test(test_failure_that_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
