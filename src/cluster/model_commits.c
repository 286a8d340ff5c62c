/*
 * model_commits: what the probe's commits mean: figures, and events where a commit was not
 * acknowledged as its level demands, or waited for long.
 */
#include <string.h>

#include "base/str.h"
#include "cluster/model.h"
#include "cluster/model_internal.h"

#define SUBJECT "probe"

static void say_outcome(struct model *model, int node, const struct commit_observation *commit,
                        struct instant at)
{
    const char *level = commit_level_word(commit->level), *name = model->nodes[node].name;

    switch (commit->outcome) {
    case COMMIT_LOCAL:
        events_add(model->events, at, EVENT_WARNING, SUBJECT,
                   "a commit at %s on %s is durable there only: %s", level, name, commit->text);
        break;
    case COMMIT_UNKNOWN:
        events_add(model->events, at, EVENT_WARNING, SUBJECT,
                   "whether a commit at %s on %s was done is unknown: %s", level, name,
                   commit->text);
        break;
    case COMMIT_FAILED:
        events_add(model->events, at, EVENT_WARNING, SUBJECT, "a commit at %s on %s failed: %s",
                   level, name, commit->text);
        break;
    case COMMIT_ACKNOWLEDGED:
    case COMMIT_OUTCOMES:
        break;
    }
}

static void say_waited(struct model *model, int node, const struct commit_observation *commit,
                       struct instant at)
{
    char waited[16];

    if (model->limits.blocked_commit_us == UNKNOWN_US ||
        commit->latency_us <= model->limits.blocked_commit_us || commit->outcome == COMMIT_FAILED)
        return;
    format_duration(waited, sizeof waited, commit->latency_us);
    events_add(model->events, at, commit->outcome == COMMIT_ACKNOWLEDGED ? EVENT_GOOD : EVENT_INFO,
               SUBJECT, "a commit at %s on %s ended after %s", commit_level_word(commit->level),
               model->nodes[node].name, waited);
}

/* Who the figures are of: nobody while more than one node says that it is the primary. */
static bool is_of_primary(const struct model *model, int node)
{
    if (model->primary >= 0)
        return node == model->primary;
    return model->primary_count == 0 && node == model->last_primary;
}

void model_commit(struct model *model, int node, const struct commit_observation *commit,
                  struct instant at)
{
    const struct latency_level *level = &model->latency->levels[commit->level];
    bool again = level->last_at != 0 && level->last_outcome == commit->outcome &&
                 strcmp(level->last_text, commit->text) == 0 &&
                 (commit->outcome == COMMIT_FAILED || commit->asynchronous);

    if (!again)
        say_outcome(model, node, commit, at);
    say_waited(model, node, commit, at);
    latency_commit(model->latency, commit, is_of_primary(model, node), at.mono);
}

/* Levels other than this one that cannot be probed (for this reason; NULL: for any). */
static bool others_cannot(const struct model *model, enum commit_level level, const char *why)
{
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        const struct latency_level *other = &model->latency->levels[i];
        if (i != (int)level && other->state == PROBE_CANNOT &&
            (why == NULL || strcmp(other->why, why) == 0))
            return true;
    }
    return false;
}

/* What holds all levels up is said once. */
void model_probe(struct model *model, int node, const struct probe_observation *probe,
                 struct instant at)
{
    const struct latency_level *level = &model->latency->levels[probe->level];
    const char *name = model->nodes[node].name;

    if (probe->state == PROBE_CANNOT) {
        if ((level->state != PROBE_CANNOT || strcmp(level->why, probe->text) != 0) &&
            !others_cannot(model, probe->level, probe->text))
            events_add(model->events, at, EVENT_WARNING, SUBJECT, "off at %s on %s: %s",
                       commit_level_word(probe->level), name, probe->text);
    } else if (level->state == PROBE_CANNOT && probe->state == PROBE_WORKS &&
               !others_cannot(model, probe->level, NULL)) {
        events_add(model->events, at, EVENT_GOOD, SUBJECT, "works again on %s", name);
    }
    latency_probe(model->latency, probe, at.mono);
}
