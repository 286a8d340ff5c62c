/*
 * local_bindir: see local_bindir.h.
 */
#include "stack/local_bindir.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "stack/child.h"
#include "stack/local_place.h"

#define ASK_TIMEOUT_US (2 * US_PER_S)
#define OLDEST_VERSION 12
#define INSTALL_HINT                                                                               \
    "install PostgreSQL 12 or newer (Debian: apt-get install postgresql), or name the directory "  \
    "of its programs as stack.bindir"

/* The first program that is not in the directory; NULL when all are. */
static const char *missing_program(const char *directory)
{
    static const char *const programs[] = {
        "postgres", "initdb", "pg_basebackup", "pg_controldata", "pg_waldump", "pg_rewind", "psql"};
    char path[STACK_PATH_SIZE];

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (!str_format(path, sizeof path, "%s/%s", directory, programs[i]) ||
            access(path, X_OK) != 0)
            return programs[i];
    return NULL;
}

struct answer {
    struct loop *loop;
    char line[STACK_PATH_SIZE];
};

static void take_line(void *owner, const char *line)
{
    struct answer *answer = owner;
    if (answer->line[0] == '\0')
        str_copy(answer->line, sizeof answer->line, line);
}

static void take_end(void *owner, const struct child_end *end)
{
    (void)end;
    loop_stop(((struct answer *)owner)->loop);
}

/* The first line that a program writes; false when it cannot be run or writes none. */
static bool ask(const char *const *argv, char *line, size_t size)
{
    struct error ignored;
    struct answer answer = {.loop = loop_new(&ignored)};
    struct child_options options = {.argv = argv,
                                    .output_fd = -1,
                                    .deadline_us = ASK_TIMEOUT_US,
                                    .line = take_line,
                                    .end = take_end,
                                    .owner = &answer};

    if (answer.loop == NULL)
        return false;
    struct child *child = child_start(answer.loop, &options, &ignored);
    if (child != NULL)
        loop_run(answer.loop);
    child_free(&child);
    loop_free(&answer.loop);
    return answer.line[0] != '\0' && str_copy(line, size, answer.line);
}

/* "postgres (PostgreSQL) 15.18 (Debian 15.18-1)" is 15; 0 when it does not say so. */
static int version_in(const char *directory)
{
    char program[STACK_PATH_SIZE], line[256];
    const char *const argv[] = {program, "--version", NULL};

    if (!str_format(program, sizeof program, "%s/postgres", directory) ||
        !ask(argv, line, sizeof line))
        return 0;
    const char *number = strstr(line, ") ");
    return number == NULL ? 0 : (int)strtol(number + 2, NULL, 10);
}

static bool is_new_enough(const char *directory, struct error *err)
{
    int version = version_in(directory);

    if (version == 0 || version >= OLDEST_VERSION) /* unknown: the start script will say why */
        return true;
    error_set(err, "PostgreSQL %d is too old for this: that is what is in %s", version, directory);
    return error_hint(err, INSTALL_HINT);
}

static bool ask_pg_config(char *path, size_t size)
{
    static const char *const argv[] = {"pg_config", "--bindir", NULL};

    return ask(argv, path, size) && path[0] == '/' && missing_program(path) == NULL;
}

/* The newest version among /.../NUMBER/bin and /.../pgsql-NUMBER/bin. */
static bool find_newest(char *path, size_t size)
{
    static const char *const patterns[] = {"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin",
                                           "/usr/local/pgsql*/bin", "/usr/lib/postgresql*/bin"};
    long best = -1;
    glob_t found;

    for (size_t p = 0; p < sizeof patterns / sizeof patterns[0]; p++) {
        if (glob(patterns[p], 0, NULL, &found) != 0)
            continue;
        for (size_t i = 0; i < found.gl_pathc; i++) {
            const char *digits = found.gl_pathv[i] + strcspn(found.gl_pathv[i], "0123456789");
            long version = strtol(digits, NULL, 10);
            if (version > best && missing_program(found.gl_pathv[i]) == NULL &&
                str_copy(path, size, found.gl_pathv[i]))
                best = version;
        }
        globfree(&found);
    }
    return best >= 0;
}

static bool search_path(char *path, size_t size)
{
    char *copy = mem_strdup(getenv("PATH") != NULL ? getenv("PATH") : ""), *rest = copy;
    bool found = false;

    for (char *part; !found && (part = strsep(&rest, ":")) != NULL;)
        found = part[0] == '/' && missing_program(part) == NULL && str_copy(path, size, part);
    free(copy);
    return found;
}

static bool find_given(const char *given, char *path, size_t size, struct error *err)
{
    const char *missing = missing_program(given);

    if (missing == NULL)
        return str_copy(path, size, given) ||
               error_set(err, "the path of stack.bindir is too long");
    error_set(err, "stack.bindir: there is no program %s in %s", missing, given);
    return error_hint(err, "say auto, or the directory with PostgreSQL's server programs");
}

bool local_bindir_find(const struct settings *settings, char *path, size_t size, struct error *err)
{
    if (settings->local_bindir != NULL)
        return find_given(settings->local_bindir, path, size, err) && is_new_enough(path, err);
    err->message[0] = '\0';
    if ((ask_pg_config(path, size) && is_new_enough(path, err)) ||
        (find_newest(path, size) && is_new_enough(path, err)) ||
        (search_path(path, size) && is_new_enough(path, err)))
        return true;
    if (err->message[0] != '\0')
        return false;
    error_set(err,
              "PostgreSQL's server programs (initdb, postgres, pg_basebackup, pg_rewind, psql) "
              "were not found: looked where pg_config says, in /usr/lib/postgresql/*/bin, "
              "/usr/pgsql-*/bin, /usr/local/pgsql/bin and in PATH");
    return error_hint(err, INSTALL_HINT);
}
