/*
 * sql: written for little server time, of a backend that has just been started too: the
 * set-returning functions behind the views are called themselves where the view would join
 * pg_authid and pg_database for columns that nobody reads; results are binary, so that no server
 * writes out what we would read back; what can be reckoned here is not reckoned there. (Sorting two
 * rows and three intervals into microseconds were a third of the time.)
 */
#include "postgres/sql.h"

#include "base/str.h"

const char *sql_name(enum sql_id id)
{
    static const char *const names[SQL_COUNT] = {"pgw_standbys", "pgw_slots", "pgw_settings",
                                                 "pgw_node"};
    return names[id];
}

/* Sessions only read, plan without JIT, and end by themselves what hangs. */
void sql_session_setting(int index, int64_t timeout_ms, char *out, size_t size)
{
    static const struct {
        const char *name, *value; /* NULL: the timeout */
    } settings[SQL_SESSION_SETTINGS] = {{"statement_timeout", NULL},
                                        {"lock_timeout", NULL},
                                        {"default_transaction_read_only", "on"},
                                        {"jit", "off"},
                                        {"search_path", "pg_catalog"}};
    char milliseconds[24];

    str_format(milliseconds, sizeof milliseconds, "%lld", (long long)timeout_ms);
    str_format(out, size, "SET %s = %s", settings[index].name,
               settings[index].value != NULL ? settings[index].value : milliseconds);
}

/* 12 to 18: pg_stat_replication; as many rows as there are, max_wal_senders at most. */
static const char standbys[] =
    "SELECT s.pid, a.application_name, host(a.client_addr), a.client_port, s.state, s.sync_state,"
    " s.sync_priority, s.sent_lsn, s.write_lsn, s.flush_lsn, s.replay_lsn, s.write_lag,"
    " s.flush_lag, s.replay_lag,"
    " (SELECT g.slot_name FROM pg_get_replication_slots() g WHERE g.active_pid = s.pid LIMIT 1)"
    " FROM pg_stat_get_wal_senders() s, LATERAL pg_stat_get_activity(s.pid) a";

#define SLOTS_SQL(wal_status, safe_size)                                                           \
    "SELECT slot_name, slot_type = 'physical', active, active_pid, " wal_status                    \
    ", restart_lsn,"                                                                               \
    " CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() "      \
    "END, " safe_size " FROM pg_get_replication_slots() ORDER BY slot_name LIMIT 33"

static const char slots_12[] = SLOTS_SQL("NULL", "NULL");
static const char slots_13[] = SLOTS_SQL("wal_status", "safe_wal_size");

/* Our sessions are read-only: what others get is the value that a reset would bring back, unless
 * that is our role's or database's own. */
#define READ_ONLY_BY_DEFAULT                                                                       \
    "CASE WHEN NOT EXISTS (SELECT FROM pg_db_role_setting d, unnest(d.setconfig) c"                \
    " WHERE c LIKE 'default_transaction_read_only=%'"                                              \
    " AND d.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = current_user))"               \
    " AND d.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = "                      \
    "current_database()))) THEN g.read_only END, "

#define SETTING(name) "current_setting('" name "', true), "
#define SETTINGS_REST(wal_keep)                                                                    \
    "SELECT " SETTING("synchronous_commit") SETTING("wal_level") SETTING("max_wal_senders")        \
        SETTING("wal_sender_timeout") SETTING("wal_receiver_timeout")                              \
            SETTING("wal_receiver_status_interval") SETTING("wal_retrieve_retry_interval")         \
                SETTING(wal_keep) SETTING("max_slot_wal_keep_size") SETTING("hot_standby")         \
                    SETTING("hot_standby_feedback") SETTING("recovery_min_apply_delay")            \
                        SETTING("primary_slot_name") SETTING("max_connections")                    \
                            SETTING("max_worker_processes") SETTING("max_prepared_transactions")   \
                                SETTING("max_locks_per_transaction") SETTING("data_checksums")     \
                                    SETTING("wal_log_hints") SETTING("full_page_writes")           \
                                        SETTING("fsync") READ_ONLY_BY_DEFAULT                      \
        "coalesce(g.pending, '-'), (SELECT system_identifier FROM pg_control_system())"            \
        " FROM (SELECT string_agg(name, ', ') FILTER (WHERE pending_restart) AS pending,"          \
        " max(reset_val) FILTER (WHERE name = 'default_transaction_read_only') AS read_only"       \
        " FROM pg_show_all_settings()) g"

static const char settings_12[] = SETTINGS_REST("wal_keep_segments");
static const char settings_13[] = SETTINGS_REST("wal_keep_size");

/*
 * What a keyword of the conninfo says. Nothing is quoted there: a value with spaces ends where the
 * next keyword begins.
 */
#define CONNINFO_VALUE(keyword)                                                                    \
    "substring(w.conninfo FROM '(?:^| )" keyword "=([^ ]+(?: (?![a-z_]+=)[^ ]*)*)')"

/*
 * A wait for standbys has no start time. It is after its statement began, and, in a procedure that
 * commits as it goes, after the transaction of that commit did.
 *
 * The timeline of a primary is that of its current WAL file (pg_control lags behind a promotion);
 * of a standby the received one, or without a receiver what its control file says.
 */
#define NODE_SQL(pause, flushed)                                                                   \
    "SELECT r.in_recovery,"                                                                        \
    " CASE WHEN NOT r.in_recovery THEN pg_current_wal_lsn() END,"                                  \
    " CASE WHEN NOT r.in_recovery THEN pg_current_wal_flush_lsn() END,"                            \
    " CASE WHEN r.in_recovery THEN pg_last_wal_receive_lsn() END,"                                 \
    " CASE WHEN r.in_recovery THEN pg_last_wal_replay_lsn() END,"                                  \
    " CASE WHEN NOT r.in_recovery THEN pg_walfile_name(pg_current_wal_lsn()) END,"                 \
    " CASE WHEN r.in_recovery AND w.received_tli IS NULL THEN"                                     \
    " (SELECT greatest(c.timeline_id, m.min_recovery_end_timeline)"                                \
    " FROM pg_control_checkpoint() c, pg_control_recovery() m) END,"                               \
    " CASE WHEN r.in_recovery THEN " pause                                                         \
    " END,"                                                                                        \
    " CASE WHEN r.in_recovery THEN pg_last_xact_replay_timestamp() END,"                           \
    " pg_postmaster_start_time(), clock_timestamp(),"                                              \
    " pg_has_role('pg_read_all_stats', 'USAGE'),"                                                  \
    " a.waiting, a.first_waits, a.sessions,"                                                       \
    " current_setting('synchronous_standby_names'), pg_conf_load_time(),"                          \
    " w.pid, w.status, w.received_tli, w." flushed                                                 \
    ", w.last_msg_receipt_time,"                                                                   \
    " w.sender_host, w.sender_port, w.slot_name,"                                                  \
    " coalesce(" CONNINFO_VALUE("application_name") ", "                                           \
    CONNINFO_VALUE("fallback_application_name") ")"                                                \
    " FROM (SELECT pg_is_in_recovery() AS in_recovery) r,"                                         \
    " (SELECT count(*) FILTER (WHERE wait_event = 'SyncRep' AND wait_event_type = 'IPC')"          \
    " AS waiting,"                                                                                 \
    " min(greatest(query_start, xact_start)) FILTER (WHERE wait_event = 'SyncRep' AND "            \
    "wait_event_type = 'IPC')"                                                                     \
    " AS first_waits,"                                                                             \
    " count(*) FILTER (WHERE backend_type = 'client backend') AS sessions"                         \
    " FROM pg_stat_get_activity(NULL)) a"                                                          \
    " LEFT JOIN pg_stat_get_wal_receiver() w ON w.pid IS NOT NULL"

#define PAUSE_12 "CASE WHEN pg_is_wal_replay_paused() THEN 'paused' ELSE 'not paused' END"
#define PAUSE_14 "pg_get_wal_replay_pause_state()"

static const char node_12[] = NODE_SQL(PAUSE_12, "received_lsn");
static const char node_13[] = NODE_SQL(PAUSE_12, "flushed_lsn");
static const char node_14[] = NODE_SQL(PAUSE_14, "flushed_lsn");

const char *sql_text(enum sql_id id, int server_version)
{
    int major = server_version / 10000;

    switch (id) {
    case SQL_STANDBYS:
        return standbys;
    case SQL_SLOTS:
        return major < 13 ? slots_12 : slots_13;
    case SQL_SETTINGS:
        return major < 13 ? settings_12 : settings_13;
    case SQL_NODE:
        return major < 13 ? node_12 : major < 14 ? node_13 : node_14;
    case SQL_COUNT:
        break;
    }
    return NULL;
}
