/*
 * demo_place: the folder of a demo: ${TMPDIR:-/tmp}/pgwatch-tui-demo-UID-XXXXXX with
 *   owner                 the demo's process and its ports, for people; locked while it lives
 *   pgwatch-tui.yaml      the cluster description
 *   data/                 the local stack
 */
#ifndef COMMAND_DEMO_PLACE_H
#define COMMAND_DEMO_PLACE_H

#include <stdbool.h>

#include "base/error.h"
#include "config/settings.h"

#define DEMO_NODES 3
#define DEMO_PATH_SIZE 1024

struct demo_place {
    char base[DEMO_PATH_SIZE];
    char folder[DEMO_PATH_SIZE]; /* "": none made yet */
    int owner_fd;                /* holds the lock; -1 none */
    int ports[DEMO_NODES];
    int port_fds[DEMO_NODES]; /* reserve them among all demos of this machine; -1 none */
};

/* Makes the folder, takes the lock, finds three free ports. False with an error; demo_place_remove
 * is called in every case. */
bool demo_place_make(struct demo_place *place, struct error *err);
/* Writes the description and loads it; NULL with an error. */
struct settings *demo_place_settings(const struct demo_place *place, struct error *err);
/* Removes the folder, from which the servers' data are gone already. */
void demo_place_remove(struct demo_place *place);
/* Gives the folder up as it is, for the next demo to clean. */
void demo_place_leave(struct demo_place *place);

/*
 * Folders of demos whose process is gone: `clean` stops what runs there and removes the data (its
 * settings may be NULL when there is no readable description), then the folder is removed.
 */
typedef bool demo_clean_fn(const struct settings *settings);
void demo_place_clean_leftovers(demo_clean_fn *clean);

#endif
