/*
 * whole: is everything there that the description names, and as it should be? What `stack up` waits
 * for, and what a drill begins and ends with. Pure.
 */
#ifndef CLUSTER_WHOLE_H
#define CLUSTER_WHOLE_H

#include "cluster/health.h"

/*
 * A primary, every node answering, every standby streaming, the synchronous rule satisfied, and no
 * finding worse than `allowed`. Else false, with what is missing as a sentence.
 */
bool cluster_is_whole(const struct model *model, const struct sync_verdict *verdict,
                      const struct health *health, enum health_level allowed, mono_us now,
                      char *missing, size_t size);

#endif
