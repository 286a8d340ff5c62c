/*
 * clock: the only place that reads a clock.
 *
 * Everything else gets `now` passed in, read once a turn of the loop, so that tests and replays
 * step it.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Microseconds on the monotonic clock; only differences mean anything. */
typedef int64_t mono_us;

/* Microseconds since 1970-01-01 00:00:00 UTC. */
typedef int64_t wall_us;

#define US_PER_MS 1000LL
#define US_PER_S 1000000LL

/* One reading of both clocks, taken together. */
struct instant {
    mono_us mono;
    wall_us wall;
};

mono_us clock_monotonic_us(void);
struct instant clock_now(void);

/* Writes "2026-11-23T12:03:44.123Z" (UTC); size at least 25. */
void clock_format_utc(wall_us at, char *out, size_t size);

/* Writes "12:03:44" in the process's time zone; size at least 9. */
void clock_format_local_time(wall_us at, char *out, size_t size);

/* Writes "20261123T120344" in the process's time zone; size at least 16. */
void clock_format_file_time(wall_us at, char *out, size_t size);

/* The name of the process's time zone ("Europe/Berlin"), "" when it has none that can be told. */
void clock_time_zone(char *out, size_t size);
int clock_utc_offset_s(wall_us at);
/* Local times are shown in that zone from now on: by its name, if it is known here and has that
 * offset then; else by the offset alone. */
void clock_use_time_zone(const char *name, int utc_offset_s, wall_us at);

/*
 * Reads "12:03", "12:03:44.5" (of the day of `day`, or of the next when that is earlier) and
 * "2026-11-23T12:03:44", with a blank for the T, with Z for UTC; else local time.
 */
bool clock_parse_wall(const char *text, wall_us day, wall_us *at);

#endif
