/*
 * fields: the tables by which what is recorded is written and read: keys, types, words. What is
 * added to one of these structs is recorded by a line here.
 */
#ifndef RECORD_FIELDS_H
#define RECORD_FIELDS_H

#include "cluster/observation.h"
#include "record/field.h"

/* Observations. */
extern const struct fields sample_fields; /* struct node_sample */
extern const struct fields fault_fields;  /* struct node_fault */
extern const struct fields commit_fields; /* struct commit_observation */
extern const struct fields probe_fields;  /* struct probe_observation */
extern const struct fields door_fields;   /* struct door_observation */
/* Beside the model. */
extern const struct fields event_fields; /* struct event: level, subject, text */
extern const struct fields load_fields;  /* struct load_figures */
extern const struct fields check_fields; /* struct replication_check */
/* The model itself, as it is when a recording begins: fields_state.c. */
extern const struct fields model_state_fields; /* struct model */
extern const struct fields node_state_fields;  /* struct node, without its sample */
extern const struct fields level_state_fields; /* struct latency_level */
extern const struct fields event_state_fields; /* struct event */

/* Words of the enums, also for other tables. */
extern const char *const record_level_words[COMMIT_LEVELS];
extern const char *const record_outcome_words[COMMIT_OUTCOMES];
extern const char *const record_event_words[4];
extern const char *const record_probe_words[5];

#endif
