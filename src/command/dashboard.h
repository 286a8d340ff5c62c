/*
 * dashboard: the screen, from the command line.
 */
#ifndef COMMAND_DASHBOARD_H
#define COMMAND_DASHBOARD_H

#include "command/command.h"

extern const char dashboard_help[];
int command_dashboard(const struct command *command, int argc, char **argv);

/* The dashboard on settings that are loaded already. Returns the exit status: 0 after q, 128 +
 * number after a signal. */
int dashboard_on(const struct settings *settings, const struct common_options *common);

#endif
