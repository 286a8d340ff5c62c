/*
 * drill_pulse: see drill_pulse.h.
 */
#include "cluster/drill_pulse.h"

#include <string.h>

void drill_pulse_begin(struct drill_pulse *pulse, int clients, int old_primary, bool fails_over,
                       int64_t late_us)
{
    memset(pulse, 0, sizeof *pulse);
    pulse->clients = clients < DRILL_CLIENTS_MAX ? clients : DRILL_CLIENTS_MAX;
    pulse->old_primary = old_primary;
    pulse->fails_over = fails_over;
    pulse->late_us = late_us;
}

void drill_pulse_inject(struct drill_pulse *pulse, mono_us now)
{
    pulse->injected_at = now;
}

/* ---- one answer */

static int64_t length_of(const struct drill_gap *gap)
{
    return gap->to - gap->from;
}

/* What comes after it was mended is no cost of it. */
static bool is_of_fault(const struct drill_pulse *pulse, const struct drill_beat *b)
{
    return pulse->mended_at == 0 || b->last_ack < pulse->mended_at;
}

static void beat(const struct drill_pulse *pulse, struct drill_beat *b, int node, mono_us at)
{
    bool after = pulse->injected_at != 0 && at > pulse->injected_at;

    if (after && is_of_fault(pulse, b) && b->last_ack != 0 &&
        at - b->last_ack > length_of(&b->longest))
        b->longest = (struct drill_gap){b->last_ack, at};
    if (after && node != pulse->old_primary && b->first_ack_new == 0) {
        b->first_ack_new = at;
        b->last_ack_old = b->last_ack;
    }
    b->last_ack = at;
}

/* The service is back: what was done is undone, or another primary acknowledges. */
static mono_us restored_at(const struct drill_pulse *pulse)
{
    return pulse->all.first_ack_new != 0 ? pulse->all.first_ack_new : pulse->mended_at;
}

static enum drill_span span_of(const struct drill_pulse *pulse, mono_us due)
{
    mono_us restored = restored_at(pulse);

    if (pulse->injected_at == 0 || due < pulse->injected_at)
        return SPAN_BEFORE;
    return restored == 0 || due <= restored ? SPAN_DURING : SPAN_AFTER;
}

static void note_late(struct drill_pulse *pulse, const struct drill_answer *answer, bool good)
{
    if (pulse->injected_at == 0 || answer->at <= pulse->injected_at)
        return;
    if (good && answer->at - answer->due <= pulse->late_us)
        return;
    if (pulse->first_late == 0 || answer->due < pulse->first_late)
        pulse->first_late = answer->due;
}

void drill_pulse_answer(struct drill_pulse *pulse, const struct drill_answer *answer)
{
    bool good = answer->outcome == COMMIT_ACKNOWLEDGED || answer->asynchronous;

    note_late(pulse, answer, good);
    if (!good)
        return;
    beat(pulse, &pulse->all, answer->node, answer->at);
    if (pulse->all.first_ack_new != 0 && pulse->new_lsn == LSN_UNKNOWN)
        pulse->new_lsn = answer->lsn;
    if (answer->client >= 0 && answer->client < pulse->clients)
        beat(pulse, &pulse->client[answer->client], answer->node, answer->at);
    histogram_add(&pulse->latency[span_of(pulse, answer->due)], answer->at - answer->due);
    if (answer->lsn > pulse->last_lsn)
        pulse->last_lsn = answer->lsn;
    pulse->acknowledged_while_away += pulse->away;
}

/* ---- what it comes to */

bool drill_pulse_flows(const struct drill_pulse *pulse, mono_us since)
{
    for (int i = 0; i < pulse->clients; i++) {
        const struct drill_beat *b = &pulse->client[i];
        bool moves = pulse->fails_over && pulse->injected_at != 0;
        if (b->last_ack <= since || (moves && b->first_ack_new == 0))
            return false;
    }
    return pulse->clients > 0;
}

/* Who acknowledges after the gap is another primary; but not when the old one was brought back. */
static bool is_another(const struct drill_pulse *pulse)
{
    return pulse->all.first_ack_new != 0 || (pulse->fails_over && pulse->mended_at == 0);
}

static mono_us last_before(const struct drill_pulse *pulse, const struct drill_beat *b)
{
    if (is_another(pulse))
        return b->first_ack_new != 0 ? b->last_ack_old : b->last_ack;
    return b->longest.from;
}

static mono_us first_after(const struct drill_pulse *pulse, const struct drill_beat *b)
{
    return is_another(pulse) ? b->first_ack_new : b->longest.to;
}

mono_us drill_pulse_last_before(const struct drill_pulse *pulse)
{
    return last_before(pulse, &pulse->all);
}

mono_us drill_pulse_first_after(const struct drill_pulse *pulse)
{
    return first_after(pulse, &pulse->all);
}

static int64_t recovery_us(const struct drill_pulse *pulse, const struct drill_beat *b)
{
    mono_us from = last_before(pulse, b), to = first_after(pulse, b);

    return from != 0 && to != 0 ? to - from : UNKNOWN_US;
}

/* Also the one that still lasts. */
static int64_t gap_us(const struct drill_pulse *pulse, mono_us now)
{
    const struct drill_beat *b = &pulse->all;
    int64_t longest = b->longest.to != 0 ? length_of(&b->longest) : UNKNOWN_US;

    if (pulse->injected_at == 0 || b->last_ack == 0)
        return UNKNOWN_US;
    return is_of_fault(pulse, b) && now - b->last_ack > longest ? now - b->last_ack : longest;
}

static void look_at_span(const struct histogram *histogram, struct drill_latency *latency)
{
    latency->count = histogram->count;
    latency->p50_us = histogram_quantile_us(histogram, 0.50);
    latency->p99_us = histogram_quantile_us(histogram, 0.99);
    latency->max_us = histogram->count > 0 ? histogram->max_us : UNKNOWN_US;
}

void drill_pulse_figures(const struct drill_pulse *pulse, mono_us now,
                         struct drill_figures *figures)
{
    figures->gap_us = gap_us(pulse, now);
    figures->rto_us = recovery_us(pulse, &pulse->all);
    figures->rto_worst_us = UNKNOWN_US;
    figures->clients = pulse->clients;
    for (int i = 0; i < pulse->clients; i++) {
        int64_t us = recovery_us(pulse, &pulse->client[i]);
        figures->client_rto_us[i] = us;
        if (us > figures->rto_worst_us)
            figures->rto_worst_us = us;
    }
    for (int i = 0; i < DRILL_SPANS; i++)
        look_at_span(&pulse->latency[i], &figures->latency[i]);
    figures->last_acknowledged_lsn = pulse->last_lsn;
    figures->acknowledged_while_down = pulse->acknowledged_while_away;
}
