/*
 * lane: the state machine. A step is one query (or one string of them); its answer ends it.
 *
 *   CLOSED     not wanted, or waiting for the timer to try again
 *   OPENING    the connection's own deadline ends it
 *   SESSION    settings of the session
 *   LOOKING    is the table there?
 *   CREATING   it was not: schema and table, without waiting for standbys
 *   PREPARING  the level, and the statement
 *   IDLE       the timer starts the next commit
 *   PENDING    a commit is under way; only its answer or the end of the connection ends it
 *   CHECKING   a commit took long: is the rule still the one that it was written under?
 *   TRIMMING   old rows are removed
 *
 * Time of an answer is that of the turn in which its bytes could be read, not when they are looked
 * at.
 */
#include "postgres/lane.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/commit.h"
#include "cluster/latency.h"
#include "postgres/connection.h"
#include "postgres/fault.h"

#define RETRY_US (1 * US_PER_S)
#define STAYS_RETRY_US (10 * US_PER_S)
#define LONG_WAIT_US (100 * US_PER_MS)
#define TRIM_EVERY_US (60 * US_PER_S)
#define SQL_SIZE 640
#define RULE_SIZE SYNC_RULE_TEXT_SIZE

enum lane_state {
    LANE_CLOSED,
    LANE_OPENING,
    LANE_SESSION,
    LANE_LOOKING,
    LANE_CREATING,
    LANE_PREPARING,
    LANE_IDLE,
    LANE_PENDING,
    LANE_CHECKING,
    LANE_TRIMMING
};

struct lane {
    struct loop *loop;
    struct lane_options options;
    struct params params;
    bool params_built;
    struct connection *connection;
    enum lane_state state;
    bool active;
    struct loop_timer timer;
    mono_us due; /* of the commit under way, or of the next one */
    mono_us trimmed_at;
    char table[2 * NODE_NAME_SIZE + 16]; /* quoted, with its schema */
    char schema[2 * NODE_NAME_SIZE + 4]; /* quoted */
    /* of the commit under way */
    struct commit_observation commit;
    char rule_before[RULE_SIZE];
    char effective[24];
    bool answered; /* with rows */
    bool failed;
    struct node_fault fault;
};

static void enter(struct lane *lane, enum lane_state state)
{
    assert(state != LANE_PENDING || lane->state == LANE_IDLE);
    lane->state = state;
}

/* ---- telling */

static void tell_probe(struct lane *lane, enum probe_state state, const char *text,
                       struct instant now)
{
    struct observation *o = mem_calloc(1, sizeof *o);

    o->kind = OBSERVED_PROBE;
    o->node = lane->options.node;
    o->at = now;
    o->asked_at = now.mono;
    o->probe.level = lane->options.level;
    o->probe.state = state;
    o->probe.due_at = lane->due;
    str_copy(o->probe.text, sizeof o->probe.text, text);
    lane->options.sink(lane->options.owner, o);
    free(o);
}

static void tell_commit(struct lane *lane, enum commit_outcome outcome, const char *text,
                        struct instant now)
{
    struct observation *o = mem_calloc(1, sizeof *o);

    o->kind = OBSERVED_COMMIT;
    o->node = lane->options.node;
    o->at = now;
    o->asked_at = lane->due;
    lane->commit.level = lane->options.level;
    lane->commit.outcome = outcome;
    str_copy(lane->commit.text, sizeof lane->commit.text, text);
    o->commit = lane->commit;
    lane->options.sink(lane->options.owner, o);
    free(o);
}

/* ---- ending and trying again */

static void wait_until(struct lane *lane, mono_us due)
{
    loop_timer_set(lane->loop, &lane->timer, due);
}

/* The next due time after now on this lane's schedule. */
static mono_us next_due(const struct lane *lane, mono_us now)
{
    int64_t interval_us = lane->options.settings->probe_interval_us;

    return ((now - lane->options.offset_us) / interval_us + 1) * interval_us +
           lane->options.offset_us;
}

static void give_up(struct lane *lane, const struct node_fault *fault, struct instant now)
{
    bool stays = commit_error_stays(fault->sqlstate) || fault->kind == FAULT_AUTH ||
                 fault->kind == FAULT_CONFIG;

    connection_close(lane->connection);
    enter(lane, LANE_CLOSED);
    loop_timer_cancel(lane->loop, &lane->timer);
    if (!lane->active)
        return;
    tell_probe(lane, PROBE_CANNOT,
               fault->text[0] != '\0' ? fault->text : node_fault_word(fault->kind), now);
    wait_until(lane, now.mono + (stays ? STAYS_RETRY_US : RETRY_US));
}

static void failed(void *owner, const struct node_fault *fault, struct instant now)
{
    struct lane *lane = owner;

    if (lane->state == LANE_PENDING || lane->state == LANE_CHECKING) {
        lane->commit.latency_us = now.mono - lane->due;
        tell_commit(lane, COMMIT_UNKNOWN,
                    fault->text[0] != '\0' ? fault->text : node_fault_word(fault->kind), now);
    }
    give_up(lane, fault, now);
}

/* ---- steps */

/* Sends one string of statements; its answer comes to input(). */
static void send_query(struct lane *lane, enum lane_state state, const char *sql,
                       struct instant now)
{
    enter(lane, state);
    lane->answered = lane->failed = false;
    if (PQsendQuery(connection_pg(lane->connection), sql) == 1)
        connection_flush(lane->connection, now);
    else
        connection_lost_by(lane->connection, NULL, now);
}

static void start_session(struct lane *lane, struct instant now)
{
    static const char sql[] =
        "SET synchronous_commit = local; SET default_transaction_read_only = off;"
        "SET lock_timeout = '1s'; SET statement_timeout = '5s'; SET jit = off;"
        "SET idle_in_transaction_session_timeout = '5s'; SET search_path = pg_catalog;"
        "SET client_min_messages = warning";

    send_query(lane, LANE_SESSION, sql, now);
}

static void look_for_table(struct lane *lane, struct instant now)
{
    char sql[SQL_SIZE];
    char *table =
        PQescapeLiteral(connection_pg(lane->connection), lane->table, strlen(lane->table));
    char *schema =
        PQescapeLiteral(connection_pg(lane->connection), lane->schema, strlen(lane->schema));

    str_format(sql, sizeof sql,
               "SELECT to_regclass(%s) IS NOT NULL, to_regnamespace(%s) IS NOT NULL", table,
               schema);
    PQfreemem(table);
    PQfreemem(schema);
    send_query(lane, LANE_LOOKING, sql, now);
}

/* Without waiting for standbys: on a blocked cluster this would hang. */
static void create_table(struct lane *lane, bool has_schema, struct instant now)
{
    char sql[SQL_SIZE] = "";

    if (!has_schema)
        str_appendf(sql, sizeof sql, "CREATE SCHEMA %s; ", lane->schema);
    str_appendf(sql, sizeof sql,
                "CREATE TABLE IF NOT EXISTS %s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                " level text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())",
                lane->table);
    send_query(lane, LANE_CREATING, sql, now);
}

static void set_level(struct lane *lane, struct instant now)
{
    char sql[SQL_SIZE];
    const char *level = commit_level_word(lane->options.level);

    str_format(sql, sizeof sql,
               "SET synchronous_commit = %s; PREPARE pgw_commit AS INSERT INTO %s (level) VALUES"
               " ('%s') RETURNING current_setting('synchronous_commit'),"
               " current_setting('synchronous_standby_names')",
               level, lane->table, level);
    send_query(lane, LANE_PREPARING, sql, now);
}

static void trim(struct lane *lane, struct instant now)
{
    char sql[SQL_SIZE];

    lane->trimmed_at = now.mono;
    str_format(sql, sizeof sql,
               "BEGIN; SET LOCAL synchronous_commit = off; DELETE FROM %s WHERE at <"
               " clock_timestamp() - interval '1 minute'; COMMIT",
               lane->table);
    send_query(lane, LANE_TRIMMING, sql, now);
}

static void rest(struct lane *lane, struct instant now)
{
    enter(lane, LANE_IDLE);
    if (!lane->active) {
        connection_close(lane->connection);
        enter(lane, LANE_CLOSED);
        return;
    }
    /* Due while the last one was under way: late, but only once, and counted from when it was due.
     */
    mono_us missed = next_due(lane, now.mono) - lane->options.settings->probe_interval_us;
    wait_until(lane, missed > lane->due ? missed : next_due(lane, now.mono));
    lane->due = lane->timer.due;
}

static void start_commit(struct lane *lane, struct instant now)
{
    PGconn *pg = connection_pg(lane->connection);

    if (lane->options.trims && now.mono - lane->trimmed_at > TRIM_EVERY_US) {
        trim(lane, now);
        return;
    }
    enter(lane, LANE_PENDING);
    lane->answered = lane->failed = false;
    connection_clear_warning(lane->connection);
    tell_probe(lane, PROBE_PENDING, "", now);
    if (PQsendQueryPrepared(pg, "pgw_commit", 0, NULL, NULL, NULL, 0) == 1)
        connection_flush(lane->connection, now);
    else
        connection_lost_by(lane->connection, NULL, now);
}

/* ---- answers */

static void classify(struct lane *lane, const char *rule_after, struct instant now)
{
    char warning[PROBE_TEXT_SIZE], text[PROBE_TEXT_SIZE];
    struct commit_facts facts = {
        .level = lane->options.level,
        .effective_level = lane->effective,
        .rule_before = lane->rule_before,
        .rule_after = rule_after,
        .warning = connection_warning(lane->connection, warning, sizeof warning) ? warning : NULL,
    };
    enum commit_outcome outcome =
        commit_classify(&facts, &lane->commit.asynchronous, text, sizeof text);

    tell_commit(lane, outcome, text, now);
    rest(lane, now);
}

static void commit_answered(struct lane *lane, struct instant now)
{
    lane->commit.latency_us = now.mono - lane->due;
    if (lane->failed) {
        tell_commit(lane, COMMIT_FAILED, lane->fault.text, now);
        if (commit_error_stays(lane->fault.sqlstate))
            give_up(lane, &lane->fault, now);
        else
            rest(lane, now);
    } else if (lane->commit.latency_us > LONG_WAIT_US && commit_level_waits(lane->options.level)) {
        send_query(lane, LANE_CHECKING, "SELECT current_setting('synchronous_standby_names')", now);
    } else {
        classify(lane, NULL, now);
    }
}

static void look_answered(struct lane *lane, const PGresult *result, struct instant now)
{
    bool has_table = PQntuples(result) == 1 && PQgetvalue(result, 0, 0)[0] == 't';
    bool has_schema = PQntuples(result) == 1 && PQgetvalue(result, 0, 1)[0] == 't';

    if (has_table)
        set_level(lane, now);
    else
        create_table(lane, has_schema, now);
}

/* Another lane may have been quicker to make what was missing. */
static bool is_race(const struct node_fault *fault)
{
    return strcmp(fault->sqlstate, "23505") == 0 || strcmp(fault->sqlstate, "42P06") == 0 ||
           strcmp(fault->sqlstate, "42P07") == 0 || strcmp(fault->sqlstate, "42710") == 0;
}

/* The whole answer of a step is there; `rows` is its last result with rows, or NULL. */
static void step_done(struct lane *lane, const PGresult *rows, struct instant now)
{
    if (lane->failed && lane->state != LANE_PENDING) {
        if (lane->state == LANE_CREATING && is_race(&lane->fault))
            look_for_table(lane, now);
        else if (lane->state == LANE_TRIMMING)
            rest(lane, now);
        else
            give_up(lane, &lane->fault, now);
        return;
    }
    switch (lane->state) {
    case LANE_SESSION:
        look_for_table(lane, now);
        break;
    case LANE_LOOKING:
        look_answered(lane, rows, now);
        break;
    case LANE_CREATING:
        set_level(lane, now);
        break;
    case LANE_PREPARING:
        tell_probe(lane, PROBE_WORKS, "", now);
        lane->due = now.mono;
        rest(lane, now);
        break;
    case LANE_PENDING:
        commit_answered(lane, now);
        break;
    case LANE_CHECKING:
        classify(lane, rows != NULL && PQntuples(rows) == 1 ? PQgetvalue(rows, 0, 0) : NULL, now);
        break;
    case LANE_TRIMMING:
        rest(lane, now);
        break;
    case LANE_CLOSED:
    case LANE_OPENING:
    case LANE_IDLE:
        break;
    }
}

static void take_rows(struct lane *lane, const PGresult *result)
{
    if (lane->state != LANE_PENDING || PQntuples(result) != 1 || PQnfields(result) != 2)
        return;
    str_sanitize(lane->effective, sizeof lane->effective, PQgetvalue(result, 0, 0), SIZE_MAX);
    str_sanitize(lane->rule_before, sizeof lane->rule_before, PQgetvalue(result, 0, 1), SIZE_MAX);
}

static bool is_fatal(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

/* Takes one result. False when the connection is lost by it. */
static bool take_result(struct lane *lane, const PGresult *result, struct instant now)
{
    if (PQresultStatus(result) == PGRES_TUPLES_OK) {
        take_rows(lane, result);
        return true;
    }
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        return true;
    fault_of_result(result, &lane->fault);
    fault_redact(&lane->fault, params_get(&lane->params, "password"));
    if (is_fatal(result)) {
        connection_lost_by(lane->connection, &lane->fault, now);
        return false;
    }
    lane->failed = true;
    return true;
}

static bool has_step(const struct lane *lane)
{
    return lane->state != LANE_CLOSED && lane->state != LANE_OPENING && lane->state != LANE_IDLE;
}

static void input(void *owner, struct instant now)
{
    struct lane *lane = owner;
    PGconn *pg = connection_pg(lane->connection);
    PGresult *rows = NULL;

    while (has_step(lane) && !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);
        if (result == NULL) {
            if (PQstatus(pg) == CONNECTION_BAD)
                break;
            step_done(lane, rows, now);
            break;
        }
        bool alive = take_result(lane, result, now);
        if (alive && PQresultStatus(result) == PGRES_TUPLES_OK) {
            PQclear(rows);
            rows = result;
        } else {
            PQclear(result);
        }
        if (!alive)
            break;
    }
    PQclear(rows);
}

/* ---- opening */

static void quote_names(struct lane *lane)
{
    PGconn *pg = connection_pg(lane->connection);
    const char *name = lane->options.settings->probe_schema;
    char *schema = PQescapeIdentifier(pg, name, strlen(name));

    str_copy(lane->schema, sizeof lane->schema, schema != NULL ? schema : "");
    str_format(lane->table, sizeof lane->table, "%s.probe", lane->schema);
    PQfreemem(schema);
}

static void opened(void *owner, struct instant now)
{
    struct lane *lane = owner;

    quote_names(lane);
    start_session(lane, now);
}

static void open_connection(struct lane *lane, struct instant now)
{
    const struct settings *settings = lane->options.settings;
    struct node_fault fault;
    struct error err;

    if (!lane->params_built && !params_build(&settings->nodes[lane->options.node].connection,
                                             settings->poll_timeout_us, &lane->params, &err)) {
        fault_set(&fault, FAULT_CONFIG, "%s", err.message);
        give_up(lane, &fault, now);
        return;
    }
    lane->params_built = true;
    enter(lane, LANE_OPENING);
    connection_open(lane->connection, settings->poll_timeout_us);
}

static void timer_fired(void *owner, struct instant now)
{
    struct lane *lane = owner;

    if (lane->state == LANE_CLOSED && lane->active)
        open_connection(lane, now);
    else if (lane->state == LANE_IDLE && lane->active)
        start_commit(lane, now);
    else if (lane->state == LANE_IDLE)
        rest(lane, now);
}

void lane_activate(struct lane *lane, bool active)
{
    struct instant now = loop_now(lane->loop);

    if (lane->active == active)
        return;
    lane->active = active;
    if (active && lane->state == LANE_CLOSED) {
        tell_probe(lane, PROBE_STARTING, "", now);
        wait_until(lane, now.mono);
    } else if (active && (lane->state == LANE_PENDING || lane->state == LANE_CHECKING)) {
        tell_probe(lane, PROBE_PENDING, "", now);
    } else if (!active && lane->state != LANE_PENDING && lane->state != LANE_CHECKING) {
        connection_close(lane->connection);
        loop_timer_cancel(lane->loop, &lane->timer);
        enter(lane, LANE_CLOSED);
    }
}

struct lane *lane_new(struct loop *loop, const struct lane_options *options)
{
    static const struct connection_callbacks callbacks = {opened, failed, input};
    struct lane *lane = mem_calloc(1, sizeof *lane);

    lane->loop = loop;
    lane->options = *options;
    lane->connection = connection_new(loop, &lane->params, &callbacks, lane);
    lane->timer = (struct loop_timer){.fire = timer_fired, .owner = lane};
    return lane;
}

void lane_free(struct lane **lane)
{
    struct lane *l = *lane;

    if (l == NULL)
        return;
    loop_timer_cancel(l->loop, &l->timer);
    connection_free(&l->connection);
    params_free(&l->params);
    free(l);
    *lane = NULL;
}
