/*
 * load: sustained test writes on whoever is primary, and what came of each.
 */
#ifndef COMMAND_LOAD_H
#define COMMAND_LOAD_H

#include "command/command.h"

extern const char load_help[];
int command_load(const struct command *command, int argc, char **argv);

#endif
