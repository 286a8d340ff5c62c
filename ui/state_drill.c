/*
 * state_drill: see state_drill.h.
 */
#include "ui/state_drill.h"

#include <string.h>

#include "base/str.h"

bool drill_state_lists(const struct ui_state *state, enum drill_id id)
{
    return id == DRILL_OBSERVE ? state->may_observe || state->may_drill : state->may_drill;
}

enum drill_id drill_state_selected(const struct ui_state *state)
{
    return drill_state_lists(state, state->drill_selected) ? state->drill_selected : DRILL_OBSERVE;
}

void drill_state_move(struct ui_state *state, int by)
{
    int step = by > 0 ? 1 : -1, left = by > 0 ? by : -by;
    int at = (int)drill_state_selected(state);

    for (int next = at + step; left > 0 && next >= 0 && next < DRILLS; next += step, left--)
        if (drill_state_lists(state, (enum drill_id)next))
            at = next;
    state->drill_selected = (enum drill_id)at;
}

static const struct drill_preview *preview_of(const struct ui_state *state)
{
    const struct drill_view *drill = state->drill;

    return drill != NULL && drill->preview.shown && drill->preview.ready &&
                   drill->preview.id == drill_state_selected(state)
               ? &drill->preview
               : NULL;
}

bool drill_state_can_begin(const struct ui_state *state)
{
    const struct drill_preview *preview = preview_of(state);

    return preview != NULL && preview->reasons.count == 0 && preview->confirm[0] != '\0';
}

/* A person promotes and lets join in the drill that runs. */
static bool is_by_hand(const struct ui_state *state)
{
    const struct drill_run *run = state->drill != NULL ? state->drill->run : NULL;

    return state->drill_under_way && state->may_drill && run != NULL &&
           run->state == DRILL_RUNNING && (run->plan.manual || run->plan.id == DRILL_OBSERVE);
}

bool drill_state_offers(const struct ui_state *state, enum action action)
{
    bool runs = state->drill_under_way;

    if (action == ACTION_BACK)
        return !runs || state->screen != SCREEN_DRILL_RUN; /* x says it there */
    if (action == ACTION_LOAD)
        return !runs;
    if (action == ACTION_DRILL_INTERRUPT)
        return runs;
    if (action == ACTION_DRILL_LAST)
        return state->drill != NULL && state->drill->run != NULL;
    if (action == ACTION_DRILL_BEGIN)
        return drill_state_can_begin(state);
    if (action == ACTION_DRILL_PROMOTE || action == ACTION_DRILL_REJOIN)
        return is_by_hand(state);
    return true;
}

static void forget_question(struct ui_state *state)
{
    memset(&state->drill_question, 0, sizeof state->drill_question);
}

static void go(struct ui_state *state, enum ui_screen screen)
{
    forget_question(state);
    ui_state_go(state, screen);
}

static bool is_drill_screen(enum ui_screen screen)
{
    return screen == SCREEN_DRILL || screen == SCREEN_DRILL_PLAN || screen == SCREEN_DRILL_RUN;
}

/* A drill is not looked at in a picture that stands still. */
static enum ui_request thaw(struct ui_state *state)
{
    if (!state->frozen)
        return UI_REPAINT;
    state->frozen = false;
    return UI_FREEZE;
}

static enum ui_request open_drills(struct ui_state *state, mono_us now)
{
    if (!state->may_drill && !state->may_observe) {
        ui_state_say(state, now,
                     "no drills here: this is no lab with a stack, and probe.enabled is not set");
        return UI_REPAINT;
    }
    if (is_drill_screen(state->screen)) {
        go(state, SCREEN_MAIN);
        return UI_REPAINT;
    }
    go(state, state->drill_under_way ? SCREEN_DRILL_RUN : SCREEN_DRILL);
    return thaw(state);
}

static enum ui_request choose(struct ui_state *state, const struct model *model, mono_us now)
{
    enum drill_id id = drill_state_selected(state);

    if (model->primary_count > 1)
        ui_state_say(state, now, UI_SPLIT_BRAIN);
    else if (state->drill == NULL)
        ui_state_say(state, now, "not known yet");
    else if (!state->drill->offered[id])
        ui_state_say(state, now, state->drill->why_not[id]);
    else {
        state->drill_selected = id;
        go(state, SCREEN_DRILL_PLAN);
        return UI_DRILL_PREPARE;
    }
    return UI_REPAINT;
}

static void switch_manual(struct ui_state *state, mono_us now)
{
    if (!state->may_drill) {
        ui_state_say(state, now, "nothing is done by a drill here");
        return;
    }
    state->drill_manual = !state->drill_manual;
    ui_state_say(state, now,
                 state->drill_manual ? "by hand: you promote, and let the old primary join"
                                     : "the drill promotes and lets the old primary join");
}

static void show_last(struct ui_state *state, mono_us now)
{
    if (state->drill != NULL && state->drill->run != NULL)
        go(state, SCREEN_DRILL_RUN);
    else
        ui_state_say(state, now, "there was no drill yet");
}

/* Enter on the plan where there is nothing to type. */
static void say_why_not_begun(struct ui_state *state, mono_us now)
{
    const struct drill_preview *preview = preview_of(state);
    char text[80];

    if (preview == NULL) {
        ui_state_say(state, now, "not begun: the servers are being asked");
        return;
    }
    str_format(text, sizeof text, "not begun: %d reason%s against it", preview->reasons.count,
               preview->reasons.count == 1 ? "" : "s");
    ui_state_say(state, now, text);
}

static enum ui_request ask_to_end(struct ui_state *state, bool quits)
{
    enum ui_request request = UI_REPAINT;

    if (state->screen != SCREEN_DRILL_RUN) {
        go(state, SCREEN_DRILL_RUN);
        request = thaw(state);
    }
    forget_question(state);
    state->filtering = false;
    state->drill_question.asks = DRILL_ASKS_INTERRUPT;
    state->drill_question.quits = quits;
    return request;
}

static bool is_undoing(const struct ui_state *state)
{
    return state->drill != NULL && state->drill->run != NULL &&
           state->drill->run->state == DRILL_UNDOING;
}

static void interrupt(struct ui_state *state, mono_us now)
{
    if (!state->drill_under_way)
        ui_state_say(state, now, "no drill runs");
    else if (is_undoing(state))
        ui_state_say(state, now, "it ends already: what was done is being undone");
    else
        ask_to_end(state, false);
}

enum ui_request drill_state_quit(struct ui_state *state)
{
    return ask_to_end(state, true);
}

bool drill_state_back(struct ui_state *state, mono_us now)
{
    if (state->screen == SCREEN_DRILL_PLAN) {
        go(state, SCREEN_DRILL);
        return true;
    }
    if (state->screen != SCREEN_DRILL_RUN)
        return false;
    if (state->drill_under_way)
        interrupt(state, now);
    else
        go(state, SCREEN_DRILL);
    return true;
}

/* ---- by hand */

static void ask_by_hand(struct ui_state *state, const struct model *model, enum drill_asks asks,
                        mono_us now)
{
    const struct drill_view *drill = state->drill;
    bool promotes = asks == DRILL_ASKS_PROMOTE;
    int node = ui_state_selected_node(state, model, now);

    if (!is_by_hand(state)) {
        ui_state_say(state, now, "not by hand: the drill does it, or none runs");
        return;
    }
    if (model->primary_count > 1) {
        ui_state_say(state, now, UI_SPLIT_BRAIN);
        return;
    }
    const char *command = promotes ? drill->promote_command : drill->rejoin_command;
    const char *why_not = promotes ? drill->promote_not : drill->rejoin_not;
    if (node < 0 || command[0] == '\0') {
        ui_state_say(state, now, why_not[0] != '\0' ? why_not : "not now");
        return;
    }
    forget_question(state);
    state->drill_question.asks = asks;
    state->drill_question.node = node;
    str_copy(state->drill_question.command, sizeof state->drill_question.command, command);
}

enum ui_request drill_state_act(struct ui_state *state, const struct model *model,
                                enum action action, mono_us now)
{
    if (action == ACTION_DRILL)
        return open_drills(state, now);
    if (action == ACTION_DRILL_CHOOSE)
        return choose(state, model, now);
    if (action == ACTION_DRILL_MANUAL)
        switch_manual(state, now);
    else if (action == ACTION_DRILL_LAST)
        show_last(state, now);
    else if (action == ACTION_DRILL_BEGIN)
        say_why_not_begun(state, now);
    else if (action == ACTION_DRILL_INTERRUPT)
        interrupt(state, now);
    else if (action == ACTION_DRILL_PROMOTE)
        ask_by_hand(state, model, DRILL_ASKS_PROMOTE, now);
    else if (action == ACTION_DRILL_REJOIN)
        ask_by_hand(state, model, DRILL_ASKS_REJOIN, now);
    else
        return UI_NOTHING;
    return UI_REPAINT;
}

/* ---- answers */

static bool is_character(uint32_t key)
{
    return key == UI_KEY_BACKSPACE || (key < UI_KEY_UP && str_char_columns(key) > 0);
}

/* What moves in the plan goes on to do so, and so does Esc. */
static bool plan_takes(const struct ui_state *state, uint32_t key)
{
    if (key == UI_KEY_CTRL_C)
        return true;
    if (drill_state_can_begin(state))
        return key == UI_KEY_ENTER || is_character(key);
    return preview_of(state) == NULL && is_character(key);
}

bool drill_state_takes(const struct ui_state *state, uint32_t key)
{
    if (state->drill_question.asks != DRILL_ASKS_NOTHING)
        return true;
    if (state->screen == SCREEN_DRILL_RUN && state->drill_under_way && !state->replay)
        return key == UI_KEY_CTRL_C;
    return state->screen == SCREEN_DRILL_PLAN && plan_takes(state, key);
}

/* The name is typed that the question is for. */
static bool is_typed(struct ui_state *state, const char *name, mono_us now)
{
    char text[160];

    if (strcmp(state->drill_question.typed, name) == 0)
        return true;
    str_format(text, sizeof text, "not done: \"%s\" is not \"%s\"", state->drill_question.typed,
               name);
    ui_state_say(state, now, text);
    state->drill_question.typed[0] = '\0';
    return false;
}

static enum ui_request answer_plan(struct ui_state *state, const struct model *model, uint32_t key,
                                   mono_us now)
{
    if (key == UI_KEY_CTRL_C) {
        go(state, SCREEN_DRILL);
        ui_state_say(state, now, "not done");
    } else if (!drill_state_can_begin(state)) {
        say_why_not_begun(state, now);
    } else if (key != UI_KEY_ENTER) {
        ui_type_key(state->drill_question.typed, sizeof state->drill_question.typed, key);
    } else if (model->primary_count > 1) {
        ui_state_say(state, now, UI_SPLIT_BRAIN);
    } else if (is_typed(state, state->drill->preview.confirm, now)) {
        go(state, SCREEN_DRILL_RUN);
        return UI_DRILL_BEGIN;
    }
    return UI_REPAINT;
}

static enum ui_request answer_interrupt(struct ui_state *state, uint32_t key, mono_us now)
{
    bool quits = state->drill_question.quits, yes = key == 'y' || key == 'Y';

    forget_question(state);
    if (!yes) {
        ui_state_say(state, now, "it goes on");
        return UI_REPAINT;
    }
    state->quit_after_drill = state->quit_after_drill || quits;
    return UI_DRILL_INTERRUPT;
}

static enum ui_request answer_by_hand(struct ui_state *state, const struct model *model,
                                      uint32_t key, mono_us now)
{
    struct drill_question *question = &state->drill_question;
    bool promotes = question->asks == DRILL_ASKS_PROMOTE;

    if (key == UI_KEY_ESC || key == UI_KEY_CTRL_C) {
        forget_question(state);
        ui_state_say(state, now, "not done");
        return UI_REPAINT;
    }
    if (key != UI_KEY_ENTER) {
        ui_type_key(question->typed, sizeof question->typed, key);
        return UI_REPAINT;
    }
    if (model->primary_count > 1) {
        forget_question(state);
        ui_state_say(state, now, UI_SPLIT_BRAIN);
        return UI_REPAINT;
    }
    if (!is_typed(state, model->nodes[question->node].name, now))
        return UI_REPAINT;
    question->asks = DRILL_ASKS_NOTHING; /* the node stays, for the program */
    return promotes ? UI_DRILL_PROMOTE : UI_DRILL_REJOIN;
}

enum ui_request drill_state_answer(struct ui_state *state, const struct model *model, uint32_t key,
                                   mono_us now)
{
    enum drill_asks asks = state->drill_question.asks;

    if (state->screen == SCREEN_DRILL_PLAN)
        return answer_plan(state, model, key, now);
    if (asks != DRILL_ASKS_NOTHING && !state->drill_under_way) {
        forget_question(state);
        ui_state_say(state, now, "the drill has ended");
        return UI_REPAINT;
    }
    if (asks == DRILL_ASKS_INTERRUPT)
        return answer_interrupt(state, key, now);
    if (asks != DRILL_ASKS_NOTHING)
        return answer_by_hand(state, model, key, now);
    interrupt(state, now); /* Ctrl-C */
    return UI_REPAINT;
}

void drill_state_refused(struct ui_state *state)
{
    go(state, SCREEN_DRILL_PLAN);
}
