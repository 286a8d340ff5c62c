/*
 * svg: a canvas as a picture with the colours of the theme. Pure.
 */
#ifndef UI_SVG_H
#define UI_SVG_H

#include "ui/canvas.h"

/* A whole SVG document; malloc'ed. */
char *canvas_to_svg(const struct canvas *canvas);

#endif
