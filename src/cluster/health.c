/*
 * health: the table of rules, worst first, and the engine that runs it.
 */
#include "cluster/health.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "cluster/health_internal.h"

static const struct health_rule rules[] = {
    {"two_primaries", HEALTH_CRITICAL, "more than one node accepts writes (split brain)",
     rule_two_primaries},
    {"no_primary", HEALTH_CRITICAL, "no node that can be seen is primary", rule_no_primary},
    {"commits_blocked", HEALTH_CRITICAL,
     "a commit waits for standbys for longer than limits.blocked_commit", rule_commits_blocked},
    {"commit_waits", HEALTH_CRITICAL,
     "a commit of the probe waits for longer than limits.blocked_commit", rule_commit_waits},
    {"too_few_sync", HEALTH_CRITICAL,
     "fewer standbys confirm commits than synchronous_standby_names asks for: commits wait",
     rule_too_few_sync},
    {"diverged", HEALTH_CRITICAL, "a node has WAL that the primary does not have", rule_diverged},
    {"foreign_node", HEALTH_CRITICAL, "a node has another system identifier: another cluster",
     rule_foreign_node},
    {"slot_lost", HEALTH_CRITICAL, "a replication slot lost WAL that it needs", rule_slot_lost},
    {"read_only", HEALTH_CRITICAL, "transactions on the primary only read, by its configuration",
     rule_read_only},
    {"node_down", HEALTH_WARNING, "a node cannot be reached or does not respond", rule_node_down},
    {"no_new_connections", HEALTH_WARNING,
     "a server whose open sessions go on does not answer a new connection",
     rule_no_new_connections},
    {"node_unseen", HEALTH_WARNING, "a server answers but cannot be looked at", rule_node_unseen},
    {"not_streaming", HEALTH_WARNING, "a standby does not stream from anybody", rule_not_streaming},
    {"standby_stale", HEALTH_WARNING,
     "a standby is said to stream but confirms nothing of what it is sent", rule_standby_stale},
    {"receiver_stuck", HEALTH_WARNING, "a standby's receiver has heard nothing for too long",
     rule_receiver_stuck},
    {"cannot_lose", HEALTH_WARNING, "commits stop when one more standby is lost", rule_cannot_lose},
    {"sync_unreadable", HEALTH_WARNING, "it cannot be told what synchronous_standby_names asks for",
     rule_sync_unreadable},
    {"sync_off", HEALTH_WARNING, "synchronous_standby_names is empty: commits wait for no standby",
     rule_sync_off},
    {"commits_not_synchronous", HEALTH_WARNING,
     "synchronous_commit is off or local: commits do not wait in spite of the rule",
     rule_commits_not_synchronous},
    {"sync_name_absent", HEALTH_WARNING,
     "synchronous_standby_names has a name that nobody ever connected as", rule_sync_name_absent},
    {"duplicate_name", HEALTH_WARNING, "two standbys have the same application_name",
     rule_duplicate_name},
    {"same_server", HEALTH_WARNING, "two entries of the description are the same server",
     rule_same_server},
    {"commit_latency", HEALTH_WARNING, "the last commit took longer than limits.commit_latency",
     rule_commit_latency},
    {"probe_off", HEALTH_WARNING, "commit latency is to be measured and cannot be", rule_probe_off},
    {"replay_paused", HEALTH_WARNING, "the replay of a standby is paused", rule_replay_paused},
    {"replay_stalled", HEALTH_WARNING, "a standby has WAL to replay and does not replay it",
     rule_replay_stalled},
    {"replay_lag", HEALTH_WARNING, "a standby's replay lag is over limits.replay_lag",
     rule_replay_lag},
    {"replay_behind", HEALTH_WARNING, "a standby is more than limits.replay_behind behind",
     rule_replay_behind},
    {"slot_retained", HEALTH_WARNING, "a slot retains more WAL than limits.slot_retained",
     rule_slot_retained},
    {"not_promotable", HEALTH_WARNING,
     "a standby's settings are lower than the primary's: promoting it may shut it down",
     rule_not_promotable},
    {"restart_pending", HEALTH_WARNING, "a changed setting waits for a restart",
     rule_restart_pending},
    {"versions_differ", HEALTH_WARNING, "nodes run different PostgreSQL versions",
     rule_versions_differ},
    {"no_privilege", HEALTH_WARNING, "the role is no member of pg_monitor: figures are unknown",
     rule_no_privilege},
    {"stale_data", HEALTH_WARNING, "a node's figures are old", rule_stale_data},
};

#define RULES ((int)(sizeof rules / sizeof rules[0]))

int health_rule_count(void)
{
    return RULES;
}

struct health_rule_doc health_rule_at(int index)
{
    return (struct health_rule_doc){rules[index].rule, rules[index].level, rules[index].meaning};
}

struct finding *health_add(struct health_look *look, const char *node, const char *hint,
                           const char *format, ...)
{
    struct health *health = look->health;
    va_list args;

    if (look->rule->level > health->level)
        health->level = look->rule->level;
    if (health->count == FINDINGS_MAX) {
        health->cut++;
        return NULL;
    }
    struct finding *finding = &health->findings[health->count++];
    char text[2 * FINDING_TEXT_SIZE];
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    finding->level = look->rule->level;
    finding->rule = look->rule->rule;
    str_copy(finding->node, sizeof finding->node, node);
    str_copy(finding->text, sizeof finding->text, text);
    str_copy(finding->hint, sizeof finding->hint, hint);
    return finding;
}

const struct node *health_primary(const struct health_look *look)
{
    const struct model *model = look->model;

    return model->primary >= 0 ? &model->nodes[model->primary] : NULL;
}

bool health_any_sampled(const struct model *model)
{
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].sampled)
            return true;
    return false;
}

bool health_all_asked(const struct model *model)
{
    for (int i = 0; i < model->node_count; i++)
        if (!model->nodes[i].asked)
            return false;
    return true;
}

void health_derive(const struct model *model, const struct sync_verdict *verdict, mono_us now,
                   struct health *health)
{
    struct health_look look = {.model = model, .verdict = verdict, .now = now, .health = health};

    health->level = health_all_asked(model) ? HEALTH_OK : HEALTH_UNKNOWN;
    health->count = health->cut = 0;
    for (int i = 0; i < RULES; i++) {
        look.rule = &rules[i];
        rules[i].check(&look);
    }
    if (!health_any_sampled(model))
        health->level = HEALTH_UNKNOWN;
}

const char *health_word(enum health_level level)
{
    static const char *const words[] = {[HEALTH_OK] = "HEALTHY",
                                        [HEALTH_UNKNOWN] = "UNKNOWN",
                                        [HEALTH_WARNING] = "WARNING",
                                        [HEALTH_CRITICAL] = "CRITICAL"};
    return words[level];
}

const char *health_json_word(enum health_level level)
{
    static const char *const words[] = {[HEALTH_OK] = "ok",
                                        [HEALTH_UNKNOWN] = "unknown",
                                        [HEALTH_WARNING] = "warning",
                                        [HEALTH_CRITICAL] = "critical"};
    return words[level];
}

int health_exit_status(enum health_level level)
{
    static const int statuses[] = {
        [HEALTH_OK] = 0, [HEALTH_WARNING] = 1, [HEALTH_CRITICAL] = 2, [HEALTH_UNKNOWN] = 3};
    return statuses[level];
}
