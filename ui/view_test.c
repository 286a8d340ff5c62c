/*
 * view_test: the page of the replication test: what was written, a row per replica, why it fails.
 */
#include <inttypes.h>

#include "base/str.h"
#include "ui/view_parts.h"

#define NAME_COLUMNS 16
#define TABLE_COLUMNS 62 /* from here on there is a table, else a sentence a node */

static const struct {
    const char *title;
    int width;
} columns_after_name[] = {
    {"STREAMING", 10}, {"RECEIVER", 9}, {"ROW", 4}, {"SINCE SENT", 11}, {"SINCE ACK", 11}};

#define COLUMNS_AFTER_NAME ((int)(sizeof columns_after_name / sizeof columns_after_name[0]))

static const char *answer_word(enum check_answer answer)
{
    static const char *const words[] = {
        [CHECK_UNKNOWN] = "-", [CHECK_NO] = "no", [CHECK_YES] = "yes"};

    return words[answer];
}

static void write_verdict(const struct view *view, struct sheet *sheet)
{
    const struct replication_check *check = view->in->test;
    char took[16];

    format_duration(took, sizeof took, view->in->clock.mono - check->started_at.mono);
    sheet_group(sheet, "Verdict");
    if (!check->ended)
        sheet_value(sheet, STYLE_STRONG, "under way", "%s", took);
    else
        sheet_value(sheet, check->passed ? STYLE_OK : STYLE_CRITICAL,
                    check->whole ? "replication test" : "test write", "%s",
                    check->passed ? "passed" : "FAILED");
    clock_format_local_time(check->started_at.wall, took, sizeof took);
    sheet_value(sheet, STYLE_NORMAL, "begun at", "%s", took);
}

static void write_write(const struct view *view, struct sheet *sheet)
{
    const struct replication_check *check = view->in->test;
    char took[16];

    sheet_group(sheet, "Write");
    sheet_value(sheet, STYLE_NORMAL, "primary", "%s",
                check->primary_name[0] != '\0' ? check->primary_name : "-");
    sheet_value(sheet, STYLE_NORMAL, "table", "%s", check->table[0] != '\0' ? check->table : "-");
    if (check->id != 0)
        sheet_value(sheet, STYLE_NORMAL, "id", "%" PRId64, check->id);
    sheet_value(sheet, STYLE_NORMAL, "synchronous_commit", "%s", commit_level_word(check->level));
    format_duration(took, sizeof took, check->latency_us);
    if (replication_check_is_acknowledged(check))
        sheet_value(sheet, STYLE_OK, check->asynchronous ? "committed" : "acknowledged", "in %s%s",
                    took, check->asynchronous ? ", no standby is asked to confirm" : "");
    else if (check->reason[0] != '\0')
        sheet_value(sheet, STYLE_CRITICAL, "failed", "%s", check->reason);
}

static void write_heading(struct sheet *sheet)
{
    int column = 2 + NAME_COLUMNS;

    canvas_text(&sheet->canvas, sheet->line, 2, NAME_COLUMNS - 1, STYLE_LABEL, "NODE");
    for (int i = 0; i < COLUMNS_AFTER_NAME; i++) {
        canvas_text(&sheet->canvas, sheet->line, column, columns_after_name[i].width - 1,
                    STYLE_LABEL, columns_after_name[i].title);
        column += columns_after_name[i].width;
    }
    sheet->line++;
}

static void write_row(struct sheet *sheet, const struct checked_node *node)
{
    char since_send[16], since_ack[16];
    const char *const cells[] = {answer_word(node->streaming), answer_word(node->receiver),
                                 answer_word(node->row), since_send, since_ack};
    int column = 2 + NAME_COLUMNS;

    format_duration(since_send, sizeof since_send, node->since_send_us);
    format_duration(since_ack, sizeof since_ack, node->since_ack_us);
    canvas_text(&sheet->canvas, sheet->line, 2, NAME_COLUMNS - 1, STYLE_STRONG, node->name);
    for (int i = 0; i < COLUMNS_AFTER_NAME; i++) {
        canvas_text(&sheet->canvas, sheet->line, column, columns_after_name[i].width - 1,
                    STYLE_NORMAL, cells[i]);
        column += columns_after_name[i].width;
    }
    sheet->line++;
}

static void write_sentence(struct sheet *sheet, const struct checked_node *node)
{
    char text[CELL_TEXT_SIZE * 2], since_send[16], since_ack[16];

    format_duration(since_send, sizeof since_send, node->since_send_us);
    format_duration(since_ack, sizeof since_ack, node->since_ack_us);
    str_format(text, sizeof text,
               "%s: streaming %s, receiver %s, row %s, %s since sent, %s since acknowledged",
               node->name, answer_word(node->streaming), answer_word(node->receiver),
               answer_word(node->row), since_send, since_ack);
    sheet_text(sheet, 2, STYLE_NORMAL, text);
}

static void write_node(const struct view *view, struct sheet *sheet,
                       const struct checked_node *node)
{
    bool failed = node->reason[0] != '\0', ended = view->in->test->ended;

    canvas_put(&sheet->canvas, sheet->line, 0,
               !ended   ? STYLE_UNKNOWN
               : failed ? STYLE_CRITICAL
                        : STYLE_OK,
               !ended   ? GLYPH_UNKNOWN
               : failed ? GLYPH_CRITICAL
                        : GLYPH_GOOD);
    if (sheet->canvas.width >= TABLE_COLUMNS)
        write_row(sheet, node);
    else
        write_sentence(sheet, node);
    if (failed)
        sheet_text(sheet, 4, STYLE_CRITICAL, node->reason);
}

static void write_test(const struct view *view, struct sheet *sheet, int column, int columns)
{
    const struct replication_check *check = view->in->test;
    (void)column;
    (void)columns;

    if (check == NULL) {
        sheet_text(sheet, 0, STYLE_DIM, "nothing was tested yet; t tests");
        return;
    }
    write_verdict(view, sheet);
    write_write(view, sheet);
    sheet_group(sheet, "Replicas");
    if (sheet->canvas.width >= TABLE_COLUMNS)
        write_heading(sheet);
    for (int i = 0; i < check->node_count; i++)
        write_node(view, sheet, &check->nodes[i]);
}

void view_test_page(const struct view *view, int width, struct page *page)
{
    const struct replication_check *check = view->in->test;
    (void)width;

    page->columns = 1;
    page->write = write_test;
    str_copy(page->title, sizeof page->title,
             check == NULL || check->whole ? "Replication test" : "Test write");
}
