/*
 * model_internal: what the files of the model share with each other and with nobody else.
 *
 * model.c holds the nodes, model_apply.c takes observations in, model_standbys.c follows the rows
 * of pg_stat_replication, model_roles.c finds out who is primary and who has other WAL.
 */
#ifndef CLUSTER_MODEL_INTERNAL_H
#define CLUSTER_MODEL_INTERNAL_H

#include "cluster/model.h"

/* The node's first observation: its graphs begin. */
void model_begin_history(struct node *node, mono_us at);

/* Compares the rows of a sender's new sample with those before and brings the tracks up to date.
 * Silent: without events, because they are told of another entry. */
void model_standbys_changed(struct model *model, int sender, const struct node_sample *before,
                            const struct standby_track *tracks_before, bool silent,
                            struct instant at);
/* Finds out which entries are one server: of one system, started at the same moment. */
void model_same_servers(struct model *model, struct instant at);
/* Says which listed node each row of each sender is. */
void model_standbys_match(struct model *model);
/* Since when commits wait on the node, after a sample of it and after what it says of the rule. */
void model_waits_changed(struct model *model, int index);
/* Who is primary now, and the events when that changes. */
void model_roles_changed(struct model *model, struct instant at);
/* Looks for proofs that a node's WAL is not the primary's. */
void model_divergence_changed(struct model *model, struct instant at);

/* What the probe brought. */
void model_commit(struct model *model, int node, const struct commit_observation *commit,
                  struct instant at);
void model_probe(struct model *model, int node, const struct probe_observation *probe,
                 struct instant at);

#endif
