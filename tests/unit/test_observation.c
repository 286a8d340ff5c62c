/*
 * observation: the copy of a sample, and a word for everything that can be observed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "cluster/observation.h"

/* A word must fit into the state column and into struct node_state. */
#define WORD_COLUMNS_MAX 14

static struct node_sample *sample_filled_with(unsigned char byte)
{
    struct node_sample *sample = mem_calloc(1, sizeof *sample);

    memset(sample, byte, sizeof *sample);
    return sample;
}

static void test_copy(void **state)
{
    struct node_sample *src = sample_filled_with(0x11), *dst = sample_filled_with(0x22);

    (void)state;
    src->standby_count = 2;
    src->slot_count = 1;
    node_sample_copy(dst, src);
    assert_memory_equal(dst, src, offsetof(struct node_sample, standbys));
    assert_int_equal(dst->standby_count, 2);
    assert_int_equal(dst->slot_count, 1);
    assert_memory_equal(dst->standbys, src->standbys, 2 * sizeof src->standbys[0]);
    assert_memory_equal(dst->slots, src->slots, sizeof src->slots[0]);
    /* What is not used is not touched. */
    assert_int_equal(*(unsigned char *)&dst->standbys[2], 0x22);
    assert_int_equal(*(unsigned char *)&dst->slots[1], 0x22);
    free(src);
    free(dst);
}

/* Under SAN=1 this also finds a read of rows that were never written. */
static void test_copy_of_no_rows_and_of_all(void **state)
{
    struct node_sample *src = sample_filled_with(0x11), *dst = sample_filled_with(0x22);

    (void)state;
    src->standby_count = 0;
    src->slot_count = 0;
    node_sample_copy(dst, src);
    assert_int_equal(dst->standby_count, 0);
    assert_int_equal(dst->slot_count, 0);
    assert_int_equal(*(unsigned char *)&dst->standbys[0], 0x22);

    src->standby_count = STANDBY_ROWS_MAX;
    src->slot_count = SLOT_ROWS_MAX;
    node_sample_copy(dst, src);
    assert_memory_equal(dst->standbys, src->standbys, sizeof src->standbys);
    assert_memory_equal(dst->slots, src->slots, sizeof src->slots);
    node_sample_copy(dst, dst);
    assert_int_equal(dst->standby_count, STANDBY_ROWS_MAX);
    free(src);
    free(dst);
}

static void test_fault_words(void **state)
{
    (void)state;
    for (int kind = 0; kind < FAULT_KINDS; kind++) {
        const char *word = node_fault_word((enum node_fault_kind)kind);

        assert_true(str_columns(word) > 1 && str_columns(word) <= WORD_COLUMNS_MAX);
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(word, node_fault_word((enum node_fault_kind)other));
    }
    assert_string_equal(node_fault_word(FAULT_REFUSED), "refused");
    assert_string_equal(node_fault_word(FAULT_NOT_RESPONDING), "not responding");
    assert_string_equal(node_fault_word(FAULT_STARTING), "starting up");
    assert_string_equal(node_fault_word(FAULT_KINDS), "-");
}

/* Whoever answered with an SQLSTATE lives. */
static void test_fault_alive(void **state)
{
    (void)state;
    assert_true(node_fault_is_alive(FAULT_STARTING));
    assert_true(node_fault_is_alive(FAULT_SHUTTING_DOWN));
    assert_true(node_fault_is_alive(FAULT_CRASH_RECOVERY));
    assert_true(node_fault_is_alive(FAULT_NOT_CONSISTENT));
    assert_true(node_fault_is_alive(FAULT_HOT_STANDBY_OFF));
    assert_true(node_fault_is_alive(FAULT_TOO_MANY_CONNECTIONS));
    assert_true(node_fault_is_alive(FAULT_AUTH));
    assert_true(node_fault_is_alive(FAULT_CONFIG));
    assert_true(node_fault_is_alive(FAULT_QUERY));
    assert_false(node_fault_is_alive(FAULT_REFUSED));
    assert_false(node_fault_is_alive(FAULT_UNREACHABLE));
    assert_false(node_fault_is_alive(FAULT_CONNECT_TIMEOUT));
    assert_false(node_fault_is_alive(FAULT_NOT_RESPONDING));
    assert_false(node_fault_is_alive(FAULT_CLOSED));
    assert_false(node_fault_is_alive(FAULT_RESOLVE));
}

static void test_state_words(void **state)
{
    (void)state;
    assert_string_equal(standby_state_word(STANDBY_STATE_UNKNOWN), "-");
    assert_string_equal(standby_state_word(STANDBY_STARTUP), "startup");
    assert_string_equal(standby_state_word(STANDBY_CATCHUP), "catchup");
    assert_string_equal(standby_state_word(STANDBY_STREAMING), "streaming");
    assert_string_equal(standby_state_word(STANDBY_BACKUP), "backup");
    assert_string_equal(standby_state_word(STANDBY_STOPPING), "stopping");
    assert_string_equal(sync_state_word(SYNC_STATE_UNKNOWN), "-");
    assert_string_equal(sync_state_word(SYNC_STATE_ASYNC), "async");
    assert_string_equal(sync_state_word(SYNC_STATE_POTENTIAL), "potential");
    assert_string_equal(sync_state_word(SYNC_STATE_SYNC), "sync");
    assert_string_equal(sync_state_word(SYNC_STATE_QUORUM), "quorum");
}

static void test_setting_names(void **state)
{
    (void)state;
    for (int i = 0; i < SETTINGS; i++) {
        assert_non_null(setting_names[i]);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(setting_names[i], setting_names[j]);
    }
    assert_string_equal(setting_names[SETTING_FSYNC], "fsync");
    assert_string_equal(setting_names[SETTING_WAL_KEEP], "wal_keep_size");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copy),        cmocka_unit_test(test_copy_of_no_rows_and_of_all),
        cmocka_unit_test(test_fault_words), cmocka_unit_test(test_fault_alive),
        cmocka_unit_test(test_state_words), cmocka_unit_test(test_setting_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
