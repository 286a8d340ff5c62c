/*
 * local_internal: what the files of the local stack share.
 */
#ifndef STACK_LOCAL_INTERNAL_H
#define STACK_LOCAL_INTERNAL_H

#include "stack/local.h"
#include "stack/local_passwords.h"
#include "stack/local_place.h"
#include "stack/local_server.h"

#define JOB_LOOK_EVERY_US (25 * US_PER_MS)

enum job_kind {
    JOB_START,
    JOB_STOP,
    JOB_KILL,
    JOB_PAUSE,
    JOB_RESUME,
    JOB_REMOVE,
    JOB_IDENTITY,
    JOB_WAL_END
};

enum job_state {
    JOB_PLANNED, /* its wave has not begun */
    JOB_RUNNING, /* ends when what it asked for is seen, or its time is over */
    JOB_DONE,
    JOB_FAILED /* err says why */
};

/* How hard a server was asked to stop; each step is taken when the one before had its time. */
enum stop_step { STOP_NOT_ASKED, STOP_FAST, STOP_IMMEDIATE, STOP_KILL };

/* What the start script and the server wrote since the job began. */
struct log_tail {
    int64_t offset;
    char reason[256]; /* the last line that tells why something failed */
};

struct local_job {
    enum job_kind kind;
    enum job_state state;
    int node, wave;
    mono_us step_due; /* when the present step's time is over */
    enum stop_step stop_step;
    bool spawned; /* JOB_START, JOB_WAL_END: by us, and its child has not ended */
    struct child_end end;
    struct log_tail tail;
    struct child *child; /* JOB_REMOVE, JOB_WAL_END */
    char answer[32];     /* JOB_WAL_END */
    struct error err;
};

struct local_node {
    const struct node_settings *settings;
    struct local_paths paths;
    const char *host;
    int port;
    struct server server;       /* the last look */
    struct child *child;        /* the start script, later the postmaster, if we started it */
    struct local_job *starting; /* the job that waits for `child` */
};

struct local {
    const struct settings *settings;
    struct loop *loop;
    struct local_place place;
    char bindir[STACK_PATH_SIZE];
    struct local_passwords passwords;
    int node_count;
    struct local_node *nodes;

    /* the running operation */
    bool busy, cancelled;
    mono_us cancel_due; /* when a cancelled operation ends in any case; 0: not yet known */
    enum stack_verb verb;
    struct stack_calls calls;
    int lock_fd;
    int wave, job_count, job_capacity;
    struct local_job *jobs;
    struct loop_timer look;
};

void local_say(struct local *local, int node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* local_plan: the jobs of a verb; node -1: all. False when one of them may not be. */
bool local_plan(struct local *local, enum stack_verb verb, int node, struct error *err);

/* local_start */
void start_begin(struct local *local, struct local_job *job, mono_us now);
void start_look(struct local *local, struct local_job *job, mono_us now);
/* Ends a start that has not come as far as a server. */
void start_abort(struct local *local, struct local_job *job);

/* local_look: JOB_IDENTITY, JOB_WAL_END */
void look_begin(struct local *local, struct local_job *job);
void look_look(struct local *local, struct local_job *job);

/* local_stop: all other kinds */
void stop_begin(struct local *local, struct local_job *job, mono_us now);
void stop_look(struct local *local, struct local_job *job, mono_us now);

void job_done(struct local_job *job);
/* After job->err was set. */
void job_failed(struct local_job *job);

#endif
