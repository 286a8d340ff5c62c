/*
 * view_findings: what is wrong and what to do about it, worst first.
 */
#include "base/str.h"
#include "ui/view_parts.h"

#define INDENT 2

static int finding_rows(const struct finding *finding, int columns)
{
    int rows = canvas_wrap_rows(columns - INDENT, finding->text);

    if (finding->hint[0] != '\0')
        rows += canvas_wrap_rows(columns - INDENT, finding->hint);
    return rows;
}

int view_findings_rows(const struct view *view, int width)
{
    const struct health *health = view->in->health;
    int rows = 0;

    for (int i = 0; i < health->count; i++)
        rows += finding_rows(&health->findings[i], width - 4);
    return rows;
}

/* Returns the rows used, of at most `room`. */
static int paint_finding(const struct finding *finding, struct canvas *canvas, int row, int column,
                         int room, int columns)
{
    enum style style = health_style(finding->level);
    int used;

    canvas_put(canvas, row, column, style, health_mark(finding->level));
    used = canvas_wrap(canvas, row, column + INDENT, room, columns - INDENT, style, finding->text);
    if (finding->hint[0] != '\0' && used < room)
        used += canvas_wrap(canvas, row + used, column + INDENT, room - used, columns - INDENT,
                            STYLE_NORMAL, finding->hint);
    return used;
}

void view_findings(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct health *health = view->in->health;
    int row = area.row + 1, end = area.row + area.height - 1, shown = 0, hidden;

    if (area.height < 3)
        return;
    canvas_box(canvas, area.row, area.column, area.height, area.width, "Findings");
    while (shown < health->count && row < end)
        row += paint_finding(&health->findings[shown++], canvas, row, area.column + 2, end - row,
                             area.width - 4);
    hidden = health->count + health->cut - shown;
    if (hidden > 0) {
        char text[64];

        str_format(text, sizeof text, " %d more: Enter ", hidden);
        canvas_text_right(canvas, end, area.column + 2, area.width - 4, STYLE_WARNING, text);
    }
}
