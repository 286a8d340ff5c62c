/*
 * view: paints the whole screen as a pure function of (model, verdict, health, ui state, now,
 * size). The same input gives the same cells, byte for byte: that is what makes screens testable
 * without a server.
 */
#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "cluster/health.h"
#include "cluster/ledger.h"
#include "cluster/model.h"
#include "cluster/replication_check.h"
#include "cluster/survivors.h"
#include "cluster/verdict.h"
#include "ui/canvas.h"
#include "ui/state.h"

/* Where a replay is. */
struct replay_view {
    struct instant start, end;
    bool playing;
    double speed;
    bool cut; /* the recording was cut off, or is damaged at its end */
};

struct view_input {
    const struct model *model;
    const struct sync_verdict *verdict;
    const struct health *health;
    const struct ui_state *state;
    const struct stack_view *stack;       /* NULL: the servers are not ours */
    const struct load_figures *load;      /* NULL: none runs */
    const struct replication_check *test; /* the last one, or under way; NULL: none yet */
    const struct survivors_acknowledged *acknowledged; /* of a writer of ours; NULL: not known */
    struct instant now;               /* of the picture: when frozen, of the freezing */
    struct instant clock;             /* real now, for the clock in the header */
    const struct replay_view *replay; /* NULL: this is live */
};

/* The canvas has its size already and is cleared here. Any size from 1x1 on. */
void view_paint(const struct view_input *input, struct canvas *canvas);

/* The selected row as one line of plain text, for the clipboard. */
void view_selected_row_text(const struct view_input *input, char *out, size_t size);
/* How far the scrolled list of the present screen can be scrolled at this size (0: not at all). */
int view_scroll_max(const struct view_input *input, int width, int height);

#endif
