/*
 * commit_session: a connection on which rows are committed one at a time, and what became of each:
 * what a lane of the probe and a writer have in common.
 *
 * A step is one string of statements; its whole answer ends it. A commit is a prepared statement;
 * when it waited for long, the rule that it was written under is read once more before it is
 * classified; where the connection ends before that, the answer counts as it came, and where the
 * server cannot say it twice, the commit is COMMIT_LOCAL. Nothing is ever cancelled.
 */
#ifndef POSTGRES_COMMIT_SESSION_H
#define POSTGRES_COMMIT_SESSION_H

#include <libpq-fe.h>

#include "cluster/observation.h"
#include "config/settings.h"
#include "loop/loop.h"

struct commit_session;

/* How a commit ended. */
struct commit_end {
    enum commit_outcome outcome;
    bool asynchronous; /* COMMIT_LOCAL because no standby is asked for */
    bool lost;         /* the session with it: `failed` comes next; always with COMMIT_UNKNOWN */
    int64_t id;        /* of the row, where the statement returns one; else 0 */
    lsn_t lsn; /* pg_current_wal_insert_lsn() before the commit record, likewise; LSN_UNKNOWN */
    mono_us answered_at;            /* of the turn in which the answer could be read */
    const struct node_fault *fault; /* with COMMIT_FAILED: the error */
    char text[PROBE_TEXT_SIZE];     /* why it was not acknowledged; sanitized */
};

/* The session must not be freed in a callback. */
struct commit_session_callbacks {
    /* Connected; synchronous_commit is local, search_path as the server has it for this user. */
    void (*opened)(void *owner, struct instant now);
    /* Of commit_session_ask. rows: the last result with rows, or NULL; fault: NULL on success. */
    void (*answered)(void *owner, const PGresult *rows, const struct node_fault *fault,
                     struct instant now);
    /* Exactly once per commit_session_commit. */
    void (*committed)(void *owner, const struct commit_end *end, struct instant now);
    /* Not opened, or lost; it is closed. `stays`: until a person changes something. */
    void (*failed)(void *owner, const struct node_fault *fault, bool stays, struct instant now);
};

/* settings and loop outlive it. */
struct commit_session *commit_session_new(struct loop *loop, const struct settings *settings,
                                          int node, enum commit_level level,
                                          const struct commit_session_callbacks *callbacks,
                                          void *owner);
/* Closes the socket at once; a backend that waits goes on waiting by itself. */
void commit_session_free(struct commit_session **session);

/* Only when closed. `failed` may be called before it returns. */
void commit_session_open(struct commit_session *session, struct instant now);
void commit_session_close(struct commit_session *session);
/* The commit under way has its answer and waits only for the rule to be read once more: how it ends
 * when that never comes. */
bool commit_session_is_answered(const struct commit_session *session, struct commit_end *end);
/* For quoting; NULL unless open. */
PGconn *commit_session_pg(struct commit_session *session);

/* One step; only when nothing is under way. */
void commit_session_ask(struct commit_session *session, const char *sql, struct instant now);
/*
 * Runs a prepared statement that writes one row and returns [the row's id, an LSN,]
 * synchronous_commit and synchronous_standby_names. Only when nothing is under way.
 */
void commit_session_commit(struct commit_session *session, const char *statement, int count,
                           const char *const *values, struct instant now);

/* An error that says that somebody else was quicker to make the same thing. */
bool commit_fault_is_race(const struct node_fault *fault);

#endif
