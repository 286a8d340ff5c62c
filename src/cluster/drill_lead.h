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
/*
 * Whether a promotion that was once asked for may be brought to its end: the cluster may have gone
 * on without it. The node can be promoted and nobody is known to have more WAL, or may have: every
 * other node but one, who led, has answered since. False with the reason in `why`.
 */
bool drill_may_lead(const struct model *model, int node, mono_us since, mono_us now, char *why,
                    size_t size);
/* A node that was started at `since` has come: it answers, or lets nobody look at it. One that is
 * still starting has not, and may die of it. */
bool drill_has_come(const struct node *node, mono_us since, mono_us now);
/* How the stack knows a server. */
struct drill_stack_look {
    bool down;      /* no process of it is left */
    int64_t age_us; /* of the last look that came about; UNKNOWN_US: none did */
};
/* Who was the primary surely is it no more: it answers as a standby, or it is down by a look of now
 * and no process of it answers. False with the reason in `why`. */
bool drill_leads_no_more(const struct node *was, const struct drill_stack_look *look, char *why,
                         size_t size);

#endif
