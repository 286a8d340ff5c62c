/*
 * fixture: a made-up cluster for the tests of the screen: one primary, the others its standbys,
 * looked at once a second. Tests change what the servers would say and let time pass; everything
 * goes into the model the one way there is, as observations.
 */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/health.h"
#include "cluster/model.h"
#include "cluster/verdict.h"
#include "ui/canvas.h"
#include "ui/state.h"
#include "ui/view.h"

#define FIXTURE_NODES_MAX 160
#define FIXTURE_START_S 1795435380LL /* 2026-11-23 12:03:00 UTC */
#define FIXTURE_WAL 0x5A21C3F8ULL
#define FIXTURE_UNUSED __attribute__((unused)) static

/* What a look at a node would bring. */
struct fixture_node {
    struct node_fault fault; /* FAULT_NONE: the sample */
    bool silent;             /* nothing comes at all */
    struct node_sample sample;
    lsn_t behind_write, behind_flush, behind_replay; /* of the primary's row about it */
};

struct fixture {
    struct model *model;
    struct instant now;
    lsn_t written;
    lsn_t per_second; /* WAL that the primary writes */
    int count;
    char names[FIXTURE_NODES_MAX][NODE_NAME_SIZE];
    struct fixture_node *nodes;
    struct sync_verdict verdict;
    struct health health;
    struct ui_state state;
    struct canvas canvas;
    struct stack_view *stack;       /* NULL: only watched; the test's */
    struct load_figures *load;      /* NULL: none; the test's */
    struct replication_check *test; /* NULL: none; the test's */
};

FIXTURE_UNUSED void fixture_settings(struct node_sample *sample)
{
    static const char *const values[SETTINGS] = {
        [SETTING_SYNCHRONOUS_COMMIT] = "on",
        [SETTING_WAL_LEVEL] = "replica",
        [SETTING_MAX_WAL_SENDERS] = "10",
        [SETTING_WAL_SENDER_TIMEOUT] = "5s",
        [SETTING_WAL_RECEIVER_TIMEOUT] = "5s",
        [SETTING_WAL_RECEIVER_STATUS_INTERVAL] = "1s",
        [SETTING_WAL_RETRIEVE_RETRY_INTERVAL] = "1s",
        [SETTING_WAL_KEEP] = "64MB",
        [SETTING_MAX_SLOT_WAL_KEEP_SIZE] = "1GB",
        [SETTING_HOT_STANDBY] = "on",
        [SETTING_HOT_STANDBY_FEEDBACK] = "off",
        [SETTING_RECOVERY_MIN_APPLY_DELAY] = "0",
        [SETTING_PRIMARY_SLOT_NAME] = "",
        [SETTING_MAX_CONNECTIONS] = "100",
        [SETTING_MAX_WORKER_PROCESSES] = "8",
        [SETTING_MAX_PREPARED_TRANSACTIONS] = "0",
        [SETTING_MAX_LOCKS_PER_TRANSACTION] = "64",
        [SETTING_DATA_CHECKSUMS] = "on",
        [SETTING_WAL_LOG_HINTS] = "on",
        [SETTING_FULL_PAGE_WRITES] = "on",
        [SETTING_FSYNC] = "on",
        [SETTING_DEFAULT_TRANSACTION_READ_ONLY] = "off",
        [SETTING_RESTART_PENDING] = "",
    };
    for (int i = 0; i < SETTINGS; i++)
        str_copy(sample->settings[i], SETTING_VALUE_SIZE, values[i]);
}

FIXTURE_UNUSED void fixture_common(struct node_sample *sample)
{
    static wall_us started; /* no two servers start in one microsecond */

    sample->server_version = 150018;
    sample->system_identifier = 7512345678901234567ULL;
    sample->timeline = 3;
    sample->started_at = (FIXTURE_START_S - 7980) * US_PER_S + started++;
    sample->uptime_us = 7980 * US_PER_S;
    sample->all_stats_visible = true;
    sample->longest_wait_us = UNKNOWN_US;
    sample->replay_age_us = UNKNOWN_US;
    sample->sessions = 4;
    fixture_settings(sample);
}

FIXTURE_UNUSED void fixture_row(struct fixture *f, int node)
{
    struct node_sample *primary = &f->nodes[0].sample;
    struct standby_row *row = &primary->standbys[primary->standby_count++];

    memset(row, 0, sizeof *row);
    row->pid = 4000 + node;
    str_copy(row->application_name, sizeof row->application_name, f->names[node]);
    str_format(row->client_addr, sizeof row->client_addr, "172.18.0.%d", 2 + node % 250);
    row->client_port = 40000 + node;
    row->state = STANDBY_STREAMING;
    row->sync_state = node == 1 ? SYNC_STATE_SYNC : SYNC_STATE_POTENTIAL;
    row->sync_priority = node;
    row->write_lag_us = 300 + 100 * node;
    row->flush_lag_us = 500 + 100 * node;
    row->replay_lag_us = 700 + 100 * node;
    str_format(row->slot_name, sizeof row->slot_name, "slot_%d", node);
}

FIXTURE_UNUSED void fixture_standby(struct fixture *f, int node)
{
    struct node_sample *sample = &f->nodes[node].sample;
    struct receiver_row *receiver = &sample->receiver;

    fixture_common(sample);
    sample->in_recovery = true;
    sample->replay_pause = REPLAY_RUNNING;
    sample->waiting_commits = 0;
    receiver->present = true;
    receiver->pid = 5000 + node;
    str_copy(receiver->status, sizeof receiver->status, "streaming");
    receiver->received_tli = 3;
    receiver->last_message_age_us = 120 * US_PER_MS;
    str_copy(receiver->sender_host, sizeof receiver->sender_host, f->names[0]);
    receiver->sender_port = 5432;
    str_format(receiver->slot_name, sizeof receiver->slot_name, "slot_%d", node);
    str_copy(receiver->application_name, sizeof receiver->application_name, f->names[node]);
    if (f->nodes[0].sample.standby_count < STANDBY_ROWS_MAX)
        fixture_row(f, node);
}

FIXTURE_UNUSED void fixture_slots(struct fixture *f)
{
    struct node_sample *primary = &f->nodes[0].sample;

    for (int i = 0; i < primary->standby_count && i < SLOT_ROWS_MAX; i++) {
        struct slot_row *slot = &primary->slots[primary->slot_count++];
        str_copy(slot->name, sizeof slot->name, primary->standbys[i].slot_name);
        slot->physical = slot->active = true;
        slot->active_pid = primary->standbys[i].pid;
        slot->wal_status = SLOT_WAL_RESERVED;
        slot->retained_bytes = 16777216;
        slot->safe_wal_bytes = 1090519040;
    }
}

FIXTURE_UNUSED void fixture_primary(struct fixture *f, const char *rule)
{
    struct node_sample *sample = &f->nodes[0].sample;

    fixture_common(sample);
    sample->sync_names_known = true;
    str_copy(sample->synchronous_standby_names, sizeof sample->synchronous_standby_names, rule);
}

/* A healthy cluster of `count` nodes; names may be NULL: primary, replica1, ... */
FIXTURE_UNUSED struct fixture *fixture_new(int count, const char *const *names)
{
    struct fixture *f = mem_calloc(1, sizeof *f);
    struct model_node_config configs[FIXTURE_NODES_MAX];
    char addresses[FIXTURE_NODES_MAX][ADDRESS_SIZE];

    f->count = count;
    f->nodes = mem_calloc((size_t)count + 1, sizeof *f->nodes);
    f->now = (struct instant){.mono = 1000 * US_PER_S, .wall = FIXTURE_START_S * US_PER_S};
    f->written = FIXTURE_WAL;
    for (int i = 0; i < count; i++) {
        if (names != NULL)
            str_copy(f->names[i], NODE_NAME_SIZE, names[i]);
        else if (i == 0)
            str_copy(f->names[i], NODE_NAME_SIZE, "primary");
        else
            str_format(f->names[i], NODE_NAME_SIZE, "replica%d", i);
        str_format(addresses[i], ADDRESS_SIZE, "127.0.0.1:%d", 55432 + i);
        configs[i] = (struct model_node_config){.name = f->names[i], .address = addresses[i]};
    }
    f->model = model_new(&(struct model_config){
        .cluster = "lab",
        .stack = "compose",
        .lab = true,
        .poll_interval_us = US_PER_S,
        .poll_timeout_us = 3 * US_PER_S,
        .limits = {.commit_latency_us = 250 * US_PER_MS,
                   .replay_lag_us = 5 * US_PER_S,
                   .blocked_commit_us = US_PER_S,
                   .replay_behind_bytes = 64LL * 1024 * 1024,
                   .slot_retained_bytes = 1LL << 30},
        .node_count = count,
        .nodes = configs,
    });
    if (count > 0)
        fixture_primary(f, "FIRST 1 (replica1, replica2)");
    for (int i = 1; i < count; i++)
        fixture_standby(f, i);
    if (count > 0)
        fixture_slots(f);
    ui_state_init(&f->state);
    return f;
}

FIXTURE_UNUSED void fixture_free(struct fixture *f)
{
    model_free(&f->model);
    canvas_free(&f->canvas);
    free(f->nodes);
    free(f);
}

/* Of the primary's rows about listed standbys, by name. */
FIXTURE_UNUSED int fixture_index(const struct fixture *f, const char *name)
{
    for (int i = 0; i < f->count; i++)
        if (strcmp(f->names[i], name) == 0)
            return i;
    return -1;
}

FIXTURE_UNUSED void fixture_positions(struct fixture *f)
{
    struct node_sample *primary = &f->nodes[0].sample;

    f->written += f->per_second;
    if (f->nodes[0].fault.kind == FAULT_NONE && !f->nodes[0].silent)
        primary->current_lsn = primary->flush_lsn = f->written;
    for (int i = 0; i < primary->standby_count; i++) {
        struct standby_row *row = &primary->standbys[i];
        int node = fixture_index(f, row->application_name);
        const struct fixture_node *of = node >= 0 ? &f->nodes[node] : NULL;
        row->sent_lsn = primary->current_lsn;
        row->write_lsn = primary->current_lsn - (of != NULL ? of->behind_write : 0);
        row->flush_lsn = primary->current_lsn - (of != NULL ? of->behind_flush : 0);
        row->replay_lsn = primary->current_lsn - (of != NULL ? of->behind_replay : 0);
    }
    for (int i = 1; i < f->count; i++) {
        struct fixture_node *node = &f->nodes[i];
        if (!node->sample.in_recovery || node->fault.kind != FAULT_NONE)
            continue;
        node->sample.receive_lsn = primary->current_lsn - node->behind_flush;
        node->sample.receiver.flushed_lsn = node->sample.receive_lsn;
        node->sample.replay_lsn = primary->current_lsn - node->behind_replay;
    }
}

FIXTURE_UNUSED void fixture_look(struct fixture *f, int index)
{
    struct observation *o;

    if (f->nodes[index].silent)
        return;
    o = mem_calloc(1, sizeof *o);
    o->node = index;
    o->at = f->now;
    o->asked_at = f->now.mono - 200 - 10 * index;
    o->kind = f->nodes[index].fault.kind == FAULT_NONE ? OBSERVED_SAMPLE : OBSERVED_FAULT;
    o->fault = f->nodes[index].fault;
    o->sample = f->nodes[index].sample;
    model_apply(f->model, o);
    free(o);
}

/* One look a second at every node. */
FIXTURE_UNUSED void fixture_run(struct fixture *f, int seconds)
{
    for (int s = 0; s < seconds; s++) {
        f->now.mono += US_PER_S;
        f->now.wall += US_PER_S;
        fixture_positions(f);
        for (int i = 0; i < f->count; i++)
            fixture_look(f, i);
        model_tick(f->model, f->now);
    }
}

FIXTURE_UNUSED void fixture_fault(struct fixture *f, int node, enum node_fault_kind kind,
                                  const char *text)
{
    f->nodes[node].fault.kind = kind;
    str_copy(f->nodes[node].fault.text, FAULT_TEXT_SIZE, text);
}

/* The primary no longer reports this standby. */
FIXTURE_UNUSED void fixture_drop_row(struct fixture *f, const char *name)
{
    struct node_sample *primary = &f->nodes[0].sample;
    int kept = 0;

    for (int i = 0; i < primary->standby_count; i++)
        if (strcmp(primary->standbys[i].application_name, name) != 0)
            primary->standbys[kept++] = primary->standbys[i];
    primary->standby_count = kept;
}

FIXTURE_UNUSED struct standby_row *fixture_find_row(struct fixture *f, const char *name)
{
    struct node_sample *primary = &f->nodes[0].sample;

    for (int i = 0; i < primary->standby_count; i++)
        if (strcmp(primary->standbys[i].application_name, name) == 0)
            return &primary->standbys[i];
    return NULL;
}

/* As the dashboard does it; `after_us` from the last look on. */
FIXTURE_UNUSED struct view_input fixture_input(struct fixture *f, int64_t after_us)
{
    struct instant now = {.mono = f->now.mono + after_us, .wall = f->now.wall + after_us};

    sync_verdict_derive(f->model, now.mono, &f->verdict);
    health_derive(f->model, &f->verdict, now.mono, &f->health);
    return (struct view_input){.model = f->model,
                               .verdict = &f->verdict,
                               .health = &f->health,
                               .state = &f->state,
                               .stack = f->stack,
                               .load = f->load,
                               .test = f->test,
                               .now = now,
                               .clock = now};
}

FIXTURE_UNUSED void fixture_paint(struct fixture *f, int width, int height)
{
    struct view_input input = fixture_input(f, 20 * US_PER_MS);

    ui_state_fit(&f->state, view_scroll_max(&input, width, height));
    canvas_resize(&f->canvas, width, height);
    view_paint(&input, &f->canvas);
}

FIXTURE_UNUSED void fixture_key(struct fixture *f, uint32_t key, int height)
{
    ui_state_key(&f->state, f->model, key, f->now, height);
}

#endif
