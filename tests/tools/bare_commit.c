/*
 * bare_commit: the least that a libpq program can do to time a commit, for the benchmark to compare
 * with: the probe's statement, prepared, so many times a second, blocking. Prints median and 99th
 * percentile in microseconds. Arguments: CONNINFO LEVEL RATE SECONDS
 */
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLES_MAX 100000

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static PGconn *prepare(const char *conninfo, const char *level)
{
    PGconn *pg = PQconnectdb(conninfo);
    char set[64];

    snprintf(set, sizeof set, "SET synchronous_commit = %s", level);
    PQclear(PQexec(pg, set));
    PQclear(PQprepare(pg, "c",
                      "INSERT INTO pgwatch_tui.probe (level) VALUES ('bench') RETURNING"
                      " current_setting('synchronous_commit'),"
                      " current_setting('synchronous_standby_names')",
                      0, NULL));
    return pg;
}

int main(int argc, char **argv)
{
    static int64_t samples[SAMPLES_MAX];
    int count = 0;

    if (argc != 5)
        return 64;
    int64_t step = 1000000 / atoi(argv[3]), end = now_us() + atoi(argv[4]) * 1000000LL;
    PGconn *pg = prepare(argv[1], argv[2]);
    for (int64_t due = now_us() + step; due < end && count < SAMPLES_MAX; due += step) {
        int64_t wait = due - now_us();
        struct timespec pause = {.tv_sec = wait / 1000000, .tv_nsec = wait % 1000000 * 1000};
        if (wait > 0)
            nanosleep(&pause, NULL);
        PGresult *result = PQexecPrepared(pg, "c", 0, NULL, NULL, NULL, 0);
        if (PQresultStatus(result) != PGRES_TUPLES_OK) {
            fprintf(stderr, "bare_commit: %s", PQerrorMessage(pg));
            return 1;
        }
        PQclear(result);
        samples[count++] = now_us() - due; /* as pgbench -R and the probe count */
    }
    PQfinish(pg);
    if (count == 0)
        return 1;
    qsort(samples, (size_t)count, sizeof samples[0], compare);
    printf("%lld %lld\n", (long long)samples[count / 2], (long long)samples[count * 99 / 100]);
    return 0;
}
