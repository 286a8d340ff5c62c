/*
 * test: the replication test: a row written on the primary, read back on every replica.
 */
#ifndef COMMAND_TEST_H
#define COMMAND_TEST_H

#include "command/command.h"

extern const char test_help[];
int command_test(const struct command *command, int argc, char **argv);

/* One test, printed as the table to stdout. Returns the exit status. */
int test_print_once(const struct settings *settings, const struct recording_options *record);

#endif
