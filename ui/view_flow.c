/*
 * view_flow: figures that follow one another on as many rows as they are given.
 */
#include "base/str.h"
#include "ui/view_parts.h"

struct flow flow_begin(struct canvas *canvas, struct area area)
{
    return (struct flow){canvas, area, area.row, area.column,
                         canvas->width < LAYOUT_WIDE_WIDTH ? 2 : 3};
}

void flow_part(struct flow *flow, enum style style, const char *text)
{
    int end = flow->area.column + flow->area.width, columns = str_columns(text);

    if (flow->column > flow->area.column && flow->column + columns > end &&
        flow->row + 1 < flow->area.row + flow->area.height) {
        flow->row++;
        flow->column = flow->area.column;
    }
    canvas_text(flow->canvas, flow->row, flow->column, end - flow->column, style, text);
    flow->column += columns + flow->gap;
}

void flow_count(struct flow *flow, const char *what, uint64_t count, bool bad)
{
    char text[64];

    str_format(text, sizeof text, "%s %llu", what, (unsigned long long)count);
    flow_part(flow, bad && count > 0 ? STYLE_WARNING : STYLE_NORMAL, text);
}

void flow_time(struct flow *flow, enum style style, const char *what, int64_t us)
{
    char text[64], time[16];

    format_duration(time, sizeof time, us);
    str_format(text, sizeof text, "%s %s", what, time);
    flow_part(flow, us == UNKNOWN_US ? STYLE_DIM : style, text);
}
