/*
 * state_stack: what the keys of the stack screen ask for, and the questions before it is done.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static struct stack_view stack;

static int set_up_named(void **state, int count)
{
    struct fixture *f = fixture_new(count, NULL);

    memset(&stack, 0, sizeof stack);
    fixture_run(f, 3);
    f->stack = &stack;
    f->state.has_stack = true;
    *state = f;
    return 0;
}

static int set_up(void **state)
{
    return set_up_named(state, 3);
}

static int set_up_empty(void **state)
{
    return set_up_named(state, 0);
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

static const struct stack_question *question(const struct fixture *f)
{
    return &f->state.question;
}

static void test_opens_and_closes(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(press(f, 's'), UI_REPAINT);
    assert_int_equal(f->state.screen, SCREEN_STACK);
    press(f, 's');
    assert_int_equal(f->state.screen, SCREEN_MAIN);
    press(f, 's');
    press(f, UI_KEY_ESC);
    assert_int_equal(f->state.screen, SCREEN_MAIN);
    press(f, 's');
    press(f, '?');
    assert_int_equal(f->state.screen, SCREEN_HELP);
    press(f, '?');
    assert_int_equal(f->state.screen, SCREEN_STACK);
}

static void test_no_stack(void **state)
{
    struct fixture *f = *state;

    f->state.has_stack = false;
    assert_int_equal(press(f, 's'), UI_REPAINT);
    assert_int_equal(f->state.screen, SCREEN_MAIN);
    assert_non_null(strstr(f->state.notice, "only watched"));
    fixture_paint(f, 200, 50);
    char *text = canvas_to_text(&f->canvas);
    assert_null(strstr(text, "s stack"));
    free(text);
    f->state.notice[0] = '\0';
    f->state.has_stack = true;
    fixture_paint(f, 200, 50);
    text = canvas_to_text(&f->canvas);
    assert_non_null(strstr(text, "s stack"));
    free(text);
}

static const struct {
    uint32_t key;
    enum stack_action action;
    bool of_a_node, asked;
} keys[] = {
    {'u', STACK_ACTION_UP, false, false},    {'U', STACK_ACTION_UP_NODE, true, false},
    {'D', STACK_ACTION_DOWN, false, true},   {'X', STACK_ACTION_DESTROY, false, true},
    {'r', STACK_ACTION_RESTART, true, true}, {'K', STACK_ACTION_KILL, true, true},
    {'p', STACK_ACTION_PAUSE, true, true},   {'c', STACK_ACTION_RESUME, true, false},
    {'l', STACK_ACTION_LOGS, true, false},
};

#define KEYS (sizeof keys / sizeof keys[0])

/* What breaks something is asked; the selected node is meant. */
static void test_every_key(void **state)
{
    struct fixture *f = *state;

    press(f, 's');
    press(f, 'j');
    for (size_t i = 0; i < KEYS; i++) {
        enum ui_request request = press(f, keys[i].key);
        assert_int_equal(request, keys[i].asked ? UI_STACK_DESCRIBE : UI_STACK_RUN);
        assert_int_equal(question(f)->action, keys[i].action);
        assert_int_equal(question(f)->node, keys[i].of_a_node ? 1 : -1);
        assert_int_equal(question(f)->stage, keys[i].asked ? QUESTION_YES : QUESTION_NONE);
        if (keys[i].asked)
            press(f, 'n');
    }
}

/* On the other screens the same keys start and break nothing. */
static void test_only_on_its_screen(void **state)
{
    static const enum ui_screen others[] = {SCREEN_MAIN, SCREEN_DETAIL, SCREEN_EVENTS, SCREEN_HELP};
    struct fixture *f = *state;

    for (size_t s = 0; s < sizeof others / sizeof others[0]; s++)
        for (size_t i = 0; i < KEYS; i++) {
            f->state.screen = others[s];
            enum ui_request request = press(f, keys[i].key);
            assert_int_not_equal(request, UI_STACK_RUN);
            assert_int_not_equal(request, UI_STACK_DESCRIBE);
            assert_int_equal(question(f)->stage, QUESTION_NONE);
        }
}

static void test_yes(void **state)
{
    static const uint32_t yes[] = {'y', 'Y'};
    struct fixture *f = *state;

    press(f, 's');
    for (int i = 0; i < 2; i++) {
        press(f, 'K');
        assert_int_equal(press(f, yes[i]), UI_STACK_RUN);
        assert_int_equal(question(f)->action, STACK_ACTION_KILL);
        assert_int_equal(question(f)->node, 0);
        assert_int_equal(question(f)->stage, QUESTION_NONE);
        assert_int_equal(press(f, 'y'), UI_REPAINT); /* no question any more */
    }
}

static void test_any_other_key_is_no(void **state)
{
    static const uint32_t no[] = {'n',           'K',         'q', UI_KEY_ENTER, UI_KEY_ESC,
                                  UI_KEY_CTRL_C, UI_KEY_DOWN, ' ', 0x79 + 0x100, UI_KEY_OTHER};
    struct fixture *f = *state;

    press(f, 's');
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        press(f, 'K');
        assert_int_equal(press(f, no[i]), UI_REPAINT);
        assert_int_equal(question(f)->stage, QUESTION_NONE);
        assert_string_equal(f->state.notice, "not done");
        assert_int_equal(f->state.screen, SCREEN_STACK);
        assert_string_equal(f->state.selected, "");
    }
    press(f, 'K');
    assert_int_equal(press(f, UI_KEY_RESIZE), UI_REPAINT);
    assert_int_equal(question(f)->stage, QUESTION_YES); /* that is no answer */
}

/* The question stays on its node when the rows change places. */
static void test_question_stays_on_its_node(void **state)
{
    struct fixture *f = *state;

    press(f, 's');
    press(f, 'j');
    press(f, 'K');
    fixture_fault(f, 1, FAULT_REFUSED, "");
    fixture_drop_row(f, "replica1");
    fixture_run(f, 1);
    assert_int_equal(press(f, 'y'), UI_STACK_RUN);
    assert_int_equal(question(f)->node, 1);
}

static void type(struct fixture *f, const char *text)
{
    while (*text != '\0')
        assert_int_equal(press(f, str_next_char(&text)), UI_REPAINT);
}

static void ask_for_name(struct fixture *f)
{
    f->state.screen = SCREEN_STACK;
    assert_int_equal(press(f, 'X'), UI_STACK_DESCRIBE);
    assert_int_equal(press(f, 'y'), UI_REPAINT);
    assert_int_equal(question(f)->stage, QUESTION_NAME);
    assert_string_equal(question(f)->typed, "");
}

static void test_name_right(void **state)
{
    struct fixture *f = *state;

    ask_for_name(f);
    type(f, "lxx");
    press(f, UI_KEY_BACKSPACE);
    press(f, UI_KEY_BACKSPACE);
    type(f, "ab");
    assert_string_equal(question(f)->typed, "lab");
    assert_int_equal(press(f, UI_KEY_ENTER), UI_STACK_RUN);
    assert_int_equal(question(f)->action, STACK_ACTION_DESTROY);
    assert_int_equal(question(f)->node, -1);
    assert_int_equal(question(f)->stage, QUESTION_NONE);
    ask_for_name(f); /* the next time it has to be typed again */
}

static void test_name_wrong(void **state)
{
    static const char *const wrong[] = {"", "la", "labb", "Lab", "lab ", "y"};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ask_for_name(f);
        type(f, wrong[i]);
        assert_int_equal(press(f, UI_KEY_ENTER), UI_REPAINT);
        assert_int_equal(question(f)->stage, QUESTION_NONE);
        assert_string_equal(f->state.notice, "not done");
    }
    ask_for_name(f);
    type(f, "lab");
    assert_int_equal(press(f, UI_KEY_ESC), UI_REPAINT);
    assert_int_equal(question(f)->stage, QUESTION_NONE);
    assert_int_equal(f->state.screen, SCREEN_STACK);
    ask_for_name(f);
    type(f, "lab");
    assert_int_equal(press(f, UI_KEY_CTRL_C), UI_REPAINT);
    assert_int_equal(question(f)->stage, QUESTION_NONE);
}

static void test_name_in_any_script(void **state)
{
    struct fixture *f = *state;
    char name[] = "Prüf-日本";

    str_copy(f->model->cluster, sizeof f->model->cluster, name);
    ask_for_name(f);
    type(f, name);
    type(f, "語");
    press(f, UI_KEY_BACKSPACE);
    press(f, UI_KEY_LEFT); /* no character */
    press(f, 0x202E);      /* not shown anywhere, so not taken */
    assert_string_equal(question(f)->typed, name);
    assert_int_equal(press(f, UI_KEY_ENTER), UI_STACK_RUN);
}

static void test_name_is_bounded(void **state)
{
    struct fixture *f = *state;

    ask_for_name(f);
    for (int i = 0; i < 500; i++)
        press(f, 0x65E5);
    assert_true(strlen(question(f)->typed) < NODE_NAME_SIZE);
    assert_int_equal(strlen(question(f)->typed) % 3, 0);
    for (int i = 0; i < 500; i++)
        press(f, UI_KEY_BACKSPACE);
    assert_string_equal(question(f)->typed, "");
}

/* A standby that the description does not name is nobody's to kill. */
static void test_unlisted_row(void **state)
{
    struct fixture *f = *state;
    struct standby_row *row = fixture_find_row(f, "replica2");

    str_copy(row->application_name, STANDBY_NAME_SIZE, "stranger");
    row->pid = 777;
    fixture_fault(f, 2, FAULT_REFUSED, "");
    fixture_run(f, 1);
    press(f, 's');
    for (int i = 0; i < 9 && strcmp(f->state.selected, "stranger") != 0; i++)
        press(f, i == 0 ? 'k' : 'j');
    assert_string_equal(f->state.selected, "stranger");
    for (size_t i = 0; i < KEYS; i++) {
        if (!keys[i].of_a_node)
            continue;
        assert_int_equal(press(f, keys[i].key), UI_REPAINT);
        assert_int_equal(question(f)->stage, QUESTION_NONE);
        assert_string_equal(f->state.notice, "the selected row is no node of this stack");
    }
}

static void test_no_rows(void **state)
{
    struct fixture *f = *state;

    press(f, 's');
    assert_int_equal(press(f, 'K'), UI_REPAINT);
    assert_int_equal(question(f)->stage, QUESTION_NONE);
    assert_int_equal(press(f, 'u'), UI_STACK_RUN);
}

static void test_esc_cancels_what_runs(void **state)
{
    struct fixture *f = *state;

    press(f, 's');
    f->state.stack_busy = true;
    assert_int_equal(press(f, UI_KEY_ESC), UI_STACK_CANCEL);
    assert_int_equal(f->state.screen, SCREEN_STACK);
    press(f, 's');
    assert_int_equal(f->state.screen, SCREEN_MAIN); /* it goes on */
    press(f, 'e');
    assert_int_not_equal(press(f, UI_KEY_ESC), UI_STACK_CANCEL);
    press(f, 's');
    press(f, 'K');
    assert_int_equal(press(f, UI_KEY_ESC), UI_REPAINT); /* answers the question first */
    f->state.stack_busy = false;
    press(f, UI_KEY_ESC);
    assert_int_equal(f->state.screen, SCREEN_MAIN);
}

/* Arrows select, pages scroll the lines, which are read from the end. */
static void test_moving(void **state)
{
    struct fixture *f = *state;

    stack.line_count = 100;
    press(f, 's');
    press(f, 'j');
    assert_string_equal(f->state.selected, "replica1");
    assert_int_equal(f->state.scroll, 0);
    press(f, UI_KEY_PAGE_UP);
    assert_true(f->state.scroll > 0);
    press(f, UI_KEY_PAGE_DOWN);
    assert_int_equal(f->state.scroll, 0);
    press(f, 'g');
    fixture_paint(f, 80, 24);
    assert_in_range(f->state.scroll, 80, 99);
    press(f, 'G');
    assert_int_equal(f->state.scroll, 0);
    assert_string_equal(f->state.selected, "replica1");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_opens_and_closes),
        TEST(test_no_stack),
        TEST(test_every_key),
        TEST(test_only_on_its_screen),
        TEST(test_yes),
        TEST(test_any_other_key_is_no),
        TEST(test_question_stays_on_its_node),
        TEST(test_name_right),
        TEST(test_name_wrong),
        TEST(test_name_in_any_script),
        TEST(test_name_is_bounded),
        TEST(test_unlisted_row),
        cmocka_unit_test_setup_teardown(test_no_rows, set_up_empty, tear_down),
        TEST(test_esc_cancels_what_runs),
        TEST(test_moving),
    };
    return cmocka_run_group_tests_name("state_stack", tests, NULL, NULL);
}
