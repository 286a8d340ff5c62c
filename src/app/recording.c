/*
 * recording: see recording.h.
 */
#include "app/recording.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/load.h"
#include "base/log.h"
#include "base/str.h"

#define NAMES_TRIED 100

struct recording {
    struct loop *loop;
    struct watch *watch;
    recording_changed_fn *changed;
    void *owner;
    struct recorder *recorder; /* NULL: off */
    struct loop_timer flush;
    int columns, rows;
    char file[512];
};

/* ---- the header */

static void take_nodes(struct recording_header *header, const struct model *model)
{
    header->node_count = model->node_count;
    for (int i = 0; i < model->node_count; i++) {
        str_copy(header->nodes[i].name, NODE_NAME_SIZE, model->nodes[i].name);
        str_copy(header->nodes[i].address, ADDRESS_SIZE, model->nodes[i].address);
    }
}

/* On the heap: it has room for many nodes. */
static struct recording_header *make_header(const struct recording *recording, struct instant now)
{
    const struct settings *settings = watch_settings(recording->watch);
    const struct model *model = watch_model(recording->watch);
    struct recording_header *header = mem_calloc(1, sizeof *header);
    struct error ignored;

    str_copy(header->version, sizeof header->version, VERSION);
    header->at = now;
    clock_time_zone(header->time_zone, sizeof header->time_zone);
    header->utc_offset_s = clock_utc_offset_s(now.wall);
    header->columns = recording->columns;
    header->rows = recording->rows;
    str_copy(header->cluster, sizeof header->cluster, model->cluster);
    str_copy(header->stack, sizeof header->stack, model->stack);
    header->lab = model->lab;
    header->may_write = load_allowed(settings, &ignored);
    header->has_stack = settings->lab && settings->stack != STACK_NONE;
    header->poll_interval_us = model->poll_interval_us;
    header->poll_timeout_us = model->poll_timeout_us;
    header->limits = model->limits;
    for (int i = 0; i < COMMIT_LEVELS; i++)
        header->probed[i] = settings->probe_enabled && settings->probe_levels[i];
    take_nodes(header, model);
    return header;
}

/* ---- on and off */

static void stop(struct recording *recording, const struct error *why, struct instant now)
{
    watch_record(recording->watch, NULL);
    recorder_close(&recording->recorder, now);
    loop_timer_cancel(recording->loop, &recording->flush);
    if (recording->changed != NULL)
        recording->changed(recording->owner, why, now);
}

static void flush(void *owner, struct instant now)
{
    struct recording *recording = owner;
    char text[EVENT_TEXT_SIZE];
    struct error err;

    if (recorder_flush(recording->recorder, now, &err)) {
        loop_timer_set(recording->loop, &recording->flush, now.mono + RECORDER_FLUSH_US);
        return;
    }
    stop(recording, &err, now);
    str_format(text, sizeof text, "recording stopped: %s", err.message);
    watch_event(recording->watch, now, EVENT_WARNING, "recording", text);
}

static bool open_recorder(struct recording *recording, const char *path, int64_t max_bytes,
                          struct instant now, struct error *err)
{
    struct recording_header *header = make_header(recording, now);

    recording->recorder =
        recorder_open(path, max_bytes, header, watch_model(recording->watch), err);
    free(header);
    return recording->recorder != NULL;
}

/* "pgwatch-lab-20261123T120344.jsonl", with a number where that is there already. */
static bool open_new_file(struct recording *recording, struct instant now, struct error *err)
{
    char cluster[NODE_NAME_SIZE], time[32], path[160];
    size_t length = 0;

    for (const char *c = watch_model(recording->watch)->cluster; *c != '\0'; c++)
        cluster[length++] = isalnum((unsigned char)*c) || *c == '-' || *c == '_' ? *c : '_';
    cluster[length] = '\0';
    clock_format_file_time(now.wall, time, sizeof time);
    for (int i = 1; i <= NAMES_TRIED; i++) {
        str_format(path, sizeof path, "pgwatch-%s-%s", cluster, time);
        if (i > 1)
            str_appendf(path, sizeof path, "-%d", i);
        str_append(path, sizeof path, ".jsonl");
        if (open_recorder(recording, path, 0, now, err))
            return true;
        if (access(path, F_OK) != 0)
            break;
    }
    return false;
}

bool recording_start(struct recording *recording, const struct recording_options *options,
                     struct instant now, struct error *err)
{
    if (recording->recorder != NULL)
        return error_set(err, "a recording is under way: %s", recording->file);
    if (options->path == NULL
            ? !open_new_file(recording, now, err)
            : !open_recorder(recording, options->path, options->max_bytes, now, err))
        return false;
    str_copy(recording->file, sizeof recording->file, recorder_path(recording->recorder));
    watch_record(recording->watch, recording->recorder);
    loop_timer_set(recording->loop, &recording->flush, now.mono + RECORDER_FLUSH_US);
    if (recording->changed != NULL)
        recording->changed(recording->owner, NULL, now);
    return true;
}

void recording_stop(struct recording *recording, struct instant now)
{
    if (recording->recorder != NULL)
        stop(recording, NULL, now);
}

bool recording_is_on(const struct recording *recording)
{
    return recording != NULL && recording->recorder != NULL;
}

const char *recording_file(const struct recording *recording)
{
    return recording->file;
}

void recording_set_size(struct recording *recording, int columns, int rows)
{
    recording->columns = columns;
    recording->rows = rows;
}

/* ---- what is written beside the observations */

void recording_look(struct recording *recording, struct instant now,
                    const struct load_figures *load, const struct replication_check *check)
{
    if (!recording_is_on(recording))
        return;
    recorder_load(recording->recorder, now, load);
    recorder_check(recording->recorder, now, check);
}

void recording_drill(struct recording *recording, const struct drill_mark *mark)
{
    recorder_drill(recording->recorder, mark);
}

void recording_note(struct recording *recording, struct instant now, const char *kind,
                    const char *subject, const char *text, const char *data)
{
    struct recording_mark mark = {0};

    if (!recording_is_on(recording))
        return;
    str_copy(mark.kind, sizeof mark.kind, kind);
    str_copy(mark.subject, sizeof mark.subject, subject);
    str_copy(mark.text, sizeof mark.text, text);
    recorder_mark(recording->recorder, now, &mark, data);
}

/* ---- */

struct recording *recording_new(struct loop *loop, struct watch *watch,
                                recording_changed_fn *changed, void *owner)
{
    struct recording *recording = mem_calloc(1, sizeof *recording);

    recording->loop = loop;
    recording->watch = watch;
    recording->changed = changed;
    recording->owner = owner;
    recording->flush = (struct loop_timer){.fire = flush, .owner = recording};
    return recording;
}

void recording_free(struct recording **recording)
{
    struct recording *r = *recording;

    if (r == NULL)
        return;
    r->changed = NULL;
    recording_stop(r, clock_now());
    free(r);
    *recording = NULL;
}

static void warn(void *owner, const struct error *err, struct instant now)
{
    (void)owner;
    (void)now;
    if (err != NULL)
        log_warning("recording stopped: %s", err->message);
}

struct recording *recording_of(struct loop *loop, struct watch *watch,
                               const struct recording_options *options, struct error *err)
{
    struct recording *recording = recording_new(loop, watch, warn, NULL);

    if (options->path != NULL && !recording_start(recording, options, clock_now(), err))
        recording_free(&recording);
    return recording;
}
