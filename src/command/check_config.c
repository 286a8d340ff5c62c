/*
 * check_config: the description as it was understood, as YAML: every option with its value and, in
 * a comment, the line that says it, or that it is the default. Passwords are not shown.
 */
#include "command/check_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/conninfo.h"
#include "config/document.h"
#include "config/options.h"

const char check_config_help[] =
    "Says what is wrong with a cluster description, as FILE:LINE:COLUMN: MESSAGE; HINT on "
    "standard\n"
    "error, or prints what was understood. Connects to nothing.\n\n"
    "Exit status: 0 it can be used, 78 it cannot.\n";

#define COMMENT_COLUMN 44
#define VALUE_MAX_BYTES 8192
#define MASK "\"********\""

/* Where the options of one map are, while they are printed. */
struct printer {
    enum config_section section;
    const void *owners[3]; /* by enum config_owner */
    const int *lines;
    const char *indent, *first_indent; /* the first line of a list's item has its dash */
};

static bool needs_quotes(char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+-";
    const struct document_node node = {.kind = DOCUMENT_SCALAR, .plain = true, .text = text};

    return text[strspn(text, plain)] != '\0' || strchr(".+-", text[0]) != NULL ||
           document_scalar_kind(&node) != SCALAR_TEXT;
}

static void format_text(const char *text, char *out, size_t size)
{
    char clean[VALUE_MAX_BYTES / 2];

    str_sanitize(clean, sizeof clean, text, SIZE_MAX);
    str_copy(out, size, clean);
    if (!needs_quotes(clean))
        return;
    str_copy(out, size, "\"");
    for (const char *c = clean; *c != '\0'; c++) {
        char piece[3] = {*c, '\0', '\0'};

        if (*c == '"' || *c == '\\') {
            piece[0] = '\\';
            piece[1] = *c;
        }
        str_append(out, size, piece);
    }
    str_append(out, size, "\"");
}

static void format_levels(const struct config_option *option, const bool *levels, char *out,
                          size_t size)
{
    const char *separator = "";

    str_copy(out, size, "[");
    for (int i = 0; option->words[i] != NULL; i++) {
        if (!levels[i])
            continue;
        str_appendf(out, size, "%s%s", separator, option->words[i]);
        separator = ", ";
    }
    str_append(out, size, "]");
}

static void format_string(const struct config_option *option, const char *text, char *out,
                          size_t size)
{
    char masked[VALUE_MAX_BYTES / 2];

    if (option->type == CONFIG_CONNINFO) {
        conninfo_mask(text, masked, sizeof masked);
        format_text(masked, out, size);
    } else if (option->secret) {
        str_copy(out, size, MASK);
    } else {
        format_text(text, out, size);
    }
}

/* False when there is no value: the file says none and there is no default. */
static bool format_value(const struct config_option *option, const void *value, char *out,
                         size_t size)
{
    const char *text;

    switch (option->type) {
    case CONFIG_BOOL:
        str_copy(out, size, *(const bool *)value ? "true" : "false");
        return true;
    case CONFIG_PORT:
        str_format(out, size, "%d", *(const int *)value);
        return *(const int *)value != 0;
    case CONFIG_DURATION:
        config_format_duration(out, size, *(const int64_t *)value);
        return true;
    case CONFIG_SIZE:
        config_format_size(out, size, *(const int64_t *)value);
        return true;
    case CONFIG_LEVELS:
        format_levels(option, value, out, size);
        return true;
    case CONFIG_STACK_KIND:
        str_copy(out, size, option->words[*(const enum stack_kind *)value - STACK_COMPOSE]);
        return true;
    case CONFIG_TEXT:
    case CONFIG_NAME:
    case CONFIG_SERVICE:
    case CONFIG_PROJECT:
    case CONFIG_SCHEMA:
    case CONFIG_HOST:
    case CONFIG_HOSTADDR:
    case CONFIG_DBNAME:
    case CONFIG_CONNINFO:
    case CONFIG_FILE:
    case CONFIG_WORD:
        break;
    }
    text = *(const char *const *)value;
    if (text == NULL)
        text = option->default_text;
    if (text != NULL)
        format_string(option, text, out, size);
    return text != NULL;
}

static void print_line(const char *indent, const char *key, const char *value, int line)
{
    char where[48];
    int width = (int)(strlen(indent) + strlen(key)) + 2;

    if (line == 0)
        str_copy(where, sizeof where, "default");
    else if (line > 0)
        str_format(where, sizeof where, "line %d", line);
    else
        str_format(where, sizeof where, "line %d, connection", -line);
    printf("%s%s: %-*s # %s\n", indent, key, width < COMMENT_COLUMN ? COMMENT_COLUMN - width : 0,
           value, where);
}

static bool is_shown(const struct config_option *option, const struct printer *printer,
                     enum stack_kind stack)
{
    return option->sections & 1u << printer->section &&
           (option->stacks == 0 || option->stacks & 1u << stack);
}

static void print_options(struct printer *printer, enum stack_kind stack)
{
    char value[VALUE_MAX_BYTES];

    for (int i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];
        const void *owner = printer->owners[option->owner];

        if (!is_shown(option, printer, stack) ||
            !format_value(option, (const char *)owner + option->offset, value, sizeof value))
            continue;
        print_line(printer->first_indent, option->key, value, printer->lines[i]);
        printer->first_indent = printer->indent;
    }
}

static void print_section(const struct settings *settings, enum config_section section)
{
    struct printer printer = {.section = section,
                              .owners = {[OWNER_SETTINGS] = settings},
                              .lines = settings->lines,
                              .indent = section == SECTION_TOP ? "" : "  "};

    printer.first_indent = printer.indent;
    if (section != SECTION_TOP)
        printf("%s:\n", config_sections[section].key);
    print_options(&printer, settings->stack);
}

/* libpq's service has no key of its own in a node: there `service` is the compose service. */
static void print_libpq_service(const struct node_settings *node)
{
    int i = config_option_find(SECTION_CONNECTION, "service");
    char value[VALUE_MAX_BYTES];

    if (node->connection.service == NULL)
        return;
    format_text(node->connection.service, value, sizeof value);
    print_line("    # libpq's ", "service", value, node->lines[i]);
}

/* Which of the parameters nobody said: libpq takes them from where it always does. Beside a
 * conninfo that cannot be told, and `service` would be read as the compose service. */
static void print_left_out(const struct node_settings *node)
{
    const char *separator = "    # left to libpq: ";
    char value[VALUE_MAX_BYTES];

    for (int i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];
        const void *target = (const char *)&node->connection + option->offset;

        if (!(option->sections & 1u << SECTION_NODES) || option->owner != OWNER_CONNECTION ||
            option->type == CONFIG_CONNINFO || format_value(option, target, value, sizeof value))
            continue;
        printf("%s%s", separator, option->key);
        separator = ", ";
    }
    printf("\n");
}

static void print_node(const struct settings *settings, const struct node_settings *node)
{
    struct printer printer = {
        .section = SECTION_NODES,
        .owners = {[OWNER_NODE] = node, [OWNER_CONNECTION] = &node->connection},
        .lines = node->lines,
        .indent = "    ",
        .first_indent = "  - "};
    char value[VALUE_MAX_BYTES];

    print_options(&printer, settings->stack);
    if (settings->stack == STACK_COMPOSE && node->compose_service == NULL) {
        format_text(node->name, value, sizeof value);
        print_line("    ", "service", value, 0);
    }
    print_libpq_service(node);
    if (node->connection.conninfo == NULL)
        print_left_out(node);
}

static void print_settings(const struct settings *settings)
{
    char file[VALUE_MAX_BYTES];

    str_sanitize(file, sizeof file, settings->file, SIZE_MAX);
    printf("# %s\n", file);
    print_section(settings, SECTION_TOP);
    if (settings->stack != STACK_NONE)
        print_section(settings, SECTION_STACK);
    printf("nodes:\n");
    for (int i = 0; i < settings->node_count; i++)
        print_node(settings, &settings->nodes[i]);
    print_section(settings, SECTION_POLL);
    print_section(settings, SECTION_PROBE);
    print_section(settings, SECTION_LIMITS);
}

/* False: *status is the exit status. */
static bool parse_options(const struct command *command, int argc, char **argv,
                          struct common_options *options, int *status)
{
    static const struct option longs[] = {COMMON_LONG_OPTIONS, {0}};
    int option;

    while ((option = getopt_long(argc, argv, "c:", longs, NULL)) != -1)
        if (!common_option(options, command, option, status))
            return false;
    return command_takes_config(options, command, argc, argv, status);
}

int command_check_config(const struct command *command, int argc, char **argv)
{
    struct common_options options = {0};
    struct settings *settings;
    int status;

    if (!parse_options(command, argc, argv, &options, &status))
        return status;
    if (options.help)
        return command_help(command);
    settings = command_settings(options.config, &status);
    if (settings == NULL)
        return status;
    print_settings(settings);
    settings_free(&settings);
    return EXIT_HEALTHY;
}
