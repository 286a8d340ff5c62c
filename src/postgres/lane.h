/*
 * lane: one level's commits on one node: a connection that is set up for writing rows of the probe,
 * one at a time.
 */
#ifndef POSTGRES_LANE_H
#define POSTGRES_LANE_H

#include "cluster/observation.h"
#include "config/settings.h"
#include "loop/loop.h"
#include "postgres/poller.h"

struct lane;

struct lane_options {
    const struct settings *settings;
    int node;
    enum commit_level level;
    int64_t offset_us; /* of its due times: levels take turns, each has */
    int64_t share_us;  /* this much of the interval */
    bool trims;        /* removes old rows now and then */
    poller_sink *sink;
    void *owner;
};

struct lane *lane_new(struct loop *loop, const struct lane_options *options);
void lane_free(struct lane **lane);
/* Commits from now on, or ends after the commit under way. */
void lane_activate(struct lane *lane, bool active);

#endif
