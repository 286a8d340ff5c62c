/*
 * view_alarms: what no screen may hide: two primaries, what a drill could not undo, the journal
 * that an earlier one left.
 */
#include <string.h>

#include "base/str.h"
#include "ui/view_parts.h"

#define ROWS_EACH 3 /* of one alarm */
#define MARGIN 4    /* columns that are not its text */
#define LEFT_MAX 8

struct alarm {
    enum style style;
    uint32_t mark;
    char text[FINDING_TEXT_SIZE + 64];
};

static bool split_brain(const struct view *view, struct alarm *alarm)
{
    const struct health *health = view->in->health;

    if (view->model->primary_count < 2)
        return false;
    str_format(alarm->text, sizeof alarm->text,
               "SPLIT BRAIN: %d nodes say that they are the primary", view->model->primary_count);
    for (int i = 0; i < health->count; i++)
        if (strcmp(health->findings[i].rule, "two_primaries") == 0)
            str_copy(alarm->text, sizeof alarm->text, health->findings[i].text);
    return true;
}

static bool left_behind(const struct view *view, int index, struct alarm *alarm)
{
    const struct drill_view *drill = view->in->state->drill;
    const struct drill_run *run = drill != NULL ? drill->run : NULL;

    if (run == NULL || index >= run->left_count)
        return false;
    str_format(alarm->text, sizeof alarm->text, "NOT UNDONE: %s", run->left[index]);
    return true;
}

static bool journal(const struct view *view, struct alarm *alarm)
{
    const struct drill_view *drill = view->in->state->drill;

    if (drill == NULL || drill->journal[0] == '\0')
        return false;
    str_format(alarm->text, sizeof alarm->text, "AN EARLIER DRILL LEFT: %s", drill->journal);
    return true;
}

/* The main screen says first what is worst, the stack screen where it has a banner. */
static bool says_worst(const struct view *view)
{
    enum ui_screen screen = view->in->state->screen;

    return screen == SCREEN_MAIN || (screen == SCREEN_STACK && view->full);
}

/* The alarm number `index`: the worst first. What a drill that is over has left is the journal's to
 * say on the screens that are not of a drill. */
static bool find_alarm(const struct view *view, int index, struct alarm *alarm)
{
    const struct ui_state *state = view->in->state;
    bool on_main = state->screen == SCREEN_MAIN || state->screen == SCREEN_STACK;

    *alarm = (struct alarm){.style = STYLE_BANNER_CRITICAL, .mark = GLYPH_CRITICAL};
    if (index == 0)
        return !says_worst(view) && split_brain(view, alarm);
    if (index <= LEFT_MAX)
        return (!on_main || state->drill_under_way) && left_behind(view, index - 1, alarm);
    return journal(view, alarm);
}

static int rows_of(const struct alarm *alarm, int width)
{
    int rows = width > MARGIN ? canvas_wrap_rows(width - MARGIN, alarm->text) : 1;

    return rows < ROWS_EACH ? rows : ROWS_EACH;
}

int view_alarm_rows(const struct view *view, int width, int most)
{
    struct alarm alarm;
    int rows = 0;

    for (int i = 0; i <= LEFT_MAX + 1; i++)
        if (find_alarm(view, i, &alarm))
            rows += rows_of(&alarm, width);
    return rows < most ? rows : most;
}

void view_loud(struct canvas *canvas, struct area area, enum style style, uint32_t mark,
               const char *text)
{
    int column = area.width > LAYOUT_LINES_WIDTH ? area.column + 1 : area.column;
    int margin = area.width > LAYOUT_LINES_WIDTH ? MARGIN : 2;

    for (int row = 0; row < area.height; row++)
        canvas_fill(canvas, area.row + row, area.column, area.width, style, ' ');
    if (area.height < 1)
        return;
    canvas_put(canvas, area.row, column, style, mark);
    canvas_wrap(canvas, area.row, column + 2, area.height, area.width - margin, style, text);
}

void view_alarms(const struct view *view, struct canvas *canvas, struct area area)
{
    int end = area.row + area.height;
    struct alarm alarm;

    for (int i = 0; i <= LEFT_MAX + 1 && area.row < end; i++) {
        if (!find_alarm(view, i, &alarm))
            continue;
        area.height = rows_of(&alarm, area.width);
        if (area.height > end - area.row)
            area.height = end - area.row;
        view_loud(canvas, area, alarm.style, alarm.mark, alarm.text);
        area.row += area.height;
    }
}
