/*
 * state: what the person at the screen has chosen: screen, selection, panel, scroll, units, theme,
 * freeze. Pure; a key becomes an action, an action changes the state and may ask the program for
 * something.
 */
#ifndef UI_STATE_H
#define UI_STATE_H

#include <stdbool.h>

#include "cluster/model.h"
#include "cluster/topology.h"
#include "ui/drill_view.h"
#include "ui/keys.h"
#include "ui/stack_view.h"

enum panel { PANEL_NODES, PANEL_EVENTS, PANELS };
enum theme_choice { THEME_COLOR, THEME_HIGH_CONTRAST, THEME_MONOCHROME, THEMES };

#define FILTER_SIZE 64
#define SEEK_SIZE 40
#define UI_ROWS_MAX 512 /* rows of the topology that the screen can show */

/* What is asked for on the stack screen, and the question that is open about it. */
enum question_stage {
    QUESTION_NONE,
    QUESTION_YES, /* y, or anything else for no */
    QUESTION_NAME /* the cluster's name and Enter */
};
struct stack_question {
    enum question_stage stage;
    enum stack_action action;
    int node;          /* index in the model; -1 all */
    char command[512]; /* exactly what would be run */
    char typed[NODE_NAME_SIZE];
};

/* The question that is open about a drill. On the plan's page `typed` is what is typed so far. */
enum drill_asks {
    DRILL_ASKS_NOTHING,
    DRILL_ASKS_INTERRUPT, /* y, or anything else for no */
    DRILL_ASKS_PROMOTE,   /* the node's name and Enter */
    DRILL_ASKS_REJOIN
};
struct drill_question {
    enum drill_asks asks;
    bool quits;                       /* interrupt: and quit once it has ended */
    int node;                         /* index in the model */
    char command[DRILL_COMMAND_SIZE]; /* exactly what would be run */
    char typed[NODE_NAME_SIZE];
};

struct ui_state {
    enum ui_screen screen, back_to;
    enum panel panel;
    char selected[NODE_NAME_SIZE]; /* row by name, so that it stays on its node; "" the first */
    int selected_again; /* how many rows of that name stand above it (unlisted ones may be alike) */
    int scroll;         /* first row shown of the scrolled list of the present screen */
    int width;          /* of the screen, set by the program before a key is taken */
    bool lsns;          /* LSN columns instead of bytes behind, once the person chose */
    bool lsns_chosen;   /* the person switched; else the width decides */
    bool frozen;
    struct instant frozen_at;
    enum theme_choice theme;
    bool ascii;
    bool filtering; /* typing a filter */
    char filter[FILTER_SIZE];
    bool may_write; /* test writes are allowed; set by the program */
    bool has_stack; /* the servers are ours to start and stop; set by the program */
    bool stack_busy;
    bool recording; /* REC; set by the program */
    bool replay;    /* a recording is shown: nothing acts; set by the program */
    bool seeking;   /* typing a time */
    char seek[SEEK_SIZE];
    struct stack_question question;
    bool may_drill;                 /* the servers are ours to break; set by the program */
    bool may_observe;               /* the ledger of a drill may be written; set by the program */
    bool drill_under_way;           /* set by the program */
    const struct drill_view *drill; /* of now; set by the program; NULL: there are no drills */
    enum drill_id drill_selected;   /* in the menu */
    bool drill_manual;              /* a person promotes and lets join */
    bool quit_after_drill;          /* once it has ended the program is to quit */
    struct drill_question drill_question;
    char notice[160]; /* one line for the footer, said once ("copied replica1") */
    mono_us notice_until;
};

/* What the program must do after a key; the state itself is already changed. */
enum ui_request {
    UI_NOTHING,
    UI_REPAINT,
    UI_REPAINT_ALL,
    UI_QUIT,
    UI_INTERVAL_UP,
    UI_INTERVAL_DOWN,
    UI_FREEZE,
    UI_THEME,
    UI_COPY,
    UI_STACK_DESCRIBE, /* fill question.command, then it is asked */
    UI_STACK_RUN,      /* what question says */
    UI_STACK_CANCEL,
    UI_LOAD_TOGGLE,
    UI_LOAD_SLOWER,
    UI_LOAD_FASTER,
    UI_LOAD_LEVEL,
    UI_TEST_WRITE,
    UI_TEST,
    UI_RECORD,
    UI_PLAY,
    UI_PLAY_SLOWER,
    UI_PLAY_FASTER,
    UI_STEP,
    UI_STEP_BACK,
    UI_SKIP,
    UI_SKIP_BACK,
    UI_NEXT_NEWS,
    UI_PREVIOUS_NEWS,
    UI_SEEK,            /* to what `seek` says */
    UI_DRILL_PREPARE,   /* the plan of drill_selected with drill_manual */
    UI_DRILL_BEGIN,     /* what preview says; when it cannot: drill_state_refused */
    UI_DRILL_INTERRUPT, /* with quit_after_drill: and quit when it has ended */
    UI_DRILL_PROMOTE,   /* drill_question.node */
    UI_DRILL_REJOIN     /* drill_question.node */
};

void ui_state_init(struct ui_state *state);

/*
 * Takes one key. `model` is the one on the screen (the frozen one when frozen), `height` the
 * screen's, for the size of a page. Scrolling down is not bounded here, since only the view knows
 * how long a list is on a screen of this size: call ui_state_fit before painting.
 */
enum ui_request ui_state_key(struct ui_state *state, const struct model *model, uint32_t key,
                             struct instant now, int height);

/* The table shows LSNs, not bytes: as chosen, else as the width allows. */
#define WIDTH_FOR_LSNS 118
bool ui_state_shows_lsns(const struct ui_state *state, int width);

/* Why nothing else is done then. */
#define UI_SPLIT_BRAIN "two primaries: nothing but to stop one of them (s, K)"

/* Says one line in the footer for some seconds. */
void ui_state_say(struct ui_state *state, mono_us now, const char *text);
/* Takes a key of a text that is typed: a character, or Backspace. */
void ui_type_key(char *text, size_t size, uint32_t key);
void ui_state_go(struct ui_state *state, enum ui_screen screen);

/* What the action is for is there on this cluster (now). What is not there is not shown. */
bool ui_state_has(const struct ui_state *state, enum action action);
bool ui_state_offers(const struct ui_state *state, enum action action);

/* Bounds the scroll by view_scroll_max. */
void ui_state_fit(struct ui_state *state, int scroll_max);

/* The index of the selected row, 0 when the selection is not among them (any more). */
int ui_state_selected_row(const struct ui_state *state, const struct topology_row *rows, int count);

/* The node of the selected row; -1: there is none, or it is unlisted. */
int ui_state_selected_node(const struct ui_state *state, const struct model *model, mono_us now);

/* The event is one that the filter lets through: its subject or text contains it, without case. */
bool ui_event_matches(const struct event *event, const char *filter);

#endif
