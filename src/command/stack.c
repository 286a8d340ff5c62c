/*
 * stack: reads which operation on which node is meant and runs it to its end.
 */
#include "command/stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/watch.h"
#include "base/log.h"
#include "base/str.h"
#include "record/stack_json.h"

const char stack_help[] =
    "Starts, stops and breaks the servers of a cluster description with `stack` and `lab: "
    "true`.\n\n"
    "  up [NODE]           start what does not run, resume who is paused, join who is cut; who\n"
    "                      could lead on beside one that was promoted is killed first;\n"
    "                      without NODE wait until all is healthy\n"
    "  down [NODE]         stop cleanly, the primary first; of Compose, remove the containers\n"
    "  stop [NODE]         stop cleanly and keep everything, also the containers of Compose\n"
    "  status              what runs, as a table\n"
    "  logs [NODE]         the last 100 lines of the log\n"
    "  restart [NODE]      down, then up\n"
    "  kill NODE           SIGKILL to the server and all its processes\n"
    "  pause NODE          freeze the server and all its processes\n"
    "  resume [NODE]       let it (without NODE: all that are paused) go on\n"
    "  cut NODE            off the project's network (Compose only); join NODE: on it again\n\n"
    "  -v, --volumes       with down: remove the data too\n"
    "  -j, --json          with status: one JSON object (\"format\": 1) instead of the table\n\n"
    "The last argument may name the CONFIG: what ends in .yaml or .yml or has a /.\n\n"
    "Exit status: 0 done; 2 failed. Of status: 0 all run, 1 some do not (or not yet), 2 none "
    "runs.\n";

#define HEALTHY_DEADLINE_US (180 * US_PER_S) /* as long as a node waits for a primary */

enum action { ACTION_STATUS = STACK_VERBS, ACTION_NONE };

/* ---- running an operation */

struct stack_run {
    const struct stack_order *order;
    struct loop *loop;
    struct stack *stack;
    bool ok;
    int signo; /* that came meanwhile; 0 none */
};

static void print_line(void *owner, const char *node, const char *line)
{
    const struct stack_run *run = owner;

    if (run->order->quiet)
        return;
    bool is_output = run->order->verb == STACK_LOGS && !run->order->throwaway;
    fprintf(is_output ? stdout : stderr, "%s%s%s\n", node, node[0] == '\0' ? "" : ": ", line);
}

static void ended(void *owner, bool ok, const struct error *err)
{
    struct stack_run *run = owner;

    run->ok = ok;
    if (!ok && err != NULL) {
        struct error said = *err;
        if (run->order->throwaway)
            said.hint[0] = '\0';
        log_error(&said);
    }
    loop_stop(run->loop);
}

static void interrupted(void *owner, int signo, struct instant now)
{
    struct stack_run *run = owner;
    (void)now;

    run->signo = signo;
    if (run->order->uninterruptible)
        return;
    if (run->stack != NULL && stack_busy(run->stack))
        stack_cancel(run->stack);
    else
        loop_stop(run->loop); /* while waiting for health */
}

static bool start(struct stack_run *run, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    const struct stack_order *order = run->order;

    run->loop = loop_new(err);
    if (run->loop == NULL || !loop_signals(run->loop, signals, 3, interrupted, run, err))
        return false;
    run->stack = stack_new(order->settings, run->loop, err);
    return run->stack != NULL &&
           stack_run(run->stack, order->verb, order->node, print_line, ended, run, err);
}

static void waits(void *owner, const char *missing)
{
    (void)owner;
    log_info("waiting for all to be healthy: %s", missing);
}

static bool wait_for_health(struct stack_run *run)
{
    struct error err;

    if (watch_until_healthy(run->order->settings, run->loop, HEALTHY_DEADLINE_US, waits, run, &err))
        return true;
    if (run->signo != 0) {
        log_info("interrupted; the servers run, they were not waited for");
        return false;
    }
    if (!run->order->throwaway)
        error_hint(&err,
                   "pgwatch-tui stack logs NODE says why; stack restart NODE starts it anew, "
                   "which mends what can be mended");
    log_error(&err);
    return false;
}

int stack_carry_out(const struct stack_order *order)
{
    struct stack_run run = {.order = order};
    struct error err;

    if (start(&run, &err)) {
        loop_run(run.loop);
        bool whole = order->node < 0 && (order->verb == STACK_UP || order->verb == STACK_RESTART);
        if (run.ok && whole && run.signo == 0)
            run.ok = wait_for_health(&run);
    } else {
        log_error(&err);
    }
    stack_free(&run.stack);
    loop_free(&run.loop);
    if (run.signo != 0 && !order->uninterruptible)
        return 128 + run.signo;
    if (run.signo != 0)
        raise(run.signo); /* not lost: whoever had the signals before the loop has them again */
    return run.ok ? EXIT_HEALTHY : EXIT_CRITICAL;
}

/* ---- status */

struct status_look {
    struct loop *loop;
    bool ok;
    struct error err;
};

static void looked(void *owner, bool ok, const struct error *err)
{
    struct status_look *look = owner;

    look->ok = ok;
    if (!ok && err != NULL)
        look->err = *err;
    loop_stop(look->loop);
}

/* There is a server, though it is not usable now. */
static bool is_there(const char *state)
{
    return strcmp(state, "starting") == 0 || strcmp(state, "paused") == 0 ||
           strcmp(state, "unhealthy") == 0 || strcmp(state, "cut") == 0;
}

/* Prints the rows; returns the exit status that they ask for. */
static int print_rows(struct stack *stack, const struct settings *settings, bool json)
{
    struct stack_json_node *rows = mem_calloc((size_t)settings->node_count, sizeof *rows);
    struct error err;
    int running = 0, there = 0;

    for (int i = 0; i < settings->node_count; i++) {
        struct stack_node_status node = {0};
        stack_node_status(stack, i, &node, &err);
        rows[i] = (struct stack_json_node){
            .name = settings->nodes[i].name, .pid = node.pid, .uptime_us = node.uptime_us};
        str_copy(rows[i].state, sizeof rows[i].state, node.state);
        str_copy(rows[i].detail, sizeof rows[i].detail, node.detail);
        running += strcmp(node.state, "running") == 0;
        there += is_there(node.state);
    }
    (json ? stack_json_print : stack_table_print)(
        stdout, settings->cluster, settings->stack == STACK_COMPOSE ? "compose" : "local", rows,
        settings->node_count);
    free(rows);
    if (running == settings->node_count)
        return EXIT_HEALTHY;
    return running + there > 0 ? EXIT_WARNING : EXIT_CRITICAL;
}

static int print_status(const struct settings *settings, bool json)
{
    struct status_look look = {0};
    int status = EXIT_CRITICAL;

    look.loop = loop_new(&look.err);
    struct stack *stack = look.loop == NULL ? NULL : stack_new(settings, look.loop, &look.err);
    if (stack != NULL && stack_refresh(stack, looked, &look, &look.err))
        loop_run(look.loop);
    if (look.ok)
        status = print_rows(stack, settings, json);
    else
        log_error(&look.err);
    stack_free(&stack);
    loop_free(&look.loop);
    return status;
}

/* ---- the command line */

struct stack_options {
    struct common_options common;
    bool volumes, json;
    int action; /* enum stack_verb or enum action */
    const char *node;
};

static int find_action(const char *word)
{
    static const enum stack_verb verbs[] = {STACK_UP,   STACK_DOWN,  STACK_LOGS,   STACK_RESTART,
                                            STACK_KILL, STACK_PAUSE, STACK_RESUME, STACK_STOP,
                                            STACK_CUT,  STACK_JOIN};

    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(word, stack_verb_word(verbs[i])) == 0)
            return (int)verbs[i];
    return strcmp(word, "status") == 0 ? ACTION_STATUS : ACTION_NONE;
}

static bool names_a_file(const char *word)
{
    size_t length = strlen(word);

    return strchr(word, '/') != NULL || (length > 5 && strcmp(word + length - 5, ".yaml") == 0) ||
           (length > 4 && strcmp(word + length - 4, ".yml") == 0);
}

static bool take_arguments(const struct command *command, struct stack_options *options, int argc,
                           char **argv, int *status)
{
    if (optind == argc) {
        *status = command_usage_error(command,
                                      "which action? up, down, stop, status, logs, restart, "
                                      "kill, pause, resume, cut or join");
        return false;
    }
    options->action = find_action(argv[optind]);
    if (options->action == ACTION_NONE) {
        *status = command_usage_error(command, "there is no action \"%s\"", argv[optind]);
        return false;
    }
    for (int i = optind + 1; i < argc; i++) {
        const char **place = names_a_file(argv[i]) ? &options->common.config : &options->node;
        if (*place != NULL) {
            *status = command_usage_error(command, "too many arguments: %s", argv[i]);
            return false;
        }
        *place = argv[i];
    }
    return true;
}

static bool takes_a_node(int action)
{
    return action == STACK_KILL || action == STACK_PAUSE || action == STACK_CUT ||
           action == STACK_JOIN;
}

static bool check_options(const struct command *command, const struct stack_options *options,
                          int *status)
{
    const char *problem = NULL;

    if (options->volumes && options->action != STACK_DOWN)
        problem = "--volumes goes with down";
    else if (options->json && options->action != ACTION_STATUS)
        problem = "--json goes with status";
    else if (options->node == NULL && takes_a_node(options->action))
        problem = "kill, pause, cut and join take the NODE that is meant";
    else if (options->node != NULL && options->action == ACTION_STATUS)
        problem = "status shows all nodes, it takes no NODE";
    if (problem == NULL)
        return true;
    *status = command_usage_error(command, "%s", problem);
    return false;
}

static bool parse_options(const struct command *command, int argc, char **argv,
                          struct stack_options *options, int *status)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS,
                                          {"volumes", no_argument, NULL, 'v'},
                                          {"json", no_argument, NULL, 'j'},
                                          {0}};
    int option;

    while ((option = getopt_long(argc, argv, "c:vj", longs, NULL)) != -1) {
        if (option == 'v')
            options->volumes = true;
        else if (option == 'j')
            options->json = true;
        else if (!common_option(&options->common, command, option, status))
            return false;
    }
    return options->common.help || (take_arguments(command, options, argc, argv, status) &&
                                    check_options(command, options, status));
}

static bool find_node(const struct command *command, const struct settings *settings,
                      const char *name, int *node, int *status)
{
    *node = -1;
    if (name == NULL)
        return true;
    for (int i = 0; i < settings->node_count; i++)
        if (strcmp(settings->nodes[i].name, name) == 0)
            *node = i;
    if (*node >= 0)
        return true;
    *status = command_usage_error(command, "there is no node \"%s\" in %s", name, settings->file);
    return false;
}

int command_stack(const struct command *command, int argc, char **argv)
{
    struct stack_options options = {0};
    int status, node;

    if (!parse_options(command, argc, argv, &options, &status))
        return status;
    if (options.common.help)
        return command_help(command);
    struct settings *settings = command_settings(options.common.config, &status);
    if (settings == NULL)
        return status;
    if (options.action == ACTION_STATUS) {
        status = print_status(settings, options.json);
    } else if (find_node(command, settings, options.node, &node, &status)) {
        enum stack_verb verb = options.volumes ? STACK_DESTROY : (enum stack_verb)options.action;
        status = stack_carry_out(
            &(struct stack_order){.settings = settings, .verb = verb, .node = node});
    }
    settings_free(&settings);
    return status;
}
