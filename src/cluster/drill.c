/*
 * drill: the table.
 *
 * Every drill begins with a load and a baseline, so that there is a before; and ends, whatever came
 * in between, with the cluster whole again, the load stopped and every write read back.
 */
#include "cluster/drill.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What all drills begin and end with. */
#define BEGIN                                                                                      \
    {DEED_START_LOAD, TARGET_NONE, UNTIL_COMMITS_FLOW, 20, false, false},                          \
    {                                                                                              \
        DEED_BASELINE, TARGET_NONE, UNTIL_TIME, 0, false, false                                    \
    }
#define END                                                                                        \
    {DEED_AWAIT, TARGET_NONE, UNTIL_HEALTHY, 120, false, false},                                   \
        {DEED_HOLD, TARGET_NONE, UNTIL_TIME, 0, false, false},                                     \
        {DEED_STOP_LOAD, TARGET_NONE, UNTIL_DONE, 20, false, false},                               \
    {                                                                                              \
        DEED_READ_BACK, TARGET_NONE, UNTIL_DONE, 120, false, false                                 \
    }
/* A standby is taken away: commits go on without it, it comes back. The deadline is for the
 * sender's own timeout to pass as well. */
#define TAKE_AWAY(deed, undo)                                                                      \
    {deed, TARGET_SYNC_STANDBY, UNTIL_NOTICED, 30, true, false},                                   \
        {DEED_AWAIT, TARGET_NONE, UNTIL_COMMITS_FLOW, 120, false, false},                          \
        {DEED_HOLD, TARGET_NONE, UNTIL_TIME, 0, false, false},                                     \
    {                                                                                              \
        undo, TARGET_SYNC_STANDBY, UNTIL_DONE, 120, false, false                                   \
    }
/* The primary is away: a standby becomes it, the old one joins. */
#define FAIL_OVER                                                                                  \
    {DEED_FENCE, TARGET_PRIMARY, UNTIL_DONE, 60, false, false},                                    \
        {DEED_PROMOTE, TARGET_CANDIDATE, UNTIL_NEW_PRIMARY, 60, false, true},                      \
        {DEED_AWAIT, TARGET_NONE, UNTIL_WRITES_ARRIVE, 60, false, false},                          \
        {DEED_AWAIT, TARGET_NONE, UNTIL_OTHERS_STREAM, 90, false, false},                          \
        {DEED_HOLD, TARGET_NONE, UNTIL_TIME, 0, false, false},                                     \
        {DEED_READ_WAL_END, TARGET_PRIMARY, UNTIL_DONE, 60, false, false},                         \
    {                                                                                              \
        DEED_UP, TARGET_PRIMARY, UNTIL_DONE, 180, false, true                                      \
    }

static const struct drill drills[DRILLS] = {
    [DRILL_STANDBY_KILL] =
        {.name = "standby-kill",
         .does = "SIGKILL the standby that commits wait for",
         .shows = "the next standby takes over; how long nobody could commit meanwhile",
         .expects = "commits go on without it, and nothing is lost",
         .standbys = 2,
         .steps = {BEGIN, TAKE_AWAY(DEED_KILL, DEED_UP), END}},
    [DRILL_STANDBY_FREEZE] =
        {.name = "standby-freeze",
         .does = "pause the standby that commits wait for, with its connections open",
         .shows = "commits wait until the primary drops it after wal_sender_timeout",
         .expects = "commits go on once it is dropped, and nothing is lost",
         .standbys = 2,
         .steps = {BEGIN, TAKE_AWAY(DEED_PAUSE, DEED_RESUME), END}},
    [DRILL_ALL_STANDBYS_DOWN] =
        {.name = "all-standbys-down",
         .does = "stop every standby",
         .shows = "commits wait, however long it takes; one standby that is back releases them",
         .expects = "nothing is acknowledged while no standby is there, and nothing is lost",
         .standbys = 1,
         .steps = {BEGIN,
                   {DEED_STOP, TARGET_EACH_STANDBY, UNTIL_NOTICED, 60, true, false},
                   {DEED_AWAIT, TARGET_NONE, UNTIL_COMMITS_BLOCKED, 30, false, false},
                   {DEED_HOLD, TARGET_NONE, UNTIL_TIME, 0, false, false},
                   {DEED_UP, TARGET_FIRST_STANDBY, UNTIL_COMMITS_FLOW, 120, false, false},
                   {DEED_UP, TARGET_EACH_STANDBY, UNTIL_DONE, 120, false, false},
                   END}},
    [DRILL_REPLAY_PAUSE] =
        {.name = "replay-pause",
         .does = "pg_wal_replay_pause() on the standby that commits wait for",
         .shows = "rows are safe there and not visible; only commits at remote_apply wait",
         .expects = "commits at on go on as before, and nothing is lost",
         .standbys = 1,
         .steps =
             {BEGIN,
              {DEED_PAUSE_REPLAY, TARGET_SYNC_STANDBY, UNTIL_NOTICED, 30, true, false},
              {DEED_HOLD, TARGET_NONE, UNTIL_TIME, 0, false, false},
              {DEED_RESUME_REPLAY, TARGET_SYNC_STANDBY, UNTIL_DONE, 30, false, false},
              END}},
    [DRILL_NETWORK_CUT] =
        {.name = "network-cut",
         .does = "detach the standby that commits wait for from its network",
         .shows = "a freeze as the network shows it: nobody is told, commits wait until a timeout",
         .expects = "commits go on once it is dropped, and nothing is lost",
         .needs_compose = true,
         .not_local =
             "the servers of a local stack share the loopback, which cannot be cut for one "
             "of them without privileges; standby-freeze looks the same to the primary",
         .standbys = 2,
         .steps = {BEGIN, TAKE_AWAY(DEED_CUT, DEED_JOIN), END}},
    [DRILL_SWITCHOVER] =
        {.name = "switchover",
         .does = "stop the primary cleanly, promote the best standby, let the old primary join",
         .shows = "what a planned change costs: how long nobody could commit",
         .expects = "nothing is lost",
         .fails_over = true,
         .standbys = 2,
         .steps =
             {BEGIN, {DEED_STOP, TARGET_PRIMARY, UNTIL_NOTICED, 60, true, false}, FAIL_OVER, END}},
    [DRILL_PRIMARY_KILL] =
        {.name = "primary-kill",
         .does = "SIGKILL the primary, promote the best standby, let the old primary join",
         .shows = "what a failover costs: how long nobody could commit, and which rows are lost",
         .expects = "what was acknowledged synchronously is there",
         .fails_over = true,
         .standbys = 2,
         .steps =
             {BEGIN, {DEED_KILL, TARGET_PRIMARY, UNTIL_NOTICED, 30, true, false}, FAIL_OVER, END}},
    [DRILL_PRIMARY_FREEZE] =
        {.name = "primary-freeze",
         .does = "pause the primary, fence it, promote the best standby, let the old primary join",
         .shows = "why fencing comes first: a primary that only stood still would go on",
         .expects = "what was acknowledged synchronously is there, and never two primaries",
         .fails_over = true,
         .standbys = 2,
         .steps =
             {BEGIN, {DEED_PAUSE, TARGET_PRIMARY, UNTIL_NOTICED, 30, true, false}, FAIL_OVER, END}},
    [DRILL_OBSERVE] = {.name = "observe",
                       .does = "nothing: people, or Patroni, do the failover",
                       .shows = "how long nobody could commit, and which rows are lost",
                       .expects = "what was acknowledged synchronously is there",
                       .steps = {BEGIN,
                                 {DEED_OBSERVE, TARGET_NONE, UNTIL_TIME, 0, false, false},
                                 {DEED_STOP_LOAD, TARGET_NONE, UNTIL_DONE, 20, false, false},
                                 {DEED_READ_BACK, TARGET_NONE, UNTIL_DONE, 120, false, false}}},
};

const struct drill *drill_at(enum drill_id id)
{
    return &drills[id];
}

bool drill_parse(const char *name, enum drill_id *id)
{
    for (int i = 0; i < DRILLS; i++)
        if (strcmp(drills[i].name, name) == 0) {
            *id = (enum drill_id)i;
            return true;
        }
    return false;
}

/* ---- deeds */

static const struct deed {
    const char *word;
    enum drill_deed undo;
    bool destructive;
} deeds[DEEDS] = {
    [DEED_NONE] = {"nothing", DEED_NONE, false},
    [DEED_START_LOAD] = {"start test writes", DEED_NONE, false},
    [DEED_BASELINE] = {"baseline", DEED_NONE, false},
    [DEED_KILL] = {"kill", DEED_UP, true},
    [DEED_PAUSE] = {"pause", DEED_RESUME, true},
    [DEED_STOP] = {"stop", DEED_UP, true},
    [DEED_CUT] = {"cut off", DEED_JOIN, true},
    [DEED_PAUSE_REPLAY] = {"pause replay", DEED_RESUME_REPLAY, true},
    [DEED_UP] = {"start", DEED_NONE, false},
    [DEED_RESUME] = {"resume", DEED_NONE, false},
    [DEED_JOIN] = {"reconnect", DEED_NONE, false},
    [DEED_RESUME_REPLAY] = {"resume replay", DEED_NONE, false},
    [DEED_FENCE] = {"fence", DEED_UP, true},
    [DEED_PROMOTE] = {"promote", DEED_NONE, true},
    [DEED_HOLD] = {"hold", DEED_NONE, false},
    [DEED_OBSERVE] = {"observe", DEED_NONE, false},
    [DEED_AWAIT] = {"wait", DEED_NONE, false},
    [DEED_READ_WAL_END] = {"read the end of WAL", DEED_NONE, false},
    [DEED_STOP_LOAD] = {"stop test writes", DEED_NONE, false},
    [DEED_READ_BACK] = {"read every write back", DEED_NONE, false},
};

const char *const drill_deed_keys[DEEDS] = {
    [DEED_NONE] = "none",
    [DEED_START_LOAD] = "start_load",
    [DEED_BASELINE] = "baseline",
    [DEED_KILL] = "kill",
    [DEED_PAUSE] = "pause",
    [DEED_STOP] = "stop",
    [DEED_CUT] = "cut",
    [DEED_PAUSE_REPLAY] = "pause_replay",
    [DEED_UP] = "up",
    [DEED_RESUME] = "resume",
    [DEED_JOIN] = "join",
    [DEED_RESUME_REPLAY] = "resume_replay",
    [DEED_FENCE] = "fence",
    [DEED_PROMOTE] = "promote",
    [DEED_HOLD] = "hold",
    [DEED_OBSERVE] = "observe",
    [DEED_AWAIT] = "await",
    [DEED_READ_WAL_END] = "read_wal_end",
    [DEED_STOP_LOAD] = "stop_load",
    [DEED_READ_BACK] = "read_back",
};

const char *drill_deed_word(enum drill_deed deed)
{
    return deeds[deed].word;
}

const char *drill_deed_key(enum drill_deed deed)
{
    return drill_deed_keys[deed];
}

bool drill_deed_parse(const char *key, enum drill_deed *deed)
{
    for (int i = 0; i < DEEDS; i++)
        if (strcmp(drill_deed_keys[i], key) == 0) {
            *deed = (enum drill_deed)i;
            return true;
        }
    return false;
}

enum drill_deed drill_undo_of(enum drill_deed deed)
{
    return deeds[deed].undo;
}

bool drill_deed_is_destructive(enum drill_deed deed)
{
    return deeds[deed].destructive;
}

/* ---- phases */

static const struct phase {
    const char *words;
    bool only_failover;
} phases[DRILL_PHASES] = {
    [PHASE_INJECTED] = {"injected", false},
    [PHASE_FIRST_LATE_COMMIT] = {"first late or failed commit", false},
    [PHASE_LAST_ACK_BEFORE] = {"last acknowledgement before", false},
    [PHASE_NOTICED] = {"noticed here", false},
    [PHASE_PROMOTION_ASKED] = {"promotion asked for", true},
    [PHASE_OUT_OF_RECOVERY] = {"out of recovery", true},
    [PHASE_FIRST_ACK_AFTER] = {"first acknowledgement after", false},
    [PHASE_OTHERS_STREAMING] = {"the others stream again", true},
    [PHASE_RULE_SATISFIED] = {"synchronous rule satisfied again", false},
    [PHASE_OLD_PRIMARY_BACK] = {"old primary back as a standby", true},
    [PHASE_HEALTHY] = {"healthy again", false},
};

const char *const drill_phase_keys[DRILL_PHASES] = {
    [PHASE_INJECTED] = "injected",
    [PHASE_FIRST_LATE_COMMIT] = "first_late_commit",
    [PHASE_LAST_ACK_BEFORE] = "last_ack_before",
    [PHASE_NOTICED] = "noticed",
    [PHASE_PROMOTION_ASKED] = "promotion_asked",
    [PHASE_OUT_OF_RECOVERY] = "out_of_recovery",
    [PHASE_FIRST_ACK_AFTER] = "first_ack_after",
    [PHASE_OTHERS_STREAMING] = "others_streaming",
    [PHASE_RULE_SATISFIED] = "rule_satisfied",
    [PHASE_OLD_PRIMARY_BACK] = "old_primary_back",
    [PHASE_HEALTHY] = "healthy",
};

const char *drill_phase_key(enum drill_phase phase)
{
    return drill_phase_keys[phase];
}

const char *drill_phase_words(enum drill_phase phase)
{
    return phases[phase].words;
}

bool drill_phase_parse(const char *key, enum drill_phase *phase)
{
    for (int i = 0; i < DRILL_PHASES; i++)
        if (strcmp(drill_phase_keys[i], key) == 0) {
            *phase = (enum drill_phase)i;
            return true;
        }
    return false;
}

bool drill_has_phase(enum drill_id id, enum drill_phase phase)
{
    return id == DRILL_OBSERVE || drills[id].fails_over || !phases[phase].only_failover;
}

void drill_reason(struct drill_reasons *reasons, const char *format, ...)
{
    va_list args;

    if (reasons->count == DRILL_REASONS_MAX)
        return;
    va_start(args, format);
    vsnprintf(reasons->texts[reasons->count++], DRILL_TEXT_SIZE, format, args);
    va_end(args);
}
