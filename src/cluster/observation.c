/*
 * observation: the words for what was observed, and the copy that leaves unused rows alone.
 */
#include "cluster/observation.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

const char *const setting_names[SETTINGS] = {
    [SETTING_SYNCHRONOUS_COMMIT] = "synchronous_commit",
    [SETTING_WAL_LEVEL] = "wal_level",
    [SETTING_MAX_WAL_SENDERS] = "max_wal_senders",
    [SETTING_WAL_SENDER_TIMEOUT] = "wal_sender_timeout",
    [SETTING_WAL_RECEIVER_TIMEOUT] = "wal_receiver_timeout",
    [SETTING_WAL_RECEIVER_STATUS_INTERVAL] = "wal_receiver_status_interval",
    [SETTING_WAL_RETRIEVE_RETRY_INTERVAL] = "wal_retrieve_retry_interval",
    [SETTING_WAL_KEEP] = "wal_keep_size",
    [SETTING_MAX_SLOT_WAL_KEEP_SIZE] = "max_slot_wal_keep_size",
    [SETTING_HOT_STANDBY] = "hot_standby",
    [SETTING_HOT_STANDBY_FEEDBACK] = "hot_standby_feedback",
    [SETTING_RECOVERY_MIN_APPLY_DELAY] = "recovery_min_apply_delay",
    [SETTING_PRIMARY_SLOT_NAME] = "primary_slot_name",
    [SETTING_MAX_CONNECTIONS] = "max_connections",
    [SETTING_MAX_WORKER_PROCESSES] = "max_worker_processes",
    [SETTING_MAX_PREPARED_TRANSACTIONS] = "max_prepared_transactions",
    [SETTING_MAX_LOCKS_PER_TRANSACTION] = "max_locks_per_transaction",
    [SETTING_DATA_CHECKSUMS] = "data_checksums",
    [SETTING_WAL_LOG_HINTS] = "wal_log_hints",
    [SETTING_FULL_PAGE_WRITES] = "full_page_writes",
    [SETTING_FSYNC] = "fsync",
    [SETTING_DEFAULT_TRANSACTION_READ_ONLY] = "default_transaction_read_only",
    [SETTING_RESTART_PENDING] = "restart pending",
};

void node_sample_copy(struct node_sample *dst, const struct node_sample *src)
{
    assert(src->standby_count >= 0 && src->standby_count <= STANDBY_ROWS_MAX);
    assert(src->slot_count >= 0 && src->slot_count <= SLOT_ROWS_MAX);
    if (dst == src)
        return;
    memcpy(dst, src, offsetof(struct node_sample, standbys));
    memcpy(dst->standbys, src->standbys, (size_t)src->standby_count * sizeof src->standbys[0]);
    memcpy(dst->slots, src->slots, (size_t)src->slot_count * sizeof src->slots[0]);
}

const char *node_fault_word(enum node_fault_kind kind)
{
    switch (kind) {
    case FAULT_NONE:
        return "up";
    case FAULT_REFUSED:
        return "refused";
    case FAULT_UNREACHABLE:
        return "unreachable";
    case FAULT_CONNECT_TIMEOUT:
        return "timeout";
    case FAULT_NOT_RESPONDING:
        return "not responding";
    case FAULT_CLOSED:
        return "closed";
    case FAULT_RESOLVE:
        return "unknown host";
    case FAULT_STARTING:
        return "starting up";
    case FAULT_SHUTTING_DOWN:
        return "shutting down";
    case FAULT_CRASH_RECOVERY:
        return "crash recovery";
    case FAULT_NOT_CONSISTENT:
        return "not consistent";
    case FAULT_HOT_STANDBY_OFF:
        return "no hot standby";
    case FAULT_TOO_MANY_CONNECTIONS:
        return "too many conns";
    case FAULT_AUTH:
        return "auth failed";
    case FAULT_CONFIG:
        return "bad settings";
    case FAULT_QUERY:
        return "query failed";
    case FAULT_KINDS:
        break;
    }
    return "-";
}

bool node_fault_is_alive(enum node_fault_kind kind)
{
    switch (kind) {
    case FAULT_NONE:
    case FAULT_STARTING:
    case FAULT_SHUTTING_DOWN:
    case FAULT_CRASH_RECOVERY:
    case FAULT_NOT_CONSISTENT:
    case FAULT_HOT_STANDBY_OFF:
    case FAULT_TOO_MANY_CONNECTIONS:
    case FAULT_AUTH:
    case FAULT_CONFIG:
    case FAULT_QUERY:
        return true;
    case FAULT_REFUSED:
    case FAULT_UNREACHABLE:
    case FAULT_CONNECT_TIMEOUT:
    case FAULT_NOT_RESPONDING:
    case FAULT_CLOSED:
    case FAULT_RESOLVE:
    case FAULT_KINDS:
        break;
    }
    return false;
}

const char *standby_state_word(enum standby_state state)
{
    switch (state) {
    case STANDBY_STARTUP:
        return "startup";
    case STANDBY_CATCHUP:
        return "catchup";
    case STANDBY_STREAMING:
        return "streaming";
    case STANDBY_BACKUP:
        return "backup";
    case STANDBY_STOPPING:
        return "stopping";
    case STANDBY_STATE_UNKNOWN:
        break;
    }
    return "-";
}

const char *sync_state_word(enum sync_state state)
{
    switch (state) {
    case SYNC_STATE_ASYNC:
        return "async";
    case SYNC_STATE_POTENTIAL:
        return "potential";
    case SYNC_STATE_SYNC:
        return "sync";
    case SYNC_STATE_QUORUM:
        return "quorum";
    case SYNC_STATE_UNKNOWN:
        break;
    }
    return "-";
}
