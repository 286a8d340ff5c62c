/*
 * model_waits: since when commits wait for standbys.
 *
 * The server says that a commit waits, and when its statement began, not since when it waits: one
 * that worked for ten minutes and waits for ten milliseconds looks like one that has waited for ten
 * minutes. What tells them apart is another look: who waited has flushed its commit, so it is
 * released when as many standbys as it takes have come past what was flushed then.
 */
#include "cluster/model.h"
#include "cluster/model_internal.h"

#define SAME_STATEMENT_US (50 * US_PER_MS) /* of a beginning told by two looks */

/* Standbys that the primary waits for which have come to the LSN, with what they replayed or at
 * least with what they flushed; LSN_UNKNOWN: all of them. */
static int count_past(const struct node *primary, lsn_t lsn, bool replayed)
{
    int count = 0;

    for (int i = 0; i < primary->sample.standby_count; i++) {
        const struct standby_row *row = &primary->sample.standbys[i];
        lsn_t its = replayed ? row->replay_lsn : row->flush_lsn;
        if (standby_is_chosen(row) && !primary->tracks[i].ahead &&
            (lsn == LSN_UNKNOWN || (its != LSN_UNKNOWN && its >= lsn)))
            count++;
    }
    return count;
}

static bool knows_rule(const struct model *model, int index)
{
    return model->rule_known && index == model->last_primary;
}

/* Nobody is there who could release them. */
static bool has_too_few(const struct model *model, int index)
{
    return knows_rule(model, index) &&
           count_past(&model->nodes[index], LSN_UNKNOWN, false) < model->rule.needed;
}

/*
 * All that waited at the look before were released. Where a standby flushes and does not replay,
 * only those at remote_apply were not: then the one that waits for longest is still the same. That
 * is also all there is to go by where the rule is not known.
 */
static bool are_released(const struct model *model, int index, mono_us began)
{
    const struct node *node = &model->nodes[index];
    int needed = model->rule.needed;
    bool other = began > node->waited_began + SAME_STATEMENT_US ||
                 began < node->waited_began - SAME_STATEMENT_US;

    if (!knows_rule(model, index) || node->waited_lsn == LSN_UNKNOWN)
        return other;
    return count_past(node, node->waited_lsn, true) >= needed ||
           (other && count_past(node, node->waited_lsn, false) >= needed);
}

static bool is_proven(const struct model *model, int index)
{
    const struct node *node = &model->nodes[index];
    int64_t seen_us = node->sampled_at.mono - node->waited_since;

    /* Looks are not on the microsecond: of one a second, two are a second apart. */
    return has_too_few(model, index) || seen_us >= model->limits.blocked_commit_us / 10 * 9;
}

static void nobody_waits(struct node *node)
{
    if (node->sample.waiting_commits == 0)
        node->unwaited_at = node->asked_at;
    node->waited_since = 0;
    node->waits_unproven = false;
}

void model_waits_changed(struct model *model, int index)
{
    struct node *node = &model->nodes[index];
    struct node_sample *sample = &node->sample;
    mono_us began = node->sampled_at.mono - sample->longest_wait_us;
    int64_t most_us, limit_us = model->limits.blocked_commit_us;

    if (sample->waiting_commits <= 0) {
        nobody_waits(node);
        return;
    }
    if (node->waited_since != 0 && are_released(model, index, began)) {
        node->unwaited_at = node->waited_asked;
        node->waited_since = 0;
    }
    if (node->waited_since == 0)
        node->waited_since = node->sampled_at.mono;
    node->waited_asked = node->asked_at;
    node->waited_lsn = sample->flush_lsn;
    node->waited_began = began;
    most_us = node->sampled_at.mono - node->unwaited_at;
    if (node->unwaited_at != 0 && sample->longest_wait_us > most_us)
        sample->longest_wait_us = most_us;
    node->waits_unproven =
        limit_us != UNKNOWN_US && sample->longest_wait_us > limit_us && !is_proven(model, index);
    if (node->waits_unproven)
        sample->longest_wait_us = UNKNOWN_US;
}
