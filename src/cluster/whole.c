/*
 * whole: see whole.h.
 */
#include "cluster/whole.h"

#include "base/str.h"
#include "cluster/topology.h"

/* What the first node that is not as it should be is; NULL when all are. */
static const char *first_missing(const struct model *model, mono_us now, const char **name)
{
    struct topology_row rows[MODEL_NODES_MAX];
    int count = topology_derive(model, now, rows, MODEL_NODES_MAX);

    for (int i = 0; i < count && i < MODEL_NODES_MAX; i++) {
        if (rows[i].node < 0)
            continue;
        const struct node *node = &model->nodes[rows[i].node];
        *name = node->name;
        if (!node_is_fresh(model, node, now))
            return node->asked ? node_fault_word(node->fault.kind) : "not asked yet";
        if (node->role != ROLE_STANDBY)
            continue;
        if (rows[i].standby < 0 || !rows[i].fresh)
            return "not streaming";
        const struct node *sender = &model->nodes[rows[i].sender];
        if (sender->sample.standbys[rows[i].standby].state != STANDBY_STREAMING)
            return "not streaming";
    }
    return NULL;
}

bool cluster_is_whole(const struct model *model, const struct sync_verdict *verdict,
                      const struct health *health, enum health_level allowed, mono_us now,
                      char *missing, size_t size)
{
    const char *name = NULL, *what = first_missing(model, now, &name);

    if (what != NULL)
        str_format(missing, size, "%s is %s", name, what);
    else if (model->primary < 0)
        str_copy(missing, size, "no primary");
    else if (!verdict->known)
        str_copy(missing, size, "the synchronous rule is not known");
    else if (verdict->short_of > 0)
        str_format(missing, size, "%d more standby must confirm commits", verdict->short_of);
    else if (health->level > allowed && health->count > 0)
        str_copy(missing, size, health->findings[0].text);
    else if (health->level > allowed)
        str_copy(missing, size, "not every node has answered");
    else
        return true;
    return false;
}
