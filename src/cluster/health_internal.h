/*
 * health_internal: how a rule adds its findings; shared by the files of the table.
 */
#ifndef CLUSTER_HEALTH_INTERNAL_H
#define CLUSTER_HEALTH_INTERNAL_H

#include "cluster/health.h"

struct health_look;

struct health_rule {
    const char *rule;
    enum health_level level;
    const char *meaning;
    void (*check)(struct health_look *look);
};

struct health_look {
    const struct model *model;
    const struct sync_verdict *verdict;
    mono_us now;
    struct health *health;
    const struct health_rule *rule; /* the one that is checked now */
};

/* Adds a finding of the present rule; node "" is the cluster, hint may be "". Returns it, for a
 * hint with figures, or NULL when the list is full. */
struct finding *health_add(struct health_look *look, const char *node, const char *hint,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The primary that is seen now, or NULL. */
const struct node *health_primary(const struct health_look *look);

bool health_any_sampled(const struct model *model); /* a node has answered since the start */
bool health_all_asked(const struct model *model);   /* each has answered, or has failed to */

/* The row is stale for longer than wal_sender_timeout, which runs in the walsender itself. */
bool health_walsender_hangs(const struct health_look *look, const struct node *sender, int row);

/* Rules about the cluster. */
void rule_no_primary(struct health_look *look);
void rule_two_primaries(struct health_look *look);
void rule_commits_blocked(struct health_look *look);
void rule_too_few_sync(struct health_look *look);
void rule_sync_unreadable(struct health_look *look);
void rule_sync_off(struct health_look *look);
void rule_commits_not_synchronous(struct health_look *look);
void rule_read_only(struct health_look *look);
void rule_sync_name_absent(struct health_look *look);
void rule_cannot_lose(struct health_look *look);
void rule_commit_waits(struct health_look *look);
void rule_commit_latency(struct health_look *look);
void rule_probe_off(struct health_look *look);
void rule_duplicate_name(struct health_look *look);
void rule_versions_differ(struct health_look *look);

/* Rules about one node. */
void rule_same_server(struct health_look *look);
void rule_foreign_node(struct health_look *look);
void rule_diverged(struct health_look *look);
void rule_slot_lost(struct health_look *look);
void rule_node_down(struct health_look *look);
void rule_no_new_connections(struct health_look *look);
void rule_node_unseen(struct health_look *look);
void rule_not_streaming(struct health_look *look);
void rule_standby_stale(struct health_look *look);
void rule_receiver_stuck(struct health_look *look);
void rule_replay_paused(struct health_look *look);
void rule_replay_stalled(struct health_look *look);
void rule_replay_lag(struct health_look *look);
void rule_replay_behind(struct health_look *look);
void rule_slot_retained(struct health_look *look);
void rule_not_promotable(struct health_look *look);
void rule_restart_pending(struct health_look *look);
void rule_no_privilege(struct health_look *look);
void rule_stale_data(struct health_look *look);

#endif
