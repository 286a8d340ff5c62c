/*
 * observation: what one look at one node brought, as a value without pointers.
 *
 * It is made by postgres/ (or read from a recording), applied to the model, and nothing else enters
 * the model. Unknown is told apart from zero everywhere: LSN_UNKNOWN, UNKNOWN_US, UNKNOWN_COUNT, an
 * empty text, an enum's UNKNOWN. Sizes are limits of what is shown; `..._cut` says that the server
 * had more.
 */
#ifndef CLUSTER_OBSERVATION_H
#define CLUSTER_OBSERVATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "cluster/lsn.h"
#include "cluster/sync_rule.h"

#define UNKNOWN_US ((int64_t)INT64_MIN)
#define UNKNOWN_BYTES ((int64_t)INT64_MIN)
#define UNKNOWN_COUNT (-1)

#define NODE_NAME_SIZE 64
#define ADDRESS_SIZE 64
#define FAULT_TEXT_SIZE 256
#define SETTING_VALUE_SIZE 64
#define STANDBY_ROWS_MAX 64
#define SLOT_ROWS_MAX 32

/* Why a node could not be looked at. What ends it stands beside each. */
enum node_fault_kind {
    FAULT_NONE,
    FAULT_REFUSED,         /* nobody listens: the server is down */
    FAULT_UNREACHABLE,     /* no route, network unreachable, path lost (tcp_user_timeout) */
    FAULT_CONNECT_TIMEOUT, /* no answer to the connection within its deadline */
    FAULT_NOT_RESPONDING,  /* connected, but the poll's answer is overdue; the connection is kept, a
                              late answer ends it */
    FAULT_CLOSED,          /* the server (or its kernel) closed the connection */
    FAULT_RESOLVE,         /* the host name cannot be resolved */
    FAULT_STARTING,        /* 57P03 starting up */
    FAULT_SHUTTING_DOWN,   /* 57P03 shutting down, 57P01 */
    FAULT_CRASH_RECOVERY,  /* 57P03 in recovery mode, 57P02 */
    FAULT_NOT_CONSISTENT,  /* 57P03 not yet accepting connections */
    FAULT_HOT_STANDBY_OFF, /* 57P03 not accepting connections, hot standby mode is disabled */
    FAULT_TOO_MANY_CONNECTIONS, /* 53300 */
    FAULT_AUTH,                 /* 28P01, 28000, no password: credentials or pg_hba.conf */
    FAULT_CONFIG, /* 3D000, bad connection setting, TLS demanded and not had: needs a person */
    FAULT_QUERY, /* connected, but the poll failed with an SQL error that does not pass by itself */
    FAULT_KINDS
};

struct node_fault {
    enum node_fault_kind kind;
    char sqlstate[6];           /* "" when the error came from the network or from libpq */
    char text[FAULT_TEXT_SIZE]; /* one sanitized line without secrets, as the server or libpq said
                                   it */
};

enum standby_state { /* pg_stat_replication.state */
                     STANDBY_STATE_UNKNOWN,
                     STANDBY_STARTUP,
                     STANDBY_CATCHUP,
                     STANDBY_STREAMING,
                     STANDBY_BACKUP,
                     STANDBY_STOPPING
};
enum sync_state { /* pg_stat_replication.sync_state */
                  SYNC_STATE_UNKNOWN,
                  SYNC_STATE_ASYNC,
                  SYNC_STATE_POTENTIAL,
                  SYNC_STATE_SYNC,
                  SYNC_STATE_QUORUM
};

/* One row of pg_stat_replication on the node that sends. NULL (also: no privilege) is unknown. */
struct standby_row {
    int pid; /* of the walsender */
    char application_name[STANDBY_NAME_SIZE];
    char client_addr[ADDRESS_SIZE]; /* "" for a Unix socket or no privilege */
    int client_port;                /* UNKNOWN_COUNT: not known */
    enum standby_state state;
    enum sync_state sync_state;
    int sync_priority; /* UNKNOWN_COUNT: not known */
    lsn_t sent_lsn, write_lsn, flush_lsn, replay_lsn;
    int64_t write_lag_us, flush_lag_us,
        replay_lag_us; /* measured by the sender's clock alone; UNKNOWN_US for NULL */
    char slot_name[STANDBY_NAME_SIZE]; /* the slot whose active_pid is pid; "" when none or not seen
                                        */
};

enum slot_wal_status {
    SLOT_WAL_UNKNOWN,
    SLOT_WAL_RESERVED,
    SLOT_WAL_EXTENDED,
    SLOT_WAL_UNRESERVED,
    SLOT_WAL_LOST
};

/* One row of pg_replication_slots. */
struct slot_row {
    char name[STANDBY_NAME_SIZE];
    bool physical;
    bool active;
    int active_pid;                  /* UNKNOWN_COUNT when not active */
    enum slot_wal_status wal_status; /* UNKNOWN on PostgreSQL 12 */
    int64_t
        retained_bytes; /* current (or replayed) LSN minus restart_lsn; UNKNOWN_BYTES for NULL */
    int64_t safe_wal_bytes; /* safe_wal_size; UNKNOWN_BYTES for NULL; may be negative */
};

enum replay_pause { REPLAY_PAUSE_UNKNOWN, REPLAY_RUNNING, REPLAY_PAUSE_REQUESTED, REPLAY_PAUSED };

/* pg_stat_wal_receiver: at most one row on a standby. */
struct receiver_row {
    bool present; /* there is a row (its pid is visible without privileges) */
    int pid;
    char status[24];   /* "" without pg_monitor */
    int received_tli;  /* 0 unknown */
    lsn_t flushed_lsn; /* flushed_lsn, received_lsn on 12 */
    int64_t
        last_message_age_us; /* standby's clock minus last_msg_receipt_time, both of the standby */
    char sender_host[ADDRESS_SIZE];
    int sender_port; /* UNKNOWN_COUNT: not known */
    char slot_name[STANDBY_NAME_SIZE];
    char application_name[STANDBY_NAME_SIZE]; /* under which it appears at its sender, from
                                                 conninfo; "" not known */
};

/* The settings that matter to replication, read at connect and after each configuration reload; see
 * setting_names. */
enum setting_id {
    SETTING_SYNCHRONOUS_COMMIT,
    SETTING_WAL_LEVEL,
    SETTING_MAX_WAL_SENDERS,
    SETTING_WAL_SENDER_TIMEOUT,
    SETTING_WAL_RECEIVER_TIMEOUT,
    SETTING_WAL_RECEIVER_STATUS_INTERVAL,
    SETTING_WAL_RETRIEVE_RETRY_INTERVAL,
    SETTING_WAL_KEEP, /* wal_keep_size, wal_keep_segments on 12 */
    SETTING_MAX_SLOT_WAL_KEEP_SIZE,
    SETTING_HOT_STANDBY,
    SETTING_HOT_STANDBY_FEEDBACK,
    SETTING_RECOVERY_MIN_APPLY_DELAY,
    SETTING_PRIMARY_SLOT_NAME,
    SETTING_MAX_CONNECTIONS,
    SETTING_MAX_WORKER_PROCESSES,
    SETTING_MAX_PREPARED_TRANSACTIONS,
    SETTING_MAX_LOCKS_PER_TRANSACTION,
    SETTING_DATA_CHECKSUMS,
    SETTING_WAL_LOG_HINTS,
    SETTING_FULL_PAGE_WRITES,
    SETTING_FSYNC,
    SETTING_DEFAULT_TRANSACTION_READ_ONLY, /* of the configuration; "" where our role or database
                                              has a value of its own */
    SETTING_RESTART_PENDING, /* names of settings with pending_restart, comma separated; "" none */
    SETTINGS
};
/* The settings' names as a person knows them, by setting_id. */
extern const char *const setting_names[SETTINGS];

/* One complete look at one node: one round trip. */
struct node_sample {
    int server_version;         /* as server_version_num: 150018 */
    uint64_t system_identifier; /* 0 unknown */
    bool in_recovery;
    int timeline;      /* primary: of its current WAL file; standby: received_tli; 0 unknown */
    lsn_t current_lsn; /* pg_current_wal_lsn(), primary only */
    lsn_t flush_lsn;   /* pg_current_wal_flush_lsn(), primary only */
    lsn_t
        receive_lsn; /* pg_last_wal_receive_lsn(), standby only; may go back to a segment's start */
    lsn_t replay_lsn; /* pg_last_wal_replay_lsn(); set on standbys only */
    enum replay_pause replay_pause;
    int64_t replay_age_us; /* standby's clock minus the last replayed commit's time; meaningful only
                              while behind */
    wall_us started_at;    /* pg_postmaster_start_time(), server's clock; 0 unknown */
    int64_t uptime_us;     /* server's clock minus started_at; UNKNOWN_US */
    bool all_stats_visible;  /* member of pg_read_all_stats (pg_monitor): else NULLs mean "no
                                privilege" */
    int waiting_commits;     /* sessions with wait_event SyncRep; UNKNOWN_COUNT without privilege */
    int64_t longest_wait_us; /* since their statement or transaction began, server's clock;
                                UNKNOWN_US when none waits */
    int sessions;            /* client backends; UNKNOWN_COUNT without privilege */
    bool sync_names_known;
    bool sync_names_cut;
    char synchronous_standby_names[SYNC_RULE_TEXT_SIZE];
    struct receiver_row receiver;
    char settings[SETTINGS][SETTING_VALUE_SIZE]; /* "" not known; the last that were read */
    bool standbys_cut, slots_cut;
    int standby_count, slot_count;
    struct standby_row standbys[STANDBY_ROWS_MAX];
    struct slot_row slots[SLOT_ROWS_MAX];
};

/* synchronous_commit, in order of what a commit waits for. */
enum commit_level {
    COMMIT_LEVEL_OFF,
    COMMIT_LEVEL_LOCAL,
    COMMIT_LEVEL_REMOTE_WRITE,
    COMMIT_LEVEL_ON,
    COMMIT_LEVEL_REMOTE_APPLY,
    COMMIT_LEVELS
};

enum commit_outcome {
    COMMIT_ACKNOWLEDGED, /* as its level demands */
    COMMIT_LOCAL,        /* committed on the primary; the wait for standbys ended without them */
    COMMIT_UNKNOWN,      /* sent, and the connection was lost before the answer */
    COMMIT_FAILED,       /* an error before the commit: nothing was written */
    COMMIT_OUTCOMES
};

#define PROBE_TEXT_SIZE 192

/* One commit of the probe (or of a test write) that ended. */
struct commit_observation {
    enum commit_level level;
    enum commit_outcome outcome;
    bool asynchronous;  /* COMMIT_LOCAL because no standby is asked for: nothing was waited for */
    int64_t latency_us; /* UNKNOWN_US: this program stood still when the answer came */
    char text[PROBE_TEXT_SIZE]; /* why it was not acknowledged; sanitized */
};

enum probe_state {
    PROBE_NONE,     /* this level is not probed */
    PROBE_CANNOT,   /* it cannot work now: text says why; tried again */
    PROBE_STARTING, /* connecting, setting up */
    PROBE_WORKS,    /* between two commits */
    PROBE_PENDING   /* a commit is under way since due_at */
};

struct probe_observation {
    enum commit_level level;
    enum probe_state state;
    mono_us due_at;             /* with PROBE_PENDING */
    int queries;                /* that were sent for it since the observation before */
    int64_t row_wal_bytes;      /* WAL of one INSERT without its commit; 0: not measured */
    char text[PROBE_TEXT_SIZE]; /* with PROBE_CANNOT */
};

/* Whether the server answers a new connection, beside a session that is open. */
struct door_observation {
    bool opens;
};

enum observation_kind {
    OBSERVED_SAMPLE,
    OBSERVED_FAULT,
    OBSERVED_COMMIT,
    OBSERVED_PROBE,
    OBSERVED_DOOR
};

struct observation {
    enum observation_kind kind;
    int node;                         /* index in the settings' list of nodes */
    struct instant at;                /* when the answer (or the failure) was there */
    mono_us asked_at;                 /* when the look was sent; orders looks at different nodes */
    struct commit_observation commit; /* with OBSERVED_COMMIT */
    struct probe_observation probe;   /* with OBSERVED_PROBE */
    struct door_observation door;     /* with OBSERVED_DOOR */
    struct node_fault fault;
    struct node_sample sample; /* with OBSERVED_SAMPLE */
};

/* Copies what is used of a sample (not the unused rows: they are never touched). */
void node_sample_copy(struct node_sample *dst, const struct node_sample *src);

/* "refused", "not responding", "starting up", ...: a word or two for a table cell. */
const char *node_fault_word(enum node_fault_kind kind);
/* A server process answered (starting, auth, too many, ...): the node is not down, it cannot be
 * looked at. */
bool node_fault_is_alive(enum node_fault_kind kind);
const char *standby_state_word(enum standby_state state); /* "streaming"; "-" unknown */
const char *sync_state_word(enum sync_state state);

#endif
