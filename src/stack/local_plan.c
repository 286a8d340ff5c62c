/*
 * local_plan: which jobs a verb is made of, and in which order.
 *
 * up: who was the primary last starts first, so that the others find it. That is the node without
 * standby.signal; if a failover left two of them, the one with the newest timeline (the other joins
 * it). Without any data it is the one with init-primary.sh. When a standby has a newer timeline
 * still, somebody was promoted whose data are gone: then the standbys start first, and who was the
 * primary sees by them that it may not lead.
 *
 * down: the primary first. Its sessions end, and it waits until the standbys have all of its WAL:
 * no commit hangs, and the standbys need nothing from one another at the next start. Frozen nodes
 * are resumed before, because the primary would wait for them in vain.
 *
 * Who was frozen as the primary while somebody else was promoted would acknowledge commits again
 * the moment it goes on, and standbys that wait for its answer would receive them: it is killed
 * before anything else, whatever is asked for but `resume`.
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

/* A standby on a newer timeline than that node's; -1: none. */
static int find_newer_standby(const struct local *local, int node)
{
    unsigned own = server_timeline(&local->nodes[node].paths);

    for (int i = 0; i < local->node_count; i++) {
        const struct local_paths *paths = &local->nodes[i].paths;
        if (server_is_standby(paths) && server_timeline(paths) > own)
            return i;
    }
    return -1;
}

/* ---- who was frozen as the primary */

/* Who leads, or shows that somebody was promoted, since this node was frozen; -1: nobody. */
static int find_successor(const struct local *local, int node)
{
    const struct local_node *n = &local->nodes[node];
    int primary = find_primary(local);

    if (n->server.state != SERVER_PAUSED || !server_was_primary(&n->paths))
        return -1;
    return primary != node ? primary : find_newer_standby(local, node);
}

static const char *what_succeeded(const struct local_node *successor)
{
    if (successor->server.state == SERVER_READY)
        return "is the primary";
    return server_is_standby(&successor->paths) ? "is on a newer timeline" : "was promoted";
}

/* Of that node, or of all. Returns the first wave after. */
static int plan_frozen(struct local *local, int node)
{
    int wave = 0;

    for (int i = 0; i < local->node_count; i++) {
        int successor = node < 0 || node == i ? find_successor(local, i) : -1;
        if (successor < 0)
            continue;
        local_say(local, i, "is paused, and %s %s: killing it, so that it is no second primary",
                  local->nodes[successor].settings->name, what_succeeded(&local->nodes[successor]));
        add(local, JOB_KILL, i, 0);
        wave = 1;
    }
    return wave;
}

/* ---- who starts alone */

/* It answers who asks it, or is known by its silence. */
static bool is_up(const struct server *server)
{
    return server->postmaster.pid != 0 && server->state != SERVER_STARTING &&
           server->state != SERVER_STOPPING;
}

/* Who has a newer timeline than this node, while nobody is up who does; -1: nobody. */
static int find_promoted_down(const struct local *local, int node)
{
    unsigned own = server_timeline(&local->nodes[node].paths);
    int primary = find_primary(local);

    for (int i = 0; i < local->node_count; i++) {
        const struct local_node *n = &local->nodes[i];
        if (is_up(&n->server) && server_timeline(&n->paths) > own)
            return -1;
    }
    if (primary >= 0 && server_timeline(&local->nodes[primary].paths) > own)
        return primary;
    return find_newer_standby(local, node);
}

/* Its script asks those that are up. Who was promoted since and is down can be seen here only. */
static bool may_start(const struct local *local, int node, struct error *err)
{
    const struct local_node *n = &local->nodes[node];

    if (!server_was_primary(&n->paths) || n->server.state == SERVER_READY)
        return true;
    int promoted = find_promoted_down(local, node);
    if (promoted < 0)
        return true;
    const char *name = local->nodes[promoted].settings->name;
    error_set(err, "%s is not started: it was the primary before, and %s %s", n->settings->name,
              name, what_succeeded(&local->nodes[promoted]));
    return error_hint(err, "start %s first, or all: pgwatch-tui stack up", name);
}

/* ---- the verbs */

/* Who is primary already is compared with nobody any more. */
static bool starts_last(struct local *local, int first)
{
    int newer = first < 0 || local->nodes[first].server.state == SERVER_READY
                    ? -1
                    : find_newer_standby(local, first);

    if (newer >= 0)
        local_say(local, first, "starts after the standbys: %s is on a newer timeline",
                  local->nodes[newer].settings->name);
    return newer >= 0;
}

static void plan_starts(struct local *local, int wave)
{
    int first = find_first(local);
    bool last = starts_last(local, first);

    for (int i = 0; i < local->node_count; i++) {
        bool early = last ? server_is_standby(&local->nodes[i].paths) : i == first;
        add(local, JOB_START, i, early || first < 0 ? wave : wave + 1);
    }
}

/* Returns the number of waves. */
static int plan_down(struct local *local)
{
    int primary = find_primary(local);

    plan_frozen(local, -1);
    for (int i = 0; i < local->node_count; i++) {
        const struct server *server = &local->nodes[i].server;
        if (server->state == SERVER_PAUSED && server->postmaster.pid != 0 &&
            find_successor(local, i) < 0)
            add(local, JOB_RESUME, i, 0);
        add(local, JOB_STOP, i, i == primary ? 1 : 2);
    }
    return 3;
}

/* Returns the number of waves. */
static int plan_stop(struct local *local, int node)
{
    int wave = plan_frozen(local, node);

    add(local, JOB_STOP, node, wave);
    return wave + 1;
}

static void plan_each(struct local *local, enum job_kind kind, int node, int wave)
{
    for (int i = 0; i < local->node_count; i++)
        if (node < 0 || node == i)
            add(local, kind, i, wave);
}

static bool plan_up(struct local *local, int node, struct error *err)
{
    if (node >= 0 && !may_start(local, node, err))
        return false;
    int wave = plan_frozen(local, node);
    if (node < 0)
        plan_starts(local, wave);
    else
        add(local, JOB_START, node, wave);
    return true;
}

static bool plan_restart(struct local *local, int node, struct error *err)
{
    if (node >= 0 && !may_start(local, node, err))
        return false;
    if (node < 0)
        plan_starts(local, plan_down(local));
    else
        add(local, JOB_START, node, plan_stop(local, node));
    return true;
}

/* Without a node: only those that are paused. */
static void plan_resume(struct local *local, int node)
{
    for (int i = 0; i < local->node_count; i++)
        if (node == i || (node < 0 && local->nodes[i].server.state == SERVER_PAUSED))
            add(local, JOB_RESUME, i, 0);
}

bool local_plan(struct local *local, enum stack_verb verb, int node, struct error *err)
{
    look_at_all(local);
    switch (verb) {
    case STACK_UP:
        return plan_up(local, node, err);
    case STACK_DOWN:
    case STACK_STOP:
        if (node < 0)
            plan_down(local);
        else
            plan_stop(local, node);
        break;
    case STACK_DESTROY:
        if (node < 0)
            plan_each(local, JOB_REMOVE, -1, plan_down(local));
        else
            add(local, JOB_REMOVE, node, plan_stop(local, node));
        break;
    case STACK_RESTART:
        return plan_restart(local, node, err);
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
    return true;
}
