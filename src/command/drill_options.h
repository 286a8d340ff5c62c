/*
 * drill_options: the command line of `drill`.
 */
#ifndef COMMAND_DRILL_OPTIONS_H
#define COMMAND_DRILL_OPTIONS_H

#include "app/drill.h"
#include "command/command.h"

enum drill_action { DRILL_ACTION_LIST, DRILL_ACTION_RUN, DRILL_ACTION_UNDO };

struct drill_command {
    struct common_options common;
    enum drill_action action;
    enum drill_id id;
    struct drill_options options;
    bool yes, dry_run, json;
};

/* False: *status is the exit status (also after --help, which is printed). */
bool drill_options_parse(const struct command *command, int argc, char **argv,
                         struct drill_command *drill, int *status);

#endif
