/*
 * view_drill_words: what is said of a drill that runs, the same on every screen.
 */
#include <inttypes.h>

#include "base/str.h"
#include "ui/drill_parts.h"

#define BLOCKED_US US_PER_S      /* where the description has no limit */
#define GAP_US (300 * US_PER_MS) /* a gap that is worth a word */
#define MS_WIDTH 11              /* "  123456 ms" */
#define TIME_WIDTH 10            /* "  12:03:44" */

const struct drill_run *view_drill_run_of(const struct view *view)
{
    return view->in->state->drill != NULL ? view->in->state->drill->run : NULL;
}

void drill_clock_text(int64_t us, char out[DRILL_FIGURE_SIZE])
{
    long long tenths = us / (100 * US_PER_MS), seconds = tenths / 10;

    if (us == UNKNOWN_US || us < 0)
        str_copy(out, DRILL_FIGURE_SIZE, "--:--.-");
    else if (seconds < 6000)
        str_format(out, DRILL_FIGURE_SIZE, "%02lld:%02lld.%lld", seconds / 60, seconds % 60,
                   tenths % 10);
    else
        str_format(out, DRILL_FIGURE_SIZE, "%lld:%02lld:%02lld", seconds / 3600, seconds / 60 % 60,
                   seconds % 60);
}

void drill_seconds_text(int64_t us, char out[DRILL_FIGURE_SIZE])
{
    if (us == UNKNOWN_US || us < 0)
        str_copy(out, DRILL_FIGURE_SIZE, "-.---");
    else
        str_format(out, DRILL_FIGURE_SIZE, "%lld.%03lld", us / US_PER_S, us / US_PER_MS % 1000);
}

/* ---- the news */

static int64_t blocked_for_us(const struct view *view, const struct drill_run *run)
{
    int64_t limit = view->model->limits.blocked_commit_us;
    int64_t waiting = run->figures.waiting_us;

    if (limit == UNKNOWN_US)
        limit = BLOCKED_US;
    return run->state != DRILL_ENDED && waiting != UNKNOWN_US && waiting > limit ? waiting
                                                                                 : UNKNOWN_US;
}

/* Since the injection a write was late or failed, and none was acknowledged after that. */
static int64_t gap_so_far_us(const struct drill_run *run)
{
    bool open = run->phases[PHASE_FIRST_LATE_COMMIT].mono != 0 &&
                run->phases[PHASE_FIRST_ACK_AFTER].mono == 0 && run->figures.rto_us == UNKNOWN_US &&
                run->figures.gap_us > GAP_US;

    return run->state != DRILL_ENDED && open ? run->figures.gap_us : UNKNOWN_US;
}

int64_t drill_out_for_us(const struct view *view, const struct drill_run *run)
{
    int64_t blocked = blocked_for_us(view, run);

    return blocked != UNKNOWN_US ? blocked : gap_so_far_us(run);
}

static void say(struct drill_news *news, enum style style, uint32_t mark, const char *text)
{
    news->style = style;
    news->mark = mark;
    str_copy(news->text, sizeof news->text, text);
    str_copy(news->brief, sizeof news->brief, text);
}

/* The counter has its place, whatever it counts to. */
static void say_counting(struct drill_news *news, const char *what, const char *brief, int64_t us,
                         const char *then)
{
    char time[16];

    format_duration(time, sizeof time, us);
    news->style = STYLE_BANNER_CRITICAL;
    news->mark = GLYPH_CRITICAL;
    str_format(news->text, sizeof news->text, "%s %7s   %s", what, time, then);
    str_format(news->brief, sizeof news->brief, "%s %7s", brief, time);
}

static void say_verdict(const struct drill_run *run, struct drill_news *news)
{
    static const enum style styles[] = {STYLE_BANNER_UNKNOWN, STYLE_BANNER_OK,
                                        STYLE_BANNER_CRITICAL, STYLE_BANNER_WARNING};
    static const uint32_t marks[] = {GLYPH_UNKNOWN, GLYPH_GOOD, GLYPH_CRITICAL, GLYPH_WARNING};
    const struct drill_classes *classes = &run->figures.classes;
    char rto[16];

    say(news, styles[run->verdict], marks[run->verdict], drill_verdict_title(run->verdict));
    if (classes->known && classes->acknowledged_lost > 0)
        str_format(news->brief, sizeof news->brief, "%s %" PRIu64 " LOST",
                   drill_verdict_title(run->verdict), classes->acknowledged_lost);
    str_appendf(news->text, sizeof news->text, "  %s", drill_at(run->plan.id)->name);
    format_duration(rto, sizeof rto, run->figures.rto_us);
    str_appendf(news->text, sizeof news->text, "   RTO %s", rto);
    if (!drill_loss_is_known(&run->figures))
        str_append(news->text, sizeof news->text, "   lost rows: not known");
    else if (classes->acknowledged_lost > 0)
        str_appendf(news->text, sizeof news->text, "   %" PRIu64 " ACKNOWLEDGED ROW%s LOST",
                    classes->acknowledged_lost, classes->acknowledged_lost == 1 ? "" : "S");
    else
        str_append(news->text, sizeof news->text, "   no acknowledged row lost");
}

void drill_news(const struct view *view, const struct drill_run *run, struct drill_news *news)
{
    int64_t blocked = blocked_for_us(view, run), gap = gap_so_far_us(run);
    bool injected = run->phases[PHASE_INJECTED].mono != 0;

    if (run->state == DRILL_ENDED)
        say_verdict(run, news);
    else if (blocked != UNKNOWN_US)
        say_counting(news, "COMMITS BLOCKED", "BLOCKED", blocked,
                     "a write waits for its acknowledgement");
    else if (gap != UNKNOWN_US)
        say_counting(news, "NOBODY CAN COMMIT", "NO COMMITS", gap,
                     "no write was acknowledged since");
    else if (!injected && run->plan.id == DRILL_OBSERVE)
        say(news, STYLE_BANNER_OK, GLYPH_GOOD, "commits flow; nothing has happened yet");
    else if (!injected)
        say(news, STYLE_BANNER_OK, GLYPH_GOOD, "commits flow; nothing is broken yet");
    else if (run->figures.rto_us != UNKNOWN_US)
        say(news, STYLE_BANNER_OK, GLYPH_GOOD, "commits flow again");
    else
        say(news, STYLE_BANNER_OK, GLYPH_GOOD, "commits flow");
}

/* ---- steps */

uint32_t drill_step_mark(enum drill_step_state state)
{
    static const uint32_t marks[] = {[STEP_TO_DO] = GLYPH_UNKNOWN,
                                     [STEP_UNDER_WAY] = GLYPH_SELECTED,
                                     [STEP_DONE] = GLYPH_GOOD,
                                     [STEP_FAILED] = GLYPH_CRITICAL,
                                     [STEP_LEFT_OUT] = GLYPH_INFO};
    return marks[state];
}

enum style drill_step_style(enum drill_step_state state)
{
    static const enum style styles[] = {[STEP_TO_DO] = STYLE_DIM,
                                        [STEP_UNDER_WAY] = STYLE_STRONG,
                                        [STEP_DONE] = STYLE_OK,
                                        [STEP_FAILED] = STYLE_CRITICAL,
                                        [STEP_LEFT_OUT] = STYLE_DIM};
    return styles[state];
}

int64_t drill_step_us(const struct drill_step_run *step, mono_us now)
{
    if (step->began.mono == 0)
        return UNKNOWN_US;
    return (step->state == STEP_UNDER_WAY ? now : step->ended.mono) - step->began.mono;
}

void drill_step_number(const struct drill_run *run, int step, char *out, size_t size)
{
    if (step < run->plan.step_count)
        str_format(out, size, "step %d/%d", step + 1, run->plan.step_count);
    else
        str_format(out, size, "undo %d", step - run->plan.step_count + 1);
}

/* ---- phases */

void drill_phase_line(struct canvas *canvas, int row, int column, int width,
                      const struct drill_run *run, enum drill_phase phase)
{
    int64_t us = drill_phase_us(run, phase);
    bool reached = us != UNKNOWN_US, times = width >= 52;
    int left = width - MS_WIDTH - (times ? TIME_WIDTH : 0);
    char text[32] = "-";

    canvas_put(canvas, row, column, reached ? STYLE_OK : STYLE_DIM,
               reached ? GLYPH_GOOD : GLYPH_UNKNOWN);
    canvas_text(canvas, row, column + 2, left - 2, reached ? STYLE_NORMAL : STYLE_DIM,
                drill_phase_words(phase));
    if (reached)
        str_format(text, sizeof text, "%lld ms", us / US_PER_MS);
    canvas_text_right(canvas, row, column + left, MS_WIDTH, reached ? STYLE_STRONG : STYLE_DIM,
                      text);
    if (!times || !reached)
        return;
    clock_format_local_time(run->phases[phase].wall, text, sizeof text);
    canvas_text_right(canvas, row, column + left + MS_WIDTH, TIME_WIDTH, STYLE_DIM, text);
}

void drill_latency_text(const struct drill_latency *latency, char *out, size_t size)
{
    char p50[16], p99[16], max[16];

    if (latency->count == 0) {
        str_copy(out, size, "-");
        return;
    }
    format_duration(p50, sizeof p50, latency->p50_us);
    format_duration(p99, sizeof p99, latency->p99_us);
    format_duration(max, sizeof max, latency->max_us);
    str_format(out, size, "p50 %7s  p99 %7s  max %7s", p50, p99, max);
}

enum style drill_verdict_style(enum drill_verdict verdict)
{
    static const enum style styles[] = {STYLE_UNKNOWN, STYLE_OK, STYLE_CRITICAL, STYLE_WARNING};
    return styles[verdict];
}

const char *drill_verdict_title(enum drill_verdict verdict)
{
    static const char *const titles[] = {"NO VERDICT", "PASS", "FAIL", "INCOMPLETE"};
    return titles[verdict];
}
