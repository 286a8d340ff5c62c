/*
 * drill_undo: `pgwatch-tui drill undo`, and the word about it at the start of every command.
 */
#ifndef COMMAND_DRILL_UNDO_H
#define COMMAND_DRILL_UNDO_H

#include "config/settings.h"

/* Undoes what the journal says is due; returns the exit status. */
int drill_undo_carry_out(const struct settings *settings);

/* Says on stderr when an earlier drill left something on this cluster. */
void drill_warn_left(const struct settings *settings);

#endif
