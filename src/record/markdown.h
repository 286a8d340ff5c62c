/*
 * markdown: texts and figures as they may stand in a Markdown document, also in a cell of a table:
 * sanitized, every character that means something to Markdown escaped, every number with its unit,
 * what is not known as "-".
 */
#ifndef RECORD_MARKDOWN_H
#define RECORD_MARKDOWN_H

#include <stdint.h>
#include <stdio.h>

#include "base/clock.h"
#include "cluster/lsn.h"

void markdown_text(FILE *out, const char *text);
/* As code, in a cell of a table; nothing for "". */
void markdown_code(FILE *out, const char *text);
/* "812.3 ms", "4.213 s" */
void markdown_duration(FILE *out, int64_t us);
/* The same with its sign: "+812.3 ms" */
void markdown_offset(FILE *out, int64_t us);
/* "16 MB (16777216 bytes)" */
void markdown_bytes(FILE *out, int64_t bytes);
void markdown_lsn(FILE *out, lsn_t lsn);
/* UTC; neither clock was read: "-". */
void markdown_utc(FILE *out, struct instant at);

#endif
