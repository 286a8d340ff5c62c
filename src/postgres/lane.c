/*
 * lane: the state machine. A step is one query (or one string of them); its answer ends it.
 *
 *   CLOSED     not wanted, or waiting for the timer to try again
 *   OPENING    the session's own deadline ends it
 *   LOOKING    is the table there?
 *   CREATING   it was not: schema and table, without waiting for standbys
 *   PREPARING  the level, and the statement
 *   IDLE       the timer starts the next commit
 *   PENDING    a commit is under way; only its answer or the end of the connection ends it
 *   TRIMMING   old rows are removed
 */
#include "postgres/lane.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/commit.h"
#include "cluster/latency.h"
#include "postgres/commit_session.h"
#include "postgres/fault.h"

#define RETRY_US (1 * US_PER_S)
#define STAYS_RETRY_US (10 * US_PER_S)
#define TRIM_EVERY_US (60 * US_PER_S)
#define SQL_SIZE 640

enum lane_state {
    LANE_CLOSED,
    LANE_OPENING,
    LANE_LOOKING,
    LANE_CREATING,
    LANE_PREPARING,
    LANE_IDLE,
    LANE_PENDING,
    LANE_TRIMMING
};

struct lane {
    struct loop *loop;
    struct lane_options options;
    struct commit_session *session;
    enum lane_state state;
    bool active;
    struct loop_timer timer;
    mono_us due; /* of the commit under way, or of the next one */
    mono_us trimmed_at;
    char table[2 * NODE_NAME_SIZE + 16]; /* quoted, with its schema */
    char schema[2 * NODE_NAME_SIZE + 4]; /* quoted */
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

static void tell_commit(struct lane *lane, const struct commit_end *end, struct instant now)
{
    struct observation *o = mem_calloc(1, sizeof *o);

    o->kind = OBSERVED_COMMIT;
    o->node = lane->options.node;
    o->at = now;
    o->asked_at = lane->due;
    o->commit.level = lane->options.level;
    o->commit.outcome = end->outcome;
    o->commit.asynchronous = end->asynchronous;
    o->commit.latency_us = end->answered_at - lane->due;
    str_copy(o->commit.text, sizeof o->commit.text, end->text);
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

static void give_up(struct lane *lane, const struct node_fault *fault, bool stays,
                    struct instant now)
{
    commit_session_close(lane->session);
    enter(lane, LANE_CLOSED);
    loop_timer_cancel(lane->loop, &lane->timer);
    if (!lane->active)
        return;
    tell_probe(lane, PROBE_CANNOT,
               fault->text[0] != '\0' ? fault->text : node_fault_word(fault->kind), now);
    wait_until(lane, now.mono + (stays ? STAYS_RETRY_US : RETRY_US));
}

static void failed(void *owner, const struct node_fault *fault, bool stays, struct instant now)
{
    give_up(owner, fault, stays, now);
}

/* ---- steps */

static void ask(struct lane *lane, enum lane_state state, const char *sql, struct instant now)
{
    enter(lane, state);
    commit_session_ask(lane->session, sql, now);
}

static void look_for_table(struct lane *lane, struct instant now)
{
    char sql[SQL_SIZE];
    PGconn *pg = commit_session_pg(lane->session);
    char *table = PQescapeLiteral(pg, lane->table, strlen(lane->table));
    char *schema = PQescapeLiteral(pg, lane->schema, strlen(lane->schema));

    str_format(sql, sizeof sql,
               "SET search_path = pg_catalog;"
               " SELECT to_regclass(%s) IS NOT NULL, to_regnamespace(%s) IS NOT NULL",
               table, schema);
    PQfreemem(table);
    PQfreemem(schema);
    ask(lane, LANE_LOOKING, sql, now);
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
    ask(lane, LANE_CREATING, sql, now);
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
    ask(lane, LANE_PREPARING, sql, now);
}

static void trim(struct lane *lane, struct instant now)
{
    char sql[SQL_SIZE];

    lane->trimmed_at = now.mono;
    /* One string is one transaction, without BEGIN: a failure leaves no aborted one behind. */
    str_format(sql, sizeof sql,
               "SET LOCAL synchronous_commit = off; DELETE FROM %s WHERE at <"
               " clock_timestamp() - interval '1 minute'",
               lane->table);
    ask(lane, LANE_TRIMMING, sql, now);
}

static void rest(struct lane *lane, struct instant now)
{
    enter(lane, LANE_IDLE);
    if (!lane->active) {
        commit_session_close(lane->session);
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
    if (lane->options.trims && now.mono - lane->trimmed_at > TRIM_EVERY_US) {
        trim(lane, now);
        return;
    }
    enter(lane, LANE_PENDING);
    tell_probe(lane, PROBE_PENDING, "", now);
    commit_session_commit(lane->session, "pgw_commit", 0, NULL, now);
}

/* ---- answers */

static void committed(void *owner, const struct commit_end *end, struct instant now)
{
    struct lane *lane = owner;

    tell_commit(lane, end, now);
    if (end->outcome == COMMIT_UNKNOWN)
        return; /* failed() comes next */
    if (end->fault != NULL && commit_error_stays(end->fault->sqlstate)) {
        struct node_fault fault = *end->fault;
        give_up(lane, &fault, true, now);
    } else {
        rest(lane, now);
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

/* Another lane may have been quicker to make what was missing; old rows may stay a while longer. */
static void step_failed(struct lane *lane, const struct node_fault *fault, struct instant now)
{
    struct node_fault said = *fault;

    if (lane->state == LANE_CREATING && commit_fault_is_race(&said))
        look_for_table(lane, now);
    else if (lane->state == LANE_TRIMMING)
        rest(lane, now);
    else
        give_up(lane, &said, commit_error_stays(said.sqlstate), now);
}

static void answered(void *owner, const PGresult *rows, const struct node_fault *fault,
                     struct instant now)
{
    struct lane *lane = owner;

    if (fault != NULL) {
        step_failed(lane, fault, now);
        return;
    }
    switch (lane->state) {
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
    case LANE_TRIMMING:
        rest(lane, now);
        break;
    case LANE_CLOSED:
    case LANE_OPENING:
    case LANE_IDLE:
    case LANE_PENDING:
        break;
    }
}

/* ---- opening */

static void quote_names(struct lane *lane)
{
    PGconn *pg = commit_session_pg(lane->session);
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
    look_for_table(lane, now);
}

static void timer_fired(void *owner, struct instant now)
{
    struct lane *lane = owner;

    if (lane->state == LANE_CLOSED && lane->active) {
        enter(lane, LANE_OPENING);
        commit_session_open(lane->session, now);
    } else if (lane->state == LANE_IDLE && lane->active) {
        start_commit(lane, now);
    } else if (lane->state == LANE_IDLE) {
        rest(lane, now);
    }
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
    } else if (active && lane->state == LANE_PENDING) {
        tell_probe(lane, PROBE_PENDING, "", now);
    } else if (!active && lane->state != LANE_PENDING) {
        commit_session_close(lane->session);
        loop_timer_cancel(lane->loop, &lane->timer);
        enter(lane, LANE_CLOSED);
    }
}

struct lane *lane_new(struct loop *loop, const struct lane_options *options)
{
    static const struct commit_session_callbacks callbacks = {opened, answered, committed, failed};
    struct lane *lane = mem_calloc(1, sizeof *lane);

    lane->loop = loop;
    lane->options = *options;
    lane->session = commit_session_new(loop, options->settings, options->node, options->level,
                                       &callbacks, lane);
    lane->timer = (struct loop_timer){.fire = timer_fired, .owner = lane};
    return lane;
}

void lane_free(struct lane **lane)
{
    struct lane *l = *lane;

    if (l == NULL)
        return;
    loop_timer_cancel(l->loop, &l->timer);
    commit_session_free(&l->session);
    free(l);
    *lane = NULL;
}
