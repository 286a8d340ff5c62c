/*
 * model_roles: who is primary, which system this is, and whose WAL is another.
 *
 * DIVERGED is said on proof only: (a) in one look at the primary a row is past the primary's own
 * flush position; (b) a standby on the primary's timeline replayed more than a later look at the
 * primary found flushed; (c) a standby is on a newer timeline than a primary that was looked at
 * later; (d) a standby replayed more of an older timeline, which it received, than where the
 * primary's timeline was already seen to run. What a control file says of a standby's timeline is
 * only the least that it can be, so that (d) takes a received one alone.
 */
#include <inttypes.h>

#include "base/str.h"
#include "cluster/model.h"
#include "cluster/model_internal.h"

#define CLUSTER "cluster"

static bool is_one_server(const struct node *a, const struct node *b)
{
    return a->sample.system_identifier != 0 && a->sample.started_at != 0 &&
           a->sample.system_identifier == b->sample.system_identifier &&
           a->sample.started_at == b->sample.started_at;
}

static int find_same(const struct model *model, int index, mono_us now)
{
    const struct node *node = &model->nodes[index];

    for (int i = 0; i < index && node_is_fresh(model, node, now); i++)
        if (is_one_server(&model->nodes[i], node) && node_is_fresh(model, &model->nodes[i], now))
            return i;
    return -1;
}

void model_same_servers(struct model *model, struct instant at)
{
    for (int i = 0; i < model->node_count; i++) {
        struct node *node = &model->nodes[i];
        node->same_as = find_same(model, i, at.mono);
        if (node->same_as < 0 || node->same_as == node->same_as_said)
            continue;
        node->same_as_said = node->same_as;
        events_add(model->events, at, EVENT_WARNING, node->name, "is the same server as %s",
                   model->nodes[node->same_as].name);
    }
}

static void say_primary(struct model *model, int before, int count_before, struct instant at)
{
    const char *name = model->primary >= 0 ? model->nodes[model->primary].name : "";
    char gone[16];

    if (model->primary_count > 1 && count_before <= 1)
        events_add(model->events, at, EVENT_CRITICAL, CLUSTER, "SPLIT BRAIN: %d primaries",
                   model->primary_count);
    if (model->primary >= 0 && count_before > 1) {
        events_add(model->events, at, EVENT_WARNING, CLUSTER, "%s is the only primary", name);
    } else if (model->primary >= 0 && model->last_primary >= 0 && before < 0) {
        format_duration(gone, sizeof gone, at.mono - model->no_primary_since.mono);
        events_add(model->events, at, EVENT_GOOD, CLUSTER, "%s is the primary%s, after %s without",
                   name, model->primary == model->last_primary ? " again" : "", gone);
    } else if (model->primary >= 0 && before >= 0 && before != model->primary &&
               !is_one_server(&model->nodes[before], &model->nodes[model->primary])) {
        events_add(model->events, at, EVENT_WARNING, CLUSTER, "%s is the primary, was %s", name,
                   model->nodes[before].name);
    }
}

/* Counts those that say now that they are primary; *found is the last of them, -1 none. */
static int count_primaries(const struct model *model, mono_us now, int *found)
{
    int count = 0;

    *found = -1;
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].role == ROLE_PRIMARY && model->nodes[i].same_as < 0 &&
            node_is_fresh(model, &model->nodes[i], now)) {
            count++;
            *found = i;
        }
    return count;
}

/* Nobody looked for a while, as after a pause of this program: what fails would be a fault. */
static bool is_only_old(const struct model *model, int node)
{
    return node >= 0 && model->nodes[node].role == ROLE_PRIMARY &&
           model->nodes[node].fault.kind == FAULT_NONE && model->nodes[node].same_as < 0;
}

void model_roles_changed(struct model *model, struct instant at)
{
    int before = model->primary, count_before = model->primary_count, found;

    model->primary_count = count_primaries(model, at.mono, &found);
    if (model->primary_count == 0 && is_only_old(model, before)) {
        model->primary_count = 1;
        found = before;
    }
    model->primary = model->primary_count == 1 ? found : -1;
    if (model->primary < 0 && (before >= 0 || model->no_primary_since.mono == 0 ||
                               (model->primary_count == 0 && count_before > 0)))
        model->no_primary_since = at;
    if (model->primary_count > 1 && count_before <= 1)
        model->split_since = at;
    say_primary(model, before, count_before, at);
    if (model->primary >= 0) {
        model->last_primary = model->primary;
        uint64_t id = model->nodes[model->primary].sample.system_identifier;
        if (id != 0)
            model->system_identifier = id;
    }
    for (int i = 0; i < model->node_count && model->system_identifier == 0; i++)
        model->system_identifier = model->nodes[i].sample.system_identifier;
}

static bool row_is_ahead(const struct node *primary, int node)
{
    for (int i = 0; i < primary->sample.standby_count; i++)
        if (primary->tracks[i].node == node && primary->tracks[i].ahead)
            return true;
    return false;
}

/* All that it replayed it received, on that timeline: nothing came from an archive since. */
static bool received_on(const struct node *standby, int timeline)
{
    const struct node_sample *sample = &standby->sample;

    return timeline != 0 && standby->received_timeline == timeline &&
           (sample->receiver.received_tli == timeline || sample->replay_lsn <= sample->receive_lsn);
}

/* Whether this standby's own look proves other WAL; fills why. */
static bool proves_divergence(const struct node *primary, const struct node *standby, char *why,
                              size_t size)
{
    lsn_t replay = standby->sample.replay_lsn;
    char theirs[LSN_TEXT_SIZE], ours[LSN_TEXT_SIZE];
    int timeline = primary->last_timeline, other = standby->last_timeline;
    bool primary_later = primary->asked_at > standby->sampled_at.mono;

    lsn_format(replay, theirs);
    if (primary_later && timeline != 0 && other > timeline) {
        str_format(why, size, "it is on timeline %d, the primary on %d", other, timeline);
        return true;
    }
    if (primary_later && other == timeline && primary->sample.flush_lsn != LSN_UNKNOWN &&
        replay > primary->sample.flush_lsn) {
        lsn_format(primary->sample.flush_lsn, ours);
        str_format(why, size, "it replayed %s, the primary has only %s", theirs, ours);
        return true;
    }
    if (received_on(standby, other) && other < timeline && primary->timeline_lsn != LSN_UNKNOWN &&
        replay > primary->timeline_lsn) {
        lsn_format(primary->timeline_lsn, ours);
        str_format(why, size, "it replayed %s on timeline %d, timeline %d already ran at %s",
                   theirs, other, timeline, ours);
        return true;
    }
    return false;
}

/* True when the node proves it now; a proof that cannot be repeated at the moment stays. */
static bool is_diverged(const struct model *model, int index, char *why, size_t size)
{
    const struct node *primary = &model->nodes[model->primary];
    const struct node *node = &model->nodes[index];

    if (row_is_ahead(primary, index)) {
        str_copy(why, size, "its WAL is ahead of the primary's");
        return true;
    }
    if (!node->sampled || node->fault.kind != FAULT_NONE || node->role != ROLE_STANDBY ||
        node->sample.system_identifier != primary->sample.system_identifier)
        return false;
    return proves_divergence(primary, node, why, size);
}

/* Its row at the sender streams, and is not ahead. */
static bool streams_from(const struct node *sender, int index)
{
    int row = standby_streaming_row(sender, index);

    return row >= 0 && !sender->tracks[row].ahead;
}

/*
 * It follows the primary's WAL now: from the primary, or in a cascade from one that has it, on the
 * primary's timeline. Other WAL on the very timeline does not go away because the primary writes
 * past it: the server must have been stopped for that.
 */
static bool follows(const struct model *model, const struct node *node, int index, mono_us now)
{
    const struct node *primary = &model->nodes[model->primary];

    if (node->last_timeline != primary->last_timeline)
        return false;
    if (node->diverged_on == primary->last_timeline && node->diverged_from == model->primary &&
        node->sampled && node->sample.started_at == node->diverged_start)
        return false;
    for (int i = 0; i < model->node_count; i++) {
        const struct node *sender = &model->nodes[i];
        if (streams_from(sender, index) &&
            (sender == primary || (node_is_fresh(model, sender, now) && !sender->diverged)))
            return true;
    }
    return false;
}

void model_divergence_changed(struct model *model, struct instant at)
{
    char why[sizeof model->nodes[0].diverged_why];

    if (model->primary < 0)
        return;
    for (int i = 0; i < model->node_count; i++) {
        struct node *node = &model->nodes[i];
        if (i != model->primary && is_diverged(model, i, why, sizeof why)) {
            if (!node->diverged)
                events_add(model->events, at, EVENT_CRITICAL, node->name, "DIVERGED: %s", why);
            node->diverged = true;
            node->diverged_from = model->primary;
            node->diverged_on = node->last_timeline;
            node->diverged_start = node->sample.started_at;
            str_copy(node->diverged_why, sizeof node->diverged_why, why);
        } else if (node->diverged && (i == model->primary || follows(model, node, i, at.mono))) {
            node->diverged = false;
            node->diverged_why[0] = '\0';
            events_add(model->events, at, EVENT_GOOD, node->name, "has the primary's WAL again");
        }
    }
}
