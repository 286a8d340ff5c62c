/*
 * canvas: a picture of the screen as a grid of cells, painted by pure functions and put on the
 * terminal by ui/term.
 *
 * A cell is one character and one style. A wide character takes two cells, the second one empty
 * (character 0). Painting is clipped to the canvas and to nothing else; text is sanitized UTF-8,
 * and what is not printable all the same becomes '?': no control character ever gets into a cell.
 */
#ifndef UI_CANVAS_H
#define UI_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

enum style { /* what a cell means; ui/theme says how it looks */
             STYLE_NORMAL,
             STYLE_DIM,
             STYLE_STRONG,
             STYLE_TITLE,
             STYLE_LABEL,
             STYLE_BORDER,
             STYLE_KEY,
             STYLE_OK,
             STYLE_WARNING,
             STYLE_CRITICAL,
             STYLE_UNKNOWN,
             STYLE_PRIMARY,
             STYLE_GRAPH,
             STYLE_BANNER_OK,
             STYLE_BANNER_WARNING,
             STYLE_BANNER_CRITICAL,
             STYLE_BANNER_UNKNOWN,
             STYLES
};

struct cell {
    uint32_t character; /* 0: the right half of a wide character */
    uint8_t style;      /* enum style */
    bool selected;      /* part of the selected row: the theme sets it off */
};

struct canvas {
    int width, height;
    bool ascii;         /* characters beyond ASCII are replaced where they are painted */
    struct cell *cells; /* row by row */
};

/* Gives the canvas this size, all cells blank; keeps memory between frames. */
void canvas_resize(struct canvas *canvas, int width, int height);
void canvas_clear(struct canvas *canvas);
void canvas_free(struct canvas *canvas);

/* One character; nothing outside of the canvas. */
void canvas_put(struct canvas *canvas, int row, int column, enum style style, uint32_t character);
/* The same character over `columns` cells. */
void canvas_fill(struct canvas *canvas, int row, int column, int columns, enum style style,
                 uint32_t character);
/*
 * Paints text at (row, column), at most max_columns wide (cut with an ellipsis when it is longer).
 * Returns the columns used.
 */
int canvas_text(struct canvas *canvas, int row, int column, int max_columns, enum style style,
                const char *text);
/* The same, right-aligned in `columns`. */
void canvas_text_right(struct canvas *canvas, int row, int column, int columns, enum style style,
                       const char *text);
/* The same, formatted; at most 511 bytes. */
int canvas_textf(struct canvas *canvas, int row, int column, int max_columns, enum style style,
                 const char *format, ...) __attribute__((format(printf, 6, 7)));
/*
 * Paints text over up to max_rows rows of `columns`, broken at blanks; the last row is cut with an
 * ellipsis. Returns the rows used, at least 1 when max_rows is.
 */
int canvas_wrap(struct canvas *canvas, int row, int column, int max_rows, int columns,
                enum style style, const char *text);
/* Rows that canvas_wrap would use without a limit. */
int canvas_wrap_rows(int columns, const char *text);
/* A frame with a title in its upper edge. */
void canvas_box(struct canvas *canvas, int row, int column, int height, int width,
                const char *title);
/* Copies `height` rows of src from src_row on, at most width columns, to (row, column). */
void canvas_blit(struct canvas *canvas, int row, int column, int height, int width,
                 const struct canvas *src, int src_row);
void canvas_select_row(struct canvas *canvas, int row, int column, int columns);
/* The picture as plain text, a line each, trailing blanks cut; malloc'ed. For goldens and dumps. */
char *canvas_to_text(const struct canvas *canvas);

#endif
