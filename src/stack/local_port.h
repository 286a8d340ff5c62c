/*
 * local_port: whether a server can listen there, and if not, who does.
 */
#ifndef STACK_LOCAL_PORT_H
#define STACK_LOCAL_PORT_H

#include <stdbool.h>

#include "base/error.h"

/* host: a loopback address or localhost. False with an error that names the process which has the
 * port, when that can be seen. */
bool local_port_is_free(const char *host, int port, struct error *err);
/* 127.0.0.0/8, ::1 or localhost. */
bool local_host_is_loopback(const char *host);

#endif
