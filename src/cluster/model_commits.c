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
    events_add(model->events, at, EVENT_GOOD, SUBJECT, "a commit at %s on %s ended after %s",
               commit_level_word(commit->level), model->nodes[node].name, waited);
}

void model_commit(struct model *model, int node, const struct commit_observation *commit,
                  struct instant at)
{
    const struct latency_level *level = &model->latency->levels[commit->level];
    bool again = level->last_at != 0 && level->last_outcome == commit->outcome &&
                 (commit->outcome == COMMIT_FAILED || commit->asynchronous);

    if (!again)
        say_outcome(model, node, commit, at);
    say_waited(model, node, commit, at);
    latency_commit(model->latency, commit, model->primary < 0 || node == model->primary, at.mono);
}

void model_probe(struct model *model, int node, const struct probe_observation *probe,
                 struct instant at)
{
    const struct latency_level *level = &model->latency->levels[probe->level];
    const char *word = commit_level_word(probe->level), *name = model->nodes[node].name;

    if (probe->state == PROBE_CANNOT &&
        (level->state != PROBE_CANNOT || strcmp(level->why, probe->text) != 0))
        events_add(model->events, at, EVENT_WARNING, SUBJECT, "off at %s on %s: %s", word, name,
                   probe->text);
    else if (level->state == PROBE_CANNOT && probe->state == PROBE_WORKS)
        events_add(model->events, at, EVENT_GOOD, SUBJECT, "works again at %s on %s", word, name);
    latency_probe(model->latency, probe);
}
