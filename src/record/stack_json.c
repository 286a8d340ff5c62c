/*
 * stack_json: see stack_json.h.
 */
#include "record/stack_json.h"

#include "base/clock.h"
#include "base/str.h"
#include "record/json_values.h"

static json_t *node_json(const struct stack_json_node *node)
{
    json_t *object = json_object();

    json_object_set_new(object, "name", json_string(node->name));
    json_object_set_new(object, "state", json_string(node->state));
    json_object_set_new(object, "pid", node->pid != 0 ? json_integer(node->pid) : json_null());
    json_object_set_new(object, "uptime_s",
                        node->uptime_us != INT64_MIN ? json_integer(node->uptime_us / US_PER_S)
                                                     : json_null());
    json_object_set_new(object, "detail", json_string(node->detail));
    return object;
}

void stack_json_print(FILE *out, const char *cluster, const char *kind,
                      const struct stack_json_node *nodes, int count)
{
    json_t *root = json_object(), *array = json_array();

    json_object_set_new(root, "format", json_integer(1));
    json_object_set_new(root, "cluster", json_string(cluster));
    json_object_set_new(root, "stack", json_string(kind));
    for (int i = 0; i < count; i++)
        json_array_append_new(array, node_json(&nodes[i]));
    json_object_set_new(root, "nodes", array);
    json_value_print(out, root);
}

void stack_table_print(FILE *out, const char *cluster, const char *kind,
                       const struct stack_json_node *nodes, int count)
{
    char name[128], detail[256], uptime[16], pid[16];

    (void)cluster;
    (void)kind;
    fprintf(out, "%-16s %-12s %8s %8s  %s\n", "NODE", "STATE", "PID", "UP", "WHERE");
    for (int i = 0; i < count; i++) {
        str_sanitize(name, sizeof name, nodes[i].name, SIZE_MAX);
        str_sanitize(detail, sizeof detail, nodes[i].detail, SIZE_MAX);
        format_duration(uptime, sizeof uptime, nodes[i].uptime_us);
        str_copy(pid, sizeof pid, "-");
        if (nodes[i].pid != 0)
            str_format(pid, sizeof pid, "%d", nodes[i].pid);
        fprintf(out, "%-16s %-12s %8s %8s  %s\n", name, nodes[i].state, pid, uptime, detail);
    }
}
