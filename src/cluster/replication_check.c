/*
 * replication_check: see replication_check.h.
 */
#include "cluster/replication_check.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "cluster/topology.h"

#define ROWS_MAX 512

/* ---- beginning */

static bool is_reached(const struct node *node)
{
    return node->sampled && node->fault.kind == FAULT_NONE;
}

static void add_node(struct replication_check *check, const struct model *model, int node)
{
    struct checked_node *checked = &check->nodes[check->node_count++];

    checked->node = node;
    checked->since_send_us = checked->since_ack_us = UNKNOWN_US;
    str_copy(checked->name, sizeof checked->name, model->nodes[node].name);
}

void replication_check_begin(struct replication_check *check, const struct model *model,
                             struct instant now)
{
    check->started_at = now;
    check->primary = model->primary;
    check->latency_us = UNKNOWN_US;
    check->node_count = 0;
    for (int i = 0; i < model->node_count; i++) {
        check->reached = check->reached || is_reached(&model->nodes[i]);
        if (i == model->primary)
            str_copy(check->primary_name, sizeof check->primary_name, model->nodes[i].name);
        else if (model->nodes[i].same_as < 0)
            add_node(check, model, i);
    }
    if (model->primary_count > 1)
        str_copy(check->reason, sizeof check->reason, "there is more than one primary");
    else if (model->primary < 0)
        str_copy(check->reason, sizeof check->reason, "there is no primary");
}

/* The row of pg_stat_replication that is this node's, and its sender; NULL when there is none. */
static const struct standby_row *standby_of(const struct model *model, int node, mono_us now,
                                            const struct node **sender)
{
    struct topology_row rows[ROWS_MAX];
    int count = topology_derive(model, now, rows, ROWS_MAX);

    for (int i = 0; i < count && i < ROWS_MAX; i++) {
        if (rows[i].node != node || rows[i].standby < 0)
            continue;
        *sender = rows[i].fresh ? &model->nodes[rows[i].sender] : NULL;
        return &model->nodes[rows[i].sender].sample.standbys[rows[i].standby];
    }
    return NULL;
}

static bool may_confirm(const struct replication_check *check, const struct model *model,
                        const struct standby_row *row, const struct node *sender)
{
    return sender == &model->nodes[check->primary] && standby_is_chosen(row);
}

static bool is_synchronous(const struct replication_check *check, const struct model *model,
                           int node, mono_us now)
{
    const struct node *sender = NULL;
    const struct standby_row *row = standby_of(model, node, now, &sender);

    return row != NULL && may_confirm(check, model, row, sender);
}

static bool is_checked(const struct replication_check *check, int node)
{
    for (int i = 0; i < check->node_count; i++)
        if (check->nodes[i].node == node)
            return true;
    return false;
}

/* Standbys that the primary may wait for, and nobody reads from. */
static int count_others(const struct replication_check *check, const struct model *model,
                        mono_us now)
{
    struct topology_row rows[ROWS_MAX];
    int count = topology_derive(model, now, rows, ROWS_MAX), others = 0;

    for (int i = 0; i < count && i < ROWS_MAX; i++) {
        const struct topology_row *row = &rows[i];
        if (row->standby < 0 || !row->fresh || is_checked(check, row->node))
            continue;
        const struct node *sender = &model->nodes[row->sender];
        others += may_confirm(check, model, &sender->sample.standbys[row->standby], sender);
    }
    return others;
}

void replication_check_see_sync(struct replication_check *check, const struct model *model,
                                struct instant now)
{
    int others = count_others(check, model, now.mono);

    if (check->others < others)
        check->others = others;
    for (int i = 0; i < check->node_count; i++) {
        struct checked_node *checked = &check->nodes[i];
        bool is = is_synchronous(check, model, checked->node, now.mono);
        checked->synchronous = (check->write == CHECK_WRITE_NONE || checked->synchronous) && is;
        checked->may_confirm = checked->may_confirm || is;
    }
}

/* ---- ending */

static void look_at_node(struct replication_check *check, struct checked_node *checked,
                         const struct model *model, mono_us now)
{
    const struct node *node = &model->nodes[checked->node], *sender = NULL;
    const struct standby_row *row = standby_of(model, checked->node, now, &sender);

    assert(model->nodes != NULL);
    if (row != NULL && sender != NULL && row->state != STANDBY_STATE_UNKNOWN)
        checked->streaming = row->state == STANDBY_STREAMING ? CHECK_YES : CHECK_NO;
    else if (row == NULL && !node->ambiguous && check->primary >= 0 &&
             node_is_fresh(model, &model->nodes[check->primary], now))
        checked->streaming = CHECK_NO;
    if (is_reached(node))
        checked->receiver = node->sample.receiver.present ? CHECK_YES : CHECK_NO;
}

static void say_not_streaming(const struct replication_check *check, struct checked_node *checked,
                              const struct model *model, mono_us now)
{
    const struct node *sender = NULL;
    const struct standby_row *row = standby_of(model, checked->node, now, &sender);

    if (row != NULL && sender != NULL)
        str_format(checked->reason, sizeof checked->reason, "it does not stream: %s says %s",
                   sender->name, standby_state_word(row->state));
    else
        str_format(checked->reason, sizeof checked->reason,
                   "it does not stream: %s has no row in pg_stat_replication for it",
                   check->primary_name);
}

static void say_not_readable(const struct replication_check *check, struct checked_node *checked,
                             const struct model *model)
{
    const struct node *node = &model->nodes[checked->node];
    const char *delay = node->sample.settings[SETTING_RECOVERY_MIN_APPLY_DELAY];
    char waited[16];

    format_duration(waited, sizeof waited, check->timeout_us);
    str_format(checked->reason, sizeof checked->reason, "row %" PRId64 " not readable within %s",
               check->id, waited);
    if (checked->text[0] != '\0')
        str_appendf(checked->reason, sizeof checked->reason, ": %s", checked->text);
    else if (is_reached(node) && node->sample.replay_pause >= REPLAY_PAUSE_REQUESTED)
        str_append(checked->reason, sizeof checked->reason, ": replay is paused");
    else if (is_reached(node) && delay[0] != '\0' && strcmp(delay, "0") != 0)
        str_appendf(checked->reason, sizeof checked->reason, ": recovery_min_apply_delay is %s",
                    delay);
}

static void say_not_asked(const struct replication_check *check, struct checked_node *checked,
                          const struct model *model)
{
    const struct node_fault *fault = &model->nodes[checked->node].fault;

    if (fault->kind != FAULT_NONE)
        str_format(checked->reason, sizeof checked->reason, "not reached: %s",
                   fault->text[0] != '\0' ? fault->text : node_fault_word(fault->kind));
    else if (checked->text[0] != '\0')
        str_format(checked->reason, sizeof checked->reason, "not reached: %s", checked->text);
    else if (check->write == CHECK_WRITE_WAITS)
        str_copy(checked->reason, sizeof checked->reason, "not tested: the write still waits");
    else
        str_copy(checked->reason, sizeof checked->reason, "not tested: nothing was written");
}

static void judge_node(const struct replication_check *check, struct checked_node *checked,
                       const struct model *model, mono_us now)
{
    char took[16];

    if (checked->row != CHECK_YES && model->nodes[checked->node].fault.kind != FAULT_NONE) {
        say_not_asked(check, checked, model);
        return;
    }
    if (checked->too_late) {
        format_duration(took, sizeof took, checked->since_ack_us);
        str_format(checked->reason, sizeof checked->reason,
                   "remote_apply was acknowledged, and row %" PRId64
                   " was not readable here until %s later",
                   check->id, checked->row == CHECK_YES ? took : "much");
    } else if (checked->streaming == CHECK_NO) {
        say_not_streaming(check, checked, model, now);
    } else if (checked->receiver == CHECK_NO) {
        str_copy(checked->reason, sizeof checked->reason,
                 "it has no row in pg_stat_wal_receiver: it receives nothing");
    } else if (checked->row == CHECK_NO) {
        say_not_readable(check, checked, model);
    } else if (checked->row == CHECK_UNKNOWN) {
        say_not_asked(check, checked, model);
    }
}

/*
 * remote_apply promises that those that were waited for show the row: as many as the rule asks for.
 * With ANY it is not known which: whoever may have confirmed and is not known to have missed it is
 * one of them, read from or not, and none is blamed as long as those are enough.
 */
static void find_too_late(struct replication_check *check, const struct model *model)
{
    bool any = model->rule.method == SYNC_ANY;
    int kept = any ? check->others : 0;

    if (!replication_check_is_in_doubt(check) || !model->rule_known)
        return;
    for (int i = 0; i < check->node_count; i++) {
        const struct checked_node *checked = &check->nodes[i];
        kept += any ? checked->may_confirm && !checked->missed
                    : checked->synchronous && checked->at_once;
    }
    for (int i = 0; i < check->node_count; i++) {
        struct checked_node *checked = &check->nodes[i];
        if (checked->synchronous && checked->missed)
            checked->too_late = kept < model->rule.needed;
    }
}

bool replication_check_is_in_doubt(const struct replication_check *check)
{
    if (check->level != COMMIT_LEVEL_REMOTE_APPLY || check->write != CHECK_WRITE_ANSWERED ||
        check->outcome != COMMIT_ACKNOWLEDGED)
        return false;
    for (int i = 0; i < check->node_count; i++)
        if (check->nodes[i].synchronous && check->nodes[i].missed)
            return true;
    return false;
}

static void judge_write(struct replication_check *check)
{
    char waited[16];

    if (check->write == CHECK_WRITE_WAITS) {
        format_duration(waited, sizeof waited, check->timeout_us);
        str_format(check->reason, sizeof check->reason,
                   "not acknowledged within %s: it waits for standbys, and goes on waiting",
                   waited);
    } else if (check->node_count == 0 && check->reason[0] == '\0') {
        str_copy(check->reason, sizeof check->reason, "the description has no other node");
    }
}

void replication_check_end(struct replication_check *check, const struct model *model,
                           struct instant now)
{
    judge_write(check);
    find_too_late(check, model);
    check->passed = check->reason[0] == '\0' && replication_check_is_acknowledged(check);
    for (int i = 0; i < check->node_count; i++) {
        look_at_node(check, &check->nodes[i], model, now.mono);
        judge_node(check, &check->nodes[i], model, now.mono);
        check->passed = check->passed && check->nodes[i].reason[0] == '\0';
    }
    check->ended = true;
}

/* ---- in words */

bool replication_check_is_acknowledged(const struct replication_check *check)
{
    return check->write == CHECK_WRITE_ANSWERED &&
           (check->outcome == COMMIT_ACKNOWLEDGED || check->asynchronous);
}

bool replication_check_is_alarming(const struct replication_check *check)
{
    for (int i = 0; i < check->node_count; i++)
        if (check->nodes[i].too_late)
            return true;
    return check->write == CHECK_WRITE_WAITS ||
           (check->write == CHECK_WRITE_ANSWERED && check->outcome == COMMIT_LOCAL &&
            !check->asynchronous);
}

static void write_sentence(const struct replication_check *check, char *out, size_t size)
{
    char took[16];

    format_duration(took, sizeof took, check->latency_us);
    if (check->write != CHECK_WRITE_ANSWERED)
        str_format(out, size, "write %s: %s",
                   check->write == CHECK_WRITE_NONE ? "not possible" : "BLOCKED", check->reason);
    else if (check->outcome == COMMIT_FAILED)
        str_format(out, size, "write failed: %s", check->reason);
    else if (check->outcome == COMMIT_UNKNOWN)
        str_format(out, size, "what became of the write is not known: %s", check->reason);
    else if (check->asynchronous)
        str_format(out, size, "write %" PRId64 " committed in %s, no standby is asked to confirm",
                   check->id, took);
    else if (check->outcome == COMMIT_LOCAL)
        str_format(out, size, "write %" PRId64 " committed on %s ONLY: %s", check->id,
                   check->primary_name, check->reason);
    else
        str_format(out, size, "write %" PRId64 " acknowledged in %s", check->id, took);
}

/* " (since acknowledged: 0.6 ms, 1.1 ms)", in the order of the nodes that had it. */
static void append_since_ack(const struct replication_check *check, char *out, size_t size)
{
    int told = 0;
    char took[16];

    for (int i = 0; i < check->node_count; i++) {
        if (check->nodes[i].row != CHECK_YES)
            continue;
        format_duration(took, sizeof took, check->nodes[i].since_ack_us);
        str_appendf(out, size, "%s%s", told++ > 0 ? ", " : " (since acknowledged: ", took);
    }
    str_append(out, size, told > 0 ? ")" : "");
}

static void append_rows(const struct replication_check *check, enum check_answer answer, char *out,
                        size_t size)
{
    int told = 0;
    char took[16];

    for (int i = 0; i < check->node_count; i++) {
        const struct checked_node *checked = &check->nodes[i];
        if (checked->row != answer)
            continue;
        str_append(out, size, told++ > 0 ? ", " : answer == CHECK_YES ? "; readable " : "; NOT ");
        str_appendf(out, size, "on %s", checked->name);
        format_duration(took, sizeof took, checked->since_send_us);
        if (answer == CHECK_YES)
            str_appendf(out, size, " after %s", took);
    }
    if (told == 0 || answer == CHECK_YES)
        return;
    format_duration(took, sizeof took, check->timeout_us);
    if (answer == CHECK_NO)
        str_appendf(out, size, " within %s", took);
    else
        str_append(out, size, ", not reached");
}

static void append_too_late(const struct replication_check *check, char *out, size_t size)
{
    for (int i = 0; i < check->node_count; i++)
        if (check->nodes[i].too_late)
            str_appendf(out, size, "; BROKEN PROMISE: %s: %s", check->nodes[i].name,
                        check->nodes[i].reason);
}

void replication_check_sentence(const struct replication_check *check, char *out, size_t size)
{
    write_sentence(check, out, size);
    if (check->write != CHECK_WRITE_ANSWERED || check->outcome >= COMMIT_UNKNOWN)
        return;
    append_too_late(check, out, size);
    append_rows(check, CHECK_YES, out, size);
    append_since_ack(check, out, size);
    append_rows(check, CHECK_NO, out, size);
    append_rows(check, CHECK_UNKNOWN, out, size);
}

void replication_check_verdict(const struct replication_check *check, char *out, size_t size)
{
    char sentence[512];

    replication_check_sentence(check, sentence, sizeof sentence);
    if (check->passed) {
        str_format(out, size, "replication test passed: %s", sentence);
        return;
    }
    str_copy(out, size, "replication test FAILED");
    if (!replication_check_is_acknowledged(check) || check->node_count == 0)
        str_appendf(out, size, ": %s", check->node_count == 0 ? check->reason : sentence);
    else
        for (int i = 0; i < check->node_count; i++)
            if (check->nodes[i].reason[0] != '\0')
                str_appendf(out, size, ": %s: %s", check->nodes[i].name, check->nodes[i].reason);
}
