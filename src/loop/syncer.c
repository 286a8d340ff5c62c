/*
 * syncer: see syncer.h.
 */
#include "loop/syncer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

struct syncer {
    pthread_t thread;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    int fd;
    bool asked, ending;
    int failure;
};

static void *sync_when_asked(void *argument)
{
    struct syncer *syncer = argument;

    pthread_mutex_lock(&syncer->lock);
    while (syncer->asked || !syncer->ending) {
        if (!syncer->asked) {
            pthread_cond_wait(&syncer->changed, &syncer->lock);
            continue;
        }
        syncer->asked = false;
        pthread_mutex_unlock(&syncer->lock);
        int failure = fdatasync(syncer->fd) != 0 ? errno : 0;
        pthread_mutex_lock(&syncer->lock);
        /* What cannot be synced (a pseudo file system) is no failure of the disk. */
        if (failure != EINVAL && failure != EROFS && syncer->failure == 0)
            syncer->failure = failure;
    }
    pthread_mutex_unlock(&syncer->lock);
    return NULL;
}

/* Signals are for the main thread alone. */
static int start_thread(struct syncer *syncer)
{
    sigset_t all, former;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    int code = pthread_create(&syncer->thread, NULL, sync_when_asked, syncer);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    return code;
}

struct syncer *syncer_new(int fd, struct error *err)
{
    struct syncer *syncer = mem_calloc(1, sizeof *syncer);

    syncer->fd = fd;
    pthread_mutex_init(&syncer->lock, NULL);
    pthread_cond_init(&syncer->changed, NULL);
    int code = start_thread(syncer);
    if (code == 0)
        return syncer;
    error_errno(err, code, "cannot start a thread that syncs a file");
    pthread_cond_destroy(&syncer->changed);
    pthread_mutex_destroy(&syncer->lock);
    free(syncer);
    return NULL;
}

static void tell(struct syncer *syncer, bool *what)
{
    pthread_mutex_lock(&syncer->lock);
    *what = true;
    pthread_cond_signal(&syncer->changed);
    pthread_mutex_unlock(&syncer->lock);
}

void syncer_ask(struct syncer *syncer)
{
    tell(syncer, &syncer->asked);
}

int syncer_failure(struct syncer *syncer)
{
    pthread_mutex_lock(&syncer->lock);
    int failure = syncer->failure;
    pthread_mutex_unlock(&syncer->lock);
    return failure;
}

void syncer_free(struct syncer **syncer)
{
    struct syncer *s = *syncer;

    if (s == NULL)
        return;
    tell(s, &s->ending);
    pthread_join(s->thread, NULL);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
    *syncer = NULL;
}
