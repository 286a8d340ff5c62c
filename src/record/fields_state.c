/*
 * fields_state: the model as it is when a recording begins in the middle of a run, or goes on in a
 * new file: with this the first picture of the recording is the one that was there.
 */
#include "cluster/model.h"
#include "record/fields.h"

static const char *const role_words[] = {"unknown", "primary", "standby"};
static const char *const method_words[] = {"off", "first", "any"};

struct rule_name {
    char name[STANDBY_NAME_SIZE];
};
static const struct field rule_name_items[] = {F_TEXT(struct rule_name, "name", name)};
static FIELDS_OF(rule_name_fields, struct rule_name, rule_name_items);

static const struct field model_items[] = {
    F_TIME(struct model, "poll_interval_us", poll_interval_us),
    F_COUNT(struct model, "primary", primary),
    F_COUNT(struct model, "last_primary", last_primary),
    F_INT(struct model, "primary_count", primary_count),
    F_WIDE(struct model, "system", system_identifier),
    F_TIME(struct model, "no_primary_mono", no_primary_since.mono),
    F_TIME(struct model, "no_primary_wall", no_primary_since.wall),
    F_TIME(struct model, "split_mono", split_since.mono),
    F_TIME(struct model, "split_wall", split_since.wall),
    F_TIME(struct model, "blocked_since", blocked_since),
    F_INT(struct model, "blocked_most", blocked_most),
    F_BOOL(struct model, "rule_known", rule_known),
    F_ENUM(struct model, "rule_method", rule.method, method_words),
    F_INT(struct model, "rule_needed", rule.needed),
    F_BOOL(struct model, "rule_names_cut", rule.names_cut),
    F_ROWS(struct model, "rule_names", rule.names, rule.name_count, &rule_name_fields),
    F_ARRAY(struct model, "rule_names_seen", rule_name_seen, FIELD_BOOLS),
};
FIELDS_OF(model_state_fields, struct model, model_items);

static const struct field track_items[] = {
    F_INT(struct standby_track, "pid", pid),
    F_LSN(struct standby_track, "flush", flush_lsn),
    F_LSN(struct standby_track, "replay", replay_lsn),
    F_TIME(struct standby_track, "flush_moved_at", flush_moved_at),
    F_TIME(struct standby_track, "replay_moved_at", replay_moved_at),
    F_INT(struct standby_track, "still", replay_still_polls),
    F_BOOL(struct standby_track, "ahead", ahead),
    F_BOOL(struct standby_track, "duplicate", duplicate_name),
    F_BOOL(struct standby_track, "chosen", chosen),
    F_BOOL(struct standby_track, "confirms", confirms),
    F_COUNT(struct standby_track, "node", node),
    F_COUNT(struct standby_track, "said", said),
};
static FIELDS_OF(track_fields, struct standby_track, track_items);

/* The words of a fault are those of fault_fields; its object is apart, as the sample's is. */
static const struct field node_items[] = {
    F_BOOL(struct node, "asked", asked),
    F_TIME(struct node, "fault_mono", fault_since.mono),
    F_TIME(struct node, "fault_wall", fault_since.wall),
    F_TIME(struct node, "shut_since", shut_since),
    F_TIME(struct node, "shut_found_at", shut_found_at),
    F_BOOL(struct node, "shut_said", shut_said),
    F_BOOL(struct node, "sampled", sampled),
    F_TIME(struct node, "sampled_mono", sampled_at.mono),
    F_TIME(struct node, "sampled_wall", sampled_at.wall),
    F_TIME(struct node, "asked_at", asked_at),
    F_TIME(struct node, "rtt_us", rtt_us),
    F_ENUM(struct node, "role", role, role_words),
    F_BOOL(struct node, "diverged", diverged),
    F_TEXT(struct node, "diverged_why", diverged_why),
    F_INT(struct node, "diverged_from", diverged_from),
    F_INT(struct node, "diverged_on", diverged_on),
    F_TIME(struct node, "diverged_start", diverged_start),
    F_ID(struct node, "last_timeline", last_timeline),
    F_ID(struct node, "received_timeline", received_timeline),
    F_COUNT(struct node, "same_as", same_as),
    F_COUNT(struct node, "same_as_said", same_as_said),
    F_BOOL(struct node, "ambiguous", ambiguous),
    F_LSN(struct node, "timeline_lsn", timeline_lsn),
    F_TIME(struct node, "unwaited_at", unwaited_at),
    F_TIME(struct node, "waited_since", waited_since),
    F_TIME(struct node, "waited_asked", waited_asked),
    F_LSN(struct node, "waited_lsn", waited_lsn),
    F_TIME(struct node, "waited_began", waited_began),
    F_TIME(struct node, "waited_rtt_us", waited_rtt_us),
    F_BOOL(struct node, "waits_proven", waits_proven),
    F_BOOL(struct node, "waits_unproven", waits_unproven),
    F_LSN(struct node, "rule_lsn", rule_lsn),
    F_BOOL(struct node, "from_archive", from_archive),
    F_DOUBLE(struct node, "wal_rate_now", wal_rate_now),
    F_RING(struct node, "wal_rate", wal_rate),
    F_RING(struct node, "behind", behind),
    F_TIME(struct node, "history_at", history_at),
    F_ROWS(struct node, "tracks", tracks, sample.standby_count, &track_fields),
};
FIELDS_OF(node_state_fields, struct node, node_items);

static const struct field level_items[] = {
    F_ENUM(struct latency_level, "state", state, record_probe_words),
    F_TEXT(struct latency_level, "why", why),
    F_TIME(struct latency_level, "pending_since", pending_since),
    F_US(struct latency_level, "last_us", last_us),
    F_ENUM(struct latency_level, "last_outcome", last_outcome, record_outcome_words),
    F_TIME(struct latency_level, "last_at", last_at),
    F_TEXT(struct latency_level, "last_text", last_text),
    F_ARRAY(struct latency_level, "outcomes", outcomes, FIELD_UINT64S),
    F_U64(struct latency_level, "counted", counted),
    F_TIME(struct latency_level, "counted_us", counted_us),
    F_ARRAY(struct latency_level, "slice_numbers", slice_number, FIELD_INT64S),
    F_RING(struct latency_level, "graph", graph),
    F_FLOAT(struct latency_level, "second_worst", second_worst),
    F_TIME(struct latency_level, "graph_at", graph_at),
    F_ARRAY(struct latency_level, "rows", rows, FIELD_UINT32S),
    F_ARRAY(struct latency_level, "queries", queries, FIELD_UINT32S),
    F_ARRAY(struct latency_level, "cost_numbers", cost_number, FIELD_INT64S),
    F_TIME(struct latency_level, "cost_since", cost_since),
    F_TIME(struct latency_level, "row_wal_bytes", row_wal_bytes),
};
FIELDS_OF(level_state_fields, struct latency_level, level_items);

static const struct field event_items[] = {
    F_TIME(struct event, "mono", at.mono),
    F_TIME(struct event, "wall", at.wall),
    F_ENUM(struct event, "level", level, record_event_words),
    F_TEXT(struct event, "subject", subject),
    F_TEXT(struct event, "text", text),
    F_US(struct event, "since_previous_us", since_previous_us),
};
FIELDS_OF(event_state_fields, struct event, event_items);
