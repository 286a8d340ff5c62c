/*
 * sync_rule: the grammar of synchronous_standby_names (syncrep_gram.y, the same in PostgreSQL 12 to
 * 18) and what it asks.
 *
 *   list | N (list) | FIRST N (list) | ANY N (list);  a bare list is FIRST 1;  "" is off.
 *
 * Names match without case, also quoted ones; "*" (quoted or not) matches every standby; FIRST and
 * ANY are keywords unless quoted. The rule is a value without pointers; equal ones are equal as
 * memory.
 */
#ifndef CLUSTER_SYNC_RULE_H
#define CLUSTER_SYNC_RULE_H

#include <stdbool.h>
#include <stddef.h>

#define STANDBY_NAME_SIZE 64 /* PostgreSQL's NAMEDATALEN */
#define SYNC_RULE_NAMES_MAX 64
#define SYNC_RULE_TEXT_SIZE 1024

enum sync_method { SYNC_OFF, SYNC_FIRST, SYNC_ANY };

struct sync_rule {
    enum sync_method method;
    int needed; /* standbys that a commit waits for; 0 when off; may be more than there are names */
    int name_count;
    bool names_cut; /* more names than SYNC_RULE_NAMES_MAX */
    /* One that is too long for any application_name is cut and ends in an ellipsis. */
    char names[SYNC_RULE_NAMES_MAX][STANDBY_NAME_SIZE];
};

/* What is wrong with a rule that PostgreSQL would refuse too, with the byte offset at which it goes
 * wrong. */
struct sync_rule_error {
    int offset;
    char message[128];
};

/* Parses the setting's value. False fills *err (may be NULL) and leaves the rule as SYNC_OFF. */
bool sync_rule_parse(const char *text, struct sync_rule *rule, struct sync_rule_error *err);

/*
 * The sync_priority that PostgreSQL gives a standby of that name: its 1-based place in the list
 * ('*' counts), 1 for every one under ANY; 0 when it is not meant.
 */
int sync_rule_priority(const struct sync_rule *rule, const char *application_name);

/* True when the rule has '*' in its list. */
bool sync_rule_is_wildcard(const struct sync_rule *rule);

/*
 * "FIRST 1 (replica1, replica2)", "ANY 2 (*)", "off"; names that need quotes get them. Cut to size.
 * Names are as the server has them: sanitize before it is shown.
 */
void sync_rule_format(const struct sync_rule *rule, char *out, size_t size);

#endif
