/*
 * drill_parts: what the files of the drill screens share. Not for anybody outside of
 * ui/view_drill*.c and ui/view.c.
 */
#ifndef UI_DRILL_PARTS_H
#define UI_DRILL_PARTS_H

#include "cluster/drill_facts.h"
#include "cluster/drill_run.h"
#include "ui/view_parts.h"

#define DRILL_FIGURE_SIZE 24
#define DRILL_SENTENCE_SIZE 320

/* view_drill_words.c */

/* The drill that is under way or was the last; NULL: none. */
const struct drill_run *view_drill_run_of(const struct view *view);
/* "01:23.4" from the injection on, "--:--.-" before it. */
void drill_clock_text(int64_t us, char out[DRILL_FIGURE_SIZE]);
/* "0.812", for digits; "-.---". */
void drill_seconds_text(int64_t us, char out[DRILL_FIGURE_SIZE]);

/* What there is to know first, in one line. */
struct drill_news {
    enum style style; /* of a banner */
    uint32_t mark;
    char text[DRILL_SENTENCE_SIZE];
    char brief[48]; /* for lines of less than DRILL_BRIEF_WIDTH columns */
};
#define DRILL_BRIEF_WIDTH 40
void drill_news(const struct view *view, const struct drill_run *run, struct drill_news *news);
/* Nobody can commit: for how long, by the writes that wait or by the gap. UNKNOWN_US: they can. */
int64_t drill_out_for_us(const struct view *view, const struct drill_run *run);

uint32_t drill_step_mark(enum drill_step_state state);
enum style drill_step_style(enum drill_step_state state);
int64_t drill_step_us(const struct drill_step_run *step, mono_us now); /* it took, or has taken */
/* "2/16", "undo 1". */
void drill_step_number(const struct drill_run *run, int step, char *out, size_t size);

/* One phase: mark, words, ms from the injection; with room the time of day too. */
void drill_phase_line(struct canvas *canvas, int row, int column, int width,
                      const struct drill_run *run, enum drill_phase phase);
void drill_latency_text(const struct drill_latency *latency, char *out, size_t size);
enum style drill_verdict_style(enum drill_verdict verdict);
const char *drill_verdict_title(enum drill_verdict verdict); /* "PASS" */

/* view_drill.c: "type replica1 to promote it: rep_", loud. */
void view_drill_prompt(const struct view *view, struct canvas *canvas, struct area area,
                       const char *name, const char *what);

#endif
