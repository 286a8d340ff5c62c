/*
 * load_panel: see load_panel.h.
 */
#include "app/load_panel.h"

#include <stdlib.h>

#include "app/load.h"
#include "base/str.h"
#include "cluster/latency.h"

static const int rates[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000};

/* Enough for the highest rates where a commit takes a few milliseconds. */
#define CLIENTS 8
#define RATES ((int)(sizeof rates / sizeof rates[0]))

struct load_panel {
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    load_panel_changed_fn *changed;
    void *owner;
    struct load *load; /* NULL: none */
    struct load_figures figures;
    struct loop_timer clear; /* a load may not be freed while it calls */
    int rate;                /* of the next load, or of the one that runs; index in rates */
    enum commit_level level;
};

/* ---- what the load says */

static void said(void *owner, enum event_level level, const char *text, struct instant now)
{
    struct load_panel *panel = owner;

    watch_event(panel->watch, now, level, "load", text);
    panel->changed(panel->owner, now);
}

static void ended(void *owner, struct instant now)
{
    struct load_panel *panel = owner;

    loop_timer_set(panel->loop, &panel->clear, now.mono);
}

static void clear(void *owner, struct instant now)
{
    struct load_panel *panel = owner;

    load_free(&panel->load);
    panel->changed(panel->owner, now);
}

/* ---- keys */

void load_panel_follow(struct load_panel *panel)
{
    const struct model *model = watch_model(panel->watch);

    if (panel->load != NULL && (model->primary >= 0 || model->primary_count > 1))
        load_follow(panel->load, model->primary);
}

static bool is_on(const struct load_panel *panel)
{
    struct load_figures figures;

    if (panel->load == NULL)
        return false;
    load_look(panel->load, 0, &figures);
    return figures.phase <= LOAD_RUNNING;
}

static void turn_on(struct load_panel *panel, char *text, size_t size)
{
    static const struct load_callbacks callbacks = {.said = said, .ended = ended};
    const struct load_options options = {
        .rate = rates[panel->rate], .clients = CLIENTS, .level = panel->level};
    struct error err;

    if (watch_model(panel->watch)->primary_count > 1) {
        str_copy(text, size, "no load: " LOAD_SPLIT);
        return;
    }
    load_free(&panel->load); /* one that is ending */
    loop_timer_cancel(panel->loop, &panel->clear);
    panel->load = load_new(panel->settings, panel->loop, &options, &callbacks, panel, &err);
    load_panel_follow(panel);
    str_format(text, size, "load on: %d writes a second at %s", options.rate,
               commit_level_word(options.level));
}

static void change_rate(struct load_panel *panel, int by, char *text, size_t size)
{
    int rate = panel->rate + by;

    if (rate >= 0 && rate < RATES)
        panel->rate = rate;
    if (is_on(panel))
        load_set_rate(panel->load, rates[panel->rate]);
    str_format(text, size, "load: %d writes a second%s", rates[panel->rate],
               is_on(panel) ? "" : " (l starts it)");
}

static void change_level(struct load_panel *panel, char *text, size_t size)
{
    panel->level = (enum commit_level)((panel->level + 1) % COMMIT_LEVELS);
    if (is_on(panel))
        load_set_level(panel->load, panel->level);
    str_format(text, size, "load: synchronous_commit = %s%s", commit_level_word(panel->level),
               is_on(panel) ? "" : " (l starts it)");
}

void load_panel_act(struct load_panel *panel, enum ui_request request, char *text, size_t size)
{
    struct error err;

    if (!load_allowed(panel->settings, &err)) {
        str_format(text, size, "%s; %s", err.message, err.hint);
    } else if (request == UI_LOAD_TOGGLE && is_on(panel)) {
        load_stop(panel->load);
        str_copy(text, size, "load off");
    } else if (request == UI_LOAD_TOGGLE) {
        turn_on(panel, text, size);
    } else if (request == UI_LOAD_LEVEL) {
        change_level(panel, text, size);
    } else {
        change_rate(panel, request == UI_LOAD_FASTER ? 1 : -1, text, size);
    }
}

bool load_panel_runs(const struct load_panel *panel)
{
    return panel->load != NULL;
}

const struct load_figures *load_panel_look(struct load_panel *panel, mono_us now)
{
    if (panel->load == NULL)
        return NULL;
    load_look(panel->load, now, &panel->figures);
    return &panel->figures;
}

/* ---- */

struct load_panel *load_panel_new(const struct settings *settings, struct loop *loop,
                                  struct watch *watch, load_panel_changed_fn *changed, void *owner)
{
    struct load_panel *panel = mem_calloc(1, sizeof *panel);

    panel->settings = settings;
    panel->loop = loop;
    panel->watch = watch;
    panel->changed = changed;
    panel->owner = owner;
    panel->level = COMMIT_LEVEL_ON;
    while (rates[panel->rate] < LOAD_RATE_DEFAULT)
        panel->rate++;
    panel->clear = (struct loop_timer){.fire = clear, .owner = panel};
    return panel;
}

void load_panel_free(struct load_panel **panel)
{
    struct load_panel *p = *panel;

    if (p == NULL)
        return;
    load_free(&p->load);
    loop_timer_cancel(p->loop, &p->clear);
    free(p);
    *panel = NULL;
}
