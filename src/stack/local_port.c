/*
 * local_port: tries to bind; the owner of a taken port is found by the inode of its socket, which
 * /proc/net/tcp names and the owner's descriptors show.
 */
#include "stack/local_port.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "stack/process.h"

#define TCP_LISTEN 0x0A

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool make_address(const char *host, int port, union address *address, socklen_t *length)
{
    const char *numeric = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;

    *address = (union address){.v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)}};
    *length = sizeof address->v4;
    if (inet_pton(AF_INET, numeric, &address->v4.sin_addr) == 1)
        return true;
    *address = (union address){.v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)}};
    *length = sizeof address->v6;
    return inet_pton(AF_INET6, numeric, &address->v6.sin6_addr) == 1;
}

bool local_host_is_loopback(const char *host)
{
    union address address;
    socklen_t length;

    if (!make_address(host, 1, &address, &length))
        return false;
    if (address.any.sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&address.v6.sin6_addr);
    return ntohl(address.v4.sin_addr.s_addr) >> 24 == 127;
}

/* The inode of the socket that listens on the port; 0: not seen. */
static unsigned long listening_inode(const char *table, int port)
{
    char line[512];
    unsigned local_port, state;
    unsigned long inode, found = 0;
    FILE *file = fopen(table, "re");

    while (file != NULL && found == 0 && fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "%*d: %*[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %*s %*s %lu", &local_port,
                   &state, &inode) == 3 &&
            state == TCP_LISTEN && (int)local_port == port)
            found = inode;
    if (file != NULL)
        fclose(file);
    return found;
}

static bool has_socket(void *owner, pid_t pid, const struct process_facts *facts)
{
    const char *wanted = owner;
    char path[300], link[64];
    bool found = false;
    struct dirent *entry;
    (void)facts;

    str_format(path, sizeof path, "/proc/%ld/fd", (long)pid);
    DIR *fds = opendir(path);
    while (fds != NULL && !found && (entry = readdir(fds)) != NULL) {
        ssize_t length = readlinkat(dirfd(fds), entry->d_name, link, sizeof link - 1);
        if (length > 0) {
            link[length] = '\0';
            found = strcmp(link, wanted) == 0;
        }
    }
    if (fds != NULL)
        closedir(fds);
    return found;
}

static void say_owner(const char *host, int port, struct error *err)
{
    unsigned long inode = listening_inode("/proc/net/tcp", port);
    struct process_list *owners = mem_calloc(1, sizeof *owners);
    struct process_facts facts;
    char wanted[64], command[64];

    if (inode == 0)
        inode = listening_inode("/proc/net/tcp6", port);
    str_format(wanted, sizeof wanted, "socket:[%lu]", inode);
    if (inode != 0)
        process_list(owners, has_socket, wanted);
    if (owners->count > 0 && process_look(owners->items[0].pid, &facts)) {
        str_sanitize(command, sizeof command, facts.command, SIZE_MAX);
        error_set(err, "port %d of %s is taken by process %ld (%s)", port, host,
                  (long)owners->items[0].pid, command);
    } else {
        error_set(err, "port %d of %s is taken by another program", port, host);
    }
    error_hint(err, "stop it, or give the node another port");
    if (inode == 0) { /* the kernel gives such numbers to the clients' ends of connections, too */
        error_set(err, "port %d of %s is taken by a connection: nobody listens there", port, host);
        error_hint(err, "try again when it has ended, or give the node another port");
    }
    free(owners);
}

bool local_port_is_free(const char *host, int port, struct error *err)
{
    union address address;
    socklen_t length;
    int on = 1;

    if (!make_address(host, port, &address, &length))
        return error_set(err, "a local stack runs on loopback, not on %s", host);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, errno, "cannot make a socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on); /* as PostgreSQL does */
    bool bound = bind(fd, &address.any, length) == 0 && listen(fd, 1) == 0;
    int why = errno;
    close(fd);
    if (bound)
        return true;
    if (why == EADDRINUSE)
        say_owner(host, port, err);
    else
        error_errno(err, why, "a server cannot listen on port %d of %s", port, host);
    return false;
}
