/*
 * stack_calls: whom a running operation tells what; shared by stack.c and the kinds of stacks.
 */
#ifndef STACK_STACK_CALLS_H
#define STACK_STACK_CALLS_H

#include "stack/stack.h"

struct stack_calls {
    stack_line_fn *line; /* may be NULL */
    stack_done_fn *done; /* may be NULL */
    void *owner;
};

#endif
