/*
 * stack_answer: what a child says when it is asked about a node's data, told apart from whatever
 * else it and Docker write. Pure.
 */
#ifndef STACK_STACK_ANSWER_H
#define STACK_STACK_ANSWER_H

#include <stdbool.h>

#include "stack/stack.h"

#define LAB_FILE "pgwatch-tui.lab" /* in the data directory; see the node scripts */
#define LAB_UUID_SIZE 37

/* STACK_WAL_END and STACK_IDENTITY: their answer is one line about one node. */
bool stack_verb_asks(enum stack_verb verb);
/* The line is an answer to this verb; false for verbs that have none. */
bool stack_is_answer(enum stack_verb verb, const char *line);
/* The line begins with a UUID, and has nothing after it but an end of line. */
bool stack_is_uuid(const char *line);

#endif
