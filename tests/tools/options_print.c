/*
 * options_print: the option table as JSON (for tests/t/schema.t) or, with --markdown, as the
 * reference that stands in the README between <!-- options --> and <!-- /options -->. With
 * --load FILE... it says of each file whether the loader takes it: one process for thousands.
 */
#include <stdio.h>
#include <string.h>

#include "config/options.h"
#include "config/settings.h"

static const char *type_id(enum config_type type)
{
    switch (type) {
    case CONFIG_BOOL:
        return "bool";
    case CONFIG_PORT:
        return "port";
    case CONFIG_DURATION:
        return "duration";
    case CONFIG_SIZE:
        return "size";
    case CONFIG_LEVELS:
        return "list";
    case CONFIG_WORD:
    case CONFIG_STACK_KIND:
        return "word";
    case CONFIG_FILE:
        return "file";
    case CONFIG_TEXT:
    case CONFIG_NAME:
    case CONFIG_SERVICE:
    case CONFIG_PROJECT:
    case CONFIG_SCHEMA:
    case CONFIG_HOST:
    case CONFIG_HOSTADDR:
    case CONFIG_DBNAME:
    case CONFIG_CONNINFO:
        break;
    }
    return "text";
}

static void print_json_string(const char *text)
{
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            putchar('\\');
        putchar(*text);
    }
    putchar('"');
}

static void print_json_field(const char *name, const char *text)
{
    printf(",\"%s\":", name);
    if (text != NULL)
        print_json_string(text);
    else
        printf("null");
}

static void print_json_words(const char *const *words)
{
    printf(",\"words\":[");
    for (int i = 0; words != NULL && words[i] != NULL; i++) {
        printf(i > 0 ? "," : "");
        print_json_string(words[i]);
    }
    printf("]");
}

static const char *stack_of(const struct config_option *option)
{
    if (option->stacks == 0)
        return NULL;
    return option->stacks & 1u << STACK_COMPOSE ? "compose" : "local";
}

static void print_json(const struct config_option *option, enum config_section section)
{
    char path[128];

    config_option_path(option, section, path, sizeof path);
    printf("{\"path\":\"%s\"", path);
    print_json_field("section", config_sections[section].key);
    print_json_field("key", option->key);
    print_json_field("type", type_id(option->type));
    print_json_field("stack", stack_of(option));
    print_json_field("default", option->default_text);
    print_json_field("help", option->help);
    print_json_words(option->words);
    printf(",\"required\":%s,\"min\":%lld,\"max\":%lld}\n", option->required ? "true" : "false",
           (long long)option->min, (long long)option->max);
}

static void print_markdown_words(const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++)
        printf("%s`%s`", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
}

static void print_markdown_type(const struct config_option *option)
{
    char range[80];
    bool is_word = option->type == CONFIG_WORD || option->type == CONFIG_STACK_KIND;

    config_format_range(range, sizeof range, option);
    if (option->type == CONFIG_LEVELS)
        printf("list of ");
    if (is_word || option->type == CONFIG_LEVELS)
        print_markdown_words(option->words);
    else if (option->type == CONFIG_BOOL)
        printf("`true` or `false`");
    else if (option->type == CONFIG_PORT)
        printf("%s", range);
    else if (range[0] != '\0')
        printf("%s, %s", type_id(option->type), range);
    else
        printf("%s", option->type == CONFIG_FILE ? "path" : "text");
}

static void print_markdown_default(const struct config_option *option)
{
    if (option->default_text != NULL)
        printf("`%s`", option->default_text);
    else if (option->default_note != NULL)
        printf("%s", option->default_note);
    else
        printf("%s", option->required ? "required" : "-");
}

static void print_markdown(const struct config_option *option, enum config_section section)
{
    char path[128];
    const char *stack = stack_of(option);

    config_option_path(option, section, path, sizeof path);
    printf("| `%s` | ", path);
    print_markdown_type(option);
    printf(" | ");
    print_markdown_default(option);
    printf(" | %s%s%s%s |\n", option->help, stack != NULL ? " (stack of kind " : "",
           stack != NULL ? stack : "", stack != NULL ? ")" : "");
}

/* What every node may say too is listed once, under connection. */
static bool is_listed(const struct config_option *option, enum config_section section)
{
    return option->sections & 1u << section &&
           !(section == SECTION_NODES && option->sections & 1u << SECTION_CONNECTION);
}

static void print_markdown_table(void)
{
    printf("| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
    for (enum config_section section = SECTION_TOP; section < SECTIONS; section++) {
        for (int i = 0; i < config_option_count; i++)
            if (is_listed(&config_options[i], section))
                print_markdown(&config_options[i], section);
        if (section == SECTION_NODES)
            printf(
                "| `nodes[].` ... | | that of `connection` | every key of `connection` but "
                "`service`, for this node alone |\n");
    }
}

static void print_loaded(const char *path)
{
    struct settings_problems problems;
    struct settings *settings = settings_load(path, &problems);

    printf("%s\n", settings != NULL ? "taken" : "refused");
    settings_free(&settings);
    settings_problems_free(&problems);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--markdown") == 0) {
        print_markdown_table();
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--load") == 0) {
        for (int i = 2; i < argc; i++)
            print_loaded(argv[i]);
        return 0;
    }
    for (enum config_section section = SECTION_TOP; section < SECTIONS; section++)
        for (int i = 0; i < config_option_count; i++)
            if (config_options[i].sections & 1u << section)
                print_json(&config_options[i], section);
    return 0;
}
