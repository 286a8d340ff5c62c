/*
 * drill_plan: the steps of each drill on a made-up cluster, and every reason against it.
 */
#include "cluster/drill.h"
#include "cluster_fixture.h"

static struct drill_plan plan;
static struct drill_reasons reasons;

static const struct drill_timing_options timing = {
    .baseline_us = 3 * US_PER_S, .hold_us = 5 * US_PER_S, .settle_us = 2 * US_PER_S};

static void make_with(struct cluster *c, enum drill_id id, bool manual)
{
    drill_plan_make(id, manual, c->model, c->now, &timing, &plan, &reasons);
}

static void make(struct cluster *c, enum drill_id id)
{
    make_with(c, id, false);
}

/* One of the reasons says that. */
static bool says(const char *text)
{
    for (int i = 0; i < reasons.count; i++)
        if (strstr(reasons.texts[i], text) != NULL)
            return true;
    return false;
}

#define assert_refused(text)                                                                       \
    do {                                                                                           \
        if (!says(text))                                                                           \
            print_error("%d reasons, the first: %s\n", reasons.count, reasons.texts[0]);           \
        assert_true(says(text));                                                                   \
    } while (0)

static void assert_possible(void)
{
    if (reasons.count > 0)
        print_error("refused: %s\n", reasons.texts[0]);
    assert_int_equal(reasons.count, 0);
}

struct expected {
    enum drill_deed deed;
    int node;
    enum drill_condition until;
};

static void assert_steps(const struct expected *expected, int count)
{
    assert_int_equal(plan.step_count, count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(plan.steps[i].deed, expected[i].deed);
        assert_int_equal(plan.steps[i].node, expected[i].node);
        assert_int_equal(plan.steps[i].until, expected[i].until);
    }
}

#define assert_plan(...)                                                                           \
    assert_steps((const struct expected[]){__VA_ARGS__},                                           \
                 (int)(sizeof((const struct expected[]){__VA_ARGS__}) / sizeof(struct expected)))
#define BEGIN                                                                                      \
    {DEED_START_LOAD, -1, UNTIL_COMMITS_FLOW},                                                     \
    {                                                                                              \
        DEED_BASELINE, -1, UNTIL_TIME                                                              \
    }
#define END                                                                                        \
    {DEED_AWAIT, -1, UNTIL_HEALTHY}, {DEED_HOLD, -1, UNTIL_TIME},                                  \
        {DEED_STOP_LOAD, -1, UNTIL_DONE},                                                          \
    {                                                                                              \
        DEED_READ_BACK, -1, UNTIL_DONE                                                             \
    }

/* The clock of every drill but observe starts once, at the step that breaks something. */
static void assert_one_injection(enum drill_deed deed)
{
    int found = 0;

    for (int i = 0; i < plan.step_count; i++)
        if (plan.steps[i].injects) {
            assert_int_equal(plan.steps[i].deed, deed);
            found++;
        }
    assert_int_equal(found, 1);
}

/* ---- what is offered */

static void test_offered(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < DRILLS; i++) { /* the fixture's cluster is no lab */
        const char *why = drill_not_offered((enum drill_id)i, c->model, true);
        if (i == DRILL_OBSERVE)
            assert_null(why);
        else
            assert_contains(why, "not declared a lab");
    }
    c->model->lab = true;
    assert_contains(drill_not_offered(DRILL_PRIMARY_KILL, c->model, false), "no stack");
    assert_null(drill_not_offered(DRILL_OBSERVE, c->model, false));
    str_copy(c->model->stack, sizeof c->model->stack, "local");
    assert_null(drill_not_offered(DRILL_PRIMARY_KILL, c->model, true));
    assert_contains(drill_not_offered(DRILL_NETWORK_CUT, c->model, true), "loopback");
    str_copy(c->model->stack, sizeof c->model->stack, "compose");
    assert_null(drill_not_offered(DRILL_NETWORK_CUT, c->model, true));
    cluster_free(c);
}

static void test_names(void **state)
{
    enum drill_id id;
    (void)state;

    for (int i = 0; i < DRILLS; i++) {
        assert_true(drill_parse(drill_at((enum drill_id)i)->name, &id));
        assert_int_equal(id, i);
    }
    assert_false(drill_parse("primary-kil", &id));
    assert_false(drill_parse("", &id));
    assert_true(drill_has_phase(DRILL_PRIMARY_KILL, PHASE_OUT_OF_RECOVERY));
    assert_false(drill_has_phase(DRILL_STANDBY_KILL, PHASE_OUT_OF_RECOVERY));
    assert_true(drill_has_phase(DRILL_OBSERVE, PHASE_OUT_OF_RECOVERY));
}

/* ---- steps */

static void test_take_away(void **state)
{
    static const struct {
        enum drill_id id;
        enum drill_deed deed, undo;
    } drills[] = {{DRILL_STANDBY_KILL, DEED_KILL, DEED_UP},
                  {DRILL_STANDBY_FREEZE, DEED_PAUSE, DEED_RESUME},
                  {DRILL_NETWORK_CUT, DEED_CUT, DEED_JOIN}};
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (size_t i = 0; i < sizeof drills / sizeof drills[0]; i++) {
        make(c, drills[i].id);
        assert_possible();
        assert_int_equal(plan.old_primary, 0);
        assert_int_equal(plan.target, 1);
        assert_plan(BEGIN, {drills[i].deed, 1, UNTIL_NOTICED}, {DEED_AWAIT, -1, UNTIL_COMMITS_FLOW},
                    {DEED_HOLD, -1, UNTIL_TIME}, {drills[i].undo, 1, UNTIL_DONE}, END);
        assert_one_injection(drills[i].deed);
        assert_int_equal(drill_undo_of(drills[i].deed), drills[i].undo);
    }
    cluster_free(c);
}

static void test_times(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    make(c, DRILL_STANDBY_KILL);
    assert_int_equal(plan.steps[1].deadline_us, 3 * US_PER_S); /* the baseline */
    assert_int_equal(plan.steps[4].deadline_us, 5 * US_PER_S); /* while it is away */
    assert_int_equal(plan.steps[7].deadline_us, 2 * US_PER_S); /* after it is whole again */
    assert_true(plan.steps[2].deadline_us > 0);
    cluster_free(c);
}

static void test_replay_pause(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    make(c, DRILL_REPLAY_PAUSE);
    assert_possible();
    assert_plan(BEGIN, {DEED_PAUSE_REPLAY, 1, UNTIL_NOTICED}, {DEED_HOLD, -1, UNTIL_TIME},
                {DEED_RESUME_REPLAY, 1, UNTIL_DONE}, END);
    assert_one_injection(DEED_PAUSE_REPLAY);
    cluster_free(c);
}

/* Each standby is stopped and started; the one that commits wait for is started first. */
static void test_all_standbys_down(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    make(c, DRILL_ALL_STANDBYS_DOWN);
    assert_possible();
    assert_plan(BEGIN, {DEED_STOP, 1, UNTIL_NOTICED}, {DEED_STOP, 2, UNTIL_NOTICED},
                {DEED_AWAIT, -1, UNTIL_COMMITS_BLOCKED}, {DEED_HOLD, -1, UNTIL_TIME},
                {DEED_UP, 1, UNTIL_COMMITS_FLOW}, {DEED_UP, 1, UNTIL_DONE},
                {DEED_UP, 2, UNTIL_DONE}, END);
    assert_one_injection(DEED_STOP);
    cluster_free(c);
}

static void test_failovers(void **state)
{
    static const struct {
        enum drill_id id;
        enum drill_deed deed;
    } drills[] = {{DRILL_SWITCHOVER, DEED_STOP},
                  {DRILL_PRIMARY_KILL, DEED_KILL},
                  {DRILL_PRIMARY_FREEZE, DEED_PAUSE}};
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (size_t i = 0; i < sizeof drills / sizeof drills[0]; i++) {
        make(c, drills[i].id);
        assert_possible();
        assert_int_equal(plan.target, 0);
        assert_plan(BEGIN, {drills[i].deed, 0, UNTIL_NOTICED}, {DEED_FENCE, 0, UNTIL_DONE},
                    {DEED_PROMOTE, -1, UNTIL_NEW_PRIMARY}, {DEED_AWAIT, -1, UNTIL_WRITES_ARRIVE},
                    {DEED_AWAIT, -1, UNTIL_OTHERS_STREAM}, {DEED_HOLD, -1, UNTIL_TIME},
                    {DEED_READ_WAL_END, 0, UNTIL_DONE}, {DEED_UP, 0, UNTIL_DONE}, END);
        assert_one_injection(drills[i].deed);
        for (int step = 0; step < plan.step_count; step++)
            assert_false(plan.steps[step].by_hand);
    }
    cluster_free(c);
}

static void test_by_hand(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    make_with(c, DRILL_PRIMARY_KILL, true);
    assert_true(plan.manual);
    for (int i = 0; i < plan.step_count; i++)
        assert_int_equal(plan.steps[i].by_hand,
                         plan.steps[i].deed == DEED_PROMOTE || plan.steps[i].deed == DEED_UP);
    make_with(c, DRILL_STANDBY_KILL, true); /* nothing of it can be done by hand */
    assert_false(plan.manual);
    for (int i = 0; i < plan.step_count; i++)
        assert_false(plan.steps[i].by_hand);
    cluster_free(c);
}

static void test_same_plan(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct drill_plan shown;
    (void)state;

    make(c, DRILL_STANDBY_KILL);
    shown = plan;
    cluster_run(c, 1);
    make(c, DRILL_STANDBY_KILL);
    assert_true(drill_plan_equal(&shown, &plan));
    make(c, DRILL_STANDBY_FREEZE);
    assert_false(drill_plan_equal(&shown, &plan));
    plan = shown;
    plan.steps[plan.step_count - 1].node++;
    assert_false(drill_plan_equal(&shown, &plan));
    plan = shown;
    plan.old_primary++;
    assert_false(drill_plan_equal(&shown, &plan));
    plan = shown;
    plan.step_count--;
    assert_false(drill_plan_equal(&shown, &plan));
    cluster_free(c);
}

static void test_observe(void **state)
{
    struct cluster *c = cluster_settled(3);
    char text[DRILL_TEXT_SIZE];
    (void)state;

    make(c, DRILL_OBSERVE);
    assert_possible();
    for (int i = 0; i < plan.step_count; i++) {
        assert_false(drill_deed_is_destructive(plan.steps[i].deed));
        assert_false(plan.steps[i].injects);
    }
    drill_step_sentence(&plan.steps[2], c->model, text, sizeof text);
    assert_string_equal(text, "observe until it is ended");
    cluster_fault(c, 2, FAULT_REFUSED, "Connection refused"); /* what is broken does not matter */
    cluster_run(c, 1);
    make(c, DRILL_OBSERVE);
    assert_possible();
    cluster_free(c);
}

/* ---- whom it hits */

static void test_target_by_priority(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_rule(cluster_sample(c, 0), "FIRST 1 (n3, n2)");
    cluster_row(c, 0)->sync_state = SYNC_STATE_POTENTIAL;
    cluster_row(c, 0)->sync_priority = 2;
    cluster_row(c, 1)->sync_state = SYNC_STATE_SYNC;
    cluster_row(c, 1)->sync_priority = 1;
    cluster_run(c, 1);
    make(c, DRILL_STANDBY_KILL);
    assert_possible();
    assert_int_equal(plan.target, 2);
    cluster_free(c);
}

static void test_target_of_two(void **state)
{
    struct cluster *c = cluster_settled(4);
    (void)state;

    sample_rule(cluster_sample(c, 0), "FIRST 2 (n4, n2, n3)");
    cluster_row(c, 0)->sync_state = cluster_row(c, 2)->sync_state = SYNC_STATE_SYNC;
    cluster_row(c, 0)->sync_priority = 2;
    cluster_row(c, 1)->sync_priority = 3;
    cluster_row(c, 2)->sync_priority = 1;
    cluster_run(c, 1);
    make(c, DRILL_STANDBY_KILL);
    assert_possible();
    assert_int_equal(plan.target, 3);
    cluster_free(c);
}

static void test_target_of_quorum(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_rule(cluster_sample(c, 0), "ANY 1 (n2, n3)");
    for (int i = 0; i < 2; i++) {
        cluster_row(c, i)->sync_state = SYNC_STATE_QUORUM;
        cluster_row(c, i)->sync_priority = 1;
    }
    cluster_run(c, 1);
    make(c, DRILL_STANDBY_FREEZE);
    assert_possible();
    assert_int_equal(plan.target, 1);
    cluster_free(c);
}

/* A synchronous standby that the description does not have is not ours to break. */
static void test_unlisted_target(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_rule(cluster_sample(c, 0), "FIRST 1 (stranger, n2)");
    sample_add_row(cluster_sample(c, 0), 300, "stranger", SYNC_STATE_SYNC, 1, CLUSTER_LSN);
    cluster_row(c, 0)->sync_state = cluster_row(c, 1)->sync_state = SYNC_STATE_POTENTIAL;
    cluster_run(c, 1);
    make(c, DRILL_STANDBY_KILL);
    assert_int_equal(plan.target, -1);
    assert_refused("no standby of the description is synchronous");
    sample_rule(cluster_sample(c, 0), "FIRST 2 (stranger, n2)");
    cluster_row(c, 0)->sync_state = SYNC_STATE_SYNC;
    cluster_row(c, 0)->sync_priority = 2;
    cluster_run(c, 1);
    make(c, DRILL_REPLAY_PAUSE);
    assert_int_equal(plan.target, 1);
    cluster_free(c);
}

/* ---- reasons */

static void test_no_primary(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 1);
    for (int i = 0; i < DRILLS; i++) {
        make(c, (enum drill_id)i);
        assert_int_equal(reasons.count, 1);
        assert_refused("no node that can be seen is the primary");
    }
    cluster_free(c);
}

static void test_two_primaries(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN + 100);
    cluster_run(c, 1);
    for (int i = 0; i < DRILLS; i++) {
        make(c, (enum drill_id)i);
        assert_int_equal(reasons.count, 1);
        assert_refused("2 nodes say that they are the primary: fence the wrong one first");
    }
    cluster_free(c);
}

static void test_not_whole(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 2, FAULT_REFUSED, "Connection refused");
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_run(c, 2);
    for (int i = 0; i < DRILLS; i++) {
        make(c, (enum drill_id)i);
        if (i != DRILL_OBSERVE)
            assert_refused("the cluster is not whole: n3 is refused");
    }
    make(c, DRILL_PRIMARY_KILL);
    assert_refused("it needs 2 standbys, and there are 1");
    make(c, DRILL_STANDBY_KILL);
    assert_refused("commits would stop: no standby more can be lost");
    cluster_free(c);
}

static void test_not_streaming(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 1)->state = STANDBY_CATCHUP;
    cluster_run(c, 1);
    make(c, DRILL_PRIMARY_KILL);
    assert_refused("the cluster is not whole: n3 is not streaming");
    cluster_free(c);
}

static void test_too_few_standbys(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    sample_rule(cluster_sample(c, 0), "FIRST 1 (n2)");
    cluster_run(c, 1);
    make(c, DRILL_SWITCHOVER);
    assert_refused("it needs 2 standbys, and there are 1");
    make(c, DRILL_STANDBY_FREEZE);
    assert_refused("it needs 2 standbys, and there are 1");
    make(c, DRILL_ALL_STANDBYS_DOWN); /* one is enough */
    assert_possible();
    make(c, DRILL_REPLAY_PAUSE); /* and nobody is lost */
    assert_possible();
    cluster_free(c);
}

static void test_no_rule(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_rule(cluster_sample(c, 0), "");
    for (int i = 0; i < 2; i++) {
        cluster_row(c, i)->sync_state = SYNC_STATE_ASYNC;
        cluster_row(c, i)->sync_priority = 0;
    }
    cluster_run(c, 1);
    make(c, DRILL_STANDBY_KILL);
    assert_refused("no standby of the description is synchronous");
    assert_refused("synchronous_standby_names is empty: commits wait for no standby");
    make(c, DRILL_ALL_STANDBYS_DOWN);
    assert_refused("synchronous_standby_names is empty: commits wait for no standby");
    make(c, DRILL_PRIMARY_KILL); /* what it costs then is what one wants to know */
    assert_possible();
    cluster_free(c);
}

static void test_can_lose_none(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_rule(cluster_sample(c, 0), "FIRST 2 (n2, n3)");
    cluster_row(c, 1)->sync_state = SYNC_STATE_SYNC;
    cluster_run(c, 1);
    make(c, DRILL_STANDBY_KILL);
    assert_refused("commits would stop: no standby more can be lost; all-standbys-down");
    make(c, DRILL_REPLAY_PAUSE);
    assert_possible();
    make(c, DRILL_ALL_STANDBYS_DOWN);
    assert_possible();
    make(c, DRILL_PRIMARY_KILL);
    assert_possible();
    cluster_free(c);
}

/* Promoting a standby whose settings are lower shuts it down. */
static void test_no_candidate(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 1; i < 3; i++)
        str_copy(cluster_sample(c, i)->settings[SETTING_MAX_CONNECTIONS], SETTING_VALUE_SIZE, "50");
    cluster_run(c, 1);
    make(c, DRILL_PRIMARY_KILL);
    assert_refused("no standby could be promoted");
    cluster_free(c);
}

/* What somebody paused is not the drill's to resume, and who is paused is not promoted. */
static void test_replay_is_paused(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 2)->replay_pause = REPLAY_PAUSED;
    cluster_run(c, 1);
    for (int i = 0; i < DRILLS; i++) {
        make(c, (enum drill_id)i);
        if (i == DRILL_OBSERVE)
            assert_possible();
        else
            assert_refused("the replay of n3 is paused");
    }
    cluster_sample(c, 2)->replay_pause = REPLAY_PAUSE_REQUESTED;
    cluster_run(c, 1);
    make(c, DRILL_PRIMARY_KILL);
    assert_refused("the replay of n3 is paused");
    cluster_free(c);
}

/* A plan that is cut would stop before it takes back what it did. */
static void test_many_standbys(void **state)
{
    struct cluster *c = cluster_settled(16);
    (void)state;

    make(c, DRILL_ALL_STANDBYS_DOWN);
    assert_int_equal(plan.steps[plan.step_count - 1].deed, DEED_READ_BACK);
    assert_possible();
    cluster_free(c);
    c = cluster_settled(17);
    make(c, DRILL_ALL_STANDBYS_DOWN);
    assert_refused("too many");
    make(c, DRILL_PRIMARY_KILL);
    assert_possible();
    cluster_free(c);
}

static void test_reasons_are_cut(void **state)
{
    (void)state;
    memset(&reasons, 0, sizeof reasons);
    for (int i = 0; i < 2 * DRILL_REASONS_MAX; i++)
        drill_reason(&reasons, "%d%0300d", i, 0);
    assert_int_equal(reasons.count, DRILL_REASONS_MAX);
    assert_int_equal(strlen(reasons.texts[3]), DRILL_TEXT_SIZE - 1);
}

/* ---- words */

static void test_sentences(void **state)
{
    struct cluster *c = cluster_settled(3);
    char text[DRILL_TEXT_SIZE];
    (void)state;

    make_with(c, DRILL_PRIMARY_KILL, true);
    drill_step_sentence(&plan.steps[1], c->model, text, sizeof text);
    assert_string_equal(text, "baseline for 3.0 s");
    drill_step_sentence(&plan.steps[2], c->model, text, sizeof text);
    assert_string_equal(text, "kill n1, then wait until it is noticed");
    drill_step_sentence(&plan.steps[3], c->model, text, sizeof text);
    assert_string_equal(text, "fence n1");
    drill_step_sentence(&plan.steps[4], c->model, text, sizeof text);
    assert_string_equal(
        text, "promote the best standby (by hand), then wait until it is out of recovery");
    drill_step_sentence(&plan.steps[5], c->model, text, sizeof text);
    assert_string_equal(text, "wait until the new primary acknowledges writes");
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offered),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_take_away),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_replay_pause),
        cmocka_unit_test(test_all_standbys_down),
        cmocka_unit_test(test_failovers),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_same_plan),
        cmocka_unit_test(test_observe),
        cmocka_unit_test(test_target_by_priority),
        cmocka_unit_test(test_target_of_two),
        cmocka_unit_test(test_target_of_quorum),
        cmocka_unit_test(test_unlisted_target),
        cmocka_unit_test(test_no_primary),
        cmocka_unit_test(test_two_primaries),
        cmocka_unit_test(test_not_whole),
        cmocka_unit_test(test_not_streaming),
        cmocka_unit_test(test_too_few_standbys),
        cmocka_unit_test(test_no_rule),
        cmocka_unit_test(test_can_lose_none),
        cmocka_unit_test(test_no_candidate),
        cmocka_unit_test(test_replay_is_paused),
        cmocka_unit_test(test_many_standbys),
        cmocka_unit_test(test_reasons_are_cut),
        cmocka_unit_test(test_sentences),
    };
    return cmocka_run_group_tests_name("drill_plan", tests, NULL, NULL);
}
