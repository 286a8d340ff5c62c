/*
 * syncer: fdatasync off the loop: a thread that syncs one file when it is asked to. A slow disk
 * blocks the thread, never the loop.
 */
#ifndef LOOP_SYNCER_H
#define LOOP_SYNCER_H

#include <stdbool.h>

#include "base/error.h"

struct syncer;

/* fd stays the caller's and open until syncer_free. NULL with an error when no thread can be had.
 */
struct syncer *syncer_new(int fd, struct error *err);
/* What is written by now is synced soon. Asking during a sync makes another one after it. */
void syncer_ask(struct syncer *syncer);
/* errno of the first sync that failed; 0 none. */
int syncer_failure(struct syncer *syncer);
/* After a last sync of what was asked for. Harmless on NULL. */
void syncer_free(struct syncer **syncer);

#endif
