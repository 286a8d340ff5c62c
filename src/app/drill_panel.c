/*
 * drill_panel: see drill_panel.h.
 */
#include "app/drill_panel.h"

#include <stdlib.h>
#include <string.h>

#include "app/drill.h"
#include "app/load.h"
#include "base/str.h"
#include "record/drill_journal.h"
#include "ui/state_drill.h"

struct drill_panel {
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    const char *report_dir;
    struct drill_panel_calls calls;
    void *owner;
    struct drill_engine *engine;
    struct drill_view view;
};

/* ---- what the screens show */

static void look_at_journal(struct drill_panel *panel)
{
    const char *folder = drill_engine_folder(panel->engine);
    struct drill_left left;
    struct error err;

    panel->view.journal[0] = '\0';
    if (folder[0] == '\0')
        return;
    if (!drill_journal_left(folder, &left, &err))
        str_copy(panel->view.journal, sizeof panel->view.journal, err.message);
    else if (left.under_way)
        str_format(panel->view.journal, sizeof panel->view.journal,
                   "%s is carried out by another program (process %d)", left.head.drill, left.pid);
    else if (drill_left_is_due(&left))
        str_format(panel->view.journal, sizeof panel->view.journal,
                   "%s of %s did not end and left %s as it was: pgwatch-tui drill undo",
                   left.head.drill, left.head.at,
                   left.count > 0 ? left.undos[0].node : left.promoted);
}

static void look_at_offers(struct drill_panel *panel)
{
    struct error err;

    for (int i = 0; i < DRILLS; i++) {
        const char *why = drill_not_offered((enum drill_id)i, watch_model(panel->watch),
                                            drill_engine_has_stack(panel->engine));
        if (why == NULL && !load_allowed(panel->settings, &err))
            why = err.message;
        panel->view.offered[i] = why == NULL;
        str_copy(panel->view.why_not[i], DRILL_TEXT_SIZE, why != NULL ? why : "");
    }
}

static void look_at_hand(struct drill_panel *panel, int node)
{
    struct drill_view *view = &panel->view;
    struct error err;

    view->promote_command[0] = view->rejoin_command[0] = '\0';
    view->promote_not[0] = view->rejoin_not[0] = '\0';
    if (node < 0)
        return;
    if (drill_promote_by_hand(panel->engine, node, true, &err))
        drill_hand_command(panel->engine, node, true, view->promote_command, DRILL_COMMAND_SIZE);
    else
        str_copy(view->promote_not, DRILL_TEXT_SIZE, err.message);
    if (drill_rejoin_by_hand(panel->engine, node, true, &err))
        drill_hand_command(panel->engine, node, false, view->rejoin_command, DRILL_COMMAND_SIZE);
    else
        str_copy(view->rejoin_not, DRILL_TEXT_SIZE, err.message);
}

void drill_panel_sync(struct drill_panel *panel, struct ui_state *state, int node)
{
    struct error ignored;

    state->may_drill = panel->settings->lab && drill_engine_has_stack(panel->engine);
    state->may_observe = load_allowed(panel->settings, &ignored);
    state->drill_under_way = drill_panel_runs(panel);
    panel->view.run = drill_engine_run(panel->engine);
    look_at_hand(panel, node);
    state->drill = &panel->view;
}

/* ---- what the engine tells */

static void marked(void *owner, const struct drill_mark *mark)
{
    struct drill_panel *panel = owner;

    panel->view.run = drill_engine_run(panel->engine);
    panel->calls.marked(panel->owner, mark);
    panel->calls.changed(panel->owner, mark->at);
}

static void take_preview(struct drill_panel *panel)
{
    struct drill_preview *preview = &panel->view.preview;

    preview->plan = *drill_engine_plan(panel->engine);
    preview->reasons = *drill_engine_reasons(panel->engine);
    for (int i = 0; i < preview->plan.step_count; i++)
        drill_engine_command(panel->engine, i, preview->commands[i], DRILL_COMMAND_SIZE);
    str_copy(preview->confirm, sizeof preview->confirm,
             preview->plan.target >= 0 ? panel->settings->nodes[preview->plan.target].name
                                       : panel->settings->cluster);
    preview->ready = true;
}

static void prepared(void *owner, struct instant now)
{
    struct drill_panel *panel = owner;

    take_preview(panel);
    panel->calls.changed(panel->owner, now);
}

static void ended(void *owner, struct instant now)
{
    struct drill_panel *panel = owner;

    look_at_journal(panel);
    panel->calls.ended(panel->owner, now);
}

/* ---- what the person asks for */

bool drill_panel_recording(struct drill_panel *panel, struct instant now, char *path, size_t size)
{
    const struct drill_options options = {.report_dir = panel->report_dir};

    return drill_recording_path(panel->engine, &options, now, path, size);
}

static void prepare(struct drill_panel *panel, const struct ui_state *state)
{
    struct drill_preview *preview = &panel->view.preview;
    struct drill_options options;

    drill_options_default(&options);
    options.manual = state->drill_manual;
    options.report_dir = panel->report_dir;
    memset(preview, 0, sizeof *preview);
    preview->shown = true;
    preview->id = drill_state_selected(state);
    preview->manual = state->drill_manual && drill_at(preview->id)->fails_over;
    preview->rate = options.rate;
    preview->clients = options.clients;
    preview->level = options.level;
    look_at_journal(panel);
    drill_prepare(panel->engine, preview->id, &options);
}

/* What is refused is asked for anew: what may be agreed to now is on the screen before. */
static void begin(struct drill_panel *panel, struct ui_state *state)
{
    struct error err;

    if (drill_begin(panel->engine, &err))
        return;
    prepare(panel, state);
    str_copy(panel->view.preview.refused, DRILL_TEXT_SIZE, err.message);
    drill_state_refused(state);
}

void drill_panel_act(struct drill_panel *panel, enum ui_request request, struct ui_state *state,
                     struct instant now)
{
    struct error err = {0};

    if (request == UI_DRILL_PREPARE)
        prepare(panel, state);
    else if (request == UI_DRILL_BEGIN)
        begin(panel, state);
    else if (request == UI_DRILL_INTERRUPT)
        drill_interrupt(panel->engine, "interrupted by key");
    else if (request == UI_DRILL_PROMOTE)
        drill_promote_by_hand(panel->engine, state->drill_question.node, false, &err);
    else if (request == UI_DRILL_REJOIN)
        drill_rejoin_by_hand(panel->engine, state->drill_question.node, false, &err);
    if (err.message[0] != '\0')
        ui_state_say(state, now.mono, err.message);
}

void drill_panel_interrupt(struct drill_panel *panel, const char *why)
{
    drill_interrupt(panel->engine, why);
}

void drill_panel_follow(struct drill_panel *panel, struct instant now)
{
    drill_engine_look(panel->engine, now);
}

bool drill_panel_runs(const struct drill_panel *panel)
{
    return drill_is_under_way(panel->engine);
}

struct drill_panel *drill_panel_new(const struct settings *settings, struct loop *loop,
                                    struct watch *watch, const char *report_dir,
                                    const struct drill_panel_calls *calls, void *owner)
{
    static const struct drill_calls of_engine = {marked, prepared, ended};
    struct drill_panel *panel = mem_calloc(1, sizeof *panel);

    panel->settings = settings;
    panel->loop = loop;
    panel->watch = watch;
    panel->report_dir = report_dir;
    panel->calls = *calls;
    panel->owner = owner;
    panel->engine = drill_engine_new(settings, loop, watch, &of_engine, panel);
    look_at_offers(panel);
    look_at_journal(panel);
    return panel;
}

void drill_panel_free(struct drill_panel **panel)
{
    struct drill_panel *p = *panel;

    if (p == NULL)
        return;
    drill_engine_free(&p->engine);
    free(p);
    *panel = NULL;
}
