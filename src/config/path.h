/*
 * path: the paths of a description, made absolute.
 */
#ifndef CONFIG_PATH_H
#define CONFIG_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/*
 * The absolute path of the description itself and of its folder (malloc'ed). Symbolic links in the
 * folder are resolved where it exists, so that ".." after it means what the kernel means.
 */
char *path_absolute(const char *path);
char *path_folder(const char *absolute);

/* Relative paths count from `folder`; ~ is $HOME. NULL with an error that goes
 * on from the name of an option; malloc'ed otherwise. */
char *path_resolve(const char *path, const char *folder, struct error *err);

#endif
