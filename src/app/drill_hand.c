/*
 * drill_hand: what a person does in a drill that leaves it to him: promoting, and letting the old
 * primary join. The same commands and the same proofs as the engine's own.
 */
#include <string.h>

#include "app/drill_internal.h"
#include "base/str.h"
#include "cluster/drill_lead.h"

static bool is_by_hand(const struct drill_engine *engine, struct error *err)
{
    if (engine->state != ENGINE_STEPPING ||
        (engine->plan.id != DRILL_OBSERVE && !engine->plan.manual))
        return error_set(err, "no drill is under way that leaves this to you");
    if (engine->stack == NULL || !engine->settings->lab)
        return error_set(err, "this cluster is only watched");
    if (engine->stack != NULL && stack_busy(engine->stack))
        return error_set(err, "the stack is busy");
    return true;
}

static bool is_step(const struct drill_engine *engine, enum drill_deed deed)
{
    const struct drill_planned *step = &engine->plan.steps[engine->step];

    return step->deed == deed && step->by_hand;
}

/* As the stack knows it: a node that cannot be reached from here may still be the primary. */
static bool is_down(const struct drill_engine *engine, int node, struct error *err)
{
    struct stack_node_status status = {0};

    if (!stack_node_status(engine->stack, node, &status, err))
        return false;
    if (stack_node_is_down(&status))
        return true;
    error_set(err, "%s is %s, and could be the primary", engine->settings->nodes[node].name,
              status.state);
    return error_hint(err, "kill it first");
}

/* Who was the primary is down, or has become a standby since. */
static bool leads_no_more(const struct drill_engine *engine, int node, struct error *err)
{
    const struct node *was = &watch_model(engine->watch)->nodes[node];
    struct drill_stack_look look = {.age_us = engine->seen_at != 0
                                                  ? loop_now(engine->loop).mono - engine->seen_at
                                                  : UNKNOWN_US};
    struct error is_up = {0};
    char why[DRILL_TEXT_SIZE];

    look.down = is_down(engine, node, &is_up);
    if (drill_leads_no_more(was, &look, why, sizeof why))
        return true;
    if (!look.down && was->fault.kind != FAULT_NONE && !node_fault_is_alive(was->fault.kind)) {
        *err = is_up; /* it says what to do */
        return false;
    }
    return error_set(err, "%s", why);
}

/* Whoever else works on the cluster: nobody may be the primary, neither whom the drill began with
 * nor who was it last. */
static bool is_time_to_promote(const struct drill_engine *engine, struct error *err)
{
    const struct model *model = watch_model(engine->watch);

    if (engine->plan.id != DRILL_OBSERVE && !is_step(engine, DEED_PROMOTE))
        return error_set(err, "it is not the time to promote: the old primary must be down first");
    if (model->primary_count > 0)
        return error_set(err, "there is a primary");
    if (engine->plan.old_primary < 0 || model->last_primary < 0)
        return error_set(err, "it is not known who was the primary");
    return leads_no_more(engine, engine->plan.old_primary, err) &&
           leads_no_more(engine, model->last_primary, err);
}

static bool may_promote(const struct drill_engine *engine, int node, struct error *err)
{
    const struct model *model = watch_model(engine->watch);

    if (!is_time_to_promote(engine, err))
        return false;
    if (engine->promoted >= 0 && (engine->promoting || engine->promoted != node))
        return error_set(err, "the promotion of %s was asked for already: never two",
                         model->nodes[engine->promoted].name);
    if (model->nodes[node].fault.kind != FAULT_NONE || model->nodes[node].role != ROLE_STANDBY)
        return error_set(err, "%s is no standby that answers", model->nodes[node].name);
    return true;
}

bool drill_promote_by_hand(struct drill_engine *engine, int node, bool dry, struct error *err)
{
    if (!is_by_hand(engine, err) || !may_promote(engine, node, err))
        return false;
    if (!dry)
        drill_promote_node(engine, node, loop_now(engine->loop));
    return true;
}

void drill_hand_command(const struct drill_engine *engine, int node, bool promotes, char *out,
                        size_t size)
{
    if (promotes)
        str_format(out, size, "%s: %s", engine->settings->nodes[node].name,
                   errand_sql(ERRAND_PROMOTE));
    else
        stack_describe(engine->stack, STACK_UP, node, out, size);
}

static void joined(void *owner, bool ok, const struct error *err)
{
    struct drill_engine *engine = owner;

    if (!ok)
        drill_say(engine, EVENT_WARNING, "the old primary was not started: %s",
                  err != NULL ? err->message : "");
    drill_soon(engine);
}

static bool may_rejoin(const struct drill_engine *engine, int node, struct error *err)
{
    const struct model *model = watch_model(engine->watch);
    bool leads = engine->plan.id != DRILL_OBSERVE;

    if (leads ? !is_step(engine, DEED_UP) || node != engine->plan.old_primary
              : model->primary < 0 || model->primary == node)
        return error_set(err, "it is not the time to let %s join",
                         engine->settings->nodes[node].name);
    return leads || is_down(engine, node, err);
}

bool drill_rejoin_by_hand(struct drill_engine *engine, int node, bool dry, struct error *err)
{
    if (!is_by_hand(engine, err))
        return false;
    if (!may_rejoin(engine, node, err))
        return false;
    return dry || stack_run(engine->stack, STACK_UP, node, NULL, joined, engine, err);
}
