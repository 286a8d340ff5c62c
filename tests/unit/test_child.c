/*
 * test_child: real children: their lines, their ends, and that none of them outlives its owner
 * unless it was meant to.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "stack/child.h"
#include "stack/process.h"

#define DEADLINE_US (20 * US_PER_S)
#define LINES_MAX 64

struct fixture {
    struct loop *loop;
    struct child *child;
    struct loop_timer deadline;
    int lines;
    char line[LINES_MAX][256];
    int longest;
    int ends;
    bool late; /* the test's own deadline passed */
    struct child_end end;
    const char *stop_at; /* a line at which child_stop is called */
};

static void take_line(void *owner, const char *line)
{
    struct fixture *f = owner;

    assert_int_equal(f->ends, 0);
    if (f->lines < LINES_MAX)
        str_copy(f->line[f->lines], sizeof f->line[0], line);
    f->lines++;
    if ((int)strlen(line) > f->longest)
        f->longest = (int)strlen(line);
    if (f->stop_at != NULL && strcmp(line, f->stop_at) == 0)
        child_stop(f->child);
}

static void take_end(void *owner, const struct child_end *end)
{
    struct fixture *f = owner;

    f->ends++;
    f->end = *end;
    child_free(&f->child); /* allowed here */
    loop_stop(f->loop);
}

static void too_late(void *owner, struct instant now)
{
    struct fixture *f = owner;
    (void)now;
    f->late = true;
    loop_stop(f->loop);
}

static int setup(void **state)
{
    struct error err;
    struct fixture *f = mem_calloc(1, sizeof *f);

    f->loop = loop_new(&err);
    f->deadline = (struct loop_timer){.fire = too_late, .owner = f};
    *state = f;
    return f->loop == NULL;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    child_free(&f->child);
    loop_free(&f->loop);
    free(f);
    return 0;
}

static struct child_options shell(struct fixture *f, const char *const *argv)
{
    return (struct child_options){
        .argv = argv, .output_fd = -1, .line = take_line, .end = take_end, .owner = f};
}

static void start(struct fixture *f, const struct child_options *options)
{
    struct error err;

    f->child = child_start(f->loop, options, &err);
    if (f->child == NULL)
        fail_msg("%s", err.message);
}

static void run(struct fixture *f, const struct child_options *options)
{
    start(f, options);
    loop_timer_set(f->loop, &f->deadline, clock_monotonic_us() + DEADLINE_US);
    loop_run(f->loop);
    loop_timer_cancel(f->loop, &f->deadline);
    assert_false(f->late);
    assert_int_equal(f->ends, 1);
}

#define SHELL(text)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        "sh", "-c", text, NULL                                                                     \
    }

static void run_shell(struct fixture *f, const char *text)
{
    struct child_options options = shell(f, SHELL(text));
    run(f, &options);
}

static void lines_and_exit_status(void **state)
{
    struct fixture *f = *state;

    run_shell(f, "echo one; echo two >&2; printf 'cr\\r\\nlast'; exit 3");
    assert_int_equal(f->lines, 4);
    assert_string_equal(f->line[0], "one");
    assert_string_equal(f->line[1], "two");
    assert_string_equal(f->line[2], "cr");
    assert_string_equal(f->line[3], "last"); /* without an end of line */
    assert_int_equal(f->end.exit_status, 3);
    assert_int_equal(f->end.signal, 0);
    assert_false(f->end.timed_out);
}

static void lines_are_sanitized_and_cut(void **state)
{
    struct fixture *f = *state;

    run_shell(f, "printf 'a\\033[2Jb\\n'; head -c 10000 /dev/zero | tr '\\0' x; echo; echo end");
    assert_null(strchr(f->line[0], '\033'));
    assert_true(f->lines >= 4);
    assert_true(f->longest <= 4096);
    assert_string_equal(f->line[f->lines - 1], "end");
}

static void stdin_is_empty_and_nothing_is_inherited(void **state)
{
    struct fixture *f = *state;
    int leaked = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */

    run_shell(f, "read x && echo read; for fd in /proc/self/fd/*; do echo ${fd##*/}; done");
    close(leaked);
    for (int i = 0; i < f->lines; i++) {
        assert_string_not_equal(f->line[i], "read");
        assert_true(strtol(f->line[i], NULL, 10) <= 3); /* 3: the shell's own look */
    }
}

static void it_has_a_session_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct process_facts facts;
    struct child_options options = shell(f, SHELL("sleep 60"));

    start(f, &options);
    assert_true(process_look(child_pid(f->child), &facts));
    assert_int_equal(facts.session, child_pid(f->child));
    assert_int_not_equal(facts.session, getsid(0));
}

static void no_such_program_is_an_error(void **state)
{
    struct fixture *f = *state;
    struct error err;
    struct child_options options =
        shell(f, (const char *const[]){"/nonexistent/program", "x", NULL});

    assert_null(child_start(f->loop, &options, &err));
    assert_string_equal(err.message, "cannot run /nonexistent/program: No such file or directory");
}

static void ended_by_a_signal(void **state)
{
    struct fixture *f = *state;
    char how[64];

    run_shell(f, "kill -KILL $$");
    assert_int_equal(f->end.signal, SIGKILL);
    child_end_format(&f->end, how, sizeof how);
    assert_string_equal(how, "signal 9 (Killed)");
}

static void a_deadline_ends_it(void **state)
{
    struct fixture *f = *state;
    struct child_options options = shell(f, SHELL("sleep 60"));

    options.deadline_us = 50 * US_PER_MS;
    run(f, &options);
    assert_true(f->end.timed_out);
    assert_int_equal(f->end.signal, SIGTERM);
}

static void who_ignores_term_is_killed(void **state)
{
    struct fixture *f = *state;

    f->stop_at = "ready";
    run_shell(f, "trap '' TERM; echo ready; while :; do sleep 1; done");
    assert_int_equal(f->end.signal, SIGKILL);
}

static void a_grandchild_does_not_delay_the_end(void **state)
{
    struct fixture *f = *state;
    mono_us before = clock_monotonic_us();

    run_shell(f, "echo x; sleep 5 & exit 0");
    assert_true(clock_monotonic_us() - before < 3 * US_PER_S);
    assert_string_equal(f->line[0], "x");
}

/* Waits until the process is gone or the deadline passed. */
static bool goes_away(const struct process *process)
{
    mono_us until = clock_monotonic_us() + DEADLINE_US;

    while (process_alive(process) && clock_monotonic_us() < until)
        usleep(1000);
    return !process_alive(process);
}

static void child_free_kills_the_whole_group(void **state)
{
    struct fixture *f = *state;
    struct child_options options = shell(f, SHELL("sleep 60 & echo $!; wait"));

    f->stop_at = NULL;
    start(f, &options);
    loop_timer_set(f->loop, &f->deadline, clock_monotonic_us() + US_PER_S);
    loop_run(f->loop); /* the line comes within the second */
    assert_int_equal(f->lines, 1);
    struct process leader = process_find(child_pid(f->child));
    struct process sleeper = process_find((pid_t)strtol(f->line[0], NULL, 10));
    assert_int_not_equal(sleeper.pid, 0);
    child_free(&f->child);
    assert_false(process_alive(&leader));
    assert_true(goes_away(&sleeper));
    assert_int_equal(f->ends, 0);
}

static void a_survivor_survives(void **state)
{
    struct fixture *f = *state;
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    struct child_options options = shell(f, SHELL("exec sleep 60"));

    options.survives = true;
    options.output_fd = null;
    start(f, &options);
    close(null);
    struct process process = process_find(child_pid(f->child));
    child_free(&f->child);
    assert_true(process_alive(&process));
    assert_true(process_signal(&process, SIGKILL));
    assert_true(goes_away(&process));
    waitpid(process.pid, NULL, 0);
}

static void the_environment_is_the_given_one(void **state)
{
    struct fixture *f = *state;
    struct child_options options = shell(f, SHELL("echo $ONE; echo ${HOME-unset}"));

    options.envp = (const char *const[]){"ONE=1", "PATH=/usr/bin:/bin", NULL};
    run(f, &options);
    assert_string_equal(f->line[0], "1");
    assert_string_equal(f->line[1], "unset");
}

static void another_user(void **state)
{
    struct fixture *f = *state;
    struct child_user user;
    struct error err;

    assert_false(child_user_find("no-such-user", &user, &err));
    assert_true(child_user_find("nobody", &user, &err));
    if (geteuid() != 0)
        return; /* only root becomes somebody else; skip() is "not ok" in cmocka's TAP */
    struct child_options options = shell(f, SHELL("id -un; id -Gn; cat /etc/shadow && echo read"));
    options.user = &user;
    run(f, &options);
    assert_string_equal(f->line[0], "nobody");
    assert_null(strstr(f->line[1], "root"));
    assert_string_not_equal(f->line[f->lines - 1], "read");
}

/* While the shell becomes sleep it has no environment for a moment. */
static bool gets_environment(pid_t pid, const char *assignment)
{
    mono_us deadline = clock_monotonic_us() + 20 * US_PER_S;

    while (!process_has_environment(pid, assignment) && clock_monotonic_us() < deadline)
        poll(NULL, 0, 1);
    return process_has_environment(pid, assignment);
}

static void processes_are_told_apart(void **state)
{
    struct fixture *f = *state;
    struct process self = process_find(getpid()), other = self;
    struct child_options options = shell(f, SHELL("exec sleep 60"));

    assert_true(process_alive(&self));
    other.start_ticks++;
    assert_false(process_alive(&other)); /* the same pid, at another time */
    assert_false(process_signal(&other, SIGKILL));
    assert_int_equal(errno, ESRCH);

    options.envp = (const char *const[]){"MARK=a b", "PATH=/usr/bin:/bin", NULL};
    options.directory = "/usr";
    start(f, &options);
    assert_true(gets_environment(child_pid(f->child), "MARK=a b"));
    assert_false(process_has_environment(child_pid(f->child), "MARK=a"));
    assert_true(process_works_in(child_pid(f->child), "/usr/."));
    assert_false(process_works_in(child_pid(f->child), "/"));
}

static void a_zombie_is_dead(void **state)
{
    (void)state;
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(process_find(pid).pid, 0);
    waitpid(pid, NULL, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_and_exit_status),
        TEST(lines_are_sanitized_and_cut),
        TEST(stdin_is_empty_and_nothing_is_inherited),
        TEST(it_has_a_session_of_its_own),
        TEST(no_such_program_is_an_error),
        TEST(ended_by_a_signal),
        TEST(a_deadline_ends_it),
        TEST(who_ignores_term_is_killed),
        TEST(a_grandchild_does_not_delay_the_end),
        TEST(child_free_kills_the_whole_group),
        TEST(a_survivor_survives),
        TEST(the_environment_is_the_given_one),
        TEST(another_user),
        TEST(processes_are_told_apart),
        TEST(a_zombie_is_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
