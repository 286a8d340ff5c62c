/*
 * openmetrics: see openmetrics.h. The table, and the way through it.
 */
#include "record/openmetrics.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "record/openmetrics_internal.h"

#define PREFIX "pgwatch_tui_"

static const struct metric metrics[] = {
    {.name = PREFIX "build_info",
     .type = METRIC_GAUGE,
     .labels = "version",
     .help = "the program that made these figures",
     .once = metric_build},
    {.name = PREFIX "look_timestamp_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "",
     .help = "when these figures were made, as a Unix time: old ones are of a program that no "
             "longer runs",
     .once = metric_look_timestamp},
    {.name = PREFIX "poll_interval_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "",
     .help = "time from one look at a node to the next",
     .once = metric_poll_interval},
    {.name = PREFIX "health",
     .type = METRIC_GAUGE,
     .labels = "level",
     .help =
         "1 for the level of the worst finding (ok, warning, critical, unknown), 0 for the others",
     .once = metric_health},
    {.name = PREFIX "findings",
     .type = METRIC_GAUGE,
     .labels = "level, rule, node",
     .help = "findings of this rule about this node (none: about the cluster); without a sample "
             "there are none",
     .once = metric_findings},
    {.name = PREFIX "findings_omitted",
     .type = METRIC_GAUGE,
     .labels = "",
     .help = "findings that are too many to be told one by one",
     .once = metric_findings_omitted},
    {.name = PREFIX "sync_rule_info",
     .type = METRIC_GAUGE,
     .labels = "method, rule",
     .help = "the primary's synchronous_standby_names, as the program reads it",
     .once = metric_sync_rule},
    {.name = PREFIX "sync_needed_standbys",
     .type = METRIC_GAUGE,
     .labels = "",
     .help = "standbys that a commit waits for",
     .once = metric_sync_needed},
    {.name = PREFIX "sync_confirmed_standbys",
     .type = METRIC_GAUGE,
     .labels = "",
     .help = "standbys that confirm commits now: fewer than needed means that commits wait",
     .once = metric_sync_confirmed},
    {.name = PREFIX "sync_can_lose_standbys",
     .type = METRIC_GAUGE,
     .labels = "",
     .help = "standbys that may still be lost before commits stop",
     .once = metric_sync_can_lose},
    {.name = PREFIX "sync_waiting_commits",
     .type = METRIC_GAUGE,
     .labels = "",
     .help = "sessions that wait for standbys in a commit",
     .once = metric_sync_waiting},
    {.name = PREFIX "sync_longest_wait_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "",
     .help = "how long the first of them has waited; no sample while none waits",
     .once = metric_sync_longest_wait},
    {.name = PREFIX "commit_probe_state",
     .type = METRIC_GAUGE,
     .labels = "level, state",
     .help = "1 for what the probe of this level is at (off, starting, works, waiting), 0 for the "
             "others",
     .each_level = metric_probe_state},
    {.name = PREFIX "commit_latency_seconds",
     .type = METRIC_SUMMARY,
     .unit = "seconds",
     .labels = "level, quantile",
     .help = "what a test commit takes: quantiles over 5 minutes; _sum and _count are since the "
             "program started",
     .each_level = metric_latency},
    {.name = PREFIX "commit_latency_samples",
     .type = METRIC_GAUGE,
     .labels = "level",
     .help = "test commits of the last 5 minutes, which the quantiles are of",
     .each_level = metric_latency_samples},
    {.name = PREFIX "commit_latency_last_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "level",
     .help = "what the last acknowledged test commit took",
     .each_level = metric_latency_last},
    {.name = PREFIX "commit_latency_max_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "level",
     .help = "the longest of the last 5 minutes, or the one under way",
     .each_level = metric_latency_max},
    {.name = PREFIX "commit_blocked_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "level",
     .help = "how long the test commit under way has waited beyond limits.blocked_commit; no "
             "sample while none is blocked",
     .each_level = metric_commit_blocked},
    {.name = PREFIX "commits_total",
     .type = METRIC_COUNTER,
     .labels = "level, outcome",
     .help = "test commits since the program started: acknowledged as the level demands, on the "
             "primary alone (local), failed, unknown",
     .each_level = metric_commits},
    {.name = PREFIX "probe_rows_per_second",
     .type = METRIC_GAUGE,
     .labels = "",
     .help = "rows that the probe writes",
     .once = metric_probe_rows},
    {.name = PREFIX "probe_queries_per_second",
     .type = METRIC_GAUGE,
     .labels = "",
     .help = "statements that the probe sends",
     .once = metric_probe_queries},
    {.name = PREFIX "probe_wal_bytes_per_second",
     .type = METRIC_GAUGE,
     .labels = "",
     .help = "WAL of the rows that the probe writes, without their commits",
     .once = metric_probe_wal},
    {.name = PREFIX "node_info",
     .type = METRIC_GAUGE,
     .labels = "node, listed, upstream, system_identifier, server_version",
     .help = "1 for each node of the description and each standby that a node reports "
             "(listed=false); server_version as 150018",
     .each_row = metric_node_info},
    {.name = PREFIX "node_up",
     .type = METRIC_GAUGE,
     .labels = "node",
     .help = "1 when the last look at the node succeeded, 0 when it failed",
     .each_row = metric_node_up},
    {.name = PREFIX "node_role",
     .type = METRIC_GAUGE,
     .labels = "node, role",
     .help = "1 for the role that the node last said it has (primary, standby, unknown), 0 for the "
             "others",
     .each_row = metric_node_role},
    {.name = PREFIX "node_state",
     .type = METRIC_GAUGE,
     .labels = "node, state",
     .help = "1 for the word of the STATE column: up, streaming, refused, ...; the others have no "
             "sample",
     .each_row = metric_node_state},
    {.name = PREFIX "node_timeline",
     .type = METRIC_GAUGE,
     .labels = "node",
     .help = "last known timeline of its WAL, of a standby the received one",
     .each_row = metric_node_timeline},
    {.name = PREFIX "node_current_lsn_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node",
     .help = "last known pg_current_wal_lsn() of a primary, as a 64 bit number; Prometheus keeps "
             "53 bits, so that beyond 9 PB the last bytes are lost",
     .each_row = metric_node_current_lsn},
    {.name = PREFIX "node_receive_lsn_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node",
     .help = "last known pg_last_wal_receive_lsn() of a standby, likewise",
     .each_row = metric_node_receive_lsn},
    {.name = PREFIX "node_replay_lsn_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node",
     .help = "last known pg_last_wal_replay_lsn() of a standby, likewise",
     .each_row = metric_node_replay_lsn},
    {.name = PREFIX "node_rtt_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "time from the last poll to its answer",
     .each_row = metric_node_rtt},
    {.name = PREFIX "node_age_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "how old the last figures are that the node gave of itself",
     .each_row = metric_node_age},
    {.name = PREFIX "node_start_time_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "when its server was started, as a Unix time of its own clock",
     .each_row = metric_node_start_time},
    {.name = PREFIX "node_sessions",
     .type = METRIC_GAUGE,
     .labels = "node",
     .help = "client sessions, while the node answers",
     .each_row = metric_node_sessions},
    {.name = PREFIX "node_wal_bytes_per_second",
     .type = METRIC_GAUGE,
     .labels = "node",
     .help = "WAL that the primary writes, between the last two looks",
     .each_row = metric_node_wal_rate},
    {.name = PREFIX "node_receiver_running",
     .type = METRIC_GAUGE,
     .labels = "node",
     .help = "1 when the standby has a WAL receiver, 0 when it has none, while it answers",
     .each_row = metric_node_receiver},
    {.name = PREFIX "node_receiver_message_age_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "how long its WAL receiver has heard nothing, by its own clock",
     .each_row = metric_node_receiver_age},
    {.name = PREFIX "slot_active",
     .type = METRIC_GAUGE,
     .labels = "node, slot",
     .help = "1 when the replication slot is in use, 0 when it is not, while the node answers",
     .each_row = metric_slot_active},
    {.name = PREFIX "slot_retained_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node, slot",
     .help = "WAL that the slot retains",
     .each_row = metric_slot_retained},
    {.name = PREFIX "slot_safe_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node, slot",
     .help =
         "WAL that may still be written before the slot is lost (safe_wal_size); may be negative",
     .each_row = metric_slot_safe},
    {.name = PREFIX "slot_wal_status",
     .type = METRIC_GAUGE,
     .labels = "node, slot, status",
     .help = "1 for the wal_status of the slot (reserved, extended, unreserved, lost), 0 for the "
             "others",
     .each_row = metric_slot_wal_status},
    {.name = PREFIX "replication_state",
     .type = METRIC_GAUGE,
     .labels = "node, state",
     .help = "1 for the state of the walsender (startup, catchup, streaming, backup, stopping), 0 "
             "for the others",
     .each_row = metric_replication_state},
    {.name = PREFIX "replication_sync_state",
     .type = METRIC_GAUGE,
     .labels = "node, sync_state",
     .help = "1 for the sync_state (async, potential, sync, quorum), 0 for the others",
     .each_row = metric_replication_sync_state},
    {.name = PREFIX "replication_sync_priority",
     .type = METRIC_GAUGE,
     .labels = "node",
     .help = "its sync_priority; 0: never synchronous",
     .each_row = metric_replication_priority},
    {.name = PREFIX "replication_sent_lsn_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node",
     .help = "sent_lsn that the sender knows of it, as a 64 bit number",
     .each_row = metric_replication_sent},
    {.name = PREFIX "replication_write_lsn_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node",
     .help = "write_lsn, likewise",
     .each_row = metric_replication_write},
    {.name = PREFIX "replication_flush_lsn_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node",
     .help = "flush_lsn, likewise",
     .each_row = metric_replication_flush},
    {.name = PREFIX "replication_replay_lsn_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node",
     .help = "replay_lsn, likewise",
     .each_row = metric_replication_replay},
    {.name = PREFIX "replication_behind_bytes",
     .type = METRIC_GAUGE,
     .unit = "bytes",
     .labels = "node",
     .help = "the sender's current LSN minus its replay_lsn",
     .each_row = metric_replication_behind},
    {.name = PREFIX "replication_write_lag_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "write_lag as the sender measured it; no sample while it is NULL",
     .each_row = metric_replication_write_lag},
    {.name = PREFIX "replication_flush_lag_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "flush_lag, likewise",
     .each_row = metric_replication_flush_lag},
    {.name = PREFIX "replication_replay_lag_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "replay_lag, likewise",
     .each_row = metric_replication_replay_lag},
    {.name = PREFIX "replication_stale_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "how long it has owed a flush that the sender asks of it; 0 when it owes nothing",
     .each_row = metric_replication_stale},
    {.name = PREFIX "replication_replay_stale_seconds",
     .type = METRIC_GAUGE,
     .unit = "seconds",
     .labels = "node",
     .help = "how long it has owed a replay, likewise",
     .each_row = metric_replication_replay_stale},
};

/* The second and further row of one name (two standbys of one application_name) are numbered:
 * samples of a metric must differ in their labels. */
static int duplicate_of(const struct look_row *rows, int row)
{
    int number = 1;

    for (int i = 0; i < row; i++)
        number += strcmp(rows[i].place.name, rows[row].place.name) == 0;
    return number;
}

static void derive_rows(struct look *look)
{
    const struct model *model = look->model;
    struct topology_row places[OPENMETRICS_ROWS_MAX];
    int count = topology_derive(model, look->now.mono, places, OPENMETRICS_ROWS_MAX);

    look->row_count = count < OPENMETRICS_ROWS_MAX ? count : OPENMETRICS_ROWS_MAX;
    for (int i = 0; i < look->row_count; i++) {
        struct look_row *row = &look->rows[i];
        *row = (struct look_row){.place = places[i]};
        row->duplicate = duplicate_of(look->rows, i);
        if (places[i].node >= 0) {
            row->node = &model->nodes[places[i].node];
            row->fresh = node_is_fresh(model, row->node, look->now.mono);
        }
        if (places[i].standby >= 0 && places[i].fresh) {
            row->sender = &model->nodes[places[i].sender];
            row->standby = &row->sender->sample.standbys[places[i].standby];
        }
    }
}

static void derive(struct look *look)
{
    for (int i = 0; i < COMMIT_LEVELS; i++)
        latency_figures(look->model->latency, (enum commit_level)i,
                        look->model->limits.blocked_commit_us, look->now.mono, &look->figures[i]);
    latency_cost(look->model->latency, look->now.mono, &look->cost);
    derive_rows(look);
}

/* All samples of a metric stand together. */
static void write_metric(FILE *out, const struct look *look, const struct metric *metric)
{
    struct metric_writer writer = {.out = out, .look = look, .metric = metric};

    if (metric->once != NULL)
        metric->once(&writer);
    for (int i = 0; metric->each_level != NULL && i < COMMIT_LEVELS; i++)
        if (look->figures[i].probed)
            metric->each_level(&writer, (enum commit_level)i);
    for (int i = 0; metric->each_row != NULL && i < look->row_count; i++)
        metric->each_row(&writer, &look->rows[i]);
}

void openmetrics_print(FILE *out, const struct model *model, const struct sync_verdict *verdict,
                       const struct health *health, struct instant now)
{
    struct look *look = mem_calloc(1, sizeof *look);

    *look = (struct look){.model = model, .verdict = verdict, .health = health, .now = now};
    derive(look);
    for (int i = 0; i < openmetrics_metric_count(); i++)
        write_metric(out, look, &metrics[i]);
    fputs("# EOF\n", out);
    free(look);
}

int openmetrics_metric_count(void)
{
    return (int)(sizeof metrics / sizeof metrics[0]);
}

struct openmetrics_metric_doc openmetrics_metric_at(int index)
{
    static const char *const types[] = {
        [METRIC_GAUGE] = "gauge", [METRIC_COUNTER] = "counter", [METRIC_SUMMARY] = "summary"};
    const struct metric *metric = &metrics[index];

    return (struct openmetrics_metric_doc){.name = metric->name,
                                           .type = types[metric->type],
                                           .labels = metric->labels,
                                           .help = metric->help};
}
