/*
 * status_text: columns are as wide as their widest cell of this look; a pipe gets the same text as
 * a terminal, without colours.
 */
#include "record/status_text.h"

#include <stdlib.h>

#include "base/str.h"
#include "cluster/node_state.h"
#include "cluster/survivors.h"
#include "cluster/topology.h"

#define TOPOLOGY_MAX 512
#define CELL_SIZE 80

enum column { NODE, ROLE, STATE, SYNC, TIMELINE, SENT, WRITE, FLUSH, REPLAY, BEHIND, LAG, COLUMNS };

struct table_row {
    char cells[COLUMNS][CELL_SIZE];
    enum node_condition condition;
};

static const char *const headings[COLUMNS] = {"NODE",  "ROLE",  "STATE",  "SYNC",   "TL", "SENT",
                                              "WRITE", "FLUSH", "REPLAY", "BEHIND", "LAG"};

static const char *level_color(enum health_level level)
{
    switch (level) {
    case HEALTH_OK:
        return "\033[32m";
    case HEALTH_WARNING:
        return "\033[33m";
    case HEALTH_CRITICAL:
        return "\033[1;31m";
    case HEALTH_UNKNOWN:
        break;
    }
    return "\033[2m";
}

static void print_colored(FILE *out, bool color, const char *sgr, const char *text)
{
    if (color)
        fprintf(out, "%s%s\033[0m", sgr, text);
    else
        fputs(text, out);
}

static void sync_cell(char *cell, const struct standby_row *standby)
{
    str_copy(cell, CELL_SIZE, sync_state_word(standby->sync_state));
    if ((standby->sync_state == SYNC_STATE_SYNC || standby->sync_state == SYNC_STATE_POTENTIAL) &&
        standby->sync_priority > 0)
        str_appendf(cell, CELL_SIZE, " %d", standby->sync_priority);
}

static void lag_cell(char *cell, const struct node *sender, int index, mono_us now)
{
    int64_t lag_us = sender->sample.standbys[index].replay_lag_us;
    int64_t stale_us = standby_stale_for_us(sender, index, now);

    if (stale_us > lag_us)
        lag_us = stale_us > 0 ? stale_us : lag_us;
    if (lag_us != UNKNOWN_US)
        format_duration(cell, CELL_SIZE, lag_us);
}

static void fill_replication(struct table_row *row, const struct node *sender, int index,
                             mono_us now)
{
    const struct standby_row *standby = &sender->sample.standbys[index];
    int64_t behind = standby_behind_bytes(sender, index);

    sync_cell(row->cells[SYNC], standby);
    lsn_format(standby->sent_lsn, row->cells[SENT]);
    lsn_format(standby->write_lsn, row->cells[WRITE]);
    lsn_format(standby->flush_lsn, row->cells[FLUSH]);
    lsn_format(standby->replay_lsn, row->cells[REPLAY]);
    if (behind != UNKNOWN_BYTES)
        format_bytes(row->cells[BEHIND], CELL_SIZE, behind);
    lag_cell(row->cells[LAG], sender, index, now);
}

static void fill_own(struct table_row *row, const struct node *node)
{
    if (!node->sampled)
        return;
    if (node->role != ROLE_UNKNOWN)
        str_copy(row->cells[ROLE], CELL_SIZE, node->role == ROLE_PRIMARY ? "primary" : "standby");
    if (node->last_timeline != 0)
        str_format(row->cells[TIMELINE], CELL_SIZE, "%d", node->last_timeline);
    if (node->role == ROLE_PRIMARY) {
        lsn_format(node->sample.current_lsn, row->cells[SENT]);
        lsn_format(node->sample.flush_lsn, row->cells[FLUSH]);
    } else {
        lsn_format(node->sample.replay_lsn, row->cells[REPLAY]);
    }
}

/* As on the screen: instead of the lag, which means nothing beside old figures. */
static void fill_age(struct table_row *row, const struct model *model, const struct node *node,
                     mono_us now)
{
    int64_t age_us = node_age_us(node, now);

    if (node_is_fresh(model, node, now) || age_us == UNKNOWN_US || age_us < US_PER_S)
        return;
    format_age(row->cells[LAG], CELL_SIZE, age_us);
    str_append(row->cells[LAG], CELL_SIZE, " old");
}

static void fill_row(struct table_row *row, const struct model *model,
                     const struct topology_row *from, mono_us now)
{
    struct node_state state = node_state_derive(model, from, now);

    for (int c = 0; c < COLUMNS; c++)
        str_copy(row->cells[c], CELL_SIZE, "-");
    row->condition = state.condition;
    str_format(row->cells[NODE], CELL_SIZE, "%*s%s%s", 2 * from->depth, "", from->name,
               from->node < 0 ? " (unlisted)" : "");
    str_copy(row->cells[STATE], CELL_SIZE, state.word);
    if (from->node >= 0)
        fill_own(row, &model->nodes[from->node]);
    else
        str_copy(row->cells[ROLE], CELL_SIZE, "standby");
    if (from->standby >= 0 && from->fresh)
        fill_replication(row, &model->nodes[from->sender], from->standby, now);
    if (from->node >= 0)
        fill_age(row, model, &model->nodes[from->node], now);
}

static void print_row(FILE *out, const struct table_row *row, const int *widths, bool color)
{
    static const enum health_level levels[] = {
        [NODE_CONDITION_UNKNOWN] = HEALTH_UNKNOWN,
        [NODE_CONDITION_GOOD] = HEALTH_OK,
        [NODE_CONDITION_WARNING] = HEALTH_WARNING,
        [NODE_CONDITION_BAD] = HEALTH_CRITICAL,
    };
    for (int c = 0; c < COLUMNS; c++) {
        const char *cell = row->cells[c];
        int pad = widths[c] - str_columns(cell);
        bool right = c == BEHIND || c == LAG || c == TIMELINE;

        if (right)
            fprintf(out, "%*s", pad, "");
        print_colored(out, color && c == STATE, level_color(levels[row->condition]), cell);
        if (!right && c < COLUMNS - 1)
            fprintf(out, "%*s", pad, "");
        fputs(c < COLUMNS - 1 ? "  " : "\n", out);
    }
}

static void print_nodes(FILE *out, const struct model *model, mono_us now, bool color)
{
    static const size_t heading = 1;
    struct topology_row rows[TOPOLOGY_MAX];
    int count = topology_derive(model, now, rows, TOPOLOGY_MAX);
    if (count > TOPOLOGY_MAX)
        count = TOPOLOGY_MAX;
    struct table_row *table = mem_calloc((size_t)count + heading, sizeof *table);
    int widths[COLUMNS] = {0};

    for (int c = 0; c < COLUMNS; c++)
        str_copy(table[0].cells[c], CELL_SIZE, headings[c]);
    for (int i = 0; i < count; i++)
        fill_row(&table[i + 1], model, &rows[i], now);
    for (int i = 0; i <= count; i++)
        for (int c = 0; c < COLUMNS; c++)
            if (str_columns(table[i].cells[c]) > widths[c])
                widths[c] = str_columns(table[i].cells[c]);
    for (int i = 0; i <= count; i++)
        print_row(out, &table[i], widths, color && i > 0);
    free(table);
}

static void print_rule(FILE *out, const struct model *model, const struct sync_verdict *verdict,
                       mono_us now)
{
    char text[SYNC_RULE_TEXT_SIZE], count[16] = "unknown";

    if (!verdict->known) {
        sync_unknown_why(model, now, text, sizeof text);
        fprintf(out, "sync  unknown: %s", text);
        return;
    }
    sync_rule_format(&model->rule, text, sizeof text);
    fprintf(out, "sync  %s", text);
    if (verdict->method == SYNC_OFF)
        return;
    if (verdict->confirmed != UNKNOWN_COUNT)
        str_format(count, sizeof count, "%d", verdict->confirmed);
    fprintf(out, "   needs %d, has %s", verdict->needed, count);
    if (verdict->confirmed_names[0] != '\0')
        fprintf(out, " (%s)", verdict->confirmed_names);
    if (verdict->can_lose != UNKNOWN_COUNT)
        fprintf(out, ", can lose %d more", verdict->can_lose);
}

static void print_sync(FILE *out, const struct model *model, const struct sync_verdict *verdict,
                       mono_us now)
{
    char wait[16];

    print_rule(out, model, verdict, now);
    if (verdict->waiting_commits != UNKNOWN_COUNT)
        fprintf(out, "   commits waiting: %d", verdict->waiting_commits);
    else if (model->primary >= 0)
        fputs("   commits waiting: unknown", out);
    if (verdict->longest_wait_us != UNKNOWN_US) {
        format_duration(wait, sizeof wait, verdict->longest_wait_us);
        fprintf(out, ", the longest for %s", wait);
    }
    fputc('\n', out);
}

/* "commits  local 0.9 ms  on 1.4 ms  remote_apply BLOCKED 4.2 s": medians; nothing when none is
 * measured. */
static void print_commits(FILE *out, const struct model *model, mono_us now)
{
    struct latency_figures figures;
    bool any = false;

    for (int i = 0; i < COMMIT_LEVELS; i++) {
        enum probe_state state = model->latency->levels[i].state;
        char time[16];
        latency_figures(model->latency, (enum commit_level)i, model->limits.blocked_commit_us, now,
                        &figures);
        if (!figures.probed)
            continue;
        bool blocked = figures.blocked_for_us != UNKNOWN_US;
        format_duration(time, sizeof time, blocked ? figures.blocked_for_us : figures.p50_us);
        fprintf(out, "%s  %s %s%s", any ? "" : "commits", commit_level_word((enum commit_level)i),
                blocked ? "BLOCKED " : "", state == PROBE_CANNOT ? "off" : time);
        any = true;
    }
    if (any)
        fputc('\n', out);
}

static void print_findings(FILE *out, const struct health *health, bool color)
{
    for (int i = 0; i < health->count; i++) {
        const struct finding *finding = &health->findings[i];
        print_colored(out, color, level_color(finding->level), health_json_word(finding->level));
        fprintf(out, ": %s\n", finding->text);
        if (finding->hint[0] != '\0')
            fprintf(out, "    %s\n", finding->hint);
    }
    if (health->cut > 0)
        fprintf(out, "and %d more findings\n", health->cut);
}

/* The order of promotion; nothing while there is a primary. */
static void print_survivors(FILE *out, const struct model *model, mono_us now, bool color)
{
    struct survivors survivors;
    char text[SURVIVOR_SENTENCE_SIZE];

    if (model->primary_count > 0)
        return;
    survivors_derive(model, NULL, now, &survivors);
    survivors_lost_sentence(model, &survivors, now, text, sizeof text);
    fprintf(out, "\nno primary  %s\n", text);
    for (int i = 0; i < survivors.count; i++) {
        bool eligible = survivors.items[i].eligible;
        survivor_sentence(model, &survivors, i, text, sizeof text);
        fprintf(out, "  %s", eligible ? "" : "-  ");
        if (eligible)
            fprintf(out, "%d. ", i + 1);
        print_colored(out, color && i == survivors.best, level_color(HEALTH_OK),
                      model->nodes[survivors.items[i].node].name);
        fprintf(out, ": %s\n", text);
    }
}

void status_text_print(FILE *out, const struct model *model, const struct sync_verdict *verdict,
                       const struct health *health, struct instant now, bool color)
{
    char at[16];

    clock_format_local_time(now.wall, at, sizeof at);
    fprintf(out, "%s  ", model->cluster);
    print_colored(out, color, level_color(health->level), health_word(health->level));
    fprintf(out, "  %s\n", at);
    print_sync(out, model, verdict, now.mono);
    print_commits(out, model, now.mono);
    fputc('\n', out);
    print_nodes(out, model, now.mono, color);
    print_survivors(out, model, now.mono, color);
    if (health->count > 0)
        fputc('\n', out);
    print_findings(out, health, color);
}

void status_text_print_line(FILE *out, const struct model *model,
                            const struct sync_verdict *verdict, const struct health *health,
                            struct instant now, bool color)
{
    char at[32];

    clock_format_utc(now.wall, at, sizeof at);
    fprintf(out, "%s ", at);
    print_colored(out, color, level_color(health->level), health_word(health->level));
    fprintf(out, " primary=%s", model->primary >= 0 ? model->nodes[model->primary].name : "-");
    if (verdict->known && verdict->method != SYNC_OFF && verdict->confirmed != UNKNOWN_COUNT)
        fprintf(out, " sync=%d/%d", verdict->confirmed, verdict->needed);
    if (verdict->waiting_commits != UNKNOWN_COUNT)
        fprintf(out, " waiting=%d", verdict->waiting_commits);
    if (health->count > 0)
        fprintf(out, " %s", health->findings[0].text);
    fputc('\n', out);
}
