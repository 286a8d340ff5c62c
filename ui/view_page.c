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

/* Where everything stands. */
struct places {
    bool framed;
    struct area alarms, above, frame, inside, below;
};

static struct area rows_of(int row, int height, int width)
{
    return (struct area){.row = row, .height = height > 0 ? height : 0, .width = width};
}

static void find_places(const struct view *view, int width, int height, const struct page *page,
                        struct places *places)
{
    bool framed = height >= 5 && width >= LAYOUT_LINES_WIDTH;
    int row = framed ? 1 : 0, left = height - (framed ? 2 : 0);
    int below = page->below < left ? page->below : left;
    int alarms, above;

    left -= below;
    alarms = view_alarm_rows(view, width, left / 2);
    left -= alarms;
    above = page->above < left / 2 ? page->above : left / 2;
    left -= above;
    places->framed = framed && left > 2;
    places->alarms = rows_of(row, alarms, width);
    places->above = rows_of(row + alarms, above, width);
    places->frame = places->inside = rows_of(row + alarms + above, left, width);
    places->below = rows_of(row + alarms + above + left, below, width);
    if (places->framed) {
        places->inside.row += 1;
        places->inside.height -= 2;
        places->inside.column += 2;
        places->inside.width -= 4;
    }
}

static struct area column_area(struct area inside, int column, int columns)
{
    int half = (inside.width - GAP) / 2;

    if (columns == 2) {
        inside.column += column * (half + GAP);
        inside.width = column == 0 ? half : inside.width - half - GAP;
    }
    return inside;
}

static int sheet_lines(const struct view *view, const struct page *page, int column, int width)
{
    struct sheet sheet = {0};

    canvas_resize(&sheet.canvas, width, 0);
    page->write(view, &sheet, column, page->columns);
    canvas_free(&sheet.canvas);
    return sheet.line;
}

static int scroll_max(const struct view *view, const struct page *page, struct area inside)
{
    int most = 0;

    for (int column = 0; column < page->columns; column++) {
        struct area area = column_area(inside, column, page->columns);
        int beyond = sheet_lines(view, page, column, area.width) - area.height;

        if (beyond > most)
            most = beyond;
    }
    return most;
}

int view_page_scroll_max(const struct view *view, int width, int height, const struct page *page)
{
    struct places places;

    find_places(view, width, height, page, &places);
    return scroll_max(view, page, places.inside);
}

static void paint_column(const struct view *view, struct canvas *canvas, const struct page *page,
                         struct area area, int column, int scroll)
{
    struct sheet sheet = {.canvas.ascii = canvas->ascii};

    if (area.width <= 0 || area.height <= 0)
        return;
    canvas_resize(&sheet.canvas, area.width, sheet_lines(view, page, column, area.width));
    page->write(view, &sheet, column, page->columns);
    canvas_blit(canvas, area.row, area.column, area.height, area.width, &sheet.canvas, scroll);
    canvas_free(&sheet.canvas);
}

static void paint_frame(struct canvas *canvas, const struct page *page, struct area frame,
                        int scroll, int last)
{
    char text[64];

    canvas_box(canvas, frame.row, frame.column, frame.height, frame.width, page->title);
    if (last == 0)
        return;
    str_format(text, sizeof text, " %d lines above, %d below ", scroll, last - scroll);
    canvas_text_right(canvas, frame.row + frame.height - 1, 2, frame.width - 4, STYLE_DIM, text);
}

void view_page(const struct view *view, struct canvas *canvas, const struct page *page)
{
    bool has_lines = canvas->height >= 5 && canvas->width >= LAYOUT_LINES_WIDTH;
    struct places places;

    find_places(view, canvas->width, canvas->height, page, &places);
    int last = scroll_max(view, page, places.inside);
    int scroll = view->in->state->scroll < last ? view->in->state->scroll : last;
    if (has_lines) {
        view_header(view, canvas, rows_of(0, 1, canvas->width));
        view_footer(view, canvas, rows_of(canvas->height - 1, 1, canvas->width));
    }
    view_alarms(view, canvas, places.alarms);
    if (page->stand != NULL)
        page->stand(view, canvas, places.above, places.below);
    if (places.framed)
        paint_frame(canvas, page, places.frame, scroll, last);
    for (int column = 0; column < page->columns; column++)
        paint_column(view, canvas, page, column_area(places.inside, column, page->columns), column,
                     scroll);
}
