/*
 * view_graphs: a ring's newest samples as columns of eighths of a cell.
 *
 * The scale is that of what is shown: the greatest value fills the height. A known value always
 * shows something, if only the lowest eighth, so that 0 and unknown are told apart.
 */
#include <math.h>

#include "ui/view_parts.h"

static float greatest_of(const struct ring *ring, int samples)
{
    float greatest = NAN;

    for (int age = 0; age < samples; age++) {
        float value = ring_at(ring, (size_t)age);

        if (!isnan(value) && !(value <= greatest))
            greatest = value;
    }
    return greatest;
}

static void graph_column(struct canvas *canvas, struct area area, int column, float part)
{
    int levels = area.height * GLYPH_BLOCK_LEVELS;
    int level = 1 + (int)lrintf(part * (float)(levels - 1));

    for (int row = area.row + area.height - 1; row >= area.row && level > 0; row--) {
        int here = level < GLYPH_BLOCK_LEVELS ? level : GLYPH_BLOCK_LEVELS;

        canvas_put(canvas, row, column, STYLE_GRAPH, (uint32_t)(GLYPH_BLOCK_1 + here - 1));
        level -= here;
    }
}

float view_graph(struct canvas *canvas, struct area area, const struct ring *ring)
{
    float greatest = greatest_of(ring, area.width);

    for (int age = 0; age < area.width; age++) {
        float value = ring_at(ring, (size_t)age);
        float part = 0;

        if (isnan(value))
            continue;
        if (greatest > 0 && value > 0)
            part = value < greatest ? value / greatest : 1;
        graph_column(canvas, area, area.column + area.width - 1 - age, part);
    }
    return greatest;
}
