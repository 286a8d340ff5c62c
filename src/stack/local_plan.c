/*
 * local_plan: which jobs a verb is made of, and in which order.
 *
 * up: who was the primary last starts first, so that the others find it. That is the node without
 * standby.signal; if a failover left two of them, the one with the newest timeline (the other joins
 * it). Without any data it is the one with init-primary.sh.
 *
 * down: the primary first. Its sessions end, and it waits until the standbys have all of its WAL:
 * no commit hangs, and the standbys need nothing from one another at the next start. Frozen nodes
 * are resumed before, because the primary would wait for them in vain.
 */
#include "base/str.h"
#include "stack/local_internal.h"

static void add(struct local *local, enum job_kind kind, int node, int wave)
{
    if (local->job_count == local->job_capacity) {
        local->job_capacity = local->job_capacity * 2 + 8;
        local->jobs = mem_realloc(local->jobs, (size_t)local->job_capacity * sizeof *local->jobs);
    }
    local->jobs[local->job_count++] = (struct local_job){.kind = kind, .node = node, .wave = wave};
}

static void look_at_all(struct local *local)
{
    for (int i = 0; i < local->node_count; i++)
        server_look(&local->nodes[i].paths, &local->nodes[i].server);
}

static bool makes_clusters(const struct local_node *node)
{
    char script[64];
    struct error ignored;

    return local_script_of(node->settings, script, sizeof script, &ignored) &&
           str_equal_nocase(script, "init-primary.sh");
}

/* The node that is or becomes the primary; -1: none was. */
static int find_primary(const struct local *local)
{
    int found = -1;
    unsigned newest = 0;

    for (int i = 0; i < local->node_count; i++) {
        const struct local_node *node = &local->nodes[i];
        if (node->server.state == SERVER_READY && server_was_primary(&node->paths))
            return i;
    }
    for (int i = 0; i < local->node_count; i++) {
        const struct local_paths *paths = &local->nodes[i].paths;
        unsigned timeline = server_was_primary(paths) ? server_timeline(paths) : 0;
        if (timeline > newest) {
            newest = timeline;
            found = i;
        }
    }
    return found;
}

static int find_first(struct local *local)
{
    int first = find_primary(local);

    for (int i = 0; i < local->node_count && first < 0; i++)
        if (server_has_data(&local->nodes[i].paths)) {
            local_say(local, -1,
                      "no node was the primary last: they wait as standbys until one "
                      "is promoted");
            return -1;
        }
    for (int i = 0; i < local->node_count && first < 0; i++)
        if (makes_clusters(&local->nodes[i]))
            first = i;
    return first;
}

static void plan_up(struct local *local, int wave)
{
    int first = find_first(local);

    if (first >= 0)
        add(local, JOB_START, first, wave++);
    for (int i = 0; i < local->node_count; i++)
        if (i != first)
            add(local, JOB_START, i, wave);
}

/* Returns the number of waves. */
static int plan_down(struct local *local)
{
    int primary = find_primary(local);

    for (int i = 0; i < local->node_count; i++) {
        if (local->nodes[i].server.state == SERVER_PAUSED)
            add(local, JOB_RESUME, i, 0);
        add(local, JOB_STOP, i, i == primary ? 1 : 2);
    }
    return 3;
}

static void plan_each(struct local *local, enum job_kind kind, int node, int wave)
{
    for (int i = 0; i < local->node_count; i++)
        if (node < 0 || node == i)
            add(local, kind, i, wave);
}

static void plan_restart(struct local *local, int node)
{
    if (node < 0) {
        plan_up(local, plan_down(local));
        return;
    }
    add(local, JOB_STOP, node, 0);
    add(local, JOB_START, node, 1);
}

/* Without a node: only those that are paused. */
static void plan_resume(struct local *local, int node)
{
    for (int i = 0; i < local->node_count; i++)
        if (node == i || (node < 0 && local->nodes[i].server.state == SERVER_PAUSED))
            add(local, JOB_RESUME, i, 0);
}

void local_plan(struct local *local, enum stack_verb verb, int node)
{
    look_at_all(local);
    switch (verb) {
    case STACK_UP:
        if (node < 0)
            plan_up(local, 0);
        else
            add(local, JOB_START, node, 0);
        break;
    case STACK_DOWN:
    case STACK_STOP:
        if (node < 0)
            plan_down(local);
        else
            add(local, JOB_STOP, node, 0);
        break;
    case STACK_DESTROY:
        if (node < 0)
            plan_each(local, JOB_REMOVE, -1, plan_down(local));
        else {
            add(local, JOB_STOP, node, 0);
            add(local, JOB_REMOVE, node, 1);
        }
        break;
    case STACK_RESTART:
        plan_restart(local, node);
        break;
    case STACK_KILL:
        plan_each(local, JOB_KILL, node, 0);
        break;
    case STACK_PAUSE:
        plan_each(local, JOB_PAUSE, node, 0);
        break;
    case STACK_RESUME:
        plan_resume(local, node);
        break;
    case STACK_IDENTITY:
        add(local, JOB_IDENTITY, node, 0);
        break;
    case STACK_WAL_END:
        add(local, JOB_WAL_END, node, 0);
        break;
    case STACK_LOGS:
    case STACK_CUT:
    case STACK_JOIN:
    case STACK_VERBS:
        break;
    }
}
