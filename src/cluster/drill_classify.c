/*
 * drill_classify: what became of each write, once it was read back; see drill_pulse.h.
 */
#include "cluster/drill_pulse.h"

#define WORD_BITS 64

bool write_set_has(const struct write_set *set, uint64_t number)
{
    return number < set->capacity &&
           (set->words[number / WORD_BITS] >> (number % WORD_BITS) & 1) != 0;
}

bool write_set_add(struct write_set *set, uint64_t number)
{
    if (number >= set->capacity || write_set_has(set, number))
        return false;
    set->words[number / WORD_BITS] |= UINT64_C(1) << (number % WORD_BITS);
    set->count++;
    return true;
}

/* The client was told that it is committed, without a warning. */
static bool is_acknowledged(const struct ledger_write *write)
{
    return write->state == LEDGER_ANSWERED + COMMIT_ACKNOWLEDGED ||
           (write->state == LEDGER_ANSWERED + COMMIT_LOCAL &&
            (write->flags & LEDGER_ASYNCHRONOUS) != 0);
}

static void classify_one(const struct ledger_write *write, bool there,
                         struct drill_classes *classes)
{
    if (write->state == LEDGER_DUE || write->state == LEDGER_SKIPPED)
        return;
    classes->sent++;
    if (is_acknowledged(write)) {
        classes->acknowledged_present += there;
        classes->acknowledged_lost += !there;
    } else if (write->state == LEDGER_ANSWERED + COMMIT_LOCAL) {
        classes->acknowledged_locally++;
        classes->locally_lost += !there;
    } else if (write->state == LEDGER_ANSWERED + COMMIT_FAILED) {
        classes->failed_present += there;
        classes->failed_absent += !there;
    } else { /* unknown, or never answered */
        classes->unknown_present += there;
        classes->unknown_absent += !there;
    }
}

void drill_classify(const struct ledger *ledger, const struct write_set *there,
                    struct drill_classes *classes)
{
    *classes = (struct drill_classes){.known = true};
    for (uint64_t number = ledger->first; number < ledger->next; number++)
        classify_one(ledger_at(ledger, number), write_set_has(there, number), classes);
}

uint64_t drill_missing(const struct ledger *ledger, const struct write_set *there)
{
    uint64_t missing = 0;

    for (uint64_t number = ledger->first; number < ledger->next; number++)
        missing += is_acknowledged(ledger_at(ledger, number)) && !write_set_has(there, number);
    return missing;
}
