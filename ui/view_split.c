/*
 * view_split: the panel that says, when more than one node accepts writes, who they are, how far
 * each is, whether commits succeed there, who follows, and what to do.
 */
#include "base/str.h"
#include "ui/view_parts.h"

static bool is_one_of_them(const struct view *view, int index)
{
    const struct node *node = &view->model->nodes[index];

    return node->role == ROLE_PRIMARY && node->same_as < 0 &&
           node_is_fresh(view->model, node, view->now);
}

/* "replica2 (potential 2)": who streams from it, by its own rows. */
static void followers(const struct view *view, const struct node *node, char *out, size_t size)
{
    out[0] = '\0';
    for (int i = 0; i < node->sample.standby_count; i++) {
        const struct standby_row *row = &node->sample.standbys[i];
        int of = node->tracks[i].node;
        str_appendf(out, size, "%s%s %s", out[0] != '\0' ? ", " : "",
                    of >= 0 ? view->model->nodes[of].name : row->application_name,
                    sync_state_word(row->sync_state));
    }
    if (out[0] == '\0')
        str_copy(out, size, "nobody");
}

static const char *commits_word(enum commits_end end)
{
    static const char *const words[] = {
        [COMMITS_UNKNOWN] = "unknown", [COMMITS_WAIT] = "wait", [COMMITS_SUCCEED] = "succeed"};
    return words[end];
}

static void paint_primary(const struct view *view, struct canvas *canvas, struct area at, int index)
{
    const struct node *node = &view->model->nodes[index];
    char lsn[LSN_TEXT_SIZE], text[CELL_TEXT_SIZE];
    int column = at.column + 2, end = at.column + at.width, name = at.width < 76 ? 12 : 20;

    canvas_put(canvas, at.row, at.column, STYLE_CRITICAL, GLYPH_CRITICAL);
    canvas_text(canvas, at.row, column, name, STYLE_STRONG, node->name);
    column += name + 1;
    str_format(text, sizeof text, "%d", node->last_timeline);
    canvas_text_right(canvas, at.row, column, 3, STYLE_NORMAL, text);
    lsn_format(node->sample.current_lsn, lsn);
    canvas_text_right(canvas, at.row, column + 4, LSN_TEXT_SIZE - 4, STYLE_NORMAL, lsn);
    column += 4 + LSN_TEXT_SIZE - 3;
    canvas_text(canvas, at.row, column, 12, STYLE_NORMAL,
                commits_word(commits_end_on(view->model, node, view->now)));
    column += 12;
    followers(view, node, text, sizeof text);
    canvas_text(canvas, at.row, column, end - column, STYLE_NORMAL, text);
}

static void paint_primary_headings(struct canvas *canvas, struct area at)
{
    int column = at.column + 2, name = at.width < 76 ? 12 : 20;

    canvas_text(canvas, at.row, column, name, STYLE_LABEL, "PRIMARY");
    column += name + 1;
    canvas_text_right(canvas, at.row, column, 3, STYLE_LABEL, "TL");
    canvas_text_right(canvas, at.row, column + 4, LSN_TEXT_SIZE - 4, STYLE_LABEL, "WRITTEN");
    column += 4 + LSN_TEXT_SIZE - 3;
    canvas_text(canvas, at.row, column, 12, STYLE_LABEL, "COMMITS");
    canvas_text(canvas, at.row, column + 12, at.column + at.width - column - 12, STYLE_LABEL,
                "STREAMS TO");
}

static void paint_fence(const struct view *view, struct canvas *canvas, struct area at)
{
    char text[FINDING_HINT_SIZE + 80];

    if (at.height <= 0)
        return;
    str_format(text, sizeof text, "%s; test writes, load and probe are off until then%s",
               view->in->health->findings[0].hint,
               view->in->state->has_stack ? "; s stops one of them" : "");
    canvas_put(canvas, at.row, at.column, STYLE_KEY, GLYPH_ARROW);
    canvas_wrap(canvas, at.row, at.column + 2, at.height, at.width - 2, STYLE_STRONG, text);
}

int view_split_rows(const struct view *view, int width)
{
    return 1 + view->model->primary_count + view_sentence_rows(width);
}

void view_split(const struct view *view, struct canvas *canvas, struct area in)
{
    int most = in.height > 2 ? in.height - 1 : in.height; /* a row at least for what to do */
    struct area at = in;

    if (in.height >= view_split_rows(view, in.width)) {
        paint_primary_headings(canvas, at);
        at.row++;
    }
    for (int i = 0, shown = 0; i < view->model->node_count && shown < most; i++)
        if (is_one_of_them(view, i)) {
            paint_primary(view, canvas, at, i);
            at.row++;
            shown++;
        }
    at.height = in.row + in.height - at.row;
    paint_fence(view, canvas, at);
}

void view_split_title(const struct view *view, char *out, size_t size)
{
    char since[16], gone[16];

    if (view->model->split_since.wall == 0) { /* a recording of before it was written down */
        str_copy(out, size, "SPLIT BRAIN");
        return;
    }
    clock_format_local_time(view->model->split_since.wall, since, sizeof since);
    format_age(gone, sizeof gone, view->now - view->model->split_since.mono);
    str_format(out, size, "SPLIT BRAIN since %s (%s)", since, gone);
}
