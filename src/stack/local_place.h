/*
 * local_place: where the nodes of a local stack live, and as whom they run.
 *
 *   ROOT/.pgwatch-tui-stack      this folder is ours (nothing is ever removed without it)
 *   ROOT/lock                    held while an operation runs
 *   ROOT/drill.lock, drill.journal      of drills; see record/drill_journal.h
 *   ROOT/passfile                passwords in the format of .pgpass, for us and for psql
 *   ROOT/NODE/data               the data directory
 *   ROOT/NODE/files              copies of the node's configuration and script
 *   ROOT/NODE/log/server.log     what the script and the server said
 *   ROOT/NODE/run                the Unix socket
 *   ROOT/NODE/passfile, member, rewinding, auto.conf     the script's own
 *
 * ROOT is stack.data. When we are root the servers run as user postgres; if that user cannot reach
 * stack.data (it is below /root), ROOT is that path below /var/lib/pgwatch-tui instead.
 */
#ifndef STACK_LOCAL_PLACE_H
#define STACK_LOCAL_PLACE_H

#include "config/settings.h"
#include "stack/child.h"

#define STACK_PATH_SIZE 1024

struct local_place {
    char root[STACK_PATH_SIZE];
    bool switch_user; /* we are root: servers run as `user` */
    struct child_user user;
};

struct local_paths {
    char directory[STACK_PATH_SIZE];
    char data[STACK_PATH_SIZE];
    char files[STACK_PATH_SIZE];
    char log[STACK_PATH_SIZE]; /* the file */
    char run[STACK_PATH_SIZE];
};

/* Writes nothing. False with an error: no user postgres, path too long. */
bool local_place_find(const struct settings *settings, struct local_place *place,
                      struct error *err);
/* False when a path is too long. */
bool local_paths_of(const struct local_place *place, const char *node, struct local_paths *paths,
                    struct error *err);
/* The folder is there and is ours. */
bool local_place_exists(const struct local_place *place);
/* False with an error when another user started this stack: whoever goes on with it as somebody
 * else gives files away that its owner's servers need. True when there is none. */
bool local_place_is_ours(const struct local_place *place, struct error *err);
/* Makes the folder; refuses one that is not empty and not ours. */
bool local_place_make(const struct local_place *place, struct error *err);
/*
 * Takes the lock on the folder, which must exist; *fd is closed to give it back. False with an
 * error that names the process which has it.
 */
bool local_place_lock(const struct local_place *place, int *fd, struct error *err);
/* Makes a node's folders and copies its files anew. */
bool local_node_make(const struct local_place *place, const struct node_settings *node,
                     const struct local_paths *paths, struct error *err);
/* The file name of the node's start script: what is in its directory. False with an error when
 * there is none. */
bool local_script_of(const struct node_settings *node, char *name, size_t size, struct error *err);
/* Removes the folder's own files and the folder, once no node is left in it. False when there are
 * files of somebody else in it: it stays, and stays ours. */
bool local_place_remove(const struct local_place *place);

#endif
