/*
 * local_passwords: the passwords of a local stack's roles. They stand in ROOT/passfile (mode 0600,
 * the format of .pgpass), made at random at the first start: the superuser of a server on loopback
 * can run programs, so a well-known password would give our account to everybody on the machine.
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
 * the description says if it connects as that role, what the passfile has, or a new random one
 * (pgwatch: "pgwatch", it may only look). Writes the passfile if it is not there.
 */
bool local_passwords_get(const struct local_place *place, const struct settings *settings,
                         struct local_passwords *passwords, struct error *err);

#endif
