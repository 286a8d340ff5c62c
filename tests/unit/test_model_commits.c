/*
 * model_commits: which commits of the probe are worth an event, how often it is said, and whose
 * figures they are.
 */
#include "cluster_fixture.h"

#define ON COMMIT_LEVEL_ON
#define APPLY COMMIT_LEVEL_REMOTE_APPLY
#define ACK COMMIT_ACKNOWLEDGED

static struct cluster *c;

static int set_up(void **state)
{
    (void)state;
    c = cluster_settled(3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cluster_free(c);
    return 0;
}

static struct observation *observe(enum observation_kind kind, int node)
{
    struct observation *o = &c->observation;

    memset(o, 0, offsetof(struct observation, sample));
    o->kind = kind;
    o->node = node;
    o->at = (struct instant){.mono = c->now, .wall = c->now};
    return o;
}

static void commit_on(int node, enum commit_outcome outcome, int64_t us, const char *text)
{
    struct observation *o = observe(OBSERVED_COMMIT, node);

    o->commit.level = ON;
    o->commit.outcome = outcome;
    o->commit.latency_us = us;
    str_copy(o->commit.text, sizeof o->commit.text, text);
    model_apply(c->model, o);
}

static void commit_asynchronous(int node)
{
    struct observation *o = observe(OBSERVED_COMMIT, node);

    o->commit.level = ON;
    o->commit.outcome = COMMIT_LOCAL;
    o->commit.asynchronous = true;
    o->commit.latency_us = 500;
    str_copy(o->commit.text, sizeof o->commit.text, "the rule is empty");
    model_apply(c->model, o);
}

static void probe_on(int node, enum commit_level level, enum probe_state state, const char *text)
{
    struct observation *o = observe(OBSERVED_PROBE, node);

    o->probe.level = level;
    o->probe.state = state;
    o->probe.due_at = c->now;
    str_copy(o->probe.text, sizeof o->probe.text, text);
    model_apply(c->model, o);
}

static const struct latency_level *level_on(void)
{
    return &c->model->latency->levels[ON];
}

/* The newest event has that level and that text; nothing else was added since the mark. */
static void assert_said(enum event_level level, const char *text)
{
    const struct event *event = events_at(c->model->events, 0);

    assert_int_equal(cluster_new_events(c), 1);
    assert_string_equal(event->subject, "probe");
    assert_string_equal(event->text, text);
    assert_int_equal(event->level, level);
    cluster_mark(c);
}

static void assert_nothing_said(void)
{
    assert_int_equal(cluster_new_events(c), 0);
}

static void test_usual_ones_say_nothing(void **state)
{
    (void)state;
    probe_on(0, ON, PROBE_STARTING, "");
    probe_on(0, ON, PROBE_WORKS, "");
    for (int i = 0; i < 10; i++) {
        probe_on(0, ON, PROBE_PENDING, "");
        commit_on(0, ACK, SECONDS(1), ""); /* as long as the limit */
    }
    assert_nothing_said();
    assert_int_equal(level_on()->outcomes[ACK], 10);
}

/* The true duration of a wait is in the events and in the maximum. */
static void test_long_wait(void **state)
{
    struct latency_figures figures;

    (void)state;
    commit_on(0, ACK, SECONDS(73), "");
    assert_said(EVENT_GOOD, "a commit at on on n1 ended after 1m13s");
    latency_figures(c->model->latency, ON, SECONDS(1), c->now, &figures);
    assert_int_equal(figures.max_us, SECONDS(73));
    c->model->limits.blocked_commit_us = UNKNOWN_US;
    commit_on(0, ACK, SECONDS(73), "");
    commit_on(0, ACK, UNKNOWN_US, "");
    assert_nothing_said();
}

/* Each wait that was given up is somebody's doing. */
static void test_local_only(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        commit_on(0, COMMIT_LOCAL, 5000, "canceling wait");
        assert_said(EVENT_WARNING, "a commit at on on n1 is durable there only: canceling wait");
    }
    commit_on(0, COMMIT_LOCAL, SECONDS(5), "canceling wait");
    assert_int_equal(cluster_new_events(c), 2);
    assert_event(c, "probe", "is durable there only");
    assert_event(c, "probe", "ended after 5.0 s");
    assert_int_equal(events_at(c->model->events, 0)->level, EVENT_INFO); /* not a good end */
}

static void test_unknown(void **state)
{
    (void)state;
    commit_on(0, COMMIT_UNKNOWN, 5000, "server closed the connection");
    assert_said(EVENT_WARNING,
                "whether a commit at on on n1 was done is unknown: server closed the connection");
    commit_on(0, COMMIT_UNKNOWN, 5000, "server closed the connection");
    assert_int_equal(cluster_new_events(c), 1);
    assert_int_equal(level_on()->outcomes[COMMIT_UNKNOWN], 2);
}

/* As long as it goes on for the same reason it is said once. */
static void test_failed(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        commit_on(0, COMMIT_FAILED, SECONDS(2), "disk full");
    assert_said(EVENT_WARNING, "a commit at on on n1 failed: disk full");
    commit_on(0, COMMIT_FAILED, 1, "lock timeout");
    assert_said(EVENT_WARNING, "a commit at on on n1 failed: lock timeout");
    commit_on(0, ACK, 1, "");
    assert_nothing_said();
    commit_on(0, COMMIT_FAILED, 1, "lock timeout");
    assert_said(EVENT_WARNING, "a commit at on on n1 failed: lock timeout");
}

static void test_nobody_is_asked(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        commit_asynchronous(0);
    assert_said(EVENT_WARNING, "a commit at on on n1 is durable there only: the rule is empty");
    probe_on(0, ON, PROBE_STARTING, ""); /* anew, perhaps elsewhere */
    commit_asynchronous(0);
    assert_said(EVENT_WARNING, "a commit at on on n1 is durable there only: the rule is empty");
}

static void test_off_and_works_again(void **state)
{
    (void)state;
    probe_on(0, ON, PROBE_STARTING, "");
    probe_on(0, ON, PROBE_CANNOT, "denied");
    assert_said(EVENT_WARNING, "off at on on n1: denied");
    probe_on(0, ON, PROBE_CANNOT, "denied");
    assert_nothing_said();
    probe_on(0, ON, PROBE_CANNOT, "no such table");
    assert_said(EVENT_WARNING, "off at on on n1: no such table");
    probe_on(0, ON, PROBE_WORKS, "");
    assert_said(EVENT_GOOD, "works again on n1");
    probe_on(0, ON, PROBE_CANNOT, "denied");
    cluster_mark(c);
    probe_on(0, ON, PROBE_STARTING, "");
    assert_nothing_said();
    probe_on(0, ON, PROBE_WORKS, "");
    assert_nothing_said();
    probe_on(0, ON, PROBE_PENDING, "");
    probe_on(0, ON, PROBE_WORKS, "");
    assert_nothing_said();
}

/* What holds up all levels is said once, and its end when the last of them works. */
static void test_off_at_all_levels(void **state)
{
    (void)state;
    for (int i = 0; i < COMMIT_LEVELS; i++)
        probe_on(0, (enum commit_level)i, PROBE_CANNOT, "denied");
    assert_said(EVENT_WARNING, "off at off on n1: denied");
    probe_on(0, APPLY, PROBE_CANNOT, "something else");
    assert_said(EVENT_WARNING, "off at remote_apply on n1: something else");
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        assert_nothing_said();
        probe_on(0, (enum commit_level)i, PROBE_WORKS, "");
    }
    assert_said(EVENT_GOOD, "works again on n1");
}

/* ---- whose figures they are */

static void test_only_the_primary_counts(void **state)
{
    (void)state;
    commit_on(1, ACK, 700, "");
    assert_true(level_on()->last_us == UNKNOWN_US);
    commit_on(0, ACK, 800, "");
    assert_int_equal(level_on()->last_us, 800);
    assert_int_equal(level_on()->outcomes[ACK], 2);
}

static void test_primary_gone(void **state)
{
    (void)state;
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    commit_on(1, ACK, 700, "");
    assert_true(level_on()->last_us == UNKNOWN_US);
    commit_on(0, ACK, 800, ""); /* it was under way */
    assert_int_equal(level_on()->last_us, 800);
}

/* The end of what was under way does not make it look as if somebody were probed. */
static void test_two_primaries(void **state)
{
    (void)state;
    probe_on(0, ON, PROBE_PENDING, "");
    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN);
    cluster_run(c, 1);
    assert_int_equal(c->model->primary_count, 2);
    probe_on(0, ON, PROBE_CANNOT, "there is more than one primary");
    commit_on(0, ACK, 800, "");
    assert_int_equal(level_on()->state, PROBE_CANNOT);
    assert_true(level_on()->last_us == UNKNOWN_US);
    assert_int_equal(level_on()->outcomes[ACK], 1);
}

static void test_frozen_picture(void **state)
{
    struct model *clone;

    (void)state;
    commit_on(0, ACK, 800, "");
    clone = model_clone(c->model);
    commit_on(0, ACK, 900, "");
    assert_int_equal(clone->latency->levels[ON].last_us, 800);
    assert_ptr_not_equal(clone->latency, c->model->latency);
    model_free(&clone);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_usual_ones_say_nothing),
        TEST(test_long_wait),
        TEST(test_local_only),
        TEST(test_unknown),
        TEST(test_failed),
        TEST(test_nobody_is_asked),
        TEST(test_off_and_works_again),
        TEST(test_off_at_all_levels),
        TEST(test_only_the_primary_counts),
        TEST(test_primary_gone),
        TEST(test_two_primaries),
        TEST(test_frozen_picture),
    };
    return cmocka_run_group_tests_name("model_commits", tests, NULL, NULL);
}
