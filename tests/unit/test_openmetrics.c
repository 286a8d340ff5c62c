/*
 * openmetrics: the samples of made-up clusters; what is unknown has none; whatever stands in a
 * name, the text keeps the rules that both formats have in common.
 */
#include "cluster_fixture.h"

#include <ctype.h>
#include <stdio.h>

#include "record/openmetrics.h"

#define NAME_SIZE 80
#define WALL SECONDS(1795435380)

/* The text of the cluster as it is now; the caller's. */
static char *text_of(struct cluster *c)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    cluster_derive(c);
    openmetrics_print(out, c->model, &c->verdict, &c->health,
                      (struct instant){.mono = c->now, .wall = WALL});
    assert_int_equal(fclose(out), 0);
    return text;
}

/* ---- the rules of the text */

static bool declared(const char *name)
{
    for (int i = 0; i < openmetrics_metric_count(); i++) {
        struct openmetrics_metric_doc metric = openmetrics_metric_at(i);
        size_t length = strlen(metric.name);
        if (strcmp(metric.name, name) == 0)
            return true;
        if (strcmp(metric.type, "summary") == 0 && strncmp(metric.name, name, length) == 0 &&
            (strcmp(name + length, "_sum") == 0 || strcmp(name + length, "_count") == 0))
            return true;
    }
    return false;
}

/* {name="value",...}: past its end; fails the test when it is not of that form. */
static const char *past_labels(const char *at)
{
    assert_int_equal(*at, '{');
    do {
        at++;
        assert_true(islower((unsigned char)*at));
        while (islower((unsigned char)*at) || *at == '_')
            at++;
        assert_memory_equal(at, "=\"", 2);
        for (at += 2; *at != '"'; at++) {
            assert_true((unsigned char)*at >= ' ');
            if (*at == '\\')
                assert_non_null(strchr("\\\"n", *++at));
        }
        at++;
    } while (*at == ',');
    assert_memory_equal(at, "} ", 2);
    return at + 2;
}

static void assert_sample(const char *line)
{
    char name[NAME_SIZE], *end;
    size_t length = strcspn(line, "{");

    assert_true(length > 0 && length < sizeof name);
    str_format(name, sizeof name, "%.*s", (int)length, line);
    if (!declared(name))
        fail_msg("not in the table: %s", name);
    const char *value = past_labels(line + length);
    assert_true(isdigit((unsigned char)*value) || *value == '-');
    strtod(value, &end);
    assert_int_equal(*end, '\n');
}

static size_t line_length(const char *line)
{
    const char *end = strchr(line, '\n');

    assert_non_null(end);
    return (size_t)(end - line);
}

/* No two samples have the same name and labels. */
static void assert_no_twin(const char *text, const char *line)
{
    size_t length = (size_t)(past_labels(strchr(line, '{')) - line);

    for (const char *other = text; other < line; other += line_length(other) + 1)
        if (strncmp(other, line, length) == 0)
            fail_msg("twice: %.*s", (int)length, line);
}

/* Every line is one that both formats know; each metric is declared once, before its samples. */
static void assert_text(const char *text)
{
    char family[NAME_SIZE] = "";
    const char *line = text;

    for (; strcmp(line, "# EOF\n") != 0; line += line_length(line) + 1) {
        char keyword[8], name[NAME_SIZE];

        if (line[0] != '#') {
            assert_sample(line);
            assert_no_twin(text, line);
            assert_true(strncmp(line, family, strlen(family)) == 0);
            continue;
        }
        assert_int_equal(sscanf(line, "# %7s %79s ", keyword, name), 2);
        assert_true(strcmp(keyword, "TYPE") == 0 || strcmp(keyword, "HELP") == 0 ||
                    strcmp(keyword, "UNIT") == 0);
        str_copy(family, sizeof family, name);
        assert_int_equal(strcspn(line, "\"\\\n"), line_length(line));
    }
}

/* ---- looking samples up */

/* The value of that series as text, to the end of its line; NULL: there is none. */
static const char *find(const char *text, const char *series)
{
    size_t length = strlen(series);

    for (const char *line = text; *line != '\0'; line += line_length(line) + 1)
        if (strncmp(line, series, length) == 0 && line[length] == ' ')
            return line + length + 1;
    return NULL;
}

/* Any series of that name? */
static bool has(const char *text, const char *name)
{
    char part[NAME_SIZE];

    str_format(part, sizeof part, "\npgwatch_tui_%s{", name);
    return strstr(text, part) != NULL;
}

static void is(const char *text, const char *rest, const char *value)
{
    char series[512];

    str_format(series, sizeof series, "pgwatch_tui_%s", rest);
    const char *found = find(text, series);
    if (found == NULL)
        fail_msg("no sample %s in\n%s", series, text);
    if (strlen(value) != line_length(found) || strncmp(found, value, strlen(value)) != 0)
        fail_msg("%s is %.*s, not %s", series, (int)line_length(found), found, value);
}

static void is_not_there(const char *text, const char *name)
{
    if (has(text, name))
        fail_msg("%s has a sample in\n%s", name, text);
}

#define NODE(name) "{cluster=\"lab\",node=\"" name "\"}"
#define NODE_AND(name, more) "{cluster=\"lab\",node=\"" name "\"," more "}"

/* ---- clusters */

static void test_healthy(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(4);
    struct standby_row *row = cluster_row(c, 0);

    cluster_write(c, 5000);
    cluster_confirm(c, 1);
    row->replay_lsn -= 904;
    row->write_lag_us = 800;
    row->flush_lag_us = SECONDS(1.5);
    cluster_run(c, 1);
    cluster_wait(c, 0.25);
    char *text = text_of(c);
    assert_text(text);
    is(text, "look_timestamp_seconds{cluster=\"lab\"}", "1795435380.000000");
    is(text, "poll_interval_seconds{cluster=\"lab\"}", "1.000000");
    is(text, "build_info{cluster=\"lab\",version=\"" VERSION "\"}", "1");
    is(text, "health{cluster=\"lab\",level=\"ok\"}", "1");
    is(text, "health{cluster=\"lab\",level=\"critical\"}", "0");
    is_not_there(text, "findings");
    is(text, "findings_omitted{cluster=\"lab\"}", "0");
    is(text, "sync_rule_info{cluster=\"lab\",method=\"first\",rule=\"FIRST 1 (n2, n3)\"}", "1");
    is(text, "sync_needed_standbys{cluster=\"lab\"}", "1");
    is(text, "sync_confirmed_standbys{cluster=\"lab\"}", "1");
    is(text, "sync_can_lose_standbys{cluster=\"lab\"}", "1");
    is(text, "sync_waiting_commits{cluster=\"lab\"}", "0");
    is_not_there(text, "sync_longest_wait_seconds");
    is_not_there(text, "commits_total");
    is_not_there(text, "probe_rows_per_second");
    is(text,
       "node_info" NODE_AND("n2",
                            "listed=\"true\",upstream=\"n1\",system_identifier="
                            "\"7512345678901234567\",server_version=\"150018\""),
       "1");
    is(text, "node_up" NODE("n1"), "1");
    is(text, "node_role" NODE_AND("n1", "role=\"primary\""), "1");
    is(text, "node_role" NODE_AND("n1", "role=\"standby\""), "0");
    is(text, "node_state" NODE_AND("n2", "state=\"streaming\""), "1");
    is(text, "node_timeline" NODE("n2"), "1");
    is(text, "node_current_lsn_bytes" NODE("n1"), "83891080");
    is(text, "node_replay_lsn_bytes" NODE("n2"), "83891080");
    is(text, "node_receive_lsn_bytes" NODE("n3"), "83886080");
    is(text, "node_age_seconds" NODE("n3"), "0.250000");
    is(text, "node_wal_bytes_per_second" NODE("n1"), "5000");
    is(text, "node_receiver_running" NODE("n2"), "1");
    is(text, "node_receiver_message_age_seconds" NODE("n2"), "0.100000");
    is(text, "replication_state" NODE_AND("n2", "state=\"streaming\""), "1");
    is(text, "replication_state" NODE_AND("n2", "state=\"catchup\""), "0");
    is(text, "replication_sync_state" NODE_AND("n3", "sync_state=\"potential\""), "1");
    is(text, "replication_sync_priority" NODE("n3"), "2");
    is(text, "replication_sync_priority" NODE("n4"), "0");
    is(text, "replication_sent_lsn_bytes" NODE("n3"), "83891080");
    is(text, "replication_flush_lsn_bytes" NODE("n3"), "83886080");
    is(text, "replication_behind_bytes" NODE("n2"), "904");
    is(text, "replication_behind_bytes" NODE("n3"), "5000");
    is(text, "replication_write_lag_seconds" NODE("n2"), "0.000800");
    is(text, "replication_flush_lag_seconds" NODE("n2"), "1.500000");
    is_not_there(text, "replication_replay_lag_seconds");
    is(text, "replication_stale_seconds" NODE("n2"), "0.000000");
    free(text);
    cluster_free(c);
}

/* Nothing came yet: who was not asked is not down, and no figure is 0. */
static void test_nothing_is_known(void **state)
{
    (void)state;
    struct cluster *c = cluster_new(3);
    char *text = text_of(c);

    assert_text(text);
    is(text, "health{cluster=\"lab\",level=\"unknown\"}", "1");
    is(text, "node_role" NODE_AND("n1", "role=\"unknown\""), "1");
    is(text, "node_state" NODE_AND("n1", "state=\"connecting\""), "1");
    is(text,
       "node_info" NODE_AND(
           "n1", "listed=\"true\",upstream=\"\",system_identifier=\"\",server_version=\"\""),
       "1");
    for (int i = 0; i < openmetrics_metric_count(); i++) {
        const char *name = openmetrics_metric_at(i).name + strlen("pgwatch_tui_");
        if (strncmp(name, "sync_", 5) == 0 || strncmp(name, "replication_", 12) == 0 ||
            strncmp(name, "slot_", 5) == 0 || strncmp(name, "commit", 6) == 0 ||
            strncmp(name, "probe_", 6) == 0 ||
            (strncmp(name, "node_", 5) == 0 && strcmp(name, "node_info") != 0 &&
             strcmp(name, "node_role") != 0 && strcmp(name, "node_state") != 0))
            is_not_there(text, name);
    }
    free(text);
    cluster_free(c);
}

/* Rows without figures, waits that cannot be counted. */
static void test_no_privilege(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(2);
    struct node_sample *sample = cluster_sample(c, 0);
    struct standby_row *row = cluster_row(c, 0);

    sample->all_stats_visible = false;
    sample->waiting_commits = sample->sessions = UNKNOWN_COUNT;
    row->state = STANDBY_STATE_UNKNOWN;
    row->sync_state = SYNC_STATE_UNKNOWN;
    row->sync_priority = UNKNOWN_COUNT;
    row->sent_lsn = row->write_lsn = row->flush_lsn = row->replay_lsn = LSN_UNKNOWN;
    cluster_run(c, 2);
    char *text = text_of(c);
    assert_text(text);
    is(text, "sync_needed_standbys{cluster=\"lab\"}", "1");
    is_not_there(text, "sync_confirmed_standbys");
    is_not_there(text, "sync_can_lose_standbys");
    is_not_there(text, "sync_waiting_commits");
    is_not_there(text, "replication_state");
    is_not_there(text, "replication_sync_state");
    is_not_there(text, "replication_sync_priority");
    is_not_there(text, "replication_sent_lsn_bytes");
    is_not_there(text, "replication_behind_bytes");
    assert_null(find(text, "pgwatch_tui_node_sessions" NODE("n1")));
    is(text, "findings{cluster=\"lab\",level=\"warning\",rule=\"no_privilege\",node=\"n1\"}", "1");
    free(text);
    cluster_free(c);
}

/* Positions stay, with their age; what would look like an all clear does not. */
static void test_no_primary(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(3);

    sample_add_slot(cluster_sample(c, 0), "n2");
    cluster_run(c, 1);
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 7);
    char *text = text_of(c);
    assert_text(text);
    is(text, "health{cluster=\"lab\",level=\"critical\"}", "1");
    is(text, "findings{cluster=\"lab\",level=\"critical\",rule=\"no_primary\",node=\"n1\"}", "1");
    is(text, "node_up" NODE("n1"), "0");
    is(text, "node_state" NODE_AND("n1", "state=\"refused\""), "1");
    is(text, "node_current_lsn_bytes" NODE("n1"), "83886080");
    is(text, "node_age_seconds" NODE("n1"), "7.000000");
    assert_null(find(text, "pgwatch_tui_node_sessions" NODE("n1")));
    is_not_there(text, "node_wal_bytes_per_second");
    is_not_there(text, "slot_active");
    is_not_there(text, "sync_needed_standbys");
    is_not_there(text, "replication_state");
    is(text, "node_receiver_running" NODE("n2"), "1");
    free(text);
    cluster_free(c);
}

static void test_two_primaries(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(3);

    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN);
    cluster_run(c, 2);
    char *text = text_of(c);
    assert_text(text);
    is(text, "findings{cluster=\"lab\",level=\"critical\",rule=\"two_primaries\",node=\"\"}", "1");
    is(text, "node_role" NODE_AND("n1", "role=\"primary\""), "1");
    is(text, "node_role" NODE_AND("n2", "role=\"primary\""), "1");
    is(text, "node_timeline" NODE("n2"), "2");
    is_not_there(text, "sync_needed_standbys");
    free(text);
    cluster_free(c);
}

/* Two of one name, and one that has every character that needs care. */
static void test_names(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(2);
    struct node_sample *primary = cluster_sample(c, 0);

    sample_add_row(primary, 300, "walreceiver", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    sample_add_row(primary, 301, "walreceiver", SYNC_STATE_ASYNC, 0, CLUSTER_LSN - 8);
    sample_add_row(primary, 302, "a\"b\\c\nd\xFF{,}=", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    sample_add_row(primary, 303, "", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    sample_rule(primary, "FIRST 1 (n2, \"x\"\"y\\z\n\")");
    cluster_run(c, 2);
    char *text = text_of(c);
    assert_text(text);
    is(text, "replication_behind_bytes" NODE("walreceiver"), "0");
    is(text, "replication_behind_bytes" NODE_AND("walreceiver", "duplicate=\"2\""), "8");
    is(text, "replication_behind_bytes" NODE("a\\\"b\\\\c d\xEF\xBF\xBD{,}="), "0");
    is(text,
       "node_info" NODE_AND(
           "walreceiver",
           "listed=\"false\",upstream=\"n1\",system_identifier=\"\",server_version=\"\""),
       "1");
    assert_null(find(text, "pgwatch_tui_node_up" NODE("walreceiver")));
    is(text,
       "sync_rule_info{cluster=\"lab\",method=\"first\",rule=\"FIRST 1 (n2, "
       "\\\"x\\\"\\\"y\\\\z \\\")\"}",
       "1");
    free(text);
    cluster_free(c);
}

/* Two slots of a node are two things that one rule says of it. */
static void test_slots(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(3);
    struct node_sample *primary = cluster_sample(c, 0);

    for (int i = 0; i < 2; i++) {
        struct slot_row *slot = sample_add_slot(primary, i == 0 ? "one" : "two");
        slot->active = i == 0;
        slot->wal_status = SLOT_WAL_LOST;
        slot->retained_bytes = i == 0 ? UNKNOWN_BYTES : 4096;
        slot->safe_wal_bytes = i == 0 ? -16777216 : UNKNOWN_BYTES;
    }
    sample_add_slot(primary, "twelve")->wal_status = SLOT_WAL_UNKNOWN;
    cluster_run(c, 2);
    char *text = text_of(c);
    assert_text(text);
    is(text, "findings{cluster=\"lab\",level=\"critical\",rule=\"slot_lost\",node=\"n1\"}", "2");
    is(text, "slot_active" NODE_AND("n1", "slot=\"one\""), "1");
    is(text, "slot_active" NODE_AND("n1", "slot=\"two\""), "0");
    is(text, "slot_safe_bytes" NODE_AND("n1", "slot=\"one\""), "-16777216");
    is(text, "slot_retained_bytes" NODE_AND("n1", "slot=\"two\""), "4096");
    is(text, "slot_wal_status" NODE_AND("n1", "slot=\"two\",status=\"lost\""), "1");
    is(text, "slot_wal_status" NODE_AND("n1", "slot=\"two\",status=\"reserved\""), "0");
    assert_null(find(text, "pgwatch_tui_slot_retained_bytes" NODE_AND("n1", "slot=\"one\"")));
    assert_null(find(text, "pgwatch_tui_slot_safe_bytes" NODE_AND("n1", "slot=\"two\"")));
    assert_null(strstr(text, "slot=\"twelve\",status="));
    free(text);
    cluster_free(c);
}

/* A position that no double holds is written to the last byte. */
static void test_long_lsn(void **state)
{
    (void)state;
    struct cluster *c = cluster_new(1);

    sample_primary(cluster_sample(c, 0), 1, UINT64_MAX);
    cluster_run(c, 2);
    char *text = text_of(c);
    assert_text(text);
    is(text, "node_current_lsn_bytes" NODE("n1"), "18446744073709551615");
    free(text);
    cluster_free(c);
}

/* ---- commits */

static void probe(struct cluster *c, enum commit_level level, enum probe_state state)
{
    struct observation *o = &c->observation;

    memset(o, 0, offsetof(struct observation, sample));
    o->kind = OBSERVED_PROBE;
    o->at = (struct instant){.mono = c->now, .wall = WALL};
    o->probe = (struct probe_observation){
        .level = level, .state = state, .due_at = c->now, .queries = 2, .row_wal_bytes = 200};
    model_apply(c->model, o);
}

static void commit(struct cluster *c, enum commit_level level, enum commit_outcome outcome,
                   int64_t us)
{
    struct observation *o = &c->observation;

    memset(o, 0, offsetof(struct observation, sample));
    o->kind = OBSERVED_COMMIT;
    o->at = (struct instant){.mono = c->now, .wall = WALL};
    o->commit = (struct commit_observation){.level = level, .outcome = outcome, .latency_us = us};
    model_apply(c->model, o);
}

#define ON(metric) metric "{cluster=\"lab\",level=\"on\"}"
#define ON_AND(metric, more) metric "{cluster=\"lab\",level=\"on\"," more "}"

static void test_commits(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(3);

    probe(c, COMMIT_LEVEL_LOCAL, PROBE_CANNOT);
    probe(c, COMMIT_LEVEL_ON, PROBE_STARTING);
    for (int i = 1; i <= 100; i++)
        commit(c, COMMIT_LEVEL_ON, COMMIT_ACKNOWLEDGED, i);
    commit(c, COMMIT_LEVEL_ON, COMMIT_LOCAL, 5000);
    commit(c, COMMIT_LEVEL_ON, COMMIT_UNKNOWN, UNKNOWN_US);
    cluster_run(c, 10);
    char *text = text_of(c);
    assert_text(text);
    is(text, ON_AND("commit_latency_seconds", "quantile=\"0.5\""), "0.000050");
    is(text, ON_AND("commit_latency_seconds", "quantile=\"0.99\""), "0.000099");
    is(text, ON("commit_latency_seconds_count"), "100");
    is(text, ON("commit_latency_seconds_sum"), "0.005050");
    is(text, ON("commit_latency_samples"), "100");
    is(text, ON("commit_latency_last_seconds"), "0.000100");
    is(text, ON("commit_latency_max_seconds"), "0.000100");
    is(text, ON_AND("commit_probe_state", "state=\"works\""), "1");
    is(text, ON_AND("commit_probe_state", "state=\"off\""), "0");
    is(text, "commit_probe_state{cluster=\"lab\",level=\"local\",state=\"off\"}", "1");
    is(text, ON_AND("commits_total", "outcome=\"acknowledged\""), "100");
    is(text, ON_AND("commits_total", "outcome=\"local\""), "1");
    is(text, ON_AND("commits_total", "outcome=\"unknown\""), "1");
    is(text, ON_AND("commits_total", "outcome=\"failed\""), "0");
    is(text, "commit_latency_seconds_count{cluster=\"lab\",level=\"local\"}", "0");
    is(text, "probe_rows_per_second{cluster=\"lab\"}", "10.1");
    is(text, "probe_queries_per_second{cluster=\"lab\"}", "0.4");
    is(text, "probe_wal_bytes_per_second{cluster=\"lab\"}", "2020");
    is_not_there(text, "commit_blocked_seconds");
    assert_null(strstr(text, "level=\"remote_apply\""));
    free(text);
    cluster_free(c);
}

/* The window moves on: no quantiles are left, but what was counted is. */
static void test_commits_long_ago(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(3);

    probe(c, COMMIT_LEVEL_ON, PROBE_STARTING);
    commit(c, COMMIT_LEVEL_ON, COMMIT_ACKNOWLEDGED, 1500);
    probe(c, COMMIT_LEVEL_ON, PROBE_CANNOT);
    cluster_run(c, 400);
    char *text = text_of(c);
    assert_text(text);
    assert_null(strstr(text, "quantile="));
    is_not_there(text, "commit_latency_max_seconds");
    is_not_there(text, "commit_latency_last_seconds");
    is(text, ON("commit_latency_samples"), "0");
    is(text, ON("commit_latency_seconds_count"), "1");
    is(text, ON("commit_latency_seconds_sum"), "0.001500");
    free(text);
    cluster_free(c);
}

static void test_blocked(void **state)
{
    (void)state;
    struct cluster *c = cluster_settled(3);
    struct node_sample *primary = cluster_sample(c, 0);

    probe(c, COMMIT_LEVEL_ON, PROBE_PENDING);
    primary->standby_count = 0;
    primary->waiting_commits = 4;
    primary->longest_wait_us = SECONDS(4.25);
    c->model->nodes[0].unwaited_at -= SECONDS(1);
    cluster_run(c, 4);
    char *text = text_of(c);
    assert_text(text);
    is(text, "findings{cluster=\"lab\",level=\"critical\",rule=\"commits_blocked\",node=\"\"}",
       "1");
    is(text, "sync_confirmed_standbys{cluster=\"lab\"}", "0");
    is(text, "sync_waiting_commits{cluster=\"lab\"}", "4");
    is(text, "sync_longest_wait_seconds{cluster=\"lab\"}", "4.250000");
    is(text, ON("commit_blocked_seconds"), "4.000000");
    is(text, ON("commit_latency_max_seconds"), "4.000000");
    is(text, ON_AND("commit_probe_state", "state=\"waiting\""), "1");
    free(text);
    cluster_free(c);
}

/* ---- the table */

/* Its receiver ended before its control file was written anew: it has the WAL all the same. */
static void test_received_timeline(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct node_sample *standby = cluster_sample(c, 2);
    char *text;
    (void)state;

    standby->timeline = standby->receiver.received_tli = 2;
    cluster_run(c, 1);
    sample_no_receiver(standby);
    standby->timeline = 1;
    cluster_run(c, 1);
    text = text_of(c);
    is(text, "node_timeline" NODE("n3"), "2");
    free(text);
    cluster_free(c);
}

/* The rule could not be read: what waits is known all the same. */
static void test_rule_too_long(void **state)
{
    struct cluster *c = cluster_settled(3);
    char *text;
    (void)state;

    cluster_sample(c, 0)->sync_names_cut = true;
    cluster_sample(c, 0)->waiting_commits = 4;
    cluster_sample(c, 0)->longest_wait_us = SECONDS(0.5);
    cluster_run(c, 1);
    text = text_of(c);
    is(text, "sync_waiting_commits{cluster=\"lab\"}", "4");
    is(text, "sync_longest_wait_seconds{cluster=\"lab\"}", "0.500000");
    is_not_there(text, "sync_needed_standbys");
    is_not_there(text, "sync_rule");
    free(text);
    cluster_free(c);
}

static void test_table(void **state)
{
    (void)state;
    for (int i = 0; i < openmetrics_metric_count(); i++) {
        struct openmetrics_metric_doc metric = openmetrics_metric_at(i);
        const char *total = strstr(metric.name, "_total");

        assert_memory_equal(metric.name, "pgwatch_tui_", 12);
        assert_int_equal(strspn(metric.name, "abcdefghijklmnopqrstuvwxyz_"), strlen(metric.name));
        assert_int_equal(strcmp(metric.type, "counter") == 0, total != NULL && total[6] == '\0');
        assert_true(metric.help[0] != '\0');
        assert_null(strpbrk(metric.help, "\"\\\n|"));
        for (int k = 0; k < i; k++)
            assert_string_not_equal(openmetrics_metric_at(k).name, metric.name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy),       cmocka_unit_test(test_nothing_is_known),
        cmocka_unit_test(test_no_privilege),  cmocka_unit_test(test_no_primary),
        cmocka_unit_test(test_two_primaries), cmocka_unit_test(test_names),
        cmocka_unit_test(test_slots),         cmocka_unit_test(test_long_lsn),
        cmocka_unit_test(test_commits),       cmocka_unit_test(test_commits_long_ago),
        cmocka_unit_test(test_blocked),       cmocka_unit_test(test_received_timeline),
        cmocka_unit_test(test_rule_too_long), cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
