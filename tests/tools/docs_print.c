/*
 * docs_print: the parts of the documentation that are written from the program's own tables.
 *
 * keys, findings, metrics: Markdown tables; keys-man, drill-json-man: for the manual page.
 */
#include <stdio.h>
#include <string.h>

#include "cluster/health.h"
#include "record/drill_json.h"
#include "record/openmetrics.h"
#include "ui/keys.h"

static void print_keys(void)
{
    printf("| key | what it does |\n|---|---|\n");
    for (int i = 0; i < key_binding_count(); i++)
        printf("| `%s` | %s |\n", key_binding_at(i)->label, key_binding_at(i)->help);
}

static void print_keys_man(void)
{
    for (int i = 0; i < key_binding_count(); i++) {
        const char *label = key_binding_at(i)->label;
        printf(".TP\n.B ");
        for (const char *c = label; *c != '\0'; c++) {
            if (*c == '-')
                fputs("\\-", stdout);
            else
                putchar(*c);
        }
        printf("\n%s\n", key_binding_at(i)->help);
    }
}

static void print_findings(void)
{
    printf("| finding | level | what it means |\n|---|---|---|\n");
    for (int i = 0; i < health_rule_count(); i++) {
        struct health_rule_doc rule = health_rule_at(i);
        printf("| `%s` | %s | %s |\n", rule.rule, health_json_word(rule.level), rule.meaning);
    }
}

static void print_metrics(void)
{
    printf("| metric | type | labels | what it is |\n|---|---|---|---|\n");
    for (int i = 0; i < openmetrics_metric_count(); i++) {
        struct openmetrics_metric_doc metric = openmetrics_metric_at(i);
        printf("| `%s` | %s | %s | %s |\n", metric.name, metric.type, metric.labels, metric.help);
    }
}

/* A minus sign means something to troff. */
static void print_man_text(const char *text)
{
    for (; *text != '\0'; text++)
        printf(*text == '-' ? "\\%c" : "%c", *text);
}

static void print_drill_json_man(void)
{
    for (int i = 0; i < drill_json_key_count(); i++) {
        struct drill_json_key key = drill_json_key_at(i);
        printf(".TP\n.B ");
        print_man_text(key.path);
        printf("\n%s: ", key.type);
        print_man_text(key.meaning);
        printf("\n");
    }
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";

    if (strcmp(what, "keys") == 0)
        print_keys();
    else if (strcmp(what, "keys-man") == 0)
        print_keys_man();
    else if (strcmp(what, "findings") == 0)
        print_findings();
    else if (strcmp(what, "drill-json-man") == 0)
        print_drill_json_man();
    else if (strcmp(what, "metrics") == 0)
        print_metrics();
    else {
        fprintf(stderr, "usage: docs_print keys|keys-man|findings|metrics|drill-json-man\n");
        return 64;
    }
    return 0;
}
