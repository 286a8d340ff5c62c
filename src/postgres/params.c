/*
 * params: see params.h. PQconndefaults alone knows service files and PG* variables; it takes the
 * service's name from the environment only.
 */
#include "postgres/params.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define TCP_USER_TIMEOUT_MIN_MS 3000
#define DEFAULT_PORT "5432"
#define DEFAULT_SOCKET_DIR "/var/run/postgresql"

static char **find(const struct params *params, const char *keyword)
{
    for (int i = 0; i < params->count; i++)
        if (strcmp(params->keywords[i], keyword) == 0)
            return (char **)&params->values[i];
    return NULL;
}

const char *params_get(const struct params *params, const char *keyword)
{
    char **value = find(params, keyword);

    return value != NULL && *value[0] != '\0' ? *value : NULL;
}

static void wipe(char *value)
{
    if (value != NULL)
        explicit_bzero(value, strlen(value));
    free(value);
}

/* Sets a value that nobody said before. */
static void add(struct params *params, const char *keyword, const char *value)
{
    if (value == NULL || value[0] == '\0' || find(params, keyword) != NULL ||
        params->count == PARAMS_MAX)
        return;
    params->keywords[params->count] = mem_strdup(keyword);
    params->values[params->count++] = mem_strdup(value);
}

static void add_options(struct params *params, const PQconninfoOption *options)
{
    for (const PQconninfoOption *o = options; o != NULL && o->keyword != NULL; o++)
        add(params, o->keyword, o->val);
}

/* libpq's own message may quote any part of the string, the password too: it is never shown. */
static bool add_conninfo(struct params *params, const char *conninfo, struct error *err)
{
    char *message = NULL;
    PQconninfoOption *options = PQconninfoParse(conninfo, &message);

    PQfreemem(message);
    if (options == NULL) {
        error_set(err, "the connection string is not understood");
        return error_hint(err,
                          "see libpq's documentation of connection strings; it is not shown "
                          "here because it may hold a password");
    }
    add_options(params, options);
    PQconninfoFree(options);
    return true;
}

static void add_settings(struct params *params, const struct connection_settings *s)
{
    char port[16];

    add(params, "host", s->host);
    add(params, "hostaddr", s->hostaddr);
    if (s->port != 0) {
        str_format(port, sizeof port, "%d", s->port);
        add(params, "port", port);
    }
    add(params, "user", s->user);
    add(params, "dbname", s->dbname);
    add(params, "password", s->password);
    add(params, "passfile", s->passfile);
    add(params, "service", s->service);
    add(params, "sslmode", s->sslmode);
    add(params, "sslrootcert", s->sslrootcert);
    add(params, "sslcert", s->sslcert);
    add(params, "sslkey", s->sslkey);
    add(params, "options", s->options);
}

/* What the service file and the environment say, for what nobody said yet. */
static bool add_defaults(struct params *params, struct error *err)
{
    const char *service = params_get(params, "service"), *old = getenv("PGSERVICE");
    char *saved = old != NULL ? mem_strdup(old) : NULL;

    if (service != NULL)
        setenv("PGSERVICE", service, 1);
    PQconninfoOption *options = PQconndefaults();
    if (saved != NULL)
        setenv("PGSERVICE", saved, 1);
    else
        unsetenv("PGSERVICE");
    free(saved);
    if (options == NULL)
        return error_set(err, "libpq's defaults cannot be read");
    add_options(params, options);
    PQconninfoFree(options);
    return true;
}

/* Named values that must not be taken from the surroundings, and what this program needs. */
static void add_own(struct params *params, int64_t timeout_us)
{
    char milliseconds[24];
    int64_t ms = timeout_us / US_PER_MS;

    add(params, "gssencmode", "disable"); /* looking for Kerberos blocks */
    add(params, "application_name", "pgwatch-tui");
    add(params, "keepalives", "1");
    add(params, "keepalives_idle", "5");
    add(params, "keepalives_interval", "2");
    add(params, "keepalives_count", "3");
    str_format(milliseconds, sizeof milliseconds, "%lld",
               (long long)(ms > TCP_USER_TIMEOUT_MIN_MS ? ms : TCP_USER_TIMEOUT_MIN_MS));
    add(params, "tcp_user_timeout", milliseconds);
}

static void drop(struct params *params, const char *keyword)
{
    for (int i = 0; i < params->count; i++) {
        if (strcmp(params->keywords[i], keyword) != 0)
            continue;
        free((char *)params->keywords[i]);
        wipe(params->values[i]);
        params->count--;
        params->keywords[i] = params->keywords[params->count];
        params->values[i] = params->values[params->count];
        params->keywords[params->count] = params->values[params->count] = NULL;
        return;
    }
}

static void describe(struct params *params)
{
    const char *host = params_get(params, "host");
    const char *port = params_get(params, "port");
    char text[2 * ADDRESS_SIZE];

    if (host == NULL)
        host = params_get(params, "hostaddr");
    if (host == NULL)
        host = DEFAULT_SOCKET_DIR;
    str_format(text, sizeof text, strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s", host,
               port != NULL ? port : DEFAULT_PORT);
    str_sanitize(params->address, sizeof params->address, text, SIZE_MAX);
}

static bool is_one_host(const struct params *params, struct error *err)
{
    static const char *const keywords[] = {"host", "hostaddr", "port"};

    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        const char *value = params_get(params, keywords[i]);
        if (value == NULL || strchr(value, ',') == NULL)
            continue;
        error_set(err, "%s names several servers", keywords[i]);
        return error_hint(err, "a node is one server: make each of them a node of its own");
    }
    return true;
}

bool params_build(const struct connection_settings *settings, int64_t timeout_us,
                  struct params *params, struct error *err)
{
    memset(params, 0, sizeof *params);
    if (settings->conninfo != NULL && !add_conninfo(params, settings->conninfo, err)) {
        params_free(params);
        return false;
    }
    add_settings(params, settings);
    add_own(params, timeout_us);
    if (!add_defaults(params, err)) {
        params_free(params);
        return false;
    }
    drop(params, "client_encoding");
    add(params, "client_encoding", "UTF8");
    drop(params, "connect_timeout"); /* does nothing here: the deadline is ours */
    if (!is_one_host(params, err)) {
        params_free(params);
        return false;
    }
    describe(params);
    return true;
}

void params_free(struct params *params)
{
    for (int i = 0; i < params->count; i++) {
        free((char *)params->keywords[i]);
        wipe(params->values[i]);
    }
    memset(params, 0, sizeof *params);
}

const char *params_host_to_resolve(const struct params *params)
{
    const char *host = params_get(params, "host");

    if (params_get(params, "hostaddr") != NULL || host == NULL || host[0] == '/' || host[0] == '@')
        return NULL;
    return host;
}

void params_set_hostaddr(struct params *params, const char *address)
{
    drop(params, "hostaddr");
    add(params, "hostaddr", address);
}
