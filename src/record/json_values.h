/*
 * json_values: the program's values as JSON: unknown is null, never 0; text of strangers is
 * sanitized; durations are milliseconds, exact to the microsecond.
 */
#ifndef RECORD_JSON_VALUES_H
#define RECORD_JSON_VALUES_H

#include <jansson.h>
#include <stdio.h>

#include "base/clock.h"
#include "cluster/lsn.h"
#include "cluster/observation.h"

json_t *json_value_text(const char *text); /* "" is null */
json_t *json_value_word(const char *word); /* a literal; "-" is null */
json_t *json_value_ms(int64_t us);
json_t *json_value_bytes(int64_t bytes);
json_t *json_value_count(uint64_t count);
json_t *json_value_known(int count);       /* UNKNOWN_COUNT is null */
json_t *json_value_nonzero(int64_t value); /* 0 is null */
json_t *json_value_lsn(lsn_t lsn);
json_t *json_value_utc(struct instant at); /* neither clock was read: null */

/* One object, indented, and an end of line. Takes the object. */
void json_value_print(FILE *out, json_t *root);

#endif
