/*
 * drill_facts: see drill_facts.h.
 */
#include "cluster/drill_facts.h"

#include "base/str.h"

enum drill_met drill_rto_met(const struct drill_run *run, const struct drill_targets *targets)
{
    if (targets->rto_us == UNKNOWN_US)
        return DRILL_NO_TARGET;
    if (run->phases[PHASE_INJECTED].mono == 0)
        return DRILL_TARGET_UNKNOWN;
    if (run->figures.rto_us > targets->rto_us && drill_stood_still(&run->figures))
        return DRILL_TARGET_UNKNOWN;
    /* Injected, and nobody was acknowledged again: that is no unknown time, it is none. */
    return run->figures.rto_us != UNKNOWN_US && run->figures.rto_us <= targets->rto_us
               ? DRILL_TARGET_MET
               : DRILL_TARGET_MISSED;
}

enum drill_met drill_rpo_met(const struct drill_run *run, const struct drill_targets *targets)
{
    const struct drill_classes *classes = &run->figures.classes;

    if (targets->rpo_rows < 0)
        return DRILL_NO_TARGET;
    if (!classes->known)
        return DRILL_TARGET_UNKNOWN;
    if (classes->acknowledged_lost > (uint64_t)targets->rpo_rows)
        return DRILL_TARGET_MISSED;
    return drill_forgotten(&run->figures) == 0 ? DRILL_TARGET_MET : DRILL_TARGET_UNKNOWN;
}

const char *drill_node_name(const struct model *model, int node)
{
    return node >= 0 && node < model->node_count ? model->nodes[node].name : "";
}

int drill_run_target(const struct drill_run *run)
{
    if (run->plan.target >= 0)
        return run->plan.target;
    return drill_at(run->plan.id)->fails_over ? run->plan.old_primary : -1;
}

void drill_run_sentence(const struct drill_run *run, int step, const struct model *model, char *out,
                        size_t size)
{
    const struct drill_step_run *of = &run->steps[step];

    if (of->is_undo || step >= run->plan.step_count) {
        str_format(out, size, "%s %s", drill_deed_word(of->deed), drill_node_name(model, of->node));
        return;
    }
    struct drill_planned planned = run->plan.steps[step];
    if (of->node >= 0)
        planned.node = of->node;
    if (planned.node >= model->node_count)
        planned.node = -1;
    drill_step_sentence(&planned, model, out, size);
}

uint64_t drill_classes_sum(const struct drill_classes *classes)
{
    return classes->acknowledged_present + classes->acknowledged_lost +
           classes->acknowledged_locally + classes->failed_absent + classes->failed_present +
           classes->unknown_present + classes->unknown_absent;
}

/* Shorter is a machine that is too busy, which stands among the events. */
bool drill_stood_still(const struct drill_figures *figures)
{
    return figures->stood_still_us >= 2 * US_PER_S;
}

uint64_t drill_forgotten(const struct drill_figures *figures)
{
    const struct drill_classes *classes = &figures->classes;

    return classes->known && classes->sent < figures->sent ? figures->sent - classes->sent : 0;
}

bool drill_loss_is_known(const struct drill_figures *figures)
{
    return figures->classes.known &&
           (figures->classes.acknowledged_lost > 0 || drill_forgotten(figures) == 0);
}

int drill_phases_in_order(const struct drill_run *run, enum drill_phase out[DRILL_PHASES])
{
    int count = 0;

    for (int i = 0; i < DRILL_PHASES; i++) {
        int at = count;
        if (run->phases[i].mono == 0)
            continue;
        for (; at > 0 && run->phases[out[at - 1]].mono > run->phases[i].mono; at--)
            out[at] = out[at - 1];
        out[at] = (enum drill_phase)i;
        count++;
    }
    return count;
}

/* ---- settings; the first is of the primary alone, and may be empty */

static const enum setting_id settings[DRILL_SETTINGS] = {
    SETTINGS, /* synchronous_standby_names */
    SETTING_SYNCHRONOUS_COMMIT,
    SETTING_WAL_SENDER_TIMEOUT,
    SETTING_WAL_RECEIVER_STATUS_INTERVAL,
    SETTING_WAL_RECEIVER_TIMEOUT,
    SETTING_WAL_RETRIEVE_RETRY_INTERVAL,
};

const char *drill_setting_name(int index)
{
    return settings[index] == SETTINGS ? "synchronous_standby_names"
                                       : setting_names[settings[index]];
}

const char *drill_setting_value(const struct node *node, int index, bool *known)
{
    const char *value;

    *known = node->sampled;
    if (!node->sampled)
        return "";
    if (settings[index] == SETTINGS) {
        *known = node->sample.sync_names_known;
        return *known ? node->sample.synchronous_standby_names : "";
    }
    value = node->sample.settings[settings[index]];
    *known = value[0] != '\0';
    return value;
}
