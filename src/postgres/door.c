/*
 * door: see door.h. An end of the connection and an error are answers too: somebody was there; but
 * not that our own kernel gave up.
 */
#include "postgres/door.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

struct door {
    struct loop *loop;
    int64_t timeout_us, every_us;
    door_fn *fn;
    void *owner;
    struct sockaddr_storage address;
    socklen_t length;
    int fd; /* of the knock under way; -1 */
    bool sent;
    bool shut;          /* as fn was told */
    mono_us knocked_at; /* the first that has no answer */
    struct loop_watch watch;
    struct loop_timer timer; /* the next knock, or the deadline of the one under way */
};

static void end_knock(struct door *door)
{
    loop_watch_remove(door->loop, &door->watch);
    loop_timer_cancel(door->loop, &door->timer);
    if (door->fd >= 0)
        close(door->fd);
    door->fd = -1;
}

static void answered(struct door *door, struct instant now)
{
    bool was_shut = door->shut;

    end_knock(door);
    door->shut = false;
    loop_timer_set(door->loop, &door->timer, now.mono + door->every_us);
    if (was_shut)
        door->fn(door->owner, true, door->knocked_at, now);
}

/* Our kernel (or a router) says that nobody answered: the next one may be. */
static void given_up(struct door *door, struct instant now)
{
    end_knock(door);
    loop_timer_set(door->loop, &door->timer, now.mono + door->every_us);
}

static bool is_given_up(const struct door *door)
{
    int error = 0;
    socklen_t length = sizeof error;

    getsockopt(door->fd, SOL_SOCKET, SO_ERROR, &error, &length);
    return error == ETIMEDOUT || error == EHOSTUNREACH || error == ENETUNREACH;
}

static int want(void *owner, short *events)
{
    const struct door *door = owner;

    *events = door->sent ? POLLIN : POLLOUT;
    return door->fd;
}

static void ready(void *owner, short revents, struct instant now)
{
    static const char request[] = {0, 0, 0, 8, 4, (char)0xd2, 0x16, 0x30}; /* GSSENCRequest */
    struct door *door = owner;
    char answer[64];
    bool over = (revents & (POLLERR | POLLNVAL)) != 0;

    if (over && is_given_up(door)) {
        given_up(door, now);
        return;
    }
    if (!over && !door->sent) {
        door->sent = send(door->fd, request, sizeof request, MSG_NOSIGNAL) == sizeof request;
        over = !door->sent;
    } else if (!over) {
        /* Read, or the server's kernel is sent a reset, and its log a line. */
        over = recv(door->fd, answer, sizeof answer, 0) >= 0 || errno != EAGAIN;
    }
    if (over)
        answered(door, now);
}

/* Where no socket can be had nothing is found out; later perhaps. */
static void knock(struct door *door, struct instant now)
{
    const struct sockaddr *address = (const struct sockaddr *)&door->address;

    door->fd = socket(door->address.ss_family, SOCK_STREAM, 0);
    loop_timer_set(door->loop, &door->timer, now.mono + door->every_us);
    if (door->fd < 0)
        return;
    fcntl(door->fd, F_SETFD, FD_CLOEXEC);
    fcntl(door->fd, F_SETFL, O_NONBLOCK);
    if (connect(door->fd, address, door->length) != 0 && errno != EINPROGRESS) {
        close(door->fd);
        door->fd = -1;
        return;
    }
    door->sent = false;
    if (!door->shut)
        door->knocked_at = now.mono;
    loop_watch_add(door->loop, &door->watch);
    loop_timer_set(door->loop, &door->timer, now.mono + door->timeout_us);
}

static void timer_fired(void *owner, struct instant now)
{
    struct door *door = owner;

    if (door->fd < 0) {
        knock(door, now);
        return;
    }
    if (door->shut) /* since an earlier one, that was given up */
        return;
    door->shut = true;
    door->fn(door->owner, false, door->knocked_at, now);
}

struct door *door_new(struct loop *loop, int64_t timeout_us, door_fn *fn, void *owner)
{
    struct door *door = mem_calloc(1, sizeof *door);

    *door =
        (struct door){.loop = loop, .timeout_us = timeout_us, .fn = fn, .owner = owner, .fd = -1};
    door->watch = (struct loop_watch){.want = want, .ready = ready, .owner = door};
    door->timer = (struct loop_timer){.fire = timer_fired, .owner = door};
    return door;
}

void door_free(struct door **door)
{
    if (*door == NULL)
        return;
    end_knock(*door);
    free(*door);
    *door = NULL;
}

void door_watch(struct door *door, int socket, mono_us first_at, int64_t every_us)
{
    end_knock(door);
    door->shut = false;
    door->every_us = every_us;
    door->length = sizeof door->address;
    if (getpeername(socket, (struct sockaddr *)&door->address, &door->length) == 0)
        loop_timer_set(door->loop, &door->timer, first_at);
}

void door_leave(struct door *door)
{
    end_knock(door);
    door->shut = false;
}
