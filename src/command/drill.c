/*
 * drill: what a drill tells on the command line: the plan, a line for each step and phase, and the
 * verdict; the work is in app/drill.
 */
#include "command/drill.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/recording.h"
#include "base/log.h"
#include "base/str.h"
#include "cluster/drill_facts.h"
#include "command/drill_options.h"
#include "command/drill_undo.h"
#include "record/drill_journal.h"
#include "record/drill_json.h"
#include "stack/stack.h"

const char drill_help[] =
    "Breaks a lab on purpose and tells what it cost, in time and in rows.\n\n"
    "  list                the drills, and which are possible here\n"
    "  run NAME            carries one out; asks first, undoes what it did when interrupted\n"
    "  observe             does nothing: writes, and takes the times while somebody else (people,\n"
    "                      Patroni) does the failover; until Ctrl-C or --duration\n"
    "  undo                takes back what a drill left whose program was killed\n\n"
    "  -y, --yes           do not ask\n"
    "      --dry-run       tell the plan with every command, and what speaks against it; no more\n"
    "      --manual        a person promotes and lets the old primary join\n"
    "      --report DIR    write a report there, as Markdown and JSON\n"
    "      --target-rto TIME, --target-rpo ROWS\n"
    "                      fail the drill when it takes longer or loses more (0 rows)\n"
    "      --rate N, --clients M, --commit-level LEVEL\n"
    "                      of the test writes (50 a second, 4, on)\n"
    "      --baseline TIME, --hold TIME\n"
    "                      before the fault, and how long it lasts (3s, 5s)\n"
    "      --duration TIME with observe\n"
    "  -j, --json          one JSON object (\"format\": 1) at the end\n" RECORD_HELP
    "\nEvery drill is recorded (pgwatch-tui replay): without --record beside the report, or, of "
    "the\n"
    "last one, in the stack's own folder.\n\n"
    "Exit status: 0 passed, 2 failed (also: could not begin), 3 incomplete.\n";

#define GRACE_US (2 * US_PER_S)

struct drill_command_run {
    const struct settings *settings;
    const struct drill_command *command;
    struct loop *loop;
    struct watch *watch;
    struct drill_engine *engine;
    struct recording *recording;
    int signo;
};

/* ---- what is printed */

static const char *node_name(const struct drill_command_run *run, int node)
{
    return node >= 0 ? run->settings->nodes[node].name : "";
}

static void print_line(const struct drill_command_run *run, const struct drill_mark *mark,
                       const char *text)
{
    char clock[16], since[24] = "";
    int64_t us = drill_clock_us(drill_engine_run(run->engine), mark->at.mono);

    clock_format_local_time(mark->at.wall, clock, sizeof clock);
    if (us != UNKNOWN_US)
        str_format(since, sizeof since, "+%.3f s", (double)us / (double)US_PER_S);
    fprintf(stderr, "%s %11s  %s\n", clock, since, text);
}

static void print_step(const struct drill_command_run *run, const struct drill_mark *mark)
{
    char text[1024];

    str_format(text, sizeof text, "%s%s%s%s%s%s%s", drill_deed_word(mark->deed),
               mark->node >= 0 ? " " : "", node_name(run, mark->node),
               mark->step_state == STEP_UNDER_WAY ? "" : ": ",
               mark->step_state == STEP_UNDER_WAY ? "" : drill_step_state_word(mark->step_state),
               mark->text[0] != '\0' ? ": " : "", mark->text);
    print_line(run, mark, text);
}

static void print_phase(const struct drill_command_run *run, const struct drill_mark *mark)
{
    char text[DRILL_TEXT_SIZE];
    int64_t us = drill_phase_us(drill_engine_run(run->engine), mark->phase);

    if (mark->phase == PHASE_FIRST_LATE_COMMIT || mark->phase == PHASE_LAST_ACK_BEFORE ||
        mark->phase == PHASE_FIRST_ACK_AFTER)
        return; /* known for sure at the end */
    str_format(text, sizeof text, "* %s (%.3f s)", drill_phase_words(mark->phase),
               us == UNKNOWN_US ? 0.0 : (double)us / (double)US_PER_S);
    print_line(run, mark, text);
}

/* When nobody said where; before it has begun, the recording of the one before stays. */
static void record(struct drill_command_run *run, struct instant now)
{
    struct recording_options options = run->command->common.record;
    char path[4096];
    struct error err;

    if (recording_is_on(run->recording) ||
        !drill_recording_path(run->engine, &run->command->options, now, path, sizeof path))
        return;
    options.path = path;
    if (!recording_start(run->recording, &options, now, &err))
        log_error(&err);
}

static void marked(void *owner, const struct drill_mark *mark)
{
    struct drill_command_run *run = owner;
    char text[600];

    if (mark->kind == DRILL_MARK_BEGIN)
        record(run, mark->at);
    recording_drill(run->recording, mark);
    switch (mark->kind) {
    case DRILL_MARK_STEP:
        if (mark->step_state == STEP_UNDER_WAY || mark->step_state == STEP_FAILED ||
            mark->text[0] != '\0')
            print_step(run, mark);
        break;
    case DRILL_MARK_PHASE:
        print_phase(run, mark);
        break;
    case DRILL_MARK_UNDO:
        str_format(text, sizeof text, "! %s: undoing", mark->text);
        print_line(run, mark, text);
        break;
    case DRILL_MARK_ASK:
        if (mark->text[0] != '\0')
            print_line(run, mark, mark->text);
        break;
    case DRILL_MARK_LEFT:
        str_format(text, sizeof text, "! left: %s", mark->text);
        print_line(run, mark, text);
        break;
    case DRILL_MARK_BEGIN:
    case DRILL_MARK_FIGURES:
    case DRILL_MARK_NEW_PRIMARY:
    case DRILL_MARK_REASON:
    case DRILL_MARK_END:
    case DRILL_MARKS:
        break;
    }
}

static void print_plan(const struct drill_command_run *run, FILE *out)
{
    const struct drill_plan *plan = drill_engine_plan(run->engine);
    const struct drill *drill = drill_at(plan->id);
    char text[DRILL_TEXT_SIZE], command[512];

    fprintf(out, "%s: %s\nshows: %s\nexpected: %s\n", drill->name, drill->does, drill->shows,
            drill->expects);
    for (int i = 0; i < plan->step_count; i++) {
        enum drill_deed undo = drill_undo_of(plan->steps[i].deed);
        drill_step_sentence(&plan->steps[i], watch_model(run->watch), text, sizeof text);
        drill_engine_command(run->engine, i, command, sizeof command);
        fprintf(out, "%3d  %s%s%s%s\n", i + 1, text, undo != DEED_NONE ? "  [undo: " : "",
                undo != DEED_NONE ? drill_deed_word(undo) : "", undo != DEED_NONE ? "]" : "");
        if (command[0] != '\0')
            fprintf(out, "       %s\n", command);
    }
}

static void print_reasons(const struct drill_reasons *reasons)
{
    struct error err;

    for (int i = 0; i < reasons->count; i++) {
        error_set(&err, "%s", reasons->texts[i]);
        log_error(&err);
    }
}

static void print_counts(const struct drill_run *run)
{
    const struct drill_classes *c = &run->figures.classes;
    const unsigned long long sent = c->sent + drill_forgotten(&run->figures);

    if (!c->known) {
        printf("writes: %llu sent; not read back\n", (unsigned long long)run->figures.sent);
        return;
    }
    printf(
        "writes: %llu sent: acknowledged %llu present, %llu LOST; locally %llu; failed %llu "
        "absent, %llu present; unknown %llu present, %llu absent\n",
        sent, (unsigned long long)c->acknowledged_present, (unsigned long long)c->acknowledged_lost,
        (unsigned long long)c->acknowledged_locally, (unsigned long long)c->failed_absent,
        (unsigned long long)c->failed_present, (unsigned long long)c->unknown_present,
        (unsigned long long)c->unknown_absent);
}

static void print_end(const struct drill_command_run *run)
{
    const struct drill_run *r = drill_engine_run(run->engine);
    char rto[24], gap[24];

    if (run->command->json) {
        drill_json_print(stdout, r, &run->command->options.targets, watch_model(run->watch));
        return;
    }
    format_duration(rto, sizeof rto, r->figures.rto_us);
    format_duration(gap, sizeof gap, r->figures.gap_us);
    printf("%s: %s\n", drill_at(r->plan.id)->name, drill_verdict_word(r->verdict));
    for (int i = 0; i < r->reasons.count; i++)
        printf("  %s\n", r->reasons.texts[i]);
    printf("RTO %s, longest gap %s\n", rto, gap);
    print_counts(r);
    for (int i = 0; i < DRILL_PHASES; i++)
        if (drill_phase_us(r, (enum drill_phase)i) != UNKNOWN_US)
            printf("%10.3f s  %s\n",
                   (double)drill_phase_us(r, (enum drill_phase)i) / (double)US_PER_S,
                   drill_phase_words((enum drill_phase)i));
    if (r->report[0] != '\0')
        printf("report: %s\n", r->report);
}

/* ---- what happens */

static void prepared(void *owner, struct instant now)
{
    struct drill_command_run *run = owner;
    (void)now;
    loop_stop(run->loop);
}

static void ended(void *owner, struct instant now)
{
    prepared(owner, now);
}

static void changed(void *owner, const struct observation *observation, uint64_t events_before)
{
    struct drill_command_run *run = owner;
    (void)events_before;

    if (run->engine != NULL)
        drill_engine_look(run->engine, observation->at);
}

static void interrupted(void *owner, int signo, struct instant now)
{
    struct drill_command_run *run = owner;
    (void)now;

    run->signo = signo;
    if (run->engine != NULL && drill_is_under_way(run->engine))
        drill_interrupt(run->engine, "interrupted");
    else
        loop_stop(run->loop);
}

static bool start(struct drill_command_run *run, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    static const struct drill_calls calls = {marked, prepared, ended};

    run->loop = loop_new(err);
    if (run->loop == NULL || !loop_signals(run->loop, signals, 3, interrupted, run, err))
        return false;
    run->watch = watch_new(run->settings, run->loop, changed, run, err);
    if (run->watch == NULL)
        return false;
    run->engine = drill_engine_new(run->settings, run->loop, run->watch, &calls, run);
    return true;
}

static bool prepare(struct drill_command_run *run)
{
    drill_prepare(run->engine, run->command->id, &run->command->options);
    loop_run(run->loop);
    return run->signo == 0;
}

/* The target's name, or the cluster's. */
static const char *name_to_type(const struct drill_command_run *run)
{
    const struct drill_plan *plan = drill_engine_plan(run->engine);

    return plan->target >= 0 ? run->settings->nodes[plan->target].name : run->settings->cluster;
}

static int want_line(void *owner, short *events)
{
    (void)owner;
    *events = POLLIN;
    return STDIN_FILENO;
}

static void line_ready(void *owner, short revents, struct instant now)
{
    (void)revents;
    prepared(owner, now);
}

/* Waited for by the loop, so that a signal ends it too. */
static bool read_line(struct drill_command_run *run, char *line, size_t size)
{
    struct loop_watch input = {.want = want_line, .ready = line_ready, .owner = run};
    ssize_t length;

    loop_watch_add(run->loop, &input);
    loop_run(run->loop);
    loop_watch_remove(run->loop, &input);
    if (run->signo != 0)
        return false;
    length = read(STDIN_FILENO, line, size - 1); /* a line: it is a terminal */
    if (length <= 0)
        return false;
    line[length] = '\0';
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

static bool confirmed(struct drill_command_run *run)
{
    char line[128];
    const char *name = name_to_type(run);

    if (run->command->yes || run->command->id == DRILL_OBSERVE)
        return true;
    fprintf(stderr, "This breaks %s on purpose. Type %s to go on: ", run->settings->cluster, name);
    return read_line(run, line, sizeof line) && strcmp(line, name) == 0;
}

static int exit_status_of(enum drill_verdict verdict)
{
    switch (verdict) {
    case DRILL_PASS:
        return EXIT_HEALTHY;
    case DRILL_FAIL:
        return EXIT_CRITICAL;
    case DRILL_NO_VERDICT:
    case DRILL_INCOMPLETE:
        break;
    }
    return EXIT_UNKNOWN;
}

static int carry_out(struct drill_command_run *run)
{
    struct error err;

    run->recording = recording_of(run->loop, run->watch, &run->command->common.record, &err);
    if (run->recording == NULL || !drill_begin(run->engine, &err)) {
        log_error(&err);
        return EXIT_CRITICAL;
    }
    loop_run(run->loop);
    if (recording_file(run->recording)[0] != '\0')
        log_info("recorded: %s", recording_file(run->recording));
    print_end(run);
    return exit_status_of(drill_engine_run(run->engine)->verdict);
}

/* The answer may have taken its time: what was printed is carried out, or nothing is. */
static int carry_out_as_printed(struct drill_command_run *run, const struct drill_plan *printed)
{
    const struct drill_reasons *reasons = drill_engine_reasons(run->engine);
    struct error err;

    if (!prepare(run))
        return 128 + run->signo;
    print_reasons(reasons);
    if (reasons->count > 0)
        return EXIT_CRITICAL;
    if (drill_plan_equal(printed, drill_engine_plan(run->engine)))
        return carry_out(run);
    error_set(&err, DRILL_PLAN_CHANGED);
    log_error(&err);
    return EXIT_CRITICAL;
}

static int run_prepared(struct drill_command_run *run)
{
    const struct drill_reasons *reasons = drill_engine_reasons(run->engine);
    const struct drill_plan printed = *drill_engine_plan(run->engine);

    if (run->command->dry_run || !run->command->json)
        print_plan(run, run->command->dry_run ? stdout : stderr);
    print_reasons(reasons);
    if (reasons->count > 0 || run->command->dry_run)
        return reasons->count > 0 ? EXIT_CRITICAL : EXIT_HEALTHY;
    if (!run->command->yes && run->command->id != DRILL_OBSERVE && !isatty(STDIN_FILENO)) {
        struct error err;
        error_set(&err, "nobody is there to be asked");
        error_hint(&err, "--yes carries it out without asking");
        log_error(&err);
        return EXIT_USAGE;
    }
    if (!confirmed(run)) {
        log_info("not done");
        return run->signo != 0 ? 128 + run->signo : EXIT_CRITICAL;
    }
    return carry_out_as_printed(run, &printed);
}

static int run_drill(const struct settings *settings, const struct drill_command *command)
{
    struct drill_command_run run = {.settings = settings, .command = command};
    struct error err;
    int status = EXIT_CRITICAL;

    if (!start(&run, &err))
        log_error(&err);
    else if (!prepare(&run))
        status = 128 + run.signo;
    else
        status = run_prepared(&run);
    drill_engine_free(&run.engine);
    recording_free(&run.recording);
    watch_free(&run.watch);
    loop_free(&run.loop);
    return status;
}

/* ---- list */

static int list(const struct settings *settings, bool json)
{
    struct model model = {.lab = settings->lab, .primary = -1};
    bool has_stack = settings->stack != STACK_NONE;

    if (has_stack)
        str_copy(model.stack, sizeof model.stack,
                 settings->stack == STACK_COMPOSE ? "compose" : "local");
    (json ? drill_list_json_print : drill_list_print)(stdout, &model, has_stack);
    return EXIT_HEALTHY;
}

int command_drill(const struct command *command, int argc, char **argv)
{
    struct drill_command drill = {0};
    int status;

    if (!drill_options_parse(command, argc, argv, &drill, &status))
        return status;
    struct settings *settings = command_settings(drill.common.config, &status);
    if (settings == NULL)
        return status;
    switch (drill.action) {
    case DRILL_ACTION_LIST:
        status = list(settings, drill.json);
        break;
    case DRILL_ACTION_RUN:
        status = run_drill(settings, &drill);
        break;
    case DRILL_ACTION_UNDO:
        status = drill_undo_carry_out(settings);
        break;
    }
    settings_free(&settings);
    return status;
}
