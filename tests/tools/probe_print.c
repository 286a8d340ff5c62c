/*
 * probe_print CONFIG: watches and probes the cluster of a description, at all levels (also off,
 * which no description can name), and prints every commit and every event, one a line:
 *
 *   commit NODE LEVEL acknowledged|local|asynchronous|unknown|failed MICROSECONDS TEXT
 *   (below 0: not known)
 *   event SUBJECT TEXT
 *
 * Ends on SIGTERM or when the reader goes away.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "app/watch.h"

struct print {
    struct settings *settings;
    struct loop *loop;
    struct watch *watch;
};

static const char *outcome_word(const struct commit_observation *commit)
{
    static const char *const words[COMMIT_OUTCOMES] = {"acknowledged", "local", "unknown",
                                                       "failed"};
    return commit->asynchronous ? "asynchronous" : words[commit->outcome];
}

static void observed(void *owner, const struct observation *o, uint64_t events_before)
{
    struct print *print = owner;
    const struct events *events = watch_model(print->watch)->events;

    if (o->kind == OBSERVED_COMMIT)
        printf("commit %s %s %s %" PRId64 " %s\n", print->settings->nodes[o->node].name,
               commit_level_word(o->commit.level), outcome_word(&o->commit), o->commit.latency_us,
               o->commit.text);
    for (uint64_t i = events->total - events_before; i > 0; i--) {
        const struct event *event = events_at(events, i - 1);
        printf("event %s %s\n", event->subject, event->text);
    }
    if (fflush(stdout) != 0)
        loop_stop(print->loop);
}

static void interrupted(void *owner, int signo, struct instant now)
{
    struct print *print = owner;
    (void)signo;
    (void)now;
    loop_stop(print->loop);
}

static bool run(struct print *print, struct error *err)
{
    static const int signals[] = {SIGTERM, SIGINT};

    print->loop = loop_new(err);
    if (print->loop == NULL || !loop_signals(print->loop, signals, 2, interrupted, print, err))
        return false;
    print->watch = watch_new(print->settings, print->loop, observed, print, err);
    if (print->watch == NULL)
        return false;
    watch_start_probe(print->watch);
    loop_run(print->loop);
    return true;
}

int main(int argc, char **argv)
{
    struct print print = {0};
    struct settings_problems problems = {0};
    struct error err;

    if (argc != 2)
        return 64;
    print.settings = settings_load(argv[1], &problems);
    settings_problems_free(&problems);
    if (print.settings == NULL)
        return 78;
    print.settings->probe_levels[PROBE_OFF] = true;
    bool done = run(&print, &err);
    if (!done)
        fprintf(stderr, "%s\n", err.message);
    watch_free(&print.watch);
    loop_free(&print.loop);
    settings_free(&print.settings);
    return done ? 0 : 1;
}
