/*
 * state: key -> action -> changed state. Typing a filter takes every key but Ctrl-C.
 */
#include "ui/state.h"

#include <limits.h>
#include <string.h>

#include "base/str.h"
#include "ui/glyphs.h"
#include "ui/state_drill.h"
#include "ui/state_stack.h"

#define NOTICE_US (4 * US_PER_S)
#define SCROLL_END (INT_MAX / 2) /* ui_state_fit brings it back to what there is */
#define PAGE_CHROME 6            /* lines of a screen that are no list */

void ui_state_init(struct ui_state *state)
{
    memset(state, 0, sizeof *state);
}

bool ui_state_shows_lsns(const struct ui_state *state, int width)
{
    return state->lsns_chosen ? state->lsns : width >= WIDTH_FOR_LSNS;
}

void ui_state_fit(struct ui_state *state, int scroll_max)
{
    if (state->scroll > scroll_max)
        state->scroll = scroll_max;
    if (state->scroll < 0)
        state->scroll = 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool contains(const char *text, const char *part)
{
    for (; *text != '\0'; text++) {
        size_t i = 0;

        while (part[i] != '\0' && lower(text[i]) == lower(part[i]))
            i++;
        if (part[i] == '\0')
            return true;
    }
    return false;
}

bool ui_event_matches(const struct event *event, const char *filter)
{
    return filter[0] == '\0' || contains(event->subject, filter) || contains(event->text, filter);
}

int ui_state_selected_row(const struct ui_state *state, const struct topology_row *rows, int count)
{
    int again = 0, found = 0;

    for (int i = 0; i < count; i++) {
        if (strcmp(rows[i].name, state->selected) != 0)
            continue;
        found = i;
        if (again++ == state->selected_again)
            break;
    }
    return found;
}

int ui_state_selected_node(const struct ui_state *state, const struct model *model, mono_us now)
{
    struct topology_row rows[UI_ROWS_MAX];
    int count = topology_derive(model, now, rows, UI_ROWS_MAX);
    int row = ui_state_selected_row(state, rows, count < UI_ROWS_MAX ? count : UI_ROWS_MAX);

    return count > 0 ? rows[row].node : -1;
}

static void select_row(struct ui_state *state, const struct topology_row *rows, int index)
{
    str_copy(state->selected, sizeof state->selected, rows[index].name);
    state->selected_again = 0;
    for (int i = 0; i < index; i++)
        if (strcmp(rows[i].name, state->selected) == 0)
            state->selected_again++;
}

void ui_state_say(struct ui_state *state, mono_us now, const char *text)
{
    str_copy(state->notice, sizeof state->notice, text);
    state->notice_until = now + NOTICE_US;
}

/* Down is positive; INT_MAX / 2 and its negative go to the ends. */
static void move_selection(struct ui_state *state, const struct model *model, mono_us now, int by)
{
    struct topology_row rows[UI_ROWS_MAX];
    int count = topology_derive(model, now, rows, UI_ROWS_MAX);
    int index;

    if (count > UI_ROWS_MAX)
        count = UI_ROWS_MAX;
    if (count == 0)
        return;
    index = ui_state_selected_row(state, rows, count) + by;
    if (index < 0)
        index = 0;
    select_row(state, rows, index < count ? index : count - 1);
}

/* While a drill runs its screen is not longer than the terminal: there is only to select. */
static bool moves_selection(const struct ui_state *state, int by)
{
    if (state->screen == SCREEN_STACK)
        return by == 1 || by == -1;
    if (state->screen == SCREEN_DRILL_RUN)
        return state->drill_under_way;
    return state->screen == SCREEN_MAIN && state->panel == PANEL_NODES;
}

static void move(struct ui_state *state, const struct model *model, mono_us now, int by)
{
    if (moves_selection(state, by)) {
        move_selection(state, model, now, by);
        return;
    }
    if (state->screen == SCREEN_DRILL) {
        drill_state_move(state, by);
        return;
    }
    if (state->screen == SCREEN_STACK)
        by = -by; /* its lines are read from the end */
    if (by >= SCROLL_END || state->scroll + by > SCROLL_END)
        state->scroll = SCROLL_END;
    else
        state->scroll = state->scroll + by > 0 ? state->scroll + by : 0;
}

void ui_state_go(struct ui_state *state, enum ui_screen screen)
{
    if (screen == SCREEN_HELP)
        state->back_to = state->screen;
    state->screen = screen;
    state->scroll = 0;
}

static void go_back(struct ui_state *state)
{
    ui_state_go(state, state->screen == SCREEN_HELP ? state->back_to : SCREEN_MAIN);
}

static void toggle(struct ui_state *state, enum ui_screen screen)
{
    if (state->screen == screen)
        go_back(state);
    else
        ui_state_go(state, screen);
}

static void open_selected(struct ui_state *state)
{
    ui_state_go(state, state->panel == PANEL_EVENTS ? SCREEN_EVENTS : SCREEN_DETAIL);
}

static void next_panel(struct ui_state *state)
{
    state->panel = (enum panel)((state->panel + 1) % PANELS);
    state->scroll = 0;
}

static void switch_units(struct ui_state *state, mono_us now)
{
    state->lsns = !ui_state_shows_lsns(state, state->width);
    state->lsns_chosen = true;
    ui_state_say(state, now, state->lsns ? "LSNs" : "bytes behind the primary");
}

static void next_theme(struct ui_state *state, mono_us now)
{
    static const char *const names[THEMES] = {"theme: colour", "theme: high contrast",
                                              "theme: monochrome"};

    state->theme = (enum theme_choice)((state->theme + 1) % THEMES);
    ui_state_say(state, now, names[state->theme]);
}

static void freeze(struct ui_state *state, struct instant now)
{
    state->frozen = !state->frozen;
    state->frozen_at = now;
}

static void unknown_key(struct ui_state *state, uint32_t key, mono_us now)
{
    char name[16], text[64];

    ui_key_name(key, name, sizeof name);
    str_format(text, sizeof text, "%s does nothing here; ? for help", name);
    ui_state_say(state, now, text);
}

static void drop_last_character(char *text)
{
    size_t length = strlen(text);

    while (length > 0 && ((unsigned char)text[length - 1] & 0xC0) == 0x80)
        length--;
    text[length > 0 ? length - 1 : 0] = '\0';
}

void ui_type_key(char *text, size_t size, uint32_t key)
{
    char typed[GLYPH_BYTES + 1] = "";

    if (key == UI_KEY_BACKSPACE) {
        drop_last_character(text);
    } else if (key < UI_KEY_UP && str_char_columns(key) > 0) {
        glyph_encode(key, typed);
        if (strlen(text) + strlen(typed) < size)
            str_append(text, size, typed);
    }
}

static enum ui_request filter_key(struct ui_state *state, uint32_t key)
{
    if (key == UI_KEY_CTRL_C)
        return state->drill_under_way && !state->replay ? drill_state_quit(state) : UI_QUIT;
    state->scroll = 0;
    if (key == UI_KEY_ENTER) {
        state->filtering = false;
    } else if (key == UI_KEY_ESC) {
        state->filtering = false;
        state->filter[0] = '\0';
    } else {
        ui_type_key(state->filter, sizeof state->filter, key);
    }
    return UI_REPAINT;
}

static enum ui_request seek_key(struct ui_state *state, uint32_t key)
{
    if (key == UI_KEY_CTRL_C)
        return UI_QUIT;
    if (key == UI_KEY_ENTER) {
        state->seeking = false;
        return state->seek[0] != '\0' ? UI_SEEK : UI_REPAINT;
    }
    if (key == UI_KEY_ESC)
        state->seeking = false;
    else
        ui_type_key(state->seek, sizeof state->seek, key);
    return UI_REPAINT;
}

static void ask_for_time(struct ui_state *state)
{
    state->seeking = true;
    state->seek[0] = '\0';
}

bool ui_state_has(const struct ui_state *state, enum action action)
{
    if (action == ACTION_STACK || (action >= ACTION_STACK_UP && action <= ACTION_STACK_LOGS))
        return state->has_stack;
    if (action >= ACTION_LOAD && action <= ACTION_TEST)
        return state->may_write;
    if (action == ACTION_DRILL_MANUAL || action == ACTION_DRILL_PROMOTE ||
        action == ACTION_DRILL_REJOIN)
        return state->may_drill;
    if (action >= ACTION_DRILL && action <= ACTION_DRILL_REJOIN)
        return state->may_drill || state->may_observe;
    return true;
}

bool ui_state_offers(const struct ui_state *state, enum action action)
{
    return ui_state_has(state, action) && drill_state_offers(state, action);
}

static void open_stack(struct ui_state *state, mono_us now)
{
    if (state->has_stack)
        toggle(state, SCREEN_STACK);
    else
        ui_state_say(state, now, "this cluster is only watched: it has no stack, or is no lab");
}

static enum ui_request load_request(struct ui_state *state, const struct model *model,
                                    enum action action, mono_us now)
{
    if (model->primary_count > 1 || state->drill_under_way) {
        ui_state_say(state, now,
                     model->primary_count > 1 ? UI_SPLIT_BRAIN
                                              : "a drill runs: it writes by itself");
        return UI_REPAINT;
    }
    if (action == ACTION_LOAD)
        return UI_LOAD_TOGGLE;
    if (action == ACTION_LOAD_LEVEL)
        return UI_LOAD_LEVEL;
    return action == ACTION_LOAD_FASTER ? UI_LOAD_FASTER : UI_LOAD_SLOWER;
}

static enum ui_request start_test(struct ui_state *state, const struct model *model,
                                  enum action action, mono_us now)
{
    if (!state->may_write) {
        ui_state_say(state, now,
                     "nothing is written here: this is no lab, and probe.enabled is not set");
        return UI_REPAINT;
    }
    if (model->primary_count > 1) {
        ui_state_say(state, now, UI_SPLIT_BRAIN);
        return UI_REPAINT;
    }
    if (action == ACTION_TEST_WRITE)
        return UI_TEST_WRITE;
    if (state->screen != SCREEN_TEST)
        ui_state_go(state, SCREEN_TEST);
    return UI_TEST;
}

/* Down is positive. */
static int rows_of(enum action action, int height)
{
    int page = height > PAGE_CHROME ? height - PAGE_CHROME : 1;
    bool up = action == ACTION_UP || action == ACTION_TOP || action == ACTION_PAGE_UP;
    int rows = action == ACTION_UP || action == ACTION_DOWN             ? 1
               : action == ACTION_PAGE_UP || action == ACTION_PAGE_DOWN ? page
                                                                        : SCROLL_END;

    return up ? -rows : rows;
}

/* Of actions that change nothing here. */
static const enum ui_request plain_requests[ACTIONS] = {
    [ACTION_SLOWER] = UI_INTERVAL_UP,
    [ACTION_FASTER] = UI_INTERVAL_DOWN,
    [ACTION_REDRAW] = UI_REPAINT_ALL,
    [ACTION_RECORD] = UI_RECORD,
    [ACTION_PLAY] = UI_PLAY,
    [ACTION_PLAY_SLOWER] = UI_PLAY_SLOWER,
    [ACTION_PLAY_FASTER] = UI_PLAY_FASTER,
    [ACTION_STEP] = UI_STEP,
    [ACTION_STEP_BACK] = UI_STEP_BACK,
    [ACTION_SKIP] = UI_SKIP,
    [ACTION_SKIP_BACK] = UI_SKIP_BACK,
    [ACTION_NEXT_NEWS] = UI_NEXT_NEWS,
    [ACTION_PREVIOUS_NEWS] = UI_PREVIOUS_NEWS,
};

static enum ui_request quit(struct ui_state *state)
{
    return state->drill_under_way && !state->replay ? drill_state_quit(state) : UI_QUIT;
}

static enum ui_request leave(struct ui_state *state, mono_us now)
{
    if (state->screen == SCREEN_STACK && state->stack_busy)
        return UI_STACK_CANCEL;
    if (!drill_state_back(state, now))
        go_back(state);
    return UI_REPAINT;
}

static enum ui_request copy_row(struct ui_state *state, mono_us now)
{
    ui_state_say(state, now, "copied the selected row");
    return UI_COPY;
}

static void show_drill(struct ui_state *state, mono_us now)
{
    if (state->drill != NULL && state->drill->run != NULL)
        toggle(state, SCREEN_DRILL_RUN);
    else
        ui_state_say(state, now, "no drill was made up to here");
}

static enum ui_request act(struct ui_state *state, const struct model *model, enum action action,
                           struct instant now, int height)
{
    switch (action) {
    case ACTION_QUIT:
        return quit(state);
    case ACTION_HELP:
        toggle(state, SCREEN_HELP);
        break;
    case ACTION_UP:
    case ACTION_DOWN:
    case ACTION_TOP:
    case ACTION_BOTTOM:
    case ACTION_PAGE_UP:
    case ACTION_PAGE_DOWN:
        move(state, model, now.mono, rows_of(action, height));
        break;
    case ACTION_DETAIL:
        open_selected(state);
        break;
    case ACTION_BACK:
        return leave(state, now.mono);
    case ACTION_NEXT_PANEL:
        next_panel(state);
        break;
    case ACTION_EVENTS:
        toggle(state, SCREEN_EVENTS);
        break;
    case ACTION_FILTER:
        state->filtering = true;
        break;
    case ACTION_BYTES_OR_LSN:
        switch_units(state, now.mono);
        break;
    case ACTION_FREEZE:
        freeze(state, now);
        return UI_FREEZE;
    case ACTION_THEME:
        next_theme(state, now.mono);
        return UI_THEME;
    case ACTION_COPY_ROW:
        return copy_row(state, now.mono);
    case ACTION_STACK:
        open_stack(state, now.mono);
        break;
    case ACTION_STACK_UP:
    case ACTION_STACK_UP_NODE:
    case ACTION_STACK_DOWN:
    case ACTION_STACK_DESTROY:
    case ACTION_STACK_RESTART:
    case ACTION_STACK_KILL:
    case ACTION_STACK_PAUSE:
    case ACTION_STACK_RESUME:
    case ACTION_STACK_LOGS:
        return stack_state_act(state, model, action, now.mono);
    case ACTION_LOAD:
    case ACTION_LOAD_SLOWER:
    case ACTION_LOAD_FASTER:
    case ACTION_LOAD_LEVEL:
        return load_request(state, model, action, now.mono);
    case ACTION_TEST_WRITE:
    case ACTION_TEST:
        return start_test(state, model, action, now.mono);
    case ACTION_SLOWER:
    case ACTION_FASTER:
    case ACTION_REDRAW:
    case ACTION_RECORD:
    case ACTION_PLAY:
    case ACTION_PLAY_SLOWER:
    case ACTION_PLAY_FASTER:
    case ACTION_STEP:
    case ACTION_STEP_BACK:
    case ACTION_SKIP:
    case ACTION_SKIP_BACK:
    case ACTION_NEXT_NEWS:
    case ACTION_PREVIOUS_NEWS:
        return plain_requests[action];
    case ACTION_SEEK:
        ask_for_time(state);
        break;
    case ACTION_SHOW_TEST:
        toggle(state, SCREEN_TEST);
        break;
    case ACTION_SHOW_DRILL:
        show_drill(state, now.mono);
        break;
    case ACTION_DRILL:
    case ACTION_DRILL_CHOOSE:
    case ACTION_DRILL_MANUAL:
    case ACTION_DRILL_LAST:
    case ACTION_DRILL_BEGIN:
    case ACTION_DRILL_INTERRUPT:
    case ACTION_DRILL_PROMOTE:
    case ACTION_DRILL_REJOIN:
        return drill_state_act(state, model, action, now.mono);
    case ACTION_NONE:
    case ACTIONS:
        return UI_NOTHING;
    }
    return UI_REPAINT;
}

enum ui_request ui_state_key(struct ui_state *state, const struct model *model, uint32_t key,
                             struct instant now, int height)
{
    enum action action;

    if (key == UI_KEY_NONE)
        return UI_NOTHING;
    if (key == UI_KEY_RESIZE)
        return UI_REPAINT;
    state->notice[0] = '\0';
    if (state->filtering)
        return filter_key(state, key);
    if (state->seeking)
        return seek_key(state, key);
    if (state->question.stage != QUESTION_NONE)
        return stack_state_answer(state, model, key, now.mono);
    if (drill_state_takes(state, key))
        return drill_state_answer(state, model, key, now.mono);
    action = key_action(state->screen, state->replay, key);
    if (action == ACTION_NONE) {
        unknown_key(state, key, now.mono);
        return UI_REPAINT;
    }
    return act(state, model, action, now, height);
}
