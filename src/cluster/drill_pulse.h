/*
 * drill_pulse: the acknowledgements of a drill's writes as they come, in the order of time: where
 * the gap is, for each client and for all of them, and what a commit cost before, during and after.
 * Pure; a few words of memory a client, whatever the number of writes.
 */
#ifndef CLUSTER_DRILL_PULSE_H
#define CLUSTER_DRILL_PULSE_H

#include "cluster/drill_run.h"
#include "cluster/ledger.h"

/* Between two acknowledgements. */
struct drill_gap {
    mono_us from, to; /* to 0: none yet */
};

struct drill_beat {
    mono_us last_ack;         /* 0: none yet */
    mono_us last_ack_old;     /* of the primary that the drill began with */
    mono_us first_ack_new;    /* of another one, after the injection */
    struct drill_gap longest; /* that ended after the injection and began before it was mended */
};

struct drill_pulse {
    int old_primary;
    int64_t late_us;     /* a write that takes longer is late */
    mono_us injected_at; /* 0: not yet */
    mono_us first_late;  /* due time of the first late, failed or unknown write; 0: none yet */
    bool fails_over;
    bool away; /* every standby is: acknowledgements are counted */
    uint64_t acknowledged_while_away;
    mono_us mended_at; /* what was done was taken back; 0: not yet */
    int clients;
    struct drill_beat all, client[DRILL_CLIENTS_MAX];
    lsn_t last_lsn; /* the greatest that an acknowledged write came to */
    lsn_t new_lsn;  /* of the first one that another primary acknowledged */
    struct histogram latency[DRILL_SPANS];
};

void drill_pulse_begin(struct drill_pulse *pulse, int clients, int old_primary, bool fails_over,
                       int64_t late_us);
void drill_pulse_inject(struct drill_pulse *pulse, mono_us now);

/* What became of one write. */
struct drill_answer {
    int client, node;
    mono_us due, at;
    enum commit_outcome outcome;
    bool asynchronous; /* acknowledged, and no standby is asked for */
    lsn_t lsn;         /* LSN_UNKNOWN where it is not known */
};
void drill_pulse_answer(struct drill_pulse *pulse, const struct drill_answer *answer);

/* Every client was acknowledged since the injection's gap: after `since`, and by another primary
 * than the old one where the drill fails over. */
bool drill_pulse_flows(const struct drill_pulse *pulse, mono_us since);
/* Last acknowledgement before and first after, as the phases have them; 0: not yet. */
mono_us drill_pulse_last_before(const struct drill_pulse *pulse);
mono_us drill_pulse_first_after(const struct drill_pulse *pulse);
/* Gaps, recovery times and latencies. */
void drill_pulse_figures(const struct drill_pulse *pulse, mono_us now,
                         struct drill_figures *figures);

/* ---- read back */

/* Which writes of a run a node has, by number. The owner gives and frees the memory. */
struct write_set {
    uint64_t capacity; /* numbers below it */
    uint64_t count;
    uint64_t *words; /* capacity / 64 of them */
};
/* False when the number is beyond the capacity or was there already. */
bool write_set_add(struct write_set *set, uint64_t number);
bool write_set_has(const struct write_set *set, uint64_t number);

/* The classes of every write that was sent, by what the primary at the end has. */
void drill_classify(const struct ledger *ledger, const struct write_set *there,
                    struct drill_classes *classes);
/* Acknowledged writes that the set has not. */
uint64_t drill_missing(const struct ledger *ledger, const struct write_set *there);

#endif
