/*
 * view: every size paints, whatever the servers call themselves; text stays in its cell; what is
 * not known is not a number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "ui/columns.h"
#include "ui/layout.h"

#define WIDTH_MAX 220
#define HEIGHT_MAX 60

static const char *const hostile_names[] = {
    "a name that is much longer than any column of any table will ever be xx",
    "日本語日本語日本語日本語日本語日本語",
    "\033[31mred\033[2J",
    "\xff\xfe\xc3",
    "",
    "%s%n%d",
    "a\nb\tc\r",
    "e\xCC\x81\xCC\x81\xCC\x81",
};

static void assert_sound(const struct canvas *canvas)
{
    for (int row = 0; row < canvas->height; row++) {
        const struct cell *cells = &canvas->cells[(size_t)row * (size_t)canvas->width];

        for (int column = 0; column < canvas->width; column++) {
            uint32_t character = cells[column].character;

            assert_true(cells[column].style < STYLES);
            if (character != 0)
                assert_true(str_char_columns(character) > 0);
            else
                assert_true(column > 0 && str_char_columns(cells[column - 1].character) == 2);
        }
    }
}

/* A row that begins with a frame ends with it: nothing was painted over the edge. */
static void assert_frames(const struct canvas *canvas)
{
    for (int row = 0; row < canvas->height; row++) {
        const struct cell *cells = &canvas->cells[(size_t)row * (size_t)canvas->width];
        uint32_t last = cells[canvas->width - 1].character;

        if (cells[0].character == GLYPH_VERTICAL)
            assert_int_equal(last, GLYPH_VERTICAL);
        if (cells[0].character == GLYPH_TOP_LEFT)
            assert_int_equal(last, GLYPH_TOP_RIGHT);
        if (cells[0].character == GLYPH_BOTTOM_LEFT)
            assert_int_equal(last, GLYPH_BOTTOM_RIGHT);
    }
}

static void paint_on_all_screens(struct fixture *f, int width, int height)
{
    for (int screen = 0; screen < SCREENS; screen++) {
        f->state.screen = (enum ui_screen)screen;
        for (int scroll = 0; scroll < 2; scroll++) {
            f->state.scroll = scroll * 100000;
            fixture_paint(f, width, height);
            assert_sound(&f->canvas);
            assert_frames(&f->canvas);
        }
    }
    f->state.screen = SCREEN_MAIN;
}

/* A stack whose every text is long, and in turn nothing, a question, something under way. */
static void give_stack(struct fixture *f, struct stack_view *stack)
{
    char text[STACK_LINE_SIZE];

    memset(stack, 0, sizeof *stack);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    text[60] = ' ';
    f->stack = stack;
    f->state.has_stack = true;
    for (unsigned i = 0; i < STACK_LINES_MAX + 9; i++)
        str_copy(stack->lines[stack->line_count++ % STACK_LINES_MAX], STACK_LINE_SIZE, text);
    str_copy(stack->kind, sizeof stack->kind, text);
    str_copy(stack->result, sizeof stack->result, text);
    str_copy(stack->hint, sizeof stack->hint, text);
    stack->failed = true;
    for (int i = 0; i < MODEL_NODES_MAX; i++) {
        str_copy(stack->nodes[i].state, sizeof stack->nodes[i].state, text);
        str_copy(stack->nodes[i].detail, sizeof stack->nodes[i].detail, text);
    }
    str_copy(f->state.question.command, sizeof f->state.question.command, text);
    str_copy(f->state.question.typed, sizeof f->state.question.typed, text);
    f->state.question.action = STACK_ACTION_KILL;
    f->state.question.node = f->count > 0 ? f->count - 1 : -1;
}

static void paint_stack(struct fixture *f, struct stack_view *stack, int width, int height)
{
    f->state.screen = SCREEN_STACK;
    for (int stage = QUESTION_NONE; stage <= QUESTION_NAME; stage++) {
        f->state.question.stage = (enum question_stage)stage;
        str_copy(stack->running, sizeof stack->running, stage == QUESTION_NAME ? "up" : "");
        for (int scroll = 0; scroll < 2; scroll++) {
            f->state.scroll = scroll * 100000;
            fixture_paint(f, width, height);
            assert_sound(&f->canvas);
            assert_frames(&f->canvas);
        }
        if (width < LAYOUT_LINES_WIDTH || height < LAYOUT_LINES_HEIGHT || stage == QUESTION_NONE)
            continue;
        char *text = canvas_to_text(&f->canvas);
        assert_non_null(strstr(text, stage == QUESTION_YES ? "kill" : ": xxx"));
        free(text);
    }
}

static void test_stack_every_size(void **state)
{
    static const int counts[] = {0, 3, 130};
    static struct stack_view stack;

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct fixture *f = fixture_new(counts[i], NULL);
        give_stack(f, &stack);
        fixture_run(f, 2);
        for (int width = 1; width <= WIDTH_MAX; width += width < 70 && counts[i] == 3 ? 1 : 17)
            for (int height = 1; height <= HEIGHT_MAX; height += height < 20 ? 1 : 5)
                paint_stack(f, &stack, width, height);
        fixture_free(f);
    }
}

static void test_every_size(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 5);
    for (int width = 1; width <= WIDTH_MAX; width++) {
        for (int height = 1; height <= HEIGHT_MAX; height++) {
            fixture_paint(f, width, height);
            assert_frames(&f->canvas);
        }
    }
    fixture_free(f);
}

static void paint_at_some_sizes(struct fixture *f)
{
    for (int width = 1; width <= WIDTH_MAX; width += width < 25 ? 4 : 23)
        for (int height = 1; height <= HEIGHT_MAX; height += height < 8 ? 2 : 9)
            paint_on_all_screens(f, width, height);
}

static void test_every_screen(void **state)
{
    static const int counts[] = {0, 1, 2, 7, 130};

    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct fixture *f = fixture_new(counts[i], NULL);

        paint_at_some_sizes(f); /* before anything is known */
        fixture_run(f, 2);
        paint_at_some_sizes(f);
        fixture_key(f, 'G', 24);
        paint_at_some_sizes(f);
        fixture_free(f);
    }
}

static struct fixture *hostile(void)
{
    enum { COUNT = sizeof hostile_names / sizeof hostile_names[0] };
    struct fixture *f = fixture_new(COUNT, hostile_names);

    for (int i = 1; i < COUNT; i += 2)
        fixture_fault(f, i, FAULT_AUTH, hostile_names[i]);
    fixture_run(f, 3);
    return f;
}

static void test_hostile_names(void **state)
{
    struct fixture *f = hostile();

    (void)state;
    paint_at_some_sizes(f);
    f->state.lsns_chosen = f->state.lsns = true;
    f->state.panel = PANEL_EVENTS;
    paint_at_some_sizes(f);
    fixture_free(f);
}

/* Between two columns of the table there is a blank in every row. */
static void assert_gaps(struct fixture *f, int width, int height)
{
    struct view_input input = fixture_input(f, 0);
    struct view *view = mem_calloc(1, sizeof *view);
    struct columns columns;
    int top = 0;

    fixture_paint(f, width, height);
    view_gather(&input, view);
    columns_choose(view, width - 3, &columns);
    while (f->canvas.cells[(size_t)top * (size_t)width].character != GLYPH_TOP_LEFT)
        top++;
    for (int row = top + 1;
         f->canvas.cells[(size_t)row * (size_t)width].character == GLYPH_VERTICAL; row++) {
        const struct cell *cells = &f->canvas.cells[(size_t)row * (size_t)width];
        int column = 1 + columns.node_width;

        assert_int_equal(cells[column].character, ' ');
        for (int i = 0; i < columns.count; i++) {
            column += 1 + columns.widths[i];
            assert_int_equal(cells[column].character, ' ');
        }
    }
    free(view);
}

static void test_text_stays_in_its_cell(void **state)
{
    struct fixture *f = hostile();

    (void)state;
    for (int lsns = 0; lsns < 2; lsns++) {
        f->state.lsns_chosen = true;
        f->state.lsns = lsns == 1;
        for (int width = LAYOUT_FULL_WIDTH; width <= WIDTH_MAX; width++)
            assert_gaps(f, width, 40);
    }
    fixture_free(f);
}

static char *row_text(const struct canvas *canvas, int row)
{
    char *text = canvas_to_text(canvas), *line = text;
    char *copy;

    while (row-- > 0)
        line = strchr(line, '\n') + 1;
    *strchr(line, '\n') = '\0';
    copy = mem_strdup(line);
    free(text);
    return copy;
}

static bool screen_says(const struct canvas *canvas, const char *what)
{
    char *text = canvas_to_text(canvas);
    bool says = strstr(text, what) != NULL;

    free(text);
    return says;
}

static void test_state_is_a_word(void **state)
{
    static const int widths[] = {20, 59, 60, 80, 120, 200};
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_fault(f, 2, FAULT_REFUSED, "");
    fixture_run(f, 3);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        fixture_paint(f, widths[i], widths[i] < 60 ? 8 : 24);
        assert_true(screen_says(&f->canvas, " up "));
        assert_true(screen_says(&f->canvas, "streaming"));
        assert_true(screen_says(&f->canvas, "refused"));
    }
    fixture_free(f);
}

/* Headings and frames are where they were when every value gets as wide as it can. */
static void test_nothing_jumps(void **state)
{
    struct fixture *f = fixture_new(3, NULL);
    char *before, *after;

    (void)state;
    fixture_run(f, 3);
    fixture_paint(f, 140, 30);
    before = row_text(&f->canvas, 3);
    f->nodes[2].behind_replay = 123456;
    f->nodes[2].behind_flush = 123456;
    f->per_second = 1;
    f->nodes[0].sample.standbys[1].replay_lag_us = 133 * US_PER_S;
    f->nodes[0].sample.standbys[1].sync_state = SYNC_STATE_POTENTIAL;
    f->nodes[0].sample.waiting_commits = 123;
    f->nodes[0].sample.longest_wait_us = 500 * US_PER_MS;
    fixture_run(f, 1);
    fixture_paint(f, 140, 30);
    after = row_text(&f->canvas, 3);
    assert_non_null(strstr(before, "NODE"));
    assert_string_equal(before, after);
    free(before);
    free(after);
    fixture_free(f);
}

static void test_unknown_is_no_number(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_paint(f, 120, 36);
    assert_true(screen_says(&f->canvas, "connecting"));
    assert_true(screen_says(&f->canvas, "commits waiting: unknown"));
    assert_false(screen_says(&f->canvas, "0 B"));
    assert_false(screen_says(&f->canvas, "0/0"));
    assert_false(screen_says(&f->canvas, "0.0 ms"));
    fixture_free(f);
}

/* The rule could not be read; what waits is seen. */
static void test_rule_too_long(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    f->nodes[0].sample.sync_names_cut = true;
    f->nodes[0].sample.waiting_commits = 3;
    for (int s = 7; s <= 9; s++) {
        f->nodes[0].sample.longest_wait_us = s * US_PER_S;
        fixture_run(f, 1);
    }
    fixture_paint(f, 120, 36);
    assert_true(screen_says(&f->canvas, "unknown: the rule is too long to be read"));
    assert_true(screen_says(&f->canvas, "commits waiting 3 (max 9.0 s)"));
    assert_true(screen_says(&f->canvas, "COMMITS BLOCKED: 3 waiting"));
    fixture_free(f);
}

static void test_stalled(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 3);
    f->nodes[2].behind_replay = 5100;
    fixture_run(f, 1);
    f->nodes[0].silent = true;
    fixture_paint(f, 80, 24);
    assert_false(screen_says(&f->canvas, "stalled"));
    f->nodes[0].silent = false;
    fixture_run(f, 4); /* nothing is written, nothing is replayed */
    fixture_paint(f, 80, 24);
    assert_true(screen_says(&f->canvas, "5.1 kB stalled"));
    fixture_paint(f, 120, 36);
    assert_true(screen_says(&f->canvas, "stalled"));
    fixture_free(f);
}

/* All cells of that ASCII text, wherever it stands, have this style. */
static void assert_style(const struct canvas *canvas, const char *text, enum style style)
{
    int length = (int)strlen(text), found = 0, cells = canvas->width * canvas->height;

    for (int at = 0; at + length <= cells; at++) {
        int same = 0;

        while (same < length && canvas->cells[at + same].character == (unsigned char)text[same])
            same++;
        if (same < length)
            continue;
        found++;
        for (int i = 0; i < length; i++)
            assert_int_equal(canvas->cells[at + i].style, style);
    }
    assert_true(found > 0);
}

static void test_dead_node_keeps_its_values(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 3);
    fixture_fault(f, 0, FAULT_NOT_RESPONDING, "");
    fixture_run(f, 12);
    fixture_paint(f, 120, 36);
    assert_true(screen_says(&f->canvas, "0/5A21C3F8"));
    assert_true(screen_says(&f->canvas, "sync 1"));
    assert_true(screen_says(&f->canvas, "12 s old"));
    assert_style(&f->canvas, "0.8 ms", STYLE_DIM);
    assert_style(&f->canvas, "sync 1", STYLE_DIM);
    assert_style(&f->canvas, "12 s old", STYLE_WARNING);
    fixture_fault(f, 0, FAULT_NONE, "");
    fixture_fault(f, 1, FAULT_NOT_RESPONDING, "");
    fixture_run(f, 12);
    fixture_paint(f, 200, 50);
    assert_false(screen_says(&f->canvas, "s old")); /* there is a column for it */
    assert_true(screen_says(&f->canvas, "12 s"));
    fixture_free(f);
}

/* A row says both. */
static void assert_row(const struct canvas *canvas, const char *what, const char *with)
{
    bool found = false;

    for (int row = 0; row < canvas->height; row++) {
        char *text = row_text(canvas, row);

        found |= strstr(text, what) != NULL && strstr(text, with) != NULL;
        free(text);
    }
    if (!found)
        fail_msg("no row says \"%s\" and \"%s\"", what, with);
}

/* The standbys answer: their own figures are of now, what the primary said of them is not. */
static void test_dead_sender(void **state)
{
    static const int widths[] = {80, 120, 140, 200};
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 3);
    fixture_fault(f, 0, FAULT_NOT_RESPONDING, "");
    f->nodes[2].behind_replay = (lsn_t)0 - 0x100; /* it had more to replay */
    fixture_run(f, 12);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        fixture_paint(f, widths[i], 30);
        assert_true(screen_says(&f->canvas, "12 s old"));
        if (widths[i] >= 120)
            assert_row(&f->canvas, "potential 2", "0/5A21C4F8");
    }
    fixture_free(f);
}

static void test_unlisted_standby(void **state)
{
    struct fixture *f = fixture_new(3, NULL);
    struct standby_row *row;

    (void)state;
    fixture_row(f, 2);
    row = &f->nodes[0].sample.standbys[2];
    str_copy(row->application_name, sizeof row->application_name, "stranger");
    row->pid = 9000;
    fixture_run(f, 2);
    fixture_paint(f, 80, 24);
    assert_true(screen_says(&f->canvas, "stranger"));
    assert_true(screen_says(&f->canvas, "unlisted"));
    fixture_key(f, 'G', 24);
    fixture_key(f, UI_KEY_ENTER, 24);
    fixture_paint(f, 120, 36);
    assert_true(screen_says(&f->canvas, "not in the cluster description"));
    fixture_free(f);
}

static void test_small(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 2);
    fixture_paint(f, 19, 4);
    assert_true(screen_says(&f->canvas, "needs 20x4"));
    fixture_paint(f, 20, 3);
    assert_true(screen_says(&f->canvas, "needs 20x4"));
    fixture_paint(f, 20, 4);
    assert_true(screen_says(&f->canvas, "HEALTHY"));
    assert_true(screen_says(&f->canvas, "replica2 streaming"));
    fixture_free(f);
}

static void test_notice(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 2);
    fixture_key(f, 'X', 24);
    fixture_paint(f, 80, 24);
    assert_true(screen_says(&f->canvas, "X does nothing here"));
    fixture_run(f, 5);
    fixture_paint(f, 80, 24);
    assert_false(screen_says(&f->canvas, "X does nothing here"));
    assert_true(screen_says(&f->canvas, "? help"));
    fixture_free(f);
}

static void test_filter(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 2);
    fixture_key(f, 'e', 24);
    fixture_key(f, '/', 24);
    fixture_key(f, '2', 24);
    fixture_paint(f, 80, 24);
    assert_true(screen_says(&f->canvas, "filter: 2"));
    assert_true(screen_says(&f->canvas, "replica2"));
    assert_false(screen_says(&f->canvas, "replica1"));
    fixture_key(f, '~', 24);
    fixture_paint(f, 80, 24);
    assert_true(screen_says(&f->canvas, "no event contains that text"));
    fixture_free(f);
}

/* However narrow: what happened is there, and no word is cut to pieces. */
static void test_events_of_narrow_screens(void **state)
{
    static const int widths[] = {20, 24, 31, 32, 40, 50, 51, 80};
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 2);
    fixture_key(f, 'e', 24);
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        fixture_paint(f, widths[i], 30);
        assert_true(screen_says(&f->canvas, "12:03:01"));
        assert_true(screen_says(&f->canvas, "standby,"));
        assert_true(screen_says(&f->canvas, "PostgreSQL"));
    }
    fixture_free(f);
}

static void test_copied_row(void **state)
{
    struct fixture *f = fixture_new(3, NULL);
    struct view_input input;
    char text[512];

    (void)state;
    fixture_run(f, 2);
    fixture_key(f, 'j', 24);
    input = fixture_input(f, 0);
    view_selected_row_text(&input, text, sizeof text);
    assert_non_null(strstr(text, "replica1  role: standby  state: streaming  sync: sync 1"));
    assert_non_null(strstr(text, "replay: 0/5A21C3F8"));
    view_selected_row_text(&input, text, 8);
    assert_string_equal(text, "replica");
    fixture_free(f);
}

/* Its receiver ended before its control file was written anew: it has the WAL all the same. */
static void test_received_timeline(void **state)
{
    struct fixture *f = fixture_new(3, NULL);
    struct node_sample *standby = &f->nodes[2].sample;
    struct view_input input;
    char text[512];

    (void)state;
    standby->timeline = standby->receiver.received_tli = 4;
    fixture_run(f, 2);
    standby->receiver = (struct receiver_row){.last_message_age_us = UNKNOWN_US};
    standby->timeline = 3;
    fixture_run(f, 1);
    fixture_key(f, 'G', 24);
    input = fixture_input(f, 0);
    view_selected_row_text(&input, text, sizeof text);
    assert_non_null(strstr(text, "replica2"));
    assert_non_null(strstr(text, "timeline: 4"));
    fixture_key(f, UI_KEY_ENTER, 24);
    fixture_paint(f, 120, 36);
    assert_true(screen_says(&f->canvas, "4 (received; its control"));
    fixture_free(f);
}

/* The same input gives the same cells. */
static void test_pure(void **state)
{
    struct fixture *f = fixture_new(3, NULL);
    char *first, *second;

    (void)state;
    fixture_run(f, 9);
    fixture_paint(f, 120, 36);
    first = canvas_to_text(&f->canvas);
    fixture_paint(f, 7, 7);
    fixture_paint(f, 120, 36);
    second = canvas_to_text(&f->canvas);
    assert_string_equal(first, second);
    free(first);
    free(second);
    fixture_free(f);
}

static void test_ascii(void **state)
{
    struct fixture *f = fixture_new(3, NULL);

    (void)state;
    fixture_run(f, 9);
    f->state.ascii = true;
    for (int screen = 0; screen < SCREENS; screen++) {
        f->state.screen = (enum ui_screen)screen;
        fixture_paint(f, 120, 36);
        for (int i = 0; i < 120 * 36; i++)
            assert_in_range(f->canvas.cells[i].character, ' ', '~');
    }
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_size),
        cmocka_unit_test(test_every_screen),
        cmocka_unit_test(test_stack_every_size),
        cmocka_unit_test(test_hostile_names),
        cmocka_unit_test(test_text_stays_in_its_cell),
        cmocka_unit_test(test_state_is_a_word),
        cmocka_unit_test(test_nothing_jumps),
        cmocka_unit_test(test_unknown_is_no_number),
        cmocka_unit_test(test_rule_too_long),
        cmocka_unit_test(test_stalled),
        cmocka_unit_test(test_dead_node_keeps_its_values),
        cmocka_unit_test(test_dead_sender),
        cmocka_unit_test(test_unlisted_standby),
        cmocka_unit_test(test_small),
        cmocka_unit_test(test_notice),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_events_of_narrow_screens),
        cmocka_unit_test(test_copied_row),
        cmocka_unit_test(test_received_timeline),
        cmocka_unit_test(test_pure),
        cmocka_unit_test(test_ascii),
    };
    return cmocka_run_group_tests_name("view", tests, NULL, NULL);
}
