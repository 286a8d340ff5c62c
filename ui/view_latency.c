/*
 * view_latency: what a commit costs at each level: a line a level on the main screen, and on the
 * primary's page how the levels differ and how the commits are spread.
 */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "ui/columns.h"

#define LEVEL_WIDTH 13 /* "remote_apply" */
#define FIGURE_WIDTH 6
#define FIGURES 5
#define BLOCKED_SHOWN_US (500 * US_PER_MS) /* on the screen; health has its own limit */
#define SPREAD_BAR 24
#define SPREAD_COUNT_WIDTH 8 /* "123456  " */
#define DIFFERENCE_MIN_US 50 /* "0.1 ms" when it is rounded */

int view_latency_levels(const struct view *view)
{
    int count = 0;

    for (int i = 0; i < COMMIT_LEVELS; i++)
        if (view->model->latency->levels[i].state != PROBE_NONE)
            count++;
    return count;
}

/* Milliseconds in at most 5 columns: "0.92", "12.3", "123", "4567", "12 s". */
static void format_ms(char *out, size_t size, int64_t us)
{
    if (us == UNKNOWN_US)
        str_copy(out, size, "-");
    else if (us < 10 * US_PER_MS)
        str_format(out, size, "%.2f", (double)us / 1000.0);
    else if (us < 100 * US_PER_MS)
        str_format(out, size, "%.1f", (double)us / 1000.0);
    else if (us < 10 * US_PER_S)
        str_format(out, size, "%lld", (us + 500) / US_PER_MS);
    else
        format_duration(out, size, us);
}

static void paint_figure(struct canvas *canvas, int line, int column, enum style style, int64_t us)
{
    char text[24];

    format_ms(text, sizeof text, us);
    canvas_text_right(canvas, line, column, FIGURE_WIDTH, us == UNKNOWN_US ? STYLE_DIM : style,
                      text);
}

static void paint_blocked(struct canvas *canvas, int line, int column, int64_t us)
{
    char text[32], duration[16];

    format_duration(duration, sizeof duration, us);
    str_format(text, sizeof text, "BLOCKED %s", duration);
    canvas_text(canvas, line, column + 1, 4 * FIGURE_WIDTH - 1, STYLE_CRITICAL, text);
}

static void paint_level(const struct view *view, struct canvas *canvas, struct area at, int level)
{
    const struct latency_level *l = &view->model->latency->levels[level];
    const struct model_limits *limits = &view->model->limits;
    struct latency_figures f;
    int column = at.column + LEVEL_WIDTH, right = at.column + at.width;

    latency_figures(view->model->latency, (enum commit_level)level, BLOCKED_SHOWN_US, view->now,
                    &f);
    canvas_text(canvas, at.row, at.column, LEVEL_WIDTH - 1, STYLE_NORMAL,
                commit_level_word((enum commit_level)level));
    if (l->state == PROBE_CANNOT) {
        canvas_textf(canvas, at.row, column + 1, right - column - 1, STYLE_WARNING, "PROBE OFF: %s",
                     l->why);
        return;
    }
    bool slow = limits->commit_latency_us != UNKNOWN_US && f.last_us > limits->commit_latency_us;
    if (f.blocked_for_us != UNKNOWN_US) {
        paint_blocked(canvas, at.row, column, f.blocked_for_us);
    } else {
        paint_figure(canvas, at.row, column, slow ? STYLE_WARNING : STYLE_STRONG, f.last_us);
        paint_figure(canvas, at.row, column + FIGURE_WIDTH, STYLE_NORMAL, f.p50_us);
        paint_figure(canvas, at.row, column + 2 * FIGURE_WIDTH, STYLE_NORMAL, f.p95_us);
        paint_figure(canvas, at.row, column + 3 * FIGURE_WIDTH, STYLE_NORMAL, f.p99_us);
    }
    paint_figure(canvas, at.row, column + 4 * FIGURE_WIDTH, STYLE_NORMAL, f.max_us);
    struct area graph = {.row = at.row, .column = column + FIGURES * FIGURE_WIDTH + 1, .height = 1};
    graph.width = right - graph.column;
    if (graph.width >= 4)
        view_graph(canvas, graph, &l->graph);
}

/* Why nothing at all is measured, when it is the same for all levels; NULL. */
static const char *why_all_off(const struct view *view)
{
    const char *why = NULL;

    for (int i = 0; i < COMMIT_LEVELS; i++) {
        const struct latency_level *level = &view->model->latency->levels[i];
        if (level->state == PROBE_NONE)
            continue;
        if (level->state != PROBE_CANNOT || (why != NULL && strcmp(why, level->why) != 0))
            return NULL;
        why = level->why;
    }
    return why;
}

int view_latency_lines(const struct view *view, struct canvas *canvas, struct area area)
{
    static const char *const headings[FIGURES] = {"last", "p50", "p95", "p99", "max"};
    struct area at = {.row = area.row, .column = area.column, .height = 1, .width = area.width};
    int end = area.row + area.height;
    const char *off = why_all_off(view);
    char text[PROBE_TEXT_SIZE + 16];

    if (off != NULL) {
        str_format(text, sizeof text, "PROBE OFF: %s", off);
        return canvas_wrap(canvas, area.row, area.column, area.height, area.width, STYLE_WARNING,
                           text);
    }
    if (area.height > 1) {
        canvas_text(canvas, at.row, at.column, LEVEL_WIDTH, STYLE_LABEL, "level     ms");
        for (int i = 0; i < FIGURES; i++)
            canvas_text_right(canvas, at.row, at.column + LEVEL_WIDTH + i * FIGURE_WIDTH,
                              FIGURE_WIDTH, STYLE_LABEL, headings[i]);
        at.row++;
    }
    /* With a single row, the level that most commits use. */
    if (area.height == 1 && view->model->latency->levels[COMMIT_LEVEL_ON].state != PROBE_NONE) {
        paint_level(view, canvas, at, COMMIT_LEVEL_ON);
        return 1;
    }
    for (int i = 0; i < COMMIT_LEVELS && at.row < end; i++) {
        if (view->model->latency->levels[i].state == PROBE_NONE)
            continue;
        paint_level(view, canvas, at, i);
        at.row++;
    }
    return at.row - area.row;
}

/* ---- the primary's page */

/* The median of a level; UNKNOWN_US. */
static int64_t median_us(const struct view *view, enum commit_level level)
{
    struct latency_figures figures;

    latency_figures(view->model->latency, level, UNKNOWN_US, view->now, &figures);
    return figures.p50_us;
}

/* What `more` adds to `less`. Levels are not measured by the same commits: below zero is chance. */
static void write_difference(const struct view *view, struct sheet *sheet, const char *what,
                             enum commit_level more, enum commit_level less)
{
    int64_t a = median_us(view, more), b = median_us(view, less);
    char text[24];

    if (a == UNKNOWN_US || b == UNKNOWN_US)
        return;
    format_duration(text, sizeof text, a - b);
    if (a - b < DIFFERENCE_MIN_US)
        sheet_value(sheet, STYLE_DIM, what, "less than can be told");
    else
        sheet_value(sheet, STYLE_NORMAL, what, "%s", text);
}

static void write_costs_of_commits(const struct view *view, struct sheet *sheet)
{
    int64_t local_us = median_us(view, COMMIT_LEVEL_LOCAL);
    char text[24];

    sheet_group(sheet, "What a commit costs (medians)");
    if (local_us != UNKNOWN_US) {
        format_duration(text, sizeof text, local_us);
        sheet_value(sheet, STYLE_NORMAL, "local flush", "%s", text);
    }
    write_difference(view, sheet, "network and remote write", COMMIT_LEVEL_REMOTE_WRITE,
                     COMMIT_LEVEL_LOCAL);
    write_difference(view, sheet, "remote flush", COMMIT_LEVEL_ON, COMMIT_LEVEL_REMOTE_WRITE);
    write_difference(view, sheet, "replay", COMMIT_LEVEL_REMOTE_APPLY, COMMIT_LEVEL_ON);
}

/* What all this measuring asks of the primary. */
static void write_own_cost(const struct view *view, struct sheet *sheet)
{
    struct latency_cost cost;
    char rate[24], row[24];

    latency_cost(view->model->latency, view->now, &cost);
    sheet_group(sheet, "What measuring it costs");
    if (!cost.known) {
        sheet_text(sheet, 0, STYLE_DIM, "counted in a moment");
        return;
    }
    sheet_value(sheet, STYLE_NORMAL, "rows", "%.1f/s", cost.rows);
    sheet_value(sheet, STYLE_NORMAL, "queries", "%.1f/s", cost.queries);
    if (isnan(cost.wal_bytes)) {
        sheet_value(sheet, STYLE_DIM, "WAL", "-");
        return;
    }
    format_bytes(rate, sizeof rate, (int64_t)cost.wal_bytes);
    format_bytes(row, sizeof row, (int64_t)cost.row_wal_bytes);
    sheet_value(sheet, STYLE_NORMAL, "WAL", "%s/s: %s a row (EXPLAIN WAL), without its commit",
                rate, row);
}

/* Counts of one range of latencies as a bar that is as long as there is room. */
static void write_range(struct sheet *sheet, const char *label, uint64_t here, uint64_t all)
{
    int room = sheet_value_width(sheet) - SPREAD_COUNT_WIDTH, cells;
    char bar[SPREAD_BAR * GLYPH_BYTES + 1] = "";

    if (room > SPREAD_BAR)
        room = SPREAD_BAR;
    cells = room > 0 ? 1 + (int)(here * (uint64_t)(room - 1) / all) : 0;
    for (int i = 0; i < cells; i++)
        str_append(bar, sizeof bar, "\xE2\x96\x88");
    sheet_value(sheet, STYLE_NORMAL, label, "%6llu  %s", (unsigned long long)here, bar);
}

static void write_spread(struct sheet *sheet, const struct histogram *all)
{
    static const int64_t edges_us[] = {200,   500,   1000,   2000,   5000,    10000,
                                       20000, 50000, 100000, 250000, 1000000, INT64_MAX};
    uint64_t below = 0;

    for (size_t i = 0; i < sizeof edges_us / sizeof edges_us[0]; i++) {
        bool last = edges_us[i] == INT64_MAX;
        uint64_t up_to = histogram_count_up_to(all, edges_us[i]);
        char label[32], edge[16];

        format_duration(edge, sizeof edge, edges_us[last ? i - 1 : i]);
        str_format(label, sizeof label, "%s %s", last ? "over" : "up to", edge);
        if (up_to > below)
            write_range(sheet, label, up_to - below, all->count);
        below = up_to;
    }
}

static void write_level(const struct view *view, struct sheet *sheet, enum commit_level level)
{
    const struct latency_level *l = &view->model->latency->levels[level];
    struct histogram all;
    char title[64];

    if (l->state == PROBE_NONE)
        return;
    str_format(title, sizeof title, "Commits at %s since the start", commit_level_word(level));
    sheet_group(sheet, title);
    sheet_value(sheet, STYLE_NORMAL, "acknowledged", "%llu",
                (unsigned long long)l->outcomes[COMMIT_ACKNOWLEDGED]);
    sheet_value(sheet, l->outcomes[COMMIT_LOCAL] > 0 ? STYLE_WARNING : STYLE_NORMAL,
                "acknowledged locally only", "%llu", (unsigned long long)l->outcomes[COMMIT_LOCAL]);
    sheet_value(sheet, STYLE_NORMAL, "failed / unknown", "%llu / %llu",
                (unsigned long long)l->outcomes[COMMIT_FAILED],
                (unsigned long long)l->outcomes[COMMIT_UNKNOWN]);
    latency_histogram(view->model->latency, level, view->now, &all);
    if (all.count == 0)
        return;
    sheet_text(sheet, 0, STYLE_LABEL, "those of the last 5 minutes took");
    write_spread(sheet, &all);
}

void view_latency_page(const struct view *view, struct sheet *sheet)
{
    if (view_latency_levels(view) == 0)
        return;
    write_costs_of_commits(view, sheet);
    write_own_cost(view, sheet);
    write_level(view, sheet, COMMIT_LEVEL_ON);
    for (int i = 0; i < COMMIT_LEVELS; i++)
        if (i != COMMIT_LEVEL_ON)
            write_level(view, sheet, (enum commit_level)i);
}
