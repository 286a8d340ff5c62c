/*
 * fault_phrase: the sentences about each kind of fault, as people read them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/str.h"
#include "cluster/fault_phrase.h"

static const struct {
    enum node_fault_kind kind;
    const char *text;
    const char *sentence;
} sentences[] = {
    {FAULT_REFUSED, "Connection refused", "db1 is down (8.0 s): Connection refused"},
    {FAULT_UNREACHABLE, "No route to host", "db1 is unreachable (8.0 s): No route to host"},
    {FAULT_CONNECT_TIMEOUT, "no connection in 3.0 s",
     "db1 takes no connection (8.0 s): no connection in 3.0 s"},
    {FAULT_NOT_RESPONDING, "no answer for 3.0 s", "db1 does not respond (8.0 s)"},
    {FAULT_CLOSED, "server closed the connection unexpectedly",
     "db1 is lost (8.0 s): server closed the connection unexpectedly"},
    {FAULT_RESOLVE, "cannot resolve \"db1\"",
     "db1 has no known address (8.0 s): cannot resolve \"db1\""},
    {FAULT_STARTING, "", "db1 is starting up (8.0 s)"},
    {FAULT_SHUTTING_DOWN, "", "db1 is shutting down (8.0 s)"},
    {FAULT_CRASH_RECOVERY, "", "db1 is in crash recovery (8.0 s)"},
    {FAULT_NOT_CONSISTENT, "", "db1 is not consistent yet (8.0 s)"},
    {FAULT_HOT_STANDBY_OFF, "hot standby mode is disabled",
     "db1 takes no queries (8.0 s): hot standby mode is disabled"},
    {FAULT_TOO_MANY_CONNECTIONS, "sorry, too many clients already",
     "db1 has no connection left (8.0 s): sorry, too many clients already"},
    {FAULT_AUTH, "password authentication failed for user \"pgwatch\"",
     "db1 does not let us in (8.0 s): password authentication failed for user \"pgwatch\""},
    {FAULT_CONFIG, "database \"x\" does not exist",
     "db1 cannot be connected to as described (8.0 s): database \"x\" does not exist"},
    {FAULT_QUERY, "permission denied for function f",
     "db1 fails our queries (8.0 s): permission denied for function f"},
};

static void test_sentences(void **state)
{
    char sentence[512];
    (void)state;

    assert_int_equal(sizeof sentences / sizeof sentences[0], FAULT_KINDS - 1);
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        struct node_fault fault = {.kind = sentences[i].kind};

        str_copy(fault.text, sizeof fault.text, sentences[i].text);
        node_fault_sentence("db1", &fault, 8 * US_PER_S, sentence, sizeof sentence);
        assert_string_equal(sentence, sentences[i].sentence);
    }
}

static void test_every_kind_has_every_tense(void **state)
{
    (void)state;
    for (int kind = 0; kind < FAULT_KINDS; kind++)
        for (int tense = 0; tense < FAULT_TENSES; tense++) {
            const char *phrase =
                node_fault_phrase((enum node_fault_kind)kind, (enum fault_tense)tense);
            assert_non_null(phrase);
            for (int other = 0; other < kind; other++)
                assert_string_not_equal(phrase, node_fault_phrase((enum node_fault_kind)other,
                                                                  (enum fault_tense)tense));
        }
}

static void test_long_text_is_cut(void **state)
{
    struct node_fault fault = {.kind = FAULT_QUERY};
    char sentence[64];
    (void)state;

    memset(fault.text, 'x', sizeof fault.text - 1);
    node_fault_sentence("db1", &fault, 8 * US_PER_S, sentence, sizeof sentence);
    assert_int_equal(strlen(sentence), sizeof sentence - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_every_kind_has_every_tense),
        cmocka_unit_test(test_long_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
