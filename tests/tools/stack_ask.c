/*
 * stack_ask CONFIG VERB NODE: what the stack answers when it is asked for one of its verbs that no
 * command has (wal-end, identity), or for any other, as a drill does:
 *
 *   described <tab> COMMAND LINE
 *   line <tab> NODE <tab> LINE       once for each
 *   done | failed <tab> MESSAGE <tab> HINT
 */
#include <stdio.h>
#include <string.h>

#include "stack/stack.h"

struct ask {
    struct loop *loop;
    bool ok;
};

static void said(void *owner, const char *node, const char *line)
{
    (void)owner;
    printf("line\t%s\t%s\n", node, line);
}

static bool failed(const struct error *err)
{
    printf("failed\t%s\t%s\n", err->message, err->hint);
    return false;
}

static void ended(void *owner, bool ok, const struct error *err)
{
    struct ask *ask = owner;

    ask->ok = ok || failed(err);
    if (ok)
        puts("done");
    loop_stop(ask->loop);
}

static bool ask_stack(struct ask *ask, struct stack *stack, enum stack_verb verb, int node)
{
    char command[1024];
    struct error err;

    stack_describe(stack, verb, node, command, sizeof command);
    printf("described\t%s\n", command);
    if (!stack_run(stack, verb, node, said, ended, ask, &err))
        return failed(&err);
    loop_run(ask->loop);
    return ask->ok;
}

static int find_node(const struct settings *settings, const char *name)
{
    for (int i = 0; i < settings->node_count; i++)
        if (strcmp(settings->nodes[i].name, name) == 0)
            return i;
    return -1;
}

int main(int argc, char **argv)
{
    struct settings_problems problems = {0};
    struct error err;
    struct ask ask = {0};
    int verb = 0;

    while (argc == 4 && verb < STACK_VERBS &&
           strcmp(stack_verb_word((enum stack_verb)verb), argv[2]) != 0)
        verb++;
    struct settings *settings = argc == 4 ? settings_load(argv[1], &problems) : NULL;
    if (settings == NULL || verb == STACK_VERBS) {
        fputs("usage: stack_ask CONFIG VERB NODE\n", stderr);
        return 64;
    }
    ask.loop = loop_new(&err);
    struct stack *stack = ask.loop != NULL ? stack_new(settings, ask.loop, &err) : NULL;
    bool ok = stack != NULL
                  ? ask_stack(&ask, stack, (enum stack_verb)verb, find_node(settings, argv[3]))
                  : failed(&err);
    stack_free(&stack);
    loop_free(&ask.loop);
    settings_free(&settings);
    return ok ? 0 : 2;
}
