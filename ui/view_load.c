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

int view_load_rows(const struct view *view, int width)
{
    if (view->in->load == NULL)
        return 0;
    return width >= ONE_ROW_WIDTH ? 1 : 2;
}

static void paint_rate(struct flow *flow, const struct load_figures *load)
{
    char text[64], achieved[24] = "-";

    if (!isnan(load->achieved))
        str_format(achieved, sizeof achieved, "%.*f/s", load->achieved < 100.0F ? 1 : 0,
                   (double)load->achieved);
    str_format(text, sizeof text, "%d/s at %s: %s", load->rate, commit_level_word(load->level),
               achieved);
    flow_part(flow, STYLE_STRONG, text);
}

static void paint_trouble(struct flow *flow, const struct load_figures *load)
{
    char text[PROBE_TEXT_SIZE + 32];

    if (load->waiting_us > WAITING_SHOWN_US)
        flow_time(flow, STYLE_CRITICAL, "WAITING", load->waiting_us);
    if (load->late > 0 && load->waiting_us > WAITING_SHOWN_US)
        flow_count(flow, "not sent", load->late, true);
    if (load->counts.skipped > 0)
        flow_count(flow, "never sent", load->counts.skipped, true);
    if (load->why[0] == '\0')
        return;
    str_format(text, sizeof text, "%s%s",
               load->phase == LOAD_CONNECTING ? "not started: " : "cannot write: ", load->why);
    flow_part(flow, STYLE_WARNING, text);
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
    struct flow flow = flow_begin(canvas, area);
    outcomes = load->counts.outcomes;
    paint_rate(&flow, load);
    flow_count(&flow, "acknowledged", outcomes[COMMIT_ACKNOWLEDGED], false);
    flow_count(&flow, "locally", outcomes[COMMIT_LOCAL], true);
    flow_count(&flow, "failed", outcomes[COMMIT_FAILED], true);
    flow_count(&flow, "unknown", outcomes[COMMIT_UNKNOWN], true);
    paint_trouble(&flow, load);
    flow_time(&flow, STYLE_NORMAL, "p50", load->p50_us);
    flow_time(&flow, STYLE_NORMAL, "p99", load->p99_us);
    flow_time(&flow, STYLE_NORMAL, "max", load->max_us);
}
