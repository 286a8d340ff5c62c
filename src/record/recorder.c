/*
 * recorder: see recorder.h. Lines are gathered and written by one write(2) a second, or earlier
 * when there are many.
 */
#include "record/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "record/drill_mark_json.h"
#include "record/fields.h"
#include "record/picture_state.h"

#define GATHERED_MAX (256 * 1024)
#define KEYFRAME_US (60 * US_PER_S)

struct before { /* what the changes of a node are changes of */
    bool there;
    mono_us written_whole;
    struct node_sample sample;
};

struct recorder {
    char *path, *shown_path;
    int64_t max_bytes;
    struct recording_header header;
    const struct model *model;
    int fd; /* -1: broken */
    int64_t bytes;
    struct json_out out;
    int64_t wall_ahead;
    struct before *before;
    bool has_load;
    struct load_figures load;
    struct json_out check, scratch; /* the last one as it was written */
    struct error error;
};

/* ---- the file */

static void break_off(struct recorder *r, int errno_value)
{
    error_errno(&r->error, errno_value, "cannot write the recording %s", r->shown_path);
    close(r->fd);
    r->fd = -1;
}

/* What was written of the lines up to the last whole one stays. */
static void cut_torn_line(struct recorder *r, size_t written)
{
    while (written > 0 && r->out.text[written - 1] != '\n')
        written--;
    if (ftruncate(r->fd, r->bytes + (int64_t)written) != 0)
        return; /* a torn last line is no error for a reader */
}

static void write_out(struct recorder *r)
{
    size_t written = 0;

    while (r->fd >= 0 && written < r->out.length) {
        ssize_t some = write(r->fd, r->out.text + written, r->out.length - written);
        if (some < 0 && errno == EINTR)
            continue;
        if (some < 0) {
            int why = errno;
            cut_torn_line(r, written);
            break_off(r, why);
            break;
        }
        written += (size_t)some;
    }
    r->bytes += (int64_t)written;
    json_out_clear(&r->out);
}

static bool open_file(struct recorder *r, struct error *err)
{
    r->fd = open(r->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOCTTY, 0600);
    r->bytes = 0;
    if (r->fd < 0 && errno == EEXIST) {
        error_set(err, "%s is there already", r->shown_path);
        return error_hint(err, "a recording never writes over a file: name a new one");
    }
    return r->fd >= 0 || error_errno(err, errno, "cannot make the recording %s", r->shown_path);
}

/* ---- lines */

/* "{"t":123,", and how the wall clock moved; false when nothing is written any more. */
static bool begin_line(struct recorder *r, struct instant at)
{
    char begin[80];
    int64_t ahead = at.wall - at.mono;

    if (r == NULL || r->fd < 0)
        return false;
    str_format(begin, sizeof begin, "{\"t\":%lld,",
               (long long)(at.mono > r->header.at.mono ? at.mono - r->header.at.mono : 0));
    if (ahead != r->wall_ahead)
        str_appendf(begin, sizeof begin, "\"w\":%lld,", (long long)(ahead - r->wall_ahead));
    r->wall_ahead = ahead;
    json_out_raw(&r->out, begin, strlen(begin));
    return true;
}

static void end_line(struct recorder *r)
{
    json_out_end(&r->out, '}');
    r->out.text[r->out.length - 1] = '\n';
    if (r->out.length > GATHERED_MAX)
        write_out(r);
}

static void number(struct recorder *r, const char *key, int64_t value)
{
    json_out_key(&r->out, key);
    json_out_int(&r->out, value);
}

static void write_sample(struct recorder *r, const struct observation *o)
{
    struct before *before = &r->before[o->node];
    bool whole = !before->there || o->at.mono - before->written_whole >= KEYFRAME_US;

    json_out_key(&r->out, whole ? "sample" : "changes");
    fields_write(&r->out, &sample_fields, &o->sample, whole ? NULL : &before->sample);
    if (whole)
        before->written_whole = o->at.mono;
    before->there = true;
    node_sample_copy(&before->sample, &o->sample);
}

void recorder_observation(struct recorder *r, const struct observation *o)
{
    if (!begin_line(r, o->at))
        return;
    if (o->node != 0)
        number(r, "n", o->node);
    switch (o->kind) {
    case OBSERVED_SAMPLE:
        number(r, "took", o->at.mono - o->asked_at);
        write_sample(r, o);
        break;
    case OBSERVED_FAULT:
        number(r, "took", o->at.mono - o->asked_at);
        json_out_key(&r->out, "fault");
        fields_write(&r->out, &fault_fields, &o->fault, NULL);
        r->before[o->node].there = false;
        break;
    case OBSERVED_COMMIT:
        json_out_key(&r->out, "commit");
        fields_write(&r->out, &commit_fields, &o->commit, NULL);
        break;
    case OBSERVED_PROBE:
        json_out_key(&r->out, "probe");
        fields_write(&r->out, &probe_fields, &o->probe, NULL);
        break;
    case OBSERVED_DOOR:
        number(r, "took", o->at.mono - o->asked_at);
        json_out_key(&r->out, "door");
        fields_write(&r->out, &door_fields, &o->door, NULL);
        break;
    }
    end_line(r);
}

void recorder_event(struct recorder *r, struct instant at, enum event_level level,
                    const char *subject, const char *text)
{
    struct event event = {.level = level};

    if (!begin_line(r, at))
        return;
    str_copy(event.subject, sizeof event.subject, subject);
    str_sanitize(event.text, sizeof event.text, text, SIZE_MAX);
    json_out_key(&r->out, "event");
    fields_write(&r->out, &event_fields, &event, NULL);
    end_line(r);
}

void recorder_interval(struct recorder *r, struct instant at, int64_t interval_us)
{
    if (!begin_line(r, at))
        return;
    number(r, "interval", interval_us);
    end_line(r);
}

void recorder_load(struct recorder *r, struct instant at, const struct load_figures *load)
{
    if (r == NULL || (load == NULL && !r->has_load))
        return;
    json_out_clear(&r->scratch);
    if (load != NULL)
        fields_write(&r->scratch, &load_fields, load, r->has_load ? &r->load : NULL);
    if ((r->has_load && load != NULL && r->scratch.length <= 3 /* {}, */) || !begin_line(r, at))
        return;
    json_out_key(&r->out, "load");
    if (load != NULL)
        json_out_raw(&r->out, r->scratch.text, r->scratch.length);
    else
        json_out_word(&r->out, "null");
    end_line(r);
    r->has_load = load != NULL;
    if (load != NULL)
        r->load = *load;
}

void recorder_check(struct recorder *r, struct instant at, const struct replication_check *check)
{
    if (r == NULL || check == NULL)
        return;
    json_out_clear(&r->scratch);
    fields_write(&r->scratch, &check_fields, check, NULL);
    if ((r->scratch.length == r->check.length &&
         memcmp(r->scratch.text, r->check.text, r->check.length) == 0) ||
        !begin_line(r, at))
        return;
    json_out_key(&r->out, "check");
    json_out_raw(&r->out, r->scratch.text, r->scratch.length);
    end_line(r);
    json_out_clear(&r->check);
    json_out_raw(&r->check, r->scratch.text, r->scratch.length);
}

void recorder_drill(struct recorder *r, const struct drill_mark *mark)
{
    char *text;

    if (!begin_line(r, mark->at))
        return;
    text = drill_mark_text(mark);
    json_out_key(&r->out, "drill");
    json_out_word(&r->out, text != NULL ? text : "null");
    free(text);
    end_line(r);
}

void recorder_mark(struct recorder *r, struct instant at, const struct recording_mark *mark,
                   const char *data)
{
    if (!begin_line(r, at))
        return;
    json_out_key(&r->out, "mark");
    json_out_begin(&r->out, '{');
    json_out_key(&r->out, "kind");
    json_out_string(&r->out, mark->kind);
    if (mark->subject[0] != '\0') {
        json_out_key(&r->out, "subject");
        json_out_string(&r->out, mark->subject);
    }
    json_out_key(&r->out, "text");
    json_out_string(&r->out, mark->text);
    if (data != NULL) {
        json_out_key(&r->out, "data");
        json_out_word(&r->out, data);
    }
    json_out_end(&r->out, '}');
    end_line(r);
}

/* ---- beginning, going on in a new file, ending */

static void begin(struct recorder *r, struct instant now)
{
    struct load_figures load = r->load;
    bool had_load = r->has_load;

    r->header.at = now;
    r->wall_ahead = now.wall - now.mono;
    for (int i = 0; i < r->header.node_count; i++)
        r->before[i].there = false;
    r->header.poll_interval_us = r->model->poll_interval_us;
    recording_write_header(&r->out, &r->header);
    picture_write_state(&r->out, "{\"t\":0,", r->model);
    r->has_load = false;
    recorder_load(r, now, had_load ? &load : NULL);
    if (r->check.length == 0 || !begin_line(r, now))
        return;
    json_out_key(&r->out, "check");
    json_out_raw(&r->out, r->check.text, r->check.length);
    end_line(r);
}

static void rotate(struct recorder *r, struct instant now)
{
    char *old = mem_calloc(1, strlen(r->path) + 3);

    str_format(old, strlen(r->path) + 3, "%s.1", r->path);
    close(r->fd);
    r->fd = -1;
    if (rename(r->path, old) != 0)
        error_errno(&r->error, errno, "cannot rename the recording %s", r->shown_path);
    else if (open_file(r, &r->error))
        begin(r, now);
    free(old);
}

bool recorder_flush(struct recorder *r, struct instant now, struct error *err)
{
    if (r == NULL)
        return true;
    write_out(r);
    if (r->fd >= 0 && r->max_bytes > 0 && r->bytes > r->max_bytes)
        rotate(r, now);
    write_out(r);
    if (r->fd >= 0)
        return true;
    *err = r->error;
    return false;
}

static bool old_one_is_ours(const struct recorder *r, struct error *err)
{
    char *old = mem_calloc(1, strlen(r->path) + 3);
    bool there;

    str_format(old, strlen(r->path) + 3, "%s.1", r->path);
    there = r->max_bytes > 0 && access(old, F_OK) == 0;
    free(old);
    if (!there)
        return true;
    error_set(err, "%s.1 is there already", r->shown_path);
    return error_hint(err, "the recording would go on there; name a new file");
}

struct recorder *recorder_open(const char *path, int64_t max_bytes,
                               const struct recording_header *header, const struct model *model,
                               struct error *err)
{
    struct recorder *r = mem_calloc(1, sizeof *r);

    r->fd = -1;
    r->path = mem_strdup(path);
    r->shown_path = mem_calloc(1, strlen(path) * 3 + 1);
    str_sanitize(r->shown_path, strlen(path) * 3 + 1, path, SIZE_MAX);
    r->max_bytes = max_bytes;
    r->header = *header;
    r->model = model;
    r->before = mem_calloc((size_t)header->node_count, sizeof *r->before);
    if (!old_one_is_ours(r, err) || !open_file(r, err)) {
        recorder_close(&r, header->at);
        return NULL;
    }
    begin(r, header->at);
    write_out(r);
    if (r->fd < 0) {
        *err = r->error;
        unlink(path); /* ours, and nothing is in it */
        recorder_close(&r, header->at);
    }
    return r;
}

void recorder_close(struct recorder **recorder, struct instant now)
{
    struct recorder *r = *recorder;

    if (r == NULL)
        return;
    if (begin_line(r, now)) {
        json_out_key(&r->out, "end");
        json_out_begin(&r->out, '{');
        json_out_end(&r->out, '}');
        end_line(r);
    }
    write_out(r);
    if (r->fd >= 0)
        close(r->fd);
    json_out_free(&r->out);
    json_out_free(&r->check);
    json_out_free(&r->scratch);
    free(r->before);
    free(r->path);
    free(r->shown_path);
    free(r);
    *recorder = NULL;
}

const char *recorder_path(const struct recorder *r)
{
    return r->shown_path;
}
