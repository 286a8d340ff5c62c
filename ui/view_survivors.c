/*
 * view_survivors: who can take over from the lost primary; view_split.c has the panel's place when
 * there is more than one primary.
 *
 * When rows are short the nodes stay, then what to do, the headings, a sentence for each node (a
 * column on wide screens), and at last what the primary was: the banner says some of that too.
 */
#include <string.h>

#include "base/str.h"
#include "ui/columns.h"

#define RANK_WIDTH 4 /* "1 ● " */
#define NODES_COMFORT 8
#define SENTENCE_MIN 60 /* columns from which the reason is a sentence and not a few words */
#define WHY_MIN 20
#define ADVICE_WIDE 150 /* columns from which sentences take a row less */
#define ADVICE_MEDIUM 100
#define STATE_WIDTH 14
#define NAME_MAX_WIDTH 20
#define FIGURE_WIDTH 7
#define SYNC_WIDTH 11 /* "potential 2" */
#define SYNC_AGE_WIDTH (SYNC_WIDTH + 8)

bool view_shows_survivors(const struct view *view)
{
    const struct health *health = view->in->health;

    /* Before anything was seen there is nothing to say. */
    return view->model->primary < 0 && health->level == HEALTH_CRITICAL && health->count > 0 &&
           (strcmp(health->findings[0].rule, "no_primary") == 0 ||
            strcmp(health->findings[0].rule, "two_primaries") == 0);
}

int view_sentence_rows(int width)
{
    return width >= ADVICE_WIDE ? 1 : width >= ADVICE_MEDIUM ? 2 : 3;
}

/* ---- the table's columns */

enum survivor_column {
    COLUMN_NAME,
    COLUMN_STATE,
    COLUMN_RECEIVED,
    COLUMN_REPLAYED,
    COLUMN_TIMELINE,
    COLUMN_LACKS,
    COLUMN_SYNC,
    COLUMN_WHY,
    SURVIVOR_COLUMNS
};

static const struct {
    const char *heading;
    bool right;
} columns[SURVIVOR_COLUMNS] = {
    [COLUMN_NAME] = {"NODE", false},        [COLUMN_STATE] = {"NOW", false},
    [COLUMN_RECEIVED] = {"RECEIVED", true}, [COLUMN_REPLAYED] = {"REPLAYED", true},
    [COLUMN_TIMELINE] = {"TL", true},       [COLUMN_LACKS] = {"LACKS", true},
    [COLUMN_SYNC] = {"SYNC WAS", false},    [COLUMN_WHY] = {"PROMOTE?", false},
};

struct table {
    int widths[SURVIVOR_COLUMNS]; /* 0: not shown */
    bool sentence;                /* the last column has room for one */
};

static int lsn_columns(const struct survivors *survivors)
{
    char text[LSN_TEXT_SIZE];
    int width = 10;

    for (int i = 0; i < survivors->count; i++) {
        lsn_format(survivors->items[i].lsn, text);
        if (str_columns(text) > width)
            width = str_columns(text);
    }
    return width;
}

static int name_columns(const struct view *view)
{
    int width = 8;

    for (int i = 0; i < view->survivors.count; i++) {
        int name = str_columns(view->model->nodes[view->survivors.items[i].node].name);
        if (name > width)
            width = name;
    }
    return width < NAME_MAX_WIDTH ? width : NAME_MAX_WIDTH;
}

static int used_columns(const struct table *table)
{
    int used = RANK_WIDTH;

    for (int i = 0; i < COLUMN_WHY; i++)
        used += table->widths[i] > 0 ? table->widths[i] + 1 : 0;
    return used;
}

/* Drops what is least needed until there is room for the reason: with a line of its own for that,
 * none. */
static void choose(const struct view *view, int width, bool own_line, struct table *table)
{
    static const enum survivor_column droppable[] = {COLUMN_SYNC, COLUMN_REPLAYED, COLUMN_STATE,
                                                     COLUMN_TIMELINE, COLUMN_LACKS};
    int room = own_line ? 0 : WHY_MIN + 1, lsn = lsn_columns(&view->survivors);

    *table = (struct table){.widths = {[COLUMN_NAME] = name_columns(view),
                                       [COLUMN_STATE] = STATE_WIDTH,
                                       [COLUMN_RECEIVED] = lsn,
                                       [COLUMN_REPLAYED] = lsn,
                                       [COLUMN_TIMELINE] = 3,
                                       [COLUMN_LACKS] = FIGURE_WIDTH,
                                       [COLUMN_SYNC] = SYNC_AGE_WIDTH}};
    if (used_columns(table) + room > width)
        table->widths[COLUMN_SYNC] = SYNC_WIDTH;
    for (size_t i = 0; i < sizeof droppable / sizeof droppable[0]; i++)
        if (used_columns(table) + room > width)
            table->widths[droppable[i]] = 0;
    if (own_line)
        return;
    table->widths[COLUMN_WHY] = width - used_columns(table);
    table->sentence = table->widths[COLUMN_WHY] >= SENTENCE_MIN;
}

/* ---- a row */

static bool has_warning(const struct survivor *s)
{
    return s->flags >> (SURVIVOR_FIRST_WARNING + 1) != 0; /* to lag is none */
}

static void mark_of(const struct view *view, int index, uint32_t *mark, enum style *style)
{
    const struct survivor *s = &view->survivors.items[index];
    bool first = s->eligible && index == view->survivors.best;

    *mark = !s->eligible     ? GLYPH_CRITICAL
            : has_warning(s) ? GLYPH_WARNING
            : first          ? GLYPH_GOOD
                             : GLYPH_UNKNOWN;
    *style = !s->eligible     ? STYLE_CRITICAL
             : has_warning(s) ? STYLE_WARNING
             : first          ? STYLE_OK
                              : STYLE_NORMAL;
}

static enum style state_cell(const struct view *view, const struct survivor *s, char *out,
                             size_t size)
{
    for (int i = 0; i < view->row_count; i++)
        if (view->rows[i].node == s->node) {
            struct node_state state = node_state_derive(view->model, &view->rows[i], view->now);
            str_copy(out, size, state.word);
            return condition_style(state.condition);
        }
    str_copy(out, size, "-");
    return STYLE_DIM;
}

/* "sync 1, 8 s": as the primary had it when it was last seen. */
static void sync_cell(const struct view *view, const struct survivor *s, int width, char *out,
                      size_t size)
{
    char age[16];

    str_copy(out, size, "-");
    if (!s->has_row || s->sync_state == SYNC_STATE_UNKNOWN)
        return;
    str_copy(out, size, sync_state_word(s->sync_state));
    if (s->sync_priority > 0 && s->sync_state != SYNC_STATE_QUORUM)
        str_appendf(out, size, " %d", s->sync_priority);
    format_age(age, sizeof age, view->survivors.primary_age_us);
    if (width >= SYNC_AGE_WIDTH)
        str_appendf(out, size, ", %s", age);
}

static enum style cell_of(const struct view *view, int index, enum survivor_column column,
                          const struct table *table, char *out, size_t size)
{
    const struct survivors *survivors = &view->survivors;
    const struct survivor *s = &survivors->items[index];
    enum style own = s->fresh ? STYLE_NORMAL : STYLE_DIM, mark_style;
    char lsn[LSN_TEXT_SIZE];
    uint32_t mark;

    out[0] = '\0';
    switch (column) {
    case COLUMN_NAME:
        str_copy(out, size, view->model->nodes[s->node].name);
        return s->fresh ? STYLE_STRONG : STYLE_DIM;
    case COLUMN_STATE:
        return state_cell(view, s, out, size);
    case COLUMN_RECEIVED:
    case COLUMN_REPLAYED:
        lsn_format(column == COLUMN_RECEIVED ? s->lsn : s->replay_lsn, lsn);
        str_copy(out, size, lsn);
        return own;
    case COLUMN_TIMELINE:
        str_copy(out, size, "-");
        if (s->timeline != 0)
            str_format(out, size, "%d", s->timeline);
        return own;
    case COLUMN_LACKS:
        format_bytes(out, size, s->lacks_bytes);
        return s->lacks_bytes > 0 && s->fresh ? STYLE_WARNING : own;
    case COLUMN_SYNC:
        sync_cell(view, s, table->widths[column], out, size);
        return survivors->lost ? STYLE_DIM : STYLE_NORMAL;
    case COLUMN_WHY:
    case SURVIVOR_COLUMNS:
        break;
    }
    mark_of(view, index, &mark, &mark_style);
    if (table->sentence)
        survivor_sentence(view->model, survivors, index, out, size);
    else
        survivor_words(survivors, index, out, size);
    return mark_style;
}

static void paint_cells(const struct view *view, struct canvas *canvas, struct area at, int index,
                        const struct table *table)
{
    char text[SURVIVOR_SENTENCE_SIZE];
    int column = at.column + RANK_WIDTH;

    for (int i = 0; i < SURVIVOR_COLUMNS; i++) {
        int width = table->widths[i];
        if (width == 0)
            continue;
        enum style style = STYLE_LABEL;
        if (index < 0)
            str_copy(text, sizeof text, columns[i].heading);
        else
            style = cell_of(view, index, (enum survivor_column)i, table, text, sizeof text);
        if (columns[i].right)
            canvas_text_right(canvas, at.row, column, width, style, text);
        else
            canvas_text(canvas, at.row, column, width, style, text);
        column += width + 1;
    }
}

static void paint_survivor(const struct view *view, struct canvas *canvas, struct area at,
                           int index, const struct table *table, bool own_line)
{
    char text[SURVIVOR_SENTENCE_SIZE];
    enum style style;
    uint32_t mark;

    mark_of(view, index, &mark, &style);
    if (view->survivors.items[index].eligible)
        canvas_textf(canvas, at.row, at.column, 2, STYLE_STRONG, "%d", index + 1);
    canvas_put(canvas, at.row, at.column + 2, style, mark);
    paint_cells(view, canvas, at, index, table);
    if (!own_line)
        return;
    survivor_sentence(view->model, &view->survivors, index, text, sizeof text);
    canvas_text(canvas, at.row + 1, at.column + RANK_WIDTH, at.width - RANK_WIDTH, style, text);
}

/* ---- the panel */

/* What gets how many of the rows. */
struct share {
    int nodes, advice, heading, lost;
    bool own_lines; /* a sentence under each node */
};

static int take(int *left, int want)
{
    int rows = want < *left ? want : *left;

    if (rows < 0)
        rows = 0;
    *left -= rows;
    return rows;
}

static struct share share_rows(int rows, int width, int nodes, bool sentence_column)
{
    int texts = view_sentence_rows(width), left = rows;
    struct share share = {.nodes = nodes};

    if (nodes > rows - texts - 1 && nodes > 2)
        share.nodes = rows - texts - 1 > 2 ? rows - texts - 1 : 2;
    share.nodes = take(&left, share.nodes);
    share.advice = take(&left, texts);
    share.heading = take(&left, 1);
    share.own_lines = !sentence_column && share.nodes == nodes && left >= nodes;
    if (share.own_lines)
        left -= nodes;
    share.lost = take(&left, width >= ADVICE_MEDIUM ? 1 : 2);
    return share;
}

static bool has_sentence_column(const struct view *view, int width)
{
    struct table table;

    choose(view, width, false, &table);
    return table.sentence;
}

static const char *name_at(const struct view *view, int index)
{
    return view->model->nodes[view->survivors.items[index].node].name;
}

static void survivors_title(const struct view *view, char *out, size_t size)
{
    const struct survivors *survivors = &view->survivors;

    switch (survivors->advice) {
    case SURVIVORS_PROMOTE:
        if (survivors->more >= 0)
            str_format(out, size, "No primary: %s is the best left, %s had more",
                       name_at(view, survivors->best), name_at(view, survivors->more));
        else
            str_format(out, size, "No primary: promote %s", name_at(view, survivors->best));
        break;
    case SURVIVORS_WAIT:
    case SURVIVORS_STILL_RECEIVES:
        str_copy(out, size, "No primary seen: promote nobody");
        break;
    case SURVIVORS_NOBODY:
        str_copy(out, size, "No primary, and nobody can be promoted");
        break;
    case SURVIVORS_PRIMARY_THERE:
    case SURVIVORS_SPLIT_BRAIN:
        str_copy(out, size, "Who would take over");
        break;
    }
}

/* The title says whom; here is when, and what is known of the data. */
static void paint_advice(const struct view *view, struct canvas *canvas, struct area at)
{
    char text[SURVIVORS_ADVICE_SIZE];

    survivors_condition_sentence(view->model, &view->survivors, text, sizeof text);
    if (at.height == 0 || text[0] == '\0')
        return;
    canvas_put(canvas, at.row, at.column, STYLE_KEY, GLYPH_ARROW);
    canvas_wrap(canvas, at.row, at.column + 2, at.height, at.width - 2, STYLE_STRONG, text);
}

static void paint_lost(const struct view *view, struct canvas *canvas, struct area at)
{
    char text[FINDING_TEXT_SIZE];

    if (at.height == 0)
        return;
    survivors_lost_sentence(view->model, &view->survivors, view->now, text, sizeof text);
    canvas_put(canvas, at.row, at.column, STYLE_CRITICAL, GLYPH_CRITICAL);
    canvas_wrap(canvas, at.row, at.column + 2, at.height, at.width - 2, STYLE_NORMAL, text);
}

static void paint_survivors(const struct view *view, struct canvas *canvas, struct area in)
{
    bool sentence_column = has_sentence_column(view, in.width);
    int count = view->survivors.count;
    struct share share = share_rows(in.height, in.width, count, sentence_column);
    struct area at = in;
    struct table table;
    char text[32];

    if (!view->survivors.lost)
        share.lost = 0;
    choose(view, in.width, share.own_lines, &table);
    at.height = share.lost;
    paint_lost(view, canvas, at);
    at.row += share.lost;
    if (share.heading > 0)
        paint_cells(view, canvas, at, -1, &table);
    at.row += share.heading;
    for (int i = 0; i < share.nodes; i++) {
        paint_survivor(view, canvas, at, i, &table, share.own_lines);
        at.row += share.own_lines ? 2 : 1;
    }
    at.height = in.row + in.height - at.row;
    paint_advice(view, canvas, at);
    if (share.nodes < count) {
        str_format(text, sizeof text, " %d more ", count - share.nodes);
        canvas_text_right(canvas, in.row + in.height, in.column, in.width, STYLE_DIM, text);
    }
}

int view_survivors_rows(const struct view *view, int width)
{
    int texts = view_sentence_rows(width - 4), count = view->survivors.count;

    if (view->model->primary_count > 1)
        return view_split_rows(view, width - 4);
    if (count > NODES_COMFORT)
        count = NODES_COMFORT;
    if (!has_sentence_column(view, width - 4))
        count *= 2;
    return 1 + count + texts + (!view->survivors.lost ? 0 : width - 4 >= ADVICE_MEDIUM ? 1 : 2);
}

void view_survivors_title(const struct view *view, char *out, size_t size)
{
    if (view->model->primary_count > 1)
        view_split_title(view, out, size);
    else
        survivors_title(view, out, size);
}

void view_survivors(const struct view *view, struct canvas *canvas, struct area area)
{
    struct area in = {.row = area.row + 1,
                      .column = area.column + 2,
                      .height = area.height - 2,
                      .width = area.width - 4};
    char title[CELL_TEXT_SIZE];

    if (area.height < 3)
        return;
    view_survivors_title(view, title, sizeof title);
    canvas_box(canvas, area.row, area.column, area.height, area.width, title);
    if (view->model->primary_count > 1)
        view_split(view, canvas, in);
    else
        paint_survivors(view, canvas, in);
}
