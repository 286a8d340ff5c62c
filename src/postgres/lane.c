/*
 * lane: the state machine. A step is one query (or one string of them); its answer ends it.
 *
 * A backend that waits for standbys does not notice that its client went away. So a lane looks
 * first for one that an earlier lane of its level left (of this program, stopped or cut off; or of
 * another person's): as long as that waits it counts its time and adds no other.
 *
 * Before the first commit one is tried and rolled back: whatever forbids it (rights, a trigger, a
 * read-only server) is then known before a commit is said to be under way. At that its WAL is
 * measured.
 *
 * Times are only told while the loop turns: a program that was stopped (Ctrl-Z, a terminal that
 * does not take its output) learns what became of a commit, not when.
 *
 *   CLOSED     not wanted, or waiting for the timer to try again
 *   OPENING    the session's own deadline ends it
 *   LOOKING    is the table there, does an earlier commit wait?
 *   BEHIND     it does; the timer looks again
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
#define AWAKE_LOOK_US (50 * US_PER_MS)
#define STALL_US                                                                                   \
    (200 * US_PER_MS) /* the loop was away for so long: what it times may not be true */
#define BEHIND_LOOK_US (500 * US_PER_MS)
#define BEHIND_MIN_US US_PER_S /* a commit that waits this long is not just under way */
#define BEHIND_LOOKS 3         /* for one that does not (yet) */
#define EXPLAIN_WAL_VERSION 130000
#define SQL_SIZE 960
#define LOCK_NOT_AVAILABLE "55P03"

enum lane_state {
    LANE_CLOSED,
    LANE_OPENING,
    LANE_LOOKING,
    LANE_BEHIND,
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
    mono_us due;           /* of the commit under way, or of the next one */
    mono_us rested_at;     /* when the commit before was done with */
    mono_us awake_at;      /* with PENDING: when it was last seen that the loop turns */
    mono_us stalled_until; /* the end of the last time that it did not, */
    int64_t stall_us;      /* and how long that was */
    mono_us trimmed_at;
    int behind_looks;      /* in which an earlier session's commit was there */
    bool was_behind;       /* an earlier session's commit was told as the one under way */
    int queries;           /* sent since something was told */
    int64_t row_wal_bytes; /* 0: not measured */
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
    o->probe.queries = lane->queries;
    o->probe.row_wal_bytes = lane->row_wal_bytes;
    lane->queries = 0;
    str_copy(o->probe.text, sizeof o->probe.text, text);
    lane->options.sink(lane->options.owner, o);
    free(o);
}

/*
 * The loop stood still when the answer came, and for so long that it matters. Watches are called
 * before timers: in the turn after a stall awake_at is still that of before. But that turn may have
 * slept before the stall and not know of the answer; then the timer has noted the stall, and the
 * answer is found right after it.
 */
static bool came_in_a_stall(const struct lane *lane, mono_us answered_at)
{
    int64_t since_us = answered_at - lane->stalled_until;
    bool noted = since_us >= 0 && since_us <= STALL_US;
    int64_t stall_us = noted ? lane->stall_us : answered_at - lane->awake_at;

    return stall_us > STALL_US && stall_us > (answered_at - lane->due) / 10;
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
    o->commit.latency_us =
        came_in_a_stall(lane, end->answered_at) ? UNKNOWN_US : end->answered_at - lane->due;
    if (end->fault != NULL && strcmp(end->fault->sqlstate, LOCK_NOT_AVAILABLE) == 0)
        str_format(o->commit.text, sizeof o->commit.text, "a lock on %s is in its way: %s",
                   lane->table, end->text);
    else
        str_copy(o->commit.text, sizeof o->commit.text, end->text);
    lane->options.sink(lane->options.owner, o);
    free(o);
}

/* ---- ending and trying again */

static void wait_until(struct lane *lane, mono_us due)
{
    loop_timer_set(lane->loop, &lane->timer, due);
}

/*
 * The next due time after now on this lane's schedule. Within its share of the interval it moves to
 * and fro (by the golden ratio: evenly, without a random number), or else a lane could forever meet
 * whatever else happens once an interval, as our own polls do.
 */
static mono_us next_due(const struct lane *lane, mono_us now)
{
    int64_t interval_us = lane->options.settings->probe_interval_us;
    int64_t number = (now - lane->options.offset_us) / interval_us - 1;
    mono_us due;

    do {
        uint64_t turned = (uint64_t)++number * 0x9E3779B97F4A7C15U;
        due = number * interval_us + lane->options.offset_us +
              (int64_t)((turned >> 40) * (uint64_t)lane->options.share_us >> 24);
    } while (due <= now);
    return due;
}

/* The last one that passed since the one before, else the next. */
static mono_us last_due(const struct lane *lane, mono_us now)
{
    mono_us due = next_due(lane, lane->due), later;

    if (due < now - 2 * lane->options.settings->probe_interval_us)
        due = next_due(lane, now - 2 * lane->options.settings->probe_interval_us);
    while ((later = next_due(lane, due)) <= now)
        due = later;
    return due;
}

static void give_up(struct lane *lane, const struct node_fault *fault, bool stays,
                    struct instant now)
{
    commit_session_close(lane->session);
    enter(lane, LANE_CLOSED);
    loop_timer_cancel(lane->loop, &lane->timer);
    lane->was_behind = false;
    lane->behind_looks = 0;
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
    lane->queries++;
    commit_session_ask(lane->session, sql, now);
}

static void look_for_table(struct lane *lane, struct instant now)
{
    char sql[SQL_SIZE];
    PGconn *pg = commit_session_pg(lane->session);
    char *table = PQescapeLiteral(pg, lane->table, strlen(lane->table));
    char *schema = PQescapeLiteral(pg, lane->schema, strlen(lane->schema));

    str_format(sql, sizeof sql,
               "SET search_path = pg_catalog; SET application_name = 'pgwatch-tui probe %s';"
               " SELECT to_regclass(%s) IS NOT NULL, to_regnamespace(%s) IS NOT NULL,"
               " (SELECT (extract(epoch FROM max(clock_timestamp() - query_start)) * 1000000)::int8"
               " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND usename = current_user"
               " AND application_name = current_setting('application_name'))",
               commit_level_word(lane->options.level), table, schema);
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

/*
 * What is prepared stays after the rollback, settings would not. A lock is waited for so briefly
 * that it does not look like a wait for standbys.
 */
static void set_level(struct lane *lane, struct instant now)
{
    char sql[SQL_SIZE];
    const char *level = commit_level_word(lane->options.level);
    bool explains_wal = PQserverVersion(commit_session_pg(lane->session)) >= EXPLAIN_WAL_VERSION;

    str_format(sql, sizeof sql,
               "PREPARE pgw_commit AS INSERT INTO %s (level) VALUES"
               " ('%s') RETURNING current_setting('synchronous_commit'),"
               " current_setting('synchronous_standby_names');"
               " BEGIN; EXECUTE pgw_commit; %s; ROLLBACK;"
               " SET synchronous_commit = %s; SET lock_timeout = '300ms'",
               lane->table, level,
               explains_wal ? "EXPLAIN (ANALYZE, WAL, COSTS off, TIMING off) EXECUTE pgw_commit"
                            : "",
               level);
    ask(lane, LANE_PREPARING, sql, now);
}

/* Of the line "WAL: records=2 bytes=187"; EXPLAIN does not translate it. The second INSERT in a row
 * has no full-page image. */
static int64_t explained_wal_bytes(const PGresult *rows)
{
    for (int i = 0; rows != NULL && i < PQntuples(rows); i++) {
        const char *wal = strstr(PQgetvalue(rows, i, 0), "WAL:");
        const char *bytes = wal != NULL ? strstr(wal, "bytes=") : NULL;
        if (bytes != NULL)
            return strtoll(bytes + strlen("bytes="), NULL, 10);
    }
    return 0;
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
    lane->rested_at = now.mono;
    if (!lane->active) {
        commit_session_close(lane->session);
        enter(lane, LANE_CLOSED);
        return;
    }
    /* Due while the last one was under way: late, but only once, and counted from when it was due.
     */
    lane->due = last_due(lane, now.mono);
    wait_until(lane, lane->due);
}

/* A commit that is sent late because this program stood still was not due from it before. */
static void start_commit(struct lane *lane, struct instant now)
{
    mono_us could_start_at = lane->due > lane->rested_at ? lane->due : lane->rested_at;

    if (now.mono - could_start_at > STALL_US)
        lane->due = now.mono;
    enter(lane, LANE_PENDING);
    lane->awake_at = now.mono;
    wait_until(lane, now.mono + AWAKE_LOOK_US);
    lane->queries++;
    commit_session_commit(lane->session, "pgw_commit", 0, NULL, now);
    /* After it was sent: what telling takes is no part of what the commit takes. */
    if (lane->state == LANE_PENDING)
        tell_probe(lane, PROBE_PENDING, "", now);
}

/* ---- answers */

static void committed(void *owner, const struct commit_end *end, struct instant now)
{
    struct lane *lane = owner;

    tell_commit(lane, end, now);
    if (end->lost)
        return; /* failed() comes next */
    if (end->fault != NULL && commit_error_stays(end->fault->sqlstate)) {
        struct node_fault fault = *end->fault;
        give_up(lane, &fault, true, now);
    } else if (lane->active && lane->options.trims && now.mono - lane->trimmed_at > TRIM_EVERY_US) {
        trim(lane, now);
    } else {
        rest(lane, now);
    }
}

/*
 * A commit of an earlier session waits since waited_us. When it is not just one of somebody else
 * that is acknowledged in a moment, it is the one that is under way.
 */
static void stay_behind(struct lane *lane, int64_t waited_us, struct instant now)
{
    enter(lane, LANE_BEHIND);
    lane->behind_looks++;
    if (waited_us > BEHIND_MIN_US) {
        lane->was_behind = true;
        lane->due = now.mono - waited_us;
        tell_probe(lane, PROBE_PENDING, "", now);
    }
    wait_until(lane, now.mono + BEHIND_LOOK_US);
}

static void look_answered(struct lane *lane, const PGresult *result, struct instant now)
{
    bool has_row = PQntuples(result) == 1;
    bool has_table = has_row && PQgetvalue(result, 0, 0)[0] == 't';
    bool has_schema = has_row && PQgetvalue(result, 0, 1)[0] == 't';
    int64_t waited_us = has_row ? strtoll(PQgetvalue(result, 0, 2), NULL, 10) : 0;

    if (waited_us > BEHIND_MIN_US || (waited_us > 0 && lane->behind_looks < BEHIND_LOOKS)) {
        stay_behind(lane, waited_us, now);
        return;
    }
    lane->behind_looks = 0;
    if (lane->was_behind)
        tell_probe(lane, PROBE_STARTING, "", now);
    lane->was_behind = false;
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
        lane->row_wal_bytes = explained_wal_bytes(rows);
        tell_probe(lane, PROBE_WORKS, "", now);
        lane->due = now.mono;
        rest(lane, now);
        break;
    case LANE_TRIMMING:
        rest(lane, now);
        break;
    case LANE_CLOSED:
    case LANE_OPENING:
    case LANE_BEHIND:
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
    } else if (lane->state == LANE_PENDING) {
        lane->stalled_until = now.mono;
        lane->stall_us = now.mono - lane->awake_at;
        lane->awake_at = now.mono;
        wait_until(lane, now.mono + AWAKE_LOOK_US);
    } else if (lane->state == LANE_BEHIND) {
        look_for_table(lane, now);
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
