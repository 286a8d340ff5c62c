/*
 * load_internal: what load.c and load_clients.c share.
 */
#ifndef APP_LOAD_INTERNAL_H
#define APP_LOAD_INTERNAL_H

#include "app/load.h"
#include "postgres/writer.h"
#include "record/ledger_file.h"

#define RUN_SIZE 40
#define TABLE_SIZE 192
#define TICKS 5 /* seconds of the achieved rate */

struct client {
    struct load *load;
    struct writer *writer; /* NULL: to be removed */
    int slot;              /* its number among the clients of its node and level */
    int node;
    enum commit_level level;
    bool settled; /* was ready or failed once */
    bool failing; /* failed, and was not ready since */
    bool busy;    /* a write is under way: */
    uint64_t number;
    mono_us due;
};

/* Writes of one outcome that nobody was told of yet. */
struct unsaid {
    uint64_t count;
    char text[PROBE_TEXT_SIZE];
    mono_us last_at;  /* when the last of them ended */
    mono_us next_at;  /* before this nothing is said of them */
    int64_t pause_us; /* doubled while they go on */
};

struct load {
    const struct settings *settings;
    struct loop *loop;
    struct load_options options;
    const struct load_callbacks *callbacks;
    void *owner;
    enum load_phase phase;
    int node;   /* that is written to; -1 nobody */
    bool split; /* ... because there is more than one primary */
    bool sends_rest;
    bool dispatching;
    struct client **clients;
    int client_count;
    int last_used; /* index of the client that was tried last */
    struct ledger ledger;
    struct ledger_file *file;
    bool broken; /* the ledger's file cannot be written: */
    struct error error;
    char run[RUN_SIZE];
    char table[TABLE_SIZE];
    /* the schedule: number k since origin is due at origin + k seconds / rate */
    mono_us origin, started;
    uint64_t since_origin;
    struct loop_timer schedule, tick, deadline, reap;
    /* for people */
    uint64_t totals[TICKS + 1]; /* acknowledged, at the last ticks */
    mono_us totals_at[TICKS + 1];
    uint64_t ticks;
    struct unsaid unsaid[COMMIT_OUTCOMES];
    bool asynchronous_said;
    char why[PROBE_TEXT_SIZE]; /* of the last client that cannot write; "": all can */
    mono_us why_said_at;
};

/* load_clients.c */
/* Clients of the node and level that are wanted; the others go when their write has ended. */
void load_arrange(struct load *load);
/* Sends what is due to clients that are free. */
void load_dispatch(struct load *load, struct instant now);
/* Closes every connection; writes without an answer are unknown. Not in a callback of a writer. */
void load_drop_clients(struct load *load, struct instant now);
/* Of the wanted clients. */
struct client_counts {
    int ready;     /* connected; a write may be under way */
    int failing;   /* cannot connect or write, try again */
    int unsettled; /* were neither yet */
};
struct client_counts load_count_clients(const struct load *load);
bool load_client_is_wanted(const struct load *load, const struct client *client);

/* load.c */
void load_clients_changed(struct load *load, struct instant now);
void load_answered(struct load *load, const struct client *client,
                   const struct ledger_answer *answer, const char *text, struct instant now);
void load_break(struct load *load, const struct error *err, struct instant now);

/* load_say.c */
void load_say(struct load *load, enum event_level level, struct instant now, const char *format,
              ...) __attribute__((format(printf, 4, 5)));
void load_note_answer(struct load *load, const struct ledger_answer *answer, const char *text,
                      struct instant now);
void load_say_unsaid(struct load *load, bool all, struct instant now);
void load_say_end(struct load *load, struct instant now);
/* A client cannot write, and why; "": all can again. */
void load_say_why(struct load *load, const char *why, bool others_can, struct instant now);

#endif
