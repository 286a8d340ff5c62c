/*
 * sanitize, width: what a stranger's text may do to a terminal: nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/str.h"

#define FFFD "\xEF\xBF\xBD"

static const struct {
    const char *text, *clean;
    int columns;
} cases[] = {
    {"", "", 0},
    {"plain ~text 123", "plain ~text 123", 15},
    {"a\nb\tc\rd", "a b c" FFFD "d", 7},
    {"\033[2J\007\x7F", FFFD "[2J" FFFD FFFD, 6},
    {"\xC2\x9B"
     "2J",
     FFFD "2J", 3}, /* C1: CSI */
    {"r\xC3\xA9plica \xE2\x94\x80 \xE2\x97\x8F", "r\xC3\xA9plica \xE2\x94\x80 \xE2\x97\x8F", 11},
    {"\xE6\x97\xA5\xE6\x9C\xAC", "\xE6\x97\xA5\xE6\x9C\xAC", 4}, /* wide */
    {"\xF0\x9F\x90\x98", "\xF0\x9F\x90\x98", 2},                 /* elephant */
    {"a\xCC\x81", "a" FFFD, 2},                                  /* combining */
    {"a\xE2\x80\x8B\xE2\x80\x8D"
     "b",
     "a" FFFD FFFD "b", 4}, /* zero width */
    {"\xE2\x80\xAE"
     "abc\xE2\x81\xA6\xD8\x9C",
     FFFD "abc" FFFD FFFD, 6},                                                /* bidi */
    {"\xE2\x80\xA8\xE2\x80\xA9\xEF\xBB\xBF\xC2\xAD", FFFD FFFD FFFD FFFD, 4}, /* separators */
    {"\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA", FFFD FFFD, 2},                       /* a flag */
    {"\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", "\xF0\x9F\x91\x8D" FFFD, 3},         /* skin tone */
    {"\xE9t\xE9", FFFD "t" FFFD, 3},                                          /* Latin-1 */
    {"\xC0\x80\xC1\xBF", FFFD FFFD FFFD FFFD, 4},                             /* overlong */
    {"\xE0\x80\xAF", FFFD FFFD FFFD, 3},
    {"\xF0\x80\x80\xAF", FFFD FFFD FFFD FFFD, 4},
    {"\xED\xA0\x80", FFFD FFFD FFFD, 3},          /* a surrogate */
    {"\xF4\x90\x80\x80", FFFD FFFD FFFD FFFD, 4}, /* past U+10FFFF */
    {"\xFF\xFE", FFFD FFFD, 2},
    {"a\x80", "a" FFFD, 2},
    {"\xE2\x82", FFFD FFFD, 2}, /* torn at the end */
    {"\xE2\x82z", FFFD FFFD "z", 3},
    {FFFD, FFFD, 1},
    {"\xF4\x8F\xBF\xBD", "\xF4\x8F\xBF\xBD", 1}, /* private use, the last one */
};

static void test_sanitize(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char clean[128], again[128];

        str_sanitize(clean, sizeof clean, cases[i].text, SIZE_MAX);
        assert_string_equal(clean, cases[i].clean);
        assert_int_equal(str_columns(clean), cases[i].columns);
        str_sanitize(again, sizeof again, clean, SIZE_MAX);
        assert_string_equal(again, clean);
    }
}

/* Whatever bytes there are: what comes out is printable, idempotent and within its bounds. */
static void test_every_pair_of_bytes(void **state)
{
    (void)state;
    for (int pair = 0; pair < 65536; pair++) {
        const char text[2] = {(char)(pair >> 8), (char)pair};
        char clean[8], again[8];
        const char *s = clean;
        uint32_t c;

        str_sanitize(clean, sizeof clean, text, 2);
        while ((c = str_next_char(&s)) != 0)
            assert_in_range(str_char_columns(c), 1, 2);
        str_sanitize(again, sizeof again, clean, SIZE_MAX);
        assert_string_equal(again, clean);
    }
}

static void test_length(void **state)
{
    char clean[16];

    (void)state;
    str_sanitize(clean, sizeof clean, "abcdef", 3);
    assert_string_equal(clean, "abc");
    str_sanitize(clean, sizeof clean, "a\0b", 3);
    assert_string_equal(clean, "a" FFFD "b");
    str_sanitize(clean, sizeof clean, "a\xC3\xA9", 2); /* its second byte is not ours */
    assert_string_equal(clean, "a" FFFD);
    str_sanitize(clean, sizeof clean, "abc", 0);
    assert_string_equal(clean, "");
}

static void test_cut(void **state)
{
    char clean[8] = "#######";

    (void)state;
    str_sanitize(clean, 4,
                 "a\xC3\xA9"
                 "bc",
                 SIZE_MAX);
    assert_string_equal(clean, "a\xC3\xA9");
    assert_int_equal(clean[4], '#');
    str_sanitize(clean, 3, "a\xC3\xA9", SIZE_MAX);
    assert_string_equal(clean, "a");
    str_sanitize(clean, 3, "\001", SIZE_MAX); /* the replacement takes three */
    assert_string_equal(clean, "");
    str_sanitize(clean, 1, "abc", SIZE_MAX);
    assert_string_equal(clean, "");
    clean[0] = '#';
    str_sanitize(clean, 0, "abc", SIZE_MAX);
    assert_int_equal(clean[0], '#');
}

static void test_next_char(void **state)
{
    const char *s = "a\xC3\xA9\xE2\x82\xAC\xF0\x9D\x84\x9E\xFF";

    (void)state;
    assert_int_equal(str_next_char(&s), 'a');
    assert_int_equal(str_next_char(&s), 0xE9);
    assert_int_equal(str_next_char(&s), 0x20AC);
    assert_int_equal(str_next_char(&s), 0x1D11E);
    assert_int_equal(str_next_char(&s), 0xFFFD);
    assert_int_equal(str_next_char(&s), 0);
    assert_int_equal(str_next_char(&s), 0);
    assert_int_equal(*s, '\0');
}

static void test_char_columns(void **state)
{
    static const struct {
        uint32_t character;
        int columns;
    } chars[] = {
        {0, 0},          {0x1F, 0},    {' ', 1},     {'~', 1},      {0x7F, 0},     {0x9F, 0},
        {0xA0, 1},       {0xAD, 0},    {0x2FF, 1},   {0x300, 0},    {0x36F, 0},    {0x370, 1},
        {0x10FF, 1},     {0x1100, 2},  {0x115F, 2},  {0x1160, 0},   {0x2581, 1},   {0x28FF, 1},
        {0x202E, 0},     {0x2066, 0},  {0x3042, 2},  {0xAC00, 2},   {0xD800, 0},   {0xFE0F, 0},
        {0xFF21, 2},     {0xFFFD, 1},  {0xFFFE, 0},  {0x1F1E6, 0},  {0x1F418, 2},  {0x20000, 2},
        {0xE0001, 0},    {0xE0100, 0}, {0xF0000, 1}, {0x10FFFD, 1}, {0x10FFFF, 0}, {0x110000, 0},
        {UINT32_MAX, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof chars / sizeof chars[0]; i++) {
        if (str_char_columns(chars[i].character) != chars[i].columns)
            fail_msg("U+%04X is %d", (unsigned)chars[i].character,
                     str_char_columns(chars[i].character));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sanitize),  cmocka_unit_test(test_every_pair_of_bytes),
        cmocka_unit_test(test_length),    cmocka_unit_test(test_cut),
        cmocka_unit_test(test_next_char), cmocka_unit_test(test_char_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
