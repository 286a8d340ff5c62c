/*
 * replay: a recording, from the command line.
 */
#ifndef COMMAND_REPLAY_H
#define COMMAND_REPLAY_H

#include "command/command.h"
#include "record/player.h"

extern const char replay_help[];
int command_replay(const struct command *command, int argc, char **argv);

/* Opens a recording for a command; times are shown in its time zone from then on. NULL: what is
 * wrong was said. */
struct player *replay_open(const char *path);

#endif
