/*
 * writer: the state machine.
 *
 *   CLOSED     waiting for the timer to try again
 *   OPENING    the session's own deadline ends it
 *   LOOKING    which test_replication would a person's psql see, which schema is the current one?
 *   CHOOSING   may it be used, may it be made there, or in the probe's schema?
 *   CREATING   it was not there: made without waiting for standbys
 *   PREPARING  the level, and the statement
 *   IDLE       writer_write ends it
 *   WRITING    only the answer or the end of the connection ends it
 *
 * A table that is found by the search path is used only when it belongs to this role or to a
 * superuser: a trigger or a default of somebody else's table would run with our rights. For the
 * same reason nothing but the look itself runs under the server's search_path.
 */
#include "postgres/writer.h"

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
#define SQL_SIZE 2048
#define WAITS_MIN_S 1 /* one that waits this long is not just under way */
#define IDENTIFIER_SIZE (2 * NODE_NAME_SIZE + 4)

enum writer_state {
    WRITER_CLOSED,
    WRITER_OPENING,
    WRITER_LOOKING,
    WRITER_CHOOSING,
    WRITER_CREATING,
    WRITER_PREPARING,
    WRITER_IDLE,
    WRITER_WRITING
};

struct writer {
    struct loop *loop;
    const struct settings *settings;
    enum commit_level level;
    const struct writer_callbacks *callbacks;
    void *owner;
    struct commit_session *session;
    enum writer_state state;
    const char *alone_as; /* NULL: it is not asked for */
    struct loop_timer retry;
    char table[IDENTIFIER_SIZE + 24];     /* quoted, with its schema */
    char schema_to_make[IDENTIFIER_SIZE]; /* quoted; "" when it is there */
    struct write_result result;           /* of the write under way */
};

static void enter(struct writer *writer, enum writer_state state)
{
    assert(state != WRITER_WRITING || writer->state == WRITER_IDLE);
    writer->state = state;
}

static void ask(struct writer *writer, enum writer_state state, const char *sql, struct instant now)
{
    enter(writer, state);
    commit_session_ask(writer->session, sql, now);
}

static void give_up(struct writer *writer, const struct node_fault *fault, bool stays,
                    struct instant now)
{
    commit_session_close(writer->session);
    enter(writer, WRITER_CLOSED);
    writer->table[0] = '\0';
    loop_timer_set(writer->loop, &writer->retry, now.mono + (stays ? STAYS_RETRY_US : RETRY_US));
    writer->callbacks->failed(
        writer->owner, fault->text[0] != '\0' ? fault->text : node_fault_word(fault->kind), now);
}

/* ---- the table */

static void look(void *owner, struct instant now)
{
    ask(owner, WRITER_LOOKING,
        "SELECT pg_catalog.to_regclass('test_replication')::pg_catalog.oid,"
        " pg_catalog.current_schema(); SET search_path = pg_catalog",
        now);
}

/* Of a result of one row; NULL where it is NULL. */
static const char *field(const PGresult *rows, int column)
{
    return PQgetisnull(rows, 0, column) ? NULL : PQgetvalue(rows, 0, column);
}

/* As SQL: a quoted literal, or NULL. */
static void literal(struct writer *writer, const char *text, char *out, size_t size)
{
    PGconn *pg = commit_session_pg(writer->session);
    char *quoted = text != NULL ? PQescapeLiteral(pg, text, strlen(text)) : NULL;

    str_copy(out, size, quoted != NULL ? quoted : "NULL");
    PQfreemem(quoted);
}

/*
 * The last column: for how many seconds another session of our name waits for standbys. Its name is
 * ours from here on.
 */
static void look_for_others(struct writer *writer, char *sql, size_t size)
{
    char name[IDENTIFIER_SIZE];

    if (writer->alone_as == NULL) {
        str_append(sql, size, ", NULL");
        return;
    }
    literal(writer, writer->alone_as, name, sizeof name);
    str_appendf(sql, size,
                ", (SELECT extract(epoch FROM max(clock_timestamp() - query_start))::bigint"
                " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = %s"
                " AND usename = current_user"
                " AND query_start < clock_timestamp() - interval '%d s');"
                " SET application_name = %s",
                name, WAITS_MIN_S, name);
}

static void choose(struct writer *writer, const PGresult *seen, struct instant now)
{
    char sql[SQL_SIZE], oid[32], current[IDENTIFIER_SIZE], probe[IDENTIFIER_SIZE];

    literal(writer, field(seen, 0), oid, sizeof oid);
    literal(writer, field(seen, 1), current, sizeof current);
    literal(writer, writer->settings->probe_schema, probe, sizeof probe);
    str_format(sql, sizeof sql,
               "SELECT (SELECT quote_ident(n.nspname) FROM pg_class c"
               " JOIN pg_namespace n ON n.oid = c.relnamespace"
               " JOIN pg_roles o ON o.oid = c.relowner WHERE c.oid = %s::oid"
               " AND c.relkind IN ('r', 'p') AND (o.rolsuper OR o.rolname = current_user)"
               " AND has_table_privilege(c.oid, 'INSERT')"
               " AND has_table_privilege(c.oid, 'SELECT')),"
               " (SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE n.nspname = %s"
               " AND has_schema_privilege(n.oid, 'CREATE') AND NOT EXISTS (SELECT FROM pg_class c"
               " WHERE c.relnamespace = n.oid AND c.relname = 'test_replication')),"
               " quote_ident(%s), to_regnamespace(quote_ident(%s)) IS NOT NULL,"
               " to_regclass(quote_ident(%s) || '.test_replication') IS NOT NULL",
               oid, current, probe, probe, probe);
    look_for_others(writer, sql, sizeof sql);
    ask(writer, WRITER_CHOOSING, sql, now);
}

static void prepare(struct writer *writer, struct instant now)
{
    char sql[SQL_SIZE];

    str_format(sql, sizeof sql,
               "SET synchronous_commit = %s; PREPARE pgw_write (text) AS INSERT INTO %s (note)"
               " VALUES ($1) RETURNING id::bigint, pg_current_wal_insert_lsn(),"
               " current_setting('synchronous_commit'),"
               " current_setting('synchronous_standby_names')",
               commit_level_word(writer->level), writer->table);
    ask(writer, WRITER_PREPARING, sql, now);
}

/* Without waiting for standbys: on a blocked cluster this would hang. */
static void create(struct writer *writer, struct instant now)
{
    char sql[SQL_SIZE] = "";

    if (writer->schema_to_make[0] != '\0')
        str_appendf(sql, sizeof sql, "CREATE SCHEMA IF NOT EXISTS %s; ", writer->schema_to_make);
    str_appendf(sql, sizeof sql, "CREATE TABLE IF NOT EXISTS %s (id serial PRIMARY KEY, note text)",
                writer->table);
    ask(writer, WRITER_CREATING, sql, now);
}

static void say_not_alone(struct writer *writer, int64_t waits_s, struct instant now)
{
    struct node_fault fault;
    char waits[16];

    format_duration(waits, sizeof waits, waits_s * US_PER_S);
    fault_set(&fault, FAULT_QUERY, "an earlier write of %s still waits for standbys since %s",
              writer->alone_as, waits);
    give_up(writer, &fault, false, now);
}

static void take_choice(struct writer *writer, const PGresult *choice, struct instant now)
{
    const char *visible = field(choice, 0), *current = field(choice, 1), *probe = field(choice, 2);
    bool has_schema = PQgetvalue(choice, 0, 3)[0] == 't';
    bool has_table = PQgetvalue(choice, 0, 4)[0] == 't';
    const char *schema = visible != NULL ? visible : current != NULL ? current : probe;

    if (field(choice, 5) != NULL) {
        say_not_alone(writer, strtoll(field(choice, 5), NULL, 10), now);
        return;
    }
    str_format(writer->table, sizeof writer->table, "%s.test_replication", schema);
    str_copy(writer->schema_to_make, sizeof writer->schema_to_make,
             visible == NULL && current == NULL && !has_schema ? probe : "");
    if (visible != NULL || (current == NULL && has_table))
        prepare(writer, now);
    else
        create(writer, now);
}

static void answered(void *owner, const PGresult *rows, const struct node_fault *fault,
                     struct instant now)
{
    struct writer *writer = owner;

    if (fault != NULL && writer->state == WRITER_CREATING && commit_fault_is_race(fault)) {
        create(writer, now); /* another client was quicker; all of it is IF NOT EXISTS */
        return;
    }
    if (fault != NULL) {
        struct node_fault said = *fault;
        give_up(writer, &said, commit_error_stays(said.sqlstate), now);
        return;
    }
    switch (writer->state) {
    case WRITER_LOOKING:
        choose(writer, rows, now);
        break;
    case WRITER_CHOOSING:
        take_choice(writer, rows, now);
        break;
    case WRITER_CREATING:
        prepare(writer, now);
        break;
    case WRITER_PREPARING:
        enter(writer, WRITER_IDLE);
        writer->callbacks->ready(writer->owner, now);
        break;
    case WRITER_CLOSED:
    case WRITER_OPENING:
    case WRITER_IDLE:
    case WRITER_WRITING:
        break;
    }
}

/* ---- writing */

void writer_write(struct writer *writer, uint64_t tag, const char *note, struct instant now)
{
    const char *const values[] = {note};

    enter(writer, WRITER_WRITING);
    writer->result = (struct write_result){.tag = tag, .sent_at = now.mono};
    commit_session_commit(writer->session, "pgw_write", 1, values, now);
}

static struct write_result result_of(const struct writer *writer, const struct commit_end *end)
{
    struct write_result result = writer->result;

    result.outcome = end->outcome;
    result.asynchronous = end->asynchronous;
    result.id = end->id;
    result.lsn = end->lsn;
    result.answered_at = end->answered_at;
    str_copy(result.text, sizeof result.text, end->text);
    return result;
}

static void committed(void *owner, const struct commit_end *end, struct instant now)
{
    struct writer *writer = owner;
    struct write_result result = result_of(writer, end);
    struct node_fault fault;
    bool stays = end->fault != NULL && commit_error_stays(end->fault->sqlstate);

    if (stays)
        fault = *end->fault;
    enter(writer, end->lost || stays ? WRITER_CLOSED : WRITER_IDLE);
    writer->callbacks->done(writer->owner, &result, now);
    if (stays) /* the table may have gone, or the role's right: from the start */
        give_up(writer, &fault, false, now);
}

bool writer_is_answered(const struct writer *writer, struct write_result *result)
{
    struct commit_end end;

    if (!commit_session_is_answered(writer->session, &end))
        return false;
    *result = result_of(writer, &end);
    return true;
}

static void failed(void *owner, const struct node_fault *fault, bool stays, struct instant now)
{
    give_up(owner, fault, stays, now);
}

static void open_session(void *owner, struct instant now)
{
    struct writer *writer = owner;

    enter(writer, WRITER_OPENING);
    commit_session_open(writer->session, now);
}

/* ---- */

bool writer_is_ready(const struct writer *writer)
{
    return writer->state == WRITER_IDLE;
}

const char *writer_table(const struct writer *writer)
{
    return writer->state >= WRITER_IDLE ? writer->table : "";
}

struct writer *writer_new(struct loop *loop, const struct settings *settings, int node,
                          enum commit_level level, const struct writer_callbacks *callbacks,
                          void *owner)
{
    static const struct commit_session_callbacks of_session = {look, answered, committed, failed};
    struct writer *writer = mem_calloc(1, sizeof *writer);

    writer->loop = loop;
    writer->settings = settings;
    writer->level = level;
    writer->callbacks = callbacks;
    writer->owner = owner;
    writer->session = commit_session_new(loop, settings, node, level, &of_session, writer);
    writer->retry = (struct loop_timer){.fire = open_session, .owner = writer};
    loop_timer_set(loop, &writer->retry, loop_now(loop).mono);
    return writer;
}

void writer_set_alone(struct writer *writer, const char *application_name)
{
    writer->alone_as = application_name;
}

void writer_free(struct writer **writer)
{
    struct writer *w = *writer;

    if (w == NULL)
        return;
    loop_timer_cancel(w->loop, &w->retry);
    commit_session_free(&w->session);
    free(w);
    *writer = NULL;
}
