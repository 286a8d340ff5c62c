/*
 * compose_text: sense made of what Docker Compose and the engine say. Pure.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "stack/compose_internal.h"

#define STATUS_FIELDS 7

void compose_tail_add(struct compose_tail *tail, const char *line)
{
    if (line[0] == '\0')
        return;
    str_copy(tail->lines[tail->count++ % COMPOSE_TAIL_LINES], COMPOSE_LINE_SIZE, line);
}

/* age 0 is the last line; NULL when there is none. */
static const char *tail_at(const struct compose_tail *tail, unsigned age)
{
    if (age >= tail->count || age >= COMPOSE_TAIL_LINES)
        return NULL;
    return tail->lines[(tail->count - 1 - age) % COMPOSE_TAIL_LINES];
}

/* ---- why it failed */

static const struct {
    const char *said, *hint;
} explanations[] = {
    {"permission denied while trying to connect",
     "this user may not use Docker's socket: add it to the group docker and log in anew, or use "
     "sudo"},
    {"PermissionError(13",
     "this user may not use Docker's socket: add it to the group docker and log in anew, or use "
     "sudo"},
    {"Error while fetching server API version", "start the engine: systemctl start docker"},
    {"Cannot connect to the Docker daemon", "start the engine: systemctl start docker"},
    {"Is the docker daemon running", "start the engine: systemctl start docker"},
    {"Couldn't connect to Docker daemon", "start the engine: systemctl start docker"},
    {"No such file or directory: '/var/run/docker.sock'",
     "start the engine: systemctl start docker"},
    {"no space left on device", "the disk is full: docker system df says what takes the room"},
    {"No space left on device", "the disk is full: docker system df says what takes the room"},
    {"is already in use by container",
     "another container has this name: if `docker compose up` was run without -p, `docker "
     "compose down` there first; else remove it, or set CONTAINER_PREFIX"},
    {"port is already allocated", "stop who has the port, or set another one"},
    {"address already in use", "stop who has the port, or set another one"},
    {"pull access denied", "the image is not to be had: POSTGRES_IMAGE names another one"},
    {"manifest unknown", "there is no such image: POSTGRES_IMAGE names another one"},
    {"not found: manifest", "there is no such image: POSTGRES_IMAGE names another one"},
    {"failed to resolve source metadata",
     "the image cannot be pulled: is the registry to be reached? POSTGRES_IMAGE names another "
     "image"},
    {"failed to resolve reference",
     "the image cannot be pulled: is the registry to be reached? POSTGRES_IMAGE names another "
     "image"},
    {"dial tcp: lookup",
     "the image cannot be pulled: is the registry to be reached? POSTGRES_IMAGE names another "
     "image"},
    {"no configuration file provided", "stack.file names the docker-compose.yml"},
    {"FileNotFoundError", "stack.file names the docker-compose.yml"},
    {"no such file or directory", "stack.file names the docker-compose.yml"},
    {"No such service", "the node's `service` must be one of docker-compose.yml"},
    {"no such service", "the node's `service` must be one of docker-compose.yml"},
    {"failed to solve", "the image cannot be built: the lines above say why"},
    {"returned a non-zero code", "the image cannot be built: the lines above say why"},
    {"failed to build", "the image cannot be built: the lines above say why"},
};

#define EXPLANATIONS (sizeof explanations / sizeof explanations[0])

/* The line that is known to tell the reason, in the order of the table; else the last one. */
static const char *telling_line(const struct compose_tail *tail, const char **hint)
{
    const char *line;

    *hint = "";
    for (size_t i = 0; i < EXPLANATIONS; i++)
        for (unsigned age = 0; (line = tail_at(tail, age)) != NULL; age++)
            if (strstr(line, explanations[i].said) != NULL) {
                *hint = explanations[i].hint;
                return line;
            }
    return tail_at(tail, 0);
}

bool compose_explain(const struct compose_tail *tail, const char *what, const struct child_end *end,
                     struct error *err)
{
    const char *hint, *line = telling_line(tail, &hint);
    char ended[64];

    child_end_format(end, ended, sizeof ended);
    if (line != NULL)
        error_set(err, "%s failed (%s): %s", what, ended, line);
    else
        error_set(err, "%s failed (%s)", what, ended);
    if (hint[0] != '\0')
        error_hint(err, "%s", hint);
    return false;
}

/* The port of "127.0.0.1:55432", "[::1]:55432", ":::55432", whatever follows; 0: no address. */
static int port_of_address(const char *word)
{
    char digits[6];

    if (sscanf(word, "%*3u.%*3u.%*3u.%*3u:%5[0-9]", digits) != 1 &&
        sscanf(word, "[%*45[0-9A-Fa-f:.]]:%5[0-9]", digits) != 1 &&
        sscanf(word, ":::%5[0-9]", digits) != 1)
        return 0;
    long port = strtol(digits, NULL, 10);
    return port <= UINT16_MAX ? (int)port : 0;
}

/* "Bind for 127.0.0.1:55432 failed: port is already allocated" and the like. */
int compose_port_taken(const struct compose_tail *tail)
{
    const char *hint, *line = telling_line(tail, &hint);
    int port = 0;

    if (line == NULL || (strstr(line, "port is already allocated") == NULL &&
                         strstr(line, "address already in use") == NULL))
        return 0;
    while (*line != '\0' && port == 0) {
        line += strspn(line, " ");
        port = port_of_address(line);
        line += strcspn(line, " ");
    }
    return port;
}

bool compose_is_passing(const struct compose_tail *tail)
{
    const char *line;

    for (unsigned age = 0; (line = tail_at(tail, age)) != NULL; age++)
        if (strstr(line, "unable to freeze") != NULL)
            return true;
    return false;
}

/* ---- docker ps */

static void state_word(const char *state, const char *said, char *out, size_t size)
{
    if (strcmp(state, "exited") == 0 || strcmp(state, "dead") == 0)
        str_copy(out, size, strstr(said, "(0)") != NULL ? "stopped" : "crashed");
    else if (strcmp(state, "running") == 0 && strstr(said, "starting") != NULL)
        str_copy(out, size, "starting");
    else if (strcmp(state, "running") == 0 && strstr(said, "unhealthy") != NULL)
        str_copy(out, size, "unhealthy");
    else
        str_copy(out, size, state);
}

bool compose_runs(const char *state)
{
    return strcmp(state, "not created") != 0 && strcmp(state, "created") != 0 &&
           strcmp(state, "stopped") != 0 && strcmp(state, "crashed") != 0;
}

bool compose_state_allows(enum stack_verb verb, const char *state)
{
    bool there = strcmp(state, "not created") != 0, runs = compose_runs(state);
    bool paused = strcmp(state, "paused") == 0;

    switch (verb) {
    case STACK_KILL:
        return runs;
    case STACK_PAUSE:
        return runs && !paused;
    case STACK_RESUME:
        return paused;
    case STACK_RESTART:
    case STACK_CUT:
    case STACK_JOIN:
        return there;
    case STACK_IDENTITY:
        return there && !paused;
    case STACK_WAL_END:
        return there && !runs;
    case STACK_UP:
    case STACK_DOWN:
    case STACK_DESTROY:
    case STACK_LOGS:
    case STACK_STOP:
    case STACK_VERBS:
        break;
    }
    return true;
}

/* Up to STATUS_FIELDS of them; how many there are. */
static int split(const char *line, char fields[STATUS_FIELDS][COMPOSE_LINE_SIZE])
{
    int count = 0;

    for (const char *at = line; count < STATUS_FIELDS;) {
        size_t length = strcspn(at, "|");
        str_format(fields[count++], COMPOSE_LINE_SIZE, "%.*s", (int)length, at);
        if (at[length] == '\0')
            break;
        at += length + 1;
    }
    return count;
}

bool compose_parse_container(const char *line, char *service, size_t size,
                             struct compose_container *container)
{
    char fields[STATUS_FIELDS][COMPOSE_LINE_SIZE];
    struct stack_node_status *status = &container->status;

    if (split(line, fields) != STATUS_FIELDS || fields[0][0] == '\0')
        return false;
    *container = (struct compose_container){.status = {.uptime_us = INT64_MIN}};
    str_copy(service, size, fields[0]);
    str_copy(container->name, sizeof container->name, fields[5]);
    str_copy(container->networks, sizeof container->networks, fields[6]);
    container->cut = status->cut = fields[6][0] == '\0';
    state_word(fields[1], fields[2], status->state, sizeof status->state);
    if (container->cut && strcmp(fields[1], "running") == 0)
        str_copy(status->state, sizeof status->state, "cut");
    str_format(status->detail, sizeof status->detail, "%s%s%s%s, %s", fields[2],
               container->cut ? ", cut from the network" : "", fields[3][0] != '\0' ? ", " : "",
               fields[3], fields[4]);
    return true;
}
