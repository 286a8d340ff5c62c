/*
 * term_rescue: what a signal handler can reach is in one static struct, complete before the
 * handlers are installed; the handler itself calls write, tcsetattr, sigaction and raise alone.
 */
#include "ui/term_rescue.h"

#include <signal.h>
#include <unistd.h>

#include "ui/terminfo.h"

#define STACK_SIZE 16384
#define RESTORE_SIZE 256

static const int fatal_signals[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
#define FATAL_SIGNALS (sizeof fatal_signals / sizeof fatal_signals[0])

/* Those that end the program by way of whoever handles them. */
static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define ENDING_SIGNALS (sizeof ending_signals / sizeof ending_signals[0])
#define DROP_EVERY_S 1

/* A handler gets no argument of ours: the only mutable state of the program outside of main. */
static struct {
    volatile sig_atomic_t armed;
    int fd;
    struct termios saved;
    char restore[RESTORE_SIZE];
    size_t length;
    struct sigaction former[FATAL_SIGNALS];
    struct sigaction former_ending[ENDING_SIGNALS];
    struct sigaction former_alarm;
    stack_t former_stack;
    char stack[STACK_SIZE]; /* a stack overflow leaves no other */
} rescue;

static void put_terminal_back(void)
{
    const char *at = rescue.restore;
    size_t left = rescue.length;

    while (left > 0) {
        ssize_t wrote = write(rescue.fd, at, left);

        if (wrote <= 0)
            break;
        at += wrote;
        left -= (size_t)wrote;
    }
    tcsetattr(rescue.fd, TCSANOW, &rescue.saved);
}

static void on_fatal_signal(int signo)
{
    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        if (fatal_signals[i] == signo)
            sigaction(signo, &rescue.former[i], NULL);
    if (rescue.armed) {
        rescue.armed = 0;
        put_terminal_back();
    }
    raise(signo); /* blocked until this returns */
}

static void on_alarm(int signo)
{
    (void)signo;
    tcflush(rescue.fd, TCOFLUSH);
    alarm(DROP_EVERY_S);
}

static void on_ending_signal(int signo)
{
    for (size_t i = 0; i < ENDING_SIGNALS; i++)
        if (ending_signals[i] == signo)
            rescue.former_ending[i].sa_handler(signo);
    alarm(DROP_EVERY_S);
}

/* Those that are handled are ours to handle too; the others end the program by themselves, or are
 * ignored. */
static bool is_handled(const struct sigaction *action)
{
    return (action->sa_flags & SA_SIGINFO) == 0 && action->sa_handler != SIG_DFL &&
           action->sa_handler != SIG_IGN;
}

void term_rescue_let_end(int fd)
{
    struct sigaction alarmed = {.sa_handler = on_alarm}; /* interrupts the write */

    rescue.fd = fd;
    sigaction(SIGALRM, &alarmed, &rescue.former_alarm);
    for (size_t i = 0; i < ENDING_SIGNALS; i++) {
        struct sigaction action = {.sa_handler = on_ending_signal, .sa_flags = SA_RESTART};

        sigaction(ending_signals[i], NULL, &rescue.former_ending[i]);
        if (is_handled(&rescue.former_ending[i]))
            sigaction(ending_signals[i], &action, NULL);
    }
}

void term_rescue_leaving(void)
{
    alarm(DROP_EVERY_S);
}

void term_rescue_leave_end(void)
{
    for (size_t i = 0; i < ENDING_SIGNALS; i++)
        sigaction(ending_signals[i], &rescue.former_ending[i], NULL);
    alarm(0);
    sigaction(SIGALRM, &rescue.former_alarm, NULL);
}

void term_rescue_arm(int fd, const struct termios *saved)
{
    struct sigaction action = {.sa_handler = on_fatal_signal, .sa_flags = SA_ONSTACK};
    stack_t stack = {.ss_sp = rescue.stack, .ss_size = sizeof rescue.stack};

    if (rescue.armed)
        return;
    rescue.fd = fd;
    rescue.saved = *saved;
    rescue.length = terminfo_leave(rescue.restore, sizeof rescue.restore);
    sigaltstack(&stack, &rescue.former_stack);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        sigaction(fatal_signals[i], &action, &rescue.former[i]);
    rescue.armed = 1;
}

void term_rescue_disarm(void)
{
    if (!rescue.armed)
        return;
    rescue.armed = 0;
    for (size_t i = 0; i < FATAL_SIGNALS; i++)
        sigaction(fatal_signals[i], &rescue.former[i], NULL);
    sigaltstack(&rescue.former_stack, NULL);
}
