/*
 * commit: what became of a write that the server answered with success, for each way in which a
 * wait for standbys ends; and which errors come back by themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cluster/commit.h"

#define CANCELED "canceling wait for synchronous replication due to user request"
#define OFF COMMIT_LEVEL_OFF
#define LOCAL COMMIT_LEVEL_LOCAL
#define WRITE COMMIT_LEVEL_REMOTE_WRITE
#define ON COMMIT_LEVEL_ON
#define APPLY COMMIT_LEVEL_REMOTE_APPLY
#define RULE "FIRST 1 (n2, n3)"

static const struct {
    struct commit_facts facts;
    enum commit_outcome outcome;
    bool asynchronous;
    const char *text;
} cases[] = {
    /* a standby acknowledged: no warning, the rule is what it was */
    {{WRITE, "remote_write", RULE, NULL, NULL}, COMMIT_ACKNOWLEDGED, false, ""},
    {{ON, "on", RULE, NULL, NULL}, COMMIT_ACKNOWLEDGED, false, ""},
    {{APPLY, "remote_apply", RULE, NULL, NULL}, COMMIT_ACKNOWLEDGED, false, ""},
    {{ON, "on", RULE, RULE, NULL}, COMMIT_ACKNOWLEDGED, false, ""},
    /* a level that waits for nobody has what it demands, whatever the rule is and becomes */
    {{OFF, "off", RULE, NULL, NULL}, COMMIT_ACKNOWLEDGED, false, ""},
    {{LOCAL, "local", RULE, NULL, NULL}, COMMIT_ACKNOWLEDGED, false, ""},
    {{LOCAL, "local", "", NULL, NULL}, COMMIT_ACKNOWLEDGED, false, ""},
    {{LOCAL, "local", RULE, "", NULL}, COMMIT_ACKNOWLEDGED, false, ""},
    /* pg_cancel_backend, in any language: success with a warning */
    {{ON, "on", RULE, NULL, CANCELED}, COMMIT_LOCAL, false, CANCELED},
    {{ON, "on", RULE, RULE, "storniere Warten"}, COMMIT_LOCAL, false, "storniere Warten"},
    {{APPLY, "remote_apply", RULE, "", CANCELED}, COMMIT_LOCAL, false, CANCELED},
    /* synchronous_standby_names cleared or changed while it waited: success without a word */
    {{ON, "on", RULE, "", NULL}, COMMIT_LOCAL, false, "was changed while it waited"},
    {{ON, "on", "2 (n2, n3)", "1 (n2, n3)", NULL}, COMMIT_LOCAL, false, "was changed"},
    {{WRITE, "remote_write", RULE, "*", NULL}, COMMIT_LOCAL, false, "was changed"},
    /* nobody is asked to confirm */
    {{ON, "on", "", NULL, NULL}, COMMIT_LOCAL, true, "synchronous_standby_names is empty"},
    {{WRITE, "remote_write", "", "", NULL}, COMMIT_LOCAL, true, "is empty"},
    {{APPLY, "remote_apply", "", RULE, NULL}, COMMIT_LOCAL, true, "is empty"},
    /* synchronous_commit was not what was asked for */
    {{ON, "off", RULE, NULL, NULL}, COMMIT_LOCAL, false, "synchronous_commit was off"},
    {{ON, "local", RULE, NULL, NULL}, COMMIT_LOCAL, false, "synchronous_commit was local"},
    {{APPLY, "on", RULE, NULL, NULL}, COMMIT_LOCAL, false, "synchronous_commit was on"},
    {{LOCAL, "off", RULE, NULL, NULL}, COMMIT_LOCAL, false, "synchronous_commit was off"},
    {{ON, "", RULE, NULL, NULL}, COMMIT_LOCAL, false, "synchronous_commit was"},
    {{ON, "off", "", NULL, CANCELED}, COMMIT_LOCAL, false, "synchronous_commit was off"},
};

static void test_classes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[PROBE_TEXT_SIZE] = "old";
        bool asynchronous = !cases[i].asynchronous;
        enum commit_outcome outcome =
            commit_classify(&cases[i].facts, &asynchronous, text, sizeof text);

        if (outcome != cases[i].outcome || asynchronous != cases[i].asynchronous)
            fail_msg("case %zu: outcome %d, asynchronous %d", i, outcome, asynchronous);
        if (cases[i].text[0] == '\0' ? text[0] != '\0' : strstr(text, cases[i].text) == NULL)
            fail_msg("case %zu: \"%s\"", i, text);
    }
}

static void test_text_is_cut(void **state)
{
    struct commit_facts facts = {ON, "on", RULE, NULL, "w\xC3\xA4rning"};
    bool asynchronous;
    char text[3];

    (void)state;
    assert_int_equal(commit_classify(&facts, &asynchronous, text, sizeof text), COMMIT_LOCAL);
    assert_string_equal(text, "w");
}

static void test_levels_that_wait(void **state)
{
    (void)state;
    assert_false(commit_level_waits(OFF));
    assert_false(commit_level_waits(LOCAL));
    assert_true(commit_level_waits(WRITE));
    assert_true(commit_level_waits(ON));
    assert_true(commit_level_waits(APPLY));
}

static void test_errors_that_stay(void **state)
{
    static const char *const stay[] = {"42501", "42P01", "42703", "3F000", "25006",
                                       "28P01", "28000", "3D000", "0A000"};
    static const char *const pass[] = {"",      "55P03", "57014", "53100", "53300", "40001",
                                       "40P01", "57P03", "25P02", "23505", "08006"};

    (void)state;
    for (size_t i = 0; i < sizeof stay / sizeof stay[0]; i++)
        if (!commit_error_stays(stay[i]))
            fail_msg("%s", stay[i]);
    for (size_t i = 0; i < sizeof pass / sizeof pass[0]; i++)
        if (commit_error_stays(pass[i]))
            fail_msg("%s", pass[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_text_is_cut),
        cmocka_unit_test(test_levels_that_wait),
        cmocka_unit_test(test_errors_that_stay),
    };
    return cmocka_run_group_tests_name("commit", tests, NULL, NULL);
}
