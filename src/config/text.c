/*
 * text: see text.h. Lines and columns are counted as libyaml does: columns in characters, and
 * U+0085, U+2028 and U+2029 end a line too.
 */
#include "config/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "config/braces.h"

static const char *kind_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a directory";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    default:
        return "not a regular file";
    }
}

static bool fail(struct problem_list *problems, int errno_value)
{
    char reason[128];

    if (strerror_r(errno_value, reason, sizeof reason) != 0)
        str_format(reason, sizeof reason, "error %d", errno_value);
    problem_add(problems, 0, 0, "cannot be read: %s", reason);
    if (errno_value == ENOENT)
        problem_hint(problems, "is the path right?");
    else if (errno_value == EACCES)
        problem_hint(problems, "the user of this program needs permission to read it");
    return false;
}

static bool check_file(const struct stat *info, struct problem_list *problems)
{
    if (!S_ISREG(info->st_mode)) {
        problem_add(problems, 0, 0, "is %s", kind_of(info->st_mode));
        problem_hint(problems, "a cluster description is a regular file");
        return false;
    }
    if (info->st_size > SETTINGS_FILE_MAX_BYTES) {
        problem_add(problems, 0, 0, "is larger than 1 MiB");
        problem_hint(problems, "a cluster description has a few kB");
        return false;
    }
    return true;
}

/* The size that stat told may be 0 (files of /proc) or grow: reads to the end or to the limit. */
static char *read_all(int fd, size_t *length, struct problem_list *problems)
{
    size_t room = SETTINGS_FILE_MAX_BYTES + 1;
    char *text = mem_calloc(1, room);
    ssize_t got = 1;

    *length = 0;
    while (got != 0 && *length < room) {
        got = read(fd, text + *length, room - *length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            fail(problems, errno);
            free(text);
            return NULL;
        }
        *length += (size_t)got;
    }
    if (*length == room) {
        check_file(&(struct stat){.st_mode = S_IFREG, .st_size = (off_t)room}, problems);
        free(text);
        return NULL;
    }
    return text;
}

char *text_read(const char *path, size_t *length, unsigned *mode, struct problem_list *problems)
{
    struct stat info;
    char *text = NULL;
    int fd;

    /* Asked before it is opened: to open a device can do something (a tape rewinds). */
    if (stat(path, &info) != 0) {
        fail(problems, errno);
        return NULL;
    }
    if (!check_file(&info, problems))
        return NULL;
    /* O_NONBLOCK: it may have become a FIFO since. */
    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) != 0)
        fail(problems, errno);
    else if (check_file(&info, problems))
        text = read_all(fd, length, problems);
    if (fd >= 0)
        close(fd);
    *mode = info.st_mode;
    return text;
}

struct place {
    int line, column;
};

static void advance(struct place *place, uint32_t character, char next)
{
    bool breaks = character == '\n' || (character == '\r' && next != '\n') || character == 0x85 ||
                  character == 0x2028 || character == 0x2029;

    if (breaks) {
        place->line++;
        place->column = 1;
    } else {
        place->column++;
    }
}

static bool is_allowed(uint32_t c)
{
    if (c < 0x20)
        return c == '\t' || c == '\n' || c == '\r';
    return (c < 0x7F || c > 0x9F || c == 0x85) && c != 0xFEFF && c != 0xFFFE && c != 0xFFFF &&
           !braces_reserves(c);
}

/* `replaced`: str_next_char found U+FFFD, which may stand in the text itself. */
static bool is_invalid(const char *at, const char *after, uint32_t character)
{
    return character == 0xFFFD && after - at == 1;
}

static bool check_characters(const char *text, size_t length, struct problem_list *problems)
{
    struct place place = {1, 1};
    const char *at = text, *end = text + length;

    while (at < end) {
        const char *after = at;
        uint32_t character = str_next_char(&after);

        if (character == 0) {
            problem_add(problems, place.line, place.column, "a NUL byte");
            problem_hint(problems, "a cluster description is plain text in UTF-8");
            return false;
        }
        if (is_invalid(at, after, character)) {
            problem_add(problems, place.line, place.column, "not UTF-8: byte 0x%02X",
                        (unsigned)(unsigned char)*at);
            problem_hint(problems, "save the file as UTF-8");
            return false;
        }
        if (!is_allowed(character)) {
            problem_add(problems, place.line, place.column, "character U+%04X is not taken here",
                        (unsigned)character);
            problem_hint(problems, "remove it");
            return false;
        }
        at = after;
        advance(&place, character, at < end ? *at : '\0');
    }
    return true;
}

static bool is_wide(const char *text, size_t length)
{
    return length >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0);
}

bool text_check(const char **text, size_t *length, struct problem_list *problems)
{
    if (is_wide(*text, *length)) {
        problem_add(problems, 1, 1, "is UTF-16, not UTF-8");
        problem_hint(problems, "save the file as UTF-8");
        return false;
    }
    if (*length >= 3 && memcmp(*text, "\xEF\xBB\xBF", 3) == 0) {
        *text += 3;
        *length -= 3;
    }
    return check_characters(*text, *length, problems);
}
