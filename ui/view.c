/*
 * view: what is painted on which screen at which size; the parts are in view_*.c.
 */
#include "ui/view.h"

#include <string.h>

#include "base/str.h"
#include "ui/columns.h"
#include "ui/drill_parts.h"

uint32_t condition_mark(enum node_condition condition)
{
    static const uint32_t marks[] = {[NODE_CONDITION_UNKNOWN] = GLYPH_UNKNOWN,
                                     [NODE_CONDITION_GOOD] = GLYPH_GOOD,
                                     [NODE_CONDITION_WARNING] = GLYPH_WARNING,
                                     [NODE_CONDITION_BAD] = GLYPH_CRITICAL};
    return marks[condition];
}

enum style condition_style(enum node_condition condition)
{
    static const enum style styles[] = {[NODE_CONDITION_UNKNOWN] = STYLE_UNKNOWN,
                                        [NODE_CONDITION_GOOD] = STYLE_OK,
                                        [NODE_CONDITION_WARNING] = STYLE_WARNING,
                                        [NODE_CONDITION_BAD] = STYLE_CRITICAL};
    return styles[condition];
}

uint32_t health_mark(enum health_level level)
{
    static const uint32_t marks[] = {[HEALTH_OK] = GLYPH_GOOD,
                                     [HEALTH_UNKNOWN] = GLYPH_UNKNOWN,
                                     [HEALTH_WARNING] = GLYPH_WARNING,
                                     [HEALTH_CRITICAL] = GLYPH_CRITICAL};
    return marks[level];
}

enum style health_style(enum health_level level)
{
    static const enum style styles[] = {[HEALTH_OK] = STYLE_OK,
                                        [HEALTH_UNKNOWN] = STYLE_UNKNOWN,
                                        [HEALTH_WARNING] = STYLE_WARNING,
                                        [HEALTH_CRITICAL] = STYLE_CRITICAL};
    return styles[level];
}

enum style health_banner_style(enum health_level level)
{
    static const enum style styles[] = {[HEALTH_OK] = STYLE_BANNER_OK,
                                        [HEALTH_UNKNOWN] = STYLE_BANNER_UNKNOWN,
                                        [HEALTH_WARNING] = STYLE_BANNER_WARNING,
                                        [HEALTH_CRITICAL] = STYLE_BANNER_CRITICAL};
    return styles[level];
}

uint32_t event_mark(enum event_level level)
{
    static const uint32_t marks[] = {[EVENT_INFO] = GLYPH_INFO,
                                     [EVENT_GOOD] = GLYPH_GOOD,
                                     [EVENT_WARNING] = GLYPH_WARNING,
                                     [EVENT_CRITICAL] = GLYPH_CRITICAL};
    return marks[level];
}

enum style event_style(enum event_level level)
{
    static const enum style styles[] = {[EVENT_INFO] = STYLE_NORMAL,
                                        [EVENT_GOOD] = STYLE_OK,
                                        [EVENT_WARNING] = STYLE_WARNING,
                                        [EVENT_CRITICAL] = STYLE_CRITICAL};
    return styles[level];
}

void format_interval(char *out, size_t size, int64_t us)
{
    if (us % US_PER_S != 0)
        str_format(out, size, "%lldms", us / US_PER_MS);
    else if (us % (60 * US_PER_S) != 0)
        str_format(out, size, "%llds", us / US_PER_S);
    else
        str_format(out, size, "%lldmin", us / (60 * US_PER_S));
}

/* What the writes of a drill that runs were acknowledged for; false: nothing is known of them. */
static bool acknowledged_in_drill(const struct view *view, struct survivors_acknowledged *out)
{
    const struct drill_run *run = view_drill_run_of(view);

    if (run == NULL || !view->in->state->drill_under_way ||
        run->figures.last_acknowledged_lsn == LSN_UNKNOWN)
        return false;
    out->lsn = run->figures.last_acknowledged_lsn;
    out->at = run->phases[PHASE_LAST_ACK_BEFORE].mono;
    if (out->at == 0)
        out->at = view->now;
    return true;
}

void view_gather(const struct view_input *input, struct view *view)
{
    const struct survivors_acknowledged *acknowledged = input->acknowledged;
    struct survivors_acknowledged of_drill;
    int count;

    view->in = input;
    view->model = input->model;
    view->now = input->now.mono;
    count = topology_derive(view->model, view->now, view->rows, UI_ROWS_MAX);
    view->row_count = count < UI_ROWS_MAX ? count : UI_ROWS_MAX;
    view->rows_cut = count - view->row_count;
    if (acknowledged == NULL && acknowledged_in_drill(view, &of_drill))
        acknowledged = &of_drill;
    survivors_derive(view->model, acknowledged, view->now, &view->survivors);
    view->selected = ui_state_selected_row(input->state, view->rows, view->row_count);
}

#define ALARM_ROWS_MAX 3 /* on the main screen */

static void lay_out(const struct view *view, int width, int height, struct layout *layout)
{
    const struct layout_need need = {
        .banner = view->in->health->level == HEALTH_CRITICAL && view->in->health->count > 0,
        .sync_rows = view_sync_rows(view, width),
        .load_rows = view_alarm_rows(view, width, ALARM_ROWS_MAX) +
                     view_drill_line_rows(view, width) + view_load_rows(view, width),
        .node_rows = view->row_count + view->rows_cut,
        .survivor_rows = view_shows_survivors(view) ? view_survivors_rows(view, width) : 0,
        .finding_rows = view_findings_rows(view, width),
        .standby_lines = view_standby_lines(view),
        .latency_levels = view_latency_levels(view),
    };

    layout_derive(width, height, &need, layout);
}

/* What runs beside the watching: what a drill left, a drill, a load. */
static void paint_doings(const struct view *view, struct canvas *canvas, struct area area)
{
    view_alarms(view, canvas,
                layout_take(&area, view_alarm_rows(view, area.width, ALARM_ROWS_MAX)));
    view_drill_line(view, canvas, layout_take(&area, view_drill_line_rows(view, area.width)));
    view_load(view, canvas, area);
}

static void paint_main(const struct view *view, struct canvas *canvas)
{
    struct layout layout;

    lay_out(view, canvas->width, canvas->height, &layout);
    view_header(view, canvas, layout.header);
    view_banner(view, canvas, layout.banner);
    view_sync(view, canvas, layout.sync);
    paint_doings(view, canvas, layout.load);
    view_nodes(view, canvas, layout.nodes);
    if (view_shows_survivors(view))
        view_survivors(view, canvas, layout.survivors);
    view_findings(view, canvas, layout.findings);
    view_latency(view, canvas, layout.latency);
    view_wal(view, canvas, layout.wal, layout.graph_rows);
    view_events_box(view, canvas, layout.events);
    view_footer(view, canvas, layout.footer);
}

static void paint_too_small(struct canvas *canvas)
{
    canvas_textf(canvas, 0, 0, canvas->width, STYLE_STRONG, "needs %dx%d", LAYOUT_LINES_WIDTH,
                 LAYOUT_LINES_HEIGHT);
}

static bool drill_has_ended(const struct view *view)
{
    const struct drill_run *run = view_drill_run_of(view);

    return run != NULL && run->state == DRILL_ENDED && !view->in->state->drill_under_way;
}

static void page_of(const struct view *view, int width, struct page *page)
{
    memset(page, 0, sizeof *page);
    switch (view->in->state->screen) {
    case SCREEN_DETAIL:
        view_detail_page(view, width, page);
        break;
    case SCREEN_EVENTS:
        view_events_page(view, width, page);
        break;
    case SCREEN_HELP:
        view_help_page(view, width, page);
        break;
    case SCREEN_TEST:
        view_test_page(view, width, page);
        break;
    case SCREEN_DRILL_PLAN:
        view_drill_plan_page(view, width, page);
        break;
    case SCREEN_DRILL_RUN:
        if (drill_has_ended(view))
            view_drill_result_page(view, width, page);
        break;
    case SCREEN_DRILL:
    case SCREEN_MAIN:
    case SCREEN_STACK:
    case SCREENS:
        break;
    }
}

static bool shows_stack(const struct view_input *input)
{
    return input->state->screen == SCREEN_STACK && input->stack != NULL;
}

static void paint(const struct view_input *input, struct canvas *canvas)
{
    enum layout_kind kind = layout_kind_of(canvas->width, canvas->height);
    struct view view;
    struct page page;

    if (kind == LAYOUT_TOO_SMALL) {
        paint_too_small(canvas);
        return;
    }
    view_gather(input, &view);
    view.full = kind == LAYOUT_FULL;
    page_of(&view, canvas->width, &page);
    if (page.write != NULL)
        view_page(&view, canvas, &page);
    else if (shows_stack(input))
        view_stack(&view, canvas);
    else if (input->state->screen == SCREEN_DRILL)
        view_drill_menu(&view, canvas);
    else if (input->state->screen == SCREEN_DRILL_RUN && view_drill_run_of(&view) != NULL)
        view_drill_run(&view, canvas);
    else if (kind == LAYOUT_LINES)
        view_lines(&view, canvas);
    else
        paint_main(&view, canvas);
}

/* The last row of a replay says where it is; the picture has the rows above it. */
static int bar_rows(const struct view_input *input, int height)
{
    return input->replay != NULL && height > LAYOUT_LINES_HEIGHT ? 1 : 0;
}

void view_paint(const struct view_input *input, struct canvas *canvas)
{
    int bar = bar_rows(input, canvas->height);

    canvas->ascii = input->state->ascii;
    canvas_clear(canvas);
    canvas->height -= bar;
    paint(input, canvas);
    canvas->height += bar;
    if (bar > 0)
        view_replay_bar(input, canvas, canvas->height - 1);
}

int view_scroll_max(const struct view_input *input, int width, int height)
{
    height -= bar_rows(input, height);
    enum layout_kind kind = layout_kind_of(width, height);
    struct view view;
    struct layout layout;
    struct page page;

    if (kind == LAYOUT_TOO_SMALL)
        return 0;
    view_gather(input, &view);
    view.full = kind == LAYOUT_FULL;
    page_of(&view, width, &page);
    if (page.write != NULL)
        return view_page_scroll_max(&view, width, height, &page);
    if (shows_stack(input))
        return view_stack_scroll_max(&view, width, height);
    if (kind != LAYOUT_FULL || input->state->screen != SCREEN_MAIN ||
        input->state->panel != PANEL_EVENTS)
        return 0;
    lay_out(&view, width, height, &layout);
    return view_events_box_scroll_max(&view, layout.events);
}

void view_selected_row_text(const struct view_input *input, char *out, size_t size)
{
    struct table_row row;
    struct view view;

    view_gather(input, &view);
    if (size > 0)
        out[0] = '\0';
    if (view.row_count == 0)
        return;
    table_row_of(&view, view.selected, &row);
    columns_row_text(&row, out, size);
}
