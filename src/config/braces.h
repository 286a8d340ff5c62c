/*
 * braces: lets `{password: ${VARIABLE}}` be written without quotes, which YAML alone would read as
 * a map in a map. The braces of a reference are replaced by private characters, of one column too,
 * before the text is parsed, and put back in every scalar.
 */
#ifndef CONFIG_BRACES_H
#define CONFIG_BRACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new text (malloc'ed, terminated); *length becomes its length. */
char *braces_hide(const char *text, size_t *length);
/* Puts them back in place; returns the new length. */
size_t braces_restore(char *text, size_t length);
/* The characters that a description cannot hold for this. */
bool braces_reserves(uint32_t character);

#endif
