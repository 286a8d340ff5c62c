/*
 * svg: runs of cells of one look become one text each, over a rectangle where the look has a
 * background. Every run says how wide it is, so that columns stay columns in any font.
 */
#include "ui/svg.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ui/glyphs.h"

#define CELL_WIDTH 8.4
#define CELL_HEIGHT 18
#define BASELINE 14
#define MARGIN 10
#define FOREGROUND "#d0d0d0"
#define BACKGROUND "#16181a"
#define SHADE "#3a3a3a" /* of the selected row */

struct look {
    const char *foreground, *background;
    bool bold;
};

/* As ui/theme has them, with the colours of a dark terminal. */
static const struct look looks[STYLES] = {
    [STYLE_NORMAL] = {FOREGROUND, NULL, false},
    [STYLE_DIM] = {"#8a8a8a", NULL, false},
    [STYLE_STRONG] = {FOREGROUND, NULL, true},
    [STYLE_TITLE] = {"#56b6c2", NULL, true},
    [STYLE_LABEL] = {"#56b6c2", NULL, false},
    [STYLE_BORDER] = {"#8a8a8a", NULL, false},
    [STYLE_KEY] = {"#56b6c2", NULL, true},
    [STYLE_OK] = {"#98c379", NULL, false},
    [STYLE_WARNING] = {"#e5c07b", NULL, false},
    [STYLE_CRITICAL] = {"#e06c75", NULL, true},
    [STYLE_UNKNOWN] = {"#8a8a8a", NULL, false},
    [STYLE_PRIMARY] = {"#61afef", NULL, true},
    [STYLE_GRAPH] = {"#56b6c2", NULL, false},
    [STYLE_BANNER_OK] = {"#1d1f21", "#98c379", true},
    [STYLE_BANNER_WARNING] = {"#1d1f21", "#e5c07b", false},
    [STYLE_BANNER_CRITICAL] = {"#ffffff", "#c04048", true},
    [STYLE_BANNER_UNKNOWN] = {BACKGROUND, FOREGROUND, false},
};

struct text {
    char *bytes;
    size_t length, room;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    char piece[512];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof piece)
        return;
    if (text->length + (size_t)length + 1 > text->room) {
        text->room = 2 * text->room + sizeof piece;
        text->bytes = mem_realloc(text->bytes, text->room);
    }
    memcpy(text->bytes + text->length, piece, (size_t)length + 1);
    text->length += (size_t)length;
}

static void add_character(struct text *text, uint32_t character)
{
    char bytes[GLYPH_BYTES + 1];

    if (character == '<')
        add(text, "&lt;");
    else if (character == '&')
        add(text, "&amp;");
    else {
        bytes[glyph_encode(character, bytes)] = '\0';
        add(text, "%s", bytes);
    }
}

static bool same_look(const struct cell *a, const struct cell *b)
{
    return a->style == b->style && a->selected == b->selected;
}

static void add_background(struct text *text, const struct cell *cell, double x, int y, double wide)
{
    const char *background = looks[cell->style].background;

    if (background == NULL && cell->selected)
        background = SHADE;
    if (background != NULL)
        add(text, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x, y,
            wide, CELL_HEIGHT, background);
}

static void add_run(struct text *text, const struct cell *cells, int columns, int row, int column)
{
    const struct look *look = &looks[cells[0].style];
    double x = MARGIN + column * CELL_WIDTH;
    int y = MARGIN + row * CELL_HEIGHT, first = 0, end = columns;

    add_background(text, cells, x, y, columns * CELL_WIDTH);
    while (first < end && cells[first].character == ' ')
        first++;
    while (end > first && cells[end - 1].character == ' ')
        end--;
    if (first == end)
        return;
    add(text, "<text x=\"%.1f\" y=\"%d\" fill=\"%s\" xml:space=\"preserve\" textLength=\"%.1f\"%s>",
        x + first * CELL_WIDTH, y + BASELINE, look->foreground, (end - first) * CELL_WIDTH,
        look->bold ? " font-weight=\"bold\"" : "");
    for (int i = first; i < end; i++)
        if (cells[i].character != 0)
            add_character(text, cells[i].character);
    add(text, "</text>\n");
}

char *canvas_to_svg(const struct canvas *canvas)
{
    struct text text = {0};

    add(&text,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %d\" "
        "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"14\">\n"
        "<rect width=\"100%%\" height=\"100%%\" rx=\"8\" fill=\"" BACKGROUND "\"/>\n",
        canvas->width * CELL_WIDTH + 2 * MARGIN, canvas->height * CELL_HEIGHT + 2 * MARGIN);
    for (int row = 0; row < canvas->height; row++) {
        const struct cell *cells = &canvas->cells[(size_t)row * (size_t)canvas->width];
        int end;

        for (int column = 0; column < canvas->width; column = end) {
            end = column + 1;
            while (end < canvas->width && same_look(&cells[column], &cells[end]))
                end++;
            add_run(&text, cells + column, end - column, row, column);
        }
    }
    add(&text, "</svg>\n");
    return text.bytes;
}
