/*
 * json_parts: see json_parts.h.
 */
#include "record/json_parts.h"

#include <string.h>

#define US_PER_MS_F 1000.0

json_t *json_text(const char *text)
{
    return text[0] == '\0' ? json_null() : json_string(text);
}

json_t *json_lsn(lsn_t lsn)
{
    char text[LSN_TEXT_SIZE];
    if (lsn == LSN_UNKNOWN)
        return json_null();
    lsn_format(lsn, text);
    return json_string(text);
}

json_t *json_ms(int64_t us)
{
    return us == UNKNOWN_US ? json_null() : json_real((double)us / US_PER_MS_F);
}

json_t *json_bytes(int64_t bytes)
{
    return bytes == UNKNOWN_BYTES ? json_null() : json_integer(bytes);
}

json_t *json_count(int count)
{
    return count == UNKNOWN_COUNT ? json_null() : json_integer(count);
}

json_t *json_nonzero(int value)
{
    return value == 0 ? json_null() : json_integer(value);
}

json_t *json_word(const char *word)
{
    return strcmp(word, "-") == 0 ? json_null() : json_string(word);
}
