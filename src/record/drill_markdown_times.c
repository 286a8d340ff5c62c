/*
 * drill_markdown_times: what was done and when, and what the clients felt of it.
 */
#include <inttypes.h>

#include "base/str.h"
#include "cluster/drill_facts.h"
#include "record/drill_markdown_internal.h"
#include "record/markdown.h"

/* ---- steps */

static int64_t took_us(const struct drill_step_run *step)
{
    return step->began.mono == 0 || step->ended.mono == 0 ? UNKNOWN_US
                                                          : step->ended.mono - step->began.mono;
}

static void print_step(FILE *out, const struct drill_run *run, int index, const struct model *model)
{
    const struct drill_step_run *step = &run->steps[index];
    char sentence[DRILL_TEXT_SIZE];

    drill_run_sentence(run, index, model, sentence, sizeof sentence);
    fprintf(out, "| %d%s | ", index + 1, step->is_undo ? " (undo)" : "");
    markdown_text(out, sentence);
    fputs(" | ", out);
    markdown_code(out, step->command);
    fputs(" | ", out);
    markdown_offset(out, drill_markdown_since(run, step->began.mono));
    fputs(" | ", out);
    markdown_duration(out, took_us(step));
    bool broken_off = run->state == DRILL_ENDED && step->state == STEP_UNDER_WAY;
    fprintf(out, " | %s", broken_off ? "broken off" : drill_step_state_word(step->state));
    if (step->text[0] != '\0') {
        fputs(": ", out);
        markdown_text(out, step->text);
    }
    fputs(" |\n", out);
}

void drill_markdown_steps(FILE *out, const struct drill_run *run, const struct model *model)
{
    fputs(
        "## What was done\n\n| # | step | exactly | began | took | what came of it |\n"
        "|---|---|---|---|---|---|\n",
        out);
    for (int i = 0; i < run->step_count; i++)
        print_step(out, run, i, model);
    fputc('\n', out);
}

/* ---- the chart: one line a phase, scaled to the time that it shows */

#define CHART_COLUMNS 60
/* A stretch that is shorter than this part of the whole is drawn once more on its own. */
#define CHART_ZOOM 5

static int column_of(mono_us at, mono_us from, mono_us to)
{
    return to <= from ? 0 : (int)((at - from) * (CHART_COLUMNS - 1) / (to - from));
}

static void print_cells(FILE *out, int blanks, char fill, int end, char mark)
{
    for (int i = 0; i < blanks; i++)
        fputc(' ', out);
    for (int i = blanks; i < end; i++)
        fputc(fill, out);
    fprintf(out, "%c\n", mark);
}

static void print_label(FILE *out, const char *words, int64_t us)
{
    fprintf(out, "%-32s ", words);
    if (us == UNKNOWN_US)
        fprintf(out, "%12s", "");
    else if (us > -US_PER_S && us < US_PER_S)
        fprintf(out, "%+9.1f ms", (double)us / (double)US_PER_MS);
    else
        fprintf(out, "%+9.3f s ", (double)us / (double)US_PER_S);
    fputs(" |", out);
}

static void print_chart(FILE *out, const struct drill_run *run, const enum drill_phase *phases,
                        int count)
{
    mono_us from = run->phases[phases[0]].mono, to = run->phases[phases[count - 1]].mono;
    int zero = column_of(run->phases[PHASE_INJECTED].mono, from, to);

    fputs("```text\n", out);
    for (int i = 0; i < count; i++) {
        int at = column_of(run->phases[phases[i]].mono, from, to);
        print_label(out, drill_phase_words(phases[i]), drill_phase_us(run, phases[i]));
        if (drill_phase_us(run, phases[i]) < 0)
            print_cells(out, at, ' ', at, '<');
        else
            print_cells(out, zero, '-', at, phases[i] == PHASE_INJECTED ? '0' : '>');
    }
    if (run->phases[PHASE_LAST_ACK_BEFORE].mono >= from &&
        run->phases[PHASE_FIRST_ACK_AFTER].mono != 0 &&
        run->phases[PHASE_FIRST_ACK_AFTER].mono <= to) {
        print_label(out, "nobody could commit", UNKNOWN_US);
        print_cells(out, column_of(run->phases[PHASE_LAST_ACK_BEFORE].mono, from, to), '#',
                    column_of(run->phases[PHASE_FIRST_ACK_AFTER].mono, from, to), '#');
    }
    fputs("```\n\n", out);
}

/* How many of the phases are over when commits go on, if that is a small part of the whole. */
static int count_to_zoom(const struct drill_run *run, const enum drill_phase *phases, int count)
{
    mono_us from = run->phases[phases[0]].mono, after = run->phases[PHASE_FIRST_ACK_AFTER].mono;
    int within = 0;

    if (after == 0 || (run->phases[phases[count - 1]].mono - from) / CHART_ZOOM < after - from)
        return 0;
    while (within < count && run->phases[phases[within]].mono <= after)
        within++;
    return within;
}

static void print_phase(FILE *out, const struct drill_run *run, enum drill_phase phase,
                        mono_us before)
{
    fprintf(out, "| %s | ", drill_phase_words(phase));
    markdown_utc(out, run->phases[phase]);
    fputs(" | ", out);
    markdown_offset(out, drill_phase_us(run, phase));
    fputs(" | ", out);
    markdown_duration(out, before == 0 ? UNKNOWN_US : run->phases[phase].mono - before);
    fputs(" |\n", out);
}

static void print_unreached(FILE *out, const struct drill_run *run)
{
    for (int i = 0; i < DRILL_PHASES; i++)
        if (drill_has_phase(run->plan.id, (enum drill_phase)i) && run->phases[i].mono == 0)
            fprintf(out, "| %s | - | not reached | - |\n", drill_phase_words((enum drill_phase)i));
}

void drill_markdown_phases(FILE *out, const struct drill_run *run)
{
    enum drill_phase phases[DRILL_PHASES];
    int count = drill_phases_in_order(run, phases), zoomed;

    fputs(
        "## Phases\n\n| phase | UTC | from the injection | since the phase before |\n"
        "|---|---|---|---|\n",
        out);
    for (int i = 0; i < count; i++)
        print_phase(out, run, phases[i], i > 0 ? run->phases[phases[i - 1]].mono : 0);
    print_unreached(out, run);
    fputc('\n', out);
    if (run->phases[PHASE_INJECTED].mono == 0)
        return;
    print_chart(out, run, phases, count);
    zoomed = count_to_zoom(run, phases, count);
    if (zoomed > 1) {
        fputs("The same until commits went on:\n\n", out);
        print_chart(out, run, phases, zoomed);
    }
}

/* ---- clients */

void drill_markdown_clients(FILE *out, const struct drill_run *run)
{
    const struct drill_figures *figures = &run->figures;

    if (figures->clients <= 0)
        return;
    fputs(
        "## Recovery of each client\n\n| client | last acknowledgement before to first after |\n"
        "|---|---|\n",
        out);
    for (int i = 0; i < figures->clients && i < DRILL_CLIENTS_MAX; i++) {
        fprintf(out, "| %d | ", i + 1);
        markdown_duration(out, figures->client_rto_us[i]);
        fputs(figures->client_rto_us[i] == UNKNOWN_US ? " (not acknowledged again) |\n" : " |\n",
              out);
    }
    fputc('\n', out);
}

static void print_latency(FILE *out, const char *when, const struct drill_latency *latency)
{
    fprintf(out, "| %s | %" PRIu64 " | ", when, latency->count);
    markdown_duration(out, latency->p50_us);
    fputs(" | ", out);
    markdown_duration(out, latency->p99_us);
    fputs(" | ", out);
    markdown_duration(out, latency->max_us);
    fputs(" |\n", out);
}

void drill_markdown_latency(FILE *out, const struct drill_run *run)
{
    const struct drill_figures *figures = &run->figures;

    fputs(
        "## Commit latency\n\nOf acknowledged writes, from when each was due.\n\n"
        "| due | writes | p50 | p99 | max |\n|---|---|---|---|---|\n",
        out);
    print_latency(out, "before the injection", &figures->latency[SPAN_BEFORE]);
    print_latency(out, "during the fault", &figures->latency[SPAN_DURING]);
    print_latency(out, "after it was mended", &figures->latency[SPAN_AFTER]);
    fputc('\n', out);
}
