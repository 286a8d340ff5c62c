/*
 * events: every change that the model saw, newest first, in a ring of fixed size.
 */
#ifndef CLUSTER_EVENTS_H
#define CLUSTER_EVENTS_H

#include <stdint.h>

#include "base/clock.h"
#include "cluster/observation.h"

#define EVENTS_MAX 512
#define EVENT_TEXT_SIZE 192

enum event_level { EVENT_INFO, EVENT_GOOD, EVENT_WARNING, EVENT_CRITICAL };

struct event {
    struct instant at;
    enum event_level level;
    char subject[NODE_NAME_SIZE]; /* a node's name, or "cluster", "stack", "test" */
    char text[EVENT_TEXT_SIZE];   /* sanitized, one line */
    int64_t
        since_previous_us; /* since the event before it, of any subject; UNKNOWN_US for the first */
};

struct events {
    uint64_t total; /* ever added; total - 1 is the newest one's number */
    struct event items[EVENTS_MAX];
};

void events_add(struct events *events, struct instant at, enum event_level level,
                const char *subject, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* age 0 is the newest; NULL when there is none of that age (any more). */
const struct event *events_at(const struct events *events, uint64_t age);
/* How many can still be read. */
uint64_t events_count(const struct events *events);

#endif
