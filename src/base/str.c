/*
 * str: copies and formats that know their bounds, comparison without case, the nearest word.
 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where text of which `length` bytes fit is to be cut, so that no character is torn. */
static size_t whole_characters(const char *s, size_t length)
{
    size_t cut = length;

    while (cut > 0 && length - cut < 3 && ((unsigned char)s[cut] & 0xC0) == 0x80)
        cut--;
    /* More than three continuation bytes are no character at all: then any place is as good. */
    return ((unsigned char)s[cut] & 0xC0) == 0x80 ? length : cut;
}

bool str_copy(char *dst, size_t size, const char *src)
{
    size_t length = strlen(src);
    bool fits = length < size;

    if (size == 0)
        return false;
    if (!fits)
        length = whole_characters(src, size - 1);
    memcpy(dst, src, length);
    dst[length] = '\0';
    return fits;
}

bool str_append(char *dst, size_t size, const char *src)
{
    size_t used = strnlen(dst, size);

    return str_copy(dst + used, size - used, src);
}

/* vsnprintf drops what does not fit, so whether the last character is whole is found from behind.
 */
static void drop_torn_character(char *s)
{
    size_t length = strlen(s);
    size_t lead = length;
    unsigned char first;
    size_t needed;

    while (lead > 0 && length - lead < 4 && ((unsigned char)s[lead - 1] & 0xC0) == 0x80)
        lead--;
    if (lead == 0)
        return;
    first = (unsigned char)s[lead - 1];
    needed = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    if (needed > length - lead + 1)
        s[lead - 1] = '\0';
}

static bool format_at(char *dst, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static bool format_at(char *dst, size_t size, const char *format, va_list args)
{
    int length;

    if (size == 0)
        return false;
    length = vsnprintf(dst, size, format, args);
    if (length < 0) {
        dst[0] = '\0';
        return false;
    }
    if ((size_t)length < size)
        return true;
    drop_torn_character(dst);
    return false;
}

bool str_format(char *dst, size_t size, const char *format, ...)
{
    va_list args;
    bool fits;

    va_start(args, format);
    fits = format_at(dst, size, format, args);
    va_end(args);
    return fits;
}

bool str_appendf(char *dst, size_t size, const char *format, ...)
{
    size_t used = strnlen(dst, size);
    va_list args;
    bool fits;

    va_start(args, format);
    fits = format_at(dst + used, size - used, format, args);
    va_end(args);
    return fits;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_equal_nocase(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

#define CANDIDATE_MAX_LENGTH 63

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment distance, three rows of the matrix at a time. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][CANDIDATE_MAX_LENGTH + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_length; j++)
        above[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            bool same = lower(a[i - 1]) == lower(b[j - 1]);

            row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_length];
}

const char *str_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word);
    const char *nearest = NULL;
    /* One edit in a short word, one more for every four letters: farther is another word. */
    size_t best = 2 + (length > 3) + length / 8;

    if (length == 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);
        size_t distance;

        if (candidate_length > CANDIDATE_MAX_LENGTH)
            continue;
        distance = edit_distance(word, length, candidates[i], candidate_length);
        if (distance < best && distance < least(length, candidate_length)) {
            best = distance;
            nearest = candidates[i];
        }
    }
    return nearest;
}
