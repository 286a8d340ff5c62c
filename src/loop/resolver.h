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
    char error[160]; /* sanitized: could not translate host name "db1" to address: ... */
};
typedef void resolver_fn(void *owner, const struct resolved *resolved, struct instant now);

struct resolution;
/*
 * Calls fn once, never before it returns; a numeric address is answered in the next turn without a
 * thread. The resolution is the caller's until resolver_cancel, also after fn was called (or in
 * it); resolved lives as long as the call. NULL with an error when no thread can be had.
 */
struct resolution *resolver_start(struct loop *loop, const char *host, resolver_fn *fn, void *owner,
                                  struct error *err);
/* Frees it and sets the pointer to NULL: fn is not called any more. Harmless on NULL. The thread
 * ends by itself and frees what it holds. */
void resolver_cancel(struct resolution **resolution);

#endif
