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

/* The argument vector of an operation; terminated. Strings are the settings' own or constants. */
void compose_arguments(const struct settings *settings, enum compose_driver driver,
                       enum stack_verb verb, int node, const char *argv[COMPOSE_ARGS_MAX]);
/* The argument vector as a shell would read it. */
void compose_join(const char *const *argv, char *out, size_t size);
/* Whether the operation on a container in this state does anything. */
bool compose_state_allows(enum stack_verb verb, const char *state);
/* The service of a node. */
const char *compose_service(const struct settings *settings, int node);

/* What went wrong, from how the child ended and what it said, with a hint. */
bool compose_explain(const struct compose_tail *tail, const char *what, const struct child_end *end,
                     struct error *err);
/* The host's port that the engine could not have; 0 when it is not about a port. */
int compose_port_taken(const struct compose_tail *tail);

/* docker ps: the argument vector, and one line of its answer into the service's name and status. */
#define COMPOSE_PS_FORMAT                                                                          \
    "{{.Label \"com.docker.compose.service\"}}|{{.State}}|{{.Status}}|{{.Ports}}|{{.Image}}"
bool compose_parse_status(const char *line, char *service, size_t size,
                          struct stack_node_status *status);

#endif
