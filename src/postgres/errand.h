/*
 * errand: one statement on one node, over a connection of its own: what a drill asks of the servers
 * beyond watching them. PostgreSQL 12 to 18.
 */
#ifndef POSTGRES_ERRAND_H
#define POSTGRES_ERRAND_H

#include "cluster/observation.h"
#include "config/settings.h"
#include "loop/loop.h"

enum errand_kind {
    /* One row: system_identifier, pgwatch_tui.lab ("" none), pg_is_in_recovery (t or f), whether
     * this role may promote, whether it may pause replay (t or f). */
    ERRAND_IDENTITY,
    /* pg_promote(true, 60): one row, t or f (not within that time; it may still happen). */
    ERRAND_PROMOTE,
    ERRAND_PAUSE_REPLAY,  /* pg_wal_replay_pause() */
    ERRAND_RESUME_REPLAY, /* pg_wal_replay_resume() */
    ERRAND_KINDS
};

/* Exactly the statement, for people. */
const char *errand_sql(enum errand_kind kind);

struct errand_calls {
    /* A row of the result; values are sanitized, "" for NULL. */
    void (*row)(void *owner, int count, const char *const *values);
    /* Exactly once; text: why it failed, sanitized. The errand may not be freed in it. */
    void (*done)(void *owner, bool ok, const char *text, struct instant now);
};

struct errand;

/* Begins at once. settings, loop and calls outlive it. */
struct errand *errand_new(struct loop *loop, const struct settings *settings, int node,
                          enum errand_kind kind, int64_t deadline_us,
                          const struct errand_calls *calls, void *owner);
/* The rows of test_replication whose note is PREFIX and more: note, in the order of id. In pages,
 * so that no result is large. */
struct errand *errand_read_back(struct loop *loop, const struct settings *settings, int node,
                                const char *table, const char *prefix, int64_t from_id,
                                int64_t deadline_us, const struct errand_calls *calls, void *owner);
/* A statement under way goes on by itself. */
void errand_free(struct errand **errand);

#endif
