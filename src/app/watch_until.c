/*
 * watch_until: running the loop until the cluster reached a state, for commands that look once or
 * wait.
 */
#include "app/watch.h"

#include <string.h>

#include "base/str.h"
#include "cluster/whole.h"

/* Ends the loop's run when a condition holds or the deadline passed; whatever else stops the loop
 * is told apart by `ended`. */
struct until {
    struct watch *watch;
    struct loop *loop;
    bool ended;
    bool reached;
    bool (*holds)(struct watch *watch, struct instant now);
    struct loop_timer deadline;
    struct loop_timer check;
};

#define CHECK_EVERY_US (50 * US_PER_MS)
#define WAITS_EVERY_US (3 * US_PER_S)

static void end(struct until *until, bool reached)
{
    until->ended = true;
    until->reached = reached;
    loop_stop(until->loop);
}

static void deadline_passed(void *owner, struct instant now)
{
    (void)now;
    end(owner, false);
}

static void check(void *owner, struct instant now)
{
    struct until *until = owner;
    if (until->holds(until->watch, now))
        end(until, true);
    else
        loop_timer_set(until->loop, &until->check, now.mono + CHECK_EVERY_US);
}

static struct until run_until(struct watch *watch, struct loop *loop, int64_t deadline_us,
                              bool (*holds)(struct watch *, struct instant))
{
    struct until until = {.watch = watch, .loop = loop, .holds = holds};
    mono_us now = clock_monotonic_us();

    until.deadline = (struct loop_timer){.fire = deadline_passed, .owner = &until};
    until.check = (struct loop_timer){.fire = check, .owner = &until};
    loop_timer_set(loop, &until.deadline, now + deadline_us);
    loop_timer_set(loop, &until.check, now);
    loop_run(loop);
    loop_timer_cancel(loop, &until.deadline);
    loop_timer_cancel(loop, &until.check);
    return until;
}

static bool settled(struct watch *watch, struct instant now)
{
    (void)now;
    return watch_settled(watch);
}

static bool probe_settled(struct watch *watch, struct instant now)
{
    (void)now;
    return watch_probe_settled(watch);
}

static bool is_whole(struct watch *watch, struct instant now, char *missing, size_t size)
{
    struct assessment assessment;
    struct model *model = watch_model(watch);

    assess(model, now, &assessment);
    return cluster_is_whole(model, &assessment.verdict, &assessment.health, HEALTH_OK, now.mono,
                            missing, size);
}

static bool healthy(struct watch *watch, struct instant now)
{
    char missing[FINDING_TEXT_SIZE];

    return is_whole(watch, now, missing, sizeof missing);
}

/* Who waits is told what for, when that is not what he was told last. */
struct waiting {
    struct watch *watch;
    struct loop *loop;
    watch_waits *waits;
    void *owner;
    struct loop_timer timer;
    char told[FINDING_TEXT_SIZE];
};

static void tell_what_is_missing(void *owner, struct instant now)
{
    struct waiting *waiting = owner;
    char missing[FINDING_TEXT_SIZE];

    if (!is_whole(waiting->watch, now, missing, sizeof missing) &&
        strcmp(missing, waiting->told) != 0) {
        str_copy(waiting->told, sizeof waiting->told, missing);
        waiting->waits(waiting->owner, missing);
    }
    loop_timer_set(waiting->loop, &waiting->timer, now.mono + WAITS_EVERY_US);
}

bool watch_until_healthy(const struct settings *settings, struct loop *loop, int64_t deadline_us,
                         watch_waits *waits, void *owner, struct error *err)
{
    char missing[FINDING_TEXT_SIZE];
    struct watch *watch = watch_new(settings, loop, NULL, NULL, err);
    if (watch == NULL)
        return false;
    struct waiting waiting = {.watch = watch, .loop = loop, .waits = waits, .owner = owner};

    waiting.timer = (struct loop_timer){.fire = tell_what_is_missing, .owner = &waiting};
    loop_timer_set(loop, &waiting.timer, clock_monotonic_us() + WAITS_EVERY_US);
    struct until until = run_until(watch, loop, deadline_us, healthy);
    loop_timer_cancel(loop, &waiting.timer);
    /* It may have become whole in the very moment of the deadline. */
    bool whole = until.reached || is_whole(watch, clock_now(), missing, sizeof missing);
    if (!whole)
        error_set(err, "the cluster is not complete: %s", missing);
    else if (!until.ended)
        error_set(err, "interrupted");
    watch_free(&watch);
    return whole && until.ended;
}

void watch_until_settled(struct watch *watch, struct loop *loop, int64_t deadline_us)
{
    run_until(watch, loop, deadline_us, settled);
}

void watch_until_probe_settled(struct watch *watch, struct loop *loop, int64_t deadline_us)
{
    run_until(watch, loop, deadline_us, probe_settled);
}

static bool waits_settled(struct watch *watch, struct instant now)
{
    const struct model *model = watch_model(watch);
    (void)now;

    return model->primary < 0 || !model->nodes[model->primary].waits_unproven;
}

void watch_until_waits_settled(struct watch *watch, struct loop *loop, int64_t deadline_us)
{
    run_until(watch, loop, model_proof_us(watch_model(watch)) + deadline_us, waits_settled);
}
