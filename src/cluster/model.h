/*
 * model: what is known of the cluster, built from observations alone.
 *
 * One struct node per entry of the cluster description, kept when the node is down, with its last
 * sample. Who is primary is found out from the samples, never configured. Everything that a screen
 * or a report needs is here or is derived from here by a function of cluster/; nobody else computes
 * figures. Pure: time is passed in; all memory is taken by model_new.
 */
#ifndef CLUSTER_MODEL_H
#define CLUSTER_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/ring.h"
#include "cluster/events.h"
#include "cluster/latency.h"
#include "cluster/observation.h"
#include "cluster/sync_rule.h"

#define MODEL_NODES_MAX 256
/* Five minutes at one a second; one sample a second whatever the poll interval. */
#define HISTORY_SAMPLES 300

/* What the cluster description says that the model must know. Copied by model_new. */
struct model_limits {
    int64_t commit_latency_us, replay_lag_us, blocked_commit_us; /* UNKNOWN_US: no limit */
    int64_t replay_behind_bytes, slot_retained_bytes;            /* UNKNOWN_BYTES: no limit */
};
struct model_node_config {
    const char *name;
    const char *address; /* "host:port" for display, no secret */
};
struct model_config {
    const char *cluster;
    const char *stack; /* "compose", "local", "" */
    bool lab;
    int64_t poll_interval_us, poll_timeout_us;
    struct model_limits limits;
    int node_count;
    const struct model_node_config *nodes;
};

/* What our client saw of one standby row over time, kept per row of the sender's last sample (same
 * index). */
struct standby_track {
    int pid;
    lsn_t flush_lsn, replay_lsn;
    mono_us
        flush_moved_at; /* when flush_lsn was last seen to advance or to have nothing left to do */
    mono_us replay_moved_at; /* the same of replay_lsn */
    int replay_still_polls;  /* polls in a row in which replay was behind and did not move */
    bool ahead; /* its flush_lsn or replay_lsn was past the sender's own flush_lsn: DIVERGED */
    bool duplicate_name; /* another row of the same sender has the same application_name */
    bool chosen;         /* its sender waits for it (sync, quorum) */
    bool confirms;       /* it did so at the look before, too, and the standby has reported since:
                            what it has come past by now was released */
    int node;            /* the listed node that this row is; -1: unlisted */
    int said; /* the node whose receiver said, since this walsender began, that it is this
                 row; -1 none: who said so is it also when it says nothing any more */
};

enum node_role { ROLE_UNKNOWN, ROLE_PRIMARY, ROLE_STANDBY };

struct node {
    char name[NODE_NAME_SIZE];
    char address[ADDRESS_SIZE];
    bool asked;                 /* any observation came */
    struct node_fault fault;    /* FAULT_NONE while its looks succeed */
    struct instant fault_since; /* of the present fault kind's first occurrence in a row */
    mono_us shut_since;    /* a new connection was begun then and has no answer yet; 0: it answers,
                              or nothing says that it does not */
    mono_us shut_found_at; /* when it had waited for as long as it may */
    bool shut_said; /* a look that was asked meanwhile has an answer: the sessions go on, which
                       tells it from a server that hangs; an event told of it */
    bool sampled;   /* `sample` is real */
    struct instant sampled_at;
    mono_us asked_at; /* when the look that brought the sample was sent */
    int64_t rtt_us;
    enum node_role role; /* of the last sample */
    bool diverged; /* its WAL is not the primary's: see model.c for the proofs that are accepted */
    char diverged_why[128];
    int diverged_from, diverged_on; /* the primary that it was measured by; its own timeline then */
    wall_us diverged_start;         /* and its started_at */
    int last_timeline;              /* last known one, also when the sample has none; 0 unknown */
    int received_timeline; /* standby: the last received_tli since its start; 0 none seen */
    struct node_sample sample;
    struct standby_track tracks[STANDBY_ROWS_MAX];
    int same_as;           /* an earlier entry that is this very server, as both say now; -1 none */
    int same_as_said;      /* the one that an event told of */
    bool ambiguous;        /* rows of its name are there, but which of them it is cannot be told */
    lsn_t timeline_lsn;    /* primary: the first LSN seen on its timeline; LSN_UNKNOWN else */
    mono_us unwaited_at;   /* no commit that waits now did so when that look was sent; 0: unknown */
    mono_us waited_since;  /* the first look of those that found commits waiting of which it is not
                              seen that all were released; 0 none */
    mono_us waited_asked;  /* the last of those: when it was sent, */
    lsn_t waited_lsn;      /* its flush_lsn, which no commit that waited then is past, */
    mono_us waited_began;  /* when the statement of the one that waited for longest began (0: not
                              said), */
    int64_t waited_rtt_us; /* and its rtt_us */
    bool waits_proven;     /* one of those looks has proven that a wait is over the limit */
    bool waits_unproven;   /* a wait may be over the limit for blocked commits, or may just have
                              begun at the end of a long statement: one more look will tell */
    lsn_t rule_lsn;        /* primary: its flush_lsn at the look that first showed its present
                              synchronous_standby_names; LSN_UNKNOWN else */
    bool from_archive;     /* standby: it replays without a receiver what it never received */
    double wal_rate_now;   /* primary: bytes written per second between the last two looks; NaN */
    struct ring wal_rate;  /* primary: bytes written per second; NaN unknown */
    struct ring behind;    /* standby: bytes behind; NaN unknown */
    mono_us history_at;    /* the end of the second that the rings have last */
};

struct model {
    char cluster[NODE_NAME_SIZE];
    char stack[16];
    bool lab;
    int64_t poll_interval_us, poll_timeout_us;
    struct model_limits limits;
    int node_count;
    struct node *nodes;
    int primary;       /* index of the only fresh primary, or of the last one while its sample is
                          only old: no fault, and nobody else; -1: none, or more than one */
    int last_primary;  /* the last that was `primary`; -1 never */
    int primary_count; /* servers that said in their last fresh sample that they are not in
                          recovery; one that is listed twice counts once */
    uint64_t system_identifier; /* of the cluster: the primary's, else the first seen; 0 unknown */
    struct instant no_primary_since; /* valid while primary == -1 */
    struct instant split_since;      /* valid while primary_count > 1 */
    mono_us blocked_since; /* when the longest wait of those that are over the limit began; 0: none
                              is */
    int blocked_most;      /* most sessions seen waiting in this block */
    struct sync_rule rule; /* parsed from the primary's (last known) synchronous_standby_names */
    bool rule_known;
    bool rule_name_seen[SYNC_RULE_NAMES_MAX]; /* somebody connected by it, or it is a listed node */
    struct events *events;
    struct latency *latency;
    float *history; /* the rings' memory */
};

/* Aborts when memory is out; never NULL. */
struct model *model_new(const struct model_config *config);
void model_free(struct model **model);
/* A copy with memory of its own, for a frozen picture; freed by model_free. */
struct model *model_clone(const struct model *model);

/* The only way in: applies one observation and adds the events that it means. */
void model_apply(struct model *model, const struct observation *observation);
/* Lets time pass: freshness, history; call before deriving. What it does depends on the
 * observations and on `now` alone, not on when it was called before: model_apply lets the time
 * before it pass. */
void model_tick(struct model *model, struct instant now);
/* From now on. */
void model_set_poll_interval(struct model *model, int64_t interval_us, struct instant now);

/* The node's figures are of now: sampled, no fault, and not older than 3 intervals plus the poll
 * timeout. */
bool node_is_fresh(const struct model *model, const struct node *node, mono_us now);
/* Microseconds since the sample was there; UNKNOWN_US when there is none. */
int64_t node_age_us(const struct node *node, mono_us now);

/*
 * How long the standby row `index` of `sender` has owed a flush (replay) that the sender asks of
 * it: time since our client saw flush_lsn advance while the sender's flush LSN was ahead; 0 when it
 * owes nothing; UNKNOWN_US when it cannot be said.
 */
int64_t standby_stale_for_us(const struct node *sender, int index, mono_us now);
int64_t standby_replay_stale_for_us(const struct node *sender, int index, mono_us now);
/* The sender's row of that node, when it streams; -1. As of the sender's last look. */
int standby_streaming_row(const struct node *sender, int node);
/* The row is of a logical slot: its client says what it has when it likes. */
bool standby_is_logical(const struct node *sender, int index);
/* It must confirm what it is sent: it is a synchronous standby or a server. pg_receivewal with a
 * slot, pg_basebackup and logical clients may say nothing for minutes. */
bool standby_must_confirm(const struct node *sender, int index);
/* For how long waits are seen before they are said to be over the limit for blocked commits, which
 * is known; where waits_unproven is set, another look after that tells. */
int64_t model_proof_us(const struct model *model);
/* Its sender waits for it: sync or quorum. */
bool standby_is_chosen(const struct standby_row *row);
/* It owed a flush at the last look for longer than two polls and the limit for blocked commits: it
 * releases no commit. That the sender was not looked at since says nothing of the standby. */
bool standby_is_stale(const struct model *model, const struct node *sender, int index, mono_us now);
/* The newest LSN that the node has written, as a primary or as a sender of others; LSN_UNKNOWN. */
lsn_t node_written_lsn(const struct node *node);
/* The sender's current LSN minus the row's replay_lsn; never below 0 unless the row is ahead;
 * UNKNOWN_BYTES. */
int64_t standby_behind_bytes(const struct node *sender, int index);

#endif
