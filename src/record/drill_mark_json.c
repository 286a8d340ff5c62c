/*
 * drill_mark_json: see drill_mark_json.h. By the tables of record/field, one a kind of mark.
 */
#include "record/drill_mark_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "record/field.h"

/* ---- tables */

static const char *const kind_words[DRILL_MARKS] = {
    [DRILL_MARK_BEGIN] = "begin",
    [DRILL_MARK_STEP] = "step",
    [DRILL_MARK_PHASE] = "phase",
    [DRILL_MARK_FIGURES] = "figures",
    [DRILL_MARK_NEW_PRIMARY] = "new_primary",
    [DRILL_MARK_UNDO] = "undo",
    [DRILL_MARK_ASK] = "ask",
    [DRILL_MARK_LEFT] = "left",
    [DRILL_MARK_END] = "end",
    [DRILL_MARK_REASON] = "reason",
};
static const char *const target_words[] = {"none",         "primary",       "sync_standby",
                                           "each_standby", "first_standby", "candidate"};
static const char *const until_words[DRILL_CONDITIONS] = {
    [UNTIL_DONE] = "done",
    [UNTIL_TIME] = "time",
    [UNTIL_NOTICED] = "noticed",
    [UNTIL_COMMITS_FLOW] = "commits_flow",
    [UNTIL_COMMITS_BLOCKED] = "commits_blocked",
    [UNTIL_NEW_PRIMARY] = "new_primary",
    [UNTIL_WRITES_ARRIVE] = "writes_arrive",
    [UNTIL_OTHERS_STREAM] = "others_stream",
    [UNTIL_HEALTHY] = "healthy",
};

static const struct field planned_items[] = {
    F_ENUM(struct drill_planned, "deed", deed, drill_deed_keys),
    F_COUNT(struct drill_planned, "node", node),
    F_ENUM(struct drill_planned, "target", target, target_words),
    F_ENUM(struct drill_planned, "until", until, until_words),
    F_US(struct drill_planned, "deadline_us", deadline_us),
    F_BOOL(struct drill_planned, "injects", injects),
    F_BOOL(struct drill_planned, "by_hand", by_hand),
};
static FIELDS_OF(planned_fields, struct drill_planned, planned_items);

static const struct field plan_items[] = {
    F_BOOL(struct drill_plan, "manual", manual),
    F_COUNT(struct drill_plan, "old_primary", old_primary),
    F_COUNT(struct drill_plan, "target", target),
    F_ROWS(struct drill_plan, "steps", steps, step_count, &planned_fields),
};
static FIELDS_OF(plan_fields, struct drill_plan, plan_items);

struct client {
    int64_t rto_us;
};
static const struct field client_items[] = {F_US(struct client, "rto_us", rto_us)};
static FIELDS_OF(client_fields, struct client, client_items);

static const struct field read_items[] = {
    F_COUNT(struct drill_read, "node", node), F_BOOL(struct drill_read, "read", read),
    F_U64(struct drill_read, "rows", rows),   F_U64(struct drill_read, "missing", missing),
    F_TEXT(struct drill_read, "why", why),
};
static FIELDS_OF(read_fields, struct drill_read, read_items);

#define F_LATENCY(when, span)                                                                      \
    F_U64(struct drill_figures, when "_count", latency[span].count),                               \
        F_US(struct drill_figures, when "_p50_us", latency[span].p50_us),                          \
        F_US(struct drill_figures, when "_p99_us", latency[span].p99_us),                          \
        F_US(struct drill_figures, when "_max_us", latency[span].max_us)

static const struct field figures_items[] = {
    F_U64(struct drill_figures, "due", due),
    F_U64(struct drill_figures, "sent", sent),
    F_U64(struct drill_figures, "acknowledged", acknowledged),
    F_U64(struct drill_figures, "acknowledged_locally", locally),
    F_U64(struct drill_figures, "failed", failed),
    F_U64(struct drill_figures, "unknown", unknown),
    F_US(struct drill_figures, "waiting_us", waiting_us),
    F_U64(struct drill_figures, "stood_still_us", stood_still_us),
    F_U64(struct drill_figures, "acknowledged_while_down", acknowledged_while_down),
    F_US(struct drill_figures, "gap_us", gap_us),
    F_US(struct drill_figures, "rto_us", rto_us),
    F_US(struct drill_figures, "rto_worst_us", rto_worst_us),
    F_ROWS(struct drill_figures, "clients", client_rto_us, clients, &client_fields),
    F_LATENCY("before", SPAN_BEFORE),
    F_LATENCY("during", SPAN_DURING),
    F_LATENCY("after", SPAN_AFTER),
    F_LSN(struct drill_figures, "last_acknowledged", last_acknowledged_lsn),
    F_LSN(struct drill_figures, "old_end", old_end_lsn),
    F_ID(struct drill_figures, "old_timeline", old_timeline),
    F_LSN(struct drill_figures, "fork", fork_lsn),
    F_US(struct drill_figures, "lost_bytes", lost_bytes),
    F_BOOL(struct drill_figures, "read_back", classes.known),
    F_U64(struct drill_figures, "class_sent", classes.sent),
    F_U64(struct drill_figures, "acknowledged_present", classes.acknowledged_present),
    F_U64(struct drill_figures, "acknowledged_lost", classes.acknowledged_lost),
    F_U64(struct drill_figures, "class_locally", classes.acknowledged_locally),
    F_U64(struct drill_figures, "failed_absent", classes.failed_absent),
    F_U64(struct drill_figures, "failed_present", classes.failed_present),
    F_U64(struct drill_figures, "unknown_present", classes.unknown_present),
    F_U64(struct drill_figures, "unknown_absent", classes.unknown_absent),
    F_U64(struct drill_figures, "locally_lost", classes.locally_lost),
    F_ROWS(struct drill_figures, "reads", reads, read_count, &read_fields),
};
static FIELDS_OF(figures_fields, struct drill_figures, figures_items);

#define F_AT F_TIME(struct drill_mark, "mono", at.mono), F_TIME(struct drill_mark, "wall", at.wall)
#define F_SAID F_TEXT(struct drill_mark, "text", text)
#define F_VERDICT F_ENUM(struct drill_mark, "verdict", verdict, drill_verdict_words)

static const struct field text_items[] = {F_AT, F_SAID};
static FIELDS_OF(text_fields, struct drill_mark, text_items);
static const struct field verdict_items[] = {F_AT, F_SAID, F_VERDICT};
static FIELDS_OF(verdict_fields, struct drill_mark, verdict_items);
static const struct field node_items[] = {F_AT, F_COUNT(struct drill_mark, "node", node)};
static FIELDS_OF(node_fields, struct drill_mark, node_items);
static const struct field phase_items[] = {
    F_AT,
    F_ENUM(struct drill_mark, "phase", phase, drill_phase_keys),
    F_TIME(struct drill_mark, "when_mono", when.mono),
    F_TIME(struct drill_mark, "when_wall", when.wall),
};
static FIELDS_OF(phase_fields, struct drill_mark, phase_items);
static const struct field step_items[] = {
    F_AT,
    F_INT(struct drill_mark, "step", step),
    F_COUNT(struct drill_mark, "node", node),
    F_ENUM(struct drill_mark, "state", step_state, drill_step_state_keys),
    F_ENUM(struct drill_mark, "deed", deed, drill_deed_keys),
    F_SAID,
};
static FIELDS_OF(step_fields, struct drill_mark, step_items);

static const struct fields *const fields_of[DRILL_MARKS] = {
    [DRILL_MARK_BEGIN] = &text_fields,       [DRILL_MARK_STEP] = &step_fields,
    [DRILL_MARK_PHASE] = &phase_fields,      [DRILL_MARK_FIGURES] = &text_fields,
    [DRILL_MARK_NEW_PRIMARY] = &node_fields, [DRILL_MARK_UNDO] = &verdict_fields,
    [DRILL_MARK_ASK] = &text_fields,         [DRILL_MARK_LEFT] = &text_fields,
    [DRILL_MARK_END] = &verdict_fields,      [DRILL_MARK_REASON] = &text_fields,
};

/* ---- writing */

char *drill_mark_text(const struct drill_mark *mark)
{
    struct json_out out = {0};

    json_out_begin(&out, '{');
    json_out_key(&out, "kind");
    json_out_string(&out, kind_words[mark->kind]);
    json_out_key(&out, "mark");
    fields_write(&out, fields_of[mark->kind], mark, NULL);
    if (mark->kind == DRILL_MARK_BEGIN) {
        json_out_key(&out, "drill");
        json_out_string(&out, drill_at(mark->plan.id)->name);
        json_out_key(&out, "plan");
        fields_write(&out, &plan_fields, &mark->plan, NULL);
    } else if (mark->kind == DRILL_MARK_FIGURES) {
        json_out_key(&out, "figures");
        fields_write(&out, &figures_fields, &mark->figures, NULL);
    }
    json_out_end(&out, '}');
    char *text = mem_calloc(1, out.length);
    memcpy(text, out.text, out.length - 1); /* without the comma that is behind every value */
    json_out_free(&out);
    return text;
}

json_t *drill_mark_encode(const struct drill_mark *mark)
{
    char *text = drill_mark_text(mark);
    json_t *json = json_loads(text, 0, NULL);

    free(text);
    return json;
}

/* ---- reading */

/* A word that this version does not know would be taken for the first one. */
static bool knows_word(const json_t *object, const char *key, const char *const *words, int count)
{
    const json_t *json = json_object_get(object, key);
    const char *word = json_string_value(json);

    if (json == NULL)
        return true;
    for (int i = 0; word != NULL && i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool knows_words(const json_t *object)
{
    return knows_word(object, "phase", drill_phase_keys, DRILL_PHASES) &&
           knows_word(object, "state", drill_step_state_keys, DRILL_STEP_STATES) &&
           knows_word(object, "deed", drill_deed_keys, DEEDS) &&
           knows_word(object, "verdict", drill_verdict_words, DRILL_VERDICTS);
}

static bool parse_kind(const json_t *json, enum drill_mark_kind *kind)
{
    const char *word = json_string_value(json_object_get(json, "kind"));

    for (int i = 0; word != NULL && i < DRILL_MARKS; i++)
        if (strcmp(word, kind_words[i]) == 0) {
            *kind = (enum drill_mark_kind)i;
            return true;
        }
    return false;
}

static bool read_plan(const json_t *json, struct drill_plan *plan)
{
    const char *name = json_string_value(json_object_get(json, "drill"));
    struct error ignored;

    fields_blank(&plan_fields, plan);
    return name != NULL && drill_parse(name, &plan->id) &&
           fields_read(&plan_fields, json_object_get(json, "plan"), plan, &ignored);
}

static bool read_figures(const json_t *json, struct drill_figures *figures)
{
    struct error ignored;

    drill_figures_clear(figures);
    return fields_read(&figures_fields, json_object_get(json, "figures"), figures, &ignored);
}

static bool read_parts(const json_t *json, struct drill_mark *mark)
{
    const json_t *object = json_object_get(json, "mark");
    struct error ignored;

    fields_blank(fields_of[mark->kind], mark);
    if (!fields_read(fields_of[mark->kind], object, mark, &ignored) || !knows_words(object))
        return false;
    if (mark->kind == DRILL_MARK_BEGIN)
        return read_plan(json, &mark->plan);
    return mark->kind != DRILL_MARK_FIGURES || read_figures(json, &mark->figures);
}

static bool is_node(int node, int count)
{
    return node >= -1 && node < count;
}

bool drill_mark_fits(const struct drill_mark *mark, int node_count)
{
    if (!is_node(mark->node, node_count) || mark->step < 0 || mark->step >= DRILL_RUN_STEPS)
        return false;
    if (mark->kind == DRILL_MARK_BEGIN) {
        if (!is_node(mark->plan.old_primary, node_count) || !is_node(mark->plan.target, node_count))
            return false;
        for (int i = 0; i < mark->plan.step_count; i++)
            if (!is_node(mark->plan.steps[i].node, node_count))
                return false;
    }
    for (int i = 0; i < mark->figures.read_count; i++)
        if (mark->figures.reads[i].node < 0 || mark->figures.reads[i].node >= node_count)
            return false;
    return true;
}

bool drill_mark_decode(const json_t *json, struct drill_mark *mark)
{
    memset(mark, 0, sizeof *mark);
    if (parse_kind(json, &mark->kind) && read_parts(json, mark) &&
        drill_mark_fits(mark, MODEL_NODES_MAX))
        return true;
    memset(mark, 0, sizeof *mark);
    return false;
}
