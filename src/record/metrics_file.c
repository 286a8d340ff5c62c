/*
 * metrics_file: see metrics_file.h.
 *
 * The name of the temporary file is fixed, so that a leftover needs no search. Who holds its lock
 * while it is still the file of that name may write it and move it; whoever opened it before it was
 * moved finds that it is not.
 */
#include "record/metrics_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

struct metrics_file {
    char *path, *temporary;
    char *shown, *shown_temporary; /* the same, sanitized */
    FILE *out;                     /* while a text is printed: a memory stream of this text */
    char *text;
    size_t length;
};

/* DIRECTORY/.NAME.tmp: the textfile collector takes no file with that ending. */
static char *temporary_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    int directory = slash != NULL ? (int)(slash + 1 - path) : 0;
    size_t size = strlen(path) + sizeof "..tmp";
    char *temporary = mem_calloc(1, size);

    str_format(temporary, size, "%.*s.%s.tmp", directory, path, path + directory);
    return temporary;
}

static char *sanitized(const char *path)
{
    size_t size = strlen(path) * 3 + 1;
    char *safe = mem_calloc(1, size);

    str_sanitize(safe, size, path, SIZE_MAX);
    return safe;
}

struct metrics_file *metrics_file_new(const char *path)
{
    struct metrics_file *file = mem_calloc(1, sizeof *file);

    file->path = mem_strdup(path);
    file->temporary = temporary_of(path);
    file->shown = sanitized(file->path);
    file->shown_temporary = sanitized(file->temporary);
    return file;
}

void metrics_file_free(struct metrics_file **file)
{
    struct metrics_file *f = *file;

    if (f == NULL)
        return;
    free(f->path);
    free(f->temporary);
    free(f->shown);
    free(f->shown_temporary);
    free(f);
    *file = NULL;
}

/* what: the file that cannot be written, as it is shown. */
static bool fail(const char *what, int reason, struct error *err)
{
    error_errno(err, reason, "cannot write %s", what);
    if (reason == ENOENT || reason == ENOTDIR)
        error_hint(err, "make its directory");
    else if (reason == EACCES || reason == EPERM || reason == EROFS)
        error_hint(err, "this user must be able to make files in its directory");
    return false;
}

/* A device or a directory is not replaced, and neither is what a link points to. */
static bool may_replace(const struct metrics_file *file, struct error *err)
{
    struct stat status;

    if (lstat(file->path, &status) != 0)
        return errno == ENOENT || fail(file->shown, errno, err);
    if (S_ISREG(status.st_mode))
        return true;
    error_set(err, "cannot write %s: it is not a regular file", file->shown);
    return error_hint(err, "name a file, or one that is not there yet");
}

/* It is locked by us, and nobody moved it away or took it away before it was. */
static bool locked(const struct metrics_file *file, int fd, const struct stat *opened)
{
    struct stat named;

    return flock(fd, LOCK_EX | LOCK_NB) == 0 && lstat(file->temporary, &named) == 0 &&
           opened->st_dev == named.st_dev && opened->st_ino == named.st_ino;
}

static bool own(const struct metrics_file *file, int fd, struct error *err)
{
    struct stat opened;

    if (fstat(fd, &opened) != 0)
        return fail(file->shown_temporary, errno, err);
    if (!S_ISREG(opened.st_mode) || opened.st_nlink > 1 || opened.st_uid != geteuid()) {
        error_set(err, "%s is there already and is not ours", file->shown_temporary);
        return error_hint(err, "remove it");
    }
    if (locked(file, fd, &opened))
        return true;
    error_set(err, "%s is being written by another program", file->shown);
    return error_hint(err, "let each of them write a file of its own");
}

/* The temporary file, empty and ours until it is closed; -1 with an error. */
static int open_temporary(const struct metrics_file *file, struct error *err)
{
    int fd = open(file->temporary,
                  O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0644);

    if (fd < 0) {
        fail(file->shown_temporary, errno, err);
        return -1;
    }
    if (own(file, fd, err)) {
        if (ftruncate(fd, 0) == 0 && fchmod(fd, 0644) == 0)
            return fd;
        fail(file->shown_temporary, errno, err);
    }
    close(fd);
    return -1;
}

static bool write_text(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            text += written;
            length -= (size_t)written;
        }
    }
    return true;
}

static bool put(const struct metrics_file *file, struct error *err)
{
    int fd = may_replace(file, err) ? open_temporary(file, err) : -1;

    if (fd < 0)
        return false;
    /* Moved while the lock is held: closing gives it back. */
    bool done =
        write_text(fd, file->text, file->length) && rename(file->temporary, file->path) == 0;
    if (!done) {
        fail(file->shown, errno, err);
        unlink(file->temporary);
    }
    close(fd);
    return done;
}

FILE *metrics_file_begin(struct metrics_file *file, struct error *err)
{
    file->out = open_memstream(&file->text, &file->length);
    if (file->out == NULL)
        fail(file->shown, errno, err);
    return file->out;
}

bool metrics_file_end(struct metrics_file *file, struct error *err)
{
    bool done = fclose(file->out) == 0 ? put(file, err) : fail(file->shown, errno, err);

    free(file->text);
    file->text = NULL;
    return done;
}
