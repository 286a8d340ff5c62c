/*
 * poller: looks at one node, once an interval, in one round trip, and hands out observations.
 *
 * It owns the node's polling connection (postgres/connection) and lives through every state of the
 * server: connecting with its own deadline, back-off after failures (configuration and credentials:
 * 30 s; starting up: 300 ms), a poll that is overdue (the connection is kept: a late answer ends
 * the fault), a closed connection (said at once, not at the next poll).
 */
#ifndef POSTGRES_POLLER_H
#define POSTGRES_POLLER_H

#include "base/error.h"
#include "cluster/observation.h"
#include "config/settings.h"
#include "loop/loop.h"

struct poller;

/* The observation is valid during the call only. */
typedef void poller_sink(void *owner, const struct observation *observation);

struct poller_options {
    int node; /* index that the observations carry */
    int64_t interval_us, timeout_us;
    poller_sink *sink;
    void *owner;
};

/* Starts looking in the next turn. NULL with an error when the connection settings cannot be used
 * (never with a secret in it). */
struct poller *poller_new(struct loop *loop, const struct node_settings *node,
                          const struct poller_options *options, struct error *err);
void poller_free(struct poller **poller);
void poller_set_interval(struct poller *poller, int64_t interval_us);
/* Polls (or tries to connect) now instead of at the next interval, unless a look is under way
 * already. */
void poller_poll_now(struct poller *poller);
/* "host:port" or "/socket/dir:port" as libpq will use it, without secrets; lives as long as the
 * poller. */
const char *poller_address(const struct poller *poller);

#endif
