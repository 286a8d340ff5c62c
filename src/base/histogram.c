/*
 * histogram: see histogram.h. Clearing and merging touch only buckets in use: many histograms are
 * mostly empty.
 */
#include "base/histogram.h"

#include <string.h>

#define EXACT_BITS 7

/* The octave above the exact values, and the 6 bits below its leading one. */
static int bucket_of(int64_t us)
{
    int bits = 0, shift, bucket;

    if (us < HISTOGRAM_EXACT)
        return us < 0 ? 0 : (int)us;
    while (bits < 62 && (us >> (bits + 1)) != 0)
        bits++;
    shift = bits - (EXACT_BITS - 1);
    bucket = HISTOGRAM_EXACT + (bits - EXACT_BITS) * HISTOGRAM_PER_OCTAVE +
             (int)((us >> shift) - HISTOGRAM_PER_OCTAVE);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The middle of the bucket. */
static int64_t value_of(int bucket)
{
    int octave, shift;
    int64_t low;

    if (bucket < HISTOGRAM_EXACT)
        return bucket;
    octave = (bucket - HISTOGRAM_EXACT) / HISTOGRAM_PER_OCTAVE;
    shift = octave + 1;
    low = (int64_t)(HISTOGRAM_PER_OCTAVE + (bucket - HISTOGRAM_EXACT) % HISTOGRAM_PER_OCTAVE)
          << shift;
    return low + ((int64_t)1 << shift) / 2;
}

void histogram_clear(struct histogram *histogram)
{
    if (histogram->count > 0)
        memset(histogram, 0, sizeof *histogram);
}

void histogram_add(struct histogram *histogram, int64_t us)
{
    int bucket = bucket_of(us);

    if (histogram->count == 0 || bucket < histogram->low)
        histogram->low = bucket;
    if (bucket > histogram->high)
        histogram->high = bucket;
    histogram->buckets[bucket]++;
    histogram->count++;
    if (us > histogram->max_us)
        histogram->max_us = us;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
    if (from->count == 0)
        return;
    if (into->count == 0 || from->low < into->low)
        into->low = from->low;
    if (from->high > into->high)
        into->high = from->high;
    for (int i = from->low; i <= from->high; i++)
        into->buckets[i] += from->buckets[i];
    into->count += from->count;
    if (from->max_us > into->max_us)
        into->max_us = from->max_us;
}

int64_t histogram_quantile_us(const struct histogram *histogram, double quantile)
{
    double wanted = quantile * (double)histogram->count;
    uint64_t rank = (uint64_t)wanted, seen = 0;

    if (histogram->count == 0)
        return INT64_MIN;
    if ((double)rank < wanted || rank == 0)
        rank++;
    for (int i = histogram->low; i <= histogram->high; i++) {
        seen += histogram->buckets[i];
        if (seen < rank)
            continue;
        int64_t value = value_of(i);
        return value < histogram->max_us ? value : histogram->max_us;
    }
    return histogram->max_us;
}

uint64_t histogram_count_up_to(const struct histogram *histogram, int64_t us)
{
    uint64_t count = 0;

    if (us >= histogram->max_us)
        return histogram->count;
    for (int i = histogram->low; i <= histogram->high && value_of(i) <= us; i++)
        count += histogram->buckets[i];
    return count;
}
