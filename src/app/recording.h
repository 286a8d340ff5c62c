/*
 * recording: what the dashboard and the commands write down while they watch: opens the recorder,
 * hangs it into the watch, flushes it each second and takes it out when it cannot write.
 */
#ifndef APP_RECORDING_H
#define APP_RECORDING_H

#include "app/watch.h"
#include "cluster/drill_run.h"

struct recording;

struct recording_options {
    const char *path;  /* NULL: nothing is recorded */
    int64_t max_bytes; /* 0: one file, however large */
};

/* It began, ended or broke off; `err` says why (NULL: it was asked for). */
typedef void recording_changed_fn(void *owner, const struct error *err, struct instant now);

/* loop and watch outlive it; changed may be NULL. Nothing is recorded yet. */
struct recording *recording_new(struct loop *loop, struct watch *watch,
                                recording_changed_fn *changed, void *owner);
/* Ends the recording. */
void recording_free(struct recording **recording);

/* The terminal's size, for the header; 0: none. */
void recording_set_size(struct recording *recording, int columns, int rows);
/* Into options->path; NULL there: into a new file in the current directory, named after the cluster
 * and the time. False with an error. */
bool recording_start(struct recording *recording, const struct recording_options *options,
                     struct instant now, struct error *err);
void recording_stop(struct recording *recording, struct instant now);
bool recording_is_on(const struct recording *recording);
const char *recording_file(const struct recording *recording); /* sanitized; "" */

/* What is shown beside the model, when it is shown; NULL: none. */
void recording_look(struct recording *recording, struct instant now,
                    const struct load_figures *load, const struct replication_check *check);
/* What happens to a drill. */
void recording_drill(struct recording *recording, const struct drill_mark *mark);
/* A key that acted, a step of a drill, ...; data is JSON or NULL. */
void recording_note(struct recording *recording, struct instant now, const char *kind,
                    const char *subject, const char *text, const char *data);

/*
 * For commands without a screen: new, and started when there is a path. NULL with an error; what
 * goes wrong later is a warning on stderr.
 */
struct recording *recording_of(struct loop *loop, struct watch *watch,
                               const struct recording_options *options, struct error *err);

#endif
