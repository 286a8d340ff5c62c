/*
 * local_server: reads postmaster.pid and /proc. The lock file is not believed until the process it
 * names is seen to work in this data directory.
 */
#include "stack/local_server.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define SCRIPT_PREFIX "init-" /* of the start scripts' names, as their process's command */

static bool has_file(const struct local_paths *paths, const char *name)
{
    char path[STACK_PATH_SIZE];
    struct stat st;

    return str_format(path, sizeof path, "%s/%s", paths->data, name) && stat(path, &st) == 0;
}

bool server_has_data(const struct local_paths *paths)
{
    return has_file(paths, "PG_VERSION");
}

bool server_was_primary(const struct local_paths *paths)
{
    return server_has_data(paths) && !has_file(paths, "standby.signal") &&
           !has_file(paths, "../rewinding"); /* then they are half another node's */
}

bool server_is_standby(const struct local_paths *paths)
{
    return server_has_data(paths) && has_file(paths, "standby.signal") &&
           !has_file(paths, "../rewinding");
}

/* A segment, or the history of a timeline, which comes before its first segment. */
static bool is_of_a_timeline(const char *name)
{
    size_t digits = strspn(name, "0123456789ABCDEF");

    return (digits == 24 && name[digits] == '\0') ||
           (digits == 8 && strcmp(name + digits, ".history") == 0);
}

unsigned server_timeline(const struct local_paths *paths)
{
    char path[STACK_PATH_SIZE], digits[9];
    unsigned newest = 0;
    struct dirent *entry;

    if (!str_format(path, sizeof path, "%s/pg_wal", paths->data))
        return 0;
    DIR *wal = opendir(path);
    while (wal != NULL && (entry = readdir(wal)) != NULL) {
        if (!is_of_a_timeline(entry->d_name))
            continue;
        str_format(digits, sizeof digits, "%.8s", entry->d_name);
        unsigned timeline = (unsigned)strtoul(digits, NULL, 16);
        newest = timeline > newest ? timeline : newest;
    }
    if (wal != NULL)
        closedir(wal);
    return newest;
}

/* ---- processes */

struct family {
    const struct local_paths *paths;
    char assignment[STACK_PATH_SIZE + 32];
};

static bool is_server_process(const struct local_paths *paths, pid_t pid,
                              const struct process_facts *facts)
{
    return strcmp(facts->command, "postgres") == 0 && process_works_in(pid, paths->data);
}

static bool is_family(void *owner, pid_t pid, const struct process_facts *facts)
{
    const struct family *family = owner;

    return pid != getpid() && (is_server_process(family->paths, pid, facts) ||
                               process_has_environment(pid, family->assignment));
}

static bool is_script(void *owner, pid_t pid, const struct process_facts *facts)
{
    const struct family *family = owner;

    return strncmp(facts->command, SCRIPT_PREFIX, strlen(SCRIPT_PREFIX)) == 0 &&
           facts->session == pid && process_has_environment(pid, family->assignment);
}

static struct family family_of(const struct local_paths *paths)
{
    struct family family = {.paths = paths};

    str_format(family.assignment, sizeof family.assignment, LOCAL_NODE_VARIABLE "=%s",
               paths->directory);
    return family;
}

void server_family(const struct local_paths *paths, struct process_list *list)
{
    struct family family = family_of(paths);
    process_list(list, is_family, &family);
}

static struct process find_script(const struct local_paths *paths)
{
    struct family family = family_of(paths);
    struct process_list *list = mem_calloc(1, sizeof *list);

    process_list(list, is_script, &family);
    struct process script = list->count > 0 ? list->items[0] : (struct process){0};
    free(list);
    return script;
}

/* ---- postmaster.pid: pid, data directory, start time, port, socket directory, address, shared
 * memory, status; one a line, the last ones come later */

struct lock_file {
    bool there;
    pid_t pid;
    int64_t started_at;
    char status[16];
};

static struct lock_file read_lock_file(const struct local_paths *paths)
{
    struct lock_file lock = {0};
    char path[STACK_PATH_SIZE], line[STACK_PATH_SIZE];

    if (!str_format(path, sizeof path, "%s/postmaster.pid", paths->data))
        return lock;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return lock;
    lock.there = true;
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        if (number == 1)
            lock.pid = (pid_t)strtol(line, NULL, 10);
        else if (number == 3)
            lock.started_at = strtoll(line, NULL, 10);
        else if (number == 8)
            str_format(lock.status, sizeof lock.status, "%.*s", (int)strcspn(line, " \n"), line);
    }
    fclose(file);
    return lock;
}

/* "ready" says that queries are answered, "standby" that they are not yet, but that it recovers as
 * a standby does; which of the two it is says standby.signal. */
static enum server_state state_of_status(const struct local_paths *paths, const char *status)
{
    if (strcmp(status, "ready") == 0)
        return server_was_primary(paths) ? SERVER_READY : SERVER_STANDBY;
    return strcmp(status, "stopping") == 0 ? SERVER_STOPPING : SERVER_STARTING;
}

void server_look(const struct local_paths *paths, struct server *server)
{
    struct lock_file lock = read_lock_file(paths);
    struct process_facts facts;
    struct process known = server->script;

    *server = (struct server){0};
    if (lock.there && process_look(lock.pid, &facts) &&
        is_server_process(paths, lock.pid, &facts)) {
        server->postmaster = (struct process){.pid = lock.pid, .start_ticks = facts.start_ticks};
        server->started_at = lock.started_at;
        server->state = facts.state == 'T' ? SERVER_PAUSED : state_of_status(paths, lock.status);
        return;
    }
    server->script = process_alive(&known) ? known : find_script(paths);
    if (server->script.pid != 0)
        server->state = process_look(server->script.pid, &facts) && facts.state == 'T'
                            ? SERVER_PAUSED
                            : SERVER_STARTING;
    else if (!server_has_data(paths))
        server->state = SERVER_NOT_CREATED;
    else
        server->state = lock.there ? SERVER_CRASHED : SERVER_STOPPED;
}

const char *server_state_word(enum server_state state)
{
    switch (state) {
    case SERVER_NOT_CREATED:
        return "not created";
    case SERVER_STOPPED:
        return "stopped";
    case SERVER_CRASHED:
        return "crashed";
    case SERVER_STARTING:
        return "starting";
    case SERVER_READY:
    case SERVER_STANDBY:
        return "running";
    case SERVER_STOPPING:
        return "stopping";
    case SERVER_PAUSED:
        return "paused";
    }
    return "";
}
