/*
 * log: what reaches standard error, read back from a file that stands in for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

struct fixture {
    char folder[64];
    int stderr_fd, file_fd;
    char text[200 * 1024];
};

/* From here on descriptor 2 is an empty file. */
static int set_up(void **state)
{
    struct fixture *f = mem_calloc(1, sizeof *f);

    str_copy(f->folder, sizeof f->folder, "/tmp/test_log-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    str_format(f->text, sizeof f->text, "%s/stderr", f->folder);
    f->file_fd = open(f->text, O_RDWR | O_CREAT | O_APPEND, 0600);
    assert_true(f->file_fd >= 0);
    f->stderr_fd = dup(STDERR_FILENO);
    dup2(f->file_fd, STDERR_FILENO);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char path[128];

    dup2(f->stderr_fd, STDERR_FILENO);
    close(f->stderr_fd);
    close(f->file_fd);
    str_format(path, sizeof path, "%s/stderr", f->folder);
    unlink(path);
    str_format(path, sizeof path, "%s/log", f->folder);
    unlink(path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static const char *read_file(struct fixture *f, int fd)
{
    ssize_t length = pread(fd, f->text, sizeof f->text - 1, 0);

    assert_true(length >= 0);
    f->text[length] = '\0';
    return f->text;
}

static const char *said(struct fixture *f)
{
    return read_file(f, f->file_fd);
}

static void say(const char *text)
{
    assert_int_equal(write(STDERR_FILENO, text, strlen(text)), strlen(text));
}

static void test_lines(void **state)
{
    struct error err;

    error_set(&err, "no primary in %s", "lab");
    log_error(&err);
    error_hint(&err, "start one");
    log_error(&err);
    log_warning("%d left", 3);
    log_info("done");
    assert_string_equal(said(*state),
                        "pgwatch-tui: error: no primary in lab\n"
                        "pgwatch-tui: error: no primary in lab\n"
                        "pgwatch-tui: hint: start one\n"
                        "pgwatch-tui: warning: 3 left\n"
                        "pgwatch-tui: done\n");
}

static void test_text_of_strangers(void **state)
{
    char many[5000];
    const char *text;

    log_warning("%s", "a\033[2J\nb");
    assert_string_equal(said(*state), "pgwatch-tui: warning: a\xEF\xBF\xBD[2J b\n");

    memset(many, 'x', sizeof many);
    many[sizeof many - 1] = '\0';
    log_info("%s", many);
    text = said(*state);
    assert_true(strlen(text) > 2000 && strlen(text) < 2200);
    assert_int_equal(text[strlen(text) - 1], '\n');
}

static void test_capture_to_file(void **state)
{
    struct fixture *f = *state;
    struct log_capture capture = {0};
    struct error err;
    struct stat status;
    char path[128];
    int fd;

    str_format(path, sizeof path, "%s/log", f->folder);
    for (int i = 1; i <= 2; i++) {
        assert_true(log_capture_start(&capture, path, &err));
        log_info("run %d", i);
        assert_string_equal(said(f), "");
        log_capture_end(&capture);
        /* Again: it must not close what has those descriptors now. */
        fd = dup(STDIN_FILENO);
        assert_true(fd == capture.saved_fd || fd == capture.file_fd);
        log_capture_end(&capture);
        assert_int_equal(close(fd), 0);
    }
    assert_string_equal(said(f), ""); /* it is in the file: not shown again */
    fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_string_equal(read_file(f, fd), "pgwatch-tui: run 1\npgwatch-tui: run 2\n");
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    close(fd);
    log_info("after");
    assert_string_equal(said(f), "pgwatch-tui: after\n");
}

static void test_capture_is_shown_at_the_end(void **state)
{
    struct fixture *f = *state;
    struct log_capture capture = {0};
    struct error err;

    assert_true(log_capture_start(&capture, NULL, &err));
    say("one \033[31mred\n\ntwo\twords");
    assert_string_equal(said(f), "");
    log_capture_end(&capture);
    assert_string_equal(said(f), "one \xEF\xBF\xBD[31mred\n\ntwo words\n");
}

static void test_nothing_was_said(void **state)
{
    struct log_capture capture = {0};
    struct error err;

    assert_true(log_capture_start(&capture, NULL, &err));
    log_capture_end(&capture);
    assert_string_equal(said(*state), "");
}

static void test_only_the_end_of_much_is_shown(void **state)
{
    struct fixture *f = *state;
    struct log_capture capture = {0};
    struct error err;
    const char *text;

    assert_true(log_capture_start(&capture, NULL, &err));
    for (int i = 0; i < 10000; i++)
        log_info("line %05d", i);
    log_capture_end(&capture);
    text = said(f);
    assert_in_range(strlen(text), 60 * 1024, 64 * 1024 + 1);
    assert_non_null(strstr(text, "line 09999\n"));
    assert_null(strstr(text, "line 00000"));
}

/* What a child inherits is descriptor 2 alone. */
static void test_close_on_exec(void **state)
{
    struct log_capture capture = {0};
    struct error err;

    (void)state;
    assert_true(log_capture_start(&capture, NULL, &err));
    assert_true(fcntl(capture.saved_fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(capture.file_fd, F_GETFD) & FD_CLOEXEC);
    assert_false(fcntl(STDERR_FILENO, F_GETFD) & FD_CLOEXEC);
    log_capture_end(&capture);
}

static void test_no_such_folder(void **state)
{
    struct log_capture capture = {0};
    struct error err;

    assert_false(log_capture_start(&capture, "/nonexistent/log", &err));
    assert_string_equal(err.message,
                        "cannot open the log file /nonexistent/log: No such file or directory");
    assert_false(capture.active);
    log_capture_end(&capture);

    setenv("TMPDIR", "/nonexistent", 1);
    assert_false(log_capture_start(&capture, NULL, &err));
    assert_string_equal(err.message,
                        "cannot make a temporary file in /nonexistent: No such file or directory");
    unsetenv("TMPDIR");
    say("still here");
    assert_string_equal(said(*state), "still here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_of_strangers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_capture_to_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_capture_is_shown_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_was_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_only_the_end_of_much_is_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_close_on_exec, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_such_folder, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
