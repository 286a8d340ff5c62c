/*
 * recording: the header.
 */
#include "record/recording.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "record/fields.h"

#define NAME "pgwatch-tui"
#define INTERVAL_MAX_US (86400 * US_PER_S)

static const struct field node_items[] = {
    F_TEXT(struct recording_node, "name", name),
    F_TEXT(struct recording_node, "address", address),
};
static FIELDS_OF(node_fields, struct recording_node, node_items);

static const struct field header_items[] = {
    F_TEXT(struct recording_header, "version", version),
    F_TIME(struct recording_header, "mono_us", at.mono),
    F_TIME(struct recording_header, "wall_us", at.wall),
    F_TEXT(struct recording_header, "time_zone", time_zone),
    F_INT(struct recording_header, "utc_offset_s", utc_offset_s),
    F_ID(struct recording_header, "columns", columns),
    F_ID(struct recording_header, "rows", rows),
    F_TEXT(struct recording_header, "cluster", cluster),
    F_TEXT(struct recording_header, "stack", stack),
    F_BOOL(struct recording_header, "lab", lab),
    F_BOOL(struct recording_header, "may_write", may_write),
    F_BOOL(struct recording_header, "has_stack", has_stack),
    F_TIME(struct recording_header, "poll_interval_us", poll_interval_us),
    F_TIME(struct recording_header, "poll_timeout_us", poll_timeout_us),
    F_US(struct recording_header, "limit_commit_latency_us", limits.commit_latency_us),
    F_US(struct recording_header, "limit_replay_lag_us", limits.replay_lag_us),
    F_US(struct recording_header, "limit_blocked_commit_us", limits.blocked_commit_us),
    F_US(struct recording_header, "limit_replay_behind_bytes", limits.replay_behind_bytes),
    F_US(struct recording_header, "limit_slot_retained_bytes", limits.slot_retained_bytes),
    F_ARRAY(struct recording_header, "probed", probed, FIELD_BOOLS),
    F_ROWS(struct recording_header, "nodes", nodes, node_count, &node_fields),
};
static FIELDS_OF(header_fields, struct recording_header, header_items);

void recording_write_header(struct json_out *out, const struct recording_header *header)
{
    char at[32];

    clock_format_utc(header->at.wall, at, sizeof at);
    json_out_begin(out, '{');
    json_out_key(out, "format");
    json_out_int(out, RECORDING_FORMAT);
    json_out_key(out, "recording");
    json_out_string(out, NAME);
    json_out_key(out, "at");
    json_out_string(out, at);
    json_out_key(out, "of");
    fields_write(out, &header_fields, header, NULL);
    json_out_end(out, '}');
    out->text[out->length - 1] = '\n';
}

static bool is_usable(const struct recording_header *header)
{
    return header->node_count > 0 && header->at.mono >= 0 && header->at.wall >= 0 &&
           header->poll_interval_us > 0 && header->poll_interval_us <= INTERVAL_MAX_US &&
           header->poll_timeout_us > 0 && header->poll_timeout_us <= INTERVAL_MAX_US;
}

static bool check_format(const json_t *line, struct error *err)
{
    const char *what = json_string_value(json_object_get(line, "recording"));
    json_int_t format = json_integer_value(json_object_get(line, "format"));

    if (what == NULL || strcmp(what, NAME) != 0)
        return error_set(err, "this is no recording of pgwatch-tui");
    if (format > RECORDING_FORMAT) {
        error_set(err, "this recording has format %lld, this program reads format %d",
                  (long long)format, RECORDING_FORMAT);
        return error_hint(err, "a newer pgwatch-tui made it; use one to read it");
    }
    return format == RECORDING_FORMAT || error_set(err, "the recording's format is not known");
}

bool recording_read_header(const char *text, size_t length, struct recording_header *header,
                           struct error *err)
{
    json_t *line = json_loadb(text, length, 0, NULL);
    struct error why;
    bool good = check_format(line, err);

    fields_blank(&header_fields, header);
    if (good && !fields_read(&header_fields, json_object_get(line, "of"), header, &why))
        good = error_set(err, "the recording's first line is damaged: %s", why.message);
    if (good && !is_usable(header))
        good = error_set(err, "the recording's first line is damaged: its cluster cannot be");
    json_decref(line);
    return good;
}

struct model *recording_model(const struct recording_header *header)
{
    struct model_node_config *nodes = mem_calloc((size_t)header->node_count, sizeof *nodes);

    for (int i = 0; i < header->node_count; i++)
        nodes[i] = (struct model_node_config){header->nodes[i].name, header->nodes[i].address};
    struct model_config config = {
        .cluster = header->cluster,
        .stack = header->stack,
        .lab = header->lab,
        .poll_interval_us = header->poll_interval_us,
        .poll_timeout_us = header->poll_timeout_us,
        .limits = header->limits,
        .node_count = header->node_count,
        .nodes = nodes,
    };
    struct model *model = model_new(&config);
    free(nodes);
    return model;
}
