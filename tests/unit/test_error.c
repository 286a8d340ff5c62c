/*
 * error: message and hint, cut at whole characters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/error.h"

static void test_message_and_hint(void **state)
{
    struct error err;

    (void)state;
    memset(&err, '#', sizeof err);
    assert_false(error_set(&err, "no node %s in %d", "x", 3));
    assert_string_equal(err.message, "no node x in 3");
    assert_string_equal(err.hint, "");
    assert_false(error_hint(&err, "did you mean %s?", "y"));
    assert_string_equal(err.message, "no node x in 3");
    assert_string_equal(err.hint, "did you mean y?");
    /* A new error does not keep the old hint. */
    assert_false(error_set(&err, "another"));
    assert_string_equal(err.hint, "");
}

static void test_errno(void **state)
{
    struct error err = {.hint = "old"};

    (void)state;
    assert_false(error_errno(&err, ENOENT, "cannot open %s", "a.yaml"));
    assert_string_equal(err.message, "cannot open a.yaml: No such file or directory");
    assert_string_equal(err.hint, "");
    assert_false(error_errno(&err, 99999, "cannot"));
    assert_string_equal(err.message, "cannot: error 99999");
}

/* An error may be told with its own text in front of more. */
static void test_wrapped(void **state)
{
    struct error err;

    (void)state;
    error_set(&err, "inner");
    error_set(&err, "outer: %s", err.message);
    assert_string_equal(err.message, "outer: inner");
}

static void test_cut(void **state)
{
    struct error err;
    char many[1200];

    (void)state;
    for (size_t i = 0; i + 1 < sizeof many; i += 2)
        memcpy(many + i, "\xC3\xA9", 2);
    many[sizeof many - 2] = '\0';
    error_set(&err, "%s", many);
    assert_int_equal(strlen(err.message), sizeof err.message - 2);
    error_hint(&err, "%s", many);
    assert_int_equal(strlen(err.hint), sizeof err.hint - 2);
    error_set(&err, "x%s", many);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    error_errno(&err, ENOENT, "%s", many);
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    assert_int_equal(err.message[sizeof err.message - 2], ':');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_and_hint),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_wrapped),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
