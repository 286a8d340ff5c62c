/*
 * error: an expected failure, told to a person: what went wrong and what to do about it.
 *
 * The caller owns the struct (usually on its stack); nothing is allocated. A function that can fail
 * returns false (or NULL) and fills the error; message and hint are plain sentences without a
 * trailing full stop or newline, cut at a whole character when they are too long.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

struct error {
    char message[512];
    char hint[256]; /* "" where there is nothing useful to say */
};

/* Sets the message (printf style), clears the hint; false, so that `return error_set(...)` reads.
 */
_Bool error_set(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the hint of an error that was set; returns false too. */
_Bool error_hint(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* error_set with ": strerror(errno_value)" at the end. */
_Bool error_errno(struct error *err, int errno_value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
