/*
 * params: everything that libpq is told about one node, as explicit keywords and values.
 *
 * A connection string, the description's own fields, service files and PG* variables are brought
 * together once, in libpq's order of precedence, so that the host is known before libpq is asked to
 * connect: names are resolved off the loop. Passwords are wiped when freed.
 */
#ifndef POSTGRES_PARAMS_H
#define POSTGRES_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "cluster/observation.h"
#include "config/settings.h"

#define PARAMS_MAX 64

struct params {
    int count;
    const char *keywords[PARAMS_MAX + 2]; /* NULL-terminated; room for hostaddr */
    char *values[PARAMS_MAX + 2];
    char address[ADDRESS_SIZE]; /* "host:port" or "/socket/dir:port", for people */
};

/* False with an error that holds nothing of the connection string's values. */
bool params_build(const struct connection_settings *settings, int64_t timeout_us,
                  struct params *params, struct error *err);
void params_free(struct params *params);

/* NULL when it is not said. */
const char *params_get(const struct params *params, const char *keyword);
/* The name that must be resolved before connecting; NULL for a socket or where hostaddr is said. */
const char *params_host_to_resolve(const struct params *params);
/* Says hostaddr for the next connection; NULL takes it away. */
void params_set_hostaddr(struct params *params, const char *address);

#endif
