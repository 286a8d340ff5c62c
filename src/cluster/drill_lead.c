/*
 * drill_lead: see drill_lead.h.
 */
#include "cluster/drill_lead.h"

static bool answered(const struct node *node, mono_us since)
{
    return node->fault.kind == FAULT_NONE && node->asked_at >= since;
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
