/*
 * picture: the table of kinds. A new kind is a function and a line in it; its writing is in
 * recorder.c.
 */
#include "record/picture.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "record/drill_mark_json.h"
#include "record/fields.h"
#include "record/picture_state.h"

#define INTERVAL_MAX_US (86400 * US_PER_S)

/* ---- observations */

static struct observation *observe(struct picture *picture, enum observation_kind kind,
                                   const struct picture_line *line)
{
    struct observation *o = picture->scratch;

    memset(o, 0, offsetof(struct observation, sample));
    o->kind = kind;
    o->node = line->node;
    o->at = line->at;
    o->asked_at = line->at.mono - line->took_us;
    return o;
}

static bool take_sample(struct picture *picture, const struct picture_line *line,
                        const json_t *value, struct error *err)
{
    struct node_sample *sample = &picture->samples[line->node];
    struct observation *o = observe(picture, OBSERVED_SAMPLE, line);

    if (!fields_read(&sample_fields, value, sample, err))
        return false;
    picture->sampled[line->node] = true;
    node_sample_copy(&o->sample, sample);
    model_apply(picture->model, o);
    return true;
}

static bool apply_sample(struct picture *picture, const struct picture_line *line,
                         const json_t *value, struct error *err)
{
    fields_blank(&sample_fields, &picture->samples[line->node]);
    return take_sample(picture, line, value, err);
}

static bool apply_changes(struct picture *picture, const struct picture_line *line,
                          const json_t *value, struct error *err)
{
    if (!picture->sampled[line->node])
        return error_set(err, "changes of a look that is not there");
    return take_sample(picture, line, value, err);
}

static bool apply_fault(struct picture *picture, const struct picture_line *line,
                        const json_t *value, struct error *err)
{
    struct observation *o = observe(picture, OBSERVED_FAULT, line);

    if (!fields_read(&fault_fields, value, &o->fault, err))
        return false;
    if (o->fault.kind == FAULT_NONE)
        o->fault.kind = FAULT_QUERY; /* a kind of a later version */
    model_apply(picture->model, o);
    return true;
}

static bool apply_commit(struct picture *picture, const struct picture_line *line,
                         const json_t *value, struct error *err)
{
    struct observation *o = observe(picture, OBSERVED_COMMIT, line);

    fields_blank(&commit_fields, &o->commit);
    if (!fields_read(&commit_fields, value, &o->commit, err))
        return false;
    model_apply(picture->model, o);
    return true;
}

static bool apply_probe(struct picture *picture, const struct picture_line *line,
                        const json_t *value, struct error *err)
{
    struct observation *o = observe(picture, OBSERVED_PROBE, line);

    fields_blank(&probe_fields, &o->probe);
    if (!fields_read(&probe_fields, value, &o->probe, err))
        return false;
    model_apply(picture->model, o);
    return true;
}

static bool apply_door(struct picture *picture, const struct picture_line *line,
                       const json_t *value, struct error *err)
{
    struct observation *o = observe(picture, OBSERVED_DOOR, line);

    fields_blank(&door_fields, &o->door);
    if (!fields_read(&door_fields, value, &o->door, err))
        return false;
    model_apply(picture->model, o);
    return true;
}

/* ---- what stands beside the model */

static bool apply_event(struct picture *picture, const struct picture_line *line,
                        const json_t *value, struct error *err)
{
    struct event event = {.level = EVENT_INFO};

    if (!fields_read(&event_fields, value, &event, err))
        return false;
    events_add(picture->model->events, line->at, event.level, event.subject, "%s", event.text);
    return true;
}

static bool apply_interval(struct picture *picture, const struct picture_line *line,
                           const json_t *value, struct error *err)
{
    json_int_t us = json_integer_value(value);

    if (us <= 0 || us > INTERVAL_MAX_US)
        return error_set(err, "\"interval\" is not what it should be");
    model_set_poll_interval(picture->model, us, line->at);
    return true;
}

static bool apply_load(struct picture *picture, const struct picture_line *line,
                       const json_t *value, struct error *err)
{
    (void)line;
    if (!picture->has_load)
        fields_blank(&load_fields, &picture->load);
    picture->has_load = !json_is_null(value);
    return !picture->has_load || fields_read(&load_fields, value, &picture->load, err);
}

static bool apply_check(struct picture *picture, const struct picture_line *line,
                        const json_t *value, struct error *err)
{
    struct replication_check *check = picture->check;
    int nodes = picture->model->node_count;
    (void)line;

    if (check == NULL)
        check = picture->check = mem_calloc(1, sizeof *check);
    fields_blank(&check_fields, check);
    if (!fields_read(&check_fields, value, check, err))
        return false;
    if (check->primary < -1 || check->primary >= nodes)
        check->primary = -1;
    for (int i = 0; i < check->node_count; i++)
        if (check->nodes[i].node < 0 || check->nodes[i].node >= nodes)
            return error_set(err, "a test of a node that is not there");
    return true;
}

static void copy_text(const json_t *object, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));

    str_sanitize(out, size, text != NULL ? text : "", SIZE_MAX);
}

static bool apply_mark(struct picture *picture, const struct picture_line *line,
                       const json_t *value, struct error *err)
{
    struct recording_mark *mark = &picture->mark;
    (void)line;

    if (!json_is_object(value))
        return error_set(err, "\"mark\" is not what it should be");
    copy_text(value, "kind", mark->kind, sizeof mark->kind);
    copy_text(value, "subject", mark->subject, sizeof mark->subject);
    copy_text(value, "text", mark->text, sizeof mark->text);
    picture->marks++;
    return true;
}

/* One that began before the recording is not shown: what it has done is not known. */
static bool apply_drill(struct picture *picture, const struct picture_line *line,
                        const json_t *value, struct error *err)
{
    struct drill_mark *mark = mem_calloc(1, sizeof *mark);
    bool good = drill_mark_decode(value, mark) && drill_mark_fits(mark, picture->model->node_count);

    mark->at = line->at;
    if (good && picture->drill == NULL && mark->kind == DRILL_MARK_BEGIN)
        picture->drill = mem_calloc(1, sizeof *picture->drill);
    if (good && picture->drill != NULL)
        drill_run_apply(picture->drill, mark);
    picture->marks += good && mark->kind != DRILL_MARK_FIGURES;
    free(mark);
    return good || error_set(err, "\"drill\" is not what it should be");
}

static bool apply_end(struct picture *picture, const struct picture_line *line, const json_t *value,
                      struct error *err)
{
    (void)line;
    (void)value;
    (void)err;
    picture->ended = true;
    return true;
}

/* ---- the table */

static const struct kind {
    const char *key;
    bool of_node;
    bool (*apply)(struct picture *picture, const struct picture_line *line, const json_t *value,
                  struct error *err);
} kinds[] = {
    {"changes", true, apply_changes},
    {"commit", true, apply_commit},
    {"probe", true, apply_probe},
    {"door", true, apply_door},
    {"sample", true, apply_sample},
    {"fault", true, apply_fault},
    {"event", false, apply_event},
    {"interval", false, apply_interval},
    {"load", false, apply_load},
    {"check", false, apply_check},
    {"drill", false, apply_drill},
    {"mark", false, apply_mark},
    {"end", false, apply_end},
    {"model_state", false, picture_apply_model},
    {"node_state", true, picture_apply_node},
    {"level_state", false, picture_apply_level},
    {"event_state", false, picture_apply_event},
};

static bool apply_value(struct picture *picture, struct picture_line *line, const json_t *json,
                        struct error *err)
{
    json_int_t node = json_integer_value(json_object_get(json, "n"));

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const json_t *value = json_object_get(json, kinds[i].key);
        if (value == NULL)
            continue;
        if (node < 0 || node >= picture->model->node_count)
            return error_set(err, "a node that is not there");
        line->node = (int)node;
        return kinds[i].apply(picture, line, value, err);
    }
    return true;
}

static bool time_of(const json_t *json, const char *key, int64_t *us)
{
    const json_t *value = json_object_get(json, key);

    *us = (int64_t)json_integer_value(value);
    return value == NULL ||
           (json_is_integer(value) && *us <= FIELD_LIMIT / 4 && *us >= -FIELD_LIMIT / 4);
}

bool picture_apply(struct picture *picture, const char *text, size_t length, struct error *err)
{
    struct picture_line line = {0};
    int64_t after = -1, wall;
    json_t *json = json_loadb(text, length, 0, NULL);
    bool good = json_is_object(json) && time_of(json, "t", &after) && after >= 0 &&
                time_of(json, "w", &wall) && time_of(json, "took", &line.took_us);

    if (!good)
        error_set(err, "it is no line of a recording");
    if (good) {
        picture->wall_ahead += wall;
        if (picture->wall_ahead > FIELD_LIMIT || picture->wall_ahead < -FIELD_LIMIT)
            picture->wall_ahead = 0;
        line.at = picture_instant(picture, picture->start.mono + after);
        picture->at = line.at;
        good = apply_value(picture, &line, json, err);
    }
    json_decref(json);
    return good;
}

bool picture_line_time(const struct picture *picture, const char *line, size_t length, mono_us *at)
{
    static const char head[] = "{\"t\":";
    size_t i = sizeof head - 1;
    int64_t after = 0;

    if (length < sizeof head || memcmp(line, head, sizeof head - 1) != 0)
        return false;
    for (; i < length && line[i] >= '0' && line[i] <= '9' && after < FIELD_LIMIT / 40; i++)
        after = 10 * after + (line[i] - '0');
    *at = picture->start.mono + after;
    return i < length && line[i] == ',';
}

struct instant picture_instant(const struct picture *picture, mono_us at)
{
    return (struct instant){.mono = at, .wall = at + picture->wall_ahead};
}

/* ---- memory */

struct picture *picture_new(const struct recording_header *header)
{
    struct picture *picture = mem_calloc(1, sizeof *picture);
    size_t nodes = (size_t)header->node_count;

    picture->start = picture->at = header->at;
    picture->wall_ahead = header->at.wall - header->at.mono;
    picture->model = recording_model(header);
    picture->samples = mem_calloc(nodes, sizeof *picture->samples);
    picture->sampled = mem_calloc(nodes, sizeof *picture->sampled);
    picture->scratch = mem_calloc(1, sizeof *picture->scratch);
    return picture;
}

struct picture *picture_clone(const struct picture *picture)
{
    struct picture *clone = mem_calloc(1, sizeof *clone);
    size_t nodes = (size_t)picture->model->node_count;

    *clone = *picture;
    clone->model = model_clone(picture->model);
    clone->samples = mem_calloc(nodes, sizeof *clone->samples);
    clone->sampled = mem_calloc(nodes, sizeof *clone->sampled);
    clone->scratch = mem_calloc(1, sizeof *clone->scratch);
    memcpy(clone->sampled, picture->sampled, nodes * sizeof *clone->sampled);
    for (size_t i = 0; i < nodes; i++)
        if (picture->sampled[i])
            node_sample_copy(&clone->samples[i], &picture->samples[i]);
    if (picture->check != NULL) {
        clone->check = mem_calloc(1, sizeof *clone->check);
        *clone->check = *picture->check;
    }
    if (picture->drill != NULL) {
        clone->drill = mem_calloc(1, sizeof *clone->drill);
        *clone->drill = *picture->drill;
    }
    return clone;
}

void picture_free(struct picture **picture)
{
    struct picture *p = *picture;

    if (p == NULL)
        return;
    model_free(&p->model);
    free(p->check);
    free(p->drill);
    free(p->samples);
    free(p->sampled);
    free(p->scratch);
    free(p);
    *picture = NULL;
}

size_t picture_bytes(const struct picture *picture)
{
    size_t nodes = (size_t)picture->model->node_count;
    size_t rings = 2 * HISTORY_SAMPLES * sizeof(float);
    size_t levels = COMMIT_LEVELS * (LATENCY_SLICES * sizeof(struct histogram) +
                                     LATENCY_GRAPH_SAMPLES * sizeof(float));

    return nodes * (sizeof(struct node) + sizeof(struct node_sample) + rings) + levels +
           sizeof(struct events) + sizeof *picture + sizeof *picture->scratch +
           (picture->check != NULL ? sizeof *picture->check : 0) +
           (picture->drill != NULL ? sizeof *picture->drill : 0);
}
