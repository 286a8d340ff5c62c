/*
 * view_graphs: a ring's samples as columns of eighths of a cell, the newest at the right edge.
 *
 * A column is the greatest of up to 5 samples, in groups that do not shift with every sample: the
 * picture moves one column in 5 seconds, not every second. The scale is that of what is shown: the
 * greatest value fills the height. A known value always shows something, if only the lowest eighth,
 * so that 0 and unknown are told apart.
 */
#include <math.h>

#include "ui/view_parts.h"

#define SAMPLES_A_COLUMN 5

static int samples_a_column(const struct ring *ring, int width)
{
    int fit = (int)(ring->capacity / (size_t)(width > 0 ? width : 1));

    return fit < 1 ? 1 : fit > SAMPLES_A_COLUMN ? SAMPLES_A_COLUMN : fit;
}

/* The greatest of the samples in the column's group; NaN when none of them is known. */
static float column_value(const struct ring *ring, int from_right, int samples)
{
    int newest = (int)((ring->pushed + (size_t)samples - 1) % (size_t)samples) + 1;
    int first = from_right == 0 ? 0 : newest + (from_right - 1) * samples;
    int count = from_right == 0 ? newest : samples;
    float greatest = NAN;

    for (int age = first; age < first + count; age++) {
        float value = ring_at(ring, (size_t)age);

        if (!isnan(value) && !(value <= greatest))
            greatest = value;
    }
    return greatest;
}

static float greatest_of(const struct ring *ring, int columns, int samples)
{
    float greatest = NAN;

    for (int i = 0; i < columns; i++) {
        float value = column_value(ring, i, samples);

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
    int samples = samples_a_column(ring, area.width);
    float greatest = greatest_of(ring, area.width, samples);

    for (int i = 0; i < area.width; i++) {
        float value = column_value(ring, i, samples);
        float part = 0;

        if (isnan(value))
            continue;
        if (greatest > 0 && value > 0)
            part = value < greatest ? value / greatest : 1;
        graph_column(canvas, area, area.column + area.width - 1 - i, part);
    }
    return greatest;
}
