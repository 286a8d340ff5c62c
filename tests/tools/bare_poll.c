/*
 * bare_poll: the least that a libpq program can do to poll nodes, for the benchmark to compare
 * with: one simple query per node and second, answers thrown away; a line once each has answered.
 * Arguments: connection strings.
 */
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>

#define NODES_MAX 256

static const char query[] =
    "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
    " ELSE pg_current_wal_lsn() END, (SELECT string_agg(r::text, ' ') FROM pg_stat_replication r)";

int main(int argc, char **argv)
{
    PGconn *nodes[NODES_MAX];
    int count = argc - 1 < NODES_MAX ? argc - 1 : NODES_MAX;
    struct timespec second = {.tv_sec = 1};

    for (int i = 0; i < count; i++) {
        nodes[i] = PQconnectdb(argv[i + 1]);
        if (PQstatus(nodes[i]) != CONNECTION_OK) {
            fprintf(stderr, "bare_poll: node %d cannot be reached\n", i + 1);
            return 1;
        }
    }
    for (bool said = false;; said = true) {
        for (int i = 0; i < count; i++)
            PQclear(PQexec(nodes[i], query));
        if (!said) {
            puts("answered");
            fflush(stdout);
        }
        nanosleep(&second, NULL);
    }
}
