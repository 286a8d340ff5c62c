/*
 * decode: one small reader per type of column.
 */
#include "postgres/decode.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "postgres/sql.h"

_Static_assert((int)SETTINGS == (int)SETTINGS_SYSTEM_IDENTIFIER,
               "the settings statement follows enum setting_id");

static const char *text_at(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

/* Cut says whether it did not fit. */
static bool copy_at(const PGresult *result, int row, int column, char *out, size_t size)
{
    const char *text = text_at(result, row, column);

    out[0] = '\0';
    if (text == NULL)
        return true;
    str_sanitize(out, size, text, SIZE_MAX);
    return strlen(text) < size;
}

static int64_t int64_at(const PGresult *result, int row, int column, int64_t unknown)
{
    const char *text = text_at(result, row, column);
    char *end;

    if (text == NULL)
        return unknown;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    return errno != 0 || *end != '\0' || end == text ? unknown : value;
}

static int int_at(const PGresult *result, int row, int column, int unknown)
{
    int64_t value = int64_at(result, row, column, unknown);

    return value < INT32_MIN || value > INT32_MAX ? unknown : (int)value;
}

static bool bool_at(const PGresult *result, int row, int column)
{
    const char *text = text_at(result, row, column);

    return text != NULL && text[0] == 't';
}

static lsn_t lsn_at(const PGresult *result, int row, int column)
{
    const char *text = text_at(result, row, column);
    lsn_t lsn = LSN_UNKNOWN;

    if (text != NULL)
        lsn_parse(text, &lsn);
    return lsn;
}

/* The index of a word in a list that starts with the unknown one (NULL). */
static int word_at(const PGresult *result, int row, int column, const char *const *words, int count)
{
    const char *text = text_at(result, row, column);

    for (int i = 1; text != NULL && i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    return 0;
}

void decode_clear(struct node_sample *sample)
{
    /* Rows are read only up to their counts: they are not worth touching. */
    memset(sample, 0, offsetof(struct node_sample, standbys));
    sample->replay_age_us = sample->uptime_us = sample->longest_wait_us = UNKNOWN_US;
    sample->waiting_commits = sample->sessions = UNKNOWN_COUNT;
    sample->receiver.last_message_age_us = UNKNOWN_US;
    sample->receiver.sender_port = UNKNOWN_COUNT;
}

static void decode_standby(const PGresult *result, int row, struct standby_row *standby)
{
    static const char *const states[] = {NULL,        "startup", "catchup",
                                         "streaming", "backup",  "stopping"};
    static const char *const syncs[] = {NULL, "async", "potential", "sync", "quorum"};

    standby->pid = int_at(result, row, STANDBYS_PID, 0);
    copy_at(result, row, STANDBYS_APPLICATION_NAME, standby->application_name,
            sizeof standby->application_name);
    copy_at(result, row, STANDBYS_CLIENT_ADDR, standby->client_addr, sizeof standby->client_addr);
    standby->client_port = int_at(result, row, STANDBYS_CLIENT_PORT, UNKNOWN_COUNT);
    standby->state = (enum standby_state)word_at(result, row, STANDBYS_STATE, states, 6);
    standby->sync_state = (enum sync_state)word_at(result, row, STANDBYS_SYNC_STATE, syncs, 5);
    standby->sync_priority = int_at(result, row, STANDBYS_SYNC_PRIORITY, UNKNOWN_COUNT);
    standby->sent_lsn = lsn_at(result, row, STANDBYS_SENT_LSN);
    standby->write_lsn = lsn_at(result, row, STANDBYS_WRITE_LSN);
    standby->flush_lsn = lsn_at(result, row, STANDBYS_FLUSH_LSN);
    standby->replay_lsn = lsn_at(result, row, STANDBYS_REPLAY_LSN);
    standby->write_lag_us = int64_at(result, row, STANDBYS_WRITE_LAG, UNKNOWN_US);
    standby->flush_lag_us = int64_at(result, row, STANDBYS_FLUSH_LAG, UNKNOWN_US);
    standby->replay_lag_us = int64_at(result, row, STANDBYS_REPLAY_LAG, UNKNOWN_US);
    copy_at(result, row, STANDBYS_SLOT_NAME, standby->slot_name, sizeof standby->slot_name);
}

bool decode_standbys(const PGresult *result, struct node_sample *sample)
{
    int rows = PQntuples(result);

    if (PQnfields(result) != STANDBYS_COLUMNS)
        return false;
    sample->standbys_cut = rows > STANDBY_ROWS_MAX;
    sample->standby_count = sample->standbys_cut ? STANDBY_ROWS_MAX : rows;
    for (int i = 0; i < sample->standby_count; i++)
        decode_standby(result, i, &sample->standbys[i]);
    return true;
}

bool decode_slots(const PGresult *result, struct node_sample *sample)
{
    static const char *const statuses[] = {NULL, "reserved", "extended", "unreserved", "lost"};
    int rows = PQntuples(result);

    if (PQnfields(result) != SLOTS_COLUMNS)
        return false;
    sample->slots_cut = rows > SLOT_ROWS_MAX;
    sample->slot_count = sample->slots_cut ? SLOT_ROWS_MAX : rows;
    for (int i = 0; i < sample->slot_count; i++) {
        struct slot_row *slot = &sample->slots[i];
        copy_at(result, i, SLOTS_NAME, slot->name, sizeof slot->name);
        slot->physical = bool_at(result, i, SLOTS_PHYSICAL);
        slot->active = bool_at(result, i, SLOTS_ACTIVE);
        slot->active_pid = int_at(result, i, SLOTS_ACTIVE_PID, UNKNOWN_COUNT);
        slot->wal_status = (enum slot_wal_status)word_at(result, i, SLOTS_WAL_STATUS, statuses, 5);
        slot->retained_bytes = int64_at(result, i, SLOTS_RETAINED, UNKNOWN_BYTES);
        slot->safe_wal_bytes = int64_at(result, i, SLOTS_SAFE, UNKNOWN_BYTES);
    }
    return true;
}

bool decode_settings(const PGresult *result, struct node_sample *sample)
{
    if (PQnfields(result) != SETTINGS_COLUMNS || PQntuples(result) != 1)
        return false;
    for (int i = 0; i < SETTINGS; i++)
        copy_at(result, 0, i, sample->settings[i], sizeof sample->settings[i]);
    const char *identifier = text_at(result, 0, SETTINGS_SYSTEM_IDENTIFIER);
    sample->system_identifier = identifier != NULL ? strtoull(identifier, NULL, 10) : 0;
    return true;
}

static void decode_receiver(const PGresult *result, struct receiver_row *receiver)
{
    receiver->pid = int_at(result, 0, NODE_RECEIVER_PID, 0);
    receiver->present = receiver->pid != 0;
    copy_at(result, 0, NODE_RECEIVER_STATUS, receiver->status, sizeof receiver->status);
    receiver->received_tli = int_at(result, 0, NODE_RECEIVED_TLI, 0);
    receiver->flushed_lsn = lsn_at(result, 0, NODE_RECEIVER_FLUSHED);
    receiver->last_message_age_us = int64_at(result, 0, NODE_RECEIVER_MESSAGE_AGE, UNKNOWN_US);
    copy_at(result, 0, NODE_SENDER_HOST, receiver->sender_host, sizeof receiver->sender_host);
    receiver->sender_port = int_at(result, 0, NODE_SENDER_PORT, UNKNOWN_COUNT);
    copy_at(result, 0, NODE_RECEIVER_SLOT, receiver->slot_name, sizeof receiver->slot_name);
    copy_at(result, 0, NODE_RECEIVER_NAME, receiver->application_name,
            sizeof receiver->application_name);
}

bool decode_node(const PGresult *result, struct node_sample *sample, int64_t *conf_loaded_at)
{
    static const char *const pauses[] = {NULL, "not paused", "pause requested", "paused"};

    if (PQnfields(result) != NODE_COLUMNS || PQntuples(result) != 1)
        return false;
    sample->in_recovery = bool_at(result, 0, NODE_IN_RECOVERY);
    sample->current_lsn = lsn_at(result, 0, NODE_CURRENT_LSN);
    sample->flush_lsn = lsn_at(result, 0, NODE_FLUSH_LSN);
    sample->receive_lsn = lsn_at(result, 0, NODE_RECEIVE_LSN);
    sample->replay_lsn = lsn_at(result, 0, NODE_REPLAY_LSN);
    sample->timeline = int_at(result, 0, NODE_TIMELINE, 0);
    sample->replay_pause = (enum replay_pause)word_at(result, 0, NODE_REPLAY_PAUSE, pauses, 4);
    sample->replay_age_us = int64_at(result, 0, NODE_REPLAY_AGE, UNKNOWN_US);
    sample->started_at = int64_at(result, 0, NODE_STARTED_AT, 0);
    sample->uptime_us = int64_at(result, 0, NODE_UPTIME, UNKNOWN_US);
    sample->all_stats_visible = bool_at(result, 0, NODE_ALL_STATS);
    sample->sessions = int_at(result, 0, NODE_SESSIONS, UNKNOWN_COUNT);
    if (sample->all_stats_visible) { /* else the count is 0 because nothing is seen */
        sample->waiting_commits = int_at(result, 0, NODE_WAITING, UNKNOWN_COUNT);
        sample->longest_wait_us = int64_at(result, 0, NODE_LONGEST_WAIT, UNKNOWN_US);
    }
    sample->sync_names_known = text_at(result, 0, NODE_SYNC_NAMES) != NULL;
    sample->sync_names_cut = !copy_at(result, 0, NODE_SYNC_NAMES, sample->synchronous_standby_names,
                                      sizeof sample->synchronous_standby_names);
    *conf_loaded_at = int64_at(result, 0, NODE_CONF_LOADED_AT, 0);
    decode_receiver(result, &sample->receiver);
    return true;
}
