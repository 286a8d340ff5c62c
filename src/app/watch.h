/*
 * watch: a cluster being looked at: one poller per node feeding one model. The dashboard, `status`
 * and the stack's `up` all look through this.
 */
#ifndef APP_WATCH_H
#define APP_WATCH_H

#include "cluster/health.h"
#include "cluster/model.h"
#include "cluster/verdict.h"
#include "config/settings.h"
#include "loop/loop.h"
#include "record/recorder.h"

struct watch;

/* Called after the model took an observation in; events_before tells which events are new. */
typedef void watch_changed_fn(void *owner, const struct observation *observation,
                              uint64_t events_before);

/* settings and loop must outlive it. NULL with an error when a node's connection settings cannot be
 * used. */
struct watch *watch_new(const struct settings *settings, struct loop *loop,
                        watch_changed_fn *changed, void *owner, struct error *err);
void watch_free(struct watch **watch);

/* Commit latency is measured on whoever is primary, where the description has probe.enabled. */
void watch_start_probe(struct watch *watch);

struct model *watch_model(struct watch *watch);
/* Every node answered or failed at least once. */
bool watch_settled(const struct watch *watch);
/* Each level that is probed brought an answer, or why it cannot; also when nothing is probed. */
bool watch_probe_settled(const struct watch *watch);
void watch_poll_now(struct watch *watch);
void watch_set_interval(struct watch *watch, int64_t interval_us);

/* An event that no observation brought: of the stack, a test, a load. The one way for those, since
 * they are recorded too. */
void watch_event(struct watch *watch, struct instant at, enum event_level level,
                 const char *subject, const char *text);

/* What comes from now on goes to the recorder too; NULL: no more. app/recording does this. */
void watch_record(struct watch *watch, struct recorder *recorder);
const struct settings *watch_settings(const struct watch *watch);

/* Verdict and health as of now, from the model alone. */
struct assessment {
    struct sync_verdict verdict;
    struct health health;
};
void assess(struct model *model, struct instant now, struct assessment *assessment);

/*
 * Runs the loop until the cluster is healthy: a primary, every node reached, every standby
 * streaming, the synchronous rule satisfied. Meanwhile `waits` is told what is missing, every three
 * seconds when that has changed. False with an error that names it when the deadline passed or a
 * callback stopped the loop.
 */
typedef void watch_waits(void *owner, const char *missing);
bool watch_until_healthy(const struct settings *settings, struct loop *loop, int64_t deadline_us,
                         watch_waits *waits, void *owner, struct error *err);

/* Run the loop until every node answered or failed (and the probe has its first answers), or the
 * deadline passed. */
void watch_until_settled(struct watch *watch, struct loop *loop, int64_t deadline_us);
void watch_until_probe_settled(struct watch *watch, struct loop *loop, int64_t deadline_us);
/* Where a look found commits that may have waited for too long, or may just have begun to: runs the
 * loop until another one tells. The deadline is for that look. */
void watch_until_waits_settled(struct watch *watch, struct loop *loop, int64_t deadline_us);

#endif
