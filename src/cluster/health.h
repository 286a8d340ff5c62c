/*
 * health: a const table of rules over the model; each finding has a level, a sentence with the
 * names and figures in it, and what to do about it. Pure.
 */
#ifndef CLUSTER_HEALTH_H
#define CLUSTER_HEALTH_H

#include "cluster/model.h"
#include "cluster/verdict.h"

#define FINDINGS_MAX 64
#define FINDING_TEXT_SIZE 224
#define FINDING_HINT_SIZE 448

enum health_level { HEALTH_OK, HEALTH_UNKNOWN, HEALTH_WARNING, HEALTH_CRITICAL };

struct finding {
    enum health_level level;
    const char *rule;          /* "node_down", "commits_blocked", ...: stable, for scripts */
    char node[NODE_NAME_SIZE]; /* "" for the cluster */
    char text[FINDING_TEXT_SIZE];
    char hint[FINDING_HINT_SIZE];
};

struct health {
    enum health_level level; /* the worst; HEALTH_UNKNOWN while no node could be reached yet, or
                                nothing is wrong so far and one has not answered yet */
    int count;               /* findings, worst first, in the table's order within a level */
    int cut;                 /* findings beyond FINDINGS_MAX */
    struct finding findings[FINDINGS_MAX];
};

void health_derive(const struct model *model, const struct sync_verdict *verdict, mono_us now,
                   struct health *health);
const char *health_word(enum health_level level); /* "HEALTHY", "WARNING", "CRITICAL", "UNKNOWN" */
const char *health_json_word(enum health_level level); /* "ok", "warning", "critical", "unknown" */
int health_exit_status(enum health_level level);       /* 0, 1, 2, 3 */

/* The table itself, for the documentation and its test: rule name, level, what it means in one
 * line. */
struct health_rule_doc {
    const char *rule;
    enum health_level level;
    const char *meaning;
};
int health_rule_count(void);
struct health_rule_doc health_rule_at(int index);

#endif
