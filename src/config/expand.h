/*
 * expand: ${VARIABLE} and ${VARIABLE:-default} in a value. What a variable holds is taken as it is,
 * not expanded again, and never part of a message. A $ before anything but { is itself.
 */
#ifndef CONFIG_EXPAND_H
#define CONFIG_EXPAND_H

#include <stdbool.h>

#include "base/error.h"

struct expansion {
    char *text;    /* malloc'ed, the caller's */
    bool expanded; /* there was a ${} at all */
};

/* As in a shell, :- also stands in for a variable that is empty. Errors go on from the name of an
 * option: "takes ${X}, which is not set". */
bool expand(const char *text, struct expansion *result, struct error *err);

/* What of a text that could be expanded stands in the file itself: a character EXPAND_HIDDEN for
 * each ${} that its variable stands in for; its default when that serves, unless `hide_defaults`.
 * malloc'ed, the caller's. */
#define EXPAND_HIDDEN '\001'
char *expand_in_file(const char *text, bool hide_defaults);

#endif
