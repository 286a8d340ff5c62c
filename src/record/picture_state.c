/*
 * picture_state: see picture_state.h. What is an index in what is read is held against what is
 * there.
 */
#include "record/picture_state.h"

#include <string.h>

#include "base/str.h"
#include "record/fields.h"

static bool is_node_or_none(const struct picture *picture, int index)
{
    return index >= -1 && index < picture->model->node_count;
}

/* ---- reading */

bool picture_apply_model(struct picture *picture, const struct picture_line *line,
                         const json_t *value, struct error *err)
{
    struct model *model = picture->model;
    int64_t interval_us = model->poll_interval_us;
    (void)line;

    if (!fields_read(&model_state_fields, value, model, err))
        return false;
    if (model->poll_interval_us <= 0 || model->poll_interval_us > 86400 * US_PER_S)
        model->poll_interval_us = interval_us;
    if (!is_node_or_none(picture, model->primary) || !is_node_or_none(picture, model->last_primary))
        model->primary = model->last_primary = -1;
    return true;
}

bool picture_apply_node(struct picture *picture, const struct picture_line *line,
                        const json_t *value, struct error *err)
{
    struct node *node = &picture->model->nodes[line->node];
    const json_t *fault = json_object_get(value, "fault");
    const json_t *sample = json_object_get(value, "sample");

    fields_blank(&sample_fields, &node->sample);
    if ((fault != NULL && !fields_read(&fault_fields, fault, &node->fault, err)) ||
        (sample != NULL && !fields_read(&sample_fields, sample, &node->sample, err)) ||
        !fields_read(&node_state_fields, json_object_get(value, "state"), node, err))
        return false;
    if (!is_node_or_none(picture, node->same_as) || node->same_as >= line->node)
        node->same_as = -1;
    for (int i = 0; i < node->sample.standby_count; i++)
        if (!is_node_or_none(picture, node->tracks[i].node))
            node->tracks[i].node = -1;
    return true;
}

static bool read_slice(const json_t *value, struct latency_level *level)
{
    json_int_t slot = json_integer_value(json_object_get(value, "slot"));
    const json_t *counts = json_object_get(value, "counts");
    struct histogram *histogram;

    if (slot < 0 || slot >= LATENCY_SLICES)
        return false;
    histogram = &level->slices[slot];
    histogram_clear(histogram);
    for (size_t i = 0; i + 1 < json_array_size(counts); i += 2) {
        json_int_t bucket = json_integer_value(json_array_get(counts, i));
        json_int_t count = json_integer_value(json_array_get(counts, i + 1));
        if (bucket < 0 || bucket >= HISTOGRAM_BUCKETS || count <= 0 || count > UINT32_MAX)
            return false;
        if (histogram->count == 0 || bucket < histogram->low)
            histogram->low = (int)bucket;
        if (histogram->count == 0 || bucket > histogram->high)
            histogram->high = (int)bucket;
        histogram->buckets[bucket] = (uint32_t)count;
        histogram->count += (uint64_t)count;
    }
    histogram->max_us = (int64_t)json_integer_value(json_object_get(value, "max_us"));
    return histogram->max_us >= 0 && histogram->max_us <= FIELD_LIMIT;
}

bool picture_apply_level(struct picture *picture, const struct picture_line *line,
                         const json_t *value, struct error *err)
{
    const char *word = json_string_value(json_object_get(value, "level"));
    const json_t *slices = json_object_get(value, "slices");
    enum commit_level number;
    struct latency_level *level;
    (void)line;

    if (word == NULL || !commit_level_parse(word, &number))
        return true; /* one of a later version */
    level = &picture->model->latency->levels[number];
    if (!fields_read(&level_state_fields, json_object_get(value, "state"), level, err))
        return false;
    for (size_t i = 0; i < json_array_size(slices); i++)
        if (!read_slice(json_array_get(slices, i), level))
            return error_set(err, "\"slices\" is not what it should be");
    return true;
}

bool picture_apply_event(struct picture *picture, const struct picture_line *line,
                         const json_t *value, struct error *err)
{
    struct events *events = picture->model->events;
    json_int_t number = json_integer_value(json_object_get(value, "number"));
    struct event *event;
    (void)line;

    if (number < 0 || number > FIELD_LIMIT)
        return error_set(err, "\"number\" is not what it should be");
    event = &events->items[(uint64_t)number % EVENTS_MAX];
    fields_blank(&event_state_fields, event);
    events->total = (uint64_t)number + 1;
    return fields_read(&event_state_fields, value, event, err);
}

/* ---- writing */

static void open_line(struct json_out *out, const char *begin, const char *key)
{
    json_out_raw(out, begin, strlen(begin));
    json_out_key(out, key);
}

static void close_line(struct json_out *out)
{
    json_out_end(out, '}');
    out->text[out->length - 1] = '\n';
}

static void write_node(struct json_out *out, const char *begin, const struct node *node, int index)
{
    char with_node[64];

    str_format(with_node, sizeof with_node, "%s\"n\":%d,", begin, index);
    open_line(out, with_node, "node_state");
    json_out_begin(out, '{');
    json_out_key(out, "state");
    fields_write(out, &node_state_fields, node, NULL);
    if (node->fault.kind != FAULT_NONE) {
        json_out_key(out, "fault");
        fields_write(out, &fault_fields, &node->fault, NULL);
    }
    if (node->sampled) {
        json_out_key(out, "sample");
        fields_write(out, &sample_fields, &node->sample, NULL);
    }
    json_out_end(out, '}');
    close_line(out);
}

static void write_slice(struct json_out *out, const struct histogram *histogram, int slot)
{
    json_out_begin(out, '{');
    json_out_key(out, "slot");
    json_out_int(out, slot);
    json_out_key(out, "max_us");
    json_out_int(out, histogram->max_us);
    json_out_key(out, "counts");
    json_out_begin(out, '[');
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i] == 0)
            continue;
        json_out_int(out, i);
        json_out_uint(out, histogram->buckets[i]);
    }
    json_out_end(out, ']');
    json_out_end(out, '}');
}

static void write_level(struct json_out *out, const char *begin, const struct latency_level *level,
                        int index)
{
    open_line(out, begin, "level_state");
    json_out_begin(out, '{');
    json_out_key(out, "level");
    json_out_string(out, record_level_words[index]);
    json_out_key(out, "state");
    fields_write(out, &level_state_fields, level, NULL);
    json_out_key(out, "slices");
    json_out_begin(out, '[');
    for (int i = 0; i < LATENCY_SLICES; i++)
        if (level->slices[i].count > 0)
            write_slice(out, &level->slices[i], i);
    json_out_end(out, ']');
    json_out_end(out, '}');
    close_line(out);
}

static void write_event(struct json_out *out, const char *begin, const struct event *event,
                        uint64_t number)
{
    open_line(out, begin, "event_state");
    fields_write(out, &event_state_fields, event, NULL);
    out->length -= 2; /* the number belongs into the object */
    if (out->text[out->length - 1] != '{')
        json_out_raw(out, ",", 1);
    json_out_key(out, "number");
    json_out_uint(out, number);
    json_out_end(out, '}');
    close_line(out);
}

void picture_write_state(struct json_out *out, const char *begin, const struct model *model)
{
    open_line(out, begin, "model_state");
    fields_write(out, &model_state_fields, model, NULL);
    close_line(out);
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].asked)
            write_node(out, begin, &model->nodes[i], i);
    for (int i = 0; i < COMMIT_LEVELS; i++)
        if (model->latency->levels[i].state != PROBE_NONE ||
            model->latency->levels[i].graph_at != 0)
            write_level(out, begin, &model->latency->levels[i], i);
    for (uint64_t age = events_count(model->events); age > 0; age--)
        write_event(out, begin, events_at(model->events, age - 1), model->events->total - age);
}
