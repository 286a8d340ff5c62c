/*
 * load_json: see load_json.h.
 */
#include "record/load_json.h"

#include "cluster/latency.h"
#include "record/json_values.h"

void load_json_print(FILE *out, const struct load_figures *figures)
{
    const struct ledger_counts *counts = &figures->counts;
    json_t *root = json_object(), *latency = json_object();

    json_object_set_new(root, "format", json_integer(1));
    json_object_set_new(root, "level", json_string(commit_level_word(figures->level)));
    json_object_set_new(root, "rate", json_integer(figures->rate));
    json_object_set_new(root, "due", json_value_count(counts->due));
    json_object_set_new(root, "acknowledged",
                        json_value_count(counts->outcomes[COMMIT_ACKNOWLEDGED]));
    json_object_set_new(root, "acknowledged_locally",
                        json_value_count(counts->outcomes[COMMIT_LOCAL]));
    json_object_set_new(root, "failed", json_value_count(counts->outcomes[COMMIT_FAILED]));
    json_object_set_new(root, "unknown", json_value_count(counts->outcomes[COMMIT_UNKNOWN]));
    json_object_set_new(latency, "p50", json_value_ms(figures->p50_us));
    json_object_set_new(latency, "p95", json_value_ms(figures->p95_us));
    json_object_set_new(latency, "p99", json_value_ms(figures->p99_us));
    json_object_set_new(latency, "max", json_value_ms(figures->max_us));
    json_object_set_new(root, "latency_ms", latency);
    json_value_print(out, root);
}
