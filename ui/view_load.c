/*
 * view_load: the line of a load that runs: what is wanted and what is had, what became of the
 * writes, what they cost. On two rows where the screen is narrow.
 */
#include <math.h>

#include "base/str.h"
#include "cluster/latency.h"
#include "ui/view_parts.h"

#define LABEL_WIDTH 6 /* as that of the rule above it */
#define ONE_ROW_WIDTH 130
#define WAITING_SHOWN_US (500 * US_PER_MS)

/* Where the next part goes. */
struct place {
    struct canvas *canvas;
    struct area area; /* of the text */
    int row, column, gap;
};

int view_load_rows(const struct view *view, int width)
{
    if (view->in->load == NULL)
        return 0;
    return width >= ONE_ROW_WIDTH ? 1 : 2;
}

/* Parts flow on; what finds no room on the last row is cut there. */
static void paint_part(struct place *place, enum style style, const char *text)
{
    int end = place->area.column + place->area.width, columns = str_columns(text);

    if (place->column > place->area.column && place->column + columns > end &&
        place->row + 1 < place->area.row + place->area.height) {
        place->row++;
        place->column = place->area.column;
    }
    canvas_text(place->canvas, place->row, place->column, end - place->column, style, text);
    place->column += columns + place->gap;
}

static void paint_count(struct place *place, const char *what, uint64_t count, bool bad)
{
    char text[48];

    str_format(text, sizeof text, "%s %llu", what, (unsigned long long)count);
    paint_part(place, bad && count > 0 ? STYLE_WARNING : STYLE_NORMAL, text);
}

static void paint_time(struct place *place, enum style style, const char *what, int64_t us)
{
    char text[32], time[16];

    format_duration(time, sizeof time, us);
    str_format(text, sizeof text, "%s %s", what, time);
    paint_part(place, us == UNKNOWN_US ? STYLE_DIM : style, text);
}

static void paint_rate(struct place *place, const struct load_figures *load)
{
    char text[64], achieved[24] = "-";

    if (!isnan(load->achieved))
        str_format(achieved, sizeof achieved, "%.*f/s", load->achieved < 100.0F ? 1 : 0,
                   (double)load->achieved);
    str_format(text, sizeof text, "%d/s at %s: %s", load->rate, commit_level_word(load->level),
               achieved);
    paint_part(place, STYLE_STRONG, text);
}

static void paint_trouble(struct place *place, const struct load_figures *load)
{
    char text[PROBE_TEXT_SIZE + 32];

    if (load->waiting_us > WAITING_SHOWN_US)
        paint_time(place, STYLE_CRITICAL, "WAITING", load->waiting_us);
    if (load->late > 0 && load->waiting_us > WAITING_SHOWN_US)
        paint_count(place, "not sent", load->late, true);
    if (load->counts.skipped > 0)
        paint_count(place, "never sent", load->counts.skipped, true);
    if (load->why[0] == '\0')
        return;
    str_format(text, sizeof text, "%s%s",
               load->phase == LOAD_CONNECTING ? "not started: " : "cannot write: ", load->why);
    paint_part(place, STYLE_WARNING, text);
}

void view_load(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct load_figures *load = view->in->load;
    const uint64_t *outcomes;

    if (area.height == 0 || load == NULL)
        return;
    canvas_text(canvas, area.row, area.column + 1, LABEL_WIDTH, STYLE_LABEL, "load");
    area.column += 1 + LABEL_WIDTH;
    area.width -= 2 + LABEL_WIDTH;
    struct place place = {canvas, area, area.row, area.column,
                          canvas->width < LAYOUT_WIDE_WIDTH ? 2 : 3};
    outcomes = load->counts.outcomes;
    paint_rate(&place, load);
    paint_count(&place, "acknowledged", outcomes[COMMIT_ACKNOWLEDGED], false);
    paint_count(&place, "locally", outcomes[COMMIT_LOCAL], true);
    paint_count(&place, "failed", outcomes[COMMIT_FAILED], true);
    paint_count(&place, "unknown", outcomes[COMMIT_UNKNOWN], true);
    paint_trouble(&place, load);
    paint_time(&place, STYLE_NORMAL, "p50", load->p50_us);
    paint_time(&place, STYLE_NORMAL, "p99", load->p99_us);
    paint_time(&place, STYLE_NORMAL, "max", load->max_us);
}
