/*
 * json_out: see json_out.h.
 */
#include "record/json_out.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define SANITIZED_MAX 4096 /* no text of a model is longer; the rest is cut */

void json_out_free(struct json_out *out)
{
    free(out->text);
    *out = (struct json_out){0};
}

void json_out_clear(struct json_out *out)
{
    out->length = 0;
}

void json_out_raw(struct json_out *out, const char *text, size_t length)
{
    if (out->length + length > out->capacity) {
        while (out->length + length > out->capacity)
            out->capacity = out->capacity == 0 ? 4096 : 2 * out->capacity;
        out->text = mem_realloc(out->text, out->capacity);
    }
    memcpy(out->text + out->length, text, length);
    out->length += length;
}

void json_out_word(struct json_out *out, const char *word)
{
    json_out_raw(out, word, strlen(word));
    json_out_raw(out, ",", 1);
}

static void quoted(struct json_out *out, const char *text)
{
    json_out_raw(out, "\"", 1);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            json_out_raw(out, "\\", 1);
        json_out_raw(out, c, 1);
    }
    json_out_raw(out, "\"", 1);
}

void json_out_key(struct json_out *out, const char *key)
{
    quoted(out, key);
    json_out_raw(out, ":", 1);
}

void json_out_string(struct json_out *out, const char *text)
{
    char safe[SANITIZED_MAX];

    str_sanitize(safe, sizeof safe, text, SIZE_MAX);
    quoted(out, safe);
    json_out_raw(out, ",", 1);
}

void json_out_int(struct json_out *out, int64_t value)
{
    char text[32];

    str_format(text, sizeof text, "%" PRId64, value);
    json_out_word(out, text);
}

void json_out_uint(struct json_out *out, uint64_t value)
{
    char text[32];

    str_format(text, sizeof text, "%" PRIu64, value);
    json_out_word(out, text);
}

void json_out_double(struct json_out *out, double value, int digits)
{
    char text[40];

    if (!isfinite(value)) {
        json_out_word(out, "null");
        return;
    }
    str_format(text, sizeof text, "%.*g", digits, value);
    json_out_word(out, text);
}

void json_out_begin(struct json_out *out, char bracket)
{
    json_out_raw(out, &bracket, 1);
}

void json_out_end(struct json_out *out, char bracket)
{
    if (out->length > 0 && out->text[out->length - 1] == ',')
        out->length--;
    json_out_raw(out, &bracket, 1);
    json_out_raw(out, ",", 1);
}
