/*
 * watching: what the tools share that watch and probe the cluster of a description and print what
 * they see. They end on SIGTERM, SIGINT or when the reader goes away.
 */
#ifndef TESTS_TOOLS_WATCHING_H
#define TESTS_TOOLS_WATCHING_H

#include <signal.h>
#include <stdio.h>

#include "app/watch.h"

struct watching {
    struct settings *settings;
    struct loop *loop;
    struct watch *watch;
};

static void watching_interrupted(void *owner, int signo, struct instant now)
{
    struct watching *w = owner;
    (void)signo;
    (void)now;
    loop_stop(w->loop);
}

static bool watching_run(struct watching *w, watch_changed_fn *changed,
                         void (*begin)(struct watching *w), struct error *err)
{
    static const int signals[] = {SIGTERM, SIGINT};

    w->loop = loop_new(err);
    if (w->loop == NULL || !loop_signals(w->loop, signals, 2, watching_interrupted, w, err))
        return false;
    w->watch = watch_new(w->settings, w->loop, changed, w, err);
    if (w->watch == NULL)
        return false;
    watch_start_probe(w->watch);
    if (begin != NULL)
        begin(w);
    loop_run(w->loop);
    return true;
}

/* The tool's main: changed has w for its owner; prepare may change the settings, begin is called
 * before the loop runs; any may be NULL. Returns the exit status. */
static int watching_main(int argc, char **argv, struct watching *w, watch_changed_fn *changed,
                         void (*prepare)(struct settings *settings),
                         void (*begin)(struct watching *w))
{
    struct settings_problems problems = {0};
    struct error err;

    if (argc != 2)
        return 64;
    w->settings = settings_load(argv[1], &problems);
    settings_problems_free(&problems);
    if (w->settings == NULL)
        return 78;
    if (prepare != NULL)
        prepare(w->settings);
    bool done = watching_run(w, changed, begin, &err);
    if (!done)
        fprintf(stderr, "%s\n", err.message);
    watch_free(&w->watch);
    loop_free(&w->loop);
    settings_free(&w->settings);
    return done ? 0 : 1;
}

#endif
