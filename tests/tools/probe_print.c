/*
 * probe_print CONFIG: watches and probes the cluster of a description, at all levels (also off,
 * which no description can name), and prints every commit and every event, one a line:
 *
 *   commit NODE LEVEL acknowledged|local|asynchronous|unknown|failed MICROSECONDS TEXT
 *   (below 0: not known)
 *   event SUBJECT TEXT
 */
#include <inttypes.h>

#include "watching.h"

static const char *outcome_word(const struct commit_observation *commit)
{
    static const char *const words[COMMIT_OUTCOMES] = {"acknowledged", "local", "unknown",
                                                       "failed"};
    return commit->asynchronous ? "asynchronous" : words[commit->outcome];
}

static void observed(void *owner, const struct observation *o, uint64_t events_before)
{
    struct watching *w = owner;
    const struct events *events = watch_model(w->watch)->events;

    if (o->kind == OBSERVED_COMMIT)
        printf("commit %s %s %s %" PRId64 " %s\n", w->settings->nodes[o->node].name,
               commit_level_word(o->commit.level), outcome_word(&o->commit), o->commit.latency_us,
               o->commit.text);
    for (uint64_t i = events->total - events_before; i > 0; i--) {
        const struct event *event = events_at(events, i - 1);
        printf("event %s %s\n", event->subject, event->text);
    }
    if (fflush(stdout) != 0)
        loop_stop(w->loop);
}

static void probe_off_too(struct settings *settings)
{
    settings->probe_levels[PROBE_OFF] = true;
}

int main(int argc, char **argv)
{
    struct watching watching = {0};

    return watching_main(argc, argv, &watching, observed, probe_off_too, NULL);
}
