/*
 * lsn: the text form, there and back, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cluster/lsn.h"

static const struct {
    const char *text;
    lsn_t lsn;
} written[] = {
    {"0/1", 1},
    {"0/5A21C3F8", 0x5A21C3F8},
    {"1/0", 0x100000000},
    {"16/B374D848", 0x16B374D848},
    {"FFFFFFFF/FFFFFFFF", UINT64_MAX},
};

static void test_there_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        char text[LSN_TEXT_SIZE];
        lsn_t lsn = 0;

        assert_true(lsn_parse(written[i].text, &lsn));
        assert_true(lsn == written[i].lsn);
        lsn_format(lsn, text);
        assert_string_equal(text, written[i].text);
    }
}

static void test_other_spellings(void **state)
{
    lsn_t lsn = 0;

    (void)state;
    assert_true(lsn_parse("0/5a21c3f8", &lsn));
    assert_true(lsn == 0x5A21C3F8);
    assert_true(lsn_parse("00000001/00000002", &lsn));
    assert_true(lsn == 0x100000002);
}

static void test_unknown(void **state)
{
    char text[LSN_TEXT_SIZE];
    lsn_t lsn = 7;

    (void)state;
    lsn_format(LSN_UNKNOWN, text);
    assert_string_equal(text, "-");
    assert_true(lsn_parse("0/0", &lsn));
    assert_true(lsn == LSN_UNKNOWN);
}

static void test_refused(void **state)
{
    static const char *const texts[] = {
        "",     "/",     "0",   "0/",  "/0",   "0 /0",        "0/ 0",        " 0/0",
        "0/0 ", "0/0/0", "g/0", "0/x", "-1/0", "123456789/0", "0/123456789", "0x1/0",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        lsn_t lsn = 42;

        if (lsn_parse(texts[i], &lsn))
            fail_msg("accepted: %s", texts[i]);
        assert_true(lsn == 42);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_other_spellings),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
