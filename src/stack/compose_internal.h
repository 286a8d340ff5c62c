/*
 * compose_internal: what the files of the compose stack share.
 */
#ifndef STACK_COMPOSE_INTERNAL_H
#define STACK_COMPOSE_INTERNAL_H

#include "stack/child.h"
#include "stack/compose.h"

#define COMPOSE_ARGS_MAX 24
#define COMPOSE_TAIL_LINES 16
#define COMPOSE_LINE_SIZE 1024 /* the reason stands at the end of long lines */

enum compose_driver { COMPOSE_UNKNOWN, COMPOSE_PLUGIN, COMPOSE_STANDALONE };

/* The last lines that a child said, for the reason of a failure. */
struct compose_tail {
    unsigned count; /* ever */
    char lines[COMPOSE_TAIL_LINES][COMPOSE_LINE_SIZE];
};

void compose_tail_add(struct compose_tail *tail, const char *line);

struct compose_order {
    enum stack_verb verb;
    int node;
    bool runs; /* STACK_IDENTITY: the container runs, so it is asked itself */
};

/* The argument vector of an operation; terminated. Strings are the settings' own or constants.
 * Not of STACK_CUT and STACK_JOIN: those have compose_network_arguments. */
void compose_arguments(const struct settings *settings, enum compose_driver driver,
                       const struct compose_order *order, const char *argv[COMPOSE_ARGS_MAX]);
/* Takes a container off the project's network, or puts it on it. */
void compose_network_arguments(bool join, const char *network, const char *container,
                               const char *service, const char *argv[COMPOSE_ARGS_MAX]);
/* The argument vector as a shell would read it. */
void compose_join(const char *const *argv, char *out, size_t size);
/* A container in this state has processes, perhaps frozen ones. */
bool compose_runs(const char *state);
/* Whether the operation on a container in this state does anything. */
bool compose_state_allows(enum stack_verb verb, const char *state);
/* The service of a node. */
const char *compose_service(const struct settings *settings, int node);

/* What went wrong, from how the child ended and what it said, with a hint. */
bool compose_explain(const struct compose_tail *tail, const char *what, const struct child_end *end,
                     struct error *err);
/* The host's port that the engine could not have; 0 when it is not about a port. */
int compose_port_taken(const struct compose_tail *tail);
/* The engine could not freeze a container whose processes forked meanwhile: it can the next time.
 */
bool compose_is_passing(const struct compose_tail *tail);

/* docker ps: the argument vector, and one line of its answer into the service's name and the rest.
 */
#define COMPOSE_PS_FORMAT                                                                          \
    "{{.Label \"com.docker.compose.service\"}}|{{.State}}|{{.Status}}|{{.Ports}}|{{.Image}}|"      \
    "{{.Names}}|{{.Networks}}"

struct compose_container {
    struct stack_node_status status;
    char name[128];     /* "" there is none */
    char networks[128]; /* with commas between them */
    bool cut;           /* it is on none; also while it is stopped */
};

bool compose_parse_container(const char *line, char *service, size_t size,
                             struct compose_container *container);

/* ---- the operation under way */

#define COMPOSE_DEADLINE_US (300 * US_PER_S)
#define COMPOSE_LOOK_DEADLINE_US (10 * US_PER_S)

enum compose_phase {
    PHASE_IDLE,
    PHASE_FIND_PLUGIN,     /* `docker compose version` ends it */
    PHASE_FIND_STANDALONE, /* `docker-compose version` ends it */
    PHASE_LOOK,            /* `docker ps` that says how the containers are ends it */
    PHASE_NETWORK,         /* `docker network ls` that says which is the project's ends it */
    PHASE_MEND,            /* a container that is killed or connected before `up` ends it */
    PHASE_COMMAND,         /* the command itself ends it, or cancelling, or its deadline */
    PHASE_WHO,             /* `docker ps` that says who has the port ends it */
    PHASE_LEFT             /* `docker ps` that says what is there after cancelling ends it */
};

struct compose {
    const struct settings *settings;
    struct loop *loop;
    enum compose_driver driver;
    enum compose_phase phase;
    struct compose_order order;
    struct stack_calls calls;
    struct child *child;
    bool cancelled;
    int attempts;  /* of the command that went wrong for a moment's reason */
    bool answered; /* the verb asks, and its answer has come */
    struct compose_tail tail;
    struct error err;
    int port; /* that was taken */
    char who[COMPOSE_LINE_SIZE];
    char network[128];              /* the project's; "" not known */
    int network_count;              /* of PHASE_NETWORK */
    struct compose_container *seen; /* of PHASE_LOOK and PHASE_LEFT, by node */
    struct child *refresh;
    stack_done_fn *refreshed;
    void *refresh_owner;
    struct compose_tail refresh_tail;
    struct compose_container *found; /* of the refresh under way */
    struct compose_container *known; /* of the last one, by node */
};

void compose_finish(struct compose *c, bool ok);
bool compose_start_child(struct compose *c, enum compose_phase phase, const char *const *argv,
                         int64_t deadline_us, struct error *err);
bool compose_run_command(struct compose *c, struct error *err);
/* Says so, and what is left. */
void compose_was_cancelled(struct compose *c);

/* compose_network: what comes between the look and the command. */

/* STACK_CUT and STACK_JOIN. */
bool compose_moves_network(enum stack_verb verb);
/* Finds the project's network if it is needed, kills who is frozen or cut before an `up`, joins who
 * is cut, and runs the command. */
void compose_prepare(struct compose *c);
void compose_network_said(struct compose *c, const char *line);
void compose_network_found(struct compose *c, const struct child_end *end);
void compose_mended(struct compose *c, const struct child_end *end);
/* The networks of one of the project's containers. */
void compose_learn_network(struct compose *c, const char *networks);

#endif
