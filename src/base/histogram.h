/*
 * histogram: counts of durations in microseconds, log-linear: every value below 128 has a bucket of
 * its own, above that each power of two has 64. A quantile is off by less than 1 % of itself.
 */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_EXACT 128
#define HISTOGRAM_PER_OCTAVE 64
#define HISTOGRAM_OCTAVES 30 /* up to 2^37 us, 38 hours; what is longer counts as that */
#define HISTOGRAM_BUCKETS (HISTOGRAM_EXACT + HISTOGRAM_PER_OCTAVE * HISTOGRAM_OCTAVES)

struct histogram {
    uint64_t count;
    int64_t max_us; /* exact; 0 when empty */
    int low, high;  /* buckets in use; the others are 0 */
    uint32_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_clear(struct histogram *histogram);
/* Negative values count as 0. */
void histogram_add(struct histogram *histogram, int64_t us);
void histogram_merge(struct histogram *into, const struct histogram *from);
/*
 * The smallest value that `quantile` (0 to 1) of the values do not exceed; INT64_MIN when it is
 * empty. Never above max_us.
 */
int64_t histogram_quantile_us(const struct histogram *histogram, double quantile);

/* How many values are at most this long (to the bucket). */
uint64_t histogram_count_up_to(const struct histogram *histogram, int64_t us);

#endif
