/*
 * commit: see commit.h. A success alone proves nothing: a cancelled wait, a rule that was cleared
 * meanwhile and an overridden synchronous_commit all end in one.
 */
#include "cluster/commit.h"

#include <string.h>

#include "base/str.h"
#include "cluster/latency.h"

bool commit_level_waits(enum commit_level level)
{
    return level >= COMMIT_LEVEL_REMOTE_WRITE;
}

enum commit_outcome commit_classify(const struct commit_facts *facts, bool *asynchronous,
                                    char *text, size_t size)
{
    str_copy(text, size, "");
    *asynchronous = false;
    if (strcmp(facts->effective_level, commit_level_word(facts->level)) != 0) {
        str_format(text, size, "synchronous_commit was %s", facts->effective_level);
        return COMMIT_LOCAL;
    }
    if (facts->warning != NULL) {
        str_copy(text, size, facts->warning);
        return COMMIT_LOCAL;
    }
    if (!commit_level_waits(facts->level))
        return COMMIT_ACKNOWLEDGED;
    if (facts->rule_before[0] == '\0') {
        *asynchronous = true;
        str_copy(text, size, "synchronous_standby_names is empty");
        return COMMIT_LOCAL;
    }
    if (facts->rule_after != NULL && strcmp(facts->rule_before, facts->rule_after) != 0) {
        str_copy(text, size, "synchronous_standby_names was changed while it waited");
        return COMMIT_LOCAL;
    }
    return COMMIT_ACKNOWLEDGED;
}

bool commit_error_stays(const char *sqlstate)
{
    static const char *const stays[] = {"42", "3F", "25006", "28", "3D", "0A"};

    for (size_t i = 0; i < sizeof stays / sizeof stays[0]; i++)
        if (strncmp(sqlstate, stays[i], strlen(stays[i])) == 0)
            return true;
    return false;
}
