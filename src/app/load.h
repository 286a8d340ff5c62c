/*
 * load: test writes, N per second by an open-loop schedule, by M clients at a durability level.
 *
 * A write is due when the schedule says so, whatever became of the ones before; when every client
 * waits, it is sent late, and its latency counts from when it was due. While this program stood
 * still nothing was due. A write that waits for
 * standbys is never cancelled: a client that is no longer wanted (another primary, another level)
 * stays until its write is answered, so at most M backends per node and level stay behind us.
 */
#ifndef APP_LOAD_H
#define APP_LOAD_H

#include "cluster/events.h"
#include "cluster/ledger.h"
#include "config/settings.h"
#include "loop/loop.h"

#define LOAD_SPLIT "there is more than one primary"
#define LOAD_STANDSTILL_US                                                                         \
    (500 * US_PER_MS) /* of this program: longer is no lateness of a server */
#define LOAD_RATE_MAX 2000
#define LOAD_CLIENTS_MAX 64
#define LOAD_RATE_DEFAULT 10
#define LOAD_CLIENTS_DEFAULT 2

struct load;

/* One write that was answered. */
struct load_answer {
    int client; /* 0 to the number of clients - 1; the same one on each primary */
    int node;
    const struct ledger_answer *ledger;
};

struct load_callbacks {
    /* A line for people: start, end, and what is not acknowledged (many of a kind in one line). */
    void (*said)(void *owner, enum event_level level, const char *text, struct instant now);
    /* Once; nothing is under way any more. It may not be freed in the call. */
    void (*ended)(void *owner, struct instant now);
    /* May be NULL. After it is in the ledger. */
    void (*answered)(void *owner, const struct load_answer *answer, struct instant now);
};

struct load_options {
    int rate, clients;
    enum commit_level level;
    int64_t duration_us; /* writes become due for so long; 0: until load_stop */
    const char *ledger;  /* path; NULL: only in memory */
    const char *run;     /* its name, in its writes' notes; NULL: one of its own */
};

/* A name that no other run has. */
void load_name_run(char *out, size_t size);

/* Test writes are allowed here: a lab, or probe.enabled. */
bool load_allowed(const struct settings *settings, struct error *err);

/* settings and loop outlive it. NULL with an error when it is not allowed or the ledger cannot be
 * written. Nobody is written to before load_follow. */
struct load *load_new(const struct settings *settings, struct loop *loop,
                      const struct load_options *options, const struct load_callbacks *callbacks,
                      void *owner, struct error *err);
/* At once; writes that were not answered are unknown, also in the ledger's file. */
void load_free(struct load **load);

/* Writes go to this node from now on; -1: to nobody, since more than one says it is the primary. */
void load_follow(struct load *load, int node);
void load_set_rate(struct load *load, int rate);
void load_set_level(struct load *load, enum commit_level level);
/* Nothing more is sent. Answers are waited for 100 ms; what has none then is unknown. */
void load_stop(struct load *load);

const struct ledger *load_ledger(const struct load *load);
/* Its writes' notes are "load NAME NUMBER". */
const char *load_run_name(const struct load *load);
/* The table's name as it stands in SQL; "" before the first client was ready. */
const char *load_table(const struct load *load);
void load_look(const struct load *load, mono_us now, struct load_figures *figures);
/* It ended because the ledger could not be written: why. NULL: it did not. */
const struct error *load_error(const struct load *load);

#endif
