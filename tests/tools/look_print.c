/*
 * look_print CONFIG: watches and probes the cluster of a description and prints at each poll, of
 * one look, what `status --json` (one line) and what `status --openmetrics` would print.
 *
 * Ends on SIGTERM or when the reader goes away.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/watch.h"
#include "record/openmetrics.h"
#include "record/status_json.h"

struct print {
    struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    struct loop_timer next;
    struct assessment assessment;
};

static void look(void *owner, struct instant now)
{
    struct print *print = owner;
    const struct model *model = watch_model(print->watch);
    const struct assessment *a = &print->assessment;

    assess(watch_model(print->watch), now, &print->assessment);
    char *json = status_json(model, &a->verdict, &a->health, now, true);
    puts(json);
    free(json);
    openmetrics_print(stdout, model, &a->verdict, &a->health, now);
    if (fflush(stdout) != 0)
        loop_stop(print->loop);
    loop_timer_set(print->loop, &print->next, now.mono + print->settings->poll_interval_us);
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
    print->watch = watch_new(print->settings, print->loop, NULL, NULL, err);
    if (print->watch == NULL)
        return false;
    watch_start_probe(print->watch);
    look(print, clock_now()); /* nothing is known yet */
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
    print.next = (struct loop_timer){.fire = look, .owner = &print};
    print.settings = settings_load(argv[1], &problems);
    settings_problems_free(&problems);
    if (print.settings == NULL)
        return 78;
    bool done = run(&print, &err);
    if (!done)
        fprintf(stderr, "%s\n", err.message);
    watch_free(&print.watch);
    loop_free(&print.loop);
    settings_free(&print.settings);
    return done ? 0 : 1;
}
