/*
 * model: what observations mean: events, roles, settings, the rule, history.
 */
#include "cluster_fixture.h"

#include <math.h>

static void test_nothing_is_known_at_first(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    assert_int_equal(c->model->primary, -1);
    assert_int_equal(c->model->primary_count, 0);
    assert_false(c->model->rule_known);
    assert_true(node_age_us(&c->model->nodes[0], c->now) == UNKNOWN_US);
    assert_true(node_written_lsn(&c->model->nodes[0]) == LSN_UNKNOWN);
    assert_false(node_is_fresh(c->model, &c->model->nodes[0], c->now));
    assert_true(isnan(c->model->nodes[0].wal_rate_now));
    cluster_derive(c);
    assert_string_equal(cluster_state(c, "n1"), "connecting");
    cluster_free(c);
}

static void test_first_look(void **state)
{
    struct cluster *c = cluster_new(2);
    (void)state;

    cluster_sample(c, 0)->timeline = 3;
    cluster_look_after(c, 0, 700);
    assert_int_equal(c->model->primary, 0);
    assert_int_equal(c->model->primary_count, 1);
    assert_true(c->model->nodes[0].rtt_us == 700);
    assert_true(c->model->system_identifier == CLUSTER_SYSTEM);
    assert_event(c, "n1", "primary, timeline 3, PostgreSQL 15.18");
    assert_int_equal(cluster_new_events(c), 1);
    cluster_look(c, 1);
    assert_event(c, "n2", "standby, timeline 1");
    cluster_mark(c);
    cluster_run(c, 5);
    assert_int_equal(cluster_new_events(c), 0); /* nothing changed, nothing is said */
    cluster_free(c);
}

static void test_foreign_index_is_ignored(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    c->observation.node = 2;
    model_apply(c->model, &c->observation);
    c->observation.node = -1;
    model_apply(c->model, &c->observation);
    assert_int_equal(cluster_new_events(c), 0);
    cluster_free(c);
}

static void test_fault_and_back(void **state)
{
    struct cluster *c = cluster_settled(3);
    const struct node *n2 = &c->model->nodes[1];
    const struct event *event;
    (void)state;

    cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 3);
    assert_int_equal(cluster_new_events(c), 1); /* said once */
    event = cluster_event(c, "n2", "is down: Connection refused");
    assert_non_null(event);
    assert_int_equal(event->level, EVENT_WARNING);
    assert_true(n2->sampled && n2->sample.replay_lsn == CLUSTER_LSN); /* keeps what it was */
    assert_true(c->now - n2->fault_since.mono == SECONDS(2));
    assert_false(node_is_fresh(c->model, n2, c->now));

    cluster_fault(c, 1, FAULT_STARTING, "the database system is starting up");
    cluster_run(c, 1);
    event = cluster_event(c, "n2", "starting up");
    assert_non_null(event);
    assert_int_equal(event->level, EVENT_INFO);
    assert_true(n2->fault_since.mono == c->now);

    cluster_fault(c, 1, FAULT_NONE, "");
    cluster_run(c, 1);
    event = cluster_event(c, "n2", "back as standby: it was starting up for 1.0 s");
    assert_non_null(event);
    assert_int_equal(event->level, EVENT_GOOD);
    cluster_free(c);
}

static void test_primary_lost_and_found_again(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_CLOSED, "");
    cluster_run(c, 1);
    assert_int_equal(c->model->primary, -1);
    assert_int_equal(c->model->last_primary, 0);
    assert_true(c->model->no_primary_since.mono == c->now);
    assert_int_equal(cluster_event(c, "n1", "is lost")->level, EVENT_CRITICAL);
    cluster_run(c, 2);
    assert_true(c->now - c->model->no_primary_since.mono == SECONDS(2));
    cluster_fault(c, 0, FAULT_NONE, "");
    cluster_run(c, 1);
    assert_int_equal(c->model->primary, 0);
    assert_event(c, "cluster", "n1 is the primary again, after 3.0 s without");
    cluster_free(c);
}

static void promote(struct cluster *c, int node, int timeline, lsn_t lsn)
{
    struct node_sample *sample = cluster_sample(c, node);
    wall_us started_at = sample->started_at;

    sample_primary(sample, timeline, lsn);
    sample->started_at = started_at;
}

static void test_promotion(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    promote(c, 1, 2, CLUSTER_LSN + 100);
    cluster_run(c, 1);
    assert_int_equal(c->model->primary, 1);
    assert_int_equal(c->model->last_primary, 1);
    assert_int_equal(cluster_event(c, "n2", "promoted: is primary now, timeline 2")->level,
                     EVENT_WARNING);
    assert_event(c, "cluster", "n2 is the primary, after 1.0 s without");
    assert_no_event(c, NULL, "restarted");
    assert_true(c->model->nodes[1].timeline_lsn == CLUSTER_LSN + 100);
    assert_int_equal(c->model->rule.method, SYNC_OFF); /* its own rule counts now */
    cluster_mark(c);
    /* the old one comes back as a standby of it */
    cluster_fault(c, 0, FAULT_NONE, "");
    sample_standby(cluster_sample(c, 0), 2, CLUSTER_LSN + 100, "n1");
    cluster_run(c, 1);
    assert_event(c, "n1", "back as standby: it was down for");
    assert_event(c, "n1", "is a standby now, timeline 2");
    assert_no_event(c, "cluster", "SPLIT");
    cluster_free(c);
}

static void test_switchover_without_a_gap(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    cluster_wait(c, 0.9);
    promote(c, 1, 2, CLUSTER_LSN);
    cluster_look(c, 1); /* seen before the old primary's end is */
    assert_int_equal(c->model->primary_count, 2);
    cluster_wait(c, 0.1);
    sample_standby(cluster_sample(c, 0), 2, CLUSTER_LSN, "n1");
    cluster_look(c, 0);
    assert_int_equal(c->model->primary, 1);
    cluster_free(c);
}

static void test_split_brain(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_run(c, 10);
    promote(c, 1, 2, CLUSTER_LSN + 100);
    cluster_run(c, 1);
    assert_int_equal(c->model->primary, -1); /* none is picked */
    assert_int_equal(c->model->primary_count, 2);
    assert_int_equal(cluster_event(c, "cluster", "SPLIT BRAIN: 2 primaries")->level,
                     EVENT_CRITICAL);
    mono_us since = c->now;
    cluster_run(c, 3);
    assert_int_equal(c->model->split_since.mono, since);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    assert_int_equal(c->model->primary, 1);
    assert_event(c, "cluster", "n2 is the only primary");
    assert_no_event(c, "cluster", "without"); /* there was never no primary */
    cluster_free(c);
}

/* A VIP beside the nodes is the primary once more, and no second one. */
static void test_same_server(void **state)
{
    struct cluster *c = cluster_settled(4);
    (void)state;

    sample_drop_row(cluster_sample(c, 0), 2);
    cluster_alias(c, 3, 0);
    cluster_run(c, 2);
    assert_int_equal(c->model->primary, 0);
    assert_int_equal(c->model->primary_count, 1);
    assert_int_equal(c->model->nodes[3].same_as, 0);
    assert_int_equal(c->model->nodes[0].same_as, -1);
    assert_event(c, "n4", "is the same server as n1");
    assert_no_event(c, "n4", "restarted");
    assert_no_event(c, "cluster", "SPLIT");
    /* what happens there is told once */
    cluster_mark(c);
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_alias(c, 3, 0);
    cluster_run(c, 1);
    assert_int_equal(cluster_new_events(c), 1);
    assert_event(c, "n3", "no longer connected to n1");
    /* the row of each is there once, and all of them under n1 */
    cluster_derive(c);
    assert_int_equal(c->row_count, 4);
    assert_int_equal(c->rows[1].node, 1);
    assert_int_equal(c->rows[1].sender, 0);
    for (int i = 0; i < c->row_count; i++)
        if (c->rows[i].node == 3)
            assert_string_equal(node_state_derive(c->model, &c->rows[i], c->now).word,
                                "same server");
    cluster_free(c);
}

static void test_same_server_moves(void **state)
{
    struct cluster *c = cluster_settled(4);
    (void)state;

    sample_drop_row(cluster_sample(c, 0), 2);
    cluster_alias(c, 3, 0);
    cluster_run(c, 1);
    cluster_mark(c);
    /* n1 dies, n2 is promoted, the address comes after it */
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_fault(c, 3, FAULT_CLOSED, "");
    cluster_run(c, 1);
    promote(c, 1, 2, CLUSTER_LSN + 100);
    cluster_fault(c, 3, FAULT_NONE, "");
    cluster_alias(c, 3, 1);
    cluster_run(c, 1);
    assert_int_equal(c->model->primary, 1);
    assert_int_equal(c->model->primary_count, 1);
    assert_event(c, "n4", "is the same server as n2");
    assert_no_event(c, "n4", "restarted");
    assert_no_event(c, "cluster", "SPLIT");
    /* alone it counts again; that is no change of the primary */
    cluster_mark(c);
    cluster_fault(c, 1, FAULT_AUTH, "");
    cluster_run(c, 1);
    assert_int_equal(c->model->primary, 3);
    assert_no_event(c, "cluster", "is the primary");
    /* two servers of that name and time are two all the same when they are not the same */
    cluster_fault(c, 1, FAULT_NONE, "");
    cluster_sample(c, 3)->started_at++;
    cluster_run(c, 1);
    assert_int_equal(c->model->primary_count, 2);
    cluster_free(c);
}

/* Both went silent at once. */
/* This program stood still, and a standby answers first: nothing says that the primary is gone. */
static void test_our_own_pause_loses_no_primary(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    c->now += SECONDS(60);
    cluster_look(c, 1);
    assert_int_equal(c->model->primary, 0);
    cluster_derive(c);
    assert_no_finding(c, "no_primary", NULL);
    assert_finding(c, "stale_data", "n1");
    cluster_look(c, 0);
    assert_no_event(c, NULL, "is the primary");
    c->now += SECONDS(60);
    cluster_look(c, 1);
    cluster_fault(c, 0, FAULT_CLOSED, "");
    cluster_look(c, 0);
    assert_int_equal(c->model->primary_count, 0);
    cluster_free(c);
}

/* Meanwhile there was a failover. */
static void test_another_primary_after_our_own_pause(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    promote(c, 1, 2, CLUSTER_LSN + 100);
    c->now += SECONDS(60);
    cluster_look(c, 1);
    assert_int_equal(c->model->primary, 1);
    assert_int_equal(c->model->primary_count, 1);
    cluster_free(c);
}

static void test_no_primary_after_silent_split_brain(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    promote(c, 1, 2, CLUSTER_LSN + 100);
    cluster_run(c, 60);
    c->nodes[0].silent = c->nodes[1].silent = true;
    cluster_run(c, 7);
    assert_int_equal(c->model->primary_count, 0);
    assert_true(c->now - c->model->no_primary_since.mono <= SECONDS(1));
    cluster_free(c);
}

/* "NO PRIMARY for" counts from when the last of them went. */
static void test_no_primary_after_split_brain(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    promote(c, 1, 2, CLUSTER_LSN + 100);
    cluster_run(c, 60);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_fault(c, 1, FAULT_REFUSED, "");
    cluster_run(c, 1);
    assert_int_equal(c->model->primary_count, 0);
    assert_true(c->now - c->model->no_primary_since.mono <= SECONDS(1));
    cluster_free(c);
}

/* The primary's, not of whoever answered first; a look that does not tell it takes nothing away. */
static void test_system_identifier(void **state)
{
    struct cluster *c = cluster_new(2);
    (void)state;

    cluster_sample(c, 1)->system_identifier = 99;
    cluster_look(c, 1);
    assert_true(c->model->system_identifier == 99);
    cluster_look(c, 0);
    assert_true(c->model->system_identifier == CLUSTER_SYSTEM);
    cluster_sample(c, 0)->system_identifier = 0;
    cluster_run(c, 1);
    assert_true(c->model->system_identifier == CLUSTER_SYSTEM);
    cluster_free(c);
}

static void test_restart_and_upgrade(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 2)->started_at += SECONDS(100);
    cluster_run(c, 1);
    assert_int_equal(cluster_event(c, "n3", "the server was restarted")->level, EVENT_WARNING);
    assert_no_event(c, "n2", "restarted");
    cluster_mark(c);
    cluster_sample(c, 2)->started_at += SECONDS(100);
    cluster_sample(c, 2)->server_version = 160004;
    cluster_run(c, 1);
    assert_event(c, "n3", "PostgreSQL 15.18 → 16.4");
    cluster_free(c);
}

static void test_timeline_change(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 1)->timeline = cluster_sample(c, 1)->receiver.received_tli = 2;
    cluster_run(c, 1);
    assert_event(c, "n2", "timeline 1 → 2");
    cluster_mark(c);
    cluster_sample(c, 1)->timeline = 0; /* not told: the last known stays */
    sample_no_receiver(cluster_sample(c, 1));
    cluster_run(c, 1);
    assert_int_equal(c->model->nodes[1].last_timeline, 2);
    assert_no_event(c, "n2", "timeline 2 →");
    cluster_free(c);
}

static void test_replay_pause(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSE_REQUESTED;
    cluster_run(c, 1);
    assert_event(c, "n2", "a pause of the replay was asked for");
    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSED;
    cluster_run(c, 1);
    assert_event(c, "n2", "replay is paused");
    cluster_sample(c, 1)->replay_pause = REPLAY_RUNNING;
    cluster_run(c, 1);
    assert_int_equal(cluster_event(c, "n2", "replay goes on")->level, EVENT_GOOD);
    cluster_mark(c);
    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSE_UNKNOWN;
    cluster_run(c, 1);
    cluster_sample(c, 1)->replay_pause = REPLAY_RUNNING;
    cluster_run(c, 1);
    assert_int_equal(cluster_new_events(c), 0);
    cluster_free(c);
}

static void set(struct cluster *c, int node, enum setting_id id, const char *value)
{
    str_copy(cluster_sample(c, node)->settings[id], SETTING_VALUE_SIZE, value);
}

static void test_settings(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    set(c, 1, SETTING_PRIMARY_SLOT_NAME, "s2");
    set(c, 1, SETTING_SYNCHRONOUS_COMMIT, "remote_apply");
    cluster_run(c, 1);
    assert_event(c, "n2", "synchronous_commit: on → remote_apply");
    cluster_mark(c);
    /* a look without settings leaves those that were read last */
    memset(cluster_sample(c, 1)->settings, 0, sizeof cluster_sample(c, 1)->settings);
    cluster_run(c, 1);
    assert_int_equal(cluster_new_events(c), 0);
    assert_string_equal(c->model->nodes[1].sample.settings[SETTING_SYNCHRONOUS_COMMIT],
                        "remote_apply");
    assert_string_equal(c->model->nodes[1].sample.settings[SETTING_PRIMARY_SLOT_NAME], "s2");
    /* one that is empty now is empty, not as it was */
    set(c, 1, SETTING_WAL_LEVEL, "replica");
    set(c, 1, SETTING_SYNCHRONOUS_COMMIT, "remote_apply");
    cluster_run(c, 1);
    assert_string_equal(c->model->nodes[1].sample.settings[SETTING_PRIMARY_SLOT_NAME], "");
    assert_event(c, "n2", "primary_slot_name: s2 → ''");
    cluster_free(c);
}

static void test_wal_rate(void **state)
{
    struct cluster *c = cluster_settled(2);
    const struct node *n1 = &c->model->nodes[0];
    (void)state;

    cluster_write(c, 3000);
    cluster_wait(c, 2);
    cluster_look(c, 0);
    assert_true(n1->wal_rate_now == 1500.0);
    cluster_sample(c, 0)->current_lsn -= 1000; /* another history: no rate */
    cluster_run(c, 1);
    assert_true(isnan(n1->wal_rate_now));
    cluster_free(c);
}

static void test_history_and_gaps(void **state)
{
    struct cluster *c = cluster_settled(2);
    const struct node *n1 = &c->model->nodes[0], *n2 = &c->model->nodes[1];
    (void)state;

    for (int i = 0; i < 5; i++) {
        cluster_write(c, 1000);
        cluster_run(c, 1);
    }
    assert_true(ring_at(&n1->wal_rate, 0) == 1000.0f);
    assert_true(ring_at(&n2->behind, 0) == 5000.0f);
    assert_true(ring_at(&n2->behind, 4) == 1000.0f);
    assert_true(isnan(ring_at(&n2->wal_rate, 0)));
    size_t count = n1->wal_rate.count;
    cluster_wait(c, 10); /* nobody looked: gaps, and no more than the time that passed */
    assert_int_equal(n1->wal_rate.count, count + 10);
    assert_true(isnan(ring_at(&n1->wal_rate, 5)));
    assert_true(ring_at(&n2->behind, 12) == 3000.0f);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 2);
    assert_true(isnan(ring_at(&n1->wal_rate, 0)) && isnan(ring_at(&n2->behind, 0)));
    cluster_wait(c, 100000);
    assert_int_equal(n1->wal_rate.count, HISTORY_SAMPLES);
    cluster_free(c);
}

/* One sample a second, whatever the poll interval and however often is ticked. */
static void test_history_pace(void **state)
{
    struct cluster *c = cluster_settled(2);
    size_t count = c->model->nodes[0].wal_rate.count;
    (void)state;

    for (int i = 0; i < 100; i++)
        cluster_wait(c, 0.1);
    assert_in_range(c->model->nodes[0].wal_rate.count - count, 9, 11);
    count = c->model->nodes[0].wal_rate.count;
    for (int i = 0; i < 10; i++) /* a little late each time: no second is counted twice */
        cluster_wait(c, 1.003);
    assert_in_range(c->model->nodes[0].wal_rate.count - count, 9, 11);
    cluster_free(c);
}

static bool same_ring(const struct ring *a, const struct ring *b)
{
    return a->pushed == b->pushed && a->count == b->count &&
           memcmp(a->values, b->values, a->capacity * sizeof *a->values) == 0;
}

/* The picture is a function of the observations and of now: frames in between change nothing. */
static void test_frames_change_nothing(void **state)
{
    struct cluster *seldom = cluster_settled(3), *often = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 60; i++) {
        struct cluster *both[] = {seldom, often};
        for (int k = 0; k < 2; k++) {
            struct cluster *c = both[k];
            int64_t step = SECONDS(0.37 + 0.11 * (i % 9) + (i == 30 ? 12 : 0));
            for (int frame = 1; c == often && frame < 7; frame++)
                model_tick(c->model, (struct instant){.mono = c->now + step * frame / 7});
            c->now += step;
            cluster_write(c, 100 + (lsn_t)i);
            if (i % 7 == 3)
                cluster_fault(c, 1, i % 2 ? FAULT_REFUSED : FAULT_NONE, "");
            for (int node = 0; node < 3; node++)
                if (i % (node + 2) != 0)
                    cluster_look(c, node);
        }
    }
    model_tick(seldom->model, (struct instant){.mono = seldom->now});
    model_tick(often->model, (struct instant){.mono = often->now});
    for (int node = 0; node < 3; node++) {
        const struct node *a = &seldom->model->nodes[node], *b = &often->model->nodes[node];
        assert_true(same_ring(&a->wal_rate, &b->wal_rate));
        assert_true(same_ring(&a->behind, &b->behind));
        assert_true(a->history_at == b->history_at);
    }
    cluster_free(seldom);
    cluster_free(often);
}

static void test_clone_is_independent(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct model *clone;
    (void)state;

    cluster_write(c, 1000);
    cluster_run(c, 3);
    clone = model_clone(c->model);
    uint64_t events = clone->events->total;
    float rate = ring_at(&clone->nodes[0].wal_rate, 0);
    size_t count = clone->nodes[0].wal_rate.count;
    cluster_write(c, 500000);
    cluster_fault(c, 1, FAULT_REFUSED, "");
    cluster_run(c, 5);
    assert_true(clone->events->total == events);
    assert_true(ring_at(&clone->nodes[0].wal_rate, 0) == rate);
    assert_int_equal(clone->nodes[0].wal_rate.count, count);
    assert_true(clone->nodes[0].sample.current_lsn == CLUSTER_LSN + 1000);
    assert_int_equal(clone->nodes[1].fault.kind, FAULT_NONE);
    model_free(&c->model);
    c->model = clone; /* still whole without the other */
    cluster_run(c, 2);
    assert_int_equal(c->model->nodes[1].fault.kind, FAULT_REFUSED);
    cluster_free(c);
}

static void test_freshness(void **state)
{
    struct cluster *c = cluster_settled(2);
    const struct node *n1 = &c->model->nodes[0];
    (void)state;

    cluster_wait(c, 6); /* 3 intervals and the timeout of 3 s */
    assert_true(node_is_fresh(c->model, n1, c->now));
    assert_true(node_age_us(n1, c->now) == SECONDS(6));
    cluster_wait(c, 0.001);
    assert_false(node_is_fresh(c->model, n1, c->now));
    model_set_poll_interval(c->model, SECONDS(10), (struct instant){.mono = c->now});
    assert_true(node_is_fresh(c->model, n1, c->now));
    cluster_free(c);
}

static void test_lost_slot_is_said_once(void **state)
{
    struct cluster *c = cluster_settled(2);
    struct slot_row *slot = sample_add_slot(cluster_sample(c, 0), "s2");
    (void)state;

    cluster_run(c, 1);
    assert_int_equal(cluster_new_events(c), 0);
    slot->wal_status = SLOT_WAL_LOST;
    cluster_run(c, 3);
    assert_int_equal(cluster_event(c, "n1", "slot s2 is lost")->level, EVENT_CRITICAL);
    assert_int_equal(cluster_new_events(c), 1);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_known_at_first),
        cmocka_unit_test(test_first_look),
        cmocka_unit_test(test_foreign_index_is_ignored),
        cmocka_unit_test(test_fault_and_back),
        cmocka_unit_test(test_primary_lost_and_found_again),
        cmocka_unit_test(test_promotion),
        cmocka_unit_test(test_switchover_without_a_gap),
        cmocka_unit_test(test_split_brain),
        cmocka_unit_test(test_same_server),
        cmocka_unit_test(test_same_server_moves),
        cmocka_unit_test(test_no_primary_after_split_brain),
        cmocka_unit_test(test_our_own_pause_loses_no_primary),
        cmocka_unit_test(test_another_primary_after_our_own_pause),
        cmocka_unit_test(test_no_primary_after_silent_split_brain),
        cmocka_unit_test(test_system_identifier),
        cmocka_unit_test(test_restart_and_upgrade),
        cmocka_unit_test(test_timeline_change),
        cmocka_unit_test(test_replay_pause),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_wal_rate),
        cmocka_unit_test(test_history_and_gaps),
        cmocka_unit_test(test_history_pace),
        cmocka_unit_test(test_frames_change_nothing),
        cmocka_unit_test(test_clone_is_independent),
        cmocka_unit_test(test_freshness),
        cmocka_unit_test(test_lost_slot_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
