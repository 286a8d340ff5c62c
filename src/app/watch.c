/*
 * watch: wires pollers to the model.
 *
 * When a node is lost or comes back, every other node is polled at once and twice more soon: the
 * picture of who is synchronous now must not wait for the next interval, and a primary notices the
 * loss of a standby a moment later than we may. Pollers ignore that while a look is under way, so
 * this cannot become a storm. A look that cannot tell whether commits are blocked is followed by
 * one that can, also where the next interval is far away.
 */
#include "app/watch.h"

#include <stdlib.h>

#include "base/str.h"
#include "postgres/poller.h"
#include "postgres/probe.h"

struct watch {
    const struct settings *settings;
    struct loop *loop;
    struct model *model;
    struct poller **pollers;
    struct probe *probe; /* NULL: not asked for */
    watch_changed_fn *changed;
    void *owner;
    struct loop_timer look_again;
    int looks_again;           /* done since the last change */
    struct loop_timer waits;   /* a second look at commits that wait */
    struct recorder *recorder; /* NULL: nothing is recorded */
};

static void poll_all(struct watch *watch)
{
    for (int i = 0; i < watch->settings->node_count; i++)
        poller_poll_now(watch->pollers[i]);
}

static void look_again(void *owner, struct instant now)
{
    static const int64_t next_us[] = {200 * US_PER_MS, 1 * US_PER_S};
    struct watch *watch = owner;

    poll_all(watch);
    if (watch->looks_again < (int)(sizeof next_us / sizeof next_us[0]))
        loop_timer_set(watch->loop, &watch->look_again, now.mono + next_us[watch->looks_again++]);
}

static void look_at_waits(void *owner, struct instant now)
{
    (void)now;
    poll_all(owner);
}

static void follow_waits(struct watch *watch, const struct node *node)
{
    if (node->waits_unproven)
        loop_timer_set(watch->loop, &watch->waits,
                       node->waited_since + model_proof_us(watch->model));
}

/* Without a primary the commits under way are waited for; with two nobody is written to. */
static void follow_primary(struct watch *watch)
{
    if (watch->model->primary >= 0 || watch->model->primary_count > 1)
        probe_follow(watch->probe, watch->model->primary);
}

static void observed(void *owner, const struct observation *observation)
{
    struct watch *watch = owner;
    const struct node *node = &watch->model->nodes[observation->node];
    bool was_up = node->asked && node->fault.kind == FAULT_NONE;
    bool first = !node->asked;
    uint64_t events_before = watch->model->events->total;
    bool of_poller = observation->kind == OBSERVED_SAMPLE || observation->kind == OBSERVED_FAULT;

    recorder_observation(watch->recorder, observation);
    model_apply(watch->model, observation);
    if (watch->probe != NULL && of_poller)
        follow_primary(watch);
    bool is_up = observation->kind == OBSERVED_SAMPLE;
    if (is_up)
        follow_waits(watch, node);
    if (of_poller && !first && was_up != is_up) {
        watch->looks_again = 0;
        loop_timer_set(watch->loop, &watch->look_again, observation->at.mono);
    }
    if (watch->changed != NULL)
        watch->changed(watch->owner, observation, events_before);
}

static bool make_pollers(struct watch *watch, struct error *err)
{
    const struct settings *settings = watch->settings;

    watch->pollers = mem_calloc((size_t)settings->node_count, sizeof(struct poller *));
    for (int i = 0; i < settings->node_count; i++) {
        struct poller_options options = {
            .node = i,
            .interval_us = settings->poll_interval_us,
            .timeout_us = settings->poll_timeout_us,
            .sink = observed,
            .owner = watch,
        };
        watch->pollers[i] = poller_new(watch->loop, &settings->nodes[i], &options, err);
        if (watch->pollers[i] == NULL)
            return false;
    }
    return true;
}

static const char *stack_word(enum stack_kind kind)
{
    switch (kind) {
    case STACK_COMPOSE:
        return "compose";
    case STACK_LOCAL:
        return "local";
    case STACK_NONE:
        break;
    }
    return "";
}

static struct model *make_model(const struct watch *watch)
{
    const struct settings *settings = watch->settings;
    struct model_node_config *nodes = mem_calloc((size_t)settings->node_count, sizeof *nodes);
    for (int i = 0; i < settings->node_count; i++) {
        nodes[i].name = settings->nodes[i].name;
        nodes[i].address = poller_address(watch->pollers[i]);
    }
    struct model_config config = {
        .cluster = settings->cluster,
        .stack = stack_word(settings->stack),
        .lab = settings->lab,
        .poll_interval_us = settings->poll_interval_us,
        .poll_timeout_us = settings->poll_timeout_us,
        .limits = {.commit_latency_us = settings->limit_commit_latency_us,
                   .replay_lag_us = settings->limit_replay_lag_us,
                   .blocked_commit_us = settings->limit_blocked_commit_us,
                   .replay_behind_bytes = settings->limit_replay_behind_bytes,
                   .slot_retained_bytes = settings->limit_slot_retained_bytes},
        .node_count = settings->node_count,
        .nodes = nodes,
    };
    struct model *model = model_new(&config);
    free(nodes);
    return model;
}

struct watch *watch_new(const struct settings *settings, struct loop *loop,
                        watch_changed_fn *changed, void *owner, struct error *err)
{
    struct watch *watch = mem_calloc(1, sizeof *watch);
    watch->settings = settings;
    watch->loop = loop;
    watch->changed = changed;
    watch->owner = owner;
    watch->look_again = (struct loop_timer){.fire = look_again, .owner = watch};
    watch->waits = (struct loop_timer){.fire = look_at_waits, .owner = watch};
    if (!make_pollers(watch, err)) {
        watch_free(&watch);
        return NULL;
    }
    watch->model = make_model(watch);
    return watch;
}

void watch_free(struct watch **watch)
{
    struct watch *w = *watch;
    if (w == NULL)
        return;
    loop_timer_cancel(w->loop, &w->look_again);
    loop_timer_cancel(w->loop, &w->waits);
    probe_free(&w->probe);
    for (int i = 0; w->pollers != NULL && i < w->settings->node_count; i++)
        poller_free(&w->pollers[i]);
    free(w->pollers);
    if (w->model != NULL)
        model_free(&w->model);
    free(w);
    *watch = NULL;
}

void watch_start_probe(struct watch *watch)
{
    if (watch->settings->probe_enabled && watch->probe == NULL)
        watch->probe = probe_new(watch->settings, watch->loop, observed, watch);
}

struct model *watch_model(struct watch *watch)
{
    return watch->model;
}

bool watch_settled(const struct watch *watch)
{
    for (int i = 0; i < watch->model->node_count; i++)
        if (!watch->model->nodes[i].asked)
            return false;
    return true;
}

bool watch_probe_settled(const struct watch *watch)
{
    if (watch->probe == NULL || watch->model->primary < 0)
        return true;
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        const struct latency_level *level = &watch->model->latency->levels[i];
        if (watch->settings->probe_levels[i] && level->state != PROBE_CANNOT && level->last_at == 0)
            return false;
    }
    return true;
}

void watch_poll_now(struct watch *watch)
{
    poll_all(watch);
}

void watch_set_interval(struct watch *watch, int64_t interval_us)
{
    for (int i = 0; i < watch->settings->node_count; i++)
        poller_set_interval(watch->pollers[i], interval_us);
    recorder_interval(watch->recorder, loop_now(watch->loop), interval_us);
    model_set_poll_interval(watch->model, interval_us, loop_now(watch->loop));
}

void watch_event(struct watch *watch, struct instant at, enum event_level level,
                 const char *subject, const char *text)
{
    recorder_event(watch->recorder, at, level, subject, text);
    events_add(watch->model->events, at, level, subject, "%s", text);
}

void watch_record(struct watch *watch, struct recorder *recorder)
{
    watch->recorder = recorder;
}

const struct settings *watch_settings(const struct watch *watch)
{
    return watch->settings;
}

void assess(struct model *model, struct instant now, struct assessment *assessment)
{
    model_tick(model, now);
    sync_verdict_derive(model, now.mono, &assessment->verdict);
    health_derive(model, &assessment->verdict, now.mono, &assessment->health);
}
