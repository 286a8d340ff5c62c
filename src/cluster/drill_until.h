/*
 * drill_until: whether what a step waits for is so, and when each phase was reached, from what is
 * seen. Pure.
 */
#ifndef CLUSTER_DRILL_UNTIL_H
#define CLUSTER_DRILL_UNTIL_H

#include "cluster/drill_pulse.h"
#include "cluster/health.h"

/* What is seen at one moment of a drill. */
struct drill_sight {
    const struct model *model;
    const struct sync_verdict *verdict;
    const struct health *health;
    const struct drill_pulse *pulse;
    const struct drill_run *run;
    struct instant now;
    enum health_level allowed; /* the level that the cluster had at the beginning */
    int64_t waiting_us;        /* the oldest write without an answer; UNKNOWN_US */
};

/* The step's deed is done; began: when it was begun. */
bool drill_until_holds(const struct drill_sight *sight, const struct drill_planned *step,
                       mono_us began);
/* What is still missing, for a step that ran out of time. */
void drill_until_missing(const struct drill_sight *sight, const struct drill_planned *step,
                         char *out, size_t size);

/* The phase is reached now and was not before: *when says since when. */
bool drill_phase_reached(const struct drill_sight *sight, enum drill_phase phase,
                         struct instant *when);

/* The node receives from the new primary, on its timeline, and has replayed what that one wrote. */
bool drill_has_joined(const struct drill_sight *sight, int node);

#endif
