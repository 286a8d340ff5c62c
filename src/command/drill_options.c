/*
 * drill_options: see drill_options.h.
 */
#include "command/drill_options.h"

#include <stdlib.h>
#include <string.h>

#include "app/load.h"
#include "base/str.h"
#include "cluster/latency.h"

enum {
    OPTION_DRY_RUN = OPTION_OWN,
    OPTION_REPORT,
    OPTION_TARGET_RTO,
    OPTION_TARGET_RPO,
    OPTION_MANUAL,
    OPTION_RATE,
    OPTION_CLIENTS,
    OPTION_LEVEL,
    OPTION_HOLD,
    OPTION_BASELINE,
    OPTION_DURATION
};

#define TIME_MAX_US (3600 * US_PER_S)

static bool take_number(const struct command *command, const char *option, int min, int max,
                        int *value, int *status)
{
    char *rest;
    long number = strtol(optarg, &rest, 10);

    if (optarg[0] >= '0' && optarg[0] <= '9' && *rest == '\0' && number >= min && number <= max) {
        *value = (int)number;
        return true;
    }
    *status = command_usage_error(command, "%s takes a number from %d to %d, not \"%s\"", option,
                                  min, max, optarg);
    return false;
}

static bool take_time(const struct command *command, const char *option, int64_t *us, int *status)
{
    if (parse_duration_us(optarg, us) && *us > 0 && *us <= TIME_MAX_US)
        return true;
    *status = command_usage_error(command, "%s takes a time such as 500ms or 10s, not \"%s\"",
                                  option, optarg);
    return false;
}

static bool take_level(const struct command *command, enum commit_level *level, int *status)
{
    if (commit_level_parse(optarg, level))
        return true;
    *status = command_usage_error(
        command, "--commit-level takes off, local, remote_write, on or remote_apply, not \"%s\"",
        optarg);
    return false;
}

static bool take_rpo(const struct command *command, struct drill_targets *targets, int *status)
{
    int rows;

    if (!take_number(command, "--target-rpo", 0, 1000000000, &rows, status))
        return false;
    targets->rpo_rows = rows;
    return true;
}

static bool take_option(const struct command *command, int option, struct drill_command *drill,
                        int *status)
{
    struct drill_options *options = &drill->options;

    switch (option) {
    case 'y':
        drill->yes = true;
        return true;
    case 'j':
        drill->json = true;
        return true;
    case OPTION_DRY_RUN:
        drill->dry_run = true;
        return true;
    case OPTION_MANUAL:
        options->manual = true;
        return true;
    case OPTION_REPORT:
        options->report_dir = optarg;
        return true;
    case OPTION_TARGET_RTO:
        return take_time(command, "--target-rto", &options->targets.rto_us, status);
    case OPTION_TARGET_RPO:
        return take_rpo(command, &options->targets, status);
    case OPTION_RATE:
        return take_number(command, "--rate", 1, LOAD_RATE_MAX, &options->rate, status);
    case OPTION_CLIENTS:
        return take_number(command, "--clients", 1, LOAD_CLIENTS_MAX, &options->clients, status);
    case OPTION_LEVEL:
        return take_level(command, &options->level, status);
    case OPTION_HOLD:
        return take_time(command, "--hold", &options->timing.hold_us, status);
    case OPTION_BASELINE:
        return take_time(command, "--baseline", &options->timing.baseline_us, status);
    case OPTION_DURATION:
        return take_time(command, "--duration", &options->duration_us, status);
    default:
        return common_option(&drill->common, command, option, status);
    }
}

/* ---- what is not an option: the action, the drill's name, the description */

static bool take_action(const struct command *command, const char *word,
                        struct drill_command *drill, int *status)
{
    if (strcmp(word, "list") == 0) {
        drill->action = DRILL_ACTION_LIST;
    } else if (strcmp(word, "run") == 0) {
        drill->action = DRILL_ACTION_RUN;
        drill->id = DRILLS;
    } else if (strcmp(word, "observe") == 0) {
        drill->action = DRILL_ACTION_RUN;
        drill->id = DRILL_OBSERVE;
    } else if (strcmp(word, "undo") == 0) {
        drill->action = DRILL_ACTION_UNDO;
    } else {
        *status = command_usage_error(
            command, "there is no \"drill %s\": list, run NAME, observe, undo", word);
        return false;
    }
    return true;
}

static bool take_name(const struct command *command, const char *word, struct drill_command *drill,
                      int *status)
{
    const char *names[DRILLS], *near;

    if (drill_parse(word, &drill->id))
        return true;
    for (int i = 0; i < DRILLS; i++)
        names[i] = drill_at((enum drill_id)i)->name;
    near = str_nearest(word, names, DRILLS);
    *status = command_usage_error(command, "there is no drill \"%s\"%s%s%s", word,
                                  near != NULL ? "; did you mean " : "", near != NULL ? near : "",
                                  near != NULL ? "?" : " (drill list)");
    return false;
}

static bool take_arguments(const struct command *command, int argc, char **argv,
                           struct drill_command *drill, int *status)
{
    if (optind >= argc) {
        *status = command_usage_error(command, "drill what? list, run NAME, observe, undo");
        return false;
    }
    if (!take_action(command, argv[optind++], drill, status))
        return false;
    if (drill->action == DRILL_ACTION_RUN && drill->id == DRILLS) {
        if (optind >= argc) {
            *status = command_usage_error(command, "which drill? (drill list)");
            return false;
        }
        if (!take_name(command, argv[optind++], drill, status))
            return false;
    }
    return command_takes_config(&drill->common, command, argc, argv, status);
}

static bool check(const struct command *command, const struct drill_command *drill, int *status)
{
    const char *problem = NULL;

    if (drill->options.duration_us != 0 &&
        (drill->action != DRILL_ACTION_RUN || drill->id != DRILL_OBSERVE))
        problem = "--duration goes with observe";
    else if (drill->action == DRILL_ACTION_RUN && drill->options.manual &&
             !drill_at(drill->id)->fails_over)
        problem = "--manual goes with the drills in which the primary changes";
    if (problem == NULL)
        return true;
    *status = command_usage_error(command, "%s", problem);
    return false;
}

bool drill_options_parse(const struct command *command, int argc, char **argv,
                         struct drill_command *drill, int *status)
{
    static const struct option longs[] = {
        COMMON_LONG_OPTIONS,
        RECORD_LONG_OPTIONS,
        {"yes", no_argument, NULL, 'y'},
        {"json", no_argument, NULL, 'j'},
        {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
        {"manual", no_argument, NULL, OPTION_MANUAL},
        {"report", required_argument, NULL, OPTION_REPORT},
        {"target-rto", required_argument, NULL, OPTION_TARGET_RTO},
        {"target-rpo", required_argument, NULL, OPTION_TARGET_RPO},
        {"rate", required_argument, NULL, OPTION_RATE},
        {"clients", required_argument, NULL, OPTION_CLIENTS},
        {"commit-level", required_argument, NULL, OPTION_LEVEL},
        {"hold", required_argument, NULL, OPTION_HOLD},
        {"baseline", required_argument, NULL, OPTION_BASELINE},
        {"duration", required_argument, NULL, OPTION_DURATION},
        {0}};
    int option;

    drill_options_default(&drill->options);
    while ((option = getopt_long(argc, argv, "c:yj", longs, NULL)) != -1)
        if (!take_option(command, option, drill, status))
            return false;
    if (drill->common.help) {
        *status = command_help(command);
        return false;
    }
    return take_arguments(command, argc, argv, drill, status) && check(command, drill, status);
}
