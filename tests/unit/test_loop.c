/*
 * loop: order of calls, and what callbacks may do to the lists they are called from. Real pipes,
 * real signals; every test has a deadline, so that a loop that does not end fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/str.h"
#include "loop/loop.h"

#define DEADLINE_US (10 * US_PER_S)

/* What happened, a letter each. */
struct bench {
    struct loop *loop;
    struct loop_timer deadline;
    bool late;
    char calls[64];
};

static void note(struct bench *bench, const char *what)
{
    assert_true(str_append(bench->calls, sizeof bench->calls, what));
}

static void too_late(void *owner, struct instant now)
{
    struct bench *bench = owner;

    (void)now;
    bench->late = true;
    loop_stop(bench->loop);
}

static void open_bench(struct bench *bench)
{
    struct error err;

    memset(bench, 0, sizeof *bench);
    bench->loop = loop_new(&err);
    assert_non_null(bench->loop);
    bench->deadline = (struct loop_timer){.fire = too_late, .owner = bench};
}

static void run(struct bench *bench)
{
    loop_timer_set(bench->loop, &bench->deadline, clock_monotonic_us() + DEADLINE_US);
    loop_run(bench->loop);
    loop_timer_cancel(bench->loop, &bench->deadline);
    assert_false(bench->late);
}

static void close_bench(struct bench *bench)
{
    loop_free(&bench->loop);
    assert_null(bench->loop);
    loop_free(&bench->loop);
}

/* Timers */

struct alarm {
    struct loop_timer timer;
    struct bench *bench;
    const char *letter;
    void (*then)(struct alarm *alarm, struct instant now);
    struct alarm *other;
};

static void ring(void *owner, struct instant now)
{
    struct alarm *alarm = owner;

    assert_true(now.mono >= alarm->timer.due);
    assert_false(alarm->timer.set);
    assert_true(loop_now(alarm->bench->loop).mono == now.mono);
    assert_true(loop_now(alarm->bench->loop).wall == now.wall);
    note(alarm->bench, alarm->letter);
    if (alarm->then != NULL)
        alarm->then(alarm, now);
}

static void stop(struct alarm *alarm, struct instant now)
{
    (void)now;
    loop_stop(alarm->bench->loop);
}

static struct alarm alarm_of(struct bench *bench, const char *letter,
                             void (*then)(struct alarm *, struct instant))
{
    return (struct alarm){.bench = bench, .letter = letter, .then = then, .timer = {.fire = ring}};
}

static void set(struct alarm *alarm, mono_us due)
{
    alarm->timer.owner = alarm;
    loop_timer_set(alarm->bench->loop, &alarm->timer, due);
}

static void test_now_before_the_first_turn(void **state)
{
    mono_us before = clock_monotonic_us();
    struct bench bench;

    (void)state;
    open_bench(&bench);
    assert_true(loop_now(bench.loop).mono >= before);
    assert_true(loop_now(bench.loop).mono <= clock_monotonic_us());
    assert_true(loop_now(bench.loop).wall > 1600000000LL * US_PER_S);
    close_bench(&bench);
}

static void test_timers_in_order(void **state)
{
    struct bench bench;
    struct alarm alarms[6];

    (void)state;
    open_bench(&bench);
    for (int i = 0; i < 6; i++)
        alarms[i] = alarm_of(&bench, (const char *[]){"a", "b", "c", "d", "e", "f"}[i],
                             i == 5 ? stop : NULL);
    mono_us now = clock_monotonic_us();
    set(&alarms[5], now + 30 * US_PER_MS);
    set(&alarms[2], now + 10 * US_PER_MS);
    set(&alarms[0], now - US_PER_S);
    set(&alarms[3], now + 10 * US_PER_MS);
    set(&alarms[1], 0); /* longer due than a */
    set(&alarms[4], now + 10 * US_PER_MS);
    run(&bench);
    assert_string_equal(bench.calls, "bacdef");
    assert_true(clock_monotonic_us() >= now + 30 * US_PER_MS);
    close_bench(&bench);
}

static void test_timer_set_anew_and_cancelled(void **state)
{
    struct bench bench;
    struct alarm a, b, c;

    (void)state;
    open_bench(&bench);
    a = alarm_of(&bench, "a", NULL);
    b = alarm_of(&bench, "b", NULL);
    c = alarm_of(&bench, "c", stop);
    mono_us now = clock_monotonic_us();
    set(&a, now);
    set(&b, now);
    set(&a, now); /* now behind b, and still once */
    set(&c, now + 5 * US_PER_MS);
    run(&bench);
    assert_string_equal(bench.calls, "bac");

    set(&a, now);
    set(&b, now);
    loop_timer_cancel(bench.loop, &b.timer);
    loop_timer_cancel(bench.loop, &b.timer);
    set(&c, now);
    run(&bench);
    assert_string_equal(bench.calls, "bacac");
    close_bench(&bench);
}

static void cancel_other(struct alarm *alarm, struct instant now)
{
    (void)now;
    loop_timer_cancel(alarm->bench->loop, &alarm->other->timer);
    free(alarm->other);
    alarm->other = NULL;
}

static void free_self(struct alarm *alarm, struct instant now)
{
    (void)now;
    free(alarm);
}

static void test_timer_frees_another_and_itself(void **state)
{
    struct bench bench;
    struct alarm a, end, *victim, *suicide;

    (void)state;
    open_bench(&bench);
    a = alarm_of(&bench, "a", cancel_other);
    end = alarm_of(&bench, "z", stop);
    victim = mem_calloc(1, sizeof *victim);
    *victim = alarm_of(&bench, "v", NULL);
    suicide = mem_calloc(1, sizeof *suicide);
    *suicide = alarm_of(&bench, "s", free_self);
    a.other = victim;
    set(&a, 0);
    set(victim, 0); /* due in the same turn */
    set(suicide, 0);
    set(&end, 0);
    run(&bench);
    assert_string_equal(bench.calls, "asz");
    close_bench(&bench);
}

static void again(struct alarm *alarm, struct instant now)
{
    if (strlen(alarm->bench->calls) < 8)
        loop_timer_set(alarm->bench->loop, &alarm->timer, now.mono - US_PER_S);
    else
        loop_stop(alarm->bench->loop);
}

/* A timer that is set in a callback is for the next turn, however long it is due: so two that set
 * themselves take turns. */
static void test_timers_take_turns(void **state)
{
    struct bench bench;
    struct alarm a, b;

    (void)state;
    open_bench(&bench);
    a = alarm_of(&bench, "a", again);
    b = alarm_of(&bench, "b", again);
    set(&a, 0);
    set(&b, 0);
    run(&bench);
    assert_string_equal(bench.calls, "abababab");
    close_bench(&bench);
}

static void delay_other(struct alarm *alarm, struct instant now)
{
    set(alarm->other, now.mono + US_PER_MS);
}

static void test_timer_is_put_off_while_due(void **state)
{
    struct bench bench;
    struct alarm a, b, c;

    (void)state;
    open_bench(&bench);
    a = alarm_of(&bench, "a", delay_other);
    b = alarm_of(&bench, "b", stop);
    c = alarm_of(&bench, "c", NULL);
    a.other = &b;
    set(&a, 0);
    set(&b, 0);
    set(&c, 0);
    run(&bench);
    assert_string_equal(bench.calls, "acb");
    close_bench(&bench);
}

static void test_stop(void **state)
{
    struct bench bench;
    struct alarm a, b;

    (void)state;
    open_bench(&bench);
    a = alarm_of(&bench, "a", stop);
    b = alarm_of(&bench, "b", stop);
    set(&a, 0);
    set(&b, 0);
    run(&bench);
    assert_string_equal(bench.calls, "a");
    run(&bench); /* b was due and is not forgotten */
    assert_string_equal(bench.calls, "ab");
    set(&a, 0);
    loop_stop(bench.loop);
    run(&bench); /* ends at once */
    assert_string_equal(bench.calls, "ab");
    run(&bench);
    assert_string_equal(bench.calls, "aba");
    close_bench(&bench);
}

/* Watches */

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

/* Signals */

static void on_signal(void *owner, int signo, struct instant now)
{
    struct bench *bench = owner;

    assert_true(loop_now(bench->loop).mono == now.mono);
    note(bench, signo == SIGUSR1 ? "1" : signo == SIGUSR2 ? "2" : "?");
    if (signo == SIGUSR2)
        loop_stop(bench->loop);
}

static void (*disposition_of(int signo))(int)
{
    struct sigaction action;

    assert_int_equal(sigaction(signo, NULL, &action), 0);
    return action.sa_handler;
}

static void raise_usr2(struct alarm *alarm, struct instant now)
{
    (void)alarm;
    (void)now;
    kill(getpid(), SIGUSR2);
}

static void test_signals(void **state)
{
    static const int signals[] = {SIGUSR1, SIGUSR2};
    struct bench bench;
    struct error err;
    struct alarm a;

    (void)state;
    assert_true(signal(SIGUSR2, SIG_IGN) != SIG_ERR);
    open_bench(&bench);
    assert_true(loop_signals(bench.loop, signals, 2, on_signal, &bench, &err));
    assert_true(disposition_of(SIGPIPE) == SIG_IGN);

    /* Before the loop runs: not lost, and never called from the handler. */
    kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR1);
    assert_string_equal(bench.calls, "");
    /* While it runs. */
    a = alarm_of(&bench, "t", raise_usr2);
    set(&a, clock_monotonic_us() + 5 * US_PER_MS);
    run(&bench);
    assert_string_equal(bench.calls, "1t2");

    close_bench(&bench);
    assert_true(disposition_of(SIGUSR1) == SIG_DFL);
    assert_true(disposition_of(SIGUSR2) == SIG_IGN);
    assert_true(disposition_of(SIGPIPE) == SIG_DFL);
    signal(SIGUSR2, SIG_DFL);
}

/* More signals than the pipe has room for lose none and block nobody. */
static void test_flood_of_signals(void **state)
{
    static const int signals[] = {SIGUSR1, SIGUSR2};
    struct bench bench;
    struct error err;

    (void)state;
    open_bench(&bench);
    assert_true(loop_signals(bench.loop, signals, 2, on_signal, &bench, &err));
    for (int i = 0; i < 70000; i++)
        kill(getpid(), SIGUSR1);
    kill(getpid(), SIGUSR2);
    run(&bench);
    assert_string_equal(bench.calls, "12");
    close_bench(&bench);
}

/* A signal that no turn came for dies with its loop; the next one may have signals again. */
static void test_signals_of_the_next_loop(void **state)
{
    static const int signals[] = {SIGUSR1, SIGUSR2};
    struct bench bench;
    struct error err;
    struct alarm a;

    (void)state;
    open_bench(&bench);
    assert_true(loop_signals(bench.loop, signals, 2, on_signal, &bench, &err));
    kill(getpid(), SIGUSR1);
    close_bench(&bench);

    open_bench(&bench);
    assert_true(loop_signals(bench.loop, signals, 2, on_signal, &bench, &err));
    a = alarm_of(&bench, "t", raise_usr2);
    set(&a, 0);
    run(&bench);
    assert_string_equal(bench.calls, "t2");
    close_bench(&bench);
}

static void test_signal_that_cannot_be_caught(void **state)
{
    static const int signals[] = {SIGUSR1, SIGKILL};
    struct bench bench;
    struct error err;

    (void)state;
    open_bench(&bench);
    assert_false(loop_signals(bench.loop, signals, 2, on_signal, &bench, &err));
    assert_string_equal(err.message, "cannot catch signal 9: Invalid argument");
    assert_true(disposition_of(SIGUSR1) == SIG_DFL);
    assert_true(disposition_of(SIGPIPE) == SIG_DFL);
    close_bench(&bench);
}

static void test_no_pipe(void **state)
{
    struct rlimit former, none;
    struct error err;
    struct loop *loop;

    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &former), 0);
    none = former;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    loop = loop_new(&err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &former), 0);
    assert_null(loop);
    assert_string_equal(err.message, "cannot make a pipe: Too many open files");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now_before_the_first_turn),
        cmocka_unit_test(test_timers_in_order),
        cmocka_unit_test(test_timer_set_anew_and_cancelled),
        cmocka_unit_test(test_timer_frees_another_and_itself),
        cmocka_unit_test(test_timers_take_turns),
        cmocka_unit_test(test_timer_is_put_off_while_due),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_watches_in_order),
        cmocka_unit_test(test_descriptor_is_asked_for_each_turn),
        cmocka_unit_test(test_nothing_wanted),
        cmocka_unit_test(test_hang_up_and_bad_descriptor),
        cmocka_unit_test(test_watch_frees_another_and_itself),
        cmocka_unit_test(test_watch_frees_while_asked),
        cmocka_unit_test(test_watch_adds_another),
        cmocka_unit_test(test_watch_before_timer),
        cmocka_unit_test(test_stop_between_watches),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_flood_of_signals),
        cmocka_unit_test(test_signals_of_the_next_loop),
        cmocka_unit_test(test_signal_that_cannot_be_caught),
        cmocka_unit_test(test_no_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
