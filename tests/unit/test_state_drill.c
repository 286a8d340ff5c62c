/*
 * state_drill: the keys of the drill screens: what is asked for, what must be typed and answered
 * first, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "ui/state_drill.h"

static struct drill_view view;
static struct drill_run run;

static int set_up(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    memset(&view, 0, sizeof view);
    memset(&run, 0, sizeof run);
    fixture_run(f, 3);
    for (int i = 0; i < DRILLS; i++)
        view.offered[i] = true;
    f->state.has_stack = f->state.may_write = f->state.may_drill = f->state.may_observe = true;
    f->state.drill = &view;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_free(*state);
    return 0;
}

static enum ui_request press(struct fixture *f, uint32_t key)
{
    return ui_state_key(&f->state, f->model, key, f->now, 24);
}

static enum ui_request type(struct fixture *f, const char *text)
{
    enum ui_request request = UI_NOTHING;

    for (; *text != '\0'; text++)
        request = press(f, (uint32_t)(unsigned char)*text);
    return request;
}

static bool says(const struct fixture *f, const char *text)
{
    return strstr(f->state.notice, text) != NULL;
}

/* What the program does after UI_DRILL_PREPARE. */
static void prepared(const struct fixture *f, const char *confirm)
{
    view.preview.shown = view.preview.ready = true;
    view.preview.id = f->state.drill_selected;
    view.preview.manual = f->state.drill_manual;
    str_copy(view.preview.confirm, sizeof view.preview.confirm, confirm);
}

static void plan(struct fixture *f, enum drill_id id)
{
    if (f->state.screen != SCREEN_DRILL)
        press(f, 'd');
    f->state.drill_selected = id;
    assert_int_equal(press(f, UI_KEY_ENTER), UI_DRILL_PREPARE);
}

static void begin(struct fixture *f, enum drill_id id, bool manual)
{
    struct drill_mark *mark = mem_calloc(1, sizeof *mark);

    mark->kind = DRILL_MARK_BEGIN;
    mark->at = f->now;
    mark->plan.id = id;
    mark->plan.manual = manual;
    drill_run_apply(&run, mark);
    free(mark);
    view.run = &run;
    f->state.drill_under_way = true;
    if (f->state.screen == SCREEN_DRILL_PLAN)
        ui_state_go(&f->state, SCREEN_MAIN);
    if (f->state.screen != SCREEN_DRILL_RUN)
        press(f, 'd');
    assert_int_equal(f->state.screen, SCREEN_DRILL_RUN);
}

static void mark_run(struct fixture *f, enum drill_mark_kind kind)
{
    struct drill_mark *mark = mem_calloc(1, sizeof *mark);

    mark->kind = kind;
    mark->at = f->now;
    mark->verdict = DRILL_INCOMPLETE;
    drill_run_apply(&run, mark);
    free(mark);
    f->state.drill_under_way = run.state != DRILL_ENDED;
}

/* ---- menu */

static void test_opens_and_closes(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(press(f, 'd'), UI_REPAINT);
    assert_int_equal(f->state.screen, SCREEN_DRILL);
    press(f, 'd');
    assert_int_equal(f->state.screen, SCREEN_MAIN);
    press(f, 'd');
    press(f, '?');
    assert_int_equal(f->state.screen, SCREEN_HELP);
    press(f, '?');
    assert_int_equal(f->state.screen, SCREEN_DRILL);
    press(f, UI_KEY_ESC);
    assert_int_equal(f->state.screen, SCREEN_MAIN);
}

static void test_only_watched(void **state)
{
    struct fixture *f = *state;

    f->state.may_drill = f->state.may_observe = false;
    press(f, 'd');
    assert_int_equal(f->state.screen, SCREEN_MAIN);
    assert_true(says(f, "no drills here"));
    for (int action = ACTION_DRILL; action <= ACTION_DRILL_REJOIN; action++)
        assert_false(ui_state_has(&f->state, (enum action)action));
}

/* On a cluster that is no lab nothing is there that breaks it. */
static void test_no_lab(void **state)
{
    struct fixture *f = *state;

    f->state.may_drill = f->state.has_stack = false;
    assert_true(ui_state_has(&f->state, ACTION_DRILL));
    assert_false(ui_state_has(&f->state, ACTION_DRILL_MANUAL));
    assert_false(ui_state_has(&f->state, ACTION_DRILL_PROMOTE));
    assert_false(ui_state_has(&f->state, ACTION_DRILL_REJOIN));
    press(f, 'd');
    for (int i = 0; i < DRILLS; i++)
        assert_int_equal(drill_state_lists(&f->state, (enum drill_id)i), i == DRILL_OBSERVE);
    assert_int_equal(drill_state_selected(&f->state), DRILL_OBSERVE);
    press(f, UI_KEY_UP);
    press(f, 'g');
    assert_int_equal(drill_state_selected(&f->state), DRILL_OBSERVE);
    press(f, 'm');
    assert_false(f->state.drill_manual);
    assert_int_equal(press(f, UI_KEY_ENTER), UI_DRILL_PREPARE);
    assert_int_equal(f->state.drill_selected, DRILL_OBSERVE);
    begin(f, DRILL_OBSERVE, false);
    str_copy(view.promote_command, sizeof view.promote_command, "SELECT pg_promote()");
    press(f, 'P');
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_NOTHING);
}

static void test_selects(void **state)
{
    struct fixture *f = *state;

    press(f, 'd');
    assert_int_equal(drill_state_selected(&f->state), DRILL_STANDBY_KILL);
    press(f, UI_KEY_UP);
    assert_int_equal(drill_state_selected(&f->state), DRILL_STANDBY_KILL);
    press(f, 'j');
    press(f, UI_KEY_DOWN);
    assert_int_equal(drill_state_selected(&f->state), DRILL_ALL_STANDBYS_DOWN);
    press(f, 'G');
    assert_int_equal(drill_state_selected(&f->state), DRILL_OBSERVE);
    press(f, 'j');
    assert_int_equal(drill_state_selected(&f->state), DRILL_OBSERVE);
    press(f, 'k');
    assert_int_equal(drill_state_selected(&f->state), DRILL_PRIMARY_FREEZE);
    press(f, UI_KEY_HOME);
    assert_int_equal(drill_state_selected(&f->state), DRILL_STANDBY_KILL);
}

static void test_not_offered(void **state)
{
    struct fixture *f = *state;

    view.offered[DRILL_NETWORK_CUT] = false;
    str_copy(view.why_not[DRILL_NETWORK_CUT], DRILL_TEXT_SIZE, "the loopback cannot be cut");
    press(f, 'd');
    f->state.drill_selected = DRILL_NETWORK_CUT;
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    assert_int_equal(f->state.screen, SCREEN_DRILL);
    assert_true(says(f, "cannot be cut"));
}

static void test_manual(void **state)
{
    struct fixture *f = *state;

    press(f, 'd');
    press(f, 'm');
    assert_true(f->state.drill_manual);
    press(f, 'm');
    assert_false(f->state.drill_manual);
}

static void test_last(void **state)
{
    struct fixture *f = *state;

    press(f, 'd');
    press(f, 'v');
    assert_int_equal(f->state.screen, SCREEN_DRILL);
    assert_false(ui_state_offers(&f->state, ACTION_DRILL_LAST));
    view.run = &run;
    assert_true(ui_state_offers(&f->state, ACTION_DRILL_LAST));
    press(f, 'v');
    assert_int_equal(f->state.screen, SCREEN_DRILL_RUN);
    press(f, UI_KEY_ESC);
    assert_int_equal(f->state.screen, SCREEN_DRILL);
}

/* A drill is not looked at in a picture that stands still. */
static void test_thaws(void **state)
{
    struct fixture *f = *state;

    press(f, ' ');
    assert_true(f->state.frozen);
    assert_int_equal(press(f, 'd'), UI_FREEZE);
    assert_false(f->state.frozen);
}

/* ---- plan */

static void test_begins_by_name(void **state)
{
    struct fixture *f = *state;

    plan(f, DRILL_PRIMARY_KILL);
    assert_int_equal(f->state.screen, SCREEN_DRILL_PLAN);
    prepared(f, "primary");
    assert_true(drill_state_can_begin(&f->state));
    type(f, "qjk?mx");
    for (int i = 0; i < 6; i++)
        press(f, UI_KEY_BACKSPACE);
    assert_int_equal(type(f, "primary"), UI_REPAINT);
    assert_string_equal(f->state.drill_question.typed, "primary");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_DRILL_BEGIN);
    assert_int_equal(f->state.screen, SCREEN_DRILL_RUN);
    assert_string_equal(f->state.drill_question.typed, "");
    drill_state_refused(&f->state);
    assert_int_equal(f->state.screen, SCREEN_DRILL_PLAN);
}

static void test_wrong_name(void **state)
{
    struct fixture *f = *state;

    plan(f, DRILL_PRIMARY_KILL);
    prepared(f, "primary");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    type(f, "Primary");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    assert_int_equal(f->state.screen, SCREEN_DRILL_PLAN);
    assert_true(says(f, "not done: \"Primary\" is not \"primary\""));
    assert_string_equal(f->state.drill_question.typed, "");
}

static void test_leaves_the_plan(void **state)
{
    struct fixture *f = *state;

    plan(f, DRILL_PRIMARY_KILL);
    prepared(f, "primary");
    type(f, "prim");
    press(f, UI_KEY_ESC);
    assert_int_equal(f->state.screen, SCREEN_DRILL);
    plan(f, DRILL_PRIMARY_KILL);
    assert_string_equal(f->state.drill_question.typed, "");
    assert_int_equal(press(f, UI_KEY_CTRL_C), UI_REPAINT);
    assert_int_equal(f->state.screen, SCREEN_DRILL);
}

static void test_not_ready(void **state)
{
    struct fixture *f = *state;

    plan(f, DRILL_PRIMARY_KILL);
    assert_int_equal(type(f, "q"), UI_REPAINT);
    assert_true(says(f, "being asked"));
    assert_string_equal(f->state.drill_question.typed, "");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    prepared(f, "primary");
    view.preview.id = DRILL_STANDBY_KILL; /* of another drill */
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    assert_false(drill_state_can_begin(&f->state));
    prepared(f, "");
    assert_false(drill_state_can_begin(&f->state));
}

static void test_reasons_against(void **state)
{
    struct fixture *f = *state;

    plan(f, DRILL_PRIMARY_KILL);
    prepared(f, "primary");
    drill_reason(&view.preview.reasons, "replica2 does not stream");
    type(f, "primary");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    assert_int_equal(f->state.screen, SCREEN_DRILL_PLAN);
    assert_true(says(f, "1 reason against it"));
    press(f, 'j');
    assert_int_equal(f->state.scroll, 1);
    assert_int_equal(press(f, 'q'), UI_QUIT);
}

static void test_plan_scrolls(void **state)
{
    struct fixture *f = *state;

    plan(f, DRILL_PRIMARY_KILL);
    prepared(f, "primary");
    press(f, UI_KEY_DOWN);
    press(f, UI_KEY_DOWN);
    press(f, UI_KEY_UP);
    assert_int_equal(f->state.scroll, 1);
    press(f, UI_KEY_PAGE_DOWN);
    assert_true(f->state.scroll > 1);
    assert_string_equal(f->state.drill_question.typed, "");
}

static void split(struct fixture *f)
{
    f->nodes[1].sample.in_recovery = false;
    f->nodes[1].sample.timeline = 4;
    f->nodes[1].sample.receiver.present = false;
    fixture_drop_row(f, "replica1");
    fixture_run(f, 2);
    assert_int_equal(f->model->primary_count, 2);
}

/* ---- run */

static void test_interrupts(void **state)
{
    static const uint32_t keys[] = {'x', UI_KEY_ESC, UI_KEY_CTRL_C};
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(press(f, keys[i]), UI_REPAINT);
        assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_INTERRUPT);
        assert_int_equal(press(f, 'n'), UI_REPAINT);
        assert_true(says(f, "it goes on"));
        assert_int_equal(f->state.screen, SCREEN_DRILL_RUN);
        press(f, keys[i]);
        assert_int_equal(press(f, 'y'), UI_DRILL_INTERRUPT);
        assert_false(f->state.quit_after_drill);
        assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_NOTHING);
    }
    mark_run(f, DRILL_MARK_UNDO);
    press(f, 'x');
    assert_true(says(f, "being undone"));
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_NOTHING);
}

static void test_quits_after(void **state)
{
    static const uint32_t keys[] = {'q', UI_KEY_CTRL_C};
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        press(f, 'd');
        assert_int_equal(f->state.screen, SCREEN_MAIN);
        press(f, ' ');
        assert_int_equal(press(f, keys[i]), UI_FREEZE); /* the question is seen, and of now */
        assert_int_equal(f->state.screen, SCREEN_DRILL_RUN);
        assert_int_equal(press(f, UI_KEY_ESC), UI_REPAINT);
        assert_false(f->state.quit_after_drill);
    }
    press(f, 'q');
    assert_int_equal(press(f, 'Y'), UI_DRILL_INTERRUPT);
    assert_true(f->state.quit_after_drill);
}

/* While it is undone one can still say that the program is to quit then. */
static void test_quits_while_undoing(void **state)
{
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    mark_run(f, DRILL_MARK_UNDO);
    press(f, 'q');
    assert_int_equal(press(f, 'y'), UI_DRILL_INTERRUPT);
    assert_true(f->state.quit_after_drill);
}

static void test_quits_from_a_filter(void **state)
{
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    press(f, 'd');
    press(f, 'e');
    press(f, '/');
    assert_int_equal(press(f, UI_KEY_CTRL_C), UI_REPAINT);
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_INTERRUPT);
    assert_false(f->state.filtering);
    assert_int_equal(press(f, 'y'), UI_DRILL_INTERRUPT);
}

/* A question that is open when the drill ends is answered by nobody. */
static void test_question_outlives_nothing(void **state)
{
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    press(f, 'x');
    mark_run(f, DRILL_MARK_END);
    assert_int_equal(press(f, 'y'), UI_REPAINT);
    assert_true(says(f, "has ended"));
    press(f, 'x');
    assert_true(says(f, "no drill runs"));
    assert_int_equal(press(f, 'q'), UI_QUIT);
}

static void test_leaves_and_returns(void **state)
{
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    press(f, 'd');
    assert_int_equal(f->state.screen, SCREEN_MAIN);
    press(f, 'd');
    assert_int_equal(f->state.screen, SCREEN_DRILL_RUN);
    press(f, 's');
    assert_int_equal(f->state.screen, SCREEN_STACK);
}

static void test_result_scrolls(void **state)
{
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    press(f, 'j');
    assert_string_equal(f->state.selected, "replica1");
    assert_int_equal(f->state.scroll, 0);
    mark_run(f, DRILL_MARK_END);
    press(f, 'j');
    assert_string_equal(f->state.selected, "replica1");
    assert_int_equal(f->state.scroll, 1);
    press(f, UI_KEY_ESC);
    assert_int_equal(f->state.screen, SCREEN_DRILL);
}

/* ---- by hand */

static void by_hand(struct fixture *f)
{
    begin(f, DRILL_PRIMARY_KILL, true);
    press(f, 'j');
    str_copy(view.promote_command, sizeof view.promote_command, "replica1: SELECT pg_promote()");
    str_copy(view.rejoin_command, sizeof view.rejoin_command, "start replica1");
}

static void test_promotes(void **state)
{
    struct fixture *f = *state;

    by_hand(f);
    assert_true(ui_state_offers(&f->state, ACTION_DRILL_PROMOTE));
    press(f, 'P');
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_PROMOTE);
    assert_string_equal(f->state.drill_question.command, view.promote_command);
    type(f, "replica2");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    assert_true(says(f, "not done"));
    type(f, "replica1");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_DRILL_PROMOTE);
    assert_int_equal(f->state.drill_question.node, 1);
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_NOTHING);
}

static void test_rejoins(void **state)
{
    struct fixture *f = *state;

    by_hand(f);
    press(f, 'J');
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_REJOIN);
    press(f, UI_KEY_ESC);
    assert_true(says(f, "not done"));
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_NOTHING);
    press(f, 'J');
    type(f, "replica1");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_DRILL_REJOIN);
    assert_int_equal(f->state.drill_question.node, 1);
}

static void test_not_by_hand(void **state)
{
    struct fixture *f = *state;

    by_hand(f);
    view.promote_command[0] = '\0';
    str_copy(view.promote_not, sizeof view.promote_not, "the primary is not fenced");
    press(f, 'P');
    assert_true(says(f, "not fenced"));
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_NOTHING);
    begin(f, DRILL_PRIMARY_KILL, false);
    assert_false(ui_state_offers(&f->state, ACTION_DRILL_PROMOTE));
    press(f, 'J');
    assert_true(says(f, "not by hand"));
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_NOTHING);
}

/* ---- what is refused meanwhile */

static void test_servers_are_the_drills(void **state)
{
    static const char keys[] = "uUKpcrDX";
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    press(f, 's');
    for (const char *key = keys; *key != '\0'; key++) {
        assert_int_equal(press(f, (uint32_t)*key), UI_REPAINT);
        assert_true(says(f, "a drill runs"));
        assert_int_equal(f->state.question.stage, QUESTION_NONE);
    }
    assert_int_equal(press(f, 'l'), UI_STACK_RUN);
    assert_int_equal(f->state.question.action, STACK_ACTION_LOGS);
}

static void test_writes_meanwhile(void **state)
{
    struct fixture *f = *state;

    begin(f, DRILL_PRIMARY_KILL, false);
    press(f, 'd');
    assert_int_equal(press(f, 'l'), UI_REPAINT);
    assert_true(says(f, "writes by itself"));
    assert_int_equal(press(f, '>'), UI_REPAINT);
    assert_int_equal(press(f, 'w'), UI_TEST_WRITE);
    assert_int_equal(press(f, 't'), UI_TEST);
}

/* With two primaries nothing is left but to stop one and to interrupt. */
static void test_split_brain(void **state)
{
    static const char on_main[] = "wtl", on_stack[] = "uUpcrDX";
    struct fixture *f = *state;

    plan(f, DRILL_PRIMARY_KILL);
    prepared(f, "primary");
    type(f, "primary");
    split(f);
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    assert_true(says(f, "two primaries"));
    press(f, UI_KEY_ESC);
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    press(f, UI_KEY_ESC);
    for (const char *key = on_main; *key != '\0'; key++) {
        assert_int_equal(press(f, (uint32_t)*key), UI_REPAINT);
        assert_true(says(f, "two primaries"));
    }
    press(f, 's');
    for (const char *key = on_stack; *key != '\0'; key++) {
        assert_int_equal(press(f, (uint32_t)*key), UI_REPAINT);
        assert_true(says(f, "two primaries"));
    }
    assert_int_equal(press(f, 'K'), UI_STACK_DESCRIBE);
    assert_int_equal(press(f, 'y'), UI_STACK_RUN);
}

static void test_split_brain_in_a_drill(void **state)
{
    struct fixture *f = *state;

    by_hand(f);
    press(f, 'P');
    type(f, "replica1");
    split(f);
    assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
    assert_true(says(f, "two primaries"));
    press(f, 'J');
    assert_int_equal(f->state.drill_question.asks, DRILL_ASKS_NOTHING);
    press(f, 's');
    assert_int_equal(press(f, 'K'), UI_STACK_DESCRIBE);
    press(f, 'n');
    press(f, UI_KEY_ESC);
    press(f, 'd');
    press(f, 'x');
    assert_int_equal(press(f, 'y'), UI_DRILL_INTERRUPT);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_opens_and_closes),
        TEST(test_only_watched),
        TEST(test_no_lab),
        TEST(test_selects),
        TEST(test_not_offered),
        TEST(test_manual),
        TEST(test_last),
        TEST(test_thaws),
        TEST(test_begins_by_name),
        TEST(test_wrong_name),
        TEST(test_leaves_the_plan),
        TEST(test_not_ready),
        TEST(test_reasons_against),
        TEST(test_plan_scrolls),
        TEST(test_interrupts),
        TEST(test_quits_after),
        TEST(test_quits_while_undoing),
        TEST(test_quits_from_a_filter),
        TEST(test_question_outlives_nothing),
        TEST(test_leaves_and_returns),
        TEST(test_result_scrolls),
        TEST(test_promotes),
        TEST(test_rejoins),
        TEST(test_not_by_hand),
        TEST(test_servers_are_the_drills),
        TEST(test_writes_meanwhile),
        TEST(test_split_brain),
        TEST(test_split_brain_in_a_drill),
    };
    return cmocka_run_group_tests_name("state_drill", tests, NULL, NULL);
}
