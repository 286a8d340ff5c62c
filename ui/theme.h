/*
 * theme: how a style looks: curses attributes and a colour pair. Only ui/term.c uses it.
 *
 * Colour, and high contrast for bad screens, eyes and beamers; monochrome where there is no colour
 * or NO_COLOR asks for none. No state is said by colour alone: marks and words are in the canvas.
 */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <curses.h>

#include "ui/canvas.h"
#include "ui/state.h"

struct theme {
    enum theme_choice choice;
    bool color;   /* the terminal has colours and may show them */
    bool shades;  /* 256 colours */
    int defaults; /* the terminal's own background: -1 where it is supported, else black */
};

/* After start_color(). Sets the pairs of the choice; monochrome whatever the choice without colour.
 */
void theme_use(struct theme *theme, enum theme_choice choice);
void theme_look(const struct theme *theme, enum style style, bool selected, attr_t *attributes,
                short *pair);

#endif
