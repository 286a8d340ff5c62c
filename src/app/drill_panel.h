/*
 * drill_panel: the drill engine behind the drill screens: carries out what the person asked for and
 * keeps what the screens show of it.
 */
#ifndef APP_DRILL_PANEL_H
#define APP_DRILL_PANEL_H

#include "app/watch.h"
#include "cluster/drill_run.h"
#include "ui/state.h"

struct drill_panel;

struct drill_panel_calls {
    void (*marked)(void *owner, const struct drill_mark *mark);
    /* Something that the screen shows. */
    void (*changed)(void *owner, struct instant now);
    /* A drill ended: nothing of it is under way any more. */
    void (*ended)(void *owner, struct instant now);
};

/* settings, loop and watch outlive it. report_dir: where reports of drills go; NULL: none are
 * written. */
struct drill_panel *drill_panel_new(const struct settings *settings, struct loop *loop,
                                    struct watch *watch, const char *report_dir,
                                    const struct drill_panel_calls *calls, void *owner);
/* Only when nothing is under way, or what is under way is left to the journal. */
void drill_panel_free(struct drill_panel **panel);

/* The model may have changed. */
void drill_panel_follow(struct drill_panel *panel, struct instant now);
bool drill_panel_runs(const struct drill_panel *panel);
/* What the keys may do now, and what the screens show. `node` is the selected one; -1 none. */
void drill_panel_sync(struct drill_panel *panel, struct ui_state *state, int node);
/* UI_DRILL_... */
void drill_panel_act(struct drill_panel *panel, enum ui_request request, struct ui_state *state,
                     struct instant now);
/* Where the drill that begins is recorded; false: nowhere. */
bool drill_panel_recording(struct drill_panel *panel, struct instant now, char *path, size_t size);
/* The program is to end: what was done is undone, then `ended` comes. */
void drill_panel_interrupt(struct drill_panel *panel, const char *why);

#endif
