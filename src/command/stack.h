/*
 * stack: starting, stopping and breaking the servers of a lab, from the command line.
 */
#ifndef COMMAND_STACK_H
#define COMMAND_STACK_H

#include "command/command.h"
#include "stack/stack.h"

extern const char stack_help[];
int command_stack(const struct command *command, int argc, char **argv);

/*
 * Runs one operation of the stack with progress on stderr until it has ended, or SIGINT, SIGTERM or
 * SIGHUP cancelled it. `up` of the whole also waits until the cluster is healthy. Returns
 * EXIT_HEALTHY, EXIT_CRITICAL, or 128 + the signal's number; what went wrong was printed.
 */
struct stack_order {
    const struct settings *settings;
    enum stack_verb verb;
    int node;             /* -1: all */
    bool quiet;           /* no progress */
    bool uninterruptible; /* signals come after it, and the status tells of the operation alone */
    bool throwaway;       /* files do not stay: no hint names one, logs go to stderr */
};
int stack_carry_out(const struct stack_order *order);

#endif
