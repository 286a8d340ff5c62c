/*
 * cluster_fixture: a made-up cluster for the tests of the model and what is derived from it: n1 is
 * the primary, n2, n3, ... are its standbys, all at one LSN. A test changes what the servers would
 * say and looks at them, at times of its choice.
 */
#ifndef TESTS_UNIT_CLUSTER_FIXTURE_H
#define TESTS_UNIT_CLUSTER_FIXTURE_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/health.h"
#include "cluster/model.h"
#include "cluster/node_state.h"
#include "cluster/topology.h"
#include "cluster/verdict.h"

#define CLUSTER_LSN ((lsn_t)0x5000000)
#define CLUSTER_SYSTEM 7512345678901234567ULL
#define CLUSTER_ROWS_MAX 512
#define CLUSTER_START_US (1000 * US_PER_S)
#define SECONDS(n) ((int64_t)((n)*1000000.0))
#define UNUSED_OK __attribute__((unused)) static

struct cluster_node {
    bool silent;             /* nothing comes at all */
    struct node_fault fault; /* FAULT_NONE: the sample comes */
    struct node_sample sample;
};

struct cluster {
    struct model *model;
    mono_us now;
    int count;
    uint64_t mark; /* events before it are not looked at */
    struct cluster_node *nodes;
    struct observation observation; /* too large for a stack frame each time */
    struct sync_verdict verdict;
    struct health health;
    int row_count;
    struct topology_row rows[CLUSTER_ROWS_MAX];
};

/* Every server started at a time of its own, which stays; zero at first. */
UNUSED_OK void sample_clear(struct node_sample *sample)
{
    static wall_us started = 1000000 * US_PER_S;
    wall_us started_at = sample->started_at;

    memset(sample, 0, sizeof *sample);
    sample->server_version = 150018;
    sample->system_identifier = CLUSTER_SYSTEM;
    sample->started_at = started_at != 0 ? started_at : (started += 7919 * US_PER_S);
    sample->replay_age_us = sample->uptime_us = sample->longest_wait_us = UNKNOWN_US;
    sample->all_stats_visible = true;
    sample->receiver.last_message_age_us = UNKNOWN_US;
    sample->receiver.sender_port = UNKNOWN_COUNT;
    str_copy(sample->settings[SETTING_WAL_LEVEL], SETTING_VALUE_SIZE, "replica");
    str_copy(sample->settings[SETTING_SYNCHRONOUS_COMMIT], SETTING_VALUE_SIZE, "on");
    str_copy(sample->settings[SETTING_WAL_SENDER_TIMEOUT], SETTING_VALUE_SIZE, "1min");
    str_copy(sample->settings[SETTING_MAX_CONNECTIONS], SETTING_VALUE_SIZE, "100");
    str_copy(sample->settings[SETTING_RESTART_PENDING], SETTING_VALUE_SIZE, "-");
}

UNUSED_OK void sample_rule(struct node_sample *sample, const char *rule)
{
    sample->sync_names_known = true;
    str_copy(sample->synchronous_standby_names, SYNC_RULE_TEXT_SIZE, rule);
}

UNUSED_OK void sample_primary(struct node_sample *sample, int timeline, lsn_t lsn)
{
    sample_clear(sample);
    sample->timeline = timeline;
    sample->current_lsn = sample->flush_lsn = lsn;
    sample_rule(sample, "");
}

UNUSED_OK void sample_standby(struct node_sample *sample, int timeline, lsn_t lsn, const char *name)
{
    struct receiver_row *receiver = &sample->receiver;

    sample_clear(sample);
    sample->in_recovery = true;
    sample->timeline = timeline;
    sample->receive_lsn = sample->replay_lsn = lsn;
    sample->replay_pause = REPLAY_RUNNING;
    sample->sync_names_known = true;
    receiver->present = true;
    receiver->pid = 900;
    str_copy(receiver->status, sizeof receiver->status, "streaming");
    receiver->received_tli = timeline;
    receiver->flushed_lsn = lsn;
    receiver->last_message_age_us = 100 * US_PER_MS;
    str_copy(receiver->application_name, sizeof receiver->application_name, name);
}

/* The receiver ended (or never was). */
UNUSED_OK void sample_no_receiver(struct node_sample *sample)
{
    memset(&sample->receiver, 0, sizeof sample->receiver);
    sample->receiver.last_message_age_us = UNKNOWN_US;
    sample->receiver.sender_port = UNKNOWN_COUNT;
}

UNUSED_OK struct standby_row *sample_add_row(struct node_sample *sample, int pid, const char *name,
                                             enum sync_state sync_state, int priority, lsn_t lsn)
{
    struct standby_row *row = &sample->standbys[sample->standby_count++];

    assert_true(sample->standby_count <= STANDBY_ROWS_MAX);
    memset(row, 0, sizeof *row);
    row->pid = pid;
    str_copy(row->application_name, sizeof row->application_name, name);
    row->client_port = UNKNOWN_COUNT;
    row->state = STANDBY_STREAMING;
    row->sync_state = sync_state;
    row->sync_priority = priority;
    row->sent_lsn = row->write_lsn = row->flush_lsn = row->replay_lsn = lsn;
    row->write_lag_us = row->flush_lag_us = row->replay_lag_us = UNKNOWN_US;
    return row;
}

UNUSED_OK void sample_drop_row(struct node_sample *sample, int index)
{
    assert_true(index < sample->standby_count);
    for (int i = index; i + 1 < sample->standby_count; i++)
        sample->standbys[i] = sample->standbys[i + 1];
    sample->standby_count--;
}

UNUSED_OK struct slot_row *sample_add_slot(struct node_sample *sample, const char *name)
{
    struct slot_row *slot = &sample->slots[sample->slot_count++];

    memset(slot, 0, sizeof *slot);
    str_copy(slot->name, sizeof slot->name, name);
    slot->physical = true;
    slot->active_pid = UNKNOWN_COUNT;
    slot->wal_status = SLOT_WAL_RESERVED;
    slot->retained_bytes = 0;
    slot->safe_wal_bytes = UNKNOWN_BYTES;
    return slot;
}

UNUSED_OK struct model_config cluster_config(const struct model_node_config *nodes, int count)
{
    return (struct model_config){
        .cluster = "lab",
        .stack = "",
        .poll_interval_us = US_PER_S,
        .poll_timeout_us = 3 * US_PER_S,
        .limits = {.commit_latency_us = 250 * US_PER_MS,
                   .replay_lag_us = 5 * US_PER_S,
                   .blocked_commit_us = US_PER_S,
                   .replay_behind_bytes = 64LL << 20,
                   .slot_retained_bytes = 1LL << 30},
        .node_count = count,
        .nodes = nodes,
    };
}

/* n1 streams to n2, n3, ...; rule FIRST 1 of n2 and n3. Nothing was looked at yet. */
UNUSED_OK struct cluster *cluster_new(int count)
{
    struct cluster *c = mem_calloc(1, sizeof *c);
    struct model_node_config configs[MODEL_NODES_MAX];
    char names[MODEL_NODES_MAX][8];

    for (int i = 0; i < count; i++) {
        str_format(names[i], sizeof names[i], "n%d", i + 1);
        configs[i] = (struct model_node_config){.name = names[i], .address = "127.0.0.1:5432"};
    }
    struct model_config config = cluster_config(configs, count);
    c->model = model_new(&config);
    c->now = CLUSTER_START_US;
    c->count = count;
    c->nodes = mem_calloc((size_t)count, sizeof *c->nodes);
    sample_primary(&c->nodes[0].sample, 1, CLUSTER_LSN);
    sample_rule(&c->nodes[0].sample, "FIRST 1 (n2, n3)");
    for (int i = 1; i < count; i++) {
        sample_standby(&c->nodes[i].sample, 1, CLUSTER_LSN, names[i]);
        if (i <= STANDBY_ROWS_MAX)
            sample_add_row(&c->nodes[0].sample, 100 + i, names[i],
                           i == 1   ? SYNC_STATE_SYNC
                           : i == 2 ? SYNC_STATE_POTENTIAL
                                    : SYNC_STATE_ASYNC,
                           i <= 2 ? i : 0, CLUSTER_LSN);
    }
    return c;
}

UNUSED_OK void cluster_free(struct cluster *c)
{
    model_free(&c->model);
    free(c->nodes);
    free(c);
}

UNUSED_OK struct node_sample *cluster_sample(struct cluster *c, int node)
{
    return &c->nodes[node].sample;
}

/* The node is another address of the server `of`. */
UNUSED_OK void cluster_alias(struct cluster *c, int node, int of)
{
    node_sample_copy(&c->nodes[node].sample, &c->nodes[of].sample);
}

/* The primary's (n1's) row number `index`. */
UNUSED_OK struct standby_row *cluster_row(struct cluster *c, int index)
{
    return &c->nodes[0].sample.standbys[index];
}

/* One look at a node, now: asked `round_trip` ago. */
UNUSED_OK void cluster_look_after(struct cluster *c, int node, int64_t round_trip_us)
{
    struct observation *o = &c->observation;
    const struct cluster_node *from = &c->nodes[node];

    if (from->silent)
        return;
    memset(o, 0, offsetof(struct observation, sample));
    o->node = node;
    o->kind = from->fault.kind == FAULT_NONE ? OBSERVED_SAMPLE : OBSERVED_FAULT;
    o->at = (struct instant){.mono = c->now, .wall = c->now + SECONDS(1795435380)};
    o->asked_at = c->now - round_trip_us;
    o->fault = from->fault;
    if (o->kind == OBSERVED_SAMPLE)
        node_sample_copy(&o->sample, &from->sample);
    model_apply(c->model, o);
}

UNUSED_OK void cluster_look(struct cluster *c, int node)
{
    cluster_look_after(c, node, 0);
}

UNUSED_OK void cluster_look_all(struct cluster *c)
{
    for (int i = 0; i < c->count; i++)
        cluster_look(c, i);
}

/* Time passes, nobody looks. */
UNUSED_OK void cluster_wait(struct cluster *c, double seconds)
{
    c->now += SECONDS(seconds);
    model_tick(c->model, (struct instant){.mono = c->now, .wall = c->now});
}

/* A second passes and every node is looked at, n times. */
UNUSED_OK void cluster_run(struct cluster *c, int polls)
{
    for (int i = 0; i < polls; i++) {
        c->now += c->model->poll_interval_us;
        cluster_look_all(c);
        model_tick(c->model, (struct instant){.mono = c->now, .wall = c->now});
    }
}

UNUSED_OK void cluster_fault(struct cluster *c, int node, enum node_fault_kind kind,
                             const char *text)
{
    memset(&c->nodes[node].fault, 0, sizeof c->nodes[node].fault);
    c->nodes[node].fault.kind = kind;
    str_copy(c->nodes[node].fault.text, FAULT_TEXT_SIZE, text);
}

/* A new connection that was begun `waited_us` ago has its answer, or has waited long enough for it.
 */
UNUSED_OK void cluster_door(struct cluster *c, int node, bool opens, int64_t waited_us)
{
    struct observation *o = &c->observation;

    memset(o, 0, offsetof(struct observation, sample));
    o->node = node;
    o->kind = OBSERVED_DOOR;
    o->at = (struct instant){.mono = c->now, .wall = c->now};
    o->asked_at = c->now - waited_us;
    o->door.opens = opens;
    model_apply(c->model, o);
}

/* The primary writes and sends, nobody confirms. */
UNUSED_OK void cluster_write(struct cluster *c, lsn_t bytes)
{
    struct node_sample *primary = cluster_sample(c, 0);

    primary->current_lsn += bytes;
    primary->flush_lsn = primary->current_lsn;
    for (int i = 0; i < primary->standby_count; i++)
        primary->standbys[i].sent_lsn = primary->current_lsn;
}

/* Commits wait whose standbys do not confirm: a look has found them, and the next one will find
 * that they have waited for so long. */
UNUSED_OK void cluster_commits_wait(struct cluster *c, int count, double seconds)
{
    struct node_sample *primary = cluster_sample(c, 0);

    cluster_write(c, 100);
    primary->waiting_commits = count;
    primary->longest_wait_us = SECONDS(seconds - 1);
    cluster_run(c, 1);
    primary->longest_wait_us = SECONDS(seconds);
}

/* Row and standby are where the primary is; node > 0 has row node - 1 unless rows were dropped. */
UNUSED_OK void cluster_confirm(struct cluster *c, int node)
{
    struct node_sample *primary = cluster_sample(c, 0), *standby = cluster_sample(c, node);
    const char *name = c->model->nodes[node].name;

    for (int i = 0; i < primary->standby_count; i++) {
        struct standby_row *row = &primary->standbys[i];
        if (strcmp(row->application_name, name) == 0)
            row->write_lsn = row->flush_lsn = row->replay_lsn = primary->current_lsn;
    }
    standby->receive_lsn = standby->replay_lsn = primary->current_lsn;
    standby->receiver.flushed_lsn = standby->receiver.present ? primary->current_lsn : LSN_UNKNOWN;
}

UNUSED_OK void cluster_derive(struct cluster *c)
{
    sync_verdict_derive(c->model, c->now, &c->verdict);
    health_derive(c->model, &c->verdict, c->now, &c->health);
    c->row_count = topology_derive(c->model, c->now, c->rows, CLUSTER_ROWS_MAX);
}

/* A new cluster that was looked at twice. */
UNUSED_OK struct cluster *cluster_settled(int count)
{
    struct cluster *c = cluster_new(count);

    cluster_run(c, 2);
    c->mark = c->model->events->total;
    cluster_derive(c);
    return c;
}

/* Forgets the events so far. */
UNUSED_OK void cluster_mark(struct cluster *c)
{
    c->mark = c->model->events->total;
}

/* The newest event after the mark with that text in it, of that subject (NULL: any). */
UNUSED_OK const struct event *cluster_event(const struct cluster *c, const char *subject,
                                            const char *text)
{
    const struct events *events = c->model->events;

    for (uint64_t age = 0; age < events->total - c->mark && age < events_count(events); age++) {
        const struct event *event = events_at(events, age);
        if ((subject == NULL || strcmp(event->subject, subject) == 0) &&
            strstr(event->text, text) != NULL)
            return event;
    }
    return NULL;
}

UNUSED_OK uint64_t cluster_new_events(const struct cluster *c)
{
    return c->model->events->total - c->mark;
}

/* The finding of a rule, of that node (NULL: any); after cluster_derive. */
UNUSED_OK const struct finding *cluster_finding(const struct cluster *c, const char *rule,
                                                const char *node)
{
    for (int i = 0; i < c->health.count; i++)
        if (strcmp(c->health.findings[i].rule, rule) == 0 &&
            (node == NULL || strcmp(c->health.findings[i].node, node) == 0))
            return &c->health.findings[i];
    return NULL;
}

UNUSED_OK const struct topology_row *cluster_topology_row(const struct cluster *c, const char *name)
{
    for (int i = 0; i < c->row_count; i++)
        if (strcmp(c->rows[i].name, name) == 0)
            return &c->rows[i];
    return NULL;
}

/* The state's word of a row; after cluster_derive. */
UNUSED_OK const char *cluster_state(const struct cluster *c, const char *name)
{
    static struct node_state state;
    const struct topology_row *row = cluster_topology_row(c, name);

    assert_non_null(row);
    state = node_state_derive(c->model, row, c->now);
    return state.word;
}

#define assert_finding(c, rule, node) assert_non_null(cluster_finding((c), (rule), (node)))
#define assert_no_finding(c, rule, node) assert_null(cluster_finding((c), (rule), (node)))
#define assert_event(c, subject, text) assert_non_null(cluster_event((c), (subject), (text)))
#define assert_no_event(c, subject, text) assert_null(cluster_event((c), (subject), (text)))
#define assert_contains(text, part) assert_non_null(strstr((text), (part)))

#endif
