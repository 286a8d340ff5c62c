/*
 * health_nodes: the rules about one node each.
 */
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "cluster/fault_phrase.h"
#include "cluster/health_internal.h"
#include "cluster/survivors.h"

#define STALLED_POLLS 3
#define RECEIVER_SLACK_US (2 * US_PER_S)
#define TIMEOUT_SLACK_US (2 * US_PER_S)

/* Its figures are of now, and not those of an earlier entry, which is the same server: what is to
 * be said is said of that. */
static bool is_fresh(const struct health_look *look, const struct node *node)
{
    return node->same_as < 0 && node_is_fresh(look->model, node, look->now);
}

void rule_same_server(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        if (node->same_as >= 0 && node_is_fresh(look->model, node, look->now))
            health_add(look, node->name,
                       "list each server once, by an address that does not move: behind one that "
                       "does it cannot be told which server is meant",
                       "%s and %s are the same server, which counts once",
                       look->model->nodes[node->same_as].name, node->name);
    }
}

void rule_foreign_node(struct health_look *look)
{
    const struct model *model = look->model;

    for (int i = 0; i < model->node_count; i++) {
        const struct node *node = &model->nodes[i];
        uint64_t id = node->sample.system_identifier;
        if (node->sampled && node->same_as < 0 && id != 0 && id != model->system_identifier)
            health_add(look, node->name,
                       "is its address right? It can never follow this cluster's primary",
                       "FOREIGN NODE: %s has system identifier %" PRIu64 ", the cluster %" PRIu64,
                       node->name, id, model->system_identifier);
    }
}

void rule_diverged(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        if (node->diverged && node->same_as < 0)
            health_add(look, node->name, "it needs pg_rewind or a new base backup",
                       "DIVERGED: %s has other WAL than the primary: %s", node->name,
                       node->diverged_why);
    }
}

void rule_slot_lost(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        for (int k = 0; is_fresh(look, node) && k < node->sample.slot_count; k++)
            if (node->sample.slots[k].wal_status == SLOT_WAL_LOST)
                health_add(
                    look, node->name,
                    "its standby needs a new base backup (or the archive); then drop the slot",
                    "slot %s on %s is lost: WAL that it needs was removed",
                    node->sample.slots[k].name, node->name);
    }
}

static bool is_last_primary_gone(const struct model *model, int node)
{
    return node == model->last_primary && model->primary_count == 0;
}

static void say_fault(struct health_look *look, const struct node *node, const char *hint)
{
    char sentence[NODE_NAME_SIZE + FAULT_TEXT_SIZE + 80];

    node_fault_sentence(node->name, &node->fault, look->now - node->fault_since.mono, sentence,
                        sizeof sentence);
    health_add(look, node->name, hint, "%s", sentence);
}

void rule_node_down(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        if (node->fault.kind != FAULT_NONE && !node_fault_is_alive(node->fault.kind) &&
            !is_last_primary_gone(look->model, i))
            say_fault(look, node, "");
    }
}

void rule_no_new_connections(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        char shut[16];

        if (!node->shut_said || !is_fresh(look, node))
            continue;
        format_duration(shut, sizeof shut, look->now - node->shut_since);
        health_add(look, node->name,
                   "its postmaster hangs: open sessions and streaming go on, so this alone is no "
                   "reason to fail over; look at that process",
                   "%s accepts no new connections (%s)", node->name, shut);
    }
}

static const char *unseen_hint(enum node_fault_kind kind)
{
    if (kind == FAULT_AUTH)
        return "check user, password (or .pgpass) and pg_hba.conf; tried again every 30 s";
    if (kind == FAULT_CONFIG)
        return "check dbname, sslmode and the other connection settings; tried again every 30 s";
    if (kind == FAULT_TOO_MANY_CONNECTIONS)
        return "max_connections is used up; a reserved connection for pg_monitor helps";
    if (kind == FAULT_HOT_STANDBY_OFF)
        return "set hot_standby = on there to look at it";
    return "";
}

void rule_node_unseen(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        if (node->fault.kind != FAULT_NONE && node_fault_is_alive(node->fault.kind) &&
            !is_last_primary_gone(look->model, i))
            say_fault(look, node, unseen_hint(node->fault.kind));
    }
}

/* A sender has more rows than are looked at: one that is missing may be there. */
static bool any_rows_cut(const struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++)
        if (is_fresh(look, &look->model->nodes[i]) && look->model->nodes[i].sample.standbys_cut)
            return true;
    return false;
}

/* The row about a node at any sender that is seen now. */
static const struct node *sender_of(const struct health_look *look, int node, int *row)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *sender = &look->model->nodes[i];
        for (int k = 0; is_fresh(look, sender) && k < sender->sample.standby_count; k++)
            if (sender->tracks[k].node == node) {
                *row = k;
                return sender;
            }
    }
    return NULL;
}

static bool is_standby_seen(const struct health_look *look, int node)
{
    const struct node *n = &look->model->nodes[node];

    return n->role == ROLE_STANDBY && is_fresh(look, n);
}

void rule_not_streaming(struct health_look *look)
{
    const struct model *model = look->model;
    int row = -1;

    for (int i = 0; model->primary >= 0 && i < model->node_count; i++) {
        const struct node *node = &model->nodes[i];
        if (!is_standby_seen(look, i) || (node->ambiguous && node->sample.receiver.present))
            continue;
        const struct node *sender = sender_of(look, i, &row);
        if (sender == NULL && node->sample.receiver.present && any_rows_cut(look))
            continue;
        if (sender == NULL && node->sample.receiver.present)
            health_add(look, node->name, "is its upstream in the cluster description?",
                       "%s streams from a node that is not seen here", node->name);
        else if (sender == NULL && node->from_archive)
            health_add(look, node->name, "it is as old as what the archive has",
                       "%s is in archive recovery: it streams from nobody", node->name);
        else if (sender == NULL)
            health_add(
                look, node->name,
                "its log says why: look for \"could not connect\", \"forked off\", \"already "
                "been removed\"",
                "%s is not streaming: its WAL receiver is not running", node->name);
        else if (sender->sample.standbys[row].state != STANDBY_STREAMING &&
                 sender->sample.standbys[row].state != STANDBY_STATE_UNKNOWN)
            health_add(look, node->name, "", "%s is not streaming: %s", node->name,
                       standby_state_word(sender->sample.standbys[row].state));
    }
}

static const char *row_name(const struct model *model, const struct node *sender, int row)
{
    int node = sender->tracks[row].node;

    return node >= 0 ? model->nodes[node].name : sender->sample.standbys[row].application_name;
}

/* Calls the check for every row of every sender that is seen now. */
static void each_row(struct health_look *look,
                     void (*check)(struct health_look *, const struct node *, int, const char *))
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *sender = &look->model->nodes[i];
        for (int k = 0; is_fresh(look, sender) && k < sender->sample.standby_count; k++)
            check(look, sender, k, row_name(look->model, sender, k));
    }
}

bool health_walsender_hangs(const struct health_look *look, const struct node *sender, int row)
{
    const char *setting = sender->sample.settings[SETTING_WAL_SENDER_TIMEOUT];
    int64_t timeout_us;

    return standby_is_stale(look->model, sender, row, look->now) &&
           parse_duration_us(setting, &timeout_us) && timeout_us > 0 &&
           standby_stale_for_us(sender, row, sender->sampled_at.mono) >
               timeout_us + TIMEOUT_SLACK_US;
}

static void check_stale(struct health_look *look, const struct node *sender, int row,
                        const char *name)
{
    char stale[16];

    if (!standby_is_stale(look->model, sender, row, look->now))
        return;
    format_duration(stale, sizeof stale, standby_stale_for_us(sender, row, look->now));
    if (health_walsender_hangs(look, sender, row)) {
        health_add(look, name,
                   "it is no use to terminate it or to change synchronous_standby_names; let the "
                   "process go on (SIGCONT, its disk), or restart the server",
                   "the walsender of %s on %s, pid %d, hangs: nothing for %s, wal_sender_timeout "
                   "did not end it",
                   name, sender->name, sender->sample.standbys[row].pid, stale);
        return;
    }
    health_add(look, name,
               "the standby, its WAL receiver or the network hangs; the primary drops it after "
               "wal_sender_timeout",
               "%s is said to stream from %s but has confirmed nothing for %s", name, sender->name,
               stale);
}

void rule_standby_stale(struct health_look *look)
{
    each_row(look, check_stale);
}

void rule_receiver_stuck(struct health_look *look)
{
    const struct node *primary = health_primary(look);
    int64_t timeout_us;
    char age[16];

    if (primary == NULL ||
        !parse_duration_us(primary->sample.settings[SETTING_WAL_SENDER_TIMEOUT], &timeout_us))
        return;
    for (int i = 0; timeout_us > 0 && i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        const struct receiver_row *receiver = &node->sample.receiver;
        if (!is_standby_seen(look, i) || !receiver->present ||
            receiver->last_message_age_us <= timeout_us / 2 + RECEIVER_SLACK_US)
            continue;
        format_duration(age, sizeof age, receiver->last_message_age_us);
        health_add(look, node->name, "the receiver or the network between the two hangs",
                   "%s has heard nothing from its sender for %s", node->name, age);
    }
}

void rule_replay_paused(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        if (is_standby_seen(look, i) && (node->sample.replay_pause == REPLAY_PAUSED ||
                                         node->sample.replay_pause == REPLAY_PAUSE_REQUESTED))
            health_add(look, node->name,
                       "pg_wal_replay_resume() lets it go on, unless its settings stopped it",
                       "the replay of %s is paused", node->name);
    }
}

static bool is_paused(const struct health_look *look, const struct node *sender, int row)
{
    int node = sender->tracks[row].node;

    return node >= 0 && look->model->nodes[node].sample.replay_pause == REPLAY_PAUSED;
}

static void check_stalled(struct health_look *look, const struct node *sender, int row,
                          const char *name)
{
    int64_t behind = standby_behind_bytes(sender, row);
    char bytes[16], still[16];

    if (sender->tracks[row].replay_still_polls < STALLED_POLLS || behind <= 0 ||
        is_paused(look, sender, row) || standby_is_logical(sender, row))
        return;
    format_bytes(bytes, sizeof bytes, behind);
    format_duration(still, sizeof still, standby_replay_stale_for_us(sender, row, look->now));
    health_add(look, name, "a conflict, a lock or its startup process holds it up",
               "the replay of %s is stalled: %s to replay, nothing moved for %s", name, bytes,
               still);
}

void rule_replay_stalled(struct health_look *look)
{
    each_row(look, check_stalled);
}

static void check_lag(struct health_look *look, const struct node *sender, int row,
                      const char *name)
{
    int64_t lag_us = sender->sample.standbys[row].replay_lag_us;
    int64_t stale_us = standby_replay_stale_for_us(sender, row, look->now);
    int64_t limit_us = look->model->limits.replay_lag_us;
    char lag[16], limit[16];

    if (stale_us > lag_us)
        lag_us = stale_us;
    if (limit_us == UNKNOWN_US || lag_us <= limit_us || standby_is_logical(sender, row))
        return;
    format_duration(lag, sizeof lag, lag_us);
    format_duration(limit, sizeof limit, limit_us);
    health_add(look, name, "", "%s replays %s after the primary (limit %s)", name, lag, limit);
}

void rule_replay_lag(struct health_look *look)
{
    each_row(look, check_lag);
}

static void check_behind(struct health_look *look, const struct node *sender, int row,
                         const char *name)
{
    int64_t behind = standby_behind_bytes(sender, row);
    int64_t limit_bytes = look->model->limits.replay_behind_bytes;
    char bytes[16], limit[16];

    if (limit_bytes == UNKNOWN_BYTES || behind <= limit_bytes || standby_is_logical(sender, row))
        return;
    format_bytes(bytes, sizeof bytes, behind);
    format_bytes(limit, sizeof limit, limit_bytes);
    health_add(look, name, "", "%s is %s behind (limit %s)", name, bytes, limit);
}

void rule_replay_behind(struct health_look *look)
{
    each_row(look, check_behind);
}

void rule_slot_retained(struct health_look *look)
{
    int64_t limit_bytes = look->model->limits.slot_retained_bytes;
    char bytes[16], limit[16];

    for (int i = 0; limit_bytes != UNKNOWN_BYTES && i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        for (int k = 0; is_fresh(look, node) && k < node->sample.slot_count; k++) {
            const struct slot_row *slot = &node->sample.slots[k];
            if (slot->retained_bytes <= limit_bytes)
                continue;
            format_bytes(bytes, sizeof bytes, slot->retained_bytes);
            format_bytes(limit, sizeof limit, limit_bytes);
            health_add(look, node->name,
                       slot->active ? "" : "nobody uses it: drop it, or the disk fills up",
                       "slot %s on %s retains %s of WAL (limit %s)", slot->name, node->name, bytes,
                       limit);
        }
    }
}

void rule_not_promotable(struct health_look *look)
{
    const struct node *primary = health_primary(look);
    enum setting_id id;

    for (int i = 0; primary != NULL && i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        if (!is_standby_seen(look, i))
            continue;
        for (int k = 0; (id = standby_lower_setting(primary, node, k)) != SETTINGS; k++)
            health_add(look, node->name,
                       "raise it there and restart; as it is, the server shuts down when promoted "
                       "while its replay is paused for it",
                       "%s has %s = %s, %s has %s", node->name, setting_names[id],
                       node->sample.settings[id], primary->name, primary->sample.settings[id]);
    }
}

void rule_restart_pending(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        const char *pending = node->sample.settings[SETTING_RESTART_PENDING];
        if (node->sampled && node->same_as < 0 && pending[0] != '\0' && strcmp(pending, "-") != 0)
            health_add(look, node->name, "", "%s waits for a restart to take: %s", node->name,
                       pending);
    }
}

void rule_no_privilege(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        if (node->sampled && node->same_as < 0 && !node->sample.all_stats_visible)
            health_add(look, node->name,
                       "GRANT pg_monitor TO the role; what is not seen shows as -",
                       "no privilege on %s: waiting commits and standbys are unknown", node->name);
    }
}

void rule_stale_data(struct health_look *look)
{
    char age[16];

    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *node = &look->model->nodes[i];
        if (!node->sampled || node->fault.kind != FAULT_NONE ||
            node_is_fresh(look->model, node, look->now))
            continue;
        format_duration(age, sizeof age, node_age_us(node, look->now));
        health_add(look, node->name, "", "what is shown of %s is %s old", node->name, age);
    }
}
