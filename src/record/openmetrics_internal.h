/*
 * openmetrics_internal: how a metric of the table writes its samples; for openmetrics*.c alone.
 *
 * A sample is begun, labelled and ended by its value. An unknown value begins nothing: the writers
 * of a metric ask before. HELP and TYPE stand before a metric's first sample.
 */
#ifndef RECORD_OPENMETRICS_INTERNAL_H
#define RECORD_OPENMETRICS_INTERNAL_H

#include <stdio.h>

#include "cluster/topology.h"
#include "record/openmetrics.h"

#define OPENMETRICS_ROWS_MAX 512

/* A row of the topology with what belongs to it. */
struct look_row {
    struct topology_row place;
    const struct node *node;           /* NULL: unlisted */
    const struct node *sender;         /* NULL: no sender's row is of now */
    const struct standby_row *standby; /* likewise */
    bool fresh;                        /* the node's own sample is of now */
    int duplicate;                     /* 2 and up: the second and further row of one name */
};

/* What the samples are of, derived once. */
struct look {
    const struct model *model;
    const struct sync_verdict *verdict;
    const struct health *health;
    struct instant now;
    struct latency_figures figures[COMMIT_LEVELS];
    struct latency_cost cost;
    int row_count;
    struct look_row rows[OPENMETRICS_ROWS_MAX];
};

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_SUMMARY };

struct metric;
struct metric_writer {
    FILE *out;
    const struct look *look;
    const struct metric *metric;
    bool headed;
};

/* One of the three functions is there: once, for each probed level, for each row. */
struct metric {
    const char *name;
    enum metric_type type;
    const char *unit; /* "seconds", "bytes": the name ends in it; NULL: none */
    const char *labels;
    const char *help; /* no quotes, backslashes or line ends: the formats differ in those */
    void (*once)(struct metric_writer *writer);
    void (*each_level)(struct metric_writer *writer, enum commit_level level);
    void (*each_row)(struct metric_writer *writer, const struct look_row *row);
};

/* suffix: "_sum" or the like of a summary, "" else. */
void sample_begin(struct metric_writer *writer, const char *suffix);
void sample_label(struct metric_writer *writer, const char *name, const char *value);
void sample_end_count(struct metric_writer *writer, int64_t count);
void sample_end_lsn(struct metric_writer *writer, lsn_t lsn);
void sample_end_seconds(struct metric_writer *writer, int64_t us);
void sample_end_real(struct metric_writer *writer, double value);

/* One sample without further labels, unless it is unknown. */
void sample_count(struct metric_writer *writer, int count);
void sample_seconds(struct metric_writer *writer, int64_t us);

/* openmetrics_cluster.c */
void metric_build(struct metric_writer *writer);
void metric_look_timestamp(struct metric_writer *writer);
void metric_poll_interval(struct metric_writer *writer);
void metric_health(struct metric_writer *writer);
void metric_findings(struct metric_writer *writer);
void metric_findings_omitted(struct metric_writer *writer);
void metric_sync_rule(struct metric_writer *writer);
void metric_sync_needed(struct metric_writer *writer);
void metric_sync_confirmed(struct metric_writer *writer);
void metric_sync_can_lose(struct metric_writer *writer);
void metric_sync_waiting(struct metric_writer *writer);
void metric_sync_longest_wait(struct metric_writer *writer);
void metric_probe_rows(struct metric_writer *writer);
void metric_probe_queries(struct metric_writer *writer);
void metric_probe_wal(struct metric_writer *writer);
void metric_probe_state(struct metric_writer *writer, enum commit_level level);
void metric_latency(struct metric_writer *writer, enum commit_level level);
void metric_latency_last(struct metric_writer *writer, enum commit_level level);
void metric_latency_max(struct metric_writer *writer, enum commit_level level);
void metric_latency_samples(struct metric_writer *writer, enum commit_level level);
void metric_commit_blocked(struct metric_writer *writer, enum commit_level level);
void metric_commits(struct metric_writer *writer, enum commit_level level);

/* openmetrics_nodes.c */
void metric_node_info(struct metric_writer *writer, const struct look_row *row);
void metric_node_up(struct metric_writer *writer, const struct look_row *row);
void metric_node_role(struct metric_writer *writer, const struct look_row *row);
void metric_node_state(struct metric_writer *writer, const struct look_row *row);
void metric_node_timeline(struct metric_writer *writer, const struct look_row *row);
void metric_node_current_lsn(struct metric_writer *writer, const struct look_row *row);
void metric_node_receive_lsn(struct metric_writer *writer, const struct look_row *row);
void metric_node_replay_lsn(struct metric_writer *writer, const struct look_row *row);
void metric_node_rtt(struct metric_writer *writer, const struct look_row *row);
void metric_node_age(struct metric_writer *writer, const struct look_row *row);
void metric_node_start_time(struct metric_writer *writer, const struct look_row *row);
void metric_node_sessions(struct metric_writer *writer, const struct look_row *row);
void metric_node_wal_rate(struct metric_writer *writer, const struct look_row *row);
void metric_node_receiver(struct metric_writer *writer, const struct look_row *row);
void metric_node_receiver_age(struct metric_writer *writer, const struct look_row *row);
void metric_slot_active(struct metric_writer *writer, const struct look_row *row);
void metric_slot_retained(struct metric_writer *writer, const struct look_row *row);
void metric_slot_safe(struct metric_writer *writer, const struct look_row *row);
void metric_slot_wal_status(struct metric_writer *writer, const struct look_row *row);
void metric_replication_state(struct metric_writer *writer, const struct look_row *row);
void metric_replication_sync_state(struct metric_writer *writer, const struct look_row *row);
void metric_replication_priority(struct metric_writer *writer, const struct look_row *row);
void metric_replication_sent(struct metric_writer *writer, const struct look_row *row);
void metric_replication_write(struct metric_writer *writer, const struct look_row *row);
void metric_replication_flush(struct metric_writer *writer, const struct look_row *row);
void metric_replication_replay(struct metric_writer *writer, const struct look_row *row);
void metric_replication_behind(struct metric_writer *writer, const struct look_row *row);
void metric_replication_write_lag(struct metric_writer *writer, const struct look_row *row);
void metric_replication_flush_lag(struct metric_writer *writer, const struct look_row *row);
void metric_replication_replay_lag(struct metric_writer *writer, const struct look_row *row);
void metric_replication_stale(struct metric_writer *writer, const struct look_row *row);
void metric_replication_replay_stale(struct metric_writer *writer, const struct look_row *row);

#endif
