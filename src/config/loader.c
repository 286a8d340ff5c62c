/*
 * loader: a description as a whole: defaults, sections, stack, and what it all needs.
 */
#include "config/loader.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/str.h"
#include "config/path.h"
#include "config/text.h"

static void set_defaults(struct settings *settings)
{
    for (int i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];
        void *target = (char *)settings + option->offset;

        if (option->owner != OWNER_SETTINGS || option->default_text == NULL)
            continue;
        if (option->type == CONFIG_DURATION)
            parse_duration_us(option->default_text, target);
        else if (option->type == CONFIG_SIZE)
            parse_size_bytes(option->default_text, target);
        else if (option->type == CONFIG_BOOL)
            *(bool *)target = strcmp(option->default_text, "true") == 0;
        else if (option->type == CONFIG_LEVELS)
            memset(target, true, (PROBE_LEVELS - PROBE_LOCAL) * sizeof(bool));
        else if (option->type == CONFIG_SCHEMA)
            *(char **)target = mem_strdup(option->default_text);
    }
}

/* A section that is there but holds nothing is most often one whose keys were commented out. */
static bool is_map(struct loader *loader, enum config_section section,
                   const struct document_node *node)
{
    const char *name = section == SECTION_TOP ? "a description" : config_sections[section].key;

    if (node->kind == DOCUMENT_MAP)
        return true;
    if (node->kind == DOCUMENT_ALIAS)
        return false;
    problem_add(&loader->problems, node->line, node->column, "%s must be a map, not %s", name,
                document_kind_name(node));
    problem_hint(&loader->problems, "%s",
                 section != SECTION_TOP && node->length == 0 && node->kind == DOCUMENT_SCALAR
                     ? "write its keys below it, indented, or remove it"
                     : "write its keys below it, indented, as \"key: value\"");
    return false;
}

static void take_section(struct loader *loader, enum config_section section, struct loader_map *map)
{
    *map = (struct loader_map){
        .section = section,
        .node = loader->sections[section],
        .owners = {[OWNER_SETTINGS] = loader->settings, [OWNER_CONNECTION] = &loader->defaults},
        .lines = section == SECTION_CONNECTION ? loader->default_lines : loader->settings->lines};
    if (map->node != NULL && is_map(loader, section, map->node))
        loader_take_map(loader, map);
}

static void check_stack_option(struct loader *loader, const struct loader_map *map, int i)
{
    const struct config_option *option = &config_options[i];
    bool is_compose = loader->settings->stack == STACK_COMPOSE;
    bool fits = option->stacks & 1u << loader->settings->stack;
    const struct place_of_key *key = &map->keys[i];

    if (key->line > 0 && !fits) {
        problem_add(&loader->problems, key->line, key->column, "stack.%s is not for kind: %s",
                    option->key, is_compose ? "compose" : "local");
        problem_hint(&loader->problems, "it is for kind: %s", is_compose ? "local" : "compose");
    } else if (key->line == 0 && fits && option->required) {
        problem_add(&loader->problems, map->node->line, map->node->column, "stack.%s is missing",
                    option->key);
        problem_hint(&loader->problems, "%s", option->help);
    }
}

static void take_stack(struct loader *loader)
{
    struct loader_map map;

    loader->stack_known = loader->sections[SECTION_STACK] == NULL;
    take_section(loader, SECTION_STACK, &map);
    if (loader->settings->stack == STACK_NONE)
        return;
    loader->stack_known = true;
    for (int i = 0; i < config_option_count; i++)
        if (config_options[i].sections & 1u << SECTION_STACK && config_options[i].stacks != 0)
            check_stack_option(loader, &map, i);
}

static void take_probe(struct loader *loader)
{
    struct loader_map map;

    loader->settings->probe_enabled = loader->settings->lab;
    take_section(loader, SECTION_PROBE, &map);
}

static void take_root(struct loader *loader)
{
    struct loader_map map;

    loader->sections[SECTION_TOP] = &loader->document.nodes[0];
    take_section(loader, SECTION_TOP, &map);
    if (map.node->kind != DOCUMENT_MAP)
        return;
    take_stack(loader);
    take_section(loader, SECTION_CONNECTION, &map);
    loader_take_nodes(loader);
    take_section(loader, SECTION_POLL, &map);
    take_probe(loader);
    take_section(loader, SECTION_LIMITS, &map);
}

static void warn_of_password(struct loader *loader)
{
    if (!loader->exposed || loader->password.line == 0)
        return;
    problem_warn(&loader->problems, loader->password.line, loader->password.column,
                 "a password in a file that others can read");
    problem_hint(&loader->problems,
                 "chmod 600 the file, or take it from ${VARIABLE} or a passfile");
}

static bool load(struct loader *loader, const char *text, size_t length)
{
    /* Terminated, whatever the caller has. */
    char *copy = mem_calloc(1, length + 1);
    const char *checked = copy;

    memcpy(copy, text, length);
    if (text_check(&checked, &length, &loader->problems) &&
        document_parse(&loader->document, checked, length, &loader->problems)) {
        take_root(loader);
        warn_of_password(loader);
    }
    explicit_bzero(copy, strlen(copy));
    free(copy);
    return problems_finish(&loader->problems);
}

static struct settings *run(const char *path, const char *text, size_t length, unsigned mode,
                            struct settings_problems *problems)
{
    struct loader loader = {.problems = {.out = problems},
                            .settings = mem_calloc(1, sizeof(struct settings)),
                            .exposed = (mode & (S_IRWXG | S_IRWXO)) != 0};

    loader.settings->file = path_absolute(path);
    loader.folder = path_folder(loader.settings->file);
    set_defaults(loader.settings);
    if (!load(&loader, text, length))
        settings_free(&loader.settings);
    document_free(&loader.document);
    connection_settings_free(&loader.defaults);
    free(loader.folder);
    return loader.settings;
}

struct settings *settings_parse(const char *path, const char *text, size_t length,
                                struct settings_problems *problems)
{
    *problems = (struct settings_problems){0};
    if (length > SETTINGS_FILE_MAX_BYTES) {
        problem_add(&(struct problem_list){.out = problems}, 0, 0, "is larger than 1 MiB");
        return NULL;
    }
    return run(path, text, length, 0, problems);
}

struct settings *settings_load(const char *path, struct settings_problems *problems)
{
    struct problem_list list = {.out = problems};
    struct settings *settings;
    size_t length;
    unsigned mode;
    char *text;

    *problems = (struct settings_problems){0};
    text = text_read(path, &length, &mode, &list);
    if (text == NULL)
        return NULL;
    settings = run(path, text, length, mode, problems);
    explicit_bzero(text, length);
    free(text);
    return settings;
}
