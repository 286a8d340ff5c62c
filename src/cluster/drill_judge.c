/*
 * drill_judge: the verdict. What was acknowledged and is lost fails a drill, so does what did not
 * come as the table expects; where something could not be read, nothing is proven.
 */
#include <string.h>

#include "base/str.h"
#include "cluster/drill_facts.h"

static void judge_data(const struct drill_run *run, int64_t allowed, struct drill_reasons *fail,
                       struct drill_reasons *incomplete)
{
    const struct drill_classes *classes = &run->figures.classes;

    if (!classes->known) {
        drill_reason(incomplete, "the writes could not be read back from the primary");
        return;
    }
    if ((int64_t)classes->acknowledged_lost > allowed)
        drill_reason(fail, "%llu acknowledged writes are lost",
                     (unsigned long long)classes->acknowledged_lost);
    if (classes->failed_present > 0)
        drill_reason(fail, "%llu writes that the server said had failed are there",
                     (unsigned long long)classes->failed_present);
    if (drill_forgotten(&run->figures) > 0)
        drill_reason(incomplete, "%llu writes are no longer known, and were not looked for",
                     (unsigned long long)drill_forgotten(&run->figures));
}

static void judge_reads(const struct drill_run *run, const struct model *model,
                        struct drill_reasons *fail, struct drill_reasons *incomplete)
{
    for (int i = 0; i < run->figures.read_count; i++) {
        const struct drill_read *read = &run->figures.reads[i];
        const char *name = model->nodes[read->node].name;

        if (!read->read)
            drill_reason(incomplete, "%s could not be read back: %s", name, read->why);
        else if (read->missing > run->figures.classes.acknowledged_lost)
            drill_reason(fail, "%llu acknowledged writes are not on %s",
                         (unsigned long long)read->missing, name);
    }
}

/* A time that may be our own is no proof that the target was missed. */
static void judge_targets(const struct drill_run *run, const struct drill_targets *targets,
                          struct drill_reasons *fail, struct drill_reasons *incomplete)
{
    char took[16], target[16];

    if (targets->rto_us == UNKNOWN_US || run->phases[PHASE_INJECTED].mono == 0)
        return;
    format_duration(target, sizeof target, targets->rto_us);
    if (run->figures.rto_us == UNKNOWN_US) {
        drill_reason(fail, "RTO: no write was acknowledged again; the target is %s", target);
    } else if (run->figures.rto_us > targets->rto_us) {
        format_duration(took, sizeof took, run->figures.rto_us);
        drill_reason(drill_stood_still(&run->figures) ? incomplete : fail,
                     "RTO: %s, the target is %s", took, target);
    }
}

static void judge_course(const struct drill_run *run, struct drill_reasons *fail,
                         struct drill_reasons *incomplete)
{
    bool observes = run->plan.id == DRILL_OBSERVE;
    char still[16];

    if (run->undo_why[0] != '\0')
        drill_reason(run->undo_verdict == DRILL_FAIL ? fail : incomplete, "%s", run->undo_why);
    for (int i = 0; i < run->left_count; i++)
        drill_reason(fail, "left: %s", run->left[i]);
    if (run->figures.acknowledged_while_down > 0)
        drill_reason(fail, "%llu writes were acknowledged while every standby was away",
                     (unsigned long long)run->figures.acknowledged_while_down);
    if (drill_stood_still(&run->figures)) {
        format_duration(still, sizeof still, (int64_t)run->figures.stood_still_us);
        drill_reason(incomplete, "this program stood still for %s: times and gaps are its own too",
                     still);
    }
    if (run->undo_why[0] == '\0' && !observes && run->phases[PHASE_HEALTHY].mono == 0)
        drill_reason(fail, "the cluster did not get whole again");
}

static void append_all(struct drill_reasons *into, const struct drill_reasons *from)
{
    for (int i = 0; i < from->count; i++)
        drill_reason(into, "%s", from->texts[i]);
}

enum drill_verdict drill_judge(const struct drill_run *run, const struct drill_targets *targets,
                               const struct model *model, struct drill_reasons *reasons)
{
    struct drill_reasons fail = {0}, incomplete = {0};
    int64_t allowed = targets->rpo_rows < 0 ? 0 : targets->rpo_rows;

    judge_course(run, &fail, &incomplete);
    judge_data(run, allowed, &fail, &incomplete);
    judge_reads(run, model, &fail, &incomplete);
    judge_targets(run, targets, &fail, &incomplete);
    memset(reasons, 0, sizeof *reasons);
    append_all(reasons, &fail);
    append_all(reasons, &incomplete);
    if (fail.count > 0)
        return DRILL_FAIL;
    return incomplete.count > 0 ? DRILL_INCOMPLETE : DRILL_PASS;
}
