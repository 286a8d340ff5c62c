/*
 * compose: a stack of containers that Docker Compose runs.
 *
 * Every command names the project (-p) and the file (-f, absolute): only containers with this
 * project's label are ever touched. Both `docker compose` and `docker-compose` serve; which one is
 * there is found out by the first operation.
 */
#ifndef STACK_COMPOSE_H
#define STACK_COMPOSE_H

#include "stack/stack_calls.h"

struct compose;

/* settings and loop outlive it. */
struct compose *compose_new(const struct settings *settings, struct loop *loop);
/* Ends what is under way; leaves containers alone. */
void compose_free(struct compose **compose);
bool compose_run(struct compose *compose, enum stack_verb verb, int node,
                 const struct stack_calls *calls, struct error *err);
void compose_cancel(struct compose *compose);
bool compose_busy(const struct compose *compose);
/* Asks the engine how the containers are; done comes from the loop. */
bool compose_refresh(struct compose *compose, stack_done_fn *done, void *owner, struct error *err);
/* As the last refresh found it. */
void compose_node_status(const struct compose *compose, int node, struct stack_node_status *status);
/* The command line that compose_run would run, for people. */
void compose_describe(const struct compose *compose, enum stack_verb verb, int node, char *out,
                      size_t size);

#endif
