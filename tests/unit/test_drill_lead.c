/*
 * drill_lead: who leads beside a node, by looks that were sent since a moment, on a made-up
 * cluster: n1 is the primary, n2 and n3 its standbys.
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

#define lead_test(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        lead_test(test_who_leads),
        lead_test(test_nobody_leads),
        lead_test(test_since),
        lead_test(test_others_stand_by),
    };
    return cmocka_run_group_tests_name("drill_lead", tests, NULL, NULL);
}
