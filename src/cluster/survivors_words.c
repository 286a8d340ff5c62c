/*
 * survivors_words: what survivors.c found out, in words. The one place for them.
 */
#include <string.h>

#include "base/str.h"
#include "cluster/fault_phrase.h"
#include "cluster/survivors.h"

static const char *const flag_words[SURVIVOR_FLAGS] = {
    [SURVIVOR_NOT_REACHABLE] = "not_reachable",
    [SURVIVOR_OLD_FIGURES] = "old_figures",
    [SURVIVOR_IS_PRIMARY] = "is_primary",
    [SURVIVOR_SAME_SERVER] = "same_server",
    [SURVIVOR_FOREIGN] = "foreign",
    [SURVIVOR_DIVERGED] = "diverged",
    [SURVIVOR_OLDER_TIMELINE] = "older_timeline",
    [SURVIVOR_SETTINGS_PAUSED] = "settings_paused",
    [SURVIVOR_SETTINGS_LOWER] = "settings_lower",
    [SURVIVOR_NO_WAL] = "no_wal",
    [SURVIVOR_LAGS] = "lags",
    [SURVIVOR_TIMELINE_UNSURE] = "timeline_unsure",
    [SURVIVOR_ASYNC] = "async",
    [SURVIVOR_NOT_CONNECTED] = "not_connected",
    [SURVIVOR_FROM_ARCHIVE] = "from_archive",
    [SURVIVOR_LSN_UNSURE] = "lsn_unsure",
    [SURVIVOR_APPLY_DELAY] = "apply_delay",
    [SURVIVOR_REPLAY_PAUSED] = "replay_paused",
    [SURVIVOR_MUCH_TO_REPLAY] = "much_to_replay",
};

const char *survivor_flag_word(enum survivor_flag flag)
{
    return flag_words[flag];
}

const char *survivor_data_word(enum survivor_data data)
{
    static const char *const words[] = {[SURVIVOR_DATA_UNKNOWN] = "unknown",
                                        [SURVIVOR_DATA_COMPLETE] = "complete",
                                        [SURVIVOR_DATA_ACKNOWLEDGED] = "acknowledged",
                                        [SURVIVOR_DATA_LAST_LOOK] = "last_look",
                                        [SURVIVOR_DATA_MISSING] = "missing"};
    return words[data];
}

const char *survivors_advice_word(enum survivors_advice advice)
{
    static const char *const words[] = {[SURVIVORS_PRIMARY_THERE] = "primary_there",
                                        [SURVIVORS_PROMOTE] = "promote",
                                        [SURVIVORS_WAIT] = "wait",
                                        [SURVIVORS_NOBODY] = "nobody",
                                        [SURVIVORS_STILL_RECEIVES] = "still_receives",
                                        [SURVIVORS_SPLIT_BRAIN] = "split_brain"};
    return words[advice];
}

static const char *name_of(const struct model *model, const struct survivors *survivors, int index)
{
    return model->nodes[survivors->items[index].node].name;
}

static const char *primary_name(const struct model *model, const struct survivors *survivors)
{
    return survivors->primary >= 0 ? model->nodes[survivors->primary].name : "the primary";
}

static void add(char *out, size_t size, const char *between, const char *text)
{
    if (text[0] == '\0')
        return;
    if (out[0] != '\0')
        str_append(out, size, between);
    str_append(out, size, text);
}

/* ---- one flag */

static void setting_text(const struct model *model, const struct survivors *survivors,
                         const struct node *node, char *out, size_t size)
{
    const struct node *primary = &model->nodes[survivors->primary];
    enum setting_id id = standby_lower_setting(primary, node, 0);

    str_format(out, size, "%s = %s, %s has %s", setting_names[id], node->sample.settings[id],
               primary->name, primary->sample.settings[id]);
}

static void age_text(const struct survivor *s, char *out, size_t size)
{
    char lsn[LSN_TEXT_SIZE], age[16];

    if (s->lsn == LSN_UNKNOWN)
        return;
    lsn_format(s->lsn, lsn);
    format_duration(age, sizeof age, s->age_us);
    str_format(out, size, "it had %s, %s ago", lsn, age);
}

/* What the flag means for this node; its fault, setting or figure with it. */
static void flag_text(const struct model *model, const struct survivors *survivors, int index,
                      enum survivor_flag flag, char *out, size_t size)
{
    const struct survivor *s = &survivors->items[index];
    const struct node *node = &model->nodes[s->node];
    char text[160] = "";

    out[0] = '\0';
    switch (flag) {
    case SURVIVOR_NOT_REACHABLE:
        str_format(out, size, "not reachable: %s",
                   node->asked ? node_fault_word(node->fault.kind) : "no answer yet");
        age_text(s, text, sizeof text);
        add(out, size, "; ", text);
        break;
    case SURVIVOR_OLD_FIGURES:
        age_text(s, text, sizeof text);
        str_copy(out, size, "its figures are old");
        add(out, size, ": ", text);
        break;
    case SURVIVOR_IS_PRIMARY:
        str_format(out, size, "is a primary itself, on timeline %d", s->timeline);
        break;
    case SURVIVOR_SAME_SERVER:
        str_format(out, size, "is the same server as %s", model->nodes[node->same_as].name);
        break;
    case SURVIVOR_FOREIGN:
        str_copy(out, size, "another system identifier: it is of another cluster");
        break;
    case SURVIVOR_DIVERGED:
        str_format(out, size, "diverged: %s", node->diverged_why);
        break;
    case SURVIVOR_OLDER_TIMELINE:
        str_format(out, size, "on the older timeline %d%s", s->timeline,
                   s->timeline_received ? "" : ", as its control file says");
        break;
    case SURVIVOR_SETTINGS_PAUSED:
        setting_text(model, survivors, node, text, sizeof text);
        str_format(out, size, "a promotion would shut it down: replay is paused for %s", text);
        break;
    case SURVIVOR_SETTINGS_LOWER:
        setting_text(model, survivors, node, text, sizeof text);
        str_format(out, size, "a promotion may shut it down: %s", text);
        break;
    case SURVIVOR_NO_WAL:
        str_copy(out, size, "has received and replayed no WAL");
        break;
    case SURVIVOR_ASYNC:
        str_copy(out, size, "asynchronous: no commit waited for it");
        break;
    case SURVIVOR_NOT_CONNECTED:
        str_format(out, size, "was not connected to %s at the last look",
                   primary_name(model, survivors));
        break;
    case SURVIVOR_FROM_ARCHIVE:
        str_copy(out, size, "in archive recovery: it has what the archive has");
        break;
    case SURVIVOR_LSN_UNSURE:
        if (!survivor_has(s, SURVIVOR_FROM_ARCHIVE))
            str_copy(out, size, "it may have more: it has not replayed all its WAL yet");
        break;
    case SURVIVOR_TIMELINE_UNSURE:
        str_format(out, size, "its control file says timeline %d, %s was on %d", s->timeline,
                   primary_name(model, survivors), model->nodes[survivors->primary].last_timeline);
        break;
    case SURVIVOR_APPLY_DELAY:
        str_format(out, size, "recovery_min_apply_delay = %s: a promotion applies the rest at once",
                   node->sample.settings[SETTING_RECOVERY_MIN_APPLY_DELAY]);
        break;
    case SURVIVOR_REPLAY_PAUSED:
        str_copy(out, size,
                 node->sample.server_version < 130000
                     ? "replay is paused: a promotion waits until it is resumed"
                     : "replay is paused: a promotion applies the rest");
        break;
    case SURVIVOR_MUCH_TO_REPLAY:
        format_bytes(text, sizeof text, (int64_t)(s->lsn - s->replay_lsn));
        str_format(out, size, "%s to replay first", text);
        break;
    case SURVIVOR_LAGS:
    case SURVIVOR_FLAGS:
        break;
    }
}

static void add_flags(const struct model *model, const struct survivors *survivors, int index,
                      int from, int to, char *out, size_t size)
{
    char text[SURVIVOR_SENTENCE_SIZE];

    for (int flag = from; flag < to; flag++)
        if (survivor_has(&survivors->items[index], (enum survivor_flag)flag)) {
            flag_text(model, survivors, index, (enum survivor_flag)flag, text, sizeof text);
            add(out, size, "; ", text);
        }
}

/* ---- one node */

static void rank_text(const struct model *model, const struct survivors *survivors, int index,
                      char *out, size_t size)
{
    const struct survivor *s = &survivors->items[index], *best = &survivors->items[survivors->best];
    char text[24];

    if (index == survivors->best) {
        lsn_format(s->lsn, text);
        str_format(out, size, "most WAL (%s)", text);
    } else if (s->lsn < best->lsn) {
        format_bytes(text, sizeof text, (int64_t)(best->lsn - s->lsn));
        str_format(out, size, "lacks %s of what %s has", text,
                   name_of(model, survivors, survivors->best));
    } else {
        str_format(out, size, "as much WAL as %s", name_of(model, survivors, survivors->best));
    }
}

static void short_rank(const struct survivors *survivors, int index, char *out, size_t size)
{
    const struct survivor *s = &survivors->items[index], *best = &survivors->items[survivors->best];
    char text[24];

    format_bytes(text, sizeof text, (int64_t)(best->lsn - s->lsn));
    if (s->lsn < best->lsn)
        str_format(out, size, "%s less", text);
    else
        str_copy(out, size, index == survivors->best ? "most WAL" : "as much WAL");
}

static const char *sync_text(const struct survivor *s)
{
    if (s->sync_state == SYNC_STATE_SYNC && s->confirms_commits)
        return "synchronous";
    if (s->sync_state == SYNC_STATE_QUORUM && s->confirms_commits)
        return "in the quorum";
    if (s->sync_state == SYNC_STATE_POTENTIAL)
        return "potential";
    return "";
}

/* Only one that nobody listens for is surely down, unless somebody hears from it. */
static const char *so_far(const struct model *model, const struct survivors *survivors)
{
    bool down = survivors->primary >= 0 && !survivors->receives_from_lost &&
                model->nodes[survivors->primary].fault.kind == FAULT_REFUSED;

    return down ? "" : " so far";
}

static void data_text(const struct model *model, const struct survivors *survivors, int index,
                      char *out, size_t size)
{
    const struct survivor *s = &survivors->items[index];
    char bytes[16];

    out[0] = '\0';
    format_bytes(bytes, sizeof bytes, s->lacks_bytes);
    switch (s->data) {
    case SURVIVOR_DATA_COMPLETE:
        str_format(out, size, "nothing acknowledged%s is missing", so_far(model, survivors));
        break;
    case SURVIVOR_DATA_ACKNOWLEDGED:
        str_copy(out, size, "has all that our writes were acknowledged for");
        break;
    case SURVIVOR_DATA_MISSING:
        str_format(out, size, "%s that was ACKNOWLEDGED is missing", bytes);
        break;
    case SURVIVOR_DATA_LAST_LOOK:
        if (survivors->lost)
            str_format(out, size, "has all that %s had when last seen",
                       primary_name(model, survivors));
        break;
    case SURVIVOR_DATA_UNKNOWN:
        if (s->lacks_bytes > 0 && index == survivors->best)
            str_format(out, size, "lacks %s of what %s had", bytes, primary_name(model, survivors));
        break;
    }
}

void survivor_sentence(const struct model *model, const struct survivors *survivors, int index,
                       char *out, size_t size)
{
    char text[SURVIVOR_SENTENCE_SIZE] = "";

    out[0] = '\0';
    if (!survivors->items[index].eligible) {
        add_flags(model, survivors, index, 0, SURVIVOR_FIRST_WARNING, out, size);
        return;
    }
    rank_text(model, survivors, index, out, size);
    add(out, size, ", ", sync_text(&survivors->items[index]));
    data_text(model, survivors, index, text, sizeof text);
    add(out, size, "; ", text);
    add_flags(model, survivors, index, SURVIVOR_FIRST_WARNING, SURVIVOR_FLAGS, out, size);
}

static const char *short_flag(const struct survivor *s)
{
    static const char *const words[SURVIVOR_FLAGS] = {
        [SURVIVOR_NOT_REACHABLE] = "not reachable",
        [SURVIVOR_OLD_FIGURES] = "figures are old",
        [SURVIVOR_IS_PRIMARY] = "is a primary",
        [SURVIVOR_SAME_SERVER] = "same server",
        [SURVIVOR_FOREIGN] = "other cluster",
        [SURVIVOR_DIVERGED] = "diverged",
        [SURVIVOR_OLDER_TIMELINE] = "older timeline",
        [SURVIVOR_SETTINGS_PAUSED] = "promotion kills it",
        [SURVIVOR_SETTINGS_LOWER] = "promotion may kill it",
        [SURVIVOR_NO_WAL] = "has no WAL",
        [SURVIVOR_TIMELINE_UNSURE] = "timeline not sure",
        [SURVIVOR_ASYNC] = "async",
        [SURVIVOR_NOT_CONNECTED] = "not connected",
        [SURVIVOR_FROM_ARCHIVE] = "from archive",
        [SURVIVOR_LSN_UNSURE] = "may have more",
        [SURVIVOR_APPLY_DELAY] = "delayed",
        [SURVIVOR_REPLAY_PAUSED] = "paused",
        [SURVIVOR_MUCH_TO_REPLAY] = "much to replay",
    };

    for (int flag = 0; flag < SURVIVOR_FLAGS; flag++)
        if (survivor_has(s, (enum survivor_flag)flag) && words[flag] != NULL)
            return words[flag];
    return "";
}

static const char *short_data(enum survivor_data data)
{
    static const char *const words[] = {[SURVIVOR_DATA_UNKNOWN] = "",
                                        [SURVIVOR_DATA_COMPLETE] = "complete",
                                        [SURVIVOR_DATA_ACKNOWLEDGED] = "all acknowledged",
                                        [SURVIVOR_DATA_LAST_LOOK] = "",
                                        [SURVIVOR_DATA_MISSING] = "DATA MISSING"};
    return words[data];
}

void survivor_words(const struct survivors *survivors, int index, char *out, size_t size)
{
    const struct survivor *s = &survivors->items[index];

    out[0] = '\0';
    if (s->eligible) {
        short_rank(survivors, index, out, size);
        add(out, size, ", ", short_data(s->data));
    }
    add(out, size, ", ", short_flag(s));
}

/* ---- all of them */

static void add_more(const struct model *model, const struct survivors *survivors, char *out,
                     size_t size)
{
    char bytes[16];

    if (survivors->more < 0)
        return;
    format_bytes(bytes, sizeof bytes, survivors->more_bytes);
    str_appendf(out, size, "; %s, which cannot be promoted now, had %s more",
                name_of(model, survivors, survivors->more), bytes);
}

static void rule_text(const struct model *model, char *out, size_t size)
{
    char rule[SYNC_RULE_TEXT_SIZE];

    sync_rule_format(&model->rule, rule, sizeof rule);
    str_sanitize(out, size, rule, SIZE_MAX);
}

/* Why there is no proof. */
static void why_unproven(const struct model *model, const struct survivors *survivors, char *out,
                         size_t size)
{
    if (!model->rule_known)
        str_copy(out, size, "its synchronous_standby_names is not known");
    else if (model->rule.method == SYNC_OFF)
        str_copy(out, size, "commits waited for no standby");
    else if (sync_rule_is_wildcard(&model->rule))
        str_copy(out, size, "any standby could confirm it");
    else if (survivors->unaccounted > 0)
        str_format(out, size, "%d that could confirm it cannot be asked", survivors->unaccounted);
    else
        str_copy(out, size, "who confirmed it is not known");
}

void survivors_data_sentence(const struct model *model, const struct survivors *survivors,
                             char *out, size_t size)
{
    const struct survivor *best = survivors->best >= 0 ? &survivors->items[survivors->best] : NULL;
    const char *primary = primary_name(model, survivors);
    char text[128], why[128];

    out[0] = '\0';
    if (best == NULL)
        return;
    switch (best->data) {
    case SURVIVOR_DATA_COMPLETE:
        rule_text(model, text, sizeof text);
        str_format(out, size, "nothing acknowledged%s at on or remote_apply under %s is missing",
                   so_far(model, survivors), text);
        break;
    case SURVIVOR_DATA_ACKNOWLEDGED:
        str_copy(out, size, "it has all that this program's writes were acknowledged for");
        break;
    case SURVIVOR_DATA_MISSING:
        format_bytes(text, sizeof text, best->lacks_bytes);
        str_format(out, size, "%s that was ACKNOWLEDGED is missing", text);
        break;
    case SURVIVOR_DATA_LAST_LOOK:
        format_duration(text, sizeof text, survivors->unseen_us);
        why_unproven(model, survivors, why, sizeof why);
        if (survivors->lost)
            str_format(out, size,
                       "it has all that %s had when last seen; what was acknowledged in the %s "
                       "after that is not known: %s",
                       primary, text, why);
        break;
    case SURVIVOR_DATA_UNKNOWN:
        format_bytes(text, sizeof text, best->lacks_bytes);
        if (best->lacks_bytes > 0)
            str_format(out, size,
                       "it lacks %s of what %s had when last seen: acknowledged commits may be "
                       "missing",
                       text, primary);
        else if (survivor_has(best, SURVIVOR_TIMELINE_UNSURE))
            str_format(out, size,
                       "its control file says timeline %d, %s was on %d: if that is so, all that "
                       "was acknowledged there is missing",
                       best->timeline, primary, model->nodes[survivors->primary].last_timeline);
        else
            str_format(out, size, "what %s had acknowledged is not known", primary);
        break;
    }
    add_more(model, survivors, out, size);
}

static void promote_condition(const struct model *model, const struct survivors *survivors,
                              char *out, size_t size)
{
    char data[SURVIVOR_SENTENCE_SIZE];

    survivors_data_sentence(model, survivors, data, sizeof data);
    str_format(out, size, "only when %s is surely stopped; %s",
               survivors->primary >= 0 ? primary_name(model, survivors) : "the old primary", data);
}

static void promote_text(const struct model *model, const struct survivors *survivors, char *out,
                         size_t size)
{
    const struct survivor *best = &survivors->items[survivors->best];
    char lsn[LSN_TEXT_SIZE], condition[SURVIVOR_SENTENCE_SIZE + NODE_NAME_SIZE];

    lsn_format(best->lsn, lsn);
    promote_condition(model, survivors, condition, sizeof condition);
    str_format(out, size, "promote %s, which has the most WAL (%s on timeline %d), %s",
               name_of(model, survivors, survivors->best), lsn, best->timeline, condition);
}

static void unseen_sender_text(const struct node *node, char *out, size_t size)
{
    const struct receiver_row *receiver = &node->sample.receiver;

    str_format(out, size, "promote nobody: %s receives WAL from ", node->name);
    if (receiver->sender_host[0] == '\0')
        str_append(out, size, "a server that");
    else if (receiver->sender_port == UNKNOWN_COUNT)
        str_appendf(out, size, "%s, which", receiver->sender_host);
    else
        str_appendf(out, size, "%s:%d, which", receiver->sender_host, receiver->sender_port);
    str_append(out, size, " cannot be looked at from here and may be the primary");
}

void survivors_advice_sentence(const struct model *model, const struct survivors *survivors,
                               char *out, size_t size)
{
    out[0] = '\0';
    switch (survivors->advice) {
    case SURVIVORS_PROMOTE:
        promote_text(model, survivors, out, size);
        break;
    case SURVIVORS_WAIT:
        str_format(out, size, "promote nobody yet: %s answers, and may be back by itself",
                   primary_name(model, survivors));
        break;
    case SURVIVORS_STILL_RECEIVES:
        if (!survivors->receives_from_lost) {
            unseen_sender_text(&model->nodes[survivors->receives], out, size);
            break;
        }
        str_format(out, size,
                   "promote nobody: %s works, since %s still receives from it; look at the way "
                   "from here to it",
                   primary_name(model, survivors), model->nodes[survivors->receives].name);
        break;
    case SURVIVORS_SPLIT_BRAIN:
        str_copy(out, size, "promote nobody: there is more than one primary");
        break;
    case SURVIVORS_NOBODY:
        str_copy(out, size, "nobody can be promoted");
        break;
    case SURVIVORS_PRIMARY_THERE:
        break;
    }
}

void survivors_condition_sentence(const struct model *model, const struct survivors *survivors,
                                  char *out, size_t size)
{
    if (survivors->advice == SURVIVORS_PROMOTE)
        promote_condition(model, survivors, out, size);
    else
        survivors_advice_sentence(model, survivors, out, size);
}

void survivors_lost_sentence(const struct model *model, const struct survivors *survivors,
                             mono_us now, char *out, size_t size)
{
    const struct node *node = survivors->primary >= 0 ? &model->nodes[survivors->primary] : NULL;
    char lsn[LSN_TEXT_SIZE], age[16], gone[16];

    if (node == NULL && model->last_primary >= 0) {
        str_format(out, size, "%s was the primary and is a standby now",
                   model->nodes[model->last_primary].name);
        return;
    }
    if (node == NULL) {
        str_copy(out, size, "no primary was seen since this program started");
        return;
    }
    format_duration(age, sizeof age, survivors->primary_age_us);
    format_duration(gone, sizeof gone, now - node->fault_since.mono);
    lsn_format(node->sample.flush_lsn, lsn);
    if (node->fault.kind == FAULT_NONE)
        str_format(out, size, "%s: not looked at", node->name);
    else if (node->fault.kind == FAULT_REFUSED)
        str_format(out, size, "%s: down for %s", node->name, gone);
    else if (node_fault_is_alive(node->fault.kind))
        str_format(out, size, "%s: answers, %s for %s", node->name,
                   node_fault_word(node->fault.kind), gone);
    else
        str_format(out, size, "%s: unreachable from here for %s (%s)", node->name, gone,
                   node_fault_word(node->fault.kind));
    str_appendf(out, size, "; had %s on timeline %d, %s ago", lsn, node->last_timeline, age);
}
