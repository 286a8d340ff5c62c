/*
 * resolver: host names to addresses off the loop: getaddrinfo in a short detached thread that
 * writes its answer to a pipe.
 *
 * A dead name server blocks the thread, never the loop; the asker has its own deadline and simply
 * cancels.
 */
#ifndef LOOP_RESOLVER_H
#define LOOP_RESOLVER_H

#include "loop/loop.h"

#define RESOLVED_MAX 8
#define RESOLVED_SIZE 64

struct resolved {
    int count; /* 0: failed, see error */
    char addresses[RESOLVED_MAX]
                  [RESOLVED_SIZE]; /* numeric, for libpq's hostaddr; in getaddrinfo's order */
    char error[160];
};
typedef void resolver_fn(void *owner, const struct resolved *resolved, struct instant now);

struct resolution;
/* A numeric address answers in the next turn without a thread. NULL with an error when no thread
 * can be had. */
struct resolution *resolver_start(struct loop *loop, const char *host, resolver_fn *fn, void *owner,
                                  struct error *err);
/* After this, fn is not called; harmless on NULL. The thread ends by itself and frees what it
 * holds. */
void resolver_cancel(struct resolution **resolution);

#endif
