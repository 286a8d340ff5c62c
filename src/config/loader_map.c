/*
 * loader_map: the keys of one map, against the option table.
 */
#include <string.h>

#include "base/str.h"
#include "config/loader.h"

static struct problem_list *problems_of(struct loader *loader)
{
    return &loader->problems;
}

void *loader_target(const struct config_option *option, const struct loader_map *map)
{
    return (char *)map->owners[option->owner] + option->offset;
}

void loader_label(const struct config_option *option, const struct loader_map *map, char *out,
                  size_t size)
{
    if (map->label[0] != '\0')
        str_format(out, size, "%s of %s", option->key, map->label);
    else
        config_option_path(option, map->section, out, size);
}

/* The keys that this section takes, for hints. */
static size_t keys_of(enum config_section section, const char **keys)
{
    size_t count = 0;

    for (int i = 0; i < config_option_count; i++)
        if (config_options[i].sections & 1u << section)
            keys[count++] = config_options[i].key;
    if (section == SECTION_TOP)
        for (int i = SECTION_STACK; i < SECTIONS; i++)
            keys[count++] = config_sections[i].key;
    return count;
}

/* The other sections that have such a key: "poll or probe"; "" for none. */
static void sections_with(const char *key, char *out, size_t size)
{
    str_copy(out, size, "");
    for (enum config_section s = SECTION_TOP; s < SECTIONS; s++) {
        if (config_option_find(s, key) < 0)
            continue;
        const char *name = s == SECTION_TOP ? "the top level" : config_sections[s].key;
        str_appendf(out, size, "%s%s", out[0] != '\0' ? " or " : "", name);
    }
}

/* A key of another section that may be meant; NULL for none. */
static const char *nearest_elsewhere(const char *key)
{
    const char *keys[SETTINGS_OPTIONS_MAX];

    for (int i = 0; i < config_option_count; i++)
        keys[i] = config_options[i].key;
    return str_nearest(key, keys, (size_t)config_option_count);
}

static void hint_at_key(struct loader *loader, const struct loader_map *map, const char *key)
{
    const char *keys[SETTINGS_OPTIONS_MAX + SECTIONS];
    size_t count = keys_of(map->section, keys);
    const char *nearest = str_nearest(key, keys, count);
    char text[256];

    sections_with(key, text, sizeof text);
    if (text[0] != '\0') {
        problem_hint(problems_of(loader), "it belongs under %s", text);
    } else if (nearest != NULL) {
        problem_hint(problems_of(loader), "did you mean \"%s\"?", nearest);
    } else if ((nearest = nearest_elsewhere(key)) != NULL) {
        sections_with(nearest, text, sizeof text);
        problem_hint(problems_of(loader), "did you mean \"%s\"? it belongs under %s", nearest,
                     text);
    } else {
        for (size_t i = 0; i < count; i++)
            str_appendf(text, sizeof text, "%s%s", i > 0 ? ", " : "", keys[i]);
        problem_hint(problems_of(loader), "known here: %s", text);
    }
}

/* What the key is called in, for people. */
static const char *place_name(const struct loader_map *map)
{
    if (map->label[0] != '\0')
        return map->label;
    return map->section == SECTION_TOP ? "the top level" : config_sections[map->section].key;
}

/*
 * A key that is not known is repeated only when it can be no piece of a secret: `{password: a,b}`
 * makes a key of b, `password:a` one of all of it.
 */
static void report_unknown(struct loader *loader, const struct loader_map *map,
                           const struct document_node *key, bool after_secret)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t word = strspn(key->text, letters);
    char shown[64];

    str_sanitize(shown, sizeof shown, key->text, word);
    if (after_secret || word == 0) {
        problem_add(problems_of(loader), key->line, key->column, "unknown key in %s",
                    place_name(map));
        if (after_secret)
            problem_hint(problems_of(loader), "a value with , : { } or [ ] in it needs quotes");
        else
            hint_at_key(loader, map, "");
    } else if (key->text[word] == ':' || key->text[word] == '=') {
        problem_add(problems_of(loader), key->line, key->column, "unknown key \"%s%c...\" in %s",
                    shown, key->text[word], place_name(map));
        problem_hint(problems_of(loader), "write \"key: value\", with a blank after the colon");
    } else if (key->text[word] != '\0') {
        problem_add(problems_of(loader), key->line, key->column, "unknown key \"%s...\" in %s",
                    shown, place_name(map));
        hint_at_key(loader, map, "");
    } else {
        problem_add(problems_of(loader), key->line, key->column, "unknown key \"%s\" in %s", shown,
                    place_name(map));
        hint_at_key(loader, map, key->text);
    }
}

static bool is_first(struct loader *loader, const struct document_node *key, int first_line)
{
    if (first_line == 0)
        return true;
    problem_add(problems_of(loader), key->line, key->column, "\"%s\" is there twice", key->text);
    problem_hint(problems_of(loader), "the first is on line %d: remove one", first_line);
    return false;
}

static void take_option(struct loader *loader, struct loader_map *map, int i,
                        const struct document_node *key, const struct document_node *value)
{
    size_t told;

    if (!is_first(loader, key, map->keys[i].line))
        return;
    map->keys[i] = (struct place_of_key){key->line, key->column};
    told = problems_of(loader)->out->count;
    if (loader_take_value(loader, &config_options[i], map, value))
        map->lines[i] = key->line;
    else if (told == problems_of(loader)->out->count && value->kind != DOCUMENT_ALIAS)
        map->keys[i] = (struct place_of_key){0}; /* an empty variable: as if it was not there */
}

static void take_section(struct loader *loader, enum config_section section,
                         const struct document_node *key, const struct document_node *value)
{
    if (!is_first(loader, key, loader->section_lines[section]))
        return;
    loader->sections[section] = value;
    loader->section_lines[section] = key->line;
}

static bool is_key(struct loader *loader, const struct document_node *key)
{
    if (key->kind == DOCUMENT_ALIAS)
        return false;
    if (key->kind == DOCUMENT_SCALAR && memchr(key->text, '\0', key->length) == NULL)
        return true;
    problem_add(problems_of(loader), key->line, key->column, "a key must be text, not %s",
                key->kind == DOCUMENT_SCALAR ? "a NUL" : document_kind_name(key));
    problem_hint(problems_of(loader), "write \"key: value\"");
    return false;
}

static void take_pair(struct loader *loader, struct loader_map *map, bool *after_secret,
                      const struct document_node *key, const struct document_node *value)
{
    int i;
    enum config_section section;

    if (!is_key(loader, key))
        return;
    i = config_option_find(map->section, key->text);
    section = map->section == SECTION_TOP ? config_section_find(key->text) : SECTIONS;
    if (i >= 0)
        take_option(loader, map, i, key, value);
    else if (section < SECTIONS)
        take_section(loader, section, key, value);
    else
        report_unknown(loader, map, key, *after_secret);
    /* Only in {} can what follows a secret be a piece of it. */
    *after_secret = *after_secret || (map->node->flow && i >= 0 && config_options[i].secret);
}

static void report_missing(struct loader *loader, const struct loader_map *map)
{
    char label[LOADER_LABEL_BYTES], words[128];

    for (int i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];

        /* Those of one stack only are asked for where the stack is known. */
        if (!(option->sections & 1u << map->section) || !option->required || option->stacks != 0 ||
            map->keys[i].line > 0)
            continue;
        loader_label(option, map, label, sizeof label);
        problem_add(problems_of(loader), map->node->line, map->node->column, "%s is missing",
                    label);
        if (option->words != NULL)
            config_format_words(words, sizeof words, option);
        problem_hint(problems_of(loader), "%s", option->words != NULL ? words : option->help);
    }
}

void loader_take_map(struct loader *loader, struct loader_map *map)
{
    const struct document *document = &loader->document;
    const struct document_node *key = document_first(document, map->node);
    bool after_secret = false;

    while (key != NULL && !problems_full(problems_of(loader))) {
        const struct document_node *value = document_next(document, key);

        take_pair(loader, map, &after_secret, key, value);
        key = document_next(document, value);
    }
    if (!problems_full(problems_of(loader)))
        report_missing(loader, map);
}
