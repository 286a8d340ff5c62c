/*
 * commit_session: the state machine.
 *
 *   CLOSED      commit_session_open ends it
 *   OPENING     the connection's own deadline ends it
 *   SETTING     settings of the session
 *   IDLE        its owner starts the next step or commit
 *   ASKING      a step of its owner
 *   COMMITTING  only the answer or the end of the connection ends it
 *   CHECKING    the commit took long: is the rule still the one that it was written under? Asked a
 *               second time where the first one is an error
 *
 * Time of an answer is that of the turn in which its bytes could be read, not when they are looked
 * at.
 */
#include "postgres/commit_session.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/commit.h"
#include "postgres/connection.h"
#include "postgres/fault.h"

/* A rule that is changed while a shorter wait is under way is not noticed. */
#define LONG_WAIT_US (20 * US_PER_MS)

enum session_state {
    SESSION_CLOSED,
    SESSION_OPENING,
    SESSION_SETTING,
    SESSION_IDLE,
    SESSION_ASKING,
    SESSION_COMMITTING,
    SESSION_CHECKING
};

struct commit_session {
    struct loop *loop;
    const struct settings *settings;
    int node;
    enum commit_level level;
    const struct commit_session_callbacks *callbacks;
    void *owner;
    struct params params;
    bool params_built;
    struct connection *connection;
    enum session_state state;
    /* of the step or commit under way */
    bool has_fault;
    struct node_fault fault;
    PGresult *rows; /* its last result with rows that came so far; NULL none */
    /* of the commit under way */
    mono_us sent_at;
    struct commit_end end;
    bool asked_again;  /* what the rule is after it */
    char *rule_before; /* as it stands there: only compared, never shown; NULL before the answer */
    char effective_level[24];
    char warning[PROBE_TEXT_SIZE]; /* that came before the answer; "" none */
};

static void enter(struct commit_session *s, enum session_state state)
{
    assert(state != SESSION_COMMITTING || s->state == SESSION_IDLE);
    assert(state != SESSION_CHECKING || s->state == SESSION_COMMITTING ||
           s->state == SESSION_CHECKING);
    s->state = state;
}

static const char *fault_words(const struct node_fault *fault)
{
    return fault->text[0] != '\0' ? fault->text : node_fault_word(fault->kind);
}

/* Takes over rows; NULL: none. */
static void keep_rows(struct commit_session *s, PGresult *rows)
{
    PQclear(s->rows);
    s->rows = rows;
}

/* Of a commit that was answered with success; rule_after: NULL when it was not read. */
static void classify(const struct commit_session *s, const char *rule_after, struct commit_end *end)
{
    struct commit_facts facts = {
        .level = s->level,
        .effective_level = s->effective_level,
        .rule_before = s->rule_before != NULL ? s->rule_before : "",
        .rule_after = rule_after,
        .warning = s->warning[0] != '\0' ? s->warning : NULL,
    };

    end->outcome = commit_classify(&facts, &end->asynchronous, end->text, sizeof end->text);
}

bool commit_session_is_answered(const struct commit_session *s, struct commit_end *end)
{
    if (s->state != SESSION_CHECKING)
        return false;
    *end = s->end;
    classify(s, NULL, end);
    return true;
}

/* What was answered stays answered: a client that was told of success counts on it. */
static void lose_commit(struct commit_session *s, const char *why, mono_us now)
{
    if (!commit_session_is_answered(s, &s->end)) {
        s->end.outcome = COMMIT_UNKNOWN;
        s->end.answered_at = now;
        str_copy(s->end.text, sizeof s->end.text, why);
    }
    s->end.lost = true;
}

static void failed(void *owner, const struct node_fault *fault, struct instant now)
{
    struct commit_session *s = owner;
    struct node_fault said = *fault;
    bool was_committing = s->state == SESSION_COMMITTING || s->state == SESSION_CHECKING;
    bool stays =
        commit_error_stays(said.sqlstate) || said.kind == FAULT_AUTH || said.kind == FAULT_CONFIG;

    if (was_committing)
        lose_commit(s, fault_words(&said), now.mono);
    keep_rows(s, NULL);
    enter(s, SESSION_CLOSED);
    if (was_committing)
        s->callbacks->committed(s->owner, &s->end, now);
    s->callbacks->failed(s->owner, &said, stays, now);
}

/* ---- sending */

static void send_query(struct commit_session *s, enum session_state state, const char *sql,
                       struct instant now)
{
    enter(s, state);
    s->has_fault = false;
    keep_rows(s, NULL);
    if (PQsendQuery(connection_pg(s->connection), sql) == 1)
        connection_flush(s->connection, now);
    else
        connection_lost_by(s->connection, NULL, now);
}

void commit_session_ask(struct commit_session *s, const char *sql, struct instant now)
{
    assert(s->state == SESSION_IDLE);
    send_query(s, SESSION_ASKING, sql, now);
}

static void keep_rule(struct commit_session *s, const char *rule)
{
    free(s->rule_before);
    s->rule_before = rule != NULL ? mem_strdup(rule) : NULL;
}

void commit_session_commit(struct commit_session *s, const char *statement, int count,
                           const char *const *values, struct instant now)
{
    enter(s, SESSION_COMMITTING);
    s->has_fault = false;
    keep_rows(s, NULL);
    s->sent_at = now.mono;
    s->end = (struct commit_end){.outcome = COMMIT_UNKNOWN};
    s->effective_level[0] = s->warning[0] = '\0';
    s->asked_again = false;
    keep_rule(s, NULL);
    connection_clear_warning(s->connection);
    if (PQsendQueryPrepared(connection_pg(s->connection), statement, count, values, NULL, NULL,
                            0) == 1)
        connection_flush(s->connection, now);
    else
        connection_lost_by(s->connection, NULL, now);
}

/* ---- answers */

static void end_commit(struct commit_session *s, struct instant now)
{
    enter(s, SESSION_IDLE);
    s->callbacks->committed(s->owner, &s->end, now);
}

static void ask_rule(struct commit_session *s, struct instant now)
{
    send_query(s, SESSION_CHECKING, "SELECT current_setting('synchronous_standby_names')", now);
}

/* An error may be a cancel that was meant for the commit and came late. One that stays: the session
 * is there, the rule is not, and nothing is said to be confirmed that may not have been. */
static void rule_answered(struct commit_session *s, const PGresult *rows, struct instant now)
{
    bool known = !s->has_fault && rows != NULL && PQntuples(rows) == 1;

    if (!known && !s->asked_again) {
        s->asked_again = true;
        ask_rule(s, now);
        return;
    }
    classify(s, known ? PQgetvalue(rows, 0, 0) : NULL, &s->end);
    if (!known && s->end.outcome == COMMIT_ACKNOWLEDGED) {
        s->end.outcome = COMMIT_LOCAL;
        str_copy(s->end.text, sizeof s->end.text,
                 "whether the rule was changed while it waited could not be read");
    }
    end_commit(s, now);
}

static void commit_answered(struct commit_session *s, struct instant now)
{
    s->end.answered_at = now.mono;
    connection_warning(s->connection, s->warning, sizeof s->warning);
    if (s->has_fault) {
        s->end.outcome = COMMIT_FAILED;
        s->end.fault = &s->fault;
        str_copy(s->end.text, sizeof s->end.text, fault_words(&s->fault));
        end_commit(s, now);
    } else if (now.mono - s->sent_at > LONG_WAIT_US && commit_level_waits(s->level)) {
        ask_rule(s, now);
    } else {
        classify(s, NULL, &s->end);
        end_commit(s, now);
    }
}

/* The session cannot be used without its settings. */
static void settings_answered(struct commit_session *s, struct instant now)
{
    if (s->has_fault) {
        connection_close(s->connection);
        failed(s, &s->fault, now);
        return;
    }
    enter(s, SESSION_IDLE);
    s->callbacks->opened(s->owner, now);
}

/* The whole answer is there; `rows` is its last result with rows, or NULL. */
static void step_done(struct commit_session *s, const PGresult *rows, struct instant now)
{
    switch (s->state) {
    case SESSION_SETTING:
        settings_answered(s, now);
        break;
    case SESSION_ASKING:
        enter(s, SESSION_IDLE);
        s->callbacks->answered(s->owner, rows, s->has_fault ? &s->fault : NULL, now);
        break;
    case SESSION_COMMITTING:
        commit_answered(s, now);
        break;
    case SESSION_CHECKING:
        rule_answered(s, rows, now);
        break;
    case SESSION_CLOSED:
    case SESSION_OPENING:
    case SESSION_IDLE:
        break;
    }
}

static void take_row(struct commit_session *s, const PGresult *result)
{
    int fields = PQnfields(result);

    if (s->state != SESSION_COMMITTING || PQntuples(result) != 1 || fields < 2)
        return;
    if (fields > 3) {
        s->end.id = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
        lsn_parse(PQgetvalue(result, 0, 1), &s->end.lsn);
    }
    str_sanitize(s->effective_level, sizeof s->effective_level, PQgetvalue(result, 0, fields - 2),
                 SIZE_MAX);
    keep_rule(s, PQgetvalue(result, 0, fields - 1));
}

/*
 * Takes one result. False when the connection is lost by it. An error without SQLSTATE is libpq's:
 * it could not read the answer, which may have been a success, and may have closed the socket.
 */
static bool take_result(struct commit_session *s, const PGresult *result, struct instant now)
{
    bool fatal = fault_is_fatal(result);

    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        take_row(s, result);
    if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
        return true;
    fault_of_result(result, &s->fault);
    fault_redact(&s->fault, params_get(&s->params, "password"));
    s->has_fault = true;
    if (!fatal && s->fault.sqlstate[0] != '\0')
        return true;
    connection_lost_by(s->connection, fatal ? &s->fault : NULL, now);
    return false;
}

static bool has_step(const struct commit_session *s)
{
    return s->state == SESSION_SETTING || s->state >= SESSION_ASKING;
}

/* The next step may be sent from within: these rows are not its own. */
static void end_step(struct commit_session *s, struct instant now)
{
    PGresult *rows = s->rows;

    s->rows = NULL;
    step_done(s, rows, now);
    PQclear(rows);
}

/* An answer may come in pieces: what came is kept for the call that sees its end. */
static void input(void *owner, struct instant now)
{
    struct commit_session *s = owner;
    PGconn *pg = connection_pg(s->connection);

    while (has_step(s) && !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);
        if (result == NULL) {
            if (PQstatus(pg) != CONNECTION_BAD)
                end_step(s, now);
            return;
        }
        bool alive = take_result(s, result, now);
        if (alive && PQresultStatus(result) == PGRES_TUPLES_OK)
            keep_rows(s, result);
        else
            PQclear(result);
        if (!alive)
            return;
    }
}

/* ---- opening and closing */

static void opened(void *owner, struct instant now)
{
    static const char sql[] =
        "SET synchronous_commit = local; SET default_transaction_read_only = off;"
        "SET lock_timeout = '1s'; SET statement_timeout = '5s'; SET jit = off;"
        "SET idle_in_transaction_session_timeout = '5s'; SET client_min_messages = warning";

    send_query(owner, SESSION_SETTING, sql, now);
}

void commit_session_open(struct commit_session *s, struct instant now)
{
    struct node_fault fault;
    struct error err;

    assert(s->state == SESSION_CLOSED);
    if (!s->params_built && !params_build(&s->settings->nodes[s->node].connection,
                                          s->settings->poll_timeout_us, &s->params, &err)) {
        fault_set(&fault, FAULT_CONFIG, "%s", err.message);
        failed(s, &fault, now);
        return;
    }
    s->params_built = true;
    enter(s, SESSION_OPENING);
    connection_open(s->connection, s->settings->poll_timeout_us);
}

void commit_session_close(struct commit_session *s)
{
    connection_close(s->connection);
    keep_rows(s, NULL);
    enter(s, SESSION_CLOSED);
}

PGconn *commit_session_pg(struct commit_session *s)
{
    return connection_pg(s->connection);
}

bool commit_fault_is_race(const struct node_fault *fault)
{
    static const char *const races[] = {"23505", "42P06", "42P07", "42710"};

    for (size_t i = 0; i < sizeof races / sizeof races[0]; i++)
        if (strcmp(fault->sqlstate, races[i]) == 0)
            return true;
    return false;
}

struct commit_session *commit_session_new(struct loop *loop, const struct settings *settings,
                                          int node, enum commit_level level,
                                          const struct commit_session_callbacks *callbacks,
                                          void *owner)
{
    static const struct connection_callbacks of_connection = {opened, failed, input};
    struct commit_session *s = mem_calloc(1, sizeof *s);

    s->loop = loop;
    s->settings = settings;
    s->node = node;
    s->level = level;
    s->callbacks = callbacks;
    s->owner = owner;
    s->connection = connection_new(loop, &s->params, &of_connection, s);
    return s;
}

void commit_session_free(struct commit_session **session)
{
    struct commit_session *s = *session;

    if (s == NULL)
        return;
    connection_free(&s->connection);
    params_free(&s->params);
    keep_rows(s, NULL);
    keep_rule(s, NULL);
    free(s);
    *session = NULL;
}
