/*
 * settings: what a cluster description says, as C values with the defaults filled in.
 *
 * One const option table (config/options.h) names every key with type, range, default and help; the
 * loader, `--help`, the README's reference and the schema test read it. Owner of a struct settings:
 * whoever called settings_load; all strings are malloc'ed and freed by settings_free.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SETTINGS_NODES_MAX 256
#define SETTINGS_FILE_MAX_BYTES (1024 * 1024)

enum stack_kind { STACK_NONE, STACK_COMPOSE, STACK_LOCAL };
enum probe_level {
    PROBE_OFF,
    PROBE_LOCAL,
    PROBE_REMOTE_WRITE,
    PROBE_ON,
    PROBE_REMOTE_APPLY,
    PROBE_LEVELS
};

/* libpq parameters of a node; NULL where the file says nothing (then libpq's own defaults, service
 * file and PG* count). */
struct connection_settings {
    char *conninfo; /* only on a node: any libpq connection string or URI; checked, never printed */
    char *host, *hostaddr, *user, *dbname, *password, *passfile, *service;
    char *sslmode, *sslrootcert, *sslcert, *sslkey, *options;
    int port; /* 0: not said */
};
/* Room for the option table (config/options.h); options.c asserts that it is enough. */
#define SETTINGS_OPTIONS_MAX 48

/* In the file `service:` of a node is the compose service; libpq's service is said in conninfo or
 * under `connection:`. */
struct node_settings {
    char *name;
    char *compose_service; /* NULL: the node's name */
    char *files;           /* absolute path of the node's directory (local stack), or NULL */
    struct connection_settings connection; /* the defaults of `connection:` are already merged in */
    /* By index in the option table: the line of the file that says it, 0 where none does; negative:
     * that line (negated) is in `connection:`. */
    int lines[SETTINGS_OPTIONS_MAX];
};

struct settings {
    char *file; /* absolute path of the description */
    char *cluster;
    bool lab;
    enum stack_kind stack;
    char *compose_file; /* absolute */
    char *compose_project;
    char *local_data;   /* absolute, ~ expanded */
    char *local_bindir; /* NULL: auto */
    int node_count;
    struct node_settings *nodes;
    int64_t poll_interval_us, poll_timeout_us;
    bool probe_enabled;
    int64_t probe_interval_us;
    bool probe_levels[PROBE_LEVELS];
    char *probe_schema;
    int64_t limit_commit_latency_us, limit_replay_lag_us, limit_blocked_commit_us;
    int64_t limit_replay_behind_bytes, limit_slot_retained_bytes;
    int lines[SETTINGS_OPTIONS_MAX]; /* as in node_settings; never negative */
};

/* One problem of a file. Warnings do not make the load fail. */
struct settings_problem {
    bool warning;
    int line, column; /* 1-based; 0 when the problem is of the whole file */
    struct error error;
};
struct settings_problems {
    size_t count;
    struct settings_problem *items;
};

/*
 * Loads a description. Reports every problem of the file in `problems` (in file order); returns
 * NULL when one of them is not a warning. Never prints; never blocks for more than the read of a
 * regular file (a FIFO, directory or device is a problem).
 */
struct settings *settings_load(const char *path, struct settings_problems *problems);
/* The same from memory, for tests and the fuzzer; `path` names it and anchors relative paths. */
struct settings *settings_parse(const char *path, const char *text, size_t length,
                                struct settings_problems *problems);
void settings_free(struct settings **settings);
void settings_problems_free(struct settings_problems *problems);

/* "file:line:column: message; hint" of one problem, sanitized. */
void settings_problem_format(const char *path, const struct settings_problem *problem, char *out,
                             size_t size);

/*
 * Finds the description: `given` if not NULL, else $PGWATCH_TUI_CONFIG, ./pgwatch-tui.yaml,
 * $XDG_CONFIG_HOME/pgwatch-tui/config.yaml, /etc/pgwatch-tui/config.yaml. False with an error that
 * names where was looked.
 */
bool settings_find(const char *given, char *path, size_t size, struct error *err);

#endif
