/*
 * ledger: every write of a load: when it was due, sent, answered, and what became of it; counts and
 * the latencies from the due times. Pure.
 *
 * A write's record has 24 bytes. They stand in chunks that the owner gives when ledger_wants_chunk
 * says so, at most LEDGER_CHUNKS: LEDGER_WRITES_MAX writes, 100 MB, 70 minutes at 1000 a second.
 * After that the oldest chunk is used again: its writes are forgotten one by one, counts and
 * latencies are not (--ledger keeps all of them in a file).
 */
#ifndef CLUSTER_LEDGER_H
#define CLUSTER_LEDGER_H

#include "base/clock.h"
#include "base/histogram.h"
#include "cluster/observation.h"

#define LEDGER_CHUNK_WRITES 65536
#define LEDGER_CHUNKS 64
#define LEDGER_WRITES_MAX ((uint64_t)LEDGER_CHUNK_WRITES * LEDGER_CHUNKS)
/* Writes that are due and not sent. While commits are blocked they grow; beyond this they are only
 * counted (`skipped`) and will never be sent. */
#define LEDGER_UNSENT_MAX 1000000
#define LEDGER_NONE UINT64_MAX

enum ledger_state {
    LEDGER_DUE,     /* not sent yet */
    LEDGER_SKIPPED, /* never sent: the load ended */
    LEDGER_SENT,    /* no answer yet */
    LEDGER_ANSWERED /* + enum commit_outcome */
};

struct ledger_write {
    mono_us due;
    uint32_t sent_after, answered_after; /* since due, see ledger_after_us */
    uint32_t id;                         /* of the row; 0 not known */
    uint8_t state;                       /* enum ledger_state */
    uint8_t level;                       /* enum commit_level */
    uint8_t node;                        /* that it was sent to */
    uint8_t flags;                       /* LEDGER_... */
};
/* Answered with success, and no standby was asked for: COMMIT_LOCAL, but nobody was warned. */
#define LEDGER_ASYNCHRONOUS 1

struct ledger_counts {
    uint64_t due;     /* all; those below and what is not sent yet are in it */
    uint64_t sent;    /* handed to a connection */
    uint64_t skipped; /* due, and never to be sent */
    uint64_t outcomes[COMMIT_OUTCOMES];
};

/* Zero-initialise. */
struct ledger {
    struct ledger_counts counts;
    /* From due to answer, of the writes that were acknowledged, also by a primary that asks no
     * standby; of the ones since ledger_clear_latency. */
    struct histogram latency;
    uint64_t first, next; /* numbers of the oldest record and of the next write */
    uint64_t unsent;      /* number of the oldest write that is not sent */
    struct ledger_write *chunks[LEDGER_CHUNKS]; /* the owner's */
};

/* The next write needs a chunk that is not there: give it LEDGER_CHUNK_WRITES records first. */
bool ledger_wants_chunk(const struct ledger *ledger);
void ledger_give_chunk(struct ledger *ledger, struct ledger_write *chunk);

/* A write became due; its number, LEDGER_NONE when it is only counted. */
uint64_t ledger_due(struct ledger *ledger, mono_us due);
/* The oldest write that is due and not sent; LEDGER_NONE when there is none. */
uint64_t ledger_next_unsent(const struct ledger *ledger);
/* That one is sent now. Returns when it was due. */
mono_us ledger_send(struct ledger *ledger, int node, enum commit_level level, mono_us now);
/* Nothing that is due is sent any more. Returns how many those are. */
uint64_t ledger_skip_unsent(struct ledger *ledger);

/* What came of a write that was sent; `due` as ledger_send returned it. */
struct ledger_answer {
    uint64_t number;
    mono_us due, at;
    enum commit_outcome outcome;
    bool asynchronous; /* COMMIT_LOCAL because no standby is asked for */
    int64_t id;
    lsn_t lsn; /* the WAL went at least so far when it was written; LSN_UNKNOWN */
};
void ledger_answer(struct ledger *ledger, const struct ledger_answer *answer);

/* A record; NULL when it was forgotten or is not there. */
const struct ledger_write *ledger_at(const struct ledger *ledger, uint64_t number);
/* Exact below 36 minutes, to the millisecond below 24 days; UNKNOWN_US when it did not happen. */
int64_t ledger_sent_after_us(const struct ledger_write *write);
int64_t ledger_answered_after_us(const struct ledger_write *write);

/* Latencies are counted anew: another level costs something else. */
void ledger_clear_latency(struct ledger *ledger);
/* Sent and not answered. */
uint64_t ledger_under_way(const struct ledger *ledger);
/* Every write that was due was sent and acknowledged as its level demands. */
bool ledger_all_acknowledged(const struct ledger *ledger);

/* What is shown of a load. */
enum load_phase {
    LOAD_CONNECTING, /* nothing is due before the clients are connected */
    LOAD_RUNNING,
    LOAD_FINISHING, /* nothing more becomes due; answers are waited for */
    LOAD_ENDED
};
struct load_figures {
    enum load_phase phase;
    enum commit_level level;
    int rate;           /* wanted, writes per second */
    float achieved;     /* answered with success, per second, over the last seconds; NaN unknown */
    uint64_t late;      /* due and not sent */
    int64_t waiting_us; /* the oldest write without an answer, since it was due; UNKNOWN_US */
    struct ledger_counts counts;
    int64_t p50_us, p95_us, p99_us; /* UNKNOWN_US: nothing was acknowledged */
    int64_t max_us;                 /* the write that waits is in it */
    char why[PROBE_TEXT_SIZE];      /* nothing can be sent now; "" */
};
/* Fills in what the ledger knows. */
void ledger_figures(const struct ledger *ledger, struct load_figures *figures);

#endif
