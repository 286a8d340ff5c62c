/*
 * keys: the table. Its order is that of the help screen, and of the footer for those that have a
 * word there: what a narrow footer must still show comes first.
 */
#include "ui/keys.h"

#include "base/str.h"
#include "ui/glyphs.h"

#define ON(screen) (1U << (screen))
#define ON_ALL (ON(SCREENS) - 1)
#define ON_LIVE (ON(SCREEN_MAIN) | ON(SCREEN_DETAIL) | ON(SCREEN_EVENTS))
#define ON_DRILL (ON(SCREEN_DRILL) | ON(SCREEN_DRILL_PLAN) | ON(SCREEN_DRILL_RUN))

static const struct key_binding bindings[] = {
    {'?', 0, ACTION_HELP, ON_ALL, "?", "help", "this list; again: back"},
    {'q', UI_KEY_CTRL_C, ACTION_QUIT, ON_ALL, "q", "quit", "quit (also Ctrl-C)"},
    {UI_KEY_ESC, 0, ACTION_BACK, ON_ALL & ~ON(SCREEN_MAIN), "Esc", "back",
     "back to where you were"},
    {UI_KEY_ENTER, 0, ACTION_DETAIL, ON(SCREEN_MAIN), "Enter", "detail",
     "everything known of the selected node"},
    {'w', 0, ACTION_TEST_WRITE, ON_LIVE | ON(SCREEN_TEST), "w", "write",
     "one test write: its acknowledgement, and when each replica shows it"},
    {'t', 0, ACTION_TEST, ON_LIVE | ON(SCREEN_TEST), "t", "test",
     "replication test: write, read back everywhere, a verdict per node"},
    {'l', 0, ACTION_LOAD, ON_LIVE, "l", "load",
     "test writes on the primary, at a steady rate; again: off"},
    {'<', 0, ACTION_LOAD_SLOWER, ON_LIVE, "<", NULL, "load: fewer writes a second"},
    {'>', 0, ACTION_LOAD_FASTER, ON_LIVE, ">", NULL, "load: more writes a second"},
    {'L', 0, ACTION_LOAD_LEVEL, ON_LIVE, "L", NULL,
     "load: the next level: off, local, remote_write, on, remote_apply"},
    {'s', 0, ACTION_STACK, ON_LIVE | ON(SCREEN_STACK) | ON(SCREEN_DRILL_RUN), "s", "stack",
     "the servers of this lab: start, stop and break them; again: back"},
    {'d', 0, ACTION_DRILL, ON_LIVE | ON_DRILL, "d", "drill",
     "failover drills: what a failure costs, measured; again: back"},
    {'e', 0, ACTION_EVENTS, ON_LIVE, "e", "events", "all events, newest first; again: back"},
    {'/', 0, ACTION_FILTER, ON(SCREEN_EVENTS), "/", "filter",
     "in events: show those that contain a text; empty: all"},
    {' ', 0, ACTION_FREEZE, ON_LIVE, "Space", "pause",
     "freeze the picture; the collecting goes on; again: live"},
    {'r', 0, ACTION_RECORD, ON_LIVE, "r", "record",
     "record what is seen into a new file here; again: off"},
    {' ', 0, ACTION_PLAY, ON_ALL, "Space", "play", "replay: play, or stop at this moment"},
    {'<', 0, ACTION_PLAY_SLOWER, ON_ALL, "<", "slower", "replay: half as fast, down to 0.25"},
    {'>', 0, ACTION_PLAY_FASTER, ON_ALL, ">", "faster", "replay: twice as fast, up to 100"},
    {'n', 0, ACTION_NEXT_NEWS, ON_ALL, "n", "next", "replay: to the next event or mark"},
    {'N', 0, ACTION_PREVIOUS_NEWS, ON_ALL, "N", "previous", "replay: to the event or mark before"},
    {':', 0, ACTION_SEEK, ON_ALL, ":", "go to",
     "replay: to a time: 12:03:44, 1m30s (since the beginning), -30s (before the end), end"},
    {'.', 0, ACTION_STEP, ON_ALL, ".", NULL, "replay: one answer of a node on"},
    {',', 0, ACTION_STEP_BACK, ON_ALL, ",", NULL, "replay: one answer of a node back"},
    {UI_KEY_RIGHT, 0, ACTION_SKIP, ON_ALL, "Right", NULL, "replay: 10 seconds on"},
    {UI_KEY_LEFT, 0, ACTION_SKIP_BACK, ON_ALL, "Left", NULL, "replay: 10 seconds back"},
    {'t', 0, ACTION_SHOW_TEST, ON_ALL & ~ON(SCREEN_HELP), "t", NULL,
     "replay: the replication test that was made last; again: back"},
    {'d', 0, ACTION_SHOW_DRILL, ON_ALL & ~ON(SCREEN_HELP), "d", NULL,
     "replay: the drill that was under way, or the last one; again: back"},
    {'b', 0, ACTION_BYTES_OR_LSN, ON(SCREEN_MAIN), "b", "bytes/LSN",
     "bytes behind the primary, or the LSNs themselves"},
    {'u', 0, ACTION_STACK_UP, ON(SCREEN_STACK), "u", "up", "stack: start what does not run"},
    {'U', 0, ACTION_STACK_UP_NODE, ON(SCREEN_STACK), "U", NULL, "stack: start the selected node"},
    {'K', 0, ACTION_STACK_KILL, ON(SCREEN_STACK), "K", "kill",
     "stack: kill the selected node's server, as kill -9"},
    {'p', 0, ACTION_STACK_PAUSE, ON(SCREEN_STACK), "p", "pause", "stack: freeze the selected node"},
    {'c', 0, ACTION_STACK_RESUME, ON(SCREEN_STACK), "c", "continue",
     "stack: let the paused node go on"},
    {'r', 0, ACTION_STACK_RESTART, ON(SCREEN_STACK), "r", "restart",
     "stack: restart the selected node"},
    {'l', 0, ACTION_STACK_LOGS, ON(SCREEN_STACK), "l", "logs",
     "stack: the last lines of the selected node's log"},
    {'D', 0, ACTION_STACK_DOWN, ON(SCREEN_STACK), "D", "down",
     "stack: stop all servers, keep the data"},
    {'X', 0, ACTION_STACK_DESTROY, ON(SCREEN_STACK), "X", NULL,
     "stack: stop all servers and remove their data (asks twice)"},
    {UI_KEY_ENTER, 0, ACTION_DRILL_CHOOSE, ON(SCREEN_DRILL), "Enter", "plan",
     "drills: what the selected one would do; nothing is done yet"},
    {UI_KEY_ENTER, 0, ACTION_DRILL_BEGIN, ON(SCREEN_DRILL_PLAN), "Enter", "begin",
     "drill plan: begin, after the name that is asked for was typed"},
    {'x', 0, ACTION_DRILL_INTERRUPT, ON(SCREEN_DRILL_RUN), "x", "interrupt",
     "drill: interrupt it and undo what it did (also Esc, Ctrl-C)"},
    {'P', 0, ACTION_DRILL_PROMOTE, ON(SCREEN_DRILL_RUN), "P", "promote",
     "drill by hand: promote the selected standby"},
    {'J', 0, ACTION_DRILL_REJOIN, ON(SCREEN_DRILL_RUN), "J", "rejoin",
     "drill by hand: let the selected node join as a standby"},
    {'m', 0, ACTION_DRILL_MANUAL, ON(SCREEN_DRILL), "m", "manual",
     "drills: you promote and let join by yourself; again: the drill does"},
    {'v', 0, ACTION_DRILL_LAST, ON(SCREEN_DRILL), "v", "last", "drills: how the last one went"},
    {UI_KEY_TAB, 0, ACTION_NEXT_PANEL, ON(SCREEN_MAIN), "Tab", "panel",
     "the next panel: what the arrows move in"},
    {UI_KEY_UP, 'k', ACTION_UP, ON_ALL, "Up k", NULL, "one up"},
    {UI_KEY_DOWN, 'j', ACTION_DOWN, ON_ALL, "Down j", NULL, "one down"},
    {UI_KEY_PAGE_UP, 0, ACTION_PAGE_UP, ON_ALL, "PgUp", NULL, "a page up"},
    {UI_KEY_PAGE_DOWN, 0, ACTION_PAGE_DOWN, ON_ALL, "PgDn", NULL, "a page down"},
    {UI_KEY_HOME, 'g', ACTION_TOP, ON_ALL, "Home g", NULL, "to the first"},
    {UI_KEY_END, 'G', ACTION_BOTTOM, ON_ALL, "End G", NULL, "to the last"},
    {'+', '=', ACTION_SLOWER, ON_LIVE, "+", NULL, "poll less often: the next longer interval"},
    {'-', 0, ACTION_FASTER, ON_LIVE, "-", NULL, "poll more often: the next shorter interval"},
    {'y', 0, ACTION_COPY_ROW, ON(SCREEN_MAIN) | ON(SCREEN_DETAIL), "y", NULL,
     "copy the selected row to the clipboard (OSC 52)"},
    {'T', 0, ACTION_THEME, ON_ALL, "T", NULL, "next theme: colour, high contrast, monochrome"},
    {UI_KEY_CTRL_L, 0, ACTION_REDRAW, ON_ALL, "Ctrl-L", NULL, "draw the whole screen anew"},
};

#define BINDINGS ((int)(sizeof bindings / sizeof bindings[0]))

int key_binding_count(void)
{
    return BINDINGS;
}

const struct key_binding *key_binding_at(int index)
{
    return index >= 0 && index < BINDINGS ? &bindings[index] : NULL;
}

/* What only looks: all that a replay may have of the live keys. An action that is added acts until
 * somebody says here that it does not. */
static const bool only_looks[ACTIONS] = {
    [ACTION_QUIT] = true,     [ACTION_HELP] = true,         [ACTION_UP] = true,
    [ACTION_DOWN] = true,     [ACTION_TOP] = true,          [ACTION_BOTTOM] = true,
    [ACTION_PAGE_UP] = true,  [ACTION_PAGE_DOWN] = true,    [ACTION_DETAIL] = true,
    [ACTION_BACK] = true,     [ACTION_NEXT_PANEL] = true,   [ACTION_EVENTS] = true,
    [ACTION_FILTER] = true,   [ACTION_BYTES_OR_LSN] = true, [ACTION_THEME] = true,
    [ACTION_COPY_ROW] = true, [ACTION_REDRAW] = true,
};

bool key_binding_works(const struct key_binding *binding, enum ui_screen screen, bool replay)
{
    bool of_replay = binding->action >= ACTION_PLAY;

    return (binding->screens & ON(screen)) != 0 &&
           (replay ? of_replay || only_looks[binding->action] : !of_replay);
}

enum action key_action(enum ui_screen screen, bool replay, uint32_t key)
{
    if (key == UI_KEY_NONE)
        return ACTION_NONE;
    for (int i = 0; i < BINDINGS; i++)
        if ((bindings[i].key == key || bindings[i].also == key) &&
            key_binding_works(&bindings[i], screen, replay))
            return bindings[i].action;
    return ACTION_NONE;
}

static const struct {
    uint32_t key;
    const char *name;
} special[] = {
    {' ', "Space"},
    {UI_KEY_TAB, "Tab"},
    {UI_KEY_ENTER, "Enter"},
    {UI_KEY_ESC, "Esc"},
    {UI_KEY_UP, "Up"},
    {UI_KEY_DOWN, "Down"},
    {UI_KEY_LEFT, "Left"},
    {UI_KEY_RIGHT, "Right"},
    {UI_KEY_HOME, "Home"},
    {UI_KEY_END, "End"},
    {UI_KEY_PAGE_UP, "PgUp"},
    {UI_KEY_PAGE_DOWN, "PgDn"},
    {UI_KEY_BACKSPACE, "Backspace"},
};

void ui_key_name(uint32_t key, char *out, size_t size)
{
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (special[i].key == key) {
            str_copy(out, size, special[i].name);
            return;
        }
    }
    if (key > 0 && key < 0x20)
        str_format(out, size, "Ctrl-%c", (int)(key + '@'));
    else if (key < 0x110000 && str_char_columns(key) > 0 && size > GLYPH_BYTES)
        out[glyph_encode(key, out)] = '\0';
    else
        str_copy(out, size, "this key");
}
