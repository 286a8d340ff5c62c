/*
 * sync_rule_print VALUE [APPLICATION_NAME...]: what sync_rule_parse makes of a value of
 * synchronous_standby_names, for tests that hold it against a server.
 *
 * Prints the rule and a priority per name, one a line; a refused value's offset and message and
 * exits 1.
 */
#include <stdio.h>

#include "cluster/sync_rule.h"

int main(int argc, char **argv)
{
    struct sync_rule_error err;
    struct sync_rule rule;
    char text[4096];

    if (argc < 2) {
        fputs("usage: sync_rule_print VALUE [APPLICATION_NAME...]\n", stderr);
        return 64;
    }
    if (!sync_rule_parse(argv[1], &rule, &err)) {
        printf("%d\n%s\n", err.offset, err.message);
        return 1;
    }
    sync_rule_format(&rule, text, sizeof text);
    puts(text);
    for (int i = 2; i < argc; i++)
        printf("%d\n", sync_rule_priority(&rule, argv[i]));
    return 0;
}
