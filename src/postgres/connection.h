/*
 * connection: one libpq connection that never blocks the loop: resolving, connecting with a
 * deadline of our own, and being told at once when it is lost.
 */
#ifndef POSTGRES_CONNECTION_H
#define POSTGRES_CONNECTION_H

#include <libpq-fe.h>

#include "cluster/observation.h"
#include "loop/loop.h"
#include "postgres/params.h"

enum connection_state {
    CONNECTION_CLOSED,    /* nothing under way; connection_open ends it */
    CONNECTION_RESOLVING, /* the resolver's answer or the deadline ends it */
    CONNECTION_OPENING,   /* PQconnectPoll or the deadline ends it */
    CONNECTION_OPEN       /* the server, the network or connection_close ends it */
};

struct connection_callbacks {
    void (*opened)(void *owner, struct instant now);
    /* Not opened, or lost; the connection is closed already. */
    void (*failed)(void *owner, const struct node_fault *fault, struct instant now);
    /* Something came in: results may be ready (PQisBusy). */
    void (*input)(void *owner, struct instant now);
};

struct connection;

/* params must outlive it; hostaddr in it is changed. */
struct connection *connection_new(struct loop *loop, struct params *params,
                                  const struct connection_callbacks *callbacks, void *owner);
void connection_free(struct connection **connection);

/* Each address that the name has gets this long. Only when closed. */
void connection_open(struct connection *connection, int64_t timeout_us);
void connection_close(struct connection *connection);
enum connection_state connection_state(const struct connection *connection);
/* For queries; NULL unless open. */
PGconn *connection_pg(struct connection *connection);
/* Sends what is queued, now or when the socket takes it. After it `failed` may have been called. */
void connection_flush(struct connection *connection, struct instant now);
/* Found lost by its user, for what a result said (FATAL; NULL: libpq knows): closes, calls failed.
 */
void connection_lost_by(struct connection *connection, const struct node_fault *said,
                        struct instant now);

/* A warning came since connection_clear_warning (any: a wait for standbys that was given up says so
 * in one). Copies it, sanitized. */
bool connection_warning(const struct connection *connection, char *text, size_t size);
void connection_clear_warning(struct connection *connection);

#endif
