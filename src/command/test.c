/*
 * test: watches the cluster until every node has answered or failed, runs one replication test,
 * prints.
 */
#include "command/test.h"

#include <signal.h>
#include <stdio.h>

#include "app/load.h"
#include "app/replication_test.h"
#include "app/watch.h"
#include "base/log.h"
#include "base/str.h"
#include "record/test_json.h"

const char test_help[] =
    "Writes one row into test_replication on the primary (the table is made if it is not there) "
    "and\n"
    "reads it back on every other node; checks pg_stat_replication and pg_stat_wal_receiver.\n\n"
    "  -j, --json          one JSON object (\"format\": 1) instead of the table\n"
    "      --commit-level LEVEL  synchronous_commit of the write: off, local, remote_write, on,\n"
    "                      remote_apply (on)\n"
    "      --timeout TIME  how long to wait for the acknowledgement, and then for the row on the\n"
    "                      replicas (10s)\n"
    "      --write         write to a cluster that is no lab and has no probe.enabled\n" RECORD_HELP
    "\n"
    "A write that waits for standbys is never cancelled: its session goes on waiting on the "
    "server.\n\n"
    "Exit status: 0 passed, 2 failed, 3 no node could be reached.\n";

enum { OPTION_LEVEL = OPTION_OWN, OPTION_TIMEOUT, OPTION_WRITE };

#define CONNECT_GRACE_US (2 * US_PER_S) /* for resolving and connecting, as in status */
#define TIMEOUT_MIN_US (100 * US_PER_MS)
#define TIMEOUT_MAX_US (3600 * US_PER_S)

struct test_options {
    struct common_options common;
    struct replication_test_order order;
    bool json, write;
};

struct test_run {
    const struct test_options *options;
    struct loop *loop;
    struct watch *watch;
    struct replication_test *test;
    struct recording *recording;
    const struct replication_check *check; /* once it has ended */
    int signo;                             /* that ended it; 0 none */
};

static void ended(void *owner, const struct replication_check *check, struct instant now)
{
    struct test_run *run = owner;

    run->check = check;
    recording_look(run->recording, now, NULL, check);
    loop_stop(run->loop);
}

static void interrupted(void *owner, int signo, struct instant now)
{
    struct test_run *run = owner;
    (void)now;

    run->signo = signo;
    loop_stop(run->loop);
}

static bool start(struct test_run *run, const struct settings *settings, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    run->loop = loop_new(err);
    if (run->loop == NULL || !loop_signals(run->loop, signals, 3, interrupted, run, err))
        return false;
    run->watch = watch_new(settings, run->loop, NULL, NULL, err);
    if (run->watch == NULL)
        return false;
    run->recording = recording_of(run->loop, run->watch, &run->options->common.record, err);
    if (run->recording == NULL)
        return false;
    run->test = replication_test_new(settings, run->loop, run->watch, ended, run);
    return true;
}

static int print(const struct test_run *run)
{
    if (run->options->json)
        test_json_print(stdout, run->check);
    else
        test_table_print(stdout, run->check);
    fflush(stdout);
    if (!run->check->reached)
        return EXIT_UNKNOWN;
    return run->check->passed ? EXIT_HEALTHY : EXIT_CRITICAL;
}

static int run_test(const struct settings *settings, const struct test_options *options)
{
    struct test_run run = {.options = options};
    struct error err;
    int status;

    if (start(&run, settings, &err)) {
        watch_until_settled(run.watch, run.loop, settings->poll_timeout_us + CONNECT_GRACE_US);
        if (run.signo == 0 && replication_test_start(run.test, &options->order, clock_now(), &err))
            loop_run(run.loop);
        status = run.check != NULL ? print(&run) : 128 + run.signo;
    } else {
        log_error(&err); /* what a watch cannot be made of is a description's conninfo */
        status = run.loop != NULL && run.watch == NULL ? EXIT_CONFIG : EXIT_CRITICAL;
    }
    recording_free(&run.recording);
    replication_test_free(&run.test);
    watch_free(&run.watch);
    loop_free(&run.loop);
    return status;
}

static void set_defaults(struct test_options *options)
{
    options->order = (struct replication_test_order){
        .whole = true, .level = COMMIT_LEVEL_ON, .timeout_us = REPLICATION_TEST_TIMEOUT_US};
}

int test_print_once(const struct settings *settings, const struct recording_options *record)
{
    struct test_options options = {.common.record = *record};

    set_defaults(&options);
    return run_test(settings, &options);
}

/* False: *status is the exit status. */
static bool take_option(const struct command *command, int option, struct test_options *options,
                        int *status)
{
    struct replication_test_order *order = &options->order;

    switch (option) {
    case 'j':
        options->json = true;
        return true;
    case OPTION_WRITE:
        options->write = true;
        return true;
    case OPTION_LEVEL:
        if (commit_level_parse(optarg, &order->level))
            return true;
        *status = command_usage_error(command,
                                      "--commit-level takes off, local, remote_write, on or "
                                      "remote_apply, not \"%s\"",
                                      optarg);
        return false;
    case OPTION_TIMEOUT:
        if (parse_duration_us(optarg, &order->timeout_us) && order->timeout_us >= TIMEOUT_MIN_US &&
            order->timeout_us <= TIMEOUT_MAX_US)
            return true;
        *status = command_usage_error(
            command, "--timeout takes a time such as 500ms or 10s, from 100ms to 1h, not \"%s\"",
            optarg);
        return false;
    default:
        return common_option(&options->common, command, option, status);
    }
}

static bool parse_options(const struct command *command, int argc, char **argv,
                          struct test_options *options, int *status)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS,
                                          RECORD_LONG_OPTIONS,
                                          {"json", no_argument, NULL, 'j'},
                                          {"commit-level", required_argument, NULL, OPTION_LEVEL},
                                          {"timeout", required_argument, NULL, OPTION_TIMEOUT},
                                          {"write", no_argument, NULL, OPTION_WRITE},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "c:j", longs, NULL)) != -1)
        if (!take_option(command, option, options, status))
            return false;
    return command_takes_config(&options->common, command, argc, argv, status);
}

/* The message for somebody who may not know what would have happened. */
static bool may_write(const struct settings *settings, const struct test_options *options)
{
    struct error err;

    if (options->write || load_allowed(settings, &err))
        return true;
    error_hint(&err,
               "set lab or probe.enabled in its description, or say --write to write one row "
               "into test_replication");
    log_error(&err);
    return false;
}

int command_test(const struct command *command, int argc, char **argv)
{
    struct test_options options = {0};
    int status;

    set_defaults(&options);
    if (!parse_options(command, argc, argv, &options, &status))
        return status;
    if (options.common.help)
        return command_help(command);
    struct settings *settings = command_settings(options.common.config, &status);
    if (settings == NULL)
        return status;
    status = may_write(settings, &options) ? run_test(settings, &options) : EXIT_USAGE;
    settings_free(&settings);
    return status;
}
