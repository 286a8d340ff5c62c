/*
 * visibility: an open connection to one replica that tells when a row can be read there.
 *
 * The connection is made beforehand, so that its cost is in no figure. Once asked about a row it
 * asks again as soon as the answer came, until the row is there or the deadline passed; after
 * VISIBILITY_TIGHT_US it lets a millisecond pass in between, so that a replica that stands still
 * costs it little.
 */
#ifndef POSTGRES_VISIBILITY_H
#define POSTGRES_VISIBILITY_H

#include "cluster/observation.h"
#include "config/settings.h"
#include "loop/loop.h"

#define VISIBILITY_TIGHT_US (250 * US_PER_MS)

struct visibility;

struct visibility_row {
    const char *table; /* quoted, with its schema */
    int64_t id;
    const char *note; /* must be the row's too: another history may have a row of this id */
};

struct visibility_result {
    bool visible;
    bool at_once;               /* the first answer had it already */
    bool missed;                /* the first answer came, was no error, and had it not */
    mono_us at;                 /* of the turn in which the first answer with it could be read */
    char text[PROBE_TEXT_SIZE]; /* why it was not, where the server says so; sanitized */
};

/* The visibility must not be freed in a callback. */
struct visibility_callbacks {
    /* Connected. Or not: text says why ("" when it is ready); it does not try again. */
    void (*opened)(void *owner, const char *text, struct instant now);
    /* Exactly once per visibility_ask. */
    void (*seen)(void *owner, const struct visibility_result *result, struct instant now);
};

/* settings and loop outlive it. Connects at once. */
struct visibility *visibility_new(struct loop *loop, const struct settings *settings, int node,
                                  const struct visibility_callbacks *callbacks, void *owner);
void visibility_free(struct visibility **visibility);
bool visibility_is_ready(const struct visibility *visibility);
/* Only when ready. The row's strings are copied. */
void visibility_ask(struct visibility *visibility, const struct visibility_row *row,
                    mono_us deadline, struct instant now);

#endif
