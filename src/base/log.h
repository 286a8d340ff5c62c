/*
 * log: what the program has to say outside of its screen, one line each to stderr:
 * "pgwatch-tui: error: message". Every line is sanitized and written by one write(2).
 *
 * While curses owns the terminal, stderr (libpq and libraries write there too) goes to the file of
 * --log, or to an unlinked temporary file whose text is shown after the terminal was restored.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/error.h"

void log_error(const struct error *err); /* message, then the hint on a line of its own */
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* State of a stderr that was turned away; opaque to callers, zero-initialised. */
struct log_capture {
    int saved_fd;
    int file_fd;
    bool active;
    bool show; /* no path was given: what was caught is shown at the end */
};

/* Turns fd 2 into `path` (appending, mode 0600) or, if path is NULL, an unlinked temporary file. */
bool log_capture_start(struct log_capture *capture, const char *path, struct error *err);
/*
 * Puts fd 2 back; without a path writes what was caught to it (sanitized, at most the last 64 kB).
 * Harmless when the capture is not active. Not async-signal-safe.
 */
void log_capture_end(struct log_capture *capture);

#endif
