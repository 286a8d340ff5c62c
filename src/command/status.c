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
#include "record/status_json.h"
#include "record/status_text.h"

const char status_help[] =
    "Looks at every node of the cluster once and prints what it found.\n\n"
    "  -j, --json          one JSON object (\"format\": 1) instead of the table\n"
    "  -w, --watch         one line (with --json: one object) per poll, until "
    "interrupted\n" RECORD_HELP
    "\n"
    "Exit status: 0 healthy, 1 warning, 2 critical, 3 no node could be reached.\n";

enum {
    CONNECT_GRACE_US = 2 * US_PER_S
}; /* for resolving and connecting, on top of the poll's own timeout */

struct status_options {
    struct common_options common;
    bool json, watch, color;
};

struct status_run {
    const struct status_options *options;
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    struct recording *recording;
    struct loop_timer next;
    struct assessment assessment;
    int signo; /* that ended the looking; 0 none */
    bool printed;
};

static void print(struct status_run *run, struct instant now)
{
    const struct model *model = watch_model(run->watch);
    const struct assessment *a = &run->assessment;

    assess(watch_model(run->watch), now, &run->assessment);
    if (run->options->json) {
        char *text = status_json(model, &a->verdict, &a->health, now, run->options->watch);
        puts(text);
        free(text);
    } else if (run->options->watch) {
        status_text_print_line(stdout, model, &a->verdict, &a->health, now, run->options->color);
    } else {
        status_text_print(stdout, model, &a->verdict, &a->health, now, run->options->color);
    }
    fflush(stdout);
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
    int status = EXIT_CONFIG;

    run.next = (struct loop_timer){.fire = print_next, .owner = &run};
    if (start(&run, &err)) {
        watch_until_settled(run.watch, run.loop, settings->poll_timeout_us + CONNECT_GRACE_US);
        if (run.signo == 0)
            watch_until_probe_settled(run.watch, run.loop, settings->poll_timeout_us);
        if (run.signo == 0)
            print(&run, clock_now());
        if (options->watch && run.signo == 0) {
            loop_timer_set(run.loop, &run.next, clock_monotonic_us() + settings->poll_interval_us);
            loop_run(run.loop);
        }
        status = run.printed ? health_exit_status(run.assessment.health.level) : 128 + run.signo;
    } else {
        log_error(&err);
    }
    recording_free(&run.recording);
    watch_free(&run.watch);
    loop_free(&run.loop);
    return status;
}

int status_print_once(const struct settings *settings, bool color)
{
    struct status_options options = {.color = color};
    return run_status(settings, &options);
}

/* False: *status is the exit status. */
static bool parse_options(const struct command *command, int argc, char **argv,
                          struct status_options *options, int *status)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS,
                                          RECORD_LONG_OPTIONS,
                                          {"json", no_argument, NULL, 'j'},
                                          {"watch", no_argument, NULL, 'w'},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "c:jw", longs, NULL)) != -1) {
        if (option == 'j')
            options->json = true;
        else if (option == 'w')
            options->watch = true;
        else if (!common_option(&options->common, command, option, status))
            return false;
    }
    if (argc - optind > (options->common.config == NULL ? 1 : 0)) {
        *status = command_usage_error(command, "too many arguments: %s", argv[argc - 1]);
        return false;
    }
    if (optind < argc)
        options->common.config = argv[optind];
    return true;
}

int command_status(const struct command *command, int argc, char **argv)
{
    struct status_options options = {0};
    int status;

    if (!parse_options(command, argc, argv, &options, &status))
        return status;
    if (options.common.help)
        return command_help(command);
    options.color = !options.json && command_color(options.common.color);
    struct settings *settings = command_settings(options.common.config, &status);
    if (settings == NULL)
        return status;
    status = run_status(settings, &options);
    settings_free(&settings);
    return status;
}
