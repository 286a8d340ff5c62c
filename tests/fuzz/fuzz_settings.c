/*
 * fuzz_settings: any bytes as a cluster description. The loader must return settings without an
 * error, or no settings and the reason; and what it takes must be what check-config can mask.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/conninfo.h"
#include "config/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_errors(const struct settings_problems *problems)
{
    size_t errors = 0;
    char line[1024];

    for (size_t i = 0; i < problems->count; i++) {
        errors += !problems->items[i].warning;
        assert(problems->items[i].error.message[0] != '\0');
        settings_problem_format("f.yaml", &problems->items[i], line, sizeof line);
        assert(strchr(line, '\n') == NULL);
    }
    return errors;
}

static void check_settings(const struct settings *settings)
{
    char masked[8192];

    assert(settings->cluster != NULL && settings->node_count > 0);
    for (int i = 0; i < settings->node_count; i++) {
        const struct node_settings *node = &settings->nodes[i];

        assert(node->name != NULL && node->name[0] != '\0');
        assert(node->connection.port >= 0 && node->connection.port <= 65535);
        if (node->connection.conninfo != NULL)
            conninfo_mask(node->connection.conninfo, masked, sizeof masked);
    }
    assert(settings->poll_interval_us > 0 && settings->poll_timeout_us > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings_problems problems;
    struct settings *settings =
        settings_parse("/nowhere/f.yaml", (const char *)data, size, &problems);
    size_t errors = count_errors(&problems);

    assert((settings == NULL) == (errors > 0));
    if (settings != NULL)
        check_settings(settings);
    settings_free(&settings);
    settings_problems_free(&problems);
    return 0;
}
