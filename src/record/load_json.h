/*
 * load_json: what came of a load, as one JSON object ("format": 1).
 */
#ifndef RECORD_LOAD_JSON_H
#define RECORD_LOAD_JSON_H

#include <stdio.h>

#include "cluster/ledger.h"

/* What was due and is in none of the classes was never sent. */
void load_json_print(FILE *out, const struct load_figures *figures);

#endif
