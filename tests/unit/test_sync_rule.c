/*
 * sync_rule: the grammar of synchronous_standby_names. tests/t/sync_rule_server.t holds the same
 * parser against a real server; here is what needs none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/sync_rule.h"

static const struct {
    const char *text;
    const char *formatted;
} accepted[] = {
    {"", "off"},
    {"a", "FIRST 1 (a)"},
    {"a,b", "FIRST 1 (a, b)"},
    {"1 (a, b)", "FIRST 1 (a, b)"},
    {"FIRST 2(a,b,c)", "FIRST 2 (a, b, c)"},
    {"first 2 (a, b)", "FIRST 2 (a, b)"},
    {"aNy 1 (a, b)", "ANY 1 (a, b)"},
    {" \t\n\r\f\v ANY\n2\t(\fa\v,\rb ) ", "ANY 2 (a, b)"},
    {"*", "FIRST 1 (*)"},
    {"\"*\"", "FIRST 1 (*)"},
    {"ANY 1 (*, a)", "ANY 1 (*, a)"},
    {"2", "FIRST 1 (\"2\")"},
    {"2, 3", "FIRST 1 (\"2\", \"3\")"},
    {"2 (2)", "FIRST 2 (\"2\")"},
    {"\"n-2\"", "FIRST 1 (\"n-2\")"},
    {"\"FIRST\", \"any\"", "FIRST 1 (\"FIRST\", \"any\")"},
    {"firsts, anyone, any_, first1", "FIRST 1 (firsts, anyone, any_, first1)"},
    {"\"a\"\"b\"", "FIRST 1 (\"a\"\"b\")"},
    {"\"\"\"\"", "FIRST 1 (\"\"\"\")"},
    {"\"\"", "FIRST 1 (\"\")"},
    {"\" a , b \"", "FIRST 1 (\" a , b \")"},
    {"_a$1", "FIRST 1 (_a$1)"},
    {"r\xC3\xA9plique", "FIRST 1 (r\xC3\xA9plique)"},
    {"a, a, A", "FIRST 1 (a, a, A)"},
    {"7 (a)", "FIRST 7 (a)"},
    {"007 (a)", "FIRST 7 (a)"},
    {"2147483647 (a)", "FIRST 2147483647 (a)"},
    {"4294967297 (a)", "FIRST 1 (a)"}, /* as atoi reads it on the server */
    {"\"a\"\"b\"c", NULL},
};

static void test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct sync_rule rule;
        char text[256];

        if (accepted[i].formatted == NULL) {
            assert_false(sync_rule_parse(accepted[i].text, &rule, NULL));
            continue;
        }
        if (!sync_rule_parse(accepted[i].text, &rule, NULL))
            fail_msg("refused: %s", accepted[i].text);
        sync_rule_format(&rule, text, sizeof text);
        assert_string_equal(text, accepted[i].formatted);
    }
}

static const struct {
    const char *text;
    int offset;
    const char *message;
} refused[] = {
    {" ", 1, "syntax error at end of input"},
    {",", 0, "syntax error at or near \",\""},
    {"a,", 2, "syntax error at end of input"},
    {"a,,b", 2, "syntax error at or near \",\""},
    {"a b", 2, "syntax error at or near \"b\""},
    {"a \"b\"", 2, "syntax error at or near \"\"\""},
    {"n-2", 1, "syntax error at or near \"-\""},
    {"2a", 1, "syntax error at or near \"a\""},
    {"$a", 0, "syntax error at or near \"$\""},
    {"FIRST", 5, "syntax error at end of input"},
    {"FIRST, a", 5, "syntax error at or near \",\""},
    {"a, any", 3, "syntax error at or near \"any\""},
    {"ANY (n2)", 4, "syntax error at or near \"(\""},
    {"ANY 1", 5, "syntax error at end of input"},
    {"ANY 1 n2", 6, "syntax error at or near \"n2\""},
    {"ANY a (n2)", 4, "syntax error at or near \"a\""},
    {"ANY -1 (n2)", 4, "syntax error at or near \"-\""},
    {"1 (n2", 5, "syntax error at end of input"},
    {"1 ()", 3, "syntax error at or near \")\""},
    {"1 (n2) n3", 7, "syntax error at or near \"n3\""},
    {"1 (n2, 2 (n3))", 9, "syntax error at or near \"(\""},
    {"(n2)", 0, "syntax error at or near \"(\""},
    {"n2)", 2, "syntax error at or near \")\""},
    {"a, \"b", 3, "unterminated quoted identifier at end of input"},
    {"a \"b", 2, "unterminated quoted identifier at end of input"},
    {"\"a\"\"", 0, "unterminated quoted identifier at end of input"},
    {"0 (n2)", 0, "number of synchronous standbys (0) must be greater than zero"},
    {"ANY 0 (n2)", 4, "number of synchronous standbys (0) must be greater than zero"},
    {"4294967295 (n2)", 0, "number of synchronous standbys (-1) must be greater than zero"},
    {"9223372036854775806 (n2)", 0,
     "number of synchronous standbys (-2) must be greater than zero"},
    {"99999999999999999999 (n2)", 0,
     "number of synchronous standbys (-1) must be greater than zero"},
    {"0 (n2,)", 6, "syntax error at or near \")\""},
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct sync_rule_error err = {0};
        struct sync_rule rule;

        if (sync_rule_parse(refused[i].text, &rule, &err))
            fail_msg("accepted: %s", refused[i].text);
        if (err.offset != refused[i].offset)
            fail_msg("offset %d: %s", err.offset, refused[i].text);
        assert_string_equal(err.message, refused[i].message);
        assert_int_equal(rule.method, SYNC_OFF);
        assert_int_equal(rule.needed, 0);
        assert_int_equal(rule.name_count, 0);
        assert_false(sync_rule_parse(refused[i].text, &rule, NULL));
    }
}

static int priority(const char *text, const char *name)
{
    struct sync_rule rule;

    assert_true(sync_rule_parse(text, &rule, NULL));
    return sync_rule_priority(&rule, name);
}

static void test_priority(void **state)
{
    (void)state;
    assert_int_equal(priority("", "a"), 0);
    assert_int_equal(priority("a, b", "a"), 1);
    assert_int_equal(priority("a, b", "b"), 2);
    assert_int_equal(priority("a, b", "c"), 0);
    assert_int_equal(priority("a, \"B\"", "b"), 2);
    assert_int_equal(priority("replica", "REPLICA"), 1);
    assert_int_equal(priority("b, *", "a"), 2);
    assert_int_equal(priority("*, a", "a"), 1);
    assert_int_equal(priority("b, \"*\"", "a"), 2);
    assert_int_equal(priority("a, b, a", "a"), 1);
    assert_int_equal(priority("2", "2"), 1);
    /* Under ANY the server gives every candidate the same one. */
    assert_int_equal(priority("ANY 2 (a, b, c)", "c"), 1);
    assert_int_equal(priority("ANY 2 (a, b, c)", "d"), 0);
}

static void test_wildcard(void **state)
{
    struct sync_rule rule;

    (void)state;
    assert_true(sync_rule_parse("a, *", &rule, NULL));
    assert_true(sync_rule_is_wildcard(&rule));
    assert_true(sync_rule_parse("a, \"*\"", &rule, NULL));
    assert_true(sync_rule_is_wildcard(&rule));
    assert_true(sync_rule_parse("a, \"**\"", &rule, NULL));
    assert_false(sync_rule_is_wildcard(&rule));
    assert_true(sync_rule_parse("", &rule, NULL));
    assert_false(sync_rule_is_wildcard(&rule));
}

/* application_name holds 63 bytes: a longer name in the list matches no standby, also none that is
 * called as its first 63 bytes. */
static void test_long_name(void **state)
{
    struct sync_rule rule;
    char name[100];

    (void)state;
    memset(name, 'x', sizeof name);
    name[63] = '\0';
    assert_true(sync_rule_parse(name, &rule, NULL));
    assert_int_equal(sync_rule_priority(&rule, name), 1);

    name[63] = 'x';
    name[64] = '\0';
    assert_true(sync_rule_parse(name, &rule, NULL));
    name[63] = '\0';
    assert_int_equal(sync_rule_priority(&rule, name), 0);
    name[60] = '\0';
    assert_int_equal(sync_rule_priority(&rule, name), 0);
    assert_int_equal(strlen(rule.names[0]), 63);
    assert_string_equal(rule.names[0] + 60, "\xE2\x80\xA6");
}

static void test_many_names(void **state)
{
    struct sync_rule rule;
    char text[SYNC_RULE_TEXT_SIZE] = "n0", out[SYNC_RULE_TEXT_SIZE];

    (void)state;
    for (int i = 1; i < SYNC_RULE_NAMES_MAX; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), ",n%d", i);
    assert_true(sync_rule_parse(text, &rule, NULL));
    assert_int_equal(rule.name_count, SYNC_RULE_NAMES_MAX);
    assert_false(rule.names_cut);
    assert_int_equal(sync_rule_priority(&rule, "n63"), SYNC_RULE_NAMES_MAX);

    strcat(text, ",more");
    assert_true(sync_rule_parse(text, &rule, NULL));
    assert_int_equal(rule.name_count, SYNC_RULE_NAMES_MAX);
    assert_true(rule.names_cut);
    sync_rule_format(&rule, out, sizeof out);
    assert_string_equal(out + strlen(out) - 9, "n63, ...)");
}

static void test_format_is_cut(void **state)
{
    struct sync_rule rule;
    char out[12];

    (void)state;
    assert_true(sync_rule_parse("replica1, replica2", &rule, NULL));
    sync_rule_format(&rule, out, sizeof out);
    assert_string_equal(out, "FIRST 1 (re");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_priority),      cmocka_unit_test(test_wildcard),
        cmocka_unit_test(test_long_name),     cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_format_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
