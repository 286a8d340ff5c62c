/*
 * model_apply: one observation goes in, events come out.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "cluster/fault_phrase.h"
#include "cluster/model.h"
#include "cluster/model_internal.h"

#define CLUSTER "cluster"

/* What a new sample is compared with; the sample itself is too large for the stack twice. */
struct before {
    bool sampled, asked;
    enum node_role role;
    enum node_fault_kind fault;
    struct instant fault_since, sampled_at;
    int timeline, server_version;
    lsn_t current_lsn, replay_lsn;
    bool receiving;
    wall_us started_at;
    enum replay_pause replay_pause;
    char sync_names[SYNC_RULE_TEXT_SIZE];
    bool sync_names_known;
    char settings[SETTINGS][SETTING_VALUE_SIZE];
};

static void remember(struct before *before, const struct node *node)
{
    before->sampled = node->sampled;
    before->asked = node->asked;
    before->role = node->role;
    before->fault = node->fault.kind;
    before->fault_since = node->fault_since;
    before->sampled_at = node->sampled_at;
    before->timeline = node->last_timeline;
    before->server_version = node->sample.server_version;
    before->current_lsn = node->sample.current_lsn;
    before->replay_lsn = node->sample.replay_lsn;
    before->receiving = node->sample.receiver.present;
    before->started_at = node->sample.started_at;
    before->replay_pause = node->sample.replay_pause;
    before->sync_names_known = node->sample.sync_names_known;
    memcpy(before->sync_names, node->sample.synchronous_standby_names, sizeof before->sync_names);
    memcpy(before->settings, node->sample.settings, sizeof before->settings);
}

static const char *role_word(enum node_role role)
{
    return role == ROLE_PRIMARY ? "primary" : role == ROLE_STANDBY ? "standby" : "unknown role";
}

/* Only beside a session that goes on: its look was sent after `sent_after` and has its answer. Else
 * the server hangs, and that is told. */
static void tell_shut(struct model *model, struct node *node, mono_us sent_after, struct instant at)
{
    char shut[16];

    if (node->shut_since == 0 || node->shut_said || node->fault.kind != FAULT_NONE ||
        node->asked_at <= sent_after)
        return;
    node->shut_said = true;
    format_duration(shut, sizeof shut, at.mono - node->shut_since);
    events_add(model->events, at, EVENT_WARNING, node->name,
               "accepts no new connections: no answer to one for %s; open sessions go on", shut);
}

static void apply_door(struct model *model, struct node *node, const struct observation *o)
{
    char shut[16];

    if (!o->door.opens) {
        node->shut_since = o->asked_at;
        node->shut_found_at = o->at.mono;
        tell_shut(model, node, node->shut_since, o->at);
        return;
    }
    format_duration(shut, sizeof shut, o->at.mono - o->asked_at);
    if (node->shut_said)
        events_add(model->events, o->at, EVENT_GOOD, node->name,
                   "accepts connections again: it did not for %s", shut);
    node->shut_since = 0;
    node->shut_said = false;
}

/* The session in which it was told apart is gone. */
static void forget_door(struct node *node, enum node_fault_kind kind)
{
    if (kind == FAULT_NOT_RESPONDING || kind == FAULT_QUERY)
        return;
    node->shut_since = 0;
    node->shut_said = false;
}

static void apply_fault(struct model *model, struct node *node, const struct observation *o)
{
    bool was_primary = model->primary >= 0 && &model->nodes[model->primary] == node;
    bool same = node->asked && node->fault.kind == o->fault.kind;

    node->asked = true;
    node->fault = o->fault;
    forget_door(node, o->fault.kind);
    if (same)
        return;
    node->fault_since = o->at;
    events_add(model->events, o->at,
               was_primary                          ? EVENT_CRITICAL
               : node_fault_is_alive(o->fault.kind) ? EVENT_INFO
                                                    : EVENT_WARNING,
               node->name, "%s%s%s", node_fault_phrase(o->fault.kind, FAULT_IS),
               o->fault.text[0] != '\0' ? ": " : "", o->fault.text);
}

static void say_back(struct model *model, struct node *node, const struct before *before,
                     struct instant at)
{
    char gone[16];

    if (!before->sampled) {
        int version = node->sample.server_version;
        events_add(model->events, at, EVENT_INFO, node->name, "%s, timeline %d, PostgreSQL %d.%d",
                   role_word(node->role), node->last_timeline, version / 10000, version % 10000);
    } else if (before->fault != FAULT_NONE) {
        format_duration(gone, sizeof gone, at.mono - before->fault_since.mono);
        events_add(model->events, at, EVENT_GOOD, node->name, "back as %s: it %s for %s",
                   role_word(node->role), node_fault_phrase(before->fault, FAULT_WAS), gone);
    }
}

static void say_identity(struct model *model, struct node *node, const struct before *before,
                         struct instant at)
{
    const struct node_sample *sample = &node->sample;

    if (before->role != node->role)
        events_add(model->events, at, node->role == ROLE_PRIMARY ? EVENT_WARNING : EVENT_INFO,
                   node->name,
                   node->role == ROLE_PRIMARY ? "promoted: is primary now, timeline %d"
                                              : "is a standby now, timeline %d",
                   node->last_timeline);
    else if (before->timeline != 0 && node->last_timeline != before->timeline)
        events_add(model->events, at, EVENT_INFO, node->name, "timeline %d → %d", before->timeline,
                   node->last_timeline);
    if (before->server_version != 0 && sample->server_version != before->server_version)
        events_add(model->events, at, EVENT_INFO, node->name, "PostgreSQL %d.%d → %d.%d",
                   before->server_version / 10000, before->server_version % 10000,
                   sample->server_version / 10000, sample->server_version % 10000);
    if (before->started_at != 0 && sample->started_at != before->started_at)
        events_add(model->events, at, EVENT_WARNING, node->name, "the server was restarted");
}

static void say_replay(struct model *model, struct node *node, const struct before *before,
                       struct instant at)
{
    enum replay_pause now = node->sample.replay_pause;

    if (node->role != ROLE_STANDBY || before->role != ROLE_STANDBY || now == before->replay_pause ||
        now == REPLAY_PAUSE_UNKNOWN || before->replay_pause == REPLAY_PAUSE_UNKNOWN)
        return;
    events_add(model->events, at, now == REPLAY_RUNNING ? EVENT_GOOD : EVENT_WARNING, node->name,
               now == REPLAY_PAUSED    ? "replay is paused"
               : now == REPLAY_RUNNING ? "replay goes on"
                                       : "a pause of the replay was asked for");
}

static void say_settings(struct model *model, struct node *node, const struct before *before,
                         struct instant at)
{
    const struct node_sample *sample = &node->sample;

    for (int i = 0; before->settings[SETTING_WAL_LEVEL][0] != '\0' && i < SETTINGS; i++) {
        const char *was = before->settings[i], *is = sample->settings[i];
        if (strcmp(was, is) != 0)
            events_add(model->events, at, EVENT_INFO, node->name, "%s: %s → %s", setting_names[i],
                       was[0] != '\0' ? was : "''", is[0] != '\0' ? is : "''");
    }
    if (before->sync_names_known && sample->sync_names_known &&
        strcmp(before->sync_names, sample->synchronous_standby_names) != 0)
        events_add(model->events, at,
                   sample->synchronous_standby_names[0] == '\0' ? EVENT_WARNING : EVENT_INFO,
                   node->name, "synchronous_standby_names: '%s' → '%s'", before->sync_names,
                   sample->synchronous_standby_names);
}

/* The settings are not in every look: those that were read last stay. wal_level is never empty. */
static void keep_settings(struct node_sample *sample, const struct before *before)
{
    if (sample->settings[SETTING_WAL_LEVEL][0] == '\0')
        memcpy(sample->settings, before->settings, sizeof sample->settings);
}

/*
 * What a standby received it also has on disk, while its control file may lag behind for long: that
 * counts only where it says more.
 */
static void note_timeline(struct node *node, const struct before *before)
{
    const struct node_sample *sample = &node->sample;
    int timeline = sample->timeline;

    if (node->role == ROLE_PRIMARY || sample->started_at != before->started_at)
        node->received_timeline = 0;
    if (sample->receiver.received_tli != 0)
        node->received_timeline = sample->receiver.received_tli;
    else if (timeline < node->received_timeline)
        timeline = node->received_timeline;
    if (timeline != 0)
        node->last_timeline = timeline;
    if (node->role != ROLE_PRIMARY)
        node->timeline_lsn = LSN_UNKNOWN;
    else if (before->role != ROLE_PRIMARY || before->timeline != node->last_timeline)
        node->timeline_lsn = sample->current_lsn;
}

/* It is known by its replay, which goes on past all that was received while nothing is received. */
static void note_archive(struct node *node, const struct before *before)
{
    const struct node_sample *sample = &node->sample;

    if (node->role != ROLE_STANDBY || sample->receiver.present)
        node->from_archive = false;
    else if (before->role == ROLE_STANDBY && !before->receiving &&
             before->replay_lsn != LSN_UNKNOWN && sample->replay_lsn > before->replay_lsn &&
             sample->replay_lsn > sample->receive_lsn)
        node->from_archive = true;
}

static void note_wal_rate(struct node *node, const struct before *before, struct instant at)
{
    int64_t us = at.mono - before->sampled_at.mono;
    lsn_t now = node->sample.current_lsn;

    if (before->role != ROLE_PRIMARY || node->role != ROLE_PRIMARY || now < before->current_lsn)
        node->wal_rate_now = NAN;
    else if (us > 0)
        node->wal_rate_now = (double)(now - before->current_lsn) * (double)US_PER_S / (double)us;
}

static bool is_known_name(const struct model *model, const struct node *primary, const char *name)
{
    for (int i = 0; i < primary->sample.standby_count; i++)
        if (strcmp(name, "*") == 0 ||
            str_equal_nocase(primary->sample.standbys[i].application_name, name))
            return true;
    for (int i = 0; i < model->node_count; i++)
        if (str_equal_nocase(model->nodes[i].name, name))
            return true;
    return strcmp(name, "*") == 0;
}

/* What nobody looked at in between may have been changed and changed back. */
static void note_rule_lsn(struct node *node, const struct before *before)
{
    const struct node_sample *sample = &node->sample;

    if (node->role != ROLE_PRIMARY)
        node->rule_lsn = LSN_UNKNOWN;
    else if (sample->sync_names_known &&
             (before->role != ROLE_PRIMARY || before->fault != FAULT_NONE ||
              before->started_at != sample->started_at ||
              strcmp(before->sync_names, sample->synchronous_standby_names) != 0))
        node->rule_lsn = sample->flush_lsn;
}

static bool was_seen(const struct model *model, const struct sync_rule *was, const bool *seen,
                     const struct node *primary, int name)
{
    const char *text = model->rule.names[name];

    return is_known_name(model, primary, text) ||
           (name < was->name_count && seen[name] && strcmp(was->names[name], text) == 0);
}

/* The rule is the one primary's; without one the last known stays. */
static void note_rule(struct model *model, const struct node *primary)
{
    const struct node_sample *sample = &primary->sample;
    const struct sync_rule was = model->rule;
    bool seen[SYNC_RULE_NAMES_MAX];

    if (!sample->sync_names_known)
        return;
    memcpy(seen, model->rule_name_seen, sizeof seen);
    model->rule_known = !sample->sync_names_cut &&
                        sync_rule_parse(sample->synchronous_standby_names, &model->rule, NULL);
    for (int i = 0; i < SYNC_RULE_NAMES_MAX; i++)
        model->rule_name_seen[i] =
            i < model->rule.name_count && was_seen(model, &was, seen, primary, i);
}

/* Commits are blocked when one waits for longer than the limit: at any load some wait for a moment.
 */
static void note_blocked(struct model *model, const struct node *node, struct instant at)
{
    const struct node_sample *sample = &node->sample;
    char wait[16];
    bool blocked = sample->waiting_commits > 0 && model->limits.blocked_commit_us != UNKNOWN_US &&
                   sample->longest_wait_us > model->limits.blocked_commit_us;

    if (blocked && model->blocked_since == 0) {
        model->blocked_since = at.mono - sample->longest_wait_us;
        model->blocked_most = 0;
        format_duration(wait, sizeof wait, sample->longest_wait_us);
        events_add(model->events, at, EVENT_CRITICAL, CLUSTER,
                   "commits are blocked on %s: %d waiting, the longest for %s", node->name,
                   sample->waiting_commits, wait);
    } else if (!blocked && model->blocked_since != 0) {
        format_duration(wait, sizeof wait, at.mono - model->blocked_since);
        events_add(model->events, at, EVENT_GOOD, CLUSTER,
                   "commits go on after %s; at most %d were seen waiting", wait,
                   model->blocked_most);
        model->blocked_since = 0;
    }
    if (blocked && sample->waiting_commits > model->blocked_most)
        model->blocked_most = sample->waiting_commits;
}

static void apply_sample(struct model *model, int index, const struct observation *o)
{
    struct node *node = &model->nodes[index];
    struct before before;
    struct node_sample rows_before;
    struct standby_track tracks_before[STANDBY_ROWS_MAX];
    bool twin = node->same_as >= 0; /* of another entry, which tells of it */

    remember(&before, node);
    node_sample_copy(&rows_before, &node->sample);
    memcpy(tracks_before, node->tracks, sizeof tracks_before);
    node_sample_copy(&node->sample, &o->sample);
    keep_settings(&node->sample, &before);
    node->asked = node->sampled = true;
    node->fault = (struct node_fault){.kind = FAULT_NONE};
    node->sampled_at = o->at;
    node->asked_at = o->asked_at;
    node->rtt_us = o->at.mono - o->asked_at;
    node->role = o->sample.in_recovery ? ROLE_STANDBY : ROLE_PRIMARY;
    model_same_servers(model, o->at);
    twin |= node->same_as >= 0;
    note_timeline(node, &before);
    note_archive(node, &before);
    note_wal_rate(node, &before, o->at);
    note_rule_lsn(node, &before);
    say_back(model, node, &before, o->at);
    tell_shut(model, node, node->shut_found_at, o->at);
    if (before.sampled && !twin) {
        say_identity(model, node, &before, o->at);
        say_replay(model, node, &before, o->at);
        say_settings(model, node, &before, o->at);
    }
    model_standbys_changed(model, index, before.sampled ? &rows_before : NULL, tracks_before, twin,
                           o->at);
}

void model_apply(struct model *model, const struct observation *observation)
{
    int index = observation->node, primary_before = model->primary;

    if (index < 0 || index >= model->node_count)
        return;
    /* What is of this very moment is not over yet. */
    model_tick(model, (struct instant){.mono = observation->at.mono - 1});
    if (!model->nodes[index].asked)
        model_begin_history(&model->nodes[index], observation->at.mono);
    switch (observation->kind) {
    case OBSERVED_COMMIT:
        model_commit(model, index, &observation->commit, observation->at);
        return;
    case OBSERVED_PROBE:
        model_probe(model, index, &observation->probe, observation->at);
        return;
    case OBSERVED_DOOR:
        apply_door(model, &model->nodes[index], observation);
        return;
    case OBSERVED_FAULT:
        apply_fault(model, &model->nodes[index], observation);
        model_same_servers(model, observation->at);
        break;
    case OBSERVED_SAMPLE:
        apply_sample(model, index, observation);
        break;
    }
    model_standbys_match(model);
    model_roles_changed(model, observation->at);
    if (model->primary >= 0 && (model->primary != primary_before || index == model->primary))
        note_rule(model, &model->nodes[model->primary]);
    if (observation->kind == OBSERVED_SAMPLE)
        model_waits_changed(model, index);
    model_divergence_changed(model, observation->at);
    if (index == model->primary)
        note_blocked(model, &model->nodes[index], observation->at);
}
