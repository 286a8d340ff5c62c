/*
 * json_values: see json_values.h.
 */
#include "record/json_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define US_PER_MS_F 1000.0
/* Enough for a microsecond of an hour, and not so much that 0.3 is 0.29999999999999999. */
#define REAL_DIGITS 12

json_t *json_value_text(const char *text)
{
    size_t size = strlen(text) * 3 + 1; /* a byte can become U+FFFD */
    json_t *value;

    if (text[0] == '\0')
        return json_null();
    char *clean = mem_calloc(1, size);
    str_sanitize(clean, size, text, SIZE_MAX);
    value = json_string(clean);
    free(clean);
    return value;
}

json_t *json_value_word(const char *word)
{
    return strcmp(word, "-") == 0 ? json_null() : json_string(word);
}

json_t *json_value_ms(int64_t us)
{
    return us == UNKNOWN_US ? json_null() : json_real((double)us / US_PER_MS_F);
}

json_t *json_value_bytes(int64_t bytes)
{
    return bytes == UNKNOWN_BYTES ? json_null() : json_integer(bytes);
}

json_t *json_value_count(uint64_t count)
{
    return json_integer((json_int_t)count);
}

json_t *json_value_known(int count)
{
    return count == UNKNOWN_COUNT ? json_null() : json_integer(count);
}

json_t *json_value_nonzero(int64_t value)
{
    return value == 0 ? json_null() : json_integer(value);
}

json_t *json_value_lsn(lsn_t lsn)
{
    char text[LSN_TEXT_SIZE];

    lsn_format(lsn, text);
    return lsn == LSN_UNKNOWN ? json_null() : json_string(text);
}

json_t *json_value_utc(struct instant at)
{
    char text[32];

    if (at.mono == 0 && at.wall == 0)
        return json_null();
    clock_format_utc(at.wall, text, sizeof text);
    return json_string(text);
}

void json_value_print(FILE *out, json_t *root)
{
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(REAL_DIGITS));

    if (text != NULL)
        fprintf(out, "%s\n", text);
    free(text);
    json_decref(root);
}
