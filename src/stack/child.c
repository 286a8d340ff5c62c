/*
 * child: fork, exec, and what is watched until it ends.
 *
 * The end of the process is seen through its pidfd (or, on kernels without, by asking every few
 * milliseconds); the end of its output by end of file. Both must have come before the end is told,
 * but a grandchild that keeps the pipe open delays it only for a moment.
 */
#define _GNU_SOURCE /* pipe2 */
#include "stack/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

#define LADDER_STEP_US (3 * US_PER_S)     /* between SIGTERM and SIGKILL */
#define OUTPUT_GRACE_US (200 * US_PER_MS) /* for output after the end of the process */
#define ASK_EVERY_US (20 * US_PER_MS)     /* without a pidfd */
#define LINE_SIZE 2048
#define GROUPS_MAX 64

extern char **environ;

struct child {
    struct loop *loop;
    child_line_fn *line;
    child_end_fn *end;
    void *owner;
    bool survives;
    pid_t pid;
    int pidfd;     /* -1: none, or the end was seen */
    int output_fd; /* reading end of the pipe; -1: none, or end of file */
    bool ended;
    bool stopping;
    struct child_end how;
    struct loop_watch exit_watch, output_watch;
    struct loop_timer ask, deadline, ladder, grace;
    size_t length;
    char text[LINE_SIZE];
};

bool child_user_find(const char *name, struct child_user *user, struct error *err)
{
    const struct passwd *entry = getpwnam(name);

    if (entry == NULL)
        return error_set(err, "there is no user \"%s\"", name);
    str_copy(user->name, sizeof user->name, name);
    user->uid = entry->pw_uid;
    user->gid = entry->pw_gid;
    return true;
}

/* ---- in the child: only async-signal-safe calls from here to exec */

struct child_plumbing {
    int output;               /* stdout and stderr */
    int failure;              /* errno is written here when exec does not happen */
    gid_t groups[GROUPS_MAX]; /* of the user; found out before the fork */
    int group_count;
};

static bool become(const struct child_user *user, const struct child_plumbing *plumbing)
{
    if (user == NULL)
        return true;
    return setgroups((size_t)plumbing->group_count, plumbing->groups) == 0 &&
           setgid(user->gid) == 0 && setuid(user->uid) == 0;
}

static void reset_signals(void)
{
    sigset_t none;

    for (int signo = 1; signo < NSIG; signo++)
        signal(signo, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void run(const struct child_options *options,
                          const struct child_plumbing *plumbing)
{
    int null = open("/dev/null", O_RDONLY);
    int failure = fcntl(plumbing->failure, F_DUPFD_CLOEXEC, 3);

    reset_signals();
    setsid();
    if (null >= 0 && failure >= 0 && dup2(plumbing->output, STDOUT_FILENO) >= 0 &&
        dup2(plumbing->output, STDERR_FILENO) >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        (failure == 3 || dup3(failure, 3, O_CLOEXEC) >= 0)) {
        failure = 3;
        closefrom(4);
        if (options->envp != NULL)
            environ = (char **)options->envp;
        if (become(options->user, plumbing) &&
            chdir(options->directory != NULL ? options->directory : "/") == 0)
            execvp(options->argv[0], (char *const *)options->argv);
    }
    int why = errno;
    if (write(failure, &why, sizeof why) < 0)
        _exit(126);
    _exit(127);
}

/* ---- in the parent */

static void finish(struct child *child)
{
    child_end_fn *end = child->end;

    loop_timer_cancel(child->loop, &child->deadline);
    loop_timer_cancel(child->loop, &child->ladder);
    loop_timer_cancel(child->loop, &child->grace);
    child->end = NULL;
    if (end != NULL)
        end(child->owner, &child->how);
}

static void give_line(struct child *child, size_t length)
{
    char line[LINE_SIZE * 3];

    str_sanitize(line, sizeof line, child->text, length);
    if (child->line != NULL)
        child->line(child->owner, line);
}

/* Hands out the whole lines in the buffer; a line longer than the buffer comes in pieces. */
static void give_lines(struct child *child)
{
    char *newline;

    while ((newline = memchr(child->text, '\n', child->length)) != NULL) {
        size_t length = (size_t)(newline - child->text);
        give_line(child, length > 0 && child->text[length - 1] == '\r' ? length - 1 : length);
        child->length -= length + 1;
        memmove(child->text, newline + 1, child->length);
    }
    if (child->length == sizeof child->text) {
        give_line(child, child->length);
        child->length = 0;
    }
}

static void close_output(struct child *child)
{
    if (child->output_fd < 0)
        return;
    loop_watch_remove(child->loop, &child->output_watch);
    close(child->output_fd);
    child->output_fd = -1;
    if (child->length > 0)
        give_line(child, child->length);
    child->length = 0;
}

static int output_want(void *owner, short *events)
{
    *events = POLLIN;
    return ((struct child *)owner)->output_fd;
}

static void output_ready(void *owner, short revents, struct instant now)
{
    struct child *child = owner;
    (void)revents;
    (void)now;

    ssize_t got =
        read(child->output_fd, child->text + child->length, sizeof child->text - child->length);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0) {
        child->length += (size_t)got;
        give_lines(child);
        return;
    }
    close_output(child);
    if (child->ended)
        finish(child);
}

static void grace_over(void *owner, struct instant now)
{
    struct child *child = owner;
    (void)now;
    close_output(child);
    finish(child);
}

static void close_pidfd(struct child *child)
{
    loop_watch_remove(child->loop, &child->exit_watch);
    loop_timer_cancel(child->loop, &child->ask);
    if (child->pidfd >= 0)
        close(child->pidfd);
    child->pidfd = -1;
}

static void look_for_end(struct child *child, mono_us now)
{
    int status;

    pid_t got = waitpid(child->pid, &status, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR)) {
        if (child->pidfd < 0)
            loop_timer_set(child->loop, &child->ask, now + ASK_EVERY_US);
        return;
    }
    child->ended = true;
    if (got > 0 && WIFSIGNALED(status))
        child->how.signal = WTERMSIG(status);
    else
        child->how.exit_status = got > 0 ? WEXITSTATUS(status) : 127;
    close_pidfd(child);
    if (child->output_fd < 0)
        finish(child);
    else
        loop_timer_set(child->loop, &child->grace, now + OUTPUT_GRACE_US);
}

static int exit_want(void *owner, short *events)
{
    *events = POLLIN;
    return ((struct child *)owner)->pidfd;
}

static void exit_ready(void *owner, short revents, struct instant now)
{
    (void)revents;
    look_for_end(owner, now.mono);
}

static void ask_due(void *owner, struct instant now)
{
    look_for_end(owner, now.mono);
}

static void ladder_due(void *owner, struct instant now)
{
    struct child *child = owner;
    (void)now;
    if (!child->ended)
        kill(-child->pid, SIGKILL);
}

static void deadline_due(void *owner, struct instant now)
{
    struct child *child = owner;
    (void)now;
    child->how.timed_out = true;
    child_stop(child);
}

/* What the child wrote to the failure pipe: 0 when exec happened. */
static int failure_of(int fd)
{
    int why = 0;
    ssize_t got;

    do
        got = read(fd, &why, sizeof why);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof why ? why : 0;
}

static bool open_pipes(const struct child_options *options, int output[2], int failure[2],
                       struct error *err)
{
    output[0] = -1;
    output[1] = options->output_fd;
    if (pipe2(failure, O_CLOEXEC) != 0)
        return error_errno(err, errno, "cannot make a pipe");
    if (options->output_fd < 0 && pipe2(output, O_CLOEXEC) != 0) {
        int why = errno;
        close(failure[0]);
        close(failure[1]);
        return error_errno(err, why, "cannot make a pipe");
    }
    if (output[0] >= 0)
        fcntl(output[0], F_SETFL, O_NONBLOCK);
    return true;
}

/* The pid of the child, in which exec has happened; -1 with an error. */
/* Here and not when the user is found: it asks each name service there is, and most runs of this
 * program start no child. */
static void find_groups(const struct child_user *user, struct child_plumbing *plumbing)
{
    plumbing->group_count = GROUPS_MAX;
    if (user == NULL ||
        getgrouplist(user->name, user->gid, plumbing->groups, &plumbing->group_count) < 0)
        plumbing->group_count = user == NULL ? 0 : GROUPS_MAX;
}

static pid_t spawn(const struct child_options *options, int *output_fd, struct error *err)
{
    int output[2], failure[2];

    if (!open_pipes(options, output, failure, err))
        return -1;
    struct child_plumbing plumbing = {.output = output[1], .failure = failure[1]};
    find_groups(options->user, &plumbing);
    pid_t pid = fork();
    if (pid == 0)
        run(options, &plumbing);
    int why = pid < 0 ? errno : 0;
    close(failure[1]);
    if (options->output_fd < 0)
        close(output[1]);
    if (pid > 0 && (why = failure_of(failure[0])) != 0)
        waitpid(pid, NULL, 0);
    close(failure[0]);
    if (why != 0) {
        if (output[0] >= 0)
            close(output[0]);
        error_errno(err, why, "cannot run %s", options->argv[0]);
        return -1;
    }
    *output_fd = output[0];
    return pid;
}

static void watch_it(struct child *child, int64_t deadline_us)
{
    mono_us now = clock_monotonic_us();

    child->exit_watch = (struct loop_watch){.want = exit_want, .ready = exit_ready, .owner = child};
    child->output_watch =
        (struct loop_watch){.want = output_want, .ready = output_ready, .owner = child};
    child->ask = (struct loop_timer){.fire = ask_due, .owner = child};
    child->deadline = (struct loop_timer){.fire = deadline_due, .owner = child};
    child->ladder = (struct loop_timer){.fire = ladder_due, .owner = child};
    child->grace = (struct loop_timer){.fire = grace_over, .owner = child};
    if (child->pidfd >= 0)
        loop_watch_add(child->loop, &child->exit_watch);
    else
        loop_timer_set(child->loop, &child->ask, now + ASK_EVERY_US);
    if (child->output_fd >= 0)
        loop_watch_add(child->loop, &child->output_watch);
    if (deadline_us > 0)
        loop_timer_set(child->loop, &child->deadline, now + deadline_us);
}

struct child *child_start(struct loop *loop, const struct child_options *options, struct error *err)
{
    int output_fd = -1;
    pid_t pid = spawn(options, &output_fd, err);

    if (pid < 0)
        return NULL;
    struct child *child = mem_calloc(1, sizeof *child);
    child->loop = loop;
    child->line = options->line;
    child->end = options->end;
    child->owner = options->owner;
    child->survives = options->survives;
    child->pid = pid;
    child->output_fd = output_fd;
    child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (child->pidfd >= 0)
        fcntl(child->pidfd, F_SETFD, FD_CLOEXEC);
    watch_it(child, options->deadline_us);
    return child;
}

pid_t child_pid(const struct child *child)
{
    return child->pid;
}

void child_stop(struct child *child)
{
    if (child->ended || child->stopping)
        return;
    child->stopping = true;
    kill(-child->pid, SIGTERM);
    kill(-child->pid, SIGCONT); /* a stopped one would not see it */
    loop_timer_set(child->loop, &child->ladder, clock_monotonic_us() + LADDER_STEP_US);
}

void child_free(struct child **child)
{
    struct child *c = *child;

    if (c == NULL)
        return;
    *child = NULL;
    c->line = NULL;
    c->end = NULL;
    if (!c->ended && !c->survives) {
        kill(-c->pid, SIGKILL);
        waitpid(c->pid, NULL, 0);
    }
    close_pidfd(c);
    close_output(c);
    finish(c);
    free(c);
}

void child_end_format(const struct child_end *end, char *out, size_t size)
{
    if (end->timed_out)
        str_copy(out, size, "no end within its time");
    else if (end->signal != 0)
        str_format(out, size, "signal %d (%s)", end->signal, strsignal(end->signal));
    else
        str_format(out, size, "exit status %d", end->exit_status);
}
