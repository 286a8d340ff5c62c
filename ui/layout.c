/*
 * layout: one pass from the most needed part to the least, then the rows are laid from top to
 * bottom.
 */
#include "ui/layout.h"

#include <string.h>

#define FRAME 2 /* a box's upper and lower edge */
#define TABLE_HEADING 1
#define BOX_MIN (FRAME + 1)
#define NODES_MIN (FRAME + TABLE_HEADING + 3)
#define EVENTS_COMFORT (FRAME + 4)  /* what panels leave to the events if they can */
#define EVENTS_LEAST (FRAME + 2)    /* what findings and levels leave to them */
#define SURVIVORS_LEAST (FRAME + 5) /* before they share the rows with others */
#define PANEL_LINES_MAX 9
#define GRAPH_ROWS_MAX 4

static int at_most(int a, int b)
{
    return a < b ? a : b;
}

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

enum layout_kind layout_kind_of(int width, int height)
{
    if (width >= LAYOUT_FULL_WIDTH && height >= LAYOUT_FULL_HEIGHT)
        return LAYOUT_FULL;
    if (width >= LAYOUT_LINES_WIDTH && height >= LAYOUT_LINES_HEIGHT)
        return LAYOUT_LINES;
    return LAYOUT_TOO_SMALL;
}

struct area layout_take(struct area *left, int rows)
{
    struct area area = *left;

    area.height = at_least(at_most(rows, left->height), 0);
    left->row += area.height;
    left->height -= area.height;
    return area;
}

struct area layout_inside(struct area box)
{
    if (box.height <= FRAME || box.width < LAYOUT_LINES_WIDTH)
        return box;
    return (struct area){.row = box.row + 1,
                         .column = box.column + 2,
                         .height = box.height - FRAME,
                         .width = box.width - 4};
}

/* Heights of the boxes, out of `rows`; what is left over goes to the events. */
struct heights {
    int nodes, survivors, findings, latency, wal, events;
};

static void share_panels(int width, int left, const struct layout_need *need, int graph_rows,
                         struct heights *heights)
{
    int lines = at_most(at_least(need->standby_lines, need->latency_levels) + 1, PANEL_LINES_MAX);
    int spare = left - EVENTS_COMFORT;

    if (width >= LAYOUT_WIDE_WIDTH) {
        int want = FRAME + at_least(lines * graph_rows, lines + 1);
        int levels = at_most(FRAME + need->latency_levels + 1, left - EVENTS_LEAST);

        if (left - BOX_MIN >= BOX_MIN)
            heights->latency = at_most(want, at_least(spare, at_least(levels, BOX_MIN)));
        heights->wal = heights->latency;
        return;
    }
    if (left - BOX_MIN >= BOX_MIN)
        heights->latency = BOX_MIN;
    if (need->latency_levels > 0 && heights->latency > 0)
        heights->latency =
            at_least(BOX_MIN, at_most(FRAME + need->latency_levels + 1, left - EVENTS_LEAST));
    if (spare - heights->latency >= FRAME + lines * graph_rows)
        heights->wal = FRAME + lines * graph_rows;
}

static struct heights share(int width, int rows, const struct layout_need *need, int graph_rows)
{
    struct heights heights = {0};
    int findings_min = need->finding_rows > 0 ? BOX_MIN : 0;
    int left, kept = 2 * BOX_MIN + findings_min; /* from the nodes */

    if (need->survivor_rows > 0)
        kept = EVENTS_LEAST + at_most(FRAME + need->survivor_rows, rows / 2);
    heights.nodes = at_most(FRAME + TABLE_HEADING + at_least(need->node_rows, 1),
                            at_least(NODES_MIN, rows - kept));
    left = rows - heights.nodes;
    if (need->survivor_rows > 0) {
        int leave = left >= SURVIVORS_LEAST + EVENTS_LEAST ? EVENTS_LEAST
                    : left >= SURVIVORS_LEAST + BOX_MIN    ? BOX_MIN
                                                           : 0;

        heights.survivors = at_most(FRAME + need->survivor_rows, left - leave);
        left -= heights.survivors;
    }
    if (findings_min > 0 && left - BOX_MIN >= BOX_MIN) {
        int room = at_least(BOX_MIN, left - BOX_MIN - EVENTS_LEAST);

        heights.findings = at_most(FRAME + need->finding_rows, room);
        left -= heights.findings;
    }
    share_panels(width, left, need, graph_rows, &heights);
    left -= width >= LAYOUT_WIDE_WIDTH ? heights.latency : heights.latency + heights.wal;
    heights.events = left;
    if (left < BOX_MIN) {
        heights.nodes += left;
        heights.events = 0;
    }
    return heights;
}

/* The two panels beside each other. */
static void split(struct area both, struct layout *layout)
{
    layout->latency = layout->wal = both;
    layout->latency.width = at_most(at_least(both.width * 9 / 20, 52), 90);
    layout->wal.column += layout->latency.width;
    layout->wal.width -= layout->latency.width;
}

void layout_derive(int width, int height, const struct layout_need *need, struct layout *layout)
{
    struct area left = {.height = height, .width = width};
    struct heights heights;

    memset(layout, 0, sizeof *layout);
    layout->kind = layout_kind_of(width, height);
    layout->header = layout_take(&left, at_most(1, height));
    layout->footer = (struct area){.row = height - 1, .height = 1, .width = width};
    left.height--;
    if (layout->kind != LAYOUT_FULL)
        return;
    layout->graph_rows = at_most(at_least((height - 24) / 8, 1), GRAPH_ROWS_MAX);
    layout->banner = layout_take(&left, need->banner ? 1 : 0);
    layout->sync = layout_take(&left, need->sync_rows);
    layout->load = layout_take(&left, need->load_rows);
    heights = share(width, left.height, need, layout->graph_rows);
    layout->nodes = layout_take(&left, heights.nodes);
    layout->survivors = layout_take(&left, heights.survivors);
    layout->findings = layout_take(&left, heights.findings);
    if (width >= LAYOUT_WIDE_WIDTH) {
        split(layout_take(&left, heights.latency), layout);
    } else {
        layout->latency = layout_take(&left, heights.latency);
        layout->wal = layout_take(&left, heights.wal);
    }
    layout->events = layout_take(&left, heights.events);
}
