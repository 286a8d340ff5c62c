/*
 * golden_screen: whole screens against golden files (tests/golden/SITUATION-WIDTHxHEIGHT.txt).
 */
#ifndef TESTS_UNIT_GOLDEN_SCREEN_H
#define TESTS_UNIT_GOLDEN_SCREEN_H

#include <time.h>

#include "fixture.h"
#include "golden.h"

struct situation {
    const char *name;
    int nodes;
    void (*make)(struct fixture *f);
};

static const struct {
    int width, height;
} sizes[] = {{200, 50}, {120, 36}, {80, 24}, {60, 16}, {20, 4}};

/* Returns true when the screen is as its golden file says. */
FIXTURE_UNUSED bool golden_check_screen(const char *name, int width, int height, const char *got)
{
    char file[96];

    str_format(file, sizeof file, "%s-%dx%d.txt", name, width, height);
    return golden_check(file, got);
}

/* No size is too odd, and what is scrolled is bounded. */
FIXTURE_UNUSED void check_odd_sizes(const struct situation *situation)
{
    static const int widths[] = {1, 19, 20, 21, 39, 59, 61, 79, 99, 110, 131};
    static const int heights[] = {1, 3, 4, 5, 6, 7, 15, 17, 22, 30};
    struct fixture *f = fixture_new(situation->nodes, NULL);

    situation->make(f);
    for (size_t w = 0; w < sizeof widths / sizeof widths[0]; w++)
        for (size_t h = 0; h < sizeof heights / sizeof heights[0]; h++) {
            f->state.scroll = 1000;
            fixture_paint(f, widths[w], heights[h]);
            assert_in_range(f->state.scroll, 0, 999);
        }
    fixture_free(f);
}

FIXTURE_UNUSED void test_situation(void **state)
{
    const struct situation *situation = *state;
    bool same = true;

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct fixture *f = fixture_new(situation->nodes, NULL);
        char *text;

        situation->make(f);
        fixture_paint(f, sizes[i].width, sizes[i].height);
        text = canvas_to_text(&f->canvas);
        same &= golden_check_screen(situation->name, sizes[i].width, sizes[i].height, text);
        free(text);
        fixture_free(f);
    }
    check_odd_sizes(situation);
    assert_true(same);
}

/* Every situation at every size. */
FIXTURE_UNUSED int golden_run(const char *group, const struct situation *situations, size_t count)
{
    struct CMUnitTest *tests = mem_calloc(count, sizeof *tests);

    setenv("TZ", "UTC", 1);
    tzset();
    for (size_t i = 0; i < count; i++)
        tests[i] = (struct CMUnitTest){
            .name = situations[i].name,
            .test_func = test_situation,
            .initial_state = (void *)(uintptr_t)&situations[i],
        };
    int failed = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
    free(tests);
    return failed;
}

#endif
