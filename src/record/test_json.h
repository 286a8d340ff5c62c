/*
 * test_json: a replication test as one JSON object or as a table: the form that scripts rely on.
 */
#ifndef RECORD_TEST_JSON_H
#define RECORD_TEST_JSON_H

#include <stdio.h>

#include "cluster/replication_check.h"

void test_json_print(FILE *out, const struct replication_check *check);
void test_table_print(FILE *out, const struct replication_check *check);

#endif
