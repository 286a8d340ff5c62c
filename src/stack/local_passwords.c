/*
 * local_passwords: see local_passwords.h. No password is ever in a message.
 */
#include "stack/local_passwords.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/str.h"

#define RANDOM_BYTES 18

struct role {
    const char *name, *variable;
    char *password;
    const char *usual; /* NULL: a random one */
};

static bool make_random(char *password, struct error *err)
{
    unsigned char bytes[RANDOM_BYTES];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return error_errno(err, errno, "cannot get random bytes");
    password[0] = '\0';
    for (size_t i = 0; i < sizeof bytes; i++)
        str_appendf(password, LOCAL_PASSWORD_SIZE, "%02x", bytes[i]);
    return true;
}

/* The rest of "*:*:*:ROLE:PASSWORD" with \: and \\ resolved. */
static void unescape(char *password, const char *text)
{
    size_t length = 0;

    for (; *text != '\0' && *text != '\n' && length + 1 < LOCAL_PASSWORD_SIZE; text++) {
        if (*text == '\\' && text[1] != '\0')
            text++;
        password[length++] = *text;
    }
    password[length] = '\0';
}

/* A line without an end is one that was not written to its end. */
static void read_line(const char *line, const struct role *roles, int count)
{
    char prefix[64];

    for (int i = 0; i < count; i++) {
        str_format(prefix, sizeof prefix, "*:*:*:%s:", roles[i].name);
        if (strncmp(line, prefix, strlen(prefix)) == 0 && strchr(line, '\n') != NULL)
            unescape(roles[i].password, line + strlen(prefix));
    }
}

/* True when it has all of them. */
static bool read_passfile(const char *path, const struct role *roles, int count)
{
    char line[LOCAL_PASSWORD_SIZE * 2 + 64];
    FILE *file = fopen(path, "re");
    bool whole = true;

    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        read_line(line, roles, count);
    if (file != NULL)
        fclose(file);
    for (int i = 0; i < count; i++)
        whole = whole && roles[i].password[0] != '\0';
    return whole;
}

static void write_lines(FILE *file, const struct role *roles, int count)
{
    for (int i = 0; i < count; i++) {
        fprintf(file, "*:*:*:%s:", roles[i].name);
        for (const char *c = roles[i].password; *c != '\0'; c++)
            fprintf(file, "%s%c", *c == ':' || *c == '\\' ? "\\" : "", *c);
        fputc('\n', file);
    }
}

/* A random password is nowhere else: the file is there as a whole before any server has it. */
static bool write_passfile(const char *path, const struct role *roles, int count, struct error *err)
{
    char fresh[STACK_PATH_SIZE];

    if (!str_format(fresh, sizeof fresh, "%s.new", path))
        return error_set(err, "the path of stack.data is too long");
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL)
        return error_errno(err, errno, "cannot write %s", fresh);
    write_lines(file, roles, count);
    bool written = fflush(file) == 0 && fsync(fd) == 0;
    if (!written)
        error_errno(err, errno, "cannot write %s", fresh);
    fclose(file);
    return written &&
           (rename(fresh, path) == 0 || error_errno(err, errno, "cannot write %s", path));
}

static const char *described(const struct settings *settings, const char *role)
{
    for (int i = 0; i < settings->node_count; i++) {
        const struct connection_settings *connection = &settings->nodes[i].connection;
        if (connection->password != NULL && connection->user != NULL &&
            strcmp(connection->user, role) == 0)
            return connection->password;
    }
    return NULL;
}

static bool choose(const struct role *role, const struct settings *settings, struct error *err)
{
    const char *given = getenv(role->variable);

    if (given == NULL || given[0] == '\0')
        given = described(settings, role->name);
    if (given != NULL && !str_copy(role->password, LOCAL_PASSWORD_SIZE, given))
        return error_set(err, "the password of %s is longer than %d bytes", role->name,
                         LOCAL_PASSWORD_SIZE - 1);
    if (strchr(role->password, '\n') != NULL)
        return error_set(err, "the password of %s has a line break", role->name);
    if (role->password[0] != '\0')
        return true;
    if (role->usual != NULL)
        return str_copy(role->password, LOCAL_PASSWORD_SIZE, role->usual);
    return make_random(role->password, err);
}

bool local_passwords_get(const struct local_place *place, const struct settings *settings,
                         struct local_passwords *passwords, struct error *err)
{
    const struct role roles[] = {
        {"postgres", "POSTGRES_PASSWORD", passwords->postgres, "postgres"},
        {"replicator", "REPLICATOR_PASSWORD", passwords->replicator, NULL},
        {"pgwatch", "PGWATCH_PASSWORD", passwords->pgwatch, "pgwatch"},
    };
    const int count = sizeof roles / sizeof roles[0];
    char path[STACK_PATH_SIZE];

    *passwords = (struct local_passwords){0};
    if (!str_format(path, sizeof path, "%s/passfile", place->root))
        return error_set(err, "the path of stack.data is too long");
    bool whole = read_passfile(path, roles, count);
    for (int i = 0; i < count; i++)
        if (!choose(&roles[i], settings, err))
            return false;
    return whole || write_passfile(path, roles, count, err);
}
