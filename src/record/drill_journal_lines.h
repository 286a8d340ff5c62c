/*
 * drill_journal_lines: the entries of a drill's journal as lines of JSON. Nothing is opened here.
 */
#ifndef RECORD_DRILL_JOURNAL_LINES_H
#define RECORD_DRILL_JOURNAL_LINES_H

#include <stddef.h>

#include "base/clock.h"
#include "cluster/drill_left.h"

/* With its end of line; malloc'ed, freed with free(). */
char *drill_journal_line(const struct drill_entry *entry, wall_us at);
/* One line without its end. False with `why` (a literal): it is none. */
bool drill_journal_parse(const char *line, size_t length, struct drill_entry *entry,
                         const char **why);

#endif
