/*
 * fault_phrase: what is the matter with a node, as the rest of a sentence that begins with its
 * name. The one place for these words but for the short ones of the table's cells
 * (node_fault_word). Pure.
 */
#ifndef CLUSTER_FAULT_PHRASE_H
#define CLUSTER_FAULT_PHRASE_H

#include "cluster/observation.h"

enum fault_tense {
    FAULT_IS,  /* "is down", "does not respond" */
    FAULT_WAS, /* "was down", "did not respond" */
    FAULT_TENSES
};

const char *node_fault_phrase(enum node_fault_kind kind, enum fault_tense tense);

/* "replica1 is down (8.0 s): Connection refused". */
void node_fault_sentence(const char *name, const struct node_fault *fault, int64_t for_us,
                         char *out, size_t size);

#endif
