/*
 * status_words: the words of `status --json` and `status --openmetrics` that are nobody else's.
 * Stable: scripts and alert rules rely on them.
 */
#ifndef RECORD_STATUS_WORDS_H
#define RECORD_STATUS_WORDS_H

#include "cluster/model.h"

const char *status_method_word(enum sync_method method);      /* "first", "any", "off" */
const char *status_role_word(enum node_role role);            /* "primary", "unknown", ... */
const char *status_probe_word(enum probe_state state);        /* "works", "waiting", ... */
const char *status_outcome_word(enum commit_outcome outcome); /* "acknowledged", "local", ... */

#endif
