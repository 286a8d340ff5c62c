/*
 * error: fills the caller's struct; nothing here allocates or prints.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static void fill(char *dst, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void fill(char *dst, size_t size, const char *format, va_list args)
{
    /* vsnprintf cuts at a byte: room for one character more, so that str_copy sees where it ends.
     */
    char text[sizeof(((struct error *)0)->message) + 4];

    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    str_copy(dst, size, text);
}

_Bool error_set(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(err->message, sizeof err->message, format, args);
    va_end(args);
    err->hint[0] = '\0';
    return 0;
}

_Bool error_hint(struct error *err, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fill(err->hint, sizeof err->hint, format, args);
    va_end(args);
    return 0;
}

_Bool error_errno(struct error *err, int errno_value, const char *format, ...)
{
    char reason[128] = "";
    va_list args;

    va_start(args, format);
    fill(err->message, sizeof err->message, format, args);
    va_end(args);
    err->hint[0] = '\0';
    if (strerror_r(errno_value, reason, sizeof reason) != 0)
        str_format(reason, sizeof reason, "error %d", errno_value);
    str_appendf(err->message, sizeof err->message, ": %s", reason);
    return 0;
}
