/*
 * compose_network: a container's cable to the project's network, and what comes before `up`.
 *
 * Compose has no word for it, so Docker is asked: which network has the project's label, and which
 * container the service's. A container that is cut stays so over kill, start and restart, and `up`
 * leaves it as it is: here `up` joins it first. Who is paused (Compose would fail) or runs without
 * the network could be a primary that others have left behind, and lead on beside the one that was
 * promoted: it cannot be told before, so `up` kills it first, and what it starts finds its place.
 * `resume` and `join` let it go on as it is.
 */
#include <string.h>

#include "base/str.h"
#include "stack/compose_internal.h"

#define DEFAULT_NETWORK "_default"
#define MARK "network|" /* before a line that is an answer */

bool compose_moves_network(enum stack_verb verb)
{
    return verb == STACK_CUT || verb == STACK_JOIN;
}

void compose_learn_network(struct compose *c, const char *networks)
{
    if (networks[0] != '\0' && strchr(networks, ',') == NULL)
        str_copy(c->network, sizeof c->network, networks);
}

/* ---- which network it is */

static bool find_network(struct compose *c, struct error *err)
{
    static const char format[] = MARK "{{.Name}}";
    char filter[256];
    const char *const argv[] = {"docker", "network",  "ls",   "--filter",
                                filter,   "--format", format, NULL};

    str_format(filter, sizeof filter, "label=com.docker.compose.project=%s",
               c->settings->compose_project);
    memset(&c->tail, 0, sizeof c->tail);
    c->network_count = 0;
    return compose_start_child(c, PHASE_NETWORK, argv, COMPOSE_LOOK_DEADLINE_US, err);
}

void compose_network_said(struct compose *c, const char *line)
{
    if (strncmp(line, MARK, strlen(MARK)) != 0)
        return; /* a warning of Docker's */
    c->network_count++;
    str_copy(c->network, sizeof c->network, line + strlen(MARK));
}

static void mend_next(struct compose *c);

void compose_network_found(struct compose *c, const struct child_end *end)
{
    if (c->cancelled) {
        compose_was_cancelled(c);
    } else if (end->signal != 0 || end->exit_status != 0 || end->timed_out) {
        compose_explain(&c->tail, "docker network ls", end, &c->err);
        compose_finish(c, false);
    } else if (c->network_count != 1) {
        error_set(&c->err, "project %s has %d networks: which one is meant is not known",
                  c->settings->compose_project, c->network_count);
        error_hint(&c->err, c->network_count == 0
                                ? "it was removed; stack down and stack up make it anew"
                                : "`docker network connect` and `disconnect` do it by hand");
        compose_finish(c, false);
    } else {
        mend_next(c);
    }
}

/* ---- before `up` */

static bool is_meant(const struct compose *c, int node)
{
    return c->order.node < 0 || c->order.node == node;
}

static bool is_paused(const struct compose_container *container)
{
    return strcmp(container->status.state, "paused") == 0;
}

/* The first of those that `up` is for which is frozen or cut; -1: none. */
static int find_broken(const struct compose *c)
{
    for (int i = 0; c->order.verb == STACK_UP && i < c->settings->node_count; i++)
        if (is_meant(c, i) && c->seen[i].name[0] != '\0' &&
            (is_paused(&c->seen[i]) || c->seen[i].cut))
            return i;
    return -1;
}

/* It has processes that would go on, unseen by the others until now. */
static bool could_lead_on(const struct compose_container *container)
{
    return is_paused(container) || strcmp(container->status.state, "cut") == 0;
}

static void say(const struct compose *c, int node, const char *what)
{
    if (c->calls.line != NULL)
        c->calls.line(c->calls.owner, c->settings->nodes[node].name, what);
}

/* One thing after the other: it is taken as done when it is begun, for a failure ends it all. */
static bool mend(struct compose *c, int node, struct error *err)
{
    struct compose_container *container = &c->seen[node];
    const char *argv[COMPOSE_ARGS_MAX] = {"docker", "kill", container->name, NULL};

    if (could_lead_on(container)) {
        say(c, node,
            is_paused(container)
                ? "is paused, and could be no primary any more: killing it, to start it anew"
                : "runs cut off, and could be no primary any more: killing it, to start it anew");
        str_copy(container->status.state, sizeof container->status.state, "crashed");
    } else {
        say(c, node, "is cut from the network: joining it");
        container->cut = false;
        compose_network_arguments(true, c->network, container->name,
                                  compose_service(c->settings, node), argv);
    }
    return compose_start_child(c, PHASE_MEND, argv, COMPOSE_DEADLINE_US, err);
}

static void mend_next(struct compose *c)
{
    int broken = find_broken(c);

    memset(&c->tail, 0, sizeof c->tail);
    if (broken >= 0 ? !mend(c, broken, &c->err) : !compose_run_command(c, &c->err))
        compose_finish(c, false);
}

void compose_mended(struct compose *c, const struct child_end *end)
{
    if (c->cancelled) {
        compose_was_cancelled(c);
    } else if (end->signal != 0 || end->exit_status != 0 || end->timed_out) {
        compose_explain(&c->tail, "docker", end, &c->err);
        compose_finish(c, false);
    } else {
        mend_next(c);
    }
}

void compose_prepare(struct compose *c)
{
    bool network = compose_moves_network(c->order.verb);

    for (int i = 0; c->order.verb == STACK_UP && i < c->settings->node_count; i++)
        network = network || (is_meant(c, i) && c->seen[i].name[0] != '\0' && c->seen[i].cut);
    if (!network)
        mend_next(c);
    else if (!find_network(c, &c->err))
        compose_finish(c, false);
}

/* ---- for people */

/* Before the first look the container has no known name: then a shell finds it. */
static void describe_network(const struct compose *c, bool join, int node, char *out, size_t size)
{
    const char *argv[COMPOSE_ARGS_MAX], *service = compose_service(c->settings, node);
    const char *container = c->known[node].name;
    char network[300];

    str_format(network, sizeof network, "%s%s",
               c->network[0] != '\0' ? c->network : c->settings->compose_project,
               c->network[0] != '\0' ? "" : DEFAULT_NETWORK);
    compose_network_arguments(join, network, container[0] != '\0' ? container : NULL, service,
                              argv);
    compose_join(argv, out, size);
    if (container[0] == '\0')
        str_appendf(out, size,
                    " $(docker ps -aq --filter label=com.docker.compose.project=%s --filter "
                    "label=com.docker.compose.service=%s)",
                    c->settings->compose_project, service);
}

void compose_describe(const struct compose *c, enum stack_verb verb, int node, char *out,
                      size_t size)
{
    const char *argv[COMPOSE_ARGS_MAX];
    struct compose_order order = {.verb = verb, .node = node};

    if (node >= 0 && compose_moves_network(verb)) {
        describe_network(c, verb == STACK_JOIN, node, out, size);
        return;
    }
    order.runs = node >= 0 && (strcmp(c->known[node].status.state, "unknown") == 0 ||
                               compose_runs(c->known[node].status.state));
    compose_arguments(c->settings, c->driver, &order, argv);
    compose_join(argv, out, size);
}
