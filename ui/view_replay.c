/*
 * view_replay: the last row of a replay: whether it plays and how fast, its moment, and where that
 * is in the recording.
 */
#include "base/str.h"
#include "ui/view_parts.h"

#define STATE_WIDTH 15 /* "playing 0.25x" */

/* "0:12:33": all of them are equally wide in a recording below ten hours. */
static void format_position(char *out, size_t size, int64_t us)
{
    int64_t seconds = us > 0 ? us / US_PER_S : 0;

    str_format(out, size, "%lld:%02d:%02d", (long long)(seconds / 3600), (int)(seconds / 60 % 60),
               (int)(seconds % 60));
}

static void format_state(const struct view_input *input, char *out, size_t size)
{
    const struct replay_view *replay = input->replay;

    if (input->now.mono >= replay->end.mono)
        str_copy(out, size, replay->cut ? "at its cut end" : "at the end");
    else if (replay->playing)
        str_format(out, size, "playing %gx", replay->speed);
    else
        str_format(out, size, "stopped (%gx)", replay->speed);
}

static void paint_bar(const struct view_input *input, struct canvas *canvas, int row, int column,
                      int columns)
{
    const struct replay_view *replay = input->replay;
    int64_t length = replay->end.mono - replay->start.mono;
    int64_t passed = input->now.mono - replay->start.mono;
    int at = length > 0 ? (int)((double)passed / (double)length * (columns - 1)) : columns - 1;

    if (columns < 4)
        return;
    if (at >= columns)
        at = columns - 1;
    canvas_fill(canvas, row, column, columns, STYLE_BORDER, GLYPH_HORIZONTAL);
    canvas_fill(canvas, row, column, at, STYLE_TITLE, GLYPH_HORIZONTAL);
    canvas_put(canvas, row, column + at, STYLE_TITLE, GLYPH_GOOD);
}

void view_replay_bar(const struct view_input *input, struct canvas *canvas, int row)
{
    const struct replay_view *replay = input->replay;
    char state[32], at[16], position[24], length[24], right[64];
    int column = 1, right_width;

    format_state(input, state, sizeof state);
    clock_format_local_time(input->now.wall, at, sizeof at);
    format_position(position, sizeof position, input->now.mono - replay->start.mono);
    format_position(length, sizeof length, replay->end.mono - replay->start.mono);
    str_format(right, sizeof right, "%s of %s", position, length);
    right_width = str_columns(right);
    canvas_text(canvas, row, column, STATE_WIDTH, STYLE_KEY, state);
    column += STATE_WIDTH + 1;
    if (canvas->width >= 60) {
        canvas_text(canvas, row, column, 8, STYLE_STRONG, at);
        column += 10;
    }
    canvas_text_right(canvas, row, column, canvas->width - column - 1, STYLE_NORMAL, right);
    paint_bar(input, canvas, row, column, canvas->width - column - right_width - 3);
}
