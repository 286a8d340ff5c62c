/*
 * fields: the tables of what is recorded while it happens; those of the model are in
 * fields_state.c.
 */
#include "record/fields.h"

#include "cluster/ledger.h"
#include "cluster/model.h"
#include "cluster/replication_check.h"

const char *const record_level_words[COMMIT_LEVELS] = {"off", "local", "remote_write", "on",
                                                       "remote_apply"};
const char *const record_outcome_words[COMMIT_OUTCOMES] = {"acknowledged", "acknowledged_locally",
                                                           "unknown", "failed"};
const char *const record_event_words[4] = {"info", "good", "warning", "critical"};
const char *const record_probe_words[5] = {"none", "cannot", "starting", "works", "pending"};

static const char *const fault_words[FAULT_KINDS] = {
    [FAULT_NONE] = "none",
    [FAULT_REFUSED] = "refused",
    [FAULT_UNREACHABLE] = "unreachable",
    [FAULT_CONNECT_TIMEOUT] = "connect_timeout",
    [FAULT_NOT_RESPONDING] = "not_responding",
    [FAULT_CLOSED] = "closed",
    [FAULT_RESOLVE] = "resolve",
    [FAULT_STARTING] = "starting",
    [FAULT_SHUTTING_DOWN] = "shutting_down",
    [FAULT_CRASH_RECOVERY] = "crash_recovery",
    [FAULT_NOT_CONSISTENT] = "not_consistent",
    [FAULT_HOT_STANDBY_OFF] = "hot_standby_off",
    [FAULT_TOO_MANY_CONNECTIONS] = "too_many_connections",
    [FAULT_AUTH] = "auth",
    [FAULT_CONFIG] = "config",
    [FAULT_QUERY] = "query",
};
static const char *const standby_words[] = {"unknown",   "startup", "catchup",
                                            "streaming", "backup",  "stopping"};
static const char *const sync_words[] = {"unknown", "async", "potential", "sync", "quorum"};
static const char *const wal_words[] = {"unknown", "reserved", "extended", "unreserved", "lost"};
static const char *const pause_words[] = {"unknown", "running", "pause_requested", "paused"};

static const struct field standby_items[] = {
    F_INT(struct standby_row, "pid", pid),
    F_TEXT(struct standby_row, "name", application_name),
    F_TEXT(struct standby_row, "client_addr", client_addr),
    F_COUNT(struct standby_row, "client_port", client_port),
    F_ENUM(struct standby_row, "state", state, standby_words),
    F_ENUM(struct standby_row, "sync", sync_state, sync_words),
    F_COUNT(struct standby_row, "priority", sync_priority),
    F_LSN(struct standby_row, "sent", sent_lsn),
    F_LSN(struct standby_row, "write", write_lsn),
    F_LSN(struct standby_row, "flush", flush_lsn),
    F_LSN(struct standby_row, "replay", replay_lsn),
    F_US(struct standby_row, "write_lag_us", write_lag_us),
    F_US(struct standby_row, "flush_lag_us", flush_lag_us),
    F_US(struct standby_row, "replay_lag_us", replay_lag_us),
    F_TEXT(struct standby_row, "slot", slot_name),
};
static FIELDS_OF(standby_fields, struct standby_row, standby_items);

static const struct field slot_items[] = {
    F_TEXT(struct slot_row, "name", name),
    F_BOOL(struct slot_row, "physical", physical),
    F_BOOL(struct slot_row, "active", active),
    F_COUNT(struct slot_row, "pid", active_pid),
    F_ENUM(struct slot_row, "wal", wal_status, wal_words),
    F_US(struct slot_row, "retained_bytes", retained_bytes),
    F_US(struct slot_row, "safe_bytes", safe_wal_bytes),
};
static FIELDS_OF(slot_fields, struct slot_row, slot_items);

static const struct field sample_items[] = {
    F_ID(struct node_sample, "version", server_version),
    F_WIDE(struct node_sample, "system", system_identifier),
    F_BOOL(struct node_sample, "in_recovery", in_recovery),
    F_ID(struct node_sample, "timeline", timeline),
    F_LSN(struct node_sample, "current", current_lsn),
    F_LSN(struct node_sample, "flushed", flush_lsn),
    F_LSN(struct node_sample, "received", receive_lsn),
    F_LSN(struct node_sample, "replayed", replay_lsn),
    F_ENUM(struct node_sample, "replay", replay_pause, pause_words),
    F_US(struct node_sample, "replay_age_us", replay_age_us),
    F_TIME(struct node_sample, "started_at", started_at),
    F_US(struct node_sample, "uptime_us", uptime_us),
    F_BOOL(struct node_sample, "stats_visible", all_stats_visible),
    F_COUNT(struct node_sample, "waiting", waiting_commits),
    F_US(struct node_sample, "longest_wait_us", longest_wait_us),
    F_INT(struct node_sample, "sessions", sessions),
    F_BOOL(struct node_sample, "sync_names_known", sync_names_known),
    F_BOOL(struct node_sample, "sync_names_cut", sync_names_cut),
    F_TEXT(struct node_sample, "sync_names", synchronous_standby_names),
    F_BOOL(struct node_sample, "receiver", receiver.present),
    F_INT(struct node_sample, "receiver_pid", receiver.pid),
    F_TEXT(struct node_sample, "receiver_status", receiver.status),
    F_ID(struct node_sample, "receiver_timeline", receiver.received_tli),
    F_LSN(struct node_sample, "receiver_flushed", receiver.flushed_lsn),
    F_US(struct node_sample, "message_age_us", receiver.last_message_age_us),
    F_TEXT(struct node_sample, "sender_host", receiver.sender_host),
    F_COUNT(struct node_sample, "sender_port", receiver.sender_port),
    F_TEXT(struct node_sample, "receiver_slot", receiver.slot_name),
    F_TEXT(struct node_sample, "receiver_name", receiver.application_name),
    F_TEXTS(struct node_sample, "settings", settings, setting_names),
    F_BOOL(struct node_sample, "standbys_cut", standbys_cut),
    F_BOOL(struct node_sample, "slots_cut", slots_cut),
    F_ROWS(struct node_sample, "standbys", standbys, standby_count, &standby_fields),
    F_ROWS(struct node_sample, "slots", slots, slot_count, &slot_fields),
};
FIELDS_OF(sample_fields, struct node_sample, sample_items);

static const struct field fault_items[] = {
    F_ENUM(struct node_fault, "kind", kind, fault_words),
    F_TEXT(struct node_fault, "sqlstate", sqlstate),
    F_TEXT(struct node_fault, "text", text),
};
FIELDS_OF(fault_fields, struct node_fault, fault_items);

static const struct field commit_items[] = {
    F_ENUM(struct commit_observation, "level", level, record_level_words),
    F_ENUM(struct commit_observation, "outcome", outcome, record_outcome_words),
    F_BOOL(struct commit_observation, "asynchronous", asynchronous),
    F_US(struct commit_observation, "us", latency_us),
    F_TEXT(struct commit_observation, "text", text),
};
FIELDS_OF(commit_fields, struct commit_observation, commit_items);

static const struct field probe_items[] = {
    F_ENUM(struct probe_observation, "level", level, record_level_words),
    F_ENUM(struct probe_observation, "state", state, record_probe_words),
    F_TIME(struct probe_observation, "due", due_at),
    F_INT(struct probe_observation, "queries", queries),
    F_TIME(struct probe_observation, "wal", row_wal_bytes),
    F_TEXT(struct probe_observation, "text", text),
};
FIELDS_OF(probe_fields, struct probe_observation, probe_items);

static const struct field door_items[] = {F_BOOL(struct door_observation, "opens", opens)};
FIELDS_OF(door_fields, struct door_observation, door_items);

static const struct field event_items[] = {
    F_ENUM(struct event, "level", level, record_event_words),
    F_TEXT(struct event, "subject", subject),
    F_TEXT(struct event, "text", text),
};
FIELDS_OF(event_fields, struct event, event_items);

static const char *const phase_words[] = {"connecting", "running", "finishing", "ended"};
static const struct field load_items[] = {
    F_ENUM(struct load_figures, "phase", phase, phase_words),
    F_ENUM(struct load_figures, "level", level, record_level_words),
    F_INT(struct load_figures, "rate", rate),
    F_FLOAT(struct load_figures, "achieved", achieved),
    F_U64(struct load_figures, "late", late),
    F_US(struct load_figures, "waiting_us", waiting_us),
    F_U64(struct load_figures, "due", counts.due),
    F_U64(struct load_figures, "sent", counts.sent),
    F_U64(struct load_figures, "skipped", counts.skipped),
    F_ARRAY(struct load_figures, "outcomes", counts.outcomes, FIELD_UINT64S),
    F_US(struct load_figures, "p50_us", p50_us),
    F_US(struct load_figures, "p95_us", p95_us),
    F_US(struct load_figures, "p99_us", p99_us),
    F_US(struct load_figures, "max_us", max_us),
    F_TEXT(struct load_figures, "why", why),
};
FIELDS_OF(load_fields, struct load_figures, load_items);

static const char *const answer_words[] = {"unknown", "no", "yes"};
static const char *const write_words[] = {"none", "waits", "answered"};
static const struct field checked_items[] = {
    F_INT(struct checked_node, "node", node),
    F_TEXT(struct checked_node, "name", name),
    F_ENUM(struct checked_node, "streaming", streaming, answer_words),
    F_ENUM(struct checked_node, "receiver", receiver, answer_words),
    F_ENUM(struct checked_node, "row", row, answer_words),
    F_BOOL(struct checked_node, "synchronous", synchronous),
    F_BOOL(struct checked_node, "at_once", at_once),
    F_BOOL(struct checked_node, "missed", missed),
    F_BOOL(struct checked_node, "too_late", too_late),
    F_US(struct checked_node, "since_send_us", since_send_us),
    F_US(struct checked_node, "since_ack_us", since_ack_us),
    F_TEXT(struct checked_node, "text", text),
    F_TEXT(struct checked_node, "reason", reason),
};
static FIELDS_OF(checked_fields, struct checked_node, checked_items);

static const struct field check_items[] = {
    F_BOOL(struct replication_check, "whole", whole),
    F_BOOL(struct replication_check, "ended", ended),
    F_BOOL(struct replication_check, "passed", passed),
    F_BOOL(struct replication_check, "reached", reached),
    F_TIME(struct replication_check, "started_mono", started_at.mono),
    F_TIME(struct replication_check, "started_wall", started_at.wall),
    F_TIME(struct replication_check, "timeout_us", timeout_us),
    F_COUNT(struct replication_check, "primary", primary),
    F_TEXT(struct replication_check, "primary_name", primary_name),
    F_ENUM(struct replication_check, "level", level, record_level_words),
    F_TEXT(struct replication_check, "table", table),
    F_TIME(struct replication_check, "id", id),
    F_ENUM(struct replication_check, "write", write, write_words),
    F_ENUM(struct replication_check, "outcome", outcome, record_outcome_words),
    F_BOOL(struct replication_check, "asynchronous", asynchronous),
    F_US(struct replication_check, "latency_us", latency_us),
    F_TEXT(struct replication_check, "reason", reason),
    F_ROWS(struct replication_check, "nodes", nodes, node_count, &checked_fields),
};
FIELDS_OF(check_fields, struct replication_check, check_items);
