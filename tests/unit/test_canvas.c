/*
 * canvas: clipping, wide characters, wrapping, boxes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "ui/canvas.h"
#include "ui/glyphs.h"

static int set_up(void **state)
{
    struct canvas *canvas = mem_calloc(1, sizeof *canvas);

    canvas_resize(canvas, 10, 3);
    *state = canvas;
    return 0;
}

static int tear_down(void **state)
{
    canvas_free(*state);
    free(*state);
    return 0;
}

static void assert_picture(const struct canvas *canvas, const char *want)
{
    char *got = canvas_to_text(canvas);

    assert_string_equal(got, want);
    free(got);
}

static void test_blank(void **state)
{
    assert_picture(*state, "\n\n\n");
}

static void test_text_is_cut_with_an_ellipsis(void **state)
{
    assert_int_equal(canvas_text(*state, 0, 0, 10, STYLE_NORMAL, "0123456789"), 10);
    assert_int_equal(canvas_text(*state, 1, 0, 5, STYLE_NORMAL, "0123456789"), 5);
    assert_int_equal(canvas_text(*state, 2, 0, 0, STYLE_NORMAL, "x"), 0);
    assert_picture(*state, "0123456789\n0123…\n\n");
}

static void test_nothing_outside(void **state)
{
    canvas_text(*state, -1, 0, 10, STYLE_NORMAL, "above");
    canvas_text(*state, 3, 0, 10, STYLE_NORMAL, "below");
    canvas_text(*state, 0, -2, 10, STYLE_NORMAL, "left");
    canvas_text(*state, 1, 8, 10, STYLE_NORMAL, "right");
    canvas_fill(*state, 2, 9, 1000, STYLE_NORMAL, '#');
    canvas_put(*state, 0, INT32_MAX, STYLE_NORMAL, '#');
    canvas_select_row(*state, 7, -5, 100);
    canvas_box(*state, 0, 0, 1, 1, "no room");
    assert_picture(*state, "ft\n        ri\n         #\n");
}

static void test_right_aligned(void **state)
{
    canvas_text_right(*state, 0, 0, 10, STYLE_NORMAL, "5.1 kB");
    canvas_text_right(*state, 1, 0, 4, STYLE_NORMAL, "5.1 kB");
    assert_picture(*state, "    5.1 kB\n5.1…\n\n");
}

static void test_wide_characters(void **state)
{
    struct canvas *canvas = *state;

    assert_int_equal(canvas_text(canvas, 0, 0, 10, STYLE_NORMAL, "日本"), 4);
    assert_int_equal(canvas->cells[1].character, 0);
    canvas_text(canvas, 1, 0, 4, STYLE_NORMAL, "日本語");  /* 3 columns of 6, and the ellipsis */
    canvas_text(canvas, 2, 9, 10, STYLE_NORMAL, "日本語"); /* half of it would be outside */
    assert_picture(canvas, "日本\n日…\n\n");
}

static void test_half_a_wide_character_is_none(void **state)
{
    canvas_text(*state, 0, 0, 10, STYLE_NORMAL, "日本");
    canvas_put(*state, 0, 1, STYLE_NORMAL, 'x');
    canvas_put(*state, 0, 2, STYLE_NORMAL, 'y');
    assert_picture(*state, " xy\n\n\n");
}

static void test_control_characters_are_not_painted(void **state)
{
    canvas_text(*state, 0, 0, 10, STYLE_NORMAL, "a\033[31mb\r\n");
    canvas_put(*state, 1, 0, STYLE_NORMAL, 0x202E); /* turns the writing direction around */
    canvas_text(*state, 2, 0, 10, STYLE_NORMAL, "\xff\xc3");
    assert_picture(*state, "a?[31mb??\n?\n\xEF\xBF\xBD\xEF\xBF\xBD\n");
}

static void test_ascii(void **state)
{
    struct canvas *canvas = *state;

    canvas->ascii = true;
    canvas_box(canvas, 0, 0, 3, 10, "日");
    canvas_put(canvas, 1, 2, STYLE_NORMAL, GLYPH_GOOD);
    canvas_text(canvas, 1, 4, 3, STYLE_NORMAL, "abcdef");
    assert_picture(canvas, "+ ?? ----+\n| * ab~  |\n+--------+\n");
}

static void test_box(void **state)
{
    canvas_box(*state, 0, 0, 3, 10, "a long title");
    assert_picture(*state, "╭ a lo… ─╮\n│        │\n╰────────╯\n");
}

static void test_wrap(void **state)
{
    assert_int_equal(canvas_wrap(*state, 0, 0, 3, 10, STYLE_NORMAL, "one two three"), 2);
    assert_picture(*state, "one two\nthree\n\n");
    assert_int_equal(canvas_wrap_rows(10, "one two three"), 2);
    assert_int_equal(canvas_wrap_rows(3, "abcdefgh"), 3);
    assert_int_equal(canvas_wrap_rows(1, "日本"), 2);
    assert_int_equal(canvas_wrap_rows(0, "x"), 0);
    assert_int_equal(canvas_wrap_rows(5, ""), 1);
}

static void test_wrap_is_cut_in_its_last_row(void **state)
{
    assert_int_equal(canvas_wrap(*state, 0, 0, 2, 5, STYLE_NORMAL, "one two three four"), 2);
    assert_picture(*state, "one\ntwo …\n\n");
}

static void test_blit(void **state)
{
    struct canvas sheet = {.width = 0};

    canvas_resize(&sheet, 4, 5);
    for (int row = 0; row < 5; row++)
        canvas_textf(&sheet, row, 0, 4, STYLE_NORMAL, "%d本x", row);
    canvas_blit(*state, 1, 8, 2, 100, &sheet, 3);
    canvas_blit(*state, 0, 0, 1, 2, &sheet, 9);
    assert_picture(*state, "\n        3\n        4\n");
    canvas_free(&sheet);
}

static void test_no_size(void **state)
{
    canvas_resize(*state, 0, 0);
    canvas_text(*state, 0, 0, 10, STYLE_NORMAL, "x");
    canvas_box(*state, 0, 0, 3, 10, "x");
    assert_picture(*state, "");
    canvas_resize(*state, -3, -1);
    assert_picture(*state, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_blank, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_is_cut_with_an_ellipsis, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_outside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_right_aligned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wide_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_a_wide_character_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_control_characters_are_not_painted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ascii, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_box, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrap_is_cut_in_its_last_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_blit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_size, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("canvas", tests, NULL, NULL);
}
