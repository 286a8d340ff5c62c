/*
 * ledger_file: the ledger of a load on disk, as JSON lines that are appended: one before a write is
 * sent, one with what became of it. Each is handed to the kernel (one write(2)) before the write is
 * sent, or its outcome is shown: a kill -9 of the program loses nothing that was shown. A loss of
 * power may cost the last second: ledger_file_sync is for once a second.
 *
 * Format 1. The first line of each run:
 *   {"format":1,"ledger":"pgwatch-tui","cluster":"lab","at":"2026-11-23T12:03:44.123Z","run":"...",
 *    "clients":2}
 * A write's note in the table is "load RUN NUMBER". Times are microseconds since "at", on a
 * monotonic clock.
 *   {"w":17,"due_us":340000,"sent_us":340071,"level":"on","node":"primary"}
 *   {"w":17,"outcome":"acknowledged","id":4711,"at_us":341300}
 *   {"w":18,"outcome":"unknown","id":null,"at_us":...,"why":"..."}
 * outcome: acknowledged, acknowledged_locally, failed, unknown. A write without an outcome is
 * unknown, and so is one whose line was cut by a kill: only the last line of a run can be.
 */
#ifndef RECORD_LEDGER_FILE_H
#define RECORD_LEDGER_FILE_H

#include "base/clock.h"
#include "base/error.h"
#include "cluster/ledger.h"

struct ledger_file;

struct ledger_file_run {
    const char *cluster;
    const char *run; /* in the notes of its writes */
    int clients;
    struct instant started;
};

/*
 * Opens or makes the file (mode 0600) and begins a run in it. Refused: what is not a regular file,
 * what is not empty and no ledger, what another program is writing. NULL with an error.
 */
struct ledger_file *ledger_file_open(const char *path, const struct ledger_file_run *run,
                                     struct error *err);

/* Before a write is sent. False with an error: it is not in the file, and must not be sent. */
bool ledger_file_send(struct ledger_file *file, uint64_t number, mono_us due, mono_us sent,
                      enum commit_level level, const char *node, struct error *err);
/* text: why it was not acknowledged. */
bool ledger_file_answer(struct ledger_file *file, const struct ledger_answer *answer,
                        const char *text, struct error *err);
/* Asks for a sync to the disk, in a thread. False when an earlier one failed. */
bool ledger_file_sync(struct ledger_file *file, struct error *err);
/* After a last sync. */
void ledger_file_close(struct ledger_file **file);

#endif
