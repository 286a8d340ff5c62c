/*
 * str: copies that know their bounds, comparison without case, the nearest word; and mem.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/str.h"

#define E_ACUTE "\xC3\xA9"
#define EURO "\xE2\x82\xAC"
#define CLEF "\xF0\x9D\x84\x9E"

/* A buffer whose end is guarded: what is behind `size` must stay as it was. */
struct guarded {
    char text[64];
    size_t size;
};

static struct guarded guarded(size_t size, const char *text)
{
    struct guarded g = {.size = size};

    memset(g.text, '#', sizeof g.text);
    if (size > 0)
        memcpy(g.text, text, strlen(text) + 1);
    return g;
}

static void assert_guarded(const struct guarded *g, const char *text)
{
    if (g->size > 0)
        assert_string_equal(g->text, text);
    for (size_t i = g->size; i < sizeof g->text; i++)
        assert_int_equal(g->text[i], '#');
}

static void test_copy(void **state)
{
    static const struct {
        size_t size;
        const char *src, *result;
        bool fits;
    } cases[] = {
        {6, "hello", "hello", true},
        {5, "hello", "hell", false},
        {1, "hello", "", false},
        {1, "", "", true},
        {0, "hello", "", false},
        {4, "a" E_ACUTE, "a" E_ACUTE, true},
        {3, "a" E_ACUTE, "a", false},
        {5, "a" EURO, "a" EURO, true},
        {4, "a" EURO, "a", false},
        {3, "a" EURO, "a", false},
        {2, "a" EURO, "a", false},
        {6, "a" CLEF "b", "a" CLEF, false},
        {5, "a" CLEF "b", "a", false},
        {2, CLEF, "", false},
        {5, "a\x80\x80\x80\x80\x80\x80", "a\x80\x80\x80", false}, /* no characters at all */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct guarded g = guarded(cases[i].size, "");

        assert_int_equal(str_copy(g.text, g.size, cases[i].src), cases[i].fits);
        assert_guarded(&g, cases[i].result);
    }
}

static void test_append(void **state)
{
    struct guarded g = guarded(8, "abc");

    (void)state;
    assert_true(str_append(g.text, g.size, "de"));
    assert_guarded(&g, "abcde");
    assert_false(str_append(g.text, g.size, "f" EURO));
    assert_guarded(&g, "abcdef");
    assert_true(str_append(g.text, g.size, ""));
    assert_true(str_append(g.text, g.size, "g"));
    assert_false(str_append(g.text, g.size, "h"));
    assert_guarded(&g, "abcdefg");

    g = guarded(0, "");
    assert_false(str_append(g.text, g.size, "x"));
    assert_guarded(&g, "");
}

static void test_format(void **state)
{
    struct guarded g = guarded(8, "");

    (void)state;
    assert_true(str_format(g.text, g.size, "%d-%s", 12, "abcd"));
    assert_guarded(&g, "12-abcd");
    assert_false(str_format(g.text, g.size, "%d-%s", 123, "abcd"));
    assert_guarded(&g, "123-abc");
    assert_false(str_format(g.text, g.size, "%s", "abcdef" E_ACUTE));
    assert_guarded(&g, "abcdef");
    assert_false(str_format(g.text, g.size, "%s", "abcde" EURO));
    assert_guarded(&g, "abcde");
    assert_true(str_format(g.text, g.size, "%s", "abcd" EURO));
    assert_guarded(&g, "abcd" EURO);
    assert_false(str_format(g.text, g.size, "%s", "abcd" EURO EURO));
    assert_guarded(&g, "abcd" EURO);
    assert_false(str_format(g.text, g.size, "%s", "abcd" CLEF));
    assert_guarded(&g, "abcd");

    g = guarded(1, "");
    assert_false(str_format(g.text, g.size, "%s", E_ACUTE));
    assert_guarded(&g, "");
    g = guarded(0, "");
    assert_false(str_format(g.text, g.size, "x"));
    assert_guarded(&g, "");
}

static void test_appendf(void **state)
{
    struct guarded g = guarded(8, "ab");

    (void)state;
    assert_true(str_appendf(g.text, g.size, "%d", 345));
    assert_guarded(&g, "ab345");
    assert_false(str_appendf(g.text, g.size, "%s", "6" E_ACUTE));
    assert_guarded(&g, "ab3456");
    assert_false(str_appendf(g.text, g.size, "%d", 7890));
    assert_guarded(&g, "ab34567");
    assert_false(str_appendf(g.text, g.size, "x"));
    assert_guarded(&g, "ab34567");
    assert_true(str_appendf(g.text, g.size, "%s", ""));
}

static void test_equal_nocase(void **state)
{
    (void)state;
    assert_true(str_equal_nocase("", ""));
    assert_true(str_equal_nocase("Replica1", "rEPLICA1"));
    assert_false(str_equal_nocase("replica1", "replica"));
    assert_false(str_equal_nocase("replica", "replica1"));
    assert_false(str_equal_nocase("", "a"));
    /* Neighbours of the letters, and bytes of UTF-8, have no case. */
    assert_false(str_equal_nocase("@", "`"));
    assert_false(str_equal_nocase("[", "{"));
    assert_false(str_equal_nocase("\xC3\xA9", "\xC3\x89"));
}

static const char *nearest(const char *word)
{
    static const char *const words[] = {"status", "stack", "drill", "poll_interval", "ui", "demo"};

    return str_nearest(word, words, sizeof words / sizeof words[0]);
}

static void test_nearest(void **state)
{
    (void)state;
    assert_string_equal(nearest("statsu"), "status"); /* swapped */
    assert_string_equal(nearest("satus"), "status");  /* missing */
    assert_string_equal(nearest("sttatus"), "status");
    assert_string_equal(nearest("STATUS"), "status");
    assert_string_equal(nearest("poll_intervall"), "poll_interval");
    assert_string_equal(nearest("pol-interval"), "poll_interval");
    assert_string_equal(nearest("stak"), "stack");
    assert_string_equal(nearest("iu"), "ui"); /* one edit is all that so short a word may have */
    assert_null(nearest("replay"));
    assert_null(nearest("stolen"));
    assert_null(nearest("quip")); /* as many edits as "ui" has letters */
    assert_null(nearest("u"));
    assert_null(nearest("x"));
    assert_null(nearest(""));
    assert_null(nearest("uo_is_not_near"));
    assert_null(nearest("ab")); /* two edits make every word of two letters of it */
    assert_null(str_nearest("a", NULL, 0));
}

static void test_nearest_of_long_words(void **state)
{
    char word[200], other[200];
    const char *const words[] = {other};

    (void)state;
    memset(word, 'w', sizeof word);
    memset(other, 'w', sizeof other);
    word[63] = '\0';
    other[63] = '\0';
    other[5] = 'x';
    assert_string_equal(str_nearest(word, words, 1), other);
    other[63] = 'w';
    other[199] = '\0';
    assert_null(str_nearest(word, words, 1));
    assert_null(str_nearest(other, words, 1)); /* a candidate of that length is never looked at */
}

static void test_memory(void **state)
{
    char *zeroed = mem_calloc(3, 5), *copy = mem_strdup("abc");

    (void)state;
    for (int i = 0; i < 15; i++)
        assert_int_equal(zeroed[i], 0);
    assert_string_equal(copy, "abc");
    copy = mem_realloc(copy, 1000);
    assert_string_equal(copy, "abc");
    free(zeroed);
    free(copy);

    /* Nothing is something, so that NULL never comes back. */
    zeroed = mem_calloc(0, 5);
    assert_non_null(zeroed);
    zeroed = mem_realloc(zeroed, 0);
    assert_non_null(zeroed);
    free(zeroed);
}

/* The child says so and dies; it does not go on with NULL. */
static void test_out_of_memory(void **state)
{
    volatile size_t far_too_much = SIZE_MAX / 2;
    char said[4096] = "";
    int fds[2], status;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    child = fork();
    if (child == 0) {
        dup2(fds[1], STDERR_FILENO);
        free(mem_calloc(1, far_too_much));
        _exit(0);
    }
    close(fds[1]);
    assert_true(read(fds[0], said, sizeof said - 1) > 0);
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
    /* A sanitizer has its own words for it. */
    if (said[0] != '=') {
        assert_string_equal(said, "pgwatch-tui: error: out of memory\n");
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),         cmocka_unit_test(test_append),
        cmocka_unit_test(test_format),       cmocka_unit_test(test_appendf),
        cmocka_unit_test(test_nearest),      cmocka_unit_test(test_nearest_of_long_words),
        cmocka_unit_test(test_memory),       cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_equal_nocase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
