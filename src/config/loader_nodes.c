/*
 * loader_nodes: the list of nodes: each on its own, with the connection defaults, and against the
 * others.
 */
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/loader.h"

#define CONNECTION_BITS (1u << SECTION_CONNECTION)

static bool is_text(const struct config_option *option)
{
    return option->type != CONFIG_PORT;
}

static bool is_address(const char *key)
{
    return strcmp(key, "host") == 0 || strcmp(key, "hostaddr") == 0 || strcmp(key, "port") == 0;
}

static struct place_of_key *key_place(struct loader_map *map, const char *key)
{
    return &map->keys[config_option_find(SECTION_NODES, key)];
}

static void copy_default(struct loader *loader, struct node_settings *node, int i)
{
    const struct config_option *option = &config_options[i];
    const void *from = (const char *)&loader->defaults + option->offset;
    void *to = (char *)&node->connection + option->offset;

    if (is_text(option)) {
        if (*(char **)to != NULL || *(char *const *)from == NULL)
            return;
        *(char **)to = mem_strdup(*(char *const *)from);
    } else {
        if (*(int *)to != 0 || *(const int *)from == 0)
            return;
        *(int *)to = *(const int *)from;
    }
    node->lines[i] = -loader->default_lines[i];
}

/* A default must not overrule what the node itself says of where its server is. */
static bool default_applies(const struct node_settings *node, const struct conninfo_facts *facts,
                            const char *key)
{
    const struct connection_settings *own = &node->connection;

    if (own->conninfo != NULL && (is_address(key) || conninfo_says(facts, key)))
        return false;
    return !(strcmp(key, "hostaddr") == 0 && own->host != NULL);
}

static void merge_defaults(struct loader *loader, struct node_settings *node,
                           const struct conninfo_facts *facts)
{
    bool applies[SETTINGS_OPTIONS_MAX];

    for (int i = 0; i < config_option_count; i++)
        applies[i] = config_options[i].sections & CONNECTION_BITS &&
                     default_applies(node, facts, config_options[i].key);
    for (int i = 0; i < config_option_count; i++)
        if (applies[i])
            copy_default(loader, node, i);
}

/* What stands beside conninfo must not say the same thing again. */
static void check_beside_conninfo(struct loader *loader, struct loader_map *map,
                                  const struct conninfo_facts *facts)
{
    for (int i = 0; i < config_option_count; i++) {
        const char *key = config_options[i].key;
        const struct place_of_key *at = &map->keys[i];

        if (at->line == 0 || !(config_options[i].sections & CONNECTION_BITS))
            continue;
        if (is_address(key)) {
            problem_add(&loader->problems, at->line, at->column, "%s has both conninfo and %s",
                        map->label, key);
            problem_hint(&loader->problems, "say it in conninfo, or remove conninfo");
        } else if (conninfo_says(facts, key)) {
            problem_add(&loader->problems, at->line, at->column, "%s of %s is in its conninfo too",
                        key, map->label);
            problem_hint(&loader->problems, "remove one");
        }
    }
}

static void check_target(struct loader *loader, struct loader_map *map,
                         const struct node_settings *node)
{
    const struct connection_settings *c = &node->connection;
    bool tried = key_place(map, "host")->line > 0 || key_place(map, "hostaddr")->line > 0 ||
                 key_place(map, "conninfo")->line > 0;

    if (tried || c->host != NULL || c->hostaddr != NULL || c->service != NULL)
        return;
    problem_add(&loader->problems, map->node->line, map->node->column,
                "%s has nothing to connect to", map->label);
    problem_hint(&loader->problems, "say host, hostaddr or conninfo");
}

static void check_stack_key(struct loader *loader, struct loader_map *map, const char *key,
                            enum stack_kind stack)
{
    static const char *const kinds[] = {[STACK_NONE] = "no stack",
                                        [STACK_COMPOSE] = "a compose stack",
                                        [STACK_LOCAL] = "a local stack"};
    int i = config_option_find(SECTION_NODES, key);
    enum stack_kind actual = loader->settings->stack;

    if (map->keys[i].line > 0 && actual != stack) {
        problem_add(&loader->problems, map->keys[i].line, map->keys[i].column,
                    "%s of %s is for %s, and this is %s", key, map->label, kinds[stack],
                    kinds[actual]);
        problem_hint(&loader->problems, "remove it, or change stack.kind");
    } else if (map->keys[i].line == 0 && actual == stack && config_options[i].required) {
        problem_add(&loader->problems, map->node->line, map->node->column, "%s of %s is missing",
                    key, map->label);
        problem_hint(&loader->problems, "%s", config_options[i].help);
    }
}

/* The stack makes a folder, an argument or a service name of it. */
static void check_stack_name(struct loader *loader, const struct loader_map *map,
                             const struct node_settings *node)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    int i = config_option_find(SECTION_NODES, "name");
    bool named = node->compose_service != NULL || loader->settings->stack == STACK_NONE;

    if (node->name == NULL || named)
        return;
    if (node->name[strspn(node->name, letters)] == '\0' && strchr("_.-", node->name[0]) == NULL)
        return;
    problem_add(&loader->problems, map->keys[i].line, map->keys[i].column,
                "%s cannot be started by a stack under this name", map->label);
    problem_hint(&loader->problems, loader->settings->stack == STACK_COMPOSE
                                        ? "say its service: the compose service"
                                        : "letters, digits, -, _ and .; a letter or digit first");
}

static void check_unique(struct loader *loader, const struct loader_map *map, int index)
{
    const struct settings *settings = loader->settings;
    int i = config_option_find(SECTION_NODES, "name");

    if (settings->nodes[index].name == NULL)
        return;
    for (int other = 0; other < index; other++) {
        if (settings->nodes[other].name == NULL ||
            !str_equal_nocase(settings->nodes[other].name, settings->nodes[index].name))
            continue;
        problem_add(&loader->problems, map->keys[i].line, map->keys[i].column, "a second %s",
                    map->label);
        problem_hint(&loader->problems,
                     "the first is on line %d; upper and lower case are the same",
                     settings->nodes[other].lines[i]);
        return;
    }
}

/* Before its keys are read, so that messages can say of which node they speak. */
static void label_node(const struct loader *loader, struct loader_map *map, int index)
{
    const struct document *document = &loader->document;
    const struct document_node *key = document_first(document, map->node);
    char name[64];

    str_format(map->label, sizeof map->label, "node %d", index + 1);
    while (key != NULL) {
        const struct document_node *value = document_next(document, key);

        if (key->kind == DOCUMENT_SCALAR && strcmp(key->text, "name") == 0 &&
            value->kind == DOCUMENT_SCALAR && value->length > 0) {
            str_sanitize(name, sizeof name, value->text, value->length);
            str_format(map->label, sizeof map->label, "node \"%s\"", name);
            return;
        }
        key = document_next(document, value);
    }
}

static void take_node(struct loader *loader, const struct document_node *item, int index)
{
    struct node_settings *node = &loader->settings->nodes[index];
    struct loader_map map = {
        .section = SECTION_NODES,
        .node = item,
        .owners = {[OWNER_NODE] = node, [OWNER_CONNECTION] = &node->connection},
        .lines = node->lines};
    struct conninfo_facts facts = {0};
    struct error err;

    label_node(loader, &map, index);
    loader_take_map(loader, &map);
    if (node->connection.conninfo != NULL)
        conninfo_check(node->connection.conninfo, &facts, &err);
    if (key_place(&map, "conninfo")->line > 0)
        check_beside_conninfo(loader, &map, &facts);
    merge_defaults(loader, node, &facts);
    check_target(loader, &map, node);
    if (loader->stack_known) {
        check_stack_key(loader, &map, "service", STACK_COMPOSE);
        check_stack_key(loader, &map, "files", STACK_LOCAL);
        check_stack_name(loader, &map, node);
    }
    check_unique(loader, &map, index);
}

static bool is_node(struct loader *loader, const struct document_node *item)
{
    if (item->kind == DOCUMENT_MAP)
        return true;
    if (item->kind == DOCUMENT_ALIAS)
        return false;
    problem_add(&loader->problems, item->line, item->column, "a node must be a map, not %s",
                document_kind_name(item));
    problem_hint(&loader->problems, "write it as \"- {name: a, host: b, port: 5432}\"");
    return false;
}

static void take_list(struct loader *loader, const struct document_node *list)
{
    const struct document_node *item = document_first(&loader->document, list);
    struct settings *settings = loader->settings;

    settings->nodes = mem_calloc(SETTINGS_NODES_MAX, sizeof *settings->nodes);
    for (; item != NULL && !problems_full(&loader->problems);
         item = document_next(&loader->document, item)) {
        if (settings->node_count == SETTINGS_NODES_MAX) {
            problem_add(&loader->problems, item->line, item->column, "more than %d nodes",
                        SETTINGS_NODES_MAX);
            problem_hint(&loader->problems, "describe them as clusters of their own");
            return;
        }
        if (is_node(loader, item))
            take_node(loader, item, settings->node_count++);
    }
}

void loader_take_nodes(struct loader *loader)
{
    const struct document_node *list = loader->sections[SECTION_NODES];
    const struct document_node *root = &loader->document.nodes[0];

    if (list == NULL) {
        problem_add(&loader->problems, root->line, root->column, "nodes is missing");
        problem_hint(&loader->problems, "list the servers as \"- {name: a, host: b, port: 5432}\"");
    } else if (list->kind == DOCUMENT_LIST && list->first == 0) {
        problem_add(&loader->problems, list->line, list->column, "nodes is empty");
        problem_hint(&loader->problems, "list the servers as \"- {name: a, host: b, port: 5432}\"");
    } else if (list->kind == DOCUMENT_LIST) {
        take_list(loader, list);
    } else if (list->kind != DOCUMENT_ALIAS) {
        problem_add(&loader->problems, list->line, list->column, "nodes must be a list, not %s",
                    document_kind_name(list));
        problem_hint(&loader->problems, "begin each node with \"- \"");
    }
}
