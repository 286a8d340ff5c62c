/*
 * check_config: says what is wrong with a cluster description, or prints what was understood.
 */
#ifndef COMMAND_CHECK_CONFIG_H
#define COMMAND_CHECK_CONFIG_H

#include "command/command.h"

extern const char check_config_help[];
int command_check_config(const struct command *command, int argc, char **argv);

#endif
