/*
 * local: a stack of PostgreSQL's own programs on loopback, without Docker and without root.
 *
 * An operation is a list of jobs, one for a node each, in waves: a wave begins when the one before
 * it is done. Jobs are state machines that look at processes every few milliseconds; nothing blocks
 * but short looks at /proc and at small files. Servers are started by the node's own script in a
 * session of their own and outlive us.
 */
#ifndef STACK_LOCAL_H
#define STACK_LOCAL_H

#include "stack/stack_calls.h"

struct local;

/* settings and loop outlive it. */
struct local *local_new(const struct settings *settings, struct loop *loop, struct error *err);
/* Leaves servers alone; a start that is under way goes on by itself. */
void local_free(struct local **local);
bool local_run(struct local *local, enum stack_verb verb, int node, const struct stack_calls *calls,
               struct error *err);
void local_cancel(struct local *local);
bool local_busy(const struct local *local);
/* The folder of the stack. */
const char *local_root(const struct local *local);
/* The command line that asks the node what this verb asks (see stack_verb_asks). */
void local_describe_look(const struct local *local, enum stack_verb verb, int node, char *out,
                         size_t size);
void local_node_status(struct local *local, int node, struct stack_node_status *status);

#endif
