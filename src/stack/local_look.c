/*
 * local_look: the jobs that only read a node's data directory: which cluster it is of, and where
 * the WAL of a stopped one ends. The second is asked of the node's own script, which reads the WAL
 * with PostgreSQL's programs.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "stack/local_internal.h"
#include "stack/stack_answer.h"

#define WAL_END_US (120 * US_PER_S)

static const char *name_of(const struct local *local, int node)
{
    return local->nodes[node].settings->name;
}

/* Up to size bytes of a plain file of the data directory; how many, or -1. The directory is its
 * server's user's, who is perhaps not ours: no link is followed, no pipe waited for. */
static ssize_t read_data_file(const struct local_paths *paths, const char *file, void *out,
                              size_t size)
{
    char path[STACK_PATH_SIZE];
    ssize_t got;

    if (!str_format(path, sizeof path, "%s/%s", paths->data, file))
        return -1;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    do
        got = read(fd, out, size);
    while (got < 0 && errno == EINTR);
    close(fd);
    return got;
}

static void read_identity(struct local *local, struct local_job *job)
{
    const struct local_paths *paths = &local->nodes[job->node].paths;
    char uuid[LAB_UUID_SIZE + 2] = "";
    uint64_t system_identifier; /* the first field of the control file, in this machine's order */

    if (!server_has_data(paths)) {
        error_set(&job->err, "%s has no data", name_of(local, job->node));
        error_hint(&job->err, "pgwatch-tui stack up");
        job_failed(job);
        return;
    }
    if (read_data_file(paths, "global/pg_control", &system_identifier, sizeof system_identifier) !=
        (ssize_t)sizeof system_identifier) {
        error_errno(&job->err, errno, "cannot read %s/global/pg_control", paths->data);
        job_failed(job);
        return;
    }
    if (read_data_file(paths, LAB_FILE, uuid, sizeof uuid - 1) < 0 || !stack_is_uuid(uuid))
        str_copy(uuid, sizeof uuid, "-");
    local_say(local, job->node, "%.*s %" PRIu64, (int)strcspn(uuid, "\n"), uuid, system_identifier);
    job_done(job);
}

/* ---- the end of the WAL */

static void script_said(void *owner, const char *line)
{
    struct local_job *job = owner;

    if (stack_is_answer(STACK_WAL_END, line))
        str_copy(job->answer, sizeof job->answer, line);
    else if (line[0] != '\0')
        str_copy(job->tail.reason, sizeof job->tail.reason, line);
}

static void script_ended(void *owner, const struct child_end *end)
{
    struct local_job *job = owner;

    job->end = *end;
    job->spawned = false;
}

/* What `end` needs, and nothing else: not LOCAL_NODE_VARIABLE either, by which a script that starts
 * a server is known. */
struct script_environment {
    char texts[4][STACK_PATH_SIZE + 16];
    const char *items[5];
};

static void make_environment(struct script_environment *env, const struct local *local,
                             const struct local_node *node)
{
    const char *path = getenv("PATH");
    const char *const values[][2] = {
        {"NODE_NAME", node->settings->name},
        {"PGDATA", node->paths.data},
        {"PG_BINDIR", local->bindir},
        {"PATH", path != NULL ? path : "/usr/local/bin:/usr/bin:/bin"},
    };

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        str_format(env->texts[i], sizeof env->texts[i], "%s=%s", values[i][0], values[i][1]);
        env->items[i] = env->texts[i];
    }
    env->items[4] = NULL;
}

static bool run_script(struct local *local, struct local_job *job)
{
    struct local_node *node = &local->nodes[job->node];
    char script[64], path[STACK_PATH_SIZE];
    struct script_environment env;

    if (!local_node_make(&local->place, node->settings, &node->paths, &job->err) ||
        !local_script_of(node->settings, script, sizeof script, &job->err))
        return false;
    if (!str_format(path, sizeof path, "%s/%s", node->paths.files, script))
        return error_set(&job->err, "the path of stack.data is too long");
    make_environment(&env, local, node);
    struct child_options options = {
        .argv = (const char *const[]){path, "end", NULL},
        .envp = env.items,
        .directory = node->paths.directory,
        .user = local->place.switch_user ? &local->place.user : NULL,
        .deadline_us = WAL_END_US,
        .output_fd = -1,
        .line = script_said,
        .end = script_ended,
        .owner = job,
    };
    job->child = child_start(local->loop, &options, &job->err);
    job->spawned = job->child != NULL;
    return job->spawned;
}

static void begin_wal_end(struct local *local, struct local_job *job)
{
    struct local_node *node = &local->nodes[job->node];
    struct process_list *family = mem_calloc(1, sizeof *family);

    server_look(&node->paths, &node->server);
    server_family(&node->paths, family);
    if (family->count > 0) {
        error_set(&job->err, "%s is %s: the end of its WAL is read when it is stopped",
                  name_of(local, job->node), server_state_word(node->server.state));
        job_failed(job);
    } else if (!run_script(local, job)) {
        job_failed(job);
    }
    free(family);
}

static void look_at_wal_end(struct local *local, struct local_job *job)
{
    const char *name = name_of(local, job->node), *why = job->tail.reason;
    size_t length = strlen(name);
    char how[64];

    if (job->spawned)
        return;
    if (job->end.signal == 0 && job->end.exit_status == 0 && job->answer[0] != '\0') {
        local_say(local, job->node, "%s", job->answer);
        job_done(job);
        return;
    }
    if (strncmp(why, name, length) == 0 && strncmp(why + length, ": ", 2) == 0)
        why += length + 2;
    child_end_format(&job->end, how, sizeof how);
    error_set(&job->err, "the end of the WAL of %s is not known: %s", name,
              why[0] != '\0' ? why : how);
    job_failed(job);
}

void look_begin(struct local *local, struct local_job *job)
{
    if (job->kind == JOB_IDENTITY)
        read_identity(local, job);
    else
        begin_wal_end(local, job);
}

void look_look(struct local *local, struct local_job *job)
{
    look_at_wal_end(local, job);
}

void local_describe_look(const struct local *local, enum stack_verb verb, int node, char *out,
                         size_t size)
{
    const struct local_node *n = &local->nodes[node];
    struct error ignored;
    const char *bindir = local->bindir; /* known after the first start, and then shown */
    char script[64] = "init-*.sh";

    if (bindir[0] == '\0' && local->settings->local_bindir != NULL)
        bindir = local->settings->local_bindir;

    if (verb == STACK_IDENTITY) {
        str_format(out, size, "cat %s/" LAB_FILE "; od -An -tu8 -N8 %s/global/pg_control",
                   n->paths.data, n->paths.data);
        return;
    }
    local_script_of(n->settings, script, sizeof script, &ignored);
    str_format(out, size, "NODE_NAME=%s PGDATA=%s PG_BINDIR=%s %s/%s end", n->settings->name,
               n->paths.data, bindir, n->paths.files, script);
}
