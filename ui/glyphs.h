/*
 * glyphs: the characters beyond ASCII that the screen is drawn with, and what stands for each of
 * them where the terminal cannot show it. Pure.
 *
 * Everything is painted with the Unicode character; only the canvas asks for the replacement, one
 * character for one, so that an ASCII screen has the same layout.
 */
#ifndef UI_GLYPHS_H
#define UI_GLYPHS_H

#include <stdint.h>

/* Marks: together with the word beside them they say a state without any colour. */
#define GLYPH_GOOD 0x25CF     /* ● */
#define GLYPH_WARNING 0x25B2  /* ▲ */
#define GLYPH_CRITICAL 0x2717 /* ✗ */
#define GLYPH_UNKNOWN 0x25CB  /* ○ */
#define GLYPH_INFO 0x00B7     /* · */
#define GLYPH_SELECTED 0x25B8 /* ▸ */
#define GLYPH_ARROW 0x2192    /* → */
#define GLYPH_ELLIPSIS 0x2026 /* … */

#define GLYPH_HORIZONTAL 0x2500   /* ─ */
#define GLYPH_VERTICAL 0x2502     /* │ */
#define GLYPH_TOP_LEFT 0x256D     /* ╭ */
#define GLYPH_TOP_RIGHT 0x256E    /* ╮ */
#define GLYPH_BOTTOM_RIGHT 0x256F /* ╯ */
#define GLYPH_BOTTOM_LEFT 0x2570  /* ╰ */
#define GLYPH_BRANCH 0x251C       /* ├ */
#define GLYPH_CORNER 0x2514       /* └ */

#define GLYPH_BLOCK_1 0x2581 /* ▁, one eighth; the others follow up to █ */
#define GLYPH_BLOCK_LEVELS 8
#define GLYPH_BLOCK_UPPER 0x2580  /* ▀ */
#define GLYPH_BLOCK_LOWER 0x2584  /* ▄ */
#define GLYPH_BLOCK_FULL 0x2588   /* █ */
#define GLYPH_BRAILLE_NONE 0x2800 /* its dots are bits of the code */

/* What stands for a character beyond ASCII on a terminal that has ASCII alone; else '?'. */
char glyph_ascii(uint32_t character);

#define GLYPH_BYTES 4
/* Writes the character as UTF-8, not terminated; returns its bytes, 1 to GLYPH_BYTES. */
int glyph_encode(uint32_t character, char *out);

#endif
