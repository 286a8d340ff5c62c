/*
 * view_panels: commit latency and WAL.
 *
 * Where no commit is measured, that is said, and what the primary measured of its standbys stands
 * there under its own name; also below the levels, where there is room.
 */
#include <math.h>

#include "base/str.h"
#include "ui/columns.h"

#define NAME_WIDTH_MAX 20
#define FIGURE_WIDTH 9

/* Rows of the topology that are standbys now or were. */
static bool is_standby(const struct view *view, int index)
{
    const struct topology_row *row = &view->rows[index];

    return row->standby >= 0 ||
           (row->node >= 0 && view->model->nodes[row->node].role == ROLE_STANDBY);
}

int view_standby_lines(const struct view *view)
{
    int lines = 0;

    for (int i = 0; i < view->row_count; i++)
        if (is_standby(view, i))
            lines++;
    return lines;
}

static void lag_text(int64_t lag, int64_t stale, char *out, size_t size)
{
    if (stale > 0 && stale > lag)
        lag = stale;
    format_duration(out, size, lag);
}

static void paint_lags(const struct table_row *row, struct canvas *canvas, int line, int column)
{
    const struct standby_row *standby = row->standby;
    enum style style = row->row->fresh ? STYLE_NORMAL : STYLE_DIM;
    int64_t flush_stale = UNKNOWN_US, replay_stale = UNKNOWN_US;
    char text[24];

    if (row->row->fresh) {
        flush_stale = standby_stale_for_us(row->sender, row->row->standby, row->view->now);
        replay_stale = standby_replay_stale_for_us(row->sender, row->row->standby, row->view->now);
    }
    format_duration(text, sizeof text, standby->write_lag_us);
    canvas_text_right(canvas, line, column, FIGURE_WIDTH, style, text);
    lag_text(standby->flush_lag_us, flush_stale, text, sizeof text);
    canvas_text_right(canvas, line, column + FIGURE_WIDTH, FIGURE_WIDTH, style, text);
    lag_text(standby->replay_lag_us, replay_stale, text, sizeof text);
    canvas_text_right(canvas, line, column + 2 * FIGURE_WIDTH, FIGURE_WIDTH, style, text);
}

static int name_width(int width)
{
    int room = width - 4 - 3 * FIGURE_WIDTH;

    return room < NAME_WIDTH_MAX ? room : NAME_WIDTH_MAX;
}

void view_latency(const struct view *view, struct canvas *canvas, struct area area)
{
    int left = area.column + 2, columns = area.width - 4, end = area.row + area.height - 1;
    int line = area.row + 1, figures = left + name_width(area.width);
    static const char *const headings[] = {"write", "flush", "replay"};

    if (area.height < 3)
        return;
    canvas_box(canvas, area.row, area.column, area.height, area.width, "Commit latency");
    if (view_latency_levels(view) > 0)
        line += view_latency_lines(
            view, canvas,
            (struct area){.row = line, .column = left, .height = end - line, .width = columns});
    else
        line += canvas_wrap(canvas, line, left, 2 < end - line ? 2 : 1, columns, STYLE_UNKNOWN,
                            "not measured: probe.enabled is false");
    if (end - line < 2)
        return;
    canvas_text(canvas, line, left, figures - left, STYLE_LABEL, "standby's lag");
    for (int i = 0; i < 3; i++)
        canvas_text_right(canvas, line, figures + i * FIGURE_WIDTH, FIGURE_WIDTH, STYLE_LABEL,
                          headings[i]);
    line++;
    for (int i = 0; i < view->row_count && line < end; i++) {
        struct table_row row;

        if (!is_standby(view, i))
            continue;
        table_row_of(view, i, &row);
        canvas_text(canvas, line, left, name_width(area.width) - 1,
                    row.row->fresh ? STYLE_NORMAL : STYLE_DIM, row.row->name);
        if (row.standby != NULL)
            paint_lags(&row, canvas, line, figures);
        else
            for (int f = 0; f < 3; f++)
                canvas_text_right(canvas, line, figures + f * FIGURE_WIDTH, FIGURE_WIDTH, STYLE_DIM,
                                  "-");
        line++;
    }
}

/* A line of the WAL panel: "replica1 behind  5.1 kB  graph  max 12 kB". */
struct wal_line {
    const char *name, *what;
    char figure[24];
    enum style style;
    const struct ring *ring; /* NULL: none is kept */
    const char *per;         /* "" or "/s" */
};

/* Columns of "replica1 behind", of the longest name. */
static int wal_name_width(const struct view *view, int width)
{
    int most = width >= 60 ? 30 : NAME_WIDTH_MAX, columns = 8;

    for (int i = 0; i < view->row_count; i++)
        if (is_standby(view, i) && str_columns(view->rows[i].name) + 7 > columns)
            columns = str_columns(view->rows[i].name) + 7;
    return columns < most ? columns : most;
}

static void paint_wal_line(struct canvas *canvas, struct area area, int name,
                           const struct wal_line *line)
{
    int bottom = area.row + area.height - 1, what = str_columns(line->what);
    struct area graph = {.row = area.row,
                         .column = area.column + name + 1 + FIGURE_WIDTH + 1,
                         .height = area.height,
                         .width = area.width - name - 1 - FIGURE_WIDTH - 1};
    bool scale = graph.width >= 30;
    char most[48], value[24];

    int used = canvas_text(canvas, bottom, area.column, name - what - 1, STYLE_NORMAL, line->name);
    canvas_text(canvas, bottom, area.column + used + 1, what, STYLE_DIM, line->what);
    canvas_text_right(canvas, bottom, area.column + name + 1, FIGURE_WIDTH, line->style,
                      line->figure);
    if (scale)
        graph.width -= 15;
    if (line->ring == NULL || graph.width < 4)
        return;
    float greatest = view_graph(canvas, graph, line->ring);
    if (!scale || isnan(greatest) || area.height < 1)
        return;
    format_bytes(value, sizeof value, greatest < 9e18F ? (int64_t)greatest : INT64_MAX);
    str_format(most, sizeof most, "max %s%s", value, line->per);
    canvas_text(canvas, area.row, graph.column + graph.width + 1, 14, STYLE_DIM, most);
}

static void written_line(const struct view *view, struct wal_line *line)
{
    int index = view->model->primary;
    bool live = index >= 0;
    float rate = NAN;
    char value[16];

    if (!live)
        index = view->model->last_primary;
    *line = (struct wal_line){.name = "written", .what = "", .per = "/s"};
    line->style = live ? STYLE_NORMAL : STYLE_DIM;
    str_copy(line->figure, sizeof line->figure, "-");
    if (index < 0)
        return;
    line->ring = &view->model->nodes[index].wal_rate;
    rate = live ? ring_at(line->ring, 0) : NAN;
    if (isnan(rate) || rate >= 9e18F)
        return;
    format_bytes(value, sizeof value, (int64_t)rate);
    str_format(line->figure, sizeof line->figure, "%s/s", value);
}

static void behind_line(const struct view *view, int index, struct wal_line *line)
{
    struct table_row row;

    table_row_of(view, index, &row);
    *line = (struct wal_line){.name = row.row->name, .what = "behind", .per = ""};
    line->style = cell_behind(&row, FIGURE_WIDTH, line->figure, sizeof line->figure);
    if (row.node != NULL)
        line->ring = &row.node->behind;
}

void view_wal(const struct view *view, struct canvas *canvas, struct area area, int graph_rows)
{
    struct area at = {.row = area.row + 1,
                      .column = area.column + 2,
                      .height = graph_rows,
                      .width = area.width - 4};
    int end = area.row + area.height - 1, shown = 0, name = wal_name_width(view, at.width);
    struct wal_line line;

    if (area.height < 3)
        return;
    canvas_box(canvas, area.row, area.column, area.height, area.width, "WAL");
    while (at.height > 1 && at.row + at.height > end)
        at.height--;
    written_line(view, &line);
    paint_wal_line(canvas, at, name, &line);
    for (int i = 0; i < view->row_count; i++) {
        if (!is_standby(view, i))
            continue;
        at.row += at.height;
        if (at.row + at.height > end)
            break;
        behind_line(view, i, &line);
        paint_wal_line(canvas, at, name, &line);
        shown++;
    }
    int hidden = view_standby_lines(view) - shown;
    if (hidden > 0) {
        char text[32];

        str_format(text, sizeof text, " %d more ", hidden);
        canvas_text_right(canvas, end, area.column + 2, area.width - 4, STYLE_DIM, text);
    }
}
