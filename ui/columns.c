/*
 * columns: the table and its cells.
 *
 * A cell's style says how fresh it is: what was told by a server that we cannot ask now is dimmed,
 * whatever it says. Every cell has a width of its own that no value changes; only the width of an
 * LSN follows how far the WAL of the cluster has come.
 */
#include "ui/columns.h"

#include <string.h>

#include "base/str.h"

#define STALLED_POLLS 3
#define AGE_INTERVALS 3
#define DURATION_WIDTH 6
#define TABLE_FRAME 3
#define STALLED_WIDTH 14 /* "123 kB stalled" */
#define LSN_WIDTH 10     /* of X/XXXXXXXX */

static bool replication_is_fresh(const struct table_row *row)
{
    return row->standby != NULL && row->row->fresh;
}

/* Of a figure that the sender reports. */
static enum style reported_style(const struct table_row *row)
{
    return replication_is_fresh(row) ? STYLE_NORMAL : STYLE_DIM;
}

/* Of a figure that the node itself tells. */
static enum style own_style(const struct table_row *row)
{
    return row->node_fresh ? STYLE_NORMAL : STYLE_DIM;
}

static enum style unknown_cell(char *out, size_t size)
{
    str_copy(out, size, "-");
    return STYLE_DIM;
}

enum style cell_state(const struct table_row *row, int width, char *out, size_t size)
{
    const struct node_state *state = &row->state;
    int64_t for_us = state->for_us;
    char duration[24];

    str_copy(out, size, state->word);
    if (for_us == UNKNOWN_US && row->node != NULL && row->node_fresh &&
        row->node->role == ROLE_PRIMARY)
        for_us = row->node->sample.uptime_us;
    if (for_us != UNKNOWN_US && str_columns(out) + 1 + DURATION_WIDTH <= width) {
        format_duration(duration, sizeof duration, for_us);
        str_appendf(out, size, " %s", duration);
    }
    return condition_style(state->condition);
}

static enum style cell_role(const struct table_row *row, int width, char *out, size_t size)
{
    (void)width;
    if (row->node == NULL) {
        str_copy(out, size, "unlisted");
        return STYLE_WARNING;
    }
    if (!row->node->sampled || row->node->role == ROLE_UNKNOWN)
        return unknown_cell(out, size);
    if (row->node->role == ROLE_STANDBY) {
        str_copy(out, size, "standby");
        return own_style(row);
    }
    str_copy(out, size, "primary");
    return row->node_fresh ? STYLE_PRIMARY : STYLE_DIM;
}

static enum style cell_sync(const struct table_row *row, int width, char *out, size_t size)
{
    const struct standby_row *standby = row->standby;

    (void)width;
    if (standby == NULL || standby->sync_state == SYNC_STATE_UNKNOWN)
        return unknown_cell(out, size);
    str_copy(out, size, sync_state_word(standby->sync_state));
    if ((standby->sync_state == SYNC_STATE_SYNC || standby->sync_state == SYNC_STATE_POTENTIAL) &&
        standby->sync_priority > 0)
        str_appendf(out, size, " %d", standby->sync_priority);
    if (!row->row->fresh)
        return STYLE_DIM;
    return standby->sync_state == SYNC_STATE_SYNC || standby->sync_state == SYNC_STATE_QUORUM
               ? STYLE_STRONG
               : STYLE_NORMAL;
}

static enum style cell_timeline(const struct table_row *row, int width, char *out, size_t size)
{
    int timeline = row->node != NULL && row->node->sampled ? row->node->last_timeline : 0;

    (void)width;
    if (timeline == 0)
        return unknown_cell(out, size);
    str_format(out, size, "%d", timeline);
    return timeline == row->node->sample.timeline ? own_style(row) : STYLE_DIM;
}

static enum style lsn_cell(lsn_t lsn, enum style style, char *out, size_t size)
{
    char text[LSN_TEXT_SIZE];

    if (lsn == LSN_UNKNOWN)
        return unknown_cell(out, size);
    lsn_format(lsn, text);
    str_copy(out, size, text);
    return style;
}

static bool is_primary(const struct table_row *row)
{
    return row->node != NULL && row->node->sampled && row->node->role == ROLE_PRIMARY;
}

static enum style cell_sent(const struct table_row *row, int width, char *out, size_t size)
{
    (void)width;
    if (row->standby != NULL)
        return lsn_cell(row->standby->sent_lsn, reported_style(row), out, size);
    return lsn_cell(is_primary(row) ? row->node->sample.current_lsn : LSN_UNKNOWN, own_style(row),
                    out, size);
}

static enum style cell_write(const struct table_row *row, int width, char *out, size_t size)
{
    (void)width;
    return lsn_cell(row->standby != NULL ? row->standby->write_lsn : LSN_UNKNOWN,
                    reported_style(row), out, size);
}

static enum style cell_flush(const struct table_row *row, int width, char *out, size_t size)
{
    (void)width;
    if (row->standby != NULL)
        return lsn_cell(row->standby->flush_lsn, reported_style(row), out, size);
    return lsn_cell(is_primary(row) ? row->node->sample.flush_lsn : LSN_UNKNOWN, own_style(row),
                    out, size);
}

/* The sender's figure, as its neighbours, as long as that can be asked. */
static enum style cell_replay(const struct table_row *row, int width, char *out, size_t size)
{
    bool own = row->node != NULL && row->node->sampled && row->node->role == ROLE_STANDBY;

    (void)width;
    if (row->standby != NULL && (row->row->fresh || !own || !row->node_fresh))
        return lsn_cell(row->standby->replay_lsn, reported_style(row), out, size);
    if (!own)
        return unknown_cell(out, size);
    return lsn_cell(row->node->sample.replay_lsn, own_style(row), out, size);
}

enum style cell_behind(const struct table_row *row, int width, char *out, size_t size)
{
    const int64_t limit = row->view->model->limits.replay_behind_bytes;
    int64_t behind;
    bool stalled;

    if (row->standby == NULL)
        return unknown_cell(out, size);
    behind = standby_behind_bytes(row->sender, row->row->standby);
    if (behind == UNKNOWN_BYTES)
        return unknown_cell(out, size);
    format_bytes(out, size, behind);
    if (!row->row->fresh)
        return STYLE_DIM;
    stalled =
        behind > 0 && row->sender->tracks[row->row->standby].replay_still_polls >= STALLED_POLLS;
    if (stalled && width >= STALLED_WIDTH)
        str_append(out, size, " stalled");
    else if (stalled)
        str_copy(out, size, "stalled");
    if (behind < 0)
        return STYLE_CRITICAL;
    return stalled || (limit != UNKNOWN_BYTES && behind > limit) ? STYLE_WARNING : STYLE_NORMAL;
}

/* The age of a row's last values stands instead of the lag, which no longer means anything then:
 * of the node's own where the table has no column for it, of its sender's always. */
static bool age_instead(const struct table_row *row, char *out, size_t size)
{
    int64_t age = UNKNOWN_US;

    if (!row->has_age && row->node != NULL && !row->node_fresh && row->node->sampled)
        age = node_age_us(row->node, row->view->now);
    else if (row->standby != NULL && !row->row->fresh)
        age = node_age_us(row->sender, row->view->now);
    if (age == UNKNOWN_US || age < US_PER_S)
        return false;
    format_age(out, size, age);
    str_append(out, size, " old");
    return true;
}

enum style cell_lag(const struct table_row *row, int width, char *out, size_t size)
{
    const int64_t limit = row->view->model->limits.replay_lag_us;
    int64_t lag, stale;

    (void)width;
    if (age_instead(row, out, size))
        return STYLE_WARNING;
    if (row->standby == NULL)
        return unknown_cell(out, size);
    lag = row->standby->replay_lag_us;
    stale = replication_is_fresh(row)
                ? standby_stale_for_us(row->sender, row->row->standby, row->view->now)
                : UNKNOWN_US;
    if (stale > 0 && stale > lag)
        lag = stale;
    if (lag == UNKNOWN_US)
        return unknown_cell(out, size);
    format_duration(out, size, lag);
    if (!row->row->fresh)
        return STYLE_DIM;
    return limit != UNKNOWN_US && lag > limit ? STYLE_WARNING : STYLE_NORMAL;
}

static enum style reported_lag(const struct table_row *row, int64_t lag, char *out, size_t size)
{
    if (lag == UNKNOWN_US)
        return unknown_cell(out, size);
    format_duration(out, size, lag);
    return reported_style(row);
}

static enum style cell_write_lag(const struct table_row *row, int width, char *out, size_t size)
{
    (void)width;
    return reported_lag(row, row->standby != NULL ? row->standby->write_lag_us : UNKNOWN_US, out,
                        size);
}

static enum style cell_flush_lag(const struct table_row *row, int width, char *out, size_t size)
{
    (void)width;
    return reported_lag(row, row->standby != NULL ? row->standby->flush_lag_us : UNKNOWN_US, out,
                        size);
}

static enum style cell_rtt(const struct table_row *row, int width, char *out, size_t size)
{
    (void)width;
    if (row->node == NULL || !row->node->sampled || row->node->rtt_us == UNKNOWN_US)
        return unknown_cell(out, size);
    format_duration(out, size, row->node->rtt_us);
    return own_style(row);
}

static enum style cell_age(const struct table_row *row, int width, char *out, size_t size)
{
    int64_t age = row->node != NULL ? node_age_us(row->node, row->view->now) : UNKNOWN_US;

    (void)width;
    if (age == UNKNOWN_US)
        return unknown_cell(out, size);
    format_age(out, size, age);
    return age > AGE_INTERVALS * row->view->model->poll_interval_us && age >= US_PER_S
               ? STYLE_WARNING
               : STYLE_DIM;
}

static const struct column table[] = {
    {"ROLE", "role", 8, 0, false, {5, 5}, {0, 0}, cell_role},
    {"STATE", "state", 14, 21, false, {1, 1}, {9, 13}, cell_state},
    {"SYNC", "sync", 12, 0, false, {4, 4}, {0, 0}, cell_sync},
    {"TL", "timeline", 3, 0, true, {7, 8}, {0, 0}, cell_timeline},
    {"SENT", "sent", LSN_WIDTH, 0, false, {0, 10}, {0, 0}, cell_sent},
    {"WRITE", "write", LSN_WIDTH, 0, false, {0, 9}, {0, 0}, cell_write},
    {"FLUSH", "flush", LSN_WIDTH, 0, false, {0, 7}, {0, 0}, cell_flush},
    {"REPLAY", "replay", LSN_WIDTH, 0, false, {0, 2}, {0, 0}, cell_replay},
    {"BEHIND", "behind", 7, STALLED_WIDTH, true, {2, 6}, {6, 12}, cell_behind},
    {"WRITE LAG", "write lag", 9, 0, true, {11, 15}, {0, 0}, cell_write_lag},
    {"FLUSH LAG", "flush lag", 9, 0, true, {12, 16}, {0, 0}, cell_flush_lag},
    {"LAG", "lag", 9, 0, true, {3, 3}, {0, 0}, cell_lag},
    {"RTT", "rtt", 7, 0, true, {10, 14}, {0, 0}, cell_rtt},
    {"AGE", "age", 6, 0, true, {8, 11}, {0, 0}, cell_age},
};
#define TABLE_COLUMNS ((int)(sizeof table / sizeof table[0]))
#define PRIORITIES 16

/* Below this width of the node column a column of that priority is not worth its room. */
static int node_width_min(int priority)
{
    return priority <= 5 ? 12 : priority <= 10 ? 14 : 20;
}

static bool is_lsn(const struct column *column)
{
    return column->cell == cell_sent || column->cell == cell_write || column->cell == cell_flush ||
           column->cell == cell_replay;
}

static lsn_t greatest_lsn(const struct view *view)
{
    lsn_t greatest = 0;

    for (int i = 0; i < view->model->node_count; i++) {
        const struct node_sample *sample = &view->model->nodes[i].sample;
        const lsn_t lsns[] = {sample->current_lsn, sample->receive_lsn, sample->replay_lsn};

        for (size_t n = 0; n < sizeof lsns / sizeof lsns[0]; n++)
            if (lsns[n] > greatest)
                greatest = lsns[n];
    }
    return greatest;
}

static int lsn_width(const struct view *view)
{
    char text[LSN_TEXT_SIZE];

    lsn_format(greatest_lsn(view), text);
    return str_columns(text) > LSN_WIDTH ? str_columns(text) : LSN_WIDTH;
}

/* What a column is wide at this priority; 0 when it has no claim at it. */
static int claim(const struct column *column, int mode, int priority, int lsn_columns)
{
    if (column->priority[mode] == priority)
        return is_lsn(column) ? lsn_columns : column->width;
    return column->wide_priority[mode] == priority ? column->wide : 0;
}

void columns_choose(const struct view *view, int table_width, struct columns *columns)
{
    int mode = ui_state_shows_lsns(view->in->state, table_width + TABLE_FRAME) ? 1 : 0;
    int lsn_columns = lsn_width(view);
    int widths[TABLE_COLUMNS] = {0};

    memset(columns, 0, sizeof *columns);
    columns->node_width = table_width;
    for (int priority = 1; priority <= PRIORITIES; priority++) {
        for (int i = 0; i < TABLE_COLUMNS; i++) {
            int width = claim(&table[i], mode, priority, lsn_columns);
            int more = widths[i] == 0 ? width + 1 : width - widths[i];

            if (width == 0 || columns->node_width - more < node_width_min(priority))
                continue;
            columns->node_width -= more;
            widths[i] = width;
        }
    }
    for (int i = 0; i < TABLE_COLUMNS; i++) {
        if (widths[i] == 0)
            continue;
        columns->has_age |= table[i].cell == cell_age;
        columns->items[columns->count] = &table[i];
        columns->widths[columns->count++] = widths[i];
    }
}

void table_row_of(const struct view *view, int index, struct table_row *row)
{
    const struct topology_row *from = &view->rows[index];

    memset(row, 0, sizeof *row);
    row->view = view;
    row->row = from;
    if (from->node >= 0)
        row->node = &view->model->nodes[from->node];
    if (from->sender >= 0)
        row->sender = &view->model->nodes[from->sender];
    if (from->standby >= 0 && row->sender != NULL)
        row->standby = &row->sender->sample.standbys[from->standby];
    row->node_fresh = row->node != NULL && node_is_fresh(view->model, row->node, view->now);
    row->state = node_state_derive(view->model, from, view->now);
    row->has_age = true;
}

void columns_row_text(const struct table_row *row, char *out, size_t size)
{
    char cell[CELL_TEXT_SIZE];

    str_copy(out, size, row->row->name);
    for (int i = 0; i < TABLE_COLUMNS; i++) {
        table[i].cell(row, CELL_TEXT_SIZE, cell, sizeof cell);
        str_appendf(out, size, "  %s: %s", table[i].name, cell);
    }
}
