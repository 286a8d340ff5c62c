/*
 * watch_until: running the loop until the cluster reached a state, for commands that look once or
 * wait.
 */
#include "app/watch.h"

#include "base/str.h"
#include "cluster/topology.h"

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

static bool run_until(struct watch *watch, struct loop *loop, int64_t deadline_us,
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
    return until.reached;
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

/* The name of the first node that is not yet as it should be, for the message; NULL when all are.
 */
static const char *first_missing(struct model *model, struct instant now, const char **what)
{
    struct topology_row rows[SETTINGS_NODES_MAX];
    int count = topology_derive(model, now.mono, rows, SETTINGS_NODES_MAX);

    for (int i = 0; i < count && i < SETTINGS_NODES_MAX; i++) {
        if (rows[i].node < 0)
            continue;
        const struct node *node = &model->nodes[rows[i].node];
        if (!node_is_fresh(model, node, now.mono)) {
            *what = node->asked ? node_fault_word(node->fault.kind) : "not asked yet";
            return node->name;
        }
        if (node->role != ROLE_STANDBY)
            continue;
        *what = "not streaming";
        if (rows[i].standby < 0 || !rows[i].fresh)
            return node->name;
        const struct node *sender = &model->nodes[rows[i].sender];
        if (sender->sample.standbys[rows[i].standby].state != STANDBY_STREAMING)
            return node->name;
    }
    return NULL;
}

static bool healthy(struct watch *watch, struct instant now)
{
    struct assessment assessment;
    const char *what;
    struct model *model = watch_model(watch);

    assess(model, now, &assessment);
    if (model->primary < 0 || first_missing(model, now, &what) != NULL)
        return false;
    return assessment.verdict.known && assessment.verdict.short_of == 0 &&
           assessment.health.level == HEALTH_OK;
}

static bool say_missing(struct watch *watch, struct error *err)
{
    struct instant now = clock_now();
    struct assessment assessment;
    const char *what = NULL;

    assess(watch_model(watch), now, &assessment);
    const char *name = first_missing(watch_model(watch), now, &what);
    if (name != NULL)
        return error_set(err, "the cluster is not complete: %s is %s", name, what);
    if (assessment.health.count > 0)
        return error_set(err, "the cluster is not healthy: %s", assessment.health.findings[0].text);
    return error_set(err, "the cluster is not complete: no primary");
}

bool watch_until_healthy(const struct settings *settings, struct loop *loop, int64_t deadline_us,
                         struct error *err)
{
    struct watch *watch = watch_new(settings, loop, NULL, NULL, err);
    if (watch == NULL)
        return false;
    bool reached = run_until(watch, loop, deadline_us, healthy);
    if (!reached)
        say_missing(watch, err);
    watch_free(&watch);
    return reached;
}

void watch_until_settled(struct watch *watch, struct loop *loop, int64_t deadline_us)
{
    run_until(watch, loop, deadline_us, settled);
}

void watch_until_probe_settled(struct watch *watch, struct loop *loop, int64_t deadline_us)
{
    run_until(watch, loop, deadline_us, probe_settled);
}
