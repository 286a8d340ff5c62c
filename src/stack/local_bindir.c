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

#define PG_CONFIG_TIMEOUT_US (2 * US_PER_S)

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

static bool ask_pg_config(char *path, size_t size)
{
    static const char *const argv[] = {"pg_config", "--bindir", NULL};
    struct error ignored;
    struct answer answer = {.loop = loop_new(&ignored)};
    struct child_options options = {.argv = argv,
                                    .output_fd = -1,
                                    .deadline_us = PG_CONFIG_TIMEOUT_US,
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
    return answer.line[0] == '/' && str_copy(path, size, answer.line) &&
           missing_program(path) == NULL;
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

bool local_bindir_find(const struct settings *settings, char *path, size_t size, struct error *err)
{
    if (settings->local_bindir != NULL) {
        const char *missing = missing_program(settings->local_bindir);
        if (missing == NULL)
            return str_copy(path, size, settings->local_bindir) ||
                   error_set(err, "the path of stack.bindir is too long");
        error_set(err, "stack.bindir: there is no program %s in %s", missing,
                  settings->local_bindir);
        return error_hint(err, "say auto, or the directory with PostgreSQL's server programs");
    }
    if (ask_pg_config(path, size) || find_newest(path, size) || search_path(path, size))
        return true;
    error_set(err,
              "PostgreSQL's server programs (initdb, postgres, pg_basebackup, pg_rewind, psql) "
              "were not found: looked where pg_config says, in /usr/lib/postgresql/*/bin, "
              "/usr/pgsql-*/bin, /usr/local/pgsql/bin and in PATH");
    return error_hint(err,
                      "install PostgreSQL 12 or newer (Debian: apt-get install postgresql), or "
                      "name the directory as stack.bindir");
}
