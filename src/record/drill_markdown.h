/*
 * drill_markdown: the report of a drill as a Markdown document, for people who were not there.
 */
#ifndef RECORD_DRILL_MARKDOWN_H
#define RECORD_DRILL_MARKDOWN_H

#include <stdio.h>

#include "cluster/drill_run.h"

/* run: after its end mark was applied. */
void drill_markdown_print(FILE *out, const struct drill_run *run,
                          const struct drill_targets *targets, const struct model *model);

#endif
