/*
 * drill_lead: who leads beside a node, by looks that were sent since a moment, and who may be
 * promoted, on a made-up cluster: n1 is the primary, n2 and n3 its standbys.
 */
#include "cluster/drill_lead.h"
#include "cluster_fixture.h"

static struct cluster *c;

static int set_up(void **state)
{
    (void)state;
    c = cluster_settled(3);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    cluster_free(c);
    return 0;
}

static enum drill_lead lead(int node)
{
    return drill_lead_beside(c->model, node, c->model->nodes[0].asked_at);
}

static bool others_stand_by(int node)
{
    return drill_others_stand_by(c->model, node, c->model->nodes[1].asked_at);
}

static void test_who_leads(void **state)
{
    (void)state;
    assert_int_equal(lead(0), LEAD_ITSELF);
    assert_int_equal(lead(1), LEAD_FOLLOWED);
    sample_drop_row(cluster_sample(c, 0), 0); /* n2's */
    cluster_run(c, 1);
    assert_int_equal(lead(1), LEAD_ANOTHER);
    cluster_fault(c, 2, FAULT_REFUSED, "Connection refused"); /* what it said last does not count */
    cluster_run(c, 1);
    assert_int_equal(lead(2), LEAD_ANOTHER);
}

static void test_nobody_leads(void **state)
{
    (void)state;
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 1);
    assert_int_equal(drill_lead_beside(c->model, 1, c->model->nodes[1].asked_at), LEAD_NOBODY);
    assert_true(others_stand_by(0));
    assert_false(others_stand_by(1)); /* n1 could be anything */
}

/* Before each was asked since, nothing is known. */
static void test_since(void **state)
{
    (void)state;
    assert_int_equal(drill_lead_beside(c->model, 1, c->now + 1), LEAD_UNKNOWN);
    assert_false(drill_others_stand_by(c->model, 0, c->now + 1));
    c->model->nodes[2].asked_at--; /* also when who leads has answered */
    assert_int_equal(lead(2), LEAD_UNKNOWN);
}

static void test_others_stand_by(void **state)
{
    (void)state;
    assert_true(others_stand_by(0));
    assert_false(others_stand_by(1)); /* n1 leads */
    cluster_fault(c, 2, FAULT_AUTH, "no password");
    cluster_run(c, 1);
    assert_false(others_stand_by(0));
}

/* ---- who was asked to be the primary once, and whether it may be still */

static char why[256];

static bool may_lead(int node)
{
    return drill_may_lead(c->model, node, c->model->nodes[node].asked_at, c->now, why, sizeof why);
}

/* n1 is lost; with n2 and n3 at these distances from where it was. */
static void lose_primary(int64_t n2, int64_t n3)
{
    const int64_t beyond[] = {0, n2, n3};

    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    for (int i = 1; i < 3; i++) {
        struct node_sample *sample = cluster_sample(c, i);
        sample_no_receiver(sample);
        sample->receive_lsn = sample->replay_lsn = (lsn_t)((int64_t)CLUSTER_LSN + beyond[i]);
    }
    cluster_run(c, 2);
}

static void test_may_lead(void **state)
{
    (void)state;
    lose_primary(0, 0);
    assert_true(may_lead(1));
    assert_true(may_lead(2));
}

static void test_another_has_more(void **state)
{
    (void)state;
    lose_primary(0, 5000);
    assert_false(may_lead(1));
    assert_non_null(strstr(why, "n3"));
    assert_true(may_lead(2));
}

/* Its own WAL is not replayed to the end: it may have more than it says. */
static void test_another_may_have_more(void **state)
{
    (void)state;
    lose_primary(0, 0);
    cluster_sample(c, 2)->receive_lsn = LSN_UNKNOWN;
    cluster_run(c, 1);
    assert_false(may_lead(1));
    assert_string_equal(why, "n3 may have more WAL");
}

static void test_another_is_silent(void **state)
{
    (void)state;
    lose_primary(0, 0);
    cluster_fault(c, 2, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 1);
    assert_false(may_lead(1));
    assert_string_equal(why, "n3 does not answer, and may have more WAL");
}

static void test_it_would_shut_down(void **state)
{
    (void)state;
    str_copy(cluster_sample(c, 1)->settings[SETTING_MAX_CONNECTIONS], SETTING_VALUE_SIZE, "50");
    cluster_run(c, 1);
    lose_primary(0, 0);
    assert_false(may_lead(1));
    assert_non_null(strstr(why, "max_connections"));
}

/* As when the program began after the primary was gone. */
static void test_it_is_paused_and_nothing_to_compare_with(void **state)
{
    (void)state;
    lose_primary(0, 0);
    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSED;
    cluster_run(c, 1);
    assert_true(may_lead(1)); /* by somebody: its settings are known to be good */
    c->model->last_primary = -1;
    assert_false(may_lead(1));
    assert_non_null(strstr(why, "paused"));
}

/* ---- who was started */

static bool has_come(mono_us since)
{
    return drill_has_come(&c->model->nodes[1], since, c->now);
}

static void test_has_come(void **state)
{
    mono_us started = c->now;
    (void)state;

    assert_false(has_come(started + 1)); /* what it said before does not count */
    cluster_run(c, 1);
    assert_true(has_come(started));
    cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 5);
    assert_false(has_come(started));
    cluster_fault(c, 1, FAULT_NOT_CONSISTENT, "not yet accepting connections");
    cluster_run(c, 5);
    assert_false(has_come(started));
    started = c->now;
    cluster_fault(c, 1, FAULT_AUTH, "no password"); /* it runs, and lets nobody look at it */
    cluster_run(c, 1);
    assert_false(has_come(started));
    cluster_run(c, 5);
    assert_true(has_come(started));
}

/* ---- who led, before a person promotes another */

static bool leads_no_more(bool down, int64_t age_us)
{
    const struct drill_stack_look look = {.down = down, .age_us = age_us};

    return drill_leads_no_more(&c->model->nodes[0], &look, why, sizeof why);
}

static void test_leads_no_more(void **state)
{
    (void)state;
    assert_false(leads_no_more(true, 0)); /* it answers, whatever the stack says */
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 1);
    assert_true(leads_no_more(true, SECONDS(2)));
    assert_false(leads_no_more(false, SECONDS(2)));
    assert_false(leads_no_more(true, SECONDS(4))); /* it may have been started since */
    assert_false(leads_no_more(true, UNKNOWN_US));
    assert_string_equal(why, "it is not known how n1 is now: the stack does not say");
    cluster_fault(c, 0, FAULT_CRASH_RECOVERY, "starting up");
    cluster_run(c, 1);
    assert_false(leads_no_more(true, 0)); /* somebody has started it */
    cluster_fault(c, 0, FAULT_NONE, "");
    sample_standby(cluster_sample(c, 0), 1, CLUSTER_LSN, "n1");
    cluster_run(c, 1);
    assert_true(leads_no_more(false, UNKNOWN_US));
}

#define lead_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        lead_test(test_who_leads),
        lead_test(test_nobody_leads),
        lead_test(test_since),
        lead_test(test_others_stand_by),
        lead_test(test_has_come),
        lead_test(test_leads_no_more),
        lead_test(test_may_lead),
        lead_test(test_another_has_more),
        lead_test(test_another_may_have_more),
        lead_test(test_another_is_silent),
        lead_test(test_it_would_shut_down),
        lead_test(test_it_is_paused_and_nothing_to_compare_with),
    };
    return cmocka_run_group_tests_name("drill_lead", tests, NULL, NULL);
}
