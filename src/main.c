/*
 * main: reads which command is meant and hands over to it. `pgwatch-tui`, `pgwatch-tui CONFIG` and
 * `pgwatch-tui -c FILE` are the dashboard.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/str.h"
#include "command/command.h"

#ifndef VERSION
#error "the Makefile defines VERSION"
#endif

static int print_help(void)
{
    printf(
        "pgwatch-tui watches, tests and drills a PostgreSQL cluster with synchronous "
        "replication.\n\n"
        "Usage: pgwatch-tui [COMMAND] [OPTIONS] [CONFIG]\n\nCommands:\n");
    for (int i = 0; i < command_count; i++)
        printf("  %-14s%s\n", commands[i].name, commands[i].summary);
    printf(
        "\n'pgwatch-tui COMMAND --help' tells more of each. --version tells the version.\n"
        "Without CONFIG or -c FILE: $PGWATCH_TUI_CONFIG, ./pgwatch-tui.yaml,\n"
        "$XDG_CONFIG_HOME/pgwatch-tui/config.yaml, /etc/pgwatch-tui/config.yaml.\n\n"
        "Exit status: 0 healthy or passed, 1 warning, 2 critical or failed, 3 unknown,\n"
        "64 usage, 78 bad configuration.\n");
    return EXIT_HEALTHY;
}

static int print_version(void)
{
    printf("pgwatch-tui " VERSION
           "\n"
           "This is not CYBERTEC's pgwatch, the metrics collector for Grafana.\n");
    return EXIT_HEALTHY;
}

static bool reader_is_gone(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* What a command printed must have reached its reader: a full disk is not success. A reader that
 * has gone (`| head -1`) knows that it has. */
static int flush_stdout(int status)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (!reader_is_gone())
        fprintf(stderr, "pgwatch-tui: cannot write to standard output%s%s\n",
                errno != 0 ? ": " : "", errno != 0 ? strerror(errno) : "");
    return status == EXIT_HEALTHY ? EXIT_CRITICAL : status;
}

/* A file or a socket of ours must never become what others write messages to. */
static bool open_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            return false;
    return true;
}

static const struct command *find_command(const char *name)
{
    for (int i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* "pgwatch-tui stauts": neither a command nor the dashboard's CONFIG. */
static bool is_mistaken(const char *word)
{
    return word[0] != '-' && strpbrk(word, "./") == NULL && access(word, F_OK) != 0;
}

static int run(int argc, char **argv)
{
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;

    if (command != NULL) {
        argv[1] = argv[0]; /* getopt's messages begin with it */
        return command->run(command, argc - 1, argv + 1);
    }
    if (argc > 1 && asks_for_help(argv[1])) {
        command = argc > 2 ? find_command(argv[2]) : NULL;
        return command != NULL ? command_help(command) : print_help();
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return print_version();
    if (argc > 1 && is_mistaken(argv[1])) {
        char safe[256];
        str_sanitize(safe, sizeof safe, argv[1], SIZE_MAX);
        fprintf(stderr,
                "pgwatch-tui: there is no command \"%s\", and no file of that name\n"
                "Try 'pgwatch-tui --help'.\n",
                safe);
        return EXIT_USAGE;
    }
    return commands[0].run(&commands[0], argc, argv);
}

int main(int argc, char **argv)
{
    if (!open_standard_files())
        return EXIT_CRITICAL;
    /* Characters are the user's; messages stay C's: what libpq says of a network that fails comes
     * in no other form than text, and is looked at. Nothing is sorted or counted in local ways. */
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);  /* a file that may not grow: write(2) says so */
    prctl(PR_SET_DUMPABLE, 0); /* passwords are in our memory: no core file */
    /* What is large is mostly room for later: from mmap, zeroed memory costs nothing until used;
     * and from mmap it comes when the heap has no room to spare. */
    mallopt(M_MMAP_THRESHOLD, 32 * 1024);
    mallopt(M_TOP_PAD, 16 * 1024);
    return flush_stdout(run(argc, argv));
}
