/*
 * time_zone: which zone the process shows times in, changing it, and times that people write.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"

#define ZONE_SIZE 64
#define DAY_US (86400 * US_PER_S)

/* A name of the database or a POSIX one: no path to anywhere else. */
static bool is_zone_name(const char *name)
{
    if (name[0] == '\0' || name[0] == '/' || name[0] == ':' || strstr(name, "..") != NULL ||
        strlen(name) >= ZONE_SIZE)
        return false;
    for (const char *c = name; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && strchr("/_+-,<>:.", *c) == NULL)
            return false;
    return true;
}

void clock_time_zone(char *out, size_t size)
{
    static const char folder[] = "zoneinfo/";
    const char *set = getenv("TZ");
    char target[256];

    str_copy(out, size, "");
    if (set != NULL) {
        str_copy(out, size, is_zone_name(set) ? set : "");
        return;
    }
    ssize_t length = readlink("/etc/localtime", target, sizeof target - 1);
    if (length <= 0)
        return;
    target[length] = '\0';
    const char *name = strstr(target, folder);
    if (name != NULL && is_zone_name(name + sizeof folder - 1))
        str_copy(out, size, name + sizeof folder - 1);
}

int clock_utc_offset_s(wall_us at)
{
    time_t seconds = (time_t)(at / US_PER_S);
    struct tm tm;

    return localtime_r(&seconds, &tm) != NULL ? (int)tm.tm_gmtoff : 0;
}

void clock_use_time_zone(const char *name, int utc_offset_s, wall_us at)
{
    char plain[ZONE_SIZE];
    int west = -utc_offset_s;

    if (is_zone_name(name)) {
        setenv("TZ", name, 1);
        tzset();
        if (clock_utc_offset_s(at) == utc_offset_s)
            return;
    }
    if (west < -86400 || west > 86400)
        west = 0;
    str_format(plain, sizeof plain, "<local>%s%d:%02d:%02d", west < 0 ? "-" : "", abs(west) / 3600,
               abs(west) / 60 % 60, abs(west) % 60);
    setenv("TZ", plain, 1);
    tzset();
}

/* "44", "44.5": microseconds. */
static bool parse_seconds(const char **text, int64_t *us)
{
    int64_t unit = US_PER_S / 10;
    const char *c = *text;

    if (!isdigit((unsigned char)c[0]) || !isdigit((unsigned char)c[1]))
        return false;
    *us = ((c[0] - '0') * 10 + (c[1] - '0')) * US_PER_S;
    c += 2;
    if (*c == '.')
        for (c++; isdigit((unsigned char)*c) && unit > 0; c++, unit /= 10)
            *us += (*c - '0') * unit;
    *text = c;
    return true;
}

bool clock_parse_wall(const char *text, wall_us day, wall_us *at)
{
    time_t seconds = (time_t)(day / US_PER_S);
    int year, month, date, hour, minute, used = 0;
    int64_t rest_us = 0;
    struct tm tm;
    bool has_date = sscanf(text, "%4d-%2d-%2d%n", &year, &month, &date, &used) == 3;

    if (localtime_r(&seconds, &tm) == NULL)
        return false;
    if (has_date) {
        tm.tm_year = year - 1900;
        tm.tm_mon = month - 1;
        tm.tm_mday = date;
        text += used;
        if (*text != 'T' && *text != ' ')
            return false;
        text++;
    }
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &used) != 2)
        return false;
    text += used;
    if (*text == ':' && (text++, !parse_seconds(&text, &rest_us)))
        return false;
    tm.tm_hour = hour;
    tm.tm_min = minute;
    tm.tm_sec = 0;
    tm.tm_isdst = -1;
    bool utc = *text == 'Z' && has_date;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || text[utc ? 1 : 0] != '\0')
        return false;
    time_t whole = utc ? timegm(&tm) : mktime(&tm);
    *at = (wall_us)whole * US_PER_S + rest_us;
    if (!has_date && *at + US_PER_S <= day)
        *at += DAY_US;
    return whole != (time_t)-1;
}
