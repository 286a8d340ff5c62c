/*
 * local_stop: the jobs that end, freeze and remove a node. Whatever is asked for, it is done only
 * when it is seen: no process of the node is left, all of them stand still, the folder is gone.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "stack/local_internal.h"

#define FAST_STOP_US (20 * US_PER_S)
#define IMMEDIATE_STOP_US (5 * US_PER_S)
#define SIGNAL_US (5 * US_PER_S) /* what a signal asks for must be seen by then */
#define REMOVE_US (120 * US_PER_S)

static void signal_all(const struct process_list *family, int signo)
{
    for (int i = 0; i < family->count; i++)
        process_signal(&family->items[i], signo);
}

/* The postmaster stands still first: it makes no new children meanwhile. */
static void kill_all(const struct local_node *node, const struct process_list *family)
{
    if (node->server.postmaster.pid != 0)
        process_signal(&node->server.postmaster, SIGSTOP);
    signal_all(family, SIGKILL);
}

static void fail(const struct local *local, struct local_job *job, const char *what)
{
    error_set(&job->err, "%s %s", local->nodes[job->node].settings->name, what);
    job_failed(job);
}

static void next_stop_step(struct local *local, struct local_job *job,
                           const struct process_list *family, mono_us now)
{
    const struct local_node *node = &local->nodes[job->node];
    bool postmaster = node->server.postmaster.pid != 0;

    if (job->stop_step == STOP_KILL) {
        fail(local, job, "has processes that do not end");
    } else if (job->stop_step == STOP_NOT_ASKED && postmaster) {
        signal_all(family, SIGCONT);
        process_signal(&node->server.postmaster, SIGINT);
        job->stop_step = STOP_FAST;
        job->step_due = now + FAST_STOP_US;
    } else if (job->stop_step == STOP_FAST && postmaster) {
        local_say(local, job->node, "does not stop, stopping it immediately");
        process_signal(&node->server.postmaster, SIGQUIT);
        job->stop_step = STOP_IMMEDIATE;
        job->step_due = now + IMMEDIATE_STOP_US;
    } else { /* a start script, what a dead server left, or one that does not listen */
        kill_all(node, family);
        job->stop_step = STOP_KILL;
        job->step_due = now + SIGNAL_US;
    }
}

static void look_at_stop(struct local *local, struct local_job *job,
                         const struct process_list *family, mono_us now)
{
    if (family->count == 0) {
        if (job->stop_step != STOP_NOT_ASKED)
            local_say(local, job->node, job->stop_step == STOP_FAST ? "stopped" : "stopped hard");
        job_done(job);
    } else if (job->stop_step == STOP_NOT_ASKED || now >= job->step_due) {
        next_stop_step(local, job, family, now);
    }
}

static void look_at_kill(struct local *local, struct local_job *job,
                         const struct process_list *family, mono_us now)
{
    if (family->count == 0) {
        local_say(local, job->node, "killed");
        job_done(job);
    } else if (now >= job->step_due) {
        fail(local, job, "has processes that do not end");
    } else {
        kill_all(&local->nodes[job->node], family);
    }
}

static void look_at_pause(struct local *local, struct local_job *job,
                          const struct process_list *family, mono_us now)
{
    const struct local_node *node = &local->nodes[job->node];
    struct process_facts facts;
    int moving = 0;

    if (node->server.postmaster.pid != 0)
        process_signal(&node->server.postmaster, SIGSTOP);
    for (int i = 0; i < family->count; i++)
        if (process_look(family->items[i].pid, &facts) && facts.state != 'T') {
            process_signal(&family->items[i], SIGSTOP);
            moving++;
        }
    if (moving == 0) {
        local_say(local, job->node, "paused (%d processes)", family->count);
        job_done(job);
    } else if (now >= job->step_due) {
        fail(local, job, "has processes that do not stand still");
    }
}

static void look_at_resume(struct local *local, struct local_job *job,
                           const struct process_list *family)
{
    signal_all(family, SIGCONT);
    local_say(local, job->node, "resumed");
    job_done(job);
}

static void removed(void *owner, const struct child_end *end)
{
    struct local_job *job = owner;
    char how[64];

    if (end->signal == 0 && end->exit_status == 0 && !end->timed_out) {
        job_done(job);
    } else {
        child_end_format(end, how, sizeof how);
        error_set(&job->err, "a data directory could not be removed: rm: %s", how);
        job_failed(job);
    }
    child_free(&job->child);
}

static void begin_remove(struct local *local, struct local_job *job)
{
    struct local_node *node = &local->nodes[job->node];
    const char *const argv[] = {"rm", "-rf", "--", node->paths.directory, NULL};
    struct child_options options = {
        .argv = argv, .output_fd = -1, .deadline_us = REMOVE_US, .end = removed, .owner = job};

    job->child = child_start(local->loop, &options, &job->err);
    if (job->child == NULL)
        job_failed(job);
}

void stop_begin(struct local *local, struct local_job *job, mono_us now)
{
    struct local_node *node = &local->nodes[job->node];

    server_look(&node->paths, &node->server);
    switch (job->kind) {
    case JOB_REMOVE:
        begin_remove(local, job);
        return;
    case JOB_KILL:
    case JOB_PAUSE:
    case JOB_RESUME:
        job->step_due = now + SIGNAL_US;
        if (node->server.postmaster.pid == 0 && node->server.script.pid == 0) {
            error_set(&job->err, "%s does not run: it is %s", node->settings->name,
                      server_state_word(node->server.state));
            job_failed(job);
        }
        break;
    case JOB_START:
    case JOB_STOP:
    case JOB_IDENTITY:
    case JOB_WAL_END:
        break;
    }
    if (job->state == JOB_RUNNING)
        stop_look(local, job, now);
}

void stop_look(struct local *local, struct local_job *job, mono_us now)
{
    struct local_node *node = &local->nodes[job->node];

    if (job->kind == JOB_REMOVE)
        return; /* `removed` ends it */
    struct process_list *family = mem_calloc(1, sizeof *family);
    server_look(&node->paths, &node->server);
    server_family(&node->paths, family);
    switch (job->kind) {
    case JOB_STOP:
        look_at_stop(local, job, family, now);
        break;
    case JOB_KILL:
        look_at_kill(local, job, family, now);
        break;
    case JOB_PAUSE:
        look_at_pause(local, job, family, now);
        break;
    case JOB_RESUME:
        look_at_resume(local, job, family);
        break;
    case JOB_START:
    case JOB_REMOVE:
    case JOB_IDENTITY:
    case JOB_WAL_END:
        break;
    }
    free(family);
}
