/*
 * replay: options; the work is in app/replay and record/player.
 */
#include "command/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/replay.h"
#include "base/log.h"
#include "base/str.h"
#include "ui/svg.h"

const char replay_help[] =
    "Shows what --record or the key r wrote, as it was on the screen. Nothing can be done to a\n"
    "cluster from there. Space plays and stops; ? shows every key.\n\n"
    "  -s, --speed N       play N times as fast, 0.25 to 100 (1)\n"
    "  -a, --at TIME       begin there: 90s or 1m30s (since the beginning), -30s (before the "
    "end),\n"
    "                      12:03:44, 2026-11-23T12:03:44Z, mark:2, start or end\n"
    "  -d, --dump-screen WxH\n"
    "                      print the screen of --at (end) at this size, as text, and end\n"
    "      --drill         with --dump-screen: the screen of the drill, where there was one\n"
    "      --svg           with --dump-screen: a picture with colours\n"
    "      --ascii         draw with ASCII characters only\n\n"
    "A last line that was cut off (the program was killed) is no error. A recording that is being\n"
    "written can be replayed meanwhile.\n\n"
    "Exit status: 0, or 2 when it cannot be read.\n";

enum { OPTION_SVG = OPTION_OWN, OPTION_REPLAY_ASCII, OPTION_DRILL };

#define SCREEN_MAX 1000

struct replay_command {
    struct common_options common;
    const char *file, *at;
    double speed;
    int width, height; /* 0: on the terminal */
    bool svg, ascii, of_drill;
};

struct player *replay_open(const char *path)
{
    struct error err;
    struct player *player = player_open(path, &err);

    if (player == NULL) {
        char message[sizeof err.message], shown[256];
        str_copy(message, sizeof message, err.message);
        str_sanitize(shown, sizeof shown, path, SIZE_MAX);
        if (strstr(message, shown) == NULL)
            str_format(err.message, sizeof err.message, "%s: %s", shown, message);
        log_error(&err);
        return NULL;
    }
    const struct recording_header *header = player_header(player);
    clock_use_time_zone(header->time_zone, header->utc_offset_s, header->at.wall);
    return player;
}

/* A long recording takes seconds to read: it is said how far it is. */
static bool say_progress(void *owner, int64_t bytes, int64_t of_bytes)
{
    mono_us *said_at = owner, now = clock_monotonic_us();

    if (!isatty(STDERR_FILENO) || of_bytes <= 0 || now - *said_at < US_PER_S)
        return true;
    *said_at = now;
    fprintf(stderr, "\rreading the recording: %d %%  ", (int)(bytes * 100 / of_bytes));
    return true;
}

static void warn_of_damage(const struct player *player)
{
    if (player_damage(player)[0] != '\0')
        log_warning("the recording is shown up to its damage: %s", player_damage(player));
}

static int dump(const struct replay_command *c, struct player *player, mono_us at)
{
    struct canvas canvas = {0};
    char *text;

    canvas_resize(&canvas, c->width, c->height);
    replay_paint(player, at, c->of_drill, c->ascii, &canvas);
    text = c->svg ? canvas_to_svg(&canvas) : canvas_to_text(&canvas);
    fputs(text, stdout);
    free(text);
    canvas_free(&canvas);
    warn_of_damage(player);
    return EXIT_HEALTHY;
}

static int show(const struct replay_command *c, struct player *player, mono_us at)
{
    struct replay_options options = {.color = c->common.color == COLOR_OPTION_ALWAYS  ? COLOR_ALWAYS
                                              : c->common.color == COLOR_OPTION_NEVER ? COLOR_NEVER
                                                                                      : COLOR_AUTO,
                                     .ascii = c->ascii,
                                     .log = c->common.log,
                                     .speed = c->speed,
                                     .at = at};
    struct error err;
    mono_us said_at = clock_monotonic_us(), begun = said_at;
    int status = EXIT_CRITICAL;

    player_read_all(player, say_progress, &said_at);
    if (said_at != begun)
        fputs("\r\n", stderr);
    if (!replay_run(player, &options, &status, &err))
        log_error(&err);
    warn_of_damage(player);
    return status;
}

static int run(const struct replay_command *c)
{
    struct player *player = replay_open(c->file);
    const char *at_text = c->at != NULL ? c->at : c->width > 0 ? "end" : "start";
    struct error err;
    mono_us at;
    int status = EXIT_USAGE;

    if (player == NULL)
        return EXIT_CRITICAL;
    if (!player_find(player, at_text, &at, &err))
        log_error(&err);
    else
        status = c->width > 0 ? dump(c, player, at) : show(c, player, at);
    player_free(&player);
    return status;
}

/* ---- the command line */

static bool take_size(const struct command *command, struct replay_command *c, int *status)
{
    int used = 0;

    if (sscanf(optarg, "%4dx%4d%n", &c->width, &c->height, &used) == 2 && optarg[used] == '\0' &&
        c->width > 0 && c->height > 0 && c->width <= SCREEN_MAX && c->height <= SCREEN_MAX)
        return true;
    *status = command_usage_error(command, "--dump-screen takes a size such as 120x36, not \"%s\"",
                                  optarg);
    return false;
}

static bool take_speed(const struct command *command, struct replay_command *c, int *status)
{
    char *end;

    c->speed = strtod(optarg, &end);
    if (*end == '\0' && c->speed >= REPLAY_SPEED_MIN && c->speed <= REPLAY_SPEED_MAX)
        return true;
    *status =
        command_usage_error(command, "--speed takes a number from 0.25 to 100, not \"%s\"", optarg);
    return false;
}

static bool take_option(const struct command *command, int option, struct replay_command *c,
                        int *status)
{
    switch (option) {
    case 'a':
        c->at = optarg;
        return true;
    case 'd':
        return take_size(command, c, status);
    case 's':
        return take_speed(command, c, status);
    case OPTION_DRILL:
        c->of_drill = true;
        return true;
    case OPTION_SVG:
        c->svg = true;
        return true;
    case OPTION_REPLAY_ASCII:
        c->ascii = true;
        return true;
    default:
        return common_option(&c->common, command, option, status);
    }
}

static bool parse_options(const struct command *command, int argc, char **argv,
                          struct replay_command *c, int *status)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS,
                                          {"at", required_argument, NULL, 'a'},
                                          {"dump-screen", required_argument, NULL, 'd'},
                                          {"speed", required_argument, NULL, 's'},
                                          {"drill", no_argument, NULL, OPTION_DRILL},
                                          {"svg", no_argument, NULL, OPTION_SVG},
                                          {"ascii", no_argument, NULL, OPTION_REPLAY_ASCII},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "a:d:s:", longs, NULL)) != -1)
        if (!take_option(command, option, c, status))
            return false;
    if (c->common.help)
        return true;
    if (argc - optind != 1)
        *status = command_usage_error(command, "replay takes one recording");
    else if (c->common.config != NULL)
        *status = command_usage_error(command, "replay takes no cluster description");
    else if (c->svg && c->width == 0)
        *status = command_usage_error(command, "--svg goes with --dump-screen");
    else
        c->file = argv[optind];
    return c->file != NULL;
}

int command_replay(const struct command *command, int argc, char **argv)
{
    struct replay_command c = {.speed = 1};
    int status = EXIT_USAGE;

    if (!parse_options(command, argc, argv, &c, &status))
        return status;
    return c.common.help ? command_help(command) : run(&c);
}
