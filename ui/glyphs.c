/*
 * glyphs: the table of replacements.
 */
#include "ui/glyphs.h"

#include <stddef.h>

static const struct {
    uint32_t character;
    char ascii;
} replacements[] = {
    {GLYPH_GOOD, '*'},
    {GLYPH_WARNING, '!'},
    {GLYPH_CRITICAL, 'x'},
    {GLYPH_UNKNOWN, 'o'},
    {GLYPH_INFO, '-'},
    {GLYPH_SELECTED, '>'},
    {GLYPH_ARROW, '>'},
    {GLYPH_ELLIPSIS, '~'},
    {GLYPH_HORIZONTAL, '-'},
    {GLYPH_VERTICAL, '|'},
    {GLYPH_TOP_LEFT, '+'},
    {GLYPH_TOP_RIGHT, '+'},
    {GLYPH_BOTTOM_RIGHT, '+'},
    {GLYPH_BOTTOM_LEFT, '+'},
    {GLYPH_BRANCH, '|'},
    {GLYPH_CORNER, '`'},
    {GLYPH_BLOCK_UPPER, '"'},
    {GLYPH_BLOCK_1, '_'},
    {GLYPH_BLOCK_1 + 1, '.'},
    {GLYPH_BLOCK_1 + 2, ':'},
    {GLYPH_BLOCK_1 + 3, '-'},
    {GLYPH_BLOCK_1 + 4, '='},
    {GLYPH_BLOCK_1 + 5, '+'},
    {GLYPH_BLOCK_1 + 6, '*'},
    {GLYPH_BLOCK_1 + 7, '#'},
    {0x2190, '<'},  /* ← */
    {0x2191, '^'},  /* ↑ */
    {0x2193, 'v'},  /* ↓ */
    {0x2013, '-'},  /* – */
    {0x2014, '-'},  /* — */
    {0x2018, '\''}, /* ‘ */
    {0x2019, '\''}, /* ’ */
    {0x201C, '"'},  /* “ */
    {0x201D, '"'},  /* ” */
    {0x00AB, '"'},  /* « */
    {0x00BB, '"'},  /* » */
    {0x00A0, ' '},  /* no-break space */
};

char glyph_ascii(uint32_t character)
{
    for (size_t i = 0; i < sizeof replacements / sizeof replacements[0]; i++)
        if (replacements[i].character == character)
            return replacements[i].ascii;
    return '?';
}

int glyph_encode(uint32_t character, char *out)
{
    if (character < 0x80) {
        out[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        out[0] = (char)(0xC0 | (character >> 6));
        out[1] = (char)(0x80 | (character & 0x3F));
        return 2;
    }
    if (character < 0x10000) {
        out[0] = (char)(0xE0 | (character >> 12));
        out[1] = (char)(0x80 | ((character >> 6) & 0x3F));
        out[2] = (char)(0x80 | (character & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (character >> 18));
    out[1] = (char)(0x80 | ((character >> 12) & 0x3F));
    out[2] = (char)(0x80 | ((character >> 6) & 0x3F));
    out[3] = (char)(0x80 | (character & 0x3F));
    return 4;
}
