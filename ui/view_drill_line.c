/*
 * view_drill_line: the line of a drill that runs on the screens that are not its own.
 */
#include "base/str.h"
#include "ui/drill_parts.h"

#define LABEL_WIDTH 6 /* as that of the rule above it */
#define ONE_ROW_WIDTH 130

int view_drill_line_rows(const struct view *view, int width)
{
    if (!view->in->state->drill_under_way || view_drill_run_of(view) == NULL)
        return 0;
    return width >= ONE_ROW_WIDTH ? 1 : 2;
}

/* The banner's meaning in a line that is no banner. */
static enum style line_style(enum style banner)
{
    return banner == STYLE_BANNER_CRITICAL  ? STYLE_CRITICAL
           : banner == STYLE_BANNER_WARNING ? STYLE_WARNING
                                            : STYLE_OK;
}

void view_drill_short(const struct view *view, struct canvas *canvas, int row)
{
    const struct drill_run *run = view_drill_run_of(view);
    char clock[DRILL_FIGURE_SIZE];
    struct drill_news news;

    if (run == NULL)
        return;
    drill_news(view, run, &news);
    drill_clock_text(drill_clock_us(run, view->in->clock.mono), clock);
    canvas_put(canvas, row, 0, line_style(news.style), news.mark);
    canvas_textf(canvas, row, 2, canvas->width - 2, line_style(news.style), "%s %s %s",
                 drill_at(run->plan.id)->name, clock, news.brief);
}

void view_drill_line(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct drill_run *run = view_drill_run_of(view);
    char text[DRILL_SENTENCE_SIZE], clock[DRILL_FIGURE_SIZE];
    struct drill_news news;

    if (area.height == 0 || run == NULL)
        return;
    canvas_text(canvas, area.row, area.column + 1, LABEL_WIDTH, STYLE_LABEL, "drill");
    area.column += 1 + LABEL_WIDTH;
    area.width -= 2 + LABEL_WIDTH;
    struct flow flow = flow_begin(canvas, area);
    drill_clock_text(drill_clock_us(run, view->in->clock.mono), clock);
    str_format(text, sizeof text, "%s %s", drill_at(run->plan.id)->name, clock);
    flow_part(&flow, STYLE_STRONG, text);
    if (run->state == DRILL_UNDOING)
        flow_part(&flow, STYLE_WARNING, "UNDOING");
    drill_news(view, run, &news);
    flow_part(&flow, line_style(news.style),
              canvas->width < ONE_ROW_WIDTH ? news.brief : news.text);
    flow_part(&flow, STYLE_KEY, "d shows it");
    if (run->ask[0] != '\0') {
        str_format(text, sizeof text, "YOU: %s", run->ask);
        flow_part(&flow, STYLE_WARNING, text);
    } else {
        drill_run_sentence(run, run->step, view->model, text, sizeof text);
        flow_part(&flow, STYLE_NORMAL, text);
    }
}
