/*
 * survivors: what is missing there, and what is proven of acknowledged data.
 */
#include "survivors_fixture.h"

static void test_reference(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 5048);
    cluster_confirm(c, 1);
    cluster_run(c, 1);
    lose_primary(c);
    assert_int_equal(found.reference, SURVIVOR_REFERENCE_FLUSHED);
    assert_true(found.reference_lsn == CLUSTER_LSN + 5048);
    assert_int_equal(found.reference_age_us, SECONDS(2));
    assert_int_equal(found.unseen_us, SECONDS(1));
    assert_int_equal(of(1)->lacks_bytes, 0);
    assert_int_equal(of(2)->lacks_bytes, 5048);
    assert_string_equal(sentence(c, 1),
                        "most WAL (0/50013B8), synchronous; nothing acknowledged is missing");
    assert_string_equal(sentence(c, 2), "lacks 5.0 kB of what n2 has, potential");
    assert_string_equal(words(1), "most WAL, complete");
    assert_string_equal(words(2), "5.0 kB less");
    derive_acknowledged(c, CLUSTER_LSN + 6000);
    assert_int_equal(found.reference, SURVIVOR_REFERENCE_ACKNOWLEDGED);
    assert_int_equal(found.reference_age_us, SECONDS(2));
    assert_int_equal(of(1)->lacks_bytes, 952);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_MISSING);
    assert_contains(sentence(c, 1), "952 B that was ACKNOWLEDGED is missing");
    assert_contains(data_sentence(c), "ACKNOWLEDGED");
    derive_acknowledged(c, CLUSTER_LSN + 5048);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_COMPLETE);
    assert_int_equal(of(2)->data, SURVIVOR_DATA_MISSING);
    cluster_free(c);
}

static void test_acknowledged_without_a_rule(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_rule(cluster_sample(c, 0), "");
    cluster_run(c, 1);
    lose_primary(c);
    derive_acknowledged(c, CLUSTER_LSN - 10);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_ACKNOWLEDGED);
    assert_contains(sentence(c, 1), "has all that our writes were acknowledged for");
    cluster_free(c);
}

/* Rules, with one of n2 and n3 that may not answer; and what then is proven of the other. */
static void test_proof(void **state)
{
    static const struct {
        const char *rule;
        int silent; /* the node that does not answer; 0: all do */
        enum survivor_data data;
        int unaccounted;
        const char *text;
    } cases[] = {
        {"FIRST 1 (n2, n3)", 0, SURVIVOR_DATA_COMPLETE, 0, "under FIRST 1 (n2, n3) is missing"},
        {"ANY 1 (n2, n3)", 0, SURVIVOR_DATA_COMPLETE, 0, "under ANY 1 (n2, n3) is missing"},
        {"FIRST 1 (n2, n3)", 2, SURVIVOR_DATA_LAST_LOOK, 1, "1 that could confirm it cannot be"},
        {"FIRST 1 (n2, n3)", 1, SURVIVOR_DATA_LAST_LOOK, 1, "what was acknowledged in the 1.0 s"},
        {"ANY 2 (n2, n3)", 2, SURVIVOR_DATA_COMPLETE, 1, "is missing"},
        {"FIRST 2 (n2, n3)", 1, SURVIVOR_DATA_COMPLETE, 1, "is missing"},
        {"FIRST 1 (n2)", 2, SURVIVOR_DATA_COMPLETE, 0, "is missing"},
        {"FIRST 1 (N2, n2)", 2, SURVIVOR_DATA_COMPLETE, 0, "is missing"}, /* one name */
        {"ANY 1 (n1, n2, n3)", 0, SURVIVOR_DATA_COMPLETE, 0, "is missing"},
        {"ANY 1 (n2, n3, n4)", 0, SURVIVOR_DATA_LAST_LOOK, 1, "1 that could confirm it cannot be"},
        {"*", 0, SURVIVOR_DATA_LAST_LOOK, UNKNOWN_COUNT, "any standby could confirm it"},
        {"", 0, SURVIVOR_DATA_LAST_LOOK, UNKNOWN_COUNT, "commits waited for no standby"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cluster *c = cluster_new(3);
        sample_rule(cluster_sample(c, 0), cases[i].rule);
        cluster_run(c, 2);
        if (cases[i].silent > 0)
            cluster_fault(c, cases[i].silent, FAULT_CONNECT_TIMEOUT, "");
        lose_primary(c);
        assert_int_equal(found.items[0].data, cases[i].data);
        assert_int_equal(found.unaccounted, cases[i].unaccounted);
        assert_contains(data_sentence(c), cases[i].text);
        cluster_free(c);
    }
}

/* Looks that were sent before the primary was lost prove nothing of what came until then. */
static void test_looks_of_before_prove_nothing(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    c->now += SECONDS(0.3);
    cluster_look(c, 0);
    derive(c);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_LAST_LOOK);
    c->now += SECONDS(0.1);
    cluster_look_after(c, 1, SECONDS(0.2));
    cluster_look(c, 2);
    derive(c);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_LAST_LOOK);
    cluster_look(c, 1);
    derive(c);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_COMPLETE);
    cluster_free(c);
}

/* One that was down before and is down now confirmed nothing since. */
static void test_down_before(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 2, FAULT_REFUSED, "");
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_write(c, 1000);
    cluster_confirm(c, 1);
    cluster_run(c, 2);
    lose_primary(c);
    assert_int_equal(found.unaccounted, 0);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_COMPLETE);
    cluster_free(c);

    c = cluster_settled(3); /* the same, but n2 has less than the primary had at its last look */
    cluster_fault(c, 2, FAULT_REFUSED, "");
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_write(c, 1000);
    cluster_run(c, 2);
    lose_primary(c);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_UNKNOWN);
    assert_contains(data_sentence(c),
                    "it lacks 1.0 kB of what n1 had when last seen: acknowledged");
    cluster_free(c);
}

/* One that was only not connected then may have been since, before it went down. */
static void test_down_after(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_run(c, 2);
    cluster_fault(c, 2, FAULT_REFUSED, "");
    lose_primary(c);
    assert_int_equal(found.unaccounted, 1);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_LAST_LOOK);
    cluster_free(c);
}

/* Two rows of one name, or a row that is no node of ours: who confirmed cannot be told. */
static void test_names_that_prove_nothing(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_add_row(cluster_sample(c, 0), 500, "n2", SYNC_STATE_POTENTIAL, 1, CLUSTER_LSN);
    cluster_run(c, 1);
    lose_primary(c);
    assert_int_equal(found.unaccounted, 1);
    cluster_free(c);

    c = cluster_new(3);
    sample_rule(cluster_sample(c, 0), "FIRST 1 (n2, x)");
    sample_add_row(cluster_sample(c, 0), 500, "x", SYNC_STATE_POTENTIAL, 2, CLUSTER_LSN);
    cluster_run(c, 2);
    lose_primary(c);
    assert_int_equal(found.unaccounted, 1);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_LAST_LOOK);
    cluster_free(c);
}

/* The one that confirmed is gone too, with more than the best has. */
static void test_more_is_elsewhere(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 5048);
    cluster_confirm(c, 1);
    cluster_run(c, 1);
    cluster_fault(c, 1, FAULT_REFUSED, "");
    lose_primary(c);
    assert_int_equal(best(), 2);
    assert_int_equal(found.items[found.more].node, 1);
    assert_int_equal(found.more_bytes, 5048);
    assert_contains(data_sentence(c), "n2, which cannot be promoted now, had 5.0 kB more");
    assert_int_equal(of(2)->data, SURVIVOR_DATA_UNKNOWN);
    cluster_free(c);
}

/* n2 hangs with the most WAL, and n3, which lags, is made the one that confirms. */
static void test_rule_was_changed(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 9000);
    cluster_confirm(c, 1);
    cluster_run(c, 1);
    sample_rule(cluster_sample(c, 0), "n3");
    cluster_run(c, 1);
    cluster_fault(c, 1, FAULT_CONNECT_TIMEOUT, "");
    lose_primary(c);
    assert_int_equal(best(), 2);
    assert_int_equal(of(2)->lacks_bytes, 9000);
    assert_int_equal(of(2)->data, SURVIVOR_DATA_UNKNOWN);
    at(c, 2, CLUSTER_LSN + 9000); /* the change is behind it */
    again(c);
    assert_int_equal(of(2)->data, SURVIVOR_DATA_COMPLETE);
    cluster_free(c);
}

/* It may answer others than us, and go on. */
static void test_so_far(void **state)
{
    static const struct {
        enum node_fault_kind kind;
        const char *text;
    } cases[] = {{FAULT_REFUSED, "nothing acknowledged is missing"},
                 {FAULT_CONNECT_TIMEOUT, "nothing acknowledged so far is missing"},
                 {FAULT_AUTH, "nothing acknowledged so far is missing"},
                 {FAULT_TOO_MANY_CONNECTIONS, "nothing acknowledged so far is missing"}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cluster *c = lost();
        cluster_fault(c, 0, cases[i].kind, "");
        again(c);
        assert_contains(sentence(c, 1), cases[i].text);
        cluster_free(c);
    }
}

/* It is refused, and a standby hears from it all the same. */
static void test_so_far_while_it_is_received(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_STILL_RECEIVES);
    assert_contains(sentence(c, 1), "nothing acknowledged so far is missing");
    cluster_free(c);
}

/* It could not be looked at for a while before it died: what was said until then is not all. */
static void test_looks_of_before_the_death_prove_nothing(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_TOO_MANY_CONNECTIONS, "");
    cluster_run(c, 5);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    c->nodes[1].silent = true;
    cluster_run(c, 1);
    derive(c);
    assert_true(of(1)->fresh);
    assert_int_equal(found.unaccounted, 1);
    assert_int_equal(of(2)->data, SURVIVOR_DATA_LAST_LOOK);
    c->nodes[1].silent = false;
    again(c);
    assert_int_equal(of(2)->data, SURVIVOR_DATA_COMPLETE);
    cluster_free(c);
}

/* Whoever waits for it waits for WAL that is not the cluster's. */
static void test_diverged_has_not_more(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 1)->flush_lsn += 5048;
    at(c, 2, CLUSTER_LSN + 5048);
    cluster_run(c, 1);
    cluster_fault(c, 2, FAULT_REFUSED, "");
    lose_primary(c);
    assert_int_equal(best(), 1);
    assert_int_equal(found.more, -1);
    assert_barred(2, SURVIVOR_NOT_REACHABLE);
    assert_barred(2, SURVIVOR_DIVERGED);
    assert_true(of(2)->lacks_bytes == UNKNOWN_BYTES);
    cluster_free(c);
}

/* n2 took over at +1000 and wrote on; n1 came back on its old timeline, n3 never followed. */
static struct cluster *lost_again(void)
{
    struct cluster *c = cluster_settled(3);

    at(c, 2, CLUSTER_LSN);
    sample_standby(cluster_sample(c, 0), 1, CLUSTER_LSN + 5000, "n1");
    cluster_sample(c, 0)->started_at += SECONDS(60);
    sample_no_receiver(cluster_sample(c, 0));
    sample_no_receiver(cluster_sample(c, 2));
    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN + 3000);
    cluster_run(c, 2);
    cluster_fault(c, 1, FAULT_REFUSED, "");
    again(c);
    return c;
}

/* Positions of other timelines are not compared, and the older one is barred if it was received. */
static void test_lost_on_a_newer_timeline(void **state)
{
    struct cluster *c = lost_again();
    (void)state;

    assert_int_equal(found.primary, 1);
    assert_true(of(0)->lacks_bytes == UNKNOWN_BYTES);
    assert_true(of(2)->lacks_bytes == UNKNOWN_BYTES);
    assert_barred(2, SURVIVOR_OLDER_TIMELINE);
    assert_string_equal(sentence(c, 2), "on the older timeline 1");
    assert_warned(0, SURVIVOR_TIMELINE_UNSURE); /* of its control file alone */
    assert_int_equal(of(0)->data, SURVIVOR_DATA_UNKNOWN);
    assert_contains(sentence(c, 0), "its control file says timeline 1, n2 was on 2");
    assert_contains(data_sentence(c), "if that is so, all that was acknowledged there is missing");
    assert_string_equal(words(0), "most WAL, timeline not sure");
    cluster_free(c);
}

static void test_all_that_is_left_is_older(void **state)
{
    struct cluster *c = lost_again();
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    again(c);
    assert_int_equal(found.advice, SURVIVORS_NOBODY);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),
        cmocka_unit_test(test_acknowledged_without_a_rule),
        cmocka_unit_test(test_proof),
        cmocka_unit_test(test_looks_of_before_prove_nothing),
        cmocka_unit_test(test_down_before),
        cmocka_unit_test(test_down_after),
        cmocka_unit_test(test_names_that_prove_nothing),
        cmocka_unit_test(test_more_is_elsewhere),
        cmocka_unit_test(test_rule_was_changed),
        cmocka_unit_test(test_so_far),
        cmocka_unit_test(test_so_far_while_it_is_received),
        cmocka_unit_test(test_looks_of_before_the_death_prove_nothing),
        cmocka_unit_test(test_diverged_has_not_more),
        cmocka_unit_test(test_lost_on_a_newer_timeline),
        cmocka_unit_test(test_all_that_is_left_is_older),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
