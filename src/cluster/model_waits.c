/*
 * model_waits: since when commits wait for standbys.
 *
 * The server says that a commit waits, and when its statement began, not since when it waits: one
 * that worked for ten minutes and waits for ten milliseconds looks like one that has waited for ten
 * minutes. What tells them apart is another look. Who waited has flushed its commit: when as many
 * standbys as it takes have come past what was flushed then, and the one that waits for longest is
 * another one, all were released. That standbys came past it alone is no proof: one that takes over
 * releases nobody before it reports the next time.
 */
#include "cluster/model.h"
#include "cluster/model_internal.h"

#define SAME_STATEMENT_US                                                                          \
    (50 * US_PER_MS)                 /* of beginnings that two looks tell, beside their way        \
                                      */
#define PROOF_MAX_US (30 * US_PER_S) /* a longer wait is not waited for to be proven */

/* Standbys that the primary waits for which have flushed up to the LSN; LSN_UNKNOWN: all of them.
 */
static int count_past(const struct node *primary, lsn_t lsn)
{
    int count = 0;

    for (int i = 0; i < primary->sample.standby_count; i++) {
        const struct standby_row *row = &primary->sample.standbys[i];
        if (standby_is_chosen(row) && !primary->tracks[i].ahead &&
            (lsn == LSN_UNKNOWN || (row->flush_lsn != LSN_UNKNOWN && row->flush_lsn >= lsn)))
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
           count_past(&model->nodes[index], LSN_UNKNOWN) < model->rule.needed;
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

    if (!is_another(node, began))
        return false;
    return !knows_rule(model, index) || node->waited_lsn == LSN_UNKNOWN ||
           count_past(node, node->waited_lsn) >= model->rule.needed;
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
    return has_too_few(model, index) || seen_us >= model_proof_us(model) / 10 * 9;
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
    node->waits_unproven = false;
}

void model_waits_changed(struct model *model, int index)
{
    struct node *node = &model->nodes[index];
    struct node_sample *sample = &node->sample;
    int64_t said_us = sample->longest_wait_us, limit_us = model->limits.blocked_commit_us;
    mono_us began = said_us != UNKNOWN_US ? node->sampled_at.mono - said_us : 0;

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
    remember_waits(node, began);
    sample->longest_wait_us = longest_us(node, said_us);
    node->waits_unproven =
        limit_us != UNKNOWN_US && sample->longest_wait_us > limit_us && !is_proven(model, index);
    if (node->waits_unproven)
        sample->longest_wait_us = UNKNOWN_US;
}
