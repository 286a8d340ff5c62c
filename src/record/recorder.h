/*
 * recorder: writes a recording while it happens: what the model is given, and what is shown beside
 * it. Nothing waits for the disk but the write of a second's lines; nothing is written over.
 *
 * A recorder that cannot write (disk full, ...) says so once by recorder_flush and does nothing
 * after that: the file ends with its last whole line. Every function may be called with NULL.
 */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include "cluster/drill_run.h"
#include "cluster/ledger.h"
#include "cluster/model.h"
#include "cluster/replication_check.h"
#include "record/recording.h"

#define RECORDER_FLUSH_US US_PER_S
#define RECORDER_MAX_LEAST (64 * 1024) /* a file that is rotated holds at least a beginning */

struct recorder;

/*
 * Makes the file (mode 0600), which must not be there yet, and writes the model as it is: it
 * outlives the recorder. max_bytes > 0: a file that has become larger is renamed to PATH.1 (the one
 * before it goes) and a new one is begun, so that at most two such files are there. NULL with an
 * error.
 */
struct recorder *recorder_open(const char *path, int64_t max_bytes,
                               const struct recording_header *header, const struct model *model,
                               struct error *err);
/* Writes what is there and ends the recording. */
void recorder_close(struct recorder **recorder, struct instant now);

void recorder_observation(struct recorder *recorder, const struct observation *observation);
/* An event that no observation brought. */
void recorder_event(struct recorder *recorder, struct instant at, enum event_level level,
                    const char *subject, const char *text);
void recorder_interval(struct recorder *recorder, struct instant at, int64_t interval_us);
/* What changed of them; NULL: no load runs (no test was made: nothing is written). */
void recorder_load(struct recorder *recorder, struct instant at, const struct load_figures *load);
void recorder_check(struct recorder *recorder, struct instant at,
                    const struct replication_check *check);
/* What happens to a drill. */
void recorder_drill(struct recorder *recorder, const struct drill_mark *mark);
/* `data`: a JSON value as text, or NULL. */
void recorder_mark(struct recorder *recorder, struct instant at, const struct recording_mark *mark,
                   const char *data);

/* To be called about every RECORDER_FLUSH_US, between two observations. False with an error when it
 * could not write: it must be closed. */
bool recorder_flush(struct recorder *recorder, struct instant now, struct error *err);
const char *recorder_path(const struct recorder *recorder); /* sanitized */

#endif
