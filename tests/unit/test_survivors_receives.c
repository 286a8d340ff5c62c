/*
 * survivors: who still hears from a primary that is not seen, so that nobody is promoted.
 */
#include "survivors_fixture.h"

/* Only we get no connection: a firewall that rejects, a proxy, listen_addresses. */
static void test_refused_but_received(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_STILL_RECEIVES);
    assert_int_equal(found.receives, 1);
    assert_true(found.receives_from_lost);
    assert_contains(advice_sentence(c), "promote nobody: n1 works, since n2 still receives from");
    cluster_derive(c);
    assert_contains(cluster_finding(c, "no_primary", "n1")->text, "PRIMARY NOT SEEN for");
    cluster_free(c);
}

/* A receiver is "streaming" until wal_receiver_timeout, whatever happened to its sender. */
static void test_nothing_is_heard_after_a_death(void **state)
{
    static const enum node_fault_kind kinds[] = {FAULT_REFUSED, FAULT_CONNECT_TIMEOUT,
                                                 FAULT_CLOSED};
    (void)state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct cluster *c = cluster_settled(3);
        cluster_fault(c, 0, kinds[i], "");
        for (int poll = 0; poll < 5; poll++) {
            cluster_run(c, 1);
            for (int node = 1; node < 3; node++)
                cluster_sample(c, node)->receiver.last_message_age_us += SECONDS(1);
            derive(c);
            assert_int_equal(found.advice, SURVIVORS_PROMOTE);
        }
        cluster_free(c);
    }
}

/* n3 was promoted where we cannot look at it, and n2 follows it. */
static void test_receives_on_a_newer_timeline(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_fault(c, 2, FAULT_AUTH, "");
    sample_standby(cluster_sample(c, 1), 2, CLUSTER_LSN + 5000, "n2");
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_STILL_RECEIVES);
    assert_false(found.receives_from_lost);
    assert_contains(advice_sentence(c),
                    "promote nobody: n2 receives WAL from a server that cannot "
                    "be looked at from here and may be the primary");
    cluster_derive(c);
    assert_contains(cluster_finding(c, "no_primary", "")->text,
                    "but n2 receives WAL from a server that is not seen");
    cluster_free(c);
}

/* n1 and n2 both follow n3, which took over and cannot be looked at. */
static void test_switched_over_out_of_sight(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 2, FAULT_AUTH, "");
    sample_standby(cluster_sample(c, 0), 2, CLUSTER_LSN + 5000, "n1");
    sample_standby(cluster_sample(c, 1), 2, CLUSTER_LSN + 5000, "n2");
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.primary, -1);
    assert_int_equal(found.advice, SURVIVORS_STILL_RECEIVES);
    assert_contains(advice_sentence(c), "cannot be looked at from here and may be the primary");
    cluster_derive(c);
    assert_contains(cluster_finding(c, "no_primary", "")->text, "PRIMARY NOT SEEN for");
    cluster_free(c);
}

/* n3 was told to follow n2, which is seen: it says nothing of n1. */
static void test_receives_from_one_that_is_seen(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_CONNECT_TIMEOUT, "");
    sample_no_receiver(cluster_sample(c, 1));
    sample_add_row(cluster_sample(c, 1), 300, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_PROMOTE);
    assert_int_equal(found.receives, -1);
    cluster_free(c);
}

/* One of these rows of n2 it is, though not which. */
static void test_receives_from_one_of_two_rows(void **state)
{
    struct cluster *c = cluster_settled(4);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    sample_no_receiver(cluster_sample(c, 1));
    for (int node = 2; node < 4; node++) {
        sample_add_row(cluster_sample(c, 1), 300 + node, "walreceiver", SYNC_STATE_ASYNC, 0,
                       CLUSTER_LSN);
        str_copy(cluster_sample(c, node)->receiver.application_name, STANDBY_NAME_SIZE,
                 "walreceiver");
    }
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_PROMOTE);
    cluster_free(c);
}

/* A standby that n1 never sent to receives from somebody else, who may have it from n1. */
static void test_receives_from_an_unlisted_server(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    sample_no_receiver(cluster_sample(c, 1));
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.receives, 2);
    assert_contains(advice_sentence(c), "promote nobody: n3 receives WAL from a server that");
    cluster_free(c);
}

static void test_another_cluster_says_nothing(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    sample_no_receiver(cluster_sample(c, 1));
    cluster_sample(c, 2)->system_identifier++;
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_PROMOTE);
    assert_int_equal(best(), 1);
    cluster_free(c);
}

/* The standbys connect by other names than the nodes have. */
static void test_connected_by_another_name(void **state)
{
    static const char *const names[] = {"east", "west"};
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 2; i++) {
        str_copy(cluster_row(c, i)->application_name, STANDBY_NAME_SIZE, names[i]);
        str_copy(cluster_sample(c, i + 1)->receiver.application_name, STANDBY_NAME_SIZE, names[i]);
    }
    str_copy(cluster_sample(c, 0)->synchronous_standby_names,
             sizeof cluster_sample(c, 0)->synchronous_standby_names, "FIRST 1 (east, west)");
    cluster_run(c, 2);
    lose_primary(c);
    assert_int_equal(found.advice, SURVIVORS_PROMOTE);
    for (int i = 1; i < 3; i++)
        assert_false(survivor_has(of(i), SURVIVOR_NOT_CONNECTED));
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused_but_received),
        cmocka_unit_test(test_nothing_is_heard_after_a_death),
        cmocka_unit_test(test_receives_on_a_newer_timeline),
        cmocka_unit_test(test_switched_over_out_of_sight),
        cmocka_unit_test(test_receives_from_one_that_is_seen),
        cmocka_unit_test(test_receives_from_one_of_two_rows),
        cmocka_unit_test(test_receives_from_an_unlisted_server),
        cmocka_unit_test(test_another_cluster_says_nothing),
        cmocka_unit_test(test_connected_by_another_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
