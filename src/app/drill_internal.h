/*
 * drill_internal: what the files of the drill engine share.
 */
#ifndef APP_DRILL_INTERNAL_H
#define APP_DRILL_INTERNAL_H

#include "app/drill.h"
#include "app/load.h"
#include "cluster/drill_until.h"
#include "cluster/survivors.h"
#include "postgres/errand.h"
#include "record/drill_journal.h"
#include "stack/stack.h"

#define ERRAND_US (10 * US_PER_S)
#define DRILL_PROMOTION_PENDING "pending: it was not out of recovery in time"

enum engine_state {
    ENGINE_IDLE,      /* drill_prepare ends it */
    ENGINE_PREPARING, /* every node was asked who it is */
    ENGINE_READY,     /* drill_begin, or another drill_prepare */
    ENGINE_STEPPING,  /* the last step, a failed one, or drill_interrupt */
    ENGINE_UNDOING,   /* nothing is due any more, or cannot be undone */
    ENGINE_ENDING     /* the end is told in the next turn */
};

enum step_stage {
    STAGE_PROVING, /* the stack tells who the node is */
    STAGE_DOING,   /* the deed's own end */
    STAGE_WAITING  /* the step's condition or its deadline */
};

/* Who a node is, as its data directory and as its server say. */
struct drill_identity {
    struct drill_engine *engine;
    int asked;
    bool ask_again;
    bool answered;                        /* by its server, or it will not */
    char stack_lab[64], stack_system[24]; /* "" not told */
    char sql_lab[64], sql_system[24];
    bool may_promote, may_pause;
    char error[DRILL_TEXT_SIZE]; /* it could not be asked; "" */
};

/* Reading back one node. */
struct drill_reader {
    struct drill_engine *engine;
    struct errand *errand;
    int node;
    bool answered; /* this time */
    bool ended;
    struct write_set set;
    struct drill_read result;
    mono_us began, asked_at;
};

struct drill_engine {
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    struct drill_calls calls;
    void *owner;
    struct drill_options options;
    struct stack *stack; /* NULL: the servers are not ours */
    struct error stack_error;

    enum engine_state state;
    struct drill_plan plan;
    struct drill_reasons reasons;
    struct drill_identity *identities; /* by node */
    struct errand **askers;            /* by node, while preparing */
    int asking; /* index of the node whose stack is asked; node_count: none */

    bool any; /* there was a run */
    struct drill_run run;
    struct drill_pulse *pulse;
    struct drill_figures figures; /* those that the pulse does not know */
    struct load *load;
    bool load_ended;
    struct drill_journal *journal;
    char folder[512]; /* of the journal */
    struct errand_guard guard;
    enum health_level allowed;
    int64_t interval_before_us;

    /* the present step */
    int step;
    enum step_stage stage;
    mono_us step_began;
    char command[DRILL_TEXT_SIZE * 2];
    char result[DRILL_TEXT_SIZE]; /* what came of it, for the mark */
    struct errand *errand;        /* of it */
    bool errand_said;             /* a row came */
    char errand_row[DRILL_TEXT_SIZE];
    bool deed_ended, deed_ok;
    bool proven, proving_ended;
    struct errand *promotion; /* of a step or of a person: it outlasts the step */
    int promoted;             /* who was asked to be the primary, ever; -1 nobody */
    bool promoting;           /* and has not answered */
    bool promotion_said;      /* a row came */
    bool out_of_recovery;     /* by that row */
    bool ask_fork;            /* in the next turn */
    struct errand *fork;      /* where the new timeline began: for the report, no step's end */
    bool trouble;             /* a write failed, or nobody knows of it */
    bool stop_observing;
    bool looking; /* how the servers are, as the stack knows it */
    mono_us looked_at;
    mono_us seen_at;   /* the last look that came about; 0: none in this drill */
    mono_us fenced_at; /* the old primary is surely down since; 0: not */
    int fence_stage;
    bool fence_look; /* it was killed and still there: once more */
    mono_us figures_at;
    mono_us ticked_at; /* in this drill; 0: not yet */
    mono_us woke_at;   /* this program stood still until then; 0: it did not */

    bool interrupted, undone, failed;
    struct drill_undo *undo;
    int undo_step, undo_node;
    enum drill_deed undo_deed;
    bool passed_over; /* the step failed when there was nothing to undo any more: with the next */
    bool go_on; /* it was undone: with what the plan still has for a drill that was given up */
    int reader_count;
    int read_primary; /* decides what is lost: the primary, or who was it last; -1 unknown */
    struct drill_reader *readers;
    char report[256];

    struct loop_timer tick; /* advances; also the way out of callbacks */
};

/* drill.c */
void drill_mark(struct drill_engine *engine, struct drill_mark *mark);
void drill_soon(struct drill_engine *engine);
void drill_say(struct drill_engine *engine, enum event_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void drill_sight_now(struct drill_engine *engine, struct instant now, struct assessment *assessment,
                     struct drill_sight *sight);
void drill_end(struct drill_engine *engine, struct instant now);
void drill_mark_figures(struct drill_engine *engine, struct instant now);

/* drill_prepare.c */
void drill_prepare_free(struct drill_engine *engine);
void drill_prepare_look(struct drill_engine *engine, struct instant now);
void drill_take_guard(struct drill_engine *engine);
/* The plan and the reasons against it, by what is known now. */
void drill_look_at_plan(struct drill_engine *engine, struct instant now);
/* The node's own data say that it is of this lab. */
bool drill_identity_of_line(const char *line, char *lab, size_t lab_size, char *system,
                            size_t system_size);

/* drill_steps.c: the present step. */
void drill_step_begin(struct drill_engine *engine, struct instant now);
void drill_step_look(struct drill_engine *engine, struct instant now);
void drill_step_drop(struct drill_engine *engine); /* what is under way goes on by itself */
void drill_step_fail(struct drill_engine *engine, const char *why, struct instant now);
/* It is not waited for; the next one comes in the next turn. */
void drill_step_pass_over(struct drill_engine *engine, const char *why);

/* The plan is left: what is due is undone first. */
void drill_give_up(struct drill_engine *engine, const char *why, enum drill_verdict verdict,
                   struct instant now);
void drill_step_go_on(struct drill_engine *engine, struct instant now); /* to the next one */

/* drill_deeds.c: does the deed of the present step; its end is drill_deed_done. */
void drill_deed_do(struct drill_engine *engine, struct instant now);
void drill_deed_look(struct drill_engine *engine, struct instant now);
/* Asks a new primary where its timeline began, whoever promoted it. */
void drill_fork_look(struct drill_engine *engine);
void drill_promote_node(struct drill_engine *engine, int node, struct instant now);
/* Once the node that was asked to is seen out of recovery: also when the statement's own answer is
 * not waited for any more. False with an error: the journal does not take it. */
bool drill_promotion_seen(struct drill_engine *engine, struct error *err);
void drill_deed_done(struct drill_engine *engine, bool ok, const char *why);

/* drill_read.c */
void drill_read_begin(struct drill_engine *engine, struct instant now);
/* True when every node was read or could not be. */
bool drill_read_look(struct drill_engine *engine, struct instant now);
void drill_read_free(struct drill_engine *engine);

#endif
