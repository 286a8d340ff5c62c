/*
 * drill_prepare: every node is asked who it is, by its server and by its stack, before a drill may
 * begin: all must be of one lab and of one system.
 */
#include <stdlib.h>
#include <string.h>

#include "app/drill_internal.h"
#include "base/str.h"

#define PREPARE_US (60 * US_PER_S) /* containers are asked one after the other */
#define ASKED_MAX 3

static int node_count(const struct drill_engine *engine)
{
    return engine->settings->node_count;
}

/* ---- what the stack says */

bool drill_identity_of_line(const char *line, char *lab, size_t lab_size, char *system,
                            size_t system_size)
{
    const char *space = strchr(line, ' ');
    size_t length = space != NULL ? (size_t)(space - line) : 0;

    if (space == NULL || length == 0 || length >= lab_size || strchr(space + 1, ' ') != NULL ||
        space[1] == '\0' || strspn(space + 1, "0123456789") != strlen(space + 1))
        return false;
    memcpy(lab, line, length);
    lab[length] = '\0';
    return str_copy(system, system_size, space + 1);
}

static void ask_stack_of_next(struct drill_engine *engine);

static void stack_said(void *owner, const char *node, const char *line)
{
    struct drill_engine *engine = owner;
    struct drill_identity *identity = &engine->identities[engine->asking];
    (void)node;

    drill_identity_of_line(line, identity->stack_lab, sizeof identity->stack_lab,
                           identity->stack_system, sizeof identity->stack_system);
}

static void stack_ended(void *owner, bool ok, const struct error *err)
{
    struct drill_engine *engine = owner;
    struct drill_identity *identity = &engine->identities[engine->asking];

    if (!ok)
        str_copy(identity->error, sizeof identity->error,
                 err != NULL ? err->message : "it does not say who it is");
    engine->asking++;
    drill_soon(engine); /* the stack is busy until this returned */
}

static void ask_stack_of_next(struct drill_engine *engine)
{
    struct error err;

    while (engine->asking < node_count(engine) &&
           !stack_run(engine->stack, STACK_IDENTITY, engine->asking, stack_said, stack_ended,
                      engine, &err)) {
        struct drill_identity *identity = &engine->identities[engine->asking++];
        str_copy(identity->error, sizeof identity->error, err.message);
    }
}

/* ---- what the servers say */

static void server_said(void *owner, int count, const char *const *values)
{
    struct drill_identity *identity = owner;

    if (count < 5)
        return;
    str_copy(identity->sql_system, sizeof identity->sql_system, values[0]);
    str_copy(identity->sql_lab, sizeof identity->sql_lab, values[1]);
    identity->may_promote = values[3][0] == 't';
    identity->may_pause = values[4][0] == 't';
}

static void server_ended(void *owner, bool ok, const char *text, struct instant now)
{
    struct drill_identity *identity = owner;
    (void)now;

    if (!ok && identity->asked < ASKED_MAX) {
        identity->ask_again = true; /* by the next turn: the errand may not be freed here */
    } else {
        if (!ok)
            str_copy(identity->error, sizeof identity->error, text);
        identity->answered = true;
    }
    drill_soon(identity->engine);
}

static void ask_server(struct drill_engine *engine, int node)
{
    static const struct errand_calls calls = {server_said, server_ended};
    struct drill_identity *identity = &engine->identities[node];

    identity->ask_again = false;
    identity->asked++;
    errand_free(&engine->askers[node]);
    engine->askers[node] = errand_new(engine->loop, engine->settings, node, ERRAND_IDENTITY, NULL,
                                      ERRAND_US, &calls, identity);
}

/* A machine that was too busy for it once does not speak against a drill. */
static void ask_servers_again(struct drill_engine *engine)
{
    for (int i = 0; i < node_count(engine); i++)
        if (engine->identities[i].ask_again)
            ask_server(engine, i);
}

/* ---- what speaks against it */

static const char *name_of(const struct drill_engine *engine, int node)
{
    return engine->settings->nodes[node].name;
}

/* The first that says who it is; 0 when none does. */
static int first_known(const struct drill_engine *engine)
{
    for (int i = 0; i < node_count(engine); i++)
        if (engine->identities[i].error[0] == '\0' && engine->identities[i].sql_lab[0] != '\0')
            return i;
    return 0;
}

static void check_node(struct drill_engine *engine, int node)
{
    int with = first_known(engine);
    const struct drill_identity *it = &engine->identities[node], *first = &engine->identities[with];
    const char *name = name_of(engine, node);

    if (it->error[0] != '\0')
        drill_reason(&engine->reasons, "%s does not say who it is: %s", name, it->error);
    else if (it->stack_lab[0] == '\0' || it->stack_lab[0] == '-' || it->sql_lab[0] == '\0')
        drill_reason(&engine->reasons,
                     "%s has no mark of a lab: make the lab anew (stack down --volumes, stack up)",
                     name);
    else if (strcmp(it->stack_lab, it->sql_lab) != 0 ||
             strcmp(it->stack_system, it->sql_system) != 0)
        drill_reason(&engine->reasons,
                     "the server that answers for %s is not the one that the stack runs", name);
    else if (strcmp(it->sql_lab, first->sql_lab) != 0 ||
             strcmp(it->sql_system, first->sql_system) != 0)
        drill_reason(&engine->reasons, "%s is of another lab than %s", name, name_of(engine, with));
}

static void check_privileges(struct drill_engine *engine)
{
    const char *user = engine->settings->nodes[0].connection.user;
    bool fails_over = drill_at(engine->plan.id)->fails_over;

    for (int i = 0; i < node_count(engine); i++) {
        const struct drill_identity *it = &engine->identities[i];
        if (it->error[0] != '\0')
            continue;
        if (fails_over && !it->may_promote)
            drill_reason(&engine->reasons,
                         "%s may not promote %s: GRANT EXECUTE ON FUNCTION pg_promote TO it",
                         user != NULL ? user : "this role", name_of(engine, i));
        if (engine->plan.id == DRILL_REPLAY_PAUSE && !it->may_pause)
            drill_reason(&engine->reasons, "%s may not pause the replay of %s",
                         user != NULL ? user : "this role", name_of(engine, i));
    }
}

static void check_offer(struct drill_engine *engine)
{
    const char *not_offered =
        drill_not_offered(engine->plan.id, watch_model(engine->watch), engine->stack != NULL);
    struct error err;

    if (not_offered != NULL)
        drill_reason(&engine->reasons, "%s", not_offered);
    else if (!load_allowed(engine->settings, &err))
        drill_reason(&engine->reasons, "%s", err.message);
}

static void check_journal(struct drill_engine *engine)
{
    struct drill_left left;
    struct error err;

    if (!drill_journal_left(engine->folder, &left, &err))
        drill_reason(&engine->reasons, "%s; %s", err.message, err.hint);
    else if (left.under_way)
        drill_reason(&engine->reasons, "another program (process %d) carries out %s", left.pid,
                     left.head.drill);
    else if (drill_left_is_due(&left))
        drill_reason(&engine->reasons, "an earlier %s left something: pgwatch-tui drill undo",
                     left.head.drill);
}

void drill_look_at_plan(struct drill_engine *engine, struct instant now)
{
    struct assessment assessment;
    struct model *model = watch_model(engine->watch);
    enum drill_id id = engine->plan.id;

    assess(model, now, &assessment);
    drill_plan_make(id, engine->options.manual, model, now.mono, &engine->options.timing,
                    &engine->plan, &engine->reasons);
    check_offer(engine);
    if (engine->stack != NULL && id != DRILL_OBSERVE) {
        for (int i = 0; i < node_count(engine); i++)
            check_node(engine, i);
        check_privileges(engine);
        check_journal(engine);
    }
}

/* ---- the course */

static bool all_answered(const struct drill_engine *engine)
{
    for (int i = 0; i < node_count(engine); i++)
        if (engine->askers[i] != NULL && !engine->identities[i].answered)
            return false;
    return engine->stack == NULL || engine->asking >= node_count(engine);
}

/* Who has not said it by now. */
static void note_silence(struct drill_engine *engine)
{
    for (int i = 0; i < node_count(engine); i++) {
        struct drill_identity *it = &engine->identities[i];
        bool silent = (engine->askers[i] != NULL && !it->answered) || i >= engine->asking;
        if (silent && it->error[0] == '\0')
            str_copy(it->error, sizeof it->error, "no answer in time");
    }
    if (engine->stack != NULL && stack_busy(engine->stack))
        stack_cancel(engine->stack);
}

static void drop_askers(struct drill_engine *engine)
{
    for (int i = 0; i < node_count(engine); i++)
        errand_free(&engine->askers[i]);
}

void drill_prepare_look(struct drill_engine *engine, struct instant now)
{
    bool late = now.mono > engine->step_began + PREPARE_US;

    ask_servers_again(engine);
    if (engine->stack != NULL && !stack_busy(engine->stack))
        ask_stack_of_next(engine);
    if (!late && (!all_answered(engine) || !watch_settled(engine->watch)))
        return;
    if (late)
        note_silence(engine);
    drop_askers(engine);
    drill_look_at_plan(engine, now);
    engine->state = ENGINE_READY;
    engine->calls.prepared(engine->owner, now);
}

void drill_prepare(struct drill_engine *engine, enum drill_id id,
                   const struct drill_options *options)
{
    bool ours = engine->stack != NULL; /* who observes may promote by hand, too */

    engine->options = *options;
    memset(&engine->plan, 0, sizeof engine->plan);
    engine->plan.id = id;
    drop_askers(engine);
    memset(engine->identities, 0, (size_t)node_count(engine) * sizeof *engine->identities);
    for (int i = 0; i < node_count(engine); i++)
        engine->identities[i].engine = engine;
    engine->state = ENGINE_PREPARING;
    engine->step_began = loop_now(engine->loop).mono;
    engine->asking = ours ? 0 : node_count(engine);
    for (int i = 0; ours && i < node_count(engine); i++)
        ask_server(engine, i);
    watch_poll_now(engine->watch);
    drill_soon(engine);
}

void drill_prepare_free(struct drill_engine *engine)
{
    if (engine->askers != NULL)
        drop_askers(engine);
    free(engine->askers);
    free(engine->identities);
}

/* Before it begins: of the first that says it, which all others agree with. */
void drill_take_guard(struct drill_engine *engine)
{
    const struct drill_identity *first = &engine->identities[first_known(engine)];

    str_copy(engine->guard.lab, sizeof engine->guard.lab, first->sql_lab);
    str_copy(engine->guard.system_identifier, sizeof engine->guard.system_identifier,
             first->sql_system);
}
