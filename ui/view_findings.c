/*
 * view_findings: what is wrong and what to do about it, worst first.
 */
#include "base/str.h"
#include "ui/view_parts.h"

#define INDENT 2

/* The banner shows all of the first finding's text: only what to do about it is left to say. */
static bool banner_says_it(const struct view *view, int index, int width)
{
    const struct health *health = view->in->health;

    return index == 0 && health->level == HEALTH_CRITICAL &&
           str_columns(health->findings[0].text) <= width - BANNER_MARGIN;
}

/* The panel of who takes over says all of it. */
static bool panel_says_it(const struct view *view, int index)
{
    return index == 0 && view_shows_survivors(view);
}

int view_findings_rows(const struct view *view, int width)
{
    const struct health *health = view->in->health;
    int columns = width - 4 - INDENT, rows = 0;

    for (int i = 0; i < health->count; i++) {
        if (panel_says_it(view, i))
            continue;
        if (!banner_says_it(view, i, width))
            rows += canvas_wrap_rows(columns, health->findings[i].text);
        if (health->findings[i].hint[0] != '\0')
            rows += canvas_wrap_rows(columns, health->findings[i].hint);
    }
    return rows;
}

/* Returns the rows used, of at most `area.height`. */
static int paint_finding(const struct finding *finding, bool with_text, struct canvas *canvas,
                         struct area area)
{
    enum style style = health_style(finding->level);
    int used = 0, column = area.column + INDENT, columns = area.width - INDENT;

    if (with_text) {
        canvas_put(canvas, area.row, area.column, style, health_mark(finding->level));
        used = canvas_wrap(canvas, area.row, column, area.height, columns, style, finding->text);
    }
    if (finding->hint[0] == '\0' || used >= area.height)
        return used;
    canvas_put(canvas, area.row + used, area.column, STYLE_KEY, GLYPH_ARROW);
    return used + canvas_wrap(canvas, area.row + used, column, area.height - used, columns,
                              STYLE_NORMAL, finding->hint);
}

void view_findings(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct health *health = view->in->health;
    struct area at = {.row = area.row + 1, .column = area.column + 2, .width = area.width - 4};
    int end = area.row + area.height - 1, shown = 0, hidden;

    if (area.height < 3)
        return;
    canvas_box(canvas, area.row, area.column, area.height, area.width, "Findings");
    for (; shown < health->count && at.row < end; shown++) {
        if (panel_says_it(view, shown))
            continue;
        at.height = end - at.row;
        at.row += paint_finding(&health->findings[shown], !banner_says_it(view, shown, area.width),
                                canvas, at);
    }
    hidden = health->count + health->cut - shown;
    if (hidden > 0) {
        char text[64];

        str_format(text, sizeof text, " %d more: Enter ", hidden);
        canvas_text_right(canvas, end, area.column + 2, area.width - 4, STYLE_WARNING, text);
    }
}
