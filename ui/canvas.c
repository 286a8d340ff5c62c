/*
 * canvas: clipping, wide characters and the replacement of what the terminal cannot show, all in
 * one place: put() below. Everything else is built on it.
 */
#include "ui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "ui/glyphs.h"

void canvas_resize(struct canvas *canvas, int width, int height)
{
    if (width < 0)
        width = 0;
    if (height < 0)
        height = 0;
    if (canvas->cells == NULL || width != canvas->width || height != canvas->height) {
        size_t cells = (size_t)width * (size_t)height;

        canvas->cells = mem_realloc(canvas->cells, (cells + 1) * sizeof *canvas->cells);
        canvas->width = width;
        canvas->height = height;
    }
    canvas_clear(canvas);
}

void canvas_clear(struct canvas *canvas)
{
    const struct cell blank = {.character = ' ', .style = STYLE_NORMAL};
    size_t cells = (size_t)canvas->width * (size_t)canvas->height;

    for (size_t i = 0; i < cells; i++)
        canvas->cells[i] = blank;
}

void canvas_free(struct canvas *canvas)
{
    free(canvas->cells);
    canvas->cells = NULL;
    canvas->width = canvas->height = 0;
}

static bool is_plain(uint32_t character)
{
    return character >= 0x20 && character <= 0x7E;
}

/* Columns of a character as it will be painted: what must not reach a terminal is painted as '?'.
 */
static int columns_of(uint32_t character)
{
    int columns = is_plain(character) ? 1 : str_char_columns(character);

    return columns > 0 ? columns : 1;
}

static struct cell *cell_at(struct canvas *canvas, int row, int column)
{
    return &canvas->cells[(size_t)row * (size_t)canvas->width + (size_t)column];
}

/* A wide character of which one half is painted over loses the other half too. */
static void break_wide(struct canvas *canvas, int row, int column)
{
    struct cell *cell = cell_at(canvas, row, column);

    if (cell->character == 0 && column > 0)
        cell[-1].character = ' ';
    if (column + 1 < canvas->width && cell[1].character == 0)
        cell[1].character = ' ';
}

/* The one way into a cell. Returns the columns that the character takes, painted or clipped. */
static int put(struct canvas *canvas, int row, int column, enum style style, uint32_t character)
{
    int columns = columns_of(character);

    if (!is_plain(character)) {
        if (str_char_columns(character) == 0)
            character = '?';
        else if (canvas->ascii)
            character = (uint32_t)glyph_ascii(character);
    }
    if (row < 0 || row >= canvas->height)
        return columns;
    for (int half = 0; half < columns; half++) {
        int at = column + half;
        struct cell *cell;

        if (at < 0 || at >= canvas->width)
            continue;
        break_wide(canvas, row, at);
        cell = cell_at(canvas, row, at);
        cell->style = (uint8_t)style;
        if (is_plain(character))
            cell->character = character;
        else if (columns == 2 && (column < 0 || column + 1 >= canvas->width))
            cell->character = ' '; /* half of it is outside: it cannot be shown */
        else
            cell->character = half == 0 ? character : 0;
    }
    return columns;
}

void canvas_put(struct canvas *canvas, int row, int column, enum style style, uint32_t character)
{
    put(canvas, row, column, style, character);
}

void canvas_fill(struct canvas *canvas, int row, int column, int columns, enum style style,
                 uint32_t character)
{
    for (int i = 0; i < columns; i++)
        put(canvas, row, column + i, style, character);
}

/* The columns of the text, counted up to just beyond `enough`. */
static int measure(const char *text, int enough)
{
    int columns = 0;

    while (*text != '\0' && columns <= enough) {
        if (is_plain((unsigned char)*text)) {
            columns++;
            text++;
        } else {
            columns += columns_of(str_next_char(&text));
        }
    }
    return columns;
}

/* Paints the characters of the text that fit into `columns`; returns the columns used. */
static int paint_fitting(struct canvas *canvas, int row, int column, int columns, enum style style,
                         const char *text, const char *end)
{
    int used = 0;

    while (*text != '\0' && (end == NULL || text < end)) {
        uint32_t character = str_next_char(&text);

        if (used + columns_of(character) > columns)
            break;
        used += put(canvas, row, column + used, style, character);
    }
    return used;
}

int canvas_text(struct canvas *canvas, int row, int column, int max_columns, enum style style,
                const char *text)
{
    int used;

    if (max_columns <= 0)
        return 0;
    if (measure(text, max_columns) <= max_columns)
        return paint_fitting(canvas, row, column, max_columns, style, text, NULL);
    used = paint_fitting(canvas, row, column, max_columns - 1, style, text, NULL);
    return used + put(canvas, row, column + used, style, GLYPH_ELLIPSIS);
}

void canvas_text_right(struct canvas *canvas, int row, int column, int columns, enum style style,
                       const char *text)
{
    int wide = measure(text, columns);

    if (wide < columns) {
        column += columns - wide;
        columns = wide;
    }
    canvas_text(canvas, row, column, columns, style, text);
}

int canvas_textf(struct canvas *canvas, int row, int column, int max_columns, enum style style,
                 const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return canvas_text(canvas, row, column, max_columns, style, text);
}

/*
 * Takes one row's worth of *text: from *text up to the returned end; *text moves to the next row's
 * beginning. Breaks at the last blank that fits, inside a word only when the word fills the row.
 */
static const char *take_row(const char **text, int columns)
{
    const char *at = *text, *blank = NULL;
    int used = 0;

    while (*at != '\0') {
        const char *next = at;
        uint32_t character = str_next_char(&next);

        if (character == ' ')
            blank = at;
        if (used + columns_of(character) > columns)
            break;
        used += columns_of(character);
        at = next;
    }
    if (*at != '\0' && blank != NULL)
        at = blank;
    else if (at == *text && *at != '\0')
        str_next_char(&at); /* a wide character in one column: go on all the same */
    *text = at;
    while (**text == ' ')
        (*text)++;
    return at;
}

int canvas_wrap(struct canvas *canvas, int row, int column, int max_rows, int columns,
                enum style style, const char *text)
{
    int rows = 0;

    if (columns <= 0 || max_rows <= 0)
        return 0;
    do {
        const char *start = text, *end;

        if (rows == max_rows - 1) {
            canvas_text(canvas, row + rows, column, columns, style, text);
            return max_rows;
        }
        end = take_row(&text, columns);
        paint_fitting(canvas, row + rows, column, columns, style, start, end);
        rows++;
    } while (*text != '\0');
    return rows;
}

int canvas_wrap_rows(int columns, const char *text)
{
    int rows = 0;

    if (columns <= 0)
        return 0;
    do {
        take_row(&text, columns);
        rows++;
    } while (*text != '\0');
    return rows;
}

void canvas_box(struct canvas *canvas, int row, int column, int height, int width,
                const char *title)
{
    int right = column + width - 1, bottom = row + height - 1;

    if (height < 2 || width < 2)
        return;
    canvas_fill(canvas, row, column + 1, width - 2, STYLE_BORDER, GLYPH_HORIZONTAL);
    canvas_fill(canvas, bottom, column + 1, width - 2, STYLE_BORDER, GLYPH_HORIZONTAL);
    for (int r = row + 1; r < bottom; r++) {
        put(canvas, r, column, STYLE_BORDER, GLYPH_VERTICAL);
        put(canvas, r, right, STYLE_BORDER, GLYPH_VERTICAL);
    }
    put(canvas, row, column, STYLE_BORDER, GLYPH_TOP_LEFT);
    put(canvas, row, right, STYLE_BORDER, GLYPH_TOP_RIGHT);
    put(canvas, bottom, column, STYLE_BORDER, GLYPH_BOTTOM_LEFT);
    put(canvas, bottom, right, STYLE_BORDER, GLYPH_BOTTOM_RIGHT);
    if (title[0] != '\0' && width > 6) {
        int used = canvas_text(canvas, row, column + 2, width - 5, STYLE_TITLE, title);

        put(canvas, row, column + 1, STYLE_TITLE, ' ');
        put(canvas, row, column + 2 + used, STYLE_TITLE, ' ');
    }
}

void canvas_blit(struct canvas *canvas, int row, int column, int height, int width,
                 const struct canvas *src, int src_row)
{
    if (width > src->width)
        width = src->width;
    for (int r = 0; r < height && src_row + r < src->height; r++) {
        const struct cell *from = &src->cells[(size_t)(src_row + r) * (size_t)src->width];

        for (int c = 0; c < width; c++)
            if (from[c].character != 0)
                put(canvas, row + r, column + c, (enum style)from[c].style, from[c].character);
    }
}

void canvas_select_row(struct canvas *canvas, int row, int column, int columns)
{
    if (row < 0 || row >= canvas->height)
        return;
    for (int i = column < 0 ? 0 : column; i < column + columns && i < canvas->width; i++)
        cell_at(canvas, row, i)->selected = true;
}

char *canvas_to_text(const struct canvas *canvas)
{
    size_t row_bytes = (size_t)canvas->width * GLYPH_BYTES + 1;
    char *text = mem_calloc(row_bytes * (size_t)canvas->height + 1, 1), *out = text;

    for (int row = 0; row < canvas->height; row++) {
        const struct cell *cell = &canvas->cells[(size_t)row * (size_t)canvas->width];
        char *end = out;

        for (int column = 0; column < canvas->width; column++, cell++) {
            if (cell->character == 0)
                continue;
            out += glyph_encode(cell->character, out);
            if (cell->character != ' ')
                end = out;
        }
        out = end;
        *out++ = '\n';
    }
    *out = '\0';
    return text;
}
