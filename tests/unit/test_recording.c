/*
 * recording: what was recorded gives the pictures that were there, at their moments, whatever the
 * recording began with.
 */
#include "recording_fixture.h"

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

/* n2 was promoted beside n1 before the recording was begun. */
static struct run *split_before_it_began(void)
{
    struct run *run = new_run();

    live(run, 0, 10);
    sample_primary(cluster_sample(run->c, 1), 2, CLUSTER_LSN);
    live(run, 10, 14);
    start_recording(run, 0);
    assert_int_equal(run->c->model->primary_count, 2);
    return run;
}

static void test_a_recording_begun_in_a_split_brain(void **state)
{
    struct run *run = split_before_it_began();
    (void)state;

    live(run, 14, 18);
    recorder_close(&run->recorder, now_of(run->c));
    assert_non_null(strstr(run->text[0], "SPLIT BRAIN since "));
    assert_same_pictures(run, 0);
    free_run(run);
}

/* The figures since the start of the program are not only those on the screen. */
static void test_commits_before_it_began(void **state)
{
    struct run *run = new_run();
    (void)state;

    live(run, 0, 10);
    start_recording(run, 0);
    keep_picture(run);
    const struct latency_level *was = &run->c->model->latency->levels[COMMIT_LEVEL_ON];
    recorder_close(&run->recorder, now_of(run->c));
    struct player *player = open_player();
    player_go_to(player, run->at[0]);
    const struct latency_level *is = &player_model(player)->latency->levels[COMMIT_LEVEL_ON];
    assert_true(was->counted > 5);
    assert_int_equal(is->counted, was->counted);
    assert_int_equal(is->counted_us, was->counted_us);
    player_free(&player);
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

/* Ten events, one a second, while the wall clock is so far from where it was at the beginning. */
static void ten_seconds(struct run *run, double shift_s)
{
    for (int i = 0; i < 10; i++) {
        struct instant now = now_of(run->c);

        now.wall += SECONDS(shift_s);
        recorder_event(run->recorder, now, EVENT_INFO, "stack", "done");
        run->c->now += SECONDS(1);
    }
}

static void test_wall_clock_that_moved(void **state)
{
    static const struct {
        double wall_s, after_s; /* since the beginning; -1: refused */
    } moments[] = {
        {2, 2},     {7, 12},   /* it was put back: the second time */
        {15.5, 20}, {50, 20},  /* it was put forward past it */
        {85, 25},   {-65, 35}, /* put back to before the beginning */
        {-90, -1},  {300, -1},
    };
    struct run *run = new_run();
    struct error err;
    char wall[32];
    mono_us at;
    (void)state;

    start_recording(run, 0);
    ten_seconds(run, 0);
    ten_seconds(run, -5);
    ten_seconds(run, 60);
    ten_seconds(run, -100);
    run->c->now -= SECONDS(1);
    recorder_flush(run->recorder, now_of(run->c), &err);
    struct player *player = open_player();
    struct instant start = player_header(player)->at;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        clock_format_utc(start.wall + SECONDS(moments[i].wall_s), wall, sizeof wall);
        assert_int_equal(player_find(player, wall, &at, &err), moments[i].after_s >= 0);
        if (moments[i].after_s >= 0)
            assert_in_range(at - start.mono, SECONDS(moments[i].after_s) - 1000,
                            SECONDS(moments[i].after_s));
        if (moments[i].wall_s < 0 || moments[i].after_s < 0)
            continue;
        wall[23] = '\0'; /* the time of day alone */
        assert_true(player_find(player, wall + 11, &at, &err));
    }
    player_free(&player);
    free_run(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures_are_those_that_were_there),
        cmocka_unit_test(test_a_recording_begun_in_the_middle),
        cmocka_unit_test(test_a_recording_begun_in_a_split_brain),
        cmocka_unit_test(test_commits_before_it_began),
        cmocka_unit_test(test_rotation_goes_on_with_the_same_pictures),
        cmocka_unit_test(test_check_is_replayed),
        cmocka_unit_test(test_news_and_steps),
        cmocka_unit_test(test_moments_that_people_write),
        cmocka_unit_test(test_wall_clock_that_moved),
    };
    return cmocka_run_group_tests_name("recording", tests, make_folder, remove_folder);
}
