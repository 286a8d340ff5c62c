/*
 * latency: see latency.h. A slice is reused when its number comes round; an old one is then empty.
 */
#include "cluster/latency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define SLICE_US (LATENCY_WINDOW_US / LATENCY_SLICES)
#define COST_MIN_US (5 * US_PER_S)

static void attach(struct latency *latency)
{
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        struct latency_level *level = &latency->levels[i];
        level->slices = latency->memory + (size_t)i * LATENCY_SLICES;
        level->graph.values = latency->graph_memory + (size_t)i * LATENCY_GRAPH_SAMPLES;
    }
}

static struct latency *allocate(void)
{
    struct latency *latency = mem_calloc(1, sizeof *latency);

    latency->memory = mem_calloc((size_t)COMMIT_LEVELS * LATENCY_SLICES, sizeof *latency->memory);
    latency->graph_memory =
        mem_calloc((size_t)COMMIT_LEVELS * LATENCY_GRAPH_SAMPLES, sizeof(float));
    return latency;
}

struct latency *latency_new(void)
{
    struct latency *latency = allocate();

    attach(latency);
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        struct latency_level *level = &latency->levels[i];
        ring_init(&level->graph, level->graph.values, LATENCY_GRAPH_SAMPLES);
        level->last_us = UNKNOWN_US;
        level->second_worst = NAN;
    }
    return latency;
}

struct latency *latency_clone(const struct latency *latency)
{
    struct latency *clone = allocate();
    struct histogram *memory = clone->memory;
    float *graph_memory = clone->graph_memory;

    *clone = *latency;
    clone->memory = memory;
    clone->graph_memory = graph_memory;
    memcpy(memory, latency->memory, sizeof *memory * COMMIT_LEVELS * LATENCY_SLICES);
    memcpy(graph_memory, latency->graph_memory,
           sizeof *graph_memory * COMMIT_LEVELS * LATENCY_GRAPH_SAMPLES);
    attach(clone);
    return clone;
}

void latency_free(struct latency **latency)
{
    if (*latency == NULL)
        return;
    free((*latency)->memory);
    free((*latency)->graph_memory);
    free(*latency);
    *latency = NULL;
}

static void note_worst(struct latency_level *level, int64_t us)
{
    if (isnan(level->second_worst) || (float)us > level->second_worst)
        level->second_worst = (float)us;
}

static void count(struct latency_level *level, int64_t us, mono_us now)
{
    int64_t number = now / SLICE_US;
    int slot = (int)(number % LATENCY_SLICES);

    if (level->slice_number[slot] != number) {
        histogram_clear(&level->slices[slot]);
        level->slice_number[slot] = number;
    }
    histogram_add(&level->slices[slot], us);
    level->counted++;
    level->counted_us += us;
    note_worst(level, us);
}

static void count_cost(struct latency_level *level, uint32_t rows, uint32_t queries, mono_us now)
{
    int64_t number = now / SLICE_US;
    int slot = (int)(number % LATENCY_SLICES);

    if (level->cost_number[slot] != number) {
        level->rows[slot] = level->queries[slot] = 0;
        level->cost_number[slot] = number;
    }
    level->rows[slot] += rows;
    level->queries[slot] += queries;
    if (level->cost_since == 0)
        level->cost_since = now;
}

static void begin_graph(struct latency_level *level, mono_us now)
{
    if (level->graph_at == 0)
        level->graph_at = now;
}

void latency_commit(struct latency *latency, const struct commit_observation *commit, bool current,
                    mono_us now)
{
    struct latency_level *level = &latency->levels[commit->level];

    level->outcomes[commit->outcome]++;
    if (!current)
        return;
    begin_graph(level, now);
    if (commit->outcome == COMMIT_ACKNOWLEDGED || commit->outcome == COMMIT_LOCAL)
        count_cost(level, 1, 0, now);
    level->pending_since = 0;
    level->state = PROBE_WORKS;
    level->last_outcome = commit->outcome;
    level->last_at = now;
    str_copy(level->last_text, sizeof level->last_text, commit->text);
    if (commit->latency_us == UNKNOWN_US ||
        (commit->outcome != COMMIT_ACKNOWLEDGED && !commit->asynchronous))
        return;
    level->last_us = commit->latency_us;
    count(level, commit->latency_us, now);
}

void latency_probe(struct latency *latency, const struct probe_observation *probe, mono_us now)
{
    struct latency_level *level = &latency->levels[probe->level];

    if (probe->state != PROBE_NONE)
        begin_graph(level, now);
    count_cost(level, 0, (uint32_t)probe->queries, now);
    if (probe->row_wal_bytes > 0)
        level->row_wal_bytes = probe->row_wal_bytes;
    level->state = probe->state;
    level->pending_since = probe->state == PROBE_PENDING ? probe->due_at : 0;
    str_copy(level->why, sizeof level->why, probe->state == PROBE_CANNOT ? probe->text : "");
    if (probe->state != PROBE_CANNOT && probe->state != PROBE_STARTING)
        return;
    level->last_us = UNKNOWN_US; /* it says nothing of now, perhaps not even of this server */
    if (probe->state == PROBE_STARTING)
        level->last_at = 0;
}

/* Each second as of its own end: see model_tick. */
static void pass_seconds(struct latency_level *level, int64_t seconds)
{
    int64_t skipped = seconds > LATENCY_GRAPH_SAMPLES ? seconds - LATENCY_GRAPH_SAMPLES : 0;

    for (int64_t k = skipped + 1; k <= seconds; k++) {
        mono_us end = level->graph_at + k * US_PER_S;
        if (level->pending_since != 0 && end - level->pending_since > US_PER_S)
            note_worst(level, end - level->pending_since);
        ring_push(&level->graph, level->second_worst);
        level->second_worst = NAN;
    }
    level->graph_at += seconds * US_PER_S;
}

void latency_tick(struct latency *latency, mono_us now)
{
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        struct latency_level *level = &latency->levels[i];
        if (level->graph_at != 0 && now - level->graph_at >= US_PER_S)
            pass_seconds(level, (now - level->graph_at) / US_PER_S);
    }
}

void latency_histogram(const struct latency *latency, enum commit_level level, mono_us now,
                       struct histogram *histogram)
{
    const struct latency_level *l = &latency->levels[level];
    int64_t newest = now / SLICE_US;

    memset(histogram, 0, sizeof *histogram);
    for (int i = 0; i < LATENCY_SLICES; i++)
        if (l->slice_number[i] > newest - LATENCY_SLICES)
            histogram_merge(histogram, &l->slices[i]);
}

void latency_figures(const struct latency *latency, enum commit_level level,
                     int64_t blocked_limit_us, mono_us now, struct latency_figures *figures)
{
    const struct latency_level *l = &latency->levels[level];
    struct histogram all;
    int64_t waiting_us = l->pending_since != 0 ? now - l->pending_since : UNKNOWN_US;

    latency_histogram(latency, level, now, &all);
    *figures = (struct latency_figures){
        .probed = l->state != PROBE_NONE,
        .last_us = l->last_us,
        .p50_us = histogram_quantile_us(&all, 0.50),
        .p95_us = histogram_quantile_us(&all, 0.95),
        .p99_us = histogram_quantile_us(&all, 0.99),
        .max_us = all.count > 0 ? all.max_us : UNKNOWN_US,
        .samples = all.count,
        .blocked_for_us = UNKNOWN_US,
    };
    if (waiting_us > figures->max_us)
        figures->max_us = waiting_us;
    if (blocked_limit_us != UNKNOWN_US && waiting_us > blocked_limit_us)
        figures->blocked_for_us = waiting_us;
}

/* The window begins with a slice, so that it is a little shorter than LATENCY_WINDOW_US. */
void latency_cost(const struct latency *latency, mono_us now, struct latency_cost *cost)
{
    int64_t oldest = now / SLICE_US - LATENCY_SLICES + 1, measured = 0, measured_bytes = 0;
    mono_us since = 0;

    *cost = (struct latency_cost){.wal_bytes = NAN, .row_wal_bytes = NAN};
    for (int i = 0; i < COMMIT_LEVELS; i++) {
        const struct latency_level *level = &latency->levels[i];
        if (level->cost_since != 0 && (since == 0 || level->cost_since < since))
            since = level->cost_since;
        for (int k = 0; k < LATENCY_SLICES; k++) {
            cost->rows += level->cost_number[k] >= oldest ? level->rows[k] : 0;
            cost->queries += level->cost_number[k] >= oldest ? level->queries[k] : 0;
        }
        measured += level->row_wal_bytes > 0;
        measured_bytes += level->row_wal_bytes;
    }
    if (since < oldest * SLICE_US && since != 0)
        since = oldest * SLICE_US;
    cost->known = since != 0 && now - since >= COST_MIN_US;
    double seconds = cost->known ? (double)(now - since) / US_PER_S : 1;
    cost->rows /= seconds;
    cost->queries /= seconds;
    if (measured > 0) {
        cost->row_wal_bytes = (double)measured_bytes / (double)measured;
        cost->wal_bytes = cost->rows * cost->row_wal_bytes;
    }
}

static const char *const level_words[COMMIT_LEVELS] = {"off", "local", "remote_write", "on",
                                                       "remote_apply"};

const char *commit_level_word(enum commit_level level)
{
    return level_words[level];
}

bool commit_level_parse(const char *word, enum commit_level *level)
{
    for (int i = 0; i < COMMIT_LEVELS; i++)
        if (strcmp(word, level_words[i]) == 0) {
            *level = (enum commit_level)i;
            return true;
        }
    return false;
}

const char *commit_outcome_word(enum commit_outcome outcome)
{
    static const char *const words[COMMIT_OUTCOMES] = {"acknowledged", "acknowledged locally only",
                                                       "unknown", "failed"};
    return words[outcome];
}
