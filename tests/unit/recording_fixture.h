/*
 * recording_fixture: a live run of a cluster that is recorded, and whose pictures are kept, to be
 * held against those of the recording.
 */
#ifndef TESTS_RECORDING_FIXTURE_H
#define TESTS_RECORDING_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/watch.h"
#include "base/str.h"
#include "cluster_fixture.h"
#include "record/player.h"
#include "record/recorder.h"
#include "ui/view.h"

#define PICTURES 400

static char folder[] = "/tmp/pgwatch-recording-XXXXXX";
static char path[64];
static int files;

/* ---- a live run whose pictures are kept */

struct run {
    struct cluster *c;
    struct recorder *recorder;
    struct load_figures load;
    bool has_load;
    struct replication_check *check;
    int count;
    mono_us at[PICTURES];
    char *text[PICTURES];
};

UNUSED_OK struct instant now_of(const struct cluster *c)
{
    return (struct instant){.mono = c->now, .wall = c->now + SECONDS(1795435380)};
}

UNUSED_OK struct recording_header header_of(const struct cluster *c)
{
    struct recording_header header = {.at = now_of(c),
                                      .time_zone = "UTC",
                                      .lab = false,
                                      .may_write = true,
                                      .poll_interval_us = c->model->poll_interval_us,
                                      .poll_timeout_us = c->model->poll_timeout_us,
                                      .limits = c->model->limits,
                                      .node_count = c->count};

    str_copy(header.version, sizeof header.version, "test");
    str_copy(header.cluster, sizeof header.cluster, c->model->cluster);
    for (int i = 0; i < c->count; i++) {
        str_copy(header.nodes[i].name, NODE_NAME_SIZE, c->model->nodes[i].name);
        str_copy(header.nodes[i].address, ADDRESS_SIZE, c->model->nodes[i].address);
    }
    return header;
}

UNUSED_OK void new_path(void)
{
    str_format(path, sizeof path, "%s/%d.jsonl", folder, ++files);
}

UNUSED_OK void start_recording(struct run *run, int64_t max_bytes)
{
    struct recording_header *header = mem_calloc(1, sizeof *header);
    struct error err;

    *header = header_of(run->c);
    new_path();
    run->recorder = recorder_open(path, max_bytes, header, run->c->model, &err);
    assert_non_null(run->recorder);
    free(header);
}

UNUSED_OK char *paint(struct model *model, const struct load_figures *load,
                      const struct replication_check *check, struct instant now)
{
    struct assessment *a = mem_calloc(1, sizeof *a);
    struct canvas canvas = {0};
    struct ui_state state;
    char *text;

    ui_state_init(&state);
    state.may_write = true;
    assess(model, now, a);
    const struct view_input input = {.model = model,
                                     .verdict = &a->verdict,
                                     .health = &a->health,
                                     .state = &state,
                                     .load = load,
                                     .test = check,
                                     .now = now,
                                     .clock = now};
    canvas_resize(&canvas, 160, 50);
    view_paint(&input, &canvas);
    text = canvas_to_text(&canvas);
    canvas_free(&canvas);
    free(a);
    return text;
}

UNUSED_OK void look(struct run *run, int node)
{
    if (run->c->nodes[node].silent)
        return;
    cluster_look_after(run->c, node, 700 + 100 * node);
    recorder_observation(run->recorder, &run->c->observation);
}

UNUSED_OK void observe_commit(struct run *run, enum commit_level level, int64_t us,
                              enum commit_outcome outcome)
{
    struct observation *o = &run->c->observation;

    memset(o, 0, offsetof(struct observation, sample));
    o->kind = OBSERVED_PROBE;
    o->at = now_of(run->c);
    o->probe = (struct probe_observation){.level = level,
                                          .state = PROBE_PENDING,
                                          .due_at = run->c->now - 100,
                                          .queries = 1,
                                          .row_wal_bytes = 151};
    recorder_observation(run->recorder, o);
    model_apply(run->c->model, o);
    if (us < 0)
        return;
    run->c->now += us;
    memset(o, 0, offsetof(struct observation, sample));
    o->kind = OBSERVED_COMMIT;
    o->at = now_of(run->c);
    o->commit = (struct commit_observation){.level = level, .outcome = outcome, .latency_us = us};
    if (outcome != COMMIT_ACKNOWLEDGED)
        str_copy(o->commit.text, sizeof o->commit.text, "it said: \"no\" \\ \xff\xc3\xbc");
    recorder_observation(run->recorder, o);
    model_apply(run->c->model, o);
}

UNUSED_OK void observe_door(struct run *run, bool opens)
{
    struct observation *o = &run->c->observation;

    memset(o, 0, offsetof(struct observation, sample));
    o->kind = OBSERVED_DOOR;
    o->at = now_of(run->c);
    o->asked_at = run->c->now - SECONDS(3);
    o->door.opens = opens;
    recorder_observation(run->recorder, o);
    model_apply(run->c->model, o);
}

UNUSED_OK void keep_picture(struct run *run)
{
    struct error err;

    recorder_load(run->recorder, now_of(run->c), run->has_load ? &run->load : NULL);
    recorder_check(run->recorder, now_of(run->c), run->check);
    if (run->recorder != NULL) {
        assert_in_range(run->count, 0, PICTURES - 1);
        run->at[run->count] = run->c->now;
        run->text[run->count++] =
            paint(run->c->model, run->has_load ? &run->load : NULL, run->check, now_of(run->c));
        assert_true(recorder_flush(run->recorder, now_of(run->c), &err));
    }
}

/* Everything that can be on a screen comes to pass in these seconds. */
UNUSED_OK void live(struct run *run, int from, int to)
{
    struct cluster *c = run->c;

    for (int second = from; second < to; second++) {
        c->now += SECONDS(0.83);
        cluster_write(c, 1000 + (lsn_t)(second % 7) * 333);
        for (int node = 1; node < c->count && second % 9 != 4; node++)
            cluster_confirm(c, node);
        if (second == 20)
            cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
        if (second == 24)
            cluster_fault(c, 1, FAULT_NONE, "");
        if (second >= 30 && second < 36) {
            cluster_sample(c, 0)->waiting_commits = second - 29;
            cluster_sample(c, 0)->longest_wait_us = SECONDS(second - 29);
        } else {
            cluster_sample(c, 0)->waiting_commits = 0;
            cluster_sample(c, 0)->longest_wait_us = UNKNOWN_US;
        }
        if (second == 26 || second == 33)
            observe_door(run, second == 33);
        if (second == 40)
            sample_rule(cluster_sample(c, 0), "ANY 1 (n2, n3)");
        if (second == 45) {
            recorder_event(run->recorder, now_of(c), EVENT_INFO, "stack", "kill n3: done");
            events_add(c->model->events, now_of(c), EVENT_INFO, "stack", "kill n3: done");
        }
        if (second == 47) {
            recorder_interval(run->recorder, now_of(c), SECONDS(2));
            model_set_poll_interval(c->model, SECONDS(2), now_of(c));
        }
        if (second == 50)
            c->nodes[2].silent = true;
        run->has_load = second >= 35 && second < 52;
        run->load = (struct load_figures){.phase = LOAD_RUNNING,
                                          .level = COMMIT_LEVEL_ON,
                                          .rate = 50,
                                          .achieved = second < 37 ? NAN : 49.3F + (float)second,
                                          .waiting_us = second == 40 ? UNKNOWN_US : 100 * second,
                                          .counts = {.due = (uint64_t)second * 50},
                                          .p50_us = 1000,
                                          .p95_us = UNKNOWN_US,
                                          .p99_us = UNKNOWN_US,
                                          .max_us = 5000 + second};
        observe_commit(run, COMMIT_LEVEL_ON, 900 + 13 * second, COMMIT_ACKNOWLEDGED);
        observe_commit(run, COMMIT_LEVEL_LOCAL, second % 11 == 3 ? -1 : 500,
                       second % 13 == 5 ? COMMIT_FAILED : COMMIT_ACKNOWLEDGED);
        for (int node = 0; node < c->count; node++) {
            c->now += 3333;
            look(run, node);
        }
        keep_picture(run);
        c->now += SECONDS(0.1);
        keep_picture(run);
    }
}

UNUSED_OK struct run *new_run(void)
{
    struct run *run = mem_calloc(1, sizeof *run);

    run->c = cluster_new(4);
    return run;
}

UNUSED_OK void free_run(struct run *run)
{
    recorder_close(&run->recorder, now_of(run->c));
    for (int i = 0; i < run->count; i++)
        free(run->text[i]);
    free(run->check);
    cluster_free(run->c);
    free(run);
}

UNUSED_OK struct player *open_player(void)
{
    struct error err;
    struct player *player = player_open(path, &err);

    if (player == NULL)
        fail_msg("%s", err.message);
    return player;
}

UNUSED_OK void assert_picture(struct player *player, const struct run *run, int index)
{
    const struct picture *picture;
    char *text;

    player_go_to(player, run->at[index]);
    picture = player_picture(player);
    assert_true(player_now(player).mono == run->at[index]);
    text = paint(player_model(player), picture->has_load ? &picture->load : NULL, picture->check,
                 player_now(player));
    assert_string_equal(text, run->text[index]);
    free(text);
}

UNUSED_OK void assert_same_pictures(const struct run *run, int from)
{
    struct player *player = open_player();

    for (int i = from; i < run->count; i++)
        assert_picture(player, run, i);
    player_read_all(player, NULL, NULL);
    assert_string_equal(player_damage(player), "");
    for (int i = run->count - 1; i >= from; i--) /* backwards too */
        assert_picture(player, run, i);
    for (int i = 0; i < 200; i++)
        assert_picture(player, run, from + (i * 7919) % (run->count - from));
    player_free(&player);
}

/* The folder of the recordings. */
UNUSED_OK int make_folder(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    return mkdtemp(folder) != NULL ? 0 : -1;
}

UNUSED_OK int remove_folder(void **state)
{
    char name[80];
    (void)state;

    for (int i = 1; i <= files; i++) {
        str_format(name, sizeof name, "%s/%d.jsonl", folder, i);
        unlink(name);
        str_append(name, sizeof name, ".1");
        unlink(name);
    }
    return rmdir(folder);
}

#endif
