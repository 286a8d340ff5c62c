/*
 * problems: collects what is wrong with a description, to be told in one go and in file order.
 */
#ifndef CONFIG_PROBLEMS_H
#define CONFIG_PROBLEMS_H

#include <stdbool.h>

#include "config/settings.h"

#define PROBLEMS_MAX 100 /* of one file: more are not read by anybody */

struct problem_list {
    struct settings_problems *out; /* the caller's */
    bool overflow;
};

/* Line and column from 1; 0, 0 for a problem of the whole file. */
void problem_add(struct problem_list *list, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void problem_warn(struct problem_list *list, int line, int column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Sets the hint of the problem added last. */
void problem_hint(struct problem_list *list, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* There are more than are kept: what follows need not be read. */
bool problems_full(const struct problem_list *list);
/* Puts them in file order; true when none of them is an error. */
bool problems_finish(struct problem_list *list);

#endif
