/*
 * main: reads which command is meant and hands over to it. `pgwatch-tui`, `pgwatch-tui CONFIG` and
 * `pgwatch-tui -c FILE` are the dashboard.
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

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

/* What a command printed must have reached its reader: a full disk or a closed pipe is not success.
 */
static int flush_stdout(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    perror("pgwatch-tui: cannot write to standard output");
    return status == EXIT_HEALTHY ? EXIT_CRITICAL : status;
}

static const struct command *find_command(const char *name)
{
    for (int i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int run(int argc, char **argv)
{
    const struct command *command = argc > 1 ? find_command(argv[1]) : NULL;

    if (command != NULL)
        return command->run(command, argc - 1, argv + 1);
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0))
        return print_help();
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        return print_version();
    return commands[0].run(&commands[0], argc, argv);
}

int main(int argc, char **argv)
{
    /* Characters are the user's; messages stay C's: what libpq says of a network that fails comes
     * in no other form than text, and is looked at. Nothing is sorted or counted in local ways. */
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_DUMPABLE, 0); /* passwords are in our memory: no core file */
    return flush_stdout(run(argc, argv));
}
