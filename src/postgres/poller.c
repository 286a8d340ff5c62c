/*
 * poller: the life of one node's polling.
 *
 *   WAITING    not connected; the timer (back-off) starts the next attempt
 *   CONNECTING the connection's own deadline ends it
 *   IDLE       connected, nothing asked; the timer starts the next look
 *   ASKED      a look is under way; the answer ends it, or the timer: then it is overdue, which is
 * a fault, but the connection is kept and the late answer still counts
 *
 * Looks are due at multiples of the interval on the monotonic clock, so that all nodes are looked
 * at together: one picture, and one frame for all of them.
 */
#include "postgres/poller.h"

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "postgres/connection.h"
#include "postgres/decode.h"
#include "postgres/door.h"
#include "postgres/fault.h"
#include "postgres/sql.h"

#define CONFIG_RETRY_US (30 * US_PER_S)
#define STARTING_RETRY_US (300 * US_PER_MS)
#define FULL_RETRY_US (1 * US_PER_S) /* whoever waits there for a connection comes first */
#define POLL_NOW_GAP_US (50 * US_PER_MS)
#define SETTINGS_EVERY_US (60 * US_PER_S)
#define SLOTS_EVERY_POLLS 5
#define DOOR_APART_US (37 * US_PER_MS) /* from node to node */
#define CONFLICT_RETRY_US (100 * US_PER_MS)
#define CONFLICTS_MAX 3 /* in a row, before it is a fault */

enum poller_state { POLLER_WAITING, POLLER_CONNECTING, POLLER_IDLE, POLLER_ASKED };

/* What an answer is of. */
enum asked_kind { ASKED_SETTING, ASKED_SETTINGS_END, ASKED_PREPARE, ASKED_ROWS, ASKED_END };
#define ASKED_MAX (SQL_SESSION_SETTINGS + 1 + 2 * SQL_COUNT + 1)

struct poller {
    struct loop *loop;
    struct poller_options options;
    struct params params;
    struct connection *connection;
    struct door *door;
    struct loop_timer timer;
    enum poller_state state;
    bool overdue;
    int failures; /* attempts to connect that failed in a row */
    enum node_fault_kind last_fault;
    mono_us last_attempt;
    /* of this connection */
    bool session_set;
    bool prepared[SQL_COUNT];
    uint64_t polls;
    bool slots_read;     /* there are some to remember */
    mono_us settings_at; /* when they were last read; 0: not yet */
    int64_t conf_loaded_at;
    bool in_recovery;
    uint64_t system_identifier;
    struct slot_row *slots; /* slot_count of them: most nodes have few, and nodes are many */
    int slot_count;
    bool slots_cut;
    /* of the look under way */
    struct asked {
        enum asked_kind kind;
        enum sql_id id;
    } asked[ASKED_MAX];
    int asked_count, answered;
    bool failed;
    struct node_fault fault;
    mono_us asked_at;
    int conflicts;
    PGresult *answers[SQL_COUNT]; /* kept until the look is complete */
};

static void drop_answers(struct poller *p)
{
    for (int i = 0; i < SQL_COUNT; i++) {
        PQclear(p->answers[i]);
        p->answers[i] = NULL;
    }
}

static void emit_fault(struct poller *p, const struct node_fault *fault, struct instant now)
{
    struct observation *o = mem_calloc(1, sizeof *o);

    o->kind = OBSERVED_FAULT;
    o->node = p->options.node;
    o->at = now;
    o->asked_at = p->asked_at;
    o->fault = *fault;
    p->last_fault = fault->kind;
    p->options.sink(p->options.owner, o);
    free(o);
}

static mono_us next_due(const struct poller *p, mono_us now)
{
    return (now / p->options.interval_us + 1) * p->options.interval_us;
}

static int64_t retry_after_us(const struct poller *p, enum node_fault_kind kind)
{
    static const int64_t steps[] = {100 * US_PER_MS, 250 * US_PER_MS, 500 * US_PER_MS};
    const int count = sizeof steps / sizeof steps[0];

    if (kind == FAULT_AUTH || kind == FAULT_CONFIG)
        return CONFIG_RETRY_US;
    if (kind == FAULT_STARTING || kind == FAULT_SHUTTING_DOWN || kind == FAULT_CRASH_RECOVERY ||
        kind == FAULT_NOT_CONSISTENT)
        return STARTING_RETRY_US;
    if (kind == FAULT_TOO_MANY_CONNECTIONS && p->options.interval_us < FULL_RETRY_US)
        return FULL_RETRY_US;
    if (kind == FAULT_TOO_MANY_CONNECTIONS || p->failures > count)
        return p->options.interval_us;
    int64_t step = steps[p->failures > 0 ? p->failures - 1 : 0];
    return step < p->options.interval_us ? step : p->options.interval_us;
}

static void connect_now(struct poller *p, mono_us now)
{
    loop_timer_cancel(p->loop, &p->timer);
    p->state = POLLER_CONNECTING;
    p->last_attempt = p->asked_at = now;
    connection_open(p->connection, p->options.timeout_us);
}

static void failed(void *owner, const struct node_fault *fault, struct instant now)
{
    struct poller *p = owner;
    bool was_open = p->state == POLLER_IDLE || p->state == POLLER_ASKED;

    drop_answers(p);
    door_leave(p->door);
    p->state = POLLER_WAITING;
    p->overdue = false;
    p->failures = was_open ? 0 : p->failures + 1;
    loop_timer_set(p->loop, &p->timer, now.mono + retry_after_us(p, fault->kind));
    emit_fault(p, fault, now);
}

static void note_asked(struct poller *p, enum asked_kind kind, enum sql_id id)
{
    p->asked[p->asked_count++] = (struct asked){kind, id};
}

static bool queue_end(struct poller *p, PGconn *pg, enum asked_kind kind)
{
    note_asked(p, kind, SQL_COUNT);
    return PQpipelineSync(pg) == 1;
}

/* In the same round trip as the look, but with an end of its own: when the look fails, its
 * transaction takes back only what is its own. */
static bool queue_session(struct poller *p, PGconn *pg)
{
    char text[64];

    for (int i = 0; i < SQL_SESSION_SETTINGS; i++) {
        sql_session_setting(i, p->options.timeout_us / US_PER_MS, text, sizeof text);
        if (!PQsendQueryParams(pg, text, 0, NULL, NULL, NULL, NULL, 0))
            return false;
        note_asked(p, ASKED_SETTING, SQL_COUNT);
    }
    return queue_end(p, pg, ASKED_SETTINGS_END);
}

/* Queues one statement, prepared in the same pipeline when this connection does not have it yet. */
static bool queue(struct poller *p, PGconn *pg, enum sql_id id)
{
    if (!p->prepared[id]) {
        if (!PQsendPrepare(pg, sql_name(id), sql_text(id, PQserverVersion(pg)), 0, NULL))
            return false;
        note_asked(p, ASKED_PREPARE, id);
    }
    if (!PQsendQueryPrepared(pg, sql_name(id), 0, NULL, NULL, NULL, 1))
        return false;
    note_asked(p, ASKED_ROWS, id);
    return true;
}

static bool queue_look(struct poller *p, PGconn *pg, mono_us now)
{
    bool settings = p->settings_at == 0 || now - p->settings_at >= SETTINGS_EVERY_US;

    if (!p->session_set && !queue_session(p, pg))
        return false;
    if (!queue(p, pg, SQL_STANDBYS))
        return false;
    if ((!p->slots_read || p->polls % SLOTS_EVERY_POLLS == 0) && !queue(p, pg, SQL_SLOTS))
        return false;
    if (settings && !queue(p, pg, SQL_SETTINGS))
        return false;
    return queue(p, pg, SQL_NODE) && queue_end(p, pg, ASKED_END);
}

static void ask(struct poller *p, struct instant now)
{
    PGconn *pg = connection_pg(p->connection);

    p->asked_count = p->answered = 0;
    p->failed = false;
    p->asked_at = now.mono;
    drop_answers(p);
    p->state = POLLER_ASKED;
    loop_timer_set(p->loop, &p->timer, now.mono + p->options.timeout_us);
    if (queue_look(p, pg, now.mono))
        connection_flush(p->connection, now);
    else
        connection_lost_by(p->connection, NULL, now);
}

static void door_changed(void *owner, bool opens, mono_us knocked_at, struct instant now)
{
    struct poller *p = owner;
    struct observation *o = mem_calloc(1, sizeof *o);

    o->kind = OBSERVED_DOOR;
    o->node = p->options.node;
    o->at = now;
    o->asked_at = knocked_at;
    o->door.opens = opens;
    p->options.sink(p->options.owner, o);
    free(o);
}

/* Who is looked at seldom is knocked at seldom. */
static void watch_door(struct poller *p, mono_us now)
{
    int64_t every_us =
        p->options.interval_us > DOOR_EVERY_US ? p->options.interval_us : DOOR_EVERY_US;

    door_watch(p->door, PQsocket(connection_pg(p->connection)),
               now + every_us + p->options.node % 100 * DOOR_APART_US, every_us);
}

static void opened(void *owner, struct instant now)
{
    struct poller *p = owner;

    p->session_set = false;
    memset(p->prepared, 0, sizeof p->prepared);
    p->polls = 0;
    p->slots_read = false;
    p->settings_at = 0;
    p->conf_loaded_at = 0;
    p->system_identifier = 0;
    p->slot_count = 0;
    p->slots_cut = false;
    PQenterPipelineMode(connection_pg(p->connection));
    watch_door(p, now.mono);
    ask(p, now);
}

/* The slots are not in every look: those that were read last stay. */
static bool decode_or_remember_slots(struct poller *p, struct node_sample *sample)
{
    if (p->answers[SQL_SLOTS] == NULL) {
        sample->slot_count = p->slot_count;
        sample->slots_cut = p->slots_cut;
        if (p->slot_count > 0)
            memcpy(sample->slots, p->slots, (size_t)p->slot_count * sizeof p->slots[0]);
        return true;
    }
    if (!decode_slots(p->answers[SQL_SLOTS], sample))
        return false;
    p->slots_read = true;
    p->slot_count = sample->slot_count;
    p->slots_cut = sample->slots_cut;
    free(p->slots);
    p->slots = mem_calloc((size_t)p->slot_count, sizeof p->slots[0]);
    memcpy(p->slots, sample->slots, (size_t)p->slot_count * sizeof p->slots[0]);
    return true;
}

/* A new configuration or role: the settings are read anew with the next look. */
static void note_configuration(struct poller *p, const struct node_sample *sample,
                               int64_t conf_loaded_at)
{
    bool changed = conf_loaded_at != p->conf_loaded_at || sample->in_recovery != p->in_recovery;

    if (changed && p->conf_loaded_at != 0)
        p->settings_at = 0;
    p->conf_loaded_at = conf_loaded_at;
    p->in_recovery = sample->in_recovery;
}

/* All answers of the look into a sample; false when one has not the columns that were asked for. */
static bool decode_look(struct poller *p, struct node_sample *sample, mono_us now)
{
    int64_t conf_loaded_at;

    decode_clear(sample);
    sample->server_version = PQserverVersion(connection_pg(p->connection));
    if (p->answers[SQL_STANDBYS] == NULL || p->answers[SQL_NODE] == NULL ||
        !decode_standbys(p->answers[SQL_STANDBYS], sample) || !decode_or_remember_slots(p, sample))
        return false;
    if (p->answers[SQL_SETTINGS] != NULL) {
        if (!decode_settings(p->answers[SQL_SETTINGS], sample))
            return false;
        p->system_identifier = sample->system_identifier;
        p->settings_at = now;
    }
    sample->system_identifier = p->system_identifier;
    if (!decode_node(p->answers[SQL_NODE], sample, &conf_loaded_at))
        return false;
    note_configuration(p, sample, conf_loaded_at);
    return true;
}

/* Memory for a sample is taken only here, for the moment: it is large, and nodes are many. */
static void emit_sample(struct poller *p, struct instant now)
{
    struct observation *o = mem_calloc(1, sizeof *o);
    bool ok = decode_look(p, &o->sample, now.mono);

    drop_answers(p);
    if (ok) {
        o->kind = OBSERVED_SAMPLE;
        o->node = p->options.node;
        o->at = now;
        o->asked_at = p->asked_at;
        p->failures = 0;
        p->last_fault = FAULT_NONE;
        p->options.sink(p->options.owner, o);
    } else {
        fault_set(&p->fault, FAULT_QUERY, "the answer has other columns than expected");
        emit_fault(p, &p->fault, now);
    }
    free(o);
}

static void note_failure(struct poller *p, const PGresult *result)
{
    if (p->failed)
        return; /* the first failure makes the rest of the pipeline fail */
    p->failed = true;
    fault_of_result(result, &p->fault);
}

static bool is_as_asked(const struct poller *p, const struct asked *asked, ExecStatusType status)
{
    switch (asked->kind) {
    case ASKED_SETTING:
    case ASKED_PREPARE:
        return status == PGRES_COMMAND_OK;
    case ASKED_ROWS:
        return status == PGRES_TUPLES_OK && p->answers[asked->id] == NULL;
    case ASKED_SETTINGS_END:
    case ASKED_END:
        return status == PGRES_PIPELINE_SYNC;
    }
    return false;
}

/* Takes over one result of the look under way. True when it was the end of the look. */
static bool take_result(struct poller *p, PGresult *result)
{
    const struct asked *asked = &p->asked[p->answered];

    if (p->answered == p->asked_count || !is_as_asked(p, asked, PQresultStatus(result))) {
        note_failure(p, result);
    } else if (asked->kind == ASKED_ROWS) {
        p->answers[asked->id] = result;
        result = NULL;
    } else if (asked->kind == ASKED_PREPARE) {
        p->prepared[asked->id] = true;
    } else if (asked->kind == ASKED_SETTINGS_END) {
        p->session_set = !p->failed;
    }
    PQclear(result);
    if (p->answered < p->asked_count)
        p->answered++;
    return p->answered == p->asked_count;
}

/* A standby may cancel what we ask for the sake of its replay; and one that is promoted within a
 * look has, by the end of it, no replay to ask about (55000). That passes, and is no fault. */
static bool is_conflict(const struct poller *p)
{
    static const char *const passing[] = {"40001", "40P01", "55000"};

    for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
        if (strcmp(p->fault.sqlstate, passing[i]) == 0)
            return true;
    return false;
}

static void look_done(struct poller *p, struct instant now)
{
    p->state = POLLER_IDLE;
    p->polls++;
    if (p->failed)
        drop_answers(p);
    if (p->failed && is_conflict(p) && ++p->conflicts <= CONFLICTS_MAX) {
        loop_timer_set(p->loop, &p->timer, now.mono + CONFLICT_RETRY_US);
        return;
    }
    p->overdue = false;
    loop_timer_set(p->loop, &p->timer, next_due(p, now.mono));
    if (p->failed) {
        fault_redact(&p->fault, params_get(&p->params, "password"));
        emit_fault(p, &p->fault, now);
    } else {
        p->conflicts = 0;
        emit_sample(p, now);
    }
}

static void input(void *owner, struct instant now)
{
    struct poller *p = owner;
    PGconn *pg = connection_pg(p->connection);

    if (p->state != POLLER_ASKED) {
        (void)PQisBusy(pg); /* parses notices: a server that shuts down says so */
        return;
    }
    while (p->state == POLLER_ASKED && !PQisBusy(pg)) {
        PGresult *result = PQgetResult(pg);
        bool fatal = fault_is_fatal(result) || (result == NULL && PQstatus(pg) == CONNECTION_BAD);
        bool done = result != NULL && take_result(p, result);
        if (fatal) {
            connection_lost_by(p->connection, p->failed ? &p->fault : NULL, now);
            return;
        }
        if (done)
            look_done(p, now);
    }
}

static void overdue(struct poller *p, struct instant now)
{
    struct node_fault fault;
    char waited[16];

    p->overdue = true;
    format_duration(waited, sizeof waited, now.mono - p->asked_at);
    fault_set(&fault, FAULT_NOT_RESPONDING, "no answer for %s", waited);
    loop_timer_set(p->loop, &p->timer, now.mono + p->options.interval_us);
    emit_fault(p, &fault, now);
}

static void timer_fired(void *owner, struct instant now)
{
    struct poller *p = owner;

    switch (p->state) {
    case POLLER_WAITING:
        connect_now(p, now.mono);
        break;
    case POLLER_IDLE:
        ask(p, now);
        break;
    case POLLER_ASKED:
        overdue(p, now);
        break;
    case POLLER_CONNECTING:
        break;
    }
}

void poller_poll_now(struct poller *p)
{
    mono_us now = loop_now(p->loop).mono;

    if (p->state == POLLER_WAITING &&
        (p->last_fault == FAULT_AUTH || p->last_fault == FAULT_CONFIG ||
         now - p->last_attempt < POLL_NOW_GAP_US))
        return;
    if (p->state == POLLER_WAITING || p->state == POLLER_IDLE)
        loop_timer_set(p->loop, &p->timer, now);
}

/* What was to happen an old, longer interval later happens sooner. */
static void bring_forward(struct poller *p, mono_us due)
{
    if (p->timer.set && p->timer.due > due)
        loop_timer_set(p->loop, &p->timer, due);
}

void poller_set_interval(struct poller *p, int64_t interval_us)
{
    mono_us now = loop_now(p->loop).mono;

    p->options.interval_us = interval_us;
    if (p->state == POLLER_IDLE)
        loop_timer_set(p->loop, &p->timer, next_due(p, now));
    else if (p->state == POLLER_WAITING)
        bring_forward(p, now + retry_after_us(p, p->last_fault));
    else if (p->state == POLLER_ASKED && p->overdue)
        bring_forward(p, now + interval_us);
}

const char *poller_address(const struct poller *p)
{
    return p->params.address;
}

struct poller *poller_new(struct loop *loop, const struct node_settings *node,
                          const struct poller_options *options, struct error *err)
{
    static const struct connection_callbacks callbacks = {opened, failed, input};
    struct poller *p = mem_calloc(1, sizeof *p);
    struct error why;

    if (!params_build(&node->connection, options->timeout_us, &p->params, &why)) {
        error_set(err, "node %s: %s", node->name, why.message);
        error_hint(err, "%s", why.hint);
        free(p);
        return NULL;
    }
    p->loop = loop;
    p->options = *options;
    p->connection = connection_new(loop, &p->params, &callbacks, p);
    p->door = door_new(loop, options->timeout_us, door_changed, p);
    p->timer = (struct loop_timer){.fire = timer_fired, .owner = p};
    loop_timer_set(loop, &p->timer, loop_now(loop).mono);
    return p;
}

void poller_free(struct poller **poller)
{
    struct poller *p = *poller;

    if (p == NULL)
        return;
    loop_timer_cancel(p->loop, &p->timer);
    door_free(&p->door);
    connection_free(&p->connection);
    params_free(&p->params);
    drop_answers(p);
    free(p->slots);
    free(p);
    *poller = NULL;
}
