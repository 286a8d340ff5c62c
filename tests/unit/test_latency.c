/*
 * latency: the window moves, what is under way counts, what is not of now does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "base/str.h"
#include "cluster/latency.h"

#define ON COMMIT_LEVEL_ON
#define START (1000 * US_PER_S)
#define LIMIT_US US_PER_S

static struct latency *latency;
static mono_us now;

static int set_up(void **state)
{
    (void)state;
    latency = latency_new();
    now = START;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    latency_free(&latency);
    return latency != NULL;
}

static void probe(enum commit_level level, enum probe_state state, const char *text)
{
    struct probe_observation o = {.level = level, .state = state, .due_at = now};

    str_copy(o.text, sizeof o.text, text);
    latency_probe(latency, &o, now);
}

static void commit_as(enum commit_outcome outcome, bool asynchronous, bool current, int64_t us)
{
    struct commit_observation o = {
        .level = ON, .outcome = outcome, .asynchronous = asynchronous, .latency_us = us};

    latency_commit(latency, &o, current, now);
}

static void commit(int64_t us)
{
    commit_as(COMMIT_ACKNOWLEDGED, false, true, us);
}

static struct latency_figures figures(void)
{
    struct latency_figures f;

    latency_figures(latency, ON, LIMIT_US, now, &f);
    return f;
}

/* Seconds pass as frames do. */
static void tick(int seconds)
{
    for (int i = 0; i < seconds; i++) {
        now += US_PER_S;
        latency_tick(latency, now);
    }
}

static void test_nothing_is_known(void **state)
{
    (void)state;
    struct latency_figures f = figures();

    assert_false(f.probed);
    assert_int_equal(f.samples, 0);
    assert_true(f.last_us == UNKNOWN_US && f.p50_us == UNKNOWN_US && f.p95_us == UNKNOWN_US &&
                f.p99_us == UNKNOWN_US && f.max_us == UNKNOWN_US && f.blocked_for_us == UNKNOWN_US);
    probe(ON, PROBE_STARTING, "");
    f = figures();
    assert_true(f.probed);
    assert_true(f.max_us == UNKNOWN_US);
}

static void test_figures(void **state)
{
    (void)state;
    for (int i = 1; i <= 100; i++)
        commit(i);
    commit(7000);
    struct latency_figures f = figures();

    assert_int_equal(f.samples, 101);
    assert_int_equal(f.last_us, 7000);
    assert_int_equal(f.p50_us, 51);
    assert_int_equal(f.p95_us, 96);
    assert_int_equal(f.p99_us, 100);
    assert_int_equal(f.max_us, 7000);
    latency_figures(latency, COMMIT_LEVEL_LOCAL, LIMIT_US, now, &f);
    assert_int_equal(f.samples, 0);
}

/* A commit counts for at least nine tenths of the window and never longer than it. */
static void test_window_moves(void **state)
{
    (void)state;
    for (int offset = 0; offset < 60; offset += 7) {
        now = START + offset * US_PER_S;
        commit(9000);
        mono_us at = now;
        now = at + 269 * US_PER_S;
        commit(100);
        assert_int_equal(figures().max_us, 9000);
        assert_int_equal(figures().samples, 2);
        now = at + LATENCY_WINDOW_US;
        assert_int_equal(figures().max_us, 100);
        assert_int_equal(figures().samples, 1);
        now = at + 10 * LATENCY_WINDOW_US;
        assert_int_equal(figures().samples, 0);
        assert_true(figures().p50_us == UNKNOWN_US);
        latency_free(&latency);
        latency = latency_new();
    }
}

/* Memory of a slice is used anew after a whole turn. */
static void test_slices_go_round(void **state)
{
    (void)state;
    for (int s = 0; s < 1000; s++) {
        commit(s);
        now += US_PER_S;
    }
    struct latency_figures f = figures();

    assert_in_range(f.samples, 270, 300);
    assert_int_equal(f.max_us, 999);
    assert_true(f.p50_us > 840);
}

static void test_commit_under_way(void **state)
{
    (void)state;
    probe(ON, PROBE_PENDING, "");
    commit(3000);
    probe(ON, PROBE_PENDING, "");
    now += 3001;
    assert_int_equal(figures().max_us, 3001); /* it already took that long */
    assert_true(figures().blocked_for_us == UNKNOWN_US);
    assert_int_equal(figures().last_us, 3000);
    now += LIMIT_US - 3001;
    assert_true(figures().blocked_for_us == UNKNOWN_US);
    now++;
    assert_int_equal(figures().blocked_for_us, LIMIT_US + 1);
    now += 60 * US_PER_S;
    assert_int_equal(figures().blocked_for_us, 61 * US_PER_S + 1);
    assert_int_equal(figures().max_us, 61 * US_PER_S + 1);
    assert_int_equal(figures().samples, 1);
    commit(62 * US_PER_S);
    assert_true(figures().blocked_for_us == UNKNOWN_US);
    assert_int_equal(figures().max_us, 62 * US_PER_S);
    assert_int_equal(figures().last_us, 62 * US_PER_S);
    assert_int_equal(latency->levels[ON].state, PROBE_WORKS);
}

/* The first one of all: there is no other figure. */
static void test_only_one_under_way(void **state)
{
    (void)state;
    probe(ON, PROBE_PENDING, "");
    now += 2 * US_PER_S;
    assert_int_equal(figures().max_us, 2 * US_PER_S);
    assert_true(figures().p50_us == UNKNOWN_US && figures().last_us == UNKNOWN_US);
}

static void test_no_limit(void **state)
{
    struct latency_figures f;

    (void)state;
    probe(ON, PROBE_PENDING, "");
    now += 3600 * US_PER_S;
    latency_figures(latency, ON, UNKNOWN_US, now, &f);
    assert_true(f.blocked_for_us == UNKNOWN_US);
    assert_int_equal(f.max_us, 3600 * US_PER_S);
}

/* Only what was acknowledged as its level demands has a latency. */
static void test_outcomes(void **state)
{
    (void)state;
    commit_as(COMMIT_FAILED, false, true, 300000);
    commit_as(COMMIT_UNKNOWN, false, true, 400000);
    commit_as(COMMIT_LOCAL, false, true, 500000);
    assert_int_equal(figures().samples, 0);
    assert_true(figures().last_us == UNKNOWN_US);
    commit_as(COMMIT_LOCAL, true, true, 700); /* nothing was waited for */
    assert_int_equal(figures().last_us, 700);
    assert_int_equal(figures().samples, 1);
    const uint64_t *outcomes = latency->levels[ON].outcomes;
    assert_int_equal(outcomes[COMMIT_ACKNOWLEDGED], 0);
    assert_int_equal(outcomes[COMMIT_LOCAL], 2);
    assert_int_equal(outcomes[COMMIT_UNKNOWN], 1);
    assert_int_equal(outcomes[COMMIT_FAILED], 1);
}

/* What became of it is known, when is not. */
static void test_time_not_known(void **state)
{
    (void)state;
    commit(100);
    probe(ON, PROBE_PENDING, "");
    commit(UNKNOWN_US);
    assert_int_equal(figures().samples, 1);
    assert_int_equal(figures().last_us, 100);
    assert_int_equal(latency->levels[ON].outcomes[COMMIT_ACKNOWLEDGED], 2);
    assert_int_equal(latency->levels[ON].state, PROBE_WORKS);
}

/* The end of a commit on who was primary before: counted, and nothing else of it is taken. */
static void test_not_current(void **state)
{
    (void)state;
    commit(100);
    probe(ON, PROBE_PENDING, "");
    now += 5 * US_PER_S;
    commit_as(COMMIT_UNKNOWN, false, false, 60 * US_PER_S);
    commit_as(COMMIT_ACKNOWLEDGED, false, false, 60 * US_PER_S);
    assert_int_equal(figures().samples, 1);
    assert_int_equal(figures().last_us, 100);
    assert_int_equal(figures().blocked_for_us, 5 * US_PER_S);
    assert_int_equal(latency->levels[ON].state, PROBE_PENDING);
    assert_int_equal(latency->levels[ON].outcomes[COMMIT_ACKNOWLEDGED], 2);
    assert_int_equal(latency->levels[ON].outcomes[COMMIT_UNKNOWN], 1);
}

static void test_cannot(void **state)
{
    (void)state;
    commit(100);
    probe(ON, PROBE_PENDING, "");
    now += 2 * US_PER_S;
    probe(ON, PROBE_CANNOT, "permission denied");
    assert_string_equal(latency->levels[ON].why, "permission denied");
    struct latency_figures f = figures();
    assert_true(f.probed);
    assert_true(f.last_us == UNKNOWN_US); /* nothing of now */
    assert_true(f.blocked_for_us == UNKNOWN_US);
    assert_int_equal(f.p50_us, 100);
    probe(ON, PROBE_WORKS, "not a reason");
    assert_string_equal(latency->levels[ON].why, "");
}

/* On another primary: the last figure was not of this one. */
static void test_starting(void **state)
{
    (void)state;
    commit(100);
    probe(ON, PROBE_PENDING, "");
    probe(ON, PROBE_STARTING, "");
    now += 10 * US_PER_S;
    struct latency_figures f = figures();
    assert_true(f.last_us == UNKNOWN_US);
    assert_true(f.blocked_for_us == UNKNOWN_US);
    assert_int_equal(f.max_us, 100);
    assert_int_equal(latency->levels[ON].last_at, 0);
}

/* ---- graphs */

static float graph(size_t age)
{
    return ring_at(&latency->levels[ON].graph, age);
}

static void test_graph_has_the_worst_of_each_second(void **state)
{
    (void)state;
    probe(ON, PROBE_WORKS, "");
    latency_tick(latency, now);
    commit(10);
    commit(500);
    commit(20);
    tick(1);
    commit(30);
    tick(3);
    commit(40);
    now += 999999; /* not a whole second yet */
    latency_tick(latency, now);
    assert_int_equal(latency->levels[ON].graph.count, 4);
    assert_true(graph(3) == 500 && graph(2) == 30);
    assert_true(isnan(graph(1)) && isnan(graph(0)));
    now++;
    latency_tick(latency, now);
    assert_true(graph(0) == 40);
}

static void test_graph_climbs_while_one_waits(void **state)
{
    (void)state;
    probe(ON, PROBE_WORKS, "");
    latency_tick(latency, now);
    probe(ON, PROBE_PENDING, "");
    tick(4);
    assert_true(isnan(graph(3))); /* a second is no long wait */
    assert_true(graph(2) == 2e6F && graph(1) == 3e6F && graph(0) == 4e6F);
    commit(4500000);
    tick(1);
    assert_true(graph(0) == 4.5e6F);
}

/* The program was stopped (Ctrl-Z) for a while: each second that passed has its sample. */
static void test_graph_after_a_pause(void **state)
{
    (void)state;
    probe(ON, PROBE_WORKS, "");
    latency_tick(latency, now);
    probe(ON, PROBE_PENDING, "");
    now += 10 * US_PER_S;
    latency_tick(latency, now);
    assert_int_equal(latency->levels[ON].graph.count, 10);
    assert_true(graph(0) == 10e6F && graph(5) == 5e6F);
    now += 100000 * US_PER_S;
    latency_tick(latency, now);
    assert_int_equal(latency->levels[ON].graph.count, LATENCY_GRAPH_SAMPLES);
    tick(1);
    assert_true(graph(0) == (float)(now - START));
    commit(now - START);
    tick(1);
    assert_true(graph(1) == (float)(now - US_PER_S - START)); /* one more, not all anew */
}

static void test_no_graph_of_what_is_not_probed(void **state)
{
    (void)state;
    latency_tick(latency, now);
    tick(5);
    assert_int_equal(latency->levels[ON].graph.count, 0);
}

/* ---- what the probe costs */

static void asks(enum commit_level level, int queries, int64_t row_wal_bytes)
{
    struct probe_observation o = {.level = level,
                                  .state = PROBE_PENDING,
                                  .due_at = now,
                                  .queries = queries,
                                  .row_wal_bytes = row_wal_bytes};
    latency_probe(latency, &o, now);
}

static void test_cost(void **state)
{
    struct latency_cost cost;

    (void)state;
    latency_cost(latency, now, &cost);
    assert_false(cost.known);
    for (int second = 0; second < 400; second++) {
        latency_cost(latency, now, &cost);
        assert_int_equal(cost.known, second >= 5);
        if (cost.known) {
            assert_true(fabs(cost.rows - 1) < 0.3 && fabs(cost.queries - 3) < 0.9);
            assert_true(isnan(cost.wal_bytes));
        }
        asks(ON, 2, 0);
        asks(COMMIT_LEVEL_LOCAL, 1, 0);
        commit(100);
        commit_as(COMMIT_FAILED, false, true, 100); /* no row */
        now += US_PER_S;
    }
    asks(ON, 0, 300);
    asks(COMMIT_LEVEL_LOCAL, 0, 100);
    latency_cost(latency, now, &cost);
    assert_true(cost.row_wal_bytes == 200);
    assert_true(fabs(cost.wal_bytes - 200 * cost.rows) < 0.001);
    assert_true(fabs(cost.rows - 1) < 0.05);
    /* nothing any more: it goes out of the window */
    now += 150 * US_PER_S;
    latency_cost(latency, now, &cost);
    assert_true(cost.rows < 0.6 && cost.rows > 0.4);
    now += LATENCY_WINDOW_US;
    latency_cost(latency, now, &cost);
    assert_true(cost.known && cost.rows == 0 && cost.queries == 0 && cost.wal_bytes == 0);
}

/* ---- clone */

static void test_clone_is_its_own(void **state)
{
    (void)state;
    probe(ON, PROBE_WORKS, "");
    latency_tick(latency, now);
    for (int i = 0; i < 50; i++) {
        commit(200);
        tick(1);
    }
    struct latency *live = latency, *clone = latency_clone(latency);

    latency = clone;
    struct latency_figures f = figures();
    assert_int_equal(f.samples, 50);
    assert_int_equal(f.p50_us, 200); /* never above the greatest */
    latency = live;
    for (int i = 0; i < 500; i++) {
        commit(90000);
        tick(1);
    }
    probe(ON, PROBE_CANNOT, "gone");
    latency = clone;
    assert_int_equal(clone->levels[ON].state, PROBE_WORKS);
    assert_int_equal(clone->levels[ON].graph.count, 50);
    assert_true(graph(0) == 200 && graph(49) == 200);
    now = START + 50 * US_PER_S;
    assert_int_equal(figures().samples, 50);
    assert_int_equal(figures().max_us, 200);
    latency_free(&clone);
    latency = live;
    assert_int_equal(latency->levels[ON].graph.count, LATENCY_GRAPH_SAMPLES);
}

/* ---- words */

static void test_words(void **state)
{
    static const char *const words[] = {"off", "local", "remote_write", "on", "remote_apply"};
    enum commit_level level;

    (void)state;
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        assert_string_equal(commit_level_word((enum commit_level)i), words[i]);
        assert_true(commit_level_parse(words[i], &level));
        assert_int_equal(level, i);
    }
    assert_false(commit_level_parse("", &level));
    assert_false(commit_level_parse("On", &level));
    assert_false(commit_level_parse("remote", &level));
    assert_string_equal(commit_outcome_word(COMMIT_LOCAL), "acknowledged locally only");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_is_known),
        TEST(test_figures),
        TEST(test_window_moves),
        TEST(test_slices_go_round),
        TEST(test_commit_under_way),
        TEST(test_only_one_under_way),
        TEST(test_no_limit),
        TEST(test_outcomes),
        TEST(test_time_not_known),
        TEST(test_not_current),
        TEST(test_cannot),
        TEST(test_starting),
        TEST(test_graph_has_the_worst_of_each_second),
        TEST(test_graph_climbs_while_one_waits),
        TEST(test_graph_after_a_pause),
        TEST(test_no_graph_of_what_is_not_probed),
        TEST(test_cost),
        TEST(test_clone_is_its_own),
        TEST(test_words),
    };
    return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
