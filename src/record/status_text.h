/*
 * status_text: one look at the cluster as plain text for a terminal or a log: health, sync line,
 * table, findings.
 */
#ifndef RECORD_STATUS_TEXT_H
#define RECORD_STATUS_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "cluster/health.h"
#include "cluster/model.h"
#include "cluster/verdict.h"

/* The whole look. With `color` the health word and the marks carry SGR colours. */
void status_text_print(FILE *out, const struct model *model, const struct sync_verdict *verdict,
                       const struct health *health, struct instant now, bool color);
/* One line for --watch: time, health, primary, sync, worst finding. */
void status_text_print_line(FILE *out, const struct model *model,
                            const struct sync_verdict *verdict, const struct health *health,
                            struct instant now, bool color);

#endif
