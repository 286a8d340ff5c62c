/*
 * state: what keys do to what the person has chosen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static int set_up(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    fixture_run(f, 3);
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
    enum ui_request request = ui_state_key(&f->state, f->model, key, f->now, 24);
    struct view_input input = fixture_input(f, 0);

    ui_state_fit(&f->state, view_scroll_max(&input, 80, 24));
    return request;
}

static int selected(struct fixture *f)
{
    struct topology_row rows[UI_ROWS_MAX];
    int count = topology_derive(f->model, f->now.mono, rows, UI_ROWS_MAX);

    return ui_state_selected_row(&f->state, rows, count);
}

static void test_selection_moves_and_stops(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(selected(f), 0);
    assert_int_equal(press(f, 'k'), UI_REPAINT);
    assert_int_equal(selected(f), 0);
    press(f, UI_KEY_DOWN);
    assert_int_equal(selected(f), 1);
    press(f, 'G');
    press(f, 'j');
    assert_int_equal(selected(f), 2);
    press(f, 'g');
    assert_int_equal(selected(f), 0);
    press(f, UI_KEY_PAGE_DOWN);
    assert_int_equal(selected(f), 2);
    press(f, UI_KEY_PAGE_UP);
    assert_int_equal(selected(f), 0);
}

static void test_selection_stays_on_its_node(void **state)
{
    struct fixture *f = *state;

    press(f, 'j');
    assert_string_equal(f->state.selected, "replica1");
    fixture_fault(f, 1, FAULT_REFUSED, "");
    fixture_drop_row(f, "replica1"); /* it moves below replica2 */
    fixture_run(f, 1);
    assert_int_equal(selected(f), 2);
    assert_string_equal(f->state.selected, "replica1");
}

static void test_rows_of_one_name(void **state)
{
    struct fixture *f = *state;

    fixture_row(f, 1); /* two more that call themselves alike and are nobody's */
    fixture_row(f, 1);
    for (int i = 2; i < 4; i++) {
        struct standby_row *row = &f->nodes[0].sample.standbys[i];
        row->pid = 9000 + i;
        str_copy(row->application_name, sizeof row->application_name, "stranger");
    }
    fixture_run(f, 1);
    for (int i = 1; i < 5; i++) {
        press(f, 'j');
        assert_int_equal(selected(f), i);
    }
    press(f, 'k');
    assert_int_equal(selected(f), 3);
}

static void test_screens(void **state)
{
    struct fixture *f = *state;

    press(f, UI_KEY_ENTER);
    assert_int_equal(f->state.screen, SCREEN_DETAIL);
    press(f, '?');
    assert_int_equal(f->state.screen, SCREEN_HELP);
    press(f, '?');
    assert_int_equal(f->state.screen, SCREEN_DETAIL);
    press(f, 'e');
    assert_int_equal(f->state.screen, SCREEN_EVENTS);
    press(f, UI_KEY_ESC);
    assert_int_equal(f->state.screen, SCREEN_MAIN);
    assert_int_equal(press(f, 'q'), UI_QUIT);
    assert_int_equal(press(f, UI_KEY_CTRL_C), UI_QUIT);
}

static void test_panels(void **state)
{
    struct fixture *f = *state;

    press(f, UI_KEY_TAB);
    assert_int_equal(f->state.panel, PANEL_EVENTS);
    press(f, UI_KEY_ENTER);
    assert_int_equal(f->state.screen, SCREEN_EVENTS);
    press(f, 'e');
    press(f, UI_KEY_TAB);
    assert_int_equal(f->state.panel, PANEL_NODES);
}

static void test_scroll_is_bounded(void **state)
{
    struct fixture *f = *state;
    int end;

    press(f, '?');
    press(f, 'k');
    assert_int_equal(f->state.scroll, 0);
    press(f, 'G');
    end = f->state.scroll;
    assert_in_range(end, 1, 100);
    press(f, 'j');
    assert_int_equal(f->state.scroll, end);
    press(f, 'k');
    assert_int_equal(f->state.scroll, end - 1);
    press(f, 'g');
    assert_int_equal(f->state.scroll, 0);
}

static void test_filter(void **state)
{
    struct fixture *f = *state;

    press(f, 'e');
    press(f, '/');
    assert_true(f->state.filtering);
    press(f, 'q'); /* a letter now */
    press(f, 0xE9);
    press(f, UI_KEY_UP);
    assert_string_equal(f->state.filter, "qé");
    press(f, UI_KEY_BACKSPACE);
    assert_string_equal(f->state.filter, "q");
    press(f, UI_KEY_ENTER);
    assert_false(f->state.filtering);
    assert_string_equal(f->state.filter, "q");
    press(f, '/');
    for (int i = 0; i < 200; i++)
        press(f, 0x65E5);
    assert_in_range(strlen(f->state.filter), 1, FILTER_SIZE - 1);
    assert_int_equal(press(f, UI_KEY_CTRL_C), UI_QUIT);
    press(f, UI_KEY_ESC);
    assert_string_equal(f->state.filter, "");
    assert_int_equal(f->state.screen, SCREEN_EVENTS);
    press(f, '/');
    press(f, UI_KEY_BACKSPACE);
    assert_string_equal(f->state.filter, "");
}

static void test_filter_matches(void **state)
{
    struct event event = {.subject = "replica1", .text = "catchup → STREAMING"};

    (void)state;
    assert_true(ui_event_matches(&event, ""));
    assert_true(ui_event_matches(&event, "REPLICA"));
    assert_true(ui_event_matches(&event, "streaming"));
    assert_true(ui_event_matches(&event, "→"));
    assert_false(ui_event_matches(&event, "replica2"));
}

static void test_requests(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(press(f, '+'), UI_INTERVAL_UP);
    assert_int_equal(press(f, '-'), UI_INTERVAL_DOWN);
    assert_int_equal(press(f, ' '), UI_FREEZE);
    assert_true(f->state.frozen);
    assert_true(f->state.frozen_at.mono == f->now.mono);
    assert_int_equal(press(f, ' '), UI_FREEZE);
    assert_false(f->state.frozen);
    assert_int_equal(press(f, 'T'), UI_THEME);
    assert_int_equal(f->state.theme, THEME_HIGH_CONTRAST);
    assert_int_equal(press(f, 'y'), UI_COPY);
    assert_int_equal(press(f, UI_KEY_CTRL_L), UI_REPAINT_ALL);
    assert_int_equal(press(f, UI_KEY_RESIZE), UI_REPAINT);
    assert_int_equal(press(f, UI_KEY_NONE), UI_NOTHING);
}

static void test_units(void **state)
{
    struct fixture *f = *state;

    press(f, 'b');
    assert_true(f->state.lsns_chosen && f->state.lsns);
    press(f, 'b');
    assert_true(f->state.lsns_chosen && !f->state.lsns);
}

static void test_unknown_key_says_so(void **state)
{
    struct fixture *f = *state;

    press(f, 'X');
    assert_string_equal(f->state.notice, "X does nothing here; ? for help");
    assert_true(f->state.notice_until > f->now.mono);
    press(f, 'j');
    assert_string_equal(f->state.notice, "");
}

static void test_no_nodes(void **state)
{
    struct fixture *f = fixture_new(0, NULL);
    static const uint32_t keys[] = {'j', 'k', 'G', 'g', UI_KEY_PAGE_DOWN, UI_KEY_ENTER, 'j', 'y'};

    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        press(f, keys[i]);
    assert_int_equal(f->state.screen, SCREEN_DETAIL);
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_selection_moves_and_stops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_selection_stays_on_its_node, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows_of_one_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_screens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_panels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_scroll_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_filter, set_up, tear_down),
        cmocka_unit_test(test_filter_matches),
        cmocka_unit_test_setup_teardown(test_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_units, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unknown_key_says_so, set_up, tear_down),
        cmocka_unit_test(test_no_nodes),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
