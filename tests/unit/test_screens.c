/*
 * screens: whole screens against golden files (tests/golden/SITUATION-WIDTHxHEIGHT.txt).
 * for what no recording of tests/recordings has; those are in test_replays.c.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fixture.h"
#include "golden_screen.h"

static void healthy(struct fixture *f)
{
    f->per_second = 1200000;
    fixture_run(f, 60);
    for (int s = 0; s < 40; s++) {
        f->per_second = (lsn_t)(200000 + 100000 * (s * 7 % 13));
        f->nodes[2].behind_replay = f->nodes[2].behind_flush = (lsn_t)(1000 * (s * 5 % 11));
        fixture_run(f, 1);
    }
    f->nodes[2].behind_replay = 5100;
    fixture_run(f, 4);
}

static void sync_standby_killed(struct fixture *f)
{
    healthy(f);
    fixture_fault(f, 1, FAULT_REFUSED,
                  "connection to server at \"127.0.0.1\", port 55433 failed: "
                  "Connection refused");
    fixture_drop_row(f, "replica1");
    fixture_find_row(f, "replica2")->sync_state = SYNC_STATE_SYNC;
    fixture_run(f, 12);
}

static void commits_blocked(struct fixture *f)
{
    healthy(f);
    f->nodes[2].behind_replay = f->nodes[2].behind_flush = 0;
    for (int i = 1; i <= 2; i++)
        fixture_fault(f, i, FAULT_REFUSED, "Connection refused");
    f->nodes[0].sample.standby_count = 0;
    f->nodes[0].sample.waiting_commits = 7;
    f->per_second = 0;
    for (int s = 0; s < 9; s++) {
        f->nodes[0].sample.longest_wait_us = (s + 1) * US_PER_S;
        fixture_run(f, 1);
    }
}

static void split_brain(struct fixture *f)
{
    struct node_sample *promoted = &f->nodes[1].sample;

    healthy(f);
    fixture_drop_row(f, "replica1");
    promoted->in_recovery = false;
    promoted->timeline = 4;
    promoted->current_lsn = promoted->flush_lsn = f->written + 100;
    promoted->receiver.present = false;
    promoted->sync_names_known = true;
    fixture_run(f, 3);
}

static void primary_down(struct fixture *f)
{
    healthy(f);
    fixture_fault(f, 0, FAULT_NOT_RESPONDING, "");
    f->per_second = 0;
    for (int i = 1; i <= 2; i++)
        f->nodes[i].sample.receiver.last_message_age_us = 8 * US_PER_S;
    fixture_run(f, 8);
}

/* The servers know: their receivers ended. */
static void no_primary(struct fixture *f)
{
    healthy(f);
    fixture_fault(f, 0, FAULT_REFUSED,
                  "connection to server at \"127.0.0.1\", port 55432 failed: Connection refused");
    f->per_second = 0;
    for (int i = 1; i < f->count; i++)
        f->nodes[i].sample.receiver = (struct receiver_row){.last_message_age_us = UNKNOWN_US};
    fixture_run(f, 8);
}

/* The one that confirmed the last commits is gone too. */
static void no_primary_unproven(struct fixture *f)
{
    no_primary(f);
    fixture_fault(f, 1, FAULT_CONNECT_TIMEOUT, "timeout expired");
    f->nodes[2].sample.replay_pause = REPLAY_PAUSED;
    fixture_run(f, 3);
}

static void no_primary_nobody(struct fixture *f)
{
    no_primary(f);
    fixture_fault(f, 1, FAULT_REFUSED, "Connection refused");
    str_copy(f->nodes[2].sample.settings[SETTING_MAX_CONNECTIONS], SETTING_VALUE_SIZE, "50");
    f->nodes[2].sample.replay_pause = REPLAY_PAUSED;
    fixture_run(f, 3);
}

static void no_privilege(struct fixture *f)
{
    struct node_sample *primary = &f->nodes[0].sample;

    for (int i = 0; i < 3; i++) {
        struct node_sample *sample = &f->nodes[i].sample;
        sample->all_stats_visible = false;
        sample->waiting_commits = UNKNOWN_COUNT;
        if (i > 0) {
            memset(&sample->receiver, 0, sizeof sample->receiver);
            sample->receiver.present = true;
            sample->receiver.sender_port = UNKNOWN_COUNT;
            sample->receiver.last_message_age_us = UNKNOWN_US;
        }
    }
    fixture_run(f, 1);
    for (int i = 0; i < 2; i++) {
        struct standby_row *row = &primary->standbys[i];
        row->state = STANDBY_STATE_UNKNOWN;
        row->sync_state = SYNC_STATE_UNKNOWN;
        row->sync_priority = row->client_port = UNKNOWN_COUNT;
        row->sent_lsn = row->write_lsn = row->flush_lsn = row->replay_lsn = LSN_UNKNOWN;
        row->write_lag_us = row->flush_lag_us = row->replay_lag_us = UNKNOWN_US;
        row->client_addr[0] = '\0';
    }
    for (int s = 0; s < 3; s++) {
        f->now.mono += US_PER_S;
        f->now.wall += US_PER_S;
        for (int i = 0; i < 3; i++)
            fixture_look(f, i);
        model_tick(f->model, f->now);
    }
}

static void paused(struct fixture *f)
{
    healthy(f);
    fixture_key(f, ' ', 24);
}

static void detail(struct fixture *f)
{
    healthy(f);
    fixture_key(f, 'j', 24);
    fixture_key(f, 'j', 24);
    fixture_key(f, UI_KEY_ENTER, 24);
}

static void detail_primary(struct fixture *f)
{
    healthy(f);
    fixture_key(f, UI_KEY_ENTER, 24);
}

static void detail_down(struct fixture *f)
{
    sync_standby_killed(f);
    fixture_key(f, 'G', 24);
    fixture_key(f, UI_KEY_ENTER, 24);
}

static void help(struct fixture *f)
{
    healthy(f);
    f->state.has_stack = f->state.may_write = f->state.may_drill = f->state.may_observe = true;
    fixture_key(f, '?', 24);
}

static void all_events(struct fixture *f)
{
    sync_standby_killed(f);
    f->nodes[1].fault.kind = FAULT_NONE;
    fixture_row(f, 1);
    f->nodes[0].sample.standbys[1].state = STANDBY_CATCHUP;
    f->nodes[0].sample.standbys[1].sync_state = SYNC_STATE_POTENTIAL;
    fixture_run(f, 2);
    f->nodes[0].sample.standbys[1].state = STANDBY_STREAMING;
    f->nodes[0].sample.standbys[1].sync_state = SYNC_STATE_SYNC;
    f->nodes[0].sample.standbys[0].sync_state = SYNC_STATE_POTENTIAL;
    fixture_run(f, 3);
    fixture_key(f, 'e', 24);
}

static void many_nodes(struct fixture *f)
{
    fixture_run(f, 3);
    for (int i = 0; i < 20; i++)
        fixture_key(f, 'j', 24);
}

/* ---- the stack screen */

static const char *const said[] = {
    "docker compose -p pgwatch-lab -f /home/ada/pgwatch-tui/docker-compose.yml up --build --detach",
    "#1 [primary internal] load build definition from Dockerfile",
    "#1 transferring dockerfile: 1.02kB done",
    "#1 DONE 0.0s",
    "#9 [primary 2/3] COPY postgresql.conf pg_hba.conf init-primary.sh /node/",
    "#9 CACHED",
    "#10 [replica1] exporting to image",
    "#10 naming to docker.io/library/pgwatch-lab-replica1 done",
    " Network pgwatch-lab_default  Creating",
    " Network pgwatch-lab_default  Created",
    " Container primary  Creating",
    " Container primary  Created",
    " Container primary  Starting",
};

static void stack_node(struct fixture *f, int node, const char *state, const char *detail)
{
    str_copy(f->stack->nodes[node].state, sizeof f->stack->nodes[node].state, state);
    str_copy(f->stack->nodes[node].detail, sizeof f->stack->nodes[node].detail, detail);
}

/* The screen is open; the containers run. */
static void stack_idle(struct fixture *f)
{
    static struct stack_view view;
    char detail[128];

    healthy(f);
    memset(&view, 0, sizeof view);
    f->stack = &view;
    f->state.has_stack = true;
    str_copy(view.kind, sizeof view.kind, "compose");
    view.looked = true;
    for (int i = 0; i < f->count; i++) {
        str_format(detail, sizeof detail,
                   "Up 12 minutes (healthy), 127.0.0.1:%d->5432/tcp, pgwatch-lab-%s", 55432 + i,
                   f->names[i]);
        stack_node(f, i, "running", detail);
    }
    fixture_key(f, 's', 24);
}

static void stack_says(struct fixture *f, const char *line)
{
    struct stack_view *view = f->stack;

    str_copy(view->lines[view->line_count++ % STACK_LINES_MAX], STACK_LINE_SIZE, line);
}

/* Nothing is there yet, up builds and starts. */
static void stack_up(struct fixture *f)
{
    for (int i = 0; i < 3; i++)
        fixture_fault(f, i, FAULT_REFUSED, "Connection refused");
    stack_idle(f);
    for (int i = 0; i < 3; i++)
        stack_node(f, i, "not created", "");
    stack_node(f, 0, "starting",
               "Up 1 second (health: starting), 127.0.0.1:55432->5432/tcp, pgwatch-lab-primary");
    str_copy(f->stack->running, sizeof f->stack->running, "up");
    f->stack->since = f->now.mono - 14 * US_PER_S;
    f->state.stack_busy = true;
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        stack_says(f, said[i]);
}

static void stack_asked(struct fixture *f, uint32_t key, const char *arguments)
{
    fixture_key(f, key, 24);
    str_format(f->state.question.command, sizeof f->state.question.command,
               "docker compose -p pgwatch-lab -f /home/ada/pgwatch-tui/docker-compose.yml %s",
               arguments);
}

static void stack_question(struct fixture *f)
{
    stack_idle(f);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        stack_says(f, said[i]);
    fixture_key(f, 'j', 24);
    stack_asked(f, 'K', "kill replica1");
}

static void stack_second_question(struct fixture *f)
{
    stack_idle(f);
    stack_asked(f, 'X', "down --volumes");
    fixture_key(f, 'y', 24);
    fixture_key(f, 'l', 24);
    fixture_key(f, 'a', 24);
}

static void stack_failed(struct fixture *f)
{
    static const char *const taken =
        "Error response from daemon: driver failed programming external connectivity on endpoint "
        "primary (c833b70783906af7e433d96c837c217b1d4d15828bda6fa36449298674b43fc6): Error "
        "starting userland proxy: listen tcp4 127.0.0.1:55432: bind: address already in use";

    stack_up(f);
    stack_node(f, 0, "created", "Created, pgwatch-lab-primary");
    stack_says(f, taken);
    f->stack->running[0] = '\0';
    f->state.stack_busy = false;
    f->stack->failed = true;
    str_format(f->stack->result, sizeof f->stack->result, "compose up failed (exit status 1): %s",
               taken);
    str_copy(f->stack->hint, sizeof f->stack->hint,
             "port 55432 of 127.0.0.1 is taken by process 4711 (postgres); stop it, or give the "
             "node another port");
}

static void stack_many(struct fixture *f)
{
    stack_idle(f);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        stack_says(f, said[i]);
    for (int i = 0; i < 20; i++)
        fixture_key(f, 'j', 24);
    stack_node(f, 20, "paused", "Up 12 minutes (Paused), pgwatch-lab-replica20");
}

/* ---- a load of test writes */

static void load(struct fixture *f)
{
    static struct load_figures figures;

    healthy(f);
    figures = (struct load_figures){
        .phase = LOAD_RUNNING,
        .level = COMMIT_LEVEL_ON,
        .rate = 50,
        .achieved = 49.9F,
        .waiting_us = 900,
        .counts = {.due = 1500, .sent = 1500, .outcomes = {[COMMIT_ACKNOWLEDGED] = 1500}},
        .p50_us = 1100,
        .p95_us = 1900,
        .p99_us = 3200,
        .max_us = 8800};
    f->load = &figures;
    f->state.may_write = true;
}

static void load_waits(struct fixture *f)
{
    load(f);
    commits_blocked(f);
    f->load->level = COMMIT_LEVEL_REMOTE_APPLY;
    f->load->rate = 1000;
    f->load->achieved = 0.0F;
    f->load->late = 4198;
    f->load->waiting_us = f->load->max_us = 4200 * US_PER_MS;
    f->load->counts.outcomes[COMMIT_ACKNOWLEDGED] = 123456;
    f->load->counts.outcomes[COMMIT_LOCAL] = 2;
    f->load->counts.outcomes[COMMIT_FAILED] = 1;
    f->load->counts.outcomes[COMMIT_UNKNOWN] = 3;
}

static void load_cannot(struct fixture *f)
{
    load(f);
    primary_down(f);
    f->load->achieved = NAN;
    f->load->late = 400;
    f->load->waiting_us = f->load->max_us = 8 * US_PER_S;
    str_copy(f->load->why, sizeof f->load->why, "Connection refused");
}

/* ---- the replication test */

static struct checked_node *test_node(struct replication_check *check, int index, bool readable)
{
    struct checked_node *node = &check->nodes[index];

    node->streaming = node->receiver = CHECK_YES;
    node->row = readable ? CHECK_YES : CHECK_NO;
    node->since_send_us = readable ? 1900 + 500 * index : UNKNOWN_US;
    node->since_ack_us = readable ? 600 + 500 * index : UNKNOWN_US;
    return node;
}

static struct replication_check *test_of(struct fixture *f)
{
    static struct replication_check check;

    memset(&check, 0, sizeof check);
    check.whole = true;
    check.level = COMMIT_LEVEL_ON;
    check.timeout_us = 5 * US_PER_S;
    replication_check_begin(&check, f->model, f->now);
    str_copy(check.table, sizeof check.table, "public.test_replication");
    f->state.may_write = true;
    f->test = &check;
    fixture_key(f, 't', 24);
    return &check;
}

static struct replication_check *test_acknowledged(struct fixture *f)
{
    struct replication_check *check = test_of(f);

    check->write = CHECK_WRITE_ANSWERED;
    check->id = 42;
    check->latency_us = 1300;
    return check;
}

static void test_passed(struct fixture *f)
{
    healthy(f);
    struct replication_check *check = test_acknowledged(f);
    test_node(check, 0, true);
    test_node(check, 1, true);
    replication_check_end(check, f->model, f->now);
}

static void test_failed(struct fixture *f)
{
    healthy(f);
    f->model->nodes[2].sample.replay_pause = REPLAY_PAUSED;
    struct replication_check *check = test_acknowledged(f);
    test_node(check, 0, true);
    test_node(check, 1, false);
    replication_check_end(check, f->model, f->now);
}

static void test_waits(struct fixture *f)
{
    commits_blocked(f);
    struct replication_check *check = test_of(f);
    check->write = CHECK_WRITE_WAITS;
    replication_check_end(check, f->model, f->now);
}

static void test_under_way(struct fixture *f)
{
    healthy(f);
    test_of(f)->started_at.mono -= 1200 * US_PER_MS;
}

/* ---- the probe */

static void observe_probe(struct fixture *f, int level, enum probe_state state, const char *text)
{
    struct observation *o = mem_calloc(1, sizeof *o);

    o->kind = OBSERVED_PROBE;
    o->at = f->now;
    o->probe = (struct probe_observation){.level = (enum commit_level)level,
                                          .state = state,
                                          .due_at = f->now.mono,
                                          .queries = 1,
                                          .row_wal_bytes = 143};
    str_copy(o->probe.text, sizeof o->probe.text, text);
    model_apply(f->model, o);
    free(o);
}

static void observe_commit(struct fixture *f, int level, int64_t us)
{
    struct observation *o = mem_calloc(1, sizeof *o);

    o->kind = OBSERVED_COMMIT;
    o->at = f->now;
    o->commit.level = (enum commit_level)level;
    o->commit.latency_us = us;
    model_apply(f->model, o);
    free(o);
}

/* Two commits a second at each level; remote_write is slower than on, by chance. */
static void probe_seconds(struct fixture *f, int seconds)
{
    static const int64_t usual_us[COMMIT_LEVELS] = {0, 900, 1490, 1450, 2300};

    for (int s = 0; s < seconds; s++) {
        for (int i = 0; i < 2; i++)
            for (int level = COMMIT_LEVEL_LOCAL; level < COMMIT_LEVELS; level++) {
                int64_t us = usual_us[level] + 37 * ((s * 7 + i * 3 + level) % 11);
                observe_probe(f, level, PROBE_PENDING, "");
                observe_commit(f, level, s % 29 == 7 ? us * 9 : us);
            }
        fixture_run(f, 1);
    }
}

static void probed(struct fixture *f)
{
    f->per_second = 1200000;
    fixture_run(f, 1);
    probe_seconds(f, 104);
}

static void probe_blocked(struct fixture *f)
{
    probed(f);
    observe_probe(f, COMMIT_LEVEL_REMOTE_APPLY, PROBE_PENDING, "");
    f->nodes[2].behind_replay = f->nodes[1].behind_replay = 2400000;
    fixture_run(f, 4);
}

static void probe_off(struct fixture *f)
{
    fixture_run(f, 10);
    for (int level = COMMIT_LEVEL_LOCAL; level < COMMIT_LEVELS; level++)
        observe_probe(f, level, PROBE_CANNOT, "permission denied for database postgres");
    fixture_run(f, 2);
}

static void detail_probed(struct fixture *f)
{
    probed(f);
    fixture_key(f, UI_KEY_ENTER, 24);
    /* as far as the page goes */
    for (int i = 0; i < 40; i++)
        fixture_key(f, 'j', 24);
}

static const struct situation situations[] = {
    {"healthy", 3, healthy},
    {"sync-standby-killed", 3, sync_standby_killed},
    {"commits-blocked", 3, commits_blocked},
    {"split-brain", 3, split_brain},
    {"primary-down", 3, primary_down},
    {"no-primary", 3, no_primary},
    {"no-primary-many-nodes", 40, no_primary},
    {"no-primary-nobody", 3, no_primary_nobody},
    {"no-primary-unproven", 3, no_primary_unproven},
    {"no-privilege", 3, no_privilege},
    {"paused", 3, paused},
    {"detail", 3, detail},
    {"detail-primary", 3, detail_primary},
    {"detail-down", 3, detail_down},
    {"help", 3, help},
    {"events", 3, all_events},
    {"many-nodes", 40, many_nodes},
    {"probed", 3, probed},
    {"probe-blocked", 3, probe_blocked},
    {"probe-off", 3, probe_off},
    {"detail-probed", 3, detail_probed},
    {"load", 3, load},
    {"load-waits", 3, load_waits},
    {"load-cannot", 3, load_cannot},
    {"test-passed", 3, test_passed},
    {"test-failed", 3, test_failed},
    {"test-waits", 3, test_waits},
    {"test-under-way", 3, test_under_way},
    {"stack-idle", 3, stack_idle},
    {"stack-up", 3, stack_up},
    {"stack-question", 3, stack_question},
    {"stack-second-question", 3, stack_second_question},
    {"stack-failed", 3, stack_failed},
    {"stack-many-nodes", 40, stack_many},
};

int main(void)
{
    return golden_run("screens", situations, sizeof situations / sizeof situations[0]);
}
