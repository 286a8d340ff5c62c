/*
 * loader: what the parts of the loader share while one description is read; internal to config/.
 */
#ifndef CONFIG_LOADER_H
#define CONFIG_LOADER_H

#include "config/conninfo.h"
#include "config/document.h"
#include "config/options.h"
#include "config/problems.h"
#include "config/settings.h"

#define LOADER_LABEL_BYTES 128

/* Where a key stands in the file; line 0: nowhere. */
struct place_of_key {
    int line, column;
};

/* One map while it is read: where its values go and which keys it had. */
struct loader_map {
    enum config_section section;
    const struct document_node *node;
    void *owners[3]; /* by enum config_owner; NULL where the section has no such option */
    int *lines;      /* of the owner; see settings.h */
    struct place_of_key keys[SETTINGS_OPTIONS_MAX];
    char label[LOADER_LABEL_BYTES]; /* "node \"a\"" or "" to speak of "poll.interval" */
};

struct loader {
    struct problem_list problems;
    struct document document;
    struct settings *settings; /* what is being filled */
    char *folder;
    bool exposed;                 /* others can read the file */
    bool stack_known;             /* the stack, or that there is none, is clear */
    struct place_of_key password; /* the first that stands in the file in clear */
    const struct document_node *sections[SECTIONS];
    int section_lines[SECTIONS];         /* of their keys; 0: not there */
    struct connection_settings defaults; /* of `connection:` */
    int default_lines[SETTINGS_OPTIONS_MAX];
};

/* Takes every key of the map: unknown keys, duplicates, wrong types and missing ones are problems.
 */
void loader_take_map(struct loader *loader, struct loader_map *map);

/* Reads one value to where its option goes. False with a problem, or without one when an empty
 * variable leaves it out. */
bool loader_take_value(struct loader *loader, const struct config_option *option,
                       const struct loader_map *map, const struct document_node *node);

/* What a message calls an option: "poll.interval", "port of node "a"". */
void loader_label(const struct config_option *option, const struct loader_map *map, char *out,
                  size_t size);

/* `nodes:` and its items; merges the connection defaults into each. */
void loader_take_nodes(struct loader *loader);

void *loader_target(const struct config_option *option, const struct loader_map *map);

void connection_settings_free(struct connection_settings *connection);

#endif
