/*
 * verdict: what the synchronous replication rule asks, what it has, and what may still be lost.
 * Pure.
 */
#ifndef CLUSTER_VERDICT_H
#define CLUSTER_VERDICT_H

#include "cluster/model.h"

struct sync_verdict {
    bool known; /* a fresh primary's rule is known; only the waiting commits mean something
                   otherwise: they are of any fresh primary */
    enum sync_method method;
    int needed;
    int confirmed; /* standbys that release commits now: sync or quorum rows that are not stale and
                      not diverged; UNKNOWN_COUNT without privilege */
    char confirmed_names[256]; /* "replica1, replica2" */
    int can_lose; /* standbys that the rule accepts, that stream, are not stale and are not known to
                     be down or hanging, beyond those needed; never below 0, and 0 while commits
                     block; UNKNOWN_COUNT when off or not known */
    int short_of; /* needed minus confirmed, when positive: commits block; else 0 */
    int waiting_commits;     /* UNKNOWN_COUNT: no fresh primary, or no privilege */
    int64_t longest_wait_us; /* server's figure; while blocked it goes on counting between looks;
                                UNKNOWN_US when none waits or not known */
    bool blocked;            /* one waits for longer than the limit */
    char waiting_for[256]; /* whom commits wait for: sync but stale, or named and absent; "" none */
};

void sync_verdict_derive(const struct model *model, mono_us now, struct sync_verdict *verdict);
/* Why a verdict is not known: "no primary". */
void sync_unknown_why(const struct model *model, mono_us now, char *out, size_t size);

/* Whether commits end on a fresh primary, by its own rule and its own rows; also of one of several.
 */
enum commits_end { COMMITS_UNKNOWN, COMMITS_WAIT, COMMITS_SUCCEED };
enum commits_end commits_end_on(const struct model *model, const struct node *primary, mono_us now);

#endif
