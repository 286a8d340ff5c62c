/*
 * fault matrix: what must be shown, and what must not, for each fault that was tried on real
 * servers, fed as the observations that they gave. The numbers are the matrix's. Faults that only
 * the program's own connections, writes or children can see have their tests there: 8 (a connection
 * that exists does not notice it), 16, 17 (the resolver), 36 to 38, 43, 44.
 *
 * n1 is the primary, n2 its synchronous standby, n3 the potential one; a look a second.
 */
#include "cluster_fixture.h"

static void look(struct cluster *c, int polls)
{
    cluster_run(c, polls);
    cluster_derive(c);
}

/* A commit waits, for longer at each look. */
static void wait_for_commit(struct cluster *c, double seconds)
{
    cluster_sample(c, 0)->waiting_commits = 1;
    cluster_sample(c, 0)->longest_wait_us = SECONDS(seconds);
}

static void assert_level(const struct cluster *c, enum health_level level)
{
    assert_int_equal(c->health.level, level);
}

static void standby_takes_over(struct cluster *c)
{
    sample_drop_row(cluster_sample(c, 0), 0);
    cluster_row(c, 0)->sync_state = SYNC_STATE_SYNC;
}

static void test_1_and_2_standby_killed_or_stopped(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    standby_takes_over(c);
    cluster_fault(c, 1, FAULT_REFUSED, "Connection refused");
    look(c, 1);
    assert_string_equal(cluster_state(c, "n2"), "refused");
    assert_finding(c, "node_down", "n2");
    assert_event(c, "n2", "no longer connected to n1");
    assert_event(c, "n3", "potential 2 → sync 2");
    assert_string_equal(c->verdict.confirmed_names, "n3");
    assert_finding(c, "cannot_lose", NULL);
    assert_no_finding(c, "too_few_sync", NULL);
    assert_no_finding(c, "replay_paused", NULL);
    assert_no_finding(c, "standby_stale", NULL);
    cluster_fault(c, 1, FAULT_SHUTTING_DOWN, "terminating connection due to administrator command");
    look(c, 1);
    assert_string_equal(cluster_state(c, "n2"), "shutting down");
    cluster_free(c);
}

static void test_3_walreceiver_killed(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 1, FAULT_CRASH_RECOVERY, "terminating connection because of crash");
    cluster_look(c, 1);
    cluster_wait(c, 0.1);
    cluster_fault(c, 1, FAULT_NONE, "");
    cluster_sample(c, 1)->started_at += SECONDS(1);
    cluster_row(c, 0)->pid++;
    look(c, 1);
    assert_event(c, "n2", "the server was restarted");
    assert_string_equal(cluster_state(c, "n2"), "streaming");
    assert_level(c, HEALTH_OK);
    assert_no_event(c, NULL, "primary");
    assert_no_event(c, NULL, "promoted");
    cluster_free(c);
}

/* Also 13 (blackholed) and 14 (RST towards the standby only): the primary sees the same. */
static void test_4_standby_frozen(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->replay_lag_us = 7400; /* what the row goes on saying */
    cluster_write(c, 1000);
    cluster_confirm(c, 2);
    wait_for_commit(c, 0.3);
    look(c, 1);
    cluster_fault(c, 1, FAULT_NOT_RESPONDING, "no answer for 3.0 s");
    wait_for_commit(c, 1.3);
    look(c, 1);
    assert_finding(c, "commits_blocked", NULL);
    assert_string_equal(cluster_state(c, "n2"), "not responding");
    assert_finding(c, "node_down", "n2");
    assert_int_equal(c->verdict.can_lose, 0);
    wait_for_commit(c, 5.3);
    look(c, 4);
    assert_finding(c, "standby_stale", "n2");
    assert_string_equal(c->verdict.waiting_for, "n2");
    assert_contains(cluster_finding(c, "commits_blocked", NULL)->text, "they wait for n2");
    /* not the lag of 7 ms as if it were of now */
    assert_true(standby_stale_for_us(&c->model->nodes[0], 0, c->now) == SECONDS(5));
    assert_finding(c, "node_down", "n2");
    look(c, 1);
    assert_finding(c, "replay_lag", "n2");
    cluster_free(c);
}

static void test_5_walreceiver_frozen(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct receiver_row *receiver = &cluster_sample(c, 1)->receiver;
    (void)state;

    cluster_write(c, 1000);
    cluster_confirm(c, 2);
    for (int i = 0; i < 4; i++) {
        receiver->last_message_age_us += US_PER_S;
        look(c, 1);
    }
    assert_finding(c, "standby_stale", "n2");
    assert_string_equal(cluster_state(c, "n2"), "stale");
    assert_no_finding(c, "node_down", NULL); /* it answers */
    receiver->last_message_age_us = SECONDS(35);
    look(c, 1);
    assert_finding(c, "receiver_stuck", "n2");
    cluster_free(c);
}

static void test_6_walsender_frozen(void **state)
{
    struct cluster *c = cluster_settled(3);
    const struct finding *finding;
    (void)state;

    str_copy(cluster_sample(c, 0)->settings[SETTING_WAL_SENDER_TIMEOUT], SETTING_VALUE_SIZE, "5s");
    cluster_write(c, 1000);
    cluster_confirm(c, 2);
    wait_for_commit(c, 5);
    look(c, 5);
    assert_finding(c, "commits_blocked", NULL);
    assert_contains(cluster_finding(c, "standby_stale", "n2")->text, "confirmed nothing");
    /* the standby gave up; the row stays, the timeout runs in the process that hangs */
    sample_no_receiver(cluster_sample(c, 1));
    wait_for_commit(c, 10);
    look(c, 4);
    finding = cluster_finding(c, "standby_stale", "n2");
    assert_non_null(finding);
    assert_contains(finding->text, "the walsender of n2 on n1, pid 101, hangs");
    assert_contains(finding->hint, "SIGCONT");
    assert_null(strstr(cluster_finding(c, "commits_blocked", NULL)->hint, "change"));
    cluster_free(c);
}

static void test_7_startup_process_frozen(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    for (int i = 0; i < 4; i++) {
        cluster_write(c, 1000);
        cluster_confirm(c, 2);
        cluster_row(c, 0)->flush_lsn = cluster_row(c, 0)->write_lsn =
            cluster_sample(c, 0)->current_lsn;
        cluster_row(c, 0)->replay_lag_us = SECONDS(i);
        look(c, 1);
    }
    assert_finding(c, "replay_stalled", "n2");
    assert_no_finding(c, "commits_blocked", NULL);
    assert_no_finding(c, "too_few_sync", NULL);
    assert_no_finding(c, "standby_stale", NULL); /* it confirms: commits are safe */
    assert_int_equal(c->verdict.confirmed, 1);
    assert_int_equal(c->verdict.can_lose, 1);
    cluster_free(c);
}

static void test_9_primary_frozen(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_NOT_RESPONDING, "no answer for 3.0 s");
    cluster_sample(c, 1)->receiver.last_message_age_us = SECONDS(4);
    cluster_sample(c, 2)->receiver.last_message_age_us = SECONDS(4);
    look(c, 1);
    assert_string_equal(cluster_state(c, "n1"), "not responding");
    assert_contains(cluster_finding(c, "no_primary", "n1")->text, "n1 does not respond");
    assert_contains(cluster_finding(c, "no_primary", "n1")->hint, "surely stopped");
    assert_false(c->verdict.known);
    assert_no_finding(c, "commits_blocked", NULL);
    cluster_fault(c, 0, FAULT_NONE, "");
    look(c, 1);
    assert_event(c, "n1", "back as primary: it did not respond for");
    assert_level(c, HEALTH_OK);
    cluster_free(c);
}

static void test_10_primary_killed(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_CLOSED, "terminating connection due to unexpected postmaster exit");
    cluster_look(c, 0); /* when the socket closes, not at the next poll */
    cluster_derive(c);
    assert_level(c, HEALTH_CRITICAL);
    assert_string_equal(cluster_state(c, "n1"), "closed");
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    sample_no_receiver(cluster_sample(c, 1));
    sample_no_receiver(cluster_sample(c, 2));
    look(c, 1);
    assert_contains(cluster_finding(c, "no_primary", "n1")->text,
                    "NO PRIMARY for 1.0 s: n1 is down");
    cluster_free(c);
}

static void test_11_and_12_primary_restarts(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_CRASH_RECOVERY, "the database system is in recovery mode");
    look(c, 1);
    assert_string_equal(cluster_state(c, "n1"), "crash recovery");
    assert_contains(cluster_finding(c, "no_primary", "n1")->text, "n1 is in crash recovery");
    cluster_fault(c, 0, FAULT_STARTING, "the database system is starting up");
    look(c, 1);
    assert_string_equal(cluster_state(c, "n1"), "starting up");
    cluster_fault(c, 0, FAULT_NONE, "");
    cluster_sample(c, 0)->started_at += SECONDS(1);
    look(c, 1);
    assert_event(c, "n1", "the server was restarted");
    assert_event(c, "cluster", "n1 is the primary again");
    assert_no_event(c, NULL, "promoted");
    cluster_free(c);
}

static void test_15_way_to_the_primary_lost(void **state)
{
    struct cluster *c = cluster_settled(3);
    const struct finding *finding;
    (void)state;

    cluster_fault(c, 0, FAULT_UNREACHABLE, "Connection timed out");
    look(c, 4);
    assert_string_equal(cluster_state(c, "n1"), "unreachable");
    finding = cluster_finding(c, "no_primary", "n1");
    assert_non_null(finding);
    assert_contains(finding->text, "from here n1 is unreachable, but n2 still receives from it");
    assert_contains(finding->hint, "promote nobody");
    assert_null(strstr(finding->text, "NO PRIMARY"));
    for (int i = 0; i < 2; i++) {
        cluster_fault(c, 0, i == 0 ? FAULT_NOT_RESPONDING : FAULT_CONNECT_TIMEOUT, "");
        look(c, 4);
        assert_contains(cluster_finding(c, "no_primary", "n1")->text, "still receives from it");
    }
    /* a frozen or dead one sends nothing after it was lost */
    cluster_sample(c, 1)->receiver.last_message_age_us = SECONDS(5);
    cluster_sample(c, 2)->receiver.last_message_age_us = SECONDS(5);
    look(c, 1);
    assert_contains(cluster_finding(c, "no_primary", "n1")->text, "NO PRIMARY");
    cluster_free(c);
}

static void test_17_name_not_resolved(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 2, FAULT_RESOLVE, "no answer about the name \"db3\" in 2.0 s");
    look(c, 1);
    assert_string_equal(cluster_state(c, "n3"), "unknown host");
    assert_contains(cluster_finding(c, "node_down", "n3")->text, "db3");
    cluster_free(c);
}

static void test_18_and_19_refused_by_the_server(void **state)
{
    static const enum node_fault_kind kinds[] = {FAULT_AUTH, FAULT_CONFIG};
    (void)state;

    for (int i = 0; i < 2; i++) {
        struct cluster *c = cluster_settled(3);
        cluster_fault(c, 2, kinds[i], "password authentication failed for user \"x\"");
        look(c, 40);
        assert_int_equal(cluster_new_events(c), 1); /* said once */
        assert_finding(c, "node_unseen", "n3");
        assert_no_finding(c, "node_down", NULL);
        assert_contains(cluster_finding(c, "node_unseen", "n3")->hint, "30 s");
        assert_int_equal(c->verdict.can_lose, 1); /* it streams all the same */
        cluster_free(c);
    }
}

static void test_20_too_many_connections(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 2, FAULT_TOO_MANY_CONNECTIONS, "sorry, too many clients already");
    look(c, 1);
    assert_string_equal(cluster_state(c, "n3"), "too many conns");
    assert_finding(c, "node_unseen", "n3");
    assert_no_finding(c, "node_down", NULL);
    cluster_free(c);
}

static void test_21_alive_and_not_open(void **state)
{
    static const struct {
        enum node_fault_kind kind;
        const char *word;
    } cases[] = {
        {FAULT_STARTING, "starting up"},           {FAULT_SHUTTING_DOWN, "shutting down"},
        {FAULT_CRASH_RECOVERY, "crash recovery"},  {FAULT_NOT_CONSISTENT, "not consistent"},
        {FAULT_HOT_STANDBY_OFF, "no hot standby"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cluster *c = cluster_settled(3);
        cluster_fault(c, 2, cases[i].kind, "");
        look(c, 1);
        assert_string_equal(cluster_state(c, "n3"), cases[i].word);
        assert_finding(c, "node_unseen", "n3");
        assert_no_finding(c, "node_down", NULL);
        assert_level(c, HEALTH_WARNING);
        cluster_free(c);
    }
}

/* 22: the poller keeps a conflict to itself; what it hands out is a fault only when it stays. */

static void test_23_disk_of_the_primary_full(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_CLOSED, "could not write to file: No space left on device");
    look(c, 1);
    assert_contains(cluster_finding(c, "no_primary", "n1")->text, "No space left on device");
    assert_event(c, "n1", "No space left on device");
    cluster_free(c);
}

static void test_24_disk_of_a_standby_full(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_no_receiver(cluster_sample(c, 2));
    sample_drop_row(cluster_sample(c, 0), 1);
    look(c, 1);
    assert_string_equal(cluster_state(c, "n3"), "not streaming");
    assert_finding(c, "not_streaming", "n3");
    assert_event(c, "n3", "no longer connected to n1");
    assert_level(c, HEALTH_WARNING); /* not green because it answers */
    cluster_free(c);
}

static void test_25_slot_lost(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct slot_row *slot = sample_add_slot(cluster_sample(c, 0), "s3");
    (void)state;

    slot->wal_status = SLOT_WAL_LOST;
    slot->retained_bytes = UNKNOWN_BYTES;
    sample_no_receiver(cluster_sample(c, 2));
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_sample(c, 2)->receive_lsn = 0x4000000;
    look(c, 1);
    assert_contains(cluster_finding(c, "slot_lost", "n1")->hint, "new base backup");
    assert_string_equal(cluster_state(c, "n3"), "not streaming"); /* not catching up */
    assert_no_finding(c, "diverged", NULL);
    cluster_free(c);
}

static void test_26_diverged_at_an_older_fork(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_sample(c, 2)->receive_lsn = cluster_sample(c, 2)->replay_lsn = CLUSTER_LSN + 9000;
    look(c, 1); /* it received more from the old primary than the other */
    sample_no_receiver(cluster_sample(c, 2));
    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN + 100);
    look(c, 1);
    assert_string_equal(cluster_state(c, "n3"), "diverged");
    assert_contains(cluster_finding(c, "diverged", "n3")->hint, "pg_rewind");
    cluster_free(c);
}

static void test_27_diverged_on_the_same_timeline(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_row(c, 0)->replay_lsn = cluster_row(c, 0)->flush_lsn += 5048;
    look(c, 1);
    assert_string_equal(cluster_state(c, "n2"), "diverged");
    assert_level(c, HEALTH_CRITICAL);
    assert_int_equal(c->verdict.confirmed, 0); /* it would release what it never received */
    assert_true(standby_behind_bytes(&c->model->nodes[0], 0) == -5048);
    cluster_free(c);
}

/* Also 30: a standby promoted by mistake. */
static void test_28_split_brain(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN + 100);
    standby_takes_over(c);
    look(c, 1);
    assert_string_equal(c->health.findings[0].rule, "two_primaries");
    assert_contains(c->health.findings[0].text, "SPLIT BRAIN: 2 nodes accept writes");
    assert_int_equal(c->model->primary, -1); /* none is picked silently */
    assert_false(c->verdict.known);
    assert_no_finding(c, "no_primary", NULL);
    assert_no_event(c, "cluster", "is the primary");
    cluster_free(c);
}

static void test_29_other_system(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 1)->system_identifier = 42;
    sample_no_receiver(cluster_sample(c, 1));
    sample_drop_row(cluster_sample(c, 0), 0);
    cluster_row(c, 0)->sync_state = SYNC_STATE_SYNC;
    look(c, 1);
    assert_contains(cluster_finding(c, "foreign_node", "n2")->text, "FOREIGN NODE: n2");
    assert_level(c, HEALTH_CRITICAL);
    assert_string_equal(c->verdict.confirmed_names, "n3");
    assert_int_equal(c->verdict.can_lose, 0);
    cluster_free(c);
}

static void test_31_all_sync_standbys_gone(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 0)->standby_count = 0;
    cluster_fault(c, 1, FAULT_REFUSED, "");
    cluster_fault(c, 2, FAULT_REFUSED, "");
    wait_for_commit(c, 1.2);
    look(c, 2); /* in the first it cannot have waited for longer than since the look before */
    assert_contains(cluster_finding(c, "commits_blocked", NULL)->text, "they wait for n2, n3");
    assert_contains(cluster_finding(c, "commits_blocked", NULL)->hint, "do not cancel");
    assert_contains(cluster_finding(c, "commits_blocked", NULL)->hint,
                    "change synchronous_standby_names");
    assert_finding(c, "too_few_sync", NULL);
    assert_int_equal(c->verdict.short_of, 1);
    assert_event(c, "cluster", "commits are blocked on n1");
    cluster_free(c);
}

/* 32 (primary read-only): role is by pg_is_in_recovery() alone. 33: no figure is a difference of
 * two machines' clocks. */
static void test_32_and_33_read_only_and_skewed(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 0)->replay_lsn = CLUSTER_LSN - 100; /* left by its crash recovery */
    cluster_sample(c, 1)->replay_age_us = SECONDS(-300);
    cluster_sample(c, 2)->replay_age_us = SECONDS(300);
    look(c, 2);
    assert_int_equal(c->model->nodes[0].role, ROLE_PRIMARY);
    assert_level(c, HEALTH_OK);
    str_copy(cluster_sample(c, 0)->settings[SETTING_DEFAULT_TRANSACTION_READ_ONLY],
             SETTING_VALUE_SIZE, "on");
    look(c, 1);
    assert_int_equal(c->model->nodes[0].role, ROLE_PRIMARY);
    assert_finding(c, "read_only", "n1");
    assert_event(c, "n1", "default_transaction_read_only: ");
    cluster_free(c);
}

static void test_34_major_version_changed(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 2, FAULT_REFUSED, "");
    look(c, 1);
    cluster_fault(c, 2, FAULT_NONE, "");
    cluster_sample(c, 2)->server_version = 160001;
    cluster_sample(c, 2)->started_at += SECONDS(60);
    look(c, 1);
    assert_event(c, "n3", "PostgreSQL 15.18 → 16.1");
    assert_finding(c, "versions_differ", "n3");
    cluster_free(c);
}

static void test_35_duplicate_name(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_add_row(cluster_sample(c, 0), 999, "n2", SYNC_STATE_POTENTIAL, 1, CLUSTER_LSN);
    look(c, 1);
    assert_finding(c, "duplicate_name", "n1");
    assert_true(c->model->nodes[1].ambiguous);
    assert_int_equal(c->model->nodes[0].tracks[0].node, -1);
    assert_int_equal(c->model->nodes[0].tracks[2].node, -1);
    cluster_free(c);
}

/* 38, as far as it needs no write of ours: acknowledged without any wait. */
static void test_38_asynchronous(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_rule(cluster_sample(c, 0), "");
    look(c, 1);
    assert_finding(c, "sync_off", "n1");
    assert_event(c, "n1", "synchronous_standby_names: 'FIRST 1 (n2, n3)' → ''");
    assert_level(c, HEALTH_WARNING);
    cluster_free(c);
}

static void test_39_replay_paused(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSED;
    look(c, 1);
    assert_finding(c, "replay_paused", "n2");
    assert_event(c, "n2", "replay is paused");
    cluster_write(c, 1000);
    cluster_confirm(c, 2);
    cluster_row(c, 0)->flush_lsn = cluster_sample(c, 0)->current_lsn;
    look(c, 5);
    assert_no_finding(c, "replay_stalled", NULL);
    assert_int_equal(c->verdict.confirmed, 1);
    cluster_free(c);
}

static void test_40_paused_for_its_parameters(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_sample(c, 1)->replay_pause = REPLAY_PAUSED;
    str_copy(cluster_sample(c, 1)->settings[SETTING_MAX_CONNECTIONS], SETTING_VALUE_SIZE, "50");
    look(c, 1);
    assert_contains(cluster_finding(c, "not_promotable", "n2")->hint, "shuts down when promoted");
    assert_finding(c, "replay_paused", "n2");
    cluster_free(c);
}

static void test_41_cascaded_replica(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    sample_drop_row(cluster_sample(c, 0), 1);
    sample_add_row(cluster_sample(c, 1), 300, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    look(c, 2);
    assert_int_equal(cluster_topology_row(c, "n3")->sender, 1);
    assert_int_equal(cluster_topology_row(c, "n3")->depth, 2);
    assert_string_equal(cluster_state(c, "n3"), "streaming");
    assert_no_finding(c, "not_streaming", NULL);
    assert_no_finding(c, "node_down", NULL);
    cluster_free(c);
}

static void test_42_fed_from_an_archive(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_no_receiver(cluster_sample(c, 2));
    cluster_sample(c, 2)->receive_lsn = LSN_UNKNOWN;
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_write(c, 5000);
    cluster_confirm(c, 1);
    look(c, 1);
    assert_string_equal(cluster_state(c, "n3"), "not streaming"); /* not known yet */
    cluster_sample(c, 2)->replay_lsn += 1000;
    look(c, 1);
    assert_string_equal(cluster_state(c, "n3"), "from archive");
    assert_contains(cluster_finding(c, "not_streaming", "n3")->text, "archive recovery");
    assert_no_finding(c, "node_down", NULL);
    assert_no_finding(c, "diverged", NULL);
    cluster_sample(c, 2)->receiver.present = true;
    look(c, 1);
    assert_false(c->model->nodes[2].from_archive);
    cluster_free(c);
}

/* Replay that goes on with what was received before the receiver ended is not from an archive. */
static void test_42_not_fed_from_an_archive(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_no_receiver(cluster_sample(c, 2));
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_sample(c, 2)->receive_lsn = CLUSTER_LSN + 5000;
    look(c, 1);
    cluster_sample(c, 2)->replay_lsn += 1000;
    look(c, 1);
    assert_string_equal(cluster_state(c, "n3"), "not streaming");
    cluster_free(c);
}

static void test_45_plain_role(void **state)
{
    struct cluster *c = cluster_settled(3);
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
    look(c, 5);
    assert_contains(cluster_finding(c, "no_privilege", "n1")->text, "no privilege on n1");
    assert_int_equal(c->verdict.waiting_commits, UNKNOWN_COUNT); /* not 0 */
    assert_int_equal(c->verdict.confirmed, UNKNOWN_COUNT);
    assert_no_finding(c, "too_few_sync", NULL);
    assert_no_finding(c, "not_streaming", NULL);
    assert_no_finding(c, "sync_name_absent", NULL);
    assert_no_finding(c, "standby_stale", NULL);
    assert_string_equal(cluster_state(c, "n2"), "-");
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_1_and_2_standby_killed_or_stopped),
        cmocka_unit_test(test_3_walreceiver_killed),
        cmocka_unit_test(test_4_standby_frozen),
        cmocka_unit_test(test_5_walreceiver_frozen),
        cmocka_unit_test(test_6_walsender_frozen),
        cmocka_unit_test(test_7_startup_process_frozen),
        cmocka_unit_test(test_9_primary_frozen),
        cmocka_unit_test(test_10_primary_killed),
        cmocka_unit_test(test_11_and_12_primary_restarts),
        cmocka_unit_test(test_15_way_to_the_primary_lost),
        cmocka_unit_test(test_17_name_not_resolved),
        cmocka_unit_test(test_18_and_19_refused_by_the_server),
        cmocka_unit_test(test_20_too_many_connections),
        cmocka_unit_test(test_21_alive_and_not_open),
        cmocka_unit_test(test_23_disk_of_the_primary_full),
        cmocka_unit_test(test_24_disk_of_a_standby_full),
        cmocka_unit_test(test_25_slot_lost),
        cmocka_unit_test(test_26_diverged_at_an_older_fork),
        cmocka_unit_test(test_27_diverged_on_the_same_timeline),
        cmocka_unit_test(test_28_split_brain),
        cmocka_unit_test(test_29_other_system),
        cmocka_unit_test(test_31_all_sync_standbys_gone),
        cmocka_unit_test(test_32_and_33_read_only_and_skewed),
        cmocka_unit_test(test_34_major_version_changed),
        cmocka_unit_test(test_35_duplicate_name),
        cmocka_unit_test(test_38_asynchronous),
        cmocka_unit_test(test_39_replay_paused),
        cmocka_unit_test(test_40_paused_for_its_parameters),
        cmocka_unit_test(test_41_cascaded_replica),
        cmocka_unit_test(test_42_fed_from_an_archive),
        cmocka_unit_test(test_42_not_fed_from_an_archive),
        cmocka_unit_test(test_45_plain_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
