/*
 * model_standbys: the rows of pg_stat_replication over time.
 *
 * A row is followed by the pid of its walsender: names are not unique, and a standby that
 * reconnects is a new walsender. Which listed node a row is, is found out by a cross-check with
 * what the nodes themselves say of their receivers, and stays so until the walsender ends; a name
 * alone is taken only where nothing contradicts it.
 */
#include <string.h>

#include "base/str.h"
#include "cluster/model.h"
#include "cluster/model_internal.h"

static int find_pid(const struct node_sample *sample, int pid)
{
    for (int i = 0; sample != NULL && i < sample->standby_count; i++)
        if (sample->standbys[i].pid == pid)
            return i;
    return -1;
}

static lsn_t asked_lsn(const struct node *sender)
{
    return sender->role == ROLE_PRIMARY ? sender->sample.flush_lsn : node_written_lsn(sender);
}

static bool is_ahead(const struct node *sender, const struct standby_row *row)
{
    lsn_t flush = sender->sample.flush_lsn;

    if (sender->role != ROLE_PRIMARY || flush == LSN_UNKNOWN)
        return false;
    return row->flush_lsn > flush || row->replay_lsn > flush;
}

/* When the figure last moved, or was first seen to owe something. */
static mono_us moved_at(lsn_t was, bool owed, mono_us since, lsn_t is, mono_us now)
{
    return !owed || is > was ? now : since;
}

static void follow(struct node *sender, int index, const struct standby_track *before,
                   lsn_t asked_before, mono_us now)
{
    const struct standby_row *row = &sender->sample.standbys[index];
    struct standby_track *track = &sender->tracks[index];
    bool moved;

    *track = (struct standby_track){
        .pid = row->pid,
        .flush_lsn = row->flush_lsn,
        .replay_lsn = row->replay_lsn,
        .flush_moved_at = now,
        .replay_moved_at = now,
        .ahead = is_ahead(sender, row),
        .chosen = standby_is_chosen(row),
        .node = -1,
        .said = before != NULL ? before->said : -1,
    };
    if (before == NULL)
        return;
    track->confirms =
        track->chosen && before->chosen &&
        (row->flush_lsn != before->flush_lsn || row->replay_lsn != before->replay_lsn);
    track->flush_moved_at = moved_at(before->flush_lsn, before->flush_lsn < asked_before,
                                     before->flush_moved_at, row->flush_lsn, now);
    track->replay_moved_at = moved_at(before->replay_lsn, before->replay_lsn < asked_before,
                                      before->replay_moved_at, row->replay_lsn, now);
    moved = row->replay_lsn != before->replay_lsn || row->replay_lsn >= asked_lsn(sender) ||
            row->replay_lsn == LSN_UNKNOWN;
    track->replay_still_polls = moved ? 0 : before->replay_still_polls + 1;
}

/* A base backup is two rows of one name that confirm no commit, and so is pg_receivewal. */
static bool may_confirm_commits(const struct standby_row *row)
{
    return row->state != STANDBY_BACKUP &&
           (row->sync_priority != 0 || row->replay_lsn != LSN_UNKNOWN);
}

static void mark_duplicates(struct node *sender)
{
    const struct standby_row *rows = sender->sample.standbys;

    for (int i = 0; i < sender->sample.standby_count; i++)
        for (int k = 0; k < sender->sample.standby_count; k++)
            if (i != k && may_confirm_commits(&rows[i]) && may_confirm_commits(&rows[k]) &&
                str_equal_nocase(rows[i].application_name, rows[k].application_name))
                sender->tracks[i].duplicate_name = true;
}

static void describe_sync(const struct standby_row *row, char *out, size_t size)
{
    str_copy(out, size, sync_state_word(row->sync_state));
    if (row->sync_priority > 0 && row->sync_state != SYNC_STATE_QUORUM)
        str_appendf(out, size, " %d", row->sync_priority);
}

static void say_row(struct model *model, const struct standby_row *was,
                    const struct standby_row *is, const char *sender, struct instant at)
{
    char sync_was[32], sync_is[32];

    describe_sync(is, sync_is, sizeof sync_is);
    if (was == NULL) {
        events_add(model->events, at, EVENT_INFO, is->application_name, "connected to %s: %s, %s",
                   sender, standby_state_word(is->state), sync_is);
        return;
    }
    describe_sync(was, sync_was, sizeof sync_was);
    if (was->state != is->state)
        events_add(model->events, at, is->state == STANDBY_STREAMING ? EVENT_GOOD : EVENT_WARNING,
                   is->application_name, "%s → %s", standby_state_word(was->state),
                   standby_state_word(is->state));
    if (strcmp(sync_was, sync_is) != 0)
        events_add(model->events, at, EVENT_INFO, is->application_name, "%s → %s", sync_was,
                   sync_is);
}

static void say_gone(struct model *model, const struct node *sender,
                     const struct node_sample *before, struct instant at)
{
    for (int i = 0; before != NULL && i < before->standby_count; i++)
        if (find_pid(&sender->sample, before->standbys[i].pid) < 0)
            events_add(model->events, at, EVENT_WARNING, before->standbys[i].application_name,
                       "no longer connected to %s", sender->name);
}

static void say_slots(struct model *model, const struct node *node,
                      const struct node_sample *before, struct instant at)
{
    for (int i = 0; before != NULL && i < node->sample.slot_count; i++) {
        const struct slot_row *slot = &node->sample.slots[i];
        for (int k = 0; k < before->slot_count; k++)
            if (strcmp(slot->name, before->slots[k].name) == 0 &&
                slot->wal_status == SLOT_WAL_LOST && before->slots[k].wal_status != SLOT_WAL_LOST)
                events_add(model->events, at, EVENT_CRITICAL, node->name,
                           "slot %s is lost: WAL that it needs was removed", slot->name);
    }
}

void model_standbys_changed(struct model *model, int sender_index, const struct node_sample *before,
                            const struct standby_track *tracks_before, bool silent,
                            struct instant at)
{
    struct node *sender = &model->nodes[sender_index];
    lsn_t asked_before = before == NULL        ? LSN_UNKNOWN
                         : before->in_recovery ? before->receiver.flushed_lsn
                                               : before->flush_lsn;

    bool restarted = before != NULL && before->started_at != sender->sample.started_at;

    for (int i = 0; i < sender->sample.standby_count; i++) {
        const struct standby_row *row = &sender->sample.standbys[i];
        int was = restarted ? -1 : find_pid(before, row->pid); /* a pid may come again */
        follow(sender, i, was >= 0 ? &tracks_before[was] : NULL, asked_before, at.mono);
        if (before != NULL && !silent)
            say_row(model, was >= 0 ? &before->standbys[was] : NULL, row, sender->name, at);
    }
    mark_duplicates(sender);
    if (silent)
        return;
    say_gone(model, sender, before, at);
    say_slots(model, sender, before, at);
}

static bool says_receiver(const struct node *node)
{
    return node->sampled && node->fault.kind == FAULT_NONE && node->sample.receiver.present;
}

/* What the node says (or said last, while it had one) of its receiver does not contradict that it
 * is this row. */
static bool receiver_fits(const struct node *node, const struct standby_row *row)
{
    const struct receiver_row *receiver = &node->sample.receiver;
    const char *name = receiver->application_name;

    if (receiver->slot_name[0] != '\0' && row->slot_name[0] != '\0' &&
        strcmp(receiver->slot_name, row->slot_name) != 0)
        return false;
    return str_equal_nocase(name[0] != '\0' ? name : node->name, row->application_name);
}

/* Of a node that says nothing of a receiver now its own name is all. */
static bool fits(const struct node *node, const struct standby_row *row)
{
    return says_receiver(node) ? receiver_fits(node, row)
                               : str_equal_nocase(node->name, row->application_name);
}

/* Only programs such as pg_receivewal stream without ever reporting a replay position. */
static bool is_server(const struct standby_row *row)
{
    return row->replay_lsn != LSN_UNKNOWN || row->state != STANDBY_STREAMING;
}

/* The rows of a sender that may be this node; writes the best of them, returns how many are alike.
 */
static int candidates(const struct node *sender, const struct node *node, int *best)
{
    int servers = 0, others = 0, first_server = -1, first_other = -1;

    for (int i = 0; i < sender->sample.standby_count; i++) {
        const struct standby_row *row = &sender->sample.standbys[i];
        const struct standby_track *track = &sender->tracks[i];
        if (track->node >= 0 || !fits(node, row) ||
            (!says_receiver(node) && track->said >= 0)) /* that is somebody else's */
            continue;
        int *count = is_server(row) ? &servers : &others;
        int *first = is_server(row) ? &first_server : &first_other;
        if ((*count)++ == 0)
            *first = i;
    }
    *best = servers > 0 ? first_server : first_other;
    return servers > 0 ? servers : others;
}

/* Another server, and nothing says that it is of another cluster. */
static bool may_receive(const struct node *sender, const struct node *node)
{
    uint64_t its = node->sample.system_identifier, ours = sender->sample.system_identifier;

    return node != sender && node->same_as < 0 && (its == 0 || ours == 0 || its == ours);
}

/* In a cascade of standbys of one name the sender has one row, and each of them could be it, also
 * one that does not answer at the moment. */
static bool fits_another(const struct model *model, const struct node *sender,
                         const struct node *node, int row)
{
    for (int i = 0; i < model->node_count; i++) {
        const struct node *other = &model->nodes[i];
        if (other != node && may_receive(sender, other) && other->sampled &&
            other->sample.receiver.present && receiver_fits(other, &sender->sample.standbys[row]))
            return true;
    }
    return false;
}

static bool take_said_row(struct node *sender, int node)
{
    for (int i = 0; i < sender->sample.standby_count; i++)
        if (sender->tracks[i].said == node && sender->tracks[i].node < 0) {
            sender->tracks[i].node = node;
            return true;
        }
    return false;
}

/* What was said while the sender lived stands: what a standby says later is of another walsender.
 */
static void match_those_that_say(struct model *model, struct node *sender)
{
    bool lives = sender->fault.kind == FAULT_NONE;

    for (int i = 0; i < model->node_count; i++) {
        struct node *node = &model->nodes[i];
        int best, count;
        if (!may_receive(sender, node) || !says_receiver(node) ||
            (!lives && take_said_row(sender, i)))
            continue;
        count = candidates(sender, node, &best);
        if (count == 1 && !fits_another(model, sender, node, best)) {
            sender->tracks[best].node = i;
            if (lives)
                sender->tracks[best].said = i;
        } else if (count > 0 && lives) {
            node->ambiguous = true;
            sender->tracks[best].said = -1;
        }
    }
}

static void match_silent_ones(struct model *model, struct node *sender)
{
    for (int i = 0; i < model->node_count; i++) {
        struct node *node = &model->nodes[i];
        int best, count;
        if (!may_receive(sender, node) || says_receiver(node) || take_said_row(sender, i))
            continue;
        count = candidates(sender, node, &best);
        if (count == 1)
            sender->tracks[best].node = i;
        else if (count > 1 && sender->fault.kind == FAULT_NONE)
            node->ambiguous = true;
    }
}

static void match_rows_of(struct model *model, struct node *sender)
{
    for (int i = 0; i < sender->sample.standby_count; i++)
        sender->tracks[i].node = -1;
    match_those_that_say(model, sender);
    match_silent_ones(model, sender);
}

void model_standbys_match(struct model *model)
{
    for (int i = 0; i < model->node_count; i++)
        model->nodes[i].ambiguous = false;
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].sampled)
            match_rows_of(model, &model->nodes[i]);
}
