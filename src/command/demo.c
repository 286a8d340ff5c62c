/*
 * demo: makes a cluster, shows it, removes it, in this order whatever happens in between.
 *
 * SIGINT, SIGTERM and SIGHUP are caught from the first moment to the last. While a loop runs it has
 * them (it puts our handler back at its end); between the loops they are noted here, and the next
 * step is not begun.
 */
#include "command/demo.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "command/dashboard.h"
#include "command/demo_place.h"
#include "command/stack.h"
#include "command/status.h"
#include "command/test.h"

const char demo_help[] =
    "Makes a primary and two synchronous replicas in a temporary folder, on free ports of this\n"
    "machine, and shows the dashboard on them; without a terminal it runs the replication test "
    "and\n"
    "prints the status table.\n"
    "The servers and their data are removed at the end, also after a signal; what a killed demo\n"
    "left behind is removed by the next one. As root the servers run as user "
    "postgres.\n\n" RECORD_HELP "\nNeeds PostgreSQL 12 or newer on this machine, and no Docker.\n";

static volatile sig_atomic_t noted_signal;

static void note_signal(int signo)
{
    noted_signal = signo;
}

static void catch_signals(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = note_signal};

    sigemptyset(&action.sa_mask);
    noted_signal = 0;
    for (int i = 0; i < 3; i++)
        sigaction(signals[i], &action, NULL);
}

/* The demo's passwords are its own, and nobody waits for its data to reach the disk. */
static void set_environment(void)
{
    unsetenv("POSTGRES_PASSWORD");
    unsetenv("REPLICATOR_PASSWORD");
    unsetenv("PGWATCH_PASSWORD");
    setenv("PGWATCH_FAST", "1", 1);
}

static bool destroy(const struct settings *settings, bool quiet)
{
    if (access(settings->local_data, F_OK) != 0 && errno == ENOENT)
        return true; /* it did not come so far */
    return stack_carry_out(&(struct stack_order){.settings = settings,
                                                 .verb = STACK_DESTROY,
                                                 .node = -1,
                                                 .quiet = quiet,
                                                 .uninterruptible = true}) != EXIT_CRITICAL;
}

/* The servers were our children: without this they stay as zombies where nobody else reaps. */
static void reap(void)
{
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

static bool clean(const struct settings *settings)
{
    return destroy(settings, true);
}

static int show(const struct settings *settings, const struct common_options *common)
{
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        return dashboard_on(settings, common);
    int tested = test_print_once(settings, &common->record);
    if (tested != EXIT_HEALTHY || noted_signal != 0)
        return tested;
    putchar('\n');
    return status_print_once(settings, command_color(common->color));
}

/* Their logs go with them: the end of each is said while it is there. */
static void print_logs(const struct settings *settings)
{
    if (access(settings->local_data, F_OK) == 0)
        stack_carry_out(&(struct stack_order){.settings = settings,
                                              .verb = STACK_LOGS,
                                              .node = -1,
                                              .throwaway = true,
                                              .uninterruptible = true});
}

/* Returns the exit status; the servers are running, or not, at its end. */
static int run(const struct settings *settings, const struct common_options *common)
{
    int status = stack_carry_out(&(struct stack_order){
        .settings = settings, .verb = STACK_UP, .node = -1, .throwaway = true});

    if (status == EXIT_HEALTHY && noted_signal == 0)
        status = show(settings, common);
    else if (status == EXIT_CRITICAL && noted_signal == 0)
        print_logs(settings);
    return noted_signal != 0 ? 128 + noted_signal : status;
}

static int run_demo(const struct common_options *common)
{
    struct demo_place place;
    struct error err;
    struct settings *settings = NULL;
    int status = EXIT_CRITICAL;

    catch_signals();
    set_environment();
    demo_place_clean_leftovers(clean);
    if (demo_place_make(&place, &err))
        settings = demo_place_settings(&place, &err);
    if (settings == NULL) {
        log_error(&err);
    } else {
        log_info("a cluster for this demo is made in %s", place.folder);
        status = noted_signal != 0 ? 128 + noted_signal : run(settings, common);
        if (!destroy(settings, true)) {
            log_warning("%s is left; the next demo tries to remove it again", place.folder);
            demo_place_leave(&place);
            status = status == EXIT_HEALTHY ? EXIT_CRITICAL : status;
        }
    }
    settings_free(&settings);
    demo_place_remove(&place);
    reap();
    return status;
}

int command_demo(const struct command *command, int argc, char **argv)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS, RECORD_LONG_OPTIONS, {0}};
    struct common_options common = {0};
    int option, status;

    while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1)
        if (!common_option(&common, command, option, &status))
            return status;
    if (common.help)
        return command_help(command);
    if (optind < argc || common.config != NULL)
        return command_usage_error(command, "demo makes its own cluster: it takes no CONFIG");
    return run_demo(&common);
}
