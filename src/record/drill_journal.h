/*
 * drill_journal: what a drill does to a cluster, on the disk before it is done: so that the next
 * program can undo what a killed one left.
 *
 * A folder of one cluster (made 0700 when missing) holds
 *   drill.lock     locked (flock) while a drill or an undo is under way; the holder's pid is in it
 *   drill.journal  the last drill, JSON lines of format 1, mode 0600; the next drill begins it anew
 *
 *   {"format":1,"journal":"pgwatch-tui drill","entry":"begin","at":"2026-11-27T12:03:44.123Z",
 *    "drill":"primary-kill","run":"...","cluster":"lab","system_identifier":"7512...",
 *    "marker":"uuid" or null}
 *   {"entry":"step","at":"...","step":3,"deed":"pause","node":"primary","undo":"resume"}
 *   {"entry":"step_done", ...the same keys}, {"entry":"step_failed", ...}
 *   {"entry":"promotion_asked","at":"...","node":"replica1"}, {"entry":"promotion_ended", ...}
 *   {"entry":"undone","at":"...","node":"primary","deed":"resume"}
 *   {"entry":"end","at":"...","verdict":"pass"}
 *
 * Each line is one write(2) and synced to the disk when the function returns true: false means that
 * what it announces must not be done. A last line without its end was cut by a kill and counts as
 * never written; any other line that cannot be understood makes the journal unreadable: nothing is
 * guessed from it, nothing of it is written over.
 */
#ifndef RECORD_DRILL_JOURNAL_H
#define RECORD_DRILL_JOURNAL_H

#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"
#include "cluster/drill_left.h"

struct drill_journal;

/*
 * What the folder's last drill left, without the lock: for the start of every command. A folder or
 * a journal that is not there is a drill that never was (`begun` false). False with an error: the
 * journal is there and cannot be read.
 */
bool drill_journal_left(const char *folder, struct drill_left *left, struct error *err);

/* Takes the lock for a new drill; refused while another is under way and while an earlier one left
 * something. The earlier journal stays until drill_journal_begin. */
bool drill_journal_open(const char *folder, struct drill_journal **journal, struct error *err);
/* Takes the lock to go on with what an earlier drill left: undone, promotion ended, end. */
bool drill_journal_resume(const char *folder, struct drill_journal **journal, struct error *err);

/* head.at is filled in. */
bool drill_journal_begin(struct drill_journal *journal, wall_us at, const struct drill_head *head,
                         struct error *err);
/* Before the deed; its undo goes with it. node may be NULL. */
bool drill_journal_step(struct drill_journal *journal, wall_us at, int step, enum drill_deed deed,
                        const char *node, struct error *err);
/* done: otherwise it failed, and may have been done all the same. */
bool drill_journal_step_ended(struct drill_journal *journal, wall_us at, int step,
                              enum drill_deed deed, const char *node, bool done, struct error *err);
/* Before a node is promoted. */
bool drill_journal_promote(struct drill_journal *journal, wall_us at, const char *node,
                           struct error *err);
bool drill_journal_promotion_ended(struct drill_journal *journal, wall_us at, const char *node,
                                   struct error *err);
/* undo: DEED_UP, DEED_RESUME, ...: that it is done. */
bool drill_journal_undone(struct drill_journal *journal, wall_us at, const char *node,
                          enum drill_deed undo, struct error *err);
/* What is due then stays due: it is said at every start until it is undone. */
bool drill_journal_end(struct drill_journal *journal, wall_us at, enum drill_verdict verdict,
                       struct error *err);

/* As of now: what an interruption has to undo. Valid until the journal is closed. */
const struct drill_left *drill_journal_now(const struct drill_journal *journal);

/* Gives the lock back. Harmless on NULL. */
void drill_journal_close(struct drill_journal **journal);

/*
 * On a person's word: gives the journal another name, which is written to `path`, so that the next
 * drill can begin. Nothing of it is lost. Refused while a drill is under way.
 */
bool drill_journal_put_aside(const char *folder, char *path, size_t size, struct error *err);

/* The cluster is gone with its data, and with it what there was to undo: so go the journal, the
 * recording of the last drill, and the folder when nothing else is in it. Nothing is removed while
 * a drill is under way. */
void drill_journal_remove(const char *folder);

#endif
