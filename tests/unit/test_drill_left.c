/*
 * drill_left: what is due, from the entries of a journal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "cluster/drill_left.h"

static struct drill_left left;

static bool apply(enum drill_entry_kind kind, enum drill_deed deed, const char *node)
{
    struct drill_entry entry = {.kind = kind, .step = 3, .deed = deed};

    if (kind == DRILL_ENTRY_STEP)
        entry.undo = drill_undo_of(deed);
    str_copy(entry.node, sizeof entry.node, node);
    str_copy(entry.head.drill, sizeof entry.head.drill, "primary-kill");
    return drill_left_apply(&left, &entry);
}

static void begin(void)
{
    drill_left_clear(&left);
    assert_true(apply(DRILL_ENTRY_BEGIN, DEED_NONE, ""));
}

static void step(enum drill_deed deed, const char *node)
{
    assert_true(apply(DRILL_ENTRY_STEP, deed, node));
}

static void done(enum drill_deed deed, const char *node)
{
    step(deed, node);
    assert_true(apply(DRILL_ENTRY_STEP_DONE, deed, node));
}

static void assert_due(int at, const char *node, enum drill_deed undo)
{
    assert_true(at < left.count);
    assert_string_equal(left.undos[at].node, node);
    assert_int_equal(left.undos[at].undo, undo);
}

static void test_nothing(void **state)
{
    (void)state;
    drill_left_clear(&left);
    assert_false(left.begun);
    assert_false(drill_left_is_due(&left));
    begin();
    done(DEED_START_LOAD, "");
    done(DEED_AWAIT, "");
    assert_true(left.begun);
    assert_false(left.ended);
    assert_false(drill_left_is_due(&left));
    assert_string_equal(left.head.drill, "primary-kill");
}

static void test_begun_counts_as_done(void **state)
{
    (void)state;
    begin();
    step(DEED_PAUSE, "replica1");
    assert_int_equal(left.count, 1);
    assert_due(0, "replica1", DEED_RESUME);
    assert_true(apply(DRILL_ENTRY_STEP_FAILED, DEED_PAUSE, "replica1"));
    assert_int_equal(left.count, 1);
    assert_true(apply(DRILL_ENTRY_UNDONE, DEED_RESUME, "replica1"));
    assert_false(drill_left_is_due(&left));
}

/* What had begun when its program died may still come. */
static void test_in_step(void **state)
{
    (void)state;
    begin();
    assert_false(left.in_step);
    step(DEED_PAUSE, "replica1");
    assert_true(left.in_step);
    assert_true(apply(DRILL_ENTRY_STEP_DONE, DEED_PAUSE, "replica1"));
    assert_false(left.in_step);
    step(DEED_KILL, "replica1");
    assert_true(apply(DRILL_ENTRY_STEP_FAILED, DEED_KILL, "replica1"));
    assert_false(left.in_step);
    assert_false(left.cut_off); /* only who takes the journal over can tell */
}

/* A step that takes back is an undo as well: when it is done, not when it begins. */
static void test_undone_by_a_step(void **state)
{
    static const enum drill_deed deeds[] = {DEED_KILL, DEED_STOP,  DEED_PAUSE,
                                            DEED_CUT,  DEED_FENCE, DEED_PAUSE_REPLAY};
    (void)state;
    for (size_t i = 0; i < sizeof deeds / sizeof deeds[0]; i++) {
        begin();
        done(deeds[i], "a");
        assert_int_equal(left.count, 1);
        step(drill_undo_of(deeds[i]), "a");
        assert_int_equal(left.count, 1);
        assert_true(apply(DRILL_ENTRY_STEP_FAILED, drill_undo_of(deeds[i]), "a"));
        assert_int_equal(left.count, 1);
        assert_true(apply(DRILL_ENTRY_STEP_DONE, drill_undo_of(deeds[i]), "b"));
        assert_int_equal(left.count, 1);
        assert_true(apply(DRILL_ENTRY_STEP_DONE, drill_undo_of(deeds[i]), "a"));
        assert_int_equal(left.count, 0);
    }
}

static void test_pause_then_fence(void **state)
{
    (void)state;
    begin();
    done(DEED_PAUSE, "primary");
    step(DEED_FENCE, "primary"); /* it may be paused still, or killed */
    assert_int_equal(left.count, 2);
    assert_due(0, "primary", DEED_RESUME);
    assert_due(1, "primary", DEED_UP);
    assert_true(apply(DRILL_ENTRY_STEP_DONE, DEED_FENCE, "primary"));
    assert_int_equal(left.count, 1);
    assert_due(0, "primary", DEED_UP);
}

static void test_cut_stays_when_killed(void **state)
{
    (void)state;
    begin();
    done(DEED_CUT, "replica1");
    done(DEED_PAUSE_REPLAY, "replica1");
    done(DEED_KILL, "replica1");
    assert_int_equal(left.count, 2);
    assert_due(0, "replica1", DEED_JOIN);
    assert_due(1, "replica1", DEED_UP);
}

static void test_many_nodes(void **state)
{
    char name[16];
    (void)state;
    begin();
    for (int i = 0; i < DRILL_LEFT_MAX; i++) {
        str_format(name, sizeof name, "n%d", i);
        done(DEED_STOP, name);
        done(DEED_STOP, name); /* the second makes no second undo */
    }
    assert_int_equal(left.count, DRILL_LEFT_MAX);
    assert_false(apply(DRILL_ENTRY_STEP, DEED_STOP, "one more"));
    assert_int_equal(left.count, DRILL_LEFT_MAX);
    for (int i = 0; i < DRILL_LEFT_MAX; i += 2) {
        str_format(name, sizeof name, "n%d", i);
        assert_true(apply(DRILL_ENTRY_UNDONE, DEED_UP, name));
    }
    assert_int_equal(left.count, DRILL_LEFT_MAX / 2);
    for (int i = 0; i < left.count; i++) {
        str_format(name, sizeof name, "n%d", 2 * i + 1);
        assert_due(i, name, DEED_UP);
    }
}

static void test_promotion(void **state)
{
    (void)state;
    begin();
    done(DEED_KILL, "primary");
    assert_true(apply(DRILL_ENTRY_PROMOTION_ASKED, DEED_NONE, "replica1"));
    assert_true(left.promotion);
    assert_string_equal(left.promoted, "replica1");
    assert_true(apply(DRILL_ENTRY_UNDONE, DEED_UP, "primary"));
    assert_true(drill_left_is_due(&left));
    assert_true(apply(DRILL_ENTRY_PROMOTION_ENDED, DEED_NONE, "replica1"));
    assert_false(drill_left_is_due(&left));
}

/* What could not be undone stays due after the end, and can be undone later. */
static void test_after_the_end(void **state)
{
    (void)state;
    begin();
    done(DEED_STOP, "replica1");
    assert_true(apply(DRILL_ENTRY_END, DEED_NONE, ""));
    assert_true(left.ended);
    assert_true(drill_left_is_due(&left));
    assert_false(apply(DRILL_ENTRY_STEP, DEED_KILL, "replica2"));
    assert_false(apply(DRILL_ENTRY_PROMOTION_ASKED, DEED_NONE, "replica2"));
    assert_int_equal(left.count, 1);
    assert_true(apply(DRILL_ENTRY_UNDONE, DEED_UP, "replica1"));
    assert_true(apply(DRILL_ENTRY_END, DEED_NONE, ""));
    assert_false(drill_left_is_due(&left));
}

static void test_out_of_order(void **state)
{
    (void)state;
    drill_left_clear(&left);
    assert_false(apply(DRILL_ENTRY_STEP, DEED_KILL, "a"));
    assert_false(apply(DRILL_ENTRY_END, DEED_NONE, ""));
    begin();
    assert_false(apply(DRILL_ENTRY_BEGIN, DEED_NONE, ""));
}

/* Keys are stable and can be read back; none is another's. */
static void test_keys(void **state)
{
    enum drill_entry_kind kind;
    enum drill_deed deed;
    enum drill_phase phase;
    enum drill_verdict verdict;
    (void)state;
    for (int i = 0; i < DRILL_ENTRIES; i++) {
        assert_true(drill_entry_parse(drill_entry_key((enum drill_entry_kind)i), &kind));
        assert_int_equal(kind, i);
    }
    for (int i = 0; i < DEEDS; i++) {
        assert_true(drill_deed_parse(drill_deed_key((enum drill_deed)i), &deed));
        assert_int_equal(deed, i);
    }
    for (int i = 0; i < DRILL_PHASES; i++) {
        assert_true(drill_phase_parse(drill_phase_key((enum drill_phase)i), &phase));
        assert_int_equal(phase, i);
    }
    for (int i = 0; i <= DRILL_INCOMPLETE; i++) {
        assert_true(drill_verdict_parse(drill_verdict_word((enum drill_verdict)i), &verdict));
        assert_int_equal(verdict, i);
    }
    assert_false(drill_entry_parse("", &kind));
    assert_false(drill_deed_parse("Kill", &deed));
    assert_false(drill_phase_parse("injecte", &phase));
    assert_false(drill_verdict_parse("", &verdict));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_begun_counts_as_done),
        cmocka_unit_test(test_in_step),
        cmocka_unit_test(test_undone_by_a_step),
        cmocka_unit_test(test_pause_then_fence),
        cmocka_unit_test(test_cut_stays_when_killed),
        cmocka_unit_test(test_many_nodes),
        cmocka_unit_test(test_promotion),
        cmocka_unit_test(test_after_the_end),
        cmocka_unit_test(test_out_of_order),
        cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests_name("drill_left", tests, NULL, NULL);
}
