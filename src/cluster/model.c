/*
 * model: memory, time, and the questions that are asked of a node.
 */
#include "cluster/model.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/model_internal.h"

#define FRESH_INTERVALS 3
#define STALE_INTERVALS 2
#define HISTORY_STEP_US US_PER_S

static void attach_history(struct model *model)
{
    for (int i = 0; i < model->node_count; i++) {
        struct node *node = &model->nodes[i];
        float *memory = model->history + (size_t)i * 2 * HISTORY_SAMPLES;
        ring_init(&node->wal_rate, memory, HISTORY_SAMPLES);
        ring_init(&node->behind, memory + HISTORY_SAMPLES, HISTORY_SAMPLES);
    }
}

static float *history_alloc(int node_count)
{
    return mem_calloc((size_t)node_count * 2 * HISTORY_SAMPLES, sizeof(float));
}

struct model *model_new(const struct model_config *config)
{
    struct model *model = mem_calloc(1, sizeof *model);

    assert(config->node_count <= MODEL_NODES_MAX);
    str_copy(model->cluster, sizeof model->cluster, config->cluster);
    str_copy(model->stack, sizeof model->stack, config->stack);
    model->lab = config->lab;
    model->poll_interval_us = config->poll_interval_us;
    model->poll_timeout_us = config->poll_timeout_us;
    model->limits = config->limits;
    model->node_count = config->node_count;
    model->nodes = mem_calloc((size_t)config->node_count, sizeof *model->nodes);
    model->history = history_alloc(config->node_count);
    model->events = mem_calloc(1, sizeof *model->events);
    model->latency = latency_new();
    model->primary = model->last_primary = -1;
    attach_history(model);
    for (int i = 0; i < config->node_count; i++) {
        str_copy(model->nodes[i].name, NODE_NAME_SIZE, config->nodes[i].name);
        str_copy(model->nodes[i].address, ADDRESS_SIZE, config->nodes[i].address);
        model->nodes[i].wal_rate_now = NAN;
        model->nodes[i].same_as = model->nodes[i].same_as_said = -1;
    }
    return model;
}

void model_free(struct model **model)
{
    if (*model == NULL)
        return;
    free((*model)->nodes);
    free((*model)->history);
    free((*model)->events);
    latency_free(&(*model)->latency);
    free(*model);
    *model = NULL;
}

struct model *model_clone(const struct model *model)
{
    size_t floats = (size_t)model->node_count * 2 * HISTORY_SAMPLES;
    struct model *clone = mem_calloc(1, sizeof *clone);

    *clone = *model;
    clone->nodes = mem_calloc((size_t)model->node_count, sizeof *clone->nodes);
    memcpy(clone->nodes, model->nodes, (size_t)model->node_count * sizeof *clone->nodes);
    clone->history = history_alloc(model->node_count);
    memcpy(clone->history, model->history, floats * sizeof(float));
    clone->events = mem_calloc(1, sizeof *clone->events);
    *clone->events = *model->events;
    clone->latency = latency_clone(model->latency);
    for (int i = 0; i < model->node_count; i++) {
        float *memory = clone->history + (size_t)i * 2 * HISTORY_SAMPLES;
        clone->nodes[i].wal_rate.values = memory;
        clone->nodes[i].behind.values = memory + HISTORY_SAMPLES;
    }
    return clone;
}

int64_t node_age_us(const struct node *node, mono_us now)
{
    return node->sampled ? now - node->sampled_at.mono : UNKNOWN_US;
}

bool node_is_fresh(const struct model *model, const struct node *node, mono_us now)
{
    if (!node->sampled || node->fault.kind != FAULT_NONE)
        return false;
    return node_age_us(node, now) <=
           FRESH_INTERVALS * model->poll_interval_us + model->poll_timeout_us;
}

lsn_t node_written_lsn(const struct node *node)
{
    if (!node->sampled)
        return LSN_UNKNOWN;
    if (node->role == ROLE_PRIMARY)
        return node->sample.current_lsn;
    if (node->sample.receiver.present && node->sample.receiver.flushed_lsn != LSN_UNKNOWN)
        return node->sample.receiver.flushed_lsn;
    return node->sample.replay_lsn;
}

static lsn_t flushed_lsn(const struct node *node)
{
    return node->role == ROLE_PRIMARY ? node->sample.flush_lsn : node_written_lsn(node);
}

/* What moved at the last look owes nothing that is known: that nobody looked since is not its
 * doing. */
static int64_t owed_for_us(const struct node *sender, mono_us moved_at, mono_us now)
{
    return moved_at >= sender->sampled_at.mono ? 0 : now - moved_at;
}

int64_t standby_stale_for_us(const struct node *sender, int index, mono_us now)
{
    const struct standby_track *track = &sender->tracks[index];
    lsn_t asked = flushed_lsn(sender);

    if (asked == LSN_UNKNOWN || track->flush_lsn == LSN_UNKNOWN)
        return UNKNOWN_US;
    return track->flush_lsn >= asked ? 0 : owed_for_us(sender, track->flush_moved_at, now);
}

int64_t standby_replay_stale_for_us(const struct node *sender, int index, mono_us now)
{
    const struct standby_track *track = &sender->tracks[index];
    lsn_t asked = flushed_lsn(sender);

    if (asked == LSN_UNKNOWN || track->replay_lsn == LSN_UNKNOWN)
        return UNKNOWN_US;
    return track->replay_lsn >= asked ? 0 : owed_for_us(sender, track->replay_moved_at, now);
}

bool standby_is_chosen(const struct standby_row *row)
{
    return row->sync_state == SYNC_STATE_SYNC || row->sync_state == SYNC_STATE_QUORUM;
}

int standby_streaming_row(const struct node *sender, int node)
{
    for (int i = 0; i < sender->sample.standby_count; i++)
        if (sender->tracks[i].node == node && sender->sample.standbys[i].state == STANDBY_STREAMING)
            return i;
    return -1;
}

bool standby_is_logical(const struct node *sender, int index)
{
    const struct node_sample *sample = &sender->sample;

    for (int i = 0; i < sample->slot_count; i++)
        if (strcmp(sample->slots[i].name, sample->standbys[index].slot_name) == 0)
            return !sample->slots[i].physical;
    return false;
}

bool standby_must_confirm(const struct node *sender, int index)
{
    const struct standby_row *row = &sender->sample.standbys[index];

    if (standby_is_chosen(row))
        return true;
    return row->replay_lsn != LSN_UNKNOWN && !standby_is_logical(sender, index);
}

bool standby_is_stale(const struct model *model, const struct node *sender, int index, mono_us now)
{
    mono_us looked_at = sender->sampled_at.mono;
    int64_t stale_for_us = standby_stale_for_us(sender, index, now < looked_at ? now : looked_at);

    return standby_must_confirm(sender, index) &&
           stale_for_us > STALE_INTERVALS * model->poll_interval_us &&
           stale_for_us > model->limits.blocked_commit_us;
}

int64_t standby_behind_bytes(const struct node *sender, int index)
{
    lsn_t written = node_written_lsn(sender);
    lsn_t replay = sender->sample.standbys[index].replay_lsn;

    if (written == LSN_UNKNOWN || replay == LSN_UNKNOWN)
        return UNKNOWN_BYTES;
    if (replay > written && !sender->tracks[index].ahead)
        return 0; /* it replayed between the two readings of one look */
    return (int64_t)(written - replay);
}

/* A graph shows what was looked at in its second, or in the one before it. */
static bool is_of_second(const struct model *model, const struct node *node, mono_us at)
{
    int64_t interval_us = model->poll_interval_us;

    return node_is_fresh(model, node, at) &&
           node_age_us(node, at) <=
               (interval_us > HISTORY_STEP_US ? interval_us : HISTORY_STEP_US) + HISTORY_STEP_US;
}

/* Bytes that a listed standby is behind by its sender's last look, when that is of now. */
static float behind_now(const struct model *model, int node, mono_us now)
{
    for (int i = 0; i < model->node_count; i++) {
        const struct node *sender = &model->nodes[i];
        if (!is_of_second(model, sender, now))
            continue;
        for (int k = 0; k < sender->sample.standby_count; k++) {
            int64_t bytes = standby_behind_bytes(sender, k);
            if (sender->tracks[k].node == node)
                return bytes == UNKNOWN_BYTES ? NAN : (float)bytes;
        }
    }
    return NAN;
}

static void push_history(struct model *model, int index, mono_us at)
{
    struct node *node = &model->nodes[index];
    bool writes = node->role == ROLE_PRIMARY && is_of_second(model, node, at);

    ring_push(&node->wal_rate, writes ? (float)node->wal_rate_now : NAN);
    ring_push(&node->behind, behind_now(model, index, at));
}

/*
 * A node's seconds begin with its first observation. Each is judged as of its own end, by what was
 * known then: since every observation lets the time before it pass first, it does not matter how
 * often and when a frame asks.
 */
static void pass_seconds(struct model *model, int index, mono_us now)
{
    struct node *node = &model->nodes[index];
    int64_t seconds = (now - node->history_at) / HISTORY_STEP_US;

    if (!node->asked || seconds <= 0)
        return;
    for (int64_t k = seconds > HISTORY_SAMPLES ? seconds - HISTORY_SAMPLES + 1 : 1; k <= seconds;
         k++)
        push_history(model, index, node->history_at + k * HISTORY_STEP_US);
    node->history_at += seconds * HISTORY_STEP_US;
}

void model_begin_history(struct node *node, mono_us at)
{
    node->history_at = at - HISTORY_STEP_US;
}

void model_tick(struct model *model, struct instant now)
{
    latency_tick(model->latency, now.mono);
    for (int i = 0; i < model->node_count; i++)
        pass_seconds(model, i, now.mono);
}

void model_set_poll_interval(struct model *model, int64_t interval_us, struct instant now)
{
    model_tick(model, now);
    model->poll_interval_us = interval_us;
}
