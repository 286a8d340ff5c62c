/*
 * local_bindir: where PostgreSQL's own programs are.
 */
#ifndef STACK_LOCAL_BINDIR_H
#define STACK_LOCAL_BINDIR_H

#include "config/settings.h"

/*
 * stack.bindir as given; else what pg_config says, the newest of the usual places, PATH: the first
 * that has every program which is needed. Runs pg_config (at most 2 s). False with an error that
 * names where was looked and what to install.
 */
bool local_bindir_find(const struct settings *settings, char *path, size_t size, struct error *err);

#endif
