/*
 * replication_check: the check of a replication setup that a person does by hand, as values: one
 * write on the primary, what each replica showed of it, and the verdict per node with its reason.
 * Pure: app/replication_test does the writing and reading and fills this in.
 */
#ifndef CLUSTER_REPLICATION_CHECK_H
#define CLUSTER_REPLICATION_CHECK_H

#include "cluster/model.h"

#define CHECK_REASON_SIZE 256
#define CHECK_TABLE_SIZE 192

enum check_answer { CHECK_UNKNOWN, CHECK_NO, CHECK_YES };

enum check_write {
    CHECK_WRITE_NONE,    /* never sent: `reason` says why */
    CHECK_WRITE_WAITS,   /* sent, and not answered in time: it goes on waiting */
    CHECK_WRITE_ANSWERED /* `outcome` says what became of it */
};

/* One replica: every listed node but the primary, and no server twice. */
struct checked_node {
    int node; /* in the model */
    char name[NODE_NAME_SIZE];
    enum check_answer streaming; /* its sender's pg_stat_replication says so */
    enum check_answer receiver;  /* it has a row in pg_stat_wal_receiver */
    enum check_answer row;       /* the row could be read there */
    bool synchronous;            /* sync or quorum when the write was sent, and still at the end */
    bool may_confirm;            /* sync or quorum when the write was sent, or at the end */
    bool at_once;                /* the first answer after the acknowledgement had the row */
    bool missed;                 /* it had not (an answer that is an error is neither) */
    bool too_late;               /* it had not, and remote_apply promises that it has */
    int64_t since_send_us, since_ack_us; /* until the row could be read; UNKNOWN_US */
    char text[CHECK_REASON_SIZE];        /* what its server (or libpq) said; "" nothing */
    char reason[CHECK_REASON_SIZE];      /* why it fails; "" it passes */
};

struct replication_check {
    bool whole; /* the whole check, else one write alone */
    bool ended;
    bool passed;
    bool reached; /* a node answered at all */
    struct instant started_at;
    int64_t timeout_us; /* for the acknowledgement, and then for the rows */
    int primary;        /* in the model; -1: none, or more than one */
    char primary_name[NODE_NAME_SIZE];
    enum commit_level level;
    char table[CHECK_TABLE_SIZE]; /* as it stands in SQL; "" not known */
    int64_t id;                   /* of the row; 0 not known */
    enum check_write write;
    enum commit_outcome outcome;
    bool asynchronous;              /* COMMIT_LOCAL because no standby is asked for */
    int64_t latency_us;             /* from sending to the answer; UNKNOWN_US */
    char reason[CHECK_REASON_SIZE]; /* why the write fails; "" it does not */
    int others;                     /* sync or quorum, and none of these nodes: the most seen */
    int node_count;
    struct checked_node nodes[MODEL_NODES_MAX];
};

/* Who is written to and who is read from, as of now. */
void replication_check_begin(struct replication_check *check, const struct model *model,
                             struct instant now);
/* The write is sent: who is synchronous? And at the end: who still is? */
void replication_check_see_sync(struct replication_check *check, const struct model *model,
                                struct instant now);
/* A replica may have broken remote_apply's promise: look whether it still is synchronous. */
bool replication_check_is_in_doubt(const struct replication_check *check);
/* Ends the check: what each node's servers say of themselves, reasons, verdict. */
void replication_check_end(struct replication_check *check, const struct model *model,
                           struct instant now);

/* The server said that the row is committed as the level demands, or nobody is asked to confirm. */
bool replication_check_is_acknowledged(const struct replication_check *check);
/* A promise of the rule was broken, or the row may be lost: said loudly. */
bool replication_check_is_alarming(const struct replication_check *check);

/* "write 42 acknowledged in 1.3 ms; readable on replica1 after 1.9 ms, on replica2 after 2.4 ms" */
void replication_check_sentence(const struct replication_check *check, char *out, size_t size);
/* "replication test passed: write 42 ...", "replication test FAILED: replica2: replay is paused" */
void replication_check_verdict(const struct replication_check *check, char *out, size_t size);

#endif
