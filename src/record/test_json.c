/*
 * test_json: see test_json.h. Unknown is null, never 0 or false.
 */
#include "record/test_json.h"

#include <inttypes.h>

#include "base/str.h"
#include "record/json_values.h"

static json_t *json_answer(enum check_answer answer)
{
    return answer == CHECK_UNKNOWN ? json_null() : json_boolean(answer == CHECK_YES);
}

static json_t *write_json(const struct replication_check *check)
{
    json_t *object = json_object();
    bool answered = check->write == CHECK_WRITE_ANSWERED && check->outcome <= COMMIT_LOCAL;

    json_object_set_new(object, "acknowledged",
                        json_boolean(replication_check_is_acknowledged(check)));
    json_object_set_new(object, "latency_ms",
                        json_value_ms(answered ? check->latency_us : UNKNOWN_US));
    json_object_set_new(object, "level", json_string(commit_level_word(check->level)));
    json_object_set_new(object, "node", json_value_text(check->primary_name));
    json_object_set_new(object, "id", check->id != 0 ? json_integer(check->id) : json_null());
    json_object_set_new(object, "reason", json_value_text(check->reason));
    return object;
}

static json_t *node_json(const struct checked_node *node)
{
    json_t *object = json_object();

    json_object_set_new(object, "name", json_string(node->name));
    json_object_set_new(object, "streaming", json_answer(node->streaming));
    json_object_set_new(object, "receiver", json_answer(node->receiver));
    json_object_set_new(object, "row", json_answer(node->row));
    json_object_set_new(object, "visible_since_send_ms", json_value_ms(node->since_send_us));
    json_object_set_new(object, "visible_since_ack_ms", json_value_ms(node->since_ack_us));
    json_object_set_new(object, "reason", json_value_text(node->reason));
    return object;
}

void test_json_print(FILE *out, const struct replication_check *check)
{
    json_t *root = json_object(), *nodes = json_array();

    json_object_set_new(root, "format", json_integer(1));
    json_object_set_new(root, "verdict", json_string(check->passed ? "pass" : "fail"));
    json_object_set_new(root, "write", write_json(check));
    for (int i = 0; i < check->node_count; i++)
        json_array_append_new(nodes, node_json(&check->nodes[i]));
    json_object_set_new(root, "nodes", nodes);
    json_value_print(out, root);
}

/* ---- the table */

static const char *answer_word(enum check_answer answer)
{
    static const char *const words[] = {
        [CHECK_UNKNOWN] = "-", [CHECK_NO] = "no", [CHECK_YES] = "yes"};

    return words[answer];
}

static void print_node(FILE *out, const struct checked_node *node)
{
    char since_send[16], since_ack[16];

    format_duration(since_send, sizeof since_send, node->since_send_us);
    format_duration(since_ack, sizeof since_ack, node->since_ack_us);
    fprintf(out, "%-16s %-9s %-8s %-4s %10s %9s  %s%s\n", node->name, answer_word(node->streaming),
            answer_word(node->receiver), answer_word(node->row), since_send, since_ack,
            node->reason[0] == '\0' ? "pass" : "FAIL: ", node->reason);
}

static void print_write(FILE *out, const struct replication_check *check)
{
    char took[16], table[CHECK_TABLE_SIZE];

    if (!replication_check_is_acknowledged(check)) {
        fprintf(out, "write on %s: FAIL: %s\n",
                check->primary_name[0] != '\0' ? check->primary_name : "the primary",
                check->reason);
        return;
    }
    format_duration(took, sizeof took, check->latency_us);
    str_sanitize(table, sizeof table, check->table, SIZE_MAX);
    fprintf(out, "row %" PRId64 " into %s on %s, synchronous_commit %s: %s in %s\n", check->id,
            table, check->primary_name, commit_level_word(check->level),
            check->asynchronous ? "committed, no standby is asked to confirm," : "acknowledged",
            took);
}

void test_table_print(FILE *out, const struct replication_check *check)
{
    print_write(out, check);
    if (check->node_count > 0)
        fprintf(out, "\n%-16s %-9s %-8s %-4s %10s %9s  %s\n", "NODE", "STREAMING", "RECEIVER",
                "ROW", "SINCE SEND", "SINCE ACK", "VERDICT");
    for (int i = 0; i < check->node_count; i++)
        print_node(out, &check->nodes[i]);
    fprintf(out, "\nreplication test %s\n", check->passed ? "passed" : "FAILED");
}
