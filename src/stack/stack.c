/*
 * stack: which kind of stack there is, and what is refused.
 */
#include "stack/stack.h"

#include <stdlib.h>
#include <string.h>

#include "base/directory.h"
#include "base/str.h"
#include "record/drill_journal.h"
#include "stack/compose.h"
#include "stack/local.h"
#include "stack/stack_answer.h"

struct stack {
    const struct settings *settings;
    struct loop *loop;
    struct local *local; /* one of the two */
    struct compose *compose;
    struct loop_timer soon; /* a refresh of a local stack is done at once */
    stack_done_fn *refreshed;
    void *refresh_owner;
    struct stack_calls destroying; /* whose data are removed */
};

static bool no_stack(struct error *err)
{
    error_set(err, "nobody is said to start the servers: the cluster description has no `stack`");
    return error_hint(err, "a cluster without `stack` is only watched");
}

static void refresh_is_done(void *owner, struct instant now)
{
    struct stack *stack = owner;
    (void)now;

    stack->refreshed(stack->refresh_owner, true, NULL);
}

struct stack *stack_new(const struct settings *settings, struct loop *loop, struct error *err)
{
    struct stack *stack = mem_calloc(1, sizeof *stack);

    stack->settings = settings;
    stack->loop = loop;
    stack->soon = (struct loop_timer){.fire = refresh_is_done, .owner = stack};
    switch (settings->stack) {
    case STACK_NONE:
        no_stack(err);
        break;
    case STACK_COMPOSE:
        stack->compose = compose_new(settings, loop);
        break;
    case STACK_LOCAL:
        stack->local = local_new(settings, loop, err);
        break;
    }
    if (stack->local == NULL && stack->compose == NULL)
        stack_free(&stack);
    return stack;
}

void stack_free(struct stack **stack)
{
    if (*stack == NULL)
        return;
    loop_timer_cancel((*stack)->loop, &(*stack)->soon);
    local_free(&(*stack)->local);
    compose_free(&(*stack)->compose);
    free(*stack);
    *stack = NULL;
}

static bool is_of_one_node(enum stack_verb verb)
{
    return verb == STACK_CUT || verb == STACK_JOIN || stack_verb_asks(verb);
}

/* What a drill left of these servers is gone with them. A local stack removes its folder itself. */
static void destroyed(void *owner, bool ok, const struct error *err)
{
    struct stack *stack = owner;
    char folder[DIRECTORY_PATH_SIZE];

    if (ok) {
        stack_state_folder(stack, folder, sizeof folder);
        drill_journal_remove(folder);
    }
    stack->destroying.done(stack->destroying.owner, ok, err);
}

static void destroying_said(void *owner, const char *node, const char *line)
{
    const struct stack *stack = owner;

    if (stack->destroying.line != NULL)
        stack->destroying.line(stack->destroying.owner, node, line);
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
    if (node < 0 && is_of_one_node(verb))
        return error_set(err, "%s is of one node", stack_verb_word(verb));
    if (stack->compose != NULL && verb == STACK_DESTROY && done != NULL) {
        stack->destroying = calls;
        calls = (struct stack_calls){.line = destroying_said, .done = destroyed, .owner = stack};
    }
    if (stack->compose != NULL)
        return compose_run(stack->compose, verb, node, &calls, err);
    return local_run(stack->local, verb, node, &calls, err);
}

void stack_cancel(struct stack *stack)
{
    if (stack->compose != NULL)
        compose_cancel(stack->compose);
    else
        local_cancel(stack->local);
}

bool stack_busy(const struct stack *stack)
{
    return stack->compose != NULL ? compose_busy(stack->compose) : local_busy(stack->local);
}

bool stack_node_status(struct stack *stack, int node, struct stack_node_status *status,
                       struct error *err)
{
    if (node < 0 || node >= stack->settings->node_count)
        return error_set(err, "there is no such node");
    if (stack->compose != NULL)
        compose_node_status(stack->compose, node, status);
    else
        local_node_status(stack->local, node, status);
    return true;
}

bool stack_refresh(struct stack *stack, stack_done_fn *done, void *owner, struct error *err)
{
    if (stack->compose != NULL)
        return compose_refresh(stack->compose, done, owner, err);
    stack->refreshed = done;
    stack->refresh_owner = owner;
    loop_timer_set(stack->loop, &stack->soon, loop_now(stack->loop).mono);
    return true;
}

bool stack_node_is_down(const struct stack_node_status *status)
{
    static const char *const words[] = {"stopped", "crashed", "not created", "created"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(status->state, words[i]) == 0)
            return true;
    return false;
}

void stack_describe(const struct stack *stack, enum stack_verb verb, int node, char *out,
                    size_t size)
{
    const char *volumes = verb == STACK_DESTROY ? " --volumes" : "";

    if (stack->compose != NULL) {
        compose_describe(stack->compose, verb, node, out, size);
        return;
    }
    if (stack_verb_asks(verb) && node >= 0) {
        local_describe_look(stack->local, verb, node, out, size);
        return;
    }
    str_format(out, size, "pgwatch-tui stack %s%s%s%s -c %s",
               stack_verb_word(verb == STACK_DESTROY ? STACK_DOWN : verb), volumes,
               node >= 0 ? " " : "", node >= 0 ? stack->settings->nodes[node].name : "",
               stack->settings->file);
}

void stack_state_folder(const struct stack *stack, char *out, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (stack->local != NULL)
        str_copy(out, size, local_root(stack->local));
    else if (state != NULL && state[0] == '/')
        str_format(out, size, "%s/pgwatch-tui/%s", state, stack->settings->compose_project);
    else
        str_format(out, size, "%s/.local/state/pgwatch-tui/%s", home != NULL ? home : "",
                   stack->settings->compose_project);
}

const char *stack_verb_word(enum stack_verb verb)
{
    static const char *const words[STACK_VERBS] = {"up",   "down",    "destroy", "logs", "restart",
                                                   "kill", "pause",   "resume",  "stop", "cut",
                                                   "join", "wal-end", "identity"};
    return verb < STACK_VERBS ? words[verb] : "";
}
