/*
 * log: one line a message; see log.h.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define LINE_MAX_BYTES 2048
#define SHOWN_MAX_BYTES 65536

static void write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, text, length);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return; /* there is nobody left to tell */
        text += written;
        length -= (size_t)written;
    }
}

static void write_line(const char *kind, const char *text)
{
    char clean[LINE_MAX_BYTES];
    char line[LINE_MAX_BYTES + 64];

    str_sanitize(clean, sizeof clean, text, SIZE_MAX);
    str_format(line, sizeof line, "pgwatch-tui: %s%s\n", kind, clean);
    write_all(STDERR_FILENO, line, strlen(line));
}

void log_error(const struct error *err)
{
    write_line("error: ", err->message);
    if (err->hint[0] != '\0')
        write_line("hint: ", err->hint);
}

void log_warning(const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_line("warning: ", text);
}

void log_info(const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    write_line("", text);
}

static int open_unlinked(struct error *err)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    int fd;

    if (folder == NULL || folder[0] != '/')
        folder = "/tmp";
    str_format(path, sizeof path, "%s/pgwatch-tui-log-XXXXXX", folder);
    fd = mkstemp(path);
    if (fd < 0) {
        error_errno(err, errno, "cannot make a temporary file in %s", folder);
        return -1;
    }
    unlink(path);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

static int open_log(const char *path, struct error *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

    if (fd < 0)
        error_errno(err, errno, "cannot open the log file %s", path);
    return fd;
}

bool log_capture_start(struct log_capture *capture, const char *path, struct error *err)
{
    int file = path != NULL ? open_log(path, err) : open_unlinked(err);
    int saved;

    if (file < 0)
        return false;
    saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (saved < 0 || dup2(file, STDERR_FILENO) < 0) {
        error_errno(err, errno, "cannot turn standard error away from the terminal");
        if (saved >= 0)
            close(saved);
        close(file);
        return false;
    }
    *capture = (struct log_capture){
        .saved_fd = saved, .file_fd = file, .active = true, .show = path == NULL};
    return true;
}

/* Line by line, because sanitizing would make one line of it all. */
static void show_lines(const char *text, size_t length)
{
    char clean[LINE_MAX_BYTES];

    while (length > 0) {
        const char *newline = memchr(text, '\n', length);
        size_t line = newline != NULL ? (size_t)(newline - text) : length;

        str_sanitize(clean, sizeof clean - 1, text, line);
        str_append(clean, sizeof clean, "\n");
        write_all(STDERR_FILENO, clean, strlen(clean));
        text += line;
        length -= line;
        if (newline != NULL) {
            text++;
            length--;
        }
    }
}

static void show_caught(int fd)
{
    off_t end = lseek(fd, 0, SEEK_END);
    off_t start = end > SHOWN_MAX_BYTES ? end - SHOWN_MAX_BYTES : 0;
    char *text;
    ssize_t length;

    if (end <= 0)
        return;
    text = mem_calloc(1, SHOWN_MAX_BYTES);
    length = pread(fd, text, SHOWN_MAX_BYTES, start);
    if (length > 0)
        show_lines(text, (size_t)length);
    free(text);
}

void log_capture_end(struct log_capture *capture)
{
    if (!capture->active)
        return;
    capture->active = false;
    dup2(capture->saved_fd, STDERR_FILENO);
    close(capture->saved_fd);
    if (capture->show)
        show_caught(capture->file_fd);
    close(capture->file_fd);
}
