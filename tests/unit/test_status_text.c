/*
 * status_text: the table of made-up clusters says how old a figure is that is not of now.
 */
#include "cluster_fixture.h"

#include <stdio.h>

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
        cmocka_unit_test(test_rule_too_long),
    };
    return cmocka_run_group_tests_name("status_text", tests, NULL, NULL);
}
