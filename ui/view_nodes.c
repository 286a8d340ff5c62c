/*
 * view_nodes: the nodes as a table, and on screens too small for it as lines.
 *
 * The tree is drawn in the node's own column: selection, branch, mark, name. The table scrolls by
 * the selection, which stays in the middle as long as there are rows on both sides.
 */
#include "base/str.h"
#include "ui/columns.h"

/* The first row shown of `visible`. */
static int first_shown(const struct view *view, int visible)
{
    int first = view->selected - visible / 2;

    if (first > view->row_count - visible)
        first = view->row_count - visible;
    return first > 0 ? first : 0;
}

static int paint_node(const struct table_row *row, struct canvas *canvas, int line, int column,
                      int width, bool selected)
{
    int start = column;

    if (selected)
        canvas_put(canvas, line, column, STYLE_KEY, GLYPH_SELECTED);
    column++;
    if (row->row->depth > 0) {
        column += row->row->depth < 8 ? row->row->depth - 1 : 7;
        canvas_put(canvas, line, column++, STYLE_BORDER,
                   row->row->last_child ? GLYPH_CORNER : GLYPH_BRANCH);
    }
    canvas_put(canvas, line, column, condition_style(row->state.condition),
               condition_mark(row->state.condition));
    column += 2;
    return column - start +
           canvas_text(canvas, line, column, width - (column - start),
                       row->node != NULL && !row->node_fresh ? STYLE_DIM : STYLE_STRONG,
                       row->row->name);
}

static void paint_row(const struct view *view, struct canvas *canvas, struct area area, int line,
                      int index, const struct columns *columns)
{
    struct table_row row;
    char cell[CELL_TEXT_SIZE];
    int column = area.column + 1;

    table_row_of(view, index, &row);
    row.has_age = columns->has_age;
    paint_node(&row, canvas, line, column, columns->node_width, index == view->selected);
    column += columns->node_width + 1;
    for (int i = 0; i < columns->count; i++) {
        const struct column *of = columns->items[i];
        enum style style = of->cell(&row, columns->widths[i], cell, sizeof cell);

        if (of->right)
            canvas_text_right(canvas, line, column, columns->widths[i], style, cell);
        else
            canvas_text(canvas, line, column, columns->widths[i], style, cell);
        column += columns->widths[i] + 1;
    }
    if (index == view->selected)
        canvas_select_row(canvas, line, area.column + 1, area.width - 2);
}

static void paint_headings(struct canvas *canvas, struct area area, const struct columns *columns)
{
    int row = area.row + 1, column = area.column + 1;

    canvas_text(canvas, row, column + 1, columns->node_width - 1, STYLE_LABEL, "NODE");
    column += columns->node_width + 1;
    for (int i = 0; i < columns->count; i++) {
        const struct column *of = columns->items[i];

        if (of->right)
            canvas_text_right(canvas, row, column, columns->widths[i], STYLE_LABEL, of->heading);
        else
            canvas_text(canvas, row, column, columns->widths[i], STYLE_LABEL, of->heading);
        column += columns->widths[i] + 1;
    }
}

static void paint_hidden(const struct view *view, struct canvas *canvas, struct area area,
                         int first, int visible)
{
    int below = view->row_count + view->rows_cut - first - visible;
    char text[64];

    if (first == 0 && below <= 0)
        return;
    str_format(text, sizeof text, " %d above, %d below ", first, below > 0 ? below : 0);
    canvas_text_right(canvas, area.row + area.height - 1, area.column + 2, area.width - 4,
                      STYLE_WARNING, text);
}

void view_nodes(const struct view *view, struct canvas *canvas, struct area area)
{
    int visible = area.height - 3;
    int first = first_shown(view, visible);
    struct columns columns;

    if (area.height < 4)
        return;
    canvas_box(canvas, area.row, area.column, area.height, area.width, "Nodes");
    columns_choose(view, area.width - 3, &columns);
    paint_headings(canvas, area, &columns);
    for (int i = first; i < view->row_count && i < first + visible; i++)
        paint_row(view, canvas, area, area.row + 2 + i - first, i, &columns);
    paint_hidden(view, canvas, area, first, visible);
}

#define NARROW 40
#define FOOTER_OVER 6 /* rows, without which there is no footer */

/* "▸●replica1 streaming": 20 columns are enough for short names and the state. */
static void paint_narrow_line(const struct view *view, struct canvas *canvas, int line, int width,
                              int index)
{
    int name_width = width < 26 ? 8 : 12;
    char state[CELL_TEXT_SIZE];
    struct table_row row;

    table_row_of(view, index, &row);
    enum style style = cell_state(&row, width - name_width - 3, state, sizeof state);
    if (index == view->selected)
        canvas_put(canvas, line, 0, STYLE_KEY, GLYPH_SELECTED);
    canvas_put(canvas, line, 1, style, condition_mark(row.state.condition));
    canvas_text(canvas, line, 2, name_width,
                row.node != NULL && !row.node_fresh ? STYLE_DIM : STYLE_STRONG, row.row->name);
    canvas_text(canvas, line, 2 + name_width + 1, width - name_width - 3, style, state);
}

/* "▸● replica1 streaming  5.1 kB  0.8 ms" */
static void paint_line(const struct view *view, struct canvas *canvas, int line, int width,
                       int index)
{
    int name_width = 14, tail = width - name_width - 5;
    char state[CELL_TEXT_SIZE], behind[CELL_TEXT_SIZE], lag[CELL_TEXT_SIZE];
    struct table_row row;
    int column = 4 + name_width + 1;

    table_row_of(view, index, &row);
    row.has_age = false;
    paint_node(&row, canvas, line, 0, 4 + name_width, index == view->selected);
    enum style style = cell_state(&row, tail < 32 ? tail : 14, state, sizeof state);
    canvas_text(canvas, line, column, tail < 32 ? tail : 14, style, state);
    if (tail < 32)
        return;
    style = cell_behind(&row, 7, behind, sizeof behind);
    canvas_text_right(canvas, line, column + 15, 7, style, behind);
    style = cell_lag(&row, 9, lag, sizeof lag);
    canvas_text_right(canvas, line, column + 23, 9, style, lag);
}

/* Small screens have no room for more than a word. */
static const char *mode_word(const struct view *view)
{
    if (view->in->replay != NULL)
        return "REPLAY ";
    if (view->in->state->frozen)
        return "PAUSED ";
    return view->in->state->recording ? "REC " : "";
}

/* Health and the worst finding, on one line or as many as there are to spare; returns them. */
static int paint_worst(const struct view *view, struct canvas *canvas, int spare)
{
    const struct health *health = view->in->health;
    enum style style = health_style(health->level);
    char text[FINDING_TEXT_SIZE + 80];

    canvas_put(canvas, 0, 0, style, health_mark(health->level));
    if (health->count == 0) {
        int used =
            2 + canvas_text(canvas, 0, 2, canvas->width - 2, style, health_word(health->level));
        canvas_textf(canvas, 0, used + 1, canvas->width - used - 1, STYLE_NORMAL, "%s%s",
                     mode_word(view), view->model->cluster);
        return 1;
    }
    str_format(text, sizeof text, "%s%s %s", mode_word(view), health_word(health->level),
               health->findings[0].text);
    return canvas_wrap(canvas, 0, 2, spare + 1, canvas->width - 2, style, text);
}

/* What stands above the lines; returns its rows, of which the nodes leave `spare` free. */
static int paint_above(const struct view *view, struct canvas *canvas, int spare)
{
    int alarms = view_alarm_rows(view, canvas->width, canvas->height / 4);
    int rest = spare > alarms ? spare - alarms : 0;
    int top = paint_worst(view, canvas, rest < 3 ? rest : 3);

    view_alarms(view, canvas, (struct area){.row = top, .height = alarms, .width = canvas->width});
    top += alarms;
    if (canvas->height > FOOTER_OVER && view_drill_line_rows(view, canvas->width) > 0)
        view_drill_short(view, canvas, top++);
    return top;
}

static void paint_a_line(const struct view *view, struct canvas *canvas, int line, int index)
{
    if (canvas->width < NARROW)
        paint_narrow_line(view, canvas, line, canvas->width, index);
    else
        paint_line(view, canvas, line, canvas->width, index);
    if (index == view->selected)
        canvas_select_row(canvas, line, 0, canvas->width);
}

/* In the rows from `top` to before `end`. */
static void paint_lines(const struct view *view, struct canvas *canvas, int top, int end)
{
    int visible = end - top, total = view->row_count + view->rows_cut;

    if (total > visible && visible > 1)
        visible--;
    int first = first_shown(view, visible);
    for (int i = first; i < view->row_count && i < first + visible; i++)
        paint_a_line(view, canvas, top + i - first, i);
    if (total > visible)
        canvas_textf(canvas, top + visible, 1, canvas->width - 1, STYLE_WARNING,
                     "%d above, %d below", first, total - first - visible);
}

static void paint_survivors_line(const struct view *view, struct canvas *canvas, int line)
{
    char title[CELL_TEXT_SIZE];

    view_survivors_title(view, title, sizeof title);
    canvas_put(canvas, line, 0, STYLE_KEY, GLYPH_ARROW);
    canvas_text(canvas, line, 2, canvas->width - 2, STYLE_STRONG, title);
}

void view_lines(const struct view *view, struct canvas *canvas)
{
    bool footer = canvas->height > FOOTER_OVER;
    int end = canvas->height - (footer ? 1 : 0);
    int top = paint_above(view, canvas, end - 1 - view->row_count);

    paint_lines(view, canvas, top, end);
    if (view_shows_survivors(view) && top + view->row_count < end)
        paint_survivors_line(view, canvas, top + view->row_count);
    if (footer)
        view_footer(view, canvas,
                    (struct area){.row = canvas->height - 1, .height = 1, .width = canvas->width});
}
