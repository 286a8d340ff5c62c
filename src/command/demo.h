/*
 * demo: a throwaway local cluster of three servers and the dashboard on it.
 */
#ifndef COMMAND_DEMO_H
#define COMMAND_DEMO_H

#include "command/command.h"

extern const char demo_help[];
int command_demo(const struct command *command, int argc, char **argv);

#endif
