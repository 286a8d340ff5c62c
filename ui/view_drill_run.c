/*
 * view_drill_run: a drill that is under way. What must be seen first is biggest: whether anybody
 * can commit, the clock, what the operator is waited for to do; then the nodes, the phases as they
 * come, the steps.
 */
#include <string.h>

#include "base/str.h"
#include "ui/digits.h"
#include "ui/drill_parts.h"
#include "ui/state_drill.h"

#define BIG_HEIGHT 22         /* from here on the clock is big */
#define LABELS_HEIGHT 30      /* from here on figures have a label over them */
#define TWO_WIDTH 110         /* from here on there is room for a second figure */
#define CLOCK_PLACE "00:00.0" /* what is beside it stays where it is */
#define SECOND_PLACE "00.000"
#define ONE_ROW_WIDTH 130 /* of the latencies */
#define ONE_ROW_WRITES 110
#define LABEL_WIDTH 8
#define NARROW 34 /* columns of a text below which it is shortened */
#define BOX_MIN 4
#define NODES_COMFORT 8
#define PHASES_WIDTH 60
#define EVENTS_MIN 4
#define QUESTION_ROWS 3 /* a command of two rows and the prompt */

struct run_areas {
    struct area header, alarms, news, figures, ask, writes, latency, nodes, phases, steps, events,
        question, footer;
};

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

/* ---- questions */

static bool asks(const struct view *view)
{
    return view->in->state->drill_under_way &&
           view->in->state->drill_question.asks != DRILL_ASKS_NOTHING;
}

static int question_rows(const struct view *view, int width)
{
    const struct drill_question *question = &view->in->state->drill_question;

    if (!asks(view))
        return 0;
    if (question->asks == DRILL_ASKS_INTERRUPT)
        return 1;
    return at_most(1 + canvas_wrap_rows(width - 4, question->command), QUESTION_ROWS);
}

static void interrupt_text(const struct view *view, const struct drill_run *run, int width,
                           char *out, size_t size)
{
    const char *quit = view->in->state->drill_question.quits ? ", then quit" : "";
    bool undoing = run->state == DRILL_UNDOING;

    if (run->plan.id == DRILL_OBSERVE)
        str_format(out, size,
                   "end the observation and read every write back%s? y yes, any other "
                   "key no",
                   quit);
    else
        str_format(out, size, "%s%s? y yes, any other key no",
                   undoing ? "end it" : "interrupt it and undo what it did", quit);
    if (str_columns(out) > width - 4)
        str_format(out, size, "%s%s? y/n", undoing ? "end" : "interrupt", quit);
}

static void paint_question(const struct view *view, const struct drill_run *run,
                           struct canvas *canvas, struct area area)
{
    const struct drill_question *question = &view->in->state->drill_question;
    struct area prompt = {
        .row = area.row + area.height - 1, .column = area.column, .height = 1, .width = area.width};
    char text[DRILL_SENTENCE_SIZE];
    bool promotes = question->asks == DRILL_ASKS_PROMOTE;

    if (area.height == 0)
        return;
    if (question->asks == DRILL_ASKS_INTERRUPT) {
        interrupt_text(view, run, area.width, text, sizeof text);
        view_loud(canvas, prompt, STYLE_BANNER_WARNING, GLYPH_SELECTED, text);
        return;
    }
    if (area.height > 1)
        canvas_wrap(canvas, area.row, area.column + 3, area.height - 1, area.width - 4,
                    STYLE_STRONG, question->command);
    view_drill_prompt(view, canvas, prompt, view->model->nodes[question->node].name,
                      promotes ? "promote it" : "let it join");
}

/* ---- where everything stands */

static bool is_by_hand(const struct view *view)
{
    return ui_state_offers(view->in->state, ACTION_DRILL_PROMOTE);
}

static int ask_rows(const struct view *view, const struct drill_run *run, int width)
{
    int rows = run->ask[0] != '\0' ? at_most(canvas_wrap_rows(width - 9, run->ask), 2) : 0;

    return rows + (is_by_hand(view) ? 2 : 0);
}

static int figure_rows(int height)
{
    if (height < BIG_HEIGHT)
        return digits_rows(DIGITS_SMALL);
    return digits_rows(DIGITS_BIG) + (height >= LABELS_HEIGHT ? 1 : 0);
}

static int phase_count(const struct drill_run *run)
{
    int count = 0;

    for (int i = 0; i < DRILL_PHASES; i++)
        count += drill_has_phase(run->plan.id, (enum drill_phase)i);
    return count;
}

/* Phases and steps beside each other, and what they leave. */
static void share_wide(const struct drill_run *run, struct area left, struct run_areas *areas)
{
    int rows = at_least(phase_count(run), run->step_count + 1) + 2;
    struct area both = layout_take(&left, left.height - rows >= EVENTS_MIN ? rows : left.height);

    areas->phases = areas->steps = both;
    areas->phases.width = PHASES_WIDTH;
    areas->steps.column += PHASES_WIDTH;
    areas->steps.width -= PHASES_WIDTH;
    areas->events = left;
}

/* Nodes, phases and steps out of what is left; the nodes first. */
static void share_boxes(const struct view *view, const struct drill_run *run, struct area left,
                        struct run_areas *areas)
{
    int phases = phase_count(run) + 2;

    int nodes = view_shows_survivors(view) ? view_survivors_rows(view, left.width) + 2
                                           : view->row_count + view->rows_cut + 3;

    areas->nodes = layout_take(&left, at_most(nodes, at_least(left.height / 2, NODES_COMFORT)));
    if (left.width >= LAYOUT_WIDE_WIDTH) {
        share_wide(run, left, areas);
        return;
    }
    areas->phases = layout_take(&left, left.height >= phases + BOX_MIN ? phases : left.height);
    areas->steps = left;
}

static void share(const struct view *view, const struct drill_run *run, int width, int height,
                  struct run_areas *areas)
{
    struct area left = {.height = height - 1, .width = width};
    int question = question_rows(view, width);

    memset(areas, 0, sizeof *areas);
    areas->footer = (struct area){.row = height - 1, .height = 1, .width = width};
    areas->question =
        (struct area){.row = height - 1 - question, .height = question, .width = width};
    left.height -= question;
    areas->header = layout_take(&left, 1);
    areas->alarms = layout_take(&left, view_alarm_rows(view, width, left.height / 3));
    areas->news = layout_take(&left, 1);
    areas->figures = layout_take(&left, figure_rows(height));
    areas->ask = layout_take(&left, ask_rows(view, run, width));
    areas->writes = layout_take(&left, width >= ONE_ROW_WRITES ? 1 : 2);
    if (height >= LABELS_HEIGHT)
        areas->latency = layout_take(&left, width >= ONE_ROW_WIDTH ? 1 : 3);
    share_boxes(view, run, left, areas);
}

/* ---- figures */

/* Painted at `area`, with its label over it where there is a row for that; the columns kept free
 * are those of `place`. */
static int paint_figure(struct canvas *canvas, struct area area, enum style style,
                        const char *label, const char *text, const char *place)
{
    bool labelled = area.height > digits_rows(DIGITS_BIG);
    enum digits_size size = digits_fitting(canvas, area.height, area.width, place);

    if (labelled)
        canvas_text(canvas, area.row, area.column, digits_columns(size, place), STYLE_LABEL, label);
    digits_paint(canvas, area.row + (labelled ? 1 : 0), area.column, size, style, text);
    return at_least(digits_columns(size, place), digits_columns(size, text)) + 3;
}

/* "4.2": what counts has no more than tenths. */
static void seconds_text(int64_t us, char out[DRILL_FIGURE_SIZE])
{
    str_format(out, DRILL_FIGURE_SIZE, "%lld.%lld", us / US_PER_S, us / (100 * US_PER_MS) % 10);
}

static void second_figure(const struct view *view, const struct drill_run *run,
                          struct canvas *canvas, struct area area)
{
    int64_t out = drill_out_for_us(view, run);
    bool waits = run->figures.waiting_us == out;
    char text[DRILL_FIGURE_SIZE];

    if (out != UNKNOWN_US) {
        str_format(text, sizeof text, "%lld.%lld", out / US_PER_S, out / (100 * US_PER_MS) % 10);
        paint_figure(canvas, area, STYLE_CRITICAL,
                     waits ? "COMMITS BLOCKED for, s" : "NOBODY CAN COMMIT for, s", text,
                     SECOND_PLACE);
    } else if (run->figures.rto_us != UNKNOWN_US) {
        if (run->figures.rto_us < 100 * US_PER_S)
            drill_seconds_text(run->figures.rto_us, text);
        else
            seconds_text(run->figures.rto_us, text);
        paint_figure(canvas, area, STYLE_OK, "RTO, s", text, SECOND_PLACE);
    }
}

static void state_text(const struct drill_run *run, char *out, size_t size)
{
    bool undoing = run->state == DRILL_UNDOING;

    str_format(out, size, "%s %s%s%s", drill_at(run->plan.id)->name,
               undoing            ? "UNDOING"
               : run->plan.manual ? "runs, by hand"
                                  : "runs",
               undoing && run->undo_why[0] != '\0' ? ": " : "", undoing ? run->undo_why : "");
}

static void rto_text(const struct drill_run *run, int width, char *out, size_t size)
{
    char rto[16], worst[16];

    format_duration(rto, sizeof rto, run->figures.rto_us);
    format_duration(worst, sizeof worst, run->figures.rto_worst_us);
    str_format(out, size, "RTO %7s", rto);
    if (width >= NARROW + 6)
        str_appendf(out, size, "   worst client %7s", worst);
}

static void step_text(const struct view *view, const struct drill_run *run, int width, char *out,
                      size_t size)
{
    const struct drill_step_run *step = &run->steps[run->step];
    char number[24], took[16], sentence[DRILL_SENTENCE_SIZE];

    drill_step_number(run, run->step, number, sizeof number);
    format_duration(took, sizeof took, drill_step_us(step, view->in->clock.mono));
    drill_run_sentence(run, run->step, view->model, sentence, sizeof sentence);
    if (width < NARROW)
        str_copy(out, size, sentence);
    else
        str_format(out, size, "%s %7s  %s", number, took, sentence);
}

/* State, step, RTO, the new primary: beside the figures. */
static void paint_beside(const struct view *view, const struct drill_run *run,
                         struct canvas *canvas, struct area area)
{
    bool undoing = run->state == DRILL_UNDOING;
    char text[DRILL_SENTENCE_SIZE + 64];

    if (area.width < 12)
        return;
    state_text(run, text, sizeof text);
    struct area line = layout_take(&area, area.height > 4 && undoing ? 2 : 1);
    canvas_put(canvas, line.row, line.column, undoing ? STYLE_WARNING : STYLE_OK,
               undoing ? GLYPH_WARNING : GLYPH_GOOD);
    canvas_wrap(canvas, line.row, line.column + 2, line.height, line.width - 2,
                undoing ? STYLE_WARNING : STYLE_STRONG, text);
    line = layout_take(&area, area.height > 3 ? 2 : 1);
    step_text(view, run, line.width, text, sizeof text);
    canvas_wrap(canvas, line.row, line.column + 2, line.height, line.width - 2, STYLE_NORMAL, text);
    line = layout_take(&area, 1);
    rto_text(run, line.width, text, sizeof text);
    if (line.height > 0)
        canvas_text(canvas, line.row, line.column + 2, line.width - 2,
                    run->figures.rto_us == UNKNOWN_US ? STYLE_DIM : STYLE_STRONG, text);
    if (area.height > 0 && run->new_primary >= 0)
        canvas_textf(canvas, area.row, area.column + 2, area.width - 2,
                     run->only_asked ? STYLE_NORMAL : STYLE_PRIMARY, "%s %s",
                     view->model->nodes[run->new_primary].name,
                     run->only_asked ? "was asked to lead" : "is the new primary");
}

static void paint_figures(const struct view *view, const struct drill_run *run,
                          struct canvas *canvas, struct area area)
{
    char clock[DRILL_FIGURE_SIZE];
    int64_t since = drill_clock_us(run, view->in->clock.mono);
    int used;

    if (area.height == 0)
        return;
    area.column += 1;
    area.width -= 2;
    drill_clock_text(since, clock);
    used = paint_figure(canvas, area,
                        drill_out_for_us(view, run) != UNKNOWN_US ? STYLE_CRITICAL : STYLE_STRONG,
                        "since the injection", clock, CLOCK_PLACE);
    area.column += used;
    area.width -= used;
    if (canvas->width >= TWO_WIDTH) {
        second_figure(view, run, canvas, area);
        used = digits_columns(digits_fitting(canvas, area.height, area.width, SECOND_PLACE),
                              SECOND_PLACE) +
               3;
        area.column += used;
        area.width -= used;
    }
    paint_beside(view, run, canvas, area);
}

/* ---- what the operator is waited for */

/* "P promotes replica1", or why it does not. */
static void paint_hand_key(const struct view *view, struct canvas *canvas, struct area area,
                           const char *key, const char *does, const char *command,
                           const char *why_not)
{
    int node = view->row_count > 0 ? view->rows[view->selected].node : -1;
    bool can = node >= 0 && command[0] != '\0';
    int column = area.column + 4;

    column += canvas_text(canvas, area.row, column, 2, can ? STYLE_KEY : STYLE_DIM, key) + 1;
    if (can)
        canvas_textf(canvas, area.row, column, area.column + area.width - column, STYLE_STRONG,
                     "%s %s: %s", does, view->model->nodes[node].name, command);
    else
        canvas_textf(canvas, area.row, column, area.column + area.width - column, STYLE_DIM,
                     "not now%s%s", why_not[0] != '\0' ? ": " : "", why_not);
}

static void paint_ask(const struct view *view, const struct drill_run *run, struct canvas *canvas,
                      struct area area)
{
    const struct drill_view *drill = view->in->state->drill;
    char text[DRILL_TEXT_SIZE + 16];

    if (run->ask[0] != '\0') {
        struct area line =
            layout_take(&area, at_most(canvas_wrap_rows(area.width - 9, run->ask), 2));
        str_format(text, sizeof text, "YOU: %s", run->ask);
        view_loud(canvas, line, STYLE_BANNER_WARNING, GLYPH_SELECTED, text);
    }
    if (!is_by_hand(view) || area.height < 1)
        return;
    paint_hand_key(view, canvas, layout_take(&area, 1), "P", "promotes", drill->promote_command,
                   drill->promote_not);
    if (area.height > 0)
        paint_hand_key(view, canvas, area, "J", "lets join", drill->rejoin_command,
                       drill->rejoin_not);
}

/* ---- writes */

static uint64_t under_way(const struct drill_figures *figures)
{
    uint64_t answered =
        figures->acknowledged + figures->locally + figures->failed + figures->unknown;

    return figures->sent > answered ? figures->sent - answered : 0;
}

static struct flow labelled_flow(struct canvas *canvas, struct area area, const char *label)
{
    canvas_text(canvas, area.row, area.column + 1, LABEL_WIDTH, STYLE_LABEL, label);
    area.column += 1 + LABEL_WIDTH;
    area.width -= 2 + LABEL_WIDTH;
    return flow_begin(canvas, area);
}

static void paint_writes(const struct drill_run *run, struct canvas *canvas, struct area area)
{
    const struct drill_figures *figures = &run->figures;

    if (area.height == 0)
        return;
    struct flow flow = labelled_flow(canvas, area, "writes");
    flow_count(&flow, "sent", figures->sent, false);
    flow_count(&flow, "acknowledged", figures->acknowledged, false);
    flow_count(&flow, "locally", figures->locally, true);
    flow_count(&flow, "failed", figures->failed, true);
    flow_count(&flow, "unknown", figures->unknown, true);
    flow_count(&flow, "under way", under_way(figures), false);
    if (figures->acknowledged_while_down > 0)
        flow_count(&flow, "ACKNOWLEDGED WITHOUT A STANDBY", figures->acknowledged_while_down, true);
}

static void paint_latency(const struct drill_run *run, struct canvas *canvas, struct area area)
{
    static const char *const spans[DRILL_SPANS] = {"before", "during", "after"};
    bool one_row = area.height == 1;
    int columns = (area.width - LABEL_WIDTH - 2) / DRILL_SPANS;
    char text[80];

    for (int i = 0; i < DRILL_SPANS && i < (one_row ? DRILL_SPANS : area.height); i++) {
        int row = area.row + (one_row ? 0 : i);
        int column = area.column + 1 + LABEL_WIDTH + (one_row ? i * columns : 0);

        if (i == 0)
            canvas_text(canvas, row, area.column + 1, LABEL_WIDTH, STYLE_LABEL, "commit");
        canvas_text(canvas, row, column, 7, STYLE_LABEL, spans[i]);
        drill_latency_text(&run->figures.latency[i], text, sizeof text);
        canvas_text(canvas, row, column + 7, area.column + area.width - column - 7,
                    run->figures.latency[i].count == 0 ? STYLE_DIM : STYLE_NORMAL, text);
    }
}

/* ---- phases and steps */

static void paint_phases(const struct drill_run *run, struct canvas *canvas, struct area area)
{
    enum drill_phase shown[DRILL_PHASES];
    struct area in = layout_inside(area);
    int count = 0, last = 0, first;

    if (area.height < 1)
        return;
    for (int i = 0; i < DRILL_PHASES; i++) {
        if (!drill_has_phase(run->plan.id, (enum drill_phase)i))
            continue;
        if (run->phases[i].mono != 0)
            last = count;
        shown[count++] = (enum drill_phase)i;
    }
    if (in.row > area.row)
        canvas_box(canvas, area.row, area.column, area.height, area.width,
                   "Phases, ms from the injection");
    else
        in = (struct area){in.row, in.column + 1, in.height, in.width - 2};
    first = last + 2 > in.height ? last + 2 - in.height : 0; /* the last that came, and the next */
    if (first > count - in.height)
        first = count > in.height ? count - in.height : 0;
    for (int i = 0; i < in.height && first + i < count; i++)
        drill_phase_line(canvas, in.row + i, in.column, in.width, run, shown[first + i]);
}

#define TOOK_WIDTH 8

static void paint_step(const struct view *view, const struct drill_run *run, struct canvas *canvas,
                       struct area line, int index)
{
    const struct drill_step_run *step = &run->steps[index];
    char text[DRILL_SENTENCE_SIZE], took[16];

    canvas_put(canvas, line.row, line.column, drill_step_style(step->state),
               drill_step_mark(step->state));
    drill_run_sentence(run, index, view->model, text, sizeof text);
    if (step->state == STEP_FAILED || step->state == STEP_LEFT_OUT) {
        str_append(text, sizeof text, ": ");
        str_append(text, sizeof text, drill_step_state_word(step->state));
    }
    canvas_text(canvas, line.row, line.column + 2, line.width - 3 - TOOK_WIDTH,
                step->state == STEP_DONE ? STYLE_NORMAL : drill_step_style(step->state), text);
    format_duration(took, sizeof took, drill_step_us(step, view->in->clock.mono));
    if (step->began.mono != 0)
        canvas_text_right(canvas, line.row, line.column + line.width - TOOK_WIDTH, TOOK_WIDTH,
                          STYLE_NORMAL, took);
}

/* The present step, with its command under it and what came of it; those before and after it. */
static void paint_steps(const struct view *view, const struct drill_run *run, struct canvas *canvas,
                        struct area area)
{
    const struct drill_step_run *now = &run->steps[run->step];
    struct area in = layout_inside(area);
    const char *more = now->state == STEP_FAILED ? now->text : now->command;
    int extra = more[0] != '\0' && in.height > 3 ? 1 : 0, lines, first;

    if (area.height < BOX_MIN - 1)
        return;
    canvas_box(canvas, area.row, area.column, area.height, area.width, "Steps");
    lines = in.height - extra;
    first = run->step - lines / 2;
    if (first > run->step_count - lines)
        first = run->step_count - lines;
    if (first < 0)
        first = 0;
    for (int i = first; i < run->step_count && i < first + lines; i++) {
        paint_step(view, run, canvas, layout_take(&in, 1), i);
        if (i != run->step || extra == 0)
            continue;
        struct area line = layout_take(&in, 1);
        canvas_put(canvas, line.row, line.column + 2, STYLE_KEY, '$');
        canvas_text(canvas, line.row, line.column + 4, line.width - 4,
                    now->state == STEP_FAILED ? STYLE_CRITICAL : STYLE_DIM, more);
    }
}

/* ---- screens without room for boxes */

static void paint_small(const struct view *view, const struct drill_run *run, struct canvas *canvas)
{
    struct area left = {.height = canvas->height, .width = canvas->width}, line;
    char clock[DRILL_FIGURE_SIZE], text[DRILL_SENTENCE_SIZE + 64];
    struct drill_news news;
    int question = at_most(question_rows(view, canvas->width), 2);

    if (canvas->height > 6) {
        left.height--;
        view_footer(view, canvas,
                    (struct area){.row = canvas->height - 1, .height = 1, .width = canvas->width});
    }
    left.height -= question;
    paint_question(view, run, canvas,
                   (struct area){.row = left.height, .height = question, .width = canvas->width});
    view_alarms(view, canvas,
                layout_take(&left, view_alarm_rows(view, canvas->width, left.height / 3)));
    drill_news(view, run, &news);
    view_loud(canvas, layout_take(&left, 1), news.style, news.mark,
              canvas->width < DRILL_BRIEF_WIDTH ? news.brief : news.text);
    line = layout_take(&left, 1);
    drill_clock_text(drill_clock_us(run, view->in->clock.mono), clock);
    state_text(run, text, sizeof text);
    if (canvas->width < DRILL_BRIEF_WIDTH)
        str_copy(text, sizeof text, run->state == DRILL_UNDOING ? "UNDOING" : "runs");
    if (line.height > 0)
        canvas_textf(canvas, line.row, 0, canvas->width, STYLE_STRONG, "%s %s", clock, text);
    if (run->ask[0] != '\0') {
        str_format(text, sizeof text, "YOU: %s", run->ask);
        view_loud(canvas, layout_take(&left, 1), STYLE_BANNER_WARNING, GLYPH_SELECTED, text);
    }
    step_text(view, run, line.width, text, sizeof text);
    line = layout_take(&left, 1);
    if (line.height > 0)
        canvas_text(canvas, line.row, 0, canvas->width, STYLE_NORMAL, text);
    rto_text(run, line.width, text, sizeof text);
    line = layout_take(&left, 1);
    if (line.height > 0)
        canvas_text(canvas, line.row, 0, canvas->width, STYLE_NORMAL, text);
    if (canvas->width >= LAYOUT_FULL_WIDTH)
        paint_writes(run, canvas, layout_take(&left, at_most(left.height, 2)));
    if (left.height > 0)
        paint_phases(run, canvas, left);
}

void view_drill_run(const struct view *view, struct canvas *canvas)
{
    const struct drill_run *run = view_drill_run_of(view);
    struct run_areas areas;
    struct drill_news news;

    if (layout_kind_of(canvas->width, canvas->height) != LAYOUT_FULL) {
        paint_small(view, run, canvas);
        return;
    }
    share(view, run, canvas->width, canvas->height, &areas);
    view_header(view, canvas, areas.header);
    view_alarms(view, canvas, areas.alarms);
    drill_news(view, run, &news);
    view_loud(canvas, areas.news, news.style, news.mark, news.text);
    paint_figures(view, run, canvas, areas.figures);
    paint_ask(view, run, canvas, areas.ask);
    paint_writes(run, canvas, areas.writes);
    paint_latency(run, canvas, areas.latency);
    if (view_shows_survivors(view))
        view_survivors(view, canvas, areas.nodes);
    else
        view_nodes(view, canvas, areas.nodes);
    paint_phases(run, canvas, areas.phases);
    paint_steps(view, run, canvas, areas.steps);
    view_events_box(view, canvas, areas.events);
    paint_question(view, run, canvas, areas.question);
    view_footer(view, canvas, areas.footer);
}
