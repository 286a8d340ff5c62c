/*
 * golden: a text against the file of it in tests/golden. GOLDEN_WRITE=1 writes the files anew; what
 * changed is then reviewed as a diff.
 */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define GOLDEN_DIRECTORY "tests/golden"
#define GOLDEN_UNUSED __attribute__((unused)) static

GOLDEN_UNUSED char *golden_read(const char *path)
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

GOLDEN_UNUSED void golden_write(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

GOLDEN_UNUSED void golden_say_difference(const char *path, const char *want, const char *got)
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

/* Returns true when the text is as the file says. */
GOLDEN_UNUSED bool golden_check_path(const char *path, const char *got)
{
    const char *write = getenv("GOLDEN_WRITE");
    bool same;

    if (write != NULL && write[0] != '\0') {
        golden_write(path, got);
        return true;
    }
    char *want = golden_read(path);
    if (want == NULL) {
        fprintf(stderr, "# %s: not there; `make goldens` writes it\n", path);
        return false;
    }
    same = strcmp(want, got) == 0;
    if (!same)
        golden_say_difference(path, want, got);
    free(want);
    return same;
}

/* The same by the file's name in tests/golden. */
GOLDEN_UNUSED bool golden_check(const char *file, const char *got)
{
    char path[128];

    str_format(path, sizeof path, "%s/%s", GOLDEN_DIRECTORY, file);
    return golden_check_path(path, got);
}

#endif
