/*
 * stack_view: what the stack screen shows of who runs the servers, as plain values; the program
 * fills it in, the view paints it.
 */
#ifndef UI_STACK_VIEW_H
#define UI_STACK_VIEW_H

#include <stdbool.h>

#include "base/clock.h"
#include "cluster/model.h"

#define STACK_LINES_MAX 256
#define STACK_LINE_SIZE 256

/* What the person can ask for. */
enum stack_action {
    STACK_ACTION_NONE,
    STACK_ACTION_UP, /* of all nodes; the others but down and destroy are of one */
    STACK_ACTION_UP_NODE,
    STACK_ACTION_DOWN,
    STACK_ACTION_DESTROY,
    STACK_ACTION_RESTART,
    STACK_ACTION_KILL,
    STACK_ACTION_PAUSE,
    STACK_ACTION_RESUME,
    STACK_ACTION_LOGS
};

struct stack_node_view {
    char state[24];
    char detail[128];
};

struct stack_view {
    char kind[16];        /* "compose", "local" */
    char running[96];     /* what is being done: "kill replica1"; "" nothing */
    mono_us since;        /* when that began */
    bool looked;          /* the nodes' states are known */
    char look_error[256]; /* why they are not; "" */
    bool failed;          /* the last thing done failed */
    char result[512];     /* how the last thing done ended; "" none yet */
    char hint[256];
    struct stack_node_view nodes[MODEL_NODES_MAX]; /* as in the model */
    unsigned line_count;                           /* ever */
    char lines[STACK_LINES_MAX][STACK_LINE_SIZE];  /* a ring, sanitized */
};

#endif
