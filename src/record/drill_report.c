/*
 * drill_report: see drill_report.h. The JSON comes first: where the Markdown is, both are.
 */
#include "record/drill_report.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/str.h"
#include "record/drill_json.h"
#include "record/drill_markdown.h"

#define TRIES 1000
#define STEM_SIZE 64

struct report {
    const char *folder;
    struct drill_run run; /* with the report's path */
    const struct drill_targets *targets;
    const struct model *model;
    char stem[STEM_SIZE];
};

typedef void print_fn(FILE *out, const struct drill_run *run, const struct drill_targets *targets,
                      const struct model *model);

/* "DRILL-20261127T120344Z", from "2026-11-27T12:03:44.123Z" */
static void make_stem(char *stem, wall_us began, int number)
{
    char utc[32], digits[32];
    size_t length = 0;

    clock_format_utc(began, utc, sizeof utc);
    for (const char *c = utc; *c != '\0' && *c != '.'; c++)
        if (isdigit((unsigned char)*c) || *c == 'T')
            digits[length++] = *c;
    digits[length] = '\0';
    str_format(stem, STEM_SIZE, "DRILL-%sZ", digits);
    if (number > 1)
        str_appendf(stem, STEM_SIZE, "-%d", number);
}

static bool make_path(char *out, size_t size, const struct report *report, const char *suffix,
                      struct error *err)
{
    return str_format(out, size, "%s/%s%s", report->folder, report->stem, suffix) ||
           error_set(err, "the path of the report is too long: %s", report->folder);
}

/* To the disk, under a name that nobody reads. */
static bool write_hidden(const char *path, const struct report *report, print_fn *print,
                         struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (out == NULL) {
        error_errno(err, errno, "cannot write %s", path);
        if (fd >= 0)
            close(fd);
        return false;
    }
    errno = 0;
    print(out, &report->run, report->targets, report->model);
    bool written = fflush(out) == 0 && ferror(out) == 0 && fsync(fd) == 0;
    int why = errno != 0 ? errno : EIO;
    if (fclose(out) != 0 && written) {
        written = false;
        why = errno;
    }
    return written || error_errno(err, why, "cannot write %s", path);
}

/* Gives it its name unless that is taken: then false with EEXIST. */
static bool show(const char *hidden, const char *path)
{
    struct stat status;

    if (link(hidden, path) == 0) {
        unlink(hidden);
        return true;
    }
    if (errno == EEXIST)
        return false;
    /* A file system without hard links. */
    if (lstat(path, &status) == 0) {
        errno = EEXIST;
        return false;
    }
    return rename(hidden, path) == 0;
}

/* One file; *taken: of that name there is one already. */
static bool write_file(const struct report *report, const char *suffix, print_fn *print,
                       bool *taken, struct error *err)
{
    char path[DIRECTORY_PATH_SIZE], hidden[DIRECTORY_PATH_SIZE];

    *taken = false;
    if (!make_path(path, sizeof path, report, suffix, err))
        return false;
    if (!str_format(hidden, sizeof hidden, "%s/.%s%s.%ld", report->folder, report->stem, suffix,
                    (long)getpid()))
        return error_set(err, "the path of the report is too long: %s", report->folder);
    bool written = write_hidden(hidden, report, print, err);
    if (written && show(hidden, path))
        return true;
    if (written) {
        *taken = errno == EEXIST;
        error_errno(err, errno, "cannot write %s", path);
    }
    unlink(hidden);
    return false;
}

static bool write_pair(const struct report *report, bool *taken, struct error *err)
{
    char json[DIRECTORY_PATH_SIZE];

    if (!make_path(json, sizeof json, report, ".json", err) ||
        !write_file(report, ".json", drill_json_print, taken, err))
        return false;
    if (write_file(report, ".md", drill_markdown_print, taken, err))
        return true;
    unlink(json); /* ours: it was made a moment ago */
    return false;
}

bool drill_report_write(const char *folder, const struct drill_run *run,
                        const struct drill_targets *targets, const struct model *model, char *path,
                        size_t size, struct error *err)
{
    struct report report = {.folder = folder, .run = *run, .targets = targets, .model = model};
    bool taken = true, written = false;

    if (!directory_make(folder, 0755, err))
        return false;
    for (int number = 1; taken && !written && number < TRIES; number++) {
        make_stem(report.stem, run->began.wall, number);
        if (!make_path(report.run.report, sizeof report.run.report, &report, ".md", err) ||
            !make_path(path, size, &report, ".md", err))
            return false;
        written = write_pair(&report, &taken, err);
    }
    return written && directory_sync(folder, err);
}
