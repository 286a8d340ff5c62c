/*
 * model_standbys: the rows of pg_stat_replication over time, and which node each of them is.
 */
#include "cluster_fixture.h"

static const struct standby_track *track(const struct cluster *c, int row)
{
    return &c->model->nodes[0].tracks[row];
}

static int64_t stale_for(const struct cluster *c, int row)
{
    return standby_stale_for_us(&c->model->nodes[0], row, c->now);
}

static int node_of(const struct cluster *c, int row)
{
    return track(c, row)->node;
}

static void test_idle_is_not_stale(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_run(c, 100);
    assert_true(stale_for(c, 0) == 0);
    assert_false(standby_is_stale(c->model, &c->model->nodes[0], 0, c->now));
    assert_int_equal(track(c, 0)->replay_still_polls, 0);
    cluster_free(c);
}

/* The clock runs from when something was owed, not from the last movement of an idle night. */
static void test_stale_since_it_owes(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_run(c, 100);
    cluster_write(c, 100);
    cluster_confirm(c, 2);
    cluster_run(c, 1);
    assert_true(stale_for(c, 0) == 0); /* seen to owe for the first time just now */
    cluster_run(c, 2);
    assert_true(stale_for(c, 0) == SECONDS(2));
    assert_false(standby_is_stale(c->model, &c->model->nodes[0], 0, c->now));
    cluster_wait(c, 0.5); /* time alone counts, but proves nothing: nobody looked */
    assert_true(stale_for(c, 0) == SECONDS(2.5));
    assert_false(standby_is_stale(c->model, &c->model->nodes[0], 0, c->now));
    cluster_look(c, 0);
    assert_true(stale_for(c, 0) == SECONDS(2.5));
    assert_true(standby_is_stale(c->model, &c->model->nodes[0], 0, c->now));
    assert_true(stale_for(c, 1) == 0);
    cluster_row(c, 0)->flush_lsn += 50; /* it moves, though not all the way */
    cluster_run(c, 1);
    assert_true(stale_for(c, 0) == 0);
    cluster_run(c, 1);
    assert_true(stale_for(c, 0) == SECONDS(1));
    cluster_confirm(c, 1);
    cluster_run(c, 1);
    assert_true(stale_for(c, 0) == 0);
    cluster_run(c, 5);
    assert_true(stale_for(c, 0) == 0);
    cluster_free(c);
}

/* A busy standby that is always a little behind moves at each look. */
static void test_behind_but_moving(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    for (int i = 0; i < 20; i++) {
        cluster_confirm(c, 1);
        cluster_write(c, 1000);
        cluster_run(c, 1);
        assert_true(stale_for(c, 0) == 0);
        assert_in_range(track(c, 0)->replay_still_polls, 0, 1); /* 1: the first sight of it */
        assert_true(standby_behind_bytes(&c->model->nodes[0], 0) == 1000);
    }
    cluster_wait(c, 0.7); /* until the next look nothing is known of it */
    assert_true(stale_for(c, 0) == 0);
    assert_true(standby_replay_stale_for_us(&c->model->nodes[0], 0, c->now) == 0);
    cluster_derive(c);
    assert_no_finding(c, "replay_lag", NULL);
    cluster_free(c);
}

/* The answer of a busy primary is late: its standbys have done nothing wrong. */
static void test_a_late_look_is_not_the_standbys(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 10; i++) {
        cluster_confirm(c, 1);
        cluster_confirm(c, 2);
        cluster_write(c, 1000);
        cluster_run(c, 1);
    }
    cluster_wait(c, 2.5);
    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_OK);
    assert_int_equal(c->verdict.confirmed, 1);
    assert_no_finding(c, "standby_stale", NULL);
    cluster_free(c);
}

static void test_replay_alone_stalls(void **state)
{
    struct cluster *c = cluster_settled(2);
    const struct node *n1 = &c->model->nodes[0];
    (void)state;

    for (int i = 0; i < 4; i++) {
        cluster_write(c, 1000);
        cluster_row(c, 0)->flush_lsn = cluster_sample(c, 0)->current_lsn;
        cluster_run(c, 1);
    }
    assert_true(stale_for(c, 0) == 0);
    assert_true(standby_replay_stale_for_us(n1, 0, c->now) == SECONDS(3));
    assert_int_equal(track(c, 0)->replay_still_polls, 4);
    assert_true(standby_behind_bytes(n1, 0) == 4000);
    cluster_row(c, 0)->replay_lsn += 1;
    cluster_run(c, 1);
    assert_int_equal(track(c, 0)->replay_still_polls, 0);
    cluster_free(c);
}

static void test_unknown_positions(void **state)
{
    struct cluster *c = cluster_settled(2);
    const struct node *n1 = &c->model->nodes[0];
    (void)state;

    cluster_row(c, 0)->flush_lsn = cluster_row(c, 0)->replay_lsn = LSN_UNKNOWN;
    cluster_write(c, 1000);
    cluster_run(c, 5);
    assert_true(stale_for(c, 0) == UNKNOWN_US);
    assert_true(standby_replay_stale_for_us(n1, 0, c->now) == UNKNOWN_US);
    assert_true(standby_behind_bytes(n1, 0) == UNKNOWN_BYTES);
    assert_false(standby_is_stale(c->model, n1, 0, c->now));
    assert_int_equal(track(c, 0)->replay_still_polls, 0);
    cluster_free(c);
}

/* A standby that reconnects is another walsender: it starts anew. */
static void test_row_is_followed_by_pid(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 100);
    cluster_confirm(c, 2);
    cluster_run(c, 5);
    assert_true(stale_for(c, 0) == SECONDS(4));
    struct standby_row swap = *cluster_row(c, 0);
    *cluster_row(c, 0) = *cluster_row(c, 1); /* the order of rows means nothing */
    *cluster_row(c, 1) = swap;
    cluster_run(c, 1);
    assert_true(stale_for(c, 1) == SECONDS(5));
    assert_true(stale_for(c, 0) == 0);
    assert_int_equal(cluster_new_events(c), 0);
    cluster_row(c, 1)->pid = 777;
    cluster_run(c, 1);
    assert_true(stale_for(c, 1) == 0);
    assert_event(c, "n2", "no longer connected to n1");
    assert_event(c, "n2", "connected to n1: streaming, sync 1");
    cluster_free(c);
}

static void test_row_events(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->state = STANDBY_CATCHUP;
    cluster_row(c, 0)->sync_state = SYNC_STATE_POTENTIAL;
    cluster_row(c, 1)->sync_state = SYNC_STATE_SYNC;
    cluster_run(c, 1);
    assert_int_equal(cluster_event(c, "n2", "streaming → catchup")->level, EVENT_WARNING);
    assert_event(c, "n2", "sync 1 → potential 1");
    assert_event(c, "n3", "potential 2 → sync 2");
    cluster_row(c, 0)->state = STANDBY_STREAMING;
    cluster_run(c, 1);
    assert_int_equal(cluster_event(c, "n2", "catchup → streaming")->level, EVENT_GOOD);
    cluster_mark(c);
    sample_drop_row(cluster_sample(c, 0), 0);
    cluster_run(c, 1);
    assert_int_equal(cluster_event(c, "n2", "no longer connected to n1")->level, EVENT_WARNING);
    assert_int_equal(cluster_new_events(c), 1);
    cluster_free(c);
}

/* The gap in which the primary could not be looked at is part of what a standby owes. */
static void test_stale_over_a_gap(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    cluster_write(c, 100);
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_NOT_RESPONDING, "");
    cluster_run(c, 10);
    cluster_fault(c, 0, FAULT_NONE, "");
    cluster_run(c, 1);
    assert_true(stale_for(c, 0) == SECONDS(11));
    cluster_confirm(c, 1);
    cluster_fault(c, 0, FAULT_NOT_RESPONDING, "");
    cluster_run(c, 10);
    cluster_fault(c, 0, FAULT_NONE, "");
    cluster_run(c, 1);
    assert_true(stale_for(c, 0) == 0);
    cluster_free(c);
}

static void test_rows_match_by_name(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    assert_int_equal(node_of(c, 0), 1);
    assert_int_equal(node_of(c, 1), 2);
    str_copy(cluster_row(c, 0)->application_name, STANDBY_NAME_SIZE, "N2"); /* as PostgreSQL does */
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 1);
    str_copy(cluster_row(c, 0)->application_name, STANDBY_NAME_SIZE, "walreceiver");
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), -1); /* n2's own receiver says "n2" */
    str_copy(cluster_sample(c, 1)->receiver.application_name, STANDBY_NAME_SIZE, "walreceiver");
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 1);
    cluster_free(c);
}

/* Whatever its node is called: a row that outlives its standby stays the node's. */
static void test_row_of_a_dead_standby(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    str_copy(cluster_row(c, 0)->application_name, STANDBY_NAME_SIZE, "east");
    str_copy(cluster_sample(c, 1)->receiver.application_name, STANDBY_NAME_SIZE, "east");
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 1);
    sample_no_receiver(cluster_sample(c, 1)); /* it was seen without its receiver before it died */
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 1);
    cluster_fault(c, 1, FAULT_REFUSED, "");
    cluster_run(c, 3);
    assert_int_equal(node_of(c, 0), 1);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 3);
    assert_int_equal(node_of(c, 0), 1);
    cluster_free(c);
}

static void call_both(struct cluster *c, const char *name)
{
    for (int i = 0; i < 2; i++) {
        str_copy(cluster_row(c, i)->application_name, STANDBY_NAME_SIZE, name);
        str_copy(cluster_sample(c, i + 1)->receiver.application_name, STANDBY_NAME_SIZE, name);
    }
}

/* Two of one name: a row that is left is not the one's whose own has gone. */
static void test_row_of_two_of_one_name(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    call_both(c, "walreceiver");
    cluster_run(c, 1);
    sample_drop_row(cluster_sample(c, 0), 0);
    sample_no_receiver(cluster_sample(c, 1));
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 2);
    assert_false(c->model->nodes[1].ambiguous || c->model->nodes[2].ambiguous);
    cluster_derive(c);
    assert_finding(c, "not_streaming", "n2");
    cluster_fault(c, 2, FAULT_REFUSED, "");
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 2); /* as long as the walsender is the same */
    cluster_row(c, 0)->pid = 777;
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), -1);
    cluster_free(c);
}

/* What slots told apart while they lived is told apart when all are gone. */
static void test_rows_of_the_dead_by_slot(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    call_both(c, "walreceiver");
    for (int i = 0; i < 2; i++) {
        str_format(cluster_row(c, i)->slot_name, STANDBY_NAME_SIZE, "s%d", i);
        str_format(cluster_sample(c, i + 1)->receiver.slot_name, STANDBY_NAME_SIZE, "s%d", i);
    }
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    for (int i = 1; i < 3; i++)
        sample_no_receiver(cluster_sample(c, i));
    cluster_run(c, 3);
    assert_int_equal(node_of(c, 0), 1);
    assert_int_equal(node_of(c, 1), 2);
    cluster_sample(c, 2)->receiver.present = true; /* from somebody, without a slot */
    str_copy(cluster_sample(c, 2)->receiver.application_name, STANDBY_NAME_SIZE, "walreceiver");
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 1);
    assert_int_equal(node_of(c, 1), 2);
    cluster_free(c);
}

/* n1 → n3 → n2: the primary's one row could be either's by its name. */
static void test_one_row_in_a_cascade_of_one_name(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    call_both(c, "walreceiver");
    sample_drop_row(cluster_sample(c, 0), 0);
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), -1);
    assert_true(c->model->nodes[1].ambiguous && c->model->nodes[2].ambiguous);
    cluster_derive(c);
    assert_no_finding(c, "not_streaming", NULL);
    cluster_fault(c, 2, FAULT_NOT_RESPONDING, ""); /* whose row it is */
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), -1);
    cluster_free(c);
}

/* A node is named otherwise than its standby connects as; the slot decides between equals. */
static void test_rows_match_by_slot(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 2; i++) {
        str_copy(cluster_row(c, i)->application_name, STANDBY_NAME_SIZE, "walreceiver");
        str_copy(cluster_sample(c, i + 1)->receiver.application_name, STANDBY_NAME_SIZE,
                 "walreceiver");
    }
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), -1); /* which is which cannot be told */
    assert_int_equal(node_of(c, 1), -1);
    assert_true(c->model->nodes[1].ambiguous && c->model->nodes[2].ambiguous);
    assert_true(track(c, 0)->duplicate_name && track(c, 1)->duplicate_name);
    str_copy(cluster_row(c, 0)->slot_name, STANDBY_NAME_SIZE, "s3");
    str_copy(cluster_row(c, 1)->slot_name, STANDBY_NAME_SIZE, "s2");
    str_copy(cluster_sample(c, 1)->receiver.slot_name, STANDBY_NAME_SIZE, "s2");
    str_copy(cluster_sample(c, 2)->receiver.slot_name, STANDBY_NAME_SIZE, "s3");
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 2);
    assert_int_equal(node_of(c, 1), 1);
    assert_false(c->model->nodes[1].ambiguous || c->model->nodes[2].ambiguous);
    cluster_free(c);
}

/* pg_receivewal --synchronous under a standby's name never reports what it replays. */
static void test_stolen_name(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct standby_row *thief;
    (void)state;

    thief = sample_add_row(cluster_sample(c, 0), 666, "n2", SYNC_STATE_SYNC, 1, CLUSTER_LSN);
    thief->replay_lsn = LSN_UNKNOWN;
    cluster_row(c, 0)->sync_state = SYNC_STATE_POTENTIAL;
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), 1);
    assert_int_equal(node_of(c, 2), -1);
    assert_true(track(c, 0)->duplicate_name && track(c, 2)->duplicate_name);
    assert_false(track(c, 1)->duplicate_name);
    assert_false(c->model->nodes[1].ambiguous);
    cluster_free(c);
}

static void test_two_servers_of_one_name(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_add_row(cluster_sample(c, 0), 666, "n2", SYNC_STATE_POTENTIAL, 1, CLUSTER_LSN);
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), -1);
    assert_int_equal(node_of(c, 2), -1);
    assert_true(c->model->nodes[1].ambiguous);
    cluster_derive(c);
    assert_finding(c, "duplicate_name", "n1");
    assert_int_equal(c->health.count, 1);        /* once for the two */
    assert_no_finding(c, "not_streaming", "n2"); /* one of them it is */
    cluster_free(c);
}

/* A server of another cluster under a standby's name is not that standby. */
static void test_foreign_node_has_no_row(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 1)->system_identifier = 99;
    sample_no_receiver(cluster_sample(c, 1));
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 0), -1);
    cluster_free(c);
}

static void test_unlisted_row(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    sample_add_row(cluster_sample(c, 0), 300, "stranger", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 1);
    assert_int_equal(node_of(c, 1), -1);
    assert_event(c, "stranger", "connected to n1: streaming, async");
    cluster_free(c);
}

/* A walsender on a standby sends what its receiver has flushed. */
static void test_cascading_rows(void **state)
{
    struct cluster *c = cluster_new(3);
    const struct node *n2 = &c->model->nodes[1];
    (void)state;

    sample_drop_row(cluster_sample(c, 0), 1);
    sample_add_row(cluster_sample(c, 1), 300, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 2);
    assert_int_equal(n2->tracks[0].node, 2);
    assert_true(standby_stale_for_us(n2, 0, c->now) == 0);
    cluster_write(c, 500);
    cluster_confirm(c, 1);
    cluster_run(c, 3);
    assert_true(node_written_lsn(n2) == CLUSTER_LSN + 500);
    assert_true(standby_behind_bytes(n2, 0) == 500);
    assert_true(standby_stale_for_us(n2, 0, c->now) == SECONDS(2));
    cluster_sample(c, 1)->standbys[0].flush_lsn += 600; /* never "ahead" of a standby */
    cluster_run(c, 1);
    assert_false(n2->tracks[0].ahead);
    cluster_free(c);
}

/* It replayed between the two readings of one look at a cascading sender: no negative figure. */
static void test_behind_is_never_negative(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    sample_add_row(cluster_sample(c, 1), 300, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN + 8);
    cluster_run(c, 2);
    assert_true(standby_behind_bytes(&c->model->nodes[1], 0) == 0);
    cluster_row(c, 0)->replay_lsn = CLUSTER_LSN + 5048; /* past the primary's own flush: a proof */
    cluster_run(c, 1);
    assert_true(standby_behind_bytes(&c->model->nodes[0], 0) == -5048);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idle_is_not_stale),
        cmocka_unit_test(test_stale_since_it_owes),
        cmocka_unit_test(test_behind_but_moving),
        cmocka_unit_test(test_a_late_look_is_not_the_standbys),
        cmocka_unit_test(test_replay_alone_stalls),
        cmocka_unit_test(test_unknown_positions),
        cmocka_unit_test(test_row_is_followed_by_pid),
        cmocka_unit_test(test_row_events),
        cmocka_unit_test(test_stale_over_a_gap),
        cmocka_unit_test(test_rows_match_by_name),
        cmocka_unit_test(test_row_of_a_dead_standby),
        cmocka_unit_test(test_row_of_two_of_one_name),
        cmocka_unit_test(test_rows_of_the_dead_by_slot),
        cmocka_unit_test(test_one_row_in_a_cascade_of_one_name),
        cmocka_unit_test(test_rows_match_by_slot),
        cmocka_unit_test(test_stolen_name),
        cmocka_unit_test(test_two_servers_of_one_name),
        cmocka_unit_test(test_foreign_node_has_no_row),
        cmocka_unit_test(test_unlisted_row),
        cmocka_unit_test(test_cascading_rows),
        cmocka_unit_test(test_behind_is_never_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
