/*
 * health as a whole: levels, order, limits, cuts, the words and exit statuses, whom to promote.
 */
#include "cluster_fixture.h"

static void commits_wait_long(struct cluster *c)
{
    cluster_commits_wait(c, 4, 1.001);
}

static void slot_lost(struct cluster *c)
{
    sample_add_slot(cluster_sample(c, 0), "s2")->wal_status = SLOT_WAL_LOST;
}

static void slot_over(struct cluster *c)
{
    sample_add_slot(cluster_sample(c, 0), "s2")->retained_bytes = (1LL << 30) + 1;
}

static void paused(struct cluster *c)
{
    cluster_sample(c, 2)->replay_pause = REPLAY_PAUSED;
}

static void lag_over(struct cluster *c)
{
    cluster_row(c, 1)->replay_lag_us = SECONDS(5.1);
}

static void behind_over(struct cluster *c)
{
    cluster_write(c, (64LL << 20) + 1);
    cluster_confirm(c, 1);
}

static void restart_pending(struct cluster *c)
{
    str_copy(cluster_sample(c, 2)->settings[SETTING_RESTART_PENDING], SETTING_VALUE_SIZE,
             "max_connections");
}

static void plain_role(struct cluster *c)
{
    cluster_sample(c, 2)->all_stats_visible = false;
}

static void test_healthy(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    assert_int_equal(c->health.level, HEALTH_OK);
    assert_int_equal(c->health.count, 0);
    assert_int_equal(c->health.cut, 0);
    cluster_free(c);
}

/* Who has not answered yet may be down: nobody calls that healthy. */
static void test_unknown_until_every_node_was_asked(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    c->nodes[2].silent = true;
    cluster_look_all(c);
    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_UNKNOWN);
    c->nodes[2].silent = false;
    cluster_run(c, 1);
    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_OK);
    cluster_free(c);
}

/* At the start a standby answers before the primary: nobody says then that there is none. */
static void test_no_primary_is_said_when_each_was_asked(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    c->nodes[0].silent = c->nodes[2].silent = true;
    cluster_look_all(c);
    cluster_derive(c);
    assert_no_finding(c, "no_primary", NULL);
    assert_int_equal(c->health.level, HEALTH_UNKNOWN);
    c->nodes[2].silent = false;
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    c->nodes[0].silent = false;
    cluster_look_all(c);
    cluster_derive(c);
    assert_finding(c, "no_primary", NULL);
    assert_int_equal(c->health.level, HEALTH_CRITICAL);
    cluster_free(c);
}

static void test_unknown_until_something_was_reached(void **state)
{
    struct cluster *c = cluster_new(2);
    (void)state;

    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_UNKNOWN);
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    cluster_fault(c, 1, FAULT_RESOLVE, "");
    cluster_run(c, 3);
    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_UNKNOWN);
    assert_int_equal(c->health.count, 2); /* it is said why */
    assert_finding(c, "node_down", "n1");
    assert_no_finding(c, "no_primary", NULL);
    cluster_fault(c, 1, FAULT_NONE, "");
    cluster_run(c, 1);
    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_CRITICAL);
    assert_finding(c, "no_primary", NULL);
    cluster_free(c);
}

static void test_all_down_later_is_critical(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 3; i++)
        cluster_fault(c, i, FAULT_REFUSED, "");
    cluster_run(c, 2);
    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_CRITICAL);
    assert_finding(c, "no_primary", "n1");
    assert_finding(c, "node_down", "n2");
    cluster_free(c);
}

static void test_worst_first(void **state)
{
    struct cluster *c = cluster_settled(4);
    (void)state;

    plain_role(c);
    restart_pending(c);
    paused(c);
    slot_lost(c);
    commits_wait_long(c);
    cluster_fault(c, 3, FAULT_REFUSED, "");
    cluster_run(c, 1);
    cluster_derive(c);
    assert_int_equal(c->health.level, HEALTH_CRITICAL);
    assert_string_equal(c->health.findings[0].rule, "commits_blocked");
    assert_string_equal(c->health.findings[1].rule, "slot_lost");
    assert_string_equal(c->health.findings[2].rule, "node_down");
    for (int i = 1; i < c->health.count; i++)
        assert_true(c->health.findings[i].level <= c->health.findings[i - 1].level);
    cluster_free(c);
}

static void test_stale_data(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    c->nodes[1].silent = true;
    cluster_run(c, 6);
    cluster_derive(c);
    assert_no_finding(c, "stale_data", NULL);
    cluster_run(c, 1);
    cluster_derive(c);
    assert_contains(cluster_finding(c, "stale_data", "n2")->text, "n2 is 7.0 s old");
    cluster_free(c);
}

static void test_limits_off(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    c->model->limits = (struct model_limits){
        .commit_latency_us = UNKNOWN_US,
        .replay_lag_us = UNKNOWN_US,
        .blocked_commit_us = UNKNOWN_US,
        .replay_behind_bytes = UNKNOWN_BYTES,
        .slot_retained_bytes = UNKNOWN_BYTES,
    };
    lag_over(c);
    behind_over(c);
    slot_over(c);
    commits_wait_long(c);
    cluster_run(c, 1);
    cluster_derive(c);
    assert_int_equal(c->health.count, 0);
    cluster_free(c);
}

static void test_more_findings_than_room(void **state)
{
    struct cluster *c = cluster_new(100);
    (void)state;

    for (int i = 1; i < 100; i++)
        cluster_fault(c, i, FAULT_REFUSED, "");
    cluster_run(c, 1);
    cluster_derive(c);
    assert_int_equal(c->health.count, FINDINGS_MAX);
    assert_int_equal(c->health.count + c->health.cut, 100); /* and cannot_lose */
    /* one that has no room counts for the level all the same */
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    cluster_derive(c);
    assert_string_equal(c->health.findings[0].rule, "no_primary");
    cluster_free(c);
}

/* Long texts of servers are cut, at a whole character. */
static void test_long_texts(void **state)
{
    struct cluster *c = cluster_settled(2);
    char text[FAULT_TEXT_SIZE];
    (void)state;

    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "€", 4);
    cluster_fault(c, 1, FAULT_QUERY, text);
    cluster_run(c, 1);
    cluster_derive(c);
    const char *said = cluster_finding(c, "node_unseen", "n2")->text;
    assert_true(strlen(said) < FINDING_TEXT_SIZE && strlen(said) > FINDING_TEXT_SIZE - 5);
    while (*said != '\0')
        assert_int_not_equal(str_next_char(&said), 0xFFFD);
    cluster_free(c);
}

static void test_whom_to_promote(void **state)
{
    struct cluster *c = cluster_settled(4);
    (void)state;

    for (int i = 1; i < 4; i++)
        sample_no_receiver(cluster_sample(c, i));
    cluster_sample(c, 2)->receive_lsn = cluster_sample(c, 2)->replay_lsn = CLUSTER_LSN + 800;
    cluster_sample(c, 3)->receive_lsn = CLUSTER_LSN + 900; /* received, not replayed: it counts */
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 1);
    cluster_derive(c);
    assert_contains(cluster_finding(c, "no_primary", "n1")->hint,
                    "promote n4, which has the most WAL (0/5000384");
    cluster_fault(c, 3, FAULT_REFUSED, "");
    cluster_run(c, 1);
    cluster_derive(c);
    assert_contains(cluster_finding(c, "no_primary", "n1")->hint,
                    "promote n3, which has the most WAL");
    sample_standby(cluster_sample(c, 1), 2, CLUSTER_LSN, "n2"); /* a newer timeline counts first */
    cluster_run(c, 1);
    cluster_derive(c); /* but who sends it is somewhere */
    assert_contains(cluster_finding(c, "no_primary", "")->hint,
                    "promote nobody: n2 receives WAL from a server that cannot be looked at");
    sample_no_receiver(cluster_sample(c, 1)); /* and now it is gone */
    cluster_run(c, 1);
    cluster_derive(c);
    assert_contains(cluster_finding(c, "no_primary", "n1")->hint,
                    "promote n2, which has the most WAL");
    cluster_free(c);
}

static void test_words_and_statuses(void **state)
{
    (void)state;
    assert_int_equal(health_exit_status(HEALTH_OK), 0);
    assert_int_equal(health_exit_status(HEALTH_WARNING), 1);
    assert_int_equal(health_exit_status(HEALTH_CRITICAL), 2);
    assert_int_equal(health_exit_status(HEALTH_UNKNOWN), 3);
    assert_string_equal(health_word(HEALTH_OK), "HEALTHY");
    assert_string_equal(health_json_word(HEALTH_CRITICAL), "critical");
    assert_string_equal(health_json_word(HEALTH_UNKNOWN), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_no_primary_is_said_when_each_was_asked),
        cmocka_unit_test(test_unknown_until_something_was_reached),
        cmocka_unit_test(test_unknown_until_every_node_was_asked),
        cmocka_unit_test(test_all_down_later_is_critical),
        cmocka_unit_test(test_worst_first),
        cmocka_unit_test(test_stale_data),
        cmocka_unit_test(test_limits_off),
        cmocka_unit_test(test_more_findings_than_room),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_whom_to_promote),
        cmocka_unit_test(test_words_and_statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
