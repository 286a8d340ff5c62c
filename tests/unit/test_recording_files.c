/*
 * recording_files: what a reader makes of files that are no recordings, damaged, or not ended, and
 * what a recorder does with a file that is there or cannot grow.
 */
#include <signal.h>
#include <sys/resource.h>

#include "recording_fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_recordings),
        cmocka_unit_test(test_torn_last_line),
        cmocka_unit_test(test_damage_is_said_with_its_line),
        cmocka_unit_test(test_later_kinds_and_members_are_passed_over),
        cmocka_unit_test(test_a_recording_that_is_being_written),
        cmocka_unit_test(test_nothing_is_written_over),
        cmocka_unit_test(test_a_full_disk_ends_the_recording),
    };
    return cmocka_run_group_tests_name("recording_files", tests, make_folder, remove_folder);
}
