/*
 * drill_journal: what a killed drill left is told, wherever it was cut; nobody drills beside
 * another; what cannot be read or written is said and nothing of it is lost.
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
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>

#include "base/str.h"
#include "record/drill_journal.h"

#define PATH_SIZE 128
#define TEXT_SIZE 8192
#define AT (1795435380LL * US_PER_S)

static char folder[PATH_SIZE]; /* below a temporary one; not there at first */

static const struct drill_head head = {.drill = "primary-freeze",
                                       .run = "r1",
                                       .cluster = "la\"b",
                                       .system_identifier = 7512345678901234567ULL,
                                       .marker = "0b9c3f3e-0000-4000-8000-000000000000"};

static void path_of(const char *name, char *path)
{
    assert_true(str_format(path, PATH_SIZE, "%s/%s", folder, name));
}

static int set_up(void **state)
{
    char base[] = "/tmp/pgwatch-journal-XXXXXX";

    assert_non_null(mkdtemp(base));
    *state = mem_strdup(base);
    str_format(folder, sizeof folder, "%s/above/drills", base);
    return 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"drill.lock", "drill.journal", "drill.journal.new",
                                        "drill.journal.aside.1", "drill.journal.aside.2"};
    char path[PATH_SIZE];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_of(names[i], path);
        unlink(path);
    }
    rmdir(folder);
    str_format(path, sizeof path, "%s/above", (char *)*state);
    rmdir(path);
    rmdir(*state);
    free(*state);
    return 0;
}

static size_t read_file(const char *name, char *text)
{
    char path[PATH_SIZE];

    path_of(name, path);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t length = fread(text, 1, TEXT_SIZE - 1, in);
    fclose(in);
    text[length] = '\0';
    return length;
}

static void write_file(const char *name, const char *text, size_t length)
{
    char path[PATH_SIZE];

    path_of(name, path);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

static struct drill_journal *begin(void)
{
    struct drill_journal *journal;
    struct error err;

    if (!drill_journal_open(folder, &journal, &err))
        fail_msg("%s", err.message);
    if (!drill_journal_begin(journal, AT, &head, &err))
        fail_msg("%s", err.message);
    return journal;
}

/* As primary-freeze does it, up to the promotion. */
static void drill(struct drill_journal *journal)
{
    struct error err;

    assert_true(drill_journal_step(journal, AT, 0, DEED_START_LOAD, NULL, &err));
    assert_true(drill_journal_step_ended(journal, AT, 0, DEED_START_LOAD, NULL, true, &err));
    assert_true(drill_journal_step(journal, AT, 1, DEED_PAUSE, "primary", &err));
    assert_true(drill_journal_step_ended(journal, AT, 1, DEED_PAUSE, "primary", true, &err));
    assert_true(drill_journal_step(journal, AT, 2, DEED_FENCE, "primary", &err));
    assert_true(drill_journal_step_ended(journal, AT, 2, DEED_FENCE, "primary", true, &err));
    assert_true(drill_journal_promote(journal, AT, "replica1", &err));
}

static void finish(struct drill_journal *journal)
{
    struct error err;

    assert_true(drill_journal_promotion_ended(journal, AT, "replica1", &err));
    assert_true(drill_journal_undone(journal, AT, "primary", DEED_UP, &err));
    assert_true(drill_journal_end(journal, AT, DRILL_PASS, &err));
}

static void test_none(void **state)
{
    struct drill_left left;
    struct drill_journal *journal;
    struct error err;
    (void)state;
    assert_true(drill_journal_left(folder, &left, &err));
    assert_false(left.begun);
    assert_false(left.under_way);
    assert_int_not_equal(access(folder, F_OK), 0); /* who only looks makes nothing */
    assert_false(drill_journal_resume(folder, &journal, &err));
    assert_null(journal);
    assert_non_null(strstr(err.message, "nothing to undo"));
}

static void test_files(void **state)
{
    struct drill_journal *journal = begin();
    struct stat status;
    char path[PATH_SIZE], text[TEXT_SIZE];
    (void)state;
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    path_of("drill.journal", path);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    path_of("drill.lock", path);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    drill(journal);
    finish(journal);
    drill_journal_close(&journal);
    assert_null(journal);
    drill_journal_close(&journal);
    read_file("drill.journal", text);
    assert_non_null(strstr(text,
                           "{\"format\":1,\"journal\":\"pgwatch-tui drill\",\"entry\":\"begin\","
                           "\"at\":\"2026-11-23T12:03:00.000Z\",\"drill\":\"primary-freeze\","
                           "\"run\":\"r1\",\"cluster\":\"la\\\"b\","
                           "\"system_identifier\":\"7512345678901234567\","
                           "\"marker\":\"0b9c3f3e-0000-4000-8000-000000000000\"}\n"));
    assert_non_null(strstr(text,
                           "{\"entry\":\"step\",\"at\":\"2026-11-23T12:03:00.000Z\","
                           "\"node\":\"primary\",\"deed\":\"pause\",\"step\":1,"
                           "\"undo\":\"resume\"}\n"));
    assert_non_null(strstr(text, "\"entry\":\"end\""));
    assert_int_equal(read_file("drill.lock", text), 0);
}

/* Each line is in the file when the function returns; who is under way is not left. */
static void test_under_way(void **state)
{
    struct drill_journal *journal = begin(), *second;
    struct drill_left left;
    struct error err;
    char pid[16];
    (void)state;
    drill(journal);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_true(left.begun);
    assert_false(left.ended);
    assert_true(left.under_way);
    assert_int_equal(left.pid, getpid());
    assert_string_equal(left.head.drill, "primary-freeze");
    assert_string_equal(left.head.run, "r1");
    assert_string_equal(left.head.cluster, "la\"b");
    assert_string_equal(left.head.marker, head.marker);
    assert_true(left.head.system_identifier == head.system_identifier);
    assert_string_equal(left.head.at, "2026-11-23T12:03:00.000Z");
    assert_int_equal(left.count, 1);
    assert_string_equal(left.undos[0].node, "primary");
    assert_int_equal(left.undos[0].undo, DEED_UP);
    assert_true(left.promotion);
    assert_string_equal(left.promoted, "replica1");
    assert_int_equal(drill_journal_now(journal)->count, 1);
    assert_false(drill_journal_open(folder, &second, &err));
    assert_null(second);
    str_format(pid, sizeof pid, "%ld", (long)getpid());
    assert_non_null(strstr(err.message, "under way"));
    assert_non_null(strstr(err.message, pid));
    assert_false(drill_journal_resume(folder, &second, &err));
    drill_journal_close(&journal);
}

/* Its holder is gone without a word: the lock is free, and what it left is due until it is undone.
 */
static void test_left(void **state)
{
    struct drill_journal *journal;
    struct drill_left left;
    struct error err;
    pid_t child = fork();
    int status;
    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        drill(begin());
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_false(left.under_way);
    assert_true(drill_left_is_due(&left));
    assert_false(drill_journal_open(folder, &journal, &err));
    assert_null(journal);
    assert_non_null(strstr(err.message, "primary-freeze"));
    assert_non_null(strstr(err.message, "2026-11-23T12:03:00.000Z"));
    assert_true(drill_journal_resume(folder, &journal, &err));
    assert_int_equal(drill_journal_now(journal)->count, 1);
    finish(journal);
    drill_journal_close(&journal);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_true(left.ended);
    assert_false(drill_left_is_due(&left));
    assert_int_equal(left.verdict, DRILL_PASS);
    journal = begin(); /* anew */
    assert_int_equal(drill_journal_now(journal)->count, 0);
    drill_journal_close(&journal);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_true(left.begun);
    assert_false(left.ended);
}

/* Not before it began, not twice; nothing after its end but what is undone. */
static void test_order(void **state)
{
    struct drill_journal *journal;
    struct error err;
    (void)state;
    assert_true(drill_journal_open(folder, &journal, &err));
    assert_false(drill_journal_step(journal, AT, 0, DEED_KILL, "a", &err));
    assert_true(drill_journal_begin(journal, AT, &head, &err));
    assert_false(drill_journal_begin(journal, AT, &head, &err));
    assert_true(drill_journal_end(journal, AT, DRILL_FAIL, &err));
    assert_false(drill_journal_step(journal, AT, 0, DEED_KILL, "a", &err));
    assert_non_null(strstr(err.message, "\"step\""));
    drill_journal_close(&journal);
}

/* What must be due when the journal's first `length` bytes are there. */
static void check_cut(const char *text, size_t length)
{
    struct drill_left left;
    struct drill_journal *journal;
    struct error err;
    int lines = 0;
    char again[TEXT_SIZE];

    for (size_t i = 0; i < length; i++)
        lines += text[i] == '\n';
    write_file("drill.journal", text, length);
    if (!drill_journal_left(folder, &left, &err))
        fail_msg("cut at %zu: %s", length, err.message);
    assert_int_equal(left.begun, lines >= 1);
    /* begin, load, load done, pause, pause done, fence, fence done, asked, ended, up, end */
    assert_int_equal(left.count, lines < 4 || lines >= 10 ? 0 : lines == 6 ? 2 : 1);
    assert_int_equal(left.promotion, lines == 8);
    assert_int_equal(left.ended, lines >= 11);
    if (lines < 1 || lines >= 11)
        return;
    assert_true(drill_journal_resume(folder, &journal, &err));
    assert_true(drill_journal_end(journal, AT, DRILL_INCOMPLETE, &err));
    drill_journal_close(&journal);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_true(left.ended);
    /* The whole lines are as they were; what was cut is gone, and the end stands on its own. */
    size_t whole = length;
    while (whole > 0 && text[whole - 1] != '\n')
        whole--;
    assert_true(read_file("drill.journal", again) > whole);
    assert_memory_equal(again, text, whole);
    assert_ptr_equal(strstr(again, "{\"entry\":\"end\""), again + whole);
}

static void test_cut_at_every_byte(void **state)
{
    struct drill_journal *journal = begin();
    char text[TEXT_SIZE];
    (void)state;
    drill(journal);
    finish(journal);
    drill_journal_close(&journal);
    size_t length = read_file("drill.journal", text);
    for (size_t cut = 0; cut <= length; cut++)
        check_cut(text, cut);
}

static void assert_unreadable(const char *what)
{
    struct drill_left left;
    struct drill_journal *journal;
    struct error err;
    char before[TEXT_SIZE], after[TEXT_SIZE];
    size_t length = read_file("drill.journal", before);

    assert_false(drill_journal_left(folder, &left, &err));
    if (strstr(err.message, what) == NULL)
        fail_msg("\"%s\" is not in: %s", what, err.message);
    assert_non_null(strstr(err.message, "drill.journal"));
    assert_true(err.hint[0] != '\0');
    assert_false(drill_journal_open(folder, &journal, &err));
    assert_non_null(strstr(err.message, what));
    assert_false(drill_journal_resume(folder, &journal, &err));
    assert_non_null(strstr(err.message, what));
    assert_int_equal(read_file("drill.journal", after), length);
    assert_memory_equal(before, after, length);
}

#define BEGIN_LINE                                                                                 \
    "{\"format\":1,\"journal\":\"pgwatch-tui drill\",\"entry\":\"begin\",\"at\":\"x\",\"drill\":"  \
    "\"d\",\"run\":\"r\",\"cluster\":\"c\",\"system_identifier\":null,\"marker\":null}\n"

static void test_unreadable(void **state)
{
    static const struct {
        const char *text, *what;
    } cases[] = {
        {"garbage\n", "line 1: it is no JSON object"},
        {"\n", "line 1: it is no JSON object"},
        {"[]\n", "line 1: it is no JSON object"},
        {"{}\n", "line 1: its entry is not known"},
        {"{\"entry\":\"begin\",\"format\":1}\n", "line 1: it is no drill journal"},
        {"{\"entry\":\"begin\",\"journal\":\"pgwatch-tui drill\",\"format\":2}\n",
         "line 1: it is of another format"},
        {"{\"entry\":\"end\",\"verdict\":\"pass\"}\n", "line 1: it cannot stand here"},
        {BEGIN_LINE BEGIN_LINE, "line 2: it cannot stand here"},
        {BEGIN_LINE "{\"entry\":\"step\",\"step\":1,\"deed\":\"explode\",\"node\":\"a\","
                    "\"undo\":null}\n",
         "line 2: its deed is not known"},
        {BEGIN_LINE "{\"entry\":\"step\",\"step\":1,\"deed\":\"kill\",\"node\":\"a\",\"undo\":7}\n",
         "line 2: its undo is not known"},
        {BEGIN_LINE "{\"entry\":\"step\",\"step\":4611686018427387904,\"deed\":\"kill\",\"node\":"
                    "\"a\",\"undo\":null}\n",
         "line 2: its step is none"},
        {BEGIN_LINE "{\"entry\":\"step\",\"step\":\"1\",\"deed\":\"kill\",\"node\":\"a\","
                    "\"undo\":null}\n",
         "line 2: its step is none"},
        {BEGIN_LINE "{\"entry\":\"undone\",\"deed\":\"up\"}\n", "line 2: its node is none"},
        {BEGIN_LINE "{\"entry\":\"end\"}\n", "line 2: its verdict is not known"},
        {BEGIN_LINE "{\"entry\":\"end\",\"entry\":\"end\",\"verdict\":\"pass\"}\n",
         "line 2: it is no JSON object"},
    };
    struct drill_journal *journal = begin();
    (void)state;
    drill_journal_close(&journal);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file("drill.journal", cases[i].text, strlen(cases[i].text));
        assert_unreadable(cases[i].what);
    }
}

/* Texts of the file are somebody else's: none reaches a terminal as it is. */
static void test_foreign_text(void **state)
{
    static const char line[] = BEGIN_LINE
        "{\"entry\":\"step\",\"step\":1,\"deed\":\"kill\",\"node\":"
        "\"a\\u001b[31m\",\"undo\":\"up\"}\n";
    struct drill_journal *journal = begin();
    struct drill_left left;
    struct error err;
    (void)state;
    drill_journal_close(&journal);
    write_file("drill.journal", line, sizeof line - 1);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_string_equal(left.undos[0].node, "a\xEF\xBF\xBD[31m");
}

/* Whatever bytes are there: an answer, no crash, and the file as it was. */
static void test_garbage(void **state)
{
    struct drill_journal *journal = begin();
    char text[TEXT_SIZE], spoilt[TEXT_SIZE], after[TEXT_SIZE];
    struct drill_left left;
    struct error err;
    (void)state;
    drill(journal);
    finish(journal);
    drill_journal_close(&journal);
    size_t length = read_file("drill.journal", text);
    srand(4711);
    for (int i = 0; i < 3000; i++) {
        memcpy(spoilt, text, length);
        for (int n = 1 + rand() % 4; n > 0; n--)
            spoilt[(size_t)rand() % length] =
                i % 3 == 0 ? (char)rand() : "{}[]\",:\n0a\\"[rand() % 11];
        write_file("drill.journal", spoilt, length);
        err.message[0] = '\0';
        if (!drill_journal_left(folder, &left, &err))
            assert_true(err.message[0] != '\0');
        assert_in_range(left.count, 0, DRILL_LEFT_MAX);
    }
    assert_int_equal(read_file("drill.journal", after), length);
    assert_memory_equal(after, spoilt, length);
}

static void test_no_regular_file(void **state)
{
    struct drill_journal *journal = begin();
    struct drill_left left;
    struct error err;
    char path[PATH_SIZE];
    (void)state;
    drill_journal_close(&journal);
    path_of("drill.journal", path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(drill_journal_left(folder, &left, &err));
    assert_non_null(strstr(err.message, "not a regular file"));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_false(drill_journal_open(folder, &journal, &err));
    assert_non_null(strstr(err.message, "cannot open"));
}

static void test_too_large(void **state)
{
    struct drill_journal *journal = begin();
    struct drill_left left;
    struct error err;
    char path[PATH_SIZE];
    (void)state;
    drill_journal_close(&journal);
    path_of("drill.journal", path);
    assert_int_equal(truncate(path, 1 << 21), 0);
    assert_false(drill_journal_left(folder, &left, &err));
    assert_non_null(strstr(err.message, "larger than"));
}

static void test_put_aside(void **state)
{
    struct drill_journal *journal = begin();
    struct error err;
    char path[PATH_SIZE], text[TEXT_SIZE];
    (void)state;
    assert_false(drill_journal_put_aside(folder, path, sizeof path, &err));
    assert_non_null(strstr(err.message, "under way"));
    drill_journal_close(&journal);
    for (int i = 1; i <= 2; i++) {
        str_format(text, sizeof text, "garbage %d\n", i);
        write_file("drill.journal", text, strlen(text));
        assert_true(drill_journal_put_aside(folder, path, sizeof path, &err));
    }
    assert_non_null(strstr(path, "/drill.journal.aside.2"));
    read_file("drill.journal.aside.1", text);
    assert_string_equal(text, "garbage 1\n");
    read_file("drill.journal.aside.2", text);
    assert_string_equal(text, "garbage 2\n");
    assert_false(drill_journal_put_aside(folder, path, sizeof path, &err));
    journal = begin();
    drill_journal_close(&journal);
}

static void assert_cut_off(bool expected)
{
    struct drill_journal *journal;
    struct error err;

    assert_true(drill_journal_resume(folder, &journal, &err));
    assert_int_equal(drill_journal_now(journal)->cut_off, expected);
    drill_journal_close(&journal);
}

/* Who died between a step's beginning and its end may have asked for more than can be seen. */
static void test_cut_off(void **state)
{
    struct drill_journal *journal = begin();
    struct error err;
    (void)state;
    assert_true(drill_journal_step(journal, AT, 1, DEED_PAUSE, "primary", &err));
    assert_false(drill_journal_now(journal)->cut_off);
    drill_journal_close(&journal);
    assert_cut_off(true);
    assert_true(drill_journal_resume(folder, &journal, &err));
    assert_true(drill_journal_step_ended(journal, AT, 1, DEED_PAUSE, "primary", true, &err));
    drill_journal_close(&journal);
    assert_cut_off(false);
}

static void test_remove(void **state)
{
    struct drill_journal *journal = begin();
    struct drill_left left;
    struct error err;
    char path[PATH_SIZE], text[TEXT_SIZE];

    (void)state;
    drill(journal);
    drill_journal_remove(folder); /* it is under way */
    assert_true(read_file("drill.journal", text) > 0);
    drill_journal_close(&journal);
    write_file("else", "", 0);
    write_file("drill.recording.jsonl.1", "", 0); /* what --record-max put aside */
    drill_journal_remove(folder);
    path_of("drill.recording.jsonl.1", path);
    assert_int_equal(access(path, F_OK), -1);
    path_of("drill.journal", path);
    assert_int_equal(access(path, F_OK), -1);
    path_of("else", path);
    assert_int_equal(access(path, F_OK), 0); /* not ours, and so the folder stays */
    unlink(path);
    drill_journal_remove(folder);
    assert_int_equal(access(folder, F_OK), -1);
    drill_journal_remove(folder); /* there is none */
    assert_int_equal(access(folder, F_OK), -1);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_false(left.begun);
}

/* ---- several programs */

/* Tries to drill, again and again; the number of rounds that it had the journal for itself. */
static void fight(int out)
{
    struct drill_journal *journal;
    struct error err;
    char path[PATH_SIZE];

    path_of("mine", path);
    for (int won = 0; won < 20;) {
        if (!drill_journal_open(folder, &journal, &err))
            continue;
        int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600); /* somebody else is in here */
        bool alone = fd >= 0 && drill_journal_begin(journal, AT, &head, &err) &&
                     drill_journal_step(journal, AT, 1, DEED_STOP, "a", &err) &&
                     drill_journal_undone(journal, AT, "a", DEED_UP, &err) &&
                     drill_journal_end(journal, AT, DRILL_PASS, &err);
        if (!alone)
            _exit(1);
        close(fd);
        unlink(path);
        drill_journal_close(&journal);
        won++;
    }
    _exit(write(out, "x", 1) == 1 ? 0 : 1);
}

static void test_two_processes(void **state)
{
    struct drill_journal *journal = begin(); /* makes the folder */
    struct drill_left left;
    struct error err;
    pid_t children[2];
    int ends[2], status;
    char ended[2];
    (void)state;
    drill_journal_close(&journal);
    assert_int_equal(pipe(ends), 0);
    for (int i = 0; i < 2; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            fight(ends[1]);
    }
    /* Who only looks disturbs nobody, and sees nothing that was left. */
    for (int i = 0; i < 200; i++) {
        if (!drill_journal_left(folder, &left, &err))
            fail_msg("%s", err.message);
        assert_true(left.under_way || !drill_left_is_due(&left));
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read(ends[0], ended, 2), 2);
    close(ends[0]);
    close(ends[1]);
}

/* ---- no room */

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* A drill that cannot be written down does not begin, and the earlier journal stays. */
static void test_no_room_to_begin(void **state)
{
    struct drill_journal *journal = begin();
    struct drill_left left;
    struct error err;
    char before[TEXT_SIZE], after[TEXT_SIZE];
    (void)state;
    assert_true(drill_journal_end(journal, AT, DRILL_PASS, &err));
    drill_journal_close(&journal);
    size_t length = read_file("drill.journal", before);
    assert_true(drill_journal_open(folder, &journal, &err));
    limit_files(100);
    assert_false(drill_journal_begin(journal, AT, &head, &err));
    limit_files(0);
    assert_non_null(strstr(err.message, "cannot write the drill journal"));
    assert_false(drill_journal_step(journal, AT, 0, DEED_KILL, "a", &err));
    drill_journal_close(&journal);
    assert_int_equal(read_file("drill.journal", after), length);
    assert_memory_equal(before, after, length);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_true(left.ended);
}

/* A step that cannot be written down is an error; what is written later stands on its own. */
static void test_no_room_for_a_step(void **state)
{
    struct drill_journal *journal = begin();
    struct drill_left left;
    struct error err;
    int steps = 0;
    (void)state;
    limit_files(700);
    while (steps < 20 && drill_journal_step(journal, AT, steps, DEED_BASELINE, NULL, &err))
        steps++;
    assert_in_range(steps, 1, 10);
    assert_non_null(strstr(err.message, "cannot write the drill journal"));
    assert_false(drill_journal_step(journal, AT, 9, DEED_KILL, "a", &err));
    assert_int_equal(drill_journal_now(journal)->count, 0);
    limit_files(0);
    assert_true(drill_journal_step(journal, AT, 9, DEED_KILL, "b", &err));
    drill_journal_close(&journal);
    assert_true(drill_journal_left(folder, &left, &err));
    assert_int_equal(left.count, 1);
    assert_string_equal(left.undos[0].node, "b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_under_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_at_every_byte, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unreadable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_garbage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_regular_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_put_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_remove, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_two_processes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room_to_begin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room_for_a_step, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("drill_journal", tests, NULL, NULL);
}
