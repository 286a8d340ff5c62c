/*
 * replication_test: the state machine.
 *
 *   IDLE      replication_test_start ends it; a write that was given up on may still wait
 *   LOOKING   every node's next look, or the deadline: the check must be of now
 *   OPENING   the writer and every reader are ready or cannot be
 *   WRITING   the acknowledgement, or the deadline
 *   READING   every reader has the row, or the deadline
 *   DOUBTING  a replica may have broken a promise: another look before it is said
 *
 * Callbacks of connections only take down what they are told; the timer `step`, set by them, moves
 * on and frees. But for one thing: the readers are asked in the callback of the acknowledgement
 * itself, for nothing may come in between.
 */
#include "app/replication_test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "postgres/visibility.h"
#include "postgres/writer.h"

#define LOOK_AGAIN_US (10 * US_PER_MS)
#define GRACE_US (2 * US_PER_S) /* on top of a connection's own timeouts */

enum test_state {
    TEST_IDLE,
    TEST_LOOKING,
    TEST_OPENING,
    TEST_WRITING,
    TEST_READING,
    TEST_DOUBTING
};

/* One replica that is read from. */
struct reader {
    struct replication_test *test;
    struct checked_node *checked;
    struct visibility *visibility;
    bool opened; /* or failed to */
    bool asked, seen;
};

struct replication_test {
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    replication_test_ended_fn *ended;
    void *owner;
    enum test_state state;
    struct loop_timer step, deadline;
    struct writer *writer;
    bool write_waits; /* given up on, not answered yet */
    bool write_ended; /* of the write that was given up on: the writer can go */
    mono_us sent_at, looked_at;
    char note[96];
    struct replication_check check;
    bool any; /* there was one */
    int reader_count;
    struct reader readers[MODEL_NODES_MAX];
};

static void step_now(struct replication_test *test, struct instant now)
{
    loop_timer_set(test->loop, &test->step, now.mono);
}

static void enter(struct replication_test *test, enum test_state state, int64_t within_us,
                  struct instant now)
{
    test->state = state;
    loop_timer_set(test->loop, &test->deadline, now.mono + within_us);
    step_now(test, now);
}

static void tell_event(struct replication_test *test, enum event_level level, const char *text,
                       struct instant now)
{
    watch_event(test->watch, now, level, "test", text);
}

/* ---- the end */

static void free_readers(struct replication_test *test)
{
    for (int i = 0; i < test->reader_count; i++)
        visibility_free(&test->readers[i].visibility);
    test->reader_count = 0;
}

static enum event_level level_of(const struct replication_check *check)
{
    if (replication_check_is_alarming(check))
        return EVENT_CRITICAL;
    return check->passed ? EVENT_GOOD : EVENT_WARNING;
}

/* Only from the timers. */
static void end(struct replication_test *test, struct instant now)
{
    char text[EVENT_TEXT_SIZE];

    test->state = TEST_IDLE;
    loop_timer_cancel(test->loop, &test->deadline);
    free_readers(test);
    if (!test->write_waits)
        writer_free(&test->writer);
    replication_check_end(&test->check, watch_model(test->watch), now);
    if (test->check.whole)
        replication_check_verdict(&test->check, text, sizeof text);
    else
        replication_check_sentence(&test->check, text, sizeof text);
    tell_event(test, level_of(&test->check), text, now);
    test->ended(test->owner, &test->check, now);
}

/* ---- reading */

static void row_seen(void *owner, const struct visibility_result *result, struct instant now)
{
    struct reader *reader = owner;
    struct replication_test *test = reader->test;
    struct checked_node *checked = reader->checked;
    (void)now;

    reader->seen = true;
    checked->row = result->visible ? CHECK_YES : CHECK_NO;
    checked->at_once = result->at_once;
    checked->missed = result->missed;
    str_copy(checked->text, sizeof checked->text, result->text);
    if (result->visible) {
        checked->since_send_us = result->at - test->sent_at;
        checked->since_ack_us = checked->since_send_us - test->check.latency_us;
    }
    step_now(test, now);
}

static void reader_opened(void *owner, const char *text, struct instant now)
{
    struct reader *reader = owner;

    reader->opened = true;
    str_copy(reader->checked->text, sizeof reader->checked->text, text);
    step_now(reader->test, now);
}

static void open_readers(struct replication_test *test)
{
    static const struct visibility_callbacks callbacks = {reader_opened, row_seen};

    test->reader_count = test->check.node_count;
    for (int i = 0; i < test->reader_count; i++) {
        struct reader *reader = &test->readers[i];
        const struct node *node = &watch_model(test->watch)->nodes[test->check.nodes[i].node];
        *reader = (struct reader){.test = test, .checked = &test->check.nodes[i]};
        reader->opened = !test->check.whole && node->fault.kind != FAULT_NONE;
        if (reader->opened) /* one write does not wait for a node that is down */
            continue;
        reader->visibility =
            visibility_new(test->loop, test->settings, reader->checked->node, &callbacks, reader);
    }
}

static void ask_readers(struct replication_test *test, struct instant now)
{
    const struct visibility_row row = {test->check.table, test->check.id, test->note};

    for (int i = 0; i < test->reader_count; i++) {
        struct reader *reader = &test->readers[i];
        reader->asked = reader->visibility != NULL && visibility_is_ready(reader->visibility);
        if (reader->asked)
            visibility_ask(reader->visibility, &row, now.mono + test->check.timeout_us, now);
    }
}

/* ---- writing */

static void take_answer(struct replication_check *check, const struct write_result *result)
{
    check->write = CHECK_WRITE_ANSWERED;
    check->outcome = result->outcome;
    check->asynchronous = result->asynchronous;
    check->id = result->id;
    check->latency_us = result->answered_at - result->sent_at;
    if (result->outcome != COMMIT_ACKNOWLEDGED && !result->asynchronous)
        str_copy(check->reason, sizeof check->reason, result->text);
}

static void write_done(void *owner, const struct write_result *result, struct instant now)
{
    struct replication_test *test = owner;
    char waited[16], text[EVENT_TEXT_SIZE];

    if (!test->write_waits) {
        take_answer(&test->check, result);
        if (result->outcome <= COMMIT_LOCAL)
            ask_readers(test, now);
        enter(test, TEST_READING, test->check.timeout_us + GRACE_US, now);
        return;
    }
    test->write_waits = false;
    test->write_ended = true;
    format_duration(waited, sizeof waited, result->answered_at - result->sent_at);
    str_format(text, sizeof text, "the write that waited ended after %s: %s%s%s", waited,
               commit_outcome_word(result->outcome), result->text[0] != '\0' ? ": " : "",
               result->text);
    tell_event(test, result->outcome == COMMIT_ACKNOWLEDGED ? EVENT_GOOD : EVENT_WARNING, text,
               now);
    step_now(test, now);
    test->ended(test->owner, NULL, now);
}

static void writer_ready(void *owner, struct instant now)
{
    step_now(owner, now);
}

static void writer_failed(void *owner, const char *text, struct instant now)
{
    struct replication_test *test = owner;

    if (test->state == TEST_OPENING)
        str_copy(test->check.reason, sizeof test->check.reason, text);
    step_now(test, now);
}

static void send_write(struct replication_test *test, struct instant now)
{
    char at[32];

    clock_format_utc(now.wall, at, sizeof at);
    str_format(test->note, sizeof test->note, "pgwatch-tui %s %ld", at, (long)getpid());
    str_copy(test->check.table, sizeof test->check.table, writer_table(test->writer));
    replication_check_see_sync(&test->check, watch_model(test->watch), now);
    test->check.reason[0] = '\0'; /* of a session before, that was not ready */
    test->check.write = CHECK_WRITE_WAITS;
    test->sent_at = now.mono;
    enter(test, TEST_WRITING, test->check.timeout_us, now);
    writer_write(test->writer, 0, test->note, now);
}

static void open_all(struct replication_test *test, struct instant now)
{
    static const struct writer_callbacks callbacks = {writer_ready, write_done, writer_failed};

    replication_check_begin(&test->check, watch_model(test->watch), now);
    if (test->check.primary < 0 || test->check.node_count == 0) {
        end(test, now);
        return;
    }
    test->writer = writer_new(test->loop, test->settings, test->check.primary, test->check.level,
                              &callbacks, test);
    writer_set_alone(test->writer, "pgwatch-tui test");
    open_readers(test);
    enter(test, TEST_OPENING, test->settings->poll_timeout_us + GRACE_US, now);
}

/* ---- moving on */

static bool have_looked(const struct replication_test *test)
{
    const struct model *model = watch_model(test->watch);

    for (int i = 0; i < model->node_count; i++) {
        const struct node *node = &model->nodes[i];
        if (!node->asked)
            return false;
        if (node->fault.kind == FAULT_NONE && node->sampled_at.mono < test->looked_at)
            return false;
    }
    return true;
}

static bool have_opened(const struct replication_test *test)
{
    if (!writer_is_ready(test->writer) && test->check.reason[0] == '\0')
        return false;
    for (int i = 0; i < test->reader_count; i++)
        if (!test->readers[i].opened)
            return false;
    return true;
}

static bool have_read(const struct replication_test *test)
{
    for (int i = 0; i < test->reader_count; i++)
        if (test->readers[i].asked && !test->readers[i].seen)
            return false;
    return true;
}

static void look(struct replication_test *test, enum test_state state, struct instant now)
{
    test->looked_at = now.mono;
    enter(test, state, test->settings->poll_timeout_us + GRACE_US, now);
    watch_poll_now(test->watch);
}

static void after_opening(struct replication_test *test, struct instant now)
{
    if (writer_is_ready(test->writer)) {
        send_write(test, now);
        return;
    }
    if (test->check.reason[0] == '\0')
        str_format(test->check.reason, sizeof test->check.reason, "%s did not answer in time",
                   test->check.primary_name);
    end(test, now);
}

static void after_reading(struct replication_test *test, struct instant now)
{
    if (replication_check_is_in_doubt(&test->check))
        look(test, TEST_DOUBTING, now);
    else
        end(test, now);
}

static void after_doubting(struct replication_test *test, struct instant now)
{
    replication_check_see_sync(&test->check, watch_model(test->watch), now);
    end(test, now);
}

/* The state is over: what it waited for is there, or its deadline passed. */
static void move_on(struct replication_test *test, struct instant now)
{
    switch (test->state) {
    case TEST_LOOKING:
        open_all(test, now);
        break;
    case TEST_OPENING:
        after_opening(test, now);
        break;
    case TEST_WRITING:
        test->write_waits = true;
        end(test, now);
        break;
    case TEST_READING:
        after_reading(test, now);
        break;
    case TEST_DOUBTING:
        after_doubting(test, now);
        break;
    case TEST_IDLE:
        break;
    }
}

static bool is_over(const struct replication_test *test)
{
    switch (test->state) {
    case TEST_LOOKING:
    case TEST_DOUBTING:
        return have_looked(test);
    case TEST_OPENING:
        return have_opened(test);
    case TEST_READING:
        return have_read(test);
    case TEST_WRITING: /* write_done ends it */
    case TEST_IDLE:
        break;
    }
    return false;
}

static void step(void *owner, struct instant now)
{
    struct replication_test *test = owner;

    if (test->write_ended) {
        test->write_ended = false;
        writer_free(&test->writer);
    }
    if (is_over(test))
        move_on(test, now);
    else if (test->state == TEST_LOOKING || test->state == TEST_DOUBTING)
        loop_timer_set(test->loop, &test->step, now.mono + LOOK_AGAIN_US);
}

static void deadline_passed(void *owner, struct instant now)
{
    move_on(owner, now);
}

/* ---- */

bool replication_test_start(struct replication_test *test,
                            const struct replication_test_order *order, struct instant now,
                            struct error *err)
{
    char waited[16];

    if (test->write_waits) {
        format_duration(waited, sizeof waited, now.mono - test->sent_at);
        return error_set(err, "the last write still waits for standbys since %s: one at a time",
                         waited);
    }
    if (test->state != TEST_IDLE || test->write_ended)
        return error_set(err, "a test is under way");
    memset(&test->check, 0, sizeof test->check);
    test->any = true;
    test->check.whole = order->whole;
    test->check.level = order->level;
    test->check.timeout_us = order->timeout_us;
    test->check.started_at = now;
    test->check.primary = -1;
    test->check.latency_us = UNKNOWN_US;
    if (order->whole) {
        look(test, TEST_LOOKING, now);
    } else { /* what was seen last will do */
        test->looked_at = INT64_MIN;
        enter(test, TEST_LOOKING, GRACE_US, now);
    }
    return true;
}

const struct replication_check *replication_test_last(const struct replication_test *test)
{
    return test->any ? &test->check : NULL;
}

struct replication_test *replication_test_new(const struct settings *settings, struct loop *loop,
                                              struct watch *watch, replication_test_ended_fn *ended,
                                              void *owner)
{
    struct replication_test *test = mem_calloc(1, sizeof *test);

    test->settings = settings;
    test->loop = loop;
    test->watch = watch;
    test->ended = ended;
    test->owner = owner;
    test->step = (struct loop_timer){.fire = step, .owner = test};
    test->deadline = (struct loop_timer){.fire = deadline_passed, .owner = test};
    return test;
}

void replication_test_free(struct replication_test **test)
{
    struct replication_test *t = *test;

    if (t == NULL)
        return;
    loop_timer_cancel(t->loop, &t->step);
    loop_timer_cancel(t->loop, &t->deadline);
    free_readers(t);
    writer_free(&t->writer);
    free(t);
    *test = NULL;
}
