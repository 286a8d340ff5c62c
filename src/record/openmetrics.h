/*
 * openmetrics: one look at the cluster as text for Prometheus.
 *
 * The text is valid both as OpenMetrics 1.0 and as Prometheus' older text format, which is all that
 * node_exporter's textfile collector and `promtool check metrics` read. That is why
 *   - a counter has no TYPE line: the formats want it under different names (in OpenMetrics without
 *     `_total`), so that one of them would not know its HELP; it counts as unknown (untyped);
 *   - infos and state sets are gauges of 1 and 0: the older format knows no such types;
 *   - no sample carries a time: the textfile collector refuses those. When the look was made is a
 *     metric of its own.
 * What is not known has no sample; it is never 0. Every name and label is in the table that
 * openmetrics_metric_at tells, and stays.
 */
#ifndef RECORD_OPENMETRICS_H
#define RECORD_OPENMETRICS_H

#include <stdio.h>

#include "cluster/health.h"
#include "cluster/model.h"
#include "cluster/verdict.h"

/* Ends with "# EOF" and a newline. */
void openmetrics_print(FILE *out, const struct model *model, const struct sync_verdict *verdict,
                       const struct health *health, struct instant now);

/* The table, for the documentation and its test. */
struct openmetrics_metric_doc {
    const char *name, *type;
    const char *labels; /* "node, slot", beside `cluster`, which every sample has */
    const char *help;
};
int openmetrics_metric_count(void);
struct openmetrics_metric_doc openmetrics_metric_at(int index);

#endif
