/*
 * writer: one connection that commits rows of test_replication at a level, one at a time, and tells
 * what became of each: the write of `w` and `t`, and one client of a load.
 *
 * A write that waits for standbys is never cancelled; freeing the writer closes the socket at once
 * and leaves the backend to itself.
 */
#ifndef POSTGRES_WRITER_H
#define POSTGRES_WRITER_H

#include "cluster/observation.h"
#include "config/settings.h"
#include "loop/loop.h"

struct writer;

struct write_result {
    uint64_t tag; /* as given to writer_write */
    enum commit_outcome outcome;
    bool asynchronous; /* COMMIT_LOCAL because no standby is asked for */
    int64_t id;        /* of the row; 0 when it is not known */
    lsn_t lsn;         /* the WAL went so far when it was written: its commit is beyond */
    mono_us sent_at, answered_at;
    char text[PROBE_TEXT_SIZE]; /* why it was not acknowledged; sanitized */
};

/* The writer must not be freed in a callback; writing again in one is well. */
struct writer_callbacks {
    /* Connected, the table is there: writes can be sent. Also after a reconnect. */
    void (*ready)(void *owner, struct instant now);
    /* Exactly once per writer_write. */
    void (*done)(void *owner, const struct write_result *result, struct instant now);
    /* Cannot be ready: why. It goes on trying. A write under way is done first. */
    void (*failed)(void *owner, const char *text, struct instant now);
};

struct writer *writer_new(struct loop *loop, const struct settings *settings, int node,
                          enum commit_level level, const struct writer_callbacks *callbacks,
                          void *owner);
/*
 * Right after writer_new: its sessions take this application_name, and it does not become ready
 * while another session of that name and role waits for standbys: tests that are repeated while
 * commits are blocked must not pile up sessions. The name must outlive it.
 */
void writer_set_alone(struct writer *writer, const char *application_name);
void writer_free(struct writer **writer);
bool writer_is_ready(const struct writer *writer); /* connected and no write under way */
/* The table's name as it stands in SQL, quoted, with its schema; "" until ready. */
const char *writer_table(const struct writer *writer);
/* The server has answered the write under way, and all that is awaited is whether the rule was
 * changed meanwhile: the result when that is never learned. */
bool writer_is_answered(const struct writer *writer, struct write_result *result);
/* Only when ready. */
void writer_write(struct writer *writer, uint64_t tag, const char *note, struct instant now);

#endif
