/*
 * drill_undo: the state machine.
 *
 *   CLEARING   the stack still carries out what was given up; its end. After a kill in the middle
 *              of a step nobody can tell: an engine that does it late is waited for
 *   SURVEYING  after a failover drill: every node is asked who leads now, and the stack who is down
 *   PROMOTING  a promotion that was asked for is brought to its end, unless somebody else leads or
 *              could, or another node has more WAL by now: nobody else is promoted, and the old
 *              primary is not started before
 *   LOOKING    how the servers are now
 *   STOPPING   the node is still shutting down: it is looked at again
 *   DOING      one thing for one node
 *   STARTING   the stack has started it: until it answers, or is down again
 *   ENDED
 */
#include "app/drill_undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/drill_lead.h"
#include "postgres/errand.h"

#define TICK_US (50 * US_PER_MS)
#define STATEMENT_US (10 * US_PER_S)
#define PROMOTE_US (70 * US_PER_S)
#define CLEAR_US (30 * US_PER_S)
#define STOPPING_US (60 * US_PER_S)
#define SEEN_US (10 * US_PER_S) /* for a look at the node after its answer */
#define LATE_US (15 * US_PER_S)
#define STARTING_US (180 * US_PER_S) /* a node may be made anew before it answers */
#define LOOK_EVERY_US (1 * US_PER_S)

enum undo_state {
    UNDO_CLEARING,
    UNDO_SURVEYING,
    UNDO_PROMOTING,
    UNDO_LOOKING,
    UNDO_STOPPING,
    UNDO_DOING,
    UNDO_STARTING,
    UNDO_ENDED
};

struct drill_undo {
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    struct stack *stack;
    struct drill_journal *journal;
    struct drill_undo_calls calls;
    void *owner;
    enum undo_state state;
    struct drill_left todo; /* as it was at the beginning */
    int index;              /* of todo.undos */
    bool started;           /* the present node, by us */
    bool left;
    enum drill_deed deed; /* the present one */
    int node;
    bool ended, ok;  /* it has ended; how */
    bool looked;     /* the stack said how the servers are; else why not */
    bool look_again; /* an earlier look is still under way */
    struct error look_error;
    mono_us ended_at;
    char text[DRILL_TEXT_SIZE];
    struct errand_guard guard;
    struct errand *errand;
    bool said;
    char row[16];
    mono_us began;
    mono_us surveyed_at; /* looks that were sent since count */
    mono_us look_at;     /* the next one at a node that was started */
    struct loop_timer tick;
};

static void soon(struct drill_undo *u)
{
    loop_timer_set(u->loop, &u->tick, loop_now(u->loop).mono);
}

static int find_node(const struct drill_undo *u, const char *name)
{
    for (int i = 0; i < u->settings->node_count; i++)
        if (strcmp(u->settings->nodes[i].name, name) == 0)
            return i;
    return -1;
}

/* Of another drill only standbys stand still. */
static bool failed_over(const struct drill_undo *u)
{
    enum drill_id id;

    return !drill_parse(u->todo.head.drill, &id) || drill_at(id)->fails_over;
}

/* It was the primary, and another node is it now, or will be, or could be. */
static bool somebody_took_over(const struct drill_undo *u, int node)
{
    return failed_over(u) && (u->todo.promoted[0] != '\0' ||
                              !drill_others_stand_by(watch_model(u->watch), node, u->surveyed_at));
}

/* Somebody was promoted whom nobody hears now: who led before could only lead again beside him. */
static bool would_lead_alone(const struct drill_undo *u, int node)
{
    const struct model *model = watch_model(u->watch);
    enum drill_lead lead = drill_lead_beside(model, node, u->surveyed_at);

    return failed_over(u) && u->todo.promoted[0] != '\0' &&
           strcmp(u->todo.promoted, u->settings->nodes[node].name) != 0 && lead != LEAD_ANOTHER &&
           lead != LEAD_FOLLOWED && !drill_others_stand_by(model, node, u->surveyed_at);
}

/* ---- one deed */

static void deed_ended(struct drill_undo *u, bool ok, const char *text)
{
    u->ended = true;
    u->ended_at = loop_now(u->loop).mono;
    u->ok = ok;
    str_copy(u->text, sizeof u->text, text);
    soon(u);
}

static void stack_ended(void *owner, bool ok, const struct error *err)
{
    deed_ended(owner, ok, ok || err == NULL ? "" : err->message);
}

static void begin_deed(struct drill_undo *u, enum drill_deed deed, const char *command)
{
    u->state = UNDO_DOING;
    u->deed = deed;
    u->ended = false;
    u->began = loop_now(u->loop).mono;
    u->calls.began(u->owner, deed, u->node, command);
}

static void run_stack(struct drill_undo *u, enum drill_deed deed, enum stack_verb verb)
{
    char command[512] = "";
    struct error err;

    if (u->stack == NULL) {
        begin_deed(u, deed, command);
        deed_ended(u, false, "the description has no stack any more");
        return;
    }
    stack_describe(u->stack, verb, u->node, command, sizeof command);
    begin_deed(u, deed, command);
    if (!stack_run(u->stack, verb, u->node, NULL, stack_ended, u, &err))
        deed_ended(u, false, err.message);
}

static void statement_said(void *owner, int count, const char *const *values)
{
    struct drill_undo *u = owner;

    u->said = true;
    str_copy(u->row, sizeof u->row, count > 0 ? values[0] : "");
}

static void statement_ended(void *owner, bool ok, const char *text, struct instant now)
{
    struct drill_undo *u = owner;
    (void)now;

    if (ok && !u->said)
        deed_ended(u, false, "it is not the server that it was");
    else
        deed_ended(u, ok, text);
}

static void run_statement(struct drill_undo *u, enum drill_deed deed, enum errand_kind kind,
                          int64_t within_us)
{
    static const struct errand_calls calls = {statement_said, statement_ended};
    char command[512];

    str_format(command, sizeof command, "%s: %s", u->settings->nodes[u->node].name,
               errand_sql(kind));
    begin_deed(u, deed, command);
    u->said = false;
    errand_free(&u->errand);
    u->errand = errand_new(u->loop, u->settings, u->node, kind, &u->guard, within_us, &calls, u);
}

/* ---- what is to be done for a node, as it is now */

static void nothing_to_do(struct drill_undo *u, enum drill_deed deed, const char *why)
{
    begin_deed(u, deed, "");
    deed_ended(u, true, why);
}

static void start_node(struct drill_undo *u)
{
    char why[DRILL_TEXT_SIZE];

    if (!would_lead_alone(u, u->node)) {
        run_stack(u, DEED_UP, STACK_UP);
        u->started = true;
        return;
    }
    begin_deed(u, DEED_UP, "");
    str_format(why, sizeof why,
               "%s was promoted, and is not seen as the primary now: start it first",
               u->todo.promoted);
    deed_ended(u, false, why);
}

static void take_up(struct drill_undo *u, enum drill_deed undo,
                    const struct stack_node_status *status)
{
    bool paused = strcmp(status->state, "paused") == 0;

    if (paused && somebody_took_over(u, u->node)) {
        run_stack(u, DEED_KILL, STACK_KILL);
    } else if (paused) {
        run_stack(u, DEED_RESUME, STACK_RESUME);
    } else if (stack_node_is_down(status)) {
        start_node(u);
    } else {
        nothing_to_do(u, undo, "it runs already");
    }
}

/* It runs for a while still, and then it does not: to start it comes after that. */
static void wait_for_shutdown(struct drill_undo *u, enum drill_deed undo)
{
    if (loop_now(u->loop).mono < u->began + STOPPING_US) {
        u->state = UNDO_STOPPING;
        return;
    }
    begin_deed(u, undo, "");
    deed_ended(u, false, "it is still shutting down");
}

/* Of a server that nobody can look at nothing is taken for granted. */
static void undo_with_stack(struct drill_undo *u, enum drill_deed undo)
{
    struct stack_node_status status = {0};
    struct error err;

    if (u->stack == NULL) {
        error_set(&err, "the description has no stack any more");
    } else if (!u->looked) {
        err = u->look_error;
    } else if (stack_node_status(u->stack, u->node, &status, &err)) {
        if (undo != DEED_JOIN && strcmp(status.state, "stopping") == 0)
            wait_for_shutdown(u, undo);
        else if (undo != DEED_JOIN)
            take_up(u, undo, &status);
        else if (status.cut)
            run_stack(u, DEED_JOIN, STACK_JOIN);
        else
            nothing_to_do(u, DEED_JOIN, "it is on its network");
        return;
    }
    begin_deed(u, undo, "");
    deed_ended(u, false, err.message);
}

static void undo_node(struct drill_undo *u, enum drill_deed undo)
{
    if (undo == DEED_RESUME_REPLAY)
        run_statement(u, DEED_RESUME_REPLAY, ERRAND_RESUME_REPLAY, STATEMENT_US);
    else
        undo_with_stack(u, undo);
}

/* ---- the course */

static void end(struct drill_undo *u, struct instant now)
{
    u->state = UNDO_ENDED;
    u->calls.done(u->owner, u->left, now);
}

static void looked(void *owner, bool ok, const struct error *err)
{
    struct drill_undo *u = owner;

    u->looked = ok;
    if (!ok && err != NULL)
        u->look_error = *err;
    u->ended = true;
    soon(u);
}

/* A look that is under way cannot be called off: after it comes this one. */
static void look(struct drill_undo *u, enum undo_state state)
{
    struct error err = {0};

    u->state = state;
    u->ended = u->look_again = false;
    if (u->stack == NULL)
        looked(u, false, NULL);
    else if (!stack_refresh(u->stack, looked, u, &err)) {
        u->look_again = loop_now(u->loop).mono < u->began + LATE_US;
        if (!u->look_again)
            looked(u, false, &err);
    }
}

/* The next one that is due; at the end `done`. */
static void look_at_next(struct drill_undo *u, struct instant now)
{
    struct error err;

    if (u->index >= u->todo.count) {
        end(u, now);
        return;
    }
    u->node = find_node(u, u->todo.undos[u->index].node);
    if (u->node < 0) {
        begin_deed(u, u->todo.undos[u->index].undo, "");
        str_format(err.message, sizeof err.message, "%s is not in the description",
                   u->todo.undos[u->index].node);
        deed_ended(u, false, err.message);
        return;
    }
    u->began = now.mono;
    look(u, UNDO_LOOKING);
}

/* Nothing more is done: the old primary could be a second one. */
static void stop_at_promotion(struct drill_undo *u, const char *why, struct instant now)
{
    begin_deed(u, DEED_PROMOTE, "");
    u->calls.ended(u->owner, false, why);
    u->left = true;
    end(u, now);
}

static void promotion_is_over(struct drill_undo *u, const char *why, struct instant now)
{
    struct error err;

    if (!drill_journal_promotion_ended(u->journal, now.wall, u->todo.promoted, &err)) {
        stop_at_promotion(u, err.message, now);
        return;
    }
    begin_deed(u, DEED_PROMOTE, "");
    u->calls.ended(u->owner, true, why);
    look_at_next(u, now);
}

/* Who does not answer as a standby must be down, by the stack. */
static bool could_lead(const struct drill_undo *u, int node, struct error *err)
{
    const struct model *model = watch_model(u->watch);
    struct stack_node_status status = {0};

    if (node == u->node || drill_stands_by(model, node, u->surveyed_at))
        return false;
    if (u->looked && stack_node_status(u->stack, node, &status, err) && stack_node_is_down(&status))
        return false;
    error_set(err, "%s does not answer as a standby, and could be the primary: %s",
              model->nodes[node].name,
              status.state[0] != '\0' ? status.state : "the stack does not know how it is");
    return true;
}

static void promote(struct drill_undo *u, struct instant now)
{
    const struct model *model = watch_model(u->watch);
    char why[DRILL_TEXT_SIZE], text[DRILL_TEXT_SIZE + 80];
    struct error err;

    for (int i = 0; i < u->settings->node_count; i++)
        if (could_lead(u, i, &err)) {
            stop_at_promotion(u, err.message, now);
            return;
        }
    if (!drill_may_lead(model, u->node, u->surveyed_at, now.mono, why, sizeof why)) {
        str_format(text, sizeof text, "%s is not promoted: %s", model->nodes[u->node].name, why);
        stop_at_promotion(u, text, now);
        return;
    }
    run_statement(u, DEED_PROMOTE, ERRAND_PROMOTE, PROMOTE_US);
    u->state = UNDO_PROMOTING;
}

static void begin_promotion(struct drill_undo *u, struct instant now)
{
    if (!u->todo.promotion) {
        look_at_next(u, now);
        return;
    }
    u->node = find_node(u, u->todo.promoted);
    if (u->node < 0) {
        stop_at_promotion(u, "who was asked to be the primary is not in the description", now);
        return;
    }
    switch (drill_lead_beside(watch_model(u->watch), u->node, u->surveyed_at)) {
    case LEAD_ITSELF:
        promotion_is_over(u, "it is the primary", now);
        break;
    case LEAD_FOLLOWED:
        promotion_is_over(u, "another node is the primary, and it follows", now);
        break;
    case LEAD_ANOTHER:
        stop_at_promotion(u, "another node is the primary; let this one follow it first", now);
        break;
    case LEAD_UNKNOWN:
    case LEAD_NOBODY:
        promote(u, now);
        break;
    }
}

static void survey(struct drill_undo *u, struct instant now)
{
    u->began = u->surveyed_at = now.mono;
    look(u, UNDO_SURVEYING);
}

/* A server that hangs says nothing: that is known when its poll has timed out. */
static bool is_surveyed(const struct drill_undo *u, struct instant now)
{
    return u->ended &&
           (now.mono > u->surveyed_at + SEEN_US ||
            drill_lead_beside(watch_model(u->watch), 0, u->surveyed_at) != LEAD_UNKNOWN);
}

/* A node that is no longer in recovery says so in an error, and is what was wanted: what it is,
 * only a look that was sent after that answer tells. */
static bool promotion_is_known(const struct drill_undo *u, struct instant now)
{
    const struct node *node = &watch_model(u->watch)->nodes[u->node];

    return (u->ok && u->row[0] == 't') || now.mono > u->ended_at + SEEN_US ||
           (node->fault.kind == FAULT_NONE && node->asked_at >= u->ended_at);
}

static void promotion_ended(struct drill_undo *u, struct instant now)
{
    const struct node *node = &watch_model(u->watch)->nodes[u->node];
    bool is_primary = node->fault.kind == FAULT_NONE && node->role == ROLE_PRIMARY;
    bool promoted = (u->ok && u->row[0] == 't') || is_primary;
    struct error err;

    errand_free(&u->errand);
    u->calls.ended(u->owner, promoted,
                   promoted ? ""
                   : u->ok  ? "pending: not out of recovery in time"
                            : u->text);
    if (!promoted || !drill_journal_promotion_ended(u->journal, now.wall, node->name, &err)) {
        u->left = true; /* the old primary may not be started: it could be a second one */
        end(u, now);
        return;
    }
    look_at_next(u, now);
}

static void node_is_over(struct drill_undo *u, struct instant now)
{
    const struct drill_left_undo *due = &u->todo.undos[u->index];
    struct error err;

    u->calls.ended(u->owner, u->ok, u->text);
    if (!u->ok || !drill_journal_undone(u->journal, now.wall, due->node, due->undo, &err))
        u->left = true;
    u->index++;
    u->started = false;
    watch_poll_now(u->watch);
    look_at_next(u, now);
}

static void deed_is_over(struct drill_undo *u, struct instant now)
{
    errand_free(&u->errand);
    if (u->ok && u->deed == DEED_KILL) { /* and now it is started */
        u->calls.ended(u->owner, true, u->text);
        start_node(u);
    } else if (u->ok && u->deed == DEED_UP) {
        u->state = UNDO_STARTING;
        u->looked = false;
        u->look_at = now.mono + LOOK_EVERY_US;
    } else {
        node_is_over(u, now);
    }
}

static void fail_start(struct drill_undo *u, const char *how)
{
    u->ok = false;
    str_format(u->text, sizeof u->text, "it %s, and %s", u->started ? "was started" : "runs", how);
}

/* By the last look, if there was one. */
static bool is_down_again(struct drill_undo *u, char *how, size_t size)
{
    struct stack_node_status status = {0};
    struct error ignored;

    if (!u->looked || !stack_node_status(u->stack, u->node, &status, &ignored) ||
        !stack_node_is_down(&status))
        return false;
    return str_format(how, size, "is %s", status.state);
}

/* That it was started says only that there is a container: it may end at once. A look that is under
 * way is waited for. */
static void look_at_start(struct drill_undo *u, struct instant now)
{
    const struct node *node = &watch_model(u->watch)->nodes[u->node];
    char how[64];

    if (!u->ended) {
        if (u->look_again)
            look(u, UNDO_STARTING);
        return;
    }
    if (is_down_again(u, how, sizeof how))
        fail_start(u, how);
    else if (now.mono > u->ended_at + STARTING_US)
        fail_start(u, "does not answer");
    if (!u->ok || drill_has_come(node, u->ended_at, now.mono)) {
        node_is_over(u, now);
        return;
    }
    if (now.mono < u->look_at)
        return;
    watch_poll_now(u->watch);
    u->look_at = now.mono + LOOK_EVERY_US;
    u->began = now.mono;
    look(u, UNDO_STARTING);
}

static bool is_clear(struct drill_undo *u, mono_us now)
{
    if (u->stack != NULL && stack_busy(u->stack)) {
        if (now > u->began + CLEAR_US)
            stack_cancel(u->stack);
        return false;
    }
    return !u->todo.cut_off || u->settings->stack != STACK_COMPOSE || now > u->began + LATE_US;
}

static void tick(void *owner, struct instant now)
{
    struct drill_undo *u = owner;

    switch (u->state) {
    case UNDO_CLEARING:
        if (is_clear(u, now.mono) && failed_over(u))
            survey(u, now);
        else if (is_clear(u, now.mono))
            look_at_next(u, now);
        break;
    case UNDO_SURVEYING:
        if (u->look_again)
            look(u, UNDO_SURVEYING);
        else if (is_surveyed(u, now))
            begin_promotion(u, now);
        else
            watch_poll_now(u->watch);
        break;
    case UNDO_PROMOTING:
        if (u->ended && promotion_is_known(u, now))
            promotion_ended(u, now);
        else if (u->ended)
            watch_poll_now(u->watch);
        break;
    case UNDO_LOOKING:
        if (u->look_again)
            look(u, UNDO_LOOKING);
        else if (u->ended)
            undo_node(u, u->todo.undos[u->index].undo);
        break;
    case UNDO_STOPPING:
        look(u, UNDO_LOOKING);
        break;
    case UNDO_DOING:
        if (u->ended)
            deed_is_over(u, now);
        break;
    case UNDO_STARTING:
        look_at_start(u, now);
        break;
    case UNDO_ENDED:
        return;
    }
    if (u->state != UNDO_ENDED && !u->tick.set)
        loop_timer_set(u->loop, &u->tick, now.mono + TICK_US);
}

bool drill_undo_allowed(const struct settings *settings, const struct drill_left *left,
                        struct error *err)
{
    if (strcmp(settings->cluster, left->head.cluster) == 0)
        return true;
    return error_set(err, "the journal is of cluster %s, and the description of %s",
                     left->head.cluster, settings->cluster);
}

struct drill_undo *drill_undo_new(const struct settings *settings, struct loop *loop,
                                  struct watch *watch, struct stack *stack,
                                  struct drill_journal *journal,
                                  const struct drill_undo_calls *calls, void *owner)
{
    struct drill_undo *u = mem_calloc(1, sizeof *u);

    u->settings = settings;
    u->loop = loop;
    u->watch = watch;
    u->stack = stack;
    u->journal = journal;
    u->calls = *calls;
    u->owner = owner;
    u->node = -1;
    u->todo = *drill_journal_now(journal);
    str_format(u->guard.system_identifier, sizeof u->guard.system_identifier, "%llu",
               (unsigned long long)u->todo.head.system_identifier);
    str_copy(u->guard.lab, sizeof u->guard.lab, u->todo.head.marker);
    u->began = loop_now(loop).mono;
    u->tick = (struct loop_timer){.fire = tick, .owner = u};
    soon(u);
    return u;
}

void drill_undo_free(struct drill_undo **undo)
{
    struct drill_undo *u = *undo;

    if (u == NULL)
        return;
    loop_timer_cancel(u->loop, &u->tick);
    errand_free(&u->errand);
    free(u);
    *undo = NULL;
}
