/*
 * events: item number n stands at n modulo EVENTS_MAX.
 */
#include "cluster/events.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/str.h"

void events_add(struct events *events, struct instant at, enum event_level level,
                const char *subject, const char *format, ...)
{
    const struct event *previous = events_at(events, 0);
    struct event *event = &events->items[events->total % EVENTS_MAX];
    int64_t since_previous_us = previous != NULL ? at.mono - previous->at.mono : UNKNOWN_US;
    /* Sanitizing makes text longer or shorter, so it is cut only after that. */
    char text[2 * EVENT_TEXT_SIZE];
    va_list args;

    va_start(args, format);
    if (vsnprintf(text, sizeof text, format, args) < 0)
        text[0] = '\0';
    va_end(args);

    event->at = at;
    event->level = level;
    event->since_previous_us = since_previous_us;
    str_sanitize(event->subject, sizeof event->subject, subject, SIZE_MAX);
    str_sanitize(event->text, sizeof event->text, text, SIZE_MAX);
    events->total++;
}

uint64_t events_count(const struct events *events)
{
    return events->total < EVENTS_MAX ? events->total : EVENTS_MAX;
}

const struct event *events_at(const struct events *events, uint64_t age)
{
    if (age >= events_count(events))
        return NULL;
    return &events->items[(events->total - 1 - age) % EVENTS_MAX];
}
