/*
 * local_start: starting a node: its own script, run as the servers' user in a session of its own,
 * with what it wrote shown as progress. Started is what the lock file says once the postmaster
 * takes connections; failed is when the script or the server ended before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "stack/local_internal.h"
#include "stack/local_port.h"

#define START_DEADLINE_US (150 * US_PER_S)
#define SCRIPT_WAITS_S "20" /* for a primary */
#define SOCKET_PATH_MAX 107
#define ENVIRONMENT_COUNT 24
#define LOG_LINE_SIZE 1024

/* ---- the script's environment: nothing of ours but what is named here */

struct environment {
    int count;
    char *items[ENVIRONMENT_COUNT + 1];
};

static void env_add(struct environment *env, const char *name, const char *value)
{
    size_t size = strlen(name) + strlen(value) + 2;

    if (env->count == ENVIRONMENT_COUNT)
        return;
    env->items[env->count] = mem_calloc(1, size);
    str_format(env->items[env->count++], size, "%s=%s", name, value);
}

static void env_free(struct environment *env)
{
    for (int i = 0; i < env->count; i++) {
        explicit_bzero(env->items[i], strlen(env->items[i])); /* passwords */
        free(env->items[i]);
    }
}

static void env_add_peers(struct environment *env, const struct local *local, int node)
{
    size_t size = (size_t)local->node_count * 400;
    char *peers = mem_calloc(1, size);

    for (int i = 0; i < local->node_count; i++)
        if (i != node)
            str_appendf(peers, size, "%s%s=%s:%d", peers[0] == '\0' ? "" : " ",
                        local->nodes[i].settings->name, local->nodes[i].host, local->nodes[i].port);
    env_add(env, "PEERS", peers);
    free(peers);
}

static void env_make(struct environment *env, const struct local *local, int node)
{
    const struct local_node *n = &local->nodes[node];
    const char *path = getenv("PATH"), *zone = getenv("TZ"), *fast = getenv("PGWATCH_FAST");
    const char *waits = getenv("START_TIMEOUT");
    char port[16];

    *env = (struct environment){0};
    str_format(port, sizeof port, "%d", n->port);
    env_add(env, LOCAL_NODE_VARIABLE, n->paths.directory);
    env_add(env, "NODE_NAME", n->settings->name);
    env_add(env, "PGDATA", n->paths.data);
    env_add(env, "PGPORT", port);
    env_add(env, "LISTEN_ADDRESSES", n->host);
    env_add_peers(env, local, node);
    env_add(env, "PG_BINDIR", local->bindir);
    env_add(env, "CONFIG_DIR", n->paths.files);
    bool fits = strlen(n->paths.run) + strlen("/.s.PGSQL.65535") <= SOCKET_PATH_MAX;
    env_add(env, "SOCKET_DIR", fits ? n->paths.run : "");
    env_add(env, "START_TIMEOUT", waits != NULL && waits[0] != '\0' ? waits : SCRIPT_WAITS_S);
    env_add(env, "AWAIT_PEERS", "0"); /* local_plan has compared the timelines */
    env_add(env, "POSTGRES_PASSWORD", local->passwords.postgres);
    env_add(env, "REPLICATOR_PASSWORD", local->passwords.replicator);
    env_add(env, "PGWATCH_PASSWORD", local->passwords.pgwatch);
    env_add(env, "HOME", n->paths.directory);
    env_add(env, "PATH", path != NULL ? path : "/usr/local/bin:/usr/bin:/bin");
    if (zone != NULL)
        env_add(env, "TZ", zone);
    if (fast != NULL && fast[0] != '\0')
        env_add(env, "PGWATCH_FAST", fast);
}

/* ---- what it says */

static int open_log(const struct local *local, const char *path, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0) {
        error_errno(err, errno, "cannot write %s", path);
    } else if (local->place.switch_user &&
               fchown(fd, local->place.user.uid, local->place.user.gid) != 0) {
        error_errno(err, errno, "cannot give %s to user %s", path, local->place.user.name);
        close(fd);
        fd = -1;
    }
    return fd;
}

/* "pg_basebackup failed" is no reason: what pg_basebackup itself said before is. */
static void take_script_line(struct local_job *job, const char *line)
{
    char *reason = job->tail.reason, before[sizeof job->tail.reason];
    size_t length = strlen(line);

    str_copy(before, sizeof before, reason);
    str_copy(reason, sizeof job->tail.reason, line);
    if (before[0] != '\0' && length > 7 && strcmp(line + length - 7, " failed") == 0)
        str_appendf(reason, sizeof job->tail.reason, ": %s", before);
}

static void take_log_line(struct local *local, struct local_job *job, const char *line)
{
    const char *name = local->nodes[job->node].settings->name;
    size_t length = strlen(name);
    const char *why = strstr(line, "FATAL:");

    if (why == NULL)
        why = strstr(line, "PANIC:");
    if (why == NULL)
        why = strstr(line, "error: ");
    if (why == NULL)
        why = strstr(line, "could not bind ");
    if (strncmp(line, name, length) == 0 && strncmp(line + length, ": ", 2) == 0) {
        why = line + length + 2;
        local_say(local, job->node, "%s", why);
        take_script_line(job, why);
    } else if (why != NULL && strstr(why, "the database system is") == NULL &&
               strstr(why, "could not create any TCP/IP sockets") == NULL) {
        str_copy(job->tail.reason, sizeof job->tail.reason, why);
    }
}

/* Takes the whole lines that came since the last time. */
static void read_log(struct local *local, struct local_job *job)
{
    char raw[LOG_LINE_SIZE], line[LOG_LINE_SIZE * 3];
    FILE *file = fopen(local->nodes[job->node].paths.log, "re");

    if (file == NULL)
        return;
    if (fseeko(file, (off_t)job->tail.offset, SEEK_SET) == 0)
        while (fgets(raw, sizeof raw, file) != NULL) {
            size_t length = strlen(raw);
            if (length == 0 || (raw[length - 1] != '\n' && length + 1 < sizeof raw))
                break; /* not whole yet */
            job->tail.offset = ftello(file);
            str_sanitize(line, sizeof line, raw, length - (raw[length - 1] == '\n'));
            take_log_line(local, job, line);
        }
    fclose(file);
}

static int64_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* ---- the job */

static void child_ended(void *owner, const struct child_end *end)
{
    struct local_node *node = owner;

    if (node->starting != NULL) {
        node->starting->end = *end;
        node->starting->spawned = false;
        node->starting = NULL;
    }
    child_free(&node->child);
}

static bool spawn(struct local *local, struct local_job *job, struct error *err)
{
    struct local_node *node = &local->nodes[job->node];
    char script[64], path[STACK_PATH_SIZE];
    struct environment env;

    if (!local_node_make(&local->place, node->settings, &node->paths, err) ||
        !local_script_of(node->settings, script, sizeof script, err) ||
        !local_port_is_free(node->host, node->port, err))
        return false;
    if (!str_format(path, sizeof path, "%s/%s", node->paths.files, script))
        return error_set(err, "the path of stack.data is too long");
    int log_fd = open_log(local, node->paths.log, err);
    if (log_fd < 0)
        return false;
    job->tail.offset = size_of(node->paths.log);
    env_make(&env, local, job->node);
    struct child_options options = {
        .argv = (const char *const[]){path, NULL},
        .envp = (const char *const *)env.items,
        .directory = node->paths.directory,
        .user = local->place.switch_user ? &local->place.user : NULL,
        .output_fd = log_fd,
        .survives = true,
        .end = child_ended,
        .owner = node,
    };
    child_free(&node->child);
    node->child = child_start(local->loop, &options, err);
    env_free(&env);
    close(log_fd);
    if (node->child == NULL)
        return false;
    node->starting = job;
    job->spawned = true;
    node->server.script = process_find(child_pid(node->child));
    return true;
}

void start_begin(struct local *local, struct local_job *job, mono_us now)
{
    struct local_node *node = &local->nodes[job->node];
    struct process_list *left = mem_calloc(1, sizeof *left);

    job->step_due = now + START_DEADLINE_US;
    job->tail.offset = size_of(node->paths.log);
    server_look(&node->paths, &node->server);
    server_family(&node->paths, left);
    switch (node->server.state) {
    case SERVER_PAUSED:
        for (int i = 0; i < left->count; i++)
            process_signal(&left->items[i], SIGCONT);
        break;
    case SERVER_STARTING:
    case SERVER_READY:
    case SERVER_STANDBY:
    case SERVER_STOPPING:
        break; /* start_look waits for what comes of it */
    case SERVER_NOT_CREATED:
    case SERVER_STOPPED:
    case SERVER_CRASHED:
        for (int i = 0; i < left->count; i++) /* of a start or a server that was killed */
            process_signal(&left->items[i], SIGKILL);
        if (!spawn(local, job, &job->err))
            job_failed(job);
        break;
    }
    free(left);
}

static void fail_start(struct local *local, struct local_job *job)
{
    const struct local_node *node = &local->nodes[job->node];
    char how[64];

    child_end_format(&job->end, how, sizeof how);
    error_set(&job->err, "%s did not start: %s", node->settings->name,
              job->tail.reason[0] != '\0' ? job->tail.reason : how);
    error_hint(&job->err, "the rest is in %s", node->paths.log);
    job_failed(job);
}

void start_look(struct local *local, struct local_job *job, mono_us now)
{
    struct local_node *node = &local->nodes[job->node];
    bool spawned = job->spawned; /* before the look: it may end in between */

    server_look(&node->paths, &node->server);
    read_log(local, job);
    switch (node->server.state) {
    case SERVER_READY:
    case SERVER_STANDBY:
        local_say(local, job->node, "%s on port %d",
                  node->server.state == SERVER_READY ? "runs as primary" : "runs as standby",
                  node->port);
        node->starting = NULL;
        job_done(job);
        return;
    case SERVER_NOT_CREATED:
    case SERVER_STOPPED:
    case SERVER_CRASHED:
        if (!spawned) {
            fail_start(local, job);
            return;
        }
        break;
    case SERVER_STARTING:
    case SERVER_STOPPING:
    case SERVER_PAUSED:
        break;
    }
    if (now >= job->step_due) {
        str_format(job->tail.reason, sizeof job->tail.reason, "not ready after %d s",
                   (int)(START_DEADLINE_US / US_PER_S));
        start_abort(local, job);
        fail_start(local, job);
    }
}

void start_abort(struct local *local, struct local_job *job)
{
    struct local_node *node = &local->nodes[job->node];
    struct process_list *family = mem_calloc(1, sizeof *family);

    server_look(&node->paths, &node->server);
    if (node->server.script.pid != 0) { /* the script can be killed at any point */
        server_family(&node->paths, family);
        for (int i = 0; i < family->count; i++)
            process_signal(&family->items[i], SIGKILL);
    }
    node->starting = NULL;
    free(family);
}
