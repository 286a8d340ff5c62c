/*
 * view_drill: the drills that there are, and the plan of one before it begins.
 */
#include <string.h>

#include "base/str.h"
#include "ui/drill_parts.h"
#include "ui/state_drill.h"

#define NAME_WIDTH 19 /* "all-standbys-down" */
#define DETAILS_MIN 3 /* rows below the list that say something */

/* ---- menu */

static bool is_offered(const struct view *view, enum drill_id id)
{
    const struct drill_view *drill = view->in->state->drill;

    return drill != NULL && drill->offered[id];
}

static void paint_drill(const struct view *view, struct canvas *canvas, struct area area, int row,
                        enum drill_id id)
{
    bool offered = is_offered(view, id), selected = id == drill_state_selected(view->in->state);
    int column = area.column, end = area.column + area.width;

    if (selected) {
        canvas_put(canvas, row, column, STYLE_KEY, GLYPH_SELECTED);
        canvas_select_row(canvas, row, column, area.width);
    }
    canvas_put(canvas, row, column + 1, offered ? STYLE_OK : STYLE_DIM,
               offered ? GLYPH_GOOD : GLYPH_INFO);
    column += 3;
    canvas_text(canvas, row, column, end - column, offered ? STYLE_STRONG : STYLE_DIM,
                drill_at(id)->name);
    column += NAME_WIDTH;
    if (column >= end)
        return;
    canvas_textf(canvas, row, column, end - column, offered ? STYLE_NORMAL : STYLE_DIM, "%s%s",
                 offered ? "" : "not here: ",
                 offered ? drill_at(id)->does : view->in->state->drill->why_not[id]);
}

/* Those around the selected one; returns the rows used. */
static int paint_list(const struct view *view, struct canvas *canvas, struct area area)
{
    enum drill_id listed[DRILLS];
    int count = 0, selected = 0, first, rows;

    if (view->in->state->drill == NULL)
        return 0;
    for (int i = 0; i < DRILLS; i++) {
        if (!drill_state_lists(view->in->state, (enum drill_id)i))
            continue;
        if ((enum drill_id)i == drill_state_selected(view->in->state))
            selected = count;
        listed[count++] = (enum drill_id)i;
    }
    rows = count < area.height ? count : area.height;
    first = selected - rows / 2;
    if (first > count - rows)
        first = count - rows;
    if (first < 0)
        first = 0;
    for (int i = 0; i < rows; i++)
        paint_drill(view, canvas, area, area.row + i, listed[first + i]);
    return rows;
}

static void write_last(const struct view *view, struct sheet *sheet)
{
    const struct drill_run *run = view_drill_run_of(view);
    struct drill_news news;

    if (run == NULL || run->state != DRILL_ENDED)
        return;
    drill_news(view, run, &news);
    sheet->line++;
    sheet_value(sheet, drill_verdict_style(run->verdict), "the last one (v)", "%s", news.text);
}

static void write_details(const struct view *view, struct sheet *sheet)
{
    enum drill_id id = drill_state_selected(view->in->state);
    const struct drill *drill = drill_at(id);

    sheet_group(sheet, drill->name);
    if (!is_offered(view, id))
        sheet_value(sheet, STYLE_WARNING, "not here", "%s", view->in->state->drill->why_not[id]);
    sheet_value(sheet, STYLE_NORMAL, "what is done", "%s", drill->does);
    sheet_value(sheet, STYLE_NORMAL, "what it shows", "%s", drill->shows);
    sheet_value(sheet, STYLE_NORMAL, "what must come out of it", "%s", drill->expects);
    if (drill->fails_over)
        sheet_value(sheet, STYLE_NORMAL, "who promotes (m)", "%s",
                    view->in->state->drill_manual
                        ? "you: the drill waits for you to promote and to let the old primary join"
                        : "the drill, and it lets the old primary join");
    write_last(view, sheet);
}

static void paint_details(const struct view *view, struct canvas *canvas, struct area area)
{
    struct sheet sheet = {.canvas.ascii = canvas->ascii};

    if (area.height < DETAILS_MIN || view->in->state->drill == NULL)
        return;
    canvas_resize(&sheet.canvas, area.width, area.height);
    write_details(view, &sheet);
    canvas_blit(canvas, area.row, area.column, area.height, area.width, &sheet.canvas, 0);
    canvas_free(&sheet.canvas);
}

void view_drill_menu(const struct view *view, struct canvas *canvas)
{
    bool full = layout_kind_of(canvas->width, canvas->height) == LAYOUT_FULL;
    struct area left = {.height = canvas->height, .width = canvas->width};
    int alarms = view_alarm_rows(view, canvas->width, canvas->height / 3);

    if (full)
        view_header(view, canvas, layout_take(&left, 1));
    if (full || canvas->height > 6) {
        left.height--;
        view_footer(view, canvas,
                    (struct area){.row = canvas->height - 1, .height = 1, .width = canvas->width});
    }
    view_alarms(view, canvas, layout_take(&left, alarms));
    if (full) {
        canvas_box(canvas, left.row, left.column, left.height, left.width, "Drills");
        left = layout_inside(left);
    }
    layout_take(&left, paint_list(view, canvas, left));
    layout_take(&left, full && left.height > DETAILS_MIN ? 1 : 0);
    paint_details(view, canvas, left);
}

/* ---- plan */

/* The one of the selected drill; NULL: it is not there yet. */
static const struct drill_preview *preview_of(const struct view *view)
{
    const struct drill_view *drill = view->in->state->drill;

    return drill != NULL && drill->preview.shown && drill->preview.ready &&
                   drill->preview.id == drill_state_selected(view->in->state)
               ? &drill->preview
               : NULL;
}

static void write_reasons(struct sheet *sheet, const struct drill_reasons *reasons)
{
    if (reasons->count == 0)
        return;
    sheet_group(sheet, "What speaks against it");
    for (int i = 0; i < reasons->count; i++) {
        canvas_put(&sheet->canvas, sheet->line, 0, STYLE_CRITICAL, GLYPH_CRITICAL);
        sheet_text(sheet, 2, STYLE_CRITICAL, reasons->texts[i]);
    }
}

static void write_what(const struct drill_preview *preview, struct sheet *sheet)
{
    const struct drill *drill = drill_at(preview->id);

    sheet_group(sheet, drill->name);
    sheet_value(sheet, STYLE_NORMAL, "what is done", "%s", drill->does);
    sheet_value(sheet, STYLE_NORMAL, "what it shows", "%s", drill->shows);
    sheet_value(sheet, STYLE_NORMAL, "what must come out of it", "%s", drill->expects);
    if (drill->fails_over)
        sheet_value(sheet, STYLE_NORMAL, "who promotes", "%s",
                    preview->manual ? "you, by hand" : "the drill");
    sheet_value(sheet, STYLE_NORMAL, "test writes", "%d a second by %d client%s at %s",
                preview->rate, preview->clients, preview->clients == 1 ? "" : "s",
                commit_level_word(preview->level));
}

static void write_step(const struct view *view, struct sheet *sheet,
                       const struct drill_preview *preview, int step)
{
    const struct drill_planned *planned = &preview->plan.steps[step];
    struct drill_planned undo = {.deed = drill_undo_of(planned->deed), .node = planned->node};
    char text[DRILL_SENTENCE_SIZE], words[DRILL_SENTENCE_SIZE];
    bool breaks = drill_deed_is_destructive(planned->deed);

    drill_step_sentence(planned, view->model, words, sizeof words);
    canvas_textf(&sheet->canvas, sheet->line, 0, 3, STYLE_LABEL, "%2d", step + 1);
    str_format(text, sizeof text, "%s%s", words, planned->injects ? " (the clock starts)" : "");
    sheet_text(sheet, 3, breaks ? STYLE_WARNING : STYLE_NORMAL, text);
    if (preview->commands[step][0] != '\0') {
        canvas_put(&sheet->canvas, sheet->line, 5, STYLE_KEY, '$');
        sheet_text(sheet, 7, STYLE_STRONG, preview->commands[step]);
    }
    if (undo.deed == DEED_NONE)
        return;
    drill_step_sentence(&undo, view->model, words, sizeof words);
    str_format(text, sizeof text, "undo: %s", words);
    sheet_text(sheet, 5, STYLE_DIM, text);
}

static void write_plan(const struct view *view, struct sheet *sheet, int column, int columns)
{
    const struct drill_preview *preview = preview_of(view);
    (void)column;
    (void)columns;

    if (preview == NULL) {
        sheet_text(sheet, 0, STYLE_DIM, drill_at(drill_state_selected(view->in->state))->does);
        return;
    }
    write_reasons(sheet, &preview->reasons);
    write_what(preview, sheet);
    sheet_group(sheet, "Step by step");
    for (int i = 0; i < preview->plan.step_count; i++)
        write_step(view, sheet, preview, i);
    if (preview->plan.step_count == 0)
        sheet_text(sheet, 0, STYLE_DIM, "there is no plan");
}

static void paint_standing(const struct view *view, struct canvas *canvas, struct area above)
{
    const struct drill_preview *preview = preview_of(view);
    char text[DRILL_TEXT_SIZE + 32];

    if (preview == NULL) {
        view_loud(canvas, above, STYLE_BANNER_UNKNOWN, GLYPH_UNKNOWN,
                  "the servers are asked who they are and how they stand");
    } else if (preview->reasons.count > 0) {
        str_format(text, sizeof text, "IT CANNOT BEGIN: %d reason%s against it",
                   preview->reasons.count, preview->reasons.count == 1 ? "" : "s");
        view_loud(canvas, above, STYLE_BANNER_CRITICAL, GLYPH_CRITICAL, text);
    } else if (preview->refused[0] != '\0') {
        str_format(text, sizeof text, "NOT BEGUN: %s", preview->refused);
        view_loud(canvas, above, STYLE_BANNER_CRITICAL, GLYPH_CRITICAL, text);
    } else {
        view_loud(canvas, above, STYLE_BANNER_OK, GLYPH_GOOD,
                  "nothing speaks against it; nothing is done yet");
    }
}

void view_drill_prompt(const struct view *view, struct canvas *canvas, struct area area,
                       const char *name, const char *what)
{
    const char *typed = view->in->state->drill_question.typed;
    char text[DRILL_SENTENCE_SIZE];
    int room = area.width - 6;

    str_format(text, sizeof text, "type %s to %s, Esc not to: %s_", name, what, typed);
    if (str_columns(text) > room) /* what is typed is seen */
        str_format(text, sizeof text, "type %s: %s_", name, typed);
    if (str_columns(text) > room)
        str_format(text, sizeof text, "%s_", typed);
    view_loud(canvas, area, STYLE_BANNER_WARNING, GLYPH_SELECTED, text);
}

static void paint_plan_around(const struct view *view, struct canvas *canvas, struct area above,
                              struct area below)
{
    char what[64];

    paint_standing(view, canvas, above);
    if (below.height == 0)
        return;
    str_format(what, sizeof what, "begin %s",
               drill_at(drill_state_selected(view->in->state))->name);
    view_drill_prompt(view, canvas, below, view->in->state->drill->preview.confirm, what);
}

void view_drill_plan_page(const struct view *view, int width, struct page *page)
{
    const struct drill_preview *preview = preview_of(view);
    bool refused = preview != NULL && preview->refused[0] != '\0';

    page->columns = 1;
    page->write = write_plan;
    page->above = refused && width < LAYOUT_WIDE_WIDTH ? 2 : 1;
    page->below = drill_state_can_begin(view->in->state) ? 1 : 0;
    page->stand = paint_plan_around;
    str_format(page->title, sizeof page->title, "Plan: %s",
               drill_at(drill_state_selected(view->in->state))->name);
}
