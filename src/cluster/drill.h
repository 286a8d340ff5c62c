/*
 * drill: the const table of drills: what each does, step by step, what it shows, what is expected
 * and how each step is undone. Pure; app/drill carries it out, ui/ and record/ tell of it.
 *
 * A drill is a list of steps. Each is carried out, then its condition is waited for; a step that
 * changes something has an undo, and whatever was not undone when a drill ends is undone then.
 */
#ifndef CLUSTER_DRILL_H
#define CLUSTER_DRILL_H

#include <stdbool.h>

#include "cluster/model.h"

enum drill_id {
    DRILL_STANDBY_KILL,
    DRILL_STANDBY_FREEZE,
    DRILL_ALL_STANDBYS_DOWN,
    DRILL_REPLAY_PAUSE,
    DRILL_NETWORK_CUT,
    DRILL_SWITCHOVER,
    DRILL_PRIMARY_KILL,
    DRILL_PRIMARY_FREEZE,
    DRILL_OBSERVE, /* nothing is done: the ledger is written and the times are taken */
    DRILLS
};

/* What a step does. */
enum drill_deed {
    DEED_NONE, /* as an undo: there is none */
    DEED_START_LOAD,
    DEED_BASELINE, /* how it is without a fault, for the baseline's time */
    DEED_KILL,
    DEED_PAUSE,
    DEED_STOP,
    DEED_CUT,
    DEED_PAUSE_REPLAY,
    DEED_UP, /* start it; it finds its place by itself */
    DEED_RESUME,
    DEED_JOIN, /* back to its network */
    DEED_RESUME_REPLAY,
    DEED_FENCE,        /* the old primary is killed, and no process of it is left */
    DEED_PROMOTE,      /* the best standby, once */
    DEED_HOLD,         /* it stays as it is for the hold's time */
    DEED_OBSERVE,      /* until the operator ends it, or its duration is over */
    DEED_AWAIT,        /* only the condition */
    DEED_READ_WAL_END, /* where the old primary's WAL ends, from its own data */
    DEED_STOP_LOAD,
    DEED_READ_BACK, /* every write, on every node */
    DEEDS
};

enum drill_target {
    TARGET_NONE,
    TARGET_PRIMARY,       /* who is primary when the drill begins */
    TARGET_SYNC_STANDBY,  /* the standby that commits wait for then */
    TARGET_EACH_STANDBY,  /* all of them, one step each */
    TARGET_FIRST_STANDBY, /* TARGET_SYNC_STANDBY's, of those that are down */
    TARGET_CANDIDATE      /* found out when it is needed: the best of who is left */
};

/* What ends a step, after its deed is done. */
enum drill_condition {
    UNTIL_DONE,            /* nothing more */
    UNTIL_TIME,            /* the step's time has passed */
    UNTIL_NOTICED,         /* the model shows what was done */
    UNTIL_COMMITS_FLOW,    /* every client was acknowledged after the injection's gap */
    UNTIL_COMMITS_BLOCKED, /* commits wait for longer than limits.blocked_commit */
    UNTIL_NEW_PRIMARY,     /* the promoted node is out of recovery */
    UNTIL_WRITES_ARRIVE,   /* acknowledged by the new primary */
    UNTIL_OTHERS_STREAM,   /* every other node that can be reached streams from the new primary */
    UNTIL_HEALTHY, /* whole again: every node, the rule satisfied, no finding of the model */
    DRILL_CONDITIONS
};

struct drill_step {
    enum drill_deed deed;
    enum drill_target target;
    enum drill_condition until;
    int deadline_s;
    bool injects; /* the drill's clock starts here */
    bool by_hand; /* with --manual, a person does it and the drill only waits */
};

#define DRILL_TABLE_STEPS 16

struct drill {
    const char *name;    /* "standby-kill" */
    const char *does;    /* one line: what is done */
    const char *shows;   /* one line: what one learns */
    const char *expects; /* one line: what must come out of it */
    bool fails_over;     /* the primary changes */
    bool needs_compose;
    const char *not_local;                      /* why it is not offered on a local stack; NULL */
    int standbys;                               /* needed at the beginning */
    struct drill_step steps[DRILL_TABLE_STEPS]; /* up to DEED_NONE */
};

const struct drill *drill_at(enum drill_id id);
/* False when there is no drill of that name. */
bool drill_parse(const char *name, enum drill_id *id);

const char *drill_deed_word(enum drill_deed deed); /* "kill", "promote", "read back" */
extern const char *const drill_deed_keys[DEEDS];
const char *drill_deed_key(enum drill_deed deed); /* "pause_replay": stable, for files */
/* False when there is no deed of that key. */
bool drill_deed_parse(const char *key, enum drill_deed *deed);
/* What takes back what the deed did; DEED_NONE: nothing is to be taken back. */
enum drill_deed drill_undo_of(enum drill_deed deed);
/* It breaks or changes a server: the node's identity is proven before it. */
bool drill_deed_is_destructive(enum drill_deed deed);

/* ---- phases */

enum drill_phase {
    PHASE_INJECTED,
    PHASE_FIRST_LATE_COMMIT, /* due time of the first write that was late, failed or unknown */
    PHASE_LAST_ACK_BEFORE,   /* on the old timeline; before the longest gap where there is no other
                              */
    PHASE_NOTICED,           /* by us */
    PHASE_PROMOTION_ASKED,
    PHASE_OUT_OF_RECOVERY,
    PHASE_FIRST_ACK_AFTER, /* on the new timeline; after the longest gap */
    PHASE_OTHERS_STREAMING,
    PHASE_RULE_SATISFIED,
    PHASE_OLD_PRIMARY_BACK, /* streaming, on the new timeline, and a fresh row arrived there */
    PHASE_HEALTHY,
    DRILL_PHASES
};

extern const char *const drill_phase_keys[DRILL_PHASES];
const char *drill_phase_key(enum drill_phase phase);   /* "first_ack_after": stable, for scripts */
const char *drill_phase_words(enum drill_phase phase); /* "first acknowledgement after" */
/* False when there is no phase of that key. */
bool drill_phase_parse(const char *key, enum drill_phase *phase);
/* Whether the phase can be reached in this drill. */
bool drill_has_phase(enum drill_id id, enum drill_phase phase);

/* ---- plan: the steps of one drill on one cluster */

#define DRILL_STEPS_MAX 40
#define DRILL_REASONS_MAX 12
#define DRILL_TEXT_SIZE 224

struct drill_planned {
    enum drill_deed deed;
    int node; /* -1: none, or not known yet (TARGET_CANDIDATE) */
    enum drill_target target;
    enum drill_condition until;
    int64_t deadline_us; /* for deed and condition; with UNTIL_TIME how long it takes */
    bool injects, by_hand;
};

struct drill_timing_options {
    int64_t baseline_us, hold_us, settle_us;
};

struct drill_plan {
    enum drill_id id;
    bool manual;
    int old_primary, target; /* -1: none */
    int step_count;
    struct drill_planned steps[DRILL_STEPS_MAX];
};

/* The reasons against a drill now; none: it can begin. */
struct drill_reasons {
    int count;
    char texts[DRILL_REASONS_MAX][DRILL_TEXT_SIZE];
};
void drill_reason(struct drill_reasons *reasons, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether the drill is offered here at all: NULL, or why not (a literal). has_stack: the servers
 * are ours to break. */
const char *drill_not_offered(enum drill_id id, const struct model *model, bool has_stack);

/*
 * The steps as of now, and every reason against it that the model knows: one primary, enough
 * standbys, all streaming and on its timeline, the rule satisfied, a candidate that may be
 * promoted. With reasons the plan is for looking at only.
 */
void drill_plan_make(enum drill_id id, bool manual, const struct model *model, mono_us now,
                     const struct drill_timing_options *timing, struct drill_plan *plan,
                     struct drill_reasons *reasons);

/* The same is done to the same nodes. */
bool drill_plan_equal(const struct drill_plan *one, const struct drill_plan *other);

/* "kill replica1, then wait until commits flow": a step as a sentence. */
void drill_step_sentence(const struct drill_planned *step, const struct model *model, char *out,
                         size_t size);

#endif
