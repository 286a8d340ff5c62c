/*
 * view_drill_result: how a drill went: the verdict and the RTO stand over everything, the rest is a
 * text to read.
 */
#include <inttypes.h>

#include "base/str.h"
#include "ui/digits.h"
#include "ui/drill_parts.h"

#define COUNT_COLUMNS 12
#define FIGURE_GAP 2

static void write_time(struct sheet *sheet, const char *label, int64_t us)
{
    char text[16];

    format_duration(text, sizeof text, us);
    sheet_value(sheet, us == UNKNOWN_US ? STYLE_DIM : STYLE_STRONG, label, "%s", text);
}

static void write_lost(const struct drill_run *run, struct sheet *sheet)
{
    const struct drill_classes *classes = &run->figures.classes;
    bool lost = classes->known && classes->acknowledged_lost > 0;
    char bytes[16];

    if (drill_loss_is_known(&run->figures))
        sheet_value(sheet, lost ? STYLE_CRITICAL : STYLE_STRONG, "RPO, acknowledged rows lost",
                    "%" PRIu64, classes->acknowledged_lost);
    else
        sheet_value(sheet, STYLE_WARNING, "RPO, acknowledged rows lost", "%s",
                    classes->known ? "- (not every write is known any more)"
                                   : "- (not everything was read back)");
    format_bytes(bytes, sizeof bytes, run->figures.lost_bytes);
    sheet_value(sheet, run->figures.lost_bytes == UNKNOWN_BYTES ? STYLE_DIM : STYLE_NORMAL,
                "RPO, WAL lost", "%s", bytes);
}

static void write_verdict(const struct view *view, const struct drill_run *run, struct sheet *sheet)
{
    const struct drill *drill = drill_at(run->plan.id);

    sheet_group(sheet, "Verdict");
    sheet_value(sheet, drill_verdict_style(run->verdict), drill->name, "%s",
                drill_verdict_title(run->verdict));
    for (int i = 0; i < run->reasons.count; i++) {
        canvas_put(&sheet->canvas, sheet->line, 0, STYLE_KEY, GLYPH_ARROW);
        sheet_text(sheet, 2, drill_verdict_style(run->verdict), run->reasons.texts[i]);
    }
    if (run->undo_why[0] != '\0')
        sheet_value(sheet, STYLE_WARNING, "ended early", "%s", run->undo_why);
    sheet_value(sheet, STYLE_NORMAL, "expected", "%s", drill->expects);
    write_time(sheet, "RTO", run->figures.rto_us);
    write_time(sheet, "RTO of the worst client", run->figures.rto_worst_us);
    write_time(sheet, "longest gap, all clients", run->figures.gap_us);
    write_lost(run, sheet);
    if (run->plan.old_primary >= 0)
        sheet_value(sheet, STYLE_NORMAL, "primary before", "%s",
                    view->model->nodes[run->plan.old_primary].name);
    if (drill_run_leads(run) >= 0)
        sheet_value(sheet, STYLE_NORMAL, "primary after", "%s",
                    view->model->nodes[drill_run_leads(run)].name);
    if (drill_run_asked(run) >= 0)
        sheet_value(sheet, STYLE_WARNING, "asked to be the primary", "%s, and not seen as it",
                    view->model->nodes[drill_run_asked(run)].name);
    sheet_value(sheet, run->report[0] != '\0' ? STYLE_STRONG : STYLE_DIM, "report", "%s",
                run->report[0] != '\0' ? run->report : "none was written");
}

static void write_class(struct sheet *sheet, bool known, enum style style, const char *label,
                        uint64_t count)
{
    char text[24] = "-";

    if (known)
        str_format(text, sizeof text, "%" PRIu64, count);
    canvas_text_right(&sheet->canvas, sheet->line, 0, COUNT_COLUMNS,
                      !known       ? STYLE_DIM
                      : count == 0 ? STYLE_NORMAL
                                   : style,
                      text);
    sheet_text(sheet, COUNT_COLUMNS + 2, known && count > 0 ? style : STYLE_NORMAL, label);
}

static void write_classes(const struct drill_run *run, struct sheet *sheet)
{
    const struct drill_classes *c = &run->figures.classes;
    bool known = c->known;

    sheet_group(sheet, "Every write, once");
    write_class(sheet, true, STYLE_STRONG, "sent",
                known ? c->sent + drill_forgotten(&run->figures) : run->figures.sent);
    if (drill_forgotten(&run->figures) > 0)
        write_class(sheet, true, STYLE_WARNING, "of these no longer known",
                    drill_forgotten(&run->figures));
    write_class(sheet, known, STYLE_OK, "acknowledged and present", c->acknowledged_present);
    write_class(sheet, known, STYLE_CRITICAL, "acknowledged and LOST", c->acknowledged_lost);
    write_class(sheet, known, STYLE_WARNING, "acknowledged locally only", c->acknowledged_locally);
    write_class(sheet, known, STYLE_WARNING, "failed and absent", c->failed_absent);
    write_class(sheet, known, STYLE_WARNING, "failed, and present", c->failed_present);
    write_class(sheet, known, STYLE_WARNING, "unknown and present", c->unknown_present);
    write_class(sheet, known, STYLE_WARNING, "unknown and absent", c->unknown_absent);
    if (known && c->locally_lost > 0)
        write_class(sheet, known, STYLE_WARNING, "of the locally acknowledged: not there",
                    c->locally_lost);
}

static void write_read(const struct view *view, const struct drill_read *read, struct sheet *sheet)
{
    const char *name = view->model->nodes[read->node].name;

    canvas_put(&sheet->canvas, sheet->line, 0,
               !read->read         ? STYLE_WARNING
               : read->missing > 0 ? STYLE_CRITICAL
                                   : STYLE_OK,
               !read->read         ? GLYPH_WARNING
               : read->missing > 0 ? GLYPH_CRITICAL
                                   : GLYPH_GOOD);
    char text[DRILL_SENTENCE_SIZE];
    if (!read->read)
        str_format(text, sizeof text, "%s: could not be read: %s", name, read->why);
    else if (read->missing > 0)
        str_format(text, sizeof text,
                   "%s: %" PRIu64 " rows; %" PRIu64 " acknowledged are not there", name, read->rows,
                   read->missing);
    else
        str_format(text, sizeof text, "%s: %" PRIu64 " rows; nothing acknowledged is missing", name,
                   read->rows);
    sheet_text(sheet, 2,
               !read->read         ? STYLE_WARNING
               : read->missing > 0 ? STYLE_CRITICAL
                                   : STYLE_NORMAL,
               text);
}

static void write_reads(const struct view *view, const struct drill_run *run, struct sheet *sheet)
{
    sheet_group(sheet, "Read back");
    if (run->figures.read_count == 0)
        sheet_text(sheet, 0, STYLE_DIM, "from no node");
    for (int i = 0; i < run->figures.read_count && i < DRILL_READ_MAX; i++)
        write_read(view, &run->figures.reads[i], sheet);
}

static void write_phases(const struct drill_run *run, struct sheet *sheet)
{
    sheet_group(sheet, "Phases, from the injection");
    for (int i = 0; i < DRILL_PHASES; i++)
        if (drill_has_phase(run->plan.id, (enum drill_phase)i))
            drill_phase_line(&sheet->canvas, sheet->line++, 0, sheet->canvas.width, run,
                             (enum drill_phase)i);
}

static void write_latency(const struct drill_run *run, struct sheet *sheet)
{
    static const char *const spans[DRILL_SPANS] = {"before", "during", "after"};
    char text[80];

    sheet_group(sheet, "What a commit cost");
    for (int i = 0; i < DRILL_SPANS; i++) {
        drill_latency_text(&run->figures.latency[i], text, sizeof text);
        canvas_text(&sheet->canvas, sheet->line, 0, 8, STYLE_LABEL, spans[i]);
        sheet_text(sheet, 8, STYLE_NORMAL, text);
    }
}

static void write_steps(const struct view *view, const struct drill_run *run, struct sheet *sheet)
{
    char text[DRILL_SENTENCE_SIZE], took[16];

    sheet_group(sheet, "Steps");
    for (int i = 0; i < run->step_count; i++) {
        const struct drill_step_run *step = &run->steps[i];

        canvas_put(&sheet->canvas, sheet->line, 0, drill_step_style(step->state),
                   drill_step_mark(step->state));
        drill_run_sentence(run, i, view->model, text, sizeof text);
        format_duration(took, sizeof took, drill_step_us(step, view->now));
        str_appendf(text, sizeof text, ": %s%s%s", drill_step_state_word(step->state),
                    step->began.mono != 0 ? " in " : "", step->began.mono != 0 ? took : "");
        sheet_text(sheet, 2, step->state == STEP_FAILED ? STYLE_CRITICAL : STYLE_NORMAL, text);
        if (step->text[0] != '\0')
            sheet_text(sheet, 4, step->state == STEP_FAILED ? STYLE_CRITICAL : STYLE_DIM,
                       step->text);
    }
}

static void write_result(const struct view *view, struct sheet *sheet, int column, int columns)
{
    const struct drill_run *run = view_drill_run_of(view);

    if (column == 0) {
        write_verdict(view, run, sheet);
        write_classes(run, sheet);
        write_reads(view, run, sheet);
    }
    if (columns == 2 && column == 0)
        return;
    write_phases(run, sheet);
    write_latency(run, sheet);
    write_steps(view, run, sheet);
}

/* ---- what stands over it */

/* A label, the figure, its unit; returns the columns used. */
static int paint_figure(struct canvas *canvas, struct area area, enum style style,
                        const char *label, const char *text, const char *unit)
{
    enum digits_size size =
        digits_fitting(canvas, area.height, area.width - str_columns(label) - 10, text);
    int column = area.column, bottom = area.row + digits_rows(size) - 1;

    column += canvas_text(canvas, bottom, column, area.width, STYLE_LABEL, label) + FIGURE_GAP;
    digits_paint(canvas, area.row, column, size, style, text);
    column += digits_columns(size, text) + 1;
    column += canvas_text(canvas, bottom, column, 8, STYLE_LABEL, unit);
    return column - area.column;
}

static void paint_around(const struct view *view, struct canvas *canvas, struct area above,
                         struct area below)
{
    const struct drill_run *run = view_drill_run_of(view);
    const struct drill_classes *classes = &run->figures.classes;
    char text[DRILL_FIGURE_SIZE], lost[24] = "-";
    struct area banner = layout_take(&above, 1);
    struct drill_news news;
    (void)below;

    drill_news(view, run, &news);
    view_loud(canvas, banner, news.style, news.mark, news.text);
    if (above.height < 1)
        return;
    above.column += 1;
    above.width -= 2;
    drill_seconds_text(run->figures.rto_us, text);
    int used = paint_figure(canvas, above, STYLE_STRONG, "RTO", text, "s") + 6;
    if (drill_loss_is_known(&run->figures))
        str_format(lost, sizeof lost, "%" PRIu64, classes->acknowledged_lost);
    above.column += used;
    above.width -= used;
    if (above.width > 24)
        paint_figure(canvas, above,
                     !drill_loss_is_known(&run->figures) ? STYLE_WARNING
                     : classes->acknowledged_lost > 0    ? STYLE_CRITICAL
                                                         : STYLE_OK,
                     "RPO", lost, "rows");
}

static int figure_rows(const struct view *view, int width)
{
    if (width < LAYOUT_FULL_WIDTH)
        return 0;
    if (view->in->state->ascii || width >= LAYOUT_WIDE_WIDTH)
        return digits_rows(DIGITS_BIG);
    return digits_rows(DIGITS_SMALL);
}

void view_drill_result_page(const struct view *view, int width, struct page *page)
{
    const struct drill_run *run = view_drill_run_of(view);

    page->columns = width >= LAYOUT_WIDE_WIDTH ? 2 : 1;
    page->write = write_result;
    page->above = 1 + figure_rows(view, width);
    page->stand = paint_around;
    str_format(page->title, sizeof page->title, "%s: %s", drill_at(run->plan.id)->name, run->name);
}
