/*
 * door: what it means that a new connection has no answer (that one has none is tried on a server:
 * tests/t/door.t), and that the end of the kernel's own tries is no answer either.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "cluster_fixture.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "postgres/door.h"

/* Before the C library's: a socket for which the kernel tries twice, for three seconds, not for two
 * minutes. */
int socket(int domain, int type, int protocol)
{
    int (*libc)(int, int, int), once = 1, fd;

    *(void **)&libc = dlsym(RTLD_NEXT, "socket");
    fd = libc(domain, type, protocol);
    setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &once, sizeof once);
    return fd;
}

/* That sessions go on is said when a look that was sent while nobody opened has its answer. */
static void test_sessions_go_on(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    cluster_mark(c);
    cluster_wait(c, 3);
    cluster_door(c, 0, false, SECONDS(2.5));
    assert_int_equal(cluster_new_events(c), 0); /* nothing has answered for longer than that */
    cluster_wait(c, 5);
    cluster_look_after(c, 0, SECONDS(6)); /* the late answer to a look sent before it was found */
    assert_int_equal(cluster_new_events(c), 0);
    cluster_run(c, 1);
    assert_event(c, "n1", "accepts no new connections: no answer to one for 8.5 s; open sessions");
    cluster_run(c, 3);
    assert_int_equal(cluster_new_events(c), 1); /* once */
    cluster_door(c, 0, true, SECONDS(11));
    assert_event(c, "n1", "accepts connections again: it did not for 11 s");
    cluster_door(c, 0, false, SECONDS(3)); /* looks were answered meanwhile: at once */
    assert_event(c, "n1", "accepts no new connections: no answer to one for 3.0 s");
    cluster_free(c);
}

/* A server that hung and goes on again before anything else was found. */
static void test_server_that_hung(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    cluster_mark(c);
    cluster_wait(c, 3);
    cluster_door(c, 0, false, SECONDS(2.5));
    cluster_look_after(c, 0, SECONDS(2));
    cluster_door(c, 0, true, SECONDS(2.5));
    cluster_run(c, 2);
    assert_int_equal(cluster_new_events(c), 0);
    cluster_free(c);
}

#define QUEUE_MAX 8

/* A listener whose queue can be made full: the kernel drops who comes then. */
struct server {
    struct loop *loop;
    struct door *door;
    struct loop_timer end, once_more;
    int listener, session, queue_count, queue[QUEUE_MAX];
    struct sockaddr_in address;
    int told;
    bool opens; /* as it was told last */
    mono_us since;
};

static int connect_to(const struct server *s, int flags)
{
    int fd = socket(AF_INET, SOCK_STREAM | flags, 0);

    connect(fd, (const struct sockaddr *)&s->address, sizeof s->address);
    return fd;
}

static void fill(struct server *s)
{
    for (s->queue_count = 0; s->queue_count < QUEUE_MAX; s->queue_count++)
        s->queue[s->queue_count] = connect_to(s, SOCK_NONBLOCK);
}

static void let_in(struct server *s)
{
    int fd;

    for (int i = 0; i < s->queue_count; i++)
        close(s->queue[i]);
    s->queue_count = 0;
    while ((fd = accept4(s->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
        close(fd);
}

static void stop(void *owner, struct instant now)
{
    struct server *s = owner;

    (void)now;
    loop_stop(s->loop);
}

static void told(void *owner, bool opens, mono_us knocked_at, struct instant now)
{
    struct server *s = owner;

    (void)now;
    s->told++;
    s->opens = opens;
    s->since = knocked_at;
    loop_stop(s->loop);
}

/* Serves whoever waits, again and again. */
static void serve(void *owner, struct instant now)
{
    struct server *s = owner;

    let_in(s);
    loop_timer_set(s->loop, &s->once_more, now.mono + 20 * US_PER_MS);
}

static struct server *server_with_door(void)
{
    struct server *s = mem_calloc(1, sizeof *s);
    socklen_t size = sizeof s->address;
    struct error err;

    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    s->address.sin_family = AF_INET;
    s->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&s->address, sizeof s->address), 0);
    assert_int_equal(listen(s->listener, 1), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&s->address, &size), 0);
    s->session = connect_to(s, 0);
    s->loop = loop_new(&err);
    assert_non_null(s->loop);
    s->door = door_new(s->loop, US_PER_S, told, s);
    s->end = (struct loop_timer){.fire = stop, .owner = s};
    s->once_more = (struct loop_timer){.fire = serve, .owner = s};
    door_watch(s->door, s->session, loop_now(s->loop).mono, 500 * US_PER_MS);
    return s;
}

/* Until the door tells something, or for so long. */
static void run(struct server *s, int64_t us)
{
    loop_timer_set(s->loop, &s->end, clock_monotonic_us() + us);
    loop_run(s->loop);
    loop_timer_cancel(s->loop, &s->end);
}

static void server_free(struct server *s)
{
    let_in(s);
    loop_timer_cancel(s->loop, &s->once_more);
    door_free(&s->door);
    loop_free(&s->loop);
    close(s->session);
    close(s->listener);
    free(s);
}

/* New connections are dropped: the kernel gives up, and nobody has answered. */
static void test_kernel_gives_up(void **state)
{
    struct server *s = server_with_door();
    mono_us since;
    (void)state;

    fill(s);
    run(s, 20 * US_PER_S);
    assert_int_equal(s->told, 1);
    assert_false(s->opens);
    since = s->since;
    run(s, 6 * US_PER_S); /* one knock was given up, another is under way */
    assert_int_equal(s->told, 1);
    serve(s, loop_now(s->loop));
    run(s, 20 * US_PER_S);
    assert_int_equal(s->told, 2);
    assert_true(s->opens);
    assert_true(s->since == since); /* it is the first that had no answer */
    server_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions_go_on),
        cmocka_unit_test(test_server_that_hung),
        cmocka_unit_test(test_kernel_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
