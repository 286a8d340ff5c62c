/*
 * histogram: quantiles against the exact ones of the same values, for many distributions and sizes;
 * merging, clearing, the ends of the range.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "base/histogram.h"
#include "base/str.h"

#define VALUES_MAX 100000
#define TOP ((int64_t)1 << 37) /* from here on everything counts as the last bucket */

static int64_t values[VALUES_MAX];
static struct histogram histogram;
static uint64_t random_state;

static double uniform(void) /* in (0, 1]; always the same sequence */
{
    random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)((random_state >> 11) + 1) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

static int64_t flat(int i)
{
    (void)i;
    return (int64_t)(uniform() * 1e6);
}

static int64_t small(int i)
{
    (void)i;
    return (int64_t)(uniform() * 300);
}

static int64_t exponential(int i)
{
    (void)i;
    return (int64_t)(-1500 * log(uniform()));
}

static int64_t log_normal(int i)
{
    (void)i;
    return (int64_t)exp(7 + 2 * normal());
}

static int64_t heavy_tail(int i)
{
    double value = 100 / pow(uniform(), 2);

    (void)i;
    return value < 1e11 ? (int64_t)value : (int64_t)1e11;
}

static int64_t two_peaks(int i)
{
    return i % 20 == 0 ? 5000000 + (int64_t)(uniform() * 1000) : 900 + (int64_t)(uniform() * 50);
}

static int64_t constant(int i)
{
    (void)i;
    return 131;
}

static int64_t ascending(int i)
{
    return (int64_t)i * 7;
}

static int64_t powers(int i)
{
    return ((int64_t)1 << (i % 37)) - i % 2;
}

static int64_t every_octave(int i)
{
    (void)i;
    return (int64_t)exp2(uniform() * 36.99);
}

static const struct {
    const char *name;
    int64_t (*value)(int i);
} distributions[] = {
    {"flat", flat},
    {"small", small},
    {"exponential", exponential},
    {"log_normal", log_normal},
    {"heavy_tail", heavy_tail},
    {"two_peaks", two_peaks},
    {"constant", constant},
    {"ascending", ascending},
    {"powers", powers},
    {"every_octave", every_octave},
};
static const int sizes[] = {1, 2, 3, 7, 10, 99, 100, 101, 600, 1000, 9999, VALUES_MAX};
static const double quantiles[] = {0, 0.001, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999, 1};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static int ascend(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* The smallest value that at least quantile * count values do not exceed. */
static int64_t exact(int count, double quantile)
{
    int rank = (int)ceil(quantile * count);

    return values[rank > 0 ? rank - 1 : 0];
}

static void check_quantiles(const char *name, int count)
{
    for (size_t q = 0; q < COUNT(quantiles); q++) {
        int64_t want = exact(count, quantiles[q]);
        int64_t got = histogram_quantile_us(&histogram, quantiles[q]);
        double error = fabs((double)(got - want));

        if (want < HISTOGRAM_EXACT ? got != want : error >= 0.01 * (double)want)
            fail_msg("%s, %d values, quantile %g: %lld, exactly %lld", name, count, quantiles[q],
                     (long long)got, (long long)want);
        assert_true(got <= histogram.max_us);
    }
}

static void test_relative_error(void **state)
{
    (void)state;
    for (size_t d = 0; d < COUNT(distributions); d++)
        for (size_t s = 0; s < COUNT(sizes); s++) {
            random_state = d * 1000 + s;
            histogram_clear(&histogram);
            for (int i = 0; i < sizes[s]; i++) {
                values[i] = distributions[d].value(i);
                histogram_add(&histogram, values[i]);
            }
            qsort(values, (size_t)sizes[s], sizeof values[0], ascend);
            assert_int_equal(histogram.count, sizes[s]);
            assert_int_equal(histogram.max_us, values[sizes[s] - 1]);
            check_quantiles(distributions[d].name, sizes[s]);
        }
}

/* Every value alone: where buckets begin and end. */
static void test_every_value(void **state)
{
    (void)state;
    for (int64_t value = 0; value < TOP; value = value < 70000 ? value + 1 : value + value / 97) {
        histogram_clear(&histogram);
        histogram_add(&histogram, value);
        histogram_add(&histogram, TOP - 1); /* so that max_us does not correct it */
        int64_t got = histogram_quantile_us(&histogram, 0.5);
        if (value < HISTOGRAM_EXACT ? got != value
                                    : (double)llabs(got - value) >= 0.01 * (double)value)
            fail_msg("%lld becomes %lld", (long long)value, (long long)got);
    }
}

static void test_empty(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof histogram);
    assert_true(histogram_quantile_us(&histogram, 0.5) == INT64_MIN);
    assert_int_equal(histogram_count_up_to(&histogram, 1000), 0);
    assert_int_equal(histogram.max_us, 0);
}

static void test_extremes(void **state)
{
    (void)state;
    memset(&histogram, 0, sizeof histogram);
    histogram_add(&histogram, -5);
    histogram_add(&histogram, INT64_MIN);
    assert_int_equal(histogram_quantile_us(&histogram, 1), 0);
    assert_int_equal(histogram.max_us, 0);
    histogram_add(&histogram, INT64_MAX);
    assert_true(histogram.max_us == INT64_MAX);
    /* what is longer than 38 hours counts as that */
    int64_t last = histogram_quantile_us(&histogram, 1);
    assert_true(last >= TOP - TOP / 100 && last <= TOP);
    assert_int_equal(histogram_quantile_us(&histogram, 0.5), 0);
    assert_int_equal(histogram.count, 3);
}

static void test_clear(void **state)
{
    static const struct histogram none;

    (void)state;
    for (int i = 0; i < 1000; i++)
        histogram_add(&histogram, (int64_t)i * i * i);
    histogram_clear(&histogram);
    assert_memory_equal(&histogram, &none, sizeof none);
    histogram_add(&histogram, 5000);
    assert_int_equal(histogram.low, histogram.high);
}

/* Together it is the same as if all had been added to one. */
static void test_merge(void **state)
{
    static struct histogram parts[7], all, merged;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        int64_t value = log_normal(i) * (i % 5 + 1);
        histogram_add(&all, value);
        histogram_add(&parts[i % 5], value); /* two stay empty */
    }
    for (size_t i = COUNT(parts); i-- > 0;)
        histogram_merge(&merged, &parts[i]);
    assert_memory_equal(&merged, &all, sizeof all);
    histogram_merge(&merged, &parts[6]);
    assert_memory_equal(&merged, &all, sizeof all);
    histogram_merge(&parts[6], &merged);
    assert_memory_equal(&parts[6], &all, sizeof all);
}

static void test_merge_of_disjoint(void **state)
{
    static struct histogram slow, fast, both;

    (void)state;
    for (int i = 0; i < 99; i++)
        histogram_add(&fast, 100);
    histogram_add(&slow, 60000000);
    histogram_merge(&both, &slow);
    assert_int_equal(both.low, slow.low);
    histogram_merge(&both, &fast);
    assert_int_equal(histogram_quantile_us(&both, 0.99), 100);
    histogram_merge(&fast, &slow);
    assert_memory_equal(&both, &fast, sizeof both);
    assert_int_equal(histogram_quantile_us(&fast, 0.99), 100);
    assert_true(histogram_quantile_us(&fast, 0.999) > 59000000);
    assert_int_equal(fast.max_us, 60000000);
}

static void test_count_up_to(void **state)
{
    uint64_t before = 0;

    (void)state;
    histogram_clear(&histogram);
    for (int i = 1; i <= 10000; i++)
        histogram_add(&histogram, i);
    assert_int_equal(histogram_count_up_to(&histogram, -1), 0);
    assert_int_equal(histogram_count_up_to(&histogram, 0), 0);
    assert_int_equal(histogram_count_up_to(&histogram, 100), 100);
    assert_int_equal(histogram_count_up_to(&histogram, 10000), 10000);
    assert_int_equal(histogram_count_up_to(&histogram, INT64_MAX), 10000);
    for (int64_t us = 0; us <= 10000; us++) {
        uint64_t count = histogram_count_up_to(&histogram, us);
        assert_true(count >= before);
        assert_true(llabs((long long)count - us) <= us / 64 + 1);
        before = count;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relative_error),
        cmocka_unit_test(test_every_value),
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_clear),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_merge_of_disjoint),
        cmocka_unit_test(test_count_up_to),
    };
    return cmocka_run_group_tests_name("histogram", tests, NULL, NULL);
}
