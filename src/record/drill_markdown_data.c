/*
 * drill_markdown_data: what became of the writes, and on which servers.
 */
#include <inttypes.h>

#include "base/str.h"
#include "cluster/drill_facts.h"
#include "record/drill_markdown_internal.h"
#include "record/markdown.h"

/* ---- ledger */

static void print_class(FILE *out, const char *words, uint64_t count)
{
    fprintf(out, "| %s | %" PRIu64 " |\n", words, count);
}

static void print_classes(FILE *out, const struct drill_figures *figures)
{
    const struct drill_classes *classes = &figures->classes;
    uint64_t sum = drill_classes_sum(classes), forgotten = drill_forgotten(figures);
    uint64_t sent = classes->sent + forgotten;

    fputs("| class | writes |\n|---|---|\n", out);
    print_class(out, "acknowledged and present", classes->acknowledged_present);
    print_class(out, "**acknowledged and lost**", classes->acknowledged_lost);
    print_class(out, "acknowledged with the warning that it may not be replicated",
                classes->acknowledged_locally);
    print_class(out, "failed and absent", classes->failed_absent);
    print_class(out, "failed and present", classes->failed_present);
    print_class(out, "unknown (no answer came) and present", classes->unknown_present);
    print_class(out, "unknown (no answer came) and absent", classes->unknown_absent);
    fprintf(out, "| sum | %" PRIu64 " of %" PRIu64 " sent: %s |\n\n", sum, sent,
            sum == sent               ? "every write is accounted for"
            : sum + forgotten == sent ? "**the rest is no longer known**"
                                      : "**it does not add up**");
    if (classes->locally_lost > 0)
        fprintf(out,
                "Of those acknowledged with the warning, %" PRIu64 " are not there at the end.\n\n",
                classes->locally_lost);
}

void drill_markdown_ledger(FILE *out, const struct drill_run *run)
{
    const struct drill_figures *figures = &run->figures;

    fputs(
        "## Ledger\n\nEvery write of the drill, as the client was told and as the primary has it "
        "at the end.\n\n",
        out);
    if (figures->classes.known) {
        print_classes(out, figures);
    } else {
        fputs(
            "The writes were not read back: what is there at the end is not known.\n\n"
            "| as the client was told | writes |\n|---|---|\n",
            out);
        print_class(out, "sent", figures->sent);
        print_class(out, "acknowledged", figures->acknowledged);
        print_class(out, "acknowledged with the warning", figures->locally);
        print_class(out, "failed", figures->failed);
        print_class(out, "no answer came", figures->unknown);
        fputc('\n', out);
    }
    if (figures->acknowledged_while_down > 0)
        fprintf(out, "**%" PRIu64 " writes were acknowledged while every standby was away.**\n\n",
                figures->acknowledged_while_down);
}

static void print_read(FILE *out, const struct drill_read *read, const struct model *model)
{
    fputs("| ", out);
    markdown_text(out, drill_node_name(model, read->node));
    if (read->read) {
        fprintf(out, " | %" PRIu64 " | %" PRIu64 " | yes |\n", read->rows, read->missing);
        return;
    }
    fputs(" | - | - | **no**: ", out);
    markdown_text(out, read->why);
    fputs(" |\n", out);
}

void drill_markdown_reads(FILE *out, const struct drill_run *run, const struct model *model)
{
    const struct drill_figures *figures = &run->figures;

    if (figures->read_count == 0)
        return;
    fputs(
        "## Read back from each node\n\n| node | rows there | acknowledged and not there | read "
        "back |\n"
        "|---|---|---|---|\n",
        out);
    for (int i = 0; i < figures->read_count && i < DRILL_READ_MAX; i++)
        print_read(out, &figures->reads[i], model);
    fputc('\n', out);
}

/* ---- WAL */

static void print_lsn(FILE *out, const char *what, lsn_t lsn)
{
    fprintf(out, "| %s | ", what);
    markdown_lsn(out, lsn);
    fputs(" |\n", out);
}

void drill_markdown_wal(FILE *out, const struct drill_run *run)
{
    const struct drill_figures *figures = &run->figures;

    fputs("## WAL\n\n| what | where |\n|---|---|\n", out);
    print_lsn(out, "acknowledged writes reach at least to", figures->last_acknowledged_lsn);
    if (run->new_primary < 0 && figures->old_end_lsn == LSN_UNKNOWN) {
        fputc('\n', out);
        return;
    }
    print_lsn(out, "the old primary's WAL ends at", figures->old_end_lsn);
    print_lsn(out, "the new timeline began at", figures->fork_lsn);
    fputs("| WAL that the old primary had and the new one has not | ", out);
    markdown_bytes(out, figures->lost_bytes);
    fputs(" |\n\n", out);
}

/* ---- nodes */

static void print_version(FILE *out, int version)
{
    if (version == 0)
        fputs("-", out);
    else
        fprintf(out, "%d.%d", version / 10000, version % 10000);
}

static void print_setting(FILE *out, const struct node *node, int index)
{
    bool known;
    const char *value = drill_setting_value(node, index, &known);

    fputs(" | ", out);
    if (!known)
        fputc('-', out);
    else if (value[0] == '\0')
        fputs("(empty)", out);
    else
        markdown_code(out, value);
}

void drill_markdown_nodes(FILE *out, const struct model *model)
{
    fputs("## Servers and the settings that mattered\n\n| node | PostgreSQL | timeline", out);
    for (int i = 0; i < DRILL_SETTINGS; i++)
        fprintf(out, " | %s", drill_setting_name(i));
    fputs(" |\n|---|---|---", out);
    for (int i = 0; i < DRILL_SETTINGS; i++)
        fputs("|---", out);
    fputs("|\n", out);
    for (int n = 0; n < model->node_count; n++) {
        const struct node *node = &model->nodes[n];
        fputs("| ", out);
        markdown_text(out, node->name);
        fputs(" | ", out);
        print_version(out, node->sampled ? node->sample.server_version : 0);
        if (node->last_timeline == 0)
            fputs(" | -", out);
        else
            fprintf(out, " | %d", node->last_timeline);
        for (int i = 0; i < DRILL_SETTINGS; i++)
            print_setting(out, node, i);
        fputs(" |\n", out);
    }
    fputc('\n', out);
}

/* ---- events */

static bool is_of(const struct drill_run *run, const struct event *event)
{
    return event->at.mono >= run->began.mono &&
           (run->ended.mono == 0 || event->at.mono <= run->ended.mono);
}

static void print_event(FILE *out, const struct drill_run *run, const struct event *event)
{
    fputs("| ", out);
    markdown_utc(out, event->at);
    fputs(" | ", out);
    markdown_offset(out, drill_markdown_since(run, event->at.mono));
    fputs(" | ", out);
    markdown_text(out, event->subject);
    fputs(" | ", out);
    markdown_text(out, event->text);
    fputs(" |\n", out);
}

void drill_markdown_events(FILE *out, const struct drill_run *run, const struct model *model)
{
    uint64_t count = events_count(model->events);
    const struct event *oldest = count > 0 ? events_at(model->events, count - 1) : NULL;
    int printed = 0;

    fputs("## Events of that time\n\n", out);
    if (model->events->total > count && oldest != NULL && oldest->at.mono > run->began.mono)
        fputs("There were more than are kept: the first are missing.\n\n", out);
    for (uint64_t age = count; age > 0; age--) {
        const struct event *event = events_at(model->events, age - 1);
        if (event == NULL || !is_of(run, event))
            continue;
        if (printed++ == 0)
            fputs("| UTC | from the injection | who | what |\n|---|---|---|---|\n", out);
        print_event(out, run, event);
    }
    if (printed == 0)
        fputs("None.\n", out);
}
