/*
 * door: what it means that a new connection has no answer. (That one has none is tried on a server:
 * tests/t/door.t.)
 */
#include "cluster_fixture.h"

/* That sessions go on is said when a look that was sent while nobody opened has its answer. */
static void test_sessions_go_on(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    cluster_mark(c);
    cluster_wait(c, 3);
    cluster_door(c, 0, false, SECONDS(2.5));
    assert_int_equal(cluster_new_events(c), 0); /* nothing has answered for longer than that */
    cluster_wait(c, 5);
    cluster_look_after(c, 0, SECONDS(6)); /* the late answer to a look sent before it was found */
    assert_int_equal(cluster_new_events(c), 0);
    cluster_run(c, 1);
    assert_event(c, "n1", "accepts no new connections: no answer to one for 8.5 s; open sessions");
    cluster_run(c, 3);
    assert_int_equal(cluster_new_events(c), 1); /* once */
    cluster_door(c, 0, true, SECONDS(11));
    assert_event(c, "n1", "accepts connections again: it did not for 11 s");
    cluster_door(c, 0, false, SECONDS(3)); /* looks were answered meanwhile: at once */
    assert_event(c, "n1", "accepts no new connections: no answer to one for 3.0 s");
    cluster_free(c);
}

/* A server that hung and goes on again before anything else was found. */
static void test_server_that_hung(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    cluster_mark(c);
    cluster_wait(c, 3);
    cluster_door(c, 0, false, SECONDS(2.5));
    cluster_look_after(c, 0, SECONDS(2));
    cluster_door(c, 0, true, SECONDS(2.5));
    cluster_run(c, 2);
    assert_int_equal(cluster_new_events(c), 0);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions_go_on),
        cmocka_unit_test(test_server_that_hung),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
