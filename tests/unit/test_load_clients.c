/*
 * load_clients: what is booked of a write whose answer came, when the session or the load ends
 * before the rule was read once more.
 */
#include <stdlib.h>

#include "app/load_internal.h"
#include "fake_server.h"

#define RULE "FIRST 1 (n2, n3)"
#define SLOW_MS 50

struct run {
    struct fake_server *server;
    struct loop *loop;
    struct load *load;
    struct loop_timer tick;
    enum { STOPS_NEVER, STOPS_BEFORE_ANSWER, STOPS_AFTER_ANSWER } stops;
    int answers, asked; /* asked for before the loop is left */
    enum commit_outcome outcome;
    mono_us answered_at;
};

static void said(void *owner, enum event_level level, const char *text, struct instant now)
{
    (void)owner;
    (void)level;
    (void)text;
    (void)now;
}

static void ended(void *owner, struct instant now)
{
    struct run *run = owner;

    (void)now;
    loop_stop(run->loop);
}

static void answered(void *owner, const struct load_answer *answer, struct instant now)
{
    struct run *run = owner;

    (void)now;
    run->outcome = answer->ledger->outcome;
    run->answered_at = answer->ledger->at;
    if (++run->answers == run->asked)
        loop_stop(run->loop);
}

/* Stops the load once a write is so far. */
static void tick(void *owner, struct instant now)
{
    struct run *run = owner;
    struct write_result result;
    const struct client *client = run->load->client_count > 0 ? run->load->clients[0] : NULL;

    if (client != NULL && client->busy &&
        writer_is_answered(client->writer, &result) == (run->stops == STOPS_AFTER_ANSWER))
        load_stop(run->load);
    else
        loop_timer_set(run->loop, &run->tick, now.mono + 10 * US_PER_MS);
}

/* All that a writer asks before its first write. */
static void let_writer_in(struct fake_server *server)
{
    static const char *const table[] = {"4711", "public"};
    static const char *const choice[] = {"public", NULL, "pgwatch_tui", "f", "f", NULL};

    fake_done_answer(server);
    fake_row_answer(server, 2, table);
    fake_row_answer(server, 6, choice);
    fake_done_answer(server);
}

/* A server on which a write takes long enough that the rule is read once more. */
static struct run *begin(void)
{
    static const char *const values[] = {"42", "0/5000060", "on", RULE};
    struct run *run = mem_calloc(1, sizeof *run);
    struct fake_answer *a;

    run->server = fake_server_new();
    let_writer_in(run->server);
    a = fake_answer(run->server);
    a->after_ms = SLOW_MS;
    fake_end(a, fake_begin(a, '2'));
    fake_row(a, 4, values);
    fake_done(a, "INSERT 0 1");
    run->tick = (struct loop_timer){.fire = tick, .owner = run};
    return run;
}

static void write_to_it(struct run *run, int rate)
{
    static const struct load_callbacks callbacks = {said, ended, answered};
    const struct load_options options = {.rate = rate, .clients = 1, .level = COMMIT_LEVEL_ON};
    struct error err;

    fake_server_start(run->server);
    run->loop = loop_new(&err);
    assert_non_null(run->loop);
    run->load = load_new(&run->server->settings, run->loop, &options, &callbacks, run, &err);
    assert_non_null(run->load);
    load_follow(run->load, 0);
    if (run->stops != STOPS_NEVER)
        tick(run, loop_now(run->loop));
    loop_run(run->loop);
}

static void finish(struct run *run)
{
    loop_timer_cancel(run->loop, &run->tick);
    load_free(&run->load);
    loop_free(&run->loop);
    fake_server_free(run->server);
    free(run);
}

/* The load ends while the rule is not there yet: the write was acknowledged. */
static void test_load_ends_after_the_answer(void **state)
{
    struct run *run = begin();
    (void)state;

    run->stops = STOPS_AFTER_ANSWER;
    write_to_it(run, 1);
    assert_int_equal(run->answers, 1);
    assert_int_equal(run->outcome, COMMIT_ACKNOWLEDGED);
    assert_true(loop_now(run->loop).mono - run->answered_at > 50 * US_PER_MS); /* not of the end */
    assert_int_equal(load_ledger(run->load)->counts.outcomes[COMMIT_ACKNOWLEDGED], 1);
    finish(run);
}

static void test_load_ends_before_the_answer(void **state)
{
    struct run *run = begin();
    (void)state;

    run->server->count--; /* no answer to a write */
    run->stops = STOPS_BEFORE_ANSWER;
    write_to_it(run, 1);
    assert_int_equal(run->answers, 1);
    assert_int_equal(run->outcome, COMMIT_UNKNOWN);
    finish(run);
}

/* The session ends then, and other writes are due: they wait for the next session. */
static void test_session_ends_after_the_answer(void **state)
{
    struct run *run = begin();
    struct fake_answer *no_rule = fake_answer(run->server);
    (void)state;

    no_rule->after_ms = 200;
    no_rule->closes = true;
    run->asked = 1;
    write_to_it(run, 100);
    assert_int_equal(run->outcome, COMMIT_ACKNOWLEDGED);
    run->asked = 0;
    load_stop(run->load);
    loop_run(run->loop);
    assert_int_equal(run->answers, 1); /* nothing was sent on a session that is gone */
    finish(run);
}

/* However long a load goes on, the turn is one of the clients'. */
static void test_turns(void **state)
{
    struct load load = {.phase = LOAD_RUNNING, .client_count = 3};
    struct client clients[3] = {{.busy = true}, {.busy = true}, {.busy = true}};
    struct client *list[] = {&clients[0], &clients[1], &clients[2]};
    (void)state;

    load.clients = list;
    ledger_give_chunk(&load.ledger, mem_calloc(LEDGER_CHUNK_WRITES, sizeof(struct ledger_write)));
    ledger_due(&load.ledger, 1);
    for (int i = 0; i < 10; i++) {
        load_dispatch(&load, (struct instant){.mono = 2});
        assert_in_range(load.last_used, 0, 2);
    }
    free(load.ledger.chunks[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_ends_after_the_answer),
        cmocka_unit_test(test_load_ends_before_the_answer),
        cmocka_unit_test(test_session_ends_after_the_answer),
        cmocka_unit_test(test_turns),
    };
    return cmocka_run_group_tests_name("load_clients", tests, NULL, NULL);
}
