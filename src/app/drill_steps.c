/*
 * drill_steps: one step after the other.
 *
 *   PROVING  a step that breaks something: the node's own data say who it is
 *   DOING    the deed
 *   WAITING  for the step's condition
 *
 * What is done is in the journal first. A step that fails ends the plan: what is due is undone,
 * then the writes are read back all the same.
 */
#include <string.h>

#include "app/drill_internal.h"
#include "base/str.h"
#include "cluster/commit.h"

static const struct drill_planned *planned(const struct drill_engine *engine)
{
    return &engine->plan.steps[engine->step];
}

static const char *node_name(const struct drill_engine *engine, int node)
{
    return node >= 0 ? engine->settings->nodes[node].name : NULL;
}

static int node_of_step(const struct drill_engine *engine)
{
    return planned(engine)->target == TARGET_CANDIDATE ? engine->run.new_primary
                                                       : planned(engine)->node;
}

static void mark_step(struct drill_engine *engine, enum drill_step_state state, const char *text)
{
    struct drill_mark mark = {.kind = DRILL_MARK_STEP,
                              .step = engine->step,
                              .step_state = state,
                              .deed = planned(engine)->deed,
                              .node = node_of_step(engine)};

    str_copy(mark.text, sizeof mark.text, text);
    drill_mark(engine, &mark);
}

/* It takes back what an earlier step did. */
static bool is_undo(enum drill_deed deed)
{
    return deed == DEED_UP || deed == DEED_RESUME || deed == DEED_JOIN ||
           deed == DEED_RESUME_REPLAY;
}

/* ---- the end of a step */

static bool journal_ended(struct drill_engine *engine, bool done, struct error *err)
{
    enum drill_deed deed = planned(engine)->deed;
    wall_us at = clock_now().wall;
    const char *name = node_name(engine, planned(engine)->node);

    if (engine->journal == NULL)
        return true;
    if (done && deed == DEED_PROMOTE)
        return drill_promotion_seen(engine, err);
    if (done && is_undo(deed))
        return drill_journal_undone(engine->journal, at, name, deed, err);
    if (drill_undo_of(deed) != DEED_NONE)
        return drill_journal_step_ended(engine->journal, at, engine->step, deed, name, done, err);
    return true;
}

static bool is_tail(const struct drill_engine *engine, int step)
{
    const struct drill_planned *it = &engine->plan.steps[step];

    return it->until == UNTIL_HEALTHY || it->deed == DEED_STOP_LOAD || it->deed == DEED_READ_BACK;
}

/* What is still to be done when the plan was left: the writes are read back whatever happened, and
 * after an interruption the load is only stopped. */
static bool is_left_out(const struct drill_engine *engine, int step)
{
    if (engine->interrupted)
        return engine->plan.steps[step].deed != DEED_STOP_LOAD;
    return engine->failed && !is_tail(engine, step);
}

static void next_step(struct drill_engine *engine, struct instant now)
{
    do {
        engine->step++;
    } while (engine->step < engine->plan.step_count && is_left_out(engine, engine->step));
    if (engine->step >= engine->plan.step_count)
        drill_end(engine, now);
    else
        drill_step_begin(engine, now);
}

static void step_done(struct drill_engine *engine, struct instant now)
{
    struct error err;

    mark_step(engine, STEP_DONE, engine->result);
    if (!journal_ended(engine, true, &err)) {
        drill_give_up(engine, err.message, DRILL_FAIL, now);
        return;
    }
    if (planned(engine)->until == UNTIL_COMMITS_BLOCKED)
        engine->pulse->away = commit_level_waits(engine->options.level);
    if (planned(engine)->until == UNTIL_HEALTHY) {
        struct drill_mark mark = {.kind = DRILL_MARK_PHASE, .phase = PHASE_HEALTHY, .when = now};
        drill_mark(engine, &mark);
    }
    next_step(engine, now);
}

void drill_step_pass_over(struct drill_engine *engine, const char *why)
{
    mark_step(engine, STEP_FAILED, why);
    drill_step_drop(engine);
    engine->passed_over = true;
    drill_soon(engine);
}

void drill_step_fail(struct drill_engine *engine, const char *why, struct instant now)
{
    struct error err;
    char text[DRILL_TEXT_SIZE];

    journal_ended(engine, false, &err);
    str_format(text, sizeof text, "step %d, %s%s%s: %s", engine->step + 1,
               drill_deed_word(planned(engine)->deed), planned(engine)->node >= 0 ? " " : "",
               planned(engine)->node >= 0 ? node_name(engine, planned(engine)->node) : "", why);
    if (engine->undone) { /* there is nothing more to undo: the rest is tried all the same */
        struct drill_mark mark = {.kind = DRILL_MARK_LEFT};
        str_copy(mark.text, sizeof mark.text, text);
        drill_step_pass_over(engine, why);
        drill_mark(engine, &mark);
        return;
    }
    mark_step(engine, STEP_FAILED, why);
    drill_step_drop(engine);
    drill_give_up(engine, text, DRILL_FAIL, now);
}

void drill_step_go_on(struct drill_engine *engine, struct instant now)
{
    next_step(engine, now);
}

/* ---- its condition */

static bool is_late(const struct drill_engine *engine, struct instant now)
{
    return planned(engine)->until != UNTIL_TIME &&
           now.mono > engine->step_began + planned(engine)->deadline_us;
}

static bool observes(const struct drill_engine *engine)
{
    return planned(engine)->deed == DEED_OBSERVE;
}

/* Nobody knows how long an observed failover takes: until its time is over, or it is interrupted.
 */
static bool observed_long_enough(const struct drill_engine *engine, struct instant now)
{
    return engine->options.duration_us != 0 &&
           now.mono >= engine->step_began + engine->options.duration_us;
}

static bool is_over(struct drill_engine *engine, const struct drill_sight *sight)
{
    if (observes(engine))
        return engine->stop_observing || observed_long_enough(engine, sight->now);
    if (planned(engine)->by_hand && planned(engine)->deed == DEED_UP)
        return drill_has_joined(sight, planned(engine)->node);
    return drill_until_holds(sight, planned(engine), engine->step_began);
}

static void wait_for_condition(struct drill_engine *engine, struct instant now)
{
    struct assessment assessment;
    struct drill_sight sight;
    char missing[DRILL_TEXT_SIZE];

    drill_sight_now(engine, now, &assessment, &sight);
    if (is_over(engine, &sight)) {
        step_done(engine, now);
    } else if (is_late(engine, now) && !observes(engine) && !planned(engine)->by_hand) {
        drill_until_missing(&sight, planned(engine), missing, sizeof missing);
        drill_step_fail(engine, missing, now);
    }
}

/* Comes out of callbacks of what must not be freed in them. */
void drill_deed_done(struct drill_engine *engine, bool ok, const char *why)
{
    if (engine->state != ENGINE_STEPPING || engine->stage != STAGE_DOING)
        return;
    engine->deed_ended = true;
    engine->deed_ok = ok;
    if (!ok || why[0] != '\0')
        str_copy(engine->result, sizeof engine->result, why);
    drill_soon(engine);
}

/* Of a promotion that was asked for, the result so far is only why it was that node. */
static const char *why_late(const struct drill_engine *engine)
{
    if (planned(engine)->deed == DEED_PROMOTE && engine->promoted >= 0)
        return DRILL_PROMOTION_PENDING;
    return engine->result[0] != '\0' ? engine->result : "it takes too long";
}

static void look_at_deed(struct drill_engine *engine, struct instant now)
{
    if (!engine->deed_ended) {
        if (is_late(engine, now))
            drill_step_fail(engine, why_late(engine), now);
        else
            drill_deed_look(engine, now);
        return;
    }
    errand_free(&engine->errand);
    if (!engine->deed_ok) {
        drill_step_fail(engine, engine->result, now);
        return;
    }
    engine->stage = STAGE_WAITING;
    watch_poll_now(engine->watch);
    wait_for_condition(engine, now);
}

/* ---- before it */

static void inject(struct drill_engine *engine, struct instant now)
{
    struct drill_mark mark = {.kind = DRILL_MARK_PHASE, .phase = PHASE_INJECTED, .when = now};

    drill_pulse_inject(engine->pulse, now.mono);
    drill_mark(engine, &mark);
}

static void do_deed(struct drill_engine *engine, struct instant now)
{
    engine->stage = STAGE_DOING;
    engine->deed_ended = false;
    if (planned(engine)->injects)
        inject(engine, now);
    if (is_undo(planned(engine)->deed)) {
        engine->pulse->away = false;
        if (engine->pulse->mended_at == 0)
            engine->pulse->mended_at = now.mono;
    }
    drill_deed_do(engine, now);
}

static void identity_said(void *owner, const char *node, const char *line)
{
    struct drill_engine *engine = owner;
    char lab[64], system[24];
    (void)node;

    if (drill_identity_of_line(line, lab, sizeof lab, system, sizeof system))
        engine->proven = strcmp(lab, engine->guard.lab) == 0 &&
                         strcmp(system, engine->guard.system_identifier) == 0;
}

static void identity_ended(void *owner, bool ok, const struct error *err)
{
    struct drill_engine *engine = owner;

    if (!ok && err != NULL)
        str_copy(engine->result, sizeof engine->result, err->message);
    engine->proving_ended = true;
    drill_soon(engine);
}

static void prove(struct drill_engine *engine, struct instant now)
{
    struct error err;

    engine->stage = STAGE_PROVING;
    engine->proven = engine->proving_ended = false;
    if (!stack_run(engine->stack, STACK_IDENTITY, planned(engine)->node, identity_said,
                   identity_ended, engine, &err))
        drill_step_fail(engine, err.message, now);
}

static void look_at_proof(struct drill_engine *engine, struct instant now)
{
    if (!engine->proving_ended) {
        if (is_late(engine, now))
            drill_step_fail(engine, "the node does not say who it is in time", now);
        return;
    }
    if (engine->proven) {
        engine->result[0] = '\0';
        do_deed(engine, now);
    } else {
        drill_step_fail(
            engine, engine->result[0] != '\0' ? engine->result : "it is not the server that it was",
            now);
    }
}

/* Of a container a fence needs none: it was proven when it was stopped or frozen, a frozen one runs
 * nothing that could tell, and who is gone would be asked in a container of its own: seconds in
 * which nobody can write. That it is the project's is in its label. */
static bool needs_proof(const struct drill_engine *engine)
{
    const struct drill_planned *step = planned(engine);

    if (step->deed == DEED_FENCE && engine->settings->stack == STACK_COMPOSE)
        return false;
    return drill_deed_is_destructive(step->deed) && step->node >= 0;
}

static bool journal_begins(struct drill_engine *engine, struct error *err)
{
    if (engine->journal == NULL || drill_undo_of(planned(engine)->deed) == DEED_NONE)
        return true;
    return drill_journal_step(engine->journal, clock_now().wall, engine->step,
                              planned(engine)->deed, node_name(engine, planned(engine)->node), err);
}

static void mark_ask(struct drill_engine *engine, const char *text)
{
    struct drill_mark mark = {.kind = DRILL_MARK_ASK};

    str_copy(mark.text, sizeof mark.text, text);
    drill_mark(engine, &mark);
}

/* A person does it: the condition alone is waited for. */
static void leave_to_hand(struct drill_engine *engine)
{
    mark_ask(engine,
             planned(engine)->deed == DEED_PROMOTE
                 ? "promote a standby: select it with the arrows, then P; or by your own means"
                 : "let the old primary join: select it, then J; or by your own means");
    engine->stage = STAGE_WAITING;
}

void drill_step_begin(struct drill_engine *engine, struct instant now)
{
    const struct drill_planned *step = planned(engine);
    char command[512];
    struct error err;

    engine->step_began = now.mono;
    engine->result[0] = '\0';
    engine->fence_stage = 0;
    engine->fence_look = false;
    drill_engine_command(engine, engine->step, command, sizeof command);
    mark_step(engine, STEP_UNDER_WAY, command);
    if (engine->run.ask[0] != '\0')
        mark_ask(engine, "");
    if (step->by_hand) {
        leave_to_hand(engine);
    } else if (!journal_begins(engine, &err)) {
        drill_step_fail(engine, err.message, now);
    } else if (needs_proof(engine)) {
        prove(engine, now);
    } else {
        do_deed(engine, now);
    }
}

void drill_step_look(struct drill_engine *engine, struct instant now)
{
    if (engine->passed_over) {
        engine->passed_over = false;
        next_step(engine, now);
        return;
    }
    switch (engine->stage) {
    case STAGE_PROVING:
        look_at_proof(engine, now);
        break;
    case STAGE_DOING:
        look_at_deed(engine, now);
        break;
    case STAGE_WAITING:
        wait_for_condition(engine, now);
        break;
    }
}

/* What breaks something is not cut short: an engine would do it all the same, after the undo. */
void drill_step_drop(struct drill_engine *engine)
{
    bool breaks = engine->stage == STAGE_DOING && drill_deed_is_destructive(planned(engine)->deed);

    errand_free(&engine->errand);
    errand_free(&engine->promotion);
    if (engine->stack != NULL && stack_busy(engine->stack) && !breaks)
        stack_cancel(engine->stack);
}
