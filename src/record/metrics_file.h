/*
 * metrics_file: a file that others read at any time and never see half written: each text goes to a
 * file beside it (".NAME.tmp"), which then takes its place.
 *
 * A program that was killed leaves the last whole file, and perhaps a ".NAME.tmp" that the next one
 * to write uses and thereby takes away. Two that write the same file: each text is whole, the last
 * one stays. It is not synced to the disk: after a crash of the machine its figures are old anyway.
 */
#ifndef RECORD_METRICS_FILE_H
#define RECORD_METRICS_FILE_H

#include <stdio.h>

#include "base/error.h"

struct metrics_file;

/* Opens nothing: what is wrong with the path is said by each attempt to write. */
struct metrics_file *metrics_file_new(const char *path);
void metrics_file_free(struct metrics_file **file);

/* Where to print the text (into memory); NULL with an error. Else metrics_file_end must follow. */
FILE *metrics_file_begin(struct metrics_file *file, struct error *err);
/* Puts it in place, readable by all (0644). False with an error: the old file stays. */
_Bool metrics_file_end(struct metrics_file *file, struct error *err);

#endif
