/*
 * status: one look at the cluster as a table or as JSON, or one line per poll.
 */
#ifndef COMMAND_STATUS_H
#define COMMAND_STATUS_H

#include "command/command.h"

extern const char status_help[];
int command_status(const struct command *command, int argc, char **argv);

/* One look, printed as the table to stdout. Returns the exit status of the health found. */
int status_print_once(const struct settings *settings, bool color);

#endif
