/*
 * topology: the nodes as rows of a tree: primary first, its standbys under it, cascading ones under
 * theirs, then nodes that hang nowhere (down, or not streaming). Every listed node is exactly one
 * row; every standby row that is no listed node is one more, `unlisted`. Order is that of the
 * description and does not jump when values change. Pure.
 */
#ifndef CLUSTER_TOPOLOGY_H
#define CLUSTER_TOPOLOGY_H

#include "cluster/model.h"

struct topology_row {
    int node;    /* -1: unlisted */
    int sender;  /* node whose pg_stat_replication has it (last known, if `fresh` is false); -1 none
                  */
    int standby; /* index in the sender's sample.standbys; -1 none */
    int depth;   /* 0 the primary or a node on its own */
    bool last_child;  /* of its sender: draws the corner */
    bool fresh;       /* the sender's row is of now */
    const char *name; /* the node's name or the application_name; lives as long as the model is not
                         changed */
};

/* Writes at most `max` rows, returns how many there are in all (rows beyond max are not written).
 */
int topology_derive(const struct model *model, mono_us now, struct topology_row *rows, int max);

#endif
