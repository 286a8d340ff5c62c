/*
 * ledger: see ledger.h. A write's number says where its record is: chunks go round.
 */
#include "cluster/ledger.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

_Static_assert(sizeof(struct ledger_write) == 24, "the memory that is promised");

#define IN_MS 0x80000000U /* the rest of the number is milliseconds */

static int chunk_of(uint64_t number)
{
    return (int)(number / LEDGER_CHUNK_WRITES % LEDGER_CHUNKS);
}

static struct ledger_write *record(struct ledger *ledger, uint64_t number)
{
    return &ledger->chunks[chunk_of(number)][number % LEDGER_CHUNK_WRITES];
}

/* ---- times */

static uint32_t pack_us(int64_t us)
{
    if (us < 0)
        us = 0;
    if (us < (int64_t)IN_MS)
        return (uint32_t)us;
    us /= US_PER_MS;
    return IN_MS | (uint32_t)(us < (int64_t)IN_MS ? us : IN_MS - 1);
}

static int64_t unpack_us(uint32_t packed)
{
    return (packed & IN_MS) != 0 ? (int64_t)(packed & ~IN_MS) * US_PER_MS : (int64_t)packed;
}

int64_t ledger_sent_after_us(const struct ledger_write *write)
{
    return write->state == LEDGER_DUE || write->state == LEDGER_SKIPPED
               ? UNKNOWN_US
               : unpack_us(write->sent_after);
}

int64_t ledger_answered_after_us(const struct ledger_write *write)
{
    return write->state < LEDGER_ANSWERED ? UNKNOWN_US : unpack_us(write->answered_after);
}

/* ---- chunks */

bool ledger_wants_chunk(const struct ledger *ledger)
{
    return ledger->chunks[chunk_of(ledger->next)] == NULL;
}

void ledger_give_chunk(struct ledger *ledger, struct ledger_write *chunk)
{
    assert(ledger_wants_chunk(ledger));
    ledger->chunks[chunk_of(ledger->next)] = chunk;
}

/* The chunk of the next write is to be used again: its writes are forgotten. */
static void make_room(struct ledger *ledger)
{
    if (ledger->next - ledger->first >= LEDGER_WRITES_MAX)
        ledger->first += LEDGER_CHUNK_WRITES;
}

const struct ledger_write *ledger_at(const struct ledger *ledger, uint64_t number)
{
    if (number < ledger->first || number >= ledger->next)
        return NULL;
    return &ledger->chunks[chunk_of(number)][number % LEDGER_CHUNK_WRITES];
}

/* ---- a write's life */

uint64_t ledger_due(struct ledger *ledger, mono_us due)
{
    struct ledger_write *write;

    ledger->counts.due++;
    if (ledger->next - ledger->unsent >= LEDGER_UNSENT_MAX) {
        ledger->counts.skipped++;
        return LEDGER_NONE;
    }
    assert(!ledger_wants_chunk(ledger));
    make_room(ledger);
    write = record(ledger, ledger->next);
    memset(write, 0, sizeof *write);
    write->due = due;
    write->state = LEDGER_DUE;
    return ledger->next++;
}

uint64_t ledger_next_unsent(const struct ledger *ledger)
{
    return ledger->unsent < ledger->next ? ledger->unsent : LEDGER_NONE;
}

mono_us ledger_send(struct ledger *ledger, int node, enum commit_level level, mono_us now)
{
    struct ledger_write *write = record(ledger, ledger->unsent);

    assert(ledger->unsent < ledger->next);
    write->state = LEDGER_SENT;
    write->sent_after = pack_us(now - write->due);
    write->node = (uint8_t)node;
    write->level = (uint8_t)level;
    ledger->unsent++;
    ledger->counts.sent++;
    return write->due;
}

uint64_t ledger_skip_unsent(struct ledger *ledger)
{
    uint64_t count = ledger->next - ledger->unsent;

    while (ledger->unsent < ledger->next)
        record(ledger, ledger->unsent++)->state = LEDGER_SKIPPED;
    ledger->counts.skipped += count;
    return count;
}

void ledger_answer(struct ledger *ledger, const struct ledger_answer *answer)
{
    ledger->counts.outcomes[answer->outcome]++;
    if (answer->outcome == COMMIT_ACKNOWLEDGED || answer->asynchronous)
        histogram_add(&ledger->latency, answer->at - answer->due);
    if (ledger_at(ledger, answer->number) == NULL)
        return;
    struct ledger_write *write = record(ledger, answer->number);
    assert(write->state == LEDGER_SENT);
    write->state = (uint8_t)(LEDGER_ANSWERED + answer->outcome);
    write->flags = answer->asynchronous ? LEDGER_ASYNCHRONOUS : 0;
    write->answered_after = pack_us(answer->at - answer->due);
    write->id = answer->id > 0 && answer->id <= UINT32_MAX ? (uint32_t)answer->id : 0;
}

/* ---- figures */

void ledger_clear_latency(struct ledger *ledger)
{
    histogram_clear(&ledger->latency);
}

uint64_t ledger_under_way(const struct ledger *ledger)
{
    uint64_t answered = 0;

    for (int i = 0; i < COMMIT_OUTCOMES; i++)
        answered += ledger->counts.outcomes[i];
    return ledger->counts.sent - answered;
}

bool ledger_all_acknowledged(const struct ledger *ledger)
{
    return ledger->counts.outcomes[COMMIT_ACKNOWLEDGED] == ledger->counts.due;
}

void ledger_figures(const struct ledger *ledger, struct load_figures *figures)
{
    const struct histogram *latency = &ledger->latency;

    figures->counts = ledger->counts;
    figures->late = ledger->next - ledger->unsent;
    figures->p50_us = histogram_quantile_us(latency, 0.50);
    figures->p95_us = histogram_quantile_us(latency, 0.95);
    figures->p99_us = histogram_quantile_us(latency, 0.99);
    figures->max_us = latency->count > 0 ? latency->max_us : UNKNOWN_US;
    if (figures->waiting_us > figures->max_us)
        figures->max_us = figures->waiting_us;
}
