/*
 * drill_undo: takes back what a drill did and is still due by its journal: at once when a drill is
 * given up, or later, by another program, when the first one was killed.
 *
 * What is done follows from how each server is now, not from what it should be. A node that is
 * paused is let go on only when nobody was promoted meanwhile: else it is killed first, for it
 * would be a second primary.
 */
#ifndef APP_DRILL_UNDO_H
#define APP_DRILL_UNDO_H

#include "app/watch.h"
#include "record/drill_journal.h"
#include "stack/stack.h"

struct drill_undo;

struct drill_undo_calls {
    /* A deed for a node begins; command: what is run. */
    void (*began)(void *owner, enum drill_deed deed, int node, const char *command);
    void (*ended)(void *owner, bool ok, const char *text);
    /* Once. left: something is still due. It may not be freed in the call. */
    void (*done)(void *owner, bool left, struct instant now);
};

/* All outlive it; stack may be NULL (then only statements can be undone). Begins at once. */
struct drill_undo *drill_undo_new(const struct settings *settings, struct loop *loop,
                                  struct watch *watch, struct stack *stack,
                                  struct drill_journal *journal,
                                  const struct drill_undo_calls *calls, void *owner);
/* What is under way goes on by itself. */
void drill_undo_free(struct drill_undo **undo);

/* What speaks against undoing here: the journal is of another cluster. */
bool drill_undo_allowed(const struct settings *settings, const struct drill_left *left,
                        struct error *err);

#endif
