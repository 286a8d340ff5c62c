/*
 * drill_undo: see drill_undo.h.
 */
#include "command/drill_undo.h"

#include <signal.h>
#include <stdio.h>

#include "app/drill_undo.h"
#include "base/log.h"
#include "base/str.h"
#include "command/command.h"

#define GRACE_US (2 * US_PER_S)

/* The journal's folder; false where there is no stack, and so no journal. */
static bool find_folder(const struct settings *settings, struct loop *loop, struct stack **stack,
                        char *folder, size_t size)
{
    struct error ignored;

    if (!settings->lab || settings->stack == STACK_NONE)
        return false;
    *stack = stack_new(settings, loop, &ignored);
    if (*stack == NULL)
        return false;
    stack_state_folder(*stack, folder, size);
    return true;
}

void drill_warn_left(const struct settings *settings)
{
    char folder[4096];
    struct error err;
    struct stack *stack = NULL;
    struct drill_left left;
    struct loop *loop = loop_new(&err);

    if (loop != NULL && find_folder(settings, loop, &stack, folder, sizeof folder)) {
        if (!drill_journal_left(folder, &left, &err))
            log_warning("%s", err.message);
        else if (!left.under_way && drill_left_is_due(&left))
            log_warning(
                "a drill that did not end (%s, begun %s) left %s as it was; "
                "pgwatch-tui drill undo takes it back",
                left.head.drill, left.head.at, left.count > 0 ? left.undos[0].node : left.promoted);
    }
    stack_free(&stack);
    loop_free(&loop);
}

struct undo_run {
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    struct stack *stack;
    struct drill_journal *journal;
    struct drill_undo *undo;
    bool left;
};

static void began(void *owner, enum drill_deed deed, int node, const char *command)
{
    const struct undo_run *run = owner;

    log_info("%s %s%s%s", drill_deed_word(deed), node >= 0 ? run->settings->nodes[node].name : "",
             command[0] != '\0' ? ": " : "", command);
}

static void ended(void *owner, bool ok, const char *text)
{
    (void)owner;
    if (!ok)
        log_warning("not done: %s", text);
    else if (text[0] != '\0')
        log_info("%s", text);
}

static void done(void *owner, bool left, struct instant now)
{
    struct undo_run *run = owner;
    (void)now;

    run->left = left;
    loop_stop(run->loop);
}

static void ignore(void *owner, int signo, struct instant now)
{
    (void)owner;
    (void)signo;
    (void)now;
    log_info("it is being undone: that is not interrupted");
}

static bool open_all(struct undo_run *run, const char *folder, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    if (!loop_signals(run->loop, signals, 3, ignore, run, err) ||
        !drill_journal_resume(folder, &run->journal, err))
        return false;
    run->watch = watch_new(run->settings, run->loop, NULL, NULL, err);
    return run->watch != NULL &&
           drill_undo_allowed(run->settings, drill_journal_now(run->journal), err);
}

static int undo(struct undo_run *run)
{
    static const struct drill_undo_calls calls = {began, ended, done};
    struct error err;

    watch_until_settled(run->watch, run->loop, run->settings->poll_timeout_us + GRACE_US);
    run->undo =
        drill_undo_new(run->settings, run->loop, run->watch, run->stack, run->journal, &calls, run);
    loop_run(run->loop);
    if (run->left)
        return EXIT_CRITICAL;
    if (!drill_journal_end(run->journal, clock_now().wall, DRILL_INCOMPLETE, &err)) {
        log_error(&err);
        return EXIT_CRITICAL;
    }
    log_info("nothing of the drill is left");
    return EXIT_HEALTHY;
}

/* False with an error when it cannot be looked at or undone; *status otherwise. */
static bool look_and_undo(struct undo_run *run, int *status, struct error *err)
{
    struct drill_left left = {0};
    char folder[4096];

    run->loop = loop_new(err);
    if (run->loop == NULL)
        return false;
    if (!find_folder(run->settings, run->loop, &run->stack, folder, sizeof folder) ||
        (drill_journal_left(folder, &left, err) && !left.under_way && !drill_left_is_due(&left))) {
        log_info("no drill left anything here");
        *status = EXIT_HEALTHY;
        return true;
    }
    if (!open_all(run, folder, err))
        return false;
    *status = undo(run);
    return true;
}

int drill_undo_carry_out(const struct settings *settings)
{
    struct undo_run run = {.settings = settings};
    struct error err;
    int status = EXIT_CRITICAL;

    if (!look_and_undo(&run, &status, &err))
        log_error(&err);
    drill_undo_free(&run.undo);
    drill_journal_close(&run.journal);
    watch_free(&run.watch);
    stack_free(&run.stack);
    loop_free(&run.loop);
    return status;
}
