/*
 * door: whether a server still lets anybody in, while a session of ours is open.
 *
 * A postmaster that hangs is not seen by the sessions that are open: they go on, and so does the
 * streaming. So every few seconds a connection is begun beside ours, to the same address, and given
 * up as soon as the server answers at all. It costs the server a fork and us a socket: it asks for
 * GSSAPI encryption, to which every server from 12 on says yes or no at once, and after which the
 * end of the connection is no line in its log (with log_connections that it came is one).
 */
#ifndef POSTGRES_DOOR_H
#define POSTGRES_DOOR_H

#include "loop/loop.h"

#define DOOR_EVERY_US (5 * US_PER_S)

struct door;

/* opens false: there is no answer since knocked_at, for the door's timeout; true: there is one
 * again. Called when that changes; a door counts as open until then. */
typedef void door_fn(void *owner, bool opens, mono_us knocked_at, struct instant now);

struct door *door_new(struct loop *loop, int64_t timeout_us, door_fn *fn, void *owner);
void door_free(struct door **door);

/* Begins to knock where the socket is connected to, first at first_at, then every_us after each
 * answer. A knock that is not answered waits on, alone, until it is or the kernel gives it up. */
void door_watch(struct door *door, int socket, mono_us first_at, int64_t every_us);
/* Ends it without a call. */
void door_leave(struct door *door);

#endif
