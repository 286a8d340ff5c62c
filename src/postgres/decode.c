/*
 * decode: one small reader per type of column, of binary results; a value of another size than its
 * type's is unknown.
 */
#include "postgres/decode.h"

#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "postgres/sql.h"

#define US_1970_TO_2000 (946684800 * US_PER_S)

_Static_assert((int)SETTINGS == (int)SETTINGS_SYSTEM_IDENTIFIER,
               "the settings statement follows enum setting_id");

static const char *value_at(const PGresult *result, int row, int column)
{
    return PQgetisnull(result, row, column) ? NULL : PQgetvalue(result, row, column);
}

/* Cut says whether it did not fit. */
static bool copy_at(const PGresult *result, int row, int column, char *out, size_t size)
{
    const char *text = value_at(result, row, column);

    out[0] = '\0';
    if (text == NULL)
        return true;
    str_sanitize(out, size, text, SIZE_MAX);
    return strlen(text) < size;
}

/* In network order; size bytes, 8 at most. */
static int64_t integer_of(const char *bytes, int size)
{
    uint64_t value = (unsigned char)bytes[0] >= 0x80 ? UINT64_MAX : 0;

    for (int i = 0; i < size; i++)
        value = value << 8 | (unsigned char)bytes[i];
    return (int64_t)value;
}

/* smallint, integer, bigint. */
static int64_t int64_at(const PGresult *result, int row, int column, int64_t unknown)
{
    const char *bytes = value_at(result, row, column);
    int size = PQgetlength(result, row, column);

    return bytes == NULL || (size != 2 && size != 4 && size != 8) ? unknown
                                                                  : integer_of(bytes, size);
}

static int int_at(const PGresult *result, int row, int column, int unknown)
{
    int64_t value = int64_at(result, row, column, unknown);

    return value < INT32_MIN || value > INT32_MAX ? unknown : (int)value;
}

static bool bool_at(const PGresult *result, int row, int column)
{
    const char *bytes = value_at(result, row, column);

    return bytes != NULL && PQgetlength(result, row, column) == 1 && bytes[0] == 1;
}

static lsn_t lsn_at(const PGresult *result, int row, int column)
{
    const char *bytes = value_at(result, row, column);

    if (bytes == NULL || PQgetlength(result, row, column) != 8)
        return LSN_UNKNOWN;
    return (lsn_t)integer_of(bytes, 8);
}

/* In microseconds: time; then days and months, which a lag has none of. */
static int64_t interval_at(const PGresult *result, int row, int column)
{
    const char *bytes = value_at(result, row, column);

    if (bytes == NULL || PQgetlength(result, row, column) != 16)
        return UNKNOWN_US;
    return integer_of(bytes, 8);
}

/* timestamptz counts from 2000; infinity is at the ends. 0: unknown. */
static wall_us time_at(const PGresult *result, int row, int column)
{
    int64_t value = int64_at(result, row, column, INT64_MAX);

    return value > INT64_MAX - US_1970_TO_2000 ? 0 : value + US_1970_TO_2000;
}

/* How long before the server's own clock. */
static int64_t age_at(const PGresult *result, int row, int column, wall_us clock)
{
    wall_us at = time_at(result, row, column);

    return at == 0 || clock == 0 ? UNKNOWN_US : clock - at;
}

/* The index of a word in a list that starts with the unknown one (NULL). */
static int word_at(const PGresult *result, int row, int column, const char *const *words, int count)
{
    const char *text = value_at(result, row, column);

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
    standby->write_lag_us = interval_at(result, row, STANDBYS_WRITE_LAG);
    standby->flush_lag_us = interval_at(result, row, STANDBYS_FLUSH_LAG);
    standby->replay_lag_us = interval_at(result, row, STANDBYS_REPLAY_LAG);
    copy_at(result, row, STANDBYS_SLOT_NAME, standby->slot_name, sizeof standby->slot_name);
}

/* Of more rows than are kept, those that commits may wait for come first; then it goes by pid. */
static bool comes_before(const PGresult *result, int row, int other, bool cut)
{
    bool may_wait = int_at(result, row, STANDBYS_SYNC_PRIORITY, 0) > 0;
    bool other_may = int_at(result, other, STANDBYS_SYNC_PRIORITY, 0) > 0;

    if (cut && may_wait != other_may)
        return may_wait;
    return int_at(result, row, STANDBYS_PID, 0) < int_at(result, other, STANDBYS_PID, 0);
}

/* The rows to keep, sorted. Returns how many. */
static int choose_standbys(const PGresult *result, int *chosen)
{
    int rows = PQntuples(result), count = 0;

    for (int row = 0; row < rows; row++) {
        int at = count;

        while (at > 0 && comes_before(result, row, chosen[at - 1], rows > STANDBY_ROWS_MAX))
            at--;
        if (at == STANDBY_ROWS_MAX)
            continue;
        if (count < STANDBY_ROWS_MAX)
            count++;
        memmove(&chosen[at + 1], &chosen[at], (size_t)(count - 1 - at) * sizeof chosen[0]);
        chosen[at] = row;
    }
    return count;
}

bool decode_standbys(const PGresult *result, struct node_sample *sample)
{
    int chosen[STANDBY_ROWS_MAX] = {0};

    if (PQnfields(result) != STANDBYS_COLUMNS)
        return false;
    sample->standby_count = choose_standbys(result, chosen);
    sample->standbys_cut = PQntuples(result) > STANDBY_ROWS_MAX;
    for (int i = 0; i < sample->standby_count; i++)
        decode_standby(result, chosen[i], &sample->standbys[i]);
    return true;
}

/* How far the node's position is from where the slot keeps WAL. */
static int64_t retained_at(const PGresult *result, int row)
{
    lsn_t restart = lsn_at(result, row, SLOTS_RESTART_LSN);
    lsn_t position = lsn_at(result, row, SLOTS_POSITION_LSN);

    return restart == LSN_UNKNOWN || position == LSN_UNKNOWN ? UNKNOWN_BYTES
                                                             : (int64_t)(position - restart);
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
        slot->retained_bytes = retained_at(result, i);
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
    sample->system_identifier = (uint64_t)int64_at(result, 0, SETTINGS_SYSTEM_IDENTIFIER, 0);
    return true;
}

static void decode_receiver(const PGresult *result, wall_us clock, struct receiver_row *receiver)
{
    receiver->pid = int_at(result, 0, NODE_RECEIVER_PID, 0);
    receiver->present = receiver->pid != 0;
    copy_at(result, 0, NODE_RECEIVER_STATUS, receiver->status, sizeof receiver->status);
    receiver->received_tli = int_at(result, 0, NODE_RECEIVED_TLI, 0);
    receiver->flushed_lsn = lsn_at(result, 0, NODE_RECEIVER_FLUSHED);
    receiver->last_message_age_us = age_at(result, 0, NODE_RECEIVER_MESSAGE_AT, clock);
    copy_at(result, 0, NODE_SENDER_HOST, receiver->sender_host, sizeof receiver->sender_host);
    receiver->sender_port = int_at(result, 0, NODE_SENDER_PORT, UNKNOWN_COUNT);
    copy_at(result, 0, NODE_RECEIVER_SLOT, receiver->slot_name, sizeof receiver->slot_name);
    copy_at(result, 0, NODE_RECEIVER_NAME, receiver->application_name,
            sizeof receiver->application_name);
}

/* 0: unknown. */
static int timeline_at(const PGresult *result)
{
    const char *file = value_at(result, 0, NODE_WAL_FILE);
    unsigned timeline;

    if (file != NULL)
        return sscanf(file, "%8x", &timeline) == 1 && timeline <= INT_MAX ? (int)timeline : 0;
    int received = int_at(result, 0, NODE_RECEIVED_TLI, 0);
    return received != 0 ? received : int_at(result, 0, NODE_CONTROL_TIMELINE, 0);
}

static void decode_sessions(const PGresult *result, wall_us clock, struct node_sample *sample)
{
    sample->all_stats_visible = bool_at(result, 0, NODE_ALL_STATS);
    if (sample->all_stats_visible) { /* else only our own are seen and counted */
        sample->sessions = int_at(result, 0, NODE_SESSIONS, UNKNOWN_COUNT);
        sample->waiting_commits = int_at(result, 0, NODE_WAITING, UNKNOWN_COUNT);
        sample->longest_wait_us = age_at(result, 0, NODE_FIRST_WAITS, clock);
    }
}

bool decode_node(const PGresult *result, struct node_sample *sample, int64_t *conf_loaded_at)
{
    static const char *const pauses[] = {NULL, "not paused", "pause requested", "paused"};

    if (PQnfields(result) != NODE_COLUMNS || PQntuples(result) != 1)
        return false;
    wall_us clock = time_at(result, 0, NODE_CLOCK);
    sample->in_recovery = bool_at(result, 0, NODE_IN_RECOVERY);
    sample->current_lsn = lsn_at(result, 0, NODE_CURRENT_LSN);
    sample->flush_lsn = lsn_at(result, 0, NODE_FLUSH_LSN);
    sample->receive_lsn = lsn_at(result, 0, NODE_RECEIVE_LSN);
    sample->replay_lsn = lsn_at(result, 0, NODE_REPLAY_LSN);
    sample->timeline = timeline_at(result);
    sample->replay_pause = (enum replay_pause)word_at(result, 0, NODE_REPLAY_PAUSE, pauses, 4);
    sample->replay_age_us = age_at(result, 0, NODE_LAST_REPLAYED, clock);
    sample->started_at = time_at(result, 0, NODE_STARTED_AT);
    sample->uptime_us = age_at(result, 0, NODE_STARTED_AT, clock);
    decode_sessions(result, clock, sample);
    sample->sync_names_known = value_at(result, 0, NODE_SYNC_NAMES) != NULL;
    sample->sync_names_cut = !copy_at(result, 0, NODE_SYNC_NAMES, sample->synchronous_standby_names,
                                      sizeof sample->synchronous_standby_names);
    *conf_loaded_at = time_at(result, 0, NODE_CONF_LOADED_AT);
    decode_receiver(result, clock, &sample->receiver);
    return true;
}
