/*
 * drill_lead: who leads the cluster, by looks that were sent since a moment: before what a drill
 * left is taken back, for nobody may be promoted or let go on beside a primary. Pure.
 */
#ifndef CLUSTER_DRILL_LEAD_H
#define CLUSTER_DRILL_LEAD_H

#include "cluster/model.h"

enum drill_lead {
    LEAD_UNKNOWN,  /* somebody of whom no fault is known was not asked since */
    LEAD_NOBODY,   /* whoever answers is a standby */
    LEAD_ITSELF,   /* the node is the primary */
    LEAD_FOLLOWED, /* another node is, and the node streams from it */
    LEAD_ANOTHER   /* another node is */
};

enum drill_lead drill_lead_beside(const struct model *model, int node, mono_us since);
/* The node has answered since as a standby, or another entry is the same server and is asked. */
bool drill_stands_by(const struct model *model, int node, mono_us since);
/* Every other node does. */
bool drill_others_stand_by(const struct model *model, int node, mono_us since);

#endif
