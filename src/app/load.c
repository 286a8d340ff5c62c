/*
 * load: the schedule and the end.
 *
 *   CONNECTING  every wanted client has been ready or failed once, and one is ready, ends it
 *   RUNNING     load_stop, the duration or a ledger that cannot be written ends it
 *   FINISHING   the last answer or the deadline ends it
 *   ENDED
 */
#include "app/load.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/load_internal.h"
#include "base/str.h"
#include "cluster/latency.h"

#define STOP_US (100 * US_PER_MS)
#define DRAIN_US (5 * US_PER_S) /* after the duration: what is due is still sent and answered */

/* ---- the end */

static void end(void *owner, struct instant now)
{
    struct load *load = owner;

    if (load->phase == LOAD_ENDED)
        return;
    load_drop_clients(load, now);
    ledger_skip_unsent(&load->ledger);
    load->phase = LOAD_ENDED;
    loop_timer_cancel(load->loop, &load->schedule);
    loop_timer_cancel(load->loop, &load->tick);
    loop_timer_cancel(load->loop, &load->deadline);
    loop_timer_cancel(load->loop, &load->reap);
    load_say_end(load, now);
    ledger_file_close(&load->file);
    load->callbacks->ended(load->owner, now);
}

static bool is_finished(const struct load *load)
{
    return load->phase == LOAD_FINISHING && ledger_under_way(&load->ledger) == 0 &&
           ledger_next_unsent(&load->ledger) == LEDGER_NONE;
}

static void finish(struct load *load, bool send_rest, int64_t within_us, struct instant now)
{
    if (load->phase == LOAD_ENDED)
        return;
    load->phase = LOAD_FINISHING;
    load->sends_rest = send_rest;
    loop_timer_cancel(load->loop, &load->schedule);
    if (!send_rest)
        ledger_skip_unsent(&load->ledger);
    loop_timer_set(load->loop, &load->deadline,
                   is_finished(load) ? now.mono : now.mono + within_us);
}

void load_stop(struct load *load)
{
    finish(load, false, STOP_US, loop_now(load->loop));
}

void load_break(struct load *load, const struct error *err, struct instant now)
{
    if (load->broken)
        return;
    load->broken = true;
    load->error = *err;
    load_say(load, EVENT_CRITICAL, now, "stopped: %s", err->message);
    finish(load, false, STOP_US, now);
}

/* ---- the schedule */

static mono_us next_due(const struct load *load)
{
    return load->origin + (mono_us)(load->since_origin * US_PER_S / (uint64_t)load->options.rate);
}

static void add_due(struct load *load)
{
    if (ledger_wants_chunk(&load->ledger))
        ledger_give_chunk(&load->ledger,
                          mem_calloc(LEDGER_CHUNK_WRITES, sizeof(struct ledger_write)));
    ledger_due(&load->ledger, next_due(load));
    load->since_origin++;
}

static bool is_over(const struct load *load)
{
    return load->options.duration_us != 0 &&
           next_due(load) >= load->started + load->options.duration_us;
}

/* Its timer comes that late only when this program stood still: nobody could send what was due
 * then, and how long that waited says nothing of the server. */
static void pass_over_standstill(struct load *load, struct instant now)
{
    char late[16];

    if (now.mono - next_due(load) < LOAD_STANDSTILL_US)
        return;
    format_duration(late, sizeof late, now.mono - next_due(load));
    load_say(load, EVENT_WARNING, now, "this program stood still for %s: nothing was due then",
             late);
    load->origin = now.mono;
    load->since_origin = 0;
}

static void schedule(void *owner, struct instant now)
{
    struct load *load = owner;

    pass_over_standstill(load, now);
    while (next_due(load) <= now.mono && !is_over(load))
        add_due(load);
    load_dispatch(load, now);
    if (load->phase != LOAD_RUNNING)
        return; /* the ledger's file broke */
    if (is_over(load))
        finish(load, true, DRAIN_US, now);
    else
        loop_timer_set(load->loop, &load->schedule, next_due(load));
}

void load_set_rate(struct load *load, int rate)
{
    struct instant now = loop_now(load->loop);

    if (load->phase == LOAD_RUNNING) {
        schedule(load, now);
        load->origin = now.mono;
        load->since_origin = 1;
    }
    load->options.rate = rate;
    if (load->phase == LOAD_RUNNING)
        loop_timer_set(load->loop, &load->schedule, next_due(load));
}

static uint64_t succeeded(const struct load *load)
{
    return load->ledger.counts.outcomes[COMMIT_ACKNOWLEDGED] +
           load->ledger.counts.outcomes[COMMIT_LOCAL];
}

static void note_total(struct load *load, mono_us now)
{
    load->totals[load->ticks % (TICKS + 1)] = succeeded(load);
    load->totals_at[load->ticks++ % (TICKS + 1)] = now;
}

static void start(struct load *load, struct instant now)
{
    load->phase = LOAD_RUNNING;
    load->started = load->origin = now.mono;
    note_total(load, now.mono);
    load_say(load, EVENT_INFO, now, "started: %d writes a second at %s, %d client%s, to %s",
             load->options.rate, commit_level_word(load->options.level), load->options.clients,
             load->options.clients == 1 ? "" : "s", load->settings->nodes[load->node].name);
    schedule(load, now);
}

/* ---- what happens */

void load_answered(struct load *load, const struct client *client,
                   const struct ledger_answer *answer, const char *text, struct instant now)
{
    const struct load_answer told = {
        .client = client->slot, .node = client->node, .ledger = answer};
    struct error err;

    if (load->file != NULL && !ledger_file_answer(load->file, answer, text, &err))
        load_break(load, &err, now);
    ledger_answer(&load->ledger, answer);
    load_note_answer(load, answer, text, now);
    if (load->callbacks->answered != NULL)
        load->callbacks->answered(load->owner, &told, now);
}

void load_clients_changed(struct load *load, struct instant now)
{
    struct client_counts counts = load_count_clients(load);

    if (counts.ready > 0 && counts.failing == 0)
        load_say_why(load, "", true, now);
    if (load->phase == LOAD_CONNECTING && counts.ready > 0 && counts.unsettled == 0)
        start(load, now);
    else
        load_dispatch(load, now);
    if (is_finished(load))
        loop_timer_set(load->loop, &load->deadline, now.mono);
    for (int i = 0; i < load->client_count; i++)
        if (!load->clients[i]->busy && !load_client_is_wanted(load, load->clients[i]))
            loop_timer_set(load->loop, &load->reap, now.mono);
}

static void reap(void *owner, struct instant now)
{
    (void)now;
    load_arrange(owner);
}

void load_follow(struct load *load, int node)
{
    struct instant now = loop_now(load->loop);
    bool moved = node >= 0 && load->phase != LOAD_CONNECTING && node != load->node;

    load->split = node < 0;
    if (node == load->node || load->phase >= LOAD_FINISHING)
        return;
    load->node = node;
    if (load->split)
        load_say(load, EVENT_WARNING, now, "nothing is written: " LOAD_SPLIT);
    if (moved)
        load_say(load, EVENT_INFO, now, "writes go to %s", load->settings->nodes[node].name);
    loop_timer_set(load->loop, &load->reap, now.mono);
}

void load_set_level(struct load *load, enum commit_level level)
{
    load->options.level = level;
    ledger_clear_latency(&load->ledger);
    loop_timer_set(load->loop, &load->reap, loop_now(load->loop).mono);
}

static void tick(void *owner, struct instant now)
{
    struct load *load = owner;
    struct error err;

    if (load->phase != LOAD_CONNECTING)
        note_total(load, now.mono);
    load_say_unsaid(load, false, now);
    if (load->file != NULL && !ledger_file_sync(load->file, &err))
        load_break(load, &err, now);
    loop_timer_set(load->loop, &load->tick, now.mono + US_PER_S);
}

/* ---- figures */

static float achieved(const struct load *load)
{
    if (load->ticks < 2)
        return NAN;
    uint64_t last = load->ticks - 1, first = last > TICKS ? last - TICKS : 0;
    int from = (int)(first % (TICKS + 1)), to = (int)(last % (TICKS + 1));

    return (float)(load->totals[to] - load->totals[from]) * (float)US_PER_S /
           (float)(load->totals_at[to] - load->totals_at[from]);
}

/* Since the oldest write that has no answer was due. */
static int64_t waiting_us(const struct load *load, mono_us now)
{
    uint64_t unsent = ledger_next_unsent(&load->ledger);
    mono_us oldest = unsent != LEDGER_NONE ? ledger_at(&load->ledger, unsent)->due : now;
    bool waits = unsent != LEDGER_NONE;

    for (int i = 0; i < load->client_count; i++) {
        if (!load->clients[i]->busy)
            continue;
        waits = true;
        if (load->clients[i]->due < oldest)
            oldest = load->clients[i]->due;
    }
    return waits ? now - oldest : UNKNOWN_US;
}

void load_look(const struct load *load, mono_us now, struct load_figures *figures)
{
    figures->phase = load->phase;
    figures->level = load->options.level;
    figures->rate = load->options.rate;
    figures->achieved = achieved(load);
    figures->waiting_us = waiting_us(load, now);
    const char *why = load->split ? LOAD_SPLIT : load->node < 0 ? "no primary" : load->why;
    str_copy(figures->why, sizeof figures->why, load_count_clients(load).ready > 0 ? "" : why);
    ledger_figures(&load->ledger, figures);
}

const struct ledger *load_ledger(const struct load *load)
{
    return &load->ledger;
}

const char *load_run_name(const struct load *load)
{
    return load->run;
}

const char *load_table(const struct load *load)
{
    return load->table;
}

const struct error *load_error(const struct load *load)
{
    return load->broken ? &load->error : NULL;
}

/* ---- */

bool load_allowed(const struct settings *settings, struct error *err)
{
    if (settings->lab || settings->probe_enabled)
        return true;
    error_set(err, "%s is only watched: test writes are not allowed", settings->cluster);
    return error_hint(err, "they are with probe.enabled: true, and on a lab");
}

static bool open_ledger(struct load *load, struct error *err)
{
    const struct ledger_file_run run = {.cluster = load->settings->cluster,
                                        .run = load->run,
                                        .clients = load->options.clients,
                                        .started = clock_now()};

    if (load->options.ledger == NULL)
        return true;
    load->file = ledger_file_open(load->options.ledger, &run, err);
    return load->file != NULL;
}

void load_name_run(char *out, size_t size)
{
    str_format(out, size, "%llx-%x", (unsigned long long)clock_now().wall, (unsigned)getpid());
}

struct load *load_new(const struct settings *settings, struct loop *loop,
                      const struct load_options *options, const struct load_callbacks *callbacks,
                      void *owner, struct error *err)
{
    struct load *load;

    if (!load_allowed(settings, err))
        return NULL;
    load = mem_calloc(1, sizeof *load);
    load->settings = settings;
    load->loop = loop;
    load->options = *options;
    load->callbacks = callbacks;
    load->owner = owner;
    load->node = -1;
    if (options->run != NULL)
        str_copy(load->run, sizeof load->run, options->run);
    else
        load_name_run(load->run, sizeof load->run);
    load->schedule = (struct loop_timer){.fire = schedule, .owner = load};
    load->tick = (struct loop_timer){.fire = tick, .owner = load};
    load->deadline = (struct loop_timer){.fire = end, .owner = load};
    load->reap = (struct loop_timer){.fire = reap, .owner = load};
    if (!open_ledger(load, err)) {
        free(load);
        return NULL;
    }
    loop_timer_set(loop, &load->tick, loop_now(loop).mono + US_PER_S);
    return load;
}

void load_free(struct load **load)
{
    struct load *l = *load;

    if (l == NULL)
        return;
    load_drop_clients(l, clock_now());
    loop_timer_cancel(l->loop, &l->schedule);
    loop_timer_cancel(l->loop, &l->tick);
    loop_timer_cancel(l->loop, &l->deadline);
    loop_timer_cancel(l->loop, &l->reap);
    ledger_file_close(&l->file);
    for (int i = 0; i < LEDGER_CHUNKS; i++)
        free(l->ledger.chunks[i]);
    free(l);
    *load = NULL;
}
