/*
 * ledger_file: lines that can be read back, whatever stands in them; what is no ledger is left
 * alone; what cannot be written or synced is said.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>
#include <signal.h>

#include "base/str.h"
#include "record/ledger_file.h"

#define PATH_SIZE 64

static const struct ledger_file_run run = {
    .cluster = "la\"b\n", .run = "r1", .clients = 2, .started = {.mono = 1000, .wall = 0}};

static int set_up(void **state)
{
    char directory[] = "/tmp/pgwatch-ledger-XXXXXX";

    assert_non_null(mkdtemp(directory));
    *state = mem_strdup(directory);
    return 0;
}

static int tear_down(void **state)
{
    char path[PATH_SIZE];

    str_format(path, sizeof path, "%s/ledger", (char *)*state);
    unlink(path);
    rmdir(*state);
    free(*state);
    return 0;
}

static struct ledger_file *begin(void **state, struct error *err)
{
    char path[PATH_SIZE];

    str_format(path, sizeof path, "%s/ledger", (char *)*state);
    return ledger_file_open(path, &run, err);
}

/* Line `number` as an object; NULL when it is none. The caller's. */
static json_t *line(void **state, int number)
{
    char path[PATH_SIZE], text[1024];
    json_t *object = NULL;

    str_format(path, sizeof path, "%s/ledger", (char *)*state);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    for (int i = 0; fgets(text, sizeof text, in) != NULL; i++)
        if (i == number)
            object = json_loads(text, 0, NULL);
    fclose(in);
    return object;
}

static void test_lines(void **state)
{
    struct error err;
    struct ledger_file *file = begin(state, &err);
    const struct ledger_answer answer = {
        .number = 7, .due = 2000, .at = 4500, .outcome = COMMIT_LOCAL, .id = 0};
    const char *node, *why, *outcome;
    json_int_t number, due, sent, at;

    assert_non_null(file);
    assert_true(ledger_file_send(file, 7, 2000, 2100, COMMIT_LEVEL_REMOTE_APPLY, "n\"1", &err));
    /* Each is in the file before the next thing is done: nobody closed or synced it. */
    json_t *object = line(state, 1);
    assert_int_equal(json_unpack(object, "{s:I, s:I, s:I, s:s}", "w", &number, "due_us", &due,
                                 "sent_us", &sent, "node", &node),
                     0);
    assert_int_equal(number, 7);
    assert_int_equal(due, 1000);
    assert_int_equal(sent, 1100);
    assert_string_equal(node, "n\"1");
    json_decref(object);
    assert_true(ledger_file_answer(file, &answer, "a \"quoted\" \xC3\xA9", &err));
    object = line(state, 2);
    assert_int_equal(
        json_unpack(object, "{s:s, s:I, s:s}", "outcome", &outcome, "at_us", &at, "why", &why), 0);
    assert_string_equal(outcome, "acknowledged_locally");
    assert_int_equal(at, 3500);
    assert_string_equal(why, "a \"quoted\" \xC3\xA9");
    assert_true(json_is_null(json_object_get(object, "id")));
    json_decref(object);
    assert_true(ledger_file_sync(file, &err));
    ledger_file_close(&file);
    assert_null(file);
    ledger_file_close(&file);
    object = line(state, 0);
    assert_string_equal(json_string_value(json_object_get(object, "cluster")), "la\"b\n");
    json_decref(object);
}

static void test_one_at_a_time(void **state)
{
    struct error err;
    struct ledger_file *file = begin(state, &err);

    assert_non_null(file);
    assert_null(begin(state, &err));
    assert_non_null(strstr(err.message, "being written by another program"));
    ledger_file_close(&file);
    file = begin(state, &err);
    assert_non_null(file);
    ledger_file_close(&file);
    json_t *second = line(state, 1); /* the next run's first line */
    assert_int_equal(json_integer_value(json_object_get(second, "format")), 1);
    json_decref(second);
}

static void test_no_room(void **state)
{
    struct rlimit former, small = {.rlim_cur = 400};
    struct error err;
    struct ledger_file *file = begin(state, &err);
    int sent = 0;

    assert_non_null(file);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &former), 0);
    small.rlim_max = former.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    while (sent < 100 && ledger_file_send(file, (uint64_t)sent, 0, 0, COMMIT_LEVEL_ON, "a", &err))
        sent++;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &former), 0);
    assert_in_range(sent, 1, 10);
    assert_non_null(strstr(err.message, "cannot write the ledger"));
    ledger_file_close(&file);
    /* The cut line is ended before the next run begins. */
    file = begin(state, &err);
    assert_non_null(file);
    ledger_file_close(&file);
    json_t *cut = line(state, sent + 1), *next = line(state, sent + 2);
    assert_null(cut);
    assert_non_null(next);
    json_decref(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_at_a_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("ledger_file", tests, NULL, NULL);
}
