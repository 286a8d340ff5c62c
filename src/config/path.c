/*
 * path: see path.h.
 */
#include "config/path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

static char *join(const char *folder, const char *rest)
{
    size_t length = strlen(folder), size = length + strlen(rest) + 2;
    char *joined = mem_calloc(1, size);
    bool slash = length > 0 && folder[length - 1] == '/';

    str_format(joined, size, "%s%s%s", folder, slash || rest[0] == '\0' ? "" : "/", rest);
    return joined;
}

static char *split(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    char *folder;

    *name = slash != NULL ? slash + 1 : path;
    if (slash == NULL)
        return mem_strdup(".");
    folder = mem_strdup(path);
    folder[slash == path ? 1 : slash - path] = '\0';
    return folder;
}

char *path_absolute(const char *path)
{
    const char *name;
    char *folder = split(path, &name);
    char *real = realpath(folder, NULL);
    char cwd[PATH_MAX] = "/";
    char *absolute;

    if (real == NULL && folder[0] != '/' && getcwd(cwd, sizeof cwd) != NULL)
        real = join(cwd, folder);
    absolute = join(real != NULL ? real : folder, name);
    free(real);
    free(folder);
    return absolute;
}

char *path_folder(const char *absolute)
{
    const char *name;

    return split(absolute, &name);
}

/* Takes "./" and "../" off the front: the folder has no symbolic link in it, so its last part may
 * be dropped. Any later ".." is left to the kernel. */
static char *climb(const char *folder, const char *path)
{
    char *base = mem_strdup(folder);
    char *joined;

    for (;;) {
        if (path[0] == '.' && (path[1] == '/' || path[1] == '\0')) {
            path += 1;
        } else if (path[0] == '.' && path[1] == '.' && (path[2] == '/' || path[2] == '\0')) {
            char *slash = strrchr(base, '/');
            if (slash != NULL)
                slash[slash == base] = '\0';
            path += 2;
        } else {
            break;
        }
        while (*path == '/')
            path++;
    }
    joined = join(base, path);
    free(base);
    return joined;
}

char *path_resolve(const char *path, const char *folder, struct error *err)
{
    const char *home = getenv("HOME");

    if (path[0] == '/')
        return mem_strdup(path);
    if (path[0] != '~')
        return climb(folder, path);
    if (path[1] != '\0' && path[1] != '/') {
        error_set(err, "begins with ~USER, which is not expanded");
        error_hint(err, "write ~/... for your own home directory, or the whole path");
        return NULL;
    }
    if (home == NULL || home[0] != '/') {
        error_set(err, "begins with ~, but HOME is not set to a path");
        error_hint(err, "set HOME, or write the whole path");
        return NULL;
    }
    path++;
    while (*path == '/')
        path++;
    return join(home, path);
}
