/*
 * digits: a figure several rows high, for what must be read from across a room. Pure.
 *
 * Digits, ':', '.', '-' and blank; anything else is a blank. Every digit is as wide as the others:
 * nothing moves when a value changes.
 */
#ifndef UI_DIGITS_H
#define UI_DIGITS_H

#include "ui/canvas.h"

enum digits_size {
    DIGITS_TEXT,  /* one row of text */
    DIGITS_SMALL, /* of half blocks, which ASCII has not */
    DIGITS_BIG
};

int digits_rows(enum digits_size size);
int digits_columns(enum digits_size size, const char *text);
/* The greatest that fits `rows` and `columns`. */
enum digits_size digits_fitting(const struct canvas *canvas, int rows, int columns,
                                const char *text);
void digits_paint(struct canvas *canvas, int row, int column, enum digits_size size,
                  enum style style, const char *text);

#endif
