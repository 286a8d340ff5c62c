/*
 * mem: allocation for a program that has nothing sensible to do without memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

static void *or_abort(void *memory)
{
    if (memory == NULL) {
        fputs("pgwatch-tui: error: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *mem_calloc(size_t count, size_t size)
{
    return or_abort(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *mem_realloc(void *old, size_t size)
{
    return or_abort(realloc(old, size > 0 ? size : 1));
}

char *mem_strdup(const char *s)
{
    return or_abort(strdup(s));
}
