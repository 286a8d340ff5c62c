/*
 * poll_print CONFIG: polls the nodes of a cluster description and prints every observation, one a
 * line, for tests of the poller:
 *
 *   MS NODE sample primary|standby rtt_us=N KEY=VALUE...
 *   MS NODE fault "WORD" SQLSTATE TEXT
 *
 * MS counts from the start on the monotonic clock. Ends on SIGTERM or when the reader goes away.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/settings.h"
#include "loop/loop.h"
#include "postgres/poller.h"

struct print {
    struct settings *settings;
    struct loop *loop;
    mono_us started_at;
};

static void print_sample(const struct node_sample *s, int64_t rtt_us)
{
    char lsn[LSN_TEXT_SIZE];

    lsn_format(s->in_recovery ? s->replay_lsn : s->current_lsn, lsn);
    printf("%s rtt_us=%" PRId64 " version=%d system=%" PRIu64
           " timeline=%d lsn=%s standbys=%d slots=%d waiting=%d "
           "sessions=%d receiver=%d tli=%d commit=%s rule='%s'",
           s->in_recovery ? "standby" : "primary", rtt_us, s->server_version, s->system_identifier,
           s->timeline, lsn, s->standby_count, s->slot_count, s->waiting_commits, s->sessions,
           s->receiver.present, s->receiver.received_tli, s->settings[SETTING_SYNCHRONOUS_COMMIT],
           s->synchronous_standby_names);
}

static void observed(void *owner, const struct observation *o)
{
    struct print *print = owner;

    printf("%lld %s ", (long long)(o->at.mono - print->started_at) / US_PER_MS,
           print->settings->nodes[o->node].name);
    if (o->kind == OBSERVED_SAMPLE) {
        fputs("sample ", stdout);
        print_sample(&o->sample, o->at.mono - o->asked_at);
    } else {
        printf("fault \"%s\" %s %s", node_fault_word(o->fault.kind),
               o->fault.sqlstate[0] != '\0' ? o->fault.sqlstate : "-", o->fault.text);
    }
    putchar('\n');
    if (fflush(stdout) != 0)
        loop_stop(print->loop);
}

static void interrupted(void *owner, int signo, struct instant now)
{
    struct print *print = owner;
    (void)signo;
    (void)now;
    loop_stop(print->loop);
}

static int run(struct print *print)
{
    static const int signals[] = {SIGTERM, SIGINT};
    struct poller *pollers[SETTINGS_NODES_MAX] = {NULL};
    struct error err;
    int status = 0;

    print->loop = loop_new(&err);
    if (print->loop == NULL || !loop_signals(print->loop, signals, 2, interrupted, print, &err)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (int i = 0; i < print->settings->node_count && status == 0; i++) {
        struct poller_options options = {
            .node = i,
            .interval_us = print->settings->poll_interval_us,
            .timeout_us = print->settings->poll_timeout_us,
            .sink = observed,
            .owner = print,
        };
        pollers[i] = poller_new(print->loop, &print->settings->nodes[i], &options, &err);
        if (pollers[i] == NULL) {
            fprintf(stderr, "%s; %s\n", err.message, err.hint);
            status = 1;
        }
    }
    print->started_at = clock_monotonic_us();
    if (status == 0)
        loop_run(print->loop);
    for (int i = 0; i < print->settings->node_count; i++)
        poller_free(&pollers[i]);
    loop_free(&print->loop);
    return status;
}

int main(int argc, char **argv)
{
    struct settings_problems problems = {0};
    struct print print = {0};
    char text[1024];

    if (argc != 2) {
        fputs("usage: poll_print CONFIG\n", stderr);
        return 64;
    }
    print.settings = settings_load(argv[1], &problems);
    for (size_t i = 0; i < problems.count; i++) {
        settings_problem_format(argv[1], &problems.items[i], text, sizeof text);
        fprintf(stderr, "%s\n", text);
    }
    settings_problems_free(&problems);
    if (print.settings == NULL)
        return 78;
    int status = run(&print);
    settings_free(&print.settings);
    return status;
}
