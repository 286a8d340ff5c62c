/*
 * drill_pulse: gaps and recovery times from acknowledgements as they come, for all clients and
 * each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "cluster/drill_pulse.h"

#define START (1000 * US_PER_S)
#define LATE (250 * US_PER_MS)
#define MS(n) (START + (n)*US_PER_MS)

static struct drill_pulse pulse;
static struct drill_figures figures;

static int begin(void **state)
{
    (void)state;
    drill_pulse_begin(&pulse, 2, 0, false, LATE);
    return 0;
}

static int begin_failover(void **state)
{
    (void)state;
    drill_pulse_begin(&pulse, 2, 0, true, LATE);
    return 0;
}

static void answer(int client, int node, int64_t due_ms, int64_t at_ms, enum commit_outcome outcome)
{
    drill_pulse_answer(&pulse, &(struct drill_answer){.client = client,
                                                      .node = node,
                                                      .due = MS(due_ms),
                                                      .at = MS(at_ms),
                                                      .outcome = outcome,
                                                      .lsn = (lsn_t)(1000 + at_ms)});
}

/* Acknowledged 1 ms after it was due. */
static void ack(int client, int node, int64_t at_ms)
{
    answer(client, node, at_ms - 1, at_ms, COMMIT_ACKNOWLEDGED);
}

static void look(int64_t now_ms)
{
    drill_figures_clear(&figures);
    drill_pulse_figures(&pulse, MS(now_ms), &figures);
}

static void test_nothing_is_unknown(void **state)
{
    (void)state;
    look(100);
    assert_int_equal(figures.gap_us, UNKNOWN_US);
    assert_int_equal(figures.rto_us, UNKNOWN_US);
    assert_int_equal(figures.rto_worst_us, UNKNOWN_US);
    assert_int_equal(figures.clients, 2);
    assert_int_equal(figures.client_rto_us[0], UNKNOWN_US);
    assert_int_equal(figures.last_acknowledged_lsn, LSN_UNKNOWN);
    for (int i = 0; i < DRILL_SPANS; i++) {
        assert_int_equal(figures.latency[i].count, 0);
        assert_int_equal(figures.latency[i].p50_us, UNKNOWN_US);
        assert_int_equal(figures.latency[i].max_us, UNKNOWN_US);
    }
    assert_int_equal(drill_pulse_last_before(&pulse), 0);
    assert_int_equal(drill_pulse_first_after(&pulse), 0);
    drill_pulse_inject(&pulse, MS(50)); /* and nobody was ever acknowledged */
    look(100);
    assert_int_equal(figures.gap_us, UNKNOWN_US);
}

/* Pauses before the injection are not the drill's. */
static void test_gap_before_is_not_counted(void **state)
{
    (void)state;
    ack(0, 0, 0);
    ack(0, 0, 5000);
    drill_pulse_inject(&pulse, MS(5010));
    ack(0, 0, 5020);
    look(5020);
    assert_int_equal(figures.gap_us, 20 * US_PER_MS);
    assert_int_equal(figures.rto_us, 20 * US_PER_MS);
}

static void test_longest_gap(void **state)
{
    (void)state;
    ack(0, 0, 0);
    ack(1, 0, 10);
    drill_pulse_inject(&pulse, MS(20));
    ack(0, 0, 3000); /* all: 10..3000 */
    ack(1, 0, 4000); /* client 1: 10..4000 */
    ack(0, 0, 4100);
    ack(0, 0, 5000); /* shorter: it stays */
    look(5000);
    assert_int_equal(drill_pulse_last_before(&pulse), MS(10));
    assert_int_equal(drill_pulse_first_after(&pulse), MS(3000));
    assert_int_equal(figures.gap_us, 2990 * US_PER_MS);
    assert_int_equal(figures.rto_us, 2990 * US_PER_MS);
    assert_int_equal(figures.client_rto_us[0], 3000 * US_PER_MS);
    assert_int_equal(figures.client_rto_us[1], 3990 * US_PER_MS);
    assert_int_equal(figures.rto_worst_us, 3990 * US_PER_MS);
    assert_int_equal(figures.client_rto_us[2], UNKNOWN_US); /* there is no third one */
}

static void test_gap_that_lasts(void **state)
{
    (void)state;
    ack(0, 0, 0);
    drill_pulse_inject(&pulse, MS(10));
    ack(0, 0, 100);
    look(9100);
    assert_int_equal(figures.gap_us, 9000 * US_PER_MS); /* the one that lasts is longer */
    assert_int_equal(figures.rto_us, 100 * US_PER_MS);  /* of the one that ended */
}

/* What was not acknowledged does not end a gap. */
static void test_only_acknowledgements_count(void **state)
{
    (void)state;
    ack(0, 0, 0);
    drill_pulse_inject(&pulse, MS(10));
    answer(0, 0, 1000, 1001, COMMIT_FAILED);
    answer(0, 0, 2000, 2001, COMMIT_UNKNOWN);
    answer(0, 0, 2500, 2501, COMMIT_LOCAL); /* with the warning */
    ack(0, 0, 3000);
    look(3000);
    assert_int_equal(figures.gap_us, 3000 * US_PER_MS);
    drill_pulse_answer(&pulse, &(struct drill_answer){.due = MS(6000),
                                                      .at = MS(6001),
                                                      .outcome = COMMIT_LOCAL,
                                                      .asynchronous = true});
    look(6001); /* nobody is asked for: that is an acknowledgement */
    assert_int_equal(figures.gap_us, 3001 * US_PER_MS);
    assert_int_equal(pulse.all.last_ack, MS(6001));
}

/* ---- another primary */

static void test_failover(void **state)
{
    (void)state;
    ack(0, 0, 0);
    ack(1, 0, 5);
    drill_pulse_inject(&pulse, MS(10));
    ack(0, 0, 12); /* it was on its way */
    look(1000);
    assert_int_equal(figures.rto_us, UNKNOWN_US);
    assert_int_equal(figures.gap_us, 988 * US_PER_MS);
    assert_int_equal(drill_pulse_first_after(&pulse), 0);
    ack(1, 2, 4000);
    look(4000);
    assert_int_equal(drill_pulse_last_before(&pulse), MS(12));
    assert_int_equal(drill_pulse_first_after(&pulse), MS(4000));
    assert_int_equal(figures.rto_us, 3988 * US_PER_MS);
    assert_int_equal(figures.client_rto_us[0], UNKNOWN_US);
    assert_int_equal(figures.client_rto_us[1], 3995 * US_PER_MS);
    assert_int_equal(figures.rto_worst_us, 3995 * US_PER_MS);
    assert_int_equal(pulse.new_lsn, 5000);
    ack(0, 2, 4500);
    ack(0, 2, 9999); /* a longer gap later changes the gap, not the recovery */
    look(9999);
    assert_int_equal(figures.rto_us, 3988 * US_PER_MS);
    assert_int_equal(figures.rto_worst_us, 4488 * US_PER_MS);
    assert_int_equal(figures.gap_us, 5499 * US_PER_MS);
    assert_int_equal(pulse.new_lsn, 5000);
    assert_int_equal(figures.last_acknowledged_lsn, 10999);
}

/* A long gap on the old primary is no recovery. */
static void test_failover_is_another_primary(void **state)
{
    (void)state;
    ack(0, 0, 0);
    drill_pulse_inject(&pulse, MS(10));
    ack(0, 0, 8000);
    look(8000);
    assert_int_equal(figures.rto_us, UNKNOWN_US);
    ack(0, 1, 9000);
    look(9000);
    assert_int_equal(figures.rto_us, 1000 * US_PER_MS);
    assert_int_equal(figures.gap_us, 8000 * US_PER_MS);
}

/* It did not come about, and the old primary was brought back: it is that one's writes that count.
 */
static void test_failover_that_was_undone(void **state)
{
    (void)state;
    ack(0, 0, 0);
    drill_pulse_inject(&pulse, MS(10));
    ack(0, 0, 12);
    pulse.mended_at = MS(3000);
    look(3000);
    assert_int_equal(figures.gap_us, 2988 * US_PER_MS);
    ack(0, 0, 4000);
    look(4000);
    assert_int_equal(drill_pulse_last_before(&pulse), MS(12));
    assert_int_equal(drill_pulse_first_after(&pulse), MS(4000));
    assert_int_equal(figures.rto_us, 3988 * US_PER_MS);
    ack(1, 2, 5000); /* the other one leads after all */
    look(5000);
    assert_int_equal(drill_pulse_first_after(&pulse), MS(5000));
    assert_int_equal(figures.client_rto_us[0], UNKNOWN_US);
}

/* One that nobody planned (observe: people did it) is measured as one. */
static void test_failover_that_comes(void **state)
{
    (void)state;
    ack(0, 0, 0);
    drill_pulse_inject(&pulse, MS(10));
    ack(0, 1, 2000);
    ack(0, 1, 7000);
    look(7000);
    assert_int_equal(figures.rto_us, 2000 * US_PER_MS);
    assert_int_equal(figures.gap_us, 5000 * US_PER_MS);
}

static void test_flows(void **state)
{
    (void)state;
    assert_false(drill_pulse_flows(&pulse, MS(0)));
    ack(0, 0, 10);
    assert_false(drill_pulse_flows(&pulse, MS(0))); /* the second client was not */
    ack(1, 0, 10);
    assert_true(drill_pulse_flows(&pulse, MS(0)));
    assert_false(drill_pulse_flows(&pulse, MS(10))); /* not since then */
    ack(0, 0, 20);
    ack(1, 0, 20);
    assert_true(drill_pulse_flows(&pulse, MS(10)));
    drill_pulse_begin(&pulse, 0, 0, false, LATE);
    assert_false(drill_pulse_flows(&pulse, MS(0))); /* nobody asks */
}

static void test_failover_flows(void **state)
{
    (void)state;
    ack(0, 0, 10);
    ack(1, 0, 10);
    assert_true(drill_pulse_flows(&pulse, MS(0))); /* nothing was broken yet */
    drill_pulse_inject(&pulse, MS(15));
    ack(0, 0, 20);
    ack(1, 0, 20);
    assert_false(drill_pulse_flows(&pulse, MS(15))); /* by the old one */
    ack(0, 1, 30);
    assert_false(drill_pulse_flows(&pulse, MS(15)));
    ack(1, 1, 30);
    assert_true(drill_pulse_flows(&pulse, MS(15)));
}

/* ---- late, and the spans */

static void test_late(void **state)
{
    (void)state;
    answer(0, 0, 0, 900, COMMIT_ACKNOWLEDGED); /* before the injection */
    drill_pulse_inject(&pulse, MS(1000));
    answer(0, 0, 990, 1200, COMMIT_ACKNOWLEDGED); /* in time */
    assert_int_equal(pulse.first_late, 0);
    answer(0, 0, 1100, 1500, COMMIT_ACKNOWLEDGED); /* late */
    assert_int_equal(pulse.first_late, MS(1100));
    answer(1, 0, 1050, 1600, COMMIT_UNKNOWN); /* was due earlier, is known later */
    assert_int_equal(pulse.first_late, MS(1050));
    answer(1, 0, 1700, 1701, COMMIT_FAILED);
    assert_int_equal(pulse.first_late, MS(1050));
}

static void test_failed_is_late(void **state)
{
    (void)state;
    drill_pulse_inject(&pulse, MS(0));
    answer(0, 0, 10, 11, COMMIT_FAILED);
    assert_int_equal(pulse.first_late, MS(10));
}

static void test_spans(void **state)
{
    (void)state;
    ack(0, 0, 100);
    drill_pulse_inject(&pulse, MS(1000));
    answer(0, 0, 1100, 3100, COMMIT_ACKNOWLEDGED);
    pulse.mended_at = MS(5000);
    answer(0, 0, 4999, 5010, COMMIT_ACKNOWLEDGED); /* due before it was mended */
    answer(0, 0, 5001, 5004, COMMIT_ACKNOWLEDGED);
    answer(0, 0, 5002, 9002, COMMIT_FAILED); /* what nobody was told is no latency */
    look(10000);
    assert_int_equal(figures.latency[SPAN_BEFORE].count, 1);
    assert_int_equal(figures.latency[SPAN_BEFORE].max_us, US_PER_MS);
    assert_int_equal(figures.latency[SPAN_DURING].count, 2);
    assert_int_equal(figures.latency[SPAN_DURING].max_us, 2000 * US_PER_MS);
    assert_int_equal(figures.latency[SPAN_AFTER].count, 1);
    assert_int_equal(figures.latency[SPAN_AFTER].max_us, 3 * US_PER_MS);
}

/* After a failover it is another primary that ends the time of trouble. */
static void test_spans_of_a_failover(void **state)
{
    (void)state;
    drill_pulse_inject(&pulse, MS(1000));
    answer(0, 1, 1500, 4000, COMMIT_ACKNOWLEDGED); /* it is the first one: during */
    answer(1, 1, 1600, 4100, COMMIT_ACKNOWLEDGED); /* due in the gap */
    answer(0, 1, 4200, 4201, COMMIT_ACKNOWLEDGED);
    look(5000);
    assert_int_equal(figures.latency[SPAN_DURING].count, 2);
    assert_int_equal(figures.latency[SPAN_AFTER].count, 1);
}

static void test_away(void **state)
{
    (void)state;
    ack(0, 0, 0);
    look(1);
    assert_int_equal(figures.acknowledged_while_down, 0);
    pulse.away = true;
    ack(0, 0, 10);
    answer(0, 0, 11, 12, COMMIT_FAILED);
    ack(1, 0, 20);
    pulse.away = false;
    ack(1, 0, 30);
    look(31);
    assert_int_equal(figures.acknowledged_while_down, 2);
}

static void test_many_clients(void **state)
{
    (void)state;
    drill_pulse_begin(&pulse, 1000, 0, false, LATE);
    assert_int_equal(pulse.clients, DRILL_CLIENTS_MAX);
    ack(999, 0, 10); /* counted for all, and for nobody */
    assert_int_equal(pulse.all.last_ack, MS(10));
    ack(-1, 0, 20);
    look(20);
    assert_int_equal(figures.clients, DRILL_CLIENTS_MAX);
}

#define failover_test(f) cmocka_unit_test_setup(f, begin_failover)
#define plain_test(f) cmocka_unit_test_setup(f, begin)

/* What is slow after it was mended is another thing. */
static void test_gap_after_mending(void **state)
{
    (void)state;
    ack(0, 0, 10);
    drill_pulse_inject(&pulse, MS(11));
    ack(0, 0, 40);
    pulse.mended_at = MS(50);
    ack(0, 0, 90); /* began before it was mended */
    ack(0, 0, 990);
    look(2000);
    assert_int_equal(figures.gap_us, 50 * US_PER_MS);
    assert_int_equal(figures.rto_us, 50 * US_PER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        plain_test(test_gap_after_mending),
        plain_test(test_nothing_is_unknown),
        plain_test(test_gap_before_is_not_counted),
        plain_test(test_longest_gap),
        plain_test(test_gap_that_lasts),
        plain_test(test_only_acknowledgements_count),
        failover_test(test_failover),
        failover_test(test_failover_is_another_primary),
        failover_test(test_failover_that_was_undone),
        plain_test(test_failover_that_comes),
        plain_test(test_flows),
        failover_test(test_failover_flows),
        plain_test(test_late),
        plain_test(test_failed_is_late),
        plain_test(test_spans),
        failover_test(test_spans_of_a_failover),
        plain_test(test_away),
        plain_test(test_many_clients),
    };
    return cmocka_run_group_tests_name("drill_pulse", tests, NULL, NULL);
}
