/*
 * loop: one turn asks every watch for its descriptor, sleeps in poll(2) until the first timer is
 * due, reads the clock once and then calls, in this order: signals, watches in the order in which
 * they were added, timers that were due when the clock was read.
 *
 * Callbacks may take anything out of the lists, so no pointer to a watch or timer is kept over
 * a call but `cursor` and `asked`, which the removal corrects, and `firing`, in which it looks too.
 */
#define _GNU_SOURCE /* ppoll */
#include "loop/loop.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

#define SIGNALS_MAX 16
#define SIGNO_MAX 64
#define CATCH_UP_ROUNDS 8

/* What the handler may touch: the only globals, which a signal handler cannot do without. */
static volatile sig_atomic_t signal_came[SIGNO_MAX + 1];
static volatile sig_atomic_t signal_pipe = -1;

struct caught_signal {
    int signo;
    struct sigaction former;
};

struct loop {
    struct instant now;
    bool running, stopped;
    int wake_read, wake_write; /* the self-pipe: a signal ends poll, also one just before it */
    struct loop_watch *watches;
    struct loop_watch *cursor; /* next watch of the present pass */
    struct loop_watch *asked;  /* whose `want` runs now; NULL when that removed it */
    struct loop_timer *timers; /* by due time, equal ones in the order of loop_timer_set */
    struct loop_timer *firing; /* due in this turn, not fired yet */
    struct pollfd *polled;
    int polled_count, polled_capacity;
    loop_signal_fn *signal_fn;
    void *signal_owner;
    struct caught_signal signals[SIGNALS_MAX];
    int signal_count;
};

/* Watches */

void loop_watch_add(struct loop *loop, struct loop_watch *watch)
{
    struct loop_watch **end = &loop->watches;

    assert(watch->want != NULL && watch->ready != NULL);
    if (watch->added)
        return;
    while (*end != NULL)
        end = &(*end)->next;
    watch->next = NULL;
    watch->polled_at = -1;
    watch->added = true;
    *end = watch;
}

void loop_watch_remove(struct loop *loop, struct loop_watch *watch)
{
    struct loop_watch **link = &loop->watches;

    if (!watch->added)
        return;
    while (*link != watch)
        link = &(*link)->next;
    *link = watch->next;
    if (loop->cursor == watch)
        loop->cursor = watch->next;
    if (loop->asked == watch)
        loop->asked = NULL;
    watch->added = false;
}

static int poll_this(struct loop *loop, int fd, short events)
{
    if (loop->polled_count == loop->polled_capacity) {
        loop->polled_capacity = 2 * loop->polled_capacity + 16;
        loop->polled =
            mem_realloc(loop->polled, (size_t)loop->polled_capacity * sizeof loop->polled[0]);
    }
    loop->polled[loop->polled_count] = (struct pollfd){.fd = fd, .events = events};
    return loop->polled_count++;
}

static void ask_watches(struct loop *loop)
{
    loop->polled_count = 0;
    poll_this(loop, loop->wake_read, POLLIN);
    loop->cursor = loop->watches;
    while (loop->cursor != NULL) {
        struct loop_watch *watch = loop->cursor;
        short events = 0;
        int fd;

        loop->cursor = watch->next;
        loop->asked = watch;
        fd = watch->want(watch->owner, &events);
        if (loop->asked == watch)
            watch->polled_at = fd >= 0 ? poll_this(loop, fd, events) : -1;
    }
    loop->asked = NULL;
}

static void call_watches(struct loop *loop)
{
    loop->cursor = loop->watches;
    while (loop->cursor != NULL && !loop->stopped) {
        struct loop_watch *watch = loop->cursor;
        short revents = 0;

        if (watch->polled_at >= 0)
            revents = loop->polled[watch->polled_at].revents;
        loop->cursor = watch->next;
        watch->polled_at = -1;
        if (revents != 0)
            watch->ready(watch->owner, revents, loop->now);
    }
    loop->cursor = NULL;
}

/* Timers */

static bool unlink_timer(struct loop_timer **link, const struct loop_timer *timer)
{
    while (*link != NULL && *link != timer)
        link = &(*link)->next;
    if (*link == NULL)
        return false;
    *link = timer->next;
    return true;
}

void loop_timer_cancel(struct loop *loop, struct loop_timer *timer)
{
    bool found;

    if (!timer->set)
        return;
    found = unlink_timer(&loop->timers, timer) || unlink_timer(&loop->firing, timer);
    assert(found);
    (void)found;
    timer->set = false;
}

void loop_timer_set(struct loop *loop, struct loop_timer *timer, mono_us due)
{
    struct loop_timer **link = &loop->timers;

    assert(timer->fire != NULL);
    loop_timer_cancel(loop, timer);
    timer->due = due;
    timer->set = true;
    while (*link != NULL && (*link)->due <= due)
        link = &(*link)->next;
    timer->next = *link;
    *link = timer;
}

/* Due timers are set aside before any callback: what a callback sets is for the next turn. */
static void collect_due_timers(struct loop *loop)
{
    struct loop_timer **end = &loop->firing;

    while (*end != NULL)
        end = &(*end)->next;
    *end = loop->timers;
    while (*end != NULL && (*end)->due <= loop->now.mono)
        end = &(*end)->next;
    loop->timers = *end;
    *end = NULL;
}

static void fire_timers(struct loop *loop)
{
    while (loop->firing != NULL && !loop->stopped) {
        struct loop_timer *timer = loop->firing;

        loop->firing = timer->next;
        timer->set = false;
        timer->fire(timer->owner, loop->now);
    }
}

/*
 * How long to wait; NULL: until something comes. In nanoseconds, not in poll's milliseconds: what
 * is due a thousand times a second must not be late by one.
 */
static const struct timespec *wait_time(const struct loop *loop, struct timespec *wait)
{
    mono_us now, wait_us = 0;

    if (loop->firing == NULL && loop->timers == NULL)
        return NULL;
    now = clock_monotonic_us();
    if (loop->firing == NULL && loop->timers->due > now)
        wait_us = loop->timers->due - now;
    wait->tv_sec = (time_t)(wait_us / US_PER_S);
    wait->tv_nsec = (long)(wait_us % US_PER_S) * 1000;
    return wait;
}

/* Signals */

static void note_signal(int signo)
{
    int former_errno = errno;
    ssize_t written;

    signal_came[signo] = 1;
    written = write(signal_pipe, "", 1);
    (void)written; /* a pipe that is full wakes poll as well */
    errno = former_errno;
}

static bool catch_signal(struct loop *loop, int signo, void (*handler)(int), struct error *err)
{
    struct caught_signal *caught = &loop->signals[loop->signal_count];
    struct sigaction action = {.sa_flags = SA_RESTART};

    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    if (sigaction(signo, &action, &caught->former) != 0)
        return error_errno(err, errno, "cannot catch signal %d", signo);
    caught->signo = signo;
    loop->signal_count++;
    return true;
}

static void restore_signals(struct loop *loop)
{
    while (loop->signal_count > 0) {
        const struct caught_signal *caught = &loop->signals[--loop->signal_count];

        sigaction(caught->signo, &caught->former, NULL);
        signal_came[caught->signo] = 0;
    }
    if (loop->signal_fn != NULL)
        signal_pipe = -1;
    loop->signal_fn = NULL;
}

bool loop_signals(struct loop *loop, const int *signals, int count, loop_signal_fn *fn, void *owner,
                  struct error *err)
{
    assert(signal_pipe == -1 && count < SIGNALS_MAX && fn != NULL);
    loop->signal_fn = fn;
    loop->signal_owner = owner;
    signal_pipe = loop->wake_write;
    if (!catch_signal(loop, SIGPIPE, SIG_IGN, err)) {
        restore_signals(loop);
        return false;
    }
    for (int i = 0; i < count; i++) {
        assert(signals[i] > 0 && signals[i] <= SIGNO_MAX);
        if (!catch_signal(loop, signals[i], note_signal, err)) {
            restore_signals(loop);
            return false;
        }
    }
    return true;
}

static void drain_wake_pipe(struct loop *loop)
{
    char bytes[64];

    while (read(loop->wake_read, bytes, sizeof bytes) > 0)
        ;
}

static void call_signals(struct loop *loop)
{
    if (loop->polled[0].revents != 0)
        drain_wake_pipe(loop);
    for (int i = 0; i < loop->signal_count && !loop->stopped; i++) {
        int signo = loop->signals[i].signo;

        if (!signal_came[signo])
            continue;
        signal_came[signo] = 0; /* before the call: one that comes meanwhile is another */
        loop->signal_fn(loop->signal_owner, signo, loop->now);
    }
}

/* The loop itself */

static bool open_wake_pipe(struct loop *loop, struct error *err)
{
    int fds[2];

    if (pipe(fds) != 0)
        return error_errno(err, errno, "cannot make a pipe");
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    loop->wake_read = fds[0];
    loop->wake_write = fds[1];
    return true;
}

struct loop *loop_new(struct error *err)
{
    struct loop *loop = mem_calloc(1, sizeof *loop);

    if (!open_wake_pipe(loop, err)) {
        free(loop);
        return NULL;
    }
    loop->now = clock_now();
    return loop;
}

void loop_free(struct loop **loop)
{
    struct loop *l = *loop;

    if (l == NULL)
        return;
    assert(!l->running);
    restore_signals(l);
    close(l->wake_read);
    close(l->wake_write);
    free(l->polled);
    free(l);
    *loop = NULL;
}

struct instant loop_now(const struct loop *loop)
{
    return loop->now;
}

static void forget_events(struct loop *loop)
{
    for (int i = 0; i < loop->polled_count; i++)
        loop->polled[i].revents = 0;
}

/*
 * Whoever was interrupted may have been stopped for long: what came meanwhile is taken before the
 * timers that ran out over it. Out of kernel memory for a moment: nothing is ready in this turn.
 */
static void sleep_until_ready(struct loop *loop)
{
    static const struct timespec at_once = {.tv_sec = 0};
    struct timespec wait;
    nfds_t count = (nfds_t)loop->polled_count;
    int ready = ppoll(loop->polled, count, wait_time(loop, &wait), NULL);

    if (ready < 0 && errno == EINTR)
        ready = ppoll(loop->polled, count, &at_once, NULL);
    if (ready < 0)
        forget_events(loop);
}

static void turn(struct loop *loop)
{
    ask_watches(loop);
    sleep_until_ready(loop);
    loop->now = clock_now();
    collect_due_timers(loop);
    call_signals(loop);
    call_watches(loop);
    fire_timers(loop);
}

void loop_run(struct loop *loop)
{
    assert(!loop->running);
    loop->running = true;
    loop->now = clock_now();
    while (!loop->stopped)
        turn(loop);
    loop->stopped = false;
    loop->running = false;
}

/* Bounded: what is ready again and again waits for the run. */
void loop_catch_up(struct loop *loop)
{
    static const struct timespec at_once = {.tv_sec = 0};

    assert(!loop->running);
    for (int round = 0; round < CATCH_UP_ROUNDS; round++) {
        loop->now = clock_now();
        collect_due_timers(loop);
        fire_timers(loop);
        ask_watches(loop);
        if (ppoll(loop->polled, (nfds_t)loop->polled_count, &at_once, NULL) > 0)
            call_watches(loop);
        else if (loop->timers == NULL || loop->timers->due > loop->now.mono)
            return;
    }
}

void loop_stop(struct loop *loop)
{
    loop->stopped = true;
}
