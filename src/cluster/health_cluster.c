/*
 * health_cluster: the rules about the cluster as a whole.
 */
#include <string.h>

#include "base/str.h"
#include "cluster/fault_phrase.h"
#include "cluster/health_internal.h"
#include "cluster/survivors.h"

/* Before each node was asked once nobody can say that none of them is primary. */
void rule_no_primary(struct health_look *look)
{
    const struct model *model = look->model;
    struct survivors survivors;
    char gone[16];
    struct finding *finding;

    if (model->primary_count > 0 || !health_all_asked(model) || !health_any_sampled(model))
        return;
    const struct node *last = model->last_primary >= 0 ? &model->nodes[model->last_primary] : NULL;
    format_duration(gone, sizeof gone, look->now - model->no_primary_since.mono);
    survivors_derive(model, NULL, look->now, &survivors);
    if (last != NULL && survivors.receives_from_lost)
        finding =
            health_add(look, last->name, "",
                       "PRIMARY NOT SEEN for %s: from here %s %s, but %s still receives from it",
                       gone, last->name, node_fault_phrase(last->fault.kind, FAULT_IS),
                       model->nodes[survivors.receives].name);
    else if (survivors.advice == SURVIVORS_STILL_RECEIVES)
        finding = health_add(look, "", "",
                             "PRIMARY NOT SEEN for %s: no node that answers is it, but %s receives "
                             "WAL from a server that is not seen",
                             gone, model->nodes[survivors.receives].name);
    else if (last != NULL && last->fault.kind != FAULT_NONE)
        finding = health_add(look, last->name, "", "NO PRIMARY for %s: %s %s%s%s", gone, last->name,
                             node_fault_phrase(last->fault.kind, FAULT_IS),
                             last->fault.text[0] != '\0' ? ": " : "", last->fault.text);
    else
        finding = health_add(look, "", "",
                             "NO PRIMARY for %s: every node that answers is a standby", gone);
    if (finding != NULL)
        survivors_advice_sentence(model, &survivors, finding->hint, sizeof finding->hint);
}

void rule_two_primaries(struct health_look *look)
{
    const struct model *model = look->model;
    char names[160] = "";

    if (model->primary_count < 2)
        return;
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].role == ROLE_PRIMARY && model->nodes[i].same_as < 0 &&
            node_is_fresh(model, &model->nodes[i], look->now))
            str_appendf(names, sizeof names, "%s%s (timeline %d)", names[0] != '\0' ? ", " : "",
                        model->nodes[i].name, model->nodes[i].last_timeline);
    health_add(look, "",
               "fence all but one now: stop it, or keep every client off it; compare what each has "
               "before one is rewound: its writes will be gone",
               "SPLIT BRAIN: %d nodes accept writes: %s", model->primary_count, names);
}

static bool any_walsender_hangs(const struct health_look *look)
{
    const struct node *primary = health_primary(look);

    for (int i = 0; primary != NULL && i < primary->sample.standby_count; i++)
        if (health_walsender_hangs(look, primary, i))
            return true;
    return false;
}

void rule_commits_blocked(struct health_look *look)
{
    const struct sync_verdict *v = look->verdict;
    char wait[16];

    if (!v->blocked)
        return;
    format_duration(wait, sizeof wait, v->longest_wait_us);
    health_add(look, "",
               any_walsender_hangs(look)
                   ? "the walsender that hangs must go on; do not cancel the sessions: a cancelled "
                     "wait commits locally"
                   : "bring a standby back that the rule names, or change "
                     "synchronous_standby_names and reload; do not cancel the sessions: a "
                     "cancelled wait commits locally",
               "COMMITS BLOCKED: %d waiting, the longest for %s%s%s", v->waiting_commits, wait,
               v->waiting_for[0] != '\0' ? "; they wait for " : "", v->waiting_for);
}

void rule_too_few_sync(struct health_look *look)
{
    const struct sync_verdict *v = look->verdict;

    if (!v->known || v->short_of == 0)
        return;
    health_add(look, "",
               "every commit that writes waits until a standby is back or the rule asks less",
               "too few synchronous standbys: %d needed, %d confirm%s%s%s", v->needed, v->confirmed,
               v->waiting_for[0] != '\0' ? " (missing: " : "", v->waiting_for,
               v->waiting_for[0] != '\0' ? ")" : "");
}

/* Nothing that hangs on the rule is said without it: silence would look like health. */
void rule_sync_unreadable(struct health_look *look)
{
    const struct node *primary = health_primary(look);
    char why[64];

    if (primary == NULL || look->verdict->known || !node_is_fresh(look->model, primary, look->now))
        return;
    sync_unknown_why(look->model, look->now, why, sizeof why);
    health_add(look, primary->name,
               primary->sample.sync_names_cut
                   ? "name fewer standbys, or by shorter names: 1023 bytes of it are read"
                   : "",
               "synchronous_standby_names of %s: %s; how many standbys a commit needs is unknown",
               primary->name, why);
}

void rule_sync_off(struct health_look *look)
{
    const struct node *primary = health_primary(look);

    if (primary == NULL || !look->verdict->known || look->verdict->method != SYNC_OFF)
        return;
    health_add(look, primary->name, "set it on every node, so that it also holds after a promotion",
               "synchronous_standby_names is empty on %s: commits wait for no standby",
               primary->name);
}

void rule_commits_not_synchronous(struct health_look *look)
{
    const struct node *primary = health_primary(look);

    if (primary == NULL || !look->verdict->known || look->verdict->method == SYNC_OFF)
        return;
    const char *level = primary->sample.settings[SETTING_SYNCHRONOUS_COMMIT];
    if (strcmp(level, "off") != 0 && strcmp(level, "local") != 0)
        return;
    health_add(look, primary->name, "set it to on, or accept that a failover may lose commits",
               "synchronous_commit is %s on %s: commits do not wait for standbys", level,
               primary->name);
}

void rule_read_only(struct health_look *look)
{
    const struct node *primary = health_primary(look);

    if (primary == NULL ||
        strcmp(primary->sample.settings[SETTING_DEFAULT_TRANSACTION_READ_ONLY], "on") != 0)
        return;
    health_add(look, primary->name,
               "find out who set it and why; off in the configuration and a reload end it",
               "READ-ONLY: %s has default_transaction_read_only = on: nobody writes who does not "
               "insist",
               primary->name);
}

void rule_sync_name_absent(struct health_look *look)
{
    const struct model *model = look->model;

    if (!look->verdict->known || look->verdict->confirmed == UNKNOWN_COUNT)
        return;
    for (int i = 0; i < model->rule.name_count; i++)
        if (!model->rule_name_seen[i])
            health_add(look, "",
                       "a standby's application_name (in primary_conninfo, else cluster_name) must "
                       "be this name",
                       "synchronous_standby_names asks for \"%s\", which nobody ever connected as",
                       model->rule.names[i]);
}

void rule_cannot_lose(struct health_look *look)
{
    const struct sync_verdict *v = look->verdict;

    if (!v->known || v->method == SYNC_OFF || v->can_lose != 0 || v->short_of > 0)
        return;
    health_add(look, "", "", "no standby may be lost any more: commits stop with the next one");
}

static void figures_of(const struct health_look *look, int level, struct latency_figures *figures)
{
    latency_figures(look->model->latency, (enum commit_level)level,
                    look->model->limits.blocked_commit_us, look->now, figures);
}

/* What the primary itself says of waiting commits is said by commits_blocked. */
void rule_commit_waits(struct health_look *look)
{
    struct latency_figures figures;
    char waits[16];

    if (look->verdict->blocked)
        return;
    for (int i = COMMIT_LEVELS - 1; i >= 0; i--) {
        figures_of(look, i, &figures);
        if (figures.blocked_for_us == UNKNOWN_US)
            continue;
        format_duration(waits, sizeof waits, figures.blocked_for_us);
        health_add(look, "", "", "COMMITS BLOCKED: the probe's own commit at %s waits for %s",
                   commit_level_word((enum commit_level)i), waits);
        return;
    }
}

void rule_commit_latency(struct health_look *look)
{
    int64_t limit_us = look->model->limits.commit_latency_us;
    struct latency_figures figures;
    char took[16], limit[16];

    for (int i = 0; limit_us != UNKNOWN_US && i < COMMIT_LEVELS; i++) {
        figures_of(look, i, &figures);
        if (!figures.probed || figures.last_us <= limit_us)
            continue;
        format_duration(took, sizeof took, figures.last_us);
        format_duration(limit, sizeof limit, limit_us);
        health_add(look, "", "", "the last commit at %s took %s (limit %s)",
                   commit_level_word((enum commit_level)i), took, limit);
    }
}

void rule_probe_off(struct health_look *look)
{
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        const struct latency_level *level = &look->model->latency->levels[i];
        if (level->state == PROBE_CANNOT && look->model->primary >= 0) {
            health_add(look, look->model->nodes[look->model->primary].name,
                       "probe.enabled: false switches it off",
                       "PROBE OFF: commit latency at %s is not measured: %s",
                       commit_level_word((enum commit_level)i), level->why);
            return;
        }
    }
}

static bool named_before(const struct node *sender, int row)
{
    for (int i = 0; i < row; i++)
        if (sender->tracks[i].duplicate_name &&
            str_equal_nocase(sender->sample.standbys[i].application_name,
                             sender->sample.standbys[row].application_name))
            return true;
    return false;
}

void rule_duplicate_name(struct health_look *look)
{
    for (int i = 0; i < look->model->node_count; i++) {
        const struct node *sender = &look->model->nodes[i];
        if (sender->same_as >= 0 || !node_is_fresh(look->model, sender, look->now))
            continue;
        for (int k = 0; k < sender->sample.standby_count; k++)
            if (sender->tracks[k].duplicate_name && !named_before(sender, k))
                health_add(look, sender->name,
                           "which of them confirms commits is chance; give each its own name",
                           "DUPLICATE NAME: more than one standby of %s is called %s", sender->name,
                           sender->sample.standbys[k].application_name);
    }
}

static void version_text(int version, char *out, size_t size)
{
    str_format(out, size, "%d.%d", version / 10000, version % 10000);
}

void rule_versions_differ(struct health_look *look)
{
    const struct model *model = look->model;
    const struct node *first = health_primary(look);
    char ours[16], theirs[16];

    for (int i = 0; i < model->node_count; i++) {
        const struct node *node = &model->nodes[i];
        if (!node->sampled || node->same_as >= 0 || node->sample.server_version == 0)
            continue;
        if (first == NULL)
            first = node;
        if (node->sample.server_version == first->sample.server_version)
            continue;
        version_text(first->sample.server_version, ours, sizeof ours);
        version_text(node->sample.server_version, theirs, sizeof theirs);
        health_add(look, node->name, "", "%s runs PostgreSQL %s, %s runs %s", node->name, theirs,
                   first->name, ours);
    }
}
