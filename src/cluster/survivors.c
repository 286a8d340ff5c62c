/*
 * survivors: see survivors.h. survivors_words.c puts it into words.
 */
#include "cluster/survivors.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define MUCH_TO_REPLAY_BYTES (16LL << 20)

/* What is gathered once and asked of every node. */
struct look {
    const struct model *model;
    const struct node *primary; /* whom all is measured by; NULL none */
    mono_us now;
    struct survivors *out;
};

static uint32_t bit(enum survivor_flag flag)
{
    return 1U << flag;
}

static const uint32_t barring = (1U << SURVIVOR_FIRST_WARNING) - 1;

/* Whole numbers without a unit, as the settings that are compared have. */
static bool is_lower(const char *theirs, const char *ours)
{
    char *theirs_end, *ours_end;
    long a = strtol(theirs, &theirs_end, 10), b = strtol(ours, &ours_end, 10);

    return theirs_end != theirs && ours_end != ours && a < b;
}

enum setting_id standby_lower_setting(const struct node *primary, const struct node *standby,
                                      int number)
{
    static const enum setting_id needed[] = {
        SETTING_MAX_CONNECTIONS, SETTING_MAX_WORKER_PROCESSES, SETTING_MAX_WAL_SENDERS,
        SETTING_MAX_PREPARED_TRANSACTIONS, SETTING_MAX_LOCKS_PER_TRANSACTION};

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (is_lower(standby->sample.settings[needed[i]], primary->sample.settings[needed[i]]) &&
            number-- == 0)
            return needed[i];
    return SETTINGS;
}

static lsn_t greatest(lsn_t a, lsn_t b)
{
    return a > b ? a : b;
}

/* ---- one node */

static void read_positions(struct survivor *s, const struct node *node)
{
    const struct node_sample *sample = &node->sample;

    s->role = node->role;
    s->timeline = node->last_timeline;
    s->timeline_received = node->received_timeline != 0;
    if (node->role == ROLE_PRIMARY) {
        s->lsn = sample->flush_lsn;
        return;
    }
    s->receive_lsn = sample->receive_lsn;
    s->replay_lsn = sample->replay_lsn;
    /* pg_last_wal_receive_lsn() goes back to a segment's start when the receiver starts anew. */
    s->lsn =
        greatest(greatest(sample->receive_lsn, sample->receiver.flushed_lsn), sample->replay_lsn);
}

/* What the primary's last look has of it. */
static void read_row(const struct look *look, struct survivor *s)
{
    const struct node *primary = look->primary;

    s->sync_priority = UNKNOWN_COUNT;
    for (int i = 0; primary != NULL && i < primary->sample.standby_count; i++) {
        const struct standby_row *row = &primary->sample.standbys[i];
        bool chosen = standby_is_chosen(row);
        if (primary->tracks[i].node != s->node)
            continue;
        s->has_row = true;
        s->sync_state = row->sync_state;
        s->sync_priority = row->sync_priority;
        s->confirmed_lsn = primary->tracks[i].ahead ? LSN_UNKNOWN : row->flush_lsn;
        s->confirms_commits =
            chosen && row->flush_lsn != LSN_UNKNOWN && !primary->tracks[i].ahead &&
            !standby_is_stale(look->model, primary, i,
                              look->out->lost ? primary->sampled_at.mono : look->now);
    }
}

static uint32_t flag_if(bool condition, enum survivor_flag flag)
{
    return condition ? bit(flag) : 0;
}

static uint32_t settings_flags(const struct look *look, const struct node *node)
{
    if (look->primary == NULL || standby_lower_setting(look->primary, node, 0) == SETTINGS)
        return 0;
    return bit(node->sample.replay_pause == REPLAY_PAUSED ? SURVIVOR_SETTINGS_PAUSED
                                                          : SURVIVOR_SETTINGS_LOWER);
}

static uint32_t barring_flags(const struct look *look, const struct survivor *s)
{
    const struct node *node = &look->model->nodes[s->node];
    uint64_t id = node->sample.system_identifier;
    /* Of one that is down as well: what it had is no part of the cluster's. */
    uint32_t other_wal =
        flag_if(id != 0 && id != look->model->system_identifier, SURVIVOR_FOREIGN) |
        flag_if(node->diverged, SURVIVOR_DIVERGED);

    if (node->fault.kind != FAULT_NONE || !node->sampled)
        return bit(SURVIVOR_NOT_REACHABLE) | other_wal;
    return other_wal | flag_if(!s->fresh, SURVIVOR_OLD_FIGURES) |
           flag_if(node->role == ROLE_PRIMARY, SURVIVOR_IS_PRIMARY) |
           flag_if(node->same_as >= 0, SURVIVOR_SAME_SERVER) |
           flag_if(s->lsn == LSN_UNKNOWN, SURVIVOR_NO_WAL) | settings_flags(look, node);
}

/* Only a standby that reached the end of its own WAL asks for more, and knows from where. */
static bool is_unsure(const struct look *look, const struct survivor *s)
{
    bool same_timeline = look->primary != NULL && s->timeline == look->primary->last_timeline;

    return s->receive_lsn == LSN_UNKNOWN || (same_timeline && s->lsn < s->confirmed_lsn);
}

static bool has_delay(const struct node *node)
{
    const char *delay = node->sample.settings[SETTING_RECOVERY_MIN_APPLY_DELAY];

    return strtol(delay, NULL, 10) > 0;
}

static uint32_t warning_flags(const struct look *look, const struct survivor *s)
{
    const struct node *node = &look->model->nodes[s->node];
    bool paused = node->sample.replay_pause == REPLAY_PAUSED ||
                  node->sample.replay_pause == REPLAY_PAUSE_REQUESTED;

    if (!s->fresh || s->role != ROLE_STANDBY)
        return 0;
    return flag_if(look->primary != NULL && !s->has_row && !look->primary->sample.standbys_cut,
                   SURVIVOR_NOT_CONNECTED) |
           flag_if(s->has_row && s->sync_state == SYNC_STATE_ASYNC, SURVIVOR_ASYNC) |
           flag_if(node->from_archive, SURVIVOR_FROM_ARCHIVE) |
           flag_if(s->lsn != LSN_UNKNOWN && is_unsure(look, s), SURVIVOR_LSN_UNSURE) |
           flag_if(has_delay(node), SURVIVOR_APPLY_DELAY) |
           flag_if(paused && !survivor_has(s, SURVIVOR_SETTINGS_PAUSED), SURVIVOR_REPLAY_PAUSED) |
           flag_if(s->replay_lsn != LSN_UNKNOWN &&
                       (int64_t)(s->lsn - s->replay_lsn) >= MUCH_TO_REPLAY_BYTES,
                   SURVIVOR_MUCH_TO_REPLAY);
}

static void read_node(const struct look *look, int index)
{
    const struct node *node = &look->model->nodes[index];
    struct survivor *s = &look->out->items[look->out->count++];

    *s = (struct survivor){.node = index, .lacks_bytes = UNKNOWN_BYTES};
    s->fresh = node_is_fresh(look->model, node, look->now);
    s->age_us = node_age_us(node, look->now);
    if (node->sampled)
        read_positions(s, node);
    read_row(look, s);
    s->flags = barring_flags(look, s);
    s->flags |= warning_flags(look, s);
}

/* ---- all of them */

static bool is_barred(const struct survivor *s)
{
    return (s->flags & barring) != 0;
}

static bool is_older(const struct survivor *s, int timeline)
{
    return s->fresh && s->role == ROLE_STANDBY && s->timeline != 0 && s->timeline < timeline;
}

/* What came on the primary's timeline is not there; what a control file says may be too little. */
static void compare_with_primary(const struct look *look)
{
    struct survivors *out = look->out;

    for (int i = 0; look->primary != NULL && i < out->count; i++) {
        struct survivor *s = &out->items[i];
        if (is_older(s, look->primary->last_timeline))
            s->flags |=
                bit(s->timeline_received ? SURVIVOR_OLDER_TIMELINE : SURVIVOR_TIMELINE_UNSURE);
    }
}

static void bar_older_timelines(const struct look *look)
{
    struct survivors *out = look->out;
    int newest = 0;

    compare_with_primary(look);
    for (int i = 0; i < out->count; i++)
        if (!is_barred(&out->items[i]) && out->items[i].timeline > newest)
            newest = out->items[i].timeline;
    for (int i = 0; i < out->count; i++)
        if (is_older(&out->items[i], newest))
            out->items[i].flags |= bit(SURVIVOR_OLDER_TIMELINE);
}

static void note_lags(struct survivors *out)
{
    lsn_t most = LSN_UNKNOWN;

    for (int i = 0; i < out->count; i++)
        if (out->items[i].eligible)
            most = greatest(most, out->items[i].lsn);
    for (int i = 0; i < out->count; i++)
        if (out->items[i].eligible && out->items[i].lsn < most)
            out->items[i].flags |= bit(SURVIVOR_LAGS);
}

/* Synchronous ones by their priority; then those for which no commit waited. */
static int sync_rank(const struct survivor *s)
{
    return s->sync_priority > 0 ? s->sync_priority : INT32_MAX;
}

static bool goes_before(const struct survivor *a, const struct survivor *b)
{
    if (a->eligible != b->eligible)
        return a->eligible;
    if (a->timeline != b->timeline)
        return a->timeline > b->timeline;
    if (a->lsn != b->lsn)
        return a->lsn > b->lsn;
    return sync_rank(a) < sync_rank(b);
}

/* By insertion, which keeps the order of the description and allocates nothing (qsort may). */
static void sort(struct survivors *out)
{
    for (int i = 1; i < out->count; i++) {
        struct survivor moved = out->items[i];
        int k = i;
        for (; k > 0 && goes_before(&moved, &out->items[k - 1]); k--)
            out->items[k] = out->items[k - 1];
        out->items[k] = moved;
    }
}

static void rank(const struct look *look)
{
    struct survivors *out = look->out;

    bar_older_timelines(look);
    for (int i = 0; i < out->count; i++)
        out->items[i].eligible = !is_barred(&out->items[i]);
    note_lags(out);
    sort(out);
    out->best = out->count > 0 && out->items[0].eligible ? 0 : -1;
}

/* ---- what is missing */

static void set_reference(const struct look *look, const struct survivors_acknowledged *ack)
{
    struct survivors *out = look->out;

    out->reference_age_us = UNKNOWN_US;
    if (ack != NULL && ack->lsn != LSN_UNKNOWN) {
        out->reference = SURVIVOR_REFERENCE_ACKNOWLEDGED;
        out->reference_lsn = ack->lsn;
        out->reference_age_us = look->now - ack->at;
    } else if (look->primary != NULL && look->primary->sample.flush_lsn != LSN_UNKNOWN) {
        out->reference = SURVIVOR_REFERENCE_FLUSHED;
        out->reference_lsn = look->primary->sample.flush_lsn;
        out->reference_age_us = out->primary_age_us;
    }
}

/* Positions of other histories are not compared. */
static int64_t lacks(const struct look *look, const struct survivor *s)
{
    const struct survivors *out = look->out;
    int timeline = look->primary != NULL ? look->primary->last_timeline : 0;

    if (out->reference == SURVIVOR_REFERENCE_NONE || s->lsn == LSN_UNKNOWN ||
        s->timeline != timeline || survivor_has(s, SURVIVOR_DIVERGED) ||
        survivor_has(s, SURVIVOR_FOREIGN) || s->role == ROLE_PRIMARY)
        return UNKNOWN_BYTES;
    return s->lsn < out->reference_lsn ? (int64_t)(out->reference_lsn - s->lsn) : 0;
}

/* One row of that name, or -1: none, -2: more, so that it cannot be told which is meant. */
static int row_of_name(const struct node *primary, const char *name)
{
    int found = -1;

    for (int i = 0; i < primary->sample.standby_count; i++)
        if (str_equal_nocase(primary->sample.standbys[i].application_name, name)) {
            if (found >= 0)
                return -2;
            found = i;
        }
    return found;
}

/* Which listed node confirms commits under that name; -1: it cannot be told, or none. */
static int node_of_name(const struct look *look, const char *name, int row)
{
    const struct model *model = look->model;
    int found = -1;

    if (row != -1)
        return row >= 0 ? look->primary->tracks[row].node : -1;
    for (int i = 0; i < model->node_count; i++) {
        const struct node *node = &model->nodes[i];
        const char *own = node->sample.receiver.application_name;
        if (node == look->primary || node->same_as >= 0 ||
            !str_equal_nocase(own[0] != '\0' ? own : node->name, name))
            continue;
        if (found >= 0)
            return -1;
        found = i;
    }
    return found;
}

static const struct survivor *item_of(const struct survivors *out, int node)
{
    for (int i = 0; i < out->count; i++)
        if (out->items[i].node == node)
            return &out->items[i];
    return NULL;
}

/* Its position is of after the primary was lost (which may have died after it could not be looked
 * at for a while), on the primary's timeline, and all of it. */
static bool says_position(const struct look *look, const struct survivor *s)
{
    const struct node *node = &look->model->nodes[s->node];

    return s->fresh && s->role == ROLE_STANDBY && s->lsn != LSN_UNKNOWN &&
           s->timeline == look->primary->last_timeline &&
           node->asked_at >= look->model->no_primary_since.mono &&
           (look->primary->fault.kind == FAULT_NONE ||
            node->asked_at >= look->primary->fault_since.mono) &&
           (s->flags & (bit(SURVIVOR_LSN_UNSURE) | bit(SURVIVOR_FOREIGN) | bit(SURVIVOR_DIVERGED) |
                        bit(SURVIVOR_SAME_SERVER))) == 0;
}

static bool was_down_before(const struct look *look, int node)
{
    const struct node *n = &look->model->nodes[node];

    return n->fault.kind == FAULT_REFUSED && n->fault_since.mono < look->primary->asked_at;
}

static bool is_named_before(const struct sync_rule *rule, int index)
{
    for (int i = 0; i < index; i++)
        if (str_equal_nocase(rule->names[i], rule->names[index]))
            return true;
    return false;
}

/*
 * Counts the names of the rule that are not accounted for. Returns the position that is known to
 * hold all that was acknowledged, if fewer than `needed` are left; LSN_UNKNOWN: no proof.
 */
static lsn_t account(const struct look *look)
{
    const struct sync_rule *rule = &look->model->rule;
    struct survivors *out = look->out;
    lsn_t most = LSN_UNKNOWN;

    if (!out->lost || look->primary == NULL || !look->model->rule_known ||
        rule->method == SYNC_OFF || rule->names_cut || sync_rule_is_wildcard(rule) ||
        look->primary->last_timeline == 0)
        return LSN_UNKNOWN;
    out->needed = rule->needed;
    out->unaccounted = 0;
    for (int i = 0; i < rule->name_count; i++) {
        const char *name = rule->names[i];
        int row = row_of_name(look->primary, name);
        int node = node_of_name(look, name, row);
        const struct survivor *s = node >= 0 ? item_of(out, node) : NULL;

        if (is_named_before(rule, i))
            continue;
        if (s != NULL && says_position(look, s))
            most = greatest(most, s->lsn);
        else if ((row == -1 && str_equal_nocase(look->primary->name, name)) ||
                 (row == -1 && node >= 0 && was_down_before(look, node)))
            most = greatest(most, look->primary->sample.flush_lsn);
        else
            out->unaccounted++;
    }
    return out->unaccounted < out->needed ? most : LSN_UNKNOWN;
}

static enum survivor_data data_of(const struct look *look, const struct survivor *s, lsn_t proven)
{
    const struct survivors *out = look->out;
    bool same = look->primary != NULL && s->timeline == look->primary->last_timeline;
    bool acknowledged = out->reference == SURVIVOR_REFERENCE_ACKNOWLEDGED;

    if (!s->eligible || !same)
        return SURVIVOR_DATA_UNKNOWN;
    if (acknowledged && s->lsn < out->reference_lsn && !survivor_has(s, SURVIVOR_LSN_UNSURE))
        return SURVIVOR_DATA_MISSING;
    if (acknowledged && s->lsn < out->reference_lsn)
        return SURVIVOR_DATA_UNKNOWN;
    /* What was acknowledged under an earlier rule, the primary had flushed when this one came. */
    if (proven != LSN_UNKNOWN && s->lsn >= proven && s->lsn >= look->primary->rule_lsn)
        return SURVIVOR_DATA_COMPLETE;
    if (acknowledged)
        return SURVIVOR_DATA_ACKNOWLEDGED;
    return look->primary->sample.flush_lsn != LSN_UNKNOWN &&
                   s->lsn >= look->primary->sample.flush_lsn
               ? SURVIVOR_DATA_LAST_LOOK
               : SURVIVOR_DATA_UNKNOWN;
}

/* What one that cannot be promoted is known to have had or confirmed beyond the best. */
static void find_more(struct survivors *out)
{
    const struct survivor *best = out->best >= 0 ? &out->items[out->best] : NULL;

    out->more = -1;
    out->more_bytes = 0;
    for (int i = 0; best != NULL && i < out->count; i++) {
        const struct survivor *s = &out->items[i];
        static const uint32_t other =
            1U << SURVIVOR_FOREIGN | 1U << SURVIVOR_DIVERGED | 1U << SURVIVOR_IS_PRIMARY;
        lsn_t has = greatest(s->lsn, s->confirmed_lsn);
        if (s->eligible || (s->flags & other) != 0 || s->role == ROLE_PRIMARY ||
            s->timeline != best->timeline || has <= best->lsn ||
            (int64_t)(has - best->lsn) <= out->more_bytes)
            continue;
        out->more = i;
        out->more_bytes = (int64_t)(has - best->lsn);
    }
}

/* ---- what to do */

static bool has_seen_sender(const struct look *look, int index)
{
    const struct model *model = look->model;

    if (model->nodes[index].ambiguous)
        return true; /* it is one of several rows of a sender that is seen */
    for (int i = 0; i < model->node_count; i++) {
        const struct node *sender = &model->nodes[i];
        if (!node_is_fresh(model, sender, look->now))
            continue;
        for (int k = 0; k < sender->sample.standby_count; k++)
            if (sender->tracks[k].node == index)
                return true;
    }
    return false;
}

/* Its receiver took something after the primary was lost. That it is there proves nothing: without
 * its sender it is "streaming" until wal_receiver_timeout. */
static bool heard_since_lost(const struct look *look, const struct node *node)
{
    const struct node *lost = look->primary;
    mono_us lost_at = lost != NULL && lost->fault.kind != FAULT_NONE
                          ? lost->fault_since.mono
                          : look->model->no_primary_since.mono;
    int64_t age_us = node->sample.receiver.last_message_age_us;

    return age_us != UNKNOWN_US && node->asked_at - age_us > lost_at + US_PER_S;
}

static bool receives_wal(const struct look *look, const struct node *node)
{
    const struct receiver_row *receiver = &node->sample.receiver;

    if (!receiver->present)
        return false;
    if (look->model->last_primary >= 0)
        return heard_since_lost(look, node);
    return receiver->status[0] == '\0' || strcmp(receiver->status, "streaming") == 0;
}

/* A standby that receives from none of those that are seen; -1. Who sends to it is the lost
 * primary, or may be one. */
static int find_receiving(const struct look *look)
{
    const struct model *model = look->model;

    for (int i = 0; i < model->node_count; i++) {
        const struct node *node = &model->nodes[i];
        uint64_t id = node->sample.system_identifier;
        if (node->role == ROLE_STANDBY && node->same_as < 0 &&
            (id == 0 || id == model->system_identifier) && node_is_fresh(model, node, look->now) &&
            receives_wal(look, node) && !has_seen_sender(look, i))
            return i;
    }
    return -1;
}

/* Else it is another server that sends to it. */
static bool is_standby_of_lost(const struct look *look, int index)
{
    const struct node *lost = look->primary;

    if (lost == NULL ||
        look->model->nodes[index].sample.receiver.received_tli > lost->last_timeline)
        return false;
    for (int i = 0; i < lost->sample.standby_count; i++)
        if (lost->tracks[i].node == index)
            return true;
    return false;
}

static enum survivors_advice advise(const struct look *look)
{
    struct survivors *out = look->out;
    const struct node *primary = look->primary;

    if (look->model->primary_count > 1)
        return SURVIVORS_SPLIT_BRAIN;
    if (!out->lost)
        return SURVIVORS_PRIMARY_THERE;
    if (primary != NULL && primary->fault.kind != FAULT_NONE &&
        node_fault_is_alive(primary->fault.kind))
        return SURVIVORS_WAIT;
    out->receives = find_receiving(look);
    out->receives_from_lost = out->receives >= 0 && is_standby_of_lost(look, out->receives);
    if (out->receives >= 0)
        return SURVIVORS_STILL_RECEIVES;
    return out->best >= 0 ? SURVIVORS_PROMOTE : SURVIVORS_NOBODY;
}

/* With two of them, or when it came back as a standby, there is nobody to measure by. */
static int measured_by(const struct model *model)
{
    if (model->primary >= 0)
        return model->primary;
    if (model->primary_count > 0 || model->last_primary < 0 ||
        model->nodes[model->last_primary].role != ROLE_PRIMARY)
        return -1;
    return model->last_primary;
}

static void set_primary(struct look *look)
{
    const struct model *model = look->model;
    struct survivors *out = look->out;

    out->primary = measured_by(model);
    out->lost = model->primary_count == 0;
    out->primary_age_us = out->unseen_us = UNKNOWN_US;
    if (out->primary < 0)
        return;
    look->primary = &model->nodes[out->primary];
    out->primary_age_us = node_age_us(look->primary, look->now);
    if (out->lost)
        out->unseen_us = model->no_primary_since.mono - look->primary->sampled_at.mono;
}

void survivors_derive(const struct model *model, const struct survivors_acknowledged *acknowledged,
                      mono_us now, struct survivors *survivors)
{
    struct look look = {.model = model, .now = now, .out = survivors};

    survivors->count = 0;
    survivors->needed = survivors->unaccounted = UNKNOWN_COUNT;
    survivors->receives = -1;
    survivors->receives_from_lost = false;
    survivors->reference = SURVIVOR_REFERENCE_NONE;
    survivors->reference_lsn = LSN_UNKNOWN;
    set_primary(&look);
    for (int i = 0; i < model->node_count; i++)
        if (i != survivors->primary)
            read_node(&look, i);
    rank(&look);
    set_reference(&look, acknowledged);
    lsn_t proven = account(&look);
    for (int i = 0; i < survivors->count; i++) {
        struct survivor *s = &survivors->items[i];
        s->lacks_bytes = lacks(&look, s);
        s->data = data_of(&look, s, proven);
    }
    find_more(survivors);
    survivors->advice = advise(&look);
}
