/*
 * drill_plan: the steps of a drill on this cluster, and what speaks against it.
 */
#include <string.h>

#include "base/str.h"
#include "cluster/drill.h"
#include "cluster/health.h"
#include "cluster/survivors.h"
#include "cluster/whole.h"

const char *drill_not_offered(enum drill_id id, const struct model *model, bool has_stack)
{
    const struct drill *drill = drill_at(id);

    if (id == DRILL_OBSERVE)
        return NULL;
    if (!model->lab)
        return "this cluster is not declared a lab: it is only watched";
    if (!has_stack)
        return "the description has no stack: nobody can stop and start these servers";
    if (drill->needs_compose && strcmp(model->stack, "compose") != 0)
        return drill->not_local;
    return NULL;
}

/* ---- who is meant */

static bool is_listed_standby(const struct node *sender, int row)
{
    return sender->tracks[row].node >= 0;
}

static int better_priority(int a, int b)
{
    return a == UNKNOWN_COUNT ? b : b == UNKNOWN_COUNT || a < b ? a : b;
}

/* The listed standby that commits wait for: the first of the rule that is connected, or of the
 * quorum. */
static int find_sync_standby(const struct model *model)
{
    const struct node *primary = &model->nodes[model->primary];
    int found = -1, best = UNKNOWN_COUNT;

    for (int i = 0; i < primary->sample.standby_count; i++) {
        const struct standby_row *row = &primary->sample.standbys[i];
        if (!standby_is_chosen(row) || !is_listed_standby(primary, i))
            continue;
        if (found < 0 || (row->sync_priority != best &&
                          better_priority(row->sync_priority, best) == row->sync_priority)) {
            found = primary->tracks[i].node;
            best = row->sync_priority;
        }
    }
    return found;
}

static int find_target(const struct drill *drill, const struct model *model)
{
    for (int i = 0; i < DRILL_TABLE_STEPS; i++) {
        if (!drill->steps[i].injects)
            continue;
        if (drill->steps[i].target == TARGET_PRIMARY)
            return model->primary;
        if (drill->steps[i].target == TARGET_SYNC_STANDBY)
            return find_sync_standby(model);
    }
    return -1;
}

/* ---- the steps */

static int64_t deadline_of(const struct drill_step *step, const struct drill_timing_options *timing,
                           bool after_healthy)
{
    if (step->deed == DEED_BASELINE)
        return timing->baseline_us;
    if (step->deed == DEED_HOLD)
        return after_healthy ? timing->settle_us : timing->hold_us;
    return step->deadline_s * US_PER_S;
}

static void add(struct drill_plan *plan, const struct drill_step *step, int node, int64_t deadline)
{
    if (plan->step_count == DRILL_STEPS_MAX)
        return;
    plan->steps[plan->step_count++] =
        (struct drill_planned){.deed = step->deed,
                               .node = node,
                               .target = step->target,
                               .until = step->until,
                               .deadline_us = deadline,
                               .injects = step->injects,
                               .by_hand = step->by_hand && plan->manual};
}

/* Every standby of the description. */
static void add_each(struct drill_plan *plan, const struct drill_step *step,
                     const struct model *model, int64_t deadline)
{
    struct drill_step later = *step;

    for (int i = 0; i < model->node_count; i++) {
        if (i == plan->old_primary || model->nodes[i].same_as >= 0 ||
            model->nodes[i].role != ROLE_STANDBY)
            continue;
        add(plan, &later, i, deadline);
        later.injects = false; /* the clock starts once */
    }
}

static void add_steps(struct drill_plan *plan, const struct drill *drill, const struct model *model,
                      const struct drill_timing_options *timing)
{
    bool after_healthy = false;

    for (int i = 0; i < DRILL_TABLE_STEPS && drill->steps[i].deed != DEED_NONE; i++) {
        const struct drill_step *step = &drill->steps[i];
        int64_t deadline = deadline_of(step, timing, after_healthy);
        int sync = model->primary >= 0 ? find_sync_standby(model) : -1;
        switch (step->target) {
        case TARGET_NONE:
        case TARGET_CANDIDATE:
            add(plan, step, -1, deadline);
            break;
        case TARGET_PRIMARY:
            add(plan, step, plan->old_primary, deadline);
            break;
        case TARGET_SYNC_STANDBY:
            add(plan, step, plan->target, deadline);
            break;
        case TARGET_FIRST_STANDBY:
            add(plan, step, sync, deadline);
            break;
        case TARGET_EACH_STANDBY:
            add_each(plan, step, model, deadline);
            break;
        }
        after_healthy = after_healthy || step->until == UNTIL_HEALTHY;
    }
}

/* ---- what speaks against it */

static void reason_without_primary(const struct model *model, struct drill_reasons *reasons)
{
    if (model->primary_count > 1)
        drill_reason(reasons, "%d nodes say that they are the primary: fence the wrong one first",
                     model->primary_count);
    else
        drill_reason(reasons, "no node that can be seen is the primary");
}

static int count_standbys(const struct model *model)
{
    int count = 0;

    for (int i = 0; i < model->node_count; i++)
        count += model->nodes[i].role == ROLE_STANDBY && model->nodes[i].same_as < 0 &&
                 model->nodes[i].fault.kind == FAULT_NONE;
    return count;
}

static void reason_about_rule(const struct drill *drill, const struct drill_plan *plan,
                              const struct sync_verdict *verdict, struct drill_reasons *reasons)
{
    bool takes_one = !drill->fails_over && plan->target >= 0 && plan->id != DRILL_REPLAY_PAUSE;

    if (verdict->known && verdict->method == SYNC_OFF && !drill->fails_over) {
        drill_reason(reasons, "synchronous_standby_names is empty: commits wait for no standby");
        return;
    }
    if (takes_one && verdict->can_lose == 0)
        drill_reason(reasons,
                     "commits would stop: no standby more can be lost; "
                     "all-standbys-down is the drill for that");
}

/* Who is paused is not promoted, and what somebody paused is not the drill's to resume. */
static void reason_about_replay(const struct model *model, struct drill_reasons *reasons)
{
    for (int i = 0; i < model->node_count; i++) {
        const struct node *node = &model->nodes[i];
        if (node->role == ROLE_STANDBY && node->same_as < 0 && node->fault.kind == FAULT_NONE &&
            (node->sample.replay_pause == REPLAY_PAUSED ||
             node->sample.replay_pause == REPLAY_PAUSE_REQUESTED))
            drill_reason(reasons, "the replay of %s is paused: pg_wal_replay_resume() first",
                         node->name);
    }
}

/* A plan that is cut would not take back what it did. */
static void reason_about_length(const struct drill_plan *plan, struct drill_reasons *reasons)
{
    if (plan->steps[plan->step_count - 1].deed != DEED_READ_BACK)
        drill_reason(reasons, "too many standbys: a drill has at most %d steps", DRILL_STEPS_MAX);
}

static void reason_about_candidate(const struct model *model, mono_us now,
                                   struct drill_reasons *reasons)
{
    struct survivors survivors;

    survivors_derive(model, NULL, now, &survivors);
    if (survivors.best < 0)
        drill_reason(reasons, "no standby could be promoted");
}

void drill_plan_make(enum drill_id id, bool manual, const struct model *model, mono_us now,
                     const struct drill_timing_options *timing, struct drill_plan *plan,
                     struct drill_reasons *reasons)
{
    const struct drill *drill = drill_at(id);
    struct sync_verdict verdict;
    struct health health;
    char missing[DRILL_TEXT_SIZE];

    memset(plan, 0, sizeof *plan);
    memset(reasons, 0, sizeof *reasons);
    plan->id = id;
    plan->manual = manual && drill->fails_over;
    plan->old_primary = model->primary;
    plan->target = model->primary >= 0 ? find_target(drill, model) : -1;
    add_steps(plan, drill, model, timing);
    sync_verdict_derive(model, now, &verdict);
    health_derive(model, &verdict, now, &health);
    if (model->primary < 0) {
        reason_without_primary(model, reasons);
        return;
    }
    if (id == DRILL_OBSERVE)
        return;
    if (!cluster_is_whole(model, &verdict, &health, HEALTH_WARNING, now, missing, sizeof missing))
        drill_reason(reasons, "the cluster is not whole: %s", missing);
    if (count_standbys(model) < drill->standbys)
        drill_reason(reasons, "it needs %d standbys, and there are %d", drill->standbys,
                     count_standbys(model));
    if (plan->target < 0 && id != DRILL_ALL_STANDBYS_DOWN)
        drill_reason(reasons, "no standby of the description is synchronous");
    reason_about_rule(drill, plan, &verdict, reasons);
    reason_about_replay(model, reasons);
    reason_about_length(plan, reasons);
    if (drill->fails_over)
        reason_about_candidate(model, now, reasons);
}

static bool step_equal(const struct drill_planned *one, const struct drill_planned *other)
{
    return one->deed == other->deed && one->node == other->node && one->target == other->target &&
           one->until == other->until && one->deadline_us == other->deadline_us &&
           one->injects == other->injects && one->by_hand == other->by_hand;
}

bool drill_plan_equal(const struct drill_plan *one, const struct drill_plan *other)
{
    if (one->id != other->id || one->manual != other->manual ||
        one->old_primary != other->old_primary || one->target != other->target ||
        one->step_count != other->step_count)
        return false;
    for (int i = 0; i < one->step_count; i++)
        if (!step_equal(&one->steps[i], &other->steps[i]))
            return false;
    return true;
}

/* ---- words */

static const char *until_words(enum drill_condition until)
{
    static const char *const words[DRILL_CONDITIONS] = {
        [UNTIL_DONE] = "",
        [UNTIL_TIME] = "",
        [UNTIL_NOTICED] = "it is noticed",
        [UNTIL_COMMITS_FLOW] = "commits flow",
        [UNTIL_COMMITS_BLOCKED] = "commits are blocked",
        [UNTIL_NEW_PRIMARY] = "it is out of recovery",
        [UNTIL_WRITES_ARRIVE] = "the new primary acknowledges writes",
        [UNTIL_OTHERS_STREAM] = "the others stream from the new primary",
        [UNTIL_HEALTHY] = "the cluster is whole again",
    };
    return words[until];
}

void drill_step_sentence(const struct drill_planned *step, const struct model *model, char *out,
                         size_t size)
{
    const char *until = until_words(step->until);
    char time[16];

    str_copy(out, size, step->deed == DEED_AWAIT ? "" : drill_deed_word(step->deed));
    if (step->node >= 0)
        str_appendf(out, size, " %s", model->nodes[step->node].name);
    else if (step->target == TARGET_CANDIDATE)
        str_append(out, size, " the best standby");
    if (step->by_hand)
        str_append(out, size, " (by hand)");
    if (step->deed == DEED_OBSERVE) {
        str_append(out, size, " until it is ended");
    } else if (step->until == UNTIL_TIME) {
        format_duration(time, sizeof time, step->deadline_us);
        str_appendf(out, size, " for %s", time);
    } else if (until[0] != '\0') {
        str_appendf(out, size, "%s until %s", step->deed == DEED_AWAIT ? "wait" : ", then wait",
                    until);
    }
}
