/*
 * load_json: see load_json.h.
 */
#include "record/load_json.h"

#include <jansson.h>
#include <stdlib.h>

#include "cluster/latency.h"

#define US_PER_MS_F 1000.0

static void set_count(json_t *object, const char *key, uint64_t count)
{
    json_object_set_new(object, key, json_integer((json_int_t)count));
}

static void set_ms(json_t *object, const char *key, int64_t us)
{
    json_object_set_new(object, key,
                        us == UNKNOWN_US ? json_null() : json_real((double)us / US_PER_MS_F));
}

void load_json_print(FILE *out, const struct load_figures *figures)
{
    const struct ledger_counts *counts = &figures->counts;
    json_t *root = json_object(), *latency = json_object();

    json_object_set_new(root, "format", json_integer(1));
    json_object_set_new(root, "level", json_string(commit_level_word(figures->level)));
    json_object_set_new(root, "rate", json_integer(figures->rate));
    set_count(root, "due", counts->due);
    set_count(root, "acknowledged", counts->outcomes[COMMIT_ACKNOWLEDGED]);
    set_count(root, "acknowledged_locally", counts->outcomes[COMMIT_LOCAL]);
    set_count(root, "failed", counts->outcomes[COMMIT_FAILED]);
    set_count(root, "unknown", counts->outcomes[COMMIT_UNKNOWN]);
    set_ms(latency, "p50", figures->p50_us);
    set_ms(latency, "p95", figures->p95_us);
    set_ms(latency, "p99", figures->p99_us);
    set_ms(latency, "max", figures->max_us);
    json_object_set_new(root, "latency_ms", latency);
    char *text = json_dumps(root, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    if (text != NULL)
        fprintf(out, "%s\n", text);
    free(text);
    json_decref(root);
}
