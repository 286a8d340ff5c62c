/*
 * loop: timers and signals, real ones; every test has a deadline, so that a loop that does not end
 * fails. Watches are in test_loop_watches.c.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "loop_bench.h"

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

static void set_other(struct alarm *alarm, struct instant now)
{
    set(alarm->other, now.mono);
}

/* What is due, and what that makes due at once; what is due later waits for the run. */
static void test_catch_up(void **state)
{
    struct bench bench;
    struct alarm a, b, c;

    (void)state;
    open_bench(&bench);
    a = alarm_of(&bench, "a", set_other);
    b = alarm_of(&bench, "b", NULL);
    c = alarm_of(&bench, "c", stop);
    a.other = &b;
    set(&a, loop_now(bench.loop).mono);
    set(&c, clock_monotonic_us() + 50 * US_PER_MS);
    loop_catch_up(bench.loop);
    assert_string_equal(bench.calls, "ab");
    run(&bench);
    assert_string_equal(bench.calls, "abc");
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
    mono_us before = clock_monotonic_us();
    run(&bench);
    assert_string_equal(bench.calls, "12");
    /* They wake the loop, also when they came before it slept. */
    assert_true(clock_monotonic_us() < before + DEADLINE_US / 2);
    close_bench(&bench);
}

static int turns;

static int count_turn(void *owner, short *events)
{
    (void)owner;
    *events = 0;
    turns++;
    return -1;
}

static void never_ready(void *owner, short revents, struct instant now)
{
    (void)owner;
    (void)revents;
    fail_msg("ready at %lld: %d", (long long)now.mono, revents);
}

/* A signal wakes the loop once, not for ever. */
static void test_loop_sleeps_after_a_signal(void **state)
{
    static const int signals[] = {SIGUSR1};
    struct loop_watch watch = {.want = count_turn, .ready = never_ready};
    struct bench bench;
    struct error err;
    struct alarm a;

    (void)state;
    open_bench(&bench);
    assert_true(loop_signals(bench.loop, signals, 1, on_signal, &bench, &err));
    loop_watch_add(bench.loop, &watch);
    kill(getpid(), SIGUSR1);
    a = alarm_of(&bench, "t", stop);
    set(&a, clock_monotonic_us() + 30 * US_PER_MS);
    turns = 0;
    run(&bench);
    assert_string_equal(bench.calls, "1t");
    assert_in_range(turns, 2, 4);
    loop_watch_remove(bench.loop, &watch);
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
        cmocka_unit_test(test_catch_up),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_flood_of_signals),
        cmocka_unit_test(test_loop_sleeps_after_a_signal),
        cmocka_unit_test(test_signals_of_the_next_loop),
        cmocka_unit_test(test_signal_that_cannot_be_caught),
        cmocka_unit_test(test_no_pipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
