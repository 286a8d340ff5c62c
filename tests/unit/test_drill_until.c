/*
 * drill_until: when each condition of a step holds, what is missing until then, and when each phase
 * is reached, on a made-up cluster: n1 is the primary, n2 and n3 its standbys.
 */
#include "cluster/drill_until.h"
#include "cluster_fixture.h"

static struct cluster *c;
static struct drill_pulse pulse;
static struct drill_run run;
static struct drill_sight sight;

static void see(void)
{
    cluster_derive(c);
    sight.now = (struct instant){.mono = c->now, .wall = c->now + SECONDS(77)};
}

static void again(int polls)
{
    cluster_run(c, polls);
    see();
}

static void begin(enum drill_id id)
{
    static const struct drill_timing_options timing = {US_PER_S, US_PER_S, US_PER_S};
    struct drill_mark mark = {.kind = DRILL_MARK_BEGIN};
    struct drill_reasons reasons;

    drill_plan_make(id, false, c->model, c->now, &timing, &mark.plan, &reasons);
    assert_int_equal(reasons.count, 0);
    drill_run_apply(&run, &mark);
    drill_pulse_begin(&pulse, 1, 0, drill_at(id)->fails_over, 250 * US_PER_MS);
    see();
}

static int set_up(void **state)
{
    (void)state;
    c = cluster_settled(3);
    memset(&run, 0, sizeof run);
    sight =
        (struct drill_sight){.model = c->model,
                             .verdict = &c->verdict,
                             .health = &c->health,
                             .pulse = &pulse,
                             .run = &run,
                             .allowed = c->health.level == HEALTH_OK ? HEALTH_OK : HEALTH_WARNING,
                             .waiting_us = UNKNOWN_US};
    begin(DRILL_STANDBY_KILL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cluster_free(c);
    return 0;
}

static bool holds_since(enum drill_condition until, enum drill_deed deed, int node, mono_us began)
{
    const struct drill_planned step = {
        .deed = deed, .node = node, .until = until, .deadline_us = 5 * US_PER_S};

    return drill_until_holds(&sight, &step, began);
}

static bool holds(enum drill_condition until)
{
    return holds_since(until, DEED_AWAIT, -1, c->now);
}

static bool noticed(enum drill_deed deed, int node)
{
    return holds_since(UNTIL_NOTICED, deed, node, c->now);
}

static const char *missing(enum drill_condition until)
{
    static char text[DRILL_TEXT_SIZE];

    drill_until_missing(&sight, &(struct drill_planned){.until = until}, text, sizeof text);
    return text;
}

static void inject(void)
{
    drill_pulse_inject(&pulse, c->now);
    run.phases[PHASE_INJECTED] = sight.now;
}

static void ack(int node, lsn_t lsn)
{
    drill_pulse_answer(&pulse, &(struct drill_answer){.node = node,
                                                      .due = c->now - 1000,
                                                      .at = c->now,
                                                      .outcome = COMMIT_ACKNOWLEDGED,
                                                      .lsn = lsn});
}

/* n1 is gone, n2 is the primary on timeline 2, n3 streams from it. */
static void fail_over(void)
{
    struct node_sample *new = cluster_sample(c, 1);

    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    sample_primary(new, 2, CLUSTER_LSN + 1000);
    sample_rule(new, "FIRST 1 (n1, n3)");
    sample_standby(cluster_sample(c, 2), 2, CLUSTER_LSN + 1000, "n3");
    sample_add_row(new, 103, "n3", SYNC_STATE_SYNC, 2, CLUSTER_LSN + 1000);
    run.new_primary = 1;
}

/* n1 streams from n2. */
static void rejoin(lsn_t replay_lsn)
{
    c->nodes[0].fault.kind = FAULT_NONE;
    sample_standby(cluster_sample(c, 0), 2, replay_lsn, "n1");
    sample_add_row(cluster_sample(c, 1), 101, "n1", SYNC_STATE_SYNC, 1, replay_lsn);
}

/* ---- conditions */

static void test_done_and_time(void **state)
{
    mono_us began = c->now;
    (void)state;

    assert_true(holds(UNTIL_DONE));
    assert_false(holds_since(UNTIL_TIME, DEED_HOLD, -1, began));
    c->now = began + 5 * US_PER_S - 1;
    see();
    assert_false(holds_since(UNTIL_TIME, DEED_HOLD, -1, began));
    c->now++;
    see();
    assert_true(holds_since(UNTIL_TIME, DEED_HOLD, -1, began));
}

static void test_kill_is_noticed(void **state)
{
    (void)state;
    assert_false(noticed(DEED_KILL, 1));
    assert_false(noticed(DEED_STOP, 0));
    assert_false(noticed(DEED_FENCE, 0));
    assert_string_equal(missing(UNTIL_NOTICED), "nothing of it is seen");
    cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
    cluster_fault(c, 0, FAULT_CLOSED, "server closed the connection");
    again(1);
    assert_true(noticed(DEED_KILL, 1));
    assert_true(noticed(DEED_STOP, 0));
    assert_true(noticed(DEED_FENCE, 0));
}

/* A frozen standby keeps its connections: its row, as long as it owes nothing, says nothing. */
static void test_freeze_is_noticed(void **state)
{
    (void)state;
    assert_false(noticed(DEED_PAUSE, 1));
    assert_false(noticed(DEED_CUT, 1));
    cluster_write(c, 1000);
    cluster_confirm(c, 2);
    again(1);
    assert_false(noticed(DEED_PAUSE, 1)); /* it may still come */
    again(4);
    assert_true(noticed(DEED_PAUSE, 1)); /* it owes a flush for too long */
    assert_true(noticed(DEED_CUT, 1));
    assert_false(noticed(DEED_PAUSE, 2));
}

static void test_freeze_is_noticed_by_its_row(void **state)
{
    (void)state;
    sample_drop_row(cluster_sample(c, 0), 0);
    again(1);
    assert_true(noticed(DEED_PAUSE, 1));
    assert_false(noticed(DEED_KILL, 1)); /* its server answers */
}

static void test_frozen_primary(void **state)
{
    (void)state;
    sample_drop_row(cluster_sample(c, 0), 0);
    again(1);
    assert_false(noticed(DEED_PAUSE, 0)); /* it has no row anywhere: that is nothing new */
    cluster_fault(c, 0, FAULT_NOT_RESPONDING, "no answer");
    again(1);
    assert_true(noticed(DEED_PAUSE, 0));
}

static void test_replay_pause_is_noticed(void **state)
{
    (void)state;
    assert_false(noticed(DEED_PAUSE_REPLAY, 1));
    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSE_REQUESTED;
    again(1);
    assert_false(noticed(DEED_PAUSE_REPLAY, 1));
    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSED;
    again(1);
    assert_true(noticed(DEED_PAUSE_REPLAY, 1));
    cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
    again(1);
    assert_false(noticed(DEED_PAUSE_REPLAY, 1)); /* that was its last word, not what it says now */
}

static void test_commits_flow(void **state)
{
    mono_us began = c->now;
    (void)state;

    assert_false(holds(UNTIL_COMMITS_FLOW));
    assert_string_equal(missing(UNTIL_COMMITS_FLOW), "not every client was acknowledged again");
    again(1);
    ack(0, CLUSTER_LSN);
    assert_true(holds_since(UNTIL_COMMITS_FLOW, DEED_AWAIT, -1, began));
    assert_false(holds(UNTIL_COMMITS_FLOW)); /* not since now */
}

static void test_writes_arrive(void **state)
{
    mono_us began = c->now;
    (void)state;

    begin(DRILL_PRIMARY_KILL);
    inject();
    again(1);
    ack(0, CLUSTER_LSN);
    assert_false(holds_since(UNTIL_WRITES_ARRIVE, DEED_AWAIT, -1, began)); /* of the old one */
    again(1);
    ack(1, CLUSTER_LSN);
    assert_true(holds_since(UNTIL_WRITES_ARRIVE, DEED_AWAIT, -1, began));
}

static void test_blocked(void **state)
{
    (void)state;
    assert_false(holds(UNTIL_COMMITS_BLOCKED));
    assert_string_equal(missing(UNTIL_COMMITS_BLOCKED), "commits do not wait");
    sight.waiting_us = US_PER_S; /* the limit itself */
    assert_false(holds(UNTIL_COMMITS_BLOCKED));
    sight.waiting_us = US_PER_S + 1; /* our own write */
    assert_true(holds(UNTIL_COMMITS_BLOCKED));
    c->model->limits.blocked_commit_us = UNKNOWN_US;
    assert_false(holds(UNTIL_COMMITS_BLOCKED));
    sight.waiting_us = UNKNOWN_US;
    c->verdict.blocked = true; /* as the server says */
    assert_true(holds(UNTIL_COMMITS_BLOCKED));
}

static void test_new_primary(void **state)
{
    (void)state;
    assert_false(holds(UNTIL_NEW_PRIMARY)); /* nobody was promoted */
    run.new_primary = 1;
    assert_false(holds(UNTIL_NEW_PRIMARY));
    assert_string_equal(missing(UNTIL_NEW_PRIMARY), "it is not out of recovery");
    fail_over();
    again(1);
    assert_true(holds(UNTIL_NEW_PRIMARY));
    cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
    again(1);
    assert_false(holds(UNTIL_NEW_PRIMARY));
}

static void test_others_stream(void **state)
{
    (void)state;
    begin(DRILL_PRIMARY_KILL);
    assert_false(holds(UNTIL_OTHERS_STREAM));
    fail_over();
    sample_drop_row(cluster_sample(c, 1), 0);
    again(1);
    assert_false(holds(UNTIL_OTHERS_STREAM)); /* n3 answers and has no row */
    assert_string_equal(missing(UNTIL_OTHERS_STREAM),
                        "a node that answers does not stream from the new primary");
    struct standby_row *row =
        sample_add_row(cluster_sample(c, 1), 103, "n3", SYNC_STATE_SYNC, 2, CLUSTER_LSN);
    row->state = STANDBY_CATCHUP;
    again(1);
    assert_false(holds(UNTIL_OTHERS_STREAM));
    cluster_sample(c, 1)->standbys[0].state = STANDBY_STREAMING;
    again(1);
    assert_true(holds(UNTIL_OTHERS_STREAM)); /* n1, the old primary, need not */
}

static void test_others_are_down(void **state)
{
    (void)state;
    begin(DRILL_PRIMARY_KILL);
    fail_over();
    sample_drop_row(cluster_sample(c, 1), 0);
    cluster_fault(c, 2, FAULT_REFUSED, "Connection refused");
    again(1);
    assert_false(holds(UNTIL_OTHERS_STREAM)); /* nobody streams */
}

static void test_healthy(void **state)
{
    (void)state;
    assert_true(holds(UNTIL_HEALTHY));
    cluster_fault(c, 2, FAULT_REFUSED, "Connection refused");
    again(1);
    assert_false(holds(UNTIL_HEALTHY));
    assert_string_equal(missing(UNTIL_HEALTHY), "n3 is refused");
}

/* After a failover the old primary must have joined, and what the new one wrote be there. */
static void test_healthy_again(void **state)
{
    (void)state;
    begin(DRILL_PRIMARY_KILL);
    inject();
    fail_over();
    again(1);
    assert_false(holds(UNTIL_HEALTHY));
    ack(1, CLUSTER_LSN + 700);
    rejoin(CLUSTER_LSN + 500);
    sight.allowed = HEALTH_WARNING;
    again(4);
    assert_false(drill_has_joined(&sight, 0)); /* it has not replayed what the new one wrote */
    assert_false(holds(UNTIL_HEALTHY));
    struct standby_row *row = &cluster_sample(c, 1)->standbys[1];
    row->sent_lsn = row->write_lsn = row->flush_lsn = row->replay_lsn = CLUSTER_LSN + 1000;
    sample_standby(cluster_sample(c, 0), 2, CLUSTER_LSN + 1000, "n1");
    again(4);
    assert_true(drill_has_joined(&sight, 0));
    if (!holds(UNTIL_HEALTHY))
        print_error("%s\n", missing(UNTIL_HEALTHY));
    assert_true(holds(UNTIL_HEALTHY));
    assert_string_equal(missing(UNTIL_HEALTHY), "");
}

static void test_joined(void **state)
{
    (void)state;
    begin(DRILL_PRIMARY_KILL);
    inject();
    fail_over();
    again(1);
    ack(1, CLUSTER_LSN + 500);
    rejoin(CLUSTER_LSN + 1000);
    again(1);
    assert_true(drill_has_joined(&sight, 0));
    cluster_sample(c, 0)->timeline = cluster_sample(c, 0)->receiver.received_tli = 1;
    again(1);
    assert_false(drill_has_joined(&sight, 0)); /* on the old timeline */
    cluster_sample(c, 0)->timeline = cluster_sample(c, 0)->receiver.received_tli = 2;
    cluster_fault(c, 0, FAULT_STARTING, "starting up");
    again(1);
    assert_false(drill_has_joined(&sight, 0));
    assert_false(drill_has_joined(&sight, 1)); /* it is the primary */
}

static void test_conditions_have_words(void **state)
{
    (void)state;
    for (int i = 0; i < DRILL_CONDITIONS; i++)
        if (i != UNTIL_TIME && i != UNTIL_HEALTHY)
            assert_true(missing((enum drill_condition)i)[0] != '\0');
}

/* ---- phases */

static bool reached(enum drill_phase phase)
{
    struct instant when;
    bool is = drill_phase_reached(&sight, phase, &when);

    if (is)
        run.phases[phase] = when;
    return is;
}

static void test_no_phase_before_the_injection(void **state)
{
    (void)state;
    begin(DRILL_PRIMARY_KILL);
    fail_over();
    again(2);
    for (int i = 0; i < DRILL_PHASES; i++)
        assert_false(reached((enum drill_phase)i));
}

static void test_phases_of_a_failover(void **state)
{
    mono_us last;
    (void)state;

    begin(DRILL_PRIMARY_KILL);
    ack(0, CLUSTER_LSN);
    last = c->now;
    again(1);
    inject();
    for (int i = 0; i < DRILL_PHASES; i++)
        assert_false(reached((enum drill_phase)i));
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    again(1);
    assert_true(reached(PHASE_NOTICED));
    assert_int_equal(run.phases[PHASE_NOTICED].mono, c->now);
    assert_false(reached(PHASE_NOTICED));         /* once */
    assert_false(reached(PHASE_LAST_ACK_BEFORE)); /* another one may come */
    assert_false(reached(PHASE_RULE_SATISFIED));
    drill_pulse_answer(
        &pulse, &(struct drill_answer){.due = c->now - 5, .at = c->now, .outcome = COMMIT_UNKNOWN});
    assert_true(reached(PHASE_FIRST_LATE_COMMIT));
    assert_int_equal(run.phases[PHASE_FIRST_LATE_COMMIT].mono, c->now - 5);
    assert_int_equal(run.phases[PHASE_FIRST_LATE_COMMIT].wall, sight.now.wall - 5);
    assert_false(reached(PHASE_OUT_OF_RECOVERY));
    fail_over();
    again(1);
    assert_true(reached(PHASE_OUT_OF_RECOVERY));
    assert_true(reached(PHASE_OTHERS_STREAMING));
    assert_true(reached(PHASE_RULE_SATISFIED));
    ack(1, CLUSTER_LSN + 500);
    assert_true(reached(PHASE_FIRST_ACK_AFTER));
    assert_int_equal(run.phases[PHASE_FIRST_ACK_AFTER].mono, c->now);
    assert_true(reached(PHASE_LAST_ACK_BEFORE));
    assert_int_equal(run.phases[PHASE_LAST_ACK_BEFORE].mono, last);
    assert_false(reached(PHASE_OLD_PRIMARY_BACK));
    rejoin(CLUSTER_LSN + 1000);
    again(1);
    assert_true(reached(PHASE_OLD_PRIMARY_BACK));
}

/* Without another primary they are the ends of the longest gap, which may still come. */
static void test_phases_of_a_gap(void **state)
{
    (void)state;
    ack(0, CLUSTER_LSN);
    inject();
    again(1);
    ack(0, CLUSTER_LSN);
    assert_true(reached(PHASE_FIRST_ACK_AFTER));
    assert_int_equal(run.phases[PHASE_FIRST_ACK_AFTER].mono, c->now);
    assert_false(reached(PHASE_FIRST_ACK_AFTER)); /* nothing new */
    again(3);
    ack(0, CLUSTER_LSN);
    assert_true(reached(PHASE_FIRST_ACK_AFTER));
    assert_true(reached(PHASE_LAST_ACK_BEFORE));
    assert_int_equal(run.phases[PHASE_FIRST_ACK_AFTER].mono, c->now);
    assert_int_equal(run.phases[PHASE_LAST_ACK_BEFORE].mono, c->now - 3 * US_PER_S);
}

/* The rule that is satisfied again was broken, or its standby was seen to be away, first. */
static void test_rule_again(void **state)
{
    (void)state;
    inject();
    assert_false(reached(PHASE_RULE_SATISFIED)); /* it is, but nothing was noticed yet */
    cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
    sample_drop_row(cluster_sample(c, 0), 0);
    sample_drop_row(cluster_sample(c, 0), 0);
    cluster_fault(c, 2, FAULT_REFUSED, "Connection refused");
    again(1);
    assert_true(reached(PHASE_NOTICED));
    assert_false(reached(PHASE_RULE_SATISFIED));
    c->nodes[2].fault.kind = FAULT_NONE;
    sample_add_row(cluster_sample(c, 0), 103, "n3", SYNC_STATE_SYNC, 2, CLUSTER_LSN);
    again(1);
    assert_true(reached(PHASE_RULE_SATISFIED));
}

/* In the look in which the first of them is missed the last is there still. */
static void test_rule_without_standbys(void **state)
{
    (void)state;
    begin(DRILL_ALL_STANDBYS_DOWN);
    inject();
    cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
    again(1);
    assert_true(reached(PHASE_NOTICED));
    assert_false(reached(PHASE_RULE_SATISFIED));
    pulse.mended_at = c->now;
    c->nodes[1].fault.kind = FAULT_NONE;
    again(1);
    assert_true(reached(PHASE_RULE_SATISFIED));
}

/* By the new primary: that the old one is satisfied for a moment says nothing. */
static void test_rule_of_the_new_primary(void **state)
{
    (void)state;
    begin(DRILL_PRIMARY_FREEZE);
    inject();
    cluster_fault(c, 0, FAULT_NOT_RESPONDING, "no answer");
    again(1);
    assert_true(reached(PHASE_NOTICED));
    c->nodes[0].fault.kind = FAULT_NONE;
    again(1);
    assert_false(reached(PHASE_RULE_SATISFIED));
}

static void test_observed_is_noticed(void **state)
{
    (void)state;
    begin(DRILL_OBSERVE);
    inject();
    assert_false(reached(PHASE_NOTICED));
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    again(1);
    assert_true(reached(PHASE_NOTICED));
    run.phases[PHASE_FIRST_ACK_AFTER] = (struct instant){.mono = c->now, .wall = c->now};
    assert_false(reached(PHASE_HEALTHY));
    c->nodes[0].fault.kind = FAULT_NONE;
    again(1);
    assert_true(reached(PHASE_HEALTHY));
}

#define until_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        until_test(test_done_and_time),
        until_test(test_kill_is_noticed),
        until_test(test_freeze_is_noticed),
        until_test(test_freeze_is_noticed_by_its_row),
        until_test(test_frozen_primary),
        until_test(test_replay_pause_is_noticed),
        until_test(test_commits_flow),
        until_test(test_writes_arrive),
        until_test(test_blocked),
        until_test(test_new_primary),
        until_test(test_others_stream),
        until_test(test_others_are_down),
        until_test(test_healthy),
        until_test(test_healthy_again),
        until_test(test_joined),
        until_test(test_conditions_have_words),
        until_test(test_no_phase_before_the_injection),
        until_test(test_phases_of_a_failover),
        until_test(test_phases_of_a_gap),
        until_test(test_rule_again),
        until_test(test_rule_without_standbys),
        until_test(test_rule_of_the_new_primary),
        until_test(test_observed_is_noticed),
    };
    return cmocka_run_group_tests_name("drill_until", tests, NULL, NULL);
}
