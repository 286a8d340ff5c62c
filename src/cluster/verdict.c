/*
 * verdict: counts the rows of the primary's last look against its rule.
 *
 * sync_state "sync" does not mean that commits go on: with FIRST 3 two rows say sync while all
 * commits block, and a frozen standby says sync until wal_sender_timeout. So the rule is parsed
 * here and a row counts only if it also takes what it is sent.
 */
#include "cluster/verdict.h"

#include <string.h>

#include "base/str.h"

static void append_name(char *list, size_t size, const char *name)
{
    if (list[0] != '\0')
        str_append(list, size, ", ");
    str_append(list, size, name);
}

static const char *row_name(const struct model *model, const struct node *sender, int row)
{
    int node = sender->tracks[row].node;

    return node >= 0 ? model->nodes[node].name : sender->sample.standbys[row].application_name;
}

/* PostgreSQL takes a standby as synchronous that streams and has said what it flushed. */
static bool is_accepted(const struct model *model, const struct standby_row *row)
{
    int priority = row->sync_priority != UNKNOWN_COUNT
                       ? row->sync_priority
                       : sync_rule_priority(&model->rule, row->application_name);

    return priority > 0 && row->flush_lsn != LSN_UNKNOWN &&
           (row->state == STANDBY_STREAMING || row->state == STANDBY_STOPPING);
}

/* We found it dead or hanging ourselves: the primary may not know yet. */
static bool is_doubtful(const struct model *model, int node)
{
    if (node < 0)
        return false;
    switch (model->nodes[node].fault.kind) {
    case FAULT_REFUSED:
    case FAULT_NOT_RESPONDING:
    case FAULT_CONNECT_TIMEOUT:
    case FAULT_CLOSED:
        return true;
    case FAULT_NONE:
    case FAULT_UNREACHABLE:
    case FAULT_RESOLVE:
    case FAULT_STARTING:
    case FAULT_SHUTTING_DOWN:
    case FAULT_CRASH_RECOVERY:
    case FAULT_NOT_CONSISTENT:
    case FAULT_HOT_STANDBY_OFF:
    case FAULT_TOO_MANY_CONNECTIONS:
    case FAULT_AUTH:
    case FAULT_CONFIG:
    case FAULT_QUERY:
    case FAULT_KINDS:
        break;
    }
    return false;
}

/* It has other WAL than the primary: what it confirms is not what was written. */
static bool is_diverged(const struct model *model, const struct node *primary, int row)
{
    int node = primary->tracks[row].node;

    return primary->tracks[row].ahead || (node >= 0 && model->nodes[node].diverged);
}

static void count_rows(const struct model *model, const struct node *primary, mono_us now,
                       struct sync_verdict *v)
{
    int capable = 0;

    v->confirmed = 0;
    for (int i = 0; i < primary->sample.standby_count; i++) {
        const struct standby_row *row = &primary->sample.standbys[i];
        const char *name = row_name(model, primary, i);
        bool works = !standby_is_stale(model, primary, i, now) && !is_diverged(model, primary, i);
        bool chosen = standby_is_chosen(row);

        if (works && is_accepted(model, row) && !is_doubtful(model, primary->tracks[i].node))
            capable++;
        if (chosen && works) {
            v->confirmed++;
            append_name(v->confirmed_names, sizeof v->confirmed_names, name);
        } else if (chosen) {
            append_name(v->waiting_for, sizeof v->waiting_for, name);
        }
    }
    v->short_of = v->needed > v->confirmed ? v->needed - v->confirmed : 0;
    v->can_lose = v->short_of == 0 && capable > v->needed ? capable - v->needed : 0;
}

static bool is_connected(const struct node *primary, const char *name)
{
    for (int i = 0; i < primary->sample.standby_count; i++)
        if (str_equal_nocase(primary->sample.standbys[i].application_name, name) &&
            primary->sample.standbys[i].state == STANDBY_STREAMING)
            return true;
    return false;
}

static void name_absent(const struct model *model, const struct node *primary,
                        struct sync_verdict *v)
{
    for (int i = 0; i < model->rule.name_count; i++) {
        const char *name = model->rule.names[i];
        if (strcmp(name, "*") == 0)
            append_name(v->waiting_for, sizeof v->waiting_for, "any standby");
        else if (!is_connected(primary, name))
            append_name(v->waiting_for, sizeof v->waiting_for, name);
    }
}

static void count_waiting(const struct model *model, const struct node *primary, mono_us now,
                          struct sync_verdict *v)
{
    v->waiting_commits = primary->sample.waiting_commits;
    v->longest_wait_us = v->waiting_commits > 0 ? primary->sample.longest_wait_us : UNKNOWN_US;
    v->blocked = model->blocked_since != 0 && v->waiting_commits > 0;
    if (v->blocked && v->longest_wait_us != UNKNOWN_US)
        v->longest_wait_us += now - primary->sampled_at.mono;
}

void sync_verdict_derive(const struct model *model, mono_us now, struct sync_verdict *verdict)
{
    *verdict = (struct sync_verdict){.confirmed = UNKNOWN_COUNT,
                                     .can_lose = UNKNOWN_COUNT,
                                     .waiting_commits = UNKNOWN_COUNT,
                                     .longest_wait_us = UNKNOWN_US};
    if (model->primary < 0)
        return;
    const struct node *primary = &model->nodes[model->primary];
    if (!node_is_fresh(model, primary, now))
        return;
    count_waiting(model, primary, now, verdict);
    if (!model->rule_known)
        return;
    verdict->known = true;
    verdict->method = model->rule.method;
    verdict->needed = model->rule.needed;
    if (verdict->method == SYNC_OFF || !primary->sample.all_stats_visible)
        return;
    count_rows(model, primary, now, verdict);
    if (verdict->short_of > 0 && verdict->waiting_for[0] == '\0')
        name_absent(model, primary, verdict);
}

void sync_unknown_why(const struct model *model, mono_us now, char *out, size_t size)
{
    const struct node *primary = model->primary >= 0 ? &model->nodes[model->primary] : NULL;

    if (model->primary_count > 1)
        str_format(out, size, "%d nodes say that they are the primary", model->primary_count);
    else if (primary == NULL)
        str_copy(out, size, "no primary");
    else if (!node_is_fresh(model, primary, now))
        str_copy(out, size, "the primary does not answer");
    else if (primary->sample.sync_names_cut)
        str_copy(out, size, "the rule is too long to be read");
    else
        str_copy(out, size, "the rule cannot be read");
}

static bool waits_too_long(const struct model *model, const struct node_sample *sample)
{
    return sample->waiting_commits > 0 && model->limits.blocked_commit_us != UNKNOWN_US &&
           sample->longest_wait_us > model->limits.blocked_commit_us;
}

/* Rows that release commits there; with two primaries nobody is diverged but who is ahead. */
static int count_confirming(const struct model *model, const struct node *primary, mono_us now)
{
    int count = 0;

    for (int i = 0; i < primary->sample.standby_count; i++)
        if (standby_is_chosen(&primary->sample.standbys[i]) && !primary->tracks[i].ahead &&
            !standby_is_stale(model, primary, i, now))
            count++;
    return count;
}

enum commits_end commits_end_on(const struct model *model, const struct node *primary, mono_us now)
{
    const struct node_sample *sample = &primary->sample;
    struct sync_rule rule;

    if (waits_too_long(model, sample))
        return COMMITS_WAIT;
    if (!sample->sync_names_known || sample->sync_names_cut || !sample->all_stats_visible ||
        !sync_rule_parse(sample->synchronous_standby_names, &rule, NULL))
        return COMMITS_UNKNOWN;
    return count_confirming(model, primary, now) < rule.needed ? COMMITS_WAIT : COMMITS_SUCCEED;
}
