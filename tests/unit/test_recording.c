/*
 * recording: what was recorded gives the pictures that were there, at their moments, whatever the
 * recording began with; and what a reader makes of files that are no recordings, or damaged ones.
 */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/replay.h"
#include "app/watch.h"
#include "base/str.h"
#include "cluster_fixture.h"
#include "record/player.h"
#include "record/recorder.h"
#include "ui/view.h"

#define PICTURES 400

static char folder[] = "/tmp/pgwatch-recording-XXXXXX";
static char path[64];

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

static struct instant now_of(const struct cluster *c)
{
    return (struct instant){.mono = c->now, .wall = c->now + SECONDS(1795435380)};
}

static struct recording_header header_of(const struct cluster *c)
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

static void new_path(void)
{
    static int files;

    str_format(path, sizeof path, "%s/%d.jsonl", folder, ++files);
}

static void start_recording(struct run *run, int64_t max_bytes)
{
    struct recording_header *header = mem_calloc(1, sizeof *header);
    struct error err;

    *header = header_of(run->c);
    new_path();
    run->recorder = recorder_open(path, max_bytes, header, run->c->model, &err);
    assert_non_null(run->recorder);
    free(header);
}

static char *paint(struct model *model, const struct load_figures *load,
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

static void look(struct run *run, int node)
{
    if (run->c->nodes[node].silent)
        return;
    cluster_look_after(run->c, node, 700 + 100 * node);
    recorder_observation(run->recorder, &run->c->observation);
}

static void observe_commit(struct run *run, enum commit_level level, int64_t us,
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

static void keep_picture(struct run *run)
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
static void live(struct run *run, int from, int to)
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

static struct run *new_run(void)
{
    struct run *run = mem_calloc(1, sizeof *run);

    run->c = cluster_new(4);
    return run;
}

static void free_run(struct run *run)
{
    recorder_close(&run->recorder, now_of(run->c));
    for (int i = 0; i < run->count; i++)
        free(run->text[i]);
    free(run->check);
    cluster_free(run->c);
    free(run);
}

static struct player *open_player(void)
{
    struct error err;
    struct player *player = player_open(path, &err);

    if (player == NULL)
        fail_msg("%s", err.message);
    return player;
}

static void assert_picture(struct player *player, const struct run *run, int index)
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

static void assert_same_pictures(const struct run *run, int from)
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

/* ---- tests */

static void test_pictures_are_those_that_were_there(void **state)
{
    struct run *run = new_run();
    (void)state;

    start_recording(run, 0);
    live(run, 0, 60);
    recorder_close(&run->recorder, now_of(run->c));
    assert_same_pictures(run, 0);
    free_run(run);
}

static void test_a_recording_begun_in_the_middle(void **state)
{
    struct run *run = new_run();
    (void)state;

    live(run, 0, 33);
    start_recording(run, 0);
    live(run, 33, 60);
    recorder_close(&run->recorder, now_of(run->c));
    assert_same_pictures(run, 0);
    free_run(run);
}

static void test_rotation_goes_on_with_the_same_pictures(void **state)
{
    struct run *run = new_run();
    char old[80];
    struct stat status;
    (void)state;

    start_recording(run, 64 * 1024);
    live(run, 0, 30);
    live(run, 0, 60);
    recorder_close(&run->recorder, now_of(run->c));
    str_format(old, sizeof old, "%s.1", path);
    assert_int_equal(stat(old, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_in_range(status.st_size, 64 * 1024, 200 * 1024);
    struct player *player = open_player();
    int from = 0;
    while (from < run->count && run->at[from] < player_header(player)->at.mono)
        from++;
    player_free(&player);
    assert_in_range(from, 1, run->count - 2);
    assert_same_pictures(run, from);
    free_run(run);
}

static void test_check_is_replayed(void **state)
{
    struct run *run = new_run();
    (void)state;

    start_recording(run, 0);
    live(run, 0, 5);
    run->check = mem_calloc(1, sizeof *run->check);
    replication_check_begin(run->check, run->c->model, now_of(run->c));
    run->check->whole = true;
    run->check->write = CHECK_WRITE_ANSWERED;
    run->check->id = 42;
    run->check->latency_us = 1300;
    keep_picture(run);
    run->check->nodes[0].row = CHECK_YES;
    run->check->nodes[0].since_send_us = 1900;
    replication_check_end(run->check, run->c->model, now_of(run->c));
    keep_picture(run);
    recorder_close(&run->recorder, now_of(run->c));

    struct player *player = open_player();
    player_go_to(player, player_header(player)->at.mono + SECONDS(3600));
    const struct replication_check *check = player_picture(player)->check;
    assert_non_null(check);
    assert_true(check->whole && check->ended && check->id == 42);
    assert_int_equal(check->node_count, run->check->node_count);
    assert_string_equal(check->nodes[0].name, run->check->nodes[0].name);
    assert_string_equal(check->nodes[1].reason, run->check->nodes[1].reason);
    assert_true(check->nodes[1].since_ack_us == run->check->nodes[1].since_ack_us);
    assert_true(player_was_ended(player) == false); /* nobody has read to its end yet */
    player_read_all(player, NULL, NULL);
    assert_true(player_was_ended(player));
    player_free(&player);
    free_run(run);
}

/* ---- files that are not as they should be */

static void write_bytes(const char *bytes, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static char *read_bytes(size_t *length)
{
    FILE *file = fopen(path, "r");
    char *bytes = mem_calloc(1, 1 << 22);

    assert_non_null(file);
    *length = fread(bytes, 1, (1 << 22) - 1, file);
    fclose(file);
    return bytes;
}

static void assert_refused(const char *bytes, size_t length, const char *message)
{
    struct error err;

    new_path();
    write_bytes(bytes, length);
    assert_null(player_open(path, &err));
    assert_string_equal(err.message, message);
}

static void test_no_recordings(void **state)
{
    static const char newer[] = "{\"format\":2,\"recording\":\"pgwatch-tui\",\"of\":[]}\n";
    char *noise = mem_calloc(1, 9 << 20);
    struct error err;
    (void)state;

    assert_refused("", 0, "this is no recording of pgwatch-tui");
    assert_refused("hello\n", 6, "this is no recording of pgwatch-tui");
    assert_refused("{\"format\":1,\"ledger\":\"pgwatch-tui\"}\n", 36,
                   "this is no recording of pgwatch-tui");
    assert_refused(newer, sizeof newer - 1,
                   "this recording has format 2, this program reads format 1");
    assert_refused("{\"format\":1,\"recording\":\"pgwatch-tui\"}\n", 39,
                   "the recording's first line is damaged: a value is no object");
    for (size_t i = 0; i < 9 << 20; i++)
        noise[i] = (char)(i * 2654435761U >> 13 | 0x80);
    assert_refused(noise, 9 << 20, "this is no recording of pgwatch-tui");
    free(noise);
    assert_null(player_open("/tmp", &err));
    assert_string_equal(err.message, "/tmp is not a regular file");
    assert_null(player_open("/nowhere/at/all", &err));
    assert_string_equal(err.message, "cannot open /nowhere/at/all: No such file or directory");
}

/* One that the last second of was lost, at every byte. */
static void test_torn_last_line(void **state)
{
    struct run *run = new_run();
    size_t length, torn;
    char *bytes;
    (void)state;

    start_recording(run, 0);
    live(run, 0, 3);
    recorder_close(&run->recorder, now_of(run->c));
    bytes = read_bytes(&length);
    for (torn = length - 700; torn < length; torn++) {
        write_bytes(bytes, torn);
        struct player *player = open_player();
        player_read_all(player, NULL, NULL);
        assert_string_equal(player_damage(player), "");
        assert_false(player_was_ended(player));
        player_free(&player);
    }
    free(bytes);
    free_run(run);
}

static void test_damage_is_said_with_its_line(void **state)
{
    static const char *const lines[] = {
        "nonsense\n",
        "{\"t\":9999999999,\"n\":77,\"commit\":{}}\n",
        "{\"t\":9999999999,\"changes\":{\"standbys\":{\"63\":{}}}}\n",
        "{\"t\":9999999999,\"sample\":{\"timeline\":\"x\"}}\n",
        "{\"t\":-1,\"end\":{}}\n",
        "{\"t\":9999999999,\"interval\":0}\n",
    };
    struct run *run = new_run();
    size_t length;
    char *bytes;
    (void)state;

    start_recording(run, 0);
    live(run, 0, 3);
    recorder_close(&run->recorder, now_of(run->c));
    bytes = read_bytes(&length);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        char *more = mem_calloc(1, length + 200);
        memcpy(more, bytes, length);
        memcpy(more + length, lines[i], strlen(lines[i]));
        write_bytes(more, length + strlen(lines[i]));
        struct player *player = open_player();
        player_read_all(player, NULL, NULL);
        assert_true(strncmp(player_damage(player), "line ", 5) == 0);
        /* What was before it is shown. */
        assert_picture(player, run, run->count - 1);
        assert_false(player_go_to(player, player_header(player)->at.mono + SECONDS(100000)));
        player_free(&player);
        free(more);
    }
    free(bytes);
    free_run(run);
}

static void test_later_kinds_and_members_are_passed_over(void **state)
{
    static const char later[] =
        "{\"t\":99999999,\"weather\":{\"rain\":true}}\n"
        "{\"t\":99999999,\"event\":{\"level\":\"purple\",\"subject\":\"x\","
        "\"text\":\"\\u001b[2J\",\"more\":1}}\n";
    struct run *run = new_run();
    (void)state;

    start_recording(run, 0);
    live(run, 0, 3);
    recorder_close(&run->recorder, now_of(run->c));
    FILE *file = fopen(path, "a");
    fputs(later, file);
    fclose(file);
    struct player *player = open_player();
    player_read_all(player, NULL, NULL);
    assert_string_equal(player_damage(player), "");
    player_go_to(player, player_end(player).mono);
    const struct event *event = events_at(player_model(player)->events, 0);
    assert_string_equal(event->subject, "x");
    assert_string_equal(event->text, "\xEF\xBF\xBD[2J"); /* a file is a stranger */
    player_free(&player);
    free_run(run);
}

/* It grows while it is shown. */
static void test_a_recording_that_is_being_written(void **state)
{
    struct run *run = new_run();
    struct error err;
    (void)state;

    start_recording(run, 0);
    live(run, 0, 5);
    struct player *player = open_player();
    player_read_all(player, NULL, NULL);
    mono_us end = player_end(player).mono;
    assert_true(end == run->at[run->count - 1] || end < run->c->now);
    live(run, 5, 10);
    assert_true(recorder_flush(run->recorder, now_of(run->c), &err));
    player_read_all(player, NULL, NULL);
    assert_true(player_end(player).mono > end);
    for (int i = 0; i < run->count - 1; i++) /* nothing was written at the last one's moment */
        assert_picture(player, run, i);
    player_free(&player);
    free_run(run);
}

static void test_nothing_is_written_over(void **state)
{
    struct run *run = new_run();
    struct recording_header *header = mem_calloc(1, sizeof *header);
    struct error err;
    struct stat status;
    (void)state;

    start_recording(run, 0);
    *header = header_of(run->c);
    assert_null(recorder_open(path, 0, header, run->c->model, &err));
    assert_non_null(strstr(err.message, "is there already"));
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    free(header);
    free_run(run);
}

/* The disk is full: said once, and the file ends with a whole line. */
static void test_a_full_disk_ends_the_recording(void **state)
{
    struct run *run = new_run();
    struct rlimit before, small;
    struct error err = {{0}, {0}};
    bool good = true;
    (void)state;

    signal(SIGXFSZ, SIG_IGN);
    start_recording(run, 0);
    live(run, 0, 3);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 30000;
    setrlimit(RLIMIT_FSIZE, &small);
    for (int i = 0; i < 200 && good; i++) {
        run->c->now += SECONDS(1);
        for (int node = 0; node < run->c->count; node++)
            look(run, node);
        good = recorder_flush(run->recorder, now_of(run->c), &err);
    }
    setrlimit(RLIMIT_FSIZE, &before);
    assert_false(good);
    assert_non_null(strstr(err.message, "cannot write the recording"));
    look(run, 0); /* harmless */
    assert_false(recorder_flush(run->recorder, now_of(run->c), &err));
    recorder_close(&run->recorder, now_of(run->c));
    size_t length;
    char *bytes = read_bytes(&length);
    assert_int_equal(bytes[length - 1], '\n');
    free(bytes);
    assert_same_pictures(run, 0);
    free_run(run);
}

/* ---- moments */

static void test_news_and_steps(void **state)
{
    struct run *run = new_run();
    mono_us at = 0, back, polled;
    int news = 0;
    (void)state;

    start_recording(run, 0);
    live(run, 0, 60);
    const struct recording_mark mark = {.kind = "drill", .subject = "n1", .text = "killed"};
    run->c->now += SECONDS(1);
    recorder_mark(run->recorder, now_of(run->c), &mark, "{\"phase\":\"injected\"}");
    mono_us marked = run->c->now;
    recorder_close(&run->recorder, now_of(run->c));
    struct player *player = open_player();
    player_read_all(player, NULL, NULL);
    while (player_next_news(player, at, false, &at))
        news++;
    assert_true(news > 5);
    assert_true(at == marked);
    player_go_to(player, at);
    assert_string_equal(player_picture(player)->mark.text, "killed");
    assert_string_equal(player_picture(player)->mark.kind, "drill");
    mono_us found;
    struct error err;
    assert_true(player_find(player, "mark:1", &found, &err));
    assert_true(found == marked);
    assert_false(player_find(player, "mark:2", &found, &err));
    assert_string_equal(err.message, "the recording has 1 marks");
    while (player_next_news(player, at, true, &at))
        news--;
    assert_int_equal(news, 1); /* from the last one */
    at = player_header(player)->at.mono;
    for (int i = 0; i < 100; i++) {
        assert_true(player_next_poll(player, at, false, &polled));
        assert_true(polled > at);
        if (i > 0) {
            assert_true(player_next_poll(player, polled, true, &back));
            assert_true(back == at);
        }
        at = polled;
    }
    player_free(&player);
    free_run(run);
}

static void test_moments_that_people_write(void **state)
{
    static const struct {
        const char *text;
        int64_t after_us; /* -1: refused */
    } moments[] = {{"0s", 0},
                   {"start", 0},
                   {"10s", 10 * US_PER_S},
                   {"+10s", 10 * US_PER_S},
                   {"0m10s500ms", 10500 * US_PER_MS},
                   {"7us", 7},
                   {"9h", -1},
                   {"-9h", -1},
                   {"", -1},
                   {"10", -1},
                   {"s", -1},
                   {"--3s", -1},
                   {"tomorrow", -1},
                   {"25:00:00", -1},
                   {"10s10", -1}};
    struct run *run = new_run();
    struct error err;
    mono_us at, end;
    (void)state;

    start_recording(run, 0);
    live(run, 0, 40);
    recorder_close(&run->recorder, now_of(run->c));
    struct player *player = open_player();
    mono_us start = player_header(player)->at.mono;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        assert_int_equal(player_find(player, moments[i].text, &at, &err), moments[i].after_us >= 0);
        if (moments[i].after_us >= 0)
            assert_true(at == start + moments[i].after_us);
    }
    assert_true(player_find(player, "end", &end, &err));
    assert_true(end == player_end(player).mono);
    assert_true(player_find(player, "-3s", &at, &err) && at == end - SECONDS(3));
    char wall[32];
    clock_format_utc(player_header(player)->at.wall + SECONDS(20), wall, sizeof wall);
    assert_true(player_find(player, wall, &at, &err));
    assert_true(at > start + SECONDS(19.9) && at <= start + SECONDS(20));
    wall[19] = '\0';
    assert_true(player_find(player, wall + 11, &at, &err));
    assert_true(at > start + SECONDS(18.9) && at <= start + SECONDS(20));
    player_free(&player);
    free_run(run);
}

static int remove_folder(void **state)
{
    char command[64];
    (void)state;

    str_format(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_are_those_that_were_there),
        cmocka_unit_test(test_a_recording_begun_in_the_middle),
        cmocka_unit_test(test_rotation_goes_on_with_the_same_pictures),
        cmocka_unit_test(test_check_is_replayed),
        cmocka_unit_test(test_no_recordings),
        cmocka_unit_test(test_torn_last_line),
        cmocka_unit_test(test_damage_is_said_with_its_line),
        cmocka_unit_test(test_later_kinds_and_members_are_passed_over),
        cmocka_unit_test(test_a_recording_that_is_being_written),
        cmocka_unit_test(test_nothing_is_written_over),
        cmocka_unit_test(test_a_full_disk_ends_the_recording),
        cmocka_unit_test(test_news_and_steps),
        cmocka_unit_test(test_moments_that_people_write),
    };

    setenv("TZ", "UTC", 1);
    if (mkdtemp(folder) == NULL)
        return 1;
    return cmocka_run_group_tests_name("recording", tests, NULL, remove_folder);
}
