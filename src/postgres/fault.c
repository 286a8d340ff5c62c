/*
 * fault: SQLSTATE decides wherever there is one. libpq's own failures have none: their English text
 * is looked at (main sets LC_MESSAGES to C for that), and what is not known is "closed".
 */
#include "postgres/fault.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define SQLSTATE_LENGTH 5

bool fault_is_fatal(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);

    return severity != NULL && (strcmp(severity, "FATAL") == 0 || strcmp(severity, "PANIC") == 0);
}

void fault_set(struct node_fault *fault, enum node_fault_kind kind, const char *format, ...)
{
    char text[FAULT_TEXT_SIZE];
    va_list args;

    memset(fault, 0, sizeof *fault);
    fault->kind = kind;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    str_sanitize(fault->text, sizeof fault->text, text, SIZE_MAX);
}

void fault_redact(struct node_fault *fault, const char *secret)
{
    size_t length = secret != NULL ? strlen(secret) : 0;
    char *at;

    if (length < 3)
        return;
    for (at = fault->text; (at = strstr(at, secret)) != NULL; at += length)
        memset(at, '*', length);
}

/* Which of the five states that share 57P03. The text is the server's and may be translated. */
static enum node_fault_kind startup_kind(const char *text)
{
    if (strstr(text, "shutting down") != NULL)
        return FAULT_SHUTTING_DOWN;
    if (strstr(text, "in recovery mode") != NULL)
        return FAULT_CRASH_RECOVERY;
    if (strstr(text, "Hot standby mode is disabled") != NULL)
        return FAULT_HOT_STANDBY_OFF;
    if (strstr(text, "not yet accepting") != NULL)
        return FAULT_NOT_CONSISTENT;
    return FAULT_STARTING;
}

static enum node_fault_kind kind_of_sqlstate(const char *sqlstate, const char *text)
{
    if (strcmp(sqlstate, "57P03") == 0)
        return startup_kind(text);
    if (strcmp(sqlstate, "57P01") == 0)
        return FAULT_SHUTTING_DOWN;
    if (strcmp(sqlstate, "57P02") == 0)
        return FAULT_CRASH_RECOVERY;
    if (strcmp(sqlstate, "53300") == 0)
        return FAULT_TOO_MANY_CONNECTIONS;
    if (strncmp(sqlstate, "28", 2) == 0)
        return FAULT_AUTH;
    if (strncmp(sqlstate, "3D", 2) == 0 || strncmp(sqlstate, "08P", 3) == 0)
        return FAULT_CONFIG;
    return FAULT_QUERY;
}

/* The first that is in the text counts: what the network did before what a setting may be to blame
 * for. */
static const struct {
    const char *text;
    enum node_fault_kind kind;
} network_texts[] = {
    {"Connection refused", FAULT_REFUSED},
    {"No route to host", FAULT_UNREACHABLE},
    {"Network is unreachable", FAULT_UNREACHABLE},
    {"Host is down", FAULT_UNREACHABLE},
    {"Connection timed out", FAULT_UNREACHABLE},
    {"timeout expired", FAULT_CONNECT_TIMEOUT},
    {"server closed the connection", FAULT_CLOSED},
    {"SSL SYSCALL error", FAULT_CLOSED},
    {"SSL connection has been closed", FAULT_CLOSED},
    {"certificate", FAULT_CONFIG},
    {"private key", FAULT_CONFIG},
    {"No such file or directory", FAULT_REFUSED}, /* the Unix socket */
    {"Permission denied", FAULT_CONFIG},          /* likewise */
    {"no password supplied", FAULT_AUTH},
    {"authentication", FAULT_AUTH},
    {"could not translate host name", FAULT_RESOLVE},
    {"SSL", FAULT_CONFIG},
    {"service", FAULT_CONFIG},
    {"invalid", FAULT_CONFIG},
};

/* Without where the server is: that is a name, in which anything may stand. */
static const char *behind_address(const char *message)
{
    const char *failed = strstr(message, " failed: ");

    return failed != NULL ? failed + strlen(" failed: ") : message;
}

static enum node_fault_kind kind_of_text(const char *text)
{
    text = behind_address(text);
    for (size_t i = 0; i < sizeof network_texts / sizeof network_texts[0]; i++)
        if (strstr(text, network_texts[i].text) != NULL)
            return network_texts[i].kind;
    return FAULT_CLOSED;
}

/* "FATAL:  28P01: text" anywhere in a verbose message: copies the five characters. */
static const char *find_sqlstate(const char *message, char *sqlstate)
{
    for (const char *at = strstr(message, ":  "); at != NULL; at = strstr(at + 1, ":  ")) {
        int n = 0;
        while (n < SQLSTATE_LENGTH &&
               (isdigit((unsigned char)at[3 + n]) != 0 || isupper((unsigned char)at[3 + n]) != 0))
            n++;
        if (n < SQLSTATE_LENGTH || at[3 + SQLSTATE_LENGTH] != ':')
            continue;
        memcpy(sqlstate, at + 3, SQLSTATE_LENGTH);
        sqlstate[SQLSTATE_LENGTH] = '\0';
        return at + 3 + SQLSTATE_LENGTH + 1;
    }
    sqlstate[0] = '\0';
    return NULL;
}

/* One line of what matters: without the address (it stands beside it), LOCATION and the like. */
static void tidy_text(const char *message, char *out, size_t size)
{
    char kept[4 * FAULT_TEXT_SIZE] = "";
    const char *line = behind_address(message);

    while (*line != '\0') {
        size_t length = strcspn(line, "\n");
        bool noise =
            strncmp(line, "LOCATION:", 9) == 0 || strncmp(line, "connection to ", 14) == 0 ||
            strncmp(line, "\tIs the server", 14) == 0 || length == 0 ||
            strncmp(line, "\tThis probably means", 20) == 0 ||
            strncmp(line, "\tbefore or while", 16) == 0 || strncmp(line, "invalid socket", 14) == 0;
        if (!noise)
            str_appendf(kept, sizeof kept, "%s%.*s", kept[0] != '\0' ? "; " : "", (int)length,
                        line);
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    str_sanitize(out, size, kept, SIZE_MAX);
}

/* A server that cannot do it at the moment: out of disk or memory, a damaged file, shutting down.
 */
static bool passes(const char *sqlstate)
{
    static const char *const classes[] = {"08", "40", "53", "55", "57", "58", "XX"};

    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(sqlstate, classes[i], 2) == 0)
            return true;
    return false;
}

void fault_of_connect(const PGconn *pg, struct node_fault *fault)
{
    const char *message = PQerrorMessage(pg);
    const char *told;

    memset(fault, 0, sizeof *fault);
    told = find_sqlstate(message, fault->sqlstate);
    while (told != NULL && *told == ' ')
        told++;
    tidy_text(told != NULL ? told : message, fault->text, sizeof fault->text);
    fault->kind = told != NULL ? kind_of_sqlstate(fault->sqlstate, message) : kind_of_text(message);
    if (fault->kind == FAULT_QUERY && !passes(fault->sqlstate))
        fault->kind = FAULT_CONFIG; /* the server refused the connection itself */
}

void fault_of_loss(const PGconn *pg, const char *sqlstate, const char *told,
                   struct node_fault *fault)
{
    memset(fault, 0, sizeof *fault);
    if (sqlstate[0] != '\0') {
        str_copy(fault->sqlstate, sizeof fault->sqlstate, sqlstate);
        str_copy(fault->text, sizeof fault->text, told);
        fault->kind = kind_of_sqlstate(sqlstate, told);
        if (fault->kind == FAULT_QUERY || strstr(told, "unexpected postmaster exit") != NULL)
            fault->kind = FAULT_CLOSED;
        return;
    }
    tidy_text(PQerrorMessage(pg), fault->text, sizeof fault->text);
    fault->kind = kind_of_text(PQerrorMessage(pg));
    if (fault->kind != FAULT_UNREACHABLE)
        fault->kind = FAULT_CLOSED;
}

void fault_of_result(const PGresult *result, struct node_fault *fault)
{
    const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    memset(fault, 0, sizeof *fault);
    fault->kind = FAULT_QUERY;
    if (sqlstate != NULL)
        str_copy(fault->sqlstate, sizeof fault->sqlstate, sqlstate);
    str_sanitize(fault->text, sizeof fault->text,
                 message != NULL ? message : PQresultErrorMessage(result), SIZE_MAX);
}
