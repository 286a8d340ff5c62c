/*
 * drill_json: a drill as one JSON object, and the list of drills (`drill run --json`, `drill list
 * --json`; format 1: unknown is null, never 0).
 */
#ifndef RECORD_DRILL_JSON_H
#define RECORD_DRILL_JSON_H

#include <stdio.h>

#include "cluster/drill_run.h"

/* run: after its end mark was applied; what is still missing in it is null. */
void drill_json_print(FILE *out, const struct drill_run *run, const struct drill_targets *targets,
                      const struct model *model);

/* has_stack: the servers are ours to break. */
void drill_list_json_print(FILE *out, const struct model *model, bool has_stack);
void drill_list_print(FILE *out, const struct model *model, bool has_stack);

/* Every key of drill_json_print's object, for the documentation and its test: the path ("nodes[]."
 * for what is in a list), the type, what it means. */
struct drill_json_key {
    const char *path, *type, *meaning;
};
int drill_json_key_count(void);
struct drill_json_key drill_json_key_at(int index);

#endif
