/*
 * drill_journal_lines: see drill_journal_lines.h.
 */
#include "record/drill_journal_lines.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define FORMAT 1
#define KIND "pgwatch-tui drill"

/* ---- writing */

/* What is not UTF-8 would be no JSON. */
static json_t *text_or_null(const char *text)
{
    char clean[256];

    str_sanitize(clean, sizeof clean, text, SIZE_MAX);
    return clean[0] == '\0' ? json_null() : json_string(clean);
}

static void set_head(json_t *line, const struct drill_head *head)
{
    char identifier[24] = "";

    if (head->system_identifier != 0)
        str_format(identifier, sizeof identifier, "%" PRIu64, head->system_identifier);
    json_object_set_new(line, "drill", text_or_null(head->drill));
    json_object_set_new(line, "run", text_or_null(head->run));
    json_object_set_new(line, "cluster", text_or_null(head->cluster));
    json_object_set_new(line, "system_identifier", text_or_null(identifier));
    json_object_set_new(line, "marker", text_or_null(head->marker));
}

static bool is_step(enum drill_entry_kind kind)
{
    return kind == DRILL_ENTRY_STEP || kind == DRILL_ENTRY_STEP_DONE ||
           kind == DRILL_ENTRY_STEP_FAILED;
}

static void set_deed(json_t *line, const struct drill_entry *entry)
{
    json_object_set_new(line, "node", text_or_null(entry->node));
    if (entry->kind == DRILL_ENTRY_PROMOTION_ASKED || entry->kind == DRILL_ENTRY_PROMOTION_ENDED)
        return;
    json_object_set_new(line, "deed", json_string(drill_deed_key(entry->deed)));
    if (!is_step(entry->kind))
        return;
    json_object_set_new(line, "step", json_integer(entry->step));
    json_object_set_new(line, "undo",
                        entry->undo == DEED_NONE ? json_null()
                                                 : json_string(drill_deed_key(entry->undo)));
}

char *drill_journal_line(const struct drill_entry *entry, wall_us at)
{
    json_t *line = json_object();
    char utc[DRILL_AT_SIZE];

    if (entry->kind == DRILL_ENTRY_BEGIN) {
        json_object_set_new(line, "format", json_integer(FORMAT));
        json_object_set_new(line, "journal", json_string(KIND));
    }
    clock_format_utc(at, utc, sizeof utc);
    json_object_set_new(line, "entry", json_string(drill_entry_key(entry->kind)));
    json_object_set_new(line, "at", json_string(utc));
    if (entry->kind == DRILL_ENTRY_BEGIN)
        set_head(line, &entry->head);
    else if (entry->kind == DRILL_ENTRY_END)
        json_object_set_new(line, "verdict", json_string(drill_verdict_word(entry->verdict)));
    else
        set_deed(line, entry);
    char *text = json_dumps(line, JSON_COMPACT);
    json_decref(line);
    if (text == NULL)
        return NULL;
    size_t length = strlen(text);
    text = mem_realloc(text, length + 2);
    memcpy(text + length, "\n", 2);
    return text;
}

/* ---- reading */

/* A text of the key, or null; false: neither. */
static bool get_text(const json_t *line, const char *key, char *out, size_t size)
{
    const json_t *value = json_object_get(line, key);

    out[0] = '\0';
    if (json_is_null(value))
        return true;
    if (!json_is_string(value))
        return false;
    str_sanitize(out, size, json_string_value(value), json_string_length(value));
    return true;
}

static bool get_deed(const json_t *line, const char *key, enum drill_deed *deed)
{
    const json_t *value = json_object_get(line, key);

    *deed = DEED_NONE;
    return json_is_null(value) ||
           (json_is_string(value) && drill_deed_parse(json_string_value(value), deed));
}

static bool get_head(const json_t *line, struct drill_head *head, const char **why)
{
    char identifier[24];
    const char *kind = json_string_value(json_object_get(line, "journal"));

    *why = "it is no drill journal";
    if (kind == NULL || strcmp(kind, KIND) != 0)
        return false;
    *why = "it is of another format than 1";
    if (json_integer_value(json_object_get(line, "format")) != FORMAT)
        return false;
    *why = "what a beginning must say is not there";
    if (!get_text(line, "drill", head->drill, sizeof head->drill) ||
        !get_text(line, "run", head->run, sizeof head->run) ||
        !get_text(line, "cluster", head->cluster, sizeof head->cluster) ||
        !get_text(line, "marker", head->marker, sizeof head->marker) ||
        !get_text(line, "at", head->at, sizeof head->at) ||
        !get_text(line, "system_identifier", identifier, sizeof identifier))
        return false;
    head->system_identifier = strtoull(identifier, NULL, 10);
    return true;
}

static bool get_verdict(const json_t *line, enum drill_verdict *verdict)
{
    const char *word = json_string_value(json_object_get(line, "verdict"));

    return word != NULL && drill_verdict_parse(word, verdict);
}

static bool get_step(const json_t *line, struct drill_entry *entry, const char **why)
{
    const json_t *step = json_object_get(line, "step");
    json_int_t number = json_integer_value(step);

    *why = "its step is none";
    if (!json_is_integer(step) || number < -1 || number >= DRILL_RUN_STEPS)
        return false;
    entry->step = (int)number;
    *why = "its undo is not known";
    return get_deed(line, "undo", &entry->undo);
}

static bool get_deed_line(const json_t *line, struct drill_entry *entry, const char **why)
{
    *why = "its node is none";
    if (!get_text(line, "node", entry->node, sizeof entry->node))
        return false;
    if (entry->kind == DRILL_ENTRY_PROMOTION_ASKED || entry->kind == DRILL_ENTRY_PROMOTION_ENDED)
        return true;
    *why = "its deed is not known";
    if (!get_deed(line, "deed", &entry->deed))
        return false;
    return !is_step(entry->kind) || get_step(line, entry, why);
}

static bool get_entry(const json_t *line, struct drill_entry *entry, const char **why)
{
    const char *key = json_string_value(json_object_get(line, "entry"));

    *why = "its entry is not known";
    if (key == NULL || !drill_entry_parse(key, &entry->kind))
        return false;
    if (entry->kind == DRILL_ENTRY_BEGIN)
        return get_head(line, &entry->head, why);
    *why = "its verdict is not known";
    if (entry->kind == DRILL_ENTRY_END)
        return get_verdict(line, &entry->verdict);
    return get_deed_line(line, entry, why);
}

bool drill_journal_parse(const char *text, size_t length, struct drill_entry *entry,
                         const char **why)
{
    json_t *line = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);

    memset(entry, 0, sizeof *entry);
    entry->step = -1;
    *why = "it is no JSON object";
    bool parsed = json_is_object(line) && get_entry(line, entry, why);
    json_decref(line);
    return parsed;
}
