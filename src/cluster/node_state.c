/*
 * node_state: see node_state.h.
 *
 * A fault of our own look comes first: whatever a sender still says of a node that we cannot reach
 * is the sender's knowledge, and stands in its other columns.
 */
#include "cluster/node_state.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"

static struct node_state state_of(enum node_condition condition, const char *word)
{
    struct node_state state = {.condition = condition, .for_us = UNKNOWN_US};
    str_copy(state.word, sizeof state.word, word);
    return state;
}

static struct node_state fault_state(const struct node *node, mono_us now)
{
    bool alive = node_fault_is_alive(node->fault.kind);
    struct node_state state = state_of(alive ? NODE_CONDITION_WARNING : NODE_CONDITION_BAD,
                                       node_fault_word(node->fault.kind));
    state.for_us = now - node->fault_since.mono;
    return state;
}

/* What the node says of its receiver, where no sender that is seen now says more. */
static struct node_state own_state(const struct node *node)
{
    if (node == NULL || !node->sampled)
        return state_of(NODE_CONDITION_UNKNOWN, "-");
    if (!node->sample.receiver.present)
        return state_of(NODE_CONDITION_WARNING, "not streaming");
    return state_of(NODE_CONDITION_UNKNOWN,
                    strcmp(node->sample.receiver.status, "streaming") == 0 ? "receiving" : "-");
}

/* A row of a sender that is of now, stale or not streaming. */
static struct node_state standby_row_state(const struct model *model,
                                           const struct topology_row *row, mono_us now)
{
    assert(row->sender >= 0 && row->standby >= 0);
    const struct node *sender = &model->nodes[row->sender];
    const struct standby_row *standby = &sender->sample.standbys[row->standby];

    assert(standby != NULL);
    if (!row->fresh)
        return own_state(row->node >= 0 ? &model->nodes[row->node] : NULL);
    if (standby->state == STANDBY_STATE_UNKNOWN)
        return state_of(NODE_CONDITION_UNKNOWN, "-");
    if (sender->tracks[row->standby].ahead)
        return state_of(NODE_CONDITION_BAD, "diverged");
    if (standby->state != STANDBY_STREAMING)
        return state_of(NODE_CONDITION_WARNING, standby_state_word(standby->state));
    if (standby_is_stale(model, sender, row->standby, now)) {
        struct node_state state = state_of(NODE_CONDITION_WARNING, "stale");
        state.for_us = standby_stale_for_us(sender, row->standby, now);
        return state;
    }
    return state_of(NODE_CONDITION_GOOD, "streaming");
}

struct node_state node_state_derive(const struct model *model, const struct topology_row *row,
                                    mono_us now)
{
    const struct node *node = row->node >= 0 ? &model->nodes[row->node] : NULL;

    if (node != NULL && !node->asked)
        return state_of(NODE_CONDITION_UNKNOWN, "connecting");
    if (node != NULL && node->fault.kind != FAULT_NONE)
        return fault_state(node, now);
    if (node != NULL && node->same_as >= 0)
        return state_of(NODE_CONDITION_WARNING, "same server");
    if (node != NULL && node->diverged)
        return state_of(NODE_CONDITION_BAD, "diverged");
    if (node != NULL && node->role == ROLE_PRIMARY)
        return state_of(model->primary_count > 1 ? NODE_CONDITION_BAD
                        : node->shut_said        ? NODE_CONDITION_WARNING
                                                 : NODE_CONDITION_GOOD,
                        "up");
    if (node != NULL && node->from_archive)
        return state_of(NODE_CONDITION_WARNING, "from archive");
    if (row->standby >= 0)
        return standby_row_state(model, row, now);
    /* No sender that is seen has it: without a primary, that sender may be who is not seen. */
    return model->primary < 0 ? own_state(node) : state_of(NODE_CONDITION_WARNING, "not streaming");
}
