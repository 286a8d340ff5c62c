/*
 * status_json: one look at the cluster as the JSON object of `status --json` (format 1, see docs:
 * unknown is null, never 0).
 */
#ifndef RECORD_STATUS_JSON_H
#define RECORD_STATUS_JSON_H

#include <stdbool.h>

#include "cluster/health.h"
#include "cluster/model.h"
#include "cluster/verdict.h"

/* One line without an end of line (compact) or indented; malloc'ed, freed by the caller with
 * free(). */
char *status_json(const struct model *model, const struct sync_verdict *verdict,
                  const struct health *health, struct instant now, bool compact);

#endif
