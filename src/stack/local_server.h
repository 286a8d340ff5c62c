/*
 * local_server: the server of one node as the processes and its data directory show it now.
 *
 * What counts as the node's: a process called postgres that works in the node's data directory (the
 * postmaster and all its children do), and a process that was started with PGWATCH_NODE=DIRECTORY
 * in its environment (the start script and what it runs).
 */
#ifndef STACK_LOCAL_SERVER_H
#define STACK_LOCAL_SERVER_H

#include "stack/local_place.h"
#include "stack/process.h"

#define LOCAL_NODE_VARIABLE "PGWATCH_NODE"

enum server_state {
    SERVER_NOT_CREATED, /* no data directory */
    SERVER_STOPPED,     /* shut down */
    SERVER_CRASHED,     /* its lock file is there, its processes are not */
    SERVER_STARTING,    /* the start script runs, or the postmaster is not ready */
    SERVER_READY,       /* takes connections, not in recovery */
    SERVER_STANDBY,     /* takes connections, in recovery */
    SERVER_STOPPING,
    SERVER_PAUSED /* the postmaster, or before it the start script, is stopped by a signal */
};

struct server {
    enum server_state state;
    struct process postmaster; /* .pid 0: none */
    struct process script;     /* the start script, before it became the postmaster */
    int64_t started_at;        /* seconds since 1970; 0 unknown */
};

/* *server is zeroed, or what an earlier look at the same node found: that spares a search. */
void server_look(const struct local_paths *paths, struct server *server);
const char *server_state_word(enum server_state state);
/* All processes of the node. */
void server_family(const struct local_paths *paths, struct process_list *list);

/* There is a data directory. */
bool server_has_data(const struct local_paths *paths);
/* Its data are a primary's: there is no standby.signal. */
bool server_was_primary(const struct local_paths *paths);
/* Its data are a standby's, whole. */
bool server_is_standby(const struct local_paths *paths);
/* The newest timeline in its WAL, or whose history is there; 0: none. */
unsigned server_timeline(const struct local_paths *paths);

#endif
