/*
 * stack_json: what runs of a stack, as the JSON object of `stack status --json` (format 1: unknown
 * is null, never 0) and as a table.
 */
#ifndef RECORD_STACK_JSON_H
#define RECORD_STACK_JSON_H

#include <stdint.h>
#include <stdio.h>

struct stack_json_node {
    const char *name;
    char state[24];
    char detail[128];
    int pid;           /* 0: none */
    int64_t uptime_us; /* INT64_MIN: unknown */
};

void stack_json_print(FILE *out, const char *cluster, const char *kind,
                      const struct stack_json_node *nodes, int count);
void stack_table_print(FILE *out, const char *cluster, const char *kind,
                       const struct stack_json_node *nodes, int count);

#endif
