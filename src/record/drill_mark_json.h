/*
 * drill_mark_json: the marks of a drill as JSON, as a recording keeps them, and back. Only what
 * matters to a mark's kind is written: the others of its members come back as nothing known.
 */
#ifndef RECORD_DRILL_MARK_JSON_H
#define RECORD_DRILL_MARK_JSON_H

#include "cluster/drill_run.h"

struct json_t; /* jansson's */

/* One line; malloc'ed, freed with free(): what recorder_mark takes. */
char *drill_mark_text(const struct drill_mark *mark);
/* The same as a value; the caller's. */
struct json_t *drill_mark_encode(const struct drill_mark *mark);

/*
 * False when it is no mark: an unknown word, a number beyond what a run has room for (steps,
 * clients, nodes), a part that is missing. Texts are sanitized. Whatever the JSON is, the mark can
 * be applied to a run afterwards; whether the reader's model has its nodes says drill_mark_fits.
 */
bool drill_mark_decode(const struct json_t *json, struct drill_mark *mark);
bool drill_mark_fits(const struct drill_mark *mark, int node_count);

#endif
