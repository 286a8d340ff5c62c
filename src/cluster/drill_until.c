/*
 * drill_until: see drill_until.h.
 */
#include "cluster/drill_until.h"

#include "base/str.h"
#include "cluster/whole.h"

/* ---- what is noticed of a node that something was done to */

static bool row_of(const struct model *model, int node, const struct node **sender, int *row)
{
    if (model->last_primary < 0)
        return false;
    *sender = &model->nodes[model->last_primary];
    for (*row = 0; *row < (*sender)->sample.standby_count; (*row)++)
        if ((*sender)->tracks[*row].node == node)
            return true;
    return false;
}

static bool hangs_as_standby(const struct drill_sight *sight, int node)
{
    const struct node *sender;
    int row;

    if (sight->model->primary < 0 || node == sight->run->plan.old_primary)
        return false;
    return !row_of(sight->model, node, &sender, &row) ||
           standby_is_stale(sight->model, sender, row, sight->now.mono);
}

static bool is_noticed(const struct drill_sight *sight, enum drill_deed deed, int node)
{
    const struct node *seen = &sight->model->nodes[node];

    switch (deed) {
    case DEED_KILL:
    case DEED_STOP:
    case DEED_FENCE:
        return seen->fault.kind != FAULT_NONE;
    case DEED_PAUSE:
    case DEED_CUT:
        return seen->fault.kind != FAULT_NONE || hangs_as_standby(sight, node);
    case DEED_PAUSE_REPLAY:
        return seen->fault.kind == FAULT_NONE && seen->sample.replay_pause == REPLAY_PAUSED;
    case DEED_NONE:
    case DEED_START_LOAD:
    case DEED_BASELINE:
    case DEED_UP:
    case DEED_RESUME:
    case DEED_JOIN:
    case DEED_RESUME_REPLAY:
    case DEED_PROMOTE:
    case DEED_HOLD:
    case DEED_OBSERVE:
    case DEED_AWAIT:
    case DEED_READ_WAL_END:
    case DEED_STOP_LOAD:
    case DEED_READ_BACK:
    case DEEDS:
        break;
    }
    return true;
}

/* ---- standbys of the new primary */

static const struct standby_row *streaming_row(const struct drill_sight *sight, int node)
{
    const struct node *primary;

    if (sight->run->new_primary < 0)
        return NULL;
    primary = &sight->model->nodes[sight->run->new_primary];
    if (primary->role != ROLE_PRIMARY || primary->fault.kind != FAULT_NONE)
        return NULL;
    int row = standby_streaming_row(primary, node);

    return row >= 0 ? &primary->sample.standbys[row] : NULL;
}

bool drill_has_joined(const struct drill_sight *sight, int node)
{
    const struct standby_row *row = streaming_row(sight, node);
    const struct node *seen = &sight->model->nodes[node];

    return row != NULL && seen->fault.kind == FAULT_NONE && seen->role == ROLE_STANDBY &&
           seen->sample.timeline == sight->model->nodes[sight->run->new_primary].sample.timeline &&
           sight->pulse->new_lsn != LSN_UNKNOWN && row->replay_lsn > sight->pulse->new_lsn;
}

static bool others_stream(const struct drill_sight *sight)
{
    const struct model *model = sight->model;
    int streaming = 0;

    for (int i = 0; i < model->node_count; i++) {
        if (i == sight->run->new_primary || i == sight->run->plan.old_primary ||
            model->nodes[i].same_as >= 0)
            continue;
        if (streaming_row(sight, i) != NULL)
            streaming++;
        else if (model->nodes[i].fault.kind == FAULT_NONE)
            return false;
    }
    return streaming > 0 || model->node_count == 2;
}

/* ---- conditions */

static bool is_whole(const struct drill_sight *sight, char *missing, size_t size)
{
    int old = sight->run->plan.old_primary;

    if (!cluster_is_whole(sight->model, sight->verdict, sight->health, sight->allowed,
                          sight->now.mono, missing, size))
        return false;
    if (sight->run->new_primary < 0 || old < 0 || drill_has_joined(sight, old))
        return true;
    str_format(missing, size, "%s has not joined yet", sight->model->nodes[old].name);
    return false;
}

static bool is_blocked(const struct drill_sight *sight)
{
    return sight->verdict->blocked || (sight->model->limits.blocked_commit_us != UNKNOWN_US &&
                                       sight->waiting_us > sight->model->limits.blocked_commit_us);
}

static bool is_new_primary(const struct drill_sight *sight)
{
    int node = sight->run->new_primary;

    return node >= 0 && sight->model->nodes[node].fault.kind == FAULT_NONE &&
           sight->model->nodes[node].role == ROLE_PRIMARY;
}

bool drill_until_holds(const struct drill_sight *sight, const struct drill_planned *step,
                       mono_us began)
{
    char ignored[DRILL_TEXT_SIZE];

    switch (step->until) {
    case UNTIL_DONE:
        return true;
    case UNTIL_TIME:
        return sight->now.mono >= began + step->deadline_us;
    case UNTIL_NOTICED:
        return is_noticed(sight, step->deed, step->node);
    case UNTIL_COMMITS_FLOW:
    case UNTIL_WRITES_ARRIVE:
        return drill_pulse_flows(sight->pulse, began);
    case UNTIL_COMMITS_BLOCKED:
        return is_blocked(sight);
    case UNTIL_NEW_PRIMARY:
        return is_new_primary(sight);
    case UNTIL_OTHERS_STREAM:
        return others_stream(sight);
    case UNTIL_HEALTHY:
        return is_whole(sight, ignored, sizeof ignored);
    case DRILL_CONDITIONS:
        break;
    }
    return false;
}

void drill_until_missing(const struct drill_sight *sight, const struct drill_planned *step,
                         char *out, size_t size)
{
    static const char *const words[DRILL_CONDITIONS] = {
        [UNTIL_DONE] = "it is not done",
        [UNTIL_TIME] = "",
        [UNTIL_NOTICED] = "nothing of it is seen",
        [UNTIL_COMMITS_FLOW] = "not every client was acknowledged again",
        [UNTIL_COMMITS_BLOCKED] = "commits do not wait",
        [UNTIL_NEW_PRIMARY] = "it is not out of recovery",
        [UNTIL_WRITES_ARRIVE] = "the new primary does not acknowledge every client's writes",
        [UNTIL_OTHERS_STREAM] = "a node that answers does not stream from the new primary",
        [UNTIL_HEALTHY] = "",
    };

    str_copy(out, size, words[step->until]);
    if (step->until == UNTIL_HEALTHY && is_whole(sight, out, size))
        out[0] = '\0';
}

/* ---- phases */

static struct instant at(const struct drill_sight *sight, mono_us mono)
{
    return (struct instant){.mono = mono, .wall = sight->now.wall - (sight->now.mono - mono)};
}

static bool reached_now(const struct drill_sight *sight, bool holds, struct instant *when)
{
    *when = sight->now;
    return holds;
}

static bool is_injection_noticed(const struct drill_sight *sight)
{
    const struct drill_plan *plan = &sight->run->plan;

    if (plan->id == DRILL_OBSERVE)
        return sight->model->primary < 0;
    for (int i = 0; i < plan->step_count; i++)
        if (plan->steps[i].injects)
            return is_noticed(sight, plan->steps[i].deed, plan->steps[i].node);
    return false;
}

/* The rule is broken first, and then it is not any more. */
static bool is_rule_satisfied(const struct drill_sight *sight)
{
    bool failed_over = sight->run->new_primary >= 0 || sight->pulse->fails_over;

    if (!sight->verdict->known || sight->verdict->short_of > 0)
        return false;
    if (sight->run->plan.id == DRILL_ALL_STANDBYS_DOWN && sight->pulse->mended_at == 0)
        return false; /* the last of them is not seen to be gone yet */
    return !failed_over || is_new_primary(sight);
}

static bool reached(const struct drill_sight *sight, enum drill_phase phase, struct instant *when)
{
    const struct drill_run *run = sight->run;
    char ignored[DRILL_TEXT_SIZE];
    mono_us mono;

    switch (phase) {
    case PHASE_FIRST_LATE_COMMIT:
        mono = sight->pulse->first_late;
        break;
    case PHASE_LAST_ACK_BEFORE: /* only certain when the first one after came */
        mono =
            drill_pulse_first_after(sight->pulse) != 0 ? drill_pulse_last_before(sight->pulse) : 0;
        break;
    case PHASE_FIRST_ACK_AFTER:
        mono = drill_pulse_first_after(sight->pulse);
        break;
    case PHASE_NOTICED:
        return reached_now(sight, is_injection_noticed(sight), when);
    case PHASE_OUT_OF_RECOVERY:
        return reached_now(sight, is_new_primary(sight), when);
    case PHASE_OTHERS_STREAMING:
        return reached_now(sight, run->new_primary >= 0 && others_stream(sight), when);
    case PHASE_RULE_SATISFIED:
        return reached_now(sight, run->phases[PHASE_NOTICED].mono != 0 && is_rule_satisfied(sight),
                           when);
    case PHASE_OLD_PRIMARY_BACK:
        return reached_now(sight,
                           run->new_primary >= 0 && run->plan.old_primary >= 0 &&
                               drill_has_joined(sight, run->plan.old_primary),
                           when);
    case PHASE_HEALTHY: /* elsewhere a step waits for it */
        return reached_now(sight,
                           run->plan.id == DRILL_OBSERVE &&
                               run->phases[PHASE_FIRST_ACK_AFTER].mono != 0 &&
                               is_whole(sight, ignored, sizeof ignored),
                           when);
    case PHASE_INJECTED: /* these are marked when they are done */
    case PHASE_PROMOTION_ASKED:
    case DRILL_PHASES:
    default:
        return false;
    }
    *when = at(sight, mono);
    return mono != 0;
}

/* These can change as long as the gap may still grow. */
static bool may_move(enum drill_phase phase)
{
    return phase == PHASE_FIRST_LATE_COMMIT || phase == PHASE_LAST_ACK_BEFORE ||
           phase == PHASE_FIRST_ACK_AFTER;
}

bool drill_phase_reached(const struct drill_sight *sight, enum drill_phase phase,
                         struct instant *when)
{
    mono_us before = sight->run->phases[phase].mono;

    if (sight->run->phases[PHASE_INJECTED].mono == 0 || (before != 0 && !may_move(phase)))
        return false;
    return reached(sight, phase, when) && when->mono != before;
}
