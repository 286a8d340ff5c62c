/*
 * replication_test: one test write and when it could be read on each replica (`w`), and the whole
 * check of a replication setup (`t`, `pgwatch-tui test`). Never blocks the loop; one at a time.
 *
 * A write that waits for standbys is never cancelled. When it was not acknowledged in time the test
 * ends, the connection is kept until the answer comes, and no other write is begun meanwhile: at
 * most one backend waits because of us, also when the program is started again.
 */
#ifndef APP_REPLICATION_TEST_H
#define APP_REPLICATION_TEST_H

#include "app/watch.h"
#include "base/error.h"
#include "cluster/replication_check.h"

#define REPLICATION_TEST_TIMEOUT_US (10 * US_PER_S)

struct replication_test;

struct replication_test_order {
    bool whole; /* else one write alone */
    enum commit_level level;
    int64_t timeout_us; /* for the acknowledgement, and then for the rows */
};

/* The check is valid until the next one starts. Also called when a write that was given up on was
 * answered at last: then check is NULL and the event says what became of it. */
typedef void replication_test_ended_fn(void *owner, const struct replication_check *check,
                                       struct instant now);

/* settings, loop and watch outlive it. What happens is added to the watch's events. */
struct replication_test *replication_test_new(const struct settings *settings, struct loop *loop,
                                              struct watch *watch, replication_test_ended_fn *ended,
                                              void *owner);
/* Not in a callback. A backend that waits goes on waiting by itself. */
void replication_test_free(struct replication_test **test);

/* False with an error when one is under way or a write still waits. `ended` is called in a later
 * turn of the loop. */
bool replication_test_start(struct replication_test *test,
                            const struct replication_test_order *order, struct instant now,
                            struct error *err);
/* The last one, also while it is under way; NULL when there was none. */
const struct replication_check *replication_test_last(const struct replication_test *test);

#endif
