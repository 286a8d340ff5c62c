/*
 * digits: see digits.h. One bitmap of 3x5 for both sizes.
 */
#include "ui/digits.h"

#include <string.h>

#include "ui/glyphs.h"

#define BITMAP_ROWS 5
#define BITMAP_COLUMNS 3

static const struct bitmap {
    char character;
    int columns;
    char rows[BITMAP_ROWS][BITMAP_COLUMNS + 1];
} bitmaps[] = {
    {'0', 3, {"###", "# #", "# #", "# #", "###"}}, {'1', 3, {"  #", "  #", "  #", "  #", "  #"}},
    {'2', 3, {"###", "  #", "###", "#  ", "###"}}, {'3', 3, {"###", "  #", "###", "  #", "###"}},
    {'4', 3, {"# #", "# #", "###", "  #", "  #"}}, {'5', 3, {"###", "#  ", "###", "  #", "###"}},
    {'6', 3, {"###", "#  ", "###", "# #", "###"}}, {'7', 3, {"###", "  #", "  #", "  #", "  #"}},
    {'8', 3, {"###", "# #", "###", "# #", "###"}}, {'9', 3, {"###", "# #", "###", "  #", "###"}},
    {'-', 3, {"   ", "   ", "###", "   ", "   "}}, {' ', 3, {"   ", "   ", "   ", "   ", "   "}},
    {':', 1, {" ", "#", " ", "#", " "}},           {'.', 1, {" ", " ", " ", " ", "#"}},
};

#define BLANK 11

static const struct bitmap *bitmap_of(char character)
{
    for (size_t i = 0; i < sizeof bitmaps / sizeof bitmaps[0]; i++)
        if (bitmaps[i].character == character)
            return &bitmaps[i];
    return &bitmaps[BLANK];
}

int digits_rows(enum digits_size size)
{
    return size == DIGITS_BIG ? BITMAP_ROWS : size == DIGITS_SMALL ? (BITMAP_ROWS + 1) / 2 : 1;
}

/* Columns of a pixel. */
static int pixel_columns(enum digits_size size)
{
    return size == DIGITS_BIG ? 2 : 1;
}

int digits_columns(enum digits_size size, const char *text)
{
    int columns = 0;

    if (size == DIGITS_TEXT)
        return (int)strlen(text);
    for (; *text != '\0'; text++)
        columns += bitmap_of(*text)->columns * pixel_columns(size) + 1;
    return columns > 0 ? columns - 1 : 0;
}

enum digits_size digits_fitting(const struct canvas *canvas, int rows, int columns,
                                const char *text)
{
    if (rows >= digits_rows(DIGITS_BIG) && columns >= digits_columns(DIGITS_BIG, text))
        return DIGITS_BIG;
    if (!canvas->ascii && rows >= digits_rows(DIGITS_SMALL) &&
        columns >= digits_columns(DIGITS_SMALL, text))
        return DIGITS_SMALL;
    return DIGITS_TEXT;
}

static bool is_set(const struct bitmap *bitmap, int row, int column)
{
    return row < BITMAP_ROWS && bitmap->rows[row][column] == '#';
}

static void paint_big(struct canvas *canvas, int row, int column, enum style style,
                      const struct bitmap *bitmap)
{
    for (int r = 0; r < BITMAP_ROWS; r++)
        for (int c = 0; c < bitmap->columns; c++)
            if (is_set(bitmap, r, c))
                canvas_fill(canvas, row + r, column + 2 * c, 2, style, GLYPH_BLOCK_FULL);
}

static void paint_small(struct canvas *canvas, int row, int column, enum style style,
                        const struct bitmap *bitmap)
{
    for (int r = 0; r < BITMAP_ROWS; r += 2)
        for (int c = 0; c < bitmap->columns; c++) {
            bool upper = is_set(bitmap, r, c), lower = is_set(bitmap, r + 1, c);

            if (upper || lower)
                canvas_put(canvas, row + r / 2, column + c, style,
                           !lower   ? GLYPH_BLOCK_UPPER
                           : !upper ? GLYPH_BLOCK_LOWER
                                    : GLYPH_BLOCK_FULL);
        }
}

void digits_paint(struct canvas *canvas, int row, int column, enum digits_size size,
                  enum style style, const char *text)
{
    if (size == DIGITS_TEXT) {
        canvas_text(canvas, row, column, canvas->width - column, style, text);
        return;
    }
    for (; *text != '\0'; text++) {
        const struct bitmap *bitmap = bitmap_of(*text);

        if (size == DIGITS_BIG)
            paint_big(canvas, row, column, style, bitmap);
        else
            paint_small(canvas, row, column, style, bitmap);
        column += bitmap->columns * pixel_columns(size) + 1;
    }
}
