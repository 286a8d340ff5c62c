/*
 * health: every rule fires for what it is about and for nothing else.
 *
 * Each case starts from a healthy cluster of three, n1 streaming to n2 (sync) and n3 (potential).
 */
#include "cluster_fixture.h"

static void set(struct cluster *c, int node, enum setting_id id, const char *value)
{
    str_copy(cluster_sample(c, node)->settings[id], SETTING_VALUE_SIZE, value);
}

static void second_primary(struct cluster *c)
{
    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN);
}

static void primary_refused(struct cluster *c)
{
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
}

static void primary_demoted(struct cluster *c)
{
    sample_standby(cluster_sample(c, 0), 1, CLUSTER_LSN, "n1");
    sample_no_receiver(cluster_sample(c, 0));
}

static void commits_wait_long(struct cluster *c)
{
    cluster_commits_wait(c, 4, 1.001);
}

static void commits_wait_a_moment(struct cluster *c)
{
    cluster_commits_wait(c, 400, 1);
}

static void sync_standby_lost(struct cluster *c)
{
    sample_rule(cluster_sample(c, 0), "FIRST 2 (n2, n3)");
    cluster_row(c, 1)->sync_state = SYNC_STATE_SYNC;
    sample_drop_row(cluster_sample(c, 0), 0);
}

static void two_needed(struct cluster *c)
{
    sample_rule(cluster_sample(c, 0), "FIRST 2 (n2, n3)");
    cluster_row(c, 1)->sync_state = SYNC_STATE_SYNC;
}

static void row_ahead(struct cluster *c)
{
    cluster_row(c, 0)->flush_lsn++;
}

static void foreign(struct cluster *c)
{
    cluster_sample(c, 2)->system_identifier++;
}

static void system_unknown(struct cluster *c)
{
    cluster_sample(c, 2)->system_identifier = 0;
}

static void slot_lost(struct cluster *c)
{
    sample_add_slot(cluster_sample(c, 0), "s2")->wal_status = SLOT_WAL_LOST;
}

static void slot_unreserved(struct cluster *c)
{
    sample_add_slot(cluster_sample(c, 0), "s2")->wal_status = SLOT_WAL_UNRESERVED;
}

static void slot_over(struct cluster *c)
{
    sample_add_slot(cluster_sample(c, 0), "s2")->retained_bytes = (1LL << 30) + 1;
}

static void slot_at_limit(struct cluster *c)
{
    sample_add_slot(cluster_sample(c, 0), "s2")->retained_bytes = 1LL << 30;
}

static void slot_unknown(struct cluster *c)
{
    sample_add_slot(cluster_sample(c, 0), "s2")->retained_bytes = UNKNOWN_BYTES;
}

static void drop_last_row(struct cluster *c)
{
    sample_drop_row(cluster_sample(c, 0), 1);
}

static void alias_of_primary(struct cluster *c)
{
    drop_last_row(c);
    cluster_alias(c, 2, 0);
}

static void alias_of_standby(struct cluster *c)
{
    drop_last_row(c);
    cluster_alias(c, 2, 1);
}

static void alias_down(struct cluster *c)
{
    alias_of_primary(c);
    cluster_fault(c, 2, FAULT_REFUSED, "");
}

static void alias_start_unknown(struct cluster *c)
{
    alias_of_primary(c);
    cluster_sample(c, 0)->started_at = cluster_sample(c, 2)->started_at = 0;
}

static void alias_system_unknown(struct cluster *c)
{
    alias_of_primary(c);
    cluster_sample(c, 0)->system_identifier = cluster_sample(c, 2)->system_identifier = 0;
}

static void started_together(struct cluster *c)
{
    cluster_sample(c, 2)->started_at = cluster_sample(c, 0)->started_at;
    cluster_sample(c, 2)->system_identifier++;
}

static void standby_refused(struct cluster *c)
{
    cluster_fault(c, 2, FAULT_REFUSED, "Connection refused");
}

static void standby_auth(struct cluster *c)
{
    cluster_fault(c, 2, FAULT_AUTH, "password authentication failed");
}

static void no_receiver(struct cluster *c)
{
    sample_no_receiver(cluster_sample(c, 2));
    sample_drop_row(cluster_sample(c, 0), 1);
}

static void streams_from_elsewhere(struct cluster *c)
{
    sample_drop_row(cluster_sample(c, 0), 1);
}

static void catchup(struct cluster *c)
{
    cluster_row(c, 1)->state = STANDBY_CATCHUP;
}

static void more_rows_than_room(struct cluster *c)
{
    sample_drop_row(cluster_sample(c, 0), 1);
    cluster_sample(c, 0)->standbys_cut = true;
}

static void state_unknown(struct cluster *c)
{
    cluster_row(c, 1)->state = STANDBY_STATE_UNKNOWN;
}

static void flush_owed(struct cluster *c)
{
    cluster_write(c, 1000);
    cluster_confirm(c, 1);
}

static void receiver_silent(struct cluster *c)
{
    cluster_sample(c, 2)->receiver.last_message_age_us = SECONDS(32.1);
}

static void receiver_silent_and_down(struct cluster *c)
{
    receiver_silent(c);
    cluster_look(c, 2);
    cluster_fault(c, 2, FAULT_REFUSED, "");
}

static void receiver_quiet(struct cluster *c)
{
    cluster_sample(c, 2)->receiver.last_message_age_us = SECONDS(32); /* half of 1 min, and 2 s */
}

static void receiver_silent_no_timeout(struct cluster *c)
{
    receiver_silent(c);
    set(c, 0, SETTING_WAL_SENDER_TIMEOUT, "0");
}

static void sync_off(struct cluster *c)
{
    sample_rule(cluster_sample(c, 0), "");
}

static void sync_cut(struct cluster *c)
{
    cluster_sample(c, 0)->sync_names_cut = true;
}

static void sync_off_on_standby(struct cluster *c)
{
    sample_rule(cluster_sample(c, 1), "");
}

static void commit_local(struct cluster *c)
{
    set(c, 0, SETTING_SYNCHRONOUS_COMMIT, "local");
}

static void commit_off(struct cluster *c)
{
    set(c, 0, SETTING_SYNCHRONOUS_COMMIT, "off");
}

static void commit_remote_write(struct cluster *c)
{
    set(c, 0, SETTING_SYNCHRONOUS_COMMIT, "remote_write");
}

static void sync_and_commit_off(struct cluster *c)
{
    sync_off(c);
    commit_off(c);
}

static void name_absent(struct cluster *c)
{
    sample_rule(cluster_sample(c, 0), "FIRST 1 (n2, n3, typo)");
}

static void wildcard(struct cluster *c)
{
    sample_rule(cluster_sample(c, 0), "FIRST 1 (*)");
}

static void duplicate(struct cluster *c)
{
    sample_add_row(cluster_sample(c, 0), 99, "N2", SYNC_STATE_POTENTIAL, 1, CLUSTER_LSN);
}

/* As pg_basebackup -X stream has them: no replay position, of no priority. */
static void base_backup(struct cluster *c)
{
    struct node_sample *n1 = cluster_sample(c, 0);
    struct standby_row *row = sample_add_row(n1, 98, "pg_basebackup", SYNC_STATE_ASYNC, 0, 0);

    row->state = STANDBY_BACKUP;
    row = sample_add_row(n1, 99, "pg_basebackup", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    row->replay_lsn = LSN_UNKNOWN;
}

/* pg_receivewal with a slot says what it has when a segment ends. */
static void receivewal_owes(struct cluster *c)
{
    struct standby_row *row = sample_add_row(cluster_sample(c, 0), 99, "barman_receive_wal",
                                             SYNC_STATE_ASYNC, 0, CLUSTER_LSN);

    row->replay_lsn = LSN_UNKNOWN;
    sample_add_slot(cluster_sample(c, 0), "barman");
    str_copy(row->slot_name, sizeof row->slot_name, "barman");
    cluster_write(c, 1000);
    cluster_confirm(c, 1);
    cluster_confirm(c, 2);
}

static void receivewal_owes_in_the_rule(struct cluster *c)
{
    receivewal_owes(c);
    cluster_row(c, 2)->sync_state = SYNC_STATE_SYNC;
    cluster_row(c, 2)->sync_priority = 1;
}

static void logical_owes(struct cluster *c)
{
    receivewal_owes(c);
    cluster_row(c, 2)->replay_lsn = CLUSTER_LSN;
    cluster_row(c, 2)->replay_lag_us = SECONDS(100);
    cluster_sample(c, 0)->slots[0].physical = false;
    cluster_write(c, 80LL << 20);
    cluster_confirm(c, 1);
    cluster_confirm(c, 2);
}

static void paused(struct cluster *c)
{
    cluster_sample(c, 2)->replay_pause = REPLAY_PAUSED;
}

static void pause_requested(struct cluster *c)
{
    cluster_sample(c, 2)->replay_pause = REPLAY_PAUSE_REQUESTED;
}

static void replay_stands(struct cluster *c)
{
    cluster_write(c, 1000);
    cluster_confirm(c, 1);
    cluster_row(c, 1)->flush_lsn = cluster_sample(c, 0)->current_lsn;
}

static void replay_stands_paused(struct cluster *c)
{
    replay_stands(c);
    paused(c);
}

static void lag_over(struct cluster *c)
{
    cluster_row(c, 1)->replay_lag_us = SECONDS(5.1);
}

static void lag_at_limit(struct cluster *c)
{
    cluster_row(c, 1)->replay_lag_us = SECONDS(5);
}

static void behind_over(struct cluster *c)
{
    cluster_write(c, (64LL << 20) + 1);
    cluster_confirm(c, 1);
}

static void behind_at_limit(struct cluster *c)
{
    cluster_write(c, 64LL << 20);
    cluster_confirm(c, 1);
}

static void fewer_connections(struct cluster *c)
{
    set(c, 2, SETTING_MAX_CONNECTIONS, "99");
}

static void more_connections(struct cluster *c)
{
    set(c, 2, SETTING_MAX_CONNECTIONS, "1000"); /* as text it is less than 99 */
    set(c, 0, SETTING_MAX_CONNECTIONS, "99");
}

static void restart_pending(struct cluster *c)
{
    set(c, 2, SETTING_RESTART_PENDING, "max_connections");
}

static void read_only(struct cluster *c)
{
    set(c, 0, SETTING_DEFAULT_TRANSACTION_READ_ONLY, "on");
}

static void standby_read_only(struct cluster *c)
{
    set(c, 2, SETTING_DEFAULT_TRANSACTION_READ_ONLY, "on");
}

static void other_version(struct cluster *c)
{
    cluster_sample(c, 2)->server_version = 150017;
}

static void plain_role(struct cluster *c)
{
    cluster_sample(c, 2)->all_stats_visible = false;
}

static void door_shut(struct cluster *c)
{
    cluster_door(c, 0, false, SECONDS(3));
}

static void door_shut_and_open(struct cluster *c)
{
    cluster_door(c, 0, false, SECONDS(3));
    cluster_door(c, 0, true, SECONDS(3));
}

/* Not that: nothing of it answers. */
static void door_of_who_hangs(struct cluster *c)
{
    cluster_wait(c, 3);
    cluster_door(c, 0, false, SECONDS(3));
}

static void door_shut_and_lost(struct cluster *c)
{
    cluster_door(c, 0, false, SECONDS(3));
    cluster_fault(c, 0, FAULT_CLOSED, "server closed the connection unexpectedly");
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_NONE, "");
}

/* ---- the probe */

static void apply_probe(struct cluster *c, enum commit_level level, enum probe_state state,
                        const char *text)
{
    struct observation *o = &c->observation;

    memset(o, 0, offsetof(struct observation, sample));
    o->kind = OBSERVED_PROBE;
    o->at = (struct instant){.mono = c->now, .wall = c->now};
    o->probe.level = level;
    o->probe.state = state;
    o->probe.due_at = c->now;
    str_copy(o->probe.text, sizeof o->probe.text, text);
    model_apply(c->model, o);
}

static void apply_commit(struct cluster *c, enum commit_level level, enum commit_outcome outcome,
                         int64_t us)
{
    struct observation *o = &c->observation;

    memset(o, 0, offsetof(struct observation, sample));
    o->kind = OBSERVED_COMMIT;
    o->at = (struct instant){.mono = c->now, .wall = c->now};
    o->commit.level = level;
    o->commit.outcome = outcome;
    o->commit.latency_us = us;
    model_apply(c->model, o);
}

static void probe_waits(struct cluster *c)
{
    apply_probe(c, COMMIT_LEVEL_ON, PROBE_PENDING, "");
    apply_probe(c, COMMIT_LEVEL_REMOTE_APPLY, PROBE_PENDING, "");
}

static void probe_waits_and_primary_says_so(struct cluster *c)
{
    probe_waits(c);
    commits_wait_long(c);
}

static void probe_waited(struct cluster *c)
{
    probe_waits(c);
    cluster_run(c, 2);
    apply_commit(c, COMMIT_LEVEL_ON, COMMIT_ACKNOWLEDGED, SECONDS(2));
    apply_commit(c, COMMIT_LEVEL_REMOTE_APPLY, COMMIT_ACKNOWLEDGED, SECONDS(2));
}

static void commit_slow(struct cluster *c)
{
    apply_commit(c, COMMIT_LEVEL_LOCAL, COMMIT_ACKNOWLEDGED, 1000);
    apply_commit(c, COMMIT_LEVEL_ON, COMMIT_ACKNOWLEDGED, 250 * US_PER_MS + 1);
}

static void commit_at_limit(struct cluster *c)
{
    apply_commit(c, COMMIT_LEVEL_ON, COMMIT_ACKNOWLEDGED, 250 * US_PER_MS);
}

static void commit_slow_before(struct cluster *c)
{
    commit_slow(c);
    apply_commit(c, COMMIT_LEVEL_ON, COMMIT_ACKNOWLEDGED, 900);
}

static void commit_slow_then_cannot(struct cluster *c)
{
    commit_slow(c);
    apply_probe(c, COMMIT_LEVEL_ON, PROBE_CANNOT, "no");
}

static void commit_slow_unlimited(struct cluster *c)
{
    commit_slow(c);
    c->model->limits.commit_latency_us = UNKNOWN_US;
}

static void probe_denied(struct cluster *c)
{
    apply_probe(c, COMMIT_LEVEL_LOCAL, PROBE_WORKS, "");
    apply_probe(c, COMMIT_LEVEL_ON, PROBE_CANNOT, "permission denied for schema pgwatch_tui");
    apply_probe(c, COMMIT_LEVEL_REMOTE_APPLY, PROBE_CANNOT, "something else");
}

static void probe_denied_no_primary(struct cluster *c)
{
    probe_denied(c);
    primary_refused(c);
}

static void probe_starts(struct cluster *c)
{
    probe_denied(c);
    apply_probe(c, COMMIT_LEVEL_ON, PROBE_STARTING, "");
    apply_probe(c, COMMIT_LEVEL_REMOTE_APPLY, PROBE_WORKS, "");
}

/* Cases whose time must pass wait longer than the usual two polls. */
static const struct {
    const char *rule, *node;
    bool fires;
    void (*bring_about)(struct cluster *c);
    int polls;
    const char *text; /* a part of it */
} cases[] = {
    {"two_primaries", "", true, second_primary, 2, "n1 (timeline 1), n2 (timeline 2)"},
    {"two_primaries", NULL, false, primary_refused, 2, NULL},
    {"no_primary", "n1", true, primary_refused, 2, "NO PRIMARY for 1.0 s: n1 is down: Connection"},
    {"no_primary", "", true, primary_demoted, 2, "every node that answers is a standby"},
    {"no_primary", NULL, false, second_primary, 2, NULL},
    {"commits_blocked", "", true, commits_wait_long, 2, "COMMITS BLOCKED: 4 waiting"},
    {"commits_blocked", NULL, false, commits_wait_a_moment, 2, NULL},
    {"too_few_sync", "", true, sync_standby_lost, 2, "2 needed, 1 confirm (missing: n2)"},
    {"too_few_sync", NULL, false, two_needed, 2, NULL},
    {"diverged", "n2", true, row_ahead, 1, "DIVERGED: n2"},
    {"foreign_node", "n3", true, foreign, 1, "7512345678901234568"},
    {"foreign_node", NULL, false, system_unknown, 1, NULL},
    {"slot_lost", "n1", true, slot_lost, 1, "slot s2 on n1 is lost"},
    {"slot_lost", NULL, false, slot_unreserved, 1, NULL},
    {"node_down", "n3", true, standby_refused, 1, "n3 is down (0.0 ms): Connection refused"},
    {"node_down", "n1", false, primary_refused, 1, NULL}, /* said by no_primary */
    {"node_down", NULL, false, standby_auth, 1, NULL},
    {"node_unseen", "n3", true, standby_auth, 1, "n3 does not let us in (0.0 ms): password"},
    {"node_unseen", NULL, false, standby_refused, 1, NULL},
    {"not_streaming", "n3", true, no_receiver, 1, "WAL receiver is not running"},
    {"not_streaming", "n3", true, streams_from_elsewhere, 1, "a node that is not seen here"},
    {"not_streaming", "n3", true, catchup, 1, "n3 is not streaming: catchup"},
    {"not_streaming", NULL, false, state_unknown, 1, NULL},
    {"not_streaming", NULL, false, standby_refused, 1, NULL}, /* said by node_down */
    {"not_streaming", NULL, false, primary_refused, 1, NULL}, /* said by no_primary */
    {"standby_stale", "n3", true, flush_owed, 4, "confirmed nothing for 3.0 s"},
    {"standby_stale", NULL, false, flush_owed, 2, NULL},
    {"standby_stale", NULL, false, receivewal_owes, 70, NULL},
    {"standby_stale", "barman_receive_wal", true, receivewal_owes_in_the_rule, 70, "hangs"},
    {"standby_stale", NULL, false, logical_owes, 70, NULL},
    {"receiver_stuck", "n3", true, receiver_silent, 1, "n3 has heard nothing"},
    {"receiver_stuck", NULL, false, receiver_quiet, 1, NULL},
    {"receiver_stuck", NULL, false, receiver_silent_and_down, 1, NULL},
    {"receiver_stuck", NULL, false, receiver_silent_no_timeout, 1, NULL},
    {"cannot_lose", "", true, two_needed, 1, "no standby may be lost"},
    {"cannot_lose", NULL, false, sync_standby_lost, 1, NULL}, /* said by too_few_sync */
    {"cannot_lose", NULL, false, sync_off, 1, NULL},
    {"sync_unreadable", "n1", true, sync_cut, 1,
     "synchronous_standby_names of n1: the rule is too long to be read; how many"},
    {"sync_unreadable", NULL, false, sync_off, 1, NULL},
    {"sync_unreadable", NULL, false, primary_refused, 1, NULL},
    {"sync_off", "n1", true, sync_off, 1, "is empty on n1"},
    {"sync_off", NULL, false, sync_off_on_standby, 1, NULL},
    {"sync_off", NULL, false, primary_refused, 1, NULL},
    {"commits_not_synchronous", "n1", true, commit_local, 1, "synchronous_commit is local on n1"},
    {"commits_not_synchronous", "n1", true, commit_off, 1, "is off on n1"},
    {"commits_not_synchronous", NULL, false, commit_remote_write, 1, NULL},
    {"commits_not_synchronous", NULL, false, sync_and_commit_off, 1, NULL}, /* by sync_off */
    {"sync_name_absent", "", true, name_absent, 1, "asks for \"typo\""},
    {"sync_name_absent", NULL, false, wildcard, 1, NULL},
    {"sync_name_absent", NULL, false, standby_refused, 1, NULL},
    {"duplicate_name", "n1", true, duplicate, 1, "DUPLICATE NAME"},
    {"duplicate_name", NULL, false, base_backup, 1, NULL},
    {"same_server", "n3", true, alias_of_primary, 1, "n1 and n3 are the same server"},
    {"same_server", "n3", true, alias_of_standby, 1, "n2 and n3 are the same server"},
    {"same_server", "n3", false, alias_down, 1, NULL},
    {"same_server", "n3", false, alias_start_unknown, 1, NULL},
    {"same_server", "n3", false, alias_system_unknown, 1, NULL},
    {"same_server", "n3", false, started_together, 1, NULL},
    {"two_primaries", "", false, alias_of_primary, 1, NULL},
    {"not_streaming", "n3", false, alias_of_standby, 1, NULL},
    {"not_streaming", "n3", false, more_rows_than_room, 1, NULL},
    {"replay_paused", "n3", true, paused, 1, "the replay of n3 is paused"},
    {"replay_paused", "n3", true, pause_requested, 1, NULL},
    {"replay_stalled", "n3", true, replay_stands, 3, "1.0 kB to replay"},
    {"replay_stalled", NULL, false, replay_stands, 2, NULL},
    {"replay_stalled", NULL, false, replay_stands_paused, 5, NULL}, /* by replay_paused */
    {"replay_lag", "n3", true, lag_over, 1, "n3 replays 5.1 s after the primary (limit 5.0 s)"},
    {"replay_lag", "n3", true, replay_stands, 7, "replays 6.0 s"}, /* the row says nothing of it */
    {"replay_lag", NULL, false, lag_at_limit, 1, NULL},
    {"replay_behind", "n3", true, behind_over, 1, "n3 is 67 MB behind"},
    {"replay_behind", NULL, false, behind_at_limit, 1, NULL},
    {"replay_stalled", NULL, false, logical_owes, 7, NULL},
    {"replay_lag", NULL, false, logical_owes, 7, NULL},
    {"replay_behind", NULL, false, logical_owes, 7, NULL},
    {"slot_retained", "n1", true, slot_over, 1, "slot s2 on n1 retains 1.1 GB"},
    {"slot_retained", NULL, false, slot_at_limit, 1, NULL},
    {"slot_retained", NULL, false, slot_unknown, 1, NULL},
    {"not_promotable", "n3", true, fewer_connections, 1, "max_connections = 99, n1 has 100"},
    {"not_promotable", NULL, false, more_connections, 1, NULL},
    {"restart_pending", "n3", true, restart_pending, 1, "restart to take: max_connections"},
    {"read_only", "n1", true, read_only, 1, "READ-ONLY: n1 has default_transaction_read_only = on"},
    {"read_only", NULL, false, standby_read_only, 1, NULL},
    {"versions_differ", "n3", true, other_version, 1, "n3 runs PostgreSQL 15.17, n1 runs 15.18"},
    {"commit_waits", "", true, probe_waits, 2,
     "the probe's own commit at remote_apply waits for 2.0 s"},
    {"commit_waits", NULL, false, probe_waits, 1, NULL}, /* at the limit */
    {"commit_waits", NULL, false, probe_waits_and_primary_says_so, 3, NULL},
    {"commit_waits", NULL, false, probe_waited, 1, NULL},
    {"commit_latency", "", true, commit_slow, 1,
     "the last commit at on took 250 ms (limit 250 ms)"},
    {"commit_latency", "", true, probe_waited, 1, "took 2.0 s"},
    {"commit_latency", NULL, false, commit_at_limit, 1, NULL},
    {"commit_latency", NULL, false, commit_slow_before, 1, NULL},
    {"commit_latency", NULL, false, commit_slow_then_cannot, 1, NULL}, /* by probe_off */
    {"commit_latency", NULL, false, commit_slow_unlimited, 1, NULL},
    {"probe_off", "n1", true, probe_denied, 1,
     "at on is not measured: permission denied for schema"},
    {"probe_off", NULL, false, probe_denied_no_primary, 1, NULL}, /* said by no_primary */
    {"probe_off", NULL, false, probe_starts, 1, NULL},
    {"no_privilege", "n3", true, plain_role, 1, "no privilege on n3"},
    {"no_new_connections", "n1", true, door_shut, 1, "n1 accepts no new connections (4.0 s)"},
    {"no_new_connections", NULL, false, door_shut_and_open, 1, NULL},
    {"no_new_connections", NULL, false, door_of_who_hangs, 0, NULL},
    {"no_new_connections", NULL, false, door_shut_and_lost, 1, NULL}, /* by no_primary */
};

#define CASES (sizeof cases / sizeof cases[0])

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        struct cluster *c = cluster_settled(3);
        cases[i].bring_about(c);
        cluster_run(c, cases[i].polls);
        cluster_derive(c);
        const struct finding *finding = cluster_finding(c, cases[i].rule, cases[i].node);
        if ((finding != NULL) != cases[i].fires)
            fail_msg("case %zu: %s: it %s", i, cases[i].rule, finding ? "fires" : "does not fire");
        if (cases[i].text != NULL && strstr(finding->text, cases[i].text) == NULL)
            fail_msg("case %zu: %s: \"%s\"", i, cases[i].rule, finding->text);
        cluster_free(c);
    }
}

/* Every rule of the table is in a case where it fires (stale_data: see below). */
static void test_every_rule_is_tested(void **state)
{
    (void)state;
    for (int i = 0; i < health_rule_count(); i++) {
        struct health_rule_doc doc = health_rule_at(i);
        bool fires = strcmp(doc.rule, "stale_data") == 0;
        for (size_t k = 0; k < CASES; k++)
            fires = fires || (cases[k].fires && strcmp(cases[k].rule, doc.rule) == 0);
        if (!fires)
            fail_msg("no case for %s", doc.rule);
        assert_true(doc.level == HEALTH_CRITICAL || doc.level == HEALTH_WARNING);
        assert_true(strlen(doc.meaning) > 0);
        assert_true(i == 0 || health_rule_at(i - 1).level >= doc.level); /* worst first */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_every_rule_is_tested),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
