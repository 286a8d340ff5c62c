/*
 * local_passwords: the passwords of a local stack's roles. They stand in ROOT/passfile (mode 0600,
 * the format of .pgpass), written at the first start. The superuser's is "postgres" unless it is
 * said, as in the Compose stack: servers of a local stack listen on loopback only, and the README
 * says so.
 */
#ifndef STACK_LOCAL_PASSWORDS_H
#define STACK_LOCAL_PASSWORDS_H

#include "stack/local_place.h"

#define LOCAL_PASSWORD_SIZE 256

struct local_passwords {
    char postgres[LOCAL_PASSWORD_SIZE];
    char replicator[LOCAL_PASSWORD_SIZE];
    char pgwatch[LOCAL_PASSWORD_SIZE];
};

/*
 * For each role: POSTGRES_PASSWORD (REPLICATOR_PASSWORD, PGWATCH_PASSWORD) of the environment, what
 * the description says if it connects as that role, what the passfile has, or else
 * "postgres", "pgwatch" (it may only look), and for the replicator a new random one. Writes the
 * passfile if it is not there, or not whole.
 */
bool local_passwords_get(const struct local_place *place, const struct settings *settings,
                         struct local_passwords *passwords, struct error *err);

#endif
