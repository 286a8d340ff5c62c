/*
 * drill_left: see drill_left.h.
 *
 * A deed whose beginning is known counts as done: its undo is due. Only a deed that is known to be
 * done takes another undo away: a server that was fenced needs no resume any more, and what started
 * again replays.
 */
#include "cluster/drill_left.h"

#include <string.h>

#include "base/str.h"

static const char *const entry_keys[DRILL_ENTRIES] = {
    [DRILL_ENTRY_BEGIN] = "begin",
    [DRILL_ENTRY_STEP] = "step",
    [DRILL_ENTRY_STEP_DONE] = "step_done",
    [DRILL_ENTRY_STEP_FAILED] = "step_failed",
    [DRILL_ENTRY_PROMOTION_ASKED] = "promotion_asked",
    [DRILL_ENTRY_PROMOTION_ENDED] = "promotion_ended",
    [DRILL_ENTRY_UNDONE] = "undone",
    [DRILL_ENTRY_END] = "end",
};

const char *drill_entry_key(enum drill_entry_kind kind)
{
    return entry_keys[kind];
}

bool drill_entry_parse(const char *key, enum drill_entry_kind *kind)
{
    for (int i = 0; i < DRILL_ENTRIES; i++)
        if (strcmp(entry_keys[i], key) == 0) {
            *kind = (enum drill_entry_kind)i;
            return true;
        }
    return false;
}

void drill_left_clear(struct drill_left *left)
{
    memset(left, 0, sizeof *left);
}

bool drill_left_is_due(const struct drill_left *left)
{
    return left->count > 0 || left->promotion;
}

static int find(const struct drill_left *left, const char *node, enum drill_deed undo)
{
    for (int i = 0; i < left->count; i++)
        if (left->undos[i].undo == undo && strcmp(left->undos[i].node, node) == 0)
            return i;
    return -1;
}

static void take_away(struct drill_left *left, const char *node, enum drill_deed undo)
{
    int found = find(left, node, undo);

    if (found < 0)
        return;
    left->count--;
    memmove(&left->undos[found], &left->undos[found + 1],
            (size_t)(left->count - found) * sizeof left->undos[0]);
}

static bool add(struct drill_left *left, const char *node, enum drill_deed undo)
{
    if (undo == DEED_NONE || find(left, node, undo) >= 0)
        return true;
    if (left->count == DRILL_LEFT_MAX)
        return false;
    str_copy(left->undos[left->count].node, NODE_NAME_SIZE, node);
    left->undos[left->count++].undo = undo;
    return true;
}

/* What a deed that is done makes needless. */
static void settle(struct drill_left *left, const char *node, enum drill_deed deed)
{
    if (drill_undo_of(deed) == DEED_UP) { /* the server is down: nothing of it stands still */
        take_away(left, node, DEED_RESUME);
        take_away(left, node, DEED_RESUME_REPLAY);
    }
    take_away(left, node, deed);
}

static bool begin(struct drill_left *left, const struct drill_entry *entry)
{
    if (left->begun)
        return false;
    left->begun = true;
    left->head = entry->head;
    return true;
}

/* What was not undone when the drill ended is undone later. */
static bool may_follow_the_end(enum drill_entry_kind kind)
{
    return kind == DRILL_ENTRY_UNDONE || kind == DRILL_ENTRY_PROMOTION_ENDED ||
           kind == DRILL_ENTRY_END;
}

bool drill_left_apply(struct drill_left *left, const struct drill_entry *entry)
{
    if (entry->kind == DRILL_ENTRY_BEGIN)
        return begin(left, entry);
    if (!left->begun || (left->ended && !may_follow_the_end(entry->kind)))
        return false;
    left->in_step = entry->kind == DRILL_ENTRY_STEP;
    switch (entry->kind) {
    case DRILL_ENTRY_STEP:
        return add(left, entry->node, entry->undo);
    case DRILL_ENTRY_STEP_DONE:
    case DRILL_ENTRY_UNDONE:
        settle(left, entry->node, entry->deed);
        break;
    case DRILL_ENTRY_PROMOTION_ASKED:
        left->promotion = true;
        str_copy(left->promoted, sizeof left->promoted, entry->node);
        break;
    case DRILL_ENTRY_PROMOTION_ENDED:
        left->promotion = false;
        break;
    case DRILL_ENTRY_END:
        left->ended = true;
        left->verdict = entry->verdict;
        break;
    case DRILL_ENTRY_BEGIN:
    case DRILL_ENTRY_STEP_FAILED:
    case DRILL_ENTRIES:
        break;
    }
    return true;
}
