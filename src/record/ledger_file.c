/*
 * ledger_file: see ledger_file.h.
 */
#include "record/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "cluster/latency.h"
#include "loop/syncer.h"

#define HEAD_SIZE 4096 /* a ledger's first line is shorter */

struct ledger_file {
    char *path;
    int fd;
    bool dirty; /* written since the last sync */
    mono_us started;
    struct syncer *syncer;
};

/* ---- writing */

static bool write_all(const struct ledger_file *file, const char *text, size_t length,
                      struct error *err)
{
    while (length > 0) {
        ssize_t written = write(file->fd, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return error_errno(err, errno, "cannot write the ledger %s", file->path);
        text += written;
        length -= (size_t)written;
    }
    return true;
}

/* Takes the object. */
static bool write_line(struct ledger_file *file, json_t *line, struct error *err)
{
    char *text = json_dumps(line, JSON_COMPACT);
    bool written;

    json_decref(line);
    if (text == NULL)
        return error_set(err, "cannot write the ledger %s: out of memory", file->path);
    size_t length = strlen(text);
    text[length] = '\n'; /* in place of the end: one write a line */
    written = write_all(file, text, length + 1, err);
    free(text);
    file->dirty = true;
    return written;
}

bool ledger_file_send(struct ledger_file *file, uint64_t number, mono_us due, mono_us sent,
                      enum commit_level level, const char *node, struct error *err)
{
    return write_line(file,
                      json_pack("{s:I, s:I, s:I, s:s, s:s}", "w", (json_int_t)number, "due_us",
                                (json_int_t)(due - file->started), "sent_us",
                                (json_int_t)(sent - file->started), "level",
                                commit_level_word(level), "node", node),
                      err);
}

static const char *outcome_key(enum commit_outcome outcome)
{
    static const char *const keys[COMMIT_OUTCOMES] = {
        [COMMIT_ACKNOWLEDGED] = "acknowledged",
        [COMMIT_LOCAL] = "acknowledged_locally",
        [COMMIT_UNKNOWN] = "unknown",
        [COMMIT_FAILED] = "failed",
    };
    return keys[outcome];
}

bool ledger_file_answer(struct ledger_file *file, const struct ledger_answer *answer,
                        const char *text, struct error *err)
{
    json_t *line = json_object();

    json_object_set_new(line, "w", json_integer((json_int_t)answer->number));
    json_object_set_new(line, "outcome", json_string(outcome_key(answer->outcome)));
    json_object_set_new(line, "id", answer->id > 0 ? json_integer(answer->id) : json_null());
    json_object_set_new(line, "at_us", json_integer((json_int_t)(answer->at - file->started)));
    if (text[0] != '\0')
        json_object_set_new(line, "why", json_string(text));
    return write_line(file, line, err);
}

bool ledger_file_sync(struct ledger_file *file, struct error *err)
{
    int failure = syncer_failure(file->syncer);

    if (failure != 0)
        return error_errno(err, failure, "cannot sync the ledger %s", file->path);
    if (file->dirty)
        syncer_ask(file->syncer);
    file->dirty = false;
    return true;
}

/* ---- opening */

/* The first line of a file that is not empty says that it is a ledger of this format. */
static bool is_ledger(const char *head)
{
    json_t *line = json_loads(head, JSON_DISABLE_EOF_CHECK, NULL);
    const char *kind = json_string_value(json_object_get(line, "ledger"));
    bool is = kind != NULL && strcmp(kind, "pgwatch-tui") == 0 &&
              json_integer_value(json_object_get(line, "format")) == 1;

    json_decref(line);
    return is;
}

/* A run that was killed while it wrote left a line without an end: ours begins a new one. */
static bool end_last_line(const struct ledger_file *file, off_t size, struct error *err)
{
    char last;

    if (pread(file->fd, &last, 1, size - 1) != 1)
        return error_errno(err, errno, "cannot read %s", file->path);
    return last == '\n' || write_all(file, "\n", 1, err);
}

static bool check(const struct ledger_file *file, struct error *err)
{
    char head[HEAD_SIZE];
    struct stat status;

    if (fstat(file->fd, &status) != 0)
        return error_errno(err, errno, "cannot look at %s", file->path);
    if (!S_ISREG(status.st_mode))
        return error_set(err, "%s is not a regular file", file->path);
    if (flock(file->fd, LOCK_EX | LOCK_NB) != 0)
        return error_set(err, "the ledger %s is being written by another program", file->path);
    if (status.st_size == 0)
        return true;
    ssize_t length = pread(file->fd, head, sizeof head - 1, 0);
    if (length < 0)
        return error_errno(err, errno, "cannot read %s", file->path);
    head[length] = '\0';
    if (!is_ledger(head)) {
        error_set(err, "%s is not empty and is no ledger of format 1", file->path);
        return error_hint(err, "name a new file; this one is left as it is");
    }
    return end_last_line(file, status.st_size, err);
}

static bool begin_run(struct ledger_file *file, const struct ledger_file_run *run,
                      struct error *err)
{
    char at[32];

    clock_format_utc(run->started.wall, at, sizeof at);
    file->started = run->started.mono;
    return write_line(file,
                      json_pack("{s:i, s:s, s:s, s:s, s:s, s:i}", "format", 1, "ledger",
                                "pgwatch-tui", "cluster", run->cluster, "at", at, "run", run->run,
                                "clients", run->clients),
                      err);
}

struct ledger_file *ledger_file_open(const char *path, const struct ledger_file_run *run,
                                     struct error *err)
{
    struct ledger_file *file = mem_calloc(1, sizeof *file);

    file->path = mem_calloc(1, strlen(path) * 3 + 1);
    str_sanitize(file->path, strlen(path) * 3 + 1, path, SIZE_MAX);
    /* Not blocking: a FIFO is refused, not waited for. */
    file->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0600);
    if (file->fd < 0)
        error_errno(err, errno, "cannot open the ledger %s", file->path);
    else if (check(file, err) && begin_run(file, run, err))
        file->syncer = syncer_new(file->fd, err);
    if (file->syncer == NULL)
        ledger_file_close(&file);
    return file;
}

void ledger_file_close(struct ledger_file **file)
{
    struct ledger_file *f = *file;

    if (f == NULL)
        return;
    if (f->syncer != NULL && f->dirty)
        syncer_ask(f->syncer);
    syncer_free(&f->syncer);
    if (f->fd >= 0)
        close(f->fd);
    free(f->path);
    free(f);
    *file = NULL;
}
