/*
 * ledger: every write is in it once, its times survive the packing, old ones are forgotten and the
 * counts are not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"
#include "cluster/ledger.h"

#define START (1000 * US_PER_S)

static int set_up(void **state)
{
    *state = mem_calloc(1, sizeof(struct ledger));
    return 0;
}

static int tear_down(void **state)
{
    struct ledger *ledger = *state;

    for (int i = 0; i < LEDGER_CHUNKS; i++)
        free(ledger->chunks[i]);
    free(ledger);
    return 0;
}

static uint64_t due(struct ledger *ledger, mono_us at)
{
    if (ledger_wants_chunk(ledger))
        ledger_give_chunk(ledger, mem_calloc(LEDGER_CHUNK_WRITES, sizeof(struct ledger_write)));
    return ledger_due(ledger, at);
}

static void answer(struct ledger *ledger, uint64_t number, mono_us due_at, mono_us at,
                   enum commit_outcome outcome)
{
    ledger_answer(ledger, &(struct ledger_answer){.number = number,
                                                  .due = due_at,
                                                  .at = at,
                                                  .outcome = outcome,
                                                  .id = 1000 + (int64_t)number});
}

static void test_a_write(void **state)
{
    struct ledger *ledger = *state;
    const struct ledger_write *write;

    assert_int_equal(ledger_next_unsent(ledger), LEDGER_NONE);
    assert_int_equal(due(ledger, START), 0);
    assert_int_equal(ledger_next_unsent(ledger), 0);
    write = ledger_at(ledger, 0);
    assert_int_equal(write->state, LEDGER_DUE);
    assert_int_equal(ledger_sent_after_us(write), UNKNOWN_US);
    assert_int_equal(ledger_answered_after_us(write), UNKNOWN_US);
    assert_int_equal(ledger_send(ledger, 2, COMMIT_LEVEL_ON, START + 70), START);
    assert_int_equal(ledger_next_unsent(ledger), LEDGER_NONE);
    assert_int_equal(ledger_under_way(ledger), 1);
    assert_int_equal(ledger_sent_after_us(write), 70);
    assert_int_equal(ledger_answered_after_us(write), UNKNOWN_US);
    answer(ledger, 0, START, START + 1300, COMMIT_ACKNOWLEDGED);
    assert_int_equal(write->state, LEDGER_ANSWERED + COMMIT_ACKNOWLEDGED);
    assert_int_equal(ledger_answered_after_us(write), 1300);
    assert_int_equal(write->id, 1000);
    assert_int_equal(write->node, 2);
    assert_int_equal(write->level, COMMIT_LEVEL_ON);
    assert_int_equal(ledger_under_way(ledger), 0);
    assert_int_equal(ledger->latency.max_us, 1300);
    assert_null(ledger_at(ledger, 1));
    assert_null(ledger_at(ledger, LEDGER_NONE));
}

static void test_outcomes(void **state)
{
    struct ledger *ledger = *state;

    for (int i = 0; i < COMMIT_OUTCOMES; i++) {
        due(ledger, START);
        ledger_send(ledger, 0, COMMIT_LEVEL_ON, START);
        answer(ledger, (uint64_t)i, START, START + 500, (enum commit_outcome)i);
        assert_int_equal(ledger->counts.outcomes[i], 1);
        assert_true(ledger_all_acknowledged(ledger) == (i == COMMIT_ACKNOWLEDGED));
    }
    assert_int_equal(ledger->counts.due, COMMIT_OUTCOMES);
    assert_int_equal(ledger->counts.sent, COMMIT_OUTCOMES);
    assert_int_equal(ledger->latency.count, 1); /* of the acknowledged one alone */
    due(ledger, START);
    ledger_send(ledger, 0, COMMIT_LEVEL_ON, START);
    ledger_answer(ledger, &(struct ledger_answer){.number = COMMIT_OUTCOMES,
                                                  .due = START,
                                                  .at = START + 900,
                                                  .outcome = COMMIT_LOCAL,
                                                  .asynchronous = true});
    assert_int_equal(ledger->latency.count, 2); /* nobody was waited for: it costs what it costs */
    ledger_clear_latency(ledger);
    assert_int_equal(ledger->latency.count, 0);
    assert_int_equal(ledger->counts.outcomes[COMMIT_LOCAL], 2);
}

static void test_never_sent_is_not_acknowledged(void **state)
{
    struct ledger *ledger = *state;

    due(ledger, START);
    assert_false(ledger_all_acknowledged(ledger));
    due(ledger, START);
    ledger_send(ledger, 0, COMMIT_LEVEL_ON, START);
    answer(ledger, 0, START, START, COMMIT_ACKNOWLEDGED);
    assert_int_equal(ledger_skip_unsent(ledger), 1);
    assert_int_equal(ledger_skip_unsent(ledger), 0);
    assert_int_equal(ledger->counts.skipped, 1);
    assert_int_equal(ledger_at(ledger, 1)->state, LEDGER_SKIPPED);
    assert_int_equal(ledger_sent_after_us(ledger_at(ledger, 1)), UNKNOWN_US);
    assert_int_equal(ledger_next_unsent(ledger), LEDGER_NONE);
    assert_false(ledger_all_acknowledged(ledger));
}

/* Sent late, answered late: minutes, hours, and longer than can be said. */
static void test_long_times(void **state)
{
    static const struct {
        int64_t after, said;
    } times[] = {
        {-5, 0}, /* a clock that goes back would be no reason to wrap */
        {0, 0},
        {2147483647, 2147483647},
        {2147483648, 2147483000},
        {3 * 3600 * US_PER_S + 1234567, 3 * 3600 * US_PER_S + 1234000},
        {60LL * 24 * 3600 * US_PER_S, 2147483647LL * US_PER_MS},
    };
    struct ledger *ledger = *state;

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        uint64_t number = due(ledger, START);

        ledger_send(ledger, 0, COMMIT_LEVEL_ON, START + times[i].after);
        answer(ledger, number, START, START + times[i].after, COMMIT_ACKNOWLEDGED);
        assert_int_equal(ledger_sent_after_us(ledger_at(ledger, number)), times[i].said);
        assert_int_equal(ledger_answered_after_us(ledger_at(ledger, number)), times[i].said);
    }
}

static void test_backlog_is_bounded(void **state)
{
    struct ledger *ledger = *state;

    for (int i = 0; i < LEDGER_UNSENT_MAX; i++)
        assert_int_equal(due(ledger, START + i), i);
    assert_int_equal(due(ledger, START), LEDGER_NONE);
    assert_int_equal(due(ledger, START), LEDGER_NONE);
    assert_int_equal(ledger->counts.due, LEDGER_UNSENT_MAX + 2);
    assert_int_equal(ledger->counts.skipped, 2);
    /* In order, each with its own due time. */
    for (int i = 0; i < 10; i++) {
        assert_int_equal(ledger_next_unsent(ledger), i);
        assert_int_equal(ledger_send(ledger, 0, COMMIT_LEVEL_ON, START + 9999), START + i);
    }
    assert_int_equal(due(ledger, START), LEDGER_UNSENT_MAX);
}

static void test_memory_is_bounded(void **state)
{
    struct ledger *ledger = *state;
    uint64_t last = LEDGER_WRITES_MAX + LEDGER_CHUNK_WRITES + 10;
    uint64_t waiting = 5; /* the one that is answered last of all */

    for (uint64_t i = 0; i < last; i++) {
        mono_us at = START + (mono_us)i;

        assert_int_equal(due(ledger, at), i);
        ledger_send(ledger, 0, COMMIT_LEVEL_ON, at);
        if (i != waiting)
            answer(ledger, i, at, at + 100, COMMIT_ACKNOWLEDGED);
    }
    assert_int_equal(ledger->counts.due, last);
    assert_int_equal(ledger->counts.outcomes[COMMIT_ACKNOWLEDGED], last - 1);
    assert_int_equal(ledger->latency.count, last - 1);
    assert_null(ledger_at(ledger, 0));
    assert_null(ledger_at(ledger, 2 * LEDGER_CHUNK_WRITES - 1));
    assert_int_equal(ledger_at(ledger, 2 * LEDGER_CHUNK_WRITES)->due,
                     START + 2 * LEDGER_CHUNK_WRITES);
    assert_int_equal(ledger_at(ledger, last - 1)->due, START + (mono_us)last - 1);
    assert_null(ledger_at(ledger, last));
    /* Forgotten while it waited: it still counts, and touches nobody else's record. */
    assert_int_equal(ledger_under_way(ledger), 1);
    answer(ledger, waiting, START, START + 7000, COMMIT_ACKNOWLEDGED);
    assert_int_equal(ledger->counts.outcomes[COMMIT_ACKNOWLEDGED], last);
    assert_int_equal(ledger->latency.max_us, 7000);
    assert_true(ledger_all_acknowledged(ledger));
    assert_int_equal(ledger_at(ledger, LEDGER_WRITES_MAX + waiting)->due,
                     START + (mono_us)(LEDGER_WRITES_MAX + waiting));
    assert_int_equal(ledger_answered_after_us(ledger_at(ledger, LEDGER_WRITES_MAX + waiting)), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outcomes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_never_sent_is_not_acknowledged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_backlog_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_is_bounded, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
