/*
 * ring: the last samples of one figure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/ring.h"

static void test_empty(void **state)
{
    float values[3] = {1, 2, 3};
    struct ring ring;

    (void)state;
    ring_init(&ring, values, 3);
    assert_int_equal(ring.count, 0);
    assert_true(isnan(ring_at(&ring, 0)));
    assert_true(isnan(ring_at(&ring, SIZE_MAX)));
}

static void test_newest_first_and_oldest_overwritten(void **state)
{
    float values[3];
    struct ring ring;

    (void)state;
    ring_init(&ring, values, 3);
    for (int i = 1; i <= 7; i++) {
        ring_push(&ring, (float)i);
        assert_int_equal(ring.count, i < 3 ? i : 3);
        for (int age = 0; age < 4; age++) {
            if (age < 3 && age < i)
                assert_true(ring_at(&ring, (size_t)age) == (float)(i - age));
            else
                assert_true(isnan(ring_at(&ring, (size_t)age)));
        }
    }
}

static void test_unknown_is_a_gap(void **state)
{
    float values[2];
    struct ring ring;

    (void)state;
    ring_init(&ring, values, 2);
    ring_push(&ring, 5);
    ring_push(&ring, NAN);
    assert_true(isnan(ring_at(&ring, 0)));
    assert_true(ring_at(&ring, 1) == 5);
    assert_int_equal(ring.count, 2);
}

static void test_no_room(void **state)
{
    struct ring ring;

    (void)state;
    ring_init(&ring, NULL, 0);
    ring_push(&ring, 1);
    assert_int_equal(ring.count, 0);
    assert_true(isnan(ring_at(&ring, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_newest_first_and_oldest_overwritten),
        cmocka_unit_test(test_unknown_is_a_gap),
        cmocka_unit_test(test_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
