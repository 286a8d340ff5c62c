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

/* A statement that worked for ten minutes and then commits has not waited for ten minutes. */
static void test_long_statement_is_no_wait(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct node_sample *primary = cluster_sample(c, 0);
    (void)state;

    primary->waiting_commits = 1;
    primary->longest_wait_us = SECONDS(600);
    cluster_run(c, 1);
    assert_true(c->model->blocked_since == 0);
    assert_int_equal(cluster_new_events(c), 0);
    cluster_run(c, 1); /* it does wait now */
    assert_event(c, "cluster", "commits are blocked on n1: 1 waiting, the longest for 2.0 s");
    assert_true(c->model->blocked_since == c->now - SECONDS(2));
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
        cmocka_unit_test(test_blocked_without_privilege_or_limit),
    };
    return cmocka_run_group_tests_name("model_waits", tests, NULL, NULL);
}
