/*
 * lines: see lines.h.
 */
#include "record/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define FIRST_CAPACITY (128 * 1024)

struct lines {
    int fd;
    char *buffer;
    size_t capacity, longest;
    size_t start, end; /* of what is read and not given yet */
    size_t looked;     /* from start: no end of a line there */
    int64_t offset;    /* in the file, of `start` */
};

struct lines *lines_open(const char *path, size_t longest, struct error *err)
{
    struct lines *lines = mem_calloc(1, sizeof *lines);
    char shown[512];
    struct stat status;

    str_sanitize(shown, sizeof shown, path, SIZE_MAX);
    /* Not blocking: a FIFO is refused, not waited for. */
    lines->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    lines->longest = longest;
    lines->capacity = FIRST_CAPACITY;
    lines->buffer = mem_calloc(1, lines->capacity);
    if (lines->fd < 0)
        error_errno(err, errno, "cannot open %s", shown);
    else if (fstat(lines->fd, &status) != 0)
        error_errno(err, errno, "cannot look at %s", shown);
    else if (!S_ISREG(status.st_mode))
        error_set(err, "%s is not a regular file", shown);
    else
        return lines;
    lines_close(&lines);
    return NULL;
}

void lines_close(struct lines **lines)
{
    if (*lines == NULL)
        return;
    if ((*lines)->fd >= 0)
        close((*lines)->fd);
    free((*lines)->buffer);
    free(*lines);
    *lines = NULL;
}

/* False at the end of the file (or at an error, which is an end too). */
static bool read_more(struct lines *lines)
{
    ssize_t some;

    if (lines->start > 0) {
        memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
        lines->end -= lines->start;
        lines->start = 0;
    }
    if (lines->end == lines->capacity) {
        lines->capacity *= 2;
        lines->buffer = mem_realloc(lines->buffer, lines->capacity);
    }
    do
        some = pread(lines->fd, lines->buffer + lines->end, lines->capacity - lines->end,
                     lines->offset + (int64_t)lines->end);
    while (some < 0 && errno == EINTR);
    if (some > 0)
        lines->end += (size_t)some;
    return some > 0;
}

enum lines_end lines_next(struct lines *lines, const char **line, size_t *length)
{
    for (;;) {
        const char *from = lines->buffer + lines->start;
        size_t there = lines->end - lines->start;
        const char *newline = memchr(from + lines->looked, '\n', there - lines->looked);

        if (newline != NULL) {
            *line = from;
            *length = (size_t)(newline - from);
            lines->start += *length + 1;
            lines->offset += (int64_t)*length + 1;
            lines->looked = 0;
            return *length > lines->longest ? LINES_TOO_LONG : LINES_LINE;
        }
        lines->looked = there;
        if (there > lines->longest)
            return LINES_TOO_LONG;
        if (!read_more(lines))
            return LINES_AT_END;
    }
}

int64_t lines_offset(const struct lines *lines)
{
    return lines->offset;
}

void lines_go_to(struct lines *lines, int64_t offset)
{
    int64_t ahead = offset - lines->offset;

    lines->looked = 0;
    if (ahead >= 0 && ahead <= (int64_t)(lines->end - lines->start)) {
        lines->start += (size_t)ahead;
    } else {
        lines->start = lines->end = 0;
    }
    lines->offset = offset;
}

int64_t lines_size(const struct lines *lines)
{
    struct stat status;

    return fstat(lines->fd, &status) == 0 ? (int64_t)status.st_size : 0;
}
