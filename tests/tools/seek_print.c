/*
 * seek_print FILE: how long a recording is, how long it takes to read it and to go to a moment of
 * it: "seconds read_ms seek_median_ms seek_worst_ms".
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/watch.h"
#include "record/player.h"

#define SEEKS 200

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
    static struct assessment assessment;
    int64_t took_us[SEEKS];
    struct error err;

    if (argc != 2)
        return 64;
    mono_us begun = clock_monotonic_us();
    struct player *player = player_open(argv[1], &err);
    if (player == NULL) {
        fprintf(stderr, "seek_print: %s\n", err.message);
        return 1;
    }
    player_read_all(player, NULL, NULL);
    int64_t read_us = clock_monotonic_us() - begun;
    mono_us start = player_header(player)->at.mono;
    int64_t length_us = player_end(player).mono - start;
    for (int i = 0; i < SEEKS; i++) {
        mono_us at = start + length_us / SEEKS * ((i * 7919) % SEEKS);

        begun = clock_monotonic_us();
        player_go_to(player, at);
        assess(player_model(player), player_now(player), &assessment);
        took_us[i] = clock_monotonic_us() - begun;
    }
    qsort(took_us, SEEKS, sizeof took_us[0], compare);
    printf("%.1f %.1f %.2f %.2f\n", (double)length_us / US_PER_S, (double)read_us / 1000,
           (double)took_us[SEEKS / 2] / 1000, (double)took_us[SEEKS - 1] / 1000);
    player_free(&player);
    return 0;
}
