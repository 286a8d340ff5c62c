/*
 * view_header: the lines that are always there: what is watched and how it is, the banner when it
 * is critical, the synchronous rule, and at the foot the keys.
 */
#include "base/str.h"
#include "ui/view_parts.h"

#define SYNC_LABEL_WIDTH 6
#define WAITING_WIDTH 32 /* kept for "commits waiting 1234 (max 2m13s)" */
#define WAITING_MIN 17   /* "commits waiting 0" */
#define SEPARATOR " \xC2\xB7 "

static int fresh_nodes(const struct view *view)
{
    int fresh = 0;

    for (int i = 0; i < view->model->node_count; i++)
        if (node_is_fresh(view->model, &view->model->nodes[i], view->now))
            fresh++;
    return fresh;
}

/* "3/3 nodes · every 1s · 12:03:44", less of it where there is less room. */
static void right_part(const struct view *view, int width, char *out, size_t size)
{
    char clock[16], every[24];

    clock_format_local_time(view->in->clock.wall, clock, sizeof clock);
    format_interval(every, sizeof every, view->model->poll_interval_us);
    str_format(out, size, "%d/%d", fresh_nodes(view), view->model->node_count);
    if (width >= 72)
        str_append(out, size, " nodes");
    if (width >= 80)
        str_appendf(out, size, SEPARATOR "every %s", every);
    if (width >= 40)
        str_appendf(out, size, SEPARATOR "%s", clock);
}

static int paint_name(const struct view *view, struct canvas *canvas, struct area area, int max)
{
    int column = area.column + 1;

    if (area.width >= 100) {
        canvas_text(canvas, area.row, column, max, STYLE_TITLE, "pgwatch-tui");
        column += 13;
    }
    column += canvas_text(canvas, area.row, column, area.column + max - column, STYLE_STRONG,
                          view->model->cluster);
    if (view->model->stack[0] != '\0' && area.width >= 72)
        column += canvas_textf(canvas, area.row, column, area.column + max - column, STYLE_NORMAL,
                               SEPARATOR "%s", view->model->stack);
    return column;
}

static int paint_paused(const struct view *view, struct canvas *canvas, int row, int column,
                        int max)
{
    char since[16];

    if (!view->in->state->frozen)
        return 0;
    clock_format_local_time(view->in->now.wall, since, sizeof since);
    return canvas_textf(canvas, row, column, max, STYLE_BANNER_WARNING, " PAUSED at %s ", since) +
           2;
}

/* What is not as in a plain live picture. */
static int paint_badges(const struct view *view, struct canvas *canvas, int row, int column,
                        int max)
{
    int used = 0;

    if (view->in->replay != NULL)
        used += canvas_text(canvas, row, column, max, STYLE_BANNER_WARNING, " REPLAY ") + 2;
    if (view->in->state->recording)
        used += canvas_text(canvas, row, column + used, max - used, STYLE_CRITICAL, "REC") + 2;
    return used + paint_paused(view, canvas, row, column + used, max - used);
}

/* The word, and the worst finding unless the banner says it already. */
static void paint_health(const struct view *view, struct canvas *canvas, int row, int column,
                         int max)
{
    const struct health *health = view->in->health;
    enum style style = health_style(health->level);

    if (max < 4)
        return;
    canvas_put(canvas, row, column, style, health_mark(health->level));
    max -= 2;
    column += 2;
    int used = canvas_text(canvas, row, column, max, style, health_word(health->level));
    if (health->count > 0 && health->level != HEALTH_CRITICAL && max - used > 12)
        canvas_text(canvas, row, column + used + 2, max - used - 2, STYLE_NORMAL,
                    health->findings[0].text);
}

void view_header(const struct view *view, struct canvas *canvas, struct area area)
{
    char right[96];
    int right_width, left, end;

    right_part(view, area.width, right, sizeof right);
    right_width = str_columns(right);
    end = area.column + area.width - 1 - right_width;
    left = paint_name(view, canvas, area, area.width / 3) + 3;
    if (end > left)
        canvas_text(canvas, area.row, end, right_width, STYLE_NORMAL, right);
    else
        end = area.column + area.width;
    left += paint_badges(view, canvas, area.row, left, end - left - 2);
    paint_health(view, canvas, area.row, left, end - left - 2);
}

void view_banner(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct health *health = view->in->health;
    enum style style = health_banner_style(health->level);
    int column = area.column + 1;

    if (area.height == 0 || health->count == 0)
        return;
    canvas_fill(canvas, area.row, area.column, area.width, style, ' ');
    canvas_put(canvas, area.row, column, style, health_mark(health->level));
    column += 2;
    canvas_text(canvas, area.row, column, area.width - BANNER_MARGIN, style,
                health->findings[0].text);
}

/* How much is said of what the rule needs, when there is less and less room. */
enum needs_detail { NEEDS_ALL, NEEDS_WITHOUT_NAMES, NEEDS_COUNTS, NEEDS_DETAILS };

/* "needs 1 · has 1 (replica1) · can lose 1 more" */
static void format_needs(const struct sync_verdict *verdict, enum needs_detail detail, char *out,
                         size_t size)
{
    out[0] = '\0';
    if (!verdict->known)
        return;
    if (verdict->method == SYNC_OFF) {
        str_copy(out, size, "commits wait for no standby");
        return;
    }
    str_format(out, size, "needs %d", verdict->needed);
    if (verdict->confirmed == UNKNOWN_COUNT) {
        str_append(out, size, SEPARATOR "has unknown");
        if (detail == NEEDS_ALL)
            str_append(out, size, " (no privilege)");
    } else {
        str_appendf(out, size, SEPARATOR "has %d", verdict->confirmed);
    }
    if (detail == NEEDS_ALL && verdict->confirmed > 0 && verdict->confirmed_names[0] != '\0')
        str_appendf(out, size, " (%s)", verdict->confirmed_names);
    if (detail == NEEDS_COUNTS)
        return;
    if (verdict->short_of > 0)
        str_appendf(out, size, SEPARATOR "%d too few", verdict->short_of);
    else if (verdict->can_lose == UNKNOWN_COUNT)
        str_append(out, size, SEPARATOR "can lose: unknown");
    else
        str_appendf(out, size, SEPARATOR "can lose %d more", verdict->can_lose);
}

/* The most that fits. */
static void format_needs_fitting(const struct sync_verdict *verdict, int columns, char *out,
                                 size_t size)
{
    for (int detail = NEEDS_ALL; detail < NEEDS_DETAILS; detail++) {
        format_needs(verdict, (enum needs_detail)detail, out, size);
        if (str_columns(out) <= columns)
            return;
    }
}

static enum style needs_style(const struct sync_verdict *verdict)
{
    if (!verdict->known || verdict->method == SYNC_OFF || verdict->confirmed == UNKNOWN_COUNT)
        return STYLE_NORMAL;
    if (verdict->short_of > 0 || verdict->confirmed < verdict->needed)
        return STYLE_CRITICAL;
    return verdict->can_lose == 0 ? STYLE_WARNING : STYLE_NORMAL;
}

static void format_rule(const struct view *view, char *out, size_t size)
{
    char why[80];

    if (view->in->verdict->known) {
        sync_rule_format(&view->model->rule, out, size);
        return;
    }
    sync_unknown_why(view->model, view->now, why, sizeof why);
    str_format(out, size, "unknown: %s", why);
}

static bool sees_waiting(const struct model *model)
{
    return model->primary < 0 || model->nodes[model->primary].sample.all_stats_visible;
}

static enum style format_waiting(const struct view *view, bool with_names, char *out, size_t size)
{
    const struct sync_verdict *verdict = view->in->verdict;
    char wait[24];

    if (verdict->waiting_commits == UNKNOWN_COUNT) {
        str_copy(out, size, "commits waiting: unknown");
        if (!sees_waiting(view->model))
            str_append(out, size, " (no privilege)");
        return STYLE_UNKNOWN;
    }
    str_format(out, size, "commits waiting %d", verdict->waiting_commits);
    if (verdict->longest_wait_us != UNKNOWN_US) {
        format_duration(wait, sizeof wait, verdict->longest_wait_us);
        str_appendf(out, size, " (max %s)", wait);
    }
    if (with_names && verdict->waiting_commits > 0 && verdict->waiting_for[0] != '\0')
        str_appendf(out, size, " for %s", verdict->waiting_for);
    if (verdict->waiting_commits == 0)
        return STYLE_NORMAL;
    return verdict->short_of > 0 ||
                   (view->model->limits.blocked_commit_us != UNKNOWN_US &&
                    verdict->longest_wait_us > view->model->limits.blocked_commit_us)
               ? STYLE_CRITICAL
               : STYLE_WARNING;
}

int view_sync_rows(const struct view *view, int width)
{
    char rule[SYNC_RULE_TEXT_SIZE], needs[512];

    format_rule(view, rule, sizeof rule);
    format_needs(view->in->verdict, NEEDS_ALL, needs, sizeof needs);
    return 2 + SYNC_LABEL_WIDTH + str_columns(rule) + 3 + str_columns(needs) + 3 + WAITING_WIDTH <=
                   width
               ? 1
               : 2;
}

static void paint_sync_line(const struct view *view, struct canvas *canvas, struct area area,
                            const char *rule)
{
    int column = area.column, end = area.column + area.width;
    char needs[512], waiting[512];
    enum style style = format_waiting(view, false, waiting, sizeof waiting);

    format_needs(view->in->verdict, NEEDS_ALL, needs, sizeof needs);
    column += canvas_text(canvas, area.row, column, end - column, STYLE_STRONG, rule) + 3;
    column +=
        canvas_text(canvas, area.row, column, end - column, needs_style(view->in->verdict), needs);
    column += 3;
    canvas_text_right(canvas, area.row, column, end - column, style, waiting);
}

static void paint_sync_lines(const struct view *view, struct canvas *canvas, struct area area,
                             const char *rule)
{
    char needs[512], waiting[512];
    enum style style = format_waiting(view, true, waiting, sizeof waiting);
    int room, right;

    if (str_columns(waiting) > area.width / 2)
        style = format_waiting(view, false, waiting, sizeof waiting);
    right = str_columns(waiting) > WAITING_MIN ? str_columns(waiting) : WAITING_MIN;
    room = area.width - right - 2;
    format_needs_fitting(view->in->verdict, room, needs, sizeof needs);
    canvas_text(canvas, area.row, area.column, area.width, STYLE_STRONG, rule);
    canvas_text(canvas, area.row + 1, area.column, room, needs_style(view->in->verdict), needs);
    canvas_text_right(canvas, area.row + 1, area.column + area.width - right, right, style,
                      waiting);
}

void view_sync(const struct view *view, struct canvas *canvas, struct area area)
{
    struct area text = area;
    char rule[SYNC_RULE_TEXT_SIZE];

    if (area.height == 0)
        return;
    canvas_text(canvas, area.row, area.column + 1, SYNC_LABEL_WIDTH, STYLE_LABEL, "sync");
    text.column += 1 + SYNC_LABEL_WIDTH;
    text.width -= 2 + SYNC_LABEL_WIDTH;
    format_rule(view, rule, sizeof rule);
    if (area.height == 1)
        paint_sync_line(view, canvas, text, rule);
    else
        paint_sync_lines(view, canvas, text, rule);
}

static void paint_filter(const struct view *view, struct canvas *canvas, struct area area)
{
    int column = area.column + 1;

    column += canvas_text(canvas, area.row, column, area.width - 2, STYLE_KEY, "filter: ");
    column += canvas_text(canvas, area.row, column, area.width - (column - area.column) - 1,
                          STYLE_STRONG, view->in->state->filter);
    canvas_put(canvas, area.row, column, STYLE_STRONG, '_');
    canvas_text_right(canvas, area.row, column + 2, area.width - (column - area.column) - 3,
                      STYLE_DIM, "Enter keep  Esc all");
}

static void paint_seek(const struct view *view, struct canvas *canvas, struct area area)
{
    int column = area.column + 1;

    column += canvas_text(canvas, area.row, column, area.width - 2, STYLE_KEY, "go to: ");
    column += canvas_text(canvas, area.row, column, area.width - (column - area.column) - 1,
                          STYLE_STRONG, view->in->state->seek);
    canvas_put(canvas, area.row, column, STYLE_STRONG, '_');
    canvas_text_right(canvas, area.row, column + 2, area.width - (column - area.column) - 3,
                      STYLE_DIM, "12:03:44  1m30s  -30s  end   Enter go  Esc stay");
}

static void paint_keys(const struct view *view, struct canvas *canvas, struct area area)
{
    int column = area.column + 1, end = area.column + area.width;

    for (int i = 0; i < key_binding_count(); i++) {
        const struct key_binding *binding = key_binding_at(i);
        int width;

        if (binding->footer == NULL ||
            !key_binding_works(binding, view->in->state->screen, view->in->state->replay))
            continue;
        if (!ui_state_offers(view->in->state, binding->action))
            continue;
        width = str_columns(binding->label) + 1 + str_columns(binding->footer);
        if (column + width > end)
            break;
        column += canvas_text(canvas, area.row, column, width, STYLE_KEY, binding->label) + 1;
        column += canvas_text(canvas, area.row, column, width, STYLE_DIM, binding->footer) + 2;
    }
}

void view_footer(const struct view *view, struct canvas *canvas, struct area area)
{
    const struct ui_state *state = view->in->state;

    if (state->filtering)
        paint_filter(view, canvas, area);
    else if (state->seeking)
        paint_seek(view, canvas, area);
    else if (state->notice[0] != '\0' && view->in->clock.mono < state->notice_until)
        canvas_text(canvas, area.row, area.column + 1, area.width - 2, STYLE_STRONG, state->notice);
    else
        paint_keys(view, canvas, area);
}
