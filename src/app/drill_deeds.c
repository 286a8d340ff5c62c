/*
 * drill_deeds: what a step does: with the stack, by a statement on a server, or with the load.
 */
#include <stdlib.h>
#include <string.h>

#include "app/drill_internal.h"
#include "base/str.h"

#define PROMOTE_US (70 * US_PER_S) /* pg_promote waits for 60 s itself */

static const struct drill_planned *planned(const struct drill_engine *engine)
{
    return &engine->plan.steps[engine->step];
}

/* ---- with the stack */

static bool verb_of(enum drill_deed deed, enum stack_verb *verb)
{
    static const struct {
        enum drill_deed deed;
        enum stack_verb verb;
    } verbs[] = {
        {DEED_KILL, STACK_KILL}, {DEED_PAUSE, STACK_PAUSE}, {DEED_STOP, STACK_STOP},
        {DEED_CUT, STACK_CUT},   {DEED_UP, STACK_UP},       {DEED_RESUME, STACK_RESUME},
        {DEED_JOIN, STACK_JOIN}, {DEED_FENCE, STACK_KILL},  {DEED_READ_WAL_END, STACK_WAL_END}};

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (verbs[i].deed == deed) {
            *verb = verbs[i].verb;
            return true;
        }
    return false;
}

static void stack_ended(void *owner, bool ok, const struct error *err)
{
    drill_deed_done(owner, ok, ok || err == NULL ? "" : err->message);
}

static void run_stack(struct drill_engine *engine, enum stack_verb verb)
{
    struct error err;

    if (!stack_run(engine->stack, verb, planned(engine)->node, NULL, stack_ended, engine, &err))
        drill_deed_done(engine, false, err.message);
}

/* ---- where the old primary's WAL ends: it is good to know, and no more than that */

static void reckon_lost_bytes(struct drill_figures *figures)
{
    if (figures->fork_lsn == LSN_UNKNOWN || figures->old_end_lsn == LSN_UNKNOWN)
        return;
    figures->lost_bytes = figures->old_end_lsn > figures->fork_lsn
                              ? (int64_t)(figures->old_end_lsn - figures->fork_lsn)
                              : 0;
}

static void wal_end_said(void *owner, const char *node, const char *line)
{
    struct drill_engine *engine = owner;
    struct drill_figures *figures = &engine->figures;
    char *rest;
    long timeline = strtol(line, &rest, 10);
    (void)node;

    if (rest == line || *rest != ' ' || !lsn_parse(rest + 1, &figures->old_end_lsn))
        return;
    figures->old_timeline = (int)timeline;
    reckon_lost_bytes(figures);
}

static void wal_end_ended(void *owner, bool ok, const struct error *err)
{
    struct drill_engine *engine = owner;
    char text[DRILL_TEXT_SIZE], lsn[LSN_TEXT_SIZE];

    if (!ok) {
        str_format(text, sizeof text, "not known: %s", err != NULL ? err->message : "no answer");
    } else {
        lsn_format(engine->figures.old_end_lsn, lsn);
        str_format(text, sizeof text, "timeline %d ends at %s", engine->figures.old_timeline, lsn);
    }
    drill_deed_done(engine, true, text);
}

static void read_wal_end(struct drill_engine *engine)
{
    struct error err;

    if (!stack_run(engine->stack, STACK_WAL_END, planned(engine)->node, wal_end_said, wal_end_ended,
                   engine, &err))
        wal_end_ended(engine, false, &err);
}

/* ---- fencing: it is down for sure before anybody is promoted */

static void look_at_old(struct drill_engine *engine);

/* A look at containers cannot be called off: its answer may come when the step was given up. */
static bool is_fencing(const struct drill_engine *engine)
{
    return engine->state == ENGINE_STEPPING && engine->stage == STAGE_DOING &&
           planned(engine)->deed == DEED_FENCE && !engine->deed_ended;
}

static void fence_killed(void *owner, bool ok, const struct error *err)
{
    struct drill_engine *engine = owner;

    if (!is_fencing(engine))
        return;
    if (!ok)
        drill_deed_done(engine, false, err != NULL ? err->message : "it could not be killed");
    else
        look_at_old(engine);
}

static void old_seen(void *owner, bool ok, const struct error *err)
{
    struct drill_engine *engine = owner;
    struct stack_node_status status = {0};
    struct error failure;
    char text[DRILL_TEXT_SIZE];

    if (!is_fencing(engine))
        return;
    if (!ok && err != NULL)
        failure = *err;
    else if (!ok)
        error_set(&failure, "it cannot be looked at");
    if (!ok || !stack_node_status(engine->stack, planned(engine)->node, &status, &failure)) {
        drill_deed_done(engine, false, failure.message);
        return;
    }
    if (stack_node_is_down(&status)) {
        engine->fenced_at = loop_now(engine->loop).mono;
        str_format(text, sizeof text, "it is %s: no process of it is left", status.state);
        drill_deed_done(engine, true, text);
    } else if (engine->fence_stage++ > 0) { /* an engine may be slow: until the step's deadline */
        str_format(engine->result, sizeof engine->result, "it was killed, and is %s", status.state);
        engine->fence_look = true;
    } else if (!stack_run(engine->stack, STACK_KILL, planned(engine)->node, NULL, fence_killed,
                          engine, &failure)) {
        drill_deed_done(engine, false, failure.message);
    }
}

static void look_at_old(struct drill_engine *engine)
{
    struct error err;

    if (!stack_refresh(engine->stack, old_seen, engine, &err))
        drill_deed_done(engine, false, err.message);
}

/* ---- a statement on a server */

static void errand_said(void *owner, int count, const char *const *values)
{
    struct drill_engine *engine = owner;

    engine->errand_said = true;
    str_copy(engine->errand_row, sizeof engine->errand_row, count > 0 ? values[0] : "");
}

static void send_errand(struct drill_engine *engine, int node, enum errand_kind kind,
                        int64_t within_us, const struct errand_calls *calls)
{
    engine->errand_said = false;
    errand_free(&engine->errand);
    engine->errand = errand_new(engine->loop, engine->settings, node, kind, &engine->guard,
                                within_us, calls, engine);
}

static void replay_ended(void *owner, bool ok, const char *text, struct instant now)
{
    struct drill_engine *engine = owner;
    (void)now;

    if (ok && !engine->errand_said)
        drill_deed_done(engine, false, "it is not the server that it was");
    else
        drill_deed_done(engine, ok, text);
}

static void change_replay(struct drill_engine *engine, enum errand_kind kind)
{
    static const struct errand_calls calls = {errand_said, replay_ended};

    send_errand(engine, planned(engine)->node, kind, ERRAND_US, &calls);
}

/* ---- promoting: once, the best of those who are left */

static void fork_said(void *owner, int count, const char *const *values)
{
    struct drill_engine *engine = owner;

    if (count > 0 && lsn_parse(values[0], &engine->figures.fork_lsn))
        reckon_lost_bytes(&engine->figures);
}

/* The engine's own promotion ends with it; whatever else is under way does not. */
static void fork_ended(void *owner, bool ok, const char *text, struct instant now)
{
    struct drill_engine *engine = owner;
    (void)ok;
    (void)now;

    if (planned(engine)->deed == DEED_PROMOTE)
        drill_deed_done(engine, true, text);
}

static void ask_fork(struct drill_engine *engine)
{
    static const struct errand_calls calls = {fork_said, fork_ended};

    watch_poll_now(engine->watch);
    errand_free(&engine->fork);
    engine->fork = errand_new(engine->loop, engine->settings, engine->run.new_primary, ERRAND_FORK,
                              NULL, ERRAND_US, &calls, engine);
}

/* It is out of recovery, or its server says that it will not be: nothing is left to look after. */
static bool note_promotion_ended(struct drill_engine *engine, struct error *err)
{
    const struct drill_left *left;

    if (engine->journal == NULL)
        return true;
    left = drill_journal_now(engine->journal);
    return !left->promotion ||
           drill_journal_promotion_ended(engine->journal, clock_now().wall, left->promoted, err);
}

bool drill_promotion_seen(struct drill_engine *engine, struct error *err)
{
    const struct node *node;

    if (engine->promoted < 0)
        return true;
    node = &watch_model(engine->watch)->nodes[engine->promoted];
    if (node->fault.kind != FAULT_NONE || node->role != ROLE_PRIMARY)
        return true;
    if (engine->fork == NULL)
        engine->ask_fork = true;
    return note_promotion_ended(engine, err);
}

void drill_fork_look(struct drill_engine *engine)
{
    if (!engine->ask_fork || engine->run.new_primary < 0)
        return;
    engine->ask_fork = false;
    ask_fork(engine);
}

static void promotion_said(void *owner, int count, const char *const *values)
{
    struct drill_engine *engine = owner;

    engine->promotion_said = true;
    engine->out_of_recovery = count > 0 && values[0][0] == 't';
}

/* Else its answer ends no step: a person asked, or it came so late that another step is under way.
 */
static bool is_promoting(const struct drill_engine *engine)
{
    return planned(engine)->deed == DEED_PROMOTE && !planned(engine)->by_hand;
}

/* For the step that promotes; a person is told, and may ask the same node again. */
static void promotion_failed(struct drill_engine *engine, const char *why)
{
    if (is_promoting(engine))
        drill_deed_done(engine, false, why);
    else
        drill_say(engine, EVENT_WARNING, "%s was not promoted: %s",
                  engine->settings->nodes[engine->promoted].name, why);
}

static void promoted(void *owner, bool ok, const char *text, struct instant now)
{
    struct drill_engine *engine = owner;
    struct error err;
    (void)now;

    engine->promoting = false;
    if (ok && (!engine->promotion_said || engine->out_of_recovery) &&
        !note_promotion_ended(engine, &err))
        drill_say(engine, EVENT_WARNING, "%s", err.message);
    if (ok && engine->out_of_recovery) {
        engine->ask_fork = true;
    } else if (ok && !engine->promotion_said) { /* nothing was done there */
        promotion_failed(engine, "it is not the server that it was");
        engine->promoted = -1;
    } else if (ok) { /* it may still happen: the condition waits for it, nobody else is promoted */
        if (is_promoting(engine))
            drill_deed_done(engine, true, DRILL_PROMOTION_PENDING);
        drill_say(engine, EVENT_WARNING, "promotion " DRILL_PROMOTION_PENDING);
    } else {
        promotion_failed(engine, text);
    }
    drill_soon(engine);
}

static bool seen_since_fence(const struct drill_engine *engine, const struct survivors *survivors)
{
    const struct model *model = watch_model(engine->watch);

    for (int i = 0; i < survivors->count; i++) {
        const struct node *node = &model->nodes[survivors->items[i].node];
        if (node->fault.kind == FAULT_NONE && node->asked_at < engine->fenced_at)
            return false;
    }
    return true;
}

void drill_promote_node(struct drill_engine *engine, int node, struct instant now)
{
    static const struct errand_calls calls = {promotion_said, promoted};
    struct drill_mark chosen = {.kind = DRILL_MARK_NEW_PRIMARY, .node = node};
    struct drill_mark phase = {
        .kind = DRILL_MARK_PHASE, .phase = PHASE_PROMOTION_ASKED, .when = now};
    struct error err;

    if (engine->journal != NULL &&
        !drill_journal_promote(engine->journal, now.wall, engine->settings->nodes[node].name,
                               &err)) {
        drill_deed_done(engine, false, err.message);
        return;
    }
    drill_mark(engine, &chosen);
    drill_mark(engine, &phase);
    engine->promoted = node;
    engine->promoting = true;
    engine->promotion_said = engine->out_of_recovery = false;
    errand_free(&engine->promotion);
    engine->promotion = errand_new(engine->loop, engine->settings, node, ERRAND_PROMOTE,
                                   &engine->guard, PROMOTE_US, &calls, engine);
}

/* When every standby that answers has said where it is since the old primary is down. */
static void look_for_candidate(struct drill_engine *engine, struct instant now)
{
    struct survivors *survivors = mem_calloc(1, sizeof *survivors);
    const struct model *model = watch_model(engine->watch);

    survivors_derive(model, NULL, now.mono, survivors);
    if (survivors->advice == SURVIVORS_PROMOTE && survivors->best >= 0 &&
        seen_since_fence(engine, survivors)) {
        survivor_sentence(model, survivors, survivors->best, engine->result, sizeof engine->result);
        drill_promote_node(engine, survivors->items[survivors->best].node, now);
    } else {
        watch_poll_now(engine->watch);
    }
    free(survivors);
}

/* ---- the load */

static void load_said(void *owner, enum event_level level, const char *text, struct instant now)
{
    struct drill_engine *engine = owner;

    watch_event(engine->watch, now, level, "load", text);
}

static void load_ended(void *owner, struct instant now)
{
    struct drill_engine *engine = owner;
    (void)now;

    engine->load_ended = true;
    if (planned(engine)->deed == DEED_STOP_LOAD)
        drill_deed_done(engine, true, "");
    drill_soon(engine);
}

static void load_answered(void *owner, const struct load_answer *answer, struct instant now)
{
    struct drill_engine *engine = owner;
    const struct drill_answer told = {.client = answer->client,
                                      .node = answer->node,
                                      .due = answer->ledger->due,
                                      .at = answer->ledger->at,
                                      .outcome = answer->ledger->outcome,
                                      .asynchronous = answer->ledger->asynchronous,
                                      .lsn = answer->ledger->lsn};
    (void)now;

    drill_pulse_answer(engine->pulse, &told);
    if (told.outcome == COMMIT_FAILED || told.outcome == COMMIT_UNKNOWN)
        engine->trouble = true;
}

static void start_load(struct drill_engine *engine)
{
    static const struct load_callbacks callbacks = {load_said, load_ended, load_answered};
    const struct load_options options = {.rate = engine->options.rate,
                                         .clients = engine->options.clients,
                                         .level = engine->options.level,
                                         .run = engine->run.name};
    struct error err;

    engine->load = load_new(engine->settings, engine->loop, &options, &callbacks, engine, &err);
    if (engine->load == NULL) {
        drill_deed_done(engine, false, err.message);
        return;
    }
    load_follow(engine->load, watch_model(engine->watch)->primary);
    drill_deed_done(engine, true, "");
}

static void stop_load(struct drill_engine *engine)
{
    if (engine->load == NULL || engine->load_ended)
        drill_deed_done(engine, true, "");
    else
        load_stop(engine->load);
}

/* ---- */

void drill_deed_do(struct drill_engine *engine, struct instant now)
{
    enum stack_verb verb;

    switch (planned(engine)->deed) {
    case DEED_START_LOAD:
        start_load(engine);
        break;
    case DEED_KILL:
    case DEED_PAUSE:
    case DEED_STOP:
    case DEED_CUT:
    case DEED_UP:
    case DEED_RESUME:
    case DEED_JOIN:
        if (verb_of(planned(engine)->deed, &verb))
            run_stack(engine, verb);
        break;
    case DEED_PAUSE_REPLAY:
        change_replay(engine, ERRAND_PAUSE_REPLAY);
        break;
    case DEED_RESUME_REPLAY:
        change_replay(engine, ERRAND_RESUME_REPLAY);
        break;
    case DEED_FENCE:
        look_at_old(engine);
        break;
    case DEED_PROMOTE:
        look_for_candidate(engine, now);
        break;
    case DEED_READ_WAL_END:
        read_wal_end(engine);
        break;
    case DEED_STOP_LOAD:
        stop_load(engine);
        break;
    case DEED_READ_BACK:
        drill_read_begin(engine, now);
        break;
    case DEED_NONE:
    case DEED_BASELINE:
    case DEED_HOLD:
    case DEED_OBSERVE:
    case DEED_AWAIT:
    case DEEDS:
        drill_deed_done(engine, true, "");
        break;
    }
}

void drill_deed_look(struct drill_engine *engine, struct instant now)
{
    if (planned(engine)->deed == DEED_PROMOTE) {
        if (engine->promoted < 0)
            look_for_candidate(engine, now);
    } else if (engine->fence_look) {
        engine->fence_look = false;
        look_at_old(engine);
    } else if (planned(engine)->deed == DEED_READ_BACK && drill_read_look(engine, now)) {
        drill_deed_done(engine, true, "");
    }
}

static void describe_statement(const struct drill_engine *engine, const char *sql, int node,
                               char *out, size_t size)
{
    str_format(out, size, "%s: %s",
               node >= 0 ? engine->settings->nodes[node].name : "the best standby", sql);
}

void drill_engine_command(const struct drill_engine *engine, int index, char *out, size_t size)
{
    const struct drill_planned *step = &engine->plan.steps[index];
    enum stack_verb verb;

    str_copy(out, size, "");
    if (engine->stack != NULL && verb_of(step->deed, &verb) && step->deed != DEED_READ_WAL_END &&
        step->node >= 0)
        stack_describe(engine->stack, verb, step->node, out, size);
    else if (step->deed == DEED_PAUSE_REPLAY)
        describe_statement(engine, errand_sql(ERRAND_PAUSE_REPLAY), step->node, out, size);
    else if (step->deed == DEED_RESUME_REPLAY)
        describe_statement(engine, errand_sql(ERRAND_RESUME_REPLAY), step->node, out, size);
    else if (step->deed == DEED_PROMOTE)
        describe_statement(engine, errand_sql(ERRAND_PROMOTE), step->node, out, size);
    else if (step->deed == DEED_START_LOAD)
        str_format(out, size, "INSERT INTO test_replication, %d a second by %d clients at %s",
                   engine->options.rate, engine->options.clients,
                   commit_level_word(engine->options.level));
}
