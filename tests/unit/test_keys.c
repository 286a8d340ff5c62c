/*
 * keys: one table, without contradictions, and nothing in it that a terminal cannot send or that
 * means something else to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "ui/keys.h"

static void test_every_action_has_a_key(void **state)
{
    (void)state;
    for (int action = ACTION_NONE + 1; action < ACTIONS; action++) {
        int bindings = 0;

        for (int i = 0; i < key_binding_count(); i++)
            bindings += (int)key_binding_at(i)->action == action;
        assert_int_equal(bindings, 1);
    }
}

static bool means(const struct key_binding *binding, uint32_t key)
{
    return key != 0 && (binding->key == key || binding->also == key);
}

static void test_no_key_means_two_things_on_a_screen(void **state)
{
    (void)state;
    for (int i = 0; i < key_binding_count(); i++) {
        for (int k = 0; k < i; k++) {
            const struct key_binding *a = key_binding_at(i), *b = key_binding_at(k);

            for (int screen = 0; screen < 2 * SCREENS; screen++) {
                bool replay = screen >= SCREENS;
                enum ui_screen on = (enum ui_screen)(screen % SCREENS);

                if (key_binding_works(a, on, replay) && key_binding_works(b, on, replay))
                    assert_false(means(a, b->key) || means(a, b->also));
            }
        }
    }
}

static void test_forbidden_keys_are_free(void **state)
{
    static const char forbidden[] = {'J' - '@', 'H' - '@', 'S' - '@', 'Q' - '@', 'Z' - '@'};

    (void)state;
    for (size_t i = 0; i < sizeof forbidden; i++)
        for (int screen = 0; screen < SCREENS; screen++)
            assert_int_equal(key_action((enum ui_screen)screen, false, (uint32_t)forbidden[i]),
                             ACTION_NONE);
}

static void test_quit_and_help_work_everywhere(void **state)
{
    (void)state;
    for (int screen = 0; screen < SCREENS; screen++) {
        assert_int_equal(key_action((enum ui_screen)screen, false, 'q'), ACTION_QUIT);
        assert_int_equal(key_action((enum ui_screen)screen, false, UI_KEY_CTRL_C), ACTION_QUIT);
        assert_int_equal(key_action((enum ui_screen)screen, false, '?'), ACTION_HELP);
        assert_int_equal(key_action((enum ui_screen)screen, false, UI_KEY_NONE), ACTION_NONE);
        assert_int_equal(key_action((enum ui_screen)screen, false, UI_KEY_OTHER), ACTION_NONE);
    }
    assert_int_equal(key_action(SCREEN_MAIN, false, UI_KEY_ESC), ACTION_NONE);
    assert_int_equal(key_action(SCREEN_DETAIL, false, UI_KEY_ESC), ACTION_BACK);
}

/* Nothing that acts is reached in a replay, and nothing of a replay outside of one. */
static void test_a_replay_cannot_act(void **state)
{
    static const enum action acting[] = {
        ACTION_SLOWER,        ACTION_FASTER,      ACTION_FREEZE,       ACTION_STACK,
        ACTION_STACK_UP,      ACTION_STACK_KILL,  ACTION_STACK_DOWN,   ACTION_STACK_DESTROY,
        ACTION_STACK_RESTART, ACTION_STACK_PAUSE, ACTION_STACK_RESUME, ACTION_STACK_LOGS,
        ACTION_STACK_UP_NODE, ACTION_LOAD,        ACTION_LOAD_SLOWER,  ACTION_LOAD_FASTER,
        ACTION_LOAD_LEVEL,    ACTION_TEST_WRITE,  ACTION_TEST,         ACTION_RECORD};

    (void)state;
    for (int i = 0; i < key_binding_count(); i++) {
        const struct key_binding *binding = key_binding_at(i);

        for (int screen = 0; screen < SCREENS; screen++) {
            assert_false(binding->action >= ACTION_PLAY &&
                         key_binding_works(binding, (enum ui_screen)screen, false));
            for (size_t k = 0; k < sizeof acting / sizeof acting[0]; k++)
                assert_false(binding->action == acting[k] &&
                             key_binding_works(binding, (enum ui_screen)screen, true));
        }
    }
    assert_int_equal(key_action(SCREEN_MAIN, true, ' '), ACTION_PLAY);
    assert_int_equal(key_action(SCREEN_MAIN, false, ' '), ACTION_FREEZE);
    assert_int_equal(key_action(SCREEN_MAIN, true, 's'), ACTION_NONE);
    assert_int_equal(key_action(SCREEN_MAIN, true, 'w'), ACTION_NONE);
    assert_int_equal(key_action(SCREEN_MAIN, true, 'q'), ACTION_QUIT);
}

static void test_texts(void **state)
{
    (void)state;
    for (int i = 0; i < key_binding_count(); i++) {
        const struct key_binding *binding = key_binding_at(i);

        assert_non_null(binding->label);
        assert_non_null(binding->help);
        assert_in_range(strlen(binding->label), 1, 9); /* the help screen's column */
        if (binding->footer != NULL)
            assert_in_range(strlen(binding->footer), 1, 12);
        assert_true(binding->screens != 0);
    }
    assert_null(key_binding_at(-1));
    assert_null(key_binding_at(key_binding_count()));
}

static void test_names(void **state)
{
    static const struct {
        uint32_t key;
        const char *name;
    } names[] = {{'x', "x"},
                 {' ', "Space"},
                 {UI_KEY_LEFT, "Left"},
                 {1, "Ctrl-A"},
                 {UI_KEY_ENTER, "Enter"},
                 {0x7F, "this key"},
                 {0x9B, "this key"},
                 {0xFC, "ü"},
                 {0x202E, "this key"},
                 {UI_KEY_OTHER, "this key"}};
    char name[16];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        ui_key_name(names[i].key, name, sizeof name);
        assert_string_equal(name, names[i].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_action_has_a_key),
        cmocka_unit_test(test_no_key_means_two_things_on_a_screen),
        cmocka_unit_test(test_forbidden_keys_are_free),
        cmocka_unit_test(test_quit_and_help_work_everywhere),
        cmocka_unit_test(test_a_replay_cannot_act),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
