/*
 * command: see command.h.
 */
#include "command/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"
#include "command/check_config.h"
#include "command/dashboard.h"
#include "command/demo.h"
#include "command/drill.h"
#include "command/drill_undo.h"
#include "command/load.h"
#include "command/replay.h"
#include "command/stack.h"
#include "command/status.h"
#include "command/test.h"

const struct command commands[] = {
    {"dashboard", "[OPTIONS] [CONFIG]", "watch the cluster on the screen (the default command)",
     dashboard_help, command_dashboard},
    {"demo", "[OPTIONS]", "a throwaway local cluster of three servers and the dashboard on it",
     demo_help, command_demo},
    {"status", "[OPTIONS] [CONFIG]", "one look at the cluster as a table or as JSON", status_help,
     command_status},
    {"stack", "ACTION [NODE] [CONFIG]", "start, stop and break the servers of a lab", stack_help,
     command_stack},
    {"load", "[OPTIONS] [CONFIG]", "sustained test writes, and what became of each", load_help,
     command_load},
    {"test", "[OPTIONS] [CONFIG]", "write a row on the primary and read it back on every replica",
     test_help, command_test},
    {"drill", "ACTION [OPTIONS] [CONFIG]", "break a lab on purpose and tell what it cost",
     drill_help, command_drill},
    {"replay", "[OPTIONS] FILE", "a recording on the screen, as it was", replay_help,
     command_replay},
    {"check-config", "CONFIG",
     "say what is wrong with a cluster description, or what was understood", check_config_help,
     command_check_config},
};
const int command_count = sizeof commands / sizeof commands[0];

static bool parse_color(const char *when, enum color_option *color)
{
    if (strcmp(when, "auto") == 0)
        *color = COLOR_OPTION_AUTO;
    else if (strcmp(when, "always") == 0)
        *color = COLOR_OPTION_ALWAYS;
    else if (strcmp(when, "never") == 0)
        *color = COLOR_OPTION_NEVER;
    else
        return false;
    return true;
}

static bool take_record_max(struct recording_options *record, const struct command *command)
{
    if (parse_size_bytes(optarg, &record->max_bytes) && record->max_bytes >= RECORDER_MAX_LEAST)
        return true;
    command_usage_error(command, "--record-max takes a size such as 10MB, from 64kB, not \"%s\"",
                        optarg);
    return false;
}

bool common_option(struct common_options *common, const struct command *command, int option,
                   int *status)
{
    *status = EXIT_USAGE;
    switch (option) {
    case 'c':
        common->config = optarg;
        return true;
    case OPTION_LOG:
        common->log = optarg;
        return true;
    case OPTION_HELP:
        common->help = true;
        return true;
    case OPTION_COLOR:
        if (parse_color(optarg, &common->color))
            return true;
        command_usage_error(command, "--color takes auto, always or never, not \"%s\"", optarg);
        return false;
    case OPTION_RECORD:
        common->record.path = optarg;
        return true;
    case OPTION_RECORD_MAX:
        return take_record_max(&common->record, command);
    case '?': /* getopt_long has said what is wrong */
        fprintf(stderr, "Try 'pgwatch-tui %s --help'.\n", command->name);
        return false;
    default:
        return false;
    }
}

bool command_takes_config(struct common_options *common, const struct command *command, int argc,
                          char **argv, int *status)
{
    if (argc - optind > (common->config == NULL ? 1 : 0)) {
        *status = command_usage_error(command, "too many arguments: %s", argv[argc - 1]);
        return false;
    }
    if (optind < argc)
        common->config = argv[optind];
    return true;
}

int command_help(const struct command *command)
{
    printf("Usage: pgwatch-tui %s %s\n\n%s", command->name, command->synopsis, command->help);
    printf(
        "\nOptions of every command:\n"
        "  -c, --config FILE   the cluster description\n"
        "      --color WHEN    auto, always or never (NO_COLOR in the environment is never)\n"
        "      --log FILE      append messages to FILE while the screen is in use\n"
        "      --help          this text\n");
    return EXIT_HEALTHY;
}

int command_usage_error(const struct command *command, const char *format, ...)
{
    struct error err;
    va_list args;
    char safe[sizeof err.message];

    va_start(args, format);
    vsnprintf(err.message, sizeof err.message, format, args);
    va_end(args);
    str_sanitize(safe, sizeof safe, err.message, SIZE_MAX);
    fprintf(stderr, "pgwatch-tui: %s\nTry 'pgwatch-tui %s --help'.\n", safe, command->name);
    return EXIT_USAGE;
}

static void print_problems(const char *path, const struct settings_problems *problems)
{
    char line[1024];
    for (size_t i = 0; i < problems->count; i++) {
        settings_problem_format(path, &problems->items[i], line, sizeof line);
        fprintf(stderr, "%s\n", line);
    }
}

struct settings *command_settings(const char *given, int *status)
{
    char path[4096];
    struct error err;
    struct settings_problems problems = {0};

    *status = EXIT_CONFIG;
    if (!settings_find(given, path, sizeof path, &err)) {
        log_error(&err);
        return NULL;
    }
    struct settings *settings = settings_load(path, &problems);
    print_problems(path, &problems);
    settings_problems_free(&problems);
    if (settings != NULL)
        drill_warn_left(settings);
    return settings;
}

bool command_color(enum color_option color)
{
    const char *no_color = getenv("NO_COLOR");
    const char *term = getenv("TERM");

    if (color != COLOR_OPTION_AUTO)
        return color == COLOR_OPTION_ALWAYS;
    if (no_color != NULL && no_color[0] != '\0')
        return false;
    return isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}
