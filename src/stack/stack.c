/*
 * stack: which kind of stack there is, and what is refused.
 */
#include "stack/stack.h"

#include <stdlib.h>

#include "base/str.h"
#include "stack/local.h"

struct stack {
    const struct settings *settings;
    struct local *local;
};

static bool no_stack(struct error *err)
{
    error_set(err, "nobody is said to start the servers: the cluster description has no `stack`");
    return error_hint(err, "a cluster without `stack` is only watched");
}

struct stack *stack_new(const struct settings *settings, struct loop *loop, struct error *err)
{
    struct stack *stack = mem_calloc(1, sizeof *stack);

    stack->settings = settings;
    switch (settings->stack) {
    case STACK_NONE:
        no_stack(err);
        break;
    case STACK_COMPOSE:
        error_set(err, "this version does not drive Docker Compose");
        error_hint(err, "docker compose --file %s up --build", settings->compose_file);
        break;
    case STACK_LOCAL:
        stack->local = local_new(settings, loop, err);
        break;
    }
    if (stack->local == NULL)
        stack_free(&stack);
    return stack;
}

void stack_free(struct stack **stack)
{
    if (*stack == NULL)
        return;
    local_free(&(*stack)->local);
    free(*stack);
    *stack = NULL;
}

bool stack_run(struct stack *stack, enum stack_verb verb, int node, stack_line_fn *line,
               stack_done_fn *done, void *owner, struct error *err)
{
    struct stack_calls calls = {.line = line, .done = done, .owner = owner};

    if (stack_busy(stack))
        return error_set(err, "the stack is busy with another operation");
    if (!stack->settings->lab && verb != STACK_LOGS) {
        error_set(err, "%s is refused: cluster %s is not declared a lab", stack_verb_word(verb),
                  stack->settings->cluster);
        return error_hint(err, "only a description with `lab: true` may be started and broken");
    }
    return local_run(stack->local, verb, node, &calls, err);
}

void stack_cancel(struct stack *stack)
{
    local_cancel(stack->local);
}

bool stack_busy(const struct stack *stack)
{
    return local_busy(stack->local);
}

bool stack_node_status(struct stack *stack, int node, struct stack_node_status *status,
                       struct error *err)
{
    if (node < 0 || node >= stack->settings->node_count)
        return error_set(err, "there is no such node");
    local_node_status(stack->local, node, status);
    return true;
}

const char *stack_verb_word(enum stack_verb verb)
{
    static const char *const words[STACK_VERBS] = {"up",      "down", "destroy", "logs",
                                                   "restart", "kill", "pause",   "resume"};
    return verb < STACK_VERBS ? words[verb] : "";
}
