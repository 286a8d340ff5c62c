/*
 * node_state: the one word that says how a row of the topology is doing, the same on the screen and
 * in every report. Pure.
 */
#ifndef CLUSTER_NODE_STATE_H
#define CLUSTER_NODE_STATE_H

#include "cluster/topology.h"

enum node_condition { /* mark and colour */
                      NODE_CONDITION_UNKNOWN,
                      NODE_CONDITION_GOOD,
                      NODE_CONDITION_WARNING,
                      NODE_CONDITION_BAD
};

struct node_state {
    enum node_condition condition;
    char word[32];  /* "up", "streaming", "receiving", "catchup", "not streaming", "refused", "not
                       responding",  "from archive", "connecting", "same server" */
    int64_t for_us; /* how long, where it is worth saying (a fault); UNKNOWN_US else */
};

struct node_state node_state_derive(const struct model *model, const struct topology_row *row,
                                    mono_us now);

#endif
