/*
 * probe: a lane for each level and node that was ever the primary.
 */
#include "postgres/probe.h"

#include <stdlib.h>

#include "base/str.h"
#include "postgres/lane.h"

_Static_assert((int)COMMIT_LEVEL_LOCAL == (int)PROBE_LOCAL &&
                   (int)COMMIT_LEVEL_REMOTE_APPLY == (int)PROBE_REMOTE_APPLY,
               "the levels of the description are those of the commits");

struct probe {
    const struct settings *settings;
    struct loop *loop;
    poller_sink *sink;
    void *owner;
    int node;
    struct lane **lanes; /* [node][level]; NULL until it is needed */
};

static struct lane **lane_at(const struct probe *probe, int node, int level)
{
    return &probe->lanes[node * COMMIT_LEVELS + level];
}

static int first_level(const struct settings *settings)
{
    for (int i = 0; i < COMMIT_LEVELS; i++)
        if (settings->probe_levels[i])
            return i;
    return COMMIT_LEVELS;
}

static void activate(struct probe *probe, int node, bool active)
{
    for (int level = 0; node >= 0 && level < COMMIT_LEVELS; level++) {
        struct lane **lane = lane_at(probe, node, level);
        if (!probe->settings->probe_levels[level])
            continue;
        if (*lane == NULL && active) {
            struct lane_options options = {
                .settings = probe->settings,
                .node = node,
                .level = (enum commit_level)level,
                .offset_us = probe->settings->probe_interval_us * level / COMMIT_LEVELS,
                .share_us = probe->settings->probe_interval_us / COMMIT_LEVELS,
                .trims = level == first_level(probe->settings),
                .sink = probe->sink,
                .owner = probe->owner,
            };
            *lane = lane_new(probe->loop, &options);
        }
        if (*lane != NULL)
            lane_activate(*lane, active);
    }
}

/* The figures must not look as if they were of now. */
static void tell_stopped(struct probe *probe, int node)
{
    struct observation *o = mem_calloc(1, sizeof *o);

    o->kind = OBSERVED_PROBE;
    o->node = node;
    o->at = loop_now(probe->loop);
    o->probe.state = PROBE_CANNOT;
    str_copy(o->probe.text, sizeof o->probe.text, "there is more than one primary");
    for (int level = 0; node >= 0 && level < COMMIT_LEVELS; level++) {
        o->probe.level = (enum commit_level)level;
        if (probe->settings->probe_levels[level])
            probe->sink(probe->owner, o);
    }
    free(o);
}

void probe_follow(struct probe *probe, int node)
{
    if (node == probe->node)
        return;
    activate(probe, probe->node, false);
    if (node < 0)
        tell_stopped(probe, probe->node);
    probe->node = node;
    activate(probe, node, true);
}

struct probe *probe_new(const struct settings *settings, struct loop *loop, poller_sink *sink,
                        void *owner)
{
    struct probe *probe = mem_calloc(1, sizeof *probe);

    probe->settings = settings;
    probe->loop = loop;
    probe->sink = sink;
    probe->owner = owner;
    probe->node = -1;
    probe->lanes = mem_calloc((size_t)settings->node_count * COMMIT_LEVELS, sizeof(struct lane *));
    return probe;
}

void probe_free(struct probe **probe)
{
    struct probe *p = *probe;

    if (p == NULL)
        return;
    for (int i = 0; i < p->settings->node_count * COMMIT_LEVELS; i++)
        lane_free(&p->lanes[i]);
    free(p->lanes);
    free(p);
    *probe = NULL;
}
