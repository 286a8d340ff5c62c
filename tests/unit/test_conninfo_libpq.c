/*
 * test_conninfo_libpq: the loader's own reading of conninfo strings and URIs against libpq's, on
 * many strings put together at random from pieces that matter: both accept the same, and see the
 * same values. Only several hosts are libpq's alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "base/str.h"
#include "config/conninfo.h"
#include "config/conninfo_parse.h"

#define STRINGS 200000
#define PIECES_MAX 9
#define KEYWORDS_MAX 64

struct seen {
    char values[KEYWORDS_MAX][512];
};

static const char *const pair_pieces[] = {
    "host", "=",          "h",  " ",  "'",   "\\", "user",    "password",           "a", "b",
    " = ",  "port=5432 ", "\t", "  ", "\\'", "\n", "\\ ",     "sslmode=require ",   "",  "x=1",
    "=",    "dbname='x'", "=",  "'",  "é",   "\v", "user='a", "options='-c a=b c' "};
static const char *const uri_pieces[] = {
    "u",      ":",      "@",   "/", "?",      "&",     "=",       "h",         "5432", "%20",
    "%",      "%4",     "%00", "[", "[::1]",  "]",     "user=x",  "ssl=true",  "ssl",  "#",
    "host=h", "%2Fvar", "&&",  ",", "dbname", "a=b=c", "?user=x", "options=a", "é",    " "};

/* The same strings in every run. */
static unsigned next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(*state >> 33);
}

static void make_string(uint64_t *state, bool uri, char *out, size_t size)
{
    const char *const *pieces = uri ? uri_pieces : pair_pieces;
    size_t count =
        uri ? sizeof uri_pieces / sizeof uri_pieces[0] : sizeof pair_pieces / sizeof pair_pieces[0];
    unsigned length = next_random(state) % PIECES_MAX;

    str_copy(out, size, uri ? "postgresql://" : "");
    for (unsigned i = 0; i < length; i++)
        str_append(out, size, pieces[next_random(state) % count]);
}

static bool see(void *owner, const struct conninfo_item *item, struct error *err)
{
    struct seen *seen = owner;

    (void)err;
    str_copy(seen->values[item->keyword], sizeof seen->values[0], item->value);
    return true;
}

/* An empty value is for libpq as if it was not said, and for us. */
static void compare_values(const char *string, const PQconninfoOption *option,
                           const struct seen *seen)
{
    for (; option->keyword != NULL; option++) {
        int keyword = conninfo_keyword_find(option->keyword, strlen(option->keyword));

        if (option->val == NULL || option->val[0] == '\0' || keyword < 0)
            continue;
        if (strcmp(seen->values[keyword], option->val) != 0)
            fail_msg("%s: %s is \"%s\" for libpq, \"%s\" for us", string, option->keyword,
                     option->val, seen->values[keyword]);
    }
}

/* True when libpq accepted it. */
static bool compare(const char *string, bool uri)
{
    static struct seen seen;
    struct error err = {0};
    char *message = NULL;
    PQconninfoOption *theirs = PQconninfoParse(string, &message);
    bool accepted = theirs != NULL, ours;

    memset(&seen, 0, sizeof seen);
    ours = uri ? conninfo_parse_uri(string, see, &seen, &err)
               : conninfo_parse(string, see, &seen, &err);
    if (strstr(err.message, "several hosts") == NULL) {
        if (ours != accepted)
            fail_msg("[%s] libpq: %s; we: %s", string, accepted ? "accepted" : message,
                     ours ? "accepted" : err.message);
        if (accepted)
            compare_values(string, theirs, &seen);
    }
    PQconninfoFree(theirs);
    PQfreemem(message);
    return accepted;
}

static void compare_many(bool uri)
{
    uint64_t state = 1;
    int accepted = 0;
    char string[512];

    for (int i = 0; i < STRINGS; i++) {
        make_string(&state, uri, string, sizeof string);
        accepted += compare(string, uri);
    }
    /* Neither side of the question was left out. */
    assert_in_range(accepted, STRINGS / 20, STRINGS - STRINGS / 20);
}

static void test_pairs(void **state)
{
    (void)state;
    compare_many(false);
}

static void test_uris(void **state)
{
    (void)state;
    compare_many(true);
}

/* What libpq knows, the loader must know. */
static void test_keywords(void **state)
{
    PQconninfoOption *defaults = PQconndefaults();

    (void)state;
    assert_non_null(defaults);
    for (const PQconninfoOption *option = defaults; option->keyword != NULL; option++)
        if (conninfo_keyword_find(option->keyword, strlen(option->keyword)) < 0)
            fail_msg("libpq has the keyword \"%s\"", option->keyword);
    PQconninfoFree(defaults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_uris),
        cmocka_unit_test(test_keywords),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
