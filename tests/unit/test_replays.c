/*
 * replays: screens of the recordings of real clusters in tests/recordings, at the moments that
 * `moments` there names, against tests/golden/replay: in three sizes, in ASCII, and one size with
 * its colours. A text has no colours: what it says is what a monochrome terminal says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "app/replay.h"
#include "golden.h"
#include "ui/svg.h"

#define REPLAY_GOLDENS "tests/golden/replay"
#define RECORDINGS "tests/recordings"
#define MOMENTS_MAX 64

struct moment {
    char recording[32], at[40], golden[40];
};

static const struct {
    int width, height;
    bool ascii;
} sizes[] = {{200, 50, false}, {120, 36, false}, {80, 24, false}, {80, 24, true}};

static struct player *open_recording(const char *name)
{
    struct error err;
    char path[128];
    struct player *player;

    str_format(path, sizeof path, "%s/%s.jsonl", RECORDINGS, name);
    player = player_open(path, &err);
    if (player == NULL)
        fail_msg("%s: %s", path, err.message);
    return player;
}

static char *paint(struct player *player, mono_us at, const struct moment *moment, int width,
                   int height, bool ascii, bool svg)
{
    bool of_drill = strcmp(moment->recording, "drill") == 0;
    struct canvas canvas = {0};
    char *text;

    canvas_resize(&canvas, width, height);
    replay_paint(player, at, of_drill, ascii, &canvas);
    text = svg ? canvas_to_svg(&canvas) : canvas_to_text(&canvas);
    canvas_free(&canvas);
    return text;
}

static void test_moment(void **state)
{
    const struct moment *moment = *state;
    struct player *player = open_recording(moment->recording);
    struct error err;
    char path[160], *text;
    bool same = true;
    mono_us at;

    if (!player_find(player, moment->at, &at, &err))
        fail_msg("%s %s: %s", moment->recording, moment->at, err.message);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        str_format(path, sizeof path, "%s/%s-%dx%d%s.txt", REPLAY_GOLDENS, moment->golden,
                   sizes[i].width, sizes[i].height, sizes[i].ascii ? "-ascii" : "");
        text = paint(player, at, moment, sizes[i].width, sizes[i].height, sizes[i].ascii, false);
        same &= golden_check_path(path, text);
        free(text);
    }
    str_format(path, sizeof path, "%s/%s-80x24.svg", REPLAY_GOLDENS, moment->golden);
    text = paint(player, at, moment, 80, 24, false, true);
    same &= golden_check_path(path, text);
    free(text);
    player_read_all(player, NULL, NULL);
    assert_string_equal(player_damage(player), "");
    assert_true(player_was_ended(player));
    player_free(&player);
    assert_true(same);
}

int main(void)
{
    static struct moment moments[MOMENTS_MAX];
    struct CMUnitTest tests[MOMENTS_MAX];
    FILE *file = fopen(RECORDINGS "/moments", "r");
    int count = 0;

    setenv("TZ", "UTC", 1);
    tzset();
    if (file == NULL)
        return 1;
    while (count < MOMENTS_MAX && fscanf(file, "%31s %39s %39s", moments[count].recording,
                                         moments[count].at, moments[count].golden) == 3) {
        tests[count] = (struct CMUnitTest){.name = moments[count].golden,
                                           .test_func = test_moment,
                                           .initial_state = &moments[count]};
        count++;
    }
    fclose(file);
    /* The count is known at run time alone. */
    return _cmocka_run_group_tests("replays", tests, (size_t)count, NULL, NULL);
}
