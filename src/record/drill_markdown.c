/*
 * drill_markdown: see drill_markdown.h. First what a person who reads no further must know, then
 * what it rests on.
 */
#include "record/drill_markdown.h"

#include <ctype.h>
#include <inttypes.h>

#include "cluster/drill_facts.h"
#include "record/drill_markdown_internal.h"
#include "record/markdown.h"

int64_t drill_markdown_since(const struct drill_run *run, mono_us at)
{
    mono_us injected = run->phases[PHASE_INJECTED].mono;

    return at == 0 || injected == 0 ? UNKNOWN_US : at - injected;
}

/* ---- the head */

static void print_verdict(FILE *out, enum drill_verdict verdict)
{
    for (const char *c = drill_verdict_word(verdict); *c != '\0'; c++)
        fputc(toupper((unsigned char)*c), out);
}

/* One sentence for each of the two questions: how long, and how much. */
static void print_in_words(FILE *out, const struct drill_run *run)
{
    const struct drill_figures *figures = &run->figures;

    if (run->phases[PHASE_INJECTED].mono == 0) {
        fputs("It ended before anything was done to a server.", out);
    } else if (figures->rto_us == UNKNOWN_US) {
        fputs("No write was acknowledged again before it ended.", out);
    } else {
        fputs("Nobody could commit for ", out);
        markdown_duration(out, figures->rto_us);
        fputc('.', out);
    }
    if (!figures->classes.known)
        fputs(" What was lost is not known: the writes were not read back.\n\n", out);
    else if (!drill_loss_is_known(figures))
        fputs(" What was lost is not known: not every write is known any more.\n\n", out);
    else if (figures->classes.acknowledged_lost == 0)
        fputs(" No acknowledged write was lost.\n\n", out);
    else
        fprintf(out,
                " **%" PRIu64 " acknowledged writes were lost** of %" PRIu64 " that were sent.\n\n",
                figures->classes.acknowledged_lost,
                figures->classes.sent + drill_forgotten(figures));
}

static void print_list(FILE *out, const char *head, const char *texts, size_t size, int count)
{
    if (count == 0)
        return;
    fprintf(out, "%s\n\n", head);
    for (int i = 0; i < count; i++) {
        fputs("- ", out);
        markdown_text(out, texts + (size_t)i * size);
        fputc('\n', out);
    }
    fputc('\n', out);
}

static void print_head(FILE *out, const struct drill_run *run, const struct model *model)
{
    const struct drill *drill = drill_at(run->plan.id);

    fprintf(out, "# %s on ", drill->name);
    markdown_text(out, model->cluster);
    fputs(": ", out);
    print_verdict(out, run->verdict);
    fputs("\n\n", out);
    print_in_words(out, run);
    print_list(out, "Why:", run->reasons.texts[0], sizeof run->reasons.texts[0],
               run->reasons.count);
    if (run->undo_why[0] != '\0') {
        fputs("It did not go as planned: ", out);
        markdown_text(out, run->undo_why);
        fprintf(out, ". Then what was done was taken back%s.\n\n",
                run->left_count > 0 ? ", but for what is left below" : "");
    }
    print_list(out, "**Left, and to be put right by hand:**", run->left[0], sizeof run->left[0],
               run->left_count);
    fprintf(out,
            "| the drill | |\n|---|---|\n| what is done | %s |\n| what it shows | %s |\n"
            "| what is expected | %s |\n\n",
            drill->does, drill->shows, drill->expects);
}

/* ---- the summary */

static const char *met_words(enum drill_met met)
{
    static const char *const words[] = {[DRILL_NO_TARGET] = "no target",
                                        [DRILL_TARGET_MET] = "met",
                                        [DRILL_TARGET_MISSED] = "**missed**",
                                        [DRILL_TARGET_UNKNOWN] = "not known"};
    return words[met];
}

static void print_times(FILE *out, const struct drill_run *run, const struct drill_targets *targets)
{
    const struct drill_figures *figures = &run->figures;

    fputs("| RTO: last acknowledgement before to first after | ", out);
    markdown_duration(out, figures->rto_us);
    fputs(" | ", out);
    markdown_duration(out, targets->rto_us);
    fprintf(out, " | %s |\n", met_words(drill_rto_met(run, targets)));
    fputs("| RTO of the client that had it worst | ", out);
    markdown_duration(out, figures->rto_worst_us);
    fputs(" | - | no target |\n| Longest time without any acknowledgement | ", out);
    markdown_duration(out, figures->gap_us);
    fputs(" | - | no target |\n", out);
}

static void print_rows(FILE *out, bool known, uint64_t rows)
{
    if (known)
        fprintf(out, "%" PRIu64 " %s", rows, rows == 1 ? "row" : "rows");
    else
        fputc('-', out);
}

static void print_losses(FILE *out, const struct drill_run *run,
                         const struct drill_targets *targets)
{
    const struct drill_figures *figures = &run->figures;
    const struct drill_classes *classes = &figures->classes;

    fputs("| RPO: acknowledged and lost | ", out);
    print_rows(out, drill_loss_is_known(figures), classes->acknowledged_lost);
    fputs(" | ", out);
    print_rows(out, targets->rpo_rows >= 0, (uint64_t)targets->rpo_rows);
    fprintf(out, " | %s |\n", met_words(drill_rpo_met(run, targets)));
    fputs("| RPO: WAL that the new primary has not | ", out);
    markdown_bytes(out, figures->lost_bytes);
    fputs(" | - | no target |\n", out);
}

static void print_node(FILE *out, const char *what, const struct model *model, int node)
{
    const char *name = drill_node_name(model, node);

    fprintf(out, "| %s | ", what);
    markdown_text(out, name[0] != '\0' ? name : "-");
    fputs(" |\n", out);
}

static void print_clock(FILE *out, const char *what, const struct drill_run *run, struct instant at)
{
    fprintf(out, "| %s | ", what);
    markdown_utc(out, at);
    fputs(" | ", out);
    markdown_offset(out, drill_markdown_since(run, at.mono));
    fputs(" |\n", out);
}

static void print_summary(FILE *out, const struct drill_run *run,
                          const struct drill_targets *targets, const struct model *model)
{
    fputs("## Summary\n\n| what | measured | target at most | verdict |\n|---|---|---|---|\n", out);
    print_times(out, run, targets);
    print_losses(out, run, targets);
    fputs("\n| who | node |\n|---|---|\n", out);
    print_node(out, "broken on purpose", model, drill_run_target(run));
    print_node(out, "primary before", model, run->plan.old_primary);
    print_node(out, "new primary", model, drill_run_leads(run));
    if (drill_run_asked(run) >= 0)
        print_node(out, "asked to be the primary, and not seen as it", model, drill_run_asked(run));
    fputs("\n| when | UTC | from the injection, monotonic clock |\n|---|---|---|\n", out);
    print_clock(out, "began", run, run->began);
    print_clock(out, "injected", run, run->phases[PHASE_INJECTED]);
    print_clock(out, "ended", run, run->ended);
    fputc('\n', out);
}

void drill_markdown_print(FILE *out, const struct drill_run *run,
                          const struct drill_targets *targets, const struct model *model)
{
    print_head(out, run, model);
    print_summary(out, run, targets, model);
    drill_markdown_steps(out, run, model);
    drill_markdown_phases(out, run);
    drill_markdown_clients(out, run);
    drill_markdown_latency(out, run);
    drill_markdown_ledger(out, run);
    drill_markdown_reads(out, run, model);
    drill_markdown_wal(out, run);
    drill_markdown_nodes(out, model);
    drill_markdown_events(out, run, model);
    fprintf(out, "\npgwatch-tui %s, run ", VERSION);
    markdown_text(out, run->name);
    fputs(". Every time from the injection is of this program's monotonic clock.\n", out);
}
