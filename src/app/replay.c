/*
 * replay: the loop of a replay: time that passes on our clock, times the speed, moves the player.
 */
#include "app/replay.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "app/watch.h"
#include "base/log.h"
#include "base/str.h"
#include "loop/loop.h"
#include "ui/view.h"

#define FRAME_US (100 * US_PER_MS)
#define IDLE_FRAME_US (1 * US_PER_S) /* stopped: for what was written meanwhile, and notices */
#define SKIP_US (10 * US_PER_S)

struct replay {
    struct player *player;
    struct loop *loop;
    struct term *term;
    struct log_capture capture;
    struct ui_state state;
    struct canvas canvas;
    struct replay_view view;
    struct drill_view drill;
    struct assessment assessment;
    struct loop_timer frame;
    struct loop_watch keys;
    mono_us played_at; /* our clock when the position was brought up to date */
    int exit_status;
};

/* What the keys could do then. */
static void take_header(struct ui_state *state, const struct recording_header *header)
{
    state->may_write = header->may_write;
    state->has_stack = header->has_stack;
}

static void set_input(struct player *player, struct view_input *input,
                      struct assessment *assessment, struct ui_state *state,
                      struct drill_view *drill)
{
    const struct picture *picture = player_picture(player);

    drill->run = picture->drill;
    state->drill = drill;
    state->drill_under_way = picture->drill != NULL && picture->drill->state != DRILL_ENDED;
    assess(player_model(player), player_now(player), assessment);
    *input = (struct view_input){
        .model = player_model(player),
        .verdict = &assessment->verdict,
        .health = &assessment->health,
        .state = state,
        .load = picture->has_load ? &picture->load : NULL,
        .test = picture->check,
        .now = player_now(player),
        .clock = player_now(player),
    };
}

void replay_paint(struct player *player, mono_us at, bool of_drill, bool ascii,
                  struct canvas *canvas)
{
    struct assessment *assessment = mem_calloc(1, sizeof *assessment);
    struct view_input input;
    struct drill_view *drill = mem_calloc(1, sizeof *drill);
    struct ui_state state;

    ui_state_init(&state);
    take_header(&state, player_header(player));
    state.ascii = ascii;
    player_go_to(player, at);
    set_input(player, &input, assessment, &state, drill);
    if (of_drill && drill->run != NULL)
        state.screen = SCREEN_DRILL_RUN;
    view_paint(&input, canvas);
    free(assessment);
    free(drill);
}

/* ---- where it is */

static bool at_end(const struct replay *r)
{
    return player_now(r->player).mono >= player_end(r->player).mono;
}

static void go_to(struct replay *r, mono_us at)
{
    mono_us end = player_end(r->player).mono;

    player_go_to(r->player, at < end ? at : end);
    r->played_at = clock_monotonic_us();
}

/* What was written since is there to be seen. */
static void read_on(struct replay *r)
{
    player_read_all(r->player, NULL, NULL);
    r->view.end = player_end(r->player);
    r->view.cut = !player_was_ended(r->player);
}

static void play(struct replay *r)
{
    mono_us real = clock_monotonic_us();
    double passed = (double)(real - r->played_at) * r->view.speed;

    if (!r->view.playing) {
        r->played_at = real;
        return;
    }
    go_to(r, player_now(r->player).mono + (mono_us)passed);
    if (at_end(r))
        read_on(r);
    if (at_end(r) && !r->view.cut)
        r->view.playing = false; /* one that is still written goes on when there is more */
}

static void change_speed(struct replay *r, bool faster)
{
    double speed = faster ? r->view.speed * 2 : r->view.speed / 2;

    if (speed > REPLAY_SPEED_MAX)
        speed = REPLAY_SPEED_MAX;
    if (speed < REPLAY_SPEED_MIN)
        speed = REPLAY_SPEED_MIN;
    r->view.speed = speed;
}

static void go_to_news(struct replay *r, bool back, struct instant now)
{
    mono_us at;

    if (player_next_news(r->player, player_now(r->player).mono, back, &at))
        go_to(r, at);
    else
        ui_state_say(&r->state, now.mono, back ? "no event before this" : "no event after this");
}

static void step(struct replay *r, bool back)
{
    mono_us at;

    r->view.playing = false;
    if (player_next_poll(r->player, player_now(r->player).mono, back, &at))
        go_to(r, at);
}

static void seek(struct replay *r, struct instant now)
{
    struct error err;
    mono_us at;

    if (player_find(r->player, r->state.seek, &at, &err))
        go_to(r, at);
    else
        ui_state_say(&r->state, now.mono, err.message);
}

/* ---- the screen */

static void paint(struct replay *r, struct instant now)
{
    struct view_input input;
    int width, height;

    set_input(r->player, &input, &r->assessment, &r->state, &r->drill);
    input.replay = &r->view;
    input.clock.mono = now.mono; /* notices go by our clock; what is shown, by the recording's */
    term_size(r->term, &width, &height);
    ui_state_fit(&r->state, view_scroll_max(&input, width, height));
    canvas_resize(&r->canvas, width, height);
    view_paint(&input, &r->canvas);
    term_paint(r->term, &r->canvas);
    loop_timer_set(r->loop, &r->frame, now.mono + (r->view.playing ? FRAME_US : IDLE_FRAME_US));
}

static void frame_due(void *owner, struct instant now)
{
    struct replay *r = owner;

    if (at_end(r))
        read_on(r);
    play(r);
    paint(r, now);
}

static void copy_selected(struct replay *r)
{
    struct view_input input;
    char text[512];

    set_input(r->player, &input, &r->assessment, &r->state, &r->drill);
    view_selected_row_text(&input, text, sizeof text);
    term_copy(r->term, text);
}

static void toggle_playing(struct replay *r)
{
    r->view.playing = !r->view.playing;
    if (r->view.playing && at_end(r)) /* once more */
        go_to(r, r->view.start.mono);
}

static void act(struct replay *r, enum ui_request request, struct instant now)
{
    switch (request) {
    case UI_QUIT:
        loop_stop(r->loop);
        break;
    case UI_REPAINT_ALL:
        term_repaint(r->term);
        break;
    case UI_THEME:
        term_theme(r->term, r->state.theme);
        break;
    case UI_COPY:
        copy_selected(r);
        break;
    case UI_PLAY:
        toggle_playing(r);
        break;
    case UI_PLAY_SLOWER:
    case UI_PLAY_FASTER:
        change_speed(r, request == UI_PLAY_FASTER);
        break;
    case UI_STEP:
    case UI_STEP_BACK:
        step(r, request == UI_STEP_BACK);
        break;
    case UI_SKIP:
        go_to(r, player_now(r->player).mono + SKIP_US);
        break;
    case UI_SKIP_BACK:
        go_to(r, player_now(r->player).mono - SKIP_US);
        break;
    case UI_NEXT_NEWS:
    case UI_PREVIOUS_NEWS:
        go_to_news(r, request == UI_PREVIOUS_NEWS, now);
        break;
    case UI_SEEK:
        seek(r, now);
        break;
    case UI_NOTHING:
    case UI_REPAINT:
    case UI_INTERVAL_UP: /* no key of a replay asks for these */
    case UI_INTERVAL_DOWN:
    case UI_FREEZE:
    case UI_STACK_DESCRIBE:
    case UI_STACK_RUN:
    case UI_STACK_CANCEL:
    case UI_LOAD_TOGGLE:
    case UI_LOAD_SLOWER:
    case UI_LOAD_FASTER:
    case UI_LOAD_LEVEL:
    case UI_TEST_WRITE:
    case UI_TEST:
    case UI_RECORD:
    case UI_DRILL_PREPARE:
    case UI_DRILL_BEGIN:
    case UI_DRILL_INTERRUPT:
    case UI_DRILL_PROMOTE:
    case UI_DRILL_REJOIN:
        break;
    }
}

/* It was said by the recording's clock. */
static void renew_notice(struct ui_state *state, mono_us now)
{
    char text[sizeof state->notice];

    str_copy(text, sizeof text, state->notice);
    ui_state_say(state, now, text);
}

static int keys_want(void *owner, short *events)
{
    (void)owner;
    *events = POLLIN;
    return STDIN_FILENO;
}

static void keys_ready(void *owner, short revents, struct instant now)
{
    struct replay *r = owner;
    uint32_t key;
    int width, height;

    if ((revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        r->exit_status = 128 + SIGHUP;
        loop_stop(r->loop);
        return;
    }
    play(r);
    term_size(r->term, &width, &height);
    r->state.width = width;
    while ((key = term_read_key(r->term)) != UI_KEY_NONE) {
        struct instant moment = player_now(r->player);
        enum ui_request request =
            ui_state_key(&r->state, player_model(r->player), key, moment, height);
        renew_notice(&r->state, now.mono);
        act(r, request, now);
    }
    paint(r, now);
}

static void signalled(void *owner, int signo, struct instant now)
{
    struct replay *r = owner;

    switch (signo) {
    case SIGWINCH:
        term_resized(r->term);
        break;
    case SIGTSTP:
        term_suspend(r->term);
        kill(getpid(), SIGSTOP);
        term_resume(r->term);
        r->played_at = clock_monotonic_us();
        break;
    case SIGCONT:
        term_resume(r->term);
        break;
    default:
        r->exit_status = 128 + signo;
        loop_stop(r->loop);
        return;
    }
    paint(r, now);
}

static bool start(struct replay *r, const struct replay_options *options, struct error *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

    r->loop = loop_new(err);
    if (r->loop == NULL ||
        !loop_signals(r->loop, signals, sizeof signals / sizeof signals[0], signalled, r, err))
        return false;
    r->term = term_open(options->color, err);
    if (r->term == NULL || !log_capture_start(&r->capture, options->log, err))
        return false;
    ui_state_init(&r->state);
    take_header(&r->state, player_header(r->player));
    r->state.replay = true;
    r->state.ascii = options->ascii || !term_has_unicode(r->term);
    if (!term_has_color(r->term))
        r->state.theme = THEME_MONOCHROME;
    r->view = (struct replay_view){
        .start = player_header(r->player)->at, .playing = true, .speed = options->speed};
    read_on(r);
    go_to(r, options->at);
    if (player_damage(r->player)[0] != '\0')
        ui_state_say(&r->state, clock_monotonic_us(), player_damage(r->player));
    r->frame = (struct loop_timer){.fire = frame_due, .owner = r};
    r->keys = (struct loop_watch){.want = keys_want, .ready = keys_ready, .owner = r};
    loop_watch_add(r->loop, &r->keys);
    return true;
}

bool replay_run(struct player *player, const struct replay_options *options, int *status,
                struct error *err)
{
    struct replay *r = mem_calloc(1, sizeof *r);

    r->player = player;
    bool started = start(r, options, err);
    if (started) {
        paint(r, clock_now());
        loop_run(r->loop);
        *status = r->exit_status;
    }
    term_close(&r->term);
    log_capture_end(&r->capture);
    loop_free(&r->loop);
    canvas_free(&r->canvas);
    free(r);
    return started;
}
