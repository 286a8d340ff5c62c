/*
 * model: commits that wait for a standby, as a look at the primary shows them: from when on they
 * are blocked, and since when.
 */
#include "cluster_fixture.h"

static void test_blocked_commits(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct node_sample *primary = cluster_sample(c, 0);
    (void)state;

    cluster_write(c, 100);
    primary->waiting_commits = 7;
    primary->longest_wait_us = SECONDS(0.5); /* under the limit: any busy server has some */
    cluster_run(c, 1);
    assert_true(c->model->blocked_since == 0);
    assert_int_equal(cluster_new_events(c), 0);
    primary->longest_wait_us = SECONDS(1.5);
    cluster_run(c, 1);
    assert_true(c->model->blocked_since == c->now - SECONDS(1.5));
    assert_int_equal(
        cluster_event(c, "cluster", "commits are blocked on n1: 7 waiting, the longest for 1.5 s")
            ->level,
        EVENT_CRITICAL);
    primary->waiting_commits = 12;
    primary->longest_wait_us = SECONDS(2.5);
    cluster_run(c, 1);
    primary->waiting_commits = 0;
    primary->longest_wait_us = UNKNOWN_US;
    cluster_run(c, 1);
    assert_event(c, "cluster", "commits go on after 3.5 s; at most 12 were seen waiting");
    assert_true(c->model->blocked_since == 0);
    cluster_free(c);
}

static void found_waiting(struct cluster *c, int count, double seconds)
{
    cluster_sample(c, 0)->waiting_commits = count;
    cluster_sample(c, 0)->longest_wait_us = SECONDS(seconds);
    c->now += SECONDS(1);
    for (int i = 0; i < c->count; i++)
        cluster_look_after(c, i, 700);
}

static void assert_not_blocked(struct cluster *c)
{
    assert_true(c->model->blocked_since == 0);
    assert_int_equal(cluster_new_events(c), 0);
    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_OK);
}

/* A statement that worked for ten minutes and then commits has not waited for ten minutes. */
static void test_long_statement_is_no_wait(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 100);
    found_waiting(c, 0, 0);
    found_waiting(c, 1, 600);
    assert_not_blocked(c);
    assert_true(c->model->nodes[0].waits_unproven);
    found_waiting(c, 1, 601); /* it does wait now */
    assert_event(c, "cluster", "commits are blocked on n1: 1 waiting, the longest for 2.0 s");
    assert_false(c->model->nodes[0].waits_unproven);
    cluster_free(c);
}

static void work(struct cluster *c)
{
    cluster_confirm(c, 1);
    cluster_confirm(c, 2);
    cluster_write(c, 1000);
}

/* Where every look finds somebody, the long statements among them are not told by that. */
static void test_long_statements_on_a_busy_primary(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 20; i++) {
        work(c);
        found_waiting(c, 3, i % 5 == 4 ? 30 : 0.004);
        assert_not_blocked(c);
    }
    for (int i = 0; i < 5; i++) { /* a procedure that commits as it goes: in its own transaction */
        work(c);
        found_waiting(c, 1, 0.6 + 0.1 * i);
        assert_not_blocked(c);
    }
    cluster_free(c);
}

/* A standby that flushes and does not replay: only who waits for its replay is blocked. */
static void test_waits_for_a_replay_that_stalls(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 6; i++) {
        cluster_row(c, 0)->flush_lsn = cluster_sample(c, 0)->flush_lsn;
        cluster_write(c, 1000);
        found_waiting(c, 3, 10 * (i + 1));
        assert_true(c->model->blocked_since == 0);
    }
    for (int i = 0; i < 3; i++) {
        cluster_row(c, 0)->flush_lsn = cluster_sample(c, 0)->flush_lsn;
        cluster_write(c, 1000);
        found_waiting(c, 3, 100 + i);
    }
    assert_true(c->model->blocked_since != 0);
    cluster_free(c);
}

/* ANALYZE commits table by table, and each of its transactions began when it did. */
static void test_a_command_of_many_transactions(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 20; i++) {
        work(c);
        found_waiting(c, 1, 0.7 + i);
        assert_not_blocked(c);
    }
    cluster_free(c);
}

/* The first look proves it, as nobody is there; then somebody comes and is far behind. */
static void test_a_block_goes_on_while_a_standby_comes(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    c->model->limits.blocked_commit_us = SECONDS(3);
    cluster_write(c, 1000);
    cluster_sample(c, 0)->standby_count = 0;
    found_waiting(c, 2, 60);
    assert_true(c->model->blocked_since != 0);
    sample_add_row(cluster_sample(c, 0), 101, "n2", SYNC_STATE_SYNC, 1, CLUSTER_LSN);
    found_waiting(c, 2, 61);
    assert_true(c->model->blocked_since != 0);
    cluster_free(c);
}

/* Who takes over is past what waits and has released nobody before it reports the next time. */
static void test_another_standby_takes_over(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_confirm(c, 1);
    cluster_write(c, 100);
    cluster_confirm(c, 2);
    found_waiting(c, 4, 0.9);
    found_waiting(c, 4, 1.9);
    assert_event(c, "cluster", "commits are blocked on n1: 4 waiting, the longest for 1.9 s");
    sample_drop_row(cluster_sample(c, 0), 0);
    cluster_row(c, 0)->sync_state = SYNC_STATE_SYNC;
    found_waiting(c, 4, 2.9);
    assert_true(c->model->blocked_since != 0);
    found_waiting(c, 0, 0);
    assert_event(c, "cluster", "commits go on after");
    cluster_free(c);
}

/* An answer that was long on its way makes no other statement of the one that waits. */
static void test_late_answers_are_no_release(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    c->model->limits.blocked_commit_us = SECONDS(5);
    cluster_write(c, 100);
    cluster_confirm(c, 1);
    cluster_row(c, 0)->replay_lsn -= 100;
    for (int i = 0; i < 8; i++) {
        double late = i % 2 == 1 ? 0.4 : 0; /* its clock was read before that */
        cluster_sample(c, 0)->waiting_commits = 1;
        cluster_sample(c, 0)->longest_wait_us = SECONDS(20 + i - late);
        c->now += SECONDS(1);
        cluster_look_after(c, 0, SECONDS(late) + 700);
    }
    assert_true(c->model->blocked_since != 0);
    cluster_free(c);
}

/* Without track_activities the server does not say since when; what was seen is known all the same.
 */
static void test_waits_of_unknown_age(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 100);
    for (int i = 0; i < 4; i++) {
        cluster_sample(c, 0)->waiting_commits = 2;
        cluster_sample(c, 0)->longest_wait_us = UNKNOWN_US;
        cluster_run(c, 1);
    }
    assert_true(c->model->blocked_since == c->now - SECONDS(3));
    cluster_free(c);
}

/* Nobody waits for minutes to tell that commits wait for minutes. */
static void test_a_long_limit(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    c->model->limits.blocked_commit_us = SECONDS(300);
    assert_true(model_proof_us(c->model) == SECONDS(30));
    c->model->nodes[0].unwaited_at = 0;
    cluster_write(c, 100);
    for (int i = 0; i < 31; i++)
        found_waiting(c, 2, 600 + i);
    assert_true(c->model->blocked_since != 0);
    cluster_free(c);
}

/* A first look does not know since when; with nobody there to confirm it is a wait for sure. */
static void test_first_look_at_waits(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    found_waiting(c, 1, 600);
    assert_true(c->model->blocked_since == 0);
    assert_true(c->model->nodes[0].waits_unproven);
    cluster_derive(c);
    assert_int_equal(c->verdict.waiting_commits, 1);
    assert_true(c->verdict.longest_wait_us == UNKNOWN_US);
    cluster_free(c);
    c = cluster_new(3);
    cluster_sample(c, 0)->standby_count = 0;
    found_waiting(c, 1, 600);
    assert_true(c->model->blocked_since == c->now - SECONDS(600));
    cluster_free(c);
}

static void test_blocked_without_privilege_or_limit(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 0)->waiting_commits = UNKNOWN_COUNT;
    cluster_run(c, 1);
    assert_true(c->model->blocked_since == 0);
    c->model->limits.blocked_commit_us = UNKNOWN_US; /* no limit: never said */
    cluster_sample(c, 0)->waiting_commits = 1;
    cluster_sample(c, 0)->longest_wait_us = SECONDS(100);
    cluster_run(c, 1);
    assert_true(c->model->blocked_since == 0);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocked_commits),
        cmocka_unit_test(test_long_statement_is_no_wait),
        cmocka_unit_test(test_long_statements_on_a_busy_primary),
        cmocka_unit_test(test_waits_for_a_replay_that_stalls),
        cmocka_unit_test(test_a_command_of_many_transactions),
        cmocka_unit_test(test_a_block_goes_on_while_a_standby_comes),
        cmocka_unit_test(test_another_standby_takes_over),
        cmocka_unit_test(test_late_answers_are_no_release),
        cmocka_unit_test(test_waits_of_unknown_age),
        cmocka_unit_test(test_a_long_limit),
        cmocka_unit_test(test_first_look_at_waits),
        cmocka_unit_test(test_blocked_without_privilege_or_limit),
    };
    return cmocka_run_group_tests_name("model_waits", tests, NULL, NULL);
}
