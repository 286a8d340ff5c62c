/*
 * drill_json: see drill_json.h. What is derived comes from cluster/drill_facts.
 */
#include "record/drill_json.h"

#include <string.h>

#include "cluster/drill_facts.h"
#include "record/json_values.h"

static json_t *name_json(const struct model *model, int node)
{
    return json_value_text(drill_node_name(model, node));
}

/* From the injection, on the monotonic clock. */
static json_t *since_injection(const struct drill_run *run, mono_us at)
{
    mono_us injected = run->phases[PHASE_INJECTED].mono;

    return at == 0 || injected == 0 ? json_null() : json_value_ms(at - injected);
}

static json_t *texts_json(const char *texts, size_t size, int count)
{
    json_t *list = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(list, json_value_text(texts + (size_t)i * size));
    return list;
}

/* ---- times */

static json_t *phases_json(const struct drill_run *run)
{
    json_t *list = json_array();

    for (int i = 0; i < DRILL_PHASES; i++) {
        enum drill_phase phase = (enum drill_phase)i;
        json_t *item = json_object();
        if (!drill_has_phase(run->plan.id, phase)) {
            json_decref(item);
            continue;
        }
        json_object_set_new(item, "name", json_string(drill_phase_key(phase)));
        json_object_set_new(item, "at_ms", json_value_ms(drill_phase_us(run, phase)));
        json_object_set_new(item, "at", json_value_utc(run->phases[phase]));
        json_array_append_new(list, item);
    }
    return list;
}

static void set_clocks(json_t *root, const struct drill_run *run)
{
    json_object_set_new(root, "started_at", json_value_utc(run->began));
    json_object_set_new(root, "injected_at", json_value_utc(run->phases[PHASE_INJECTED]));
    json_object_set_new(root, "ended_at", json_value_utc(run->ended));
    json_object_set_new(root, "started_ms", since_injection(run, run->began.mono));
    json_object_set_new(root, "ended_ms", since_injection(run, run->ended.mono));
}

static json_t *clients_json(const struct drill_figures *figures)
{
    json_t *list = json_array();

    for (int i = 0; i < figures->clients && i < DRILL_CLIENTS_MAX; i++)
        json_array_append_new(list, json_value_ms(figures->client_rto_us[i]));
    return list;
}

static void set_recovery(json_t *root, const struct drill_figures *figures)
{
    json_object_set_new(root, "rto_ms", json_value_ms(figures->rto_us));
    json_object_set_new(root, "rto_worst_client_ms", json_value_ms(figures->rto_worst_us));
    json_object_set_new(root, "rto_client_ms", clients_json(figures));
    json_object_set_new(root, "gap_ms", json_value_ms(figures->gap_us));
}

/* ---- data */

static json_t *class_json(const struct drill_classes *classes, uint64_t count)
{
    return classes->known ? json_value_count(count) : json_null();
}

static json_t *rpo_json(const struct drill_figures *figures)
{
    const struct drill_classes *classes = &figures->classes;
    json_t *rpo = json_object();

    json_object_set_new(rpo, "rows",
                        drill_loss_is_known(figures) ? json_value_count(classes->acknowledged_lost)
                                                     : json_null());
    json_object_set_new(rpo, "rows_acknowledged_locally",
                        class_json(classes, classes->locally_lost));
    json_object_set_new(rpo, "wal_bytes", json_value_bytes(figures->lost_bytes));
    return rpo;
}

static json_t *ledger_json(const struct drill_figures *figures)
{
    const struct drill_classes *c = &figures->classes;
    json_t *ledger = json_object();

    json_object_set_new(ledger, "sent", json_value_count(c->known ? c->sent : figures->sent));
    json_object_set_new(ledger, "acknowledged_present", class_json(c, c->acknowledged_present));
    json_object_set_new(ledger, "acknowledged_lost", class_json(c, c->acknowledged_lost));
    json_object_set_new(ledger, "acknowledged_locally", class_json(c, c->acknowledged_locally));
    json_object_set_new(ledger, "failed_absent", class_json(c, c->failed_absent));
    json_object_set_new(ledger, "failed_present", class_json(c, c->failed_present));
    json_object_set_new(ledger, "unknown_present", class_json(c, c->unknown_present));
    json_object_set_new(ledger, "unknown_absent", class_json(c, c->unknown_absent));
    return ledger;
}

/* As the clients saw them, whether they were read back or not. */
static json_t *writes_json(const struct drill_figures *figures)
{
    json_t *writes = json_object();

    json_object_set_new(writes, "due", json_value_count(figures->due));
    json_object_set_new(writes, "sent", json_value_count(figures->sent));
    json_object_set_new(writes, "acknowledged", json_value_count(figures->acknowledged));
    json_object_set_new(writes, "acknowledged_locally", json_value_count(figures->locally));
    json_object_set_new(writes, "failed", json_value_count(figures->failed));
    json_object_set_new(writes, "unknown", json_value_count(figures->unknown));
    json_object_set_new(writes, "acknowledged_while_all_standbys_away",
                        json_value_count(figures->acknowledged_while_down));
    return writes;
}

static json_t *wal_json(const struct drill_figures *figures)
{
    json_t *wal = json_object();

    json_object_set_new(wal, "last_acknowledged_lsn",
                        json_value_lsn(figures->last_acknowledged_lsn));
    json_object_set_new(wal, "old_primary_end_lsn", json_value_lsn(figures->old_end_lsn));
    json_object_set_new(wal, "old_primary_timeline", json_value_nonzero(figures->old_timeline));
    json_object_set_new(wal, "new_timeline_lsn", json_value_lsn(figures->fork_lsn));
    return wal;
}

static json_t *latency_json(const struct drill_latency *latency)
{
    json_t *item = json_object();

    json_object_set_new(item, "count", json_value_count(latency->count));
    json_object_set_new(item, "p50", json_value_ms(latency->p50_us));
    json_object_set_new(item, "p99", json_value_ms(latency->p99_us));
    json_object_set_new(item, "max", json_value_ms(latency->max_us));
    return item;
}

static json_t *latencies_json(const struct drill_figures *figures)
{
    json_t *object = json_object();

    json_object_set_new(object, "before", latency_json(&figures->latency[SPAN_BEFORE]));
    json_object_set_new(object, "during", latency_json(&figures->latency[SPAN_DURING]));
    json_object_set_new(object, "after", latency_json(&figures->latency[SPAN_AFTER]));
    return object;
}

/* ---- targets */

static json_t *met_json(enum drill_met met)
{
    if (met == DRILL_TARGET_MET || met == DRILL_TARGET_MISSED)
        return json_string(met == DRILL_TARGET_MET ? "pass" : "fail");
    return json_null();
}

static json_t *targets_json(const struct drill_run *run, const struct drill_targets *targets)
{
    json_t *object = json_object(), *rto = json_object(), *rpo = json_object();

    json_object_set_new(rto, "target_ms", json_value_ms(targets->rto_us));
    json_object_set_new(rto, "verdict", met_json(drill_rto_met(run, targets)));
    json_object_set_new(rpo, "target_rows",
                        targets->rpo_rows < 0 ? json_null() : json_integer(targets->rpo_rows));
    json_object_set_new(rpo, "verdict", met_json(drill_rpo_met(run, targets)));
    json_object_set_new(object, "rto", rto);
    json_object_set_new(object, "rpo", rpo);
    return object;
}

/* ---- steps and nodes */

static json_t *step_json(const struct drill_run *run, int index, const struct model *model)
{
    const struct drill_step_run *step = &run->steps[index];
    char sentence[DRILL_TEXT_SIZE];
    json_t *item = json_object();

    drill_run_sentence(run, index, model, sentence, sizeof sentence);
    json_object_set_new(item, "deed", json_string(drill_deed_key(step->deed)));
    json_object_set_new(item, "node", name_json(model, step->node));
    json_object_set_new(item, "what", json_value_text(sentence));
    json_object_set_new(item, "undo", json_boolean(step->is_undo));
    json_object_set_new(item, "state", json_string(drill_step_state_key(step->state)));
    json_object_set_new(item, "command", json_value_text(step->command));
    json_object_set_new(item, "began_ms", since_injection(run, step->began.mono));
    json_object_set_new(item, "ended_ms", since_injection(run, step->ended.mono));
    json_object_set_new(item, "began_at", json_value_utc(step->began));
    json_object_set_new(item, "text", json_value_text(step->text));
    return item;
}

static json_t *steps_json(const struct drill_run *run, const struct model *model)
{
    json_t *list = json_array();

    for (int i = 0; i < run->step_count; i++)
        json_array_append_new(list, step_json(run, i, model));
    return list;
}

static const struct drill_read *read_of(const struct drill_figures *figures, int node)
{
    for (int i = 0; i < figures->read_count && i < DRILL_READ_MAX; i++)
        if (figures->reads[i].node == node)
            return &figures->reads[i];
    return NULL;
}

static json_t *read_json(const struct drill_read *read)
{
    json_t *item = json_object();
    bool was_read = read != NULL && read->read;

    json_object_set_new(item, "read", read != NULL ? json_boolean(read->read) : json_null());
    json_object_set_new(item, "rows", was_read ? json_value_count(read->rows) : json_null());
    json_object_set_new(item, "missing", was_read ? json_value_count(read->missing) : json_null());
    json_object_set_new(item, "why", read != NULL ? json_value_text(read->why) : json_null());
    return item;
}

static json_t *settings_json(const struct node *node)
{
    json_t *object = json_object();

    for (int i = 0; i < DRILL_SETTINGS; i++) {
        bool known;
        const char *value = drill_setting_value(node, i, &known);
        json_t *text = !known             ? json_null()
                       : value[0] == '\0' ? json_string("")
                                          : json_value_text(value);
        json_object_set_new(object, drill_setting_name(i), text);
    }
    return object;
}

static json_t *nodes_json(const struct drill_run *run, const struct model *model)
{
    json_t *list = json_array();

    for (int i = 0; i < model->node_count; i++) {
        const struct node *node = &model->nodes[i];
        json_t *item = json_object();
        json_object_set_new(item, "name", json_value_text(node->name));
        json_object_set_new(item, "server_version",
                            json_value_nonzero(node->sampled ? node->sample.server_version : 0));
        json_object_set_new(item, "timeline", json_value_nonzero(node->last_timeline));
        json_object_set_new(item, "read_back", read_json(read_of(&run->figures, i)));
        json_object_set_new(item, "settings", settings_json(node));
        json_array_append_new(list, item);
    }
    return list;
}

/* ---- the whole */

static void set_identity(json_t *root, const struct drill_run *run, const struct model *model)
{
    json_object_set_new(root, "format", json_integer(1));
    json_object_set_new(root, "drill", json_string(drill_at(run->plan.id)->name));
    json_object_set_new(root, "verdict",
                        run->verdict == DRILL_NO_VERDICT
                            ? json_null()
                            : json_string(drill_verdict_word(run->verdict)));
    json_object_set_new(
        root, "reasons",
        texts_json(run->reasons.texts[0], sizeof run->reasons.texts[0], run->reasons.count));
    json_object_set_new(root, "cluster", json_value_text(model->cluster));
    json_object_set_new(root, "run", json_value_text(run->name));
    json_object_set_new(root, "program_version", json_string(VERSION));
    json_object_set_new(root, "manual", json_boolean(run->plan.manual));
    json_object_set_new(root, "target", name_json(model, drill_run_target(run)));
    json_object_set_new(root, "old_primary", name_json(model, run->plan.old_primary));
    json_object_set_new(root, "new_primary", name_json(model, drill_run_leads(run)));
}

void drill_json_print(FILE *out, const struct drill_run *run, const struct drill_targets *targets,
                      const struct model *model)
{
    json_t *root = json_object();

    set_identity(root, run, model);
    set_clocks(root, run);
    set_recovery(root, &run->figures);
    json_object_set_new(root, "rpo", rpo_json(&run->figures));
    json_object_set_new(root, "targets", targets_json(run, targets));
    json_object_set_new(root, "phases", phases_json(run));
    json_object_set_new(root, "ledger", ledger_json(&run->figures));
    json_object_set_new(root, "writes", writes_json(&run->figures));
    json_object_set_new(root, "wal", wal_json(&run->figures));
    json_object_set_new(root, "latency_ms", latencies_json(&run->figures));
    json_object_set_new(root, "steps", steps_json(run, model));
    json_object_set_new(root, "nodes", nodes_json(run, model));
    json_object_set_new(root, "undo_why", json_value_text(run->undo_why));
    json_object_set_new(root, "left",
                        texts_json(run->left[0], sizeof run->left[0], run->left_count));
    json_object_set_new(root, "report", json_value_text(run->report));
    json_value_print(out, root);
}

/* ---- the list */

void drill_list_json_print(FILE *out, const struct model *model, bool has_stack)
{
    json_t *root = json_object(), *list = json_array();

    json_object_set_new(root, "format", json_integer(1));
    json_object_set_new(root, "cluster", json_value_text(model->cluster));
    for (int i = 0; i < DRILLS; i++) {
        const struct drill *drill = drill_at((enum drill_id)i);
        const char *why_not = drill_not_offered((enum drill_id)i, model, has_stack);
        json_t *item = json_object();
        json_object_set_new(item, "name", json_string(drill->name));
        json_object_set_new(item, "does", json_string(drill->does));
        json_object_set_new(item, "shows", json_string(drill->shows));
        json_object_set_new(item, "expects", json_string(drill->expects));
        json_object_set_new(item, "offered", json_boolean(why_not == NULL));
        json_object_set_new(item, "why_not", json_value_text(why_not != NULL ? why_not : ""));
        json_array_append_new(list, item);
    }
    json_object_set_new(root, "drills", list);
    json_value_print(out, root);
}

void drill_list_print(FILE *out, const struct model *model, bool has_stack)
{
    for (int i = 0; i < DRILLS; i++) {
        const struct drill *drill = drill_at((enum drill_id)i);
        const char *why_not = drill_not_offered((enum drill_id)i, model, has_stack);
        fprintf(out, "%s%s\n", drill->name, why_not == NULL ? "" : " (not offered here)");
        fprintf(out, "  does     %s\n  shows    %s\n  expects  %s\n", drill->does, drill->shows,
                drill->expects);
        if (why_not != NULL)
            fprintf(out, "  why not  %s\n", why_not);
    }
}
