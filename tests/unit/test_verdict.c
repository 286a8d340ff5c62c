/*
 * verdict: what the rule asks, what it has, what may be lost, and whom commits wait for.
 */
#include "cluster_fixture.h"

static const struct sync_verdict *verdict(struct cluster *c)
{
    cluster_derive(c);
    return &c->verdict;
}

/* The rows' sync_state and priority as PostgreSQL gives them. */
static void set_sync(struct cluster *c, int row, enum sync_state sync_state, int priority)
{
    cluster_row(c, row)->sync_state = sync_state;
    cluster_row(c, row)->sync_priority = priority;
}

static struct cluster *with_rule(int count, const char *rule)
{
    struct cluster *c = cluster_new(count);

    sample_rule(cluster_sample(c, 0), rule);
    return c;
}

static void test_first(void **state)
{
    struct cluster *c = cluster_settled(3);
    const struct sync_verdict *v = verdict(c);
    (void)state;

    assert_true(v->known);
    assert_int_equal(v->method, SYNC_FIRST);
    assert_int_equal(v->needed, 1);
    assert_int_equal(v->confirmed, 1);
    assert_string_equal(v->confirmed_names, "n2");
    assert_int_equal(v->can_lose, 1);
    assert_int_equal(v->short_of, 0);
    assert_int_equal(v->waiting_commits, 0);
    assert_true(v->longest_wait_us == UNKNOWN_US);
    assert_false(v->blocked);
    assert_string_equal(v->waiting_for, "");
    cluster_free(c);
}

static void test_any(void **state)
{
    struct cluster *c = with_rule(4, "ANY 2 (n2, n3, n4)");
    (void)state;

    for (int i = 0; i < 3; i++)
        set_sync(c, i, SYNC_STATE_QUORUM, 1);
    cluster_run(c, 2);
    assert_int_equal(verdict(c)->method, SYNC_ANY);
    assert_int_equal(c->verdict.needed, 2);
    assert_int_equal(c->verdict.confirmed, 3);
    assert_string_equal(c->verdict.confirmed_names, "n2, n3, n4");
    assert_int_equal(c->verdict.can_lose, 1);
    cluster_free(c);
}

static void test_bare_list_and_wildcard(void **state)
{
    struct cluster *c = with_rule(3, "*");
    (void)state;

    set_sync(c, 1, SYNC_STATE_POTENTIAL, 1);
    cluster_run(c, 2);
    assert_int_equal(verdict(c)->needed, 1);
    assert_int_equal(c->verdict.can_lose, 1);
    sample_rule(cluster_sample(c, 0), "n2, n3");
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->needed, 1);
    assert_int_equal(c->verdict.method, SYNC_FIRST);
    sample_rule(cluster_sample(c, 0), "FIRST 1 (*)");
    cluster_sample(c, 0)->standby_count = 0;
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->short_of, 1);
    assert_string_equal(c->verdict.waiting_for, "any standby");
    cluster_free(c);
}

static void test_off(void **state)
{
    struct cluster *c = with_rule(3, "");
    (void)state;

    cluster_run(c, 2);
    assert_true(verdict(c)->known);
    assert_int_equal(c->verdict.method, SYNC_OFF);
    assert_int_equal(c->verdict.needed, 0);
    assert_int_equal(c->verdict.short_of, 0);
    assert_int_equal(c->verdict.can_lose, UNKNOWN_COUNT);
    cluster_free(c);
}

/* Two rows say sync, and every commit blocks. */
static void test_first_three_of_two(void **state)
{
    struct cluster *c = with_rule(3, "FIRST 3 (n2, n3, n9)");
    (void)state;

    set_sync(c, 1, SYNC_STATE_SYNC, 2);
    cluster_run(c, 2);
    assert_int_equal(verdict(c)->confirmed, 2);
    assert_int_equal(c->verdict.short_of, 1);
    assert_int_equal(c->verdict.can_lose, 0);
    assert_string_equal(c->verdict.waiting_for, "n9");
    assert_finding(c, "too_few_sync", NULL);
    assert_no_finding(c, "cannot_lose", NULL);
    cluster_free(c);
}

static void test_any_three_of_two(void **state)
{
    struct cluster *c = with_rule(3, "ANY 3 (n2, n3, n9)");
    (void)state;

    set_sync(c, 0, SYNC_STATE_QUORUM, 1);
    set_sync(c, 1, SYNC_STATE_QUORUM, 1);
    cluster_run(c, 2);
    assert_int_equal(verdict(c)->confirmed, 2);
    assert_int_equal(c->verdict.short_of, 1);
    assert_string_equal(c->verdict.waiting_for, "n9");
    cluster_free(c);
}

/* It says sync for as long as wal_sender_timeout, and releases nothing. */
static void test_frozen_standby(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 1000);
    cluster_confirm(c, 2);
    cluster_run(c, 2);
    assert_int_equal(verdict(c)->confirmed, 1); /* too early to tell */
    cluster_run(c, 2);
    assert_int_equal(verdict(c)->confirmed, 0);
    assert_int_equal(c->verdict.short_of, 1);
    assert_string_equal(c->verdict.waiting_for, "n2");
    assert_int_equal(c->verdict.can_lose, 0);
    cluster_confirm(c, 1);
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->confirmed, 1);
    assert_int_equal(c->verdict.can_lose, 1);
    cluster_free(c);
}

/* ANY goes on while enough of the others confirm. */
/* The walsender hangs and keeps its row; its standby came back with another one. */
static void test_frozen_walsender(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_add_row(cluster_sample(c, 0), 200, "n2", SYNC_STATE_POTENTIAL, 1,
                   cluster_row(c, 0)->flush_lsn);
    cluster_write(c, 1000);
    cluster_row(c, 1)->flush_lsn += 1000;
    cluster_row(c, 2)->flush_lsn += 1000;
    cluster_run(c, 4);
    assert_int_equal(verdict(c)->confirmed, 0);
    assert_int_equal(c->verdict.short_of, 1);
    assert_int_equal(c->verdict.can_lose, 0); /* two could take over, and do not */
    cluster_free(c);
}

static void test_frozen_standby_of_a_quorum(void **state)
{
    struct cluster *c = with_rule(4, "ANY 2 (n2, n3, n4)");
    (void)state;

    for (int i = 0; i < 3; i++)
        set_sync(c, i, SYNC_STATE_QUORUM, 1);
    cluster_run(c, 2);
    cluster_write(c, 1000);
    cluster_confirm(c, 2);
    cluster_confirm(c, 3);
    cluster_run(c, 5);
    assert_int_equal(verdict(c)->confirmed, 2);
    assert_int_equal(c->verdict.short_of, 0);
    assert_string_equal(c->verdict.confirmed_names, "n3, n4");
    assert_int_equal(c->verdict.can_lose, 0);
    cluster_free(c);
}

static void test_diverged_standby_confirms_nothing(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->flush_lsn += 5000;
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->confirmed, 0);
    assert_int_equal(c->verdict.can_lose, 0);
    assert_string_equal(c->verdict.waiting_for, "n2");
    /* the primary wrote past it: its confirmations are of other WAL all the same */
    cluster_write(c, 100000);
    cluster_confirm(c, 1);
    cluster_confirm(c, 2);
    cluster_run(c, 2);
    assert_int_equal(verdict(c)->confirmed, 0);
    cluster_free(c);
}

static void test_no_privilege(void **state)
{
    struct cluster *c = cluster_new(3);
    struct node_sample *primary = cluster_sample(c, 0);
    (void)state;

    primary->all_stats_visible = false;
    primary->waiting_commits = UNKNOWN_COUNT;
    for (int i = 0; i < 2; i++) {
        struct standby_row *row = cluster_row(c, i);
        row->state = STANDBY_STATE_UNKNOWN;
        row->sync_state = SYNC_STATE_UNKNOWN;
        row->sync_priority = UNKNOWN_COUNT;
        row->sent_lsn = row->write_lsn = row->flush_lsn = row->replay_lsn = LSN_UNKNOWN;
    }
    cluster_run(c, 2);
    assert_true(verdict(c)->known);
    assert_int_equal(c->verdict.needed, 1);
    assert_int_equal(c->verdict.confirmed, UNKNOWN_COUNT);
    assert_int_equal(c->verdict.can_lose, UNKNOWN_COUNT);
    assert_int_equal(c->verdict.waiting_commits, UNKNOWN_COUNT);
    assert_int_equal(c->verdict.short_of, 0);
    assert_finding(c, "no_privilege", "n1");
    assert_no_finding(c, "too_few_sync", NULL);
    assert_no_finding(c, "cannot_lose", NULL);
    cluster_free(c);
}

/* We know that it is gone or hangs before the primary does. */
static void test_doubtful_nodes_cannot_be_lost(void **state)
{
    static const struct {
        enum node_fault_kind kind;
        int can_lose;
    } cases[] = {
        {FAULT_REFUSED, 0},         {FAULT_NOT_RESPONDING, 0}, {FAULT_CONNECT_TIMEOUT, 0},
        {FAULT_CLOSED, 0},          {FAULT_UNREACHABLE, 1},    {FAULT_AUTH, 1},
        {FAULT_HOT_STANDBY_OFF, 1}, {FAULT_RESOLVE, 1},        {FAULT_TOO_MANY_CONNECTIONS, 1},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cluster *c = cluster_settled(3);
        cluster_fault(c, 2, cases[i].kind, "");
        cluster_run(c, 1);
        assert_int_equal(verdict(c)->can_lose, cases[i].can_lose);
        assert_int_equal(c->verdict.confirmed, 1);
        cluster_free(c);
    }
}

/* One that catches up releases nothing yet. */
static void test_catchup(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 1)->state = STANDBY_CATCHUP;
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->can_lose, 0);
    assert_int_equal(c->verdict.confirmed, 1);
    assert_finding(c, "cannot_lose", NULL);
    cluster_row(c, 0)->state = STANDBY_CATCHUP;
    set_sync(c, 0, SYNC_STATE_POTENTIAL, 1);
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->short_of, 1);
    assert_string_equal(c->verdict.waiting_for, "n2, n3");
    cluster_free(c);
}

/* Async rows, rows without a flush position (pg_basebackup) do not count. */
static void test_rows_that_do_not_count(void **state)
{
    struct cluster *c = cluster_settled(4);
    struct standby_row *backup;
    (void)state;

    backup = sample_add_row(cluster_sample(c, 0), 900, "n2", SYNC_STATE_POTENTIAL, 1, CLUSTER_LSN);
    backup->state = STANDBY_BACKUP;
    backup->flush_lsn = backup->replay_lsn = LSN_UNKNOWN;
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->can_lose, 1); /* n3 alone: n4 is async */
    cluster_free(c);
}

static void test_not_known(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 0)->waiting_commits = 3;
    cluster_sample(c, 0)->longest_wait_us = SECONDS(9);
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    assert_false(verdict(c)->known);
    assert_int_equal(c->verdict.confirmed, UNKNOWN_COUNT);
    assert_int_equal(c->verdict.waiting_commits, UNKNOWN_COUNT);
    assert_false(c->verdict.blocked);
    cluster_fault(c, 0, FAULT_NONE, "");
    cluster_run(c, 1);
    assert_true(verdict(c)->known);
    cluster_wait(c, 60); /* nobody looks any more */
    assert_false(verdict(c)->known);
    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN);
    cluster_run(c, 1); /* split brain: none is picked */
    assert_false(verdict(c)->known);
    cluster_free(c);
}

/* The server says that commits wait whether or not the rule could be read. */
static void test_rule_too_long(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct node_sample *primary = cluster_sample(c, 0);
    char why[80];
    (void)state;

    primary->sync_names_cut = true;
    cluster_run(c, 1);
    assert_false(verdict(c)->known);
    assert_int_equal(c->verdict.waiting_commits, 0);
    sync_unknown_why(c->model, c->now, why, sizeof why);
    assert_string_equal(why, "the rule is too long to be read");
    c->model->nodes[0].unwaited_at = 0; /* it waits since before */
    cluster_commits_wait(c, 3, 9);
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->waiting_commits, 3);
    assert_true(c->verdict.blocked);
    assert_int_equal(c->verdict.confirmed, UNKNOWN_COUNT);
    assert_contains(cluster_finding(c, "commits_blocked", NULL)->text,
                    "COMMITS BLOCKED: 3 waiting, the longest for 9.0 s");
    cluster_free(c);
}

static void test_why_unknown(void **state)
{
    struct cluster *c = cluster_settled(3);
    char why[80];
    (void)state;

    sync_unknown_why(c->model, c->now + SECONDS(60), why, sizeof why);
    assert_string_equal(why, "the primary does not answer");
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    sync_unknown_why(c->model, c->now, why, sizeof why);
    assert_string_equal(why, "no primary");
    cluster_fault(c, 0, FAULT_NONE, "");
    sample_primary(cluster_sample(c, 2), 2, CLUSTER_LSN);
    cluster_run(c, 1);
    sync_unknown_why(c->model, c->now, why, sizeof why);
    assert_string_equal(why, "2 nodes say that they are the primary");
    cluster_free(c);
}

static void test_blocked_counts_on(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 100);
    cluster_sample(c, 0)->waiting_commits = 3;
    cluster_sample(c, 0)->longest_wait_us = SECONDS(0.4);
    cluster_run(c, 1);
    assert_int_equal(verdict(c)->waiting_commits, 3);
    assert_false(c->verdict.blocked);
    cluster_wait(c, 0.3); /* a wait that may be over by now does not grow */
    assert_true(verdict(c)->longest_wait_us == SECONDS(0.4));
    cluster_sample(c, 0)->longest_wait_us = SECONDS(1.4);
    cluster_run(c, 1);
    cluster_wait(c, 0.5);
    assert_true(verdict(c)->blocked);
    assert_true(c->verdict.longest_wait_us == SECONDS(1.9));
    cluster_sample(c, 0)->waiting_commits = 0;
    cluster_sample(c, 0)->longest_wait_us = UNKNOWN_US;
    cluster_run(c, 1);
    assert_false(verdict(c)->blocked);
    assert_true(c->verdict.longest_wait_us == UNKNOWN_US);
    cluster_free(c);
}

static void test_names_are_those_of_the_description(void **state)
{
    struct cluster *c = with_rule(2, "FIRST 1 (walreceiver)");
    (void)state;

    str_copy(cluster_row(c, 0)->application_name, STANDBY_NAME_SIZE, "walreceiver");
    str_copy(cluster_sample(c, 1)->receiver.application_name, STANDBY_NAME_SIZE, "walreceiver");
    cluster_run(c, 2);
    assert_string_equal(verdict(c)->confirmed_names, "n2");
    cluster_free(c);
}

/* n3 was promoted beside n1, to which n2 streams. */
static struct cluster *two_primaries(void)
{
    struct cluster *c = cluster_settled(3);

    sample_primary(cluster_sample(c, 2), 2, CLUSTER_LSN);
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_run(c, 2);
    assert_int_equal(c->model->primary_count, 2);
    return c;
}

static enum commits_end end_on(const struct cluster *c, int node)
{
    return commits_end_on(c->model, &c->model->nodes[node], c->now);
}

static void test_commits_of_each_primary(void **state)
{
    struct cluster *c = two_primaries();
    (void)state;

    assert_int_equal(end_on(c, 0), COMMITS_SUCCEED);
    assert_int_equal(end_on(c, 2), COMMITS_SUCCEED); /* its rule is empty */
    sample_rule(cluster_sample(c, 2), "FIRST 1 (n1, n2)");
    cluster_run(c, 1);
    assert_int_equal(end_on(c, 2), COMMITS_WAIT);
    cluster_sample(c, 2)->sync_names_cut = true;
    cluster_run(c, 1);
    assert_int_equal(end_on(c, 2), COMMITS_UNKNOWN);
    cluster_sample(c, 2)->sync_names_cut = false;
    cluster_sample(c, 2)->all_stats_visible = false;
    cluster_run(c, 1);
    assert_int_equal(end_on(c, 2), COMMITS_UNKNOWN);
    cluster_free(c);
}

/* A row stays "sync" until wal_sender_timeout, whatever its standby does. */
static void test_hanging_standby_releases_nothing(void **state)
{
    struct cluster *c = two_primaries();
    (void)state;

    cluster_write(c, 100);
    cluster_run(c, 6);
    assert_int_equal(end_on(c, 0), COMMITS_WAIT);
    cluster_confirm(c, 1);
    cluster_run(c, 1);
    assert_int_equal(end_on(c, 0), COMMITS_SUCCEED);
    cluster_row(c, 0)->flush_lsn += 8; /* other WAL */
    cluster_run(c, 1);
    assert_int_equal(end_on(c, 0), COMMITS_WAIT);
    cluster_free(c);
}

static void test_long_wait_is_a_wait(void **state)
{
    struct cluster *c = two_primaries();
    (void)state;

    cluster_write(c, 100);
    cluster_sample(c, 0)->waiting_commits = 2;
    cluster_sample(c, 0)->longest_wait_us = SECONDS(0.4);
    cluster_run(c, 1);
    assert_int_equal(end_on(c, 0), COMMITS_SUCCEED);
    cluster_sample(c, 0)->longest_wait_us = SECONDS(1.4);
    cluster_sample(c, 0)->sync_names_cut = true; /* seen all the same */
    cluster_run(c, 1);
    assert_int_equal(end_on(c, 0), COMMITS_WAIT);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first),
        cmocka_unit_test(test_any),
        cmocka_unit_test(test_bare_list_and_wildcard),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_first_three_of_two),
        cmocka_unit_test(test_any_three_of_two),
        cmocka_unit_test(test_frozen_standby),
        cmocka_unit_test(test_frozen_walsender),
        cmocka_unit_test(test_frozen_standby_of_a_quorum),
        cmocka_unit_test(test_diverged_standby_confirms_nothing),
        cmocka_unit_test(test_no_privilege),
        cmocka_unit_test(test_doubtful_nodes_cannot_be_lost),
        cmocka_unit_test(test_catchup),
        cmocka_unit_test(test_rows_that_do_not_count),
        cmocka_unit_test(test_not_known),
        cmocka_unit_test(test_blocked_counts_on),
        cmocka_unit_test(test_names_are_those_of_the_description),
        cmocka_unit_test(test_rule_too_long),
        cmocka_unit_test(test_why_unknown),
        cmocka_unit_test(test_commits_of_each_primary),
        cmocka_unit_test(test_hanging_standby_releases_nothing),
        cmocka_unit_test(test_long_wait_is_a_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
