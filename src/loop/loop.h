/*
 * loop: one poll(2) loop: watched descriptors, timers, signals.
 *
 * The descriptor set is rebuilt every turn by asking each watch what it wants now, because libpq
 * changes its socket while it connects. `now` is read once a turn and handed to every callback. A
 * callback may add, remove or free any watch or timer, its own too. Nothing here blocks but poll
 * itself. In a turn signals come first, then watches in the order in which they were added, then
 * timers.
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/error.h"

struct loop;

/* Owned by the user of the loop, linked in by loop_watch_add; zero-initialise, fill the first three
 * fields. */
struct loop_watch {
    /* Says which descriptor to watch for what (POLLIN, POLLOUT) this turn; -1: nothing this turn.
     */
    int (*want)(void *owner, short *events);
    /* Called when poll reported something for it (also POLLERR, POLLHUP, POLLNVAL). */
    void (*ready)(void *owner, short revents, struct instant now);
    void *owner;
    struct loop_watch *next;
    bool added;
    int polled_at; /* index in this turn's set; the loop's own */
};
void loop_watch_add(struct loop *loop, struct loop_watch *watch);
void loop_watch_remove(struct loop *loop,
                       struct loop_watch *watch); /* harmless when it was not added */

/* Owned by the user, zero-initialised but for the first two fields. Fires once per loop_timer_set,
 * never before it is due; due times in the past fire in the next turn; equal ones in order of set.
 */
struct loop_timer {
    void (*fire)(void *owner, struct instant now);
    void *owner;
    mono_us due;
    struct loop_timer *next;
    bool set;
};
void loop_timer_set(struct loop *loop, struct loop_timer *timer, mono_us due); /* also anew */
void loop_timer_cancel(struct loop *loop,
                       struct loop_timer *timer); /* harmless when it was not set */

/*
 * Signals come as calls in a turn, never inside a handler; the same one that came several times
 * before the call is one call. One loop in a process may have signals; call it once. SIGPIPE is
 * ignored from here on, which a child inherits over exec. loop_free puts the former dispositions
 * back.
 */
typedef void loop_signal_fn(void *owner, int signo, struct instant now);
bool loop_signals(struct loop *loop, const int *signals, int count, loop_signal_fn *fn, void *owner,
                  struct error *err);

struct loop *loop_new(struct error *err); /* NULL with an error when no pipe can be had */
void loop_free(struct loop **loop);
/* Of the present turn, of loop_new before the first. */
struct instant loop_now(const struct loop *loop);
/* Until loop_stop; may be run again, then what is still due or ready comes first. */
void loop_run(struct loop *loop);
/* Does what is due or ready by now, outside of a run and without waiting; signals wait for the run.
 * For what takes its time elsewhere, such as a connection, to go on while the caller is busy. */
void loop_catch_up(struct loop *loop);
/* After the callback that calls it no other one runs. Outside of a run it ends the next at once. */
void loop_stop(struct loop *loop);

#endif
