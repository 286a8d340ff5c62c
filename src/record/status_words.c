/*
 * status_words: see status_words.h.
 */
#include "record/status_words.h"

const char *status_method_word(enum sync_method method)
{
    static const char *const words[] = {
        [SYNC_OFF] = "off", [SYNC_FIRST] = "first", [SYNC_ANY] = "any"};
    return words[method];
}

const char *status_role_word(enum node_role role)
{
    static const char *const words[] = {
        [ROLE_UNKNOWN] = "unknown", [ROLE_PRIMARY] = "primary", [ROLE_STANDBY] = "standby"};
    return words[role];
}

const char *status_probe_word(enum probe_state state)
{
    static const char *const words[] = {[PROBE_NONE] = "none",
                                        [PROBE_CANNOT] = "off",
                                        [PROBE_STARTING] = "starting",
                                        [PROBE_WORKS] = "works",
                                        [PROBE_PENDING] = "waiting"};
    return words[state];
}

const char *status_outcome_word(enum commit_outcome outcome)
{
    static const char *const words[COMMIT_OUTCOMES] = {[COMMIT_ACKNOWLEDGED] = "acknowledged",
                                                       [COMMIT_LOCAL] = "local",
                                                       [COMMIT_UNKNOWN] = "unknown",
                                                       [COMMIT_FAILED] = "failed"};
    return words[outcome];
}
