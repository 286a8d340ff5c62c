/*
 * view_help: every key of the key table, what the marks mean, and how to read the figures.
 */
#include "base/str.h"
#include "ui/view_parts.h"

#define KEY_WIDTH 10

/* Somewhere, in this mode. */
static bool works(const struct key_binding *binding, bool replay)
{
    for (int screen = 0; screen < SCREENS; screen++)
        if (key_binding_works(binding, (enum ui_screen)screen, replay))
            return true;
    return false;
}

/* What this cluster does not allow is not there. */
static void write_keys(const struct view *view, struct sheet *sheet)
{
    sheet_group(sheet, "Keys");
    for (int i = 0; i < key_binding_count(); i++) {
        const struct key_binding *binding = key_binding_at(i);

        if (!works(binding, view->in->state->replay) ||
            !ui_state_has(view->in->state, binding->action))
            continue;
        canvas_text(&sheet->canvas, sheet->line, 0, KEY_WIDTH - 1, STYLE_KEY, binding->label);
        sheet_text(sheet, KEY_WIDTH, STYLE_NORMAL, binding->help);
    }
}

static void write_mark(struct sheet *sheet, uint32_t mark, enum style style, const char *meaning)
{
    canvas_put(&sheet->canvas, sheet->line, 0, style, mark);
    sheet_text(sheet, 2, STYLE_NORMAL, meaning);
}

static void write_marks(struct sheet *sheet)
{
    sheet_group(sheet, "Marks");
    write_mark(sheet, GLYPH_GOOD, STYLE_OK, "good: up, or a standby that streams");
    write_mark(sheet, GLYPH_WARNING, STYLE_WARNING,
               "needs a look: starting, catching up, stale, not streaming");
    write_mark(sheet, GLYPH_CRITICAL, STYLE_CRITICAL,
               "bad: cannot be reached, diverged, or a second primary");
    write_mark(sheet, GLYPH_UNKNOWN, STYLE_UNKNOWN, "not known (yet)");
    write_mark(sheet, GLYPH_SELECTED, STYLE_KEY,
               "the selected row, or the panel the arrows move in");
}

static void write_figures(struct sheet *sheet)
{
    static const struct {
        const char *word, *meaning;
    } figures[] = {
        {"-", "not known; never a 0"},
        {"dimmed", "the last that was known; AGE or \"old\" says from when"},
        {"STATE", "pg_stat_replication.state; of a node that is down, why and for how long"},
        {"SYNC", "sync_state and priority, as the node's sender says"},
        {"BEHIND",
         "the sender's current LSN minus the standby's replay_lsn; stalled: more than 0 "
         "and replay did not move for 3 polls"},
        {"LAG",
         "replay_lag as the sender measured it, or for how long the standby has owed an "
         "answer, whichever is longer"},
        {"RTT", "how long our own look at the node took"},
        {"AGE", "since our last look at the node that succeeded"},
        {"unlisted", "a standby that the primary reports and the description does not name"},
        {"needs",
         "standbys that a commit waits for; has: those that answer; can lose: how many "
         "more may fail before commits stop"},
    };

    sheet_group(sheet, "Figures");
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        canvas_text(&sheet->canvas, sheet->line, 0, KEY_WIDTH - 1, STYLE_LABEL, figures[i].word);
        sheet_text(sheet, KEY_WIDTH, STYLE_NORMAL, figures[i].meaning);
    }
}

static void write_help(const struct view *view, struct sheet *sheet, int column, int columns)
{
    if (column == 0)
        write_keys(view, sheet);
    if (columns == 2 && column == 0)
        return;
    write_marks(sheet);
    write_figures(sheet);
}

void view_help_page(const struct view *view, int width, struct page *page)
{
    (void)view;
    page->columns = width >= LAYOUT_WIDE_WIDTH ? 2 : 1;
    page->write = write_help;
    str_copy(page->title, sizeof page->title, "Help");
}
