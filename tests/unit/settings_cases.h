/*
 * settings_cases: runs a table of broken descriptions through settings_parse and compares every
 * message, whole, in order. No message may hold "s3cret", which stands in for a password.
 */
#ifndef SETTINGS_CASES_H
#define SETTINGS_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "config/settings.h"

/* A description without fault; what follows it begins on line 3. */
#define VALID "cluster: x\nnodes: [{name: a, host: h}]\n"

struct broken {
    const char *text;
    const char *expected; /* a line for each problem */
};

static inline void set_environment(void)
{
    setenv("SECRET", "s3cret", 1);
    setenv("CONNINFO", "host=h password=s3cret", 1);
    setenv("NUMBER", "7", 1);
    setenv("EMPTY", "", 1);
    setenv("LATIN1", "\xE9", 1);
    setenv("HOME", "/home/u", 1);
    unsetenv("UNSET");
}

static inline void format_problems(const struct settings_problems *problems, char *out, size_t size)
{
    char line[1024];

    str_copy(out, size, "");
    for (size_t i = 0; i < problems->count; i++) {
        settings_problem_format("t.yaml", &problems->items[i], line, sizeof line);
        str_appendf(out, size, "%s\n", line);
    }
}

static inline void check_broken(const struct broken *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct settings_problems problems;
        struct settings *settings =
            settings_parse("t.yaml", cases[i].text, strlen(cases[i].text), &problems);
        char told[8192];

        format_problems(&problems, told, sizeof told);
        if (strcmp(told, cases[i].expected) != 0)
            fprintf(stderr, "case %zu:\n%s", i, cases[i].text);
        assert_string_equal(told, cases[i].expected);
        assert_null(strstr(told, "s3cret"));
        assert_null(settings);
        settings_problems_free(&problems);
    }
}

#endif
