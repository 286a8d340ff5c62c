/*
 * view_detail: everything that is known of one row: what the node says of itself on the left, what
 * was configured and what its sender says on the right; findings first.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/str.h"
#include "ui/columns.h"

#define GRAPH_ROWS 4
#define DASH "-"

static const char *text_or_dash(const char *text)
{
    return text[0] != '\0' ? text : DASH;
}

static void value_lsn(struct sheet *sheet, enum style style, const char *label, lsn_t lsn)
{
    char text[LSN_TEXT_SIZE];

    lsn_format(lsn, text);
    sheet_value(sheet, style, label, "%s", text);
}

static void value_duration(struct sheet *sheet, enum style style, const char *label, int64_t us)
{
    char text[24];

    format_duration(text, sizeof text, us);
    sheet_value(sheet, style, label, "%s", text);
}

static void value_count(struct sheet *sheet, enum style style, const char *label, int count)
{
    if (count == UNKNOWN_COUNT)
        sheet_value(sheet, STYLE_DIM, label, "-");
    else
        sheet_value(sheet, style, label, "%d", count);
}

static bool is_about(const struct finding *finding, const struct table_row *row)
{
    return strcmp(finding->node, row->row->name) == 0;
}

static void write_findings(const struct table_row *row, struct sheet *sheet, bool about_it)
{
    const struct health *health = row->view->in->health;
    bool any = false;

    for (int i = 0; i < health->count; i++) {
        if (is_about(&health->findings[i], row) != about_it)
            continue;
        if (!any)
            sheet_group(sheet, about_it ? "Findings about it" : "Other findings");
        any = true;
        sheet_finding(sheet, &health->findings[i]);
    }
    if (!about_it && health->cut > 0) {
        char text[48];

        str_format(text, sizeof text, "and %d more", health->cut);
        sheet_text(sheet, 2, STYLE_DIM, text);
    }
}

static void write_fault(const struct table_row *row, struct sheet *sheet)
{
    const struct node *node = row->node;
    char since[16], duration[24];

    if (node == NULL || node->fault.kind == FAULT_NONE)
        return;
    clock_format_local_time(node->fault_since.wall, since, sizeof since);
    format_duration(duration, sizeof duration, row->view->now - node->fault_since.mono);
    sheet_group(sheet, "Why it cannot be looked at");
    sheet_value(sheet, STYLE_CRITICAL, node_fault_word(node->fault.kind), "since %s, for %s", since,
                duration);
    if (node->fault.sqlstate[0] != '\0')
        sheet_value(sheet, STYLE_NORMAL, "SQLSTATE", "%s", node->fault.sqlstate);
    sheet_text(sheet, 0, STYLE_NORMAL, text_or_dash(node->fault.text));
}

static const char *role_word(const struct node *node)
{
    if (!node->sampled || node->role == ROLE_UNKNOWN)
        return DASH;
    return node->role == ROLE_PRIMARY ? "primary" : "standby";
}

static void format_version(int version, char *out, size_t size)
{
    if (version <= 0)
        str_copy(out, size, DASH);
    else
        str_format(out, size, "%d.%d", version / 10000, version % 10000);
}

/* A standby's control file may lag behind what it received. */
static void write_timeline(const struct table_row *row, struct sheet *sheet)
{
    int said = row->node->sample.timeline, timeline = row->node->last_timeline;

    if (timeline == 0)
        sheet_value(sheet, STYLE_DIM, "timeline", "-");
    else if (said == timeline)
        sheet_value(sheet, row->node_fresh ? STYLE_NORMAL : STYLE_DIM, "timeline", "%d", timeline);
    else if (said == 0)
        sheet_value(sheet, STYLE_DIM, "timeline", "%d (last known)", timeline);
    else
        sheet_value(sheet, STYLE_DIM, "timeline", "%d (received; its control file says %d)",
                    timeline, said);
}

static void write_identity(const struct table_row *row, struct sheet *sheet)
{
    const struct node *node = row->node;
    const struct node_sample *sample = &node->sample;
    enum style style = row->node_fresh ? STYLE_NORMAL : STYLE_DIM;
    char text[CELL_TEXT_SIZE];

    sheet_group(sheet, "Node");
    sheet_value(sheet, STYLE_NORMAL, "address", "%s", text_or_dash(node->address));
    enum style state_style = cell_state(row, CELL_TEXT_SIZE, text, sizeof text);
    sheet_value(sheet, state_style, "state", "%s", text);
    if (node->diverged)
        sheet_value(sheet, STYLE_CRITICAL, "diverged", "%s", node->diverged_why);
    sheet_value(sheet, style, "role", "%s", role_word(node));
    format_age(text, sizeof text, node_age_us(node, row->view->now));
    sheet_value(sheet, row->node_fresh ? STYLE_NORMAL : STYLE_WARNING, "last look", "%s%s", text,
                node->sampled && node_age_us(node, row->view->now) >= US_PER_S ? " ago" : "");
    if (!node->sampled)
        return;
    value_duration(sheet, style, "round trip", node->rtt_us);
    format_version(sample->server_version, text, sizeof text);
    sheet_value(sheet, style, "server version", "%s", text);
    if (sample->started_at != 0)
        clock_format_utc(sample->started_at, text, sizeof text);
    else
        str_copy(text, sizeof text, DASH);
    sheet_value(sheet, style, "started (server's clock)", "%s", text);
    value_duration(sheet, style, "uptime", sample->uptime_us);
    write_timeline(row, sheet);
    if (sample->system_identifier != 0)
        sheet_value(sheet, style, "system identifier", "%" PRIu64, sample->system_identifier);
    else
        sheet_value(sheet, STYLE_DIM, "system identifier", "-");
    value_count(sheet, style, "client sessions", sample->sessions);
    sheet_value(sheet, sample->all_stats_visible ? style : STYLE_WARNING, "sees all statistics",
                "%s", sample->all_stats_visible ? "yes (pg_monitor)" : "no: GRANT pg_monitor");
}

static const char *replay_pause_word(enum replay_pause pause)
{
    static const char *const words[] = {[REPLAY_PAUSE_UNKNOWN] = DASH,
                                        [REPLAY_RUNNING] = "running",
                                        [REPLAY_PAUSE_REQUESTED] = "pause requested",
                                        [REPLAY_PAUSED] = "paused"};
    return words[pause];
}

static void write_positions(const struct table_row *row, struct sheet *sheet)
{
    const struct node_sample *sample = &row->node->sample;
    enum style style = row->node_fresh ? STYLE_NORMAL : STYLE_DIM;

    sheet_group(sheet, "WAL");
    if (row->node->role == ROLE_PRIMARY) {
        value_lsn(sheet, style, "current LSN", sample->current_lsn);
        value_lsn(sheet, style, "flush LSN", sample->flush_lsn);
        return;
    }
    value_lsn(sheet, style, "receive LSN", sample->receive_lsn);
    value_lsn(sheet, style, "replay LSN", sample->replay_lsn);
    sheet_value(sheet, sample->replay_pause >= REPLAY_PAUSE_REQUESTED ? STYLE_WARNING : style,
                "replay", "%s", replay_pause_word(sample->replay_pause));
    if (sample->receive_lsn > sample->replay_lsn)
        value_duration(sheet, style, "age of replayed commit", sample->replay_age_us);
}

static void write_commits(const struct table_row *row, struct sheet *sheet)
{
    const struct node_sample *sample = &row->node->sample;
    enum style style = row->node_fresh ? STYLE_NORMAL : STYLE_DIM;

    sheet_group(sheet, "Synchronous commits");
    sheet_value(sheet, style, "synchronous_standby_names", "%s%s",
                !sample->sync_names_known                      ? DASH
                : sample->synchronous_standby_names[0] == '\0' ? "(empty)"
                                                               : sample->synchronous_standby_names,
                sample->sync_names_cut ? "\xE2\x80\xA6" : "");
    value_count(sheet, style, "commits waiting", sample->waiting_commits);
    value_duration(sheet, style, "longest wait", sample->longest_wait_us);
}

static void write_receiver(const struct table_row *row, struct sheet *sheet)
{
    const struct receiver_row *receiver = &row->node->sample.receiver;
    enum style style = row->node_fresh ? STYLE_NORMAL : STYLE_DIM;

    sheet_group(sheet, "Receiver (pg_stat_wal_receiver)");
    if (!receiver->present) {
        sheet_text(sheet, 0, row->node_fresh ? STYLE_WARNING : STYLE_DIM,
                   "none: it receives no WAL from a sender");
        return;
    }
    sheet_value(sheet, style, "status", "%s", text_or_dash(receiver->status));
    value_count(sheet, style, "pid", receiver->pid);
    if (receiver->received_tli != 0)
        sheet_value(sheet, style, "received timeline", "%d", receiver->received_tli);
    value_lsn(sheet, style, "flushed LSN", receiver->flushed_lsn);
    value_duration(sheet, style, "last message's age", receiver->last_message_age_us);
    if (receiver->sender_port != UNKNOWN_COUNT)
        sheet_value(sheet, style, "sender", "%s:%d", text_or_dash(receiver->sender_host),
                    receiver->sender_port);
    else
        sheet_value(sheet, style, "sender", "%s", text_or_dash(receiver->sender_host));
    sheet_value(sheet, style, "slot", "%s", text_or_dash(receiver->slot_name));
    sheet_value(sheet, style, "application_name", "%s", text_or_dash(receiver->application_name));
}

static void write_sender_row(const struct table_row *row, struct sheet *sheet)
{
    const struct standby_row *standby = row->standby;
    enum style style = row->row->fresh ? STYLE_NORMAL : STYLE_DIM;
    char title[CELL_TEXT_SIZE + NODE_NAME_SIZE], text[CELL_TEXT_SIZE];

    str_format(title, sizeof title, "As %s reports it (pg_stat_replication)", row->sender->name);
    sheet_group(sheet, title);
    if (!row->row->fresh) {
        format_age(text, sizeof text, node_age_us(row->sender, row->view->now));
        sheet_value(sheet, STYLE_WARNING, "these figures' age", "%s", text);
    }
    sheet_value(sheet, style, "state", "%s", standby_state_word(standby->state));
    sheet_value(sheet, style, "sync_state", "%s", sync_state_word(standby->sync_state));
    value_count(sheet, style, "sync_priority", standby->sync_priority);
    if (standby->client_port > 0)
        sheet_value(sheet, style, "client", "%s:%d", text_or_dash(standby->client_addr),
                    standby->client_port);
    else
        sheet_value(sheet, style, "client", "%s", text_or_dash(standby->client_addr));
    value_count(sheet, style, "walsender's pid", standby->pid);
    sheet_value(sheet, style, "slot", "%s", text_or_dash(standby->slot_name));
    value_lsn(sheet, style, "sent_lsn", standby->sent_lsn);
    value_lsn(sheet, style, "write_lsn", standby->write_lsn);
    value_lsn(sheet, style, "flush_lsn", standby->flush_lsn);
    value_lsn(sheet, style, "replay_lsn", standby->replay_lsn);
    value_duration(sheet, style, "write_lag", standby->write_lag_us);
    value_duration(sheet, style, "flush_lag", standby->flush_lag_us);
    value_duration(sheet, style, "replay_lag", standby->replay_lag_us);
    enum style behind_style = cell_behind(row, CELL_TEXT_SIZE, text, sizeof text);
    sheet_value(sheet, behind_style, "behind", "%s", text);
    if (!row->row->fresh)
        return;
    value_duration(sheet, style, "owes a flush for",
                   standby_stale_for_us(row->sender, row->row->standby, row->view->now));
    value_duration(sheet, style, "owes a replay for",
                   standby_replay_stale_for_us(row->sender, row->row->standby, row->view->now));
    if (row->sender->tracks[row->row->standby].duplicate_name)
        sheet_value(sheet, STYLE_WARNING, "application_name", "another standby has the same");
}

static void write_standbys(const struct table_row *row, struct sheet *sheet)
{
    const struct node_sample *sample = &row->node->sample;
    enum style style = row->node_fresh ? STYLE_NORMAL : STYLE_DIM;

    if (sample->standby_count == 0)
        return;
    sheet_group(sheet, "Its standbys");
    for (int i = 0; i < sample->standby_count; i++) {
        const struct standby_row *standby = &sample->standbys[i];
        char behind[24];

        format_bytes(behind, sizeof behind, standby_behind_bytes(row->node, i));
        sheet_value(sheet, style, text_or_dash(standby->application_name), "%s, %s, %s behind",
                    standby_state_word(standby->state), sync_state_word(standby->sync_state),
                    behind);
    }
    if (sample->standbys_cut)
        sheet_text(sheet, 0, STYLE_DIM, "and more, which were not read");
}

static const char *slot_wal_word(enum slot_wal_status status)
{
    static const char *const words[] = {[SLOT_WAL_UNKNOWN] = DASH,
                                        [SLOT_WAL_RESERVED] = "reserved",
                                        [SLOT_WAL_EXTENDED] = "extended",
                                        [SLOT_WAL_UNRESERVED] = "unreserved",
                                        [SLOT_WAL_LOST] = "lost"};
    return words[status];
}

static enum style slot_style(const struct slot_row *slot)
{
    if (slot->wal_status == SLOT_WAL_LOST)
        return STYLE_CRITICAL;
    return slot->wal_status == SLOT_WAL_UNRESERVED ? STYLE_WARNING : STYLE_NORMAL;
}

static void write_slots(const struct table_row *row, struct sheet *sheet)
{
    const struct node_sample *sample = &row->node->sample;

    if (sample->slot_count == 0)
        return;
    sheet_group(sheet, "Replication slots");
    for (int i = 0; i < sample->slot_count; i++) {
        const struct slot_row *slot = &sample->slots[i];
        char retained[24], safe[24];

        format_bytes(retained, sizeof retained, slot->retained_bytes);
        format_bytes(safe, sizeof safe, slot->safe_wal_bytes);
        sheet_value(sheet, row->node_fresh ? slot_style(slot) : STYLE_DIM, text_or_dash(slot->name),
                    "%s, %s, WAL %s, retains %s, safe for %s",
                    slot->physical ? "physical" : "logical", slot->active ? "active" : "inactive",
                    slot_wal_word(slot->wal_status), retained, safe);
    }
    if (sample->slots_cut)
        sheet_text(sheet, 0, STYLE_DIM, "and more, which were not read");
}

static void write_settings(const struct table_row *row, struct sheet *sheet)
{
    enum style style = row->node_fresh ? STYLE_NORMAL : STYLE_DIM;
    const char(*settings)[SETTING_VALUE_SIZE] = row->node->sample.settings;
    bool were_read = settings[SETTING_WAL_LEVEL][0] != '\0';

    sheet_group(sheet, "Settings");
    for (int i = 0; i < SETTINGS; i++) {
        const char *value = settings[i];

        if (i == SETTING_RESTART_PENDING && value[0] == '\0' && were_read)
            value = "none";
        sheet_value(sheet, value[0] != '\0' ? style : STYLE_DIM, setting_names[i], "%s",
                    text_or_dash(value));
    }
}

static void write_graph(const struct table_row *row, struct sheet *sheet)
{
    bool primary = row->node->role == ROLE_PRIMARY;
    const struct ring *ring = primary ? &row->node->wal_rate : &row->node->behind;
    struct area area = {.row = sheet->line + 2, /* after the blank line and the heading */
                        .height = GRAPH_ROWS,
                        .width = sheet->canvas.width};
    float greatest = view_graph(&sheet->canvas, area, ring);
    char most[24], title[64];

    if (isnan(greatest))
        return;
    format_bytes(most, sizeof most, greatest < 9e18F ? (int64_t)greatest : INT64_MAX);
    str_format(title, sizeof title, "%s, at most %s%s", primary ? "WAL written" : "Bytes behind",
               most, primary ? "/s" : "");
    sheet_group(sheet, title);
    sheet->line += GRAPH_ROWS;
}

static void write_left(const struct table_row *row, struct sheet *sheet)
{
    write_findings(row, sheet, true);
    write_fault(row, sheet);
    if (row->node == NULL) {
        sheet_group(sheet, "Node");
        sheet_text(sheet, 0, STYLE_NORMAL,
                   "not in the cluster description: all that is known of it is what its sender "
                   "reports");
        return;
    }
    write_identity(row, sheet);
    if (!row->node->sampled)
        return;
    write_positions(row, sheet);
    write_graph(row, sheet);
    if (row->node->role == ROLE_PRIMARY)
        write_commits(row, sheet);
    else
        write_receiver(row, sheet);
    write_standbys(row, sheet);
    write_slots(row, sheet);
}

static void write_right(const struct table_row *row, struct sheet *sheet)
{
    if (row->standby != NULL)
        write_sender_row(row, sheet);
    if (row->node != NULL && row->node->role == ROLE_PRIMARY)
        view_latency_page(row->view, sheet);
    if (row->node != NULL && row->node->sampled)
        write_settings(row, sheet);
    write_findings(row, sheet, false);
}

static void write_detail(const struct view *view, struct sheet *sheet, int column, int columns)
{
    struct table_row row;

    if (view->row_count == 0) {
        sheet_text(sheet, 0, STYLE_DIM, "there is no node");
        return;
    }
    table_row_of(view, view->selected, &row);
    if (column == 0)
        write_left(&row, sheet);
    if (columns == 1 || column == 1)
        write_right(&row, sheet);
}

void view_detail_page(const struct view *view, int width, struct page *page)
{
    page->columns = width >= LAYOUT_WIDE_WIDTH ? 2 : 1;
    page->write = write_detail;
    str_copy(page->title, sizeof page->title,
             view->row_count > 0 ? view->rows[view->selected].name : "Node");
}
