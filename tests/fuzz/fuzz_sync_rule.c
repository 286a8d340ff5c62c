/*
 * fuzz_sync_rule: any text is parsed or refused with an offset in it; what a parsed rule is written
 * as parses again to the same rule.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/sync_rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says where, unlike a function that the compiler folds. */
#define check(holds)                                                                               \
    ((holds) ? (void)0 : (fprintf(stderr, "line %d: %s\n", __LINE__, #holds), abort()))

/* Every name may double in length by its quotes, and gets two of them and a comma. */
#define FORMATTED_SIZE (SYNC_RULE_NAMES_MAX * (2 * STANDBY_NAME_SIZE + 4) + 64)

static void check_rule(const struct sync_rule *rule)
{
    static char text[FORMATTED_SIZE];
    struct sync_rule again;

    check(rule->method == SYNC_FIRST || rule->method == SYNC_ANY);
    check(rule->needed > 0 && rule->name_count > 0);
    for (int i = 0; i < rule->name_count; i++) {
        int priority = sync_rule_priority(rule, rule->names[i]);

        check(memchr(rule->names[i], '\0', STANDBY_NAME_SIZE) != NULL);
        check(rule->method == SYNC_ANY ? priority == 1 : priority >= 1 && priority <= i + 1);
    }
    if (rule->names_cut)
        return;
    sync_rule_format(rule, text, sizeof text);
    check(sync_rule_parse(text, &again, NULL));
    check(memcmp(rule, &again, sizeof again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct sync_rule rule;
    struct sync_rule_error err;

    memcpy(text, data, size);
    text[size] = '\0';
    if (!sync_rule_parse(text, &rule, &err)) {
        check(err.offset >= 0 && (size_t)err.offset <= strlen(text));
        check(err.message[0] != '\0' && rule.method == SYNC_OFF);
    } else if (text[0] != '\0') {
        check_rule(&rule);
    } else {
        check(rule.method == SYNC_OFF && rule.needed == 0);
    }
    free(text);
    return 0;
}
