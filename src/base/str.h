/*
 * str: bounded strings, text from strangers, and the units that people read and write.
 *
 * No function here writes past `size`; every result is terminated; text is cut at a whole UTF-8 character.
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Allocation that cannot fail: prints to stderr and aborts when memory is out. Freed with free(). */
void *mem_calloc(size_t count, size_t size);
void *mem_realloc(void *old, size_t size);
char *mem_strdup(const char *s);

/* Copies at most size-1 bytes, cut at a whole character. Returns false when it was cut. */
bool str_copy(char *dst, size_t size, const char *src);
bool str_append(char *dst, size_t size, const char *src);
bool str_format(char *dst, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool str_appendf(char *dst, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* True when equal, ASCII letters compared without case (as PostgreSQL's pg_strcasecmp for ASCII). */
bool str_equal_nocase(const char *a, const char *b);

/*
 * Makes text from a server, a file or a child process safe to show: decodes UTF-8 strictly; an invalid byte, a C0/C1 control,
 * DEL, a bidirectional control, a zero-width or combining character becomes '?' (U+FFFD where dst may hold it: "\xEF\xBF\xBD"
 * is written); newline and tab become one space. Idempotent. dst may not overlap src. src_length may be SIZE_MAX for a
 * terminated string.
 */
void str_sanitize(char *dst, size_t size, const char *src, size_t src_length);

/* Columns that a sanitized UTF-8 string takes on a terminal (wide East Asian characters are 2). */
int str_columns(const char *s);

/* Decodes one character of a valid UTF-8 string and advances; U+FFFD and one byte on an invalid one; 0 at the end. */
uint32_t str_next_char(const char **s);

/* 1 or 2 columns for a printable character, 0 for one that must not reach a terminal. Own table, no locale. */
int str_char_columns(uint32_t character);

/* "0 B", "5.1 kB", "16 MB", "1.2 GB": powers of 1000 as people read them, at most 3 digits. Negative keeps its sign. */
void format_bytes(char *out, size_t size, int64_t bytes);
/* "0.8 ms", "12 ms", "4.2 s", "2m13s", "2h13m", "3d04h". */
void format_duration(char *out, size_t size, int64_t us);

/*
 * Parses "250ms", "1s", "1.5s", "2min", "1h", "500us" to microseconds; a number without a unit, a negative one, a trailing
 * rest or an overflow is refused (false).
 */
bool parse_duration_us(const char *text, int64_t *us);
/* Parses "64MB", "1GB", "512kB", "100B", "1.5GB", also KiB/MiB/GiB (powers of 1024), kB/MB/GB as PostgreSQL reads them (1024). */
bool parse_size_bytes(const char *text, int64_t *bytes);

/* The candidate nearest to word by edit distance, NULL when none is near enough to be meant (for "did you mean"). */
const char *str_nearest(const char *word, const char *const *candidates, size_t count);

#endif
