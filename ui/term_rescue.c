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

/* A handler gets no argument of ours: the only mutable state of the program outside of main. */
static struct {
    volatile sig_atomic_t armed;
    int fd;
    struct termios saved;
    char restore[RESTORE_SIZE];
    size_t length;
    struct sigaction former[FATAL_SIGNALS];
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
