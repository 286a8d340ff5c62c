/*
 * drill_view: what the drill screens show beyond the run itself (cluster/drill_run.h), as plain
 * values; the program fills it in, the view paints it.
 */
#ifndef UI_DRILL_VIEW_H
#define UI_DRILL_VIEW_H

#include "cluster/drill_run.h"

#define DRILL_COMMAND_SIZE 512

/* The drill that the person looks at before it begins. */
struct drill_preview {
    bool shown; /* there is one */
    bool ready; /* the servers were asked: plan and reasons are complete */
    bool manual;
    enum drill_id id;
    struct drill_plan plan;
    struct drill_reasons reasons; /* against it; none: it can begin */
    char commands[DRILL_STEPS_MAX]
                 [DRILL_COMMAND_SIZE]; /* exactly what each step runs; "" nothing */
    int rate, clients;                 /* of the test writes */
    enum commit_level level;
    char confirm[NODE_NAME_SIZE];  /* what must be typed: the target's name, or the cluster's */
    char refused[DRILL_TEXT_SIZE]; /* why it could not begin after all; "" */
};

struct drill_view {
    bool offered[DRILLS];
    char why_not[DRILLS][DRILL_TEXT_SIZE]; /* "" where it is offered */
    struct drill_preview preview;
    const struct drill_run *run;   /* under way or the last; NULL: none yet */
    char journal[DRILL_TEXT_SIZE]; /* an earlier drill left something: what, and how to mend it; ""
                                    */
    /* --manual and observe: what P and J would do with the selected node; "" not now, with why_not
     */
    char promote_command[DRILL_COMMAND_SIZE], rejoin_command[DRILL_COMMAND_SIZE];
    char promote_not[DRILL_TEXT_SIZE], rejoin_not[DRILL_TEXT_SIZE];
};

#endif
