/*
 * drill: the engine's course and its marks. A timer advances it: callbacks of connections and of
 * the stack only take down what they are told.
 */
#include "app/drill.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/drill_internal.h"
#include "app/drill_undo.h"
#include "base/str.h"
#include "cluster/latency.h"
#include "record/drill_report.h"

#define TICK_US (50 * US_PER_MS)
#define FIGURES_EVERY_US (200 * US_PER_MS)
#define LOOK_EVERY_US (1 * US_PER_S)
#define POLL_US (200 * US_PER_MS)          /* how often the nodes are looked at during a drill */
#define OBSERVED_TROUBLE_US (1 * US_PER_S) /* a write that waits for so long */

void drill_options_default(struct drill_options *options)
{
    *options = (struct drill_options){
        .rate = DRILL_RATE_DEFAULT,
        .clients = DRILL_CLIENTS_DEFAULT,
        .level = COMMIT_LEVEL_ON,
        .timing = {.baseline_us = 3 * US_PER_S, .hold_us = 5 * US_PER_S, .settle_us = 2 * US_PER_S},
        .targets = {.rto_us = UNKNOWN_US, .rpo_rows = -1},
    };
}

/* ---- marks */

void drill_mark(struct drill_engine *engine, struct drill_mark *mark)
{
    mark->at = loop_now(engine->loop);
    drill_run_apply(&engine->run, mark);
    engine->calls.marked(engine->owner, mark);
}

void drill_soon(struct drill_engine *engine)
{
    loop_timer_set(engine->loop, &engine->tick, loop_now(engine->loop).mono);
}

void drill_say(struct drill_engine *engine, enum event_level level, const char *format, ...)
{
    char text[EVENT_TEXT_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    watch_event(engine->watch, loop_now(engine->loop), level, "drill", text);
}

static void mark_text(struct drill_engine *engine, enum drill_mark_kind kind, const char *text)
{
    struct drill_mark mark = {.kind = kind};

    str_copy(mark.text, sizeof mark.text, text);
    drill_mark(engine, &mark);
}

void drill_mark_figures(struct drill_engine *engine, struct instant now)
{
    struct drill_mark mark = {.kind = DRILL_MARK_FIGURES};
    struct load_figures load;

    mark.figures = engine->figures;
    drill_pulse_figures(engine->pulse, now.mono, &mark.figures);
    if (engine->load != NULL) {
        load_look(engine->load, now.mono, &load);
        mark.figures.due = load.counts.due;
        mark.figures.sent = load.counts.sent;
        mark.figures.acknowledged = load.counts.outcomes[COMMIT_ACKNOWLEDGED];
        mark.figures.locally = load.counts.outcomes[COMMIT_LOCAL];
        mark.figures.failed = load.counts.outcomes[COMMIT_FAILED];
        mark.figures.unknown = load.counts.outcomes[COMMIT_UNKNOWN];
        mark.figures.waiting_us = engine->load_ended ? UNKNOWN_US : load.waiting_us;
    }
    if (engine->load_ended) /* nobody writes any more: that is no gap */
        mark.figures.gap_us = engine->run.figures.gap_us;
    engine->figures_at = now.mono;
    drill_mark(engine, &mark);
}

/* ---- what is seen */

/* Since the oldest write without an answer was due; while this program stood still nobody looked
 * for the answer. */
static int64_t waiting_us(const struct drill_engine *engine, mono_us now)
{
    struct load_figures load = {.waiting_us = UNKNOWN_US};

    if (engine->load != NULL)
        load_look(engine->load, now, &load);
    return engine->woke_at != 0 && load.waiting_us > now - engine->woke_at ? now - engine->woke_at
                                                                           : load.waiting_us;
}

void drill_sight_now(struct drill_engine *engine, struct instant now, struct assessment *assessment,
                     struct drill_sight *sight)
{
    assess(watch_model(engine->watch), now, assessment);
    *sight = (struct drill_sight){.model = watch_model(engine->watch),
                                  .verdict = &assessment->verdict,
                                  .health = &assessment->health,
                                  .pulse = engine->pulse,
                                  .run = &engine->run,
                                  .now = now,
                                  .allowed = engine->allowed,
                                  .waiting_us = waiting_us(engine, now.mono)};
}

static void mark_phase(struct drill_engine *engine, enum drill_phase phase, struct instant when)
{
    struct drill_mark mark = {.kind = DRILL_MARK_PHASE, .phase = phase, .when = when};

    drill_mark(engine, &mark);
}

static void look_at_phases(struct drill_engine *engine, struct instant now)
{
    struct assessment assessment;
    struct drill_sight sight;
    struct instant when;

    drill_sight_now(engine, now, &assessment, &sight);
    for (int i = 0; i < DRILL_PHASES; i++)
        if (drill_has_phase(engine->plan.id, (enum drill_phase)i) &&
            drill_phase_reached(&sight, (enum drill_phase)i, &when))
            mark_phase(engine, (enum drill_phase)i, when);
}

/* Whoever became the primary, by whose hand ever. */
static void note_new_primary(struct drill_engine *engine)
{
    struct drill_mark mark = {.kind = DRILL_MARK_NEW_PRIMARY};

    if (engine->plan.id != DRILL_OBSERVE && !engine->plan.manual)
        return;
    if (!drill_run_news(&engine->run, watch_model(engine->watch)->primary, &mark.node))
        return;
    drill_mark(engine, &mark);
    engine->ask_fork |= mark.node >= 0;
}

/* Nobody says when an observed failover begins: with the last write before the first trouble. */
static void look_for_trouble(struct drill_engine *engine, struct instant now)
{
    const struct model *model = watch_model(engine->watch);
    mono_us last = engine->pulse->all.last_ack;

    if (engine->plan.id != DRILL_OBSERVE || engine->pulse->injected_at != 0 || last == 0)
        return;
    if (!engine->trouble && waiting_us(engine, now.mono) < OBSERVED_TROUBLE_US &&
        model->primary == engine->plan.old_primary)
        return;
    drill_pulse_inject(engine->pulse, last);
    mark_phase(engine, PHASE_INJECTED,
               (struct instant){.mono = last, .wall = now.wall - (now.mono - last)});
}

/* Who observes, or waits for a person, sees servers that others start and stop. */
static bool others_work(const struct drill_engine *engine)
{
    return engine->plan.id == DRILL_OBSERVE ||
           (engine->stage == STAGE_WAITING && engine->plan.steps[engine->step].by_hand);
}

static void looked(void *owner, bool ok, const struct error *err)
{
    struct drill_engine *engine = owner;
    (void)err;

    engine->looking = false;
    if (ok)
        engine->seen_at = loop_now(engine->loop).mono;
}

static void look_at_stack(struct drill_engine *engine, struct instant now)
{
    struct error ignored;

    if (!others_work(engine) || engine->stack == NULL || engine->looking ||
        now.mono < engine->looked_at + LOOK_EVERY_US)
        return;
    engine->looked_at = now.mono;
    engine->looking = stack_refresh(engine->stack, looked, engine, &ignored);
}

/* ---- the end */

static void judge(struct drill_engine *engine, struct drill_mark *end)
{
    struct drill_reasons reasons;

    end->verdict =
        drill_judge(&engine->run, &engine->options.targets, watch_model(engine->watch), &reasons);
    for (int i = 0; i < reasons.count; i++)
        mark_text(engine, DRILL_MARK_REASON, reasons.texts[i]);
}

/* The end mark brings the report's path: the report is of the run as that mark leaves it. */
static void write_report(struct drill_engine *engine, struct drill_mark *end, struct instant now)
{
    struct drill_run *run;
    char path[sizeof end->text];
    struct error err;

    if (engine->options.report_dir == NULL)
        return;
    run = mem_calloc(1, sizeof *run);
    *run = engine->run;
    end->at = now;
    drill_run_apply(run, end);
    if (drill_report_write(engine->options.report_dir, run, &engine->options.targets,
                           watch_model(engine->watch), path, sizeof path, &err))
        str_copy(end->text, sizeof end->text, path);
    else
        drill_say(engine, EVENT_WARNING, "no report: %s", err.message);
    free(run);
}

void drill_end(struct drill_engine *engine, struct instant now)
{
    struct drill_mark end = {.kind = DRILL_MARK_END};
    struct error err;

    drill_mark_figures(engine, now);
    judge(engine, &end);
    if (engine->journal != NULL && !drill_journal_end(engine->journal, now.wall, end.verdict, &err))
        mark_text(engine, DRILL_MARK_LEFT, err.message);
    drill_journal_close(&engine->journal);
    watch_set_interval(engine->watch, engine->interval_before_us);
    write_report(engine, &end, now);
    drill_mark(engine, &end);
    drill_say(engine,
              end.verdict == DRILL_PASS   ? EVENT_GOOD
              : end.verdict == DRILL_FAIL ? EVENT_CRITICAL
                                          : EVENT_WARNING,
              "%s ended: %s%s%s", drill_at(engine->plan.id)->name, drill_verdict_word(end.verdict),
              engine->run.reasons.count > 0 ? ": " : "",
              engine->run.reasons.count > 0 ? engine->run.reasons.texts[0] : "");
    engine->state = ENGINE_ENDING;
    drill_soon(engine);
}

static void free_errands(struct drill_engine *engine)
{
    errand_free(&engine->errand);
    errand_free(&engine->promotion);
    errand_free(&engine->fork);
}

static void tell_end(struct drill_engine *engine, struct instant now)
{
    drill_read_free(engine);
    drill_undo_free(&engine->undo);
    free_errands(engine);
    load_free(&engine->load);
    engine->state = ENGINE_IDLE;
    engine->calls.ended(engine->owner, now);
}

/* ---- giving up */

static void undo_began(void *owner, enum drill_deed deed, int node, const char *command)
{
    struct drill_engine *engine = owner;
    struct drill_mark mark = {.kind = DRILL_MARK_STEP,
                              .step = engine->run.step_count,
                              .step_state = STEP_UNDER_WAY,
                              .deed = deed,
                              .node = node};

    engine->undo_step = mark.step;
    engine->undo_deed = deed;
    engine->undo_node = node;
    str_copy(mark.text, sizeof mark.text, command);
    drill_mark(engine, &mark);
}

static void undo_ended(void *owner, bool ok, const char *text)
{
    struct drill_engine *engine = owner;
    struct drill_mark mark = {.kind = DRILL_MARK_STEP,
                              .step = engine->undo_step,
                              .step_state = ok ? STEP_DONE : STEP_FAILED,
                              .deed = engine->undo_deed,
                              .node = engine->undo_node};
    char left[DRILL_TEXT_SIZE];

    str_copy(mark.text, sizeof mark.text, text);
    drill_mark(engine, &mark);
    if (ok)
        return;
    str_format(left, sizeof left, "%s %s: %s", drill_deed_word(engine->undo_deed),
               engine->undo_node >= 0 ? engine->settings->nodes[engine->undo_node].name : "", text);
    mark_text(engine, DRILL_MARK_LEFT, left);
}

static void undone(void *owner, bool left, struct instant now)
{
    struct drill_engine *engine = owner;
    (void)left; /* each was marked */

    engine->undone = true;
    engine->go_on = true;
    if (engine->pulse->mended_at == 0)
        engine->pulse->mended_at = now.mono;
    drill_soon(engine);
}

void drill_give_up(struct drill_engine *engine, const char *why, enum drill_verdict verdict,
                   struct instant now)
{
    static const struct drill_undo_calls calls = {undo_began, undo_ended, undone};
    struct drill_mark mark = {.kind = DRILL_MARK_UNDO, .verdict = verdict};

    engine->failed = verdict == DRILL_FAIL;
    engine->pulse->away = false;
    str_copy(mark.text, sizeof mark.text, why);
    drill_mark(engine, &mark);
    drill_say(engine, EVENT_WARNING, "%s: %s; undoing", drill_at(engine->plan.id)->name, why);
    drill_step_drop(engine);
    engine->state = ENGINE_UNDOING;
    drill_undo_free(&engine->undo);
    if (engine->journal != NULL)
        engine->undo = drill_undo_new(engine->settings, engine->loop, engine->watch, engine->stack,
                                      engine->journal, &calls, engine);
    else
        undone(engine, false, now);
}

void drill_interrupt(struct drill_engine *engine, const char *why)
{
    struct instant now = loop_now(engine->loop);

    if (engine->state == ENGINE_PREPARING || engine->state == ENGINE_READY) {
        engine->state = ENGINE_IDLE;
        return;
    }
    if (engine->state != ENGINE_STEPPING || engine->interrupted)
        return;
    if (engine->plan.id == DRILL_OBSERVE) {
        engine->stop_observing = true; /* that is its way to end */
        drill_soon(engine);
        return;
    }
    engine->interrupted = true;
    if (engine->undone) /* it failed, and that stays its verdict: the rest is left out */
        drill_step_pass_over(engine, why);
    else
        drill_give_up(engine, why, DRILL_INCOMPLETE, now);
}

/* ---- the beginning */

static bool open_journal(struct drill_engine *engine, struct instant now, struct error *err)
{
    struct drill_head head = {0};

    if (engine->plan.id == DRILL_OBSERVE)
        return true; /* nothing is done */
    str_copy(head.drill, sizeof head.drill, drill_at(engine->plan.id)->name);
    str_copy(head.run, sizeof head.run, engine->run.name);
    str_copy(head.cluster, sizeof head.cluster, engine->settings->cluster);
    str_copy(head.marker, sizeof head.marker, engine->guard.lab);
    head.system_identifier = strtoull(engine->guard.system_identifier, NULL, 10);
    return drill_journal_open(engine->folder, &engine->journal, err) &&
           drill_journal_begin(engine->journal, now.wall, &head, err);
}

static void clear_run(struct drill_engine *engine)
{
    memset(&engine->run, 0, sizeof engine->run);
    drill_figures_clear(&engine->figures);
    engine->load_ended = engine->interrupted = engine->undone = engine->failed = false;
    engine->promoted = -1;
    engine->promoting = false;
    engine->ask_fork = engine->trouble = engine->stop_observing = engine->go_on = false;
    engine->passed_over = false;
    engine->fenced_at = engine->seen_at = engine->woke_at = engine->ticked_at = 0;
    load_name_run(engine->run.name, sizeof engine->run.name);
}

/* A plan may have been looked at for long: what was agreed to is carried out, or nothing is. */
static bool still_as_shown(struct drill_engine *engine, struct instant now, struct error *err)
{
    struct drill_plan *shown = mem_calloc(1, sizeof *shown);
    bool same;

    *shown = engine->plan;
    drill_look_at_plan(engine, now);
    same = drill_plan_equal(shown, &engine->plan);
    engine->plan = *shown; /* another one was never agreed to, also when somebody tries again */
    free(shown);
    if (engine->reasons.count > 0)
        return error_set(err, "%s", engine->reasons.texts[0]);
    return same || error_set(err, DRILL_PLAN_CHANGED);
}

bool drill_begin(struct drill_engine *engine, struct error *err)
{
    struct instant now = loop_now(engine->loop);
    struct drill_mark mark = {.kind = DRILL_MARK_BEGIN};
    struct assessment assessment;

    if (engine->state != ENGINE_READY)
        return error_set(err, "no drill is prepared");
    if (!still_as_shown(engine, now, err))
        return false;
    clear_run(engine);
    drill_take_guard(engine);
    if (!open_journal(engine, now, err)) {
        drill_journal_close(&engine->journal);
        return false;
    }
    assess(watch_model(engine->watch), now, &assessment);
    engine->allowed = assessment.health.level == HEALTH_OK ? HEALTH_OK : HEALTH_WARNING;
    engine->interval_before_us = watch_model(engine->watch)->poll_interval_us;
    if (engine->interval_before_us > POLL_US)
        watch_set_interval(engine->watch, POLL_US);
    drill_pulse_begin(engine->pulse, engine->options.clients, engine->plan.old_primary,
                      drill_at(engine->plan.id)->fails_over,
                      engine->settings->limit_commit_latency_us);
    mark.plan = engine->plan;
    str_copy(mark.text, sizeof mark.text, engine->run.name);
    engine->any = true;
    drill_mark(engine, &mark);
    drill_say(engine, EVENT_INFO, "%s began: %s", drill_at(engine->plan.id)->name,
              drill_at(engine->plan.id)->does);
    engine->state = ENGINE_STEPPING;
    engine->step = 0;
    drill_step_begin(engine, now);
    drill_soon(engine);
    return true;
}

/* ---- */

static void advance(struct drill_engine *engine, struct instant now)
{
    switch (engine->state) {
    case ENGINE_PREPARING:
        drill_prepare_look(engine, now);
        break;
    case ENGINE_STEPPING:
        look_for_trouble(engine, now);
        look_at_stack(engine, now);
        note_new_primary(engine);
        drill_fork_look(engine);
        look_at_phases(engine, now);
        drill_step_look(engine, now);
        break;
    case ENGINE_UNDOING:
        if (engine->go_on) {
            engine->go_on = false;
            engine->state = ENGINE_STEPPING;
            drill_step_go_on(engine, now);
        }
        break;
    case ENGINE_ENDING:
        tell_end(engine, now);
        break;
    case ENGINE_IDLE:
    case ENGINE_READY:
        break;
    }
}

/* Stopped by a signal, or its whole machine was: what the clients saw then is this program's. */
static void note_standstill(struct drill_engine *engine, struct instant now)
{
    int64_t late = engine->ticked_at != 0 ? now.mono - engine->ticked_at - TICK_US : 0;
    char text[16];

    engine->ticked_at = now.mono;
    if (!drill_is_under_way(engine) || late < LOAD_STANDSTILL_US)
        return;
    engine->woke_at = now.mono;
    engine->step_began += late; /* nobody looked for what the step waits for */
    if ((uint64_t)late > engine->figures.stood_still_us)
        engine->figures.stood_still_us = (uint64_t)late;
    format_duration(text, sizeof text, late);
    drill_say(engine, EVENT_WARNING, "this program stood still for %s", text);
}

static void tick(void *owner, struct instant now)
{
    struct drill_engine *engine = owner;

    note_standstill(engine, now);
    advance(engine, now);
    if (drill_is_under_way(engine) && now.mono >= engine->figures_at + FIGURES_EVERY_US)
        drill_mark_figures(engine, now);
    if (engine->state != ENGINE_IDLE && engine->state != ENGINE_READY && !engine->tick.set)
        loop_timer_set(engine->loop, &engine->tick, now.mono + TICK_US);
}

void drill_engine_look(struct drill_engine *engine, struct instant now)
{
    const struct model *model = watch_model(engine->watch);

    if (engine->load != NULL && (model->primary >= 0 || model->primary_count > 1))
        load_follow(engine->load, model->primary);
    if (engine->state == ENGINE_STEPPING)
        loop_timer_set(engine->loop, &engine->tick, now.mono);
}

bool drill_is_under_way(const struct drill_engine *engine)
{
    return engine->state == ENGINE_STEPPING || engine->state == ENGINE_UNDOING ||
           engine->state == ENGINE_ENDING;
}

const struct drill_run *drill_engine_run(const struct drill_engine *engine)
{
    return engine->any ? &engine->run : NULL;
}

bool drill_engine_has_stack(const struct drill_engine *engine)
{
    return engine->stack != NULL;
}

const char *drill_engine_folder(const struct drill_engine *engine)
{
    return engine->folder;
}

const struct drill_plan *drill_engine_plan(const struct drill_engine *engine)
{
    return &engine->plan;
}

const struct drill_reasons *drill_engine_reasons(const struct drill_engine *engine)
{
    return &engine->reasons;
}

struct drill_engine *drill_engine_new(const struct settings *settings, struct loop *loop,
                                      struct watch *watch, const struct drill_calls *calls,
                                      void *owner)
{
    struct drill_engine *engine = mem_calloc(1, sizeof *engine);

    engine->settings = settings;
    engine->loop = loop;
    engine->watch = watch;
    engine->calls = *calls;
    engine->owner = owner;
    engine->pulse = mem_calloc(1, sizeof *engine->pulse);
    engine->identities = mem_calloc((size_t)settings->node_count, sizeof *engine->identities);
    engine->askers = mem_calloc((size_t)settings->node_count, sizeof(struct errand *));
    engine->tick = (struct loop_timer){.fire = tick, .owner = engine};
    if (settings->lab && settings->stack != STACK_NONE)
        engine->stack = stack_new(settings, loop, &engine->stack_error);
    if (engine->stack != NULL)
        stack_state_folder(engine->stack, engine->folder, sizeof engine->folder);
    return engine;
}

void drill_engine_free(struct drill_engine **engine)
{
    struct drill_engine *e = *engine;

    if (e == NULL)
        return;
    loop_timer_cancel(e->loop, &e->tick);
    drill_undo_free(&e->undo);
    free_errands(e);
    drill_read_free(e);
    drill_prepare_free(e);
    load_free(&e->load);
    stack_free(&e->stack);
    drill_journal_close(&e->journal);
    free(e->pulse);
    free(e);
    *engine = NULL;
}
