/*
 * drill_run: see drill_run.h.
 */
#include "cluster/drill_run.h"

#include <string.h>

#include "base/str.h"

void drill_figures_clear(struct drill_figures *figures)
{
    memset(figures, 0, sizeof *figures);
    figures->waiting_us = figures->gap_us = figures->rto_us = figures->rto_worst_us = UNKNOWN_US;
    figures->lost_bytes = UNKNOWN_BYTES;
    for (int i = 0; i < DRILL_CLIENTS_MAX; i++)
        figures->client_rto_us[i] = UNKNOWN_US;
    for (int i = 0; i < DRILL_SPANS; i++)
        figures->latency[i].p50_us = figures->latency[i].p99_us = figures->latency[i].max_us =
            UNKNOWN_US;
}

static void begin(struct drill_run *run, const struct drill_mark *mark)
{
    memset(run, 0, sizeof *run);
    run->state = DRILL_RUNNING;
    str_copy(run->name, sizeof run->name, mark->text);
    run->plan = mark->plan;
    run->new_primary = -1;
    run->began = mark->at;
    run->step_count = mark->plan.step_count;
    for (int i = 0; i < run->step_count; i++) {
        run->steps[i].deed = mark->plan.steps[i].deed;
        run->steps[i].node = mark->plan.steps[i].node;
    }
    drill_figures_clear(&run->figures);
}

/* A step beyond the plan's is an undo. */
static void take_step(struct drill_run *run, const struct drill_mark *mark)
{
    if (mark->step < 0 || mark->step >= DRILL_RUN_STEPS)
        return;
    struct drill_step_run *step = &run->steps[mark->step];

    if (mark->step >= run->step_count)
        run->step_count = mark->step + 1;
    step->is_undo = mark->step >= run->plan.step_count;
    step->deed = mark->deed;
    step->node = mark->node;
    step->state = mark->step_state;
    run->step = mark->step;
    if (mark->step_state == STEP_UNDER_WAY) {
        step->began = mark->at;
        str_copy(step->command, sizeof step->command, mark->text);
    } else {
        step->ended = mark->at;
        str_copy(step->text, sizeof step->text, mark->text);
    }
}

static void take_left(struct drill_run *run, const char *text)
{
    if (run->left_count < (int)(sizeof run->left / sizeof run->left[0]))
        str_copy(run->left[run->left_count++], sizeof run->left[0], text);
}

static void end(struct drill_run *run, const struct drill_mark *mark)
{
    run->state = DRILL_ENDED;
    run->verdict = mark->verdict;
    run->ended = mark->at;
    run->ask[0] = '\0';
    str_copy(run->report, sizeof run->report, mark->text);
    for (int i = 0; i < run->step_count; i++)
        if (run->steps[i].state == STEP_TO_DO)
            run->steps[i].state = STEP_LEFT_OUT;
}

/* Also by a person, and after another node was the new primary. */
static void take_phase(struct drill_run *run, const struct drill_mark *mark)
{
    run->phases[mark->phase] = mark->when;
    if (mark->phase == PHASE_PROMOTION_ASKED)
        run->only_asked = true;
    else if (mark->phase == PHASE_OUT_OF_RECOVERY)
        run->only_asked = false;
}

int drill_run_leads(const struct drill_run *run)
{
    return run->only_asked ? -1 : run->new_primary;
}

int drill_run_asked(const struct drill_run *run)
{
    return run->only_asked ? run->new_primary : -1;
}

bool drill_run_news(const struct drill_run *run, int primary, int *node)
{
    bool old_again = primary == run->plan.old_primary;

    *node = old_again ? -1 : primary;
    if (primary < 0)
        return false;
    return old_again ? drill_run_asked(run) >= 0 : primary != drill_run_leads(run);
}

void drill_run_apply(struct drill_run *run, const struct drill_mark *mark)
{
    switch (mark->kind) {
    case DRILL_MARK_BEGIN:
        begin(run, mark);
        break;
    case DRILL_MARK_STEP:
        take_step(run, mark);
        break;
    case DRILL_MARK_PHASE:
        take_phase(run, mark);
        break;
    case DRILL_MARK_FIGURES:
        run->figures = mark->figures;
        break;
    case DRILL_MARK_NEW_PRIMARY:
        run->new_primary = mark->node;
        run->only_asked = false;
        break;
    case DRILL_MARK_UNDO:
        run->state = DRILL_UNDOING;
        run->undo_verdict = mark->verdict;
        str_copy(run->undo_why, sizeof run->undo_why, mark->text);
        break;
    case DRILL_MARK_ASK:
        str_copy(run->ask, sizeof run->ask, mark->text);
        break;
    case DRILL_MARK_LEFT:
        take_left(run, mark->text);
        break;
    case DRILL_MARK_REASON:
        drill_reason(&run->reasons, "%s", mark->text);
        break;
    case DRILL_MARK_END:
        end(run, mark);
        break;
    case DRILL_MARKS:
        break;
    }
}

int64_t drill_phase_us(const struct drill_run *run, enum drill_phase phase)
{
    if (run->phases[phase].mono == 0 || run->phases[PHASE_INJECTED].mono == 0)
        return UNKNOWN_US;
    return run->phases[phase].mono - run->phases[PHASE_INJECTED].mono;
}

int64_t drill_clock_us(const struct drill_run *run, mono_us now)
{
    if (run->phases[PHASE_INJECTED].mono == 0)
        return UNKNOWN_US;
    return (run->state == DRILL_ENDED ? run->ended.mono : now) - run->phases[PHASE_INJECTED].mono;
}

const char *const drill_verdict_words[DRILL_VERDICTS] = {"-", "pass", "fail", "incomplete"};

const char *drill_verdict_word(enum drill_verdict verdict)
{
    return drill_verdict_words[verdict];
}

bool drill_verdict_parse(const char *word, enum drill_verdict *verdict)
{
    for (int i = 0; i <= DRILL_INCOMPLETE; i++)
        if (strcmp(drill_verdict_words[i], word) == 0) {
            *verdict = (enum drill_verdict)i;
            return true;
        }
    return false;
}

const char *drill_step_state_word(enum drill_step_state state)
{
    static const char *const words[] = {"to do", "under way", "done", "failed", "left out"};
    return words[state];
}

const char *const drill_step_state_keys[DRILL_STEP_STATES] = {"to_do", "under_way", "done",
                                                              "failed", "left_out"};

const char *drill_step_state_key(enum drill_step_state state)
{
    return drill_step_state_keys[state];
}

bool drill_step_state_parse(const char *key, enum drill_step_state *state)
{
    for (int i = 0; i <= STEP_LEFT_OUT; i++)
        if (strcmp(drill_step_state_keys[i], key) == 0) {
            *state = (enum drill_step_state)i;
            return true;
        }
    return false;
}
