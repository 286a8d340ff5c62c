/*
 * ring: `next` is where the next sample goes; the newest is one before it.
 */
#include "base/ring.h"

#include <math.h>

void ring_init(struct ring *ring, float *values, size_t capacity)
{
    *ring = (struct ring){.values = values, .capacity = capacity};
}

void ring_push(struct ring *ring, float value)
{
    if (ring->capacity == 0)
        return;
    ring->values[ring->next] = value;
    ring->next = (ring->next + 1) % ring->capacity;
    ring->pushed++;
    if (ring->count < ring->capacity)
        ring->count++;
}

float ring_at(const struct ring *ring, size_t age)
{
    if (age >= ring->count)
        return NAN;
    return ring->values[(ring->next + ring->capacity - 1 - age) % ring->capacity];
}
