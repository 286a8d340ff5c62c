/*
 * look_print CONFIG: watches and probes the cluster of a description and prints at each poll, of
 * one look, what `status --json` (one line) and what `status --openmetrics` would print.
 */
#include <stdlib.h>

#include "record/openmetrics.h"
#include "record/status_json.h"
#include "watching.h"

struct print {
    struct watching watching;
    struct loop_timer next;
    struct assessment assessment;
};

static void look(void *owner, struct instant now)
{
    struct print *print = owner;
    struct watching *w = &print->watching;
    struct model *model = watch_model(w->watch);
    const struct assessment *a = &print->assessment;

    assess(model, now, &print->assessment);
    char *json = status_json(model, &a->verdict, &a->health, now, true);
    puts(json);
    free(json);
    openmetrics_print(stdout, model, &a->verdict, &a->health, now);
    if (fflush(stdout) != 0)
        loop_stop(w->loop);
    loop_timer_set(w->loop, &print->next, now.mono + w->settings->poll_interval_us);
}

/* Nothing is known yet. */
static void begin(struct watching *w)
{
    look((struct print *)w, clock_now());
}

int main(int argc, char **argv)
{
    struct print print = {0};

    print.next = (struct loop_timer){.fire = look, .owner = &print};
    return watching_main(argc, argv, &print.watching, NULL, NULL, begin);
}
