/*
 * drill_fixture: drills as they came about, told by marks: one that passed, one that lost rows, one
 * that was interrupted. Nothing is run; what a report says of them is known beforehand.
 */
#ifndef TESTS_UNIT_DRILL_FIXTURE_H
#define TESTS_UNIT_DRILL_FIXTURE_H

#include "cluster/drill_run.h"
#include "fixture.h"

struct drill_fixture {
    struct fixture *f;
    struct drill_run run;
    struct drill_targets targets;
    struct drill_figures figures;
};

FIXTURE_UNUSED void drill_fixture_mark(struct drill_fixture *d, struct drill_mark mark,
                                       const char *text)
{
    mark.at = d->f->now;
    str_copy(mark.text, sizeof mark.text, text);
    drill_run_apply(&d->run, &mark);
}

FIXTURE_UNUSED void drill_fixture_pass_time(struct drill_fixture *d, int64_t us)
{
    d->f->now.mono += us;
    d->f->now.wall += us;
}

FIXTURE_UNUSED void drill_fixture_phase(struct drill_fixture *d, enum drill_phase phase, int64_t us)
{
    struct instant injected = d->run.phases[PHASE_INJECTED];
    struct instant when = phase == PHASE_INJECTED ? d->f->now
                                                  : (struct instant){.mono = injected.mono + us,
                                                                     .wall = injected.wall + us};

    drill_fixture_mark(
        d, (struct drill_mark){.kind = DRILL_MARK_PHASE, .phase = phase, .when = when}, "");
}

/* One step, from its beginning to its end. */
FIXTURE_UNUSED void drill_fixture_step(struct drill_fixture *d, int step, enum drill_deed deed,
                                       int node, const char *command, int64_t us,
                                       enum drill_step_state ends, const char *text)
{
    struct drill_mark mark = {.kind = DRILL_MARK_STEP,
                              .step = step,
                              .deed = deed,
                              .node = node,
                              .step_state = STEP_UNDER_WAY};

    drill_fixture_mark(d, mark, command);
    drill_fixture_pass_time(d, us);
    mark.step_state = ends;
    drill_fixture_mark(d, mark, text);
}

FIXTURE_UNUSED void drill_fixture_reason(struct drill_fixture *d, const char *text)
{
    drill_fixture_mark(d, (struct drill_mark){.kind = DRILL_MARK_REASON}, text);
}

FIXTURE_UNUSED void drill_fixture_end(struct drill_fixture *d, enum drill_verdict verdict)
{
    drill_fixture_mark(d, (struct drill_mark){.kind = DRILL_MARK_FIGURES, .figures = d->figures},
                       "");
    drill_fixture_mark(d, (struct drill_mark){.kind = DRILL_MARK_END, .verdict = verdict}, "");
}

FIXTURE_UNUSED struct drill_fixture *drill_fixture_new(enum drill_id id)
{
    struct drill_fixture *d = mem_calloc(1, sizeof *d);
    struct drill_mark mark = {.kind = DRILL_MARK_BEGIN};
    struct drill_reasons reasons;
    const struct drill_timing_options timing = {
        .baseline_us = 5 * US_PER_S, .hold_us = 3 * US_PER_S, .settle_us = 2 * US_PER_S};

    d->f = fixture_new(3, NULL);
    d->f->per_second = 4096;
    fixture_run(d->f, 5);
    d->targets = (struct drill_targets){.rto_us = UNKNOWN_US, .rpo_rows = -1};
    drill_figures_clear(&d->figures);
    drill_plan_make(id, false, d->f->model, d->f->now.mono, &timing, &mark.plan, &reasons);
    drill_fixture_mark(d, mark, "d20261123T120305");
    drill_fixture_step(d, 0, DEED_START_LOAD, -1,
                       "INSERT INTO test_replication, 50 a second by 2 clients at on",
                       200 * US_PER_MS, STEP_DONE, "");
    drill_fixture_step(d, 1, DEED_BASELINE, -1, "", 5 * US_PER_S, STEP_DONE, "");
    return d;
}

FIXTURE_UNUSED void drill_fixture_free(struct drill_fixture *d)
{
    fixture_free(d->f);
    free(d);
}

FIXTURE_UNUSED void drill_fixture_latency(struct drill_figures *figures, enum drill_span span,
                                          uint64_t count, int64_t p50, int64_t p99, int64_t max)
{
    figures->latency[span] =
        (struct drill_latency){.count = count, .p50_us = p50, .p99_us = p99, .max_us = max};
}

FIXTURE_UNUSED void drill_fixture_read(struct drill_figures *figures, int node, bool read,
                                       uint64_t rows, uint64_t missing, const char *why)
{
    struct drill_read *of = &figures->reads[figures->read_count++];

    *of = (struct drill_read){.node = node, .read = read, .rows = rows, .missing = missing};
    str_copy(of->why, sizeof of->why, why);
}

/* ---- primary-kill */

FIXTURE_UNUSED void drill_fixture_gap(struct drill_figures *figures, int64_t us)
{
    figures->gap_us = us + 4200;
    figures->rto_us = us;
    figures->rto_worst_us = us + 20100;
    figures->clients = 2;
    figures->client_rto_us[0] = us;
    figures->client_rto_us[1] = us + 20100;
}

FIXTURE_UNUSED void drill_fixture_fail_over(struct drill_fixture *d)
{
    drill_fixture_phase(d, PHASE_INJECTED, 0);
    drill_fixture_step(d, 2, DEED_KILL, 0, "kill -KILL 4711", 420 * US_PER_MS, STEP_DONE, "");
    drill_fixture_phase(d, PHASE_LAST_ACK_BEFORE, -8300);
    drill_fixture_phase(d, PHASE_FIRST_LATE_COMMIT, -2100);
    drill_fixture_phase(d, PHASE_NOTICED, 412345);
    drill_fixture_step(d, 3, DEED_FENCE, 0, "kill -KILL 4711", 90 * US_PER_MS, STEP_DONE,
                       "no process of it is left");
    drill_fixture_phase(d, PHASE_PROMOTION_ASKED, 512000);
    drill_fixture_step(d, 4, DEED_PROMOTE, 1, "replica1: SELECT pg_promote(true, 60)",
                       180 * US_PER_MS, STEP_DONE, "");
    drill_fixture_mark(d, (struct drill_mark){.kind = DRILL_MARK_NEW_PRIMARY, .node = 1}, "");
    drill_fixture_phase(d, PHASE_OUT_OF_RECOVERY, 690000);
    drill_fixture_step(d, 5, DEED_AWAIT, -1, "", 150 * US_PER_MS, STEP_DONE, "");
    drill_fixture_phase(d, PHASE_FIRST_ACK_AFTER, 803700);
    drill_fixture_step(d, 6, DEED_AWAIT, -1, "", 2 * US_PER_S, STEP_DONE, "");
    drill_fixture_phase(d, PHASE_OTHERS_STREAMING, 2650000);
    drill_fixture_phase(d, PHASE_RULE_SATISFIED, 2700000);
}

FIXTURE_UNUSED void drill_fixture_join(struct drill_fixture *d)
{
    drill_fixture_step(d, 7, DEED_HOLD, -1, "", 3 * US_PER_S, STEP_DONE, "");
    drill_fixture_step(d, 8, DEED_READ_WAL_END, 0, "", 60 * US_PER_MS, STEP_DONE, "");
    drill_fixture_step(d, 9, DEED_UP, 0, "pg_ctl start -D '/var/lib/lab|1'", 4 * US_PER_S,
                       STEP_DONE, "it joined replica1 with `pg_rewind`");
    drill_fixture_phase(d, PHASE_OLD_PRIMARY_BACK, 9900000);
    drill_fixture_step(d, 10, DEED_AWAIT, -1, "", 700 * US_PER_MS, STEP_DONE, "");
    drill_fixture_phase(d, PHASE_HEALTHY, 10600000);
    drill_fixture_step(d, 11, DEED_HOLD, -1, "", 2 * US_PER_S, STEP_DONE, "");
    drill_fixture_step(d, 12, DEED_STOP_LOAD, -1, "", 20 * US_PER_MS, STEP_DONE, "");
    drill_fixture_step(d, 13, DEED_READ_BACK, -1, "", 130 * US_PER_MS, STEP_DONE, "");
}

FIXTURE_UNUSED void drill_fixture_failed_over(struct drill_figures *figures)
{
    figures->due = figures->sent = 400;
    figures->acknowledged = 396;
    figures->failed = 1;
    figures->unknown = 3;
    drill_fixture_gap(figures, 812 * US_PER_MS);
    drill_fixture_latency(figures, SPAN_BEFORE, 250, 1100, 3200, 8800);
    drill_fixture_latency(figures, SPAN_DURING, 41, 402000, 801000, 812000);
    drill_fixture_latency(figures, SPAN_AFTER, 105, 1300, 4100, 9100);
    figures->last_acknowledged_lsn = FIXTURE_WAL + 0x4000;
    figures->old_end_lsn = FIXTURE_WAL + 0x5000;
    figures->old_timeline = 3;
    figures->fork_lsn = FIXTURE_WAL + 0x4F00;
    figures->lost_bytes = 0x100;
    figures->classes = (struct drill_classes){.known = true,
                                              .sent = 400,
                                              .acknowledged_present = 396,
                                              .failed_absent = 1,
                                              .unknown_present = 1,
                                              .unknown_absent = 2};
    drill_fixture_read(figures, 0, true, 397, 0, "");
    drill_fixture_read(figures, 1, true, 397, 0, "");
    drill_fixture_read(figures, 2, true, 397, 0, "");
}

/* primary-kill as it should be. */
FIXTURE_UNUSED struct drill_fixture *drill_fixture_passed(void)
{
    struct drill_fixture *d = drill_fixture_new(DRILL_PRIMARY_KILL);

    d->targets = (struct drill_targets){.rto_us = 5 * US_PER_S, .rpo_rows = 0};
    events_add(d->f->model->events, d->f->now, EVENT_CRITICAL, "primary",
               "up \xE2\x86\x92 refused");
    drill_fixture_fail_over(d);
    events_add(d->f->model->events, d->f->now, EVENT_GOOD, "replica1",
               "a|b <b>*is*</b> `primary` now");
    drill_fixture_join(d);
    drill_fixture_failed_over(&d->figures);
    drill_fixture_end(d, DRILL_PASS);
    return d;
}

/* The same with rows lost, and slower than its target. */
FIXTURE_UNUSED struct drill_fixture *drill_fixture_failed(void)
{
    struct drill_fixture *d = drill_fixture_new(DRILL_PRIMARY_KILL);
    struct drill_classes *classes = &d->figures.classes;

    d->targets = (struct drill_targets){.rto_us = 500 * US_PER_MS, .rpo_rows = 0};
    drill_fixture_fail_over(d);
    drill_fixture_join(d);
    drill_fixture_failed_over(&d->figures);
    d->figures.lost_bytes = 16777216;
    classes->acknowledged_present = 380;
    classes->acknowledged_lost = 9;
    classes->acknowledged_locally = 7;
    classes->locally_lost = 2;
    d->figures.reads[1].missing = 9;
    drill_fixture_reason(d, "9 acknowledged writes are lost");
    drill_fixture_reason(d, "RTO: 812 ms, the target is 500 ms");
    drill_fixture_end(d, DRILL_FAIL);
    return d;
}

/* standby-freeze that a person interrupted, and one thing could not be undone. */
FIXTURE_UNUSED struct drill_fixture *drill_fixture_interrupted(void)
{
    struct drill_fixture *d = drill_fixture_new(DRILL_STANDBY_FREEZE);
    int undo = d->run.plan.step_count;

    d->targets.rto_us = 5 * US_PER_S;
    drill_fixture_phase(d, PHASE_INJECTED, 0);
    drill_fixture_step(d, 2, DEED_PAUSE, 1, "kill -STOP 4712", 700 * US_PER_MS, STEP_DONE, "");
    drill_fixture_phase(d, PHASE_NOTICED, 650000);
    drill_fixture_mark(d,
                       (struct drill_mark){.kind = DRILL_MARK_STEP,
                                           .step = 3,
                                           .deed = DEED_AWAIT,
                                           .node = -1,
                                           .step_state = STEP_UNDER_WAY},
                       "");
    drill_fixture_pass_time(d, 1300 * US_PER_MS);
    drill_fixture_mark(d, (struct drill_mark){.kind = DRILL_MARK_UNDO, .verdict = DRILL_INCOMPLETE},
                       "interrupted by Ctrl-C");
    drill_fixture_step(d, undo, DEED_RESUME, 1, "kill -CONT 4712", 10 * US_PER_MS, STEP_FAILED,
                       "no process 4712");
    drill_fixture_mark(d, (struct drill_mark){.kind = DRILL_MARK_LEFT},
                       "replica1 could not be resumed: no process 4712");
    d->figures.due = d->figures.sent = 120;
    d->figures.acknowledged = 80;
    d->figures.unknown = 1;
    d->figures.gap_us = 1990 * US_PER_MS;
    d->figures.clients = 2;
    drill_fixture_latency(&d->figures, SPAN_BEFORE, 80, 1100, 3200, 8800);
    drill_fixture_read(&d->figures, 0, false, 0, 0, "connection refused: <b>\x1b[31m");
    drill_fixture_reason(d, "interrupted by Ctrl-C");
    drill_fixture_reason(d, "the writes could not be read back from the primary");
    drill_fixture_end(d, DRILL_INCOMPLETE);
    return d;
}

#endif
