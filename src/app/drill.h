/*
 * drill: carries out one drill on the stack and the servers: proves who they are before each step,
 * writes the journal, takes the times, undoes what it did, reads every write back, judges.
 *
 * One at a time. It never blocks the loop; whatever happens to it comes as marks, which it applies
 * to its own run and hands to the owner (for the screen, the recorder, the command line).
 */
#ifndef APP_DRILL_H
#define APP_DRILL_H

#include "app/watch.h"
#include "cluster/drill_run.h"

struct drill_engine;

#define DRILL_RATE_DEFAULT 50
#define DRILL_CLIENTS_DEFAULT 4

struct drill_options {
    int rate, clients; /* of the test writes */
    enum commit_level level;
    struct drill_timing_options timing;
    struct drill_targets targets;
    bool manual;            /* a person promotes and lets join */
    const char *report_dir; /* NULL: no report is written */
    int64_t duration_us;    /* observe: so long; 0: until drill_interrupt */
};
void drill_options_default(struct drill_options *options);

struct drill_calls {
    /* After it was applied to the run. */
    void (*marked)(void *owner, const struct drill_mark *mark);
    /* Once per drill_prepare: plan, reasons and commands are complete. */
    void (*prepared)(void *owner, struct instant now);
    /* Once per drill_begin: nothing is under way any more. The engine may not be freed in it. */
    void (*ended)(void *owner, struct instant now);
};

/* settings, loop and watch outlive it; options are copied. Never NULL. */
struct drill_engine *drill_engine_new(const struct settings *settings, struct loop *loop,
                                      struct watch *watch, const struct drill_calls *calls,
                                      void *owner);
/* Only when nothing is under way, or what is under way is to be left to the journal. */
void drill_engine_free(struct drill_engine **engine);
/* To be called after each observation: the model changed. */
void drill_engine_look(struct drill_engine *engine, struct instant now);

/* The plan, every reason against it and the exact commands; asks the servers who they are.
 * `prepared` comes from the loop. Not while one is under way. */
void drill_prepare(struct drill_engine *engine, enum drill_id id,
                   const struct drill_options *options);
const struct drill_plan *drill_engine_plan(const struct drill_engine *engine);
const struct drill_reasons *drill_engine_reasons(const struct drill_engine *engine);
/* Exactly what a step of the plan runs; "" nothing. */
void drill_engine_command(const struct drill_engine *engine, int step, char *out, size_t size);

#define DRILL_PLAN_CHANGED "the cluster has changed, and with it the plan: look again"
/* After `prepared` without reasons; looks again first. False with an error when it cannot begin:
 * the plan stays the one that was prepared, and only another drill_prepare makes a new one. */
bool drill_begin(struct drill_engine *engine, struct error *err);
/* What was done is undone, then it ends. Again: nothing more than that. */
void drill_interrupt(struct drill_engine *engine, const char *why);
bool drill_is_under_way(const struct drill_engine *engine);
/* NULL before the first. */
const struct drill_run *drill_engine_run(const struct drill_engine *engine);

/* By hand, while one with `manual` or observe is under way. False with an error: not now, and why.
 */
bool drill_promote_by_hand(struct drill_engine *engine, int node, bool dry, struct error *err);
bool drill_rejoin_by_hand(struct drill_engine *engine, int node, bool dry, struct error *err);
/* Exactly what they would run. */
void drill_hand_command(const struct drill_engine *engine, int node, bool promotes, char *out,
                        size_t size);

/*
 * Where this drill is recorded when nobody said: beside the report, or else in the stack's folder,
 * where the recording of the drill before it goes: only to be called once this one has begun, with
 * its first mark. The folder is made. False: nowhere.
 */
bool drill_recording_path(const struct drill_engine *engine, const struct drill_options *options,
                          struct instant now, char *path, size_t size);

/* The servers are ours to break. */
bool drill_engine_has_stack(const struct drill_engine *engine);
/* Of the journal; "" without a stack. */
const char *drill_engine_folder(const struct drill_engine *engine);

#endif
