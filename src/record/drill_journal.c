/*
 * drill_journal: see drill_journal.h. The lock outlives no process: a dead holder is none.
 */
#include "record/drill_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/str.h"
#include "record/drill_journal_lines.h"

#define JOURNAL "drill.journal"
#define LOCK "drill.lock"
#define NEW_JOURNAL "drill.journal.new"
#define RECORDING "drill.recording.jsonl"         /* of the last drill */
#define RECORDING_ASIDE "drill.recording.jsonl.1" /* what --record-max put aside */
#define ASIDE "drill.journal.aside"
#define ASIDE_MAX 1000
#define JOURNAL_MAX_BYTES (1 << 20)
#define LOCK_TRIES 100

struct drill_journal {
    char *folder;
    int lock_fd, fd; /* fd -1: before it began */
    off_t size;      /* of whole lines */
    bool torn;       /* something is behind them: a line that failed */
    struct drill_left left;
};

static bool join(char *out, const char *folder, const char *name, struct error *err)
{
    return str_format(out, DIRECTORY_PATH_SIZE, "%s/%s", folder, name) ||
           error_set(err, "the path of the drill journal is too long");
}

/* ---- reading */

/* The whole file, at most JOURNAL_MAX_BYTES; the caller's. NULL with an error. */
static char *read_all(int fd, const char *path, size_t *length, struct error *err)
{
    char *text = mem_calloc(1, JOURNAL_MAX_BYTES + 1);
    ssize_t got;

    *length = 0;
    do {
        got = pread(fd, text + *length, JOURNAL_MAX_BYTES + 1 - *length, (off_t)*length);
        if (got > 0)
            *length += (size_t)got;
    } while ((got > 0 && *length <= JOURNAL_MAX_BYTES) || (got < 0 && errno == EINTR));
    if (got < 0)
        error_errno(err, errno, "cannot read the drill journal %s", path);
    else if (*length > JOURNAL_MAX_BYTES)
        error_set(err, "the drill journal %s is larger than 1 MB", path);
    else
        return text;
    free(text);
    return NULL;
}

static bool is_unreadable(struct error *err, const char *path, int line, const char *why)
{
    return error_set(err, "the drill journal %s cannot be read: line %d: %s", path, line, why);
}

/* Applies every whole line; *whole: where they end. */
static bool apply_lines(const char *text, size_t length, const char *path, struct drill_left *left,
                        size_t *whole, struct error *err)
{
    const char *why, *end;
    struct drill_entry entry;

    *whole = 0;
    for (int line = 1; (end = memchr(text + *whole, '\n', length - *whole)) != NULL; line++) {
        size_t size = (size_t)(end - (text + *whole));
        if (!drill_journal_parse(text + *whole, size, &entry, &why))
            return is_unreadable(err, path, line, why);
        if (!drill_left_apply(left, &entry))
            return is_unreadable(err, path, line, "it cannot stand here");
        *whole += size + 1;
    }
    return true;
}

static bool read_journal(int fd, const char *path, struct drill_left *left, off_t *size,
                         struct error *err)
{
    size_t length, whole;
    struct stat status;

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(err, "the drill journal %s is not a regular file", path);
    char *text = read_all(fd, path, &length, err);
    if (text == NULL)
        return false;
    bool read = apply_lines(text, length, path, left, &whole, err);
    *size = (off_t)whole;
    free(text);
    return read;
}

/* The folder's journal; true and fd -1 when there is none. */
static bool open_journal(const char *folder, int flags, int *fd, struct drill_left *left,
                         off_t *size, struct error *err)
{
    char path[DIRECTORY_PATH_SIZE];

    drill_left_clear(left);
    *size = 0;
    *fd = -1;
    if (!join(path, folder, JOURNAL, err))
        return false;
    /* Not blocking: a FIFO is refused, not waited for. */
    *fd = open(path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY);
    if (*fd < 0)
        return errno == ENOENT || errno == ENOTDIR ||
               error_errno(err, errno, "cannot open the drill journal %s", path);
    if (read_journal(*fd, path, left, size, err))
        return true;
    error_hint(err,
               "see whether a server is still paused or stopped, then give the file "
               "another name: the next drill begins a new one");
    close(*fd);
    *fd = -1;
    return false;
}

/* ---- lock */

/* The pid in the lock's file; 0 none. */
static int holder(int fd)
{
    char text[16] = "";

    if (pread(fd, text, sizeof text - 1, 0) <= 0)
        return 0;
    long pid = strtol(text, NULL, 10);
    return pid > 0 && pid < INT32_MAX ? (int)pid : 0;
}

/* One who only looks holds the lock for a moment: it is tried again before somebody is accused. */
static bool try_lock(int fd)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        sched_yield();
    }
    errno = EWOULDBLOCK;
    return false;
}

static bool lock_is_taken(int fd, const char *path, struct error *err)
{
    int why = errno, pid = holder(fd);

    if (why != EWOULDBLOCK)
        return error_errno(err, why, "cannot lock %s", path);
    if (pid > 0)
        error_set(err, "another drill is under way on this cluster (process %d)", pid);
    else
        error_set(err, "another drill is under way on this cluster");
    return error_hint(err, "one at a time: wait until it has ended, or interrupt it there");
}

static bool take_lock(const char *folder, int *fd, struct error *err)
{
    char path[DIRECTORY_PATH_SIZE];

    if (!join(path, folder, LOCK, err))
        return false;
    *fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0600);
    if (*fd < 0)
        return error_errno(err, errno, "cannot open %s", path);
    if (!try_lock(*fd))
        lock_is_taken(*fd, path, err);
    else if (ftruncate(*fd, 0) == 0 && dprintf(*fd, "%ld\n", (long)getpid()) > 0)
        return true;
    else
        error_errno(err, errno, "cannot write %s", path);
    close(*fd);
    *fd = -1;
    return false;
}

/* Whether its program still runs. Who gave the lock back left no pid: then nothing is tried. */
static bool is_locked(const char *folder, int *pid)
{
    char path[DIRECTORY_PATH_SIZE];
    struct error ignored;

    if (!join(path, folder, LOCK, &ignored))
        return false;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    int found = holder(fd);
    bool locked = found > 0 && flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (locked)
        *pid = found;
    close(fd);
    return locked;
}

bool drill_journal_left(const char *folder, struct drill_left *left, struct error *err)
{
    int fd, pid = 0;
    off_t size;
    bool under_way = is_locked(folder, &pid), read;

    read = open_journal(folder, O_RDONLY, &fd, left, &size, err);
    if (fd >= 0)
        close(fd);
    /* Before and after: a drill that ended or began meanwhile is not taken for one that was left.
     */
    left->under_way = is_locked(folder, &pid) || under_way;
    left->pid = left->under_way ? pid : 0;
    return read;
}

/* ---- opening */

static struct drill_journal *lock_folder(const char *folder, struct error *err)
{
    int lock_fd;

    if (!directory_make(folder, 0700, err) || !take_lock(folder, &lock_fd, err))
        return NULL;
    struct drill_journal *journal = mem_calloc(1, sizeof *journal);
    journal->folder = mem_strdup(folder);
    journal->lock_fd = lock_fd;
    journal->fd = -1;
    return journal;
}

static bool is_left(const struct drill_left *left, struct error *err)
{
    if (!drill_left_is_due(left))
        return false;
    error_set(err, "the drill %s of %s was cut off and left something to undo", left->head.drill,
              left->head.at);
    error_hint(err, "undo it first");
    return true;
}

bool drill_journal_open(const char *folder, struct drill_journal **journal, struct error *err)
{
    struct drill_journal *j = lock_folder(folder, err);
    int fd = -1;

    *journal = j;
    if (j == NULL)
        return false;
    bool opened =
        open_journal(folder, O_RDONLY, &fd, &j->left, &j->size, err) && !is_left(&j->left, err);
    if (fd >= 0)
        close(fd);
    drill_left_clear(&j->left);
    if (!opened)
        drill_journal_close(journal);
    return opened;
}

/* Forgets what stands behind the last whole line: it never was an entry. */
static bool cut_tail(struct drill_journal *journal, struct error *err)
{
    journal->torn = ftruncate(journal->fd, journal->size) != 0;
    return !journal->torn ||
           error_errno(err, errno, "cannot write the drill journal in %s", journal->folder);
}

bool drill_journal_resume(const char *folder, struct drill_journal **journal, struct error *err)
{
    struct drill_journal *j = lock_folder(folder, err);

    *journal = j;
    if (j == NULL)
        return false;
    bool opened = open_journal(folder, O_RDWR | O_APPEND, &j->fd, &j->left, &j->size, err);
    if (opened && !j->left.begun)
        opened = error_set(err, "no drill was begun on this cluster: there is nothing to undo");
    else if (opened)
        opened = cut_tail(j, err);
    j->left.cut_off = j->left.in_step;
    if (!opened)
        drill_journal_close(journal);
    return opened;
}

/* Nobody who begins meanwhile is robbed: without the lock nothing is removed. */
void drill_journal_remove(const char *folder)
{
    static const char *const names[] = {JOURNAL, NEW_JOURNAL, RECORDING, RECORDING_ASIDE, LOCK};
    char path[DIRECTORY_PATH_SIZE];
    struct error ignored;
    int fd;

    if (access(folder, W_OK) != 0 || !take_lock(folder, &fd, &ignored))
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (join(path, folder, names[i], &ignored))
            unlink(path);
    close(fd);
    rmdir(folder);
}

void drill_journal_close(struct drill_journal **journal)
{
    struct drill_journal *j = *journal;

    if (j == NULL)
        return;
    if (j->fd >= 0)
        close(j->fd);
    /* Without a pid nobody has to try the lock to learn that it is free. */
    if (ftruncate(j->lock_fd, 0) != 0)
        (void)0; /* the lock is given back all the same */
    close(j->lock_fd);
    free(j->folder);
    free(j);
    *journal = NULL;
}

const struct drill_left *drill_journal_now(const struct drill_journal *journal)
{
    return &journal->left;
}

/* ---- writing */

/* One line, to the disk. What is not wholly there is taken back: the next line begins on its own.
 */
static bool put(struct drill_journal *journal, const char *text, struct error *err)
{
    ssize_t length = (ssize_t)strlen(text), written;
    struct error ignored;

    if (journal->torn && !cut_tail(journal, err))
        return false;
    do
        written = write(journal->fd, text, (size_t)length);
    while (written < 0 && errno == EINTR);
    int why = written < 0 ? errno : ENOSPC;
    if (written == length && fdatasync(journal->fd) == 0) {
        journal->size += length;
        return true;
    }
    if (written == length)
        why = errno;
    cut_tail(journal, &ignored);
    return error_errno(err, why, "cannot write the drill journal in %s", journal->folder);
}

static bool add(struct drill_journal *journal, const struct drill_entry *entry, wall_us at,
                struct error *err)
{
    struct drill_left after = journal->left;
    char *line;

    if (!drill_left_apply(&after, entry))
        return error_set(err, "the drill journal takes no \"%s\" now",
                         drill_entry_key(entry->kind));
    line = drill_journal_line(entry, at);
    if (line == NULL)
        return error_set(err, "cannot write the drill journal: a text is not UTF-8");
    bool written = put(journal, line, err);
    free(line);
    if (written)
        journal->left = after;
    return written;
}

/* The new journal takes the place of the old one when it is on the disk. */
static bool begin_file(struct drill_journal *journal, const struct drill_entry *entry, wall_us at,
                       struct error *err)
{
    char fresh[DIRECTORY_PATH_SIZE], path[DIRECTORY_PATH_SIZE];

    if (!join(fresh, journal->folder, NEW_JOURNAL, err) ||
        !join(path, journal->folder, JOURNAL, err))
        return false;
    if (unlink(fresh) != 0 && errno != ENOENT)
        return error_errno(err, errno, "cannot remove %s", fresh);
    journal->fd = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (journal->fd < 0)
        return error_errno(err, errno, "cannot make %s", fresh);
    if (!add(journal, entry, at, err)) {
        unlink(fresh);
        return false;
    }
    if (rename(fresh, path) != 0)
        return error_errno(err, errno, "cannot rename %s", fresh);
    return directory_sync(journal->folder, err);
}

bool drill_journal_begin(struct drill_journal *journal, wall_us at, const struct drill_head *head,
                         struct error *err)
{
    struct drill_entry entry = {.kind = DRILL_ENTRY_BEGIN, .step = -1, .head = *head};

    if (journal->fd >= 0)
        return error_set(err, "the drill journal has begun already");
    clock_format_utc(at, entry.head.at, sizeof entry.head.at);
    if (begin_file(journal, &entry, at, err))
        return true;
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
    journal->size = 0;
    drill_left_clear(&journal->left);
    return false;
}

static bool add_entry(struct drill_journal *journal, struct drill_entry *entry, const char *node,
                      wall_us at, struct error *err)
{
    if (journal->fd < 0)
        return error_set(err, "the drill journal has not begun");
    str_copy(entry->node, sizeof entry->node, node != NULL ? node : "");
    return add(journal, entry, at, err);
}

bool drill_journal_step(struct drill_journal *journal, wall_us at, int step, enum drill_deed deed,
                        const char *node, struct error *err)
{
    struct drill_entry entry = {
        .kind = DRILL_ENTRY_STEP, .step = step, .deed = deed, .undo = drill_undo_of(deed)};
    return add_entry(journal, &entry, node, at, err);
}

bool drill_journal_step_ended(struct drill_journal *journal, wall_us at, int step,
                              enum drill_deed deed, const char *node, bool done, struct error *err)
{
    struct drill_entry entry = {.kind = done ? DRILL_ENTRY_STEP_DONE : DRILL_ENTRY_STEP_FAILED,
                                .step = step,
                                .deed = deed,
                                .undo = drill_undo_of(deed)};
    return add_entry(journal, &entry, node, at, err);
}

bool drill_journal_promote(struct drill_journal *journal, wall_us at, const char *node,
                           struct error *err)
{
    struct drill_entry entry = {.kind = DRILL_ENTRY_PROMOTION_ASKED, .step = -1};
    return add_entry(journal, &entry, node, at, err);
}

bool drill_journal_promotion_ended(struct drill_journal *journal, wall_us at, const char *node,
                                   struct error *err)
{
    struct drill_entry entry = {.kind = DRILL_ENTRY_PROMOTION_ENDED, .step = -1};
    return add_entry(journal, &entry, node, at, err);
}

bool drill_journal_undone(struct drill_journal *journal, wall_us at, const char *node,
                          enum drill_deed undo, struct error *err)
{
    struct drill_entry entry = {.kind = DRILL_ENTRY_UNDONE, .step = -1, .deed = undo};
    return add_entry(journal, &entry, node, at, err);
}

bool drill_journal_end(struct drill_journal *journal, wall_us at, enum drill_verdict verdict,
                       struct error *err)
{
    struct drill_entry entry = {.kind = DRILL_ENTRY_END, .step = -1, .verdict = verdict};
    return add_entry(journal, &entry, NULL, at, err);
}

/* ---- putting aside */

/* Never over another: we hold the lock, and a name that is there is skipped. */
static bool rename_aside(const char *folder, char *path, size_t size, struct error *err)
{
    char from[DIRECTORY_PATH_SIZE], to[DIRECTORY_PATH_SIZE];
    struct stat status;

    if (!join(from, folder, JOURNAL, err))
        return false;
    for (int i = 1; i < ASIDE_MAX; i++) {
        if (!str_format(to, sizeof to, "%s/%s.%d", folder, ASIDE, i))
            return error_set(err, "the path of the drill journal is too long");
        if (lstat(to, &status) == 0)
            continue;
        if (rename(from, to) != 0)
            return error_errno(err, errno, "cannot rename %s", from);
        str_copy(path, size, to);
        return directory_sync(folder, err);
    }
    return error_set(err, "%s holds too many journals that were put aside", folder);
}

bool drill_journal_put_aside(const char *folder, char *path, size_t size, struct error *err)
{
    struct drill_journal *journal = lock_folder(folder, err);

    if (journal == NULL)
        return false;
    bool renamed = rename_aside(folder, path, size, err);
    drill_journal_close(&journal);
    return renamed;
}
