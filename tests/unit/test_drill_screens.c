/*
 * drill_screens: the drill screens against golden files. Runs are made of marks, as the engine
 * makes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "golden_screen.h"
#include "ui/state_drill.h"

static struct drill_view view;
static struct drill_run run;

static const struct drill_timing_options timing = {
    .baseline_us = 5 * US_PER_S, .hold_us = 10 * US_PER_S, .settle_us = 5 * US_PER_S};

static void lab(struct fixture *f)
{
    memset(&view, 0, sizeof view);
    memset(&run, 0, sizeof run);
    f->per_second = 1200000;
    f->nodes[2].behind_replay = f->nodes[2].behind_flush = 5100;
    fixture_run(f, 60);
    for (int i = 0; i < DRILLS; i++)
        view.offered[i] = true;
    f->state.drill = &view;
    f->state.has_stack = f->state.may_write = f->state.may_drill = f->state.may_observe = true;
}

/* ---- menu */

static void menu(struct fixture *f)
{
    lab(f);
    view.offered[DRILL_NETWORK_CUT] = false;
    str_copy(view.why_not[DRILL_NETWORK_CUT], DRILL_TEXT_SIZE,
             drill_at(DRILL_NETWORK_CUT)->not_local);
    fixture_key(f, 'd', 24);
    for (int i = 0; i < DRILL_PRIMARY_KILL; i++)
        fixture_key(f, 'j', 24);
}

static void menu_not_offered(struct fixture *f)
{
    menu(f);
    fixture_key(f, 'k', 24);
    fixture_key(f, 'k', 24);
    fixture_key(f, 'm', 24);
    f->state.notice[0] = '\0';
    str_copy(view.journal, sizeof view.journal,
             "primary-kill of 12:01:17 was not undone: primary is stopped; "
             "pgwatch-tui drill undo config/local.yaml starts it");
}

static void menu_no_lab(struct fixture *f)
{
    lab(f);
    f->state.has_stack = f->state.may_drill = false;
    fixture_key(f, 'd', 24);
}

/* ---- plan */

static void command(int step, const char *text)
{
    str_copy(view.preview.commands[step], DRILL_COMMAND_SIZE, text);
}

static void plan(struct fixture *f, enum drill_id id, bool manual)
{
    struct drill_preview *preview = &view.preview;

    fixture_key(f, 'd', 24);
    f->state.drill_selected = id;
    f->state.drill_manual = manual;
    fixture_key(f, UI_KEY_ENTER, 24);
    drill_plan_make(id, manual, f->model, f->now.mono, &timing, &preview->plan, &preview->reasons);
    preview->shown = preview->ready = true;
    preview->id = id;
    preview->manual = manual;
    preview->rate = 50;
    preview->clients = 4;
    preview->level = COMMIT_LEVEL_ON;
    str_copy(preview->confirm, sizeof preview->confirm, "primary");
    for (int i = 0; i < preview->plan.step_count; i++)
        if (preview->plan.steps[i].deed == DEED_KILL || preview->plan.steps[i].deed == DEED_FENCE)
            command(i,
                    "kill -KILL 4711 4712 4713 4718 (postgres -D "
                    "/root/.local/state/pgwatch-tui/local/primary)");
        else if (preview->plan.steps[i].deed == DEED_PROMOTE)
            command(i, "on the best standby: SELECT pg_promote(wait => false)");
        else if (preview->plan.steps[i].deed == DEED_UP)
            command(i, "postgres -D /root/.local/state/pgwatch-tui/local/primary");
}

static void plan_asked(struct fixture *f)
{
    lab(f);
    fixture_key(f, 'd', 24);
    fixture_key(f, UI_KEY_ENTER, 24);
}

static void plan_ok(struct fixture *f)
{
    lab(f);
    plan(f, DRILL_PRIMARY_KILL, false);
    fixture_key(f, 'p', 24);
    fixture_key(f, 'r', 24);
    fixture_key(f, 'i', 24);
}

static void plan_wrong_name(struct fixture *f)
{
    plan_ok(f);
    fixture_key(f, UI_KEY_ENTER, 24);
}

static void plan_reasons(struct fixture *f)
{
    lab(f);
    fixture_fault(f, 2, FAULT_REFUSED, "Connection refused");
    fixture_drop_row(f, "replica2");
    fixture_run(f, 3);
    plan(f, DRILL_PRIMARY_KILL, false);
    drill_reason(&view.preview.reasons, "another drill has the lock: process 4711 since 12:01:17");
}

static void plan_refused(struct fixture *f)
{
    lab(f);
    plan(f, DRILL_STANDBY_KILL, false);
    str_copy(view.preview.refused, sizeof view.preview.refused,
             "the server at 127.0.0.1:55433 is another one than a moment ago");
}

/* ---- a run */

static struct drill_mark *mark_at(struct fixture *f, enum drill_mark_kind kind, int64_t ms)
{
    static struct drill_mark mark;

    memset(&mark, 0, sizeof mark);
    mark.kind = kind;
    mark.at = f->now;
    mark.at.mono += ms * US_PER_MS;
    mark.at.wall += ms * US_PER_MS;
    mark.when = mark.at;
    mark.node = -1;
    return &mark;
}

static void say(struct fixture *f, enum drill_mark_kind kind, const char *text)
{
    struct drill_mark *mark = mark_at(f, kind, 0);

    str_copy(mark->text, sizeof mark->text, text);
    drill_run_apply(&run, mark);
}

static void begin(struct fixture *f, enum drill_id id, bool manual)
{
    struct drill_mark *mark;

    lab(f);
    plan(f, id, manual);
    mark = mark_at(f, DRILL_MARK_BEGIN, 0);
    mark->plan = view.preview.plan;
    str_format(mark->text, sizeof mark->text, "20261123-120400-%s", drill_at(id)->name);
    drill_run_apply(&run, mark);
    view.run = &run;
    f->state.drill_under_way = true;
    ui_state_go(&f->state, SCREEN_DRILL_RUN);
}

static void step(struct fixture *f, int index, enum drill_step_state state, int64_t ms,
                 const char *text)
{
    struct drill_mark *mark = mark_at(f, DRILL_MARK_STEP, ms);

    mark->step = index;
    mark->step_state = state;
    if (index < run.plan.step_count) {
        mark->deed = run.plan.steps[index].deed;
        mark->node = run.plan.steps[index].node;
    } else {
        mark->deed = DEED_UP;
        mark->node = 0;
    }
    str_copy(mark->text, sizeof mark->text, text);
    drill_run_apply(&run, mark);
}

/* Steps up to the one before `next` are done. */
static void steps_to(struct fixture *f, int next, const char *command_of_next)
{
    for (int i = run.step; i < next; i++) {
        if (run.steps[i].state == STEP_TO_DO)
            step(f, i, STEP_UNDER_WAY, 0, view.preview.commands[i]);
        step(f, i, STEP_DONE, 15, "");
    }
    step(f, next, STEP_UNDER_WAY, 0, command_of_next);
}

static int step_of(enum drill_deed deed)
{
    for (int i = 0; i < run.plan.step_count; i++)
        if (run.plan.steps[i].deed == deed)
            return i;
    return -1;
}

static void phase(struct fixture *f, enum drill_phase which, int64_t ms)
{
    struct drill_mark *mark = mark_at(f, DRILL_MARK_PHASE, ms);

    mark->phase = which;
    drill_run_apply(&run, mark);
}

/* What the ledger has after `seconds` of 50 writes a second. */
static struct drill_figures *figures(int sent)
{
    static struct drill_figures figures;

    drill_figures_clear(&figures);
    figures.due = figures.sent = (uint64_t)sent;
    figures.acknowledged = (uint64_t)sent - 2;
    figures.clients = 4;
    figures.latency[SPAN_BEFORE] = (struct drill_latency){250, 1100, 3200, 8800};
    return &figures;
}

static void apply(struct fixture *f, const struct drill_figures *of)
{
    struct drill_mark *mark = mark_at(f, DRILL_MARK_FIGURES, 0);

    mark->figures = *of;
    drill_run_apply(&run, mark);
}

static void baseline(struct fixture *f)
{
    begin(f, DRILL_PRIMARY_KILL, false);
    steps_to(f, 1, "");
    fixture_run(f, 3);
    apply(f, figures(150));
}

/* Commits wait: every standby was stopped. */
static void blocked(struct fixture *f)
{
    begin(f, DRILL_ALL_STANDBYS_DOWN, false);
    steps_to(f, step_of(DEED_STOP), "pg_ctl stop --mode=fast");
    phase(f, PHASE_INJECTED, 0);
    phase(f, PHASE_FIRST_LATE_COMMIT, 12);
    for (int i = 1; i <= 2; i++)
        fixture_fault(f, i, FAULT_REFUSED, "Connection refused");
    f->nodes[0].sample.standby_count = 0;
    f->nodes[0].sample.waiting_commits = 4;
    f->nodes[0].sample.longest_wait_us = 4200 * US_PER_MS;
    f->model->nodes[0].unwaited_at = 0; /* it waits since before the first of these looks */
    f->per_second = 0;
    fixture_run(f, 4);
    phase(f, PHASE_NOTICED, -3900);
    steps_to(f, step_of(DEED_HOLD), "");
    struct drill_figures *now = figures(254);
    now->acknowledged = 250;
    now->waiting_us = 4213 * US_PER_MS;
    now->gap_us = 4230 * US_PER_MS;
    apply(f, now);
}

/* The primary was killed, nobody is promoted yet. */
static void kill_primary(struct fixture *f)
{
    steps_to(f, step_of(DEED_KILL), view.preview.commands[step_of(DEED_KILL)]);
    fixture_run(f, 1);
    phase(f, PHASE_INJECTED, 0);
    phase(f, PHASE_FIRST_LATE_COMMIT, 3);
    phase(f, PHASE_LAST_ACK_BEFORE, -8);
    fixture_fault(f, 0, FAULT_REFUSED, "Connection refused");
    f->per_second = 0;
    for (int i = 1; i <= 2; i++) {
        f->nodes[i].sample.receiver.present = false;
        f->nodes[i].sample.receiver.last_message_age_us = UNKNOWN_US;
    }
    fixture_run(f, 2);
    phase(f, PHASE_NOTICED, -1879);
}

static struct drill_figures *failing(struct fixture *f, int sent)
{
    struct drill_figures *now = figures(sent);

    now->acknowledged = 247;
    now->failed = 1;
    now->unknown = 2;
    now->sent = 250;
    now->gap_us = 2019 * US_PER_MS;
    now->last_acknowledged_lsn = f->written;
    return now;
}

static void failover(struct fixture *f)
{
    begin(f, DRILL_PRIMARY_KILL, false);
    kill_primary(f);
    steps_to(f, step_of(DEED_PROMOTE), "replica1: SELECT pg_promote(wait => false)");
    phase(f, PHASE_PROMOTION_ASKED, -40);
    apply(f, failing(f, 350));
}

static void manual(struct fixture *f)
{
    begin(f, DRILL_PRIMARY_KILL, true);
    kill_primary(f);
    steps_to(f, step_of(DEED_PROMOTE), "");
    say(f, DRILL_MARK_ASK,
        "promote a standby: select it with the arrows, then P; replica1 has the most WAL");
    apply(f, failing(f, 350));
    fixture_key(f, 'j', 24);
    str_copy(view.promote_command, sizeof view.promote_command,
             "replica1 (127.0.0.1:55433): SELECT pg_promote(wait => false)");
    str_copy(view.rejoin_not, sizeof view.rejoin_not, "there is no primary to join");
}

static void manual_question(struct fixture *f)
{
    manual(f);
    fixture_key(f, 'P', 24);
    fixture_key(f, 'r', 24);
    fixture_key(f, 'e', 24);
}

static void split_brain(struct fixture *f)
{
    struct node_sample *promoted = &f->nodes[1].sample;

    failover(f);
    f->nodes[0].fault.kind = FAULT_NONE;
    fixture_drop_row(f, "replica1");
    promoted->in_recovery = false;
    promoted->timeline = 4;
    promoted->current_lsn = promoted->flush_lsn = f->written + 100;
    promoted->sync_names_known = true;
    fixture_run(f, 2);
}

/* replica1 is the primary; the old one joined. */
static void fail_over(struct fixture *f)
{
    struct drill_mark *mark;
    struct node_sample *promoted = &f->nodes[1].sample, *old = &f->nodes[0].sample;

    failover(f);
    mark = mark_at(f, DRILL_MARK_NEW_PRIMARY, 0);
    mark->node = 1;
    drill_run_apply(&run, mark);
    phase(f, PHASE_OUT_OF_RECOVERY, 78);
    phase(f, PHASE_FIRST_ACK_AFTER, 131);
    promoted->in_recovery = false;
    promoted->timeline = 4;
    promoted->current_lsn = promoted->flush_lsn = f->written + 100;
    promoted->sync_names_known = true;
    str_copy(promoted->synchronous_standby_names, sizeof promoted->synchronous_standby_names,
             "FIRST 1 (primary, replica2)");
    promoted->standbys[0] = old->standbys[1];
    promoted->standbys[0].sync_state = SYNC_STATE_SYNC;
    promoted->standbys[0].sent_lsn = promoted->standbys[0].write_lsn =
        promoted->standbys[0].flush_lsn = promoted->standbys[0].replay_lsn = promoted->current_lsn;
    promoted->standby_count = 1;
    fixture_run(f, 3);
    phase(f, PHASE_OTHERS_STREAMING, -2100);
    phase(f, PHASE_RULE_SATISFIED, -2050);
    step(f, run.step, STEP_DONE, 0, "");
    struct drill_figures *now = failing(f, 500);
    now->sent = 500;
    now->acknowledged = 497;
    now->gap_us = now->rto_us = 2139 * US_PER_MS;
    now->rto_worst_us = 2207 * US_PER_MS;
    apply(f, now);
}

static void back_again(struct fixture *f)
{
    fail_over(f);
    steps_to(f, step_of(DEED_UP), view.preview.commands[step_of(DEED_UP)]);
}

static void undoing(struct fixture *f)
{
    failover(f);
    say(f, DRILL_MARK_UNDO, "interrupted by Esc");
    step(f, run.step, STEP_FAILED, 900, "replica1 did not answer pg_promote() within 60 s");
    fixture_run(f, 1);
    struct drill_mark *mark = mark_at(f, DRILL_MARK_STEP, 0);
    mark->step = run.plan.step_count;
    mark->deed = DEED_UP;
    mark->node = 0;
    mark->step_state = STEP_UNDER_WAY;
    str_copy(mark->text, sizeof mark->text,
             "postgres -D /root/.local/state/pgwatch-tui/local/primary");
    drill_run_apply(&run, mark);
}

static void interrupt_question(struct fixture *f)
{
    blocked(f);
    fixture_key(f, 'q', 24);
}

static void left(struct fixture *f)
{
    undoing(f);
    step(f, run.plan.step_count, STEP_FAILED, 0,
         "could not create lock file \"postmaster.pid\": No space left on device");
    say(f, DRILL_MARK_LEFT,
        "primary is stopped and could not be started: No space left on device; start it with "
        "pgwatch-tui stack up primary, then pgwatch-tui drill undo");
}

/* ---- how it ended */

static void read_back(struct drill_figures *of, int node, uint64_t rows, uint64_t missing)
{
    of->reads[of->read_count++] =
        (struct drill_read){.node = node, .read = true, .rows = rows, .missing = missing};
}

static struct drill_figures *final_figures(void)
{
    struct drill_figures *of = figures(900);

    of->acknowledged = 897;
    of->failed = 1;
    of->unknown = 2;
    of->gap_us = of->rto_us = 2139 * US_PER_MS;
    of->rto_worst_us = 2207 * US_PER_MS;
    of->lost_bytes = 0;
    of->latency[SPAN_DURING] = (struct drill_latency){4, 2140000, 2207000, 2207000};
    of->latency[SPAN_AFTER] = (struct drill_latency){640, 1200, 2900, 7100};
    of->classes = (struct drill_classes){.known = true,
                                         .sent = 900,
                                         .acknowledged_present = 897,
                                         .failed_absent = 1,
                                         .unknown_present = 1,
                                         .unknown_absent = 1};
    return of;
}

static void end(struct fixture *f, enum drill_verdict verdict, const char *reason,
                const struct drill_figures *of)
{
    struct drill_mark *mark;

    apply(f, of);
    say(f, DRILL_MARK_REASON, reason);
    mark = mark_at(f, DRILL_MARK_END, 0);
    mark->verdict = verdict;
    str_copy(mark->text, sizeof mark->text, "drills/20261123-120400-primary-kill.md");
    drill_run_apply(&run, mark);
    f->state.drill_under_way = false;
}

static void pass(struct fixture *f)
{
    struct drill_figures *of;

    fail_over(f);
    steps_to(f, run.plan.step_count - 1, "");
    step(f, run.step, STEP_DONE, 300, "3 nodes read");
    phase(f, PHASE_OLD_PRIMARY_BACK, -700);
    phase(f, PHASE_HEALTHY, -100);
    of = final_figures();
    for (int i = 0; i < 3; i++)
        read_back(of, i, 898, 0);
    end(f, DRILL_PASS, "every acknowledged write is on the new primary", of);
}

static void lost(struct fixture *f)
{
    struct drill_figures *of;

    fail_over(f);
    steps_to(f, run.plan.step_count - 1, "");
    step(f, run.step, STEP_DONE, 300, "3 nodes read");
    of = final_figures();
    of->classes.acknowledged_present = 894;
    of->classes.acknowledged_lost = 3;
    of->lost_bytes = 5432;
    read_back(of, 0, 895, 3);
    read_back(of, 1, 895, 3);
    read_back(of, 2, 895, 3);
    end(f, DRILL_FAIL, "3 rows that were acknowledged are not on the new primary", of);
}

static void incomplete(struct fixture *f)
{
    struct drill_figures *of;

    left(f);
    of = final_figures();
    of->rto_us = of->rto_worst_us = UNKNOWN_US;
    of->lost_bytes = UNKNOWN_BYTES;
    of->classes = (struct drill_classes){.known = false};
    read_back(of, 1, 247, 0);
    of->reads[of->read_count] = (struct drill_read){.node = 0, .read = false};
    str_copy(of->reads[of->read_count++].why, DRILL_TEXT_SIZE, "Connection refused");
    end(f, DRILL_INCOMPLETE, "primary could not be read back: nothing is proven", of);
}

static void incomplete_below(struct fixture *f)
{
    incomplete(f);
    for (int i = 0; i < 200; i++)
        fixture_key(f, 'j', 24);
}

static void menu_after(struct fixture *f)
{
    pass(f);
    fixture_key(f, UI_KEY_ESC, 24);
}

/* ---- the main screen meanwhile */

static void main_meanwhile(struct fixture *f)
{
    failover(f);
    fixture_key(f, 'd', 24);
}

static void main_asked(struct fixture *f)
{
    manual(f);
    fixture_key(f, 'd', 24);
}

static void main_journal(struct fixture *f)
{
    menu_not_offered(f);
    fixture_key(f, 'd', 24);
}

/* Only watched: no key is there that would change anything. */
static void help_watched(struct fixture *f)
{
    lab(f);
    f->state.has_stack = f->state.may_write = f->state.may_drill = f->state.may_observe = false;
    fixture_key(f, '?', 24);
}

static void ascii(struct fixture *f)
{
    failover(f);
    f->state.ascii = true;
}

static void many_nodes(struct fixture *f)
{
    begin(f, DRILL_STANDBY_KILL, false);
    steps_to(f, step_of(DEED_KILL), "kill -KILL 4811");
    phase(f, PHASE_INJECTED, 0);
    fixture_run(f, 2);
    apply(f, figures(350));
}

static const struct situation situations[] = {
    {"drill-menu", 3, menu},
    {"drill-menu-not-offered", 3, menu_not_offered},
    {"drill-menu-no-lab", 3, menu_no_lab},
    {"drill-menu-after", 3, menu_after},
    {"drill-plan-asked", 3, plan_asked},
    {"drill-plan", 3, plan_ok},
    {"drill-plan-wrong-name", 3, plan_wrong_name},
    {"drill-plan-reasons", 3, plan_reasons},
    {"drill-plan-refused", 3, plan_refused},
    {"drill-baseline", 3, baseline},
    {"drill-blocked", 3, blocked},
    {"drill-failover", 3, failover},
    {"drill-manual", 3, manual},
    {"drill-manual-question", 3, manual_question},
    {"drill-back-again", 3, back_again},
    {"drill-split-brain", 3, split_brain},
    {"drill-undoing", 3, undoing},
    {"drill-interrupt-question", 3, interrupt_question},
    {"drill-left", 3, left},
    {"drill-many-nodes", 40, many_nodes},
    {"drill-ascii", 3, ascii},
    {"drill-pass", 3, pass},
    {"drill-lost", 3, lost},
    {"drill-incomplete", 3, incomplete},
    {"drill-incomplete-below", 3, incomplete_below},
    {"drill-main", 3, main_meanwhile},
    {"drill-main-asked", 3, main_asked},
    {"drill-main-journal", 3, main_journal},
    {"help-watched", 3, help_watched},
};

int main(void)
{
    return golden_run("drill_screens", situations, sizeof situations / sizeof situations[0]);
}
