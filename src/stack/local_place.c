/*
 * local_place: the folders of a local stack. Blocking calls on small local files only.
 */
#include "stack/local_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/directory.h"
#include "base/str.h"

#define MARKER ".pgwatch-tui-stack"
#define SYSTEM_ROOT "/var/lib/pgwatch-tui"
#define LOG_MAX_BYTES (16 * 1024 * 1024) /* then it is put aside at a start */
#define FILE_MAX_BYTES (1024 * 1024)

static bool join(char *out, const char *directory, const char *name, struct error *err)
{
    if (str_format(out, STACK_PATH_SIZE, "%s/%s", directory, name))
        return true;
    return error_set(err, "the path is too long: %.200s...", directory);
}

/* Whether the user may pass through every directory above (and at, where it exists) the path. */
static bool user_reaches(const struct child_user *user, const char *path)
{
    char part[STACK_PATH_SIZE];
    struct stat st;

    str_copy(part, sizeof part, path);
    for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (stat(part, &st) == 0) {
            mode_t may = st.st_uid == user->uid   ? S_IXUSR
                         : st.st_gid == user->gid ? S_IXGRP
                                                  : S_IXOTH;
            if ((st.st_mode & may) == 0)
                return false;
        }
        *slash = '/';
    }
    return true;
}

bool local_place_find(const struct settings *settings, struct local_place *place, struct error *err)
{
    *place = (struct local_place){.switch_user = geteuid() == 0};
    if (!str_copy(place->root, sizeof place->root, settings->local_data))
        return error_set(err, "the path of stack.data is too long");
    if (!place->switch_user)
        return true;
    if (!child_user_find("postgres", &place->user, err))
        return error_hint(err,
                          "PostgreSQL does not run as root: install its server package, which "
                          "makes that user, or start this as another user");
    if (user_reaches(&place->user, settings->local_data))
        return true;
    if (!str_format(place->root, sizeof place->root, SYSTEM_ROOT "%s", settings->local_data))
        return error_set(err, "the path of stack.data is too long");
    return true;
}

bool local_paths_of(const struct local_place *place, const char *node, struct local_paths *paths,
                    struct error *err)
{
    if (strchr(node, '/') != NULL || node[0] == '.')
        return error_set(err, "a node of a local stack cannot be called \"%s\"", node);
    return join(paths->directory, place->root, node, err) &&
           join(paths->data, paths->directory, "data", err) &&
           join(paths->files, paths->directory, "files", err) &&
           join(paths->log, paths->directory, "log/server.log", err) &&
           join(paths->run, paths->directory, "run", err);
}

static bool marker_path(const struct local_place *place, char *path)
{
    struct error ignored;
    return join(path, place->root, MARKER, &ignored);
}

bool local_place_exists(const struct local_place *place)
{
    char path[STACK_PATH_SIZE];

    return marker_path(place, path) && access(path, F_OK) == 0;
}

bool local_place_is_ours(const struct local_place *place, struct error *err)
{
    char path[STACK_PATH_SIZE];
    struct stat st;

    if (!marker_path(place, path) ||
        (stat(path, &st) != 0 && (errno != EACCES || stat(place->root, &st) != 0)) ||
        st.st_uid == geteuid())
        return true;
    const struct passwd *owner = getpwuid(st.st_uid);
    if (owner != NULL)
        error_set(err, "the stack in %s belongs to user %s", place->root, owner->pw_name);
    else
        error_set(err, "the stack in %s belongs to user %ld", place->root, (long)st.st_uid);
    return error_hint(err, "run this as that user, or give stack.data a folder of its own");
}

/* But for the marker. */
static bool is_empty(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    bool empty = true;

    while (directory != NULL && empty && (entry = readdir(directory)) != NULL)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                strcmp(entry->d_name, MARKER) == 0;
    if (directory != NULL)
        closedir(directory);
    return empty;
}

static bool is_in_system_root(const char *path)
{
    size_t length = strlen(SYSTEM_ROOT);

    return strncmp(path, SYSTEM_ROOT, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* The servers' user must pass through the folder, whatever the umask is, or was when it was made.
 */
static bool open_up(const struct local_place *place, struct error *err)
{
    char path[STACK_PATH_SIZE];
    mode_t mode = 0711;
    struct stat st;

    str_copy(path, sizeof path, place->root);
    do {
        if (stat(path, &st) != 0 || ((st.st_mode & 07777) != mode && chmod(path, mode) != 0))
            return error_errno(err, errno, "cannot open %s to the servers' user", path);
        mode = 0755;
        *strrchr(path, '/') = '\0';
    } while (is_in_system_root(path));
    return true;
}

/* What lies above the root must be passable for the servers' user as well. */
static bool make_root(const struct local_place *place, struct error *err)
{
    if (!place->switch_user)
        return directory_make(place->root, 0700, err);
    mode_t before = umask(022);
    bool made = directory_make(place->root, 0711, err);
    umask(before);
    return made;
}

bool local_place_make(const struct local_place *place, struct error *err)
{
    char path[STACK_PATH_SIZE];

    if (local_place_exists(place))
        return !place->switch_user || open_up(place, err);
    if (!make_root(place, err))
        return false;
    if (!is_empty(place->root)) {
        error_set(err, "%s is not empty and was not made by pgwatch-tui", place->root);
        return error_hint(err, "stack.data must name a folder of its own");
    }
    if (place->switch_user && !open_up(place, err))
        return false;
    if (!marker_path(place, path))
        return error_set(err, "the path of stack.data is too long");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return error_errno(err, errno, "cannot write %s", path);
    close(fd);
    return true;
}

static bool lock_is_taken(int fd, const char *path, struct error *err)
{
    char holder[32] = "";
    ssize_t got = pread(fd, holder, sizeof holder - 1, 0);

    if (errno != EWOULDBLOCK)
        return error_errno(err, errno, "cannot lock %s", path);
    long pid = got > 0 ? strtol(holder, NULL, 10) : 0;
    if (pid > 0)
        error_set(err, "another pgwatch-tui (process %ld) is working on this stack", pid);
    else
        error_set(err, "another pgwatch-tui is working on this stack");
    return error_hint(err, "wait until it is done");
}

bool local_place_lock(const struct local_place *place, int *fd, struct error *err)
{
    char path[STACK_PATH_SIZE];

    if (!join(path, place->root, "lock", err))
        return false;
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0)
        return error_errno(err, errno, "cannot open %s", path);
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
        lock_is_taken(*fd, path, err);
        close(*fd);
        *fd = -1;
        return false;
    }
    if (ftruncate(*fd, 0) != 0 || dprintf(*fd, "%ld\n", (long)getpid()) < 0) {
        error_errno(err, errno, "cannot write %s", path);
        close(*fd);
        *fd = -1;
        return false;
    }
    return true;
}

/* ---- a node */

static bool give(const struct local_place *place, const char *path, struct error *err)
{
    if (place->switch_user && lchown(path, place->user.uid, place->user.gid) != 0)
        return error_errno(err, errno, "cannot give %s to user %s", path, place->user.name);
    return true;
}

static bool make_own_directory(const struct local_place *place, const char *path, struct error *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return error_errno(err, errno, "cannot make %s", path);
    return give(place, path, err);
}

static bool write_file(const char *path, mode_t mode, const char *text, size_t length,
                       struct error *err)
{
    unlink(path); /* a new file: never through a link, never the old owner's */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return error_errno(err, errno, "cannot write %s", path);
    ssize_t written = write(fd, text, length);
    int why = written < 0 ? errno : ENOSPC;
    close(fd);
    return written == (ssize_t)length || error_errno(err, why, "cannot write %s", path);
}

static bool copy_file(const struct local_place *place, const char *from, const char *to,
                      mode_t mode, struct error *err)
{
    FILE *in = fopen(from, "re");
    char *text = mem_calloc(1, FILE_MAX_BYTES);
    bool copied = false;

    if (in == NULL) {
        error_errno(err, errno, "cannot read %s", from);
        error_hint(err,
                   "`files` of a node names the directory with postgresql.conf, pg_hba.conf "
                   "and init-primary.sh or init-replica.sh");
    } else {
        size_t length = fread(text, 1, FILE_MAX_BYTES, in);
        copied = write_file(to, mode, text, length, err) && give(place, to, err);
        fclose(in);
    }
    free(text);
    return copied;
}

bool local_script_of(const struct node_settings *node, char *name, size_t size, struct error *err)
{
    static const char *const names[] = {"init-primary.sh", "init-replica.sh"};
    char path[STACK_PATH_SIZE];

    if (node->files == NULL)
        return error_set(err, "node %s has no `files`: a local stack needs them", node->name);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!join(path, node->files, names[i], err))
            return false;
        if (access(path, R_OK) == 0)
            return str_copy(name, size, names[i]);
    }
    error_set(err, "node %s: there is no init-primary.sh or init-replica.sh in %s", node->name,
              node->files);
    return error_hint(err, "correct `files` of the node");
}

static bool copy_files(const struct local_place *place, const struct node_settings *node,
                       const struct local_paths *paths, struct error *err)
{
    char script[64], from[STACK_PATH_SIZE], to[STACK_PATH_SIZE];

    if (!local_script_of(node, script, sizeof script, err))
        return false;
    const char *const names[] = {"postgresql.conf", "pg_hba.conf", script};
    for (int i = 0; i < 3; i++)
        if (!join(from, node->files, names[i], err) || !join(to, paths->files, names[i], err) ||
            !copy_file(place, from, to, i == 2 ? 0700 : 0600, err))
            return false;
    return true;
}

static void put_large_log_aside(const struct local_paths *paths)
{
    char old[STACK_PATH_SIZE];
    struct stat st;

    if (stat(paths->log, &st) == 0 && st.st_size > LOG_MAX_BYTES &&
        str_format(old, sizeof old, "%s.old", paths->log))
        rename(paths->log, old);
}

bool local_node_make(const struct local_place *place, const struct node_settings *node,
                     const struct local_paths *paths, struct error *err)
{
    char log_directory[STACK_PATH_SIZE];

    if (!join(log_directory, paths->directory, "log", err) ||
        !make_own_directory(place, paths->directory, err) ||
        !make_own_directory(place, paths->files, err) ||
        !make_own_directory(place, log_directory, err) ||
        !make_own_directory(place, paths->run, err))
        return false;
    put_large_log_aside(paths);
    return copy_files(place, node, paths, err);
}

static void remove_own_files(const struct local_place *place)
{
    static const char *const names[] = {"passfile",
                                        "passfile.new",
                                        "lock",
                                        "drill.lock",
                                        "drill.journal",
                                        "drill.journal.new",
                                        "drill.recording.jsonl",
                                        "drill.recording.jsonl.1"};
    char path[STACK_PATH_SIZE];
    struct error ignored;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (join(path, place->root, names[i], &ignored))
            unlink(path);
}

/* The folders above it, as far as they are empty. */
static void remove_system_folders(const struct local_place *place)
{
    char path[STACK_PATH_SIZE];

    if (strncmp(place->root, SYSTEM_ROOT "/", strlen(SYSTEM_ROOT "/")) != 0)
        return;
    str_copy(path, sizeof path, place->root);
    for (char *slash; (slash = strrchr(path, '/')) != NULL && strlen(path) > strlen(SYSTEM_ROOT);) {
        *slash = '\0';
        if (rmdir(path) != 0)
            break;
    }
}

bool local_place_remove(const struct local_place *place)
{
    char marker[STACK_PATH_SIZE];

    remove_own_files(place);
    if (!is_empty(place->root) || !marker_path(place, marker))
        return false;
    unlink(marker);
    rmdir(place->root);
    remove_system_folders(place);
    return true;
}
