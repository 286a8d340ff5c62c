/*
 * compose_argv: the command lines of Docker and Docker Compose. Pure.
 */
#include <string.h>

#include "base/str.h"
#include "stack/compose_internal.h"
#include "stack/stack_answer.h"

#define LOG_LINES "100"

const char *compose_service(const struct settings *settings, int node)
{
    const struct node_settings *n = &settings->nodes[node];

    return n->compose_service != NULL ? n->compose_service : n->name;
}

struct verb_arguments {
    const char *arguments[8]; /* before the service */
    const char *after[3];
};

static const struct verb_arguments whole[STACK_VERBS] = {
    [STACK_UP] = {.arguments = {"up", "--build", "--detach"}},
    [STACK_DOWN] = {.arguments = {"down"}},
    [STACK_DESTROY] = {.arguments = {"down", "--volumes"}},
    [STACK_LOGS] = {.arguments = {"logs", "--no-color", "--tail", LOG_LINES}},
    [STACK_RESTART] = {.arguments = {"restart"}},
    [STACK_KILL] = {.arguments = {"kill"}},
    [STACK_PAUSE] = {.arguments = {"pause"}},
    [STACK_RESUME] = {.arguments = {"unpause"}},
    [STACK_STOP] = {.arguments = {"stop"}},
};

/* What the container has of itself, whatever script is in its image: the first bytes of the control
 * file are the system identifier. */
#define READ_IDENTITY                                                                              \
    "echo \"$(grep -Exm1 '[0-9a-f-]{36}' \"$PGDATA/" LAB_FILE                                      \
    "\" || echo -)\" "                                                                             \
    "$(od -An -tu8 -N8 \"$PGDATA/global/pg_control\")"

static const struct verb_arguments identity_of_running = {{"exec", "-T"},
                                                          {"sh", "-c", READ_IDENTITY}};

static const struct verb_arguments one[STACK_VERBS] = {
    [STACK_UP] = {.arguments = {"up", "--build", "--detach", "--no-deps"}},
    [STACK_DOWN] = {.arguments = {"stop"}},
    [STACK_DESTROY] = {.arguments = {"rm", "--stop", "--force"}},
    [STACK_LOGS] = {.arguments = {"logs", "--no-color", "--tail", LOG_LINES}},
    [STACK_RESTART] = {.arguments = {"restart"}},
    [STACK_KILL] = {.arguments = {"kill"}},
    [STACK_PAUSE] = {.arguments = {"pause"}},
    [STACK_RESUME] = {.arguments = {"unpause"}},
    [STACK_STOP] = {.arguments = {"stop"}},
    [STACK_WAL_END] = {{"run", "--rm", "--no-deps", "-T"}, {"end"}},
    [STACK_IDENTITY] = {{"run", "--rm", "--no-deps", "-T", "--entrypoint", "sh"},
                        {"-c", READ_IDENTITY}},
};

static const struct verb_arguments *arguments_of(const struct compose_order *order)
{
    if (order->verb == STACK_IDENTITY && order->runs)
        return &identity_of_running;
    return order->node < 0 ? &whole[order->verb] : &one[order->verb];
}

void compose_arguments(const struct settings *settings, enum compose_driver driver,
                       const struct compose_order *order, const char *argv[COMPOSE_ARGS_MAX])
{
    const struct verb_arguments *arguments = arguments_of(order);
    int n = 0;

    if (driver == COMPOSE_STANDALONE) {
        argv[n++] = "docker-compose";
    } else {
        argv[n++] = "docker";
        argv[n++] = "compose";
    }
    argv[n++] = "-p";
    argv[n++] = settings->compose_project;
    argv[n++] = "-f";
    argv[n++] = settings->compose_file;
    for (int i = 0; arguments->arguments[i] != NULL; i++)
        argv[n++] = arguments->arguments[i];
    if (order->node >= 0)
        argv[n++] = compose_service(settings, order->node);
    for (int i = 0; i < 3 && arguments->after[i] != NULL; i++)
        argv[n++] = arguments->after[i];
    argv[n] = NULL;
}

void compose_network_arguments(bool join, const char *network, const char *container,
                               const char *service, const char *argv[COMPOSE_ARGS_MAX])
{
    int n = 0;

    argv[n++] = "docker";
    argv[n++] = "network";
    argv[n++] = join ? "connect" : "disconnect";
    if (join) { /* the name by which the others know it; Compose gave it at first */
        argv[n++] = "--alias";
        argv[n++] = service;
    }
    argv[n++] = network;
    argv[n++] = container;
    argv[n] = NULL;
}

static void append_quoted(char *out, size_t size, const char *argument)
{
    static const char *const plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_";

    if (argument[0] != '\0' && strspn(argument, plain) == strlen(argument)) {
        str_append(out, size, argument);
        return;
    }
    str_append(out, size, "'");
    while (*argument != '\0') {
        size_t length = strcspn(argument, "'");
        str_appendf(out, size, "%.*s", (int)length, argument);
        argument += length;
        if (*argument == '\'') {
            str_append(out, size, "'\\''");
            argument++;
        }
    }
    str_append(out, size, "'");
}

void compose_join(const char *const *argv, char *out, size_t size)
{
    out[0] = '\0';
    for (int i = 0; argv[i] != NULL; i++) {
        if (i > 0)
            str_append(out, size, " ");
        append_quoted(out, size, argv[i]);
    }
}
