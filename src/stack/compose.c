/*
 * compose: an operation is one child after the other: which Compose is there, how the containers
 * are where it depends on that, what must come before (see compose_network.c), the command itself,
 * and when a port was taken, who has it.
 *
 * Cancelling ends the command; the engine may still finish what it was asked for, and the error
 * says so, and what is there now. A refresh is a child of its own beside that.
 */
#include "stack/compose.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "stack/compose_internal.h"
#include "stack/local_port.h"
#include "stack/stack_answer.h"

#define FIND_DEADLINE_US (20 * US_PER_S)
#define UP_DEADLINE_US (1800 * US_PER_S) /* images are pulled and built */
#define PS_ARGS 12
#define ATTEMPTS_MAX 5

/* A line of docker ps; false when it is none. */
static bool take_container(struct compose *c, const char *line,
                           struct compose_container *containers)
{
    struct compose_container container;
    char service[128];

    if (!compose_parse_container(line, service, sizeof service, &container))
        return false;
    for (int i = 0; i < c->settings->node_count; i++)
        if (strcmp(service, compose_service(c->settings, i)) == 0) {
            containers[i] = container;
            compose_learn_network(c, container.networks);
        }
    return true;
}

static void command_said(struct compose *c, const char *line)
{
    bool asked = stack_verb_asks(c->order.verb), answer = stack_is_answer(c->order.verb, line);

    c->answered = c->answered || answer;
    if (c->calls.line != NULL && (answer || !asked))
        c->calls.line(c->calls.owner, answer ? c->settings->nodes[c->order.node].name : "", line);
}

static void child_said(void *owner, const char *line)
{
    struct compose *c = owner;

    if ((c->phase == PHASE_LOOK || c->phase == PHASE_LEFT) && take_container(c, line, c->seen))
        return;
    compose_tail_add(&c->tail, line);
    if (c->phase == PHASE_COMMAND)
        command_said(c, line);
    if (c->phase == PHASE_NETWORK)
        compose_network_said(c, line);
    if (c->phase == PHASE_WHO && c->who[0] == '\0')
        str_copy(c->who, sizeof c->who, line);
}

void compose_finish(struct compose *c, bool ok)
{
    struct stack_calls calls = c->calls;
    struct error err = c->err;

    child_free(&c->child);
    c->phase = PHASE_IDLE;
    if (calls.done != NULL)
        calls.done(calls.owner, ok, ok ? NULL : &err);
}

static void child_ended(void *owner, const struct child_end *end);

bool compose_start_child(struct compose *c, enum compose_phase phase, const char *const *argv,
                         int64_t deadline_us, struct error *err)
{
    struct child_options options = {
        .argv = argv,
        .deadline_us = deadline_us,
        .output_fd = -1,
        .line = child_said,
        .end = child_ended,
        .owner = c,
    };

    child_free(&c->child);
    c->child = child_start(c->loop, &options, err);
    if (c->child != NULL)
        c->phase = phase;
    return c->child != NULL;
}

static const char ps_format[] = COMPOSE_PS_FORMAT;

/* How the containers of the project are; those of `compose run` are none of the nodes. */
static void ps_arguments(const struct compose *c, char *filter, size_t size,
                         const char *argv[PS_ARGS])
{
    const char *const arguments[PS_ARGS] = {
        "docker",   "ps",      "--all",    "--no-trunc",
        "--filter", filter,    "--filter", "label=com.docker.compose.oneoff=False",
        "--format", ps_format, NULL};

    str_format(filter, size, "label=com.docker.compose.project=%s", c->settings->compose_project);
    memcpy(argv, arguments, sizeof arguments);
}

static void set_all(const struct compose *c, struct compose_container *containers,
                    const char *state)
{
    for (int i = 0; i < c->settings->node_count; i++) {
        containers[i] = (struct compose_container){.status = {.uptime_us = INT64_MIN}};
        str_copy(containers[i].status.state, sizeof containers[i].status.state, state);
    }
}

static bool start_look(struct compose *c, enum compose_phase phase, struct error *err)
{
    const char *argv[PS_ARGS];
    char filter[256];

    set_all(c, c->seen, "not created");
    memset(&c->tail, 0, sizeof c->tail);
    ps_arguments(c, filter, sizeof filter, argv);
    return compose_start_child(c, phase, argv, COMPOSE_LOOK_DEADLINE_US, err);
}

static int make_arguments(const struct compose *c, const char **argv)
{
    int count = 0;

    if (compose_moves_network(c->order.verb))
        compose_network_arguments(c->order.verb == STACK_JOIN, c->network,
                                  c->seen[c->order.node].name,
                                  compose_service(c->settings, c->order.node), argv);
    else
        compose_arguments(c->settings, c->driver, &c->order, argv);
    while (argv[count] != NULL)
        count++;
    return count;
}

bool compose_run_command(struct compose *c, struct error *err)
{
    const char **argv =
        mem_calloc(COMPOSE_ARGS_MAX + (size_t)c->settings->node_count, sizeof *argv);
    int count = make_arguments(c, argv);

    memset(&c->tail, 0, sizeof c->tail);
    c->answered = false;
    if (c->order.verb == STACK_RESUME && c->order.node < 0) /* Compose fails on who is not paused */
        for (int i = 0; i < c->settings->node_count; i++)
            if (strcmp(c->seen[i].status.state, "paused") == 0)
                argv[count++] = compose_service(c->settings, i);
    bool ok =
        compose_start_child(c, PHASE_COMMAND, argv,
                            c->order.verb == STACK_UP ? UP_DEADLINE_US : COMPOSE_DEADLINE_US, err);
    free(argv);
    return ok;
}

/* Compose says nothing, and success, when there is nothing to kill, pause or restart; and up does
 * not bring back who is frozen or cut. */
static bool depends_on_state(enum stack_verb verb)
{
    return verb != STACK_DOWN && verb != STACK_DESTROY && verb != STACK_LOGS && verb != STACK_STOP;
}

static bool start_verb(struct compose *c, struct error *err)
{
    if (depends_on_state(c->order.verb) && start_look(c, PHASE_LOOK, err))
        return true;
    return compose_run_command(c, err);
}

static void start_command(struct compose *c)
{
    if (!start_verb(c, &c->err))
        compose_finish(c, false);
}

static int count_in_state(const struct compose *c, const char *state)
{
    int count = 0;

    for (int i = 0; i < c->settings->node_count; i++)
        count += strcmp(c->seen[i].status.state, state) == 0;
    return count;
}

static bool refuse(struct compose *c, const char *name, const char *state)
{
    if (c->order.verb == STACK_WAL_END && compose_runs(state))
        return error_set(&c->err, "%s is %s: the end of its WAL is read when it is stopped", name,
                         state);
    if (c->order.verb == STACK_IDENTITY && strcmp(state, "paused") == 0)
        return error_set(&c->err, "%s is paused: nothing can be asked of its container", name);
    error_set(&c->err, "cannot %s %s: it is %s%s", stack_verb_word(c->order.verb), name, state,
              c->order.verb == STACK_RESUME ? ", not paused" : "");
    return strcmp(state, "not created") == 0 ? error_hint(&c->err, "start it first: stack up")
                                             : false;
}

static bool state_allows(struct compose *c)
{
    if (c->order.node >= 0) {
        const struct compose_container *seen = &c->seen[c->order.node];
        const char *name = c->settings->nodes[c->order.node].name, *state = seen->status.state;
        if (!compose_state_allows(c->order.verb, state))
            return refuse(c, name, state);
        if (compose_moves_network(c->order.verb) && seen->cut == (c->order.verb == STACK_CUT))
            return error_set(&c->err, "cannot %s %s: it is %s", stack_verb_word(c->order.verb),
                             name, seen->cut ? "cut already" : "not cut");
        return true;
    }
    if (c->order.verb == STACK_UP || count_in_state(c, "not created") < c->settings->node_count)
        return true;
    error_set(&c->err, "there is no container of project %s", c->settings->compose_project);
    return error_hint(&c->err, "start it first: stack up");
}

static void looked(struct compose *c, const struct child_end *end)
{
    if (c->cancelled) {
        error_set(&c->err, "cancelled before anything was done");
        compose_finish(c, false);
    } else if (end->signal != 0 || end->exit_status != 0 || end->timed_out) {
        compose_explain(&c->tail, "docker ps", end, &c->err);
        compose_finish(c, false);
    } else {
        bool allowed = state_allows(c);
        bool nothing =
            c->order.verb == STACK_RESUME && c->order.node < 0 && count_in_state(c, "paused") == 0;

        c->order.runs = c->order.node >= 0 && compose_runs(c->seen[c->order.node].status.state);
        if (!allowed || nothing)
            compose_finish(c, allowed);
        else
            compose_prepare(c);
    }
}

/* After cancelling: what is there now. */
static void left(struct compose *c, const struct child_end *end)
{
    char list[160] = "";

    for (int i = 0; i < c->settings->node_count; i++)
        if (strcmp(c->seen[i].status.state, "not created") != 0)
            str_appendf(list, sizeof list, "%s%s %s", list[0] != '\0' ? ", " : "",
                        c->settings->nodes[i].name, c->seen[i].status.state);
    if (end->signal == 0 && end->exit_status == 0 && !end->timed_out)
        error_hint(&c->err, "%s%s; `stack status` says what runs, `stack down` takes it away",
                   list[0] != '\0' ? "left: " : "no container is there", list);
    compose_finish(c, false);
}

static void no_compose(struct compose *c)
{
    error_set(&c->err, "neither `docker compose` nor `docker-compose` is there");
    error_hint(&c->err,
               "install Docker with its Compose plugin, or use a local stack (stack: kind: "
               "local), which needs no Docker");
    compose_finish(c, false);
}

static void find_standalone(struct compose *c)
{
    static const char *const argv[] = {"docker-compose", "version", "--short", NULL};

    if (!compose_start_child(c, PHASE_FIND_STANDALONE, argv, FIND_DEADLINE_US, &c->err))
        no_compose(c);
}

static bool find_plugin(struct compose *c)
{
    static const char *const argv[] = {"docker", "compose", "version", "--short", NULL};

    return compose_start_child(c, PHASE_FIND_PLUGIN, argv, FIND_DEADLINE_US, &c->err);
}

static bool ask_who(struct compose *c, int port)
{
    static const char names[] =
        "container {{.Names}}{{with .Label \"com.docker.compose.project\"}} "
        "of project {{.}}{{end}}";
    char filter[32];
    const char *argv[] = {"docker", "ps", "--filter", filter, "--format", names, NULL};
    struct error ignored;

    str_format(filter, sizeof filter, "publish=%d", port);
    c->port = port;
    c->who[0] = '\0';
    return compose_start_child(c, PHASE_WHO, argv, FIND_DEADLINE_US, &ignored);
}

static void command_name(const struct compose *c, char *out, size_t size)
{
    if (compose_moves_network(c->order.verb))
        str_format(out, size, "docker network %sconnect", c->order.verb == STACK_CUT ? "dis" : "");
    else
        str_format(out, size, "compose %s", stack_verb_word(c->order.verb));
}

void compose_was_cancelled(struct compose *c)
{
    struct error ignored;
    char what[64];

    command_name(c, what, sizeof what);
    error_set(&c->err, "%s was cancelled", what);
    error_hint(&c->err,
               "what the engine was doing may go on; `stack status` says what runs, "
               "`stack down` takes it away");
    if (!start_look(c, PHASE_LEFT, &ignored))
        compose_finish(c, false);
}

static void command_ended(struct compose *c, const struct child_end *end)
{
    bool ok = end->signal == 0 && end->exit_status == 0 && !end->timed_out;
    char what[64];

    command_name(c, what, sizeof what);
    if (c->cancelled) {
        compose_was_cancelled(c);
    } else if (!ok && compose_is_passing(&c->tail) && c->attempts < ATTEMPTS_MAX) {
        c->attempts++;
        if (!compose_run_command(c, &c->err))
            compose_finish(c, false);
    } else if (ok && (c->answered || !stack_verb_asks(c->order.verb))) {
        compose_finish(c, true);
    } else if (ok) {
        error_set(&c->err, "%s has no data that can be read",
                  c->settings->nodes[c->order.node].name);
        compose_finish(c, false);
    } else {
        int port = compose_port_taken(&c->tail);
        compose_explain(&c->tail, what, end, &c->err);
        if (port == 0 || !ask_who(c, port))
            compose_finish(c, false);
    }
}

/* A container of somebody, else a process of this machine, as far as it can be seen. */
static void say_who(struct compose *c, bool asked)
{
    struct error taken;

    if (asked && c->who[0] != '\0')
        error_hint(&c->err, "the port is had by %s", c->who);
    else if (!local_port_is_free("127.0.0.1", c->port, &taken))
        error_hint(&c->err, "%s; %s", taken.message, taken.hint);
    compose_finish(c, false);
}

static void child_ended(void *owner, const struct child_end *end)
{
    struct compose *c = owner;
    bool ok = end->signal == 0 && end->exit_status == 0;
    bool found = ok && !c->cancelled;

    switch (c->phase) {
    case PHASE_FIND_PLUGIN:
    case PHASE_FIND_STANDALONE:
        if (found) {
            c->driver = c->phase == PHASE_FIND_PLUGIN ? COMPOSE_PLUGIN : COMPOSE_STANDALONE;
            start_command(c);
        } else if (c->cancelled) {
            error_set(&c->err, "cancelled before anything was done");
            compose_finish(c, false);
        } else if (c->phase == PHASE_FIND_PLUGIN) {
            find_standalone(c);
        } else {
            no_compose(c);
        }
        break;
    case PHASE_LOOK:
        looked(c, end);
        break;
    case PHASE_NETWORK:
        compose_network_found(c, end);
        break;
    case PHASE_MEND:
        compose_mended(c, end);
        break;
    case PHASE_COMMAND:
        command_ended(c, end);
        break;
    case PHASE_WHO:
        say_who(c, ok);
        break;
    case PHASE_LEFT:
        left(c, end);
        break;
    case PHASE_IDLE:
        break;
    }
}

bool compose_run(struct compose *c, enum stack_verb verb, int node, const struct stack_calls *calls,
                 struct error *err)
{
    c->order = (struct compose_order){.verb = verb, .node = node};
    c->calls = *calls;
    c->cancelled = false;
    c->attempts = 0;
    memset(&c->tail, 0, sizeof c->tail);
    if (verb == STACK_DESTROY && node >= 0) {
        error_set(err, "the data of one node of a compose stack are not removed");
        return error_hint(err, "`docker volume ls` and `docker volume rm` do it, once it is down");
    }
    if (c->driver == COMPOSE_UNKNOWN) {
        static const char *const standalone[] = {"docker-compose", "version", "--short", NULL};
        if (find_plugin(c) ||
            compose_start_child(c, PHASE_FIND_STANDALONE, standalone, FIND_DEADLINE_US, &c->err))
            return true;
        error_set(err, "there is no docker: %s", c->err.message);
        return error_hint(err,
                          "install Docker with its Compose plugin, or use a local stack "
                          "(stack: kind: local), which needs no Docker");
    }
    return start_verb(c, err);
}

void compose_cancel(struct compose *c)
{
    c->cancelled = true;
    if (c->child != NULL)
        child_stop(c->child);
}

bool compose_busy(const struct compose *c)
{
    return c->phase != PHASE_IDLE;
}

/* ---- how the containers are */

static void refresh_said(void *owner, const char *line)
{
    struct compose *c = owner;

    if (!take_container(c, line, c->found))
        compose_tail_add(&c->refresh_tail, line);
}

static void refresh_ended(void *owner, const struct child_end *end)
{
    struct compose *c = owner;
    bool ok = end->signal == 0 && end->exit_status == 0;
    struct error err;

    if (ok)
        memcpy(c->known, c->found, (size_t)c->settings->node_count * sizeof *c->found);
    else
        compose_explain(&c->refresh_tail, "docker ps", end, &err);
    child_free(&c->refresh); /* and end with it */
    c->refreshed(c->refresh_owner, ok, ok ? NULL : &err);
}

bool compose_refresh(struct compose *c, stack_done_fn *done, void *owner, struct error *err)
{
    const char *argv[PS_ARGS];
    char filter[256];
    struct child_options options = {
        .argv = argv,
        .deadline_us = COMPOSE_LOOK_DEADLINE_US,
        .output_fd = -1,
        .line = refresh_said,
        .end = refresh_ended,
        .owner = c,
    };

    if (c->refresh != NULL)
        return error_set(err, "a look at the containers is under way");
    ps_arguments(c, filter, sizeof filter, argv);
    c->refreshed = done;
    c->refresh_owner = owner;
    memset(&c->refresh_tail, 0, sizeof c->refresh_tail);
    set_all(c, c->found, "not created");
    c->refresh = child_start(c->loop, &options, err);
    return c->refresh != NULL;
}

void compose_node_status(const struct compose *c, int node, struct stack_node_status *status)
{
    *status = c->known[node].status;
}

struct compose *compose_new(const struct settings *settings, struct loop *loop)
{
    struct compose *c = mem_calloc(1, sizeof *c);
    size_t nodes = (size_t)settings->node_count;

    c->settings = settings;
    c->loop = loop;
    c->seen = mem_calloc(nodes, sizeof *c->seen);
    c->found = mem_calloc(nodes, sizeof *c->found);
    c->known = mem_calloc(nodes, sizeof *c->known);
    set_all(c, c->known, "unknown");
    return c;
}

void compose_free(struct compose **compose)
{
    struct compose *c = *compose;

    if (c == NULL)
        return;
    child_free(&c->child);
    child_free(&c->refresh);
    free(c->seen);
    free(c->found);
    free(c->known);
    free(c);
    *compose = NULL;
}
