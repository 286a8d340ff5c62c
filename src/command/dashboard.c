/*
 * dashboard: options and the way in; the work is in app/dashboard.
 */
#include "command/dashboard.h"

#include "app/dashboard.h"
#include "base/log.h"
#include "base/str.h"

const char dashboard_help[] =
    "Watches the cluster on the screen until q is pressed. ? shows every key.\n\n"
    "  -i, --interval TIME poll every TIME (100ms to 1h) instead of what the description says\n"
    "      --ascii         draw with ASCII characters only\n"
    "      --report DIR    write a report of each drill there, as Markdown and JSON\n" RECORD_HELP;

enum { OPTION_ASCII = OPTION_OWN, OPTION_REPORT };

struct dashboard_command {
    struct common_options common;
    struct dashboard_options options;
    int64_t interval_us; /* 0: as described */
};

static enum color_choice color_of(enum color_option color)
{
    switch (color) {
    case COLOR_OPTION_ALWAYS:
        return COLOR_ALWAYS;
    case COLOR_OPTION_NEVER:
        return COLOR_NEVER;
    case COLOR_OPTION_AUTO:
        break;
    }
    return COLOR_AUTO;
}

int dashboard_on(const struct settings *settings, const struct common_options *common)
{
    struct dashboard_options options = {
        .color = color_of(common->color), .log = common->log, .record = common->record};
    struct error err;
    int status = EXIT_CRITICAL;

    if (!dashboard_run(settings, &options, &status, &err))
        log_error(&err);
    return status;
}

static bool take_interval(const struct command *command, struct dashboard_command *d, int *status)
{
    if (parse_duration_us(optarg, &d->interval_us) && d->interval_us >= INTERVAL_MIN_US &&
        d->interval_us <= INTERVAL_MAX_US)
        return true;
    *status = command_usage_error(
        command, "--interval takes a time such as 500ms or 2s, from 100ms to 1h, not \"%s\"",
        optarg);
    return false;
}

static bool parse_options(const struct command *command, int argc, char **argv,
                          struct dashboard_command *d, int *status)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS,
                                          RECORD_LONG_OPTIONS,
                                          {"interval", required_argument, NULL, 'i'},
                                          {"ascii", no_argument, NULL, OPTION_ASCII},
                                          {"report", required_argument, NULL, OPTION_REPORT},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "c:i:", longs, NULL)) != -1) {
        if (option == 'i') {
            if (!take_interval(command, d, status))
                return false;
        } else if (option == OPTION_ASCII) {
            d->options.ascii = true;
        } else if (option == OPTION_REPORT) {
            d->options.report_dir = optarg;
        } else if (!common_option(&d->common, command, option, status)) {
            return false;
        }
    }
    return command_takes_config(&d->common, command, argc, argv, status);
}

int command_dashboard(const struct command *command, int argc, char **argv)
{
    struct dashboard_command d = {0};
    struct error err;
    int status;

    if (!parse_options(command, argc, argv, &d, &status))
        return status;
    if (d.common.help)
        return command_help(command);
    struct settings *settings = command_settings(d.common.config, &status);
    if (settings == NULL)
        return status;
    if (d.interval_us != 0)
        settings->poll_interval_us = d.interval_us;
    d.options.color = color_of(d.common.color);
    d.options.log = d.common.log;
    d.options.record = d.common.record;
    status = EXIT_CRITICAL;
    if (!dashboard_run(settings, &d.options, &status, &err))
        log_error(&err);
    settings_free(&settings);
    return status;
}
