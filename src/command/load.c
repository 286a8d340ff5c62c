/*
 * load: options, a line a second while it runs, and the sums at the end; the work is in app/load.
 */
#include "command/load.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/load.h"
#include "app/watch.h"
#include "base/log.h"
#include "base/str.h"
#include "cluster/latency.h"
#include "record/load_json.h"

const char load_help[] =
    "Writes rows into test_replication on whoever is primary, at a steady rate, and tells what\n"
    "became of each. Only on a lab, or with probe.enabled: true. The rows stay in the table.\n\n"
    "  -r, --rate N        N writes a second, 1 to 2000 (10)\n"
    "  -d, --duration TIME such as 30s or 5min (until Ctrl-C)\n"
    "  -m, --clients M     M connections, 1 to 64 (2)\n"
    "  -l, --commit-level LEVEL\n"
    "                      off, local, remote_write, on or remote_apply (on)\n"
    "      --ledger FILE   append every write and its outcome to FILE, as JSON lines\n"
    "  -j, --json          one JSON object (\"format\": 1) at the end\n" RECORD_HELP
    "\n"
    "A write's latency counts from when it was due, also when it could only be sent later. After\n"
    "the duration what is due is sent and waited for, for 5 s at most. Ctrl-C ends at once: "
    "writes\n"
    "under way are unknown. A write that waits for a standby is never cancelled.\n\n"
    "Exit status: 0 every write was acknowledged, 1 some were not, 2 it could not run, 3 no node "
    "could\n"
    "be reached.\n";

enum { OPTION_LEDGER = OPTION_OWN };

#define FIRST_WRITE_US (2 * US_PER_S) /* on top of the poll's timeout: to find who is primary */

struct load_command {
    struct common_options common;
    struct load_options load;
    bool json;
};

struct load_run {
    const struct load_command *options;
    struct loop *loop;
    struct watch *watch;
    struct load *load;
    struct recording *recording;
    struct loop_timer progress, first_write, look;
    int could_not; /* the exit status that tells why; 0: it could */
};

/* ---- what is printed */

static void format_figures(const struct load_figures *f, char *out, size_t size)
{
    char p50[24], p99[24], max[24];

    format_duration(p50, sizeof p50, f->p50_us);
    format_duration(p99, sizeof p99, f->p99_us);
    format_duration(max, sizeof max, f->max_us);
    str_format(out, size,
               "acknowledged %llu, locally %llu, failed %llu, unknown %llu; p50 %s, p99 %s, max %s",
               (unsigned long long)f->counts.outcomes[COMMIT_ACKNOWLEDGED],
               (unsigned long long)f->counts.outcomes[COMMIT_LOCAL],
               (unsigned long long)f->counts.outcomes[COMMIT_FAILED],
               (unsigned long long)f->counts.outcomes[COMMIT_UNKNOWN], p50, p99, max);
}

static void print_progress(void *owner, struct instant now)
{
    struct load_run *run = owner;
    struct load_figures f;
    char figures[192], late[64] = "", clock[16], achieved[24] = "-";

    load_look(run->load, now.mono, &f);
    format_figures(&f, figures, sizeof figures);
    clock_format_local_time(now.wall, clock, sizeof clock);
    if (!isnan(f.achieved))
        str_format(achieved, sizeof achieved, "%.0f", (double)f.achieved);
    if (f.late > 0)
        str_format(late, sizeof late, "; %llu late", (unsigned long long)f.late);
    fprintf(stderr, "%s  %s of %d/s at %s  %s%s\n", clock, achieved, f.rate,
            commit_level_word(f.level), figures, late);
    loop_timer_set(run->loop, &run->progress, now.mono + US_PER_S);
}

static void print_end(const struct load_run *run)
{
    struct load_figures f;
    char figures[192];

    load_look(run->load, clock_monotonic_us(), &f);
    if (run->options->json) {
        load_json_print(stdout, &f);
        return;
    }
    format_figures(&f, figures, sizeof figures);
    printf("%llu writes due at %s, %d a second: %s\n", (unsigned long long)f.counts.due,
           commit_level_word(f.level), f.rate, figures);
    if (f.counts.skipped > 0)
        printf("%llu were never sent\n", (unsigned long long)f.counts.skipped);
}

/* ---- what happens */

static void look(void *owner, struct instant now)
{
    struct load_run *run = owner;
    struct load_figures f;

    load_look(run->load, now.mono, &f);
    recording_look(run->recording, now, &f, NULL);
    loop_timer_set(run->loop, &run->look, now.mono + US_PER_S);
}

static void said(void *owner, enum event_level level, const char *text, struct instant now)
{
    struct load_run *run = owner;

    if (run->watch != NULL)
        watch_event(run->watch, now, level, "load", text);
    if (level >= EVENT_WARNING)
        log_warning("%s", text);
    else if (isatty(STDERR_FILENO))
        log_info("%s", text);
}

static void ended(void *owner, struct instant now)
{
    struct load_run *run = owner;
    (void)now;
    loop_stop(run->loop);
}

static void changed(void *owner, const struct observation *observation, uint64_t events_before)
{
    struct load_run *run = owner;
    const struct model *model = watch_model(run->watch);
    (void)observation;
    (void)events_before;

    if (run->load != NULL && (model->primary >= 0 || model->primary_count > 1))
        load_follow(run->load, model->primary);
}

static void interrupted(void *owner, int signo, struct instant now)
{
    struct load_run *run = owner;
    (void)signo;
    (void)now;
    load_stop(run->load);
}

static bool anybody_answered(const struct model *model)
{
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].sampled)
            return true;
    return false;
}

static void no_first_write(void *owner, struct instant now)
{
    struct load_run *run = owner;
    struct load_figures f;
    struct error err;

    load_look(run->load, now.mono, &f);
    if (f.phase != LOAD_CONNECTING)
        return;
    run->could_not = anybody_answered(watch_model(run->watch)) ? EXIT_CRITICAL : EXIT_UNKNOWN;
    error_set(&err, "nobody can be written to: %s",
              watch_model(run->watch)->primary_count > 1 ? "there is more than one primary"
              : f.why[0] != '\0'                         ? f.why
                                                         : "no answer");
    log_error(&err);
    loop_stop(run->loop);
}

static bool start(struct load_run *run, const struct settings *settings, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    static const struct load_callbacks callbacks = {.said = said, .ended = ended};

    run->loop = loop_new(err);
    if (run->loop == NULL)
        return false;
    run->load = load_new(settings, run->loop, &run->options->load, &callbacks, run, err);
    if (run->load == NULL || !loop_signals(run->loop, signals, 3, interrupted, run, err))
        return false;
    run->watch = watch_new(settings, run->loop, changed, run, err);
    if (run->watch == NULL)
        return false;
    run->recording = recording_of(run->loop, run->watch, &run->options->common.record, err);
    return run->recording != NULL;
}

static int run_load(const struct settings *settings, const struct load_command *options)
{
    struct load_run run = {.options = options};
    struct error err;
    int status = EXIT_CRITICAL;

    run.progress = (struct loop_timer){.fire = print_progress, .owner = &run};
    run.look = (struct loop_timer){.fire = look, .owner = &run};
    run.first_write = (struct loop_timer){.fire = no_first_write, .owner = &run};
    if (start(&run, settings, &err)) {
        mono_us now = clock_monotonic_us();

        if (isatty(STDERR_FILENO))
            loop_timer_set(run.loop, &run.progress, now + US_PER_S);
        loop_timer_set(run.loop, &run.first_write,
                       now + settings->poll_timeout_us + FIRST_WRITE_US);
        if (recording_is_on(run.recording))
            loop_timer_set(run.loop, &run.look, now);
        loop_run(run.loop);
        if (run.could_not != 0)
            status = run.could_not;
        else
            print_end(&run);
        if (run.could_not == 0 && load_error(run.load) == NULL)
            status = ledger_all_acknowledged(load_ledger(run.load)) ? EXIT_HEALTHY : EXIT_WARNING;
    } else {
        log_error(&err);
    }
    load_free(&run.load);
    recording_free(&run.recording);
    watch_free(&run.watch);
    loop_free(&run.loop);
    return status;
}

/* ---- the command line */

static bool take_number(const struct command *command, const char *option, int max, int *value,
                        int *status)
{
    char *rest;
    long number = strtol(optarg, &rest, 10);

    if (optarg[0] >= '0' && optarg[0] <= '9' && *rest == '\0' && number >= 1 && number <= max) {
        *value = (int)number;
        return true;
    }
    *status = command_usage_error(command, "%s takes a number from 1 to %d, not \"%s\"", option,
                                  max, optarg);
    return false;
}

static bool take_duration(const struct command *command, struct load_command *options, int *status)
{
    if (parse_duration_us(optarg, &options->load.duration_us) && options->load.duration_us > 0)
        return true;
    *status = command_usage_error(
        command, "--duration takes a time such as 30s or 5min, not \"%s\"", optarg);
    return false;
}

static bool take_level(const struct command *command, struct load_command *options, int *status)
{
    if (commit_level_parse(optarg, &options->load.level))
        return true;
    *status = command_usage_error(
        command, "--commit-level takes off, local, remote_write, on or remote_apply, not \"%s\"",
        optarg);
    return false;
}

static bool take_option(const struct command *command, int option, struct load_command *options,
                        int *status)
{
    switch (option) {
    case 'r':
        return take_number(command, "--rate", LOAD_RATE_MAX, &options->load.rate, status);
    case 'm':
        return take_number(command, "--clients", LOAD_CLIENTS_MAX, &options->load.clients, status);
    case 'd':
        return take_duration(command, options, status);
    case 'l':
        return take_level(command, options, status);
    case 'j':
        options->json = true;
        return true;
    case OPTION_LEDGER:
        options->load.ledger = optarg;
        return true;
    default:
        return common_option(&options->common, command, option, status);
    }
}

static bool parse_options(const struct command *command, int argc, char **argv,
                          struct load_command *options, int *status)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS,
                                          RECORD_LONG_OPTIONS,
                                          {"rate", required_argument, NULL, 'r'},
                                          {"duration", required_argument, NULL, 'd'},
                                          {"clients", required_argument, NULL, 'm'},
                                          {"commit-level", required_argument, NULL, 'l'},
                                          {"ledger", required_argument, NULL, OPTION_LEDGER},
                                          {"json", no_argument, NULL, 'j'},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "c:r:d:m:l:j", longs, NULL)) != -1)
        if (!take_option(command, option, options, status))
            return false;
    return command_takes_config(&options->common, command, argc, argv, status);
}

int command_load(const struct command *command, int argc, char **argv)
{
    struct load_command options = {.load = {.rate = LOAD_RATE_DEFAULT,
                                            .clients = LOAD_CLIENTS_DEFAULT,
                                            .level = COMMIT_LEVEL_ON}};
    int status;

    if (!parse_options(command, argc, argv, &options, &status))
        return status;
    if (options.common.help)
        return command_help(command);
    struct settings *settings = command_settings(options.common.config, &status);
    if (settings == NULL)
        return status;
    status = run_load(settings, &options);
    settings_free(&settings);
    return status;
}
