/*
 * fault: what a failed connection or query means, as a kind, an SQLSTATE and one safe line of text.
 */
#ifndef POSTGRES_FAULT_H
#define POSTGRES_FAULT_H

#include <libpq-fe.h>

#include "cluster/observation.h"

/* Of a connection attempt that failed; messages must have PQERRORS_VERBOSE. */
void fault_of_connect(const PGconn *pg, struct node_fault *fault);
/* Of a connection that was open and is not any more. `told` is what the server said before, or "".
 */
void fault_of_loss(const PGconn *pg, const char *sqlstate, const char *told,
                   struct node_fault *fault);
/* Of a result that is an error. */
void fault_of_result(const PGresult *result, struct node_fault *fault);
/* The server closes the connection after this one, whatever libpq still thinks of it. result may be
 * NULL. */
bool fault_is_fatal(const PGresult *result);
/* Of our own making. */
void fault_set(struct node_fault *fault, enum node_fault_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes the value out of the text, wherever it stands. */
void fault_redact(struct node_fault *fault, const char *secret);

#endif
