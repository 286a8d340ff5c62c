/*
 * stack: who starts and stops the servers of a lab: Docker Compose or PostgreSQL's own binaries on
 * loopback.
 *
 * One operation at a time, carried out by child processes or by signals, always asynchronous: lines
 * and the end come as calls from the loop. Refuses when the description has no stack; every
 * destructive operation is refused without `lab: true`.
 */
#ifndef STACK_STACK_H
#define STACK_STACK_H

#include <stdbool.h>

#include "base/error.h"
#include "config/settings.h"
#include "loop/loop.h"

enum stack_verb {
    STACK_UP,
    STACK_DOWN,
    STACK_DESTROY, /* down and the data too */
    STACK_LOGS,
    STACK_RESTART,
    STACK_KILL,
    STACK_PAUSE,
    STACK_RESUME,
    STACK_STOP, /* a clean stop that keeps everything, of compose also the containers */
    STACK_CUT,  /* one node off the project's network (compose only) */
    STACK_JOIN, /* and on it again */
    /*
     * These two only ask, about one node, and the answer is one line.
     *
     * STACK_WAL_END: "TIMELINE LSN", the byte after the last record in the WAL of a node that does
     * not run, as pg_current_wal_lsn() would say it. Fails while the server runs.
     *
     * STACK_IDENTITY: "UUID SYSTEM_IDENTIFIER" from the node's own data directory, running or not.
     * A server that says the same UUID by current_setting('pgwatch_tui.lab', true) is of this lab.
     * `-` instead of the UUID: the lab is older than that. Fails for a paused container.
     */
    STACK_WAL_END,
    STACK_IDENTITY,
    STACK_VERBS
};

struct stack_node_status {
    /* "running", "paused", "starting", "stopped", "not created", "crashed", "cut" */
    char state[24];
    char detail[128];  /* pid, port, data directory or container and image */
    int64_t uptime_us; /* UNKNOWN as INT64_MIN */
    int pid;           /* 0 none */
    bool cut;          /* off the project's network, also while it does not run (compose) */
};
/* No process of the server is there. False also when that is not known. */
bool stack_node_is_down(const struct stack_node_status *status);

struct stack;
typedef void stack_line_fn(void *owner, const char *node,
                           const char *line); /* progress and logs; node "" for the whole */
typedef void
stack_done_fn(void *owner, bool ok,
              const struct error *err); /* exactly once per stack_run that returned true */

struct stack *stack_new(const struct settings *settings, struct loop *loop, struct error *err);
void stack_free(struct stack **stack); /* ends children of a running operation (kill ladder), leaves
                                          servers alone */
/* node: index of a node, or -1 for all. False with an error when it cannot begin; then done is not
 * called. */
bool stack_run(struct stack *stack, enum stack_verb verb, int node, stack_line_fn *line,
               stack_done_fn *done, void *owner, struct error *err);
void stack_cancel(struct stack *stack); /* ends the running operation's children; done comes with an
                                           error that says what is left */
bool stack_busy(const struct stack *stack);
/* Finds out how the servers are (compose asks the engine); done comes from the loop, once. False
 * with an error when it cannot begin. Also while another operation runs. */
bool stack_refresh(struct stack *stack, stack_done_fn *done, void *owner, struct error *err);
/* As the last refresh found it; a local stack looks at its processes now. */
bool stack_node_status(struct stack *stack, int node, struct stack_node_status *status,
                       struct error *err);
/* The command line that does what stack_run would do, for people to see before they confirm. */
void stack_describe(const struct stack *stack, enum stack_verb verb, int node, char *out,
                    size_t size);
const char *stack_verb_word(enum stack_verb verb);
/* The folder for what belongs to this stack as a whole (the journal of drills): a local one's own,
 * of containers one below the user's state directory. It may not be there yet. */
void stack_state_folder(const struct stack *stack, char *out, size_t size);

#endif
