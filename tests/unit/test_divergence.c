/*
 * model_roles: DIVERGED is said on proof, and never in what happens on healthy clusters: looks that
 * cross each other, receivers that restart, promotions, looks that are old.
 */
#include "cluster_fixture.h"

static bool diverged(const struct cluster *c, int node)
{
    return c->model->nodes[node].diverged;
}

static void advance(struct cluster *c, lsn_t bytes)
{
    cluster_write(c, bytes);
    for (int i = 1; i < c->count; i++)
        cluster_confirm(c, i);
}

/* n1 is dead, n2 is primary on timeline 2, n3 is as it was. */
static struct cluster *promoted(void)
{
    struct cluster *c = cluster_settled(3);

    cluster_run(c, 3);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    sample_no_receiver(cluster_sample(c, 2));
    cluster_run(c, 1);
    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN + 1000);
    cluster_run(c, 1);
    cluster_mark(c);
    return c;
}

/* (a) one look at the primary has a row past its own flush position. */
static void test_row_ahead(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->flush_lsn += 5048;
    cluster_run(c, 1);
    assert_true(diverged(c, 1));
    assert_false(diverged(c, 2));
    assert_int_equal(cluster_event(c, "n2", "DIVERGED: its WAL is ahead of the primary's")->level,
                     EVENT_CRITICAL);
    cluster_run(c, 3);
    assert_int_equal(cluster_new_events(c), 1); /* once */
    cluster_derive(c);
    assert_finding(c, "diverged", "n2");
    assert_string_equal(cluster_state(c, "n2"), "diverged");
    cluster_free(c);
}

static void test_replay_ahead(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    cluster_row(c, 0)->replay_lsn += 8;
    cluster_run(c, 1);
    assert_true(diverged(c, 1));
    cluster_free(c);
}

/* The primary writes past it: its WAL is another all the same, until the server was stopped. */
static void test_same_timeline_needs_a_restart(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->flush_lsn += 5048;
    cluster_run(c, 1);
    advance(c, 100000);
    cluster_run(c, 5);
    assert_true(diverged(c, 1));
    cluster_sample(c, 1)->started_at += SECONDS(60); /* after pg_rewind */
    cluster_run(c, 1);
    assert_false(diverged(c, 1));
    assert_event(c, "n2", "has the primary's WAL again");
    cluster_free(c);
}

/* Built anew, it streams from n2: a row of the primary it never has again. */
static void test_has_it_again_in_a_cascade(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 1)->flush_lsn += 5048;
    cluster_run(c, 1);
    assert_true(diverged(c, 2));
    sample_drop_row(cluster_sample(c, 0), 1);
    sample_add_row(cluster_sample(c, 1), 300, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 3);
    assert_true(diverged(c, 2)); /* it was not stopped */
    cluster_sample(c, 2)->started_at += SECONDS(60);
    cluster_run(c, 2);
    assert_false(diverged(c, 2));
    assert_event(c, "n3", "has the primary's WAL again");
    cluster_free(c);
}

/* What a diverged one sends on is no better. */
static void test_cascade_of_a_diverged_one(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->flush_lsn += 5048;
    cluster_row(c, 1)->flush_lsn += 5048;
    cluster_run(c, 1);
    assert_true(diverged(c, 1) && diverged(c, 2));
    sample_drop_row(cluster_sample(c, 0), 1);
    sample_add_row(cluster_sample(c, 1), 300, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_sample(c, 2)->started_at += SECONDS(60);
    cluster_run(c, 3);
    assert_true(diverged(c, 2));
    cluster_free(c);
}

/* (b) a standby replayed more on the timeline than a later look at the primary found. */
static void test_standby_replayed_more(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 1)->replay_lsn += 300;
    sample_drop_row(cluster_sample(c, 0), 0);
    sample_no_receiver(cluster_sample(c, 1));
    cluster_wait(c, 1);
    cluster_look(c, 1);
    assert_false(diverged(c, 1)); /* the primary was not looked at since */
    cluster_wait(c, 0.1);
    cluster_look_after(c, 0, SECONDS(0.2)); /* asked before that: proves nothing */
    assert_false(diverged(c, 1));
    cluster_wait(c, 0.1);
    cluster_look_after(c, 0, 1000);
    assert_true(diverged(c, 1));
    assert_contains(c->model->nodes[1].diverged_why, "the primary has only 0/5000000");
    cluster_free(c);
}

/* (c) a standby is on a newer timeline than a primary that was looked at later. */
static void test_newer_timeline(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 2)->timeline = cluster_sample(c, 2)->receiver.received_tli = 2;
    cluster_wait(c, 1);
    cluster_look(c, 2);
    assert_false(diverged(c, 2)); /* the primary may have been promoted meanwhile */
    cluster_wait(c, 1);
    cluster_look(c, 0);
    assert_true(diverged(c, 2));
    assert_contains(c->model->nodes[2].diverged_why, "timeline 2, the primary on 1");
    cluster_free(c);
}

/* (d) a standby received and replayed more of the old timeline than where the new one runs. */
static void test_older_fork(void **state)
{
    struct cluster *c = promoted();
    struct node_sample *n3 = cluster_sample(c, 2);
    (void)state;

    n3->receive_lsn = n3->replay_lsn = CLUSTER_LSN + 1500;
    cluster_run(c, 1);
    assert_true(diverged(c, 2));
    assert_contains(c->model->nodes[2].diverged_why, "timeline 2 already ran at 0/50003E8");
    sample_standby(n3, 2, CLUSTER_LSN + 3000, "n3"); /* pg_rewind, started anew */
    n3->started_at += SECONDS(60);
    cluster_sample(c, 1)->current_lsn = cluster_sample(c, 1)->flush_lsn = CLUSTER_LSN + 3000;
    sample_add_row(cluster_sample(c, 1), 500, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN + 3000);
    cluster_run(c, 2);
    assert_false(diverged(c, 2));
    cluster_free(c);
}

/* Behind the fork: it can follow. */
static void test_behind_the_fork(void **state)
{
    struct cluster *c = promoted();
    (void)state;

    cluster_run(c, 5);
    assert_false(diverged(c, 2));
    sample_standby(cluster_sample(c, 2), 2, CLUSTER_LSN + 1000, "n3");
    sample_add_row(cluster_sample(c, 1), 500, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN + 1000);
    cluster_run(c, 1);
    assert_false(diverged(c, 2));
    assert_no_event(c, NULL, "DIVERGED");
    cluster_free(c);
}

/* A control file goes on saying the old timeline until the next restartpoint. */
static void test_control_file_lags(void **state)
{
    struct cluster *c = promoted();
    struct node_sample *n3 = cluster_sample(c, 2);
    (void)state;

    sample_standby(n3, 2, CLUSTER_LSN + 2000, "n3");
    cluster_sample(c, 1)->current_lsn = cluster_sample(c, 1)->flush_lsn = CLUSTER_LSN + 2000;
    cluster_run(c, 2);
    sample_no_receiver(n3);
    n3->timeline = 1;
    cluster_run(c, 3);
    assert_false(diverged(c, 2));
    assert_int_equal(c->model->nodes[2].last_timeline, 2);
    cluster_free(c);
}

/* The same, fed from an archive: it never receives anything. */
static void test_archive_fed(void **state)
{
    struct cluster *c = promoted();
    struct node_sample *n3 = cluster_sample(c, 2);
    (void)state;

    n3->replay_lsn = CLUSTER_LSN + 1900; /* more than it ever received: from the archive */
    cluster_sample(c, 1)->current_lsn = cluster_sample(c, 1)->flush_lsn = CLUSTER_LSN + 2000;
    cluster_run(c, 3);
    assert_false(diverged(c, 2));
    n3->started_at += SECONDS(60);
    n3->receive_lsn = LSN_UNKNOWN;
    cluster_run(c, 3);
    assert_false(diverged(c, 2));
    cluster_free(c);
}

/* Looks at the standby and at the primary cross while WAL is written all the time. */
static void test_crossing_looks(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 50; i++) {
        advance(c, 1000);
        struct node_sample primary = *cluster_sample(c, 0);
        cluster_wait(c, 0.4);
        mono_us asked = c->now; /* the primary answers now, the answer is late */
        advance(c, 1000);
        cluster_wait(c, 0.1);
        cluster_look_after(c, 1, 2000);
        cluster_look_after(c, 2, 2000);
        struct node_sample newer = *cluster_sample(c, 0);
        *cluster_sample(c, 0) = primary;
        cluster_wait(c, 0.2);
        cluster_look_after(c, 0, c->now - asked);
        *cluster_sample(c, 0) = newer;
    }
    assert_false(diverged(c, 1) || diverged(c, 2));
    assert_int_equal(cluster_new_events(c), 0);
    cluster_free(c);
}

/* After a restart of the receiver the receive position is its segment's start. */
static void test_receive_position_goes_back(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct node_sample *n2 = cluster_sample(c, 1);
    (void)state;

    n2->receive_lsn = n2->receiver.flushed_lsn = 0x4000000;
    cluster_run(c, 3);
    assert_false(diverged(c, 1));
    assert_int_equal(cluster_new_events(c), 0);
    cluster_free(c);
}

/* Every order in which a promotion may be seen. */
static void test_promotion_in_any_order(void **state)
{
    (void)state;
    for (int order = 0; order < 6; order++) {
        static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        struct cluster *c = cluster_settled(3);
        cluster_run(c, 3);
        cluster_fault(c, 0, FAULT_CLOSED, "");
        sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN + 500);
        sample_standby(cluster_sample(c, 2), 2, CLUSTER_LSN + 500, "n3");
        sample_add_row(cluster_sample(c, 1), 500, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN + 500);
        for (int i = 0; i < 3; i++) {
            cluster_wait(c, 0.01);
            cluster_look_after(c, orders[order][i], 1000);
        }
        cluster_run(c, 2);
        assert_no_event(c, NULL, "DIVERGED");
        assert_int_equal(c->model->primary, 1);
        cluster_free(c);
    }
}

/* What was seen of a node before it went away proves nothing of what it is now. */
static void test_old_looks(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 1)->replay_lsn += 300;
    cluster_wait(c, 1);
    cluster_look(c, 1);
    cluster_fault(c, 1, FAULT_REFUSED, "");
    cluster_look(c, 1);
    cluster_run(c, 3);
    assert_false(diverged(c, 1));
    cluster_free(c);
}

static void test_unknown_proves_nothing(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 0)->flush_lsn = LSN_UNKNOWN;
    cluster_sample(c, 1)->timeline = cluster_sample(c, 1)->receiver.received_tli = 0;
    cluster_sample(c, 2)->replay_lsn = LSN_UNKNOWN;
    cluster_run(c, 3);
    assert_false(diverged(c, 1) || diverged(c, 2));
    cluster_free(c);
}

/* Another cluster's WAL is not compared: that is said by another name. */
static void test_foreign_node_is_not_diverged(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 2)->system_identifier = 99;
    cluster_sample(c, 2)->replay_lsn += 1 << 30;
    cluster_sample(c, 2)->timeline = 7;
    cluster_run(c, 3);
    assert_false(diverged(c, 2));
    cluster_derive(c);
    assert_finding(c, "foreign_node", "n3");
    cluster_free(c);
}

/* n3 follows n2 of timeline 2; the old primary n1 comes back, then n2: n3 was always n2's. */
static void test_another_primary(void **state)
{
    struct cluster *c = promoted();
    (void)state;

    sample_standby(cluster_sample(c, 2), 2, CLUSTER_LSN + 1000, "n3");
    sample_add_row(cluster_sample(c, 1), 500, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN + 1000);
    cluster_run(c, 2);
    cluster_fault(c, 1, FAULT_REFUSED, "");
    cluster_fault(c, 0, FAULT_NONE, "");
    cluster_run(c, 2);
    assert_true(diverged(c, 2));
    cluster_fault(c, 1, FAULT_NONE, "");
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 2);
    assert_int_equal(c->model->primary, 1);
    assert_false(diverged(c, 2));
    cluster_free(c);
}

/* The diverged one was promoted: it is the measure now. */
static void test_promoting_the_diverged_one(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->flush_lsn += 5048;
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN + 6000);
    cluster_run(c, 1);
    assert_false(diverged(c, 1));
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row_ahead),
        cmocka_unit_test(test_replay_ahead),
        cmocka_unit_test(test_same_timeline_needs_a_restart),
        cmocka_unit_test(test_has_it_again_in_a_cascade),
        cmocka_unit_test(test_cascade_of_a_diverged_one),
        cmocka_unit_test(test_standby_replayed_more),
        cmocka_unit_test(test_newer_timeline),
        cmocka_unit_test(test_older_fork),
        cmocka_unit_test(test_behind_the_fork),
        cmocka_unit_test(test_control_file_lags),
        cmocka_unit_test(test_archive_fed),
        cmocka_unit_test(test_crossing_looks),
        cmocka_unit_test(test_receive_position_goes_back),
        cmocka_unit_test(test_promotion_in_any_order),
        cmocka_unit_test(test_old_looks),
        cmocka_unit_test(test_unknown_proves_nothing),
        cmocka_unit_test(test_foreign_node_is_not_diverged),
        cmocka_unit_test(test_another_primary),
        cmocka_unit_test(test_promoting_the_diverged_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
