/*
 * keys: the one key table: dispatch, footer, help screen and man page all read it.
 *
 * Keys are Unicode characters or UI_KEY_* for those without one; ui/term translates what curses
 * says. Pure.
 */
#ifndef UI_KEYS_H
#define UI_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ui_key { /* beyond Unicode */
              UI_KEY_NONE = 0,
              UI_KEY_CTRL_C = 3,
              UI_KEY_TAB = 9,
              UI_KEY_CTRL_L = 12,
              UI_KEY_ENTER = 13,
              UI_KEY_ESC = 27,
              UI_KEY_UP = 0x110000,
              UI_KEY_DOWN,
              UI_KEY_LEFT,
              UI_KEY_RIGHT,
              UI_KEY_HOME,
              UI_KEY_END,
              UI_KEY_PAGE_UP,
              UI_KEY_PAGE_DOWN,
              UI_KEY_BACKSPACE,
              UI_KEY_RESIZE,
              UI_KEY_OTHER /* a function key without a meaning here */
};

enum action {
    ACTION_NONE,
    ACTION_QUIT,
    ACTION_HELP,
    ACTION_UP,
    ACTION_DOWN,
    ACTION_TOP,
    ACTION_BOTTOM,
    ACTION_PAGE_UP,
    ACTION_PAGE_DOWN,
    ACTION_DETAIL,
    ACTION_BACK,
    ACTION_NEXT_PANEL,
    ACTION_EVENTS,
    ACTION_FILTER,
    ACTION_BYTES_OR_LSN,
    ACTION_SLOWER,
    ACTION_FASTER,
    ACTION_FREEZE,
    ACTION_THEME,
    ACTION_COPY_ROW,
    ACTION_REDRAW,
    ACTION_STACK,
    ACTION_STACK_UP,
    ACTION_STACK_UP_NODE,
    ACTION_STACK_DOWN,
    ACTION_STACK_DESTROY,
    ACTION_STACK_RESTART,
    ACTION_STACK_KILL,
    ACTION_STACK_PAUSE,
    ACTION_STACK_RESUME,
    ACTION_STACK_LOGS,
    ACTION_LOAD,
    ACTION_LOAD_SLOWER,
    ACTION_LOAD_FASTER,
    ACTION_LOAD_LEVEL,
    ACTION_TEST_WRITE,
    ACTION_TEST,
    ACTION_RECORD,
    ACTION_DRILL,
    ACTION_DRILL_CHOOSE,
    ACTION_DRILL_MANUAL,
    ACTION_DRILL_LAST,
    ACTION_DRILL_BEGIN,
    ACTION_DRILL_INTERRUPT,
    ACTION_DRILL_PROMOTE,
    ACTION_DRILL_REJOIN,
    ACTION_PLAY, /* from here on: of a replay alone */
    ACTION_PLAY_SLOWER,
    ACTION_PLAY_FASTER,
    ACTION_STEP,
    ACTION_STEP_BACK,
    ACTION_SKIP,
    ACTION_SKIP_BACK,
    ACTION_NEXT_NEWS,
    ACTION_PREVIOUS_NEWS,
    ACTION_SEEK,
    ACTION_SHOW_TEST,
    ACTION_SHOW_DRILL,
    ACTIONS
};

enum ui_screen {
    SCREEN_MAIN,
    SCREEN_DETAIL,
    SCREEN_EVENTS,
    SCREEN_HELP,
    SCREEN_STACK,
    SCREEN_TEST,
    SCREEN_DRILL,      /* the menu */
    SCREEN_DRILL_PLAN, /* what one would do, and the question whether to begin */
    SCREEN_DRILL_RUN,  /* one under way, or the last */
    SCREENS
};

struct key_binding {
    uint32_t key, also; /* `also`: a second key for the same; 0 none */
    enum action action;
    unsigned screens;   /* bit (1 << screen): where it works */
    const char *label;  /* "Space", "+", "Enter"; with `also`: "Down j" */
    const char *footer; /* short word in the footer; NULL: not shown there */
    const char *help;   /* a line in the help screen and the man page */
};

int key_binding_count(void);
const struct key_binding *key_binding_at(int index);
/* The action of a key on a screen; ACTION_NONE when it has none there. In a replay nothing that
 * acts on a cluster can be reached. */
enum action key_action(enum ui_screen screen, bool replay, uint32_t key);
/* The binding works on this screen, live or in a replay. */
bool key_binding_works(const struct key_binding *binding, enum ui_screen screen, bool replay);
/* What a person calls the key: "x", "Left", "Ctrl-A". Never a control character; size at least 16.
 */
void ui_key_name(uint32_t key, char *out, size_t size);

#endif
