/*
 * replication_check: the verdict per node, and what may be said of a broken promise.
 */
#include "cluster_fixture.h"

#include "cluster/replication_check.h"
#include "record/test_json.h"

struct checking {
    struct cluster *c;
    struct replication_check check;
};

static struct instant at(const struct cluster *c)
{
    return (struct instant){.mono = c->now, .wall = c->now};
}

/* n1 with n2 and n3; the write was sent. */
static struct checking *begin_on(struct cluster *c, enum commit_level level)
{
    struct checking *t = mem_calloc(1, sizeof *t);

    t->c = c;
    t->check.level = level;
    t->check.timeout_us = SECONDS(5);
    t->check.whole = true;
    replication_check_begin(&t->check, c->model, at(c));
    replication_check_see_sync(&t->check, c->model, at(c));
    t->check.write = CHECK_WRITE_WAITS;
    return t;
}

static struct checking *begin(enum commit_level level)
{
    return begin_on(cluster_settled(3), level);
}

static void acknowledge(struct checking *t)
{
    t->check.write = CHECK_WRITE_ANSWERED;
    t->check.outcome = COMMIT_ACKNOWLEDGED;
    t->check.id = 42;
    t->check.latency_us = 1300;
}

/* The node's row came so long after it was sent. */
static struct checked_node *readable(struct checking *t, int index, int64_t after_us)
{
    struct checked_node *node = &t->check.nodes[index];

    node->row = CHECK_YES;
    node->at_once = true;
    node->since_send_us = after_us;
    node->since_ack_us = after_us - 1300;
    return node;
}

static void missed(struct checking *t, int index, int64_t after_us)
{
    struct checked_node *node = readable(t, index, after_us);

    node->at_once = false;
    node->missed = true;
}

static void finish(struct checking *t)
{
    replication_check_see_sync(&t->check, t->c->model, at(t->c));
    replication_check_end(&t->check, t->c->model, at(t->c));
}

static const char *sentence(struct checking *t)
{
    static char text[512];

    replication_check_sentence(&t->check, text, sizeof text);
    return text;
}

static const char *verdict(struct checking *t)
{
    static char text[512];

    replication_check_verdict(&t->check, text, sizeof text);
    return text;
}

static void done(struct checking *t)
{
    cluster_free(t->c);
    free(t);
}

static void test_passes(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    acknowledge(t);
    readable(t, 0, 1900);
    readable(t, 1, 2400);
    finish(t);
    assert_true(t->check.passed && t->check.reached && t->check.ended);
    assert_false(replication_check_is_alarming(&t->check));
    assert_int_equal(t->check.nodes[1].streaming, CHECK_YES);
    assert_int_equal(t->check.nodes[1].receiver, CHECK_YES);
    assert_string_equal(sentence(t),
                        "write 42 acknowledged in 1.3 ms; readable on n2 after 1.9 ms, on n3 "
                        "after 2.4 ms (since acknowledged: 0.6 ms, 1.1 ms)");
    assert_non_null(strstr(verdict(t), "replication test passed: write 42"));
    done(t);
}

static void test_nobody_to_write_to(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 2);
    struct checking *t = begin_on(c, COMMIT_LEVEL_ON);
    t->check.write = CHECK_WRITE_NONE;
    finish(t);
    assert_false(t->check.passed);
    assert_true(t->check.reached);
    assert_int_equal(t->check.node_count, 3);
    assert_string_equal(sentence(t), "write not possible: there is no primary");
    assert_int_equal(t->check.nodes[1].streaming, CHECK_UNKNOWN); /* nobody can say */
    assert_string_equal(t->check.nodes[0].reason, "not reached: Connection refused");
    done(t);
}

static void test_two_primaries(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    sample_primary(cluster_sample(c, 2), 2, CLUSTER_LSN);
    cluster_run(c, 2);
    struct checking *t = begin_on(c, COMMIT_LEVEL_ON);
    assert_int_equal(t->check.primary, -1);
    assert_string_equal(t->check.reason, "there is more than one primary");
    done(t);
}

static void test_alone(void **state)
{
    struct checking *t = begin_on(cluster_settled(1), COMMIT_LEVEL_ON);
    (void)state;

    acknowledge(t);
    finish(t);
    assert_false(t->check.passed);
    assert_string_equal(verdict(t), "replication test FAILED: the description has no other node");
    done(t);
}

static void test_no_server_twice(void **state)
{
    struct cluster *c = cluster_new(4);
    (void)state;

    sample_drop_row(cluster_sample(c, 0), 2);
    cluster_alias(c, 3, 0);
    cluster_run(c, 2);
    struct checking *t = begin_on(c, COMMIT_LEVEL_ON);
    assert_int_equal(t->check.primary, 0);
    assert_int_equal(t->check.node_count, 2);
    done(t);
}

static void test_row_does_not_come(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    cluster_sample(t->c, 2)->replay_pause = REPLAY_PAUSED;
    cluster_run(t->c, 1);
    acknowledge(t);
    readable(t, 0, 1900);
    t->check.nodes[1].row = CHECK_NO;
    finish(t);
    assert_false(t->check.passed);
    assert_false(replication_check_is_alarming(&t->check));
    assert_string_equal(t->check.nodes[0].reason, "");
    assert_string_equal(verdict(t),
                        "replication test FAILED: n3: row 42 not readable within "
                        "5.0 s: replay is paused");
    assert_non_null(strstr(sentence(t), "; NOT on n3 within 5.0 s"));
    done(t);
}

static void test_delayed_on_purpose(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    str_copy(cluster_sample(t->c, 2)->settings[SETTING_RECOVERY_MIN_APPLY_DELAY],
             SETTING_VALUE_SIZE, "30s");
    cluster_run(t->c, 1);
    acknowledge(t);
    t->check.nodes[1].row = CHECK_NO;
    finish(t);
    assert_string_equal(t->check.nodes[1].reason,
                        "row 42 not readable within 5.0 s: recovery_min_apply_delay is 30s");
    done(t);
}

static void test_does_not_stream(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    cluster_row(t->c, 0)->state = STANDBY_CATCHUP;
    sample_drop_row(cluster_sample(t->c, 0), 1);
    sample_no_receiver(cluster_sample(t->c, 2));
    cluster_run(t->c, 1);
    acknowledge(t);
    readable(t, 0, 1900);
    readable(t, 1, 1900);
    finish(t);
    assert_string_equal(t->check.nodes[0].reason, "it does not stream: n1 says catchup");
    assert_string_equal(t->check.nodes[1].reason,
                        "it does not stream: n1 has no row in pg_stat_replication for it");
    assert_int_equal(t->check.nodes[1].receiver, CHECK_NO);
    done(t);
}

static void test_no_receiver(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    sample_no_receiver(cluster_sample(t->c, 2));
    cluster_run(t->c, 1);
    acknowledge(t);
    readable(t, 1, 1900);
    finish(t);
    assert_non_null(strstr(t->check.nodes[1].reason, "no row in pg_stat_wal_receiver"));
    done(t);
}

static void test_without_privilege(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    for (int i = 0; i < 2; i++) {
        cluster_row(t->c, i)->state = STANDBY_STATE_UNKNOWN;
        cluster_row(t->c, i)->sync_state = SYNC_STATE_UNKNOWN;
    }
    cluster_run(t->c, 1);
    acknowledge(t);
    readable(t, 0, 1900);
    readable(t, 1, 2400);
    finish(t);
    assert_int_equal(t->check.nodes[0].streaming, CHECK_UNKNOWN);
    assert_true(t->check.passed); /* the row arrived: that is the proof */
    done(t);
}

/* ---- what remote_apply promises */

static void test_promise_kept(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_REMOTE_APPLY);
    (void)state;

    acknowledge(t);
    readable(t, 0, 1900);
    missed(t, 1, 4000); /* only potential: nothing was promised of it */
    assert_false(replication_check_is_in_doubt(&t->check));
    finish(t);
    assert_true(t->check.passed);
    done(t);
}

static void test_promise_broken(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_REMOTE_APPLY);
    (void)state;

    acknowledge(t);
    missed(t, 0, 4500);
    readable(t, 1, 1900);
    assert_true(replication_check_is_in_doubt(&t->check));
    finish(t);
    assert_false(t->check.passed);
    assert_true(t->check.nodes[0].too_late);
    assert_true(replication_check_is_alarming(&t->check));
    assert_string_equal(t->check.nodes[0].reason,
                        "remote_apply was acknowledged, and row 42 was "
                        "not readable here until 3.2 ms later");
    assert_non_null(strstr(sentence(t), "BROKEN PROMISE: n2: remote_apply was acknowledged"));
    done(t);
}

static void test_promise_of_other_levels(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    acknowledge(t);
    missed(t, 0, 4500);
    readable(t, 1, 1900);
    finish(t);
    assert_true(t->check.passed);
    done(t);
}

/* It was replaced while the write waited: the promise was the other one's. */
static void test_promise_of_another(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_REMOTE_APPLY);
    (void)state;

    acknowledge(t);
    missed(t, 0, 4500);
    missed(t, 1, 4500);
    cluster_row(t->c, 0)->sync_state = SYNC_STATE_ASYNC;
    cluster_row(t->c, 1)->sync_state = SYNC_STATE_SYNC;
    cluster_run(t->c, 1);
    finish(t);
    assert_false(t->check.nodes[0].too_late || t->check.nodes[1].too_late);
    assert_true(t->check.passed);
    done(t);
}

/* ANY 1 of two: one that has the row is enough, none is not. */
static void test_promise_of_a_quorum(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        struct cluster *c = cluster_new(3);
        sample_rule(cluster_sample(c, 0), "ANY 1 (n2, n3)");
        cluster_row(c, 0)->sync_state = cluster_row(c, 1)->sync_state = SYNC_STATE_QUORUM;
        cluster_run(c, 2);
        struct checking *t = begin_on(c, COMMIT_LEVEL_REMOTE_APPLY);
        acknowledge(t);
        missed(t, 0, 4500);
        if (both)
            missed(t, 1, 4500);
        else
            readable(t, 1, 1900);
        finish(t);
        assert_int_equal(t->check.passed, !both);
        assert_int_equal(t->check.nodes[0].too_late, both);
        done(t);
    }
}

/* A quorum of which n2 had the row late; what is known of the others is the test's. */
static struct checking *begin_quorum(const char *rule, const char *unlisted)
{
    struct cluster *c = cluster_new(3);

    sample_rule(cluster_sample(c, 0), rule);
    cluster_row(c, 0)->sync_state = cluster_row(c, 1)->sync_state = SYNC_STATE_QUORUM;
    if (unlisted != NULL)
        sample_add_row(cluster_sample(c, 0), 300, unlisted, SYNC_STATE_QUORUM, 1, CLUSTER_LSN);
    cluster_run(c, 2);
    struct checking *t = begin_on(c, COMMIT_LEVEL_REMOTE_APPLY);
    acknowledge(t);
    missed(t, 0, 4500);
    return t;
}

static void assert_blamed(struct checking *t, bool blamed)
{
    finish(t);
    assert_int_equal(t->check.nodes[0].too_late, blamed);
    assert_int_equal(strstr(sentence(t), "BROKEN PROMISE") != NULL, blamed);
    done(t);
}

/* n3 could not be read from, or its first answer was an error: it may be the one that confirmed. */
static void test_promise_of_one_not_read(void **state)
{
    (void)state;
    assert_blamed(begin_quorum("ANY 1 (n2, n3)", NULL), false);
    assert_blamed(begin_quorum("ANY 2 (n2, n3)", NULL), true);
}

static void test_promise_of_one_not_listed(void **state)
{
    (void)state;
    for (int needed = 1; needed <= 2; needed++) {
        struct checking *t =
            begin_quorum(needed == 1 ? "ANY 1 (n2, n3, other)" : "ANY 2 (n2, n3, other)", "other");
        missed(t, 1, 4500);
        assert_blamed(t, needed == 2);
    }
}

/* One that confirmed and left since: its promise was kept. */
static void test_promise_of_one_that_left(void **state)
{
    (void)state;
    for (int listed = 0; listed < 2; listed++) {
        struct checking *t = begin_quorum("ANY 1 (n2, n3, other)", listed != 0 ? NULL : "other");
        if (listed)
            readable(t, 1, 1900);
        else
            missed(t, 1, 4500);
        sample_drop_row(cluster_sample(t->c, 0), listed ? 1 : 2);
        cluster_run(t->c, 1);
        assert_blamed(t, false);
    }
}

/* ---- the write itself */

static void test_waits(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    finish(t);
    assert_false(t->check.passed || replication_check_is_acknowledged(&t->check));
    assert_true(replication_check_is_alarming(&t->check));
    assert_string_equal(sentence(t),
                        "write BLOCKED: not acknowledged within 5.0 s: it waits for "
                        "standbys, and goes on waiting");
    assert_string_equal(t->check.nodes[0].reason, "not tested: the write still waits");
    done(t);
}

static void test_committed_on_the_primary_alone(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    acknowledge(t);
    t->check.outcome = COMMIT_LOCAL;
    str_copy(t->check.reason, sizeof t->check.reason, "canceling wait");
    readable(t, 0, 1900);
    readable(t, 1, 1900);
    finish(t);
    assert_false(t->check.passed);
    assert_true(replication_check_is_alarming(&t->check));
    assert_non_null(strstr(sentence(t), "write 42 committed on n1 ONLY: canceling wait"));
    done(t);
}

static void test_asynchronous(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    (void)state;

    acknowledge(t);
    t->check.outcome = COMMIT_LOCAL;
    t->check.asynchronous = true;
    readable(t, 0, 1900);
    readable(t, 1, 1900);
    finish(t);
    assert_true(t->check.passed);
    assert_non_null(strstr(sentence(t), "committed in 1.3 ms, no standby is asked to confirm"));
    done(t);
}

static void test_write_fails(void **state)
{
    static const struct {
        enum commit_outcome outcome;
        const char *sentence;
    } cases[] = {{COMMIT_FAILED, "write failed: permission denied"},
                 {COMMIT_UNKNOWN, "what became of the write is not known: permission denied"}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct checking *t = begin(COMMIT_LEVEL_ON);
        acknowledge(t);
        t->check.outcome = cases[i].outcome;
        str_copy(t->check.reason, sizeof t->check.reason, "permission denied");
        finish(t);
        assert_false(t->check.passed);
        assert_string_equal(sentence(t), cases[i].sentence);
        assert_string_equal(t->check.nodes[0].reason, "not tested: nothing was written");
        done(t);
    }
}

/* The schema's name is the server's: whatever stands in it, no terminal acts on it. */
static void test_table_of_a_stranger(void **state)
{
    struct checking *t = begin(COMMIT_LEVEL_ON);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    (void)state;

    assert_non_null(out);
    acknowledge(t);
    str_copy(t->check.table, sizeof t->check.table, "\"a\033[2J\".test_replication");
    finish(t);
    test_table_print(out, &t->check);
    fclose(out);
    assert_null(strchr(text, '\033'));
    assert_non_null(strstr(text, "row 42 into \"a\xEF\xBF\xBD[2J\".test_replication on n1"));
    assert_non_null(strchr(t->check.table, '\033')); /* as SQL it is asked for by its own name */
    free(text);
    done(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes),
        cmocka_unit_test(test_nobody_to_write_to),
        cmocka_unit_test(test_two_primaries),
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_no_server_twice),
        cmocka_unit_test(test_row_does_not_come),
        cmocka_unit_test(test_delayed_on_purpose),
        cmocka_unit_test(test_does_not_stream),
        cmocka_unit_test(test_no_receiver),
        cmocka_unit_test(test_without_privilege),
        cmocka_unit_test(test_promise_kept),
        cmocka_unit_test(test_promise_broken),
        cmocka_unit_test(test_promise_of_other_levels),
        cmocka_unit_test(test_promise_of_another),
        cmocka_unit_test(test_promise_of_a_quorum),
        cmocka_unit_test(test_promise_of_one_not_read),
        cmocka_unit_test(test_promise_of_one_not_listed),
        cmocka_unit_test(test_promise_of_one_that_left),
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_committed_on_the_primary_alone),
        cmocka_unit_test(test_asynchronous),
        cmocka_unit_test(test_write_fails),
        cmocka_unit_test(test_table_of_a_stranger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
