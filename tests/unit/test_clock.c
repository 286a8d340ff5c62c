/*
 * clock: readings that go forward, and times as they are shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define NOON (1795435424LL * US_PER_S) /* 2026-11-23 12:03:44 UTC */

static void test_readings(void **state)
{
    struct timespec before, after;
    struct instant now;
    mono_us last = clock_monotonic_us();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        mono_us next = clock_monotonic_us();

        assert_true(next >= last);
        last = next;
    }
    timespec_get(&before, TIME_UTC);
    now = clock_now();
    timespec_get(&after, TIME_UTC);
    assert_true(now.mono >= last && now.mono <= clock_monotonic_us());
    assert_true(now.wall / US_PER_S >= before.tv_sec && now.wall / US_PER_S <= after.tv_sec);
}

static void test_utc(void **state)
{
    static const struct {
        wall_us at;
        const char *text;
    } cases[] = {
        {NOON, "2026-11-23T12:03:44.000Z"},
        {NOON + 123999, "2026-11-23T12:03:44.123Z"},
        {NOON + 500000, "2026-11-23T12:03:44.500Z"},
        {NOON + 999999, "2026-11-23T12:03:44.999Z"},
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782400LL * US_PER_S, "2000-02-29T00:00:00.000Z"},
        {253402300799LL * US_PER_S, "9999-12-31T23:59:59.000Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[25];

        clock_format_utc(cases[i].at, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

/* Years that do not fit are cut, not written past the end. */
static void test_far_future(void **state)
{
    char text[32] = "###############################";

    (void)state;
    clock_format_utc(INT64_MAX, text, 25);
    assert_int_equal(strlen(text), 24);
    assert_int_equal(text[25], '#');
    clock_format_utc(INT64_MIN, text, 25);
    assert_int_equal(text[25], '#');
}

static void test_local_time(void **state)
{
    char text[9];

    (void)state;
    setenv("TZ", "XXX-5:30", 1);
    tzset();
    clock_format_local_time(NOON, text, sizeof text);
    assert_string_equal(text, "17:33:44");
    setenv("TZ", "UTC", 1);
    tzset();
    clock_format_local_time(NOON + 999999, text, sizeof text);
    assert_string_equal(text, "12:03:44");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readings),
        cmocka_unit_test(test_utc),
        cmocka_unit_test(test_far_future),
        cmocka_unit_test(test_local_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
