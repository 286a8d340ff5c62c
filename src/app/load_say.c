/*
 * load_say: what a load says to people. A thousand writes a second that fail are one line, not a
 * thousand: the first of a kind is told at once, more of them together, less and less often.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "app/load_internal.h"
#include "base/str.h"

#define PAUSE_FIRST_US (1 * US_PER_S)
#define PAUSE_MAX_US (60 * US_PER_S)
#define QUIET_US (5 * US_PER_S) /* after it the next one is the first of its kind again */

void load_say(struct load *load, enum event_level level, struct instant now, const char *format,
              ...)
{
    char text[EVENT_TEXT_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    load->callbacks->said(load->owner, level, text, now);
}

static void say_kind(struct load *load, enum commit_outcome outcome, struct instant now)
{
    static const char *const words[COMMIT_OUTCOMES] = {
        [COMMIT_LOCAL] = "committed on the primary alone",
        [COMMIT_UNKNOWN] = "unknown: no answer came",
        [COMMIT_FAILED] = "failed",
    };
    struct unsaid *unsaid = &load->unsaid[outcome];

    load_say(load, EVENT_WARNING, now, "%llu write%s %s%s%s", (unsigned long long)unsaid->count,
             unsaid->count == 1 ? "" : "s", words[outcome], unsaid->text[0] != '\0' ? ": " : "",
             unsaid->text);
    unsaid->count = 0;
    unsaid->next_at = now.mono + unsaid->pause_us;
    unsaid->pause_us = unsaid->pause_us * 2 < PAUSE_MAX_US ? unsaid->pause_us * 2 : PAUSE_MAX_US;
}

void load_note_answer(struct load *load, const struct ledger_answer *answer, const char *text,
                      struct instant now)
{
    struct unsaid *unsaid = &load->unsaid[answer->outcome];

    if (answer->outcome == COMMIT_ACKNOWLEDGED)
        return;
    if (answer->asynchronous) { /* a state of the cluster, not of a write */
        if (!load->asynchronous_said)
            load_say(load, EVENT_WARNING, now, "writes wait for no standby: %s", text);
        load->asynchronous_said = true;
        return;
    }
    if (now.mono - unsaid->last_at > QUIET_US || unsaid->last_at == 0) {
        unsaid->pause_us = PAUSE_FIRST_US;
        unsaid->next_at = now.mono;
    }
    unsaid->last_at = now.mono;
    unsaid->count++;
    str_copy(unsaid->text, sizeof unsaid->text, text);
    if (now.mono >= unsaid->next_at)
        say_kind(load, answer->outcome, now);
}

void load_say_unsaid(struct load *load, bool all, struct instant now)
{
    for (int i = 0; i < COMMIT_OUTCOMES; i++)
        if (load->unsaid[i].count > 0 && (all || now.mono >= load->unsaid[i].next_at))
            say_kind(load, (enum commit_outcome)i, now);
}

static void append_count(char *text, size_t size, uint64_t count, const char *what)
{
    if (count > 0)
        str_appendf(text, size, ", %llu %s", (unsigned long long)count, what);
}

void load_say_end(struct load *load, struct instant now)
{
    const struct ledger_counts *counts = &load->ledger.counts;
    bool good = ledger_all_acknowledged(&load->ledger);
    char text[EVENT_TEXT_SIZE];

    load_say_unsaid(load, true, now);
    str_format(text, sizeof text, "ended: %llu of %llu acknowledged",
               (unsigned long long)counts->outcomes[COMMIT_ACKNOWLEDGED],
               (unsigned long long)counts->due);
    append_count(text, sizeof text, counts->outcomes[COMMIT_LOCAL], "locally");
    append_count(text, sizeof text, counts->outcomes[COMMIT_FAILED], "failed");
    append_count(text, sizeof text, counts->outcomes[COMMIT_UNKNOWN], "unknown");
    append_count(text, sizeof text, counts->skipped, "never sent");
    load_say(load, good ? EVENT_GOOD : EVENT_WARNING, now, "%s", text);
}

/* Clients may differ in what hinders them: not every change of mind is told. */
void load_say_why(struct load *load, const char *why, bool others_can, struct instant now)
{
    if (strcmp(load->why, why) == 0)
        return;
    if (why[0] == '\0')
        load_say(load, EVENT_GOOD, now, "every client can write");
    else if (load->why[0] == '\0' || now.mono - load->why_said_at > QUIET_US)
        load_say(load, EVENT_WARNING, now, "%s: %s",
                 others_can ? "a client cannot write" : "cannot write", why);
    else
        return;
    load->why_said_at = now.mono;
    str_copy(load->why, sizeof load->why, why);
}
