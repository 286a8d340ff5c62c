/*
 * command: the table of commands and what they share: finding and loading the cluster description,
 * the common options, usage errors and exit statuses.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

#include "app/recording.h"
#include "config/settings.h"

enum exit_status { /* product.md: what scripts rely on */
                   EXIT_HEALTHY = 0,
                   EXIT_WARNING = 1,
                   EXIT_CRITICAL = 2,
                   EXIT_UNKNOWN = 3,
                   EXIT_USAGE = 64,
                   EXIT_CONFIG = 78
};

enum color_option { COLOR_OPTION_AUTO, COLOR_OPTION_ALWAYS, COLOR_OPTION_NEVER };

/* Options that every command takes: -c FILE, --color WHEN, --log FILE, --help. */
struct common_options {
    const char *config; /* as given; NULL: search */
    const char *log;    /* NULL: none */
    enum color_option color;
    bool help;
    struct recording_options record;
};

struct command {
    const char *name;
    const char *synopsis; /* "[CONFIG]" */
    const char *summary;  /* one line in --help of the program */
    const char *help;     /* the rest of its own --help */
    int (*run)(const struct command *command, int argc,
               char **argv); /* argv[0] is the program's name */
};

extern const struct command commands[];
extern const int command_count;

#define OPTION_COLOR 256
#define OPTION_LOG 257
#define OPTION_HELP 258
#define OPTION_RECORD 259
#define OPTION_RECORD_MAX 260
#define OPTION_OWN 300 /* the first value free for a command's own long options */

/* For a command's own struct option table: the common long options as its first lines. */
#define COMMON_LONG_OPTIONS                                                                        \
    {"config", required_argument, NULL, 'c'}, {"color", required_argument, NULL, OPTION_COLOR},    \
        {"log", required_argument, NULL, OPTION_LOG},                                              \
    {                                                                                              \
        "help", no_argument, NULL, OPTION_HELP                                                     \
    }

/* Of the commands that can record what they see; common_option takes them. */
#define RECORD_LONG_OPTIONS                                                                        \
    {"record", required_argument, NULL, OPTION_RECORD},                                            \
    {                                                                                              \
        "record-max", required_argument, NULL, OPTION_RECORD_MAX                                   \
    }
#define RECORD_HELP                                                                                \
    "      --record FILE   write what is seen to FILE, a new one, for pgwatch-tui replay\n"        \
    "      --record-max SIZE  go on in a new FILE when it is larger (10MB; the old one is "        \
    "FILE.1)\n"

/*
 * Takes one option that getopt_long returned. False when it is not a common one, or wrong: then a
 * message was printed and *status is EXIT_USAGE.
 */
bool common_option(struct common_options *common, const struct command *command, int option,
                   int *status);

/* What is left after the options is CONFIG, once. False as of common_option when it is more. */
bool command_takes_config(struct common_options *common, const struct command *command, int argc,
                          char **argv, int *status);

/* Prints the command's help to stdout; returns EXIT_HEALTHY. */
int command_help(const struct command *command);
/* "pgwatch-tui: MESSAGE", "try pgwatch-tui NAME --help" on stderr; returns EXIT_USAGE. */
int command_usage_error(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* `given` or the search path, loaded; problems are printed to stderr. NULL: *status is EXIT_CONFIG.
 */
struct settings *command_settings(const char *given, int *status);

/* Whether to colour what goes to stdout: --color, NO_COLOR, a terminal. */
bool command_color(enum color_option color);

#endif
