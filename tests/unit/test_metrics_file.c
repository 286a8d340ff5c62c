/*
 * metrics_file: what is there is whole and readable by all; what cannot be written leaves the file
 * before it; what is not ours to replace stays.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>

#include "base/str.h"
#include "record/metrics_file.h"

#define PATH_SIZE 96

static char directory[PATH_SIZE], path[PATH_SIZE], temporary[PATH_SIZE];
static struct metrics_file *file;
static struct error err;

static int set_up(void **state)
{
    (void)state;
    str_copy(directory, sizeof directory, "/tmp/pgwatch-metrics-XXXXXX");
    assert_non_null(mkdtemp(directory));
    str_format(path, sizeof path, "%s/a.prom", directory);
    str_format(temporary, sizeof temporary, "%s/.a.prom.tmp", directory);
    file = metrics_file_new(path);
    memset(&err, 0, sizeof err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    metrics_file_free(&file);
    unlink(path);
    unlink(temporary);
    return rmdir(directory); /* nothing else was left in it */
}

/* ---- a program that is killed: these take libc's place for the code under test */

enum moment { NEVER, BEFORE_WRITE, HALF_WRITTEN, BEFORE_RENAME, AFTER_RENAME, MOMENTS };
static enum moment killed_at;

static void reach(enum moment moment)
{
    if (killed_at == moment)
        raise(SIGKILL);
}

ssize_t write(int fd, const void *text, size_t length)
{
    reach(BEFORE_WRITE);
    if (killed_at == HALF_WRITTEN)
        length /= 2;
    ssize_t written = syscall(SYS_write, fd, text, length);
    reach(HALF_WRITTEN);
    return written;
}

int rename(const char *from, const char *to)
{
    reach(BEFORE_RENAME);
    int result = renameat(AT_FDCWD, from, AT_FDCWD, to);
    reach(AFTER_RENAME);
    return result;
}

/* ---- */

static bool put(const char *text)
{
    FILE *out = metrics_file_begin(file, &err);

    if (out == NULL)
        return false;
    fputs(text, out);
    return metrics_file_end(file, &err);
}

static void assert_holds(const char *at, const char *text)
{
    char found[256];
    FILE *in = fopen(at, "r");

    assert_non_null(in);
    found[fread(found, 1, sizeof found - 1, in)] = '\0';
    fclose(in);
    assert_string_equal(found, text);
}

static void write_plain(const char *at, const char *text)
{
    FILE *out = fopen(at, "w");

    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void assert_error(const char *part)
{
    if (strstr(err.message, part) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", part, err.message);
}

static void test_replaces(void **state)
{
    (void)state;
    struct stat status;
    mode_t old = umask(077);

    assert_true(put("one\n"));
    assert_holds(path, "one\n");
    assert_true(put("a longer text\n"));
    assert_true(put("two\n"));
    umask(old);
    assert_holds(path, "two\n");
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_int_equal(access(temporary, F_OK), -1);
}

/* Whoever opened the old file goes on reading it whole. */
static void test_reader_keeps_its_file(void **state)
{
    (void)state;
    char text[16] = "";

    assert_true(put("one\n"));
    int fd = open(path, O_RDONLY);
    assert_true(put("other\n"));
    assert_int_equal(read(fd, text, sizeof text - 1), 4);
    assert_string_equal(text, "one\n");
    close(fd);
}

/* Nothing of it is seen before its end. */
static void test_not_seen_before_the_end(void **state)
{
    (void)state;
    FILE *out = metrics_file_begin(file, &err);

    assert_non_null(out);
    fputs("half", out);
    fflush(out);
    assert_int_equal(access(path, F_OK), -1);
    assert_true(metrics_file_end(file, &err));
    assert_holds(path, "half");
}

static void test_leftover(void **state)
{
    (void)state;
    write_plain(temporary, "what a program that was killed left behind\n");
    assert_true(put("new\n"));
    assert_holds(path, "new\n");
    assert_int_equal(access(temporary, F_OK), -1);
}

/* Whenever it is killed: the old text or the new one, and the next program goes on. */
static void test_killed(void **state)
{
    (void)state;
    assert_true(put("old\n"));
    for (enum moment moment = BEFORE_WRITE; moment < MOMENTS; moment++) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            killed_at = moment;
            put("new\n");
            _exit(0);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_holds(path, moment == AFTER_RENAME ? "new\n" : "old\n");
        assert_int_equal(access(temporary, F_OK), moment == AFTER_RENAME ? -1 : 0);
        assert_true(put("old\n"));
        assert_holds(path, "old\n");
        assert_int_equal(access(temporary, F_OK), -1);
    }
}

static void test_no_directory(void **state)
{
    (void)state;
    metrics_file_free(&file);
    file = metrics_file_new("/nonexistent/a\033.prom");
    assert_false(put("x\n"));
    assert_error("/nonexistent/.a\xEF\xBF\xBD.prom.tmp: No such file or directory");
    assert_string_equal(err.hint, "make its directory");
}

/* Relative to where the program was started. */
static void test_no_slash(void **state)
{
    (void)state;
    char old[PATH_SIZE];

    assert_non_null(getcwd(old, sizeof old));
    assert_int_equal(chdir(directory), 0);
    metrics_file_free(&file);
    file = metrics_file_new("a.prom");
    assert_true(put("here\n"));
    assert_int_equal(chdir(old), 0);
    assert_holds(path, "here\n");
}

static void test_no_regular_file(void **state)
{
    (void)state;
    struct stat status;

    assert_int_equal(symlink("/dev/null", path), 0);
    assert_false(put("x\n"));
    assert_error("not a regular file");
    assert_int_equal(lstat(path, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(put("x\n"));
    assert_int_equal(rmdir(path), 0);
}

/* Somebody put a link there, so that we would write what it leads to. */
static void test_temporary_is_a_link(void **state)
{
    (void)state;
    char victim[PATH_SIZE];

    str_format(victim, sizeof victim, "%s/victim", directory);
    write_plain(victim, "mine\n");
    assert_int_equal(symlink(victim, temporary), 0);
    assert_false(put("x\n"));
    unlink(temporary);
    assert_int_equal(link(victim, temporary), 0);
    assert_false(put("x\n"));
    assert_error(".a.prom.tmp is there already");
    assert_holds(victim, "mine\n");
    unlink(victim);
}

static void test_another_program_writes(void **state)
{
    (void)state;
    int fd = open(temporary, O_WRONLY | O_CREAT, 0644);

    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(write(fd, "theirs\n", 7), 7);
    assert_false(put("ours\n"));
    assert_error("by another program");
    assert_int_equal(rename(temporary, path), 0);
    close(fd);
    assert_holds(path, "theirs\n");
    assert_true(put("ours\n"));
    assert_holds(path, "ours\n");
}

/* A full disk, in effect: the file before stays, nothing else is left. */
static void test_no_room(void **state)
{
    (void)state;
    struct rlimit old, small;
    char large[8193];

    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_true(put("before\n"));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = (struct rlimit){.rlim_cur = 5000, .rlim_max = old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    bool written = put(large);
    setrlimit(RLIMIT_FSIZE, &old);
    assert_false(written);
    assert_error("a.prom: File too large");
    assert_holds(path, "before\n");
    assert_int_equal(access(temporary, F_OK), -1);
    assert_true(put("after\n"));
    assert_holds(path, "after\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_replaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reader_keeps_its_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_seen_before_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leftover, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_directory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_slash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_regular_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_temporary_is_a_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_program_writes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_room, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
