/*
 * dashboard: what makes a frame.
 *
 * A frame is painted at once after a key; soon after an observation (looks at several nodes end
 * within a few milliseconds of each other: they share a frame; a fault waits less, and so does what
 * comes until every node was heard of); and by a heartbeat when nothing happens, faster while
 * something on the screen counts (an overdue node, waiting commits). All of a frame is derived from
 * the model at its time; while the picture is frozen it is derived from a clone of the model, and
 * the collecting goes on.
 */
#include "app/dashboard.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "app/drill_panel.h"
#include "app/load.h"
#include "app/load_panel.h"
#include "app/replication_test.h"
#include "app/stack_panel.h"
#include "app/watch.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/loop.h"
#include "ui/view.h"

#define FRAME_AFTER_SAMPLE_US (20 * US_PER_MS)
#define FRAME_URGENT_US (2 * US_PER_MS)
#define HEARTBEAT_US                                                                               \
    (1100 * US_PER_MS) /* a little over the usual poll interval: polls make the frames then */
#define HEARTBEAT_COUNTING_US (200 * US_PER_MS)
#define WAITING_US (300 * US_PER_MS)
#define WAITING_LOOK_US (250 * US_PER_MS)

struct dashboard {
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    struct stack_panel *stack; /* NULL: the servers are not ours */
    struct load_panel *load;
    struct replication_test *test;
    struct drill_panel *drill;
    struct recording *recording;
    struct term *term;
    struct log_capture capture;
    struct ui_state state;
    struct canvas canvas;
    struct model *frozen; /* what is shown while frozen; NULL: the live model */
    struct instant frozen_at;
    bool frozen_has_load;
    struct load_figures frozen_load;
    struct assessment assessment;
    bool met; /* every node was heard of */
    struct loop_timer frame;
    struct loop_timer waiting;
    struct loop_watch keys;
    int64_t interval_us;
    bool drill_recording; /* the recording is of the drill alone */
    bool ending;          /* once the drill has ended */
    bool blind;           /* the terminal is gone */
    int exit_status;
};

static struct model *shown_model(struct dashboard *d)
{
    return d->frozen != NULL ? d->frozen : watch_model(d->watch);
}

/* A commit of the probe is under way for long enough to be counted on the screen. */
static bool is_waiting(const struct model *model)
{
    mono_us now = clock_monotonic_us();

    for (int i = 0; i < COMMIT_LEVELS; i++)
        if (model->latency->levels[i].pending_since != 0 &&
            now - model->latency->levels[i].pending_since > WAITING_US)
            return true;
    return false;
}

/* Something on the screen counts up by itself. */
static bool is_counting(const struct dashboard *d, const struct model *model)
{
    const struct replication_check *test = replication_test_last(d->test);

    if ((d->stack != NULL && stack_panel_busy(d->stack)) || (test != NULL && !test->ended))
        return true;
    if (drill_panel_runs(d->drill))
        return true;
    if (d->frozen == NULL && load_panel_runs(d->load))
        return true;
    if (model->blocked_since != 0 || model->primary < 0)
        return true;
    if (is_waiting(model))
        return true;
    for (int i = 0; i < model->node_count; i++)
        if (model->nodes[i].fault.kind != FAULT_NONE)
            return true;
    return false;
}

static const struct load_figures *shown_load(struct dashboard *d, mono_us now)
{
    if (d->frozen != NULL)
        return d->frozen_has_load ? &d->frozen_load : NULL;
    return load_panel_look(d->load, now);
}

static void sync_state(struct dashboard *d);

static void paint(struct dashboard *d, struct instant now)
{
    struct model *model = shown_model(d);
    struct instant picture_at = d->frozen != NULL ? d->frozen_at : now;
    int width, height;

    if (d->blind)
        return;
    sync_state(d);
    assess(model, picture_at, &d->assessment);
    struct view_input input = {
        .model = model,
        .verdict = &d->assessment.verdict,
        .health = &d->assessment.health,
        .state = &d->state,
        .stack = d->stack != NULL ? stack_panel_view(d->stack) : NULL,
        .load = shown_load(d, now.mono),
        .test = replication_test_last(d->test),
        .now = picture_at,
        .clock = now,
    };
    recording_look(d->recording, now, load_panel_look(d->load, now.mono), input.test);
    term_size(d->term, &width, &height);
    ui_state_fit(&d->state, view_scroll_max(&input, width, height));
    canvas_resize(&d->canvas, width, height);
    view_paint(&input, &d->canvas);
    term_paint(d->term, &d->canvas);
    loop_timer_set(d->loop, &d->frame,
                   now.mono + (is_counting(d, model) ? HEARTBEAT_COUNTING_US : HEARTBEAT_US));
}

/* A frame within `within_us`, or earlier if one is due anyway. */
static void want_frame(struct dashboard *d, mono_us now, int64_t within_us)
{
    if (!d->frame.set || d->frame.due > now + within_us)
        loop_timer_set(d->loop, &d->frame, now + within_us);
}

/* A commit that begins to wait makes no observation. */
static void look_for_waiting(void *owner, struct instant now)
{
    struct dashboard *d = owner;

    if (is_waiting(watch_model(d->watch)))
        want_frame(d, now.mono, FRAME_AFTER_SAMPLE_US);
    loop_timer_set(d->loop, &d->waiting, now.mono + WAITING_LOOK_US);
}

static void frame_due(void *owner, struct instant now)
{
    paint(owner, now);
}

/* The first full picture is what somebody who starts the program waits for. */
static bool is_meeting(struct dashboard *d)
{
    const struct model *model = watch_model(d->watch);
    int met = 0;

    if (d->met)
        return false;
    while (met < model->node_count && model->nodes[met].asked)
        met++;
    d->met = met == model->node_count;
    return true;
}

static void model_changed(void *owner, const struct observation *observation,
                          uint64_t events_before)
{
    struct dashboard *d = owner;
    bool news = watch_model(d->watch)->events->total != events_before;

    if (d->drill == NULL)
        return; /* before the screen is there: the first frame shows it */
    bool urgent = is_meeting(d) || (observation->kind == OBSERVED_FAULT && news);
    load_panel_follow(d->load);
    drill_panel_follow(d->drill, observation->at);
    bool of_probe = observation->kind == OBSERVED_COMMIT || observation->kind == OBSERVED_PROBE;

    if (of_probe && !news)
        return; /* several a second: they are on the frames that polls make */
    want_frame(d, observation->at.mono, urgent ? FRAME_URGENT_US : FRAME_AFTER_SAMPLE_US);
}

static void load_changed(void *owner, struct instant now)
{
    want_frame(owner, now.mono, FRAME_AFTER_SAMPLE_US);
}

static void stack_changed(void *owner, struct instant now, bool servers)
{
    struct dashboard *d = owner;

    if (d->state.screen == SCREEN_STACK)
        want_frame(d, now.mono, FRAME_AFTER_SAMPLE_US);
    if (servers)
        watch_poll_now(d->watch);
}

static void test_ended(void *owner, const struct replication_check *check, struct instant now)
{
    struct dashboard *d = owner;
    char text[sizeof d->state.notice];

    if (check != NULL && check->whole)
        replication_check_verdict(check, text, sizeof text);
    else if (check != NULL)
        replication_check_sentence(check, text, sizeof text);
    if (check != NULL)
        ui_state_say(&d->state, now.mono, text);
    want_frame(d, now.mono, 0);
}

static void start_test(struct dashboard *d, bool whole, struct instant now)
{
    const struct replication_test_order order = {
        .whole = whole, .level = COMMIT_LEVEL_ON, .timeout_us = REPLICATION_TEST_TIMEOUT_US};
    struct error err;

    if (replication_test_start(d->test, &order, now, &err))
        str_copy(err.message, sizeof err.message, whole ? "testing" : "writing");
    ui_state_say(&d->state, now.mono, err.message);
}

static int selected_node(const struct dashboard *d)
{
    struct topology_row rows[UI_ROWS_MAX];
    int count = topology_derive(watch_model(d->watch), loop_now(d->loop).mono, rows, UI_ROWS_MAX);

    if (count == 0)
        return -1;
    return rows[ui_state_selected_row(&d->state, rows, count < UI_ROWS_MAX ? count : UI_ROWS_MAX)]
        .node;
}

/* What the keys may do with the stack and with drills, as of now. */
static void sync_state(struct dashboard *d)
{
    drill_panel_sync(d->drill, &d->state, drill_panel_runs(d->drill) ? selected_node(d) : -1);
    d->state.has_stack = d->stack != NULL;
    d->state.stack_busy = d->stack != NULL && stack_panel_busy(d->stack);
    if (d->stack != NULL)
        stack_panel_show(d->stack, d->state.screen == SCREEN_STACK);
}

static void set_frozen(struct dashboard *d, struct instant now)
{
    if (d->frozen != NULL)
        model_free(&d->frozen);
    if (!d->state.frozen)
        return;
    const struct load_figures *load = load_panel_look(d->load, now.mono);
    d->frozen_has_load = load != NULL;
    if (load != NULL)
        d->frozen_load = *load;
    d->frozen = model_clone(watch_model(d->watch));
    d->frozen_at = now;
}

/* The steps that + and - walk through. */
static int64_t next_interval(int64_t interval_us, bool slower)
{
    static const int64_t steps[] = {100 * US_PER_MS, 200 * US_PER_MS, 500 * US_PER_MS,
                                    1 * US_PER_S,    2 * US_PER_S,    5 * US_PER_S,
                                    10 * US_PER_S,   30 * US_PER_S,   60 * US_PER_S};
    const int count = sizeof steps / sizeof steps[0];

    if (slower) {
        for (int i = 0; i < count; i++)
            if (steps[i] > interval_us)
                return steps[i];
        return interval_us;
    }
    for (int i = count - 1; i >= 0; i--)
        if (steps[i] < interval_us)
            return steps[i];
    return interval_us;
}

static void change_interval(struct dashboard *d, bool slower)
{
    d->interval_us = next_interval(d->interval_us, slower);
    watch_set_interval(d->watch, d->interval_us);
}

static void copy_selected(struct dashboard *d)
{
    char text[512];
    struct instant now = loop_now(d->loop);
    struct view_input input = {
        .model = shown_model(d),
        .verdict = &d->assessment.verdict,
        .health = &d->assessment.health,
        .state = &d->state,
        .stack = d->stack != NULL ? stack_panel_view(d->stack) : NULL,
        .test = replication_test_last(d->test),
        .now = d->frozen != NULL ? d->frozen_at : now,
        .clock = now,
    };
    view_selected_row_text(&input, text, sizeof text);
    term_copy(d->term, text);
}

/* ---- drills, and the end of the program, which waits for them */

/* A drill is recorded, unless a recording is under way anyway; before it has begun, the recording
 * of the one before stays. */
static void record_drill(struct dashboard *d, struct instant now)
{
    char path[4096];
    struct error err;

    if (recording_is_on(d->recording) || !drill_panel_recording(d->drill, now, path, sizeof path))
        return;
    d->drill_recording =
        recording_start(d->recording, &(struct recording_options){.path = path}, now, &err);
    if (!d->drill_recording)
        ui_state_say(&d->state, now.mono, err.message);
}

static void drill_marked(void *owner, const struct drill_mark *mark)
{
    struct dashboard *d = owner;

    if (mark->kind == DRILL_MARK_BEGIN)
        record_drill(d, mark->at);
    recording_drill(d->recording, mark);
}

static void drill_changed(void *owner, struct instant now)
{
    want_frame(owner, now.mono, FRAME_AFTER_SAMPLE_US);
}

static void stop_drill_recording(struct dashboard *d, struct instant now)
{
    d->drill_recording = false;
    recording_stop(d->recording, now);
}

static void drill_ended(void *owner, struct instant now)
{
    struct dashboard *d = owner;

    if (d->drill_recording)
        stop_drill_recording(d, now);

    if (d->ending || d->state.quit_after_drill)
        loop_stop(d->loop);
    want_frame(d, now.mono, 0);
}

/* At once; but what a drill did is undone before. */
static void end_program(struct dashboard *d, int status)
{
    d->exit_status = status;
    d->ending = true;
    if (drill_panel_runs(d->drill))
        drill_panel_interrupt(d->drill, "the program was ended");
    else
        loop_stop(d->loop);
}

/* ---- recording */

static void recording_changed(void *owner, const struct error *err, struct instant now)
{
    struct dashboard *d = owner;
    char text[sizeof d->state.notice];

    d->state.recording = recording_is_on(d->recording);
    if (err != NULL)
        str_format(text, sizeof text, "recording stopped: %s", err->message);
    else
        str_format(text, sizeof text, "%s %s", d->state.recording ? "recording into" : "recorded",
                   recording_file(d->recording));
    ui_state_say(&d->state, now.mono, text);
    want_frame(d, now.mono, FRAME_AFTER_SAMPLE_US);
}

static void toggle_recording(struct dashboard *d, struct instant now)
{
    struct error err;
    int width, height;

    term_size(d->term, &width, &height);
    recording_set_size(d->recording, width, height);
    if (recording_is_on(d->recording))
        recording_stop(d->recording, now);
    else if (!recording_start(d->recording, &(struct recording_options){0}, now, &err))
        ui_state_say(&d->state, now.mono, err.message);
}

static bool start_recording(struct dashboard *d, const struct recording_options *options,
                            struct error *err)
{
    int width, height;

    d->recording = recording_new(d->loop, d->watch, recording_changed, d);
    term_size(d->term, &width, &height);
    recording_set_size(d->recording, width, height);
    return options->path == NULL || recording_start(d->recording, options, clock_now(), err);
}

/* What a person did is in the recording where it did something. */
static void note_request(struct dashboard *d, enum ui_request request, struct instant now)
{
    static const char *const words[] = {
        [UI_INTERVAL_UP] = "poll less often", [UI_INTERVAL_DOWN] = "poll more often",
        [UI_FREEZE] = "freeze or go on",      [UI_STACK_RUN] = "stack",
        [UI_STACK_CANCEL] = "stack: cancel",  [UI_LOAD_TOGGLE] = "load on or off",
        [UI_LOAD_SLOWER] = "load: slower",    [UI_LOAD_FASTER] = "load: faster",
        [UI_LOAD_LEVEL] = "load: next level", [UI_TEST_WRITE] = "test write",
        [UI_TEST] = "replication test",
    };

    if ((size_t)request >= sizeof words / sizeof words[0] || words[request] == NULL)
        return;
    /* What stands beside the model is of the mark's moment. */
    recording_look(d->recording, now, load_panel_look(d->load, now.mono),
                   replication_test_last(d->test));
    recording_note(d->recording, now, "key", "",
                   request == UI_STACK_RUN ? d->state.question.command : words[request], NULL);
}

static void act_on_load(struct dashboard *d, enum ui_request request, struct instant now)
{
    char text[sizeof d->state.notice];

    load_panel_act(d->load, request, text, sizeof text);
    ui_state_say(&d->state, now.mono, text);
}

static void act(struct dashboard *d, enum ui_request request, struct instant now)
{
    note_request(d, request, now);
    switch (request) {
    case UI_QUIT:
        loop_stop(d->loop);
        break;
    case UI_REPAINT_ALL:
        term_repaint(d->term);
        break;
    case UI_INTERVAL_UP:
        change_interval(d, true);
        break;
    case UI_INTERVAL_DOWN:
        change_interval(d, false);
        break;
    case UI_FREEZE:
        set_frozen(d, now);
        break;
    case UI_THEME:
        term_theme(d->term, d->state.theme);
        break;
    case UI_COPY:
        copy_selected(d);
        break;
    case UI_STACK_DESCRIBE:
        stack_panel_describe(d->stack, &d->state.question);
        break;
    case UI_STACK_RUN:
        stack_panel_run(d->stack, &d->state.question);
        break;
    case UI_STACK_CANCEL:
        stack_panel_cancel(d->stack);
        break;
    case UI_LOAD_TOGGLE:
    case UI_LOAD_SLOWER:
    case UI_LOAD_FASTER:
    case UI_LOAD_LEVEL:
        act_on_load(d, request, now);
        break;
    case UI_TEST_WRITE:
    case UI_TEST:
        start_test(d, request == UI_TEST, now);
        break;
    case UI_RECORD:
        toggle_recording(d, now);
        break;
    case UI_DRILL_PREPARE:
    case UI_DRILL_BEGIN:
    case UI_DRILL_INTERRUPT:
    case UI_DRILL_PROMOTE:
    case UI_DRILL_REJOIN:
        drill_panel_act(d->drill, request, &d->state, now);
        break;
    case UI_PLAY: /* these are asked for in a replay alone */
    case UI_PLAY_SLOWER:
    case UI_PLAY_FASTER:
    case UI_STEP:
    case UI_STEP_BACK:
    case UI_SKIP:
    case UI_SKIP_BACK:
    case UI_NEXT_NEWS:
    case UI_PREVIOUS_NEWS:
    case UI_SEEK:
    case UI_NOTHING:
    case UI_REPAINT:
        break;
    }
}

static int keys_want(void *owner, short *events)
{
    (void)owner;
    *events = POLLIN;
    return STDIN_FILENO;
}

static void keys_ready(void *owner, short revents, struct instant now)
{
    struct dashboard *d = owner;
    uint32_t key;
    int width, height;

    if ((revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        /* The terminal is gone, which always has input then: the end of it. */
        d->blind = true;
        loop_watch_remove(d->loop, &d->keys);
        end_program(d, 128 + SIGHUP);
        return;
    }
    term_size(d->term, &width, &height);
    d->state.width = width;
    while ((key = term_read_key(d->term)) != UI_KEY_NONE) {
        sync_state(d);
        act(d, ui_state_key(&d->state, shown_model(d), key, now, height), now);
    }
    sync_state(d);
    paint(d, now);
}

/* Not while a drill is under way: it would take our own standstill for the cluster's, and what it
 * did would stay as it is. */
static void stop_until_continued(struct dashboard *d, struct instant now)
{
    if (drill_panel_runs(d->drill)) {
        ui_state_say(&d->state, now.mono, "not stopped: a drill is under way");
        return;
    }
    term_suspend(d->term);
    kill(getpid(), SIGSTOP);
    term_resume(d->term);
}

static void signalled(void *owner, int signo, struct instant now)
{
    struct dashboard *d = owner;

    switch (signo) {
    case SIGWINCH:
        term_resized(d->term);
        break;
    case SIGTSTP:
        stop_until_continued(d, now);
        break;
    case SIGCONT:
        term_resume(d->term);
        break;
    default:
        end_program(d, 128 + signo);
        return;
    }
    paint(d, now);
}

/* The servers make their backends while the screen is set up: between its steps what they said is
 * answered. */
static bool start_watching(struct dashboard *d, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

    d->loop = loop_new(err);
    if (d->loop == NULL)
        return false;
    d->frame = (struct loop_timer){.fire = frame_due, .owner = d};
    d->watch = watch_new(d->settings, d->loop, model_changed, d, err);
    if (d->watch == NULL ||
        !loop_signals(d->loop, signals, sizeof signals / sizeof signals[0], signalled, d, err))
        return false;
    watch_start_probe(d->watch);
    loop_catch_up(d->loop);
    return true;
}

static bool start(struct dashboard *d, const struct dashboard_options *options, struct error *err)
{
    static const struct drill_panel_calls of_drill = {drill_marked, drill_changed, drill_ended};
    struct error ignored;

    if (!start_watching(d, err))
        return false;
    d->load = load_panel_new(d->settings, d->loop, d->watch, load_changed, d);
    ui_state_init(&d->state);
    d->test = replication_test_new(d->settings, d->loop, d->watch, test_ended, d);
    d->state.may_write = load_allowed(d->settings, &ignored);
    loop_catch_up(d->loop);
    d->term = term_open(options->color, err);
    if (d->term == NULL || !log_capture_start(&d->capture, options->log, err))
        return false;
    loop_catch_up(d->loop);
    d->drill = drill_panel_new(d->settings, d->loop, d->watch, options->report_dir, &of_drill, d);
    d->stack = stack_panel_new(d->settings, d->loop, d->watch, stack_changed, d);
    sync_state(d);
    d->state.ascii = options->ascii || !term_has_unicode(d->term);
    if (!term_has_color(d->term))
        d->state.theme = THEME_MONOCHROME;
    d->waiting = (struct loop_timer){.fire = look_for_waiting, .owner = d};
    if (d->settings->probe_enabled)
        loop_timer_set(d->loop, &d->waiting, loop_now(d->loop).mono);
    d->keys = (struct loop_watch){.want = keys_want, .ready = keys_ready, .owner = d};
    loop_watch_add(d->loop, &d->keys);
    return start_recording(d, &options->record, err);
}

static void finish(struct dashboard *d)
{
    term_close(&d->term);
    log_capture_end(&d->capture);
    if (d->frozen != NULL)
        model_free(&d->frozen);
    recording_free(&d->recording);
    drill_panel_free(&d->drill);
    load_panel_free(&d->load);
    stack_panel_free(&d->stack);
    replication_test_free(&d->test);
    watch_free(&d->watch);
    loop_free(&d->loop);
    canvas_free(&d->canvas);
}

bool dashboard_run(const struct settings *settings, const struct dashboard_options *options,
                   int *status, struct error *err)
{
    struct dashboard d = {.settings = settings, .interval_us = settings->poll_interval_us};

    bool started = start(&d, options, err);
    if (started) {
        want_frame(&d, loop_now(d.loop).mono, 0);
        loop_run(d.loop);
        *status = d.exit_status;
    }
    finish(&d);
    return started;
}
