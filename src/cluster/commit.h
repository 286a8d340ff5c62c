/*
 * commit: what became of a write, from what the client saw: the classes of the ledger. Pure.
 */
#ifndef CLUSTER_COMMIT_H
#define CLUSTER_COMMIT_H

#include "cluster/observation.h"

/* What was seen of a write that the server answered with success. */
struct commit_facts {
    enum commit_level level;
    const char *effective_level; /* synchronous_commit as the server had it for this write */
    const char *rule_before;     /* synchronous_standby_names when it was written */
    const char *rule_after;      /* after the answer; NULL: not asked, the wait was short */
    const char *warning;         /* a warning came between sending and the answer; NULL none */
};

/* Whether commits at this level wait for standbys at all. */
bool commit_level_waits(enum commit_level level);

/*
 * COMMIT_ACKNOWLEDGED or COMMIT_LOCAL, with the reason in text ("" when acknowledged).
 * `asynchronous` tells that nobody was asked to confirm, so nothing was waited for.
 */
enum commit_outcome commit_classify(const struct commit_facts *facts, bool *asynchronous,
                                    char *text, size_t size);

/* An error of this SQLSTATE will come back until a person changes something. */
bool commit_error_stays(const char *sqlstate);

#endif
