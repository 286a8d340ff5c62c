/*
 * drill_facts: what a report says of a drill beyond what stands in its run: names, what became of
 * its targets, steps as sentences, the settings that it depends on. Pure.
 */
#ifndef CLUSTER_DRILL_FACTS_H
#define CLUSTER_DRILL_FACTS_H

#include "cluster/drill_run.h"

enum drill_met {
    DRILL_NO_TARGET, /* nothing was demanded */
    DRILL_TARGET_MET,
    DRILL_TARGET_MISSED,
    DRILL_TARGET_UNKNOWN /* what it is measured by is not known */
};
enum drill_met drill_rto_met(const struct drill_run *run, const struct drill_targets *targets);
enum drill_met drill_rpo_met(const struct drill_run *run, const struct drill_targets *targets);

/* "" for no node and for one that the model does not have. */
const char *drill_node_name(const struct model *model, int node);
/* Whom the drill breaks: the plan's target, else the old primary where it fails over; -1 none. */
int drill_run_target(const struct drill_run *run);
/* A step of the run as a sentence, with the node that it came to. */
void drill_run_sentence(const struct drill_run *run, int step, const struct model *model, char *out,
                        size_t size);

/* The sum of the classes: sent, when every write is accounted for. */
uint64_t drill_classes_sum(const struct drill_classes *classes);

/* This program stood still for so long that times and gaps may be its own. */
bool drill_stood_still(const struct drill_figures *figures);
/* Writes that were sent and are no longer in the ledger: nobody knows what became of them. */
uint64_t drill_forgotten(const struct drill_figures *figures);
/* It can be said how many acknowledged writes are lost, or that some are. */
bool drill_loss_is_known(const struct drill_figures *figures);

/* The phases that were reached, in the order of time; how many. */
int drill_phases_in_order(const struct drill_run *run, enum drill_phase out[DRILL_PHASES]);

/* What decides how long a drill takes and what it may lose: settings of each node. */
#define DRILL_SETTINGS 6
const char *drill_setting_name(int index);
/* "" not known; an empty synchronous_standby_names is known, see *known. */
const char *drill_setting_value(const struct node *node, int index, bool *known);

#endif
