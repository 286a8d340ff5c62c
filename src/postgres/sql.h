/*
 * sql: the monitoring statements, by server version (12 to 18), and the columns of their results.
 *
 * A look is one pipeline: standbys, now and then slots and settings, and last the node itself, so
 * that the node's own LSNs are read after what the standbys said: a standby that is ahead of them
 * is.
 */
#ifndef POSTGRES_SQL_H
#define POSTGRES_SQL_H

#include <stddef.h>
#include <stdint.h>

/* What a session sets first, each in a statement of its own: what a look that fails would take back
 * must not be in its transaction. */
#define SQL_SESSION_SETTINGS 5
void sql_session_setting(int index, int64_t timeout_ms, char *out, size_t size);

enum sql_id { SQL_STANDBYS, SQL_SLOTS, SQL_SETTINGS, SQL_NODE, SQL_COUNT };

/* The statement's name when prepared. */
const char *sql_name(enum sql_id id);
/* The statement for a server_version_num. Its results are asked for in binary; a column is an
 * integer, a boolean, a pg_lsn, an interval, a timestamptz or text. */
const char *sql_text(enum sql_id id, int server_version);

/* pg_stat_replication with the name of the slot that the walsender uses. */
enum standbys_column {
    STANDBYS_PID,
    STANDBYS_APPLICATION_NAME,
    STANDBYS_CLIENT_ADDR,
    STANDBYS_CLIENT_PORT,
    STANDBYS_STATE,
    STANDBYS_SYNC_STATE,
    STANDBYS_SYNC_PRIORITY,
    STANDBYS_SENT_LSN,
    STANDBYS_WRITE_LSN,
    STANDBYS_FLUSH_LSN,
    STANDBYS_REPLAY_LSN,
    STANDBYS_WRITE_LAG,  /* interval */
    STANDBYS_FLUSH_LAG,  /* interval */
    STANDBYS_REPLAY_LAG, /* interval */
    STANDBYS_SLOT_NAME,
    STANDBYS_COLUMNS
};

/* pg_replication_slots. */
enum slots_column {
    SLOTS_NAME,
    SLOTS_PHYSICAL,
    SLOTS_ACTIVE,
    SLOTS_ACTIVE_PID,
    SLOTS_WAL_STATUS, /* NULL on 12 */
    SLOTS_RESTART_LSN,
    SLOTS_POSITION_LSN, /* of the node */
    SLOTS_SAFE,         /* bytes; NULL on 12 */
    SLOTS_COLUMNS
};

/* One row: the settings by enum setting_id, then: */
enum settings_column { SETTINGS_SYSTEM_IDENTIFIER = 23, SETTINGS_COLUMNS };

/* One row about the node. */
enum node_column {
    NODE_IN_RECOVERY,
    NODE_CURRENT_LSN,
    NODE_FLUSH_LSN,
    NODE_RECEIVE_LSN,
    NODE_REPLAY_LSN,
    NODE_WAL_FILE,         /* of a primary: begins with the timeline in hexadecimal */
    NODE_CONTROL_TIMELINE, /* of a standby that receives nothing */
    NODE_REPLAY_PAUSE,     /* "not paused", "pause requested", "paused" */
    NODE_LAST_REPLAYED,    /* timestamptz, as all times here */
    NODE_STARTED_AT,
    NODE_CLOCK,
    NODE_ALL_STATS,
    NODE_WAITING,
    NODE_FIRST_WAITS, /* when the statement (or its transaction) began that waits for longest */
    NODE_SESSIONS,
    NODE_SYNC_NAMES,
    NODE_CONF_LOADED_AT,
    NODE_RECEIVER_PID,
    NODE_RECEIVER_STATUS,
    NODE_RECEIVED_TLI,
    NODE_RECEIVER_FLUSHED,
    NODE_RECEIVER_MESSAGE_AT,
    NODE_SENDER_HOST,
    NODE_SENDER_PORT,
    NODE_RECEIVER_SLOT,
    NODE_RECEIVER_NAME,
    NODE_COLUMNS
};

#endif
