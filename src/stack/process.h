/*
 * process: looking at processes in /proc, and signalling only those that are surely the ones meant.
 *
 * A pid alone says nothing, it may be another's tomorrow: a process is its pid and the time it
 * started. Zombies count as dead.
 */
#ifndef STACK_PROCESS_H
#define STACK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
    pid_t pid;            /* 0: none */
    uint64_t start_ticks; /* since the machine started */
};

struct process_facts {
    char state; /* R, S, D, T, ... as in proc(5) */
    char command[16];
    pid_t session;
    uint64_t start_ticks;
};

/* False when there is no such process, or only its zombie. */
bool process_look(pid_t pid, struct process_facts *facts);
/* The process that has this pid now; .pid is 0 when there is none. */
struct process process_find(pid_t pid);
bool process_alive(const struct process *process);
/* False when it is gone, or may not be signalled (errno says why; ESRCH: gone). */
bool process_signal(const struct process *process, int signo);

/* Its working directory is that directory (also by another name); false when it cannot be seen. */
bool process_works_in(pid_t pid, const char *directory);
/* Its environment at its start had this "NAME=value". */
bool process_has_environment(pid_t pid, const char *assignment);

#define PROCESSES_MAX 256
struct process_list {
    int count;
    struct process items[PROCESSES_MAX];
};
typedef bool process_match_fn(void *owner, pid_t pid, const struct process_facts *facts);
/* Everything alive that matches; at most PROCESSES_MAX. */
void process_list(struct process_list *list, process_match_fn *match, void *owner);

#endif
