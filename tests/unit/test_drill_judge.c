/*
 * drill_classify, drill_judge, drill_run: every write in one class, the verdict with its reasons,
 * and the run as marks make it.
 */
#include "cluster/drill_facts.h"
#include "cluster/drill_pulse.h"
#include "cluster_fixture.h"

#define WRITES 64

static struct ledger ledger;
static struct write_set there;
static uint64_t words[WRITES / 64];
static struct drill_classes classes;

/* ---- the classes */

static int begin_ledger(void **state)
{
    (void)state;
    memset(&ledger, 0, sizeof ledger);
    memset(words, 0, sizeof words);
    there = (struct write_set){.capacity = WRITES, .words = words};
    ledger_give_chunk(&ledger, mem_calloc(LEDGER_CHUNK_WRITES, sizeof(struct ledger_write)));
    return 0;
}

static int end_ledger(void **state)
{
    (void)state;
    free(ledger.chunks[0]);
    return 0;
}

static uint64_t sent(void)
{
    uint64_t number = ledger_due(&ledger, CLUSTER_START_US);

    ledger_send(&ledger, 0, COMMIT_LEVEL_ON, CLUSTER_START_US);
    return number;
}

static void ended(enum commit_outcome outcome, bool asynchronous, bool is_there)
{
    uint64_t number = sent();

    ledger_answer(&ledger, &(struct ledger_answer){.number = number,
                                                   .due = CLUSTER_START_US,
                                                   .at = CLUSTER_START_US + US_PER_MS,
                                                   .outcome = outcome,
                                                   .asynchronous = asynchronous});
    if (is_there)
        assert_true(write_set_add(&there, number));
}

static void classify(void)
{
    drill_classify(&ledger, &there, &classes);
    assert_true(classes.known);
    assert_int_equal(drill_classes_sum(&classes), classes.sent);
}

static void test_set(void **state)
{
    (void)state;
    assert_false(write_set_has(&there, 0));
    assert_true(write_set_add(&there, 0));
    assert_true(write_set_add(&there, WRITES - 1));
    assert_false(write_set_add(&there, 0));      /* twice */
    assert_false(write_set_add(&there, WRITES)); /* nobody sent it */
    assert_false(write_set_has(&there, WRITES));
    assert_true(write_set_has(&there, WRITES - 1));
    assert_false(write_set_has(&there, 1));
    assert_int_equal(there.count, 2);
}

static void test_each_class(void **state)
{
    (void)state;
    ended(COMMIT_ACKNOWLEDGED, false, true);
    for (int i = 0; i < 2; i++)
        ended(COMMIT_ACKNOWLEDGED, false, false);
    for (int i = 0; i < 3; i++)
        ended(COMMIT_LOCAL, false, i == 0);
    for (int i = 0; i < 4; i++)
        ended(COMMIT_FAILED, false, false);
    for (int i = 0; i < 5; i++)
        ended(COMMIT_FAILED, false, true);
    for (int i = 0; i < 6; i++)
        ended(COMMIT_UNKNOWN, false, true);
    for (int i = 0; i < 7; i++)
        ended(COMMIT_UNKNOWN, false, false);
    classify();
    assert_int_equal(classes.sent, 28);
    assert_int_equal(classes.acknowledged_present, 1);
    assert_int_equal(classes.acknowledged_lost, 2);
    assert_int_equal(classes.acknowledged_locally, 3);
    assert_int_equal(classes.locally_lost, 2);
    assert_int_equal(classes.failed_absent, 4);
    assert_int_equal(classes.failed_present, 5);
    assert_int_equal(classes.unknown_present, 6);
    assert_int_equal(classes.unknown_absent, 7);
    assert_int_equal(drill_missing(&ledger, &there), 2);
}

/* At level local, or where no standby is asked for, the client was told "committed" all the same.
 */
static void test_asynchronous_is_acknowledged(void **state)
{
    (void)state;
    ended(COMMIT_LOCAL, true, true);
    ended(COMMIT_LOCAL, true, false);
    classify();
    assert_int_equal(classes.acknowledged_present, 1);
    assert_int_equal(classes.acknowledged_lost, 1);
    assert_int_equal(classes.acknowledged_locally, 0);
    assert_int_equal(drill_missing(&ledger, &there), 1);
}

static void test_without_an_answer(void **state)
{
    (void)state;
    sent();
    assert_true(write_set_add(&there, sent()));
    ledger_due(&ledger, CLUSTER_START_US); /* never sent */
    ledger_due(&ledger, CLUSTER_START_US);
    ledger_skip_unsent(&ledger);
    classify();
    assert_int_equal(classes.sent, 2);
    assert_int_equal(classes.unknown_absent, 1);
    assert_int_equal(classes.unknown_present, 1);
}

/* ---- the verdict */

static struct drill_run run;
static struct drill_targets targets;
static struct drill_reasons reasons;
static struct cluster *cluster;

/* A drill that went as it should: everything is there, everywhere. */
static int begin_good(void **state)
{
    static const struct drill_timing_options timing = {US_PER_S, US_PER_S, US_PER_S};
    struct drill_mark mark = {.kind = DRILL_MARK_BEGIN, .at = {.mono = CLUSTER_START_US}};
    (void)state;

    cluster = cluster_settled(3);
    memset(&run, 0, sizeof run);
    drill_plan_make(DRILL_PRIMARY_KILL, false, cluster->model, cluster->now, &timing, &mark.plan,
                    &reasons);
    str_copy(mark.text, sizeof mark.text, "run-1");
    drill_run_apply(&run, &mark);
    run.phases[PHASE_INJECTED].mono = CLUSTER_START_US + US_PER_S;
    run.phases[PHASE_HEALTHY].mono = CLUSTER_START_US + 9 * US_PER_S;
    run.figures.rto_us = 4 * US_PER_S;
    run.figures.classes =
        (struct drill_classes){.known = true, .sent = 10, .acknowledged_present = 10};
    run.figures.read_count = 3;
    for (int i = 0; i < 3; i++)
        run.figures.reads[i] = (struct drill_read){.node = i, .read = true, .rows = 10};
    targets = (struct drill_targets){.rto_us = UNKNOWN_US, .rpo_rows = -1};
    return 0;
}

static int end_cluster(void **state)
{
    (void)state;
    cluster_free(cluster);
    return 0;
}

static void assert_verdict(enum drill_verdict expected, const char *text)
{
    enum drill_verdict verdict = drill_judge(&run, &targets, cluster->model, &reasons);

    if (verdict != expected && reasons.count > 0)
        print_error("%s: %s\n", drill_verdict_word(verdict), reasons.texts[0]);
    assert_int_equal(verdict, expected);
    if (text == NULL)
        assert_int_equal(reasons.count, 0);
    else
        assert_string_equal(reasons.texts[0], text);
}

static void test_pass(void **state)
{
    (void)state;
    assert_verdict(DRILL_PASS, NULL);
    run.figures.classes.unknown_absent = 3; /* nobody was told anything of these */
    run.figures.classes.unknown_present = 3;
    run.figures.classes.failed_absent = 3;
    assert_verdict(DRILL_PASS, NULL);
}

static void test_lost(void **state)
{
    (void)state;
    run.figures.classes.acknowledged_lost = 2;
    for (int i = 0; i < 3; i++)
        run.figures.reads[i].missing = 2;
    assert_verdict(DRILL_FAIL, "2 acknowledged writes are lost");
    assert_int_equal(reasons.count, 1);
    targets.rpo_rows = 1;
    assert_verdict(DRILL_FAIL, "2 acknowledged writes are lost");
    targets.rpo_rows = 2; /* as many may be */
    assert_verdict(DRILL_PASS, NULL);
    targets.rpo_rows = 0;
    assert_verdict(DRILL_FAIL, "2 acknowledged writes are lost");
}

/* The ledger keeps only so many: what became of the others nobody can tell. */
static void test_forgotten(void **state)
{
    (void)state;
    run.figures.sent = 10;
    assert_verdict(DRILL_PASS, NULL);
    targets.rpo_rows = 0;
    assert_int_equal(drill_rpo_met(&run, &targets), DRILL_TARGET_MET);
    run.figures.sent = 17;
    assert_verdict(DRILL_INCOMPLETE, "7 writes are no longer known, and were not looked for");
    assert_int_equal(drill_forgotten(&run.figures), 7);
    assert_false(drill_loss_is_known(&run.figures));
    assert_int_equal(drill_rpo_met(&run, &targets), DRILL_TARGET_UNKNOWN);
    run.figures.classes.acknowledged_lost = 1; /* of those that are known */
    run.figures.classes.acknowledged_present = 9;
    assert_verdict(DRILL_FAIL, "1 acknowledged writes are lost");
    assert_true(drill_loss_is_known(&run.figures));
    assert_int_equal(drill_rpo_met(&run, &targets), DRILL_TARGET_MISSED);
}

/* Stopped by Ctrl-Z, or a machine that was paused. */
static void test_stood_still(void **state)
{
    (void)state;
    run.figures.stood_still_us = 1900 * US_PER_MS;
    assert_verdict(DRILL_PASS, NULL);
    run.figures.stood_still_us = 3 * US_PER_S;
    assert_verdict(DRILL_INCOMPLETE,
                   "this program stood still for 3.0 s: times and gaps are its own too");
}

static void test_failed_and_there(void **state)
{
    (void)state;
    run.figures.classes.failed_present = 1;
    assert_verdict(DRILL_FAIL, "1 writes that the server said had failed are there");
}

static void test_missing_on_one(void **state)
{
    (void)state;
    run.figures.reads[2].missing = 1;
    assert_verdict(DRILL_FAIL, "1 acknowledged writes are not on n3");
}

static void test_not_read(void **state)
{
    (void)state;
    run.figures.reads[1].read = false;
    str_copy(run.figures.reads[1].why, DRILL_TEXT_SIZE, "Connection refused");
    assert_verdict(DRILL_INCOMPLETE, "n2 could not be read back: Connection refused");
    run.figures.classes.known = false;
    assert_verdict(DRILL_INCOMPLETE, "the writes could not be read back from the primary");
    assert_int_equal(reasons.count, 2);
    run.figures.reads[2].missing = 1; /* what is known to be bad is worse than what is not known */
    assert_verdict(DRILL_FAIL, "1 acknowledged writes are not on n3");
    assert_int_equal(reasons.count, 3);
}

static void test_targets(void **state)
{
    (void)state;
    targets.rto_us = 4 * US_PER_S;
    assert_verdict(DRILL_PASS, NULL);
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_TARGET_MET);
    targets.rto_us = 4 * US_PER_S - 1;
    assert_verdict(DRILL_FAIL, "RTO: 4.0 s, the target is 4.0 s");
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_TARGET_MISSED);
    targets.rto_us = 2 * US_PER_S;
    assert_verdict(DRILL_FAIL, "RTO: 4.0 s, the target is 2.0 s");
    run.figures.stood_still_us = 3 * US_PER_S; /* it may be our own time */
    assert_verdict(DRILL_INCOMPLETE,
                   "this program stood still for 3.0 s: times and gaps are its own too");
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_TARGET_UNKNOWN);
    run.figures.stood_still_us = 0;
    run.figures.rto_us = UNKNOWN_US;
    assert_verdict(DRILL_FAIL, "RTO: no write was acknowledged again; the target is 2.0 s");
    run.phases[PHASE_INJECTED].mono = 0; /* nothing came to pass that could have cost anything */
    assert_verdict(DRILL_PASS, NULL);
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_TARGET_UNKNOWN);
    targets.rto_us = UNKNOWN_US;
    assert_verdict(DRILL_PASS, NULL);
}

static void test_course(void **state)
{
    (void)state;
    run.figures.acknowledged_while_down = 3;
    assert_verdict(DRILL_FAIL, "3 writes were acknowledged while every standby was away");
    run.figures.acknowledged_while_down = 0;
    run.phases[PHASE_HEALTHY].mono = 0;
    assert_verdict(DRILL_FAIL, "the cluster did not get whole again");
    run.plan.id = DRILL_OBSERVE; /* it does not wait for that */
    assert_verdict(DRILL_PASS, NULL);
}

static void test_given_up(void **state)
{
    struct drill_mark undo = {.kind = DRILL_MARK_UNDO, .verdict = DRILL_INCOMPLETE};
    struct drill_mark left = {.kind = DRILL_MARK_LEFT, .text = "start n1: no answer"};
    (void)state;

    run.phases[PHASE_HEALTHY].mono = 0;
    str_copy(undo.text, sizeof undo.text, "interrupted");
    drill_run_apply(&run, &undo);
    assert_int_equal(run.state, DRILL_UNDOING);
    assert_verdict(DRILL_INCOMPLETE, "interrupted");
    drill_run_apply(&run, &left);
    assert_verdict(DRILL_FAIL, "left: start n1: no answer");
    undo.verdict = DRILL_FAIL;
    str_copy(undo.text, sizeof undo.text, "step 3, kill n1: no");
    drill_run_apply(&run, &undo);
    assert_verdict(DRILL_FAIL, "step 3, kill n1: no");
}

/* ---- the run */

static struct drill_mark step_mark(int step, enum drill_step_state state, const char *text)
{
    struct drill_mark mark = {.kind = DRILL_MARK_STEP,
                              .at = {.mono = CLUSTER_START_US + step * US_PER_S},
                              .step = step,
                              .step_state = state,
                              .deed = DEED_UP,
                              .node = 2};

    str_copy(mark.text, sizeof mark.text, text);
    return mark;
}

static void test_steps(void **state)
{
    struct drill_mark mark = step_mark(3, STEP_UNDER_WAY, "pg_ctl start");
    int count = run.step_count;
    (void)state;

    assert_int_equal(count, run.plan.step_count);
    assert_string_equal(run.name, "run-1");
    drill_run_apply(&run, &mark);
    assert_int_equal(run.step, 3);
    assert_string_equal(run.steps[3].command, "pg_ctl start");
    assert_int_equal(run.steps[3].began.mono, CLUSTER_START_US + 3 * US_PER_S);
    mark = step_mark(3, STEP_DONE, "it runs");
    drill_run_apply(&run, &mark);
    assert_string_equal(run.steps[3].command, "pg_ctl start");
    assert_string_equal(run.steps[3].text, "it runs");
    assert_false(run.steps[3].is_undo);
    mark = step_mark(count, STEP_UNDER_WAY, ""); /* behind the plan's: an undo */
    drill_run_apply(&run, &mark);
    assert_true(run.steps[count].is_undo);
    assert_int_equal(run.step_count, count + 1);
    mark = step_mark(DRILL_RUN_STEPS, STEP_DONE, "beyond"); /* there is no room for it */
    drill_run_apply(&run, &mark);
    mark.step = -1;
    drill_run_apply(&run, &mark);
    assert_int_equal(run.step_count, count + 1);
}

static void test_end(void **state)
{
    struct drill_mark mark = step_mark(0, STEP_DONE, "");
    (void)state;

    drill_run_apply(&run, &mark);
    mark = (struct drill_mark){.kind = DRILL_MARK_END,
                               .at = {.mono = CLUSTER_START_US + 20 * US_PER_S},
                               .verdict = DRILL_PASS,
                               .text = "/tmp/report.md"};
    assert_int_equal(drill_clock_us(&run, CLUSTER_START_US + 3 * US_PER_S), 2 * US_PER_S);
    drill_run_apply(&run, &mark);
    assert_int_equal(run.state, DRILL_ENDED);
    assert_int_equal(run.verdict, DRILL_PASS);
    assert_string_equal(run.report, "/tmp/report.md");
    assert_int_equal(run.steps[0].state, STEP_DONE);
    assert_int_equal(run.steps[1].state, STEP_LEFT_OUT);
    assert_int_equal(drill_clock_us(&run, CLUSTER_START_US + 99 * US_PER_S), 19 * US_PER_S);
}

static void test_phases(void **state)
{
    struct drill_mark mark = {.kind = DRILL_MARK_PHASE,
                              .phase = PHASE_LAST_ACK_BEFORE,
                              .when = {.mono = CLUSTER_START_US + US_PER_S - 300}};
    enum drill_phase order[DRILL_PHASES];
    (void)state;

    assert_int_equal(drill_phase_us(&run, PHASE_OUT_OF_RECOVERY), UNKNOWN_US);
    drill_run_apply(&run, &mark);
    assert_int_equal(drill_phase_us(&run, PHASE_LAST_ACK_BEFORE), -300); /* before it is possible */
    assert_int_equal(drill_phases_in_order(&run, order), 3);
    assert_int_equal(order[0], PHASE_LAST_ACK_BEFORE);
    assert_int_equal(order[1], PHASE_INJECTED);
    assert_int_equal(order[2], PHASE_HEALTHY);
    run.phases[PHASE_INJECTED].mono = 0;
    assert_int_equal(drill_phase_us(&run, PHASE_HEALTHY), UNKNOWN_US);
    assert_int_equal(drill_clock_us(&run, CLUSTER_START_US), UNKNOWN_US);
}

static void test_many_left(void **state)
{
    struct drill_mark mark = {.kind = DRILL_MARK_LEFT, .text = "n"};
    (void)state;

    for (int i = 0; i < 50; i++)
        drill_run_apply(&run, &mark);
    assert_in_range(run.left_count, 1, 50);
    mark.kind = DRILL_MARK_ASK;
    drill_run_apply(&run, &mark);
    assert_string_equal(run.ask, "n");
}

static void mark(enum drill_mark_kind kind, int node, enum drill_phase phase)
{
    struct drill_mark mark = {.kind = kind,
                              .node = node,
                              .phase = phase,
                              .when = {.mono = CLUSTER_START_US + 2 * US_PER_S}};

    drill_run_apply(&run, &mark);
}

/* As the engine marks it before it sends the statement. */
static void ask_to_lead(int node)
{
    mark(DRILL_MARK_NEW_PRIMARY, node, 0);
    mark(DRILL_MARK_PHASE, -1, PHASE_PROMOTION_ASKED);
}

/* To be asked to be the primary is not to be it. */
static void test_asked_is_not_leading(void **state)
{
    (void)state;
    run.new_primary = -1;
    ask_to_lead(1);
    assert_int_equal(drill_run_asked(&run), 1);
    assert_int_equal(drill_run_leads(&run), -1);
    mark(DRILL_MARK_PHASE, -1, PHASE_OUT_OF_RECOVERY);
    assert_int_equal(drill_run_asked(&run), -1);
    assert_int_equal(drill_run_leads(&run), 1);
    ask_to_lead(2); /* after a second failover, by hand */
    assert_int_equal(drill_run_leads(&run), -1);
    mark(DRILL_MARK_NEW_PRIMARY, 2, 0); /* it was seen */
    assert_int_equal(drill_run_leads(&run), 2);
}

/* Who is seen as the primary: what of it is to be marked. */
static void test_news_of_the_primary(void **state)
{
    int node;
    (void)state;

    run.plan.old_primary = 0;
    run.new_primary = -1;
    assert_false(drill_run_news(&run, -1, &node));
    assert_false(drill_run_news(&run, 0, &node));
    assert_true(drill_run_news(&run, 1, &node));
    assert_int_equal(node, 1);
    ask_to_lead(1);
    assert_false(drill_run_news(&run, -1, &node));
    assert_true(drill_run_news(&run, 0, &node)); /* it came to nothing */
    assert_int_equal(node, -1);
    assert_true(drill_run_news(&run, 1, &node)); /* it came about */
    mark(DRILL_MARK_NEW_PRIMARY, 1, 0);
    assert_false(drill_run_news(&run, 1, &node));
    assert_false(drill_run_news(&run, 0, &node)); /* it was the new one for a time */
}

#define class_test(f) cmocka_unit_test_setup_teardown(f, begin_ledger, end_ledger)
#define verdict_test(f) cmocka_unit_test_setup_teardown(f, begin_good, end_cluster)

int main(void)
{
    const struct CMUnitTest tests[] = {
        class_test(test_set),
        class_test(test_each_class),
        class_test(test_asynchronous_is_acknowledged),
        class_test(test_without_an_answer),
        verdict_test(test_pass),
        verdict_test(test_lost),
        verdict_test(test_forgotten),
        verdict_test(test_stood_still),
        verdict_test(test_failed_and_there),
        verdict_test(test_missing_on_one),
        verdict_test(test_not_read),
        verdict_test(test_targets),
        verdict_test(test_course),
        verdict_test(test_given_up),
        verdict_test(test_steps),
        verdict_test(test_end),
        verdict_test(test_phases),
        verdict_test(test_many_left),
        verdict_test(test_asked_is_not_leading),
        verdict_test(test_news_of_the_primary),
    };
    return cmocka_run_group_tests_name("drill_judge", tests, NULL, NULL);
}
