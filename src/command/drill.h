/*
 * drill: `pgwatch-tui drill list|run NAME|observe|undo`.
 */
#ifndef COMMAND_DRILL_H
#define COMMAND_DRILL_H

#include "command/command.h"

extern const char drill_help[];
int command_drill(const struct command *command, int argc, char **argv);

#endif
