/*
 * json_parts: values of the model as JSON, unknown as null; shared by the files of record/ that
 * make objects.
 */
#ifndef RECORD_JSON_PARTS_H
#define RECORD_JSON_PARTS_H

#include <jansson.h>

#include "cluster/observation.h"

json_t *json_text(const char *text); /* "" is null */
json_t *json_word(const char *word); /* "-" is null */
json_t *json_lsn(lsn_t lsn);
json_t *json_ms(int64_t us);
json_t *json_bytes(int64_t bytes);
json_t *json_count(int count);
json_t *json_nonzero(int value); /* a count or identifier of which 0 means unknown */

#endif
