/*
 * status: connects to every node, waits until each has answered or failed, prints. A node that
 * hangs costs the poll's timeout and no more, a commit that waits the same again.
 */
#include "command/status.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/watch.h"
#include "base/log.h"
#include "base/str.h"
#include "command/replay.h"
#include "record/metrics_file.h"
#include "record/openmetrics.h"
#include "record/status_json.h"
#include "record/status_text.h"

const char status_help[] =
    "Looks at every node of the cluster once and prints what it found.\n\n"
    "  -j, --json          one JSON object (\"format\": 1) instead of the table\n"
    "  -w, --watch         one line (with --json: one object) per poll, until interrupted\n"
    "      --openmetrics   metrics for Prometheus instead of the table\n"
    "      --output FILE   put the metrics in FILE; with --watch at each poll\n"
    "      --replay FILE   of a recording instead of a cluster, at the moment of --at\n"
    "      --at TIME       such as 90s or 1m30s (since the beginning), -30s (before the end),\n"
    "                      12:03:44, start or end (end)\n" RECORD_HELP
    "\n"
    "Exit status: 0 healthy, 1 warning, 2 critical, 3 no node could be reached.\n";

enum {
    CONNECT_GRACE_US = 2 * US_PER_S
}; /* for resolving and connecting, on top of the poll's own timeout */

struct status_options {
    struct common_options common;
    bool json, openmetrics, watch, color;
    const char *output; /* of openmetrics; NULL: stdout */
    const char *replay, *at;
};

enum { OPTION_REPLAY = OPTION_OWN, OPTION_AT, OPTION_OPENMETRICS, OPTION_OUTPUT };

struct status_run {
    const struct status_options *options;
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    struct recording *recording;
    struct loop_timer next;
    struct assessment assessment;
    struct metrics_file *output; /* NULL: stdout */
    bool output_failed;          /* the last time; said once */
    int signo;                   /* that ended the looking; 0 none */
    bool printed;
};

static void print_output(struct status_run *run, struct instant now)
{
    struct assessment *a = &run->assessment;
    struct model *model = watch_model(run->watch);
    struct error err;
    FILE *out = metrics_file_begin(run->output, &err);

    assess(model, now, a);
    if (out != NULL)
        openmetrics_print(out, model, &a->verdict, &a->health, now);
    bool failed = out == NULL || !metrics_file_end(run->output, &err);
    if (failed && !run->output_failed) {
        log_error(&err);
        if (run->options->watch)
            log_info("it is tried again at each poll");
    } else if (!failed && run->output_failed) {
        log_info("the metrics are written again");
    }
    run->output_failed = failed;
}

/* The same for what is seen now and for what was recorded. */
static void print_model(const struct status_options *options, struct model *model,
                        struct instant now, struct assessment *a)
{
    assess(model, now, a);
    if (options->json) {
        char *text = status_json(model, &a->verdict, &a->health, now, options->watch);
        puts(text);
        free(text);
    } else if (options->openmetrics) {
        openmetrics_print(stdout, model, &a->verdict, &a->health, now);
    } else if (options->watch) {
        status_text_print_line(stdout, model, &a->verdict, &a->health, now, options->color);
    } else {
        status_text_print(stdout, model, &a->verdict, &a->health, now, options->color);
    }
    fflush(stdout);
}

static void print(struct status_run *run, struct instant now)
{
    if (run->output != NULL)
        print_output(run, now);
    else
        print_model(run->options, watch_model(run->watch), now, &run->assessment);
    run->printed = true;
}

static void print_next(void *owner, struct instant now)
{
    struct status_run *run = owner;

    print(run, now);
    if (ferror(stdout)) /* the reader went away */
        loop_stop(run->loop);
    loop_timer_set(run->loop, &run->next, now.mono + run->settings->poll_interval_us);
}

static void interrupted(void *owner, int signo, struct instant now)
{
    struct status_run *run = owner;
    (void)now;
    run->signo = signo;
    loop_stop(run->loop);
}

static bool start(struct status_run *run, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    run->loop = loop_new(err);
    if (run->loop == NULL || !loop_signals(run->loop, signals, 3, interrupted, run, err))
        return false;
    run->watch = watch_new(run->settings, run->loop, NULL, NULL, err);
    if (run->watch == NULL)
        return false;
    watch_start_probe(run->watch);
    run->recording = recording_of(run->loop, run->watch, &run->options->common.record, err);
    return run->recording != NULL;
}

static int run_status(const struct settings *settings, const struct status_options *options)
{
    struct status_run run = {.options = options, .settings = settings};
    struct error err;
    int status;

    run.next = (struct loop_timer){.fire = print_next, .owner = &run};
    if (options->output != NULL)
        run.output = metrics_file_new(options->output);
    if (start(&run, &err)) {
        watch_until_settled(run.watch, run.loop, settings->poll_timeout_us + CONNECT_GRACE_US);
        if (run.signo == 0)
            watch_until_waits_settled(run.watch, run.loop, settings->poll_timeout_us);
        if (run.signo == 0)
            watch_until_probe_settled(run.watch, run.loop, settings->poll_timeout_us);
        if (run.signo == 0)
            print(&run, clock_now());
        if (options->watch && run.signo == 0) {
            loop_timer_set(run.loop, &run.next, clock_monotonic_us() + settings->poll_interval_us);
            loop_run(run.loop);
        }
        status = run.printed ? health_exit_status(run.assessment.health.level) : 128 + run.signo;
        if (run.output_failed)
            status = EXIT_CRITICAL;
    } else {
        log_error(&err); /* what a watch cannot be made of is a description's conninfo */
        status = run.loop != NULL && run.watch == NULL ? EXIT_CONFIG : EXIT_CRITICAL;
    }
    metrics_file_free(&run.output);
    recording_free(&run.recording);
    watch_free(&run.watch);
    loop_free(&run.loop);
    return status;
}

static int run_replay(const struct status_options *options)
{
    struct player *player = replay_open(options->replay);
    struct assessment *assessment;
    struct error err;
    mono_us at;
    int status;

    if (player == NULL)
        return EXIT_UNKNOWN;
    if (!player_find(player, options->at != NULL ? options->at : "end", &at, &err)) {
        log_error(&err);
        player_free(&player);
        return EXIT_USAGE;
    }
    assessment = mem_calloc(1, sizeof *assessment);
    player_go_to(player, at);
    print_model(options, player_model(player), player_now(player), assessment);
    status = health_exit_status(assessment->health.level);
    free(assessment);
    player_free(&player);
    return status;
}

int status_print_once(const struct settings *settings, bool color)
{
    struct status_options options = {.color = color};
    return run_status(settings, &options);
}

static bool options_fit(const struct command *command, const struct status_options *options,
                        int *status)
{
    if (options->json && options->openmetrics)
        *status = command_usage_error(command, "--json or --openmetrics, not both");
    else if (options->output != NULL && !options->openmetrics)
        *status = command_usage_error(command, "--output is for --openmetrics");
    else if (options->output != NULL && options->output[0] == '\0')
        *status = command_usage_error(command, "--output needs the name of a file");
    else
        return true;
    return false;
}

static bool check_replay(const struct command *command, const struct status_options *options,
                         int *status)
{
    const char *wrong = NULL;

    if (options->common.help)
        return true;
    if (options->at != NULL && options->replay == NULL)
        wrong = "--at goes with --replay";
    else if (options->replay != NULL && options->watch)
        wrong = "--watch looks at a cluster, --replay at one moment of a recording";
    else if (options->replay != NULL && options->output != NULL)
        wrong = "--output is for a cluster; redirect what --replay prints";
    else if (options->replay != NULL && options->common.record.path != NULL)
        wrong = "a replay is not recorded";
    else if (options->replay != NULL && options->common.config != NULL)
        wrong = "--replay takes no cluster description: the recording has it";
    if (wrong != NULL)
        *status = command_usage_error(command, "%s", wrong);
    return wrong == NULL;
}

/* False: *status is the exit status. */
static bool parse_options(const struct command *command, int argc, char **argv,
                          struct status_options *options, int *status)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS,
                                          RECORD_LONG_OPTIONS,
                                          {"json", no_argument, NULL, 'j'},
                                          {"watch", no_argument, NULL, 'w'},
                                          {"openmetrics", no_argument, NULL, OPTION_OPENMETRICS},
                                          {"output", required_argument, NULL, OPTION_OUTPUT},
                                          {"replay", required_argument, NULL, OPTION_REPLAY},
                                          {"at", required_argument, NULL, OPTION_AT},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "c:jw", longs, NULL)) != -1) {
        if (option == 'j')
            options->json = true;
        else if (option == 'w')
            options->watch = true;
        else if (option == OPTION_OPENMETRICS)
            options->openmetrics = true;
        else if (option == OPTION_OUTPUT)
            options->output = optarg;
        else if (option == OPTION_REPLAY)
            options->replay = optarg;
        else if (option == OPTION_AT)
            options->at = optarg;
        else if (!common_option(&options->common, command, option, status))
            return false;
    }
    return command_takes_config(&options->common, command, argc, argv, status) &&
           options_fit(command, options, status) && check_replay(command, options, status);
}

int command_status(const struct command *command, int argc, char **argv)
{
    struct status_options options = {0};
    int status;

    if (!parse_options(command, argc, argv, &options, &status))
        return status;
    if (options.common.help)
        return command_help(command);
    options.color = !options.json && !options.openmetrics && command_color(options.common.color);
    if (options.replay != NULL)
        return run_replay(&options);
    struct settings *settings = command_settings(options.common.config, &status);
    if (settings == NULL)
        return status;
    status = run_status(settings, &options);
    settings_free(&settings);
    return status;
}
