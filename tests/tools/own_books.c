/*
 * own_books: a writer that keeps its own books, beside a drill: one row after the other into
 * own_books(token), over a connection string of its own that finds the primary
 * (target_session_attrs). It knows nothing of this program's sources. Until SIGTERM; the last write
 * is waited for.
 *
 * A line for each write, when it is known what became of it:
 *   TOKEN acknowledged|locally|failed|unknown MILLISECONDS (of the monotonic clock, when it was)
 * Arguments: CONNINFO PREFIX [LEVEL]
 */
#include <libpq-fe.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define PAUSE_MS 20

static volatile sig_atomic_t ended;
static int warnings;

static void end(int signo)
{
    (void)signo;
    ended = 1;
}

static void notice(void *arg, const PGresult *result)
{
    (void)arg;
    warnings += strcmp(PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED), "WARNING") == 0;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static PGconn *connect_to(const char *conninfo, const char *level)
{
    PGconn *pg = PQconnectdb(conninfo);
    char set[64];

    if (PQstatus(pg) != CONNECTION_OK) {
        PQfinish(pg);
        return NULL;
    }
    PQsetNoticeReceiver(pg, notice, NULL);
    snprintf(set, sizeof set, "SET synchronous_commit = %s", level);
    PQclear(PQexec(pg, set));
    return pg;
}

/* What the client was told of this row. */
static const char *write_row(PGconn *pg, const char *token)
{
    char sql[160];
    const char *outcome = "unknown";

    warnings = 0;
    snprintf(sql, sizeof sql, "INSERT INTO own_books VALUES ('%s')", token);
    PGresult *result = PQexec(pg, sql);
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        outcome = warnings > 0 ? "locally" : "acknowledged";
    else if (PQstatus(pg) == CONNECTION_OK && PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL)
        outcome = "failed";
    PQclear(result);
    return outcome;
}

int main(int argc, char **argv)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    const struct sigaction action = {.sa_handler = end, .sa_flags = SA_RESTART};
    PGconn *pg = NULL;
    char token[64];

    if (argc < 3)
        return 64;
    sigaction(SIGTERM, &action, NULL);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int number = 0; !ended; nanosleep(&pause, NULL)) {
        if (pg == NULL && (pg = connect_to(argv[1], argc > 3 ? argv[3] : "on")) == NULL)
            continue;
        snprintf(token, sizeof token, "%s-%d", argv[2], number++);
        const char *outcome = write_row(pg, token);
        printf("%s %s %lld\n", token, outcome, (long long)now_ms());
        if (PQstatus(pg) != CONNECTION_OK || strcmp(outcome, "failed") == 0) {
            PQfinish(pg);
            pg = NULL;
        }
    }
    if (pg != NULL)
        PQfinish(pg);
    return 0;
}
