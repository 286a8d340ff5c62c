/*
 * view_parts: what the files of the view share. Not for anybody outside of ui/view*.c and
 * ui/columns.c.
 */
#ifndef UI_VIEW_PARTS_H
#define UI_VIEW_PARTS_H

#include "cluster/node_state.h"
#include "ui/glyphs.h"
#include "ui/layout.h"
#include "ui/view.h"

#define CELL_TEXT_SIZE 96
#define BANNER_MARGIN 4 /* columns of the banner that are not its text */

/* What a picture is made from, gathered once. */
struct view {
    const struct view_input *in;
    const struct model *model;
    mono_us now;
    struct topology_row rows[UI_ROWS_MAX];
    int row_count; /* rows that are there; at most UI_ROWS_MAX */
    int rows_cut;  /* rows beyond */
    int selected;
    bool full; /* boxes, and on the main and the stack screen a banner of health */
    struct survivors survivors;
};

void view_gather(const struct view_input *input, struct view *view);

/* Marks and styles, the same on every part of the screen. */
uint32_t condition_mark(enum node_condition condition);
enum style condition_style(enum node_condition condition);
uint32_t health_mark(enum health_level level);
enum style health_style(enum health_level level);
enum style health_banner_style(enum health_level level);
uint32_t event_mark(enum event_level level);
enum style event_style(enum event_level level);

/* "1s", "500ms", "1m": as it would be written in the description; size at least 24. */
void format_interval(char *out, size_t size, int64_t us);

/* view_header.c */
void view_header(const struct view *view, struct canvas *canvas, struct area area);
void view_banner(const struct view *view, struct canvas *canvas, struct area area);
int view_sync_rows(const struct view *view, int width);
void view_sync(const struct view *view, struct canvas *canvas, struct area area);
void view_footer(const struct view *view, struct canvas *canvas, struct area area);

/* view_replay.c */
void view_replay_bar(const struct view_input *input, struct canvas *canvas, int row);
/* view_flow.c: parts flow on; what finds no room on the last row is cut there. */
struct flow {
    struct canvas *canvas;
    struct area area;
    int row, column, gap; /* where the next part goes */
};
struct flow flow_begin(struct canvas *canvas, struct area area);
void flow_part(struct flow *flow, enum style style, const char *text);
void flow_count(struct flow *flow, const char *what, uint64_t count, bool bad);
void flow_time(struct flow *flow, enum style style, const char *what, int64_t us);

/* view_load.c: rows that the line of a load needs; 0: none runs. */
int view_load_rows(const struct view *view, int width);
void view_load(const struct view *view, struct canvas *canvas, struct area area);

/* view_drill_line.c: rows that the line of a drill needs; 0: none is under way. */
int view_drill_line_rows(const struct view *view, int width);
void view_drill_line(const struct view *view, struct canvas *canvas, struct area area);
void view_drill_short(const struct view *view, struct canvas *canvas, int row);

/* view_drill.c, view_drill_run.c, view_drill_result.c: the drill screens. */
struct page;
void view_drill_menu(const struct view *view, struct canvas *canvas);
void view_drill_plan_page(const struct view *view, int width, struct page *page);
void view_drill_result_page(const struct view *view, int width, struct page *page);
void view_drill_run(const struct view *view, struct canvas *canvas);

/* view_nodes.c */
void view_nodes(const struct view *view, struct canvas *canvas, struct area area);
/* The screens of less than LAYOUT_FULL_WIDTH x LAYOUT_FULL_HEIGHT. */
void view_lines(const struct view *view, struct canvas *canvas);

/* view_alarms.c: what no screen may hide, each a loud line or more: two primaries, what a drill
 * could not undo, the journal that it left. At most `most` rows; returns those used. */
int view_alarm_rows(const struct view *view, int width, int most);
void view_alarms(const struct view *view, struct canvas *canvas, struct area area);
/* Text over the whole width, over all rows of the area. */
void view_loud(struct canvas *canvas, struct area area, enum style style, uint32_t mark,
               const char *text);

/* view_survivors.c: who can take over, when there is no primary; the primaries, when there are too
 * many; also beside a primary, where a drill asks. Rows without the frame, at most as many as are
 * of use; they follow from the width and the number of nodes, so that nothing jumps. */
bool view_shows_survivors(const struct view *view); /* the main screen does */
int view_survivors_rows(const struct view *view, int width);
void view_survivors(const struct view *view, struct canvas *canvas, struct area area);
/* The panel's title: "No primary: promote replica1". */
void view_survivors_title(const struct view *view, char *out, size_t size);
/* Rows that a text of two or three sentences gets, whatever its figures are just now. */
int view_sentence_rows(int width);

/* view_split.c: what the panel holds when there is more than one primary, inside its frame. */
int view_split_rows(const struct view *view, int width);
void view_split(const struct view *view, struct canvas *canvas, struct area in);
void view_split_title(const struct view *view, char *out, size_t size);

/* view_findings.c */
int view_findings_rows(const struct view *view, int width);
void view_findings(const struct view *view, struct canvas *canvas, struct area area);

/* view_panels.c */
int view_standby_lines(const struct view *view);
void view_latency(const struct view *view, struct canvas *canvas, struct area area);
void view_wal(const struct view *view, struct canvas *canvas, struct area area, int graph_rows);

/* view_latency.c: levels that are probed; the figures' lines, returns the rows used. */
int view_latency_levels(const struct view *view);
int view_latency_lines(const struct view *view, struct canvas *canvas, struct area area);

/* view_graphs.c: the newest samples at the right edge, up to 5 a column; unknown is a gap. Returns
 * the greatest value shown, NaN when there is none. */
float view_graph(struct canvas *canvas, struct area area, const struct ring *ring);

/* view_events.c */
void view_events_box(const struct view *view, struct canvas *canvas, struct area area);
int view_events_box_scroll_max(const struct view *view, struct area area);

/* view_stack.c: the nodes above, the servers of the lab below. */
void view_stack(const struct view *view, struct canvas *canvas);
int view_stack_scroll_max(const struct view *view, int width, int height);

/*
 * sheet: a page that may be longer than the screen. The same function lays it out twice: once on a
 * sheet without rows to learn its length, once for real; then a window of it is shown.
 */
struct sheet {
    struct canvas canvas;
    int line; /* the next one to write */
};
void sheet_group(struct sheet *sheet, const char *title); /* a heading, a blank line before it */
void sheet_text(struct sheet *sheet, int indent, enum style style, const char *text);
/* "label          value", the value wrapped. */
void sheet_value(struct sheet *sheet, enum style style, const char *label, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Columns that a value has on one line. */
int sheet_value_width(const struct sheet *sheet);
/* "mark text" wrapped under itself, and the hint below it. */
void sheet_finding(struct sheet *sheet, const struct finding *finding);

void view_latency_page(const struct view *view, struct sheet *sheet); /* view_latency.c */

/* A screen of one or two sheets side by side, in a frame. */
struct page {
    char title[CELL_TEXT_SIZE];
    int columns; /* 1 or 2 */
    /* Rows that stand still over and under the frame; what is under it is never left out. */
    int above, below;
    void (*stand)(const struct view *view, struct canvas *canvas, struct area above,
                  struct area below);
    /* Writes column `column` of the page; with one column everything. */
    void (*write)(const struct view *view, struct sheet *sheet, int column, int columns);
};
void view_page(const struct view *view, struct canvas *canvas, const struct page *page);
int view_page_scroll_max(const struct view *view, int width, int height, const struct page *page);

/* The pages of the screens that are not the main one. */
void view_detail_page(const struct view *view, int width, struct page *page);
void view_events_page(const struct view *view, int width, struct page *page);
void view_help_page(const struct view *view, int width, struct page *page);
void view_test_page(const struct view *view, int width, struct page *page);

#endif
