/*
 * layout: which part of the main screen stands where, and how many rows it gets. Pure arithmetic.
 *
 * What an operator cannot do without comes first when rows are short: header, sync line, nodes, the
 * worst finding, the newest event; without a primary who can take over goes before these; the
 * panels of figures come after that. Rows to spare go to the graphs up to a point, the rest to the
 * events.
 */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>

#define LAYOUT_FULL_WIDTH 60 /* from here on there are boxes */
#define LAYOUT_FULL_HEIGHT 16
#define LAYOUT_LINES_WIDTH 20 /* from here on there is a line per node */
#define LAYOUT_LINES_HEIGHT 4
#define LAYOUT_WIDE_WIDTH 100 /* from here on panels stand side by side */

struct area {
    int row, column, height, width; /* height 0: the part is not shown */
};

enum layout_kind { LAYOUT_TOO_SMALL, LAYOUT_LINES, LAYOUT_FULL };

/* What there is to show, in rows of content without frames. */
struct layout_need {
    bool banner;
    int sync_rows;      /* 1 or 2 */
    int load_rows;      /* 0 when no load runs */
    int node_rows;      /* rows of the topology */
    int survivor_rows;  /* of the panel of who takes over, without its frame; 0 none */
    int finding_rows;   /* findings with their hints, wrapped; 0 none */
    int standby_lines;  /* standbys with a line in the panels */
    int latency_levels; /* levels with a line in the latency panel; 0: it is one line of text */
};

struct layout {
    enum layout_kind kind;
    struct area header, banner, sync, load, nodes, survivors, findings, latency, wal, events,
        footer;
    int graph_rows; /* of each graph in the WAL panel */
};

/* Takes at most `rows` off the top of what is left. */
struct area layout_take(struct area *left, int rows);
/* What is inside of a box; an area that is too small for one stays as it is. */
struct area layout_inside(struct area box);
enum layout_kind layout_kind_of(int width, int height);
/* Only `kind`, `header` and `footer` are set when the kind is not LAYOUT_FULL. */
void layout_derive(int width, int height, const struct layout_need *need, struct layout *layout);

#endif
