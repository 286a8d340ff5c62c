/*
 * golden: whole screens against golden files (tests/golden/SITUATION-WIDTHxHEIGHT.txt). After
 * cmocka.h and fixture.h.
 */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include <stdio.h>
#include <time.h>

#include "fixture.h"

#define GOLDEN_DIRECTORY "tests/golden"

struct situation {
    const char *name;
    int nodes;
    void (*make)(struct fixture *f);
};

static const struct {
    int width, height;
} sizes[] = {{200, 50}, {120, 36}, {80, 24}, {60, 16}, {20, 4}};

FIXTURE_UNUSED char *read_file(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text;
    size_t length;

    if (in == NULL)
        return NULL;
    text = mem_calloc(1, 1 << 20);
    length = fread(text, 1, (1 << 20) - 1, in);
    text[length] = '\0';
    fclose(in);
    return text;
}

FIXTURE_UNUSED void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

FIXTURE_UNUSED void say_difference(const char *path, const char *want, const char *got)
{
    int line = 1;

    while (*want != '\0' || *got != '\0') {
        size_t w = strcspn(want, "\n"), g = strcspn(got, "\n");

        if (w != g || strncmp(want, got, w) != 0) {
            fprintf(stderr, "# %s:%d: differs\n# want: %.*s\n# got:  %.*s\n", path, line, (int)w,
                    want, (int)g, got);
            return;
        }
        want += want[w] == '\n' ? w + 1 : w;
        got += got[g] == '\n' ? g + 1 : g;
        line++;
    }
}

/* Returns true when the screen is as its golden file says. */
FIXTURE_UNUSED bool golden_check(const char *name, int width, int height, const char *got)
{
    const char *write = getenv("GOLDEN_WRITE");
    char path[128];
    bool same;

    str_format(path, sizeof path, "%s/%s-%dx%d.txt", GOLDEN_DIRECTORY, name, width, height);
    if (write != NULL && write[0] != '\0') {
        write_file(path, got);
        return true;
    }
    char *want = read_file(path);
    if (want == NULL) {
        fprintf(stderr, "# %s: not there; `make goldens` writes it\n", path);
        return false;
    }
    same = strcmp(want, got) == 0;
    if (!same)
        say_difference(path, want, got);
    free(want);
    return same;
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
        same &= golden_check(situation->name, sizes[i].width, sizes[i].height, text);
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
