/*
 * errand: the state machine.
 *
 *   OPENING  the connection's own deadline ends it
 *   SETTING  settings of the session
 *   ASKING   the answer; with pages the last one
 *   ENDED
 *
 * Ends are told by a timer, never inside a call of the user's.
 */
#include "postgres/errand.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "postgres/connection.h"
#include "postgres/fault.h"

#define SQL_SIZE 1024
#define PAGE_ROWS 5000
#define COLUMNS_MAX 8
#define VALUE_SIZE 160

enum errand_state { ERRAND_OPENING, ERRAND_SETTING, ERRAND_ASKING, ERRAND_ENDED };

struct errand {
    struct loop *loop;
    const struct settings *settings;
    int node;
    const struct errand_calls *calls;
    void *owner;
    struct params params;
    struct connection *connection;
    enum errand_state state;
    struct loop_timer start, deadline, tell;
    const struct errand_guard *guard; /* NULL: none */
    bool ok, has_fault;
    char text[FAULT_TEXT_SIZE];
    char sql[SQL_SIZE];
    /* of a read-back */
    bool in_pages;
    char table[SQL_SIZE / 4], prefix[SQL_SIZE / 8];
    int64_t last_id;
    int page_rows;
};

const char *errand_sql(enum errand_kind kind)
{
    static const char *const texts[ERRAND_KINDS] = {
        [ERRAND_IDENTITY] =
            "SELECT (SELECT system_identifier FROM pg_control_system()),"
            " current_setting('pgwatch_tui.lab', true), pg_is_in_recovery(),"
            " has_function_privilege('pg_promote(boolean, integer)', 'EXECUTE'),"
            " has_function_privilege('pg_wal_replay_pause()', 'EXECUTE')"
            " AND has_function_privilege('pg_wal_replay_resume()', 'EXECUTE')",
        [ERRAND_PROMOTE] = "SELECT pg_promote(true, 60)",
        [ERRAND_PAUSE_REPLAY] = "SELECT pg_wal_replay_pause()",
        [ERRAND_RESUME_REPLAY] = "SELECT pg_wal_replay_resume()",
        [ERRAND_FORK] = "SELECT pg_last_wal_replay_lsn()",
    };
    return texts[kind];
}

/* ---- the end */

static void end(struct errand *e, bool ok, const char *text, struct instant now)
{
    if (e->state == ERRAND_ENDED)
        return;
    e->state = ERRAND_ENDED;
    e->ok = ok;
    str_copy(e->text, sizeof e->text, text);
    loop_timer_cancel(e->loop, &e->deadline);
    loop_timer_set(e->loop, &e->tell, now.mono);
}

static void tell(void *owner, struct instant now)
{
    struct errand *e = owner;

    connection_close(e->connection);
    e->calls->done(e->owner, e->ok, e->text, now);
}

static void deadline_passed(void *owner, struct instant now)
{
    end(owner, false, "no answer in time", now);
}

static void failed(void *owner, const struct node_fault *fault, struct instant now)
{
    end(owner, false, fault->text[0] != '\0' ? fault->text : node_fault_word(fault->kind), now);
}

/* ---- asking */

static void send_query(struct errand *e, enum errand_state state, const char *sql,
                       struct instant now)
{
    e->state = state;
    e->has_fault = false;
    if (PQsendQuery(connection_pg(e->connection), sql) == 1)
        connection_flush(e->connection, now);
    else
        connection_lost_by(e->connection, NULL, now);
}

static void ask_page(struct errand *e, struct instant now)
{
    PGconn *pg = connection_pg(e->connection);
    char *prefix = PQescapeLiteral(pg, e->prefix, strlen(e->prefix));

    e->page_rows = 0;
    str_format(e->sql, sizeof e->sql,
               "SELECT id, note FROM %s WHERE id > %" PRId64
               " AND starts_with(note, %s)"
               " ORDER BY id LIMIT %d",
               e->table, e->last_id, prefix != NULL ? prefix : "NULL", PAGE_ROWS);
    PQfreemem(prefix);
    send_query(e, ERRAND_ASKING, e->sql, now);
}

static void append_literal(struct errand *e, const char *value)
{
    char *quoted = PQescapeLiteral(connection_pg(e->connection), value, strlen(value));

    str_append(e->sql, sizeof e->sql, quoted != NULL ? quoted : "NULL");
    PQfreemem(quoted);
}

static void ask(struct errand *e, struct instant now)
{
    if (e->in_pages) {
        ask_page(e, now);
        return;
    }
    if (e->guard != NULL) {
        str_append(e->sql, sizeof e->sql,
                   " FROM pg_control_system() WHERE system_identifier::text = ");
        append_literal(e, e->guard->system_identifier);
        str_append(e->sql, sizeof e->sql, " AND current_setting('pgwatch_tui.lab', true) = ");
        append_literal(e, e->guard->lab);
    }
    send_query(e, ERRAND_ASKING, e->sql, now);
}

/* ---- answers */

static void take_rows(struct errand *e, const PGresult *result)
{
    char texts[COLUMNS_MAX][VALUE_SIZE];
    const char *values[COLUMNS_MAX];
    int columns = PQnfields(result) < COLUMNS_MAX ? PQnfields(result) : COLUMNS_MAX;

    for (int row = 0; row < PQntuples(result); row++) {
        for (int i = 0; i < columns; i++) {
            str_sanitize(texts[i], sizeof texts[i], PQgetvalue(result, row, i), SIZE_MAX);
            values[i] = texts[i];
        }
        if (e->in_pages && columns > 0)
            e->last_id = strtoll(values[0], NULL, 10);
        e->page_rows++;
        e->calls->row(e->owner, columns, values);
    }
}

/* Takes one result. False when the connection is lost by it. */
static bool take_result(struct errand *e, const PGresult *result, struct instant now)
{
    struct node_fault fault;

    if (PQresultStatus(result) == PGRES_TUPLES_OK && e->state == ERRAND_ASKING)
        take_rows(e, result);
    if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
        return true;
    e->has_fault = true;
    fault_of_result(result, &fault);
    fault_redact(&fault, params_get(&e->params, "password"));
    str_copy(e->text, sizeof e->text, fault.text);
    if (!fault_is_fatal(result))
        return true;
    connection_lost_by(e->connection, &fault, now);
    return false;
}

static void answered(struct errand *e, struct instant now)
{
    if (e->has_fault)
        end(e, false, e->text, now);
    else if (e->state == ERRAND_SETTING)
        ask(e, now);
    else if (e->in_pages && e->page_rows == PAGE_ROWS)
        ask_page(e, now);
    else
        end(e, true, "", now);
}

static void input(void *owner, struct instant now)
{
    struct errand *e = owner;
    PGconn *pg = connection_pg(e->connection);
    bool alive = true;

    while (alive && (e->state == ERRAND_SETTING || e->state == ERRAND_ASKING) && !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);
        if (result != NULL) {
            alive = take_result(e, result, now);
            PQclear(result);
            continue;
        }
        if (PQstatus(pg) != CONNECTION_BAD)
            answered(e, now);
        return;
    }
}

/* ---- opening */

static void opened(void *owner, struct instant now)
{
    static const char sql[] =
        "SET default_transaction_read_only = on; SET jit = off;"
        " SET search_path = pg_catalog; SET client_min_messages = error";
    send_query(owner, ERRAND_SETTING, sql, now);
}

static void open_connection(void *owner, struct instant now)
{
    struct errand *e = owner;
    struct error err;

    if (!params_build(&e->settings->nodes[e->node].connection, e->settings->poll_timeout_us,
                      &e->params, &err)) {
        end(e, false, err.message, now);
        return;
    }
    connection_open(e->connection, e->settings->poll_timeout_us);
}

static struct errand *begin(struct loop *loop, const struct settings *settings, int node,
                            int64_t deadline_us, const struct errand_calls *calls, void *owner)
{
    static const struct connection_callbacks of_connection = {opened, failed, input};
    struct errand *e = mem_calloc(1, sizeof *e);
    mono_us now = loop_now(loop).mono;

    e->loop = loop;
    e->settings = settings;
    e->node = node;
    e->calls = calls;
    e->owner = owner;
    e->state = ERRAND_OPENING;
    e->connection = connection_new(loop, &e->params, &of_connection, e);
    e->start = (struct loop_timer){.fire = open_connection, .owner = e};
    e->deadline = (struct loop_timer){.fire = deadline_passed, .owner = e};
    e->tell = (struct loop_timer){.fire = tell, .owner = e};
    loop_timer_set(loop, &e->start, now);
    loop_timer_set(loop, &e->deadline, now + deadline_us);
    return e;
}

struct errand *errand_new(struct loop *loop, const struct settings *settings, int node,
                          enum errand_kind kind, const struct errand_guard *guard,
                          int64_t deadline_us, const struct errand_calls *calls, void *owner)
{
    struct errand *e = begin(loop, settings, node, deadline_us, calls, owner);

    e->guard = guard;
    str_copy(e->sql, sizeof e->sql, errand_sql(kind));
    return e;
}

struct errand *errand_read_back(struct loop *loop, const struct settings *settings, int node,
                                const char *table, const char *prefix, int64_t from_id,
                                int64_t deadline_us, const struct errand_calls *calls, void *owner)
{
    struct errand *e = begin(loop, settings, node, deadline_us, calls, owner);

    e->in_pages = true;
    e->last_id = from_id;
    str_copy(e->table, sizeof e->table, table);
    str_copy(e->prefix, sizeof e->prefix, prefix);
    return e;
}

void errand_free(struct errand **errand)
{
    struct errand *e = *errand;

    if (e == NULL)
        return;
    loop_timer_cancel(e->loop, &e->start);
    loop_timer_cancel(e->loop, &e->deadline);
    loop_timer_cancel(e->loop, &e->tell);
    connection_free(&e->connection);
    params_free(&e->params);
    free(e);
    *errand = NULL;
}
