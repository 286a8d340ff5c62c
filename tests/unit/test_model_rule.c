/*
 * model: synchronous_standby_names over time: whose it is, who was seen by its names, since when it
 * stands.
 */
#include "cluster_fixture.h"

static void test_rule_follows_the_primary(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    assert_true(c->model->rule_known);
    assert_int_equal(c->model->rule.method, SYNC_FIRST);
    sample_rule(cluster_sample(c, 1), "ANY 1 (x)"); /* a standby's rule does not count */
    cluster_run(c, 1);
    assert_int_equal(c->model->rule.method, SYNC_FIRST);
    sample_rule(cluster_sample(c, 0), "");
    cluster_run(c, 1);
    assert_int_equal(
        cluster_event(c, "n1", "synchronous_standby_names: 'FIRST 1 (n2, n3)' → ''")->level,
        EVENT_WARNING);
    assert_int_equal(c->model->rule.method, SYNC_OFF);
    sample_rule(cluster_sample(c, 0), "ANY 2 (n2, ghost)");
    cluster_run(c, 1);
    assert_int_equal(c->model->rule.method, SYNC_ANY);
    assert_true(c->model->rule_name_seen[0]);
    assert_false(c->model->rule_name_seen[1]);
    sample_add_row(cluster_sample(c, 0), 300, "GHOST", SYNC_STATE_QUORUM, 1, CLUSTER_LSN);
    cluster_run(c, 1);
    sample_drop_row(cluster_sample(c, 0), 2);
    cluster_run(c, 1);
    assert_true(c->model->rule_name_seen[1]); /* it was there once */
    sample_rule(cluster_sample(c, 0), "ANY 2 (n2, nobody)");
    cluster_run(c, 1);
    assert_false(c->model->rule_name_seen[1]); /* another name in its place */
    cluster_sample(c, 0)->sync_names_cut = true;
    cluster_run(c, 1);
    assert_false(c->model->rule_known);
    cluster_free(c);
}

/* With two primaries the one that was looked at last does not lend its rule to the other. */
static void test_rule_after_a_split(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_primary(cluster_sample(c, 2), 2, CLUSTER_LSN + 1000);
    sample_rule(cluster_sample(c, 2), "");
    cluster_run(c, 2);
    assert_int_equal(c->model->primary_count, 2);
    assert_int_equal(c->model->rule.method, SYNC_FIRST);
    cluster_fault(c, 2, FAULT_REFUSED, "");
    cluster_look(c, 2);
    assert_int_equal(c->model->primary, 0);
    assert_int_equal(c->model->rule.method, SYNC_FIRST);
    cluster_free(c);
}

/* A commit that was acknowledged in between may have waited for nobody. */
static void test_rule_lsn_begins_anew_after_a_gap(void **state)
{
    struct cluster *c = cluster_settled(3);
    const struct node *n1 = &c->model->nodes[0];
    lsn_t first = n1->rule_lsn;
    (void)state;

    cluster_write(c, 1000);
    cluster_run(c, 1);
    assert_true(n1->rule_lsn == first);
    cluster_fault(c, 0, FAULT_TOO_MANY_CONNECTIONS, "");
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_NONE, "");
    cluster_write(c, 1000);
    cluster_run(c, 1);
    assert_true(n1->rule_lsn == first + 2000);
    cluster_sample(c, 0)->started_at += US_PER_S;
    cluster_write(c, 1000);
    cluster_run(c, 1);
    assert_true(n1->rule_lsn == first + 3000);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_follows_the_primary),
        cmocka_unit_test(test_rule_after_a_split),
        cmocka_unit_test(test_rule_lsn_begins_anew_after_a_gap),
    };
    return cmocka_run_group_tests_name("model_rule", tests, NULL, NULL);
}
