/*
 * stack_answer: what counts as an answer among all that a child writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stack/stack_answer.h"

#define UUID "0b5c9a52-7a2f-4d3e-9f10-c0ffee012345"

static const struct {
    const char *line;
    bool wal_end, identity;
} lines[] = {
    {"1 0/3000148", true, false},
    {"4294967295 FFFFFFFF/FFFFFFFF", true, false},
    {"2 0/5A21C3F8", true, false},
    {UUID " 7577777777777777777", false, true},
    {"- 7577777777777777777", false, true},
    {UUID " 18446744073709551615", false, true},
    {"", false, false},
    {"0 0/3000148", false, false},
    {"1 0/3000148 ", false, false},
    {" 1 0/3000148", false, false},
    {"1 0/3000abc", false, false},
    {"1 0/", false, false},
    {"1 /1", false, false},
    {"1 0/300014800", false, false},
    {"12345678901 0/1", false, false},
    {"replica1: its WAL cannot be read", false, false},
    {UUID, false, false},
    {UUID " ", false, false},
    {UUID "  1", false, false},
    {UUID " 1a", false, false},
    {UUID " 123456789012345678901", false, false},
    {UUID "0 1", false, false},
    {"0B5C9A52-7A2F-4D3E-9F10-C0FFEE012345 1", false, false},
    {"0b5c9a52-7a2f-4d3e-9f10c-0ffee012345 1", false, false},
    {"- ", false, false},
    {"-- 1", false, false},
    {" Container lab-replica1-run-1  Creating", false, false},
};

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (stack_is_answer(STACK_WAL_END, lines[i].line) != lines[i].wal_end ||
            stack_is_answer(STACK_IDENTITY, lines[i].line) != lines[i].identity)
            fail_msg("%s", lines[i].line);
        assert_false(stack_is_answer(STACK_UP, lines[i].line));
    }
}

static void test_uuid(void **state)
{
    (void)state;
    assert_true(stack_is_uuid(UUID));
    assert_true(stack_is_uuid(UUID "\n"));
    assert_false(stack_is_uuid(UUID "\n\n"));
    assert_false(stack_is_uuid(UUID "0"));
    assert_false(stack_is_uuid(""));
    assert_false(stack_is_uuid("'; DROP"));
}

static void test_verbs(void **state)
{
    (void)state;
    for (int verb = 0; verb < STACK_VERBS; verb++)
        assert_int_equal(stack_verb_asks((enum stack_verb)verb),
                         verb == STACK_WAL_END || verb == STACK_IDENTITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_uuid),
        cmocka_unit_test(test_verbs),
    };
    return cmocka_run_group_tests_name("stack_answer", tests, NULL, NULL);
}
