/*
 * drill_markdown_internal: the parts of the report, one file for times, one for data.
 */
#ifndef RECORD_DRILL_MARKDOWN_INTERNAL_H
#define RECORD_DRILL_MARKDOWN_INTERNAL_H

#include "record/drill_markdown.h"

/* From the injection; UNKNOWN_US before there was one, and for what has no time. */
int64_t drill_markdown_since(const struct drill_run *run, mono_us at);

/* drill_markdown_times.c: steps, phases with their chart, recovery of each client, latency. */
void drill_markdown_steps(FILE *out, const struct drill_run *run, const struct model *model);
void drill_markdown_phases(FILE *out, const struct drill_run *run);
void drill_markdown_clients(FILE *out, const struct drill_run *run);
void drill_markdown_latency(FILE *out, const struct drill_run *run);

/* drill_markdown_data.c: ledger, read-back, WAL, nodes with their settings, events. */
void drill_markdown_ledger(FILE *out, const struct drill_run *run);
void drill_markdown_reads(FILE *out, const struct drill_run *run, const struct model *model);
void drill_markdown_wal(FILE *out, const struct drill_run *run);
void drill_markdown_nodes(FILE *out, const struct model *model);
void drill_markdown_events(FILE *out, const struct drill_run *run, const struct model *model);

#endif
