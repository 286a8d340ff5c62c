/*
 * fake_server: a server on loopback that lets one client in and answers its questions one by one
 * with what the test wrote down, byte by byte: for answers that no real server gives at a moment of
 * our choice. A question that nothing is written down for is not answered.
 */
#ifndef TESTS_UNIT_FAKE_SERVER_H
#define TESTS_UNIT_FAKE_SERVER_H

/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"
#include "config/settings.h"
#include "loop/loop.h"

#define FAKE_ANSWERS_MAX 16
#define FAKE_ANSWER_SIZE 4096
#define FAKE_QUESTION_SIZE 16384
#define FAKE_UNUSED __attribute__((unused)) static

struct fake_answer {
    int after_ms; /* since the question */
    bool closes;  /* the connection, after it */
    bool pieces;  /* every byte by itself, so that the client reads them one by one */
    size_t length;
    char bytes[FAKE_ANSWER_SIZE];
};

struct fake_server {
    int listener, port, count;
    pthread_t thread;
    struct fake_answer answers[FAKE_ANSWERS_MAX];
    /* of each question, and of the first one that is not answered: how many statements it ran */
    atomic_int executed[FAKE_ANSWERS_MAX + 1];
    /* a description of one node that is this server */
    struct node_settings node;
    struct settings settings;
};

/* ---- writing down */

FAKE_UNUSED void fake_bytes(struct fake_answer *a, const void *bytes, size_t length)
{
    assert_true(a->length + length <= FAKE_ANSWER_SIZE);
    memcpy(a->bytes + a->length, bytes, length);
    a->length += length;
}

FAKE_UNUSED void fake_int(struct fake_answer *a, uint32_t value, size_t size)
{
    uint32_t network = htonl(value);

    fake_bytes(a, (const char *)&network + 4 - size, size);
}

FAKE_UNUSED void fake_text(struct fake_answer *a, const char *text)
{
    fake_bytes(a, text, strlen(text) + 1);
}

/* The start of a message; fake_end with what it returned sets its length. */
FAKE_UNUSED size_t fake_begin(struct fake_answer *a, char type)
{
    fake_bytes(a, &type, 1);
    fake_int(a, 0, 4);
    return a->length - 4;
}

FAKE_UNUSED void fake_end(struct fake_answer *a, size_t begin)
{
    uint32_t network = htonl((uint32_t)(a->length - begin));

    memcpy(a->bytes + begin, &network, 4);
}

/* The next answer; empty. */
FAKE_UNUSED struct fake_answer *fake_answer(struct fake_server *server)
{
    assert_true(server->count < FAKE_ANSWERS_MAX);
    return &server->answers[server->count++];
}

/* RowDescription and one DataRow, all of type text. */
FAKE_UNUSED void fake_row(struct fake_answer *a, int count, const char *const *values)
{
    size_t begin = fake_begin(a, 'T');

    fake_int(a, (uint32_t)count, 2);
    for (int i = 0; i < count; i++) {
        fake_text(a, "column");
        fake_int(a, 0, 4);
        fake_int(a, 0, 2);
        fake_int(a, 25, 4);
        fake_int(a, UINT32_MAX, 2);
        fake_int(a, UINT32_MAX, 4);
        fake_int(a, 0, 2);
    }
    fake_end(a, begin);
    begin = fake_begin(a, 'D');
    fake_int(a, (uint32_t)count, 2);
    for (int i = 0; i < count; i++) {
        fake_int(a, values[i] != NULL ? (uint32_t)strlen(values[i]) : UINT32_MAX, 4);
        fake_bytes(a, values[i] != NULL ? values[i] : "",
                   values[i] != NULL ? strlen(values[i]) : 0);
    }
    fake_end(a, begin);
}

/* type: 'E' or 'N' */
FAKE_UNUSED void fake_say(struct fake_answer *a, char type, const char *severity,
                          const char *sqlstate, const char *message)
{
    const char *const fields[] = {"S", severity, "V", severity, "C", sqlstate, "M", message};
    size_t begin = fake_begin(a, type);

    for (int i = 0; i < 8; i += 2) {
        fake_bytes(a, fields[i], 1);
        fake_text(a, fields[i + 1]);
    }
    fake_text(a, "");
    fake_end(a, begin);
}

FAKE_UNUSED void fake_complete(struct fake_answer *a, const char *tag)
{
    size_t begin = fake_begin(a, 'C');

    fake_text(a, tag);
    fake_end(a, begin);
}

FAKE_UNUSED void fake_ready(struct fake_answer *a)
{
    size_t begin = fake_begin(a, 'Z');

    fake_bytes(a, "I", 1);
    fake_end(a, begin);
}

FAKE_UNUSED void fake_done(struct fake_answer *a, const char *tag)
{
    fake_complete(a, tag);
    fake_ready(a);
}

/* The whole answer to a question that has one row. */
FAKE_UNUSED struct fake_answer *fake_row_answer(struct fake_server *server, int count,
                                                const char *const *values)
{
    struct fake_answer *a = fake_answer(server);

    fake_row(a, count, values);
    fake_done(a, "SELECT 1");
    return a;
}

FAKE_UNUSED struct fake_answer *fake_done_answer(struct fake_server *server)
{
    struct fake_answer *a = fake_answer(server);

    fake_done(a, "SET");
    return a;
}

/* ---- answering */

static bool fake_read(int fd, char *bytes, size_t length)
{
    for (size_t have = 0; have < length;) {
        ssize_t got = read(fd, bytes + have, length - have);
        if (got <= 0)
            return false;
        have += (size_t)got;
    }
    return true;
}

/* One message of the client; its type, 0 at the end. The first one has none: 1. */
static char fake_receive(int fd, bool first)
{
    char type = 1, body[FAKE_QUESTION_SIZE];
    uint32_t length;

    if ((!first && !fake_read(fd, &type, 1)) || !fake_read(fd, (char *)&length, 4))
        return 0;
    length = ntohl(length) - 4;
    return length <= sizeof body && fake_read(fd, body, length) ? type : 0;
}

static void fake_let_in(int fd)
{
    struct fake_answer hello = {0};
    size_t begin = fake_begin(&hello, 'R');

    fake_int(&hello, 0, 4);
    fake_end(&hello, begin);
    begin = fake_begin(&hello, 'S');
    fake_text(&hello, "server_version");
    fake_text(&hello, "15.0");
    fake_end(&hello, begin);
    fake_ready(&hello);
    send(fd, hello.bytes, hello.length, MSG_NOSIGNAL);
}

static void fake_send(int fd, const struct fake_answer *a)
{
    size_t piece = a->pieces ? 1 : a->length;

    usleep((useconds_t)a->after_ms * 1000);
    for (size_t sent = 0; sent < a->length; sent += piece) {
        send(fd, a->bytes + sent, piece, MSG_NOSIGNAL);
        if (a->pieces)
            usleep(500);
    }
}

static void *fake_serve(void *owner)
{
    struct fake_server *server = owner;
    int fd = accept(server->listener, NULL, NULL);
    int next = 0;
    int at_once = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    char type = fake_receive(fd, true);
    bool open = type != 0;

    if (open)
        fake_let_in(fd);
    while (open && (type = fake_receive(fd, false)) != 0) {
        server->executed[next] += type == 'E';
        if ((type != 'Q' && type != 'S') || next == server->count)
            continue;
        const struct fake_answer *a = &server->answers[next++];
        fake_send(fd, a);
        open = !a->closes;
    }
    close(fd);
    return NULL;
}

/* ---- */

FAKE_UNUSED struct fake_server *fake_server_new(void)
{
    static char name[] = "n1", host[] = "127.0.0.1", user[] = "u", mode[] = "disable",
                schema[] = "pgwatch_tui";
    struct fake_server *server = mem_calloc(1, sizeof *server);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;

    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listener, 5), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    server->node = (struct node_settings){
        .name = name,
        .connection = {.hostaddr = host, .port = server->port, .user = user, .sslmode = mode}};
    server->settings = (struct settings){.lab = true,
                                         .node_count = 1,
                                         .nodes = &server->node,
                                         .poll_timeout_us = 5 * US_PER_S,
                                         .probe_schema = schema};
    return server;
}

/* All answers are written down. */
FAKE_UNUSED void fake_server_start(struct fake_server *server)
{
    assert_int_equal(pthread_create(&server->thread, NULL, fake_serve, server), 0);
}

/* When the client is gone. */
FAKE_UNUSED void fake_server_free(struct fake_server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    free(server);
}

#endif
