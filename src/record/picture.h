/*
 * picture: what a recording says of one moment: the model as the same observations made it live,
 * and the figures that were shown beside it. Lines go in one after the other, as they were written.
 */
#ifndef RECORD_PICTURE_H
#define RECORD_PICTURE_H

#include "cluster/drill_run.h"
#include "cluster/ledger.h"
#include "cluster/model.h"
#include "cluster/replication_check.h"
#include "record/recording.h"

struct picture {
    struct instant start; /* the header's */
    struct model *model;
    struct instant at;  /* of the last line */
    int64_t wall_ahead; /* of the monotonic clock */
    bool has_load;
    struct load_figures load;
    struct replication_check *check; /* NULL: none yet */
    struct drill_run *drill;         /* the last one; NULL: none yet */
    uint64_t marks;                  /* that there were */
    struct recording_mark mark;      /* the last one */
    bool ended;                      /* the recording was ended, not cut off */
    /* What changes are changes of. */
    struct node_sample *samples;
    bool *sampled;
    struct observation *scratch;
};

struct picture *picture_new(const struct recording_header *header);
struct picture *picture_clone(const struct picture *picture);
void picture_free(struct picture **picture);
/* Bytes that a clone takes, about. */
size_t picture_bytes(const struct picture *picture);

/* The line's time, without looking at the rest of it; false when it is no line of a recording. */
bool picture_line_time(const struct picture *picture, const char *line, size_t length, mono_us *at);
/* False with an error when the line is damaged; kinds that are not known are passed over. */
bool picture_apply(struct picture *picture, const char *line, size_t length, struct error *err);
/* A moment after the last line. */
struct instant picture_instant(const struct picture *picture, mono_us at);

#endif
