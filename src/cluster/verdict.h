/*
 * verdict: what the synchronous replication rule asks, what it has, and what may still be lost.
 * Pure.
 */
#ifndef CLUSTER_VERDICT_H
#define CLUSTER_VERDICT_H

#include "cluster/model.h"

struct sync_verdict {
    bool known; /* a primary's rule is known (fresh); the rest means nothing otherwise */
    enum sync_method method;
    int needed;
    int confirmed; /* standbys that release commits now: sync or quorum rows that stream and are not
                      stale; UNKNOWN_COUNT without privilege */
    char confirmed_names[256]; /* "replica1, replica2" */
    int can_lose; /* streaming standbys that the rule accepts, beyond those needed; never below 0;
                     UNKNOWN_COUNT when off or not known */
    int short_of; /* needed minus those that could confirm, when positive: commits block; else 0 */
    int waiting_commits;     /* UNKNOWN_COUNT: no privilege or no primary */
    int64_t longest_wait_us; /* UNKNOWN_US when none waits or not known; the server's figure or our
                                own, the longer */
    char waiting_for[256]; /* names of the standbys that commits wait for: sync but stale, or named
                              and absent; "" none */
};

void sync_verdict_derive(const struct model *model, mono_us now, struct sync_verdict *verdict);

#endif
