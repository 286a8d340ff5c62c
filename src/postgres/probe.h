/*
 * probe: commits one row per durability level and interval on whoever is primary, and tells how
 * long each took and what became of it.
 *
 * One connection per level and node. A commit that waits is never cancelled (that would commit it
 * locally) and its connection is neither closed nor opened anew while the backend waits: at most
 * one backend per level and node stays behind us, whatever happens.
 */
#ifndef POSTGRES_PROBE_H
#define POSTGRES_PROBE_H

#include "cluster/observation.h"
#include "config/settings.h"
#include "loop/loop.h"
#include "postgres/poller.h"

struct probe;

/* settings and loop outlive it. Observations are COMMIT and PROBE; valid during the call only. */
struct probe *probe_new(const struct settings *settings, struct loop *loop, poller_sink *sink,
                        void *owner);
/* Closes everything at once; a backend that waits goes on waiting by itself. */
void probe_free(struct probe **probe);
/* Commits go to this node from now on; -1: to nobody new. */
void probe_follow(struct probe *probe, int node);

#endif
