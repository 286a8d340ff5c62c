/*
 * local: runs the jobs of an operation wave by wave, and tells what became of it.
 */
#include "stack/local.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "stack/local_bindir.h"
#include "stack/local_internal.h"
#include "stack/local_port.h"

#define DEFAULT_PORT 5432
#define CANCEL_US (3 * US_PER_S) /* for killed starts to be gone */
#define LOG_LINES 100
#define LOG_BYTES (64 * 1024) /* the end of a log that is looked at for them */

void local_say(struct local *local, int node, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (local->calls.line != NULL)
        local->calls.line(local->calls.owner, node < 0 ? "" : local->nodes[node].settings->name,
                          text);
}

void job_done(struct local_job *job)
{
    job->state = JOB_DONE;
}

void job_failed(struct local_job *job)
{
    job->state = JOB_FAILED;
}

/* ---- the end of an operation */

static void append_left(struct local *local, struct error *err)
{
    str_append(err->message, sizeof err->message, "; left:");
    for (int i = 0; i < local->node_count; i++) {
        struct local_node *node = &local->nodes[i];
        server_look(&node->paths, &node->server);
        str_appendf(err->message, sizeof err->message, "%s %s %s", i == 0 ? "" : ",",
                    node->settings->name, server_state_word(node->server.state));
    }
}

static void give_up_lock(struct local *local)
{
    if (local->lock_fd >= 0)
        close(local->lock_fd);
    local->lock_fd = -1;
}

static bool has_nodes(const struct local *local)
{
    for (int i = 0; i < local->node_count; i++)
        if (access(local->nodes[i].paths.directory, F_OK) == 0)
            return true;
    return false;
}

static void remove_place(struct local *local)
{
    if (local_place_exists(&local->place) && !has_nodes(local) &&
        !local_place_remove(&local->place))
        local_say(local, -1, "%s stays: there are other files in it", local->place.root);
}

static void finish(struct local *local, bool ok, const struct error *err)
{
    struct stack_calls calls = local->calls;

    loop_timer_cancel(local->loop, &local->look);
    for (int i = 0; i < local->node_count; i++)
        local->nodes[i].starting = NULL;
    for (int i = 0; i < local->job_count; i++)
        child_free(&local->jobs[i].child);
    if (ok && local->verb == STACK_DESTROY)
        remove_place(local);
    give_up_lock(local);
    local->job_count = 0;
    local->busy = false;
    local->calls = (struct stack_calls){0};
    if (calls.done != NULL)
        calls.done(calls.owner, ok, err);
}

/* Ends the starts that are under way and, once they are gone, the operation. */
static void end_cancelled(struct local *local, mono_us now)
{
    struct error err;
    bool scripts = false;

    if (local->cancel_due == 0)
        local->cancel_due = now + CANCEL_US;
    for (int i = 0; i < local->job_count; i++)
        if (local->jobs[i].state == JOB_RUNNING && local->jobs[i].kind == JOB_START) {
            start_abort(local, &local->jobs[i]);
            scripts = scripts || local->nodes[local->jobs[i].node].server.script.pid != 0;
        }
    if (scripts && now < local->cancel_due) {
        loop_timer_set(local->loop, &local->look, now + JOB_LOOK_EVERY_US);
        return;
    }
    error_set(&err, "interrupted");
    append_left(local, &err);
    finish(local, false, &err);
}

static void end_failed(struct local *local)
{
    struct error err = {0};
    int failed = 0;

    for (int i = 0; i < local->job_count; i++)
        if (local->jobs[i].state == JOB_FAILED && failed++ == 0)
            err = local->jobs[i].err;
    if (failed > 1)
        for (int i = 0; i < local->job_count; i++)
            if (local->jobs[i].state == JOB_FAILED)
                local_say(local, -1, "%s", local->jobs[i].err.message);
    finish(local, false, &err);
}

/* ---- its course */

static bool only_looks(const struct local_job *job)
{
    return job->kind == JOB_IDENTITY || job->kind == JOB_WAL_END;
}

static void begin(struct local *local, struct local_job *job, mono_us now)
{
    job->state = JOB_RUNNING;
    if (job->kind == JOB_START)
        start_begin(local, job, now);
    else if (only_looks(job))
        look_begin(local, job);
    else
        stop_begin(local, job, now);
}

static void go_on(struct local *local, struct local_job *job, mono_us now)
{
    if (job->kind == JOB_START)
        start_look(local, job, now);
    else if (only_looks(job))
        look_look(local, job);
    else
        stop_look(local, job, now);
}

/* True while a job of the present wave runs. */
static bool look_at_wave(struct local *local, mono_us now)
{
    bool running = false;

    for (int i = 0; i < local->job_count; i++) {
        struct local_job *job = &local->jobs[i];
        if (job->wave != local->wave)
            continue;
        if (job->state == JOB_PLANNED)
            begin(local, job, now);
        else if (job->state == JOB_RUNNING)
            go_on(local, job, now);
        running = running || job->state == JOB_RUNNING;
    }
    return running;
}

static int count_jobs(const struct local *local, enum job_state state)
{
    int count = 0;

    for (int i = 0; i < local->job_count; i++)
        count += local->jobs[i].state == state;
    return count;
}

static void look_due(void *owner, struct instant now)
{
    struct local *local = owner;

    if (local->cancelled) {
        end_cancelled(local, now.mono);
        return;
    }
    while (!look_at_wave(local, now.mono)) {
        if (count_jobs(local, JOB_FAILED) > 0) {
            end_failed(local);
            return;
        }
        if (count_jobs(local, JOB_PLANNED) == 0) {
            finish(local, true, NULL);
            return;
        }
        local->wave++;
    }
    loop_timer_set(local->loop, &local->look, now.mono + JOB_LOOK_EVERY_US);
}

/* ---- logs: no jobs, no lock */

static void say_log(struct local *local, int node)
{
    char *text = mem_calloc(1, LOG_BYTES + 1), line[3 * 1024];
    FILE *file = fopen(local->nodes[node].paths.log, "re");
    size_t length = 0;

    if (file != NULL) {
        if (fseeko(file, -LOG_BYTES, SEEK_END) != 0)
            rewind(file);
        length = fread(text, 1, LOG_BYTES, file);
        fclose(file);
    }
    size_t start = length;
    for (int lines = 0; start > 0; start--)
        if (text[start - 1] == '\n' && start < length && ++lines == LOG_LINES)
            break;
    while (start < length) {
        size_t size = strcspn(text + start, "\n");
        str_sanitize(line, sizeof line, text + start, size);
        local_say(local, node, "%s", line);
        start += size + 1;
    }
    free(text);
}

/* ---- what others see */

static bool take_address(struct local_node *node, struct error *err)
{
    const struct connection_settings *connection = &node->settings->connection;

    node->host = connection->hostaddr != NULL ? connection->hostaddr
                 : connection->host != NULL   ? connection->host
                                              : "127.0.0.1";
    node->port = connection->port != 0 ? connection->port : DEFAULT_PORT;
    if (connection->conninfo == NULL && local_host_is_loopback(node->host))
        return true;
    error_set(err, "node %s: a local stack runs on loopback", node->settings->name);
    return error_hint(err, "give the node `host: 127.0.0.1` and a port of its own");
}

static bool take_nodes(struct local *local, struct error *err)
{
    local->node_count = local->settings->node_count;
    local->nodes = mem_calloc((size_t)local->node_count, sizeof *local->nodes);
    for (int i = 0; i < local->node_count; i++) {
        struct local_node *node = &local->nodes[i];
        node->settings = &local->settings->nodes[i];
        if (!take_address(node, err) ||
            !local_paths_of(&local->place, node->settings->name, &node->paths, err))
            return false;
    }
    return true;
}

struct local *local_new(const struct settings *settings, struct loop *loop, struct error *err)
{
    struct local *local = mem_calloc(1, sizeof *local);

    local->settings = settings;
    local->loop = loop;
    local->lock_fd = -1;
    local->look = (struct loop_timer){.fire = look_due, .owner = local};
    if (settings->local_data == NULL)
        error_set(err, "stack.data does not say where the servers' data go");
    else if (local_place_find(settings, &local->place, err) && take_nodes(local, err))
        return local;
    local_free(&local);
    return NULL;
}

void local_free(struct local **local)
{
    struct local *l = *local;

    if (l == NULL)
        return;
    l->calls = (struct stack_calls){0};
    if (l->busy)
        finish(l, false, NULL);
    for (int i = 0; l->nodes != NULL && i < l->node_count; i++)
        child_free(&l->nodes[i].child);
    explicit_bzero(&l->passwords, sizeof l->passwords);
    free(l->nodes);
    free(l->jobs);
    free(l);
    *local = NULL;
}

/* A server that cannot listen fails late, and until then its node does not say what it is: the
 * others would wait for it. */
static bool ports_are_free(const struct local *local, struct error *err)
{
    for (int i = 0; i < local->job_count; i++) {
        const struct local_node *node = &local->nodes[local->jobs[i].node];
        bool starts = local->jobs[i].kind == JOB_START && node->server.postmaster.pid == 0 &&
                      node->server.script.pid == 0;
        if (starts && !local_port_is_free(node->host, node->port, err))
            return false;
    }
    return true;
}

/* What is to be done, or why there is nothing. */
static bool make_jobs(struct local *local, enum stack_verb verb, int node, struct error *err)
{
    bool exists = local_place_exists(&local->place);

    local->job_count = 0;
    if (verb == STACK_LOGS) {
        for (int i = 0; i < local->node_count; i++)
            if (exists && (node < 0 || node == i))
                say_log(local, i);
    } else if (exists && !local_plan(local, verb, node, err)) {
        return false;
    }
    if (!exists)
        local_say(local, -1, "nothing was started yet: there is nothing in %s", local->place.root);
    else if (verb == STACK_RESUME && local->job_count == 0)
        local_say(local, -1, "no node is paused");
    return ports_are_free(local, err);
}

/* What is needed before the first job: the folder, the lock, and for a start the programs. */
static bool prepare(struct local *local, enum stack_verb verb, struct error *err)
{
    bool starts = verb == STACK_UP || verb == STACK_RESTART;
    bool programs = starts || verb == STACK_WAL_END;

    if (!local_place_is_ours(&local->place, err))
        return false;
    if (verb == STACK_LOGS)
        return true;
    if (programs && !local_bindir_find(local->settings, local->bindir, sizeof local->bindir, err))
        return false;
    if (starts && !local_place_make(&local->place, err))
        return false;
    if (!local_place_exists(&local->place)) {
        if (verb == STACK_DOWN || verb == STACK_DESTROY)
            return true; /* nothing is there, as asked */
        error_set(err, "this stack was never started: there is nothing in %s", local->place.root);
        return error_hint(err, "pgwatch-tui stack up");
    }
    if (verb == STACK_IDENTITY)
        return true; /* files that do not change */
    if (!local_place_lock(&local->place, &local->lock_fd, err))
        return false;
    return !starts || local_passwords_get(&local->place, local->settings, &local->passwords, err);
}

static bool has_no_network(enum stack_verb verb, struct error *err)
{
    error_set(err, "%s is for containers: on loopback a node has no network of its own",
              stack_verb_word(verb));
    return error_hint(err, "`stack pause` looks the same to the other nodes");
}

bool local_run(struct local *local, enum stack_verb verb, int node, const struct stack_calls *calls,
               struct error *err)
{
    if (verb == STACK_CUT || verb == STACK_JOIN)
        return has_no_network(verb, err);
    local->calls = *calls;
    if (!prepare(local, verb, err) || !make_jobs(local, verb, node, err)) {
        local->calls = (struct stack_calls){0};
        give_up_lock(local);
        return false;
    }
    local->verb = verb;
    local->busy = true;
    local->cancelled = false;
    local->cancel_due = 0;
    local->wave = 0;
    if (strcmp(local->place.root, local->settings->local_data) != 0 && verb == STACK_UP)
        local_say(local, -1, "user %s cannot reach stack.data: the data are in %s",
                  local->place.user.name, local->place.root);
    loop_timer_set(local->loop, &local->look, clock_monotonic_us());
    return true;
}

void local_cancel(struct local *local)
{
    if (!local->busy)
        return;
    local->cancelled = true;
    loop_timer_set(local->loop, &local->look, clock_monotonic_us());
}

const char *local_root(const struct local *local)
{
    return local->place.root;
}

bool local_busy(const struct local *local)
{
    return local->busy;
}

void local_node_status(struct local *local, int node, struct stack_node_status *status)
{
    struct local_node *n = &local->nodes[node];
    wall_us now = clock_now().wall;
    struct error err;
    pid_t pid;

    *status = (struct stack_node_status){.uptime_us = INT64_MIN};
    if (geteuid() != 0 && !local_place_is_ours(&local->place, &err)) {
        str_copy(status->state, sizeof status->state, "unknown");
        str_copy(status->detail, sizeof status->detail, err.message);
        return;
    }
    server_look(&n->paths, &n->server);
    pid = n->server.postmaster.pid != 0 ? n->server.postmaster.pid : n->server.script.pid;
    status->pid = (int)pid;
    str_copy(status->state, sizeof status->state, server_state_word(n->server.state));
    if (n->server.started_at != 0)
        status->uptime_us = now - n->server.started_at * US_PER_S;
    str_format(status->detail, sizeof status->detail, "port %d, %s", n->port, n->paths.directory);
}
