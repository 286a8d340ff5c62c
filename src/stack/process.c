/*
 * process: see process.h. Linux only: /proc and pidfds.
 */
#include "stack/process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/str.h"

#define PROC_PATH_SIZE 64
#define ENVIRONMENT_MAX 65536

static bool proc_path(char *path, pid_t pid, const char *name)
{
    return str_format(path, PROC_PATH_SIZE, "/proc/%ld/%s", (long)pid, name);
}

/* Reads at most size - 1 bytes and terminates; -1 when it cannot be read. */
static ssize_t read_proc(pid_t pid, const char *name, char *text, size_t size)
{
    char path[PROC_PATH_SIZE];
    size_t length = 0;
    ssize_t got = -1;

    proc_path(path, pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while (length + 1 < size && (got = read(fd, text + length, size - 1 - length)) > 0)
        length += (size_t)got;
    close(fd);
    text[length] = '\0';
    return got < 0 ? -1 : (ssize_t)length;
}

/* "pid (command) state ppid pgrp session ... starttime": the command may hold anything. */
static bool parse_stat(const char *text, struct process_facts *facts)
{
    const char *open = strchr(text, '('), *close = strrchr(text, ')');
    long session;
    unsigned long long ticks;

    if (open == NULL || close == NULL || close < open)
        return false;
    if (sscanf(close + 1,
               " %c %*d %*d %ld %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
               &facts->state, &session, &ticks) != 3)
        return false;
    str_format(facts->command, sizeof facts->command, "%.*s", (int)(close - open - 1), open + 1);
    facts->session = (pid_t)session;
    facts->start_ticks = ticks;
    return true;
}

bool process_look(pid_t pid, struct process_facts *facts)
{
    char text[1024];

    return pid > 0 && read_proc(pid, "stat", text, sizeof text) > 0 && parse_stat(text, facts) &&
           facts->state != 'Z' && facts->state != 'X';
}

struct process process_find(pid_t pid)
{
    struct process_facts facts;

    if (!process_look(pid, &facts))
        return (struct process){0};
    return (struct process){.pid = pid, .start_ticks = facts.start_ticks};
}

bool process_alive(const struct process *process)
{
    struct process_facts facts;

    return process->pid > 0 && process_look(process->pid, &facts) &&
           facts.start_ticks == process->start_ticks;
}

/* The pidfd holds on to the process while it is made sure that it is the one. */
bool process_signal(const struct process *process, int signo)
{
    int pidfd = (int)syscall(SYS_pidfd_open, process->pid, 0);
    bool sent = false;
    int why = ESRCH;

    if (pidfd < 0 && errno != ENOSYS)
        return false;
    if (process_alive(process)) {
        sent = (pidfd >= 0 ? (int)syscall(SYS_pidfd_send_signal, pidfd, signo, NULL, 0)
                           : kill(process->pid, signo)) == 0;
        why = errno;
    }
    if (pidfd >= 0)
        close(pidfd);
    errno = why;
    return sent;
}

bool process_works_in(pid_t pid, const char *directory)
{
    char path[PROC_PATH_SIZE];
    struct stat there, here;

    proc_path(path, pid, "cwd");
    return stat(directory, &there) == 0 && stat(path, &here) == 0 && there.st_dev == here.st_dev &&
           there.st_ino == here.st_ino;
}

bool process_has_environment(pid_t pid, const char *assignment)
{
    char *text = mem_calloc(1, ENVIRONMENT_MAX);
    ssize_t length = read_proc(pid, "environ", text, ENVIRONMENT_MAX);
    bool found = false;

    for (ssize_t at = 0; at < length && !found; at += (ssize_t)strlen(text + at) + 1)
        found = strcmp(text + at, assignment) == 0;
    free(text);
    return found;
}

void process_list(struct process_list *list, process_match_fn *match, void *owner)
{
    struct process_facts facts;
    struct dirent *entry;
    DIR *proc = opendir("/proc");

    list->count = 0;
    while (proc != NULL && list->count < PROCESSES_MAX && (entry = readdir(proc)) != NULL) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (process_look(pid, &facts) && match(owner, pid, &facts))
            list->items[list->count++] =
                (struct process){.pid = pid, .start_ticks = facts.start_ticks};
    }
    if (proc != NULL)
        closedir(proc);
}
