/*
 * decode: results of the monitoring statements into a sample. NULL becomes unknown, never 0; every
 * text is sanitized.
 */
#ifndef POSTGRES_DECODE_H
#define POSTGRES_DECODE_H

#include <libpq-fe.h>

#include "cluster/observation.h"

/* A sample in which everything is unknown. */
void decode_clear(struct node_sample *sample);
/* The result must have the columns of postgres/sql.h; false when it has not. */
bool decode_standbys(const PGresult *result, struct node_sample *sample);
bool decode_slots(const PGresult *result, struct node_sample *sample);
bool decode_settings(const PGresult *result, struct node_sample *sample);
/* Also gives pg_conf_load_time() in microseconds. */
bool decode_node(const PGresult *result, struct node_sample *sample, int64_t *conf_loaded_at);

#endif
