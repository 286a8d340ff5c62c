/*
 * units: bytes and durations as people read and write them.
 *
 * Integer arithmetic throughout: a figure on the screen must not flicker because of how a double
 * was rounded. A value is shown in the greatest unit in which it rounds to at least 1.
 */
#include <inttypes.h>
#include <limits.h>

#include "base/str.h"

/* |value| without the overflow of -INT64_MIN. */
static uint64_t magnitude(int64_t value)
{
    return value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
}

static uint64_t rounded(uint64_t value, uint64_t unit)
{
    return value / unit + (value % unit >= unit - unit / 2);
}

/* "4.2 s" below ten units, "42 s" from there on. */
static void format_scaled(char *out, size_t size, const char *sign, uint64_t value, uint64_t unit,
                          const char *suffix)
{
    uint64_t tenths = rounded(value, unit / 10);

    if (tenths < 100)
        str_format(out, size, "%s%" PRIu64 ".%" PRIu64 " %s", sign, tenths / 10, tenths % 10,
                   suffix);
    else
        str_format(out, size, "%s%" PRIu64 " %s", sign, rounded(value, unit), suffix);
}

void format_bytes(char *out, size_t size, int64_t bytes)
{
    static const char *const suffixes[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    const char *sign = bytes < 0 ? "-" : "";
    uint64_t value = magnitude(bytes);
    uint64_t unit = 1000;
    size_t i = 0;

    if (bytes == INT64_MIN) {
        str_copy(out, size, "-");
        return;
    }
    if (value < 1000) {
        str_format(out, size, "%s%" PRIu64 " B", sign, value);
        return;
    }
    while (i + 1 < sizeof suffixes / sizeof suffixes[0] && rounded(value, unit) >= 1000) {
        unit *= 1000;
        i++;
    }
    format_scaled(out, size, sign, value, unit, suffixes[i]);
}

#define US_MS ((uint64_t)1000)
#define US_SECOND (1000 * US_MS)
#define US_MINUTE (60 * US_SECOND)
#define US_HOUR (60 * US_MINUTE)
#define US_DAY (24 * US_HOUR)
#define DAYS_MAX 10000 /* from here on years */

/* "2h13m": two units of which the smaller has two digits. */
static void format_pair(char *out, size_t size, const char *sign, uint64_t small, unsigned per_big,
                        char big_letter, char small_letter)
{
    str_format(out, size, "%s%" PRIu64 "%c%02" PRIu64 "%c", sign, small / per_big, big_letter,
               small % per_big, small_letter);
}

void format_duration(char *out, size_t size, int64_t us)
{
    const char *sign = us < 0 ? "-" : "";
    uint64_t value = magnitude(us);

    if (us == INT64_MIN)
        str_copy(out, size, "-");
    else if (rounded(value, US_MS) < 1000)
        format_scaled(out, size, sign, value, US_MS, "ms");
    else if (rounded(value, US_SECOND) < 60)
        format_scaled(out, size, sign, value, US_SECOND, "s");
    else if (rounded(value, US_SECOND) < 3600)
        format_pair(out, size, sign, rounded(value, US_SECOND), 60, 'm', 's');
    else if (rounded(value, US_MINUTE) < US_DAY / US_MINUTE)
        format_pair(out, size, sign, rounded(value, US_MINUTE), 60, 'h', 'm');
    else if (rounded(value, US_HOUR) < 100 * (US_DAY / US_HOUR))
        format_pair(out, size, sign, rounded(value, US_HOUR), 24, 'd', 'h');
    else if (rounded(value, US_DAY) < DAYS_MAX)
        str_format(out, size, "%s%" PRIu64 "d", sign, rounded(value, US_DAY));
    else
        str_format(out, size, "%s%" PRIu64 "y", sign, rounded(value, 365 * US_DAY));
}

void format_age(char *out, size_t size, int64_t us)
{
    const int64_t second = (int64_t)US_SECOND;

    if (us != INT64_MIN && us < second)
        str_copy(out, size, "now");
    else if (us > 0 && us < 10 * second)
        str_format(out, size, "%" PRId64 " s", us / second);
    else
        format_duration(out, size, us == INT64_MIN ? us : us - us % second);
}

struct unit {
    const char *name;
    int64_t factor;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const struct unit *unit_named(const char *name, const struct unit *units, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *a = name, *b = units[i].name;

        while (*a != '\0' && *a == *b) {
            a++;
            b++;
        }
        if (*a == *b)
            return &units[i];
    }
    return NULL;
}

/* Reads the digits at *text as `number`; at most 18, which an int64_t holds. */
static int read_digits(const char **text, int64_t *number)
{
    int digits = 0;

    *number = 0;
    while (is_digit(**text)) {
        if (++digits > 18)
            return 0;
        *number = *number * 10 + (*(*text)++ - '0');
    }
    return digits;
}

/* fraction / 10^digits of the factor, rounded; digits after the sixth do not count. */
static int64_t fraction_of(int64_t factor, int64_t fraction, int digits)
{
    int64_t power = 1;

    while (digits > 6) {
        fraction /= 10;
        digits--;
    }
    while (digits-- > 0)
        power *= 10;
    /* Split so that neither product overflows for a factor up to a TiB. */
    return factor / power * fraction + (factor % power * fraction + power / 2) / power;
}

static bool parse_quantity(const char *text, const struct unit *units, size_t count, int64_t *value)
{
    int64_t whole, fraction = 0, part;
    int fraction_digits = 0;
    const struct unit *unit;

    if (read_digits(&text, &whole) == 0)
        return false;
    if (*text == '.') {
        text++;
        fraction_digits = read_digits(&text, &fraction);
        if (fraction_digits == 0)
            return false;
    }
    while (*text == ' ')
        text++;
    unit = unit_named(text, units, count);
    if (unit == NULL)
        return false;
    part = fraction_of(unit->factor, fraction, fraction_digits);
    if (whole > (INT64_MAX - part) / unit->factor)
        return false;
    *value = whole * unit->factor + part;
    return true;
}

bool parse_duration_us(const char *text, int64_t *us)
{
    static const struct unit units[] = {
        {"us", 1},
        {"ms", (int64_t)US_MS},
        {"s", (int64_t)US_SECOND},
        {"min", (int64_t)US_MINUTE},
        {"h", (int64_t)US_HOUR},
    };

    return parse_quantity(text, units, sizeof units / sizeof units[0], us);
}

bool parse_size_bytes(const char *text, int64_t *bytes)
{
    static const struct unit units[] = {
        {"B", 1},           {"kB", 1LL << 10},  {"MB", 1LL << 20},
        {"GB", 1LL << 30},  {"TB", 1LL << 40},  {"KiB", 1LL << 10},
        {"MiB", 1LL << 20}, {"GiB", 1LL << 30}, {"TiB", 1LL << 40},
    };

    return parse_quantity(text, units, sizeof units / sizeof units[0], bytes);
}
