/*
 * clock: readings of CLOCK_MONOTONIC and CLOCK_REALTIME, and the two ways in which a time is shown.
 */
#include "base/clock.h"

#include <time.h>

#include "base/str.h"

static int64_t read_clock_us(clockid_t id)
{
    struct timespec ts = {0};

    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

mono_us clock_monotonic_us(void)
{
    return read_clock_us(CLOCK_MONOTONIC);
}

struct instant clock_now(void)
{
    return (struct instant){
        .mono = read_clock_us(CLOCK_MONOTONIC),
        .wall = read_clock_us(CLOCK_REALTIME),
    };
}

/* Whole seconds, rounded down also before 1970, and the microseconds that remain. */
static time_t whole_seconds(wall_us at, int *rest_us)
{
    int64_t seconds = at / US_PER_S;
    int64_t rest = at % US_PER_S;

    if (rest < 0) {
        rest += US_PER_S;
        seconds--;
    }
    *rest_us = (int)rest;
    return (time_t)seconds;
}

void clock_format_utc(wall_us at, char *out, size_t size)
{
    int rest_us;
    time_t seconds = whole_seconds(at, &rest_us);
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL) {
        str_copy(out, size, "-");
        return;
    }
    str_format(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
               tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, rest_us / 1000);
}

void clock_format_local_time(wall_us at, char *out, size_t size)
{
    int rest_us;
    time_t seconds = whole_seconds(at, &rest_us);
    struct tm tm;

    if (localtime_r(&seconds, &tm) == NULL) {
        str_copy(out, size, "-");
        return;
    }
    str_format(out, size, "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void clock_format_file_time(wall_us at, char *out, size_t size)
{
    int rest_us;
    time_t seconds = whole_seconds(at, &rest_us);
    struct tm tm;

    if (localtime_r(&seconds, &tm) == NULL) {
        str_copy(out, size, "-");
        return;
    }
    str_format(out, size, "%04d%02d%02dT%02d%02d%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
               tm.tm_hour, tm.tm_min, tm.tm_sec);
}
