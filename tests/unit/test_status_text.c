/*
 * status_text: what the table of made-up clusters says of figures that are not of now or not known,
 * and the object of status_json with it.
 */
#include "cluster_fixture.h"

#include <stdio.h>

#include "record/status_json.h"
#include "record/status_text.h"

/* The text of the cluster as it is now; the caller's. */
static char *text_of(struct cluster *c)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    cluster_derive(c);
    status_text_print(out, c->model, &c->verdict, &c->health, (struct instant){.mono = c->now},
                      false);
    assert_int_equal(fclose(out), 0);
    return text;
}

static bool says(struct cluster *c, const char *what)
{
    char *text = text_of(c);
    bool found = strstr(text, what) != NULL;

    if (!found)
        print_message("# not \"%s\" in:\n%s", what, text);
    free(text);
    return found;
}

static bool json_says(struct cluster *c, const char *what)
{
    char *text;
    bool found;

    cluster_derive(c);
    text = status_json(c->model, &c->verdict, &c->health, (struct instant){.mono = c->now}, true);
    found = strstr(text, what) != NULL;
    free(text);
    return found;
}

static void test_age(void **state)
{
    struct cluster *c = cluster_settled(3);

    (void)state;
    assert_true(says(c, "HEALTHY"));
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    cluster_run(c, 12);
    assert_true(says(c, "12 s old\n"));
    cluster_free(c);
}

/* Its receiver ended before its control file was written anew: it has the WAL all the same. */
static void test_received_timeline(void **state)
{
    struct cluster *c = cluster_settled(3);
    struct node_sample *standby = cluster_sample(c, 2);

    (void)state;
    standby->timeline = standby->receiver.received_tli = 2;
    cluster_run(c, 1);
    sample_no_receiver(standby);
    standby->timeline = 1;
    cluster_run(c, 1);
    assert_true(says(c, "potential 2   2  0/5000000"));
    assert_true(json_says(c, "\"timeline\":2"));
    standby->timeline = 0; /* not told */
    cluster_run(c, 1);
    assert_false(json_says(c, "\"timeline\":2"));
    cluster_free(c);
}

static void test_rule_too_long(void **state)
{
    struct cluster *c = cluster_settled(3);

    (void)state;
    cluster_sample(c, 0)->sync_names_cut = true;
    cluster_sample(c, 0)->waiting_commits = 3;
    cluster_sample(c, 0)->longest_wait_us = SECONDS(0.4);
    cluster_run(c, 1);
    assert_true(says(c,
                     "sync  unknown: the rule is too long to be read   commits waiting: 3, the "
                     "longest for 400 ms\n"));
    assert_true(json_says(c,
                          "\"rule\":null,\"method\":null,\"needed\":null,\"confirmed\":null,"
                          "\"can_lose\":null,\"waiting_commits\":3,\"longest_wait_ms\":400.0"));
    cluster_sample(c, 0)->waiting_commits = UNKNOWN_COUNT;
    cluster_run(c, 1);
    assert_true(says(c, "too long to be read   commits waiting: unknown\n"));
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    assert_true(says(c, "sync  unknown: no primary\n"));
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_received_timeline),
        cmocka_unit_test(test_rule_too_long),
    };
    return cmocka_run_group_tests_name("status_text", tests, NULL, NULL);
}
