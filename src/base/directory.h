/*
 * directory: directories that the program makes for its own files.
 */
#ifndef BASE_DIRECTORY_H
#define BASE_DIRECTORY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

#define DIRECTORY_PATH_SIZE 4096

/* mkdir -p: what lies above `path` is made with 0755, the last part with `mode`. One that is there
 * already is left as it is. */
bool directory_make(const char *path, mode_t mode, struct error *err);
/* Its entries are on the disk after it. */
bool directory_sync(const char *path, struct error *err);

#endif
