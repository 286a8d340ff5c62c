/*
 * stack_answer: see stack_answer.h.
 */
#include "stack/stack_answer.h"

#include <string.h>

#define DIGITS "0123456789"
#define LSN_DIGITS "0123456789ABCDEF"
#define UUID_DIGITS "0123456789abcdef"

/* Steps over 1 to most characters of the set. */
static bool skip(const char **at, const char *set, size_t most)
{
    size_t length = strspn(*at, set);

    *at += length;
    return length > 0 && length <= most;
}

static bool skip_char(const char **at, char c)
{
    return **at == c && *(*at)++ == c;
}

static bool skip_uuid(const char **at)
{
    static const size_t groups[] = {8, 4, 4, 4, 12};

    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        const char *start = *at;
        if ((i > 0 && !skip_char(&start, '-')) || strspn(start, UUID_DIGITS) != groups[i])
            return false;
        *at = start + groups[i];
    }
    return true;
}

/* TIMELINE LSN */
static bool is_wal_end(const char *at)
{
    return *at != '0' && skip(&at, DIGITS, 10) && skip_char(&at, ' ') && skip(&at, LSN_DIGITS, 8) &&
           skip_char(&at, '/') && skip(&at, LSN_DIGITS, 8) && *at == '\0';
}

/* UUID SYSTEM_IDENTIFIER, or - for a UUID that is not there */
static bool is_identity(const char *at)
{
    return (skip_uuid(&at) || skip_char(&at, '-')) && skip_char(&at, ' ') &&
           skip(&at, DIGITS, 20) && *at == '\0';
}

bool stack_verb_asks(enum stack_verb verb)
{
    return verb == STACK_WAL_END || verb == STACK_IDENTITY;
}

bool stack_is_answer(enum stack_verb verb, const char *line)
{
    return (verb == STACK_WAL_END && is_wal_end(line)) ||
           (verb == STACK_IDENTITY && is_identity(line));
}

bool stack_is_uuid(const char *line)
{
    return skip_uuid(&line) && (*line == '\0' || strcmp(line, "\n") == 0);
}
