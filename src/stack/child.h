/*
 * child: a program run beside the loop: argument vector, never a shell; a session (so also a
 * process group) of its own; stdin is /dev/null; nothing else of ours is inherited.
 *
 * Its output comes as sanitized lines, or goes to a file that the caller opened. Its end comes as
 * one call from the loop, after the last line. A deadline or child_stop starts the ladder: SIGTERM
 * to the whole group, SIGKILL a little later.
 */
#ifndef STACK_CHILD_H
#define STACK_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"
#include "loop/loop.h"

struct child;

/* Whom a child runs as, in all groups of the user. */
struct child_user {
    char name[64];
    uid_t uid;
    gid_t gid;
};
/* False with an error when there is no such user. */
bool child_user_find(const char *name, struct child_user *user, struct error *err);

struct child_end {
    int exit_status; /* valid when signal is 0 */
    int signal;      /* that ended it, or 0 */
    bool timed_out;  /* its deadline passed before it ended */
};

typedef void child_line_fn(void *owner, const char *line);
typedef void child_end_fn(void *owner, const struct child_end *end);

struct child_options {
    const char *const *argv;       /* argv[0] is looked for in the child's PATH unless it has a / */
    const char *const *envp;       /* NULL: ours */
    const char *directory;         /* where it works; NULL: / */
    const struct child_user *user; /* NULL: as we are */
    int64_t deadline_us;           /* 0: none */
    int output_fd;       /* -1: lines; else stdout and stderr go there, lines never come */
    bool survives;       /* child_free leaves it running: a server */
    child_line_fn *line; /* may be NULL */
    child_end_fn *end;   /* may be NULL; child_free may be called in it */
    void *owner;
};

/* NULL with an error when it could not be run (also: no such program). options is not kept. */
struct child *child_start(struct loop *loop, const struct child_options *options,
                          struct error *err);
pid_t child_pid(const struct child *child);
/* Starts the ladder; the end comes through the loop. */
void child_stop(struct child *child);
/* No call comes after this. Kills the group and reaps, unless it survives. Harmless on NULL. */
void child_free(struct child **child);

/* "exit status 3", "signal 9 (Killed)", "no end within its time" for a message. */
void child_end_format(const struct child_end *end, char *out, size_t size);

#endif
