/*
 * sanitize: UTF-8 decoded strictly (no overlong forms, surrogates or values past U+10FFFF), so that
 * nothing a server sends can move the cursor, reorder a line or hide in it.
 */
#include <string.h>

#include "base/str.h"

#define REPLACEMENT 0xFFFD
#define REPLACEMENT_UTF8 "\xEF\xBF\xBD"

struct form {
    unsigned char lead_mask, lead;
    int length;
    uint32_t least; /* smaller values have a shorter form */
};

static const struct form forms[] = {
    {0x80, 0x00, 1, 0},
    {0xE0, 0xC0, 2, 0x80},
    {0xF0, 0xE0, 3, 0x800},
    {0xF8, 0xF0, 4, 0x10000},
};

static const struct form *form_of(unsigned char lead)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if ((lead & forms[i].lead_mask) == forms[i].lead)
            return &forms[i];
    }
    return NULL;
}

/* Decodes at s, of which `left` > 0 bytes may be read; *length is 1 for an invalid byte. */
static uint32_t decode(const char *s, size_t left, int *length)
{
    const struct form *form = form_of((unsigned char)*s);
    uint32_t c;

    *length = 1;
    if (form == NULL || (size_t)form->length > left)
        return REPLACEMENT;
    c = (unsigned char)*s & (unsigned char)~form->lead_mask;
    for (int i = 1; i < form->length; i++) {
        unsigned char byte = (unsigned char)s[i];

        if ((byte & 0xC0) != 0x80)
            return REPLACEMENT;
        c = c << 6 | (byte & 0x3F);
    }
    if (c < form->least || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return REPLACEMENT;
    *length = form->length;
    return c;
}

uint32_t str_next_char(const char **s)
{
    int length;
    uint32_t c;

    if (**s == '\0')
        return 0;
    c = decode(*s, strnlen(*s, 4), &length);
    *s += length;
    return c;
}

int str_columns(const char *s)
{
    int columns = 0;

    while (*s != '\0')
        columns += str_char_columns(str_next_char(&s));
    return columns;
}

void str_sanitize(char *dst, size_t size, const char *src, size_t src_length)
{
    size_t used = 0;

    if (size == 0)
        return;
    if (src_length == SIZE_MAX)
        src_length = strlen(src);
    for (size_t at = 0; at < src_length;) {
        int length;
        uint32_t c = decode(src + at, src_length - at, &length);
        const char *piece = src + at;
        size_t piece_length = (size_t)length;

        if (c == '\n' || c == '\t') {
            piece = " ";
        } else if (c == REPLACEMENT || str_char_columns(c) == 0) {
            piece = REPLACEMENT_UTF8;
            piece_length = sizeof REPLACEMENT_UTF8 - 1;
        }
        if (used + piece_length >= size)
            break;
        memcpy(dst + used, piece, piece_length);
        used += piece_length;
        at += (size_t)length;
    }
    dst[used] = '\0';
}
