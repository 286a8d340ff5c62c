/*
 * openmetrics_cluster: the metrics of the cluster as a whole, of its synchronous rule and of
 * commits.
 */
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "record/openmetrics_internal.h"
#include "record/status_words.h"

#ifndef VERSION
#error "the Makefile defines VERSION"
#endif

/* ---- the look */

void metric_build(struct metric_writer *writer)
{
    sample_begin(writer, "");
    sample_label(writer, "version", VERSION);
    sample_end_count(writer, 1);
}

void metric_look_timestamp(struct metric_writer *writer)
{
    sample_seconds(writer, writer->look->now.wall);
}

void metric_poll_interval(struct metric_writer *writer)
{
    sample_seconds(writer, writer->look->model->poll_interval_us);
}

void metric_health(struct metric_writer *writer)
{
    static const enum health_level levels[] = {HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL,
                                               HEALTH_UNKNOWN};

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        sample_begin(writer, "");
        sample_label(writer, "level", health_json_word(levels[i]));
        sample_end_count(writer, writer->look->health->level == levels[i]);
    }
}

static bool same_finding(const struct finding *a, const struct finding *b)
{
    return a->level == b->level && strcmp(a->rule, b->rule) == 0 && strcmp(a->node, b->node) == 0;
}

/* A rule may say the same of a node twice, of two of its slots: one sample, as labels must differ.
 */
void metric_findings(struct metric_writer *writer)
{
    const struct health *health = writer->look->health;

    for (int i = 0; i < health->count; i++) {
        const struct finding *finding = &health->findings[i];
        int first = 0, count = 0;

        while (!same_finding(&health->findings[first], finding))
            first++;
        if (first < i)
            continue;
        for (int k = i; k < health->count; k++)
            count += same_finding(&health->findings[k], finding);
        sample_begin(writer, "");
        sample_label(writer, "level", health_json_word(finding->level));
        sample_label(writer, "rule", finding->rule);
        sample_label(writer, "node", finding->node);
        sample_end_count(writer, count);
    }
}

void metric_findings_omitted(struct metric_writer *writer)
{
    sample_count(writer, writer->look->health->cut);
}

/* ---- the synchronous rule */

void metric_sync_rule(struct metric_writer *writer)
{
    char rule[SYNC_RULE_TEXT_SIZE];

    if (!writer->look->verdict->known)
        return;
    sync_rule_format(&writer->look->model->rule, rule, sizeof rule);
    sample_begin(writer, "");
    sample_label(writer, "method", status_method_word(writer->look->verdict->method));
    sample_label(writer, "rule", rule);
    sample_end_count(writer, 1);
}

static void known_count(struct metric_writer *writer, int count)
{
    if (writer->look->verdict->known)
        sample_count(writer, count);
}

void metric_sync_needed(struct metric_writer *writer)
{
    known_count(writer, writer->look->verdict->needed);
}

void metric_sync_confirmed(struct metric_writer *writer)
{
    known_count(writer, writer->look->verdict->confirmed);
}

void metric_sync_can_lose(struct metric_writer *writer)
{
    known_count(writer, writer->look->verdict->can_lose);
}

void metric_sync_waiting(struct metric_writer *writer)
{
    sample_count(writer, writer->look->verdict->waiting_commits);
}

void metric_sync_longest_wait(struct metric_writer *writer)
{
    sample_seconds(writer, writer->look->verdict->longest_wait_us);
}

/* ---- what the probe costs */

static void per_second(struct metric_writer *writer, double rate)
{
    if (!writer->look->cost.known || isnan(rate))
        return;
    sample_begin(writer, "");
    sample_end_real(writer, rate);
}

void metric_probe_rows(struct metric_writer *writer)
{
    per_second(writer, writer->look->cost.rows);
}

void metric_probe_queries(struct metric_writer *writer)
{
    per_second(writer, writer->look->cost.queries);
}

void metric_probe_wal(struct metric_writer *writer)
{
    per_second(writer, writer->look->cost.wal_bytes);
}

/* ---- commits, by level */

static void begin_level(struct metric_writer *writer, const char *suffix, enum commit_level level)
{
    sample_begin(writer, suffix);
    sample_label(writer, "level", commit_level_word(level));
}

static void level_seconds(struct metric_writer *writer, enum commit_level level, int64_t us)
{
    if (us == UNKNOWN_US)
        return;
    begin_level(writer, "", level);
    sample_end_seconds(writer, us);
}

void metric_probe_state(struct metric_writer *writer, enum commit_level level)
{
    for (int state = PROBE_CANNOT; state <= PROBE_PENDING; state++) {
        begin_level(writer, "", level);
        sample_label(writer, "state", status_probe_word((enum probe_state)state));
        sample_end_count(writer, writer->look->model->latency->levels[level].state ==
                                     (enum probe_state)state);
    }
}

void metric_latency(struct metric_writer *writer, enum commit_level level)
{
    const struct latency_figures *figures = &writer->look->figures[level];
    const struct latency_level *since_start = &writer->look->model->latency->levels[level];
    const struct {
        const char *quantile;
        int64_t us;
    } quantiles[] = {
        {"0.5", figures->p50_us}, {"0.95", figures->p95_us}, {"0.99", figures->p99_us}};

    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        if (quantiles[i].us == UNKNOWN_US)
            continue;
        begin_level(writer, "", level);
        sample_label(writer, "quantile", quantiles[i].quantile);
        sample_end_seconds(writer, quantiles[i].us);
    }
    begin_level(writer, "_count", level);
    sample_end_count(writer, (int64_t)since_start->counted);
    begin_level(writer, "_sum", level);
    sample_end_seconds(writer, since_start->counted_us);
}

void metric_latency_last(struct metric_writer *writer, enum commit_level level)
{
    level_seconds(writer, level, writer->look->figures[level].last_us);
}

void metric_latency_max(struct metric_writer *writer, enum commit_level level)
{
    level_seconds(writer, level, writer->look->figures[level].max_us);
}

void metric_latency_samples(struct metric_writer *writer, enum commit_level level)
{
    begin_level(writer, "", level);
    sample_end_count(writer, (int64_t)writer->look->figures[level].samples);
}

void metric_commit_blocked(struct metric_writer *writer, enum commit_level level)
{
    level_seconds(writer, level, writer->look->figures[level].blocked_for_us);
}

void metric_commits(struct metric_writer *writer, enum commit_level level)
{
    for (int outcome = 0; outcome < COMMIT_OUTCOMES; outcome++) {
        begin_level(writer, "", level);
        sample_label(writer, "outcome", status_outcome_word((enum commit_outcome)outcome));
        sample_end_count(writer,
                         (int64_t)writer->look->model->latency->levels[level].outcomes[outcome]);
    }
}
