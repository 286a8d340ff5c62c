/*
 * slow_sync: makes a server's disk slow, for tests: preloaded, each fdatasync takes SLOW_SYNC_MS
 * longer. What a commit waits for on that server is then longer than what a busy machine adds.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int fdatasync(int fd)
{
    int (*real)(int);
    void *found = dlsym(RTLD_NEXT, "fdatasync");
    const char *text = getenv("SLOW_SYNC_MS");
    long ms = text != NULL ? strtol(text, NULL, 10) : 0;
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    memcpy(&real, &found, sizeof real); /* ISO C has no conversion from one to the other */
    nanosleep(&wait, NULL);
    return real(fd);
}
