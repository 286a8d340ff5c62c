/*
 * model_waits: since when commits wait for standbys.
 *
 * The server says that a commit waits, and when its statement began, not since when it waits: one
 * that worked for ten minutes and waits for ten milliseconds looks like one that has waited for ten
 * minutes. What tells them apart is another look. Who waited has flushed its commit: all were
 * released when as many standbys as it takes have come past what was flushed then and have reported
 * while they were waited for, or have come past it and the one that waits for longest is another
 * one. That a standby came past it is no proof alone: one that takes over releases nobody before it
 * reports the next time. Nor is the same one: a command of many transactions waits many times.
 */
#include "cluster/model.h"
#include "cluster/model_internal.h"

/* Of beginnings that two looks tell, beside the way of their answers. */
#define SAME_STATEMENT_US (50 * US_PER_MS)
/* A longer limit is not waited for to be proven. */
#define PROOF_MAX_US (30 * US_PER_S)

/* Standbys that the primary waits for. */
static int count_chosen(const struct node *primary)
{
    int count = 0;

    for (int i = 0; i < primary->sample.standby_count; i++)
        count += primary->tracks[i].chosen && !primary->tracks[i].ahead;
    return count;
}

/* Those of them that have flushed, or have confirmed that they replayed, what was flushed at the
 * look before. */
static int count_past(const struct node *primary, bool confirmed)
{
    lsn_t lsn = primary->waited_lsn;
    int count = 0;

    for (int i = 0; i < primary->sample.standby_count; i++) {
        const struct standby_track *track = &primary->tracks[i];
        lsn_t its = confirmed ? track->replay_lsn : track->flush_lsn;
        count += track->chosen && !track->ahead && its != LSN_UNKNOWN && its >= lsn &&
                 (!confirmed || track->confirms);
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
    return knows_rule(model, index) && count_chosen(&model->nodes[index]) < model->rule.needed;
}

/* The one that waits for longest is another one than at the look before; also where the server does
 * not say since when (track_activities). Its clock was read somewhere on the way of the answer. */
static bool is_another(const struct node *node, mono_us began)
{
    int64_t way_us = node->rtt_us > node->waited_rtt_us ? node->rtt_us : node->waited_rtt_us;
    int64_t later_us = began - node->waited_began;

    return node->waited_began == 0 || began == 0 || later_us > SAME_STATEMENT_US + way_us ||
           later_us < -(SAME_STATEMENT_US + way_us);
}

/* All that waited at the look before were released; where the rule is not known, by the sessions
 * alone. */
static bool are_released(const struct model *model, int index, mono_us began)
{
    const struct node *node = &model->nodes[index];
    int needed = model->rule.needed;

    if (!knows_rule(model, index) || node->waited_lsn == LSN_UNKNOWN)
        return is_another(node, began);
    return count_past(node, true) >= needed ||
           (is_another(node, began) && count_past(node, false) >= needed);
}

/* How long a wait must be seen before it is said to be over the limit. */
int64_t model_proof_us(const struct model *model)
{
    int64_t limit_us = model->limits.blocked_commit_us;

    return limit_us > PROOF_MAX_US ? PROOF_MAX_US : limit_us;
}

static bool is_proven(const struct model *model, int index)
{
    const struct node *node = &model->nodes[index];
    int64_t seen_us = node->sampled_at.mono - node->waited_since;

    /* Looks are not on the microsecond: of one a second, two are a second apart. */
    return node->waits_proven || has_too_few(model, index) ||
           seen_us >= model_proof_us(model) / 10 * 9;
}

/* Where the server does not say it, what was seen. */
static int64_t longest_us(const struct node *node, int64_t said_us)
{
    int64_t most_us = node->sampled_at.mono - node->unwaited_at;

    if (said_us == UNKNOWN_US)
        return node->sampled_at.mono - node->waited_since;
    return node->unwaited_at != 0 && said_us > most_us ? most_us : said_us;
}

static void remember_waits(struct node *node, mono_us began)
{
    node->waited_asked = node->asked_at;
    node->waited_lsn = node->sample.flush_lsn;
    node->waited_began = began;
    node->waited_rtt_us = node->rtt_us;
}

static void nobody_waits(struct node *node)
{
    if (node->sample.waiting_commits == 0)
        node->unwaited_at = node->asked_at;
    node->waited_since = 0;
    node->waits_proven = node->waits_unproven = false;
}

void model_waits_changed(struct model *model, int index)
{
    struct node *node = &model->nodes[index];
    struct node_sample *sample = &node->sample;
    int64_t said_us = sample->longest_wait_us, limit_us = model->limits.blocked_commit_us;
    mono_us began = said_us != UNKNOWN_US ? node->sampled_at.mono - said_us : 0;
    bool over;

    if (sample->waiting_commits <= 0) {
        nobody_waits(node);
        return;
    }
    if (node->waited_since != 0 && are_released(model, index, began)) {
        node->unwaited_at = node->waited_asked;
        node->waited_since = 0;
        node->waits_proven = false;
    }
    if (node->waited_since == 0)
        node->waited_since = node->sampled_at.mono;
    remember_waits(node, began);
    sample->longest_wait_us = longest_us(node, said_us);
    over = limit_us != UNKNOWN_US && sample->longest_wait_us > limit_us;
    node->waits_proven = over && is_proven(model, index);
    node->waits_unproven = over && !node->waits_proven;
    if (node->waits_unproven)
        sample->longest_wait_us = UNKNOWN_US;
}
