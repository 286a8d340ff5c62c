/*
 * connection: the state machine. set_state is the only place that changes the state.
 *
 * Never called: PQconnectdb, PQreset, PQexec, PQcancel, anything that blocks. The notice receiver
 * is set before anything can arrive: libpq's own writes to stderr, across the screen. OpenSSL is
 * kept from asking there for the passphrase of a key.
 */
#include "postgres/connection.h"

#include <assert.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "loop/resolver.h"
#include "postgres/fault.h"

struct connection {
    struct loop *loop;
    struct params *params;
    const struct connection_callbacks *callbacks;
    void *owner;
    enum connection_state state;
    PGconn *pg;
    PostgresPollingStatusType polling;
    bool flushing; /* libpq has bytes that the socket did not take yet */
    struct resolution
        *resolution;    /* outlives an attempt: a name server that hangs has one thread */
    bool answered_late; /* addresses are of an answer that nobody waited for any more */
    struct resolved addresses;
    int next_address;
    int64_t timeout_us;
    struct loop_watch watch;
    struct loop_timer deadline;
    char told_sqlstate[6]; /* what the server said before it closed the connection */
    char told[FAULT_TEXT_SIZE];
    char warning[FAULT_TEXT_SIZE];
};

static void set_state(struct connection *c, enum connection_state state)
{
    assert(state != CONNECTION_OPEN || c->state == CONNECTION_OPENING);
    assert(state != CONNECTION_RESOLVING || c->state == CONNECTION_CLOSED);
    c->state = state;
}

static void close_pg(struct connection *c)
{
    loop_watch_remove(c->loop, &c->watch);
    loop_timer_cancel(c->loop, &c->deadline);
    PQfinish(c->pg);
    c->pg = NULL;
    c->flushing = false;
}

void connection_close(struct connection *c)
{
    close_pg(c);
    set_state(c, CONNECTION_CLOSED);
}

static void fail(struct connection *c, struct node_fault *fault, struct instant now)
{
    connection_close(c);
    fault_redact(fault, params_get(c->params, "password"));
    c->callbacks->failed(c->owner, fault, now);
}

static void take_notice(void *owner, const PGresult *result)
{
    struct connection *c = owner;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    if (sqlstate == NULL || message == NULL || severity == NULL)
        return;
    if (strcmp(severity, "WARNING") == 0)
        str_sanitize(c->warning, sizeof c->warning, message, SIZE_MAX);
    if (strcmp(severity, "FATAL") != 0 && strcmp(severity, "PANIC") != 0 &&
        strncmp(sqlstate, "57P", 3) != 0)
        return;
    str_copy(c->told_sqlstate, sizeof c->told_sqlstate, sqlstate);
    str_sanitize(c->told, sizeof c->told, message, SIZE_MAX);
}

static void start(struct connection *c, struct instant now);

/* This address did not do: the next one, or it has failed. */
/* NOLINTNEXTLINE(misc-no-recursion): with start(), as deep as the name has addresses */
static void connect_failed(struct connection *c, struct node_fault *fault, struct instant now)
{
    if (fault->sqlstate[0] == '\0' && c->next_address < c->addresses.count) {
        close_pg(c);
        set_state(c, CONNECTION_CLOSED);
        start(c, now);
        return;
    }
    fail(c, fault, now);
}

static void deadline_passed(void *owner, struct instant now)
{
    struct connection *c = owner;
    struct node_fault fault;
    char waited[16];

    format_duration(waited, sizeof waited, c->timeout_us);
    if (c->state == CONNECTION_RESOLVING)
        fault_set(&fault, FAULT_RESOLVE, "no answer about the name \"%s\" in %s",
                  params_host_to_resolve(c->params), waited);
    else
        fault_set(&fault, FAULT_CONNECT_TIMEOUT, "no connection in %s", waited);
    if (c->state == CONNECTION_RESOLVING)
        fail(c, &fault, now);
    else
        connect_failed(c, &fault, now);
}

static int want(void *owner, short *events)
{
    const struct connection *c = owner;

    if (c->state == CONNECTION_OPENING)
        *events = c->polling == PGRES_POLLING_WRITING ? POLLOUT : POLLIN;
    else
        *events = (short)(POLLIN | (c->flushing ? POLLOUT : 0));
    return PQsocket(c->pg);
}

static void lost(struct connection *c, struct instant now)
{
    struct node_fault fault;

    fault_of_loss(c->pg, c->told_sqlstate, c->told, &fault);
    fail(c, &fault, now);
}

void connection_lost_by(struct connection *c, const struct node_fault *said, struct instant now)
{
    if (c->state != CONNECTION_OPEN)
        return;
    if (said != NULL) {
        str_copy(c->told_sqlstate, sizeof c->told_sqlstate, said->sqlstate);
        str_copy(c->told, sizeof c->told, said->text);
    }
    lost(c, now);
}

static void opened(struct connection *c, struct instant now)
{
    loop_timer_cancel(c->loop, &c->deadline);
    set_state(c, CONNECTION_OPEN);
    PQsetnonblocking(c->pg, 1);
    c->callbacks->opened(c->owner, now);
}

static void poll_connect(struct connection *c, struct instant now)
{
    struct node_fault fault;

    c->polling = PQconnectPoll(c->pg);
    if (c->polling == PGRES_POLLING_OK) {
        opened(c, now);
    } else if (c->polling == PGRES_POLLING_FAILED) {
        fault_of_connect(c->pg, &fault);
        connect_failed(c, &fault, now);
    }
}

void connection_flush(struct connection *c, struct instant now)
{
    int left = PQflush(c->pg);

    c->flushing = left == 1;
    if (left < 0)
        lost(c, now);
}

static void ready(void *owner, short revents, struct instant now)
{
    struct connection *c = owner;
    (void)revents;

    if (c->state == CONNECTION_OPENING) {
        poll_connect(c, now);
        return;
    }
    bool alive = PQconsumeInput(c->pg) == 1;
    c->callbacks->input(c->owner, now); /* what came before the end still counts */
    if (c->state == CONNECTION_OPEN && !alive)
        lost(c, now);
    else if (c->state == CONNECTION_OPEN && c->flushing)
        connection_flush(c, now);
}

/* NOLINTNEXTLINE(misc-no-recursion): see connect_failed */
static void start(struct connection *c, struct instant now)
{
    struct node_fault fault;

    if (c->addresses.count > 0)
        params_set_hostaddr(c->params, c->addresses.addresses[c->next_address++]);
    c->told_sqlstate[0] = c->told[0] = '\0';
    c->pg = PQconnectStartParams(c->params->keywords, (const char *const *)c->params->values, 0);
    if (c->addresses.count > 0)
        params_set_hostaddr(c->params, NULL);
    set_state(c, CONNECTION_OPENING);
    if (c->pg == NULL || PQstatus(c->pg) == CONNECTION_BAD) {
        if (c->pg == NULL)
            fault_set(&fault, FAULT_CONFIG, "out of memory");
        else
            fault_of_connect(c->pg, &fault);
        connect_failed(c, &fault, now);
        return;
    }
    PQsetNoticeReceiver(c->pg, take_notice, c);
    PQsetErrorVerbosity(c->pg, PQERRORS_VERBOSE);
    c->polling = PGRES_POLLING_WRITING;
    loop_watch_add(c->loop, &c->watch);
    loop_timer_set(c->loop, &c->deadline, now.mono + c->timeout_us);
}

static void resolved(void *owner, const struct resolved *addresses, struct instant now)
{
    struct connection *c = owner;
    struct node_fault fault;

    resolver_cancel(&c->resolution);
    if (c->state != CONNECTION_RESOLVING) {
        c->addresses = *addresses; /* for the next attempt */
        c->answered_late = addresses->count > 0;
        return;
    }
    loop_timer_cancel(c->loop, &c->deadline);
    set_state(c, CONNECTION_CLOSED);
    if (addresses->count == 0) {
        fault_set(&fault, FAULT_RESOLVE, "cannot resolve \"%s\": %s",
                  params_host_to_resolve(c->params), addresses->error);
        fail(c, &fault, now);
        return;
    }
    c->addresses = *addresses;
    start(c, now);
}

void connection_open(struct connection *c, int64_t timeout_us)
{
    const char *host = params_host_to_resolve(c->params);
    struct instant now = loop_now(c->loop);
    struct node_fault fault;
    struct error err;

    assert(c->state == CONNECTION_CLOSED);
    c->timeout_us = timeout_us;
    c->next_address = 0;
    if (!c->answered_late)
        c->addresses.count = 0;
    if (host == NULL || c->answered_late) {
        c->answered_late = false;
        start(c, now);
        return;
    }
    set_state(c, CONNECTION_RESOLVING);
    loop_timer_set(c->loop, &c->deadline, now.mono + timeout_us);
    if (c->resolution == NULL)
        c->resolution = resolver_start(c->loop, host, resolved, c, &err);
    if (c->resolution == NULL) {
        fault_set(&fault, FAULT_RESOLVE, "%s", err.message);
        fail(c, &fault, now);
    }
}

enum connection_state connection_state(const struct connection *c)
{
    return c->state;
}

PGconn *connection_pg(struct connection *c)
{
    return c->state == CONNECTION_OPEN ? c->pg : NULL;
}

/* OpenSSL asks for a key's passphrase on /dev/tty, across the screen, and waits for it. libpq's own
 * answer is sslpassword, without which the key cannot be read. */
static void never_prompt(void)
{
    PQsetSSLKeyPassHook_OpenSSL(PQdefaultSSLKeyPassHook_OpenSSL);
}

struct connection *connection_new(struct loop *loop, struct params *params,
                                  const struct connection_callbacks *callbacks, void *owner)
{
    struct connection *c = mem_calloc(1, sizeof *c);

    never_prompt();
    c->loop = loop;
    c->params = params;
    c->callbacks = callbacks;
    c->owner = owner;
    c->watch = (struct loop_watch){.want = want, .ready = ready, .owner = c};
    c->deadline = (struct loop_timer){.fire = deadline_passed, .owner = c};
    return c;
}

void connection_free(struct connection **connection)
{
    if (*connection == NULL)
        return;
    connection_close(*connection);
    resolver_cancel(&(*connection)->resolution);
    free(*connection);
    *connection = NULL;
}

bool connection_warning(const struct connection *c, char *text, size_t size)
{
    str_copy(text, size, c->warning);
    return c->warning[0] != '\0';
}

void connection_clear_warning(struct connection *c)
{
    c->warning[0] = '\0';
}
