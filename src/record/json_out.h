/*
 * json_out: JSON text written by hand into a buffer that grows: for lines that are many, where a
 * tree of values would cost more than the text.
 *
 * Members and elements are written with a comma behind them; json_out_end takes the last one away.
 */
#ifndef RECORD_JSON_OUT_H
#define RECORD_JSON_OUT_H

#include <stddef.h>
#include <stdint.h>

struct json_out { /* zero-initialise; freed with json_out_free */
    char *text;
    size_t length, capacity;
};

void json_out_free(struct json_out *out);
void json_out_clear(struct json_out *out);

/* Text as it is. */
void json_out_raw(struct json_out *out, const char *text, size_t length);
/* "key": */
void json_out_key(struct json_out *out, const char *key);
/* Sanitized, so that it is valid whatever a server said. */
void json_out_string(struct json_out *out, const char *text);
void json_out_int(struct json_out *out, int64_t value);
void json_out_uint(struct json_out *out, uint64_t value);
/* As many digits as bring the value back; null when it is none. */
void json_out_double(struct json_out *out, double value, int digits);
void json_out_word(struct json_out *out, const char *word); /* true, false, null */
void json_out_begin(struct json_out *out, char bracket);
/* Closes; a comma follows. */
void json_out_end(struct json_out *out, char bracket);

#endif
