/*
 * units: bytes and durations as people read and write them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

struct shown {
    int64_t value;
    const char *text;
};

static void test_bytes(void **state)
{
    static const struct shown cases[] = {
        {0, "0 B"},
        {999, "999 B"},
        {1000, "1.0 kB"},
        {5100, "5.1 kB"},
        {5149, "5.1 kB"},
        {5150, "5.2 kB"},
        {9949, "9.9 kB"},
        {9950, "10 kB"},
        {999499, "999 kB"},
        {999500, "1.0 MB"},
        {16000000, "16 MB"},
        {16777216, "17 MB"},
        {1200000000, "1.2 GB"},
        {999499999999, "999 GB"},
        {3000000000000, "3.0 TB"},
        {4000000000000000, "4.0 PB"},
        {INT64_MAX, "9.2 EB"},
        {-1, "-1 B"},
        {-5048, "-5.0 kB"},
        {INT64_MIN + 1, "-9.2 EB"},
        {INT64_MIN, "-"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[16];

        format_bytes(text, sizeof text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_durations(void **state)
{
    static const struct shown cases[] = {
        {0, "0.0 ms"},
        {49, "0.0 ms"},
        {50, "0.1 ms"},
        {800, "0.8 ms"},
        {9949, "9.9 ms"},
        {9950, "10 ms"},
        {12000, "12 ms"},
        {999499, "999 ms"},
        {999500, "1.0 s"},
        {4200000, "4.2 s"},
        {9950000, "10 s"},
        {59499999, "59 s"},
        {59500000, "1m00s"},
        {133 * US_PER_S, "2m13s"},
        {3599 * US_PER_S, "59m59s"},
        {3599500000, "1h00m"},
        {(2 * 60 + 13) * 60 * US_PER_S, "2h13m"},
        {(24 * 60 * 60 - 31) * US_PER_S, "23h59m"},
        {(24 * 60 * 60 - 30) * US_PER_S, "1d00h"},
        {(3 * 24 + 4) * 3600 * US_PER_S, "3d04h"},
        {(100 * 24 - 1) * 3600 * US_PER_S, "99d23h"},
        {100 * 24 * 3600 * US_PER_S, "100d"},
        {120 * 24 * 3600 * US_PER_S, "120d"},
        {9999 * 24 * 3600 * US_PER_S, "9999d"},
        {10000 * 24 * 3600 * US_PER_S, "27y"},
        {31 * 365 * 24 * 3600 * US_PER_S, "31y"},
        {INT64_MAX, "292471y"},
        {-300 * US_PER_S, "-5m00s"},
        {INT64_MIN + 1, "-292471y"},
        {INT64_MIN, "-"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[16];

        format_duration(text, sizeof text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

/* No value is wider than its column, and a greater one never looks smaller by its unit. */
static void test_width(void **state)
{
    (void)state;
    for (int64_t value = 1; value < INT64_MAX / 11; value = value * 11 / 10 + 1) {
        char text[16];

        format_bytes(text, sizeof text, value);
        assert_in_range(strlen(text), 3, 6);
        format_bytes(text, sizeof text, -value);
        assert_in_range(strlen(text), 4, 7);
        if (value > 9999LL * 365 * 24 * 3600 * US_PER_S)
            continue;
        format_duration(text, sizeof text, value);
        assert_in_range(strlen(text), 3, 6);
    }
}

static void test_cut(void **state)
{
    char text[8] = "#######";

    (void)state;
    format_bytes(text, 4, 5100);
    assert_string_equal(text, "5.1");
    assert_int_equal(text[4], '#');
    format_duration(text, 0, 5100);
    assert_string_equal(text, "5.1");
}

static void test_parse_duration(void **state)
{
    static const struct shown cases[] = {
        {500, "500us"},
        {250 * US_PER_MS, "250ms"},
        {US_PER_S, "1s"},
        {1500 * US_PER_MS, "1.5s"},
        {1500 * US_PER_MS, "1.5 s"},
        {120 * US_PER_S, "2min"},
        {3600 * US_PER_S, "1h"},
        {5400 * US_PER_S, "1.5h"},
        {0, "0s"},
        {1, "0.001ms"},
        {1, "0.0005ms"}, /* rounded */
        {1234567, "1.234567s"},
        {1234567, "1.2345678999s"},
        {999999999999999999, "999999999999999999us"},
        {9223372036854 * US_PER_S, "9223372036854s"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t us = -1;

        if (!parse_duration_us(cases[i].text, &us) || us != cases[i].value)
            fail_msg("%s is %lld", cases[i].text, (long long)us);
    }
}

static void test_parse_duration_refuses(void **state)
{
    static const char *const texts[] = {
        "",
        "1",
        "s",
        "1 ",
        " 1s",
        "-1s",
        "+1s",
        "1S",
        "1sec",
        "1m",
        "1.s",
        ".5s",
        "1.5.s",
        "1,5s",
        "1s ",
        "1s 2",
        "1e3s",
        "0x1s",
        "1d",
        "1smin",
        "inf s",
        "9223372036855s",
        "9999999999999999999us",
        "1.1234567890123456789s",
        "999999999999h",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t us = 42;

        if (parse_duration_us(texts[i], &us))
            fail_msg("accepted: \"%s\"", texts[i]);
        assert_true(us == 42);
    }
}

static void test_parse_size(void **state)
{
    static const struct shown cases[] = {
        {100, "100B"},
        {512 * 1024, "512kB"},
        {64LL << 20, "64MB"},
        {64LL << 20, "64 MB"},
        {3LL << 29, "1.5GB"},
        {1LL << 40, "1TB"},
        {1LL << 10, "1KiB"},
        {1LL << 20, "1MiB"},
        {1LL << 30, "1GiB"},
        {1LL << 40, "1TiB"},
        {0, "0B"},
        {(1LL << 40) + (1LL << 40) / 10 * 9 + 5, "1.9TB"}, /* 1.9 * 2^40, rounded */
        {8388607LL << 40, "8388607TB"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t bytes = -1;

        if (!parse_size_bytes(cases[i].text, &bytes) || bytes != cases[i].value)
            fail_msg("%s is %lld", cases[i].text, (long long)bytes);
    }
}

static void test_parse_size_refuses(void **state)
{
    static const char *const texts[] = {
        "", "1", "B", "-1B", "1KB", "1kb", "1mb", "1b", "1K", "1M", "1kiB", "8388608TB", "1PB",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t bytes = 42;

        if (parse_size_bytes(texts[i], &bytes))
            fail_msg("accepted: \"%s\"", texts[i]);
        assert_true(bytes == 42);
    }
}

static void test_age(void **state)
{
    static const struct {
        int64_t us;
        const char *text;
    } cases[] = {
        {INT64_MIN, "-"}, {-5, "now"},        {999999, "now"},
        {1999999, "1 s"}, {12999999, "12 s"}, {599 * 1000000LL, "9m59s"},
    };
    char text[16];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        format_age(text, sizeof text, cases[i].us);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_parse_duration),
        cmocka_unit_test(test_parse_duration_refuses),
        cmocka_unit_test(test_parse_size),
        cmocka_unit_test(test_parse_size_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
