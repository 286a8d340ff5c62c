/*
 * drill_report: the report of a drill as two files of one name, Markdown for people and JSON for
 * programs: DRILL-20261127T120344Z.md and .json, after the UTC time at which the drill began.
 */
#ifndef RECORD_DRILL_REPORT_H
#define RECORD_DRILL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cluster/drill_run.h"

/*
 * Writes both into the folder, which is made when it is missing, and the Markdown file's path to
 * `path`. Each file appears whole or not at all, and none that is there is written over: a second
 * drill of the same second gets "-2" behind its name.
 *
 * run: as it is when its end mark is applied with an empty text (to a copy: the real mark carries
 * the path). False with an error: nothing is left behind.
 */
bool drill_report_write(const char *folder, const struct drill_run *run,
                        const struct drill_targets *targets, const struct model *model, char *path,
                        size_t size, struct error *err);

#endif
