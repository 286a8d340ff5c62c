/*
 * view_stack: the stack screen. Above goes on what an operator must see while servers are broken:
 * header, sync line, alarms, nodes; below stand the servers, what is being done, and what it says.
 */
#include <string.h>

#include "base/str.h"
#include "ui/view_parts.h"

#define FRAME 2
#define NODES_HEADING 1
#define NAME_WIDTH 14
#define STATE_WIDTH 12
#define PARTS_MIN 6 /* rows of the box below that are worth a table above */

struct stack_areas {
    struct area header, banner, sync, alarms, nodes, box, inside, footer;
};

static void share(const struct view *view, int width, int height, struct stack_areas *areas)
{
    struct area left = {.height = height, .width = width};
    bool banner = view->in->health->level == HEALTH_CRITICAL && view->in->health->count > 0;
    int nodes = view->row_count + view->rows_cut + FRAME + NODES_HEADING;

    memset(areas, 0, sizeof *areas);
    areas->header = layout_take(&left, 1);
    left.height -= 1;
    areas->footer = (struct area){.row = height - 1, .height = 1, .width = width};
    if (view->full) {
        areas->banner = layout_take(&left, banner ? 1 : 0);
        areas->sync = layout_take(&left, view_sync_rows(view, width));
    }
    areas->alarms = layout_take(&left, view_alarm_rows(view, width, height / 4));
    if (view->full) {
        if (nodes > left.height / 2)
            nodes = left.height / 2;
        if (left.height - nodes >= PARTS_MIN && nodes > FRAME + NODES_HEADING)
            areas->nodes = layout_take(&left, nodes);
    }
    areas->box = left;
    areas->inside = left;
    if (view->full && left.height > FRAME) {
        areas->inside.row++;
        areas->inside.height -= FRAME;
        areas->inside.column += 2;
        areas->inside.width -= 4;
    }
}

static enum style state_style(const char *state)
{
    static const struct {
        const char *state;
        enum style style;
    } styles[] = {{"running", STYLE_OK},        {"healthy", STYLE_OK},  {"starting", STYLE_WARNING},
                  {"paused", STYLE_WARNING},    {"created", STYLE_DIM}, {"stopped", STYLE_DIM},
                  {"not created", STYLE_DIM},   {"unknown", STYLE_DIM}, {"crashed", STYLE_CRITICAL},
                  {"unhealthy", STYLE_WARNING}, {"cut", STYLE_WARNING}};

    for (size_t i = 0; i < sizeof styles / sizeof styles[0]; i++)
        if (strcmp(state, styles[i].state) == 0)
            return styles[i].style;
    return STYLE_NORMAL;
}

static int selected_node(const struct view *view)
{
    return view->row_count > 0 ? view->rows[view->selected].node : -1;
}

static void paint_server(const struct view *view, struct canvas *canvas, struct area area, int row,
                         int node)
{
    const struct stack_node_view *server = &view->in->stack->nodes[node];
    int column = area.column + 2, right = area.column + area.width;

    if (node == selected_node(view)) {
        canvas_put(canvas, row, area.column, STYLE_KEY, GLYPH_SELECTED);
        canvas_select_row(canvas, row, area.column, area.width);
    }
    canvas_text(canvas, row, column, NAME_WIDTH - 1, STYLE_STRONG, view->model->nodes[node].name);
    column += NAME_WIDTH;
    if (column < right)
        canvas_text(canvas, row, column, right - column, state_style(server->state), server->state);
    column += STATE_WIDTH;
    if (column < right)
        canvas_text(canvas, row, column, right - column, STYLE_NORMAL, server->detail);
}

/* The servers; returns the rows used. With more than fit, those around the selected one. */
static int paint_servers(const struct view *view, struct canvas *canvas, struct area area)
{
    int count = view->model->node_count, first = 0;
    int most = view->in->stack->failed ? (area.height + 1) / 2 : (2 * area.height + 1) / 3;

    if (count > most) {
        first = selected_node(view) - most / 2;
        if (first > count - most)
            first = count - most;
        if (first < 0)
            first = 0;
        count = most;
    }
    for (int i = 0; i < count; i++)
        paint_server(view, canvas, area, area.row + i, first + i);
    return count;
}

/* What is being done, or how the last thing ended; returns the rows used. */
static int paint_progress(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct stack_view *stack = view->in->stack;
    char since[16];

    if (area.height < 1)
        return 0;
    if (stack->running[0] != '\0') {
        format_duration(since, sizeof since, view->in->clock.mono - stack->since);
        canvas_textf(canvas, area.row, area.column, area.width, STYLE_STRONG,
                     "%s: %s   Esc cancels", stack->running, since);
        return 1;
    }
    if (stack->result[0] == '\0') {
        canvas_text(canvas, area.row, area.column, area.width,
                    stack->look_error[0] != '\0' ? STYLE_CRITICAL : STYLE_DIM,
                    stack->look_error[0] != '\0' ? stack->look_error : "nothing is being done");
        return 1;
    }
    int rows = canvas_wrap(canvas, area.row, area.column, area.height > 3 ? 3 : 1, area.width,
                           stack->failed ? STYLE_CRITICAL : STYLE_OK, stack->result);
    int left = area.height - rows;
    if (stack->failed && stack->hint[0] != '\0' && left > 0)
        rows += canvas_wrap(canvas, area.row + rows, area.column, left < 2 ? left : 2, area.width,
                            STYLE_NORMAL, stack->hint);
    return rows;
}

/* What is asked for: "kill replica1". */
static void name_question(const struct view *view, char *out, size_t size)
{
    static const char *const words[] = {
        [STACK_ACTION_NONE] = "",           [STACK_ACTION_UP] = "up",
        [STACK_ACTION_UP_NODE] = "up",      [STACK_ACTION_DOWN] = "down",
        [STACK_ACTION_DESTROY] = "destroy", [STACK_ACTION_RESTART] = "restart",
        [STACK_ACTION_KILL] = "kill",       [STACK_ACTION_PAUSE] = "pause",
        [STACK_ACTION_RESUME] = "resume",   [STACK_ACTION_LOGS] = "logs",
    };
    const struct stack_question *question = &view->in->state->question;

    str_copy(out, size, words[question->action]);
    if (question->node >= 0)
        str_appendf(out, size, " %s", view->model->nodes[question->node].name);
}

static void paint_prompt(const struct view *view, struct canvas *canvas, struct area area, int row)
{
    const struct stack_question *question = &view->in->state->question;
    const char *cluster = view->model->cluster;
    char text[512], what[NODE_NAME_SIZE + 16];

    if (question->stage == QUESTION_YES) {
        name_question(view, what, sizeof what);
        canvas_textf(canvas, row, area.column, area.width, STYLE_WARNING,
                     "%s? y yes, any other key no", what);
        return;
    }
    str_format(text, sizeof text,
               "all data of %s will be gone; type its name to do it, Esc not to: %s_", cluster,
               question->typed);
    if (str_columns(text) > area.width) /* what is typed is seen */
        str_format(text, sizeof text, "type %s: %s_", cluster, question->typed);
    canvas_text(canvas, row, area.column, area.width, STYLE_CRITICAL, text);
}

/*
 * The question that is open, at the bottom of the area; returns the rows used. It is never left
 * out: what a key does must be seen.
 */
static int paint_question(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct stack_question *question = &view->in->state->question;
    int bottom = area.row + area.height - 1, rows;

    if (question->stage == QUESTION_NONE || area.height < 1)
        return 0;
    rows = canvas_wrap_rows(area.width, question->command);
    if (rows > area.height - 1)
        rows = area.height - 1;
    if (rows > 0)
        canvas_wrap(canvas, bottom - rows, area.column, rows, area.width, STYLE_STRONG,
                    question->command);
    paint_prompt(view, canvas, area, bottom);
    return rows + 1;
}

static int lines_there(const struct stack_view *stack)
{
    return stack->line_count < STACK_LINES_MAX ? (int)stack->line_count : STACK_LINES_MAX;
}

static void paint_lines(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct stack_view *stack = view->in->stack;
    int back = view->in->state->scroll, there = lines_there(stack);

    if (back > there - area.height)
        back = there - area.height > 0 ? there - area.height : 0;
    for (int i = 0; i < area.height && back + i < there; i++) {
        unsigned index = stack->line_count - 1 - (unsigned)(back + i);
        canvas_text(canvas, area.row + area.height - 1 - i, area.column, area.width, STYLE_DIM,
                    stack->lines[index % STACK_LINES_MAX]);
    }
}

/* Takes off the area what stands above and below the lines, painting it if there is a canvas. */
static struct area lines_area(const struct view *view, struct canvas *canvas, struct area inside)
{
    struct canvas nowhere = {0};
    struct canvas *target = canvas != NULL ? canvas : &nowhere;
    int rows;

    inside.height -= paint_question(view, target, inside);
    rows = paint_servers(view, target, inside);
    inside.row += rows;
    inside.height -= rows;
    rows = paint_progress(view, target, inside);
    inside.row += rows;
    inside.height -= rows;
    return inside;
}

void view_stack(const struct view *view, struct canvas *canvas)
{
    struct stack_areas areas;
    char title[64];

    share(view, canvas->width, canvas->height, &areas);
    view_header(view, canvas, areas.header);
    if (areas.banner.height > 0)
        view_banner(view, canvas, areas.banner);
    if (areas.sync.height > 0)
        view_sync(view, canvas, areas.sync);
    view_alarms(view, canvas, areas.alarms);
    if (areas.nodes.height > 0)
        view_nodes(view, canvas, areas.nodes);
    if (areas.inside.column != areas.box.column) {
        str_format(title, sizeof title, "Stack: %s", view->in->stack->kind);
        canvas_box(canvas, areas.box.row, areas.box.column, areas.box.height, areas.box.width,
                   title);
    }
    paint_lines(view, canvas, lines_area(view, canvas, areas.inside));
    view_footer(view, canvas, areas.footer);
}

int view_stack_scroll_max(const struct view *view, int width, int height)
{
    struct stack_areas areas;

    share(view, width, height, &areas);
    int rows = lines_area(view, NULL, areas.inside).height;
    int there = lines_there(view->in->stack);
    return there > rows ? there - rows : 0;
}
