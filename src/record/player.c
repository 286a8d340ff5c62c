/*
 * player: see player.h.
 *
 * `head` has read furthest and is never shown: no frame lets time pass in it. A kept picture is a
 * copy of it. `picture` is what is shown.
 */
#include "record/player.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "record/lines.h"

#define KEPT_BYTES ((size_t)96 << 20)
#define KEPT_LEAST 8
#define KEPT_MOST 4096
#define KEPT_EVERY_US (10 * US_PER_S) /* at first */
#define NEWS_MOST 1000000
#define STRETCHES_MOST 100000
#define WALL_STEP_US (10 * US_PER_MS) /* less is no other stretch */
#define PROGRESS_LINES 4096
#define POLL_MARK "\"took\":"

struct kept {
    mono_us at;
    int64_t offset; /* of the line after it */
    struct picture *picture;
};

/* From here on the wall clock is so far ahead of the monotonic one. */
struct stretch {
    mono_us from;
    int64_t wall_ahead;
};

struct player {
    struct lines *lines;
    struct recording_header header;
    struct picture *head;
    int64_t head_offset, head_line; /* the number of the line after it, from 1 */
    struct picture *picture;
    int64_t offset;
    mono_us now;
    bool at_mark; /* not all of this moment was applied */
    struct kept *kept;
    int kept_count, kept_most;
    int64_t kept_every_us;
    mono_us *news;
    size_t news_count, news_room;
    struct stretch *stretches;
    size_t stretch_count, stretch_room;
    char damage[256];
};

/* ---- opening */

static bool read_header(struct player *player, struct error *err)
{
    const char *line;
    size_t length;

    if (lines_next(player->lines, &line, &length) != LINES_LINE)
        return error_set(err, "this is no recording of pgwatch-tui");
    return recording_read_header(line, length, &player->header, err);
}

static void keep(struct player *player)
{
    struct kept *kept = &player->kept[player->kept_count++];

    *kept = (struct kept){player->head->at.mono, player->head_offset, picture_clone(player->head)};
}

static void note_stretch(struct player *player)
{
    const struct stretch now = {player->head->at.mono, player->head->wall_ahead};

    if (player->stretch_count == STRETCHES_MOST)
        return;
    if (player->stretch_count == player->stretch_room) {
        player->stretch_room = player->stretch_room == 0 ? 16 : 2 * player->stretch_room;
        player->stretches =
            mem_realloc(player->stretches, player->stretch_room * sizeof *player->stretches);
    }
    player->stretches[player->stretch_count++] = now;
}

static void note_stretch_if_new(struct player *player)
{
    int64_t moved =
        player->head->wall_ahead - player->stretches[player->stretch_count - 1].wall_ahead;

    if (moved >= WALL_STEP_US || moved <= -WALL_STEP_US)
        note_stretch(player);
}

struct player *player_open(const char *path, struct error *err)
{
    struct player *player = mem_calloc(1, sizeof *player);

    player->lines = lines_open(path, RECORDING_LINE_MAX, err);
    if (player->lines == NULL || !read_header(player, err)) {
        player_free(&player);
        return NULL;
    }
    player->head_offset = player->offset = lines_offset(player->lines);
    player->head_line = 2;
    player->head = picture_new(&player->header);
    player->picture = picture_new(&player->header);
    player->now = player->header.at.mono;
    size_t most = KEPT_BYTES / picture_bytes(player->head);
    player->kept_most = most < KEPT_LEAST ? KEPT_LEAST : most > KEPT_MOST ? KEPT_MOST : (int)most;
    player->kept = mem_calloc((size_t)player->kept_most, sizeof *player->kept);
    player->kept_every_us = KEPT_EVERY_US;
    keep(player);
    note_stretch(player);
    return player;
}

void player_free(struct player **player)
{
    struct player *p = *player;

    if (p == NULL)
        return;
    for (int i = 0; i < p->kept_count; i++)
        picture_free(&p->kept[i].picture);
    free(p->kept);
    free(p->news);
    free(p->stretches);
    picture_free(&p->head);
    picture_free(&p->picture);
    lines_close(&p->lines);
    free(p);
    *player = NULL;
}

/* ---- reading all */

/* Every second one goes; the first stays. */
static void thin_out(struct player *player)
{
    int left = 0;

    for (int i = 0; i < player->kept_count; i++) {
        if (i % 2 == 0)
            player->kept[left++] = player->kept[i];
        else
            picture_free(&player->kept[i].picture);
    }
    player->kept_count = left;
    player->kept_every_us *= 2;
}

static void keep_if_due(struct player *player)
{
    mono_us last = player->kept[player->kept_count - 1].at;

    if (player->head->at.mono - last < player->kept_every_us)
        return;
    if (player->kept_count == player->kept_most)
        thin_out(player);
    else
        keep(player);
}

static void note_news(struct player *player, mono_us at)
{
    if (player->news_count == NEWS_MOST ||
        (player->news_count > 0 && player->news[player->news_count - 1] >= at))
        return;
    if (player->news_count == player->news_room) {
        player->news_room = player->news_room == 0 ? 256 : 2 * player->news_room;
        player->news = mem_realloc(player->news, player->news_room * sizeof *player->news);
    }
    player->news[player->news_count++] = at;
}

static void say_damage(struct player *player, const char *why)
{
    str_format(player->damage, sizeof player->damage, "line %lld is damaged: %s",
               (long long)player->head_line, why);
}

/* False at the end, or where it cannot go on. */
static bool read_line(struct player *player)
{
    uint64_t events = player->head->model->events->total, marks = player->head->marks;
    const char *line;
    size_t length;
    struct error err;
    enum lines_end end = lines_next(player->lines, &line, &length);

    if (end == LINES_AT_END)
        return false;
    if (end == LINES_TOO_LONG) {
        say_damage(player, "it is longer than a line can be");
        return false;
    }
    if (!picture_apply(player->head, line, length, &err)) {
        say_damage(player, err.message);
        return false;
    }
    player->head_offset = lines_offset(player->lines);
    player->head_line++;
    if (player->head->model->events->total != events || player->head->marks != marks)
        note_news(player, player->head->at.mono);
    note_stretch_if_new(player);
    keep_if_due(player);
    return true;
}

void player_read_all(struct player *player, player_progress_fn *progress, void *owner)
{
    if (player->damage[0] != '\0')
        return;
    lines_go_to(player->lines, player->head_offset);
    for (int64_t count = 1; read_line(player); count++)
        if (progress != NULL && count % PROGRESS_LINES == 0 &&
            !progress(owner, player->head_offset, lines_size(player->lines)))
            return;
}

/* ---- going to a moment */

/* The last kept picture that is not after it. */
static const struct kept *kept_before(const struct player *player, mono_us at)
{
    int low = 0, high = player->kept_count - 1;

    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (player->kept[middle].at <= at)
            low = middle;
        else
            high = middle - 1;
    }
    return &player->kept[low];
}

static void start_from(struct player *player, const struct kept *kept)
{
    picture_free(&player->picture);
    player->picture = picture_clone(kept->picture);
    player->offset = kept->offset;
}

/* A line that cannot be applied is the end; player_read_all says why. */
static bool apply_until(struct player *player, mono_us at)
{
    const char *line;
    size_t length;
    mono_us line_at;
    struct error err;

    lines_go_to(player->lines, player->offset);
    while (lines_next(player->lines, &line, &length) == LINES_LINE) {
        if (!picture_line_time(player->picture, line, length, &line_at))
            return false;
        if (line_at > at)
            return true;
        if (!picture_apply(player->picture, line, length, &err))
            return false;
        player->offset = lines_offset(player->lines);
    }
    return false;
}

bool player_go_to(struct player *player, mono_us at)
{
    mono_us start = player->header.at.mono;
    bool there;

    if (at < start)
        at = start;
    if (player->at_mark && at == player->now)
        return true;
    player->at_mark = false;
    const struct kept *kept = kept_before(player, at);
    if (at < player->now || kept->offset > player->offset)
        start_from(player, kept);
    there = apply_until(player, at);
    player->now = at;
    if (!there && player->picture->at.mono < at)
        player->now = player->picture->at.mono;
    return there || player->now == at;
}

/* Continues from the last picture before it. */
static void start_before_mark(struct player *player, uint64_t mark)
{
    int i = player->kept_count - 1;

    while (i > 0 && player->kept[i].picture->marks >= mark)
        i--;
    if (player->picture->marks >= mark || player->kept[i].offset > player->offset)
        start_from(player, &player->kept[i]);
}

bool player_go_to_mark(struct player *player, uint64_t mark)
{
    const char *line;
    size_t length;
    struct error err;

    if (mark == 0)
        return false;
    start_before_mark(player, mark);
    lines_go_to(player->lines, player->offset);
    while (player->picture->marks < mark) {
        if (lines_next(player->lines, &line, &length) != LINES_LINE ||
            !picture_apply(player->picture, line, length, &err))
            break;
        player->offset = lines_offset(player->lines);
    }
    player->now = player->picture->at.mono;
    player->at_mark = player->picture->marks == mark;
    return player->at_mark;
}

/* ---- what is where */

bool player_next_news(const struct player *player, mono_us from, bool back, mono_us *at)
{
    size_t low = 0, high = player->news_count; /* the first one after (not before) `from` */

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (back ? player->news[middle] < from : player->news[middle] <= from)
            low = middle + 1;
        else
            high = middle;
    }
    if (back ? low == 0 : low == player->news_count)
        return false;
    *at = player->news[back ? low - 1 : low];
    return true;
}

static bool is_poll(const char *line, size_t length)
{
    static const char mark[] = POLL_MARK;

    for (size_t i = 0; i + sizeof mark - 1 <= length && i < 64; i++)
        if (memcmp(line + i, mark, sizeof mark - 1) == 0)
            return true;
    return false;
}

bool player_next_poll(struct player *player, mono_us from, bool back, mono_us *at)
{
    const struct kept *kept = kept_before(player, back ? from - 1 : from);
    const char *line;
    size_t length;
    mono_us line_at;
    bool found = false;

    for (;;) {
        lines_go_to(player->lines, kept->offset);
        while (lines_next(player->lines, &line, &length) == LINES_LINE &&
               picture_line_time(player->picture, line, length, &line_at)) {
            if (back && line_at >= from)
                break;
            if (!is_poll(line, length) || line_at <= (back ? 0 : from))
                continue;
            *at = line_at;
            found = true;
            if (!back)
                break;
        }
        if (found || !back || kept == player->kept)
            return found;
        kept--;
    }
}

/* ---- the wall clock */

static wall_us stretch_begin(const struct stretch *stretch)
{
    return stretch->from + stretch->wall_ahead;
}

static mono_us stretch_end(const struct player *player, size_t index)
{
    return index + 1 < player->stretch_count ? player->stretches[index + 1].from
                                             : player->head->at.mono + 1;
}

bool player_at_wall(const struct player *player, wall_us wall, mono_us *at)
{
    const struct stretch *stretches = player->stretches;

    for (size_t i = player->stretch_count; i-- > 0;)
        if (wall >= stretch_begin(&stretches[i]) &&
            wall < stretch_end(player, i) + stretches[i].wall_ahead) {
            *at = wall - stretches[i].wall_ahead;
            return true;
        }
    for (size_t i = player->stretch_count; i-- > 1;)
        if (wall >= stretch_begin(&stretches[i - 1]) && wall < stretch_begin(&stretches[i])) {
            *at = stretches[i].from;
            return true;
        }
    return false;
}

wall_us player_earliest_wall(const struct player *player)
{
    wall_us earliest = stretch_begin(player->stretches);

    for (size_t i = 1; i < player->stretch_count; i++)
        if (stretch_begin(&player->stretches[i]) < earliest)
            earliest = stretch_begin(&player->stretches[i]);
    return earliest;
}

/* ---- questions */

const struct recording_header *player_header(const struct player *player)
{
    return &player->header;
}

const struct picture *player_picture(const struct player *player)
{
    return player->picture;
}

struct model *player_model(struct player *player)
{
    return player->picture->model;
}

struct instant player_now(const struct player *player)
{
    return picture_instant(player->picture, player->now);
}

struct instant player_end(const struct player *player)
{
    return player->head->at;
}

bool player_was_ended(const struct player *player)
{
    return player->head->ended;
}

const char *player_damage(const struct player *player)
{
    return player->damage;
}
