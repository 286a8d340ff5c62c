/*
 * status_json: builds the object with jansson; figures come from the model and its derivations,
 * nothing is computed here but units.
 */
#include "record/status_json.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "cluster/node_state.h"
#include "cluster/survivors.h"
#include "cluster/topology.h"
#include "record/json_values.h"
#include "record/status_words.h"
#include "record/survivors_json.h"

#define TOPOLOGY_MAX 512

static json_t *findings_json(const struct health *health)
{
    json_t *list = json_array();
    for (int i = 0; i < health->count; i++) {
        const struct finding *finding = &health->findings[i];
        json_t *item = json_object();
        json_object_set_new(item, "level", json_string(health_json_word(finding->level)));
        json_object_set_new(item, "rule", json_string(finding->rule));
        json_object_set_new(item, "node", json_value_text(finding->node));
        json_object_set_new(item, "text", json_string(finding->text));
        json_object_set_new(item, "hint", json_value_text(finding->hint));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *sync_json(const struct model *model, const struct sync_verdict *verdict)
{
    json_t *sync = json_object();
    char rule[SYNC_RULE_TEXT_SIZE];
    bool known = verdict->known;

    sync_rule_format(&model->rule, rule, sizeof rule);
    json_object_set_new(sync, "rule", known ? json_string(rule) : json_null());
    json_object_set_new(sync, "method",
                        known ? json_string(status_method_word(verdict->method)) : json_null());
    json_object_set_new(sync, "needed", known ? json_integer(verdict->needed) : json_null());
    json_object_set_new(sync, "confirmed",
                        known ? json_value_known(verdict->confirmed) : json_null());
    json_object_set_new(sync, "can_lose",
                        known ? json_value_known(verdict->can_lose) : json_null());
    json_object_set_new(sync, "waiting_commits", json_value_known(verdict->waiting_commits));
    json_object_set_new(sync, "longest_wait_ms", json_value_ms(verdict->longest_wait_us));
    return sync;
}

/* The sender's row about a node. */
static json_t *replication_json(const struct model *model, const struct topology_row *row)
{
    if (row->standby < 0 || !row->fresh)
        return json_null();
    const struct node *sender = &model->nodes[row->sender];
    const struct standby_row *standby = &sender->sample.standbys[row->standby];
    json_t *replication = json_object();

    json_object_set_new(replication, "state", json_value_word(standby_state_word(standby->state)));
    json_object_set_new(replication, "sync_state",
                        json_value_word(sync_state_word(standby->sync_state)));
    json_object_set_new(replication, "sync_priority", json_value_known(standby->sync_priority));
    json_object_set_new(replication, "sent_lsn", json_value_lsn(standby->sent_lsn));
    json_object_set_new(replication, "write_lsn", json_value_lsn(standby->write_lsn));
    json_object_set_new(replication, "flush_lsn", json_value_lsn(standby->flush_lsn));
    json_object_set_new(replication, "replay_lsn", json_value_lsn(standby->replay_lsn));
    json_object_set_new(replication, "behind_bytes",
                        json_value_bytes(standby_behind_bytes(sender, row->standby)));
    json_object_set_new(replication, "write_lag_ms", json_value_ms(standby->write_lag_us));
    json_object_set_new(replication, "flush_lag_ms", json_value_ms(standby->flush_lag_us));
    json_object_set_new(replication, "replay_lag_ms", json_value_ms(standby->replay_lag_us));
    return replication;
}

static json_t *system_identifier_json(uint64_t system_identifier)
{
    char text[24];
    if (system_identifier == 0)
        return json_null();
    str_format(text, sizeof text, "%" PRIu64, system_identifier);
    return json_string(text);
}

static json_t *error_json(const struct node *node)
{
    if (node->fault.kind == FAULT_NONE)
        return json_null();
    return json_string(node->fault.text[0] != '\0' ? node->fault.text
                                                   : node_fault_word(node->fault.kind));
}

/* What the node says of itself; every key is there also when nothing is known. */
static void set_own_figures(json_t *item, const struct node *node, mono_us now)
{
    const struct node_sample *sample = node != NULL && node->sampled ? &node->sample : NULL;
    int timeline = sample != NULL && sample->timeline != 0 ? node->last_timeline : 0;

    json_object_set_new(item, "timeline", json_value_nonzero(timeline));
    json_object_set_new(item, "system_identifier",
                        sample ? system_identifier_json(sample->system_identifier) : json_null());
    json_object_set_new(item, "server_version",
                        sample ? json_value_nonzero(sample->server_version) : json_null());
    json_object_set_new(item, "current_lsn",
                        sample ? json_value_lsn(sample->current_lsn) : json_null());
    json_object_set_new(item, "receive_lsn",
                        sample ? json_value_lsn(sample->receive_lsn) : json_null());
    json_object_set_new(item, "replay_lsn",
                        sample ? json_value_lsn(sample->replay_lsn) : json_null());
    json_object_set_new(item, "rtt_ms", sample ? json_value_ms(node->rtt_us) : json_null());
    json_object_set_new(item, "age_ms",
                        node != NULL ? json_value_ms(node_age_us(node, now)) : json_null());
    json_object_set_new(item, "error", node != NULL ? error_json(node) : json_null());
}

static json_t *row_json(const struct model *model, const struct topology_row *row, mono_us now)
{
    const struct node *node = row->node >= 0 ? &model->nodes[row->node] : NULL;
    struct node_state state = node_state_derive(model, row, now);
    json_t *item = json_object();

    json_object_set_new(item, "name", json_string(row->name));
    json_object_set_new(item, "listed", json_boolean(node != NULL));
    json_object_set_new(item, "reachable",
                        node != NULL ? json_boolean(node->asked && node->fault.kind == FAULT_NONE)
                                     : json_null());
    json_object_set_new(item, "role",
                        json_string(node != NULL ? status_role_word(node->role) : "standby"));
    json_object_set_new(item, "state", json_value_word(state.word));
    json_object_set_new(item, "upstream",
                        row->sender >= 0 ? json_string(model->nodes[row->sender].name)
                                         : json_null());
    set_own_figures(item, node, now);
    json_object_set_new(item, "replication", replication_json(model, row));
    return item;
}

static json_t *nodes_json(const struct model *model, mono_us now)
{
    struct topology_row rows[TOPOLOGY_MAX];
    int count = topology_derive(model, now, rows, TOPOLOGY_MAX);
    json_t *list = json_array();

    for (int i = 0; i < count && i < TOPOLOGY_MAX; i++)
        json_array_append_new(list, row_json(model, &rows[i], now));
    return list;
}

static json_t *outcomes_json(const uint64_t *outcomes)
{
    json_t *item = json_object();

    for (int i = 0; i < COMMIT_OUTCOMES; i++)
        json_object_set_new(item, status_outcome_word((enum commit_outcome)i),
                            json_integer((json_int_t)outcomes[i]));
    return item;
}

static json_t *level_json(const struct latency_level *level, const struct latency_figures *figures)
{
    json_t *item = json_object();

    json_object_set_new(item, "state", json_string(status_probe_word(level->state)));
    json_object_set_new(item, "why", json_value_text(level->why));
    json_object_set_new(item, "last", json_value_ms(figures->last_us));
    json_object_set_new(item, "p50", json_value_ms(figures->p50_us));
    json_object_set_new(item, "p95", json_value_ms(figures->p95_us));
    json_object_set_new(item, "p99", json_value_ms(figures->p99_us));
    json_object_set_new(item, "max", json_value_ms(figures->max_us));
    json_object_set_new(item, "samples", json_integer((json_int_t)figures->samples));
    json_object_set_new(item, "blocked_for", json_value_ms(figures->blocked_for_us));
    json_object_set_new(item, "outcomes", outcomes_json(level->outcomes));
    return item;
}

static json_t *cost_json(const struct model *model, mono_us now)
{
    struct latency_cost cost;
    json_t *item = json_object();

    latency_cost(model->latency, now, &cost);
    json_object_set_new(item, "rows", cost.known ? json_real(cost.rows) : json_null());
    json_object_set_new(item, "queries", cost.known ? json_real(cost.queries) : json_null());
    json_object_set_new(item, "wal_bytes",
                        cost.known && !isnan(cost.wal_bytes) ? json_real(cost.wal_bytes)
                                                             : json_null());
    return item;
}

static json_t *latency_json(const struct model *model, mono_us now)
{
    json_t *levels = json_object();
    struct latency_figures figures;

    for (int i = 0; i < COMMIT_LEVELS; i++) {
        latency_figures(model->latency, (enum commit_level)i, model->limits.blocked_commit_us, now,
                        &figures);
        if (figures.probed)
            json_object_set_new(levels, commit_level_word((enum commit_level)i),
                                level_json(&model->latency->levels[i], &figures));
    }
    return levels;
}

/* null while there is a primary, and while there are too many. */
static json_t *survivors_or_null(const struct model *model, mono_us now)
{
    struct survivors survivors;

    if (model->primary_count > 0)
        return json_null();
    survivors_derive(model, NULL, now, &survivors);
    return survivors_json(model, &survivors);
}

char *status_json(const struct model *model, const struct sync_verdict *verdict,
                  const struct health *health, struct instant now, bool compact)
{
    json_t *root = json_object();
    char at[32];

    clock_format_utc(now.wall, at, sizeof at);
    json_object_set_new(root, "format", json_integer(1));
    json_object_set_new(root, "cluster", json_string(model->cluster));
    json_object_set_new(root, "at", json_string(at));
    json_object_set_new(root, "health", json_string(health_json_word(health->level)));
    json_object_set_new(root, "findings", findings_json(health));
    json_object_set_new(root, "sync", sync_json(model, verdict));
    json_object_set_new(root, "commit_latency_ms", latency_json(model, now.mono));
    json_object_set_new(root, "probe_per_second", cost_json(model, now.mono));
    json_object_set_new(root, "nodes", nodes_json(model, now.mono));
    json_object_set_new(root, "survivors", survivors_or_null(model, now.mono));
    char *text = json_dumps(root, compact ? JSON_COMPACT | JSON_REAL_PRECISION(9)
                                          : JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    json_decref(root);
    return text;
}
