/*
 * openmetrics_nodes: the metrics of each row of the topology: what a node says of itself, and what
 * its sender says of it.
 *
 * Positions and identity are the last known ones, as in `status --json`; what would be taken for an
 * all clear when the node is gone (its receiver, its slots, its sessions) is there while it is of
 * now only.
 */
#include <inttypes.h>
#include <math.h>

#include "base/str.h"
#include "cluster/node_state.h"
#include "record/openmetrics_internal.h"
#include "record/status_words.h"

/* ---- samples of a row */

static void begin_row(struct metric_writer *writer, const struct look_row *row)
{
    sample_begin(writer, "");
    sample_label(writer, "node", row->place.name);
    if (row->duplicate > 1) {
        char number[16];
        str_format(number, sizeof number, "%d", row->duplicate);
        sample_label(writer, "duplicate", number);
    }
}

static void row_count(struct metric_writer *writer, const struct look_row *row, int64_t count)
{
    begin_row(writer, row);
    sample_end_count(writer, count);
}

static void row_lsn(struct metric_writer *writer, const struct look_row *row, lsn_t lsn)
{
    if (lsn == LSN_UNKNOWN)
        return;
    begin_row(writer, row);
    sample_end_lsn(writer, lsn);
}

static void row_seconds(struct metric_writer *writer, const struct look_row *row, int64_t us)
{
    if (us == UNKNOWN_US)
        return;
    begin_row(writer, row);
    sample_end_seconds(writer, us);
}

/* One of a state set: 1 for the word that holds, 0 for the others. */
static void row_word(struct metric_writer *writer, const struct look_row *row, const char *label,
                     const char *word, bool holds)
{
    begin_row(writer, row);
    sample_label(writer, label, word);
    sample_end_count(writer, holds);
}

/* ---- what a node says of itself */

/* NULL while nothing is known. */
static const struct node_sample *own(const struct look_row *row)
{
    return row->node != NULL && row->node->sampled ? &row->node->sample : NULL;
}

/* NULL unless it is of now. */
static const struct node_sample *own_now(const struct look_row *row)
{
    return row->fresh ? own(row) : NULL;
}

void metric_node_info(struct metric_writer *writer, const struct look_row *row)
{
    const struct node_sample *sample = own(row);
    char version[16] = "", system_identifier[24] = "";

    if (sample != NULL && sample->server_version != 0)
        str_format(version, sizeof version, "%d", sample->server_version);
    if (sample != NULL && sample->system_identifier != 0)
        str_format(system_identifier, sizeof system_identifier, "%" PRIu64,
                   sample->system_identifier);
    begin_row(writer, row);
    sample_label(writer, "listed", row->node != NULL ? "true" : "false");
    sample_label(writer, "upstream",
                 row->place.sender >= 0 ? writer->look->model->nodes[row->place.sender].name : "");
    sample_label(writer, "system_identifier", system_identifier);
    sample_label(writer, "server_version", version);
    sample_end_count(writer, 1);
}

void metric_node_up(struct metric_writer *writer, const struct look_row *row)
{
    if (row->node != NULL && row->node->asked)
        row_count(writer, row, row->node->fault.kind == FAULT_NONE);
}

void metric_node_role(struct metric_writer *writer, const struct look_row *row)
{
    enum node_role is = row->node != NULL ? row->node->role : ROLE_STANDBY;

    for (int role = ROLE_UNKNOWN; role <= ROLE_STANDBY; role++)
        row_word(writer, row, "role", status_role_word((enum node_role)role),
                 is == (enum node_role)role);
}

/* The words are many, and more may come: only the one that holds. */
void metric_node_state(struct metric_writer *writer, const struct look_row *row)
{
    struct node_state state =
        node_state_derive(writer->look->model, &row->place, writer->look->now.mono);

    if (state.word[0] != '-')
        row_word(writer, row, "state", state.word, true);
}

void metric_node_timeline(struct metric_writer *writer, const struct look_row *row)
{
    if (own(row) != NULL && row->node->last_timeline != 0)
        row_count(writer, row, row->node->last_timeline);
}

void metric_node_current_lsn(struct metric_writer *writer, const struct look_row *row)
{
    row_lsn(writer, row, own(row) != NULL ? own(row)->current_lsn : LSN_UNKNOWN);
}

void metric_node_receive_lsn(struct metric_writer *writer, const struct look_row *row)
{
    row_lsn(writer, row, own(row) != NULL ? own(row)->receive_lsn : LSN_UNKNOWN);
}

void metric_node_replay_lsn(struct metric_writer *writer, const struct look_row *row)
{
    row_lsn(writer, row, own(row) != NULL ? own(row)->replay_lsn : LSN_UNKNOWN);
}

void metric_node_rtt(struct metric_writer *writer, const struct look_row *row)
{
    row_seconds(writer, row, own(row) != NULL ? row->node->rtt_us : UNKNOWN_US);
}

void metric_node_age(struct metric_writer *writer, const struct look_row *row)
{
    row_seconds(writer, row,
                row->node != NULL ? node_age_us(row->node, writer->look->now.mono) : UNKNOWN_US);
}

void metric_node_start_time(struct metric_writer *writer, const struct look_row *row)
{
    if (own(row) != NULL && own(row)->started_at != 0)
        row_seconds(writer, row, own(row)->started_at);
}

void metric_node_sessions(struct metric_writer *writer, const struct look_row *row)
{
    if (own_now(row) != NULL && own_now(row)->sessions != UNKNOWN_COUNT)
        row_count(writer, row, own_now(row)->sessions);
}

void metric_node_wal_rate(struct metric_writer *writer, const struct look_row *row)
{
    if (!row->fresh || row->node->role != ROLE_PRIMARY || isnan(row->node->wal_rate_now))
        return;
    begin_row(writer, row);
    sample_end_real(writer, row->node->wal_rate_now);
}

void metric_node_receiver(struct metric_writer *writer, const struct look_row *row)
{
    if (own_now(row) != NULL && own_now(row)->in_recovery)
        row_count(writer, row, own_now(row)->receiver.present);
}

void metric_node_receiver_age(struct metric_writer *writer, const struct look_row *row)
{
    if (own_now(row) != NULL && own_now(row)->receiver.present)
        row_seconds(writer, row, own_now(row)->receiver.last_message_age_us);
}

/* ---- its slots */

static int slots_of(const struct look_row *row)
{
    return own_now(row) != NULL ? own_now(row)->slot_count : 0;
}

static void begin_slot(struct metric_writer *writer, const struct look_row *row, int slot)
{
    begin_row(writer, row);
    sample_label(writer, "slot", own(row)->slots[slot].name);
}

static void slot_bytes(struct metric_writer *writer, const struct look_row *row, int slot,
                       int64_t bytes)
{
    if (bytes == UNKNOWN_BYTES)
        return;
    begin_slot(writer, row, slot);
    sample_end_count(writer, bytes);
}

void metric_slot_active(struct metric_writer *writer, const struct look_row *row)
{
    for (int i = 0; i < slots_of(row); i++) {
        begin_slot(writer, row, i);
        sample_end_count(writer, own(row)->slots[i].active);
    }
}

void metric_slot_retained(struct metric_writer *writer, const struct look_row *row)
{
    for (int i = 0; i < slots_of(row); i++)
        slot_bytes(writer, row, i, own(row)->slots[i].retained_bytes);
}

void metric_slot_safe(struct metric_writer *writer, const struct look_row *row)
{
    for (int i = 0; i < slots_of(row); i++)
        slot_bytes(writer, row, i, own(row)->slots[i].safe_wal_bytes);
}

void metric_slot_wal_status(struct metric_writer *writer, const struct look_row *row)
{
    static const char *const words[] = {[SLOT_WAL_RESERVED] = "reserved",
                                        [SLOT_WAL_EXTENDED] = "extended",
                                        [SLOT_WAL_UNRESERVED] = "unreserved",
                                        [SLOT_WAL_LOST] = "lost"};

    for (int i = 0; i < slots_of(row); i++) {
        enum slot_wal_status is = own(row)->slots[i].wal_status;
        for (int status = SLOT_WAL_RESERVED; is != SLOT_WAL_UNKNOWN && status <= SLOT_WAL_LOST;
             status++) {
            begin_slot(writer, row, i);
            sample_label(writer, "status", words[status]);
            sample_end_count(writer, is == (enum slot_wal_status)status);
        }
    }
}

/* ---- what its sender says of it */

void metric_replication_state(struct metric_writer *writer, const struct look_row *row)
{
    if (row->standby == NULL || row->standby->state == STANDBY_STATE_UNKNOWN)
        return;
    for (int state = STANDBY_STARTUP; state <= STANDBY_STOPPING; state++)
        row_word(writer, row, "state", standby_state_word((enum standby_state)state),
                 row->standby->state == (enum standby_state)state);
}

void metric_replication_sync_state(struct metric_writer *writer, const struct look_row *row)
{
    if (row->standby == NULL || row->standby->sync_state == SYNC_STATE_UNKNOWN)
        return;
    for (int state = SYNC_STATE_ASYNC; state <= SYNC_STATE_QUORUM; state++)
        row_word(writer, row, "sync_state", sync_state_word((enum sync_state)state),
                 row->standby->sync_state == (enum sync_state)state);
}

void metric_replication_priority(struct metric_writer *writer, const struct look_row *row)
{
    if (row->standby != NULL && row->standby->sync_priority != UNKNOWN_COUNT)
        row_count(writer, row, row->standby->sync_priority);
}

void metric_replication_sent(struct metric_writer *writer, const struct look_row *row)
{
    row_lsn(writer, row, row->standby != NULL ? row->standby->sent_lsn : LSN_UNKNOWN);
}

void metric_replication_write(struct metric_writer *writer, const struct look_row *row)
{
    row_lsn(writer, row, row->standby != NULL ? row->standby->write_lsn : LSN_UNKNOWN);
}

void metric_replication_flush(struct metric_writer *writer, const struct look_row *row)
{
    row_lsn(writer, row, row->standby != NULL ? row->standby->flush_lsn : LSN_UNKNOWN);
}

void metric_replication_replay(struct metric_writer *writer, const struct look_row *row)
{
    row_lsn(writer, row, row->standby != NULL ? row->standby->replay_lsn : LSN_UNKNOWN);
}

void metric_replication_behind(struct metric_writer *writer, const struct look_row *row)
{
    int64_t bytes = row->standby != NULL ? standby_behind_bytes(row->sender, row->place.standby)
                                         : UNKNOWN_BYTES;

    if (bytes != UNKNOWN_BYTES)
        row_count(writer, row, bytes);
}

void metric_replication_write_lag(struct metric_writer *writer, const struct look_row *row)
{
    row_seconds(writer, row, row->standby != NULL ? row->standby->write_lag_us : UNKNOWN_US);
}

void metric_replication_flush_lag(struct metric_writer *writer, const struct look_row *row)
{
    row_seconds(writer, row, row->standby != NULL ? row->standby->flush_lag_us : UNKNOWN_US);
}

void metric_replication_replay_lag(struct metric_writer *writer, const struct look_row *row)
{
    row_seconds(writer, row, row->standby != NULL ? row->standby->replay_lag_us : UNKNOWN_US);
}

void metric_replication_stale(struct metric_writer *writer, const struct look_row *row)
{
    if (row->standby != NULL)
        row_seconds(writer, row,
                    standby_stale_for_us(row->sender, row->place.standby, writer->look->now.mono));
}

void metric_replication_replay_stale(struct metric_writer *writer, const struct look_row *row)
{
    if (row->standby != NULL)
        row_seconds(
            writer, row,
            standby_replay_stale_for_us(row->sender, row->place.standby, writer->look->now.mono));
}
