/*
 * survivors: who is promoted, in which order, and why not.
 */
#include "survivors_fixture.h"

/* ---- the order */

static void test_order(void **state)
{
    static const struct {
        lsn_t n2, n3;
        int best, second;
    } cases[] = {
        {0, 0, 1, 2},   /* a tie goes to the synchronous one */
        {0, 100, 2, 1}, /* more WAL goes before synchronous */
        {5048, 100, 1, 2},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cluster *c = lost();
        at(c, 1, CLUSTER_LSN + cases[i].n2);
        at(c, 2, CLUSTER_LSN + cases[i].n3);
        again(c);
        assert_int_equal(found.count, 2);
        assert_int_equal(found.advice, SURVIVORS_PROMOTE);
        assert_int_equal(best(), cases[i].best);
        assert_int_equal(found.items[1].node, cases[i].second);
        assert_true(found.items[1].eligible);
        assert_int_equal(survivor_has(&found.items[1], SURVIVOR_LAGS), cases[i].n2 != cases[i].n3);
        cluster_free(c);
    }
}

static void test_ties_go_by_the_description_at_last(void **state)
{
    struct cluster *c = cluster_new(4);
    (void)state;

    sample_rule(cluster_sample(c, 0), "");
    for (int i = 0; i < 3; i++) {
        cluster_row(c, i)->sync_state = SYNC_STATE_ASYNC;
        cluster_row(c, i)->sync_priority = 0;
    }
    cluster_run(c, 2);
    lose_primary(c);
    for (int i = 0; i < 3; i++)
        assert_int_equal(found.items[i].node, i + 1);
    assert_warned(1, SURVIVOR_ASYNC);
    assert_contains(sentence(c, 1), "asynchronous: no commit waited for it");
    cluster_free(c);
}

static void test_newer_timeline_goes_first(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_standby(cluster_sample(c, 2), 2, CLUSTER_LSN - 500, "n3");
    cluster_run(c, 1);
    lose_primary(c); /* and whom n3 followed: nobody receives any more */
    assert_int_equal(found.advice, SURVIVORS_PROMOTE);
    assert_int_equal(best(), 2);
    assert_barred(1, SURVIVOR_OLDER_TIMELINE);
    assert_string_equal(sentence(c, 1), "on the older timeline 1");
    cluster_free(c);
}

/* Without a receiver since its start its control file says the least that it can be. */
static void test_timeline_of_a_control_file(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    sample_primary(cluster_sample(c, 0), 2, CLUSTER_LSN);
    sample_standby(cluster_sample(c, 1), 2, CLUSTER_LSN, "n2");
    sample_no_receiver(cluster_sample(c, 2));
    cluster_run(c, 2);
    lose_primary(c);
    assert_int_equal(best(), 1);
    assert_contains(sentence(c, 2), "older timeline 1, as its control file says");
    cluster_free(c);
}

/* pg_last_wal_receive_lsn() goes back to the start of a segment when the receiver starts anew. */
static void test_receive_lsn_goes_back(void **state)
{
    struct cluster *c = lost();
    (void)state;

    at(c, 1, CLUSTER_LSN + 0x6F580);
    cluster_sample(c, 1)->receive_lsn = CLUSTER_LSN;
    at(c, 2, CLUSTER_LSN + 0x6F000);
    again(c);
    assert_int_equal(best(), 1);
    assert_true(of(1)->lsn == CLUSTER_LSN + 0x6F580);
    assert_true(of(1)->receive_lsn == CLUSTER_LSN);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_COMPLETE);
    cluster_free(c);
}

/* What is received counts, not what is replayed. */
static void test_received_counts(void **state)
{
    struct cluster *c = lost();
    (void)state;

    at(c, 1, CLUSTER_LSN + 1000);
    cluster_sample(c, 1)->replay_lsn = CLUSTER_LSN - (32LL << 20);
    at(c, 2, CLUSTER_LSN + 500);
    again(c);
    assert_int_equal(best(), 1);
    assert_warned(1, SURVIVOR_MUCH_TO_REPLAY);
    assert_contains(sentence(c, 1), "34 MB to replay first");
    cluster_free(c);
}

static void test_cut_many(void **state)
{
    struct cluster *c = cluster_settled(MODEL_NODES_MAX);
    (void)state;

    lose_primary(c);
    assert_int_equal(found.count, MODEL_NODES_MAX - 1);
    for (int i = 0; i < found.count; i++)
        assert_int_equal(found.items[i].node, i + 1);
    cluster_free(c);
}

/* ---- who is barred */

static void test_not_reachable(void **state)
{
    struct cluster *c = lost();
    (void)state;

    cluster_fault(c, 1, FAULT_CONNECT_TIMEOUT, "");
    again(c);
    assert_int_equal(best(), 2);
    assert_barred(1, SURVIVOR_NOT_REACHABLE);
    assert_int_equal(of(1)->age_us, SECONDS(1));
    assert_false(of(1)->fresh);
    assert_string_equal(sentence(c, 1), "not reachable: timeout; it had 0/5000000, 1.0 s ago");
    assert_string_equal(words(1), "not reachable");
    cluster_free(c);
}

static void test_never_seen(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    c->nodes[2].silent = true;
    cluster_run(c, 2);
    lose_primary(c);
    assert_barred(2, SURVIVOR_NOT_REACHABLE);
    assert_int_equal(of(2)->age_us, UNKNOWN_US);
    assert_true(of(2)->lacks_bytes == UNKNOWN_BYTES);
    assert_string_equal(sentence(c, 2), "not reachable: no answer yet");
    cluster_free(c);
}

static void test_old_figures(void **state)
{
    struct cluster *c = lost();
    (void)state;

    c->nodes[1].silent = true;
    cluster_run(c, 8);
    derive(c);
    assert_int_equal(best(), 2);
    assert_barred(1, SURVIVOR_OLD_FIGURES);
    assert_contains(sentence(c, 1), "its figures are old: it had 0/5000000");
    cluster_free(c);
}

static void test_foreign(void **state)
{
    struct cluster *c = lost();
    (void)state;

    cluster_sample(c, 1)->system_identifier++;
    at(c, 1, CLUSTER_LSN + 9000);
    again(c);
    assert_int_equal(best(), 2);
    assert_barred(1, SURVIVOR_FOREIGN);
    assert_true(of(1)->lacks_bytes == UNKNOWN_BYTES);
    assert_int_equal(found.more, -1);
    cluster_free(c);
}

static void test_diverged(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->flush_lsn += 5048;
    at(c, 1, CLUSTER_LSN + 5048);
    cluster_run(c, 1);
    lose_primary(c);
    assert_int_equal(best(), 2);
    assert_barred(1, SURVIVOR_DIVERGED);
    assert_contains(sentence(c, 1), "diverged: its WAL is ahead of the primary's");
    assert_int_equal(found.more, -1);
    cluster_free(c);
}

static void test_same_server(void **state)
{
    struct cluster *c = cluster_settled(4);
    (void)state;

    cluster_alias(c, 3, 1);
    lose_primary(c);
    assert_int_equal(best(), 1);
    assert_barred(3, SURVIVOR_SAME_SERVER);
    assert_string_equal(sentence(c, 3), "is the same server as n2");
    cluster_free(c);
}

static void test_no_wal(void **state)
{
    struct cluster *c = lost();
    (void)state;

    at(c, 1, LSN_UNKNOWN);
    again(c);
    assert_int_equal(best(), 2);
    assert_barred(1, SURVIVOR_NO_WAL);
    cluster_free(c);
}

/* semantics f14: a standby whose replay is paused for its settings dies of pg_promote(). */
static void test_settings_kill_it(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    set(c, 1, SETTING_MAX_CONNECTIONS, "50");
    cluster_run(c, 1);
    lose_primary(c);
    assert_int_equal(best(), 2);
    assert_barred(1, SURVIVOR_SETTINGS_LOWER);
    assert_string_equal(sentence(c, 1),
                        "a promotion may shut it down: max_connections = 50, n1 has 100");
    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSED;
    again(c);
    assert_barred(1, SURVIVOR_SETTINGS_PAUSED);
    assert_false(survivor_has(of(1), SURVIVOR_REPLAY_PAUSED));
    assert_contains(sentence(c, 1), "a promotion would shut it down: replay is paused for");
    assert_string_equal(words(1), "promotion kills it");
    cluster_free(c);
}

static void test_lower_settings(void **state)
{
    struct cluster *c = cluster_settled(2);
    const struct node *n1 = &c->model->nodes[0], *n2 = &c->model->nodes[1];
    (void)state;

    assert_int_equal(standby_lower_setting(n1, n2, 0), SETTINGS);
    set(c, 1, SETTING_MAX_CONNECTIONS, "200"); /* higher is fine */
    set(c, 0, SETTING_MAX_WAL_SENDERS, "10");
    set(c, 1, SETTING_MAX_WAL_SENDERS, "9");
    set(c, 0, SETTING_MAX_LOCKS_PER_TRANSACTION, "64"); /* the other's is unknown */
    set(c, 0, SETTING_MAX_PREPARED_TRANSACTIONS, "5");
    set(c, 1, SETTING_MAX_PREPARED_TRANSACTIONS, "0");
    cluster_run(c, 1);
    assert_int_equal(standby_lower_setting(n1, n2, 0), SETTING_MAX_WAL_SENDERS);
    assert_int_equal(standby_lower_setting(n1, n2, 1), SETTING_MAX_PREPARED_TRANSACTIONS);
    assert_int_equal(standby_lower_setting(n1, n2, 2), SETTINGS);
    cluster_free(c);
}

static void test_nobody(void **state)
{
    struct cluster *c = lost();
    (void)state;

    cluster_fault(c, 1, FAULT_REFUSED, "");
    cluster_fault(c, 2, FAULT_AUTH, "");
    again(c);
    assert_int_equal(found.advice, SURVIVORS_NOBODY);
    assert_int_equal(found.best, -1);
    assert_string_equal(advice_sentence(c), "nobody can be promoted");
    assert_string_equal(data_sentence(c), "");
    assert_contains(sentence(c, 2), "not reachable: auth failed");
    cluster_free(c);
}

/* ---- what must be known before */

static void test_warnings(void **state)
{
    struct cluster *c = lost();
    (void)state;

    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSED;
    set(c, 1, SETTING_RECOVERY_MIN_APPLY_DELAY, "5min");
    set(c, 2, SETTING_RECOVERY_MIN_APPLY_DELAY, "0");
    again(c);
    assert_warned(1, SURVIVOR_REPLAY_PAUSED);
    assert_warned(1, SURVIVOR_APPLY_DELAY);
    assert_false(survivor_has(of(2), SURVIVOR_APPLY_DELAY));
    assert_contains(sentence(c, 1), "recovery_min_apply_delay = 5min: a promotion applies");
    assert_contains(sentence(c, 1), "replay is paused: a promotion applies the rest");
    cluster_sample(c, 1)->server_version = 120015;
    again(c);
    assert_contains(sentence(c, 1), "replay is paused: a promotion waits until it is resumed");
    cluster_free(c);
}

static void test_not_connected(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_run(c, 1);
    lose_primary(c);
    assert_warned(2, SURVIVOR_NOT_CONNECTED);
    assert_false(of(2)->has_row);
    assert_contains(sentence(c, 2), "was not connected to n1 at the last look");
    cluster_free(c);
}

static void test_from_archive(void **state)
{
    struct cluster *c = lost();
    (void)state;

    cluster_sample(c, 2)->receive_lsn = LSN_UNKNOWN;
    cluster_sample(c, 2)->replay_lsn += 100;
    again(c);
    assert_warned(2, SURVIVOR_FROM_ARCHIVE);
    assert_contains(sentence(c, 2), "in archive recovery");
    cluster_free(c);
}

/* Right after its start a standby replays what it has before it asks for more. */
static void test_position_is_not_sure(void **state)
{
    struct cluster *c = lost();
    (void)state;

    cluster_sample(c, 1)->receive_lsn = LSN_UNKNOWN;
    cluster_sample(c, 1)->started_at += SECONDS(600);
    cluster_sample(c, 1)->replay_lsn = CLUSTER_LSN - 3000;
    again(c);
    assert_int_equal(best(), 2);
    assert_warned(1, SURVIVOR_LSN_UNSURE);
    assert_contains(sentence(c, 1), "it may have more: it has not replayed all its WAL yet");
    assert_int_equal(of(2)->data, SURVIVOR_DATA_LAST_LOOK); /* n2 may have confirmed more */
    cluster_sample(c, 1)->receive_lsn = CLUSTER_LSN & ~(lsn_t)0xFFFFFF;
    cluster_sample(c, 1)->replay_lsn = CLUSTER_LSN;
    again(c);
    assert_false(survivor_has(of(1), SURVIVOR_LSN_UNSURE));
    assert_int_equal(of(1)->data, SURVIVOR_DATA_COMPLETE);
    cluster_free(c);
}

/* It says less than it once confirmed: its disk lost it, or it has not found it yet. */
static void test_less_than_it_confirmed(void **state)
{
    struct cluster *c = lost();
    (void)state;

    at(c, 1, CLUSTER_LSN - 8);
    again(c);
    assert_warned(1, SURVIVOR_LSN_UNSURE);
    assert_int_not_equal(of(2)->data, SURVIVOR_DATA_COMPLETE);
    cluster_free(c);
}

/* ---- rows of the last look */

static void test_rows_of_the_last_look(void **state)
{
    struct cluster *c = lost();
    (void)state;

    assert_true(found.lost);
    assert_int_equal(found.primary, 0);
    assert_int_equal(found.primary_age_us, SECONDS(2));
    assert_true(of(1)->has_row && of(1)->confirms_commits);
    assert_int_equal(of(1)->sync_state, SYNC_STATE_SYNC);
    assert_int_equal(of(1)->sync_priority, 1);
    assert_true(of(1)->confirmed_lsn == CLUSTER_LSN);
    assert_int_equal(of(2)->sync_state, SYNC_STATE_POTENTIAL);
    assert_false(of(2)->confirms_commits);
    cluster_free(c);
}

/* A row that says sync and confirmed nothing for long was not a standby that confirmed. */
static void test_stale_row_did_not_confirm(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_write(c, 1000);
    cluster_run(c, 5);
    lose_primary(c);
    assert_int_equal(of(1)->sync_state, SYNC_STATE_SYNC);
    assert_false(of(1)->confirms_commits);
    cluster_free(c);
}

/* ---- with a primary, and other states of the cluster */

static void test_with_a_primary(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    derive(c);
    assert_false(found.lost);
    assert_int_equal(found.advice, SURVIVORS_PRIMARY_THERE);
    assert_int_equal(found.primary, 0);
    assert_int_equal(found.count, 2);
    assert_int_equal(best(), 1);
    assert_true(of(1)->confirms_commits);
    assert_int_equal(of(1)->data, SURVIVOR_DATA_LAST_LOOK);
    assert_int_equal(found.unseen_us, UNKNOWN_US);
    assert_string_equal(sentence(c, 1), "most WAL (0/5000000), synchronous");
    assert_string_equal(data_sentence(c), "");
    assert_string_equal(advice_sentence(c), "");
    cluster_free(c);
}

static void test_split_brain(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN);
    again(c);
    assert_int_equal(found.advice, SURVIVORS_SPLIT_BRAIN);
    assert_int_equal(found.primary, -1);
    assert_int_equal(found.count, 3);
    assert_barred(0, SURVIVOR_IS_PRIMARY);
    assert_barred(1, SURVIVOR_IS_PRIMARY);
    assert_string_equal(sentence(c, 1), "is a primary itself, on timeline 2");
    assert_contains(advice_sentence(c), "promote nobody");
    cluster_free(c);
}

static void test_primary_answers(void **state)
{
    static const enum node_fault_kind kinds[] = {FAULT_STARTING, FAULT_CRASH_RECOVERY, FAULT_AUTH,
                                                 FAULT_TOO_MANY_CONNECTIONS};
    (void)state;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct cluster *c = cluster_settled(3);
        cluster_fault(c, 0, kinds[i], "");
        again(c);
        assert_int_equal(found.advice, SURVIVORS_WAIT);
        assert_int_equal(best(), 1); /* who would be, if it came to that */
        assert_contains(advice_sentence(c), "promote nobody yet: n1 answers");
        assert_contains(lost_sentence(c), "n1: answers, ");
        cluster_free(c);
    }
}

static void test_still_receives(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_UNREACHABLE, "");
    cluster_run(c, 3);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_STILL_RECEIVES);
    assert_int_equal(found.receives, 1);
    assert_contains(advice_sentence(c), "promote nobody");
    assert_contains(lost_sentence(c), "n1: unreachable from here for 2.0 s (unreachable)");
    cluster_free(c);
}

static void test_lost_sentence(void **state)
{
    struct cluster *c = lost();
    (void)state;

    assert_string_equal(lost_sentence(c),
                        "n1: down for 1.0 s; had 0/5000000 on timeline 1, 2.0 s ago");
    cluster_fault(c, 0, FAULT_NOT_RESPONDING, "");
    again(c);
    assert_contains(lost_sentence(c), "unreachable from here for 0.0 ms (not responding)");
    assert_contains(sentence(c, 1), "nothing acknowledged so far is missing"); /* it may go on */
    cluster_free(c);
}

static void test_never_a_primary(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    at(c, 2, CLUSTER_LSN + 100);
    sample_no_receiver(cluster_sample(c, 1));
    sample_no_receiver(cluster_sample(c, 2));
    cluster_run(c, 2);
    derive(c);
    assert_int_equal(found.primary, -1);
    assert_int_equal(found.reference, SURVIVOR_REFERENCE_NONE);
    assert_int_equal(found.count, 3);
    assert_int_equal(best(), 2);
    assert_int_equal(found.advice, SURVIVORS_PROMOTE);
    assert_true(of(1)->lacks_bytes == UNKNOWN_BYTES);
    assert_int_equal(of(2)->data, SURVIVOR_DATA_UNKNOWN);
    assert_contains(data_sentence(c), "what the primary had acknowledged is not known");
    assert_string_equal(lost_sentence(c), "no primary was seen since this program started");
    cluster_free(c);
}

/* The program was started when the primary could not be reached: who streams from none of those
 * that are seen streams from somebody, and that may be the primary. */
static void test_never_a_primary_and_one_receives(void **state)
{
    struct cluster *c = cluster_new(3);
    char text[SURVIVORS_ADVICE_SIZE];
    (void)state;

    cluster_fault(c, 0, FAULT_CONNECT_TIMEOUT, "no connection in 3.0 s");
    sample_no_receiver(cluster_sample(c, 1));
    cluster_run(c, 2);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_STILL_RECEIVES);
    assert_int_equal(found.receives, 2);
    survivors_advice_sentence(c->model, &found, text, sizeof text);
    assert_contains(text, "promote nobody: n3 receives WAL from");
    assert_contains(text, "may be the primary");
    cluster_derive(c);
    assert_string_equal(cluster_state(c, "n3"), "receiving");
    assert_string_equal(cluster_state(c, "n2"), "not streaming");
    assert_contains(cluster_finding(c, "no_primary", "")->text, "PRIMARY NOT SEEN for");
    /* n3 streams from n2: nobody is left who could be one. */
    sample_add_row(cluster_sample(c, 1), 7, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 2);
    derive(c);
    assert_int_equal(found.advice, SURVIVORS_PROMOTE);
    cluster_free(c);
}

/* It was stopped and came back as a standby: it has everything. */
static void test_demoted(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_standby(cluster_sample(c, 0), 1, CLUSTER_LSN + 112, "n1");
    sample_no_receiver(cluster_sample(c, 0));
    again(c);
    assert_int_equal(found.primary, -1);
    assert_int_equal(best(), 0);
    assert_contains(lost_sentence(c), "n1 was the primary and is a standby now");
    cluster_free(c);
}

static void test_health_names_it(void **state)
{
    struct cluster *c = lost();
    (void)state;

    cluster_derive(c);
    assert_contains(cluster_finding(c, "no_primary", "n1")->hint,
                    "promote n2, which has the most WAL (0/5000000 on timeline 1), only when n1");
    assert_contains(cluster_finding(c, "no_primary", "n1")->hint, "is missing");
    cluster_free(c);
}

static void test_words_for_scripts(void **state)
{
    (void)state;

    for (int i = 0; i < SURVIVOR_FLAGS; i++)
        assert_non_null(survivor_flag_word((enum survivor_flag)i));
    assert_string_equal(survivor_flag_word(SURVIVOR_SETTINGS_PAUSED), "settings_paused");
    assert_string_equal(survivor_data_word(SURVIVOR_DATA_COMPLETE), "complete");
    assert_string_equal(survivors_advice_word(SURVIVORS_STILL_RECEIVES), "still_receives");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_ties_go_by_the_description_at_last),
        cmocka_unit_test(test_newer_timeline_goes_first),
        cmocka_unit_test(test_timeline_of_a_control_file),
        cmocka_unit_test(test_receive_lsn_goes_back),
        cmocka_unit_test(test_received_counts),
        cmocka_unit_test(test_cut_many),
        cmocka_unit_test(test_not_reachable),
        cmocka_unit_test(test_never_seen),
        cmocka_unit_test(test_old_figures),
        cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_diverged),
        cmocka_unit_test(test_same_server),
        cmocka_unit_test(test_no_wal),
        cmocka_unit_test(test_settings_kill_it),
        cmocka_unit_test(test_lower_settings),
        cmocka_unit_test(test_nobody),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_not_connected),
        cmocka_unit_test(test_from_archive),
        cmocka_unit_test(test_position_is_not_sure),
        cmocka_unit_test(test_less_than_it_confirmed),
        cmocka_unit_test(test_rows_of_the_last_look),
        cmocka_unit_test(test_stale_row_did_not_confirm),
        cmocka_unit_test(test_with_a_primary),
        cmocka_unit_test(test_split_brain),
        cmocka_unit_test(test_primary_answers),
        cmocka_unit_test(test_still_receives),
        cmocka_unit_test(test_lost_sentence),
        cmocka_unit_test(test_never_a_primary),
        cmocka_unit_test(test_never_a_primary_and_one_receives),
        cmocka_unit_test(test_demoted),
        cmocka_unit_test(test_health_names_it),
        cmocka_unit_test(test_words_for_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
