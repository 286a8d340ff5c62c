/*
 * survivors_json: see survivors_json.h.
 */
#include "record/survivors_json.h"

#include "base/str.h"
#include "record/json_values.h"

static json_t *flags_json(const struct survivor *s)
{
    json_t *list = json_array();

    for (int flag = 0; flag < SURVIVOR_FLAGS; flag++)
        if (survivor_has(s, (enum survivor_flag)flag))
            json_array_append_new(list, json_string(survivor_flag_word((enum survivor_flag)flag)));
    return list;
}

/* What the primary's last look had of it; null where it had no row. */
static json_t *last_sync_json(const struct survivor *s)
{
    json_t *item = json_object();

    if (!s->has_row) {
        json_decref(item);
        return json_null();
    }
    json_object_set_new(item, "sync_state", json_value_word(sync_state_word(s->sync_state)));
    json_object_set_new(item, "sync_priority", json_value_known(s->sync_priority));
    json_object_set_new(item, "flush_lsn", json_value_lsn(s->confirmed_lsn));
    json_object_set_new(item, "confirms_commits", json_boolean(s->confirms_commits));
    return item;
}

static json_t *survivor_json(const struct model *model, const struct survivors *survivors,
                             int index)
{
    const struct survivor *s = &survivors->items[index];
    json_t *item = json_object();
    char text[SURVIVOR_SENTENCE_SIZE];

    survivor_sentence(model, survivors, index, text, sizeof text);
    json_object_set_new(item, "rank", s->eligible ? json_integer(index + 1) : json_null());
    json_object_set_new(item, "name", json_string(model->nodes[s->node].name));
    json_object_set_new(item, "eligible", json_boolean(s->eligible));
    json_object_set_new(item, "flags", flags_json(s));
    json_object_set_new(item, "data", json_string(survivor_data_word(s->data)));
    json_object_set_new(item, "text", json_string(text));
    json_object_set_new(item, "age_ms", json_value_ms(s->age_us));
    json_object_set_new(item, "timeline", json_value_nonzero(s->timeline));
    json_object_set_new(item, "lsn", json_value_lsn(s->lsn));
    json_object_set_new(item, "receive_lsn", json_value_lsn(s->receive_lsn));
    json_object_set_new(item, "replay_lsn", json_value_lsn(s->replay_lsn));
    json_object_set_new(item, "lacks_bytes", json_value_bytes(s->lacks_bytes));
    json_object_set_new(item, "last_sync", last_sync_json(s));
    return item;
}

static json_t *reference_json(const struct survivors *survivors)
{
    json_t *item = json_object();

    if (survivors->reference == SURVIVOR_REFERENCE_NONE) {
        json_decref(item);
        return json_null();
    }
    json_object_set_new(item, "of",
                        json_string(survivors->reference == SURVIVOR_REFERENCE_ACKNOWLEDGED
                                        ? "acknowledged"
                                        : "flushed"));
    json_object_set_new(item, "lsn", json_value_lsn(survivors->reference_lsn));
    json_object_set_new(item, "age_ms", json_value_ms(survivors->reference_age_us));
    return item;
}

json_t *survivors_json(const struct model *model, const struct survivors *survivors)
{
    json_t *item = json_object(), *nodes = json_array();
    char text[SURVIVORS_ADVICE_SIZE];

    survivors_advice_sentence(model, survivors, text, sizeof text);
    for (int i = 0; i < survivors->count; i++)
        json_array_append_new(nodes, survivor_json(model, survivors, i));
    json_object_set_new(item, "advice", json_string(survivors_advice_word(survivors->advice)));
    json_object_set_new(item, "best",
                        survivors->best >= 0
                            ? json_string(model->nodes[survivors->items[survivors->best].node].name)
                            : json_null());
    json_object_set_new(item, "text", json_value_text(text));
    json_object_set_new(item, "primary",
                        survivors->primary >= 0 ? json_string(model->nodes[survivors->primary].name)
                                                : json_null());
    json_object_set_new(item, "primary_age_ms", json_value_ms(survivors->primary_age_us));
    json_object_set_new(item, "unseen_ms", json_value_ms(survivors->unseen_us));
    json_object_set_new(item, "reference", reference_json(survivors));
    json_object_set_new(item, "nodes", nodes);
    return item;
}
