/*
 * lsn: a position in the WAL, as PostgreSQL writes it: "0/5A21C3F8".
 *
 * LSN_UNKNOWN is PostgreSQL's own InvalidXLogRecPtr (0/0), which is never a position of a record:
 * NULL becomes it.
 */
#ifndef CLUSTER_LSN_H
#define CLUSTER_LSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t lsn_t;

#define LSN_UNKNOWN ((lsn_t)0)
#define LSN_TEXT_SIZE 18 /* "FFFFFFFF/FFFFFFFF" and the end */

/* Parses exactly HEX/HEX of at most 8 digits each; false leaves *lsn alone. */
bool lsn_parse(const char *text, lsn_t *lsn);
/* Writes "X/X", or "-" for LSN_UNKNOWN; out has LSN_TEXT_SIZE bytes. */
void lsn_format(lsn_t lsn, char *out);

#endif
