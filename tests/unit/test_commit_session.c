/*
 * commit_session: what becomes of a commit when the connection ends at each moment of it, and of
 * the rule that is read once more, with a server that answers as it is told to.
 */
#include <stdlib.h>

#include "fake_server.h"
#include "postgres/commit_session.h"

#define RULE "FIRST 1 (n2, n3)"
#define SLOW_MS 50 /* so long that the rule is read once more */

struct run {
    struct fake_server *server;
    struct loop *loop;
    struct commit_session *session;
    struct loop_timer end, tick;
    bool asks; /* a step, instead of the commit */
    int answered;
    char row[64]; /* that came with the step's answer */
    bool leaves;  /* when the commit has its answer, though nothing tells it how it ended */
    int committed, failed;
    struct commit_end commit;
    bool closed_at_once; /* `failed` came right after `committed` */
    mono_us ended_at;
};

static void opened(void *owner, struct instant now)
{
    struct run *run = owner;

    if (run->asks)
        commit_session_ask(run->session, "SELECT x; SET y = z", now);
    else
        commit_session_commit(run->session, "pgw_commit", 0, NULL, now);
}

static void answered(void *owner, const PGresult *rows, const struct node_fault *fault,
                     struct instant now)
{
    struct run *run = owner;
    (void)now;

    run->answered++;
    assert_null(fault);
    assert_non_null(rows);
    str_copy(run->row, sizeof run->row, PQgetvalue(rows, 0, 0));
    loop_stop(run->loop);
}

static void committed(void *owner, const struct commit_end *end, struct instant now)
{
    struct run *run = owner;

    run->committed++;
    run->commit = *end;
    run->ended_at = now.mono;
    loop_stop(run->loop);
}

static void failed(void *owner, const struct node_fault *fault, bool stays, struct instant now)
{
    struct run *run = owner;

    (void)fault;
    (void)stays;
    run->failed++;
    run->closed_at_once = run->ended_at == now.mono;
    loop_stop(run->loop);
}

static void stop(void *owner, struct instant now)
{
    struct run *run = owner;

    (void)now;
    loop_stop(run->loop);
}

static void tick(void *owner, struct instant now)
{
    struct run *run = owner;
    struct commit_end end;

    if (commit_session_is_answered(run->session, &end))
        loop_stop(run->loop);
    else
        loop_timer_set(run->loop, &run->tick, now.mono + 10 * US_PER_MS);
}

/* A server that lets in and takes the session's settings. */
static struct run *begin(void)
{
    struct run *run = mem_calloc(1, sizeof *run);

    run->tick = (struct loop_timer){.fire = tick, .owner = run};
    run->server = fake_server_new();
    fake_done_answer(run->server);
    return run;
}

/* Opens a session, commits once; until that has ended, or for at most so long. */
static void commit(struct run *run, int64_t within_us)
{
    static const struct commit_session_callbacks callbacks = {opened, answered, committed, failed};
    struct error err;

    fake_server_start(run->server);
    run->loop = loop_new(&err);
    assert_non_null(run->loop);
    run->session =
        commit_session_new(run->loop, &run->server->settings, 0, COMMIT_LEVEL_ON, &callbacks, run);
    run->end = (struct loop_timer){.fire = stop, .owner = run};
    loop_timer_set(run->loop, &run->end, clock_monotonic_us() + within_us);
    if (run->leaves)
        tick(run, loop_now(run->loop));
    commit_session_open(run->session, loop_now(run->loop));
    loop_run(run->loop);
}

static void finish(struct run *run)
{
    loop_timer_cancel(run->loop, &run->end);
    loop_timer_cancel(run->loop, &run->tick);
    commit_session_free(&run->session);
    loop_free(&run->loop);
    fake_server_free(run->server);
    free(run);
}

static void bind_complete(struct fake_answer *a)
{
    fake_end(a, fake_begin(a, '2'));
}

/* The answer to the commit; with a warning where there is one. */
static struct fake_answer *commit_answer(struct run *run, const char *rule, const char *warning)
{
    const char *const values[] = {"on", rule};
    struct fake_answer *a = fake_answer(run->server);

    a->after_ms = SLOW_MS;
    bind_complete(a);
    fake_row(a, 2, values);
    if (warning != NULL)
        fake_say(a, 'N', "WARNING", "01000", warning);
    fake_done(a, "INSERT 0 1");
    return a;
}

static void rule_answer(struct run *run, const char *rule)
{
    fake_row_answer(run->server, 1, &rule);
}

static void assert_ended(const struct run *run, enum commit_outcome outcome, const char *text)
{
    assert_int_equal(run->committed, 1);
    assert_int_equal(run->commit.outcome, outcome);
    if (strstr(run->commit.text, text) == NULL || (text[0] == '\0' && run->commit.text[0] != '\0'))
        fail_msg("\"%s\"", run->commit.text);
}

/* With the commit, the session: its owner is told of both in one. */
static void assert_lost(const struct run *run)
{
    assert_true(run->commit.lost);
    assert_int_equal(run->failed, 1);
    assert_true(run->closed_at_once);
}

/* ---- the rule that is read once more */

static void test_rule_is_the_same(void **state)
{
    struct run *run = begin();
    (void)state;

    commit_answer(run, RULE, NULL);
    rule_answer(run, RULE);
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_ACKNOWLEDGED, "");
    assert_false(run->commit.lost);
    assert_int_equal(run->failed, 0);
    finish(run);
}

static void test_rule_was_changed(void **state)
{
    struct run *run = begin();
    (void)state;

    commit_answer(run, RULE, NULL);
    rule_answer(run, "");
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_LOCAL, "was changed while it waited");
    finish(run);
}

/* As a server may have it, though nobody sees it like that: tabs, and longer than what is shown. */
static void test_rule_that_is_not_shown_whole(void **state)
{
    static const char *const ends[] = {"(a,\tb)", "(a)", "(b)"};
    char rule[1400], other[1400];
    (void)state;

    for (int i = 0; i < 3; i++) {
        struct run *run = begin();
        bool changed = i == 2;
        str_format(rule, sizeof rule, "FIRST 1 %*s%s", i == 0 ? 0 : 1200, "", ends[i]);
        str_format(other, sizeof other, "FIRST 1 %*s%s", i == 0 ? 0 : 1200, "", "(a)");
        commit_answer(run, rule, NULL);
        rule_answer(run, changed ? other : rule);
        commit(run, 10 * US_PER_S);
        assert_ended(run, changed ? COMMIT_LOCAL : COMMIT_ACKNOWLEDGED, changed ? "changed" : "");
        finish(run);
    }
}

static void rule_error(struct run *run)
{
    struct fake_answer *a = fake_answer(run->server);

    fake_say(a, 'E', "ERROR", "57014", "canceling statement due to user request");
    fake_ready(a);
}

/* It is asked a second time. */
static void test_rule_is_an_error_first(void **state)
{
    (void)state;
    for (int changed = 0; changed < 2; changed++) {
        struct run *run = begin();
        commit_answer(run, RULE, NULL);
        rule_error(run);
        rule_answer(run, changed ? "" : RULE);
        commit(run, 10 * US_PER_S);
        assert_ended(run, changed ? COMMIT_LOCAL : COMMIT_ACKNOWLEDGED, changed ? "changed" : "");
        finish(run);
    }
}

static void test_rule_is_an_error_twice(void **state)
{
    (void)state;
    for (int warned = 0; warned < 2; warned++) {
        struct run *run = begin();
        commit_answer(run, RULE, warned ? "canceling wait" : NULL);
        rule_error(run);
        rule_error(run);
        commit(run, 10 * US_PER_S);
        assert_ended(run, COMMIT_LOCAL, warned ? "canceling wait" : "could not be read");
        assert_false(run->commit.lost);
        assert_int_equal(run->failed, 0);
        finish(run);
    }
}

/* ---- an answer that comes in pieces, as through a tunnel */

static void test_rows_in_pieces(void **state)
{
    static const char *const values[] = {"t"};
    struct run *run = begin();
    struct fake_answer *a = fake_answer(run->server);
    (void)state;

    fake_row(a, 1, values);
    fake_complete(a, "SELECT 1");
    fake_done(a, "SET");
    a->pieces = true;
    run->asks = true;
    commit(run, 10 * US_PER_S);
    assert_int_equal(run->answered, 1);
    assert_string_equal(run->row, "t");
    finish(run);
}

/* Also the rule, whose loss would pass for a rule that nobody asked for. */
static void test_rule_in_pieces(void **state)
{
    static const char *const none[] = {""};
    struct run *run = begin();
    (void)state;

    commit_answer(run, RULE, NULL)->pieces = true;
    fake_row_answer(run->server, 1, none)->pieces = true;
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_LOCAL, "was changed while it waited");
    finish(run);
}

/* ---- the connection ends */

static void test_lost_before_the_answer(void **state)
{
    struct run *run = begin();
    (void)state;

    fake_answer(run->server)->closes = true;
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_UNKNOWN, "server closed the connection");
    assert_lost(run);
    finish(run);
}

/* What the server said when it went is why. */
static void test_server_says_why(void **state)
{
    struct run *run = begin();
    struct fake_answer *a = fake_answer(run->server);
    (void)state;

    fake_say(a, 'N', "WARNING", "57P01", "terminating connection");
    a->closes = true;
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_UNKNOWN, "terminating connection");
    assert_lost(run);
    finish(run);
}

/* While the rule is read once more: the client has its success, from when it came. */
static void test_lost_after_the_answer(void **state)
{
    struct run *run = begin();
    struct fake_answer *no_rule;
    (void)state;

    commit_answer(run, RULE, NULL);
    no_rule = fake_answer(run->server);
    no_rule->after_ms = 300;
    no_rule->closes = true;
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_ACKNOWLEDGED, "");
    assert_true(run->ended_at - run->commit.answered_at >= 250 * US_PER_MS);
    assert_lost(run);
    finish(run);
}

/* A wait that was given up stays that. */
static void test_lost_after_a_warning(void **state)
{
    struct run *run = begin();
    (void)state;

    commit_answer(run, RULE, "canceling wait");
    fake_answer(run->server)->closes = true;
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_LOCAL, "canceling wait");
    assert_lost(run);
    finish(run);
}

/* What the server says when it goes is not of the commit that it answered before. */
static void test_warning_after_the_answer(void **state)
{
    struct run *run = begin();
    struct fake_answer *dies;
    (void)state;

    commit_answer(run, RULE, NULL);
    dies = fake_answer(run->server);
    fake_say(dies, 'N', "WARNING", "57P02", "terminating connection because of crash");
    dies->closes = true;
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_ACKNOWLEDGED, "");
    assert_lost(run);
    finish(run);
}

/* Its owner goes while the rule is not there yet. */
static void test_answered_and_left(void **state)
{
    struct run *run = begin();
    struct commit_end end;
    (void)state;

    commit_answer(run, RULE, NULL);
    run->leaves = true;
    commit(run, 10 * US_PER_S);
    assert_int_equal(run->committed, 0);
    assert_true(commit_session_is_answered(run->session, &end));
    assert_int_equal(end.outcome, COMMIT_ACKNOWLEDGED);
    assert_true(end.answered_at > 0);
    assert_false(end.lost);
    finish(run);
}

static void test_not_answered_and_left(void **state)
{
    struct run *run = begin();
    struct commit_end end;
    (void)state;

    commit(run, 300 * US_PER_MS);
    assert_int_equal(run->committed, 0);
    assert_false(commit_session_is_answered(run->session, &end));
    finish(run);
}

/* ---- what libpq itself cannot make sense of: no error of the server's, so nothing is known */

/* A row that is not as it was described: libpq makes an error of it and goes on. */
static void test_malformed_row(void **state)
{
    static const char *const values[] = {"on", RULE};
    struct run *run = begin();
    struct fake_answer *a = fake_answer(run->server);
    size_t begin_row;
    (void)state;

    bind_complete(a);
    fake_row(a, 2, values);
    begin_row = fake_begin(a, 'D');
    fake_int(a, 7, 2);
    fake_end(a, begin_row);
    fake_done(a, "INSERT 0 1");
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_UNKNOWN, "unexpected field count");
    assert_lost(run);
    finish(run);
}

/* A message without an end: libpq closes its socket, of which no poll tells. */
static void test_lost_synchronization(void **state)
{
    struct run *run = begin();
    struct fake_answer *a = fake_answer(run->server);
    (void)state;

    bind_complete(a);
    fake_bytes(a, "C", 1);
    fake_int(a, 0x7FFFFFFF, 4);
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_UNKNOWN, "lost synchronization");
    assert_lost(run);
    finish(run);
}

/* An error of the server's is one: nothing was written, and the session goes on. */
static void test_error(void **state)
{
    struct run *run = begin();
    struct fake_answer *a = fake_answer(run->server);
    (void)state;

    fake_say(a, 'E', "ERROR", "55P03", "canceling statement due to lock timeout");
    fake_ready(a);
    commit(run, 10 * US_PER_S);
    assert_ended(run, COMMIT_FAILED, "lock timeout");
    assert_false(run->commit.lost);
    assert_int_equal(run->failed, 0);
    finish(run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_is_the_same),
        cmocka_unit_test(test_rule_was_changed),
        cmocka_unit_test(test_rule_that_is_not_shown_whole),
        cmocka_unit_test(test_rule_is_an_error_first),
        cmocka_unit_test(test_rule_is_an_error_twice),
        cmocka_unit_test(test_rows_in_pieces),
        cmocka_unit_test(test_rule_in_pieces),
        cmocka_unit_test(test_lost_before_the_answer),
        cmocka_unit_test(test_server_says_why),
        cmocka_unit_test(test_lost_after_the_answer),
        cmocka_unit_test(test_lost_after_a_warning),
        cmocka_unit_test(test_warning_after_the_answer),
        cmocka_unit_test(test_answered_and_left),
        cmocka_unit_test(test_not_answered_and_left),
        cmocka_unit_test(test_malformed_row),
        cmocka_unit_test(test_lost_synchronization),
        cmocka_unit_test(test_error),
    };
    return cmocka_run_group_tests_name("commit_session", tests, NULL, NULL);
}
