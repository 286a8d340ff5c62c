/*
 * lines: a file's lines, one by one, in bounded memory: also of a file that has no end of a line
 * for a gigabyte, or one that is being written.
 */
#ifndef RECORD_LINES_H
#define RECORD_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct lines;

enum lines_end {
    LINES_LINE,    /* there is one */
    LINES_AT_END,  /* no whole line more, so far: a torn one, or nothing */
    LINES_TOO_LONG /* longer than a line can be */
};

/* A regular file. NULL with an error. */
struct lines *lines_open(const char *path, size_t longest, struct error *err);
void lines_close(struct lines **lines);

/* Without its end; valid until the next call. */
enum lines_end lines_next(struct lines *lines, const char **line, size_t *length);
/* Where the next line begins, and back there. */
int64_t lines_offset(const struct lines *lines);
void lines_go_to(struct lines *lines, int64_t offset);
/* Of the file, now. */
int64_t lines_size(const struct lines *lines);

#endif
