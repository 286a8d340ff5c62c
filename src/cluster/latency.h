/*
 * latency: what a commit costs at each durability level: the last one, quantiles over five minutes,
 * a second's worst for the graph, and the commit that is under way. Pure.
 *
 * Latency counts from when a probe was due to when its acknowledgement could be read. Only commits
 * that were acknowledged as their level demands count in the quantiles; the others are counted by
 * their class.
 */
#ifndef CLUSTER_LATENCY_H
#define CLUSTER_LATENCY_H

#include "base/clock.h"
#include "base/histogram.h"
#include "base/ring.h"
#include "cluster/observation.h"

#define LATENCY_WINDOW_US (300 * US_PER_S)
#define LATENCY_SLICES 10 /* the window moves in steps of a slice */
#define LATENCY_GRAPH_SAMPLES 300

struct latency_level {
    enum probe_state state;
    char why[PROBE_TEXT_SIZE]; /* of PROBE_CANNOT */
    mono_us pending_since;     /* when the commit under way was due; 0: none */
    int64_t last_us; /* of the last acknowledged commit; UNKNOWN_US: none, or not of now */
    enum commit_outcome last_outcome;
    mono_us last_at; /* 0: none since the probe was started on this primary */
    char last_text[PROBE_TEXT_SIZE];
    uint64_t outcomes[COMMIT_OUTCOMES]; /* since the start */
    uint64_t counted;                   /* commits that ever came into the quantiles */
    int64_t counted_us;                 /* and what they took, all together */
    struct histogram *slices;           /* LATENCY_SLICES of them */
    int64_t slice_number[LATENCY_SLICES];
    struct ring graph; /* microseconds, the worst of each second; NaN: none ended */
    float second_worst;
    mono_us graph_at; /* the end of the second that the graph has last; 0: not begun */
    uint32_t rows[LATENCY_SLICES], queries[LATENCY_SLICES]; /* of its own, in these slices */
    int64_t cost_number[LATENCY_SLICES];
    mono_us cost_since;    /* when counting began; 0: not yet */
    int64_t row_wal_bytes; /* 0: not measured */
};

struct latency {
    struct latency_level levels[COMMIT_LEVELS];
    struct histogram *memory;
    float *graph_memory;
};

/* Aborts when memory is out. */
struct latency *latency_new(void);
struct latency *latency_clone(const struct latency *latency);
void latency_free(struct latency **latency);

/* current: it was made on who is primary now; others are only counted. */
void latency_commit(struct latency *latency, const struct commit_observation *commit, bool current,
                    mono_us now);
void latency_probe(struct latency *latency, const struct probe_observation *probe, mono_us now);
/* Moves the graphs on; a commit under way counts as long as it already is. */
void latency_tick(struct latency *latency, mono_us now);

/* Figures of one level over the window. UNKNOWN_US for what is not known (as a limit: none). */
struct latency_figures {
    bool probed; /* the level is probed (also when it cannot work now) */
    int64_t last_us, p50_us, p95_us, p99_us;
    int64_t max_us; /* includes the commit under way */
    uint64_t samples;
    int64_t blocked_for_us; /* the commit under way waits for longer than the limit; UNKNOWN_US */
};
void latency_figures(const struct latency *latency, enum commit_level level,
                     int64_t blocked_limit_us, mono_us now, struct latency_figures *figures);
/* What the probe itself costs the primary, over the window: all levels together. */
struct latency_cost {
    bool known;           /* counted for some seconds */
    double rows, queries; /* per second */
    double wal_bytes;     /* per second, of the rows without their commits; NaN: not measured */
    double row_wal_bytes; /* of one row, the levels' mean; NaN: not measured */
};
void latency_cost(const struct latency *latency, mono_us now, struct latency_cost *cost);
/* All slices of the window in one. */
void latency_histogram(const struct latency *latency, enum commit_level level, mono_us now,
                       struct histogram *histogram);

const char *commit_level_word(enum commit_level level); /* "remote_write" */
const char *commit_outcome_word(enum commit_outcome outcome);
/* False when it is no level. */
bool commit_level_parse(const char *word, enum commit_level *level);

#endif
