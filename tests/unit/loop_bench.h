/*
 * loop_bench: a loop with a deadline, a record of what was called, and timers that write a letter
 * into it.
 */
#ifndef TESTS_LOOP_BENCH_H
#define TESTS_LOOP_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

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

static inline void note(struct bench *bench, const char *what)
{
    assert_true(str_append(bench->calls, sizeof bench->calls, what));
}

static inline void too_late(void *owner, struct instant now)
{
    struct bench *bench = owner;

    (void)now;
    bench->late = true;
    loop_stop(bench->loop);
}

static inline void open_bench(struct bench *bench)
{
    struct error err;

    memset(bench, 0, sizeof *bench);
    bench->loop = loop_new(&err);
    assert_non_null(bench->loop);
    bench->deadline = (struct loop_timer){.fire = too_late, .owner = bench};
}

static inline void run(struct bench *bench)
{
    loop_timer_set(bench->loop, &bench->deadline, clock_monotonic_us() + DEADLINE_US);
    loop_run(bench->loop);
    loop_timer_cancel(bench->loop, &bench->deadline);
    assert_false(bench->late);
}

static inline void close_bench(struct bench *bench)
{
    loop_free(&bench->loop);
    assert_null(bench->loop);
    loop_free(&bench->loop);
}

struct alarm {
    struct loop_timer timer;
    struct bench *bench;
    const char *letter;
    void (*then)(struct alarm *alarm, struct instant now);
    struct alarm *other;
};

static inline void ring(void *owner, struct instant now)
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

static inline void stop(struct alarm *alarm, struct instant now)
{
    (void)now;
    loop_stop(alarm->bench->loop);
}

static inline struct alarm alarm_of(struct bench *bench, const char *letter,
                                    void (*then)(struct alarm *, struct instant))
{
    return (struct alarm){.bench = bench, .letter = letter, .then = then, .timer = {.fire = ring}};
}

static inline void set(struct alarm *alarm, mono_us due)
{
    alarm->timer.owner = alarm;
    loop_timer_set(alarm->bench->loop, &alarm->timer, due);
}

#endif
