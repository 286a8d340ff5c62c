/*
 * problems: see problems.h; and how one of them is written out.
 */
#include "config/problems.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static struct settings_problem *append(struct settings_problems *problems)
{
    problems->items = mem_realloc(problems->items, (problems->count + 1) * sizeof *problems->items);
    problems->items[problems->count] = (struct settings_problem){0};
    return &problems->items[problems->count++];
}

static void add(struct problem_list *list, bool warning, int line, int column, const char *format,
                va_list args) __attribute__((format(printf, 5, 0)));

static void add(struct problem_list *list, bool warning, int line, int column, const char *format,
                va_list args)
{
    struct settings_problem *problem;
    char text[sizeof problem->error.message];

    if (list->out->count >= PROBLEMS_MAX) {
        list->overflow = true;
        return;
    }
    problem = append(list->out);
    problem->warning = warning;
    problem->line = line;
    problem->column = column;
    vsnprintf(text, sizeof text, format, args);
    error_set(&problem->error, "%s", text);
}

void problem_add(struct problem_list *list, int line, int column, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(list, false, line, column, format, args);
    va_end(args);
}

void problem_warn(struct problem_list *list, int line, int column, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(list, true, line, column, format, args);
    va_end(args);
}

void problem_hint(struct problem_list *list, const char *format, ...)
{
    struct settings_problems *problems = list->out;
    char text[sizeof problems->items->error.hint];
    va_list args;

    if (list->overflow || problems->count == 0)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    error_hint(&problems->items[problems->count - 1].error, "%s", text);
}

bool problems_full(const struct problem_list *list)
{
    return list->overflow;
}

static bool is_before(const struct settings_problem *a, const struct settings_problem *b)
{
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

/* Insertion: keeps the order of equals, as qsort does not, and there are few. */
static void sort(struct settings_problems *problems)
{
    for (size_t i = 1; i < problems->count; i++) {
        struct settings_problem moved = problems->items[i];
        size_t at = i;

        for (; at > 0 && is_before(&moved, &problems->items[at - 1]); at--)
            problems->items[at] = problems->items[at - 1];
        problems->items[at] = moved;
    }
}

bool problems_finish(struct problem_list *list)
{
    struct settings_problems *problems = list->out;

    sort(problems);
    if (list->overflow) {
        error_set(&append(problems)->error, "there are more problems than these %d", PROBLEMS_MAX);
        error_hint(&problems->items[problems->count - 1].error, "mend these first");
    }
    for (size_t i = 0; i < problems->count; i++)
        if (!problems->items[i].warning)
            return false;
    return true;
}

void settings_problems_free(struct settings_problems *problems)
{
    free(problems->items);
    *problems = (struct settings_problems){0};
}

void settings_problem_format(const char *path, const struct settings_problem *problem, char *out,
                             size_t size)
{
    char text[4096 + sizeof problem->error];
    bool hinted = problem->error.hint[0] != '\0';

    str_copy(text, sizeof text, path);
    if (problem->line > 0)
        str_appendf(text, sizeof text, ":%d:%d", problem->line, problem->column);
    str_appendf(text, sizeof text, ": %s%s%s%s", problem->warning ? "warning: " : "",
                problem->error.message, hinted ? "; " : "", problem->error.hint);
    str_sanitize(out, size, text, SIZE_MAX);
}
