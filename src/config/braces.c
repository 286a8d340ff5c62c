/*
 * braces: see braces.h. A reference is replaced wherever it stands, in quotes and comments too:
 * there it changes nothing.
 */
#include "config/braces.h"

#include <string.h>

#include "base/str.h"

#define OPEN "\xEE\x80\x80"  /* U+E000 */
#define CLOSE "\xEE\x80\x81" /* U+E001 */
#define CODE_BYTES 3

bool braces_reserves(uint32_t character)
{
    return character == 0xE000 || character == 0xE001;
}

/* Bytes of the "{NAME}" or "{NAME:-default}" at `at`, 0 where there is none. A default with a comma
 * or the like is left to quotes: where it would end is not clear. */
static size_t reference_length(const char *at)
{
    size_t length = 1;

    if (*at != '{')
        return 0;
    length +=
        strspn(at + length, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
    if (strncmp(at + length, ":-", 2) == 0)
        length += strcspn(at + length, "{}[],\"'#\r\n");
    return at[length] == '}' ? length + 1 : 0;
}

static size_t count_dollars(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += text[i] == '$';
    return count;
}

char *braces_hide(const char *text, size_t *length)
{
    char *hidden = mem_calloc(1, *length + 2 * (CODE_BYTES - 1) * count_dollars(text, *length) + 1);
    char *out = hidden;
    size_t reference;

    for (size_t i = 0; i < *length; i++) {
        *out++ = text[i];
        reference = text[i] == '$' ? reference_length(text + i + 1) : 0;
        if (reference == 0)
            continue;
        memcpy(out, OPEN, CODE_BYTES);
        memcpy(out + CODE_BYTES, text + i + 2, reference - 2);
        memcpy(out + CODE_BYTES + reference - 2, CLOSE, CODE_BYTES);
        out += reference - 2 + 2 * CODE_BYTES;
        i += reference;
    }
    *length = (size_t)(out - hidden);
    return hidden;
}

size_t braces_restore(char *text, size_t length)
{
    size_t used = 0;

    for (size_t i = 0; i < length; i++) {
        bool coded = length - i >= CODE_BYTES && (memcmp(text + i, OPEN, CODE_BYTES) == 0 ||
                                                  memcmp(text + i, CLOSE, CODE_BYTES) == 0);

        text[used++] = !coded ? text[i] : text[i + 2] == CLOSE[2] ? '}' : '{';
        i += coded ? CODE_BYTES - 1 : 0;
    }
    text[used] = '\0';
    return used;
}
