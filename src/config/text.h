/*
 * text: the bytes of a description, before they are YAML.
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include "config/problems.h"

/*
 * Reads a regular file of at most SETTINGS_FILE_MAX_BYTES; *mode is its st_mode. NULL with a
 * problem when it is anything else; never blocks on a FIFO or a device. The caller frees.
 */
char *text_read(const char *path, size_t *length, unsigned *mode, struct problem_list *problems);

/*
 * False with a problem when the text is not UTF-8 or holds a character that YAML does not allow.
 * Skips a byte order mark by moving *text.
 */
bool text_check(const char **text, size_t *length, struct problem_list *problems);

#endif
