/*
 * view_events: the newest events in a box of the main screen, and all of them on their own page.
 */
#include "base/str.h"
#include "ui/view_parts.h"

#define TIME_WIDTH 8
#define SUBJECT_WIDTH 14
#define AFTER_WIDTH 12
#define TEXT_LEAST 20 /* columns; with less the text stands under its time and subject */
#define WRAPPED_ROWS_MAX 8

static void format_after(const struct event *event, char *out, size_t size)
{
    char duration[24];

    out[0] = '\0';
    if (event->since_previous_us < US_PER_MS) /* unknown, or of the same look */
        return;
    format_duration(duration, sizeof duration, event->since_previous_us);
    str_format(out, size, "after %s", duration);
}

/* Columns of an event's text on a line of `width`. */
static int text_columns(int width, bool has_after)
{
    return width - TIME_WIDTH - 2 - 2 - SUBJECT_WIDTH - 1 - (has_after ? AFTER_WIDTH + 1 : 0);
}

/* A text that is too long for its line needs the place more. */
static bool shows_after(const struct event *event, int width, int max_rows)
{
    return width >= 70 && (max_rows > 1 || str_columns(event->text) <= text_columns(width, true));
}

/* Time, mark and subject. */
static void paint_event_head(struct canvas *canvas, int row, int column, int width,
                             const struct event *event)
{
    int subject = column + TIME_WIDTH + 3, left = column + width - subject;
    char at[16];

    clock_format_local_time(event->at.wall, at, sizeof at);
    canvas_text(canvas, row, column, TIME_WIDTH, STYLE_DIM, at);
    canvas_put(canvas, row, column + TIME_WIDTH + 1, event_style(event->level),
               event_mark(event->level));
    if (left > 0)
        canvas_text(canvas, row, subject, left < SUBJECT_WIDTH ? left : SUBJECT_WIDTH, STYLE_STRONG,
                    event->subject);
}

/* Returns the rows used, at most max_rows. */
static int paint_event(struct canvas *canvas, int row, int column, int width, int max_rows,
                       const struct event *event)
{
    enum style style = event->level == EVENT_INFO ? STYLE_NORMAL : event_style(event->level);
    bool has_after = shows_after(event, width, max_rows);
    int columns = text_columns(width, has_after);
    char after[32];

    paint_event_head(canvas, row, column, width, event);
    if (columns < TEXT_LEAST && max_rows > 1)
        return 1 + canvas_wrap(canvas, row + 1, column, max_rows - 1, width, style, event->text);
    if (has_after) {
        format_after(event, after, sizeof after);
        canvas_text_right(canvas, row, column + width - AFTER_WIDTH, AFTER_WIDTH, STYLE_DIM, after);
    }
    int rows = canvas_wrap(canvas, row, column + width - text_columns(width, false), max_rows,
                           columns, style, event->text);
    return rows > 1 ? rows : 1;
}

int view_events_box_scroll_max(const struct view *view, struct area area)
{
    int hidden = (int)events_count(view->model->events) - (area.height - 2);

    return area.height >= 3 && hidden > 0 ? hidden : 0;
}

void view_events_box(const struct view *view, struct canvas *canvas, struct area area)
{
    bool focused = view->in->state->panel == PANEL_EVENTS;
    int visible = area.height - 2, first = 0;
    const struct event *event;

    if (area.height < 3)
        return;
    if (focused) {
        int last = view_events_box_scroll_max(view, area);

        first = view->in->state->scroll < last ? view->in->state->scroll : last;
    }
    canvas_box(canvas, area.row, area.column, area.height, area.width,
               focused ? "\xE2\x96\xB8 Events" : "Events");
    for (int i = 0; i < visible; i++) {
        event = events_at(view->model->events, (uint64_t)first + (uint64_t)i);
        if (event == NULL)
            break;
        paint_event(canvas, area.row + 1 + i, area.column + 2, area.width - 4, 1, event);
    }
    if (events_count(view->model->events) == 0)
        canvas_text(canvas, area.row + 1, area.column + 2, area.width - 4, STYLE_DIM, "none yet");
}

static void write_events(const struct view *view, struct sheet *sheet, int column, int columns)
{
    const struct events *events = view->model->events;
    const struct event *event;
    int shown = 0;

    (void)column;
    (void)columns;
    for (uint64_t age = 0; (event = events_at(events, age)) != NULL; age++) {
        if (!ui_event_matches(event, view->in->state->filter))
            continue;
        sheet->line += paint_event(&sheet->canvas, sheet->line, 0, sheet->canvas.width,
                                   WRAPPED_ROWS_MAX, event);
        shown++;
    }
    if (shown == 0)
        sheet_text(sheet, 0, STYLE_DIM,
                   events_count(events) == 0 ? "none yet" : "no event contains that text");
}

void view_events_page(const struct view *view, int width, struct page *page)
{
    const char *filter = view->in->state->filter;

    (void)width;
    page->columns = 1;
    page->write = write_events;
    str_format(page->title, sizeof page->title, "Events, newest first%s%s%s",
               filter[0] != '\0' ? ", with \"" : "", filter, filter[0] != '\0' ? "\"" : "");
}
