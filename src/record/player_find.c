/*
 * player_find: what a person says of a moment.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "record/player.h"

#define MARK "mark:"

/* "90s", "1m30s", "1h2m3.5s", "250ms", "17us". */
static bool parse_offset(const char *text, int64_t *us)
{
    *us = 0;
    if (*text == '\0')
        return false;
    while (*text != '\0') {
        size_t number = strspn(text, "0123456789.");
        size_t unit = strspn(text + number, "abcdefghijklmnopqrstuvwxyz");
        char part[40];
        int64_t some;

        if (number == 0 || unit == 0 || number + unit + 3 > sizeof part)
            return false;
        str_format(part, sizeof part, "%.*s%s", (int)(number + unit), text,
                   unit == 1 && text[number] == 'm' ? "in" : "");
        if (!parse_duration_us(part, &some) || *us > INT64_MAX / 4 || some > INT64_MAX / 4)
            return false;
        *us += some;
        text += number + unit;
    }
    return true;
}

static bool outside(const struct player *player, const char *text, struct error *err)
{
    char from[16], to[16], length[16], safe[64];
    struct instant start = player_header(player)->at, end = player_end(player);

    str_sanitize(safe, sizeof safe, text, SIZE_MAX);
    clock_format_local_time(start.wall, from, sizeof from);
    clock_format_local_time(end.wall, to, sizeof to);
    format_duration(length, sizeof length, end.mono - start.mono);
    return error_set(err, "\"%s\" is not in the recording: it goes from %s to %s (%s)", safe, from,
                     to, length);
}

static bool find_mark(struct player *player, const char *number, mono_us *at, struct error *err)
{
    char *end;
    unsigned long long mark = strtoull(number, &end, 10);

    if (*end != '\0' || !isdigit((unsigned char)number[0]) || !player_go_to_mark(player, mark))
        return error_set(err, "the recording has %llu marks",
                         (unsigned long long)player_picture(player)->marks);
    *at = player_now(player).mono;
    return true;
}

/* False when it is no wall time; *at stays before the beginning when the clock never said so. */
static bool find_wall(struct player *player, const char *text, mono_us *at)
{
    wall_us wall;

    if (!clock_parse_wall(text, player_header(player)->at.wall, &wall))
        return false;
    player_read_all(player, NULL, NULL);
    *at = player_header(player)->at.mono - 1;
    if (clock_parse_wall(text, player_earliest_wall(player), &wall))
        player_at_wall(player, wall, at);
    return true;
}

bool player_find(struct player *player, const char *text, mono_us *at, struct error *err)
{
    struct instant start = player_header(player)->at;
    int64_t offset_us;

    *at = start.mono;
    if (strcmp(text, "start") == 0)
        return true;
    if (strncmp(text, MARK, sizeof MARK - 1) == 0)
        return find_mark(player, text + sizeof MARK - 1, at, err);
    if (strcmp(text, "end") == 0 || text[0] == '-') {
        player_read_all(player, NULL, NULL);
        *at = player_end(player).mono;
        if (text[0] == 'e')
            return true;
        if (parse_offset(text + 1, &offset_us)) {
            *at -= offset_us;
            return *at >= start.mono || outside(player, text, err);
        }
    } else if (parse_offset(text[0] == '+' ? text + 1 : text, &offset_us)) {
        *at = start.mono + offset_us;
    } else {
        offset_us = find_wall(player, text, at) ? 0 : -1;
    }
    if (text[0] == '-' || offset_us < 0) {
        char safe[64];
        str_sanitize(safe, sizeof safe, text, SIZE_MAX);
        error_set(err, "a moment of a recording cannot be \"%s\"", safe);
        return error_hint(
            err, "such as 90s, 1m30s, -30s (before the end), 12:03:44, mark:2, start or end");
    }
    if (*at >= start.mono && player_go_to(player, *at))
        return true;
    player_read_all(player, NULL, NULL);
    return (*at >= start.mono && *at <= player_end(player).mono) || outside(player, text, err);
}
