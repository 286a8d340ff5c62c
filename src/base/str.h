/*
 * str: bounded strings, text from strangers, and the units that people read and write.
 *
 * No function here writes past `size`; every result is terminated when size is not 0; text is cut
 * at a whole UTF-8 character. Implemented in mem.c, str.c, sanitize.c, width.c and units.c.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Allocation that cannot fail: prints to stderr and aborts when memory is out. Freed with free().
 */
void *mem_calloc(size_t count, size_t size);
void *mem_realloc(void *old, size_t size);
char *mem_strdup(const char *s);

/*
 * Copies at most size-1 bytes, cut at a whole character; the others append to what dst holds.
 * Returns false when the text was cut. dst may not overlap the sources.
 */
bool str_copy(char *dst, size_t size, const char *src);
bool str_append(char *dst, size_t size, const char *src);
bool str_format(char *dst, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool str_appendf(char *dst, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* True when equal, ASCII letters compared without case (as pg_strcasecmp does for ASCII). */
bool str_equal_nocase(const char *a, const char *b);

/*
 * Makes text from a server, a file or a child process safe to show: decodes UTF-8 strictly; each
 * invalid byte, C0 or C1 control, DEL, bidirectional control, zero-width, combining or
 * regional-indicator character and line separator becomes U+FFFD; a newline or tab becomes a space.
 * Idempotent. src_length may be SIZE_MAX for a terminated string. dst may not overlap src.
 */
void str_sanitize(char *dst, size_t size, const char *src, size_t src_length);

/* Columns that a sanitized UTF-8 string takes on a terminal (wide East Asian characters are 2). */
int str_columns(const char *s);

/*
 * Decodes one character of a UTF-8 string and advances past it; an invalid byte is U+FFFD and
 * advances by one; at the end returns 0 and does not advance.
 */
uint32_t str_next_char(const char **s);

/* 1 or 2 for a printable character, 0 for one that must not reach a terminal. No locale. */
int str_char_columns(uint32_t character);

/*
 * "0 B", "5.1 kB", "16 MB", "1.2 GB": powers of 1000, two or three digits, so never more than
 * 6 columns and a sign. INT64_MIN, which stands for an unknown number of bytes, is "-".
 */
void format_bytes(char *out, size_t size, int64_t bytes);

/*
 * "0.8 ms", "12 ms", "4.2 s", "59 s", "2m13s", "2h13m", "3d04h", "120d", "31y": rounded to the
 * nearest, never more than 6 columns and a sign below 10000 years. INT64_MIN (unknown) is "-".
 */
void format_duration(char *out, size_t size, int64_t us);

/* An age in whole seconds, so that it does not flicker: "now" below one; INT64_MIN is "-". */
void format_age(char *out, size_t size, int64_t us);

/*
 * Parses "500us", "250ms", "1s", "1.5s", "2min", "1h" (a blank before the unit is allowed) to
 * microseconds. A number without a unit, a negative one, a trailing rest or an overflow is refused.
 */
bool parse_duration_us(const char *text, int64_t *us);

/*
 * Parses "100B", "512kB", "64MB", "1.5GB", "1TB" as PostgreSQL reads them (powers of 1024), and
 * KiB, MiB, GiB, TiB, which say the same. Refuses what parse_duration_us refuses.
 */
bool parse_size_bytes(const char *text, int64_t *bytes);

/*
 * The candidate nearest to word by edit distance (two swapped letters count as one edit, case does
 * not count); NULL when none is near enough to be meant. For "did you mean".
 */
const char *str_nearest(const char *word, const char *const *candidates, size_t count);

#endif
