/*
 * events: the ring of what happened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "cluster/events.h"

static struct instant at_second(int64_t s)
{
    return (struct instant){.mono = s * US_PER_S, .wall = 1000 * US_PER_S + s * US_PER_S};
}

static int set_up(void **state)
{
    *state = mem_calloc(1, sizeof(struct events));
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void test_empty(void **state)
{
    const struct events *events = *state;

    assert_true(events_count(events) == 0);
    assert_null(events_at(events, 0));
    assert_null(events_at(events, UINT64_MAX));
}

static void test_newest_first(void **state)
{
    struct events *events = *state;
    const struct event *event;

    events_add(events, at_second(5), EVENT_INFO, "replica1", "%s", "first");
    events_add(events, at_second(8), EVENT_CRITICAL, "cluster", "no. %d", 2);
    assert_true(events_count(events) == 2);

    event = events_at(events, 0);
    assert_string_equal(event->subject, "cluster");
    assert_string_equal(event->text, "no. 2");
    assert_int_equal(event->level, EVENT_CRITICAL);
    assert_true(event->since_previous_us == 3 * US_PER_S);
    assert_true(event->at.mono == 8 * US_PER_S && event->at.wall == 1008 * US_PER_S);

    event = events_at(events, 1);
    assert_string_equal(event->text, "first");
    assert_true(event->since_previous_us == UNKNOWN_US);
    assert_null(events_at(events, 2));
}

static void test_oldest_are_overwritten(void **state)
{
    struct events *events = *state;
    char oldest[16];

    for (int i = 0; i < EVENTS_MAX + 3; i++)
        events_add(events, at_second(i), EVENT_INFO, "test", "%d", i);
    assert_true(events->total == EVENTS_MAX + 3);
    assert_true(events_count(events) == EVENTS_MAX);
    assert_string_equal(events_at(events, EVENTS_MAX - 1)->text, "3");
    str_format(oldest, sizeof oldest, "%d", EVENTS_MAX + 2);
    assert_string_equal(events_at(events, 0)->text, oldest);
    /* Also over the ring's end the event before is the one before. */
    for (int age = 0; age < EVENTS_MAX; age++)
        assert_true(events_at(events, (uint64_t)age)->since_previous_us == US_PER_S);
    assert_null(events_at(events, EVENTS_MAX));
}

static void test_text_of_strangers(void **state)
{
    struct events *events = *state;
    char many[400];

    events_add(events, at_second(1), EVENT_INFO, "a\033[2J", "%s", "b\nc\033]0;x\007");
    assert_string_equal(events_at(events, 0)->subject, "a\xEF\xBF\xBD[2J");
    assert_string_equal(events_at(events, 0)->text, "b c\xEF\xBF\xBD]0;x\xEF\xBF\xBD");

    /* Too long, and every character of two bytes: cut between two of them. */
    for (size_t i = 0; i + 1 < sizeof many; i += 2)
        memcpy(many + i, "\xC3\xA9", 2);
    many[sizeof many - 2] = '\0';
    events_add(events, at_second(2), EVENT_INFO, many, "x%s", many);
    assert_int_equal(strlen(events_at(events, 0)->text), EVENT_TEXT_SIZE - 1);
    assert_int_equal(strlen(events_at(events, 0)->subject), NODE_NAME_SIZE - 2);

    /* Characters that sanitizing makes shorter still fill it. */
    for (size_t i = 0; i + 4 < sizeof many; i += 4)
        memcpy(many + i, "\xF3\xA0\x80\x81", 4);
    many[sizeof many - 4] = '\0';
    events_add(events, at_second(3), EVENT_INFO, "test", "%s", many);
    assert_int_equal(strlen(events_at(events, 0)->text), EVENT_TEXT_SIZE / 3 * 3 - 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_newest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_oldest_are_overwritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_text_of_strangers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
