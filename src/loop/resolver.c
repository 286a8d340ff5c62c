/*
 * resolver: see resolver.h.
 *
 * The thread and the loop share nothing but the pipe: the thread owns its request, writes one
 * struct resolved (less than PIPE_BUF, so in one piece) and closes its end. After a cancel nobody
 * reads, the write fails, and the thread frees its request all the same.
 */
#include "loop/resolver.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

_Static_assert(sizeof(struct resolved) <= PIPE_BUF, "an answer must be written in one piece");

struct resolution {
    struct loop *loop;
    struct loop_watch watch; /* of the pipe, while a thread works */
    struct loop_timer soon;  /* for an answer that is known already */
    int fd;                  /* the pipe's reading end; -1 none */
    resolver_fn *fn;
    void *owner;
    struct resolved resolved;
};

/* The thread's own. */
struct request {
    char *host;
    int fd;
};

static void add_address(struct resolved *resolved, const struct addrinfo *info)
{
    char *address = resolved->addresses[resolved->count];

    if (getnameinfo(info->ai_addr, info->ai_addrlen, address, RESOLVED_SIZE, NULL, 0,
                    NI_NUMERICHOST) != 0)
        return;
    for (int i = 0; i < resolved->count; i++) {
        if (strcmp(resolved->addresses[i], address) == 0)
            return;
    }
    resolved->count++;
}

static void set_error(struct resolved *resolved, const char *host, int code, int errno_value)
{
    char reason[96] = "", text[sizeof resolved->error];

    if (code != EAI_SYSTEM)
        str_copy(reason, sizeof reason, gai_strerror(code));
    else if (strerror_r(errno_value, reason, sizeof reason) != 0)
        str_format(reason, sizeof reason, "error %d", errno_value);
    /* The reason must not be lost behind a long name. */
    str_format(text, sizeof text, "could not translate host name \"%.40s%s\" to address: %s", host,
               strlen(host) > 40 ? "..." : "", reason);
    str_sanitize(resolved->error, sizeof resolved->error, text, SIZE_MAX);
}

static bool look_up(const char *host, int flags, struct resolved *resolved)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = flags};
    struct addrinfo *list = NULL;
    int code = getaddrinfo(host, NULL, &hints, &list);

    memset(resolved, 0, sizeof *resolved);
    if (code != 0) {
        set_error(resolved, host, code, errno);
        return false;
    }
    for (const struct addrinfo *i = list; i != NULL && resolved->count < RESOLVED_MAX;
         i = i->ai_next)
        add_address(resolved, i);
    freeaddrinfo(list);
    if (resolved->count == 0)
        set_error(resolved, host, EAI_NONAME, 0);
    return resolved->count > 0;
}

static void *resolve(void *argument)
{
    struct request *request = argument;
    struct resolved resolved;
    ssize_t written;

    look_up(request->host, 0, &resolved);
    do {
        written = write(request->fd, &resolved, sizeof resolved);
    } while (written < 0 && errno == EINTR);
    close(request->fd);
    free(request->host);
    free(request);
    return NULL;
}

/* Signals are for the main thread alone; a SIGPIPE after a cancel stays with the thread and ends
 * with it. */
static int start_thread(struct request *request)
{
    pthread_attr_t attributes;
    sigset_t all, former;
    pthread_t thread;
    int code = pthread_attr_init(&attributes);

    if (code != 0)
        return code;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    code = pthread_create(&thread, &attributes, resolve, request);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    pthread_attr_destroy(&attributes);
    return code;
}

static bool open_pipe(int fds[2], struct error *err)
{
    if (pipe(fds) != 0)
        return error_errno(err, errno, "cannot make a pipe");
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    return true;
}

static int pipe_want(void *owner, short *events)
{
    const struct resolution *resolution = owner;

    *events = POLLIN;
    return resolution->fd;
}

static void pipe_ready(void *owner, short revents, struct instant now)
{
    struct resolution *resolution = owner;
    struct resolved resolved;
    ssize_t length = read(resolution->fd, &resolved, sizeof resolved);

    (void)revents;
    if (length < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (length != (ssize_t)sizeof resolved) {
        memset(&resolved, 0, sizeof resolved);
        str_copy(resolved.error, sizeof resolved.error, "the resolver gave no answer");
    }
    loop_watch_remove(resolution->loop, &resolution->watch);
    resolution->fn(resolution->owner, &resolved, now);
}

static bool ask_thread(struct resolution *resolution, const char *host, struct error *err)
{
    struct request *request;
    int fds[2], code;

    if (!open_pipe(fds, err))
        return false;
    request = mem_calloc(1, sizeof *request);
    request->host = mem_strdup(host);
    request->fd = fds[1];
    code = start_thread(request);
    if (code != 0) {
        close(fds[0]);
        close(fds[1]);
        free(request->host);
        free(request);
        return error_errno(err, code, "cannot start a thread to resolve a host name");
    }
    resolution->fd = fds[0];
    resolution->watch =
        (struct loop_watch){.want = pipe_want, .ready = pipe_ready, .owner = resolution};
    loop_watch_add(resolution->loop, &resolution->watch);
    return true;
}

static void answer_known(void *owner, struct instant now)
{
    const struct resolution *resolution = owner;
    struct resolved resolved = resolution->resolved; /* fn may free the resolution */

    resolution->fn(resolution->owner, &resolved, now);
}

struct resolution *resolver_start(struct loop *loop, const char *host, resolver_fn *fn, void *owner,
                                  struct error *err)
{
    struct resolution *resolution = mem_calloc(1, sizeof *resolution);

    *resolution = (struct resolution){.loop = loop, .fd = -1, .fn = fn, .owner = owner};
    if (look_up(host, AI_NUMERICHOST, &resolution->resolved)) {
        resolution->soon = (struct loop_timer){.fire = answer_known, .owner = resolution};
        loop_timer_set(loop, &resolution->soon, loop_now(loop).mono);
    } else if (!ask_thread(resolution, host, err)) {
        free(resolution);
        return NULL;
    }
    return resolution;
}

void resolver_cancel(struct resolution **resolution)
{
    struct resolution *r = *resolution;

    if (r == NULL)
        return;
    loop_watch_remove(r->loop, &r->watch);
    loop_timer_cancel(r->loop, &r->soon);
    if (r->fd >= 0)
        close(r->fd);
    free(r);
    *resolution = NULL;
}
