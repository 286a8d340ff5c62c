/*
 * visibility: the state machine.
 *
 *   CLOSED    for good: not opened, or lost
 *   OPENING   the connection's own deadline ends it
 *   SETTING   settings of the session
 *   IDLE      visibility_ask ends it
 *   ASKING    the answer, or the deadline
 *   PAUSING   between two questions, once it takes long
 *
 * An error is no end: the table itself may not have arrived yet, and a query may fall victim to a
 * recovery conflict. The last one is the reason if the row never comes.
 */
#include "postgres/visibility.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "postgres/connection.h"
#include "postgres/fault.h"

#define PAUSE_US (1 * US_PER_MS)
#define SQL_SIZE 512

enum visibility_state {
    VISIBILITY_CLOSED,
    VISIBILITY_OPENING,
    VISIBILITY_SETTING,
    VISIBILITY_IDLE,
    VISIBILITY_ASKING,
    VISIBILITY_PAUSING
};

struct visibility {
    struct loop *loop;
    const struct settings *settings;
    int node;
    const struct visibility_callbacks *callbacks;
    void *owner;
    struct params params;
    struct connection *connection;
    enum visibility_state state;
    struct loop_timer start, pause, deadline;
    bool found; /* by the answer that is coming in */
    bool has_fault;
    struct node_fault fault;
    /* of the question under way */
    char sql[SQL_SIZE];
    mono_us asked_at;
    uint64_t answers;
    bool missed; /* by the first answer */
    bool under_way;
};

static void enter(struct visibility *v, enum visibility_state state)
{
    v->state = state;
}

static const char *fault_words(const struct node_fault *fault)
{
    return fault->text[0] != '\0' ? fault->text : node_fault_word(fault->kind);
}

/* ---- how it ends */

static void end(struct visibility *v, bool visible, const char *text, struct instant now)
{
    struct visibility_result result = {
        .visible = visible,
        .at_once = visible && v->answers == 1,
        .missed = v->missed,
        .at = now.mono,
    };

    str_copy(result.text, sizeof result.text, text);
    v->under_way = false;
    loop_timer_cancel(v->loop, &v->deadline);
    loop_timer_cancel(v->loop, &v->pause);
    v->callbacks->seen(v->owner, &result, now);
}

static void end_late(struct visibility *v, struct instant now)
{
    end(v, false, v->has_fault ? fault_words(&v->fault) : "", now);
}

static void deadline_passed(void *owner, struct instant now)
{
    struct visibility *v = owner;

    if (v->state == VISIBILITY_PAUSING)
        enter(v, VISIBILITY_IDLE);
    else
        enter(v, VISIBILITY_CLOSED); /* a hanging replica: its answer is not waited for */
    if (v->state == VISIBILITY_CLOSED)
        connection_close(v->connection);
    end_late(v, now);
}

static void failed(void *owner, const struct node_fault *fault, struct instant now)
{
    struct visibility *v = owner;
    bool was_opening = v->state == VISIBILITY_OPENING || v->state == VISIBILITY_SETTING;
    char text[FAULT_TEXT_SIZE];

    str_copy(text, sizeof text, fault_words(fault));
    enter(v, VISIBILITY_CLOSED);
    if (was_opening)
        v->callbacks->opened(v->owner, text, now);
    else if (v->under_way)
        end(v, false, text, now);
}

/* ---- asking */

static void send_query(struct visibility *v, enum visibility_state state, const char *sql,
                       struct instant now)
{
    enter(v, state);
    v->found = v->has_fault = false;
    if (PQsendQuery(connection_pg(v->connection), sql) == 1)
        connection_flush(v->connection, now);
    else
        connection_lost_by(v->connection, NULL, now);
}

static void ask_again(void *owner, struct instant now)
{
    struct visibility *v = owner;

    send_query(v, VISIBILITY_ASKING, v->sql, now);
}

void visibility_ask(struct visibility *v, const struct visibility_row *row, mono_us deadline,
                    struct instant now)
{
    char *note = PQescapeLiteral(connection_pg(v->connection), row->note, strlen(row->note));

    assert(v->state == VISIBILITY_IDLE && !v->under_way);
    str_format(v->sql, sizeof v->sql, "SELECT FROM %s WHERE id = %" PRId64 " AND note = %s",
               row->table, row->id, note != NULL ? note : "NULL");
    PQfreemem(note);
    v->asked_at = now.mono;
    v->answers = 0;
    v->missed = false;
    v->under_way = true;
    loop_timer_set(v->loop, &v->deadline, deadline);
    ask_again(v, now);
}

static void answered(struct visibility *v, struct instant now)
{
    v->missed = v->missed || (v->answers == 0 && !v->found && !v->has_fault);
    v->answers++;
    if (v->found) {
        enter(v, VISIBILITY_IDLE);
        end(v, true, "", now);
    } else if (now.mono - v->asked_at < VISIBILITY_TIGHT_US) {
        ask_again(v, now);
    } else {
        enter(v, VISIBILITY_PAUSING);
        loop_timer_set(v->loop, &v->pause, now.mono + PAUSE_US);
    }
}

static void set_answered(struct visibility *v, struct instant now)
{
    enter(v, v->has_fault ? VISIBILITY_CLOSED : VISIBILITY_IDLE);
    if (v->has_fault)
        connection_close(v->connection);
    v->callbacks->opened(v->owner, v->has_fault ? fault_words(&v->fault) : "", now);
}

/* Takes one result. False when the connection is lost by it. */
static bool take_result(struct visibility *v, const PGresult *result, struct instant now)
{
    if (PQresultStatus(result) == PGRES_TUPLES_OK)
        v->found = PQntuples(result) > 0;
    if (PQresultStatus(result) == PGRES_TUPLES_OK || PQresultStatus(result) == PGRES_COMMAND_OK)
        return true;
    v->has_fault = true;
    fault_of_result(result, &v->fault);
    fault_redact(&v->fault, params_get(&v->params, "password"));
    if (!fault_is_fatal(result))
        return true;
    connection_lost_by(v->connection, &v->fault, now);
    return false;
}

/* One answer a turn: the next question's cannot be there before the socket is looked at again. */
static void input(void *owner, struct instant now)
{
    struct visibility *v = owner;
    PGconn *pg = connection_pg(v->connection);
    bool alive = true;

    while (alive && (v->state == VISIBILITY_SETTING || v->state == VISIBILITY_ASKING) &&
           !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);
        if (result != NULL) {
            alive = take_result(v, result, now);
            PQclear(result);
            continue;
        }
        if (PQstatus(pg) == CONNECTION_BAD)
            return;
        if (v->state == VISIBILITY_SETTING)
            set_answered(v, now);
        else
            answered(v, now);
        return;
    }
}

/* ---- opening */

static void opened(void *owner, struct instant now)
{
    static const char sql[] =
        "SET default_transaction_read_only = on; SET statement_timeout = '5s'; SET jit = off;"
        "SET search_path = pg_catalog; SET client_min_messages = warning";

    send_query(owner, VISIBILITY_SETTING, sql, now);
}

static void open_connection(void *owner, struct instant now)
{
    struct visibility *v = owner;
    struct error err;

    if (!params_build(&v->settings->nodes[v->node].connection, v->settings->poll_timeout_us,
                      &v->params, &err)) {
        enter(v, VISIBILITY_CLOSED);
        v->callbacks->opened(v->owner, err.message, now);
        return;
    }
    connection_open(v->connection, v->settings->poll_timeout_us);
}

bool visibility_is_ready(const struct visibility *v)
{
    return v->state == VISIBILITY_IDLE;
}

struct visibility *visibility_new(struct loop *loop, const struct settings *settings, int node,
                                  const struct visibility_callbacks *callbacks, void *owner)
{
    static const struct connection_callbacks of_connection = {opened, failed, input};
    struct visibility *v = mem_calloc(1, sizeof *v);

    v->loop = loop;
    v->settings = settings;
    v->node = node;
    v->callbacks = callbacks;
    v->owner = owner;
    v->state = VISIBILITY_OPENING;
    v->connection = connection_new(loop, &v->params, &of_connection, v);
    v->start = (struct loop_timer){.fire = open_connection, .owner = v};
    v->pause = (struct loop_timer){.fire = ask_again, .owner = v};
    v->deadline = (struct loop_timer){.fire = deadline_passed, .owner = v};
    loop_timer_set(loop, &v->start, loop_now(loop).mono);
    return v;
}

void visibility_free(struct visibility **visibility)
{
    struct visibility *v = *visibility;

    if (v == NULL)
        return;
    loop_timer_cancel(v->loop, &v->start);
    loop_timer_cancel(v->loop, &v->pause);
    loop_timer_cancel(v->loop, &v->deadline);
    connection_free(&v->connection);
    params_free(&v->params);
    free(v);
    *visibility = NULL;
}
