/*
 * loop: watches, their order, and what callbacks may do to the list they are called from. Real
 * pipes; every test has a deadline, so that a loop that does not end fails.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "loop_bench.h"

struct tap {
    struct loop_watch watch;
    struct bench *bench;
    const char *letter;
    int read_fd, write_fd;
    int wants; /* how often it was asked */
    short events, revents;
    void (*then)(struct tap *tap);
    void (*when_asked)(struct tap *tap);
    struct tap *other;
};

static int tap_want(void *owner, short *events)
{
    struct tap *tap = owner;
    int fd = tap->read_fd;

    tap->wants++;
    *events = tap->events;
    if (tap->when_asked != NULL)
        tap->when_asked(tap);
    return fd;
}

static void tap_ready(void *owner, short revents, struct instant now)
{
    struct tap *tap = owner;

    assert_true(loop_now(tap->bench->loop).mono == now.mono);
    tap->revents = revents;
    note(tap->bench, tap->letter);
    if (tap->then != NULL)
        tap->then(tap);
}

/* A pipe in which a byte waits. */
static void open_tap(struct tap *tap, struct bench *bench, const char *letter,
                     void (*then)(struct tap *))
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "x", 1), 1);
    *tap = (struct tap){.bench = bench,
                        .letter = letter,
                        .read_fd = fds[0],
                        .write_fd = fds[1],
                        .events = POLLIN,
                        .then = then,
                        .watch = {.want = tap_want, .ready = tap_ready, .owner = tap}};
    loop_watch_add(bench->loop, &tap->watch);
}

static void close_tap(struct tap *tap)
{
    loop_watch_remove(tap->bench->loop, &tap->watch);
    close(tap->read_fd);
    close(tap->write_fd);
}

static void tap_stop(struct tap *tap)
{
    loop_stop(tap->bench->loop);
}

static void tap_drain(struct tap *tap)
{
    char byte;

    assert_int_equal(read(tap->read_fd, &byte, 1), 1);
}

static void test_watches_in_order(void **state)
{
    struct bench bench;
    struct tap a, b, c;

    (void)state;
    open_bench(&bench);
    open_tap(&b, &bench, "b", tap_drain);
    open_tap(&a, &bench, "a", tap_drain);
    open_tap(&c, &bench, "c", tap_stop);
    loop_watch_add(bench.loop, &b.watch); /* it is there already */
    run(&bench);
    assert_string_equal(bench.calls, "bac");
    assert_int_equal(b.revents, POLLIN);
    run(&bench); /* c was not drained, the others were */
    assert_string_equal(bench.calls, "bacc");
    close_tap(&b);
    close_tap(&a);
    close_tap(&c);
    loop_watch_remove(bench.loop, &c.watch);
    close_bench(&bench);
}

static void tap_swap(struct tap *tap)
{
    int fds[2];

    assert_int_equal(pipe(fds), 0);
    assert_int_equal(write(fds[1], "y", 1), 1);
    close(tap->read_fd);
    close(tap->write_fd);
    tap->read_fd = fds[0];
    tap->write_fd = fds[1];
    tap->then = tap_stop;
}

/* As libpq does while it connects. */
static void test_descriptor_is_asked_for_each_turn(void **state)
{
    struct bench bench;
    struct tap a;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", tap_swap);
    run(&bench);
    assert_string_equal(bench.calls, "aa");
    assert_int_equal(a.wants, 2);
    close_tap(&a);
    close_bench(&bench);
}

static void test_nothing_wanted(void **state)
{
    struct bench bench;
    struct tap a;
    struct alarm end;
    int fd;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", NULL);
    fd = a.read_fd;
    a.read_fd = -1;
    end = alarm_of(&bench, "z", stop);
    set(&end, clock_monotonic_us() + 5 * US_PER_MS);
    run(&bench);
    assert_string_equal(bench.calls, "z");
    assert_true(a.wants > 0);
    a.read_fd = fd;
    close_tap(&a);
    close_bench(&bench);
}

/* Without waiting; one that is always ready does not keep the caller. */
static void test_catch_up_looks_at_watches(void **state)
{
    struct bench bench;
    struct tap a, b;

    (void)state;
    open_bench(&bench);
    loop_catch_up(bench.loop);
    open_tap(&a, &bench, "a", tap_drain);
    loop_catch_up(bench.loop);
    assert_string_equal(bench.calls, "a");
    open_tap(&b, &bench, "b", NULL);
    loop_catch_up(bench.loop);
    assert_int_equal(bench.calls[1], 'b');
    close_tap(&a);
    close_tap(&b);
    close_bench(&bench);
}

static void test_hang_up_and_bad_descriptor(void **state)
{
    struct bench bench;
    struct tap a;
    int fd;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", tap_stop);
    tap_drain(&a);
    fd = a.write_fd;
    a.write_fd = -1;
    close(fd);
    a.events = 0;
    run(&bench);
    assert_int_equal(a.revents, POLLHUP);

    fd = a.read_fd;
    close(fd);
    run(&bench);
    assert_int_equal(a.revents, POLLNVAL);
    a.read_fd = -1;
    close_tap(&a);
    close_bench(&bench);
}

static void tap_free_other(struct tap *tap)
{
    close_tap(tap->other);
    free(tap->other);
    tap->then = tap_drain;
    tap_drain(tap);
}

static void tap_free_self(struct tap *tap)
{
    close_tap(tap);
    free(tap);
}

static void test_watch_frees_another_and_itself(void **state)
{
    struct bench bench;
    struct tap a, c, *victim = mem_calloc(1, sizeof *victim), *own = mem_calloc(1, sizeof *own);

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", tap_free_other);
    open_tap(victim, &bench, "v", NULL); /* the next in line, and ready */
    open_tap(own, &bench, "o", tap_free_self);
    open_tap(&c, &bench, "c", tap_stop);
    a.other = victim;
    run(&bench);
    assert_string_equal(bench.calls, "aoc");
    close_tap(&a);
    close_tap(&c);
    close_bench(&bench);
}

static void tap_free_other_once(struct tap *tap)
{
    close_tap(tap->other);
    free(tap->other);
    tap->when_asked = NULL;
}

/* The same while descriptors are asked for. */
static void test_watch_frees_while_asked(void **state)
{
    struct bench bench;
    struct tap a, c, *victim = mem_calloc(1, sizeof *victim), *own = mem_calloc(1, sizeof *own);

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", tap_drain);
    open_tap(victim, &bench, "v", NULL);
    open_tap(own, &bench, "o", NULL);
    open_tap(&c, &bench, "c", tap_stop);
    a.other = victim;
    a.when_asked = tap_free_other_once;
    own->when_asked = tap_free_self;
    run(&bench);
    assert_string_equal(bench.calls, "ac");
    close_tap(&a);
    close_tap(&c);
    close_bench(&bench);
}

static struct tap late_tap;

static void tap_add_late(struct tap *tap)
{
    tap_drain(tap);
    open_tap(&late_tap, tap->bench, "l", tap_stop);
}

/* One that is added in a callback is asked first, in the next turn. */
static void test_watch_adds_another(void **state)
{
    struct bench bench;
    struct tap a, b;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", tap_add_late);
    open_tap(&b, &bench, "b", tap_drain);
    run(&bench);
    assert_string_equal(bench.calls, "abl");
    close_tap(&a);
    close_tap(&b);
    close_tap(&late_tap);
    close_bench(&bench);
}

static struct alarm tap_alarm;

static void cancel_alarm_of_tap(struct tap *tap)
{
    loop_timer_cancel(tap->bench->loop, &tap_alarm.timer);
    tap_stop(tap);
}

/* An answer that came together with its deadline counts. */
static void test_watch_before_timer(void **state)
{
    struct bench bench;
    struct tap a;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", cancel_alarm_of_tap);
    tap_alarm = alarm_of(&bench, "t", NULL);
    set(&tap_alarm, 0);
    run(&bench);
    tap_alarm = alarm_of(&bench, "t", NULL);
    a.then = tap_drain;
    set(&tap_alarm, 0);
    struct alarm end = alarm_of(&bench, "z", stop);
    set(&end, 0);
    run(&bench);
    assert_string_equal(bench.calls, "aatz");
    close_tap(&a);
    close_bench(&bench);
}

static void set_alarm_of_tap(struct tap *tap)
{
    tap->then = NULL;
    set(&tap_alarm, 0);
}

/* A timer that a watch sets is for the next turn, also when it is due. */
static void test_watch_sets_timer(void **state)
{
    struct bench bench;
    struct tap a;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", set_alarm_of_tap);
    tap_alarm = alarm_of(&bench, "t", stop);
    run(&bench);
    assert_string_equal(bench.calls, "aat");
    close_tap(&a);
    close_bench(&bench);
}

static void tap_move_other(struct tap *tap)
{
    tap_drain(tap);
    loop_watch_remove(tap->bench->loop, &tap->other->watch);
    loop_watch_add(tap->bench->loop, &tap->other->watch);
}

/* What was reported before does not count for a watch that was added anew. */
static void test_watch_is_added_anew(void **state)
{
    struct bench bench;
    struct tap a, b, c;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", tap_move_other);
    open_tap(&b, &bench, "b", tap_stop);
    open_tap(&c, &bench, "c", tap_drain);
    a.other = &b;
    run(&bench);
    assert_string_equal(bench.calls, "acb");
    assert_int_equal(b.wants, 2);
    close_tap(&a);
    close_tap(&b);
    close_tap(&c);
    close_bench(&bench);
}

static int answer_fd; /* what a signal handler reaches */

/* As if the program had been stopped: meanwhile an answer came and a timer ran out. */
static void stay_away(int signo)
{
    const struct timespec away = {.tv_nsec = 200 * 1000 * 1000};
    ssize_t written = write(answer_fd, "x", 1);

    (void)written;
    (void)signo;
    nanosleep(&away, NULL);
}

static void test_answer_while_away_comes_before_timers(void **state)
{
    const struct itimerval soon = {.it_value = {.tv_usec = 20 * 1000}};
    struct bench bench;
    struct alarm overdue;
    struct tap a;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", tap_drain);
    tap_drain(&a);
    answer_fd = a.write_fd;
    assert_true(signal(SIGALRM, stay_away) != SIG_ERR);
    overdue = alarm_of(&bench, "t", stop);
    set(&overdue, clock_monotonic_us() + 120 * US_PER_MS);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    run(&bench);
    assert_string_equal(bench.calls, "at");
    signal(SIGALRM, SIG_DFL);
    close_tap(&a);
    close_bench(&bench);
}

static void test_stop_between_watches(void **state)
{
    struct bench bench;
    struct tap a, b;

    (void)state;
    open_bench(&bench);
    open_tap(&a, &bench, "a", tap_stop);
    open_tap(&b, &bench, "b", NULL);
    run(&bench);
    assert_string_equal(bench.calls, "a");
    close_tap(&a);
    close_tap(&b);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_watches_in_order),
        cmocka_unit_test(test_descriptor_is_asked_for_each_turn),
        cmocka_unit_test(test_nothing_wanted),
        cmocka_unit_test(test_catch_up_looks_at_watches),
        cmocka_unit_test(test_hang_up_and_bad_descriptor),
        cmocka_unit_test(test_watch_frees_another_and_itself),
        cmocka_unit_test(test_watch_frees_while_asked),
        cmocka_unit_test(test_watch_adds_another),
        cmocka_unit_test(test_watch_before_timer),
        cmocka_unit_test(test_watch_sets_timer),
        cmocka_unit_test(test_watch_is_added_anew),
        cmocka_unit_test(test_answer_while_away_comes_before_timers),
        cmocka_unit_test(test_stop_between_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
