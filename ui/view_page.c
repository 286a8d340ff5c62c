/*
 * view_page: the screens that are a text to read: header, a frame with one or two sheets, footer.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"
#include "ui/view_parts.h"

#define LABEL_WIDTH 29 /* "wal_receiver_status_interval" */
#define WRAPPED_ROWS_MAX 16
#define GAP 3 /* between two sheets */

void sheet_group(struct sheet *sheet, const char *title)
{
    if (sheet->line > 0)
        sheet->line++;
    canvas_text(&sheet->canvas, sheet->line++, 0, sheet->canvas.width, STYLE_TITLE, title);
}

void sheet_text(struct sheet *sheet, int indent, enum style style, const char *text)
{
    sheet->line += canvas_wrap(&sheet->canvas, sheet->line, indent, WRAPPED_ROWS_MAX,
                               sheet->canvas.width - indent, style, text);
}

/* Labels get narrow where there is little room. */
static int label_width(const struct sheet *sheet)
{
    return sheet->canvas.width >= 50 ? LABEL_WIDTH : sheet->canvas.width / 2;
}

int sheet_value_width(const struct sheet *sheet)
{
    return sheet->canvas.width - label_width(sheet);
}

void sheet_value(struct sheet *sheet, enum style style, const char *label, const char *format, ...)
{
    char text[SYNC_RULE_TEXT_SIZE + 64];
    int left = label_width(sheet);
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    canvas_text(&sheet->canvas, sheet->line, 0, left - 1, STYLE_LABEL, label);
    sheet->line += canvas_wrap(&sheet->canvas, sheet->line, left, WRAPPED_ROWS_MAX,
                               sheet->canvas.width - left, style, text);
}

void sheet_finding(struct sheet *sheet, const struct finding *finding)
{
    enum style style = health_style(finding->level);

    canvas_put(&sheet->canvas, sheet->line, 0, style, health_mark(finding->level));
    sheet_text(sheet, 2, style, finding->text);
    if (finding->hint[0] == '\0')
        return;
    canvas_put(&sheet->canvas, sheet->line, 0, STYLE_KEY, GLYPH_ARROW);
    sheet_text(sheet, 2, STYLE_NORMAL, finding->hint);
}

/* What is inside of the frame, and of its column `column`. */
static struct area column_area(int width, int height, int column, int columns)
{
    bool framed = height >= 5 && width >= LAYOUT_LINES_WIDTH;
    struct area area = {.row = framed ? 2 : 0,
                        .column = framed ? 2 : 0,
                        .height = height - (framed ? 4 : 0),
                        .width = width - (framed ? 4 : 0)};
    int half = (area.width - GAP) / 2;

    if (columns == 2) {
        area.column += column * (half + GAP);
        area.width = column == 0 ? half : area.width - half - GAP;
    }
    return area;
}

static int sheet_lines(const struct view *view, const struct page *page, int column, int width)
{
    struct sheet sheet = {0};

    canvas_resize(&sheet.canvas, width, 0);
    page->write(view, &sheet, column, page->columns);
    canvas_free(&sheet.canvas);
    return sheet.line;
}

int view_page_scroll_max(const struct view *view, int width, int height, const struct page *page)
{
    int most = 0;

    for (int column = 0; column < page->columns; column++) {
        struct area area = column_area(width, height, column, page->columns);
        int beyond = sheet_lines(view, page, column, area.width) - area.height;

        if (beyond > most)
            most = beyond;
    }
    return most;
}

static void paint_column(const struct view *view, struct canvas *canvas, const struct page *page,
                         int column, int scroll)
{
    struct area area = column_area(canvas->width, canvas->height, column, page->columns);
    struct sheet sheet = {.canvas.ascii = canvas->ascii};

    if (area.width <= 0 || area.height <= 0)
        return;
    canvas_resize(&sheet.canvas, area.width, sheet_lines(view, page, column, area.width));
    page->write(view, &sheet, column, page->columns);
    canvas_blit(canvas, area.row, area.column, area.height, area.width, &sheet.canvas, scroll);
    canvas_free(&sheet.canvas);
}

void view_page(const struct view *view, struct canvas *canvas, const struct page *page)
{
    int last = view_page_scroll_max(view, canvas->width, canvas->height, page);
    int scroll = view->in->state->scroll < last ? view->in->state->scroll : last;
    bool framed = column_area(canvas->width, canvas->height, 0, 1).row > 0;

    if (framed) {
        view_header(view, canvas, (struct area){.height = 1, .width = canvas->width});
        canvas_box(canvas, 1, 0, canvas->height - 2, canvas->width, page->title);
        view_footer(view, canvas,
                    (struct area){.row = canvas->height - 1, .height = 1, .width = canvas->width});
    }
    for (int column = 0; column < page->columns; column++)
        paint_column(view, canvas, page, column, scroll);
    if (framed && last > 0) {
        char text[64];

        str_format(text, sizeof text, " %d lines above, %d below ", scroll, last - scroll);
        canvas_text_right(canvas, canvas->height - 2, 2, canvas->width - 4, STYLE_DIM, text);
    }
}
