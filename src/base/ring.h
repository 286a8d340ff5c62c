/*
 * ring: the last `capacity` samples of one figure, oldest overwritten first. Memory is the owner's,
 * given at set-up.
 *
 * A sample may be unknown (NaN): a graph shows a gap there, never a 0.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include <stddef.h>

struct ring {
    float *values;
    size_t capacity;
    size_t count;
    size_t next;
    size_t pushed; /* ever: tells where a group of samples ends, also when the ring goes round */
};

/* values has room for capacity floats and outlives the ring. */
void ring_init(struct ring *ring, float *values, size_t capacity);
void ring_push(struct ring *ring, float value);
/* age 0 is the newest; NaN for an age that is not there. */
float ring_at(const struct ring *ring, size_t age);

#endif
