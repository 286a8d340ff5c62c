/*
 * survivors_json: who can take over, as a JSON object: the order of promotion with the reasons.
 */
#ifndef RECORD_SURVIVORS_JSON_H
#define RECORD_SURVIVORS_JSON_H

#include <jansson.h>

#include "cluster/survivors.h"

/* A new reference. */
json_t *survivors_json(const struct model *model, const struct survivors *survivors);

#endif
