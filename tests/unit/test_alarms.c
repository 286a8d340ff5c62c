/*
 * alarms: what no screen may hide is on every screen at every size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

static struct drill_view drill;
static struct drill_run run;
static struct stack_view stack;

static const struct {
    int width, height;
} sizes[] = {{200, 50}, {120, 36}, {80, 24}, {60, 16}, {80, 15}, {59, 30}, {40, 7}, {20, 4}};

#define SIZES (sizeof sizes / sizeof sizes[0])

static struct fixture *lab(void)
{
    struct fixture *f = fixture_new(3, NULL);

    memset(&drill, 0, sizeof drill);
    memset(&run, 0, sizeof run);
    memset(&stack, 0, sizeof stack);
    drill.run = &run;
    f->state.drill = &drill;
    f->stack = &stack;
    f->state.has_stack = true;
    fixture_run(f, 3);
    return f;
}

static bool screen_says(const struct canvas *canvas, const char *what)
{
    char *text = canvas_to_text(canvas);
    bool says = strstr(text, what) != NULL;

    free(text);
    return says;
}

static void assert_everywhere(struct fixture *f, const char *what)
{
    static const enum ui_screen screens[] = {SCREEN_MAIN, SCREEN_STACK, SCREEN_DETAIL,
                                             SCREEN_EVENTS, SCREEN_DRILL};

    for (size_t s = 0; s < sizeof screens / sizeof screens[0]; s++)
        for (size_t i = 0; i < SIZES; i++) {
            f->state.screen = screens[s];
            fixture_paint(f, sizes[i].width, sizes[i].height);
            if (!screen_says(&f->canvas, what))
                fail_msg("screen %d at %dx%d does not say \"%s\"", screens[s], sizes[i].width,
                         sizes[i].height, what);
        }
}

static void test_journal(void **state)
{
    struct fixture *f = lab();

    (void)state;
    str_copy(drill.journal, sizeof drill.journal, "primary is stopped");
    assert_everywhere(f, "AN EARLIER");
    fixture_free(f);
}

static void test_not_undone(void **state)
{
    struct fixture *f = lab();

    (void)state;
    f->state.drill_under_way = true;
    str_copy(run.left[run.left_count++], sizeof run.left[0], "primary is stopped");
    assert_everywhere(f, "NOT UNDONE");
    fixture_free(f);
}

static void test_two_primaries(void **state)
{
    struct fixture *f = lab();
    struct node_sample *promoted = &f->nodes[1].sample;

    (void)state;
    promoted->in_recovery = false;
    promoted->timeline = 4;
    promoted->current_lsn = promoted->flush_lsn = f->written + 100;
    promoted->receiver.present = false;
    fixture_run(f, 2);
    assert_int_equal(f->model->primary_count, 2);
    assert_everywhere(f, "SPLIT BR");
    fixture_free(f);
}

/* A question stays on the screen whatever else is loud there. */
static void test_question_stays(void **state)
{
    struct fixture *f = lab();

    (void)state;
    memset(drill.journal, 'x', sizeof drill.journal - 1);
    f->state.screen = SCREEN_STACK;
    f->state.question.stage = QUESTION_YES;
    f->state.question.action = STACK_ACTION_KILL;
    f->state.question.node = 1;
    for (size_t i = 0; i < SIZES; i++) {
        fixture_paint(f, sizes[i].width, sizes[i].height);
        assert_true(screen_says(&f->canvas, "kill replica1?"));
    }
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_journal),
        cmocka_unit_test(test_not_undone),
        cmocka_unit_test(test_two_primaries),
        cmocka_unit_test(test_question_stays),
    };
    return cmocka_run_group_tests_name("alarms", tests, NULL, NULL);
}
