/*
 * drill_left: what is to be undone, from the entries of a drill's journal, in their order. Pure.
 *
 * The same value serves the drill that is under way (what it must take back when it is interrupted)
 * and the next program (what a drill that was killed left).
 */
#ifndef CLUSTER_DRILL_LEFT_H
#define CLUSTER_DRILL_LEFT_H

#include "cluster/drill_run.h"

enum drill_entry_kind {
    DRILL_ENTRY_BEGIN,
    DRILL_ENTRY_STEP, /* before the deed is done */
    DRILL_ENTRY_STEP_DONE,
    DRILL_ENTRY_STEP_FAILED, /* it may have been done all the same */
    DRILL_ENTRY_PROMOTION_ASKED,
    DRILL_ENTRY_PROMOTION_ENDED, /* the node is out of recovery, or never will be */
    DRILL_ENTRY_UNDONE,          /* deed: the undo that was done */
    DRILL_ENTRY_END,
    DRILL_ENTRIES
};

#define DRILL_NAME_SIZE 32
#define DRILL_MARKER_SIZE 64
#define DRILL_AT_SIZE 32

/* Of the drill as a whole. */
struct drill_head {
    char drill[DRILL_NAME_SIZE];
    char run[DRILL_RUN_SIZE];
    char cluster[NODE_NAME_SIZE];
    uint64_t system_identifier;     /* 0 unknown */
    char marker[DRILL_MARKER_SIZE]; /* UUID of the lab's marker; "" none */
    char at[DRILL_AT_SIZE];         /* when it began, UTC, as clock_format_utc has it */
};

struct drill_entry {
    enum drill_entry_kind kind;
    int step;                   /* of steps; -1 none */
    enum drill_deed deed, undo; /* of steps and undos; DEED_NONE */
    char node[NODE_NAME_SIZE];  /* "" none */
    enum drill_verdict verdict; /* with END */
    struct drill_head head;     /* with BEGIN */
};

const char *drill_entry_key(enum drill_entry_kind kind); /* "step_done": stable, for files */
bool drill_entry_parse(const char *key, enum drill_entry_kind *kind);

#define DRILL_LEFT_MAX 64

struct drill_left_undo {
    char node[NODE_NAME_SIZE];
    enum drill_deed undo;
};

struct drill_left {
    bool begun, ended;
    struct drill_head head; /* when begun */
    enum drill_verdict verdict;
    bool under_way; /* its program still runs: it is not left, it is being done */
    int pid;        /* of that program; 0 unknown */
    bool in_step;   /* the last entry is the beginning of a step */
    bool cut_off;   /* its program died there: what it had begun may still come */
    bool promotion; /* it was asked for and its end was not seen */
    char promoted[NODE_NAME_SIZE];
    /* What is due, in the order in which it is to be done. A node can be there more than once: what
     * was paused, and then only perhaps killed, is resumed and then started. */
    int count;
    struct drill_left_undo undos[DRILL_LEFT_MAX];
};

void drill_left_clear(struct drill_left *left);
/* False when the entry cannot come here (before the beginning, a second beginning, after the end
 * anything but what is undone later) or there is no room for it: nothing is changed then. */
bool drill_left_apply(struct drill_left *left, const struct drill_entry *entry);
/* There is something to undo or to look after, whether it ended or not. */
bool drill_left_is_due(const struct drill_left *left);

#endif
