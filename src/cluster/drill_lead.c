/*
 * drill_lead: see drill_lead.h.
 */
#include "cluster/drill_lead.h"

#include "base/str.h"
#include "cluster/survivors.h"

static bool answered(const struct node *node, mono_us since)
{
    return node->fault.kind == FAULT_NONE && node->asked_at >= since;
}

#define FAULT_SEEN_US (3 * US_PER_S) /* a fault does not say when it was looked for last */

static bool is_coming(enum node_fault_kind kind)
{
    return kind == FAULT_STARTING || kind == FAULT_SHUTTING_DOWN || kind == FAULT_CRASH_RECOVERY ||
           kind == FAULT_NOT_CONSISTENT;
}

bool drill_has_come(const struct node *node, mono_us since, mono_us now)
{
    if (node->fault.kind == FAULT_NONE)
        return node->asked_at >= since;
    return node_fault_is_alive(node->fault.kind) && !is_coming(node->fault.kind) &&
           now >= since + FAULT_SEEN_US;
}

static bool all_asked(const struct model *model, mono_us since)
{
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].same_as < 0 && model->nodes[i].fault.kind == FAULT_NONE &&
            model->nodes[i].asked_at < since)
            return false;
    return true;
}

enum drill_lead drill_lead_beside(const struct model *model, int node, mono_us since)
{
    enum drill_lead lead = LEAD_NOBODY;

    if (!all_asked(model, since))
        return LEAD_UNKNOWN;
    for (int i = 0; i < model->node_count; i++) {
        const struct node *it = &model->nodes[i];

        if (it->same_as >= 0 || !answered(it, since) || it->role != ROLE_PRIMARY)
            continue;
        if (i != node)
            return answered(&model->nodes[node], since) && standby_streaming_row(it, node) >= 0
                       ? LEAD_FOLLOWED
                       : LEAD_ANOTHER;
        lead = LEAD_ITSELF;
    }
    return lead;
}

bool drill_stands_by(const struct model *model, int node, mono_us since)
{
    const struct node *it = &model->nodes[node];

    return it->same_as >= 0 || (answered(it, since) && it->role == ROLE_STANDBY);
}

bool drill_others_stand_by(const struct model *model, int node, mono_us since)
{
    for (int i = 0; i < model->node_count; i++)
        if (i != node && !drill_stands_by(model, i, since))
            return false;
    return true;
}

/* ---- whether it may be promoted still */

static int index_of(const struct survivors *survivors, int node)
{
    for (int i = 0; i < survivors->count; i++)
        if (survivors->items[i].node == node)
            return i;
    return -1;
}

/* What is known of the node itself; its settings cannot be compared where the primary was never
 * seen, and what they are too low for pauses the replay. */
static bool can_be_promoted(const struct model *model, const struct survivors *survivors, int index,
                            char *why, size_t size)
{
    const struct survivor *s = &survivors->items[index];

    if (!s->eligible || survivor_has(s, SURVIVOR_LAGS)) {
        survivor_sentence(model, survivors, index, why, size);
        return false;
    }
    if (survivors->primary >= 0 || !survivor_has(s, SURVIVOR_REPLAY_PAUSED))
        return true;
    str_copy(why, size, "its replay is paused, and promoting it may shut it down");
    return false;
}

/* Who is known to have more, or does not say all that it has; NULL nobody. */
static const struct survivor *who_may_have_more(const struct survivors *survivors, int index)
{
    if (survivors->more >= 0)
        return &survivors->items[survivors->more];
    for (int i = 0; i < survivors->count; i++)
        if (i != index && survivors->items[i].eligible &&
            survivor_has(&survivors->items[i], SURVIVOR_LSN_UNSURE))
            return &survivors->items[i];
    return NULL;
}

/* The last of those who do not answer as standbys; how many. */
static int count_silent(const struct model *model, int node, mono_us since, int *last)
{
    int count = 0;

    for (int i = 0; i < model->node_count; i++)
        if (i != node && !drill_stands_by(model, i, since)) {
            *last = i;
            count++;
        }
    return count;
}

static bool may_lead(const struct model *model, const struct survivors *survivors, int node,
                     mono_us since, char *why, size_t size)
{
    int index = index_of(survivors, node), silent = -1;
    const struct survivor *other;

    if (index < 0) {
        str_copy(why, size, "it was the primary");
        return false;
    }
    if (!can_be_promoted(model, survivors, index, why, size))
        return false;
    other = who_may_have_more(survivors, index);
    if (other != NULL)
        str_format(why, size, "%s %s more WAL", model->nodes[other->node].name,
                   survivors->more >= 0 ? "has" : "may have");
    else if (count_silent(model, node, since, &silent) > 1)
        str_format(why, size, "%s does not answer, and may have more WAL",
                   model->nodes[silent].name);
    else
        return true;
    return false;
}

bool drill_may_lead(const struct model *model, int node, mono_us since, mono_us now, char *why,
                    size_t size)
{
    struct survivors survivors;

    survivors_derive(model, NULL, now, &survivors);
    return may_lead(model, &survivors, node, since, why, size);
}

#define STACK_LOOK_MAX_US (3 * US_PER_S) /* it is looked once a second */

bool drill_leads_no_more(const struct node *was, const struct drill_stack_look *look, char *why,
                         size_t size)
{
    if (was->fault.kind == FAULT_NONE && was->role == ROLE_STANDBY)
        return true;
    if (was->fault.kind == FAULT_NONE)
        str_format(why, size, "%s answers, and could be the primary", was->name);
    else if (node_fault_is_alive(was->fault.kind))
        str_format(why, size, "%s is there (%s), and could be the primary", was->name,
                   node_fault_word(was->fault.kind));
    else if (look->age_us == UNKNOWN_US || look->age_us > STACK_LOOK_MAX_US)
        str_format(why, size, "it is not known how %s is now: the stack does not say", was->name);
    else if (!look->down)
        str_format(why, size, "%s is not down, and could be the primary", was->name);
    else
        return true;
    return false;
}
