/*
 * drill_hand: what a person does in a drill that leaves it to him: promoting, and letting the old
 * primary join. The same commands and the same proofs as the engine's own.
 */
#include <string.h>

#include "app/drill_internal.h"
#include "base/str.h"

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

static bool may_promote(const struct drill_engine *engine, int node, struct error *err)
{
    const struct model *model = watch_model(engine->watch);

    if (!is_step(engine, DEED_PROMOTE))
        return error_set(err, "it is not the time to promote: the old primary must be down first");
    if (engine->promotion_asked)
        return error_set(err, "a promotion was asked for already: never two");
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

bool drill_rejoin_by_hand(struct drill_engine *engine, int node, bool dry, struct error *err)
{
    if (!is_by_hand(engine, err))
        return false;
    if (!is_step(engine, DEED_UP) || node != engine->plan.old_primary)
        return error_set(err, "it is not the time to let %s join",
                         engine->settings->nodes[node].name);
    return dry || stack_run(engine->stack, STACK_UP, node, NULL, joined, engine, err);
}
