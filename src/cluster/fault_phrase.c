/*
 * fault_phrase: see fault_phrase.h.
 */
#include "cluster/fault_phrase.h"

#include "base/str.h"

static const char *const phrases[FAULT_KINDS][FAULT_TENSES] = {
    [FAULT_NONE] = {"is up", "was up"},
    [FAULT_REFUSED] = {"is down", "was down"},
    [FAULT_UNREACHABLE] = {"is unreachable", "was unreachable"},
    [FAULT_CONNECT_TIMEOUT] = {"takes no connection", "took no connection"},
    [FAULT_NOT_RESPONDING] = {"does not respond", "did not respond"},
    [FAULT_CLOSED] = {"is lost", "was lost"},
    [FAULT_RESOLVE] = {"has no known address", "had no known address"},
    [FAULT_STARTING] = {"is starting up", "was starting up"},
    [FAULT_SHUTTING_DOWN] = {"is shutting down", "was shutting down"},
    [FAULT_CRASH_RECOVERY] = {"is in crash recovery", "was in crash recovery"},
    [FAULT_NOT_CONSISTENT] = {"is not consistent yet", "was not consistent yet"},
    [FAULT_HOT_STANDBY_OFF] = {"takes no queries", "took no queries"},
    [FAULT_TOO_MANY_CONNECTIONS] = {"has no connection left", "had no connection left"},
    [FAULT_AUTH] = {"does not let us in", "did not let us in"},
    [FAULT_CONFIG] = {"cannot be connected to as described",
                      "could not be connected to as described"},
    [FAULT_QUERY] = {"fails our queries", "failed our queries"},
};

const char *node_fault_phrase(enum node_fault_kind kind, enum fault_tense tense)
{
    return phrases[kind][tense];
}

/* How long an answer is overdue was true when the fault was noticed, and is said anew here. */
static bool has_more_to_say(const struct node_fault *fault)
{
    return fault->text[0] != '\0' && fault->kind != FAULT_NOT_RESPONDING;
}

void node_fault_sentence(const char *name, const struct node_fault *fault, int64_t for_us,
                         char *out, size_t size)
{
    char time[16];

    format_duration(time, sizeof time, for_us);
    str_format(out, size, "%s %s (%s)%s%s", name, node_fault_phrase(fault->kind, FAULT_IS), time,
               has_more_to_say(fault) ? ": " : "", has_more_to_say(fault) ? fault->text : "");
}
