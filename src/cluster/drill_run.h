/*
 * drill_run: one drill as it happens: a value that marks are applied to. The engine makes the
 * marks, the recorder writes them down, a replay applies them again: what the screen and the report
 * show of a drill is in here and nowhere else. Pure.
 */
#ifndef CLUSTER_DRILL_RUN_H
#define CLUSTER_DRILL_RUN_H

#include "cluster/drill.h"

#define DRILL_RUN_SIZE 40
#define DRILL_CLIENTS_MAX 64
#define DRILL_READ_MAX 32 /* nodes whose read-back is kept */

enum drill_state {
    DRILL_NOT_BEGUN,
    DRILL_RUNNING, /* the last step, a failure or an interruption ends it */
    DRILL_UNDOING, /* what was done is taken back; then the writes are read back */
    DRILL_ENDED
};

#define DRILL_STEP_STATES 5
enum drill_step_state { STEP_TO_DO, STEP_UNDER_WAY, STEP_DONE, STEP_FAILED, STEP_LEFT_OUT };

#define DRILL_VERDICTS 4
enum drill_verdict {
    DRILL_NO_VERDICT,
    DRILL_PASS,
    DRILL_FAIL,      /* something was lost, or did not come as expected, or missed its target */
    DRILL_INCOMPLETE /* interrupted, or not everything could be read back: nothing is proven */
};

/* Every write that was sent and is still in the ledger is in exactly one of these;
 * UNKNOWN_COUNT-like: known says whether they were read back. */
struct drill_classes {
    bool known;
    uint64_t sent;
    uint64_t acknowledged_present, acknowledged_lost;
    uint64_t acknowledged_locally; /* with the server's warning that it may not be replicated */
    uint64_t failed_absent, failed_present;
    uint64_t unknown_present, unknown_absent;
    uint64_t locally_lost; /* of acknowledged_locally: not on the primary at the end */
};

/* What reading back brought from one node. */
struct drill_read {
    int node;
    bool read;
    uint64_t rows;             /* of this drill's writes */
    uint64_t missing;          /* acknowledged, and not there */
    char why[DRILL_TEXT_SIZE]; /* it could not be read */
};

struct drill_latency {
    uint64_t count;                 /* acknowledged writes that were due in the time */
    int64_t p50_us, p99_us, max_us; /* UNKNOWN_US: none */
};
enum drill_span { SPAN_BEFORE, SPAN_DURING, SPAN_AFTER, DRILL_SPANS };

/* Every number of a drill; a mark brings all of them anew. */
struct drill_figures {
    /* the writes as they happen */
    uint64_t due, sent, acknowledged, locally, failed, unknown;
    int64_t waiting_us;      /* the oldest write without an answer; UNKNOWN_US */
    uint64_t stood_still_us; /* this program itself, at its longest; 0 */
    uint64_t
        acknowledged_while_down; /* while every standby was away: must be 0 where commits wait */
    /* the gap: the longest time without an acknowledgement since the injection */
    int64_t gap_us;       /* of all clients together, also while it still lasts; UNKNOWN_US */
    int64_t rto_us;       /* last acknowledgement before to first after, once it came */
    int64_t rto_worst_us; /* of the client that had it worst */
    int clients;
    int64_t client_rto_us[DRILL_CLIENTS_MAX]; /* UNKNOWN_US: not yet */
    struct drill_latency latency[DRILL_SPANS];
    /* data */
    lsn_t last_acknowledged_lsn; /* at least this far the WAL goes that was acknowledged */
    lsn_t old_end_lsn;           /* where the old primary's WAL ends; LSN_UNKNOWN */
    int old_timeline;            /* 0 unknown */
    lsn_t fork_lsn;              /* where the new timeline began; LSN_UNKNOWN */
    int64_t lost_bytes; /* WAL that the old primary had and the new one has not; UNKNOWN_BYTES */
    struct drill_classes classes;
    int read_count;
    struct drill_read reads[DRILL_READ_MAX];
};
void drill_figures_clear(struct drill_figures *figures);

enum drill_mark_kind {
    DRILL_MARK_BEGIN,       /* plan, name of the run in text */
    DRILL_MARK_STEP,        /* step, step_state, node; text: the command, or what came of it */
    DRILL_MARK_PHASE,       /* phase, when */
    DRILL_MARK_FIGURES,     /* figures */
    DRILL_MARK_NEW_PRIMARY, /* node */
    DRILL_MARK_UNDO,        /* it is being undone; text: why; verdict: what it comes to at best */
    DRILL_MARK_ASK,         /* text: what the operator is waited for to do; "" nothing more */
    DRILL_MARK_LEFT,        /* text: something could not be undone */
    DRILL_MARK_END,         /* verdict; text: the report's path, or "" */
    DRILL_MARK_REASON,      /* text: a reason for the verdict */
    DRILL_MARKS
};

struct drill_mark {
    enum drill_mark_kind kind;
    struct instant at;
    int step, node;
    enum drill_step_state step_state;
    enum drill_deed deed; /* with STEP of an undo that the plan does not have */
    enum drill_phase phase;
    struct instant when; /* of the phase: may be before `at` */
    enum drill_verdict verdict;
    char text[512];
    struct drill_plan plan;
    struct drill_figures figures;
};

struct drill_step_run {
    enum drill_deed deed;
    int node; /* -1 none */
    bool is_undo;
    enum drill_step_state state;
    struct instant began, ended;
    char command[512];          /* exactly what is run; "" nothing is */
    char text[DRILL_TEXT_SIZE]; /* what came of it, where there is more to say than done */
};

/* Room for the undos behind the plan's steps. */
#define DRILL_RUN_STEPS (DRILL_STEPS_MAX + 24)

struct drill_run {
    enum drill_state state;
    char name[DRILL_RUN_SIZE]; /* of the run: in the notes of its writes */
    struct drill_plan plan;
    int new_primary; /* who is it or was asked to be it; -1: none (yet) */
    bool only_asked; /* new_primary was, and was not seen as it */
    struct instant began, ended;
    int step;       /* the plan's present one */
    int step_count; /* of `steps`: the plan's, then the undos */
    struct drill_step_run steps[DRILL_RUN_STEPS];
    struct instant phases[DRILL_PHASES]; /* mono 0: not reached */
    struct drill_figures figures;
    char ask[DRILL_TEXT_SIZE];
    char undo_why[DRILL_TEXT_SIZE];  /* "" while it goes as planned */
    enum drill_verdict undo_verdict; /* a step failed, or somebody interrupted it */
    int left_count;
    char left[8][DRILL_TEXT_SIZE];
    enum drill_verdict verdict;
    struct drill_reasons reasons; /* for the verdict */
    char report[256];
};

void drill_run_apply(struct drill_run *run, const struct drill_mark *mark);

/* Who was seen as the new primary; -1: nobody. */
int drill_run_leads(const struct drill_run *run);
/* Who was asked to be it and was not seen as it; -1: nobody. */
int drill_run_asked(const struct drill_run *run);
/* Where others fail over: who is seen as the primary now (-1 nobody) is to be marked as the new
 * one; *node is -1 when one was only asked to be it and the old one is it again. */
bool drill_run_news(const struct drill_run *run, int primary, int *node);

/* Microseconds from the injection; UNKNOWN_US when the phase or the injection was not reached. May
 * be negative: a write was under way at the injection. */
int64_t drill_phase_us(const struct drill_run *run, enum drill_phase phase);
/* Since the injection, up to `now` or the end; UNKNOWN_US before it. */
int64_t drill_clock_us(const struct drill_run *run, mono_us now);
extern const char *const drill_verdict_words[DRILL_VERDICTS];
const char *drill_verdict_word(enum drill_verdict verdict); /* "pass", "fail", "incomplete", "-" */
/* False when there is no verdict of that word. */
bool drill_verdict_parse(const char *word, enum drill_verdict *verdict);
const char *drill_step_state_word(enum drill_step_state state);
extern const char *const drill_step_state_keys[DRILL_STEP_STATES];
const char *drill_step_state_key(enum drill_step_state state); /* "to_do": stable, for files */
/* False when there is no state of that key. */
bool drill_step_state_parse(const char *key, enum drill_step_state *state);

/* What is demanded of a drill beyond what it expects. */
struct drill_targets {
    int64_t rto_us;   /* UNKNOWN_US: nothing */
    int64_t rpo_rows; /* -1: none; rows that may be lost */
};
/* The verdict with every reason for it, from what is in the run once it is read back. */
enum drill_verdict drill_judge(const struct drill_run *run, const struct drill_targets *targets,
                               const struct model *model, struct drill_reasons *reasons);

#endif
