/*
 * directory: see directory.h.
 */
#include "base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

/* Anything else of that name is no directory. */
static bool make(const char *path, mode_t mode, struct error *err)
{
    struct stat status;

    if (mkdir(path, mode) == 0)
        return true;
    if (errno == EEXIST && stat(path, &status) == 0 && !S_ISDIR(status.st_mode))
        errno = ENOTDIR;
    return errno == EEXIST || error_errno(err, errno, "cannot make %s", path);
}

bool directory_make(const char *path, mode_t mode, struct error *err)
{
    char part[DIRECTORY_PATH_SIZE];

    if (path[0] == '\0' || !str_copy(part, sizeof part, path))
        return error_set(err, "the path of the folder is %s",
                         path[0] == '\0' ? "empty" : "too long");
    for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (!make(part, 0755, err))
            return false;
        *slash = '/';
    }
    return make(path, mode, err);
}

bool directory_sync(const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0)
        return error_errno(err, errno, "cannot open %s", path);
    /* Some file systems cannot sync a directory, and say so. */
    int why = fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
    close(fd);
    return why == 0 || error_errno(err, why, "cannot sync %s", path);
}
