/*
 * document: a YAML file as a tree with the place of every node in the file.
 *
 * Made from libyaml's events, not by its composer: that forgets where an anchor or a tag stood and
 * has no limit of depth. Anchors, aliases, tags and further documents are refused (problems); an
 * alias is a node that nobody looks into, so nothing can multiply.
 */
#ifndef CONFIG_DOCUMENT_H
#define CONFIG_DOCUMENT_H

#include "config/problems.h"

#define DOCUMENT_DEPTH_MAX 16

enum document_kind { DOCUMENT_SCALAR, DOCUMENT_LIST, DOCUMENT_MAP, DOCUMENT_ALIAS };

/* Nodes know each other by index; 0 is the root, so 0 as a child or sibling is "none". */
struct document_node {
    enum document_kind kind;
    int line, column;
    bool plain; /* a scalar without quotes */
    bool flow;  /* a list or map in [] or {} */
    size_t length;
    char *text;         /* of a scalar; terminated, may hold NUL bytes */
    size_t first, last; /* children; those of a map are key, value, key, value */
    size_t next;        /* sibling */
};

struct document {
    struct document_node *nodes;
    size_t count, room;
};

/*
 * The text must have passed text_check. False: it is not YAML, or nothing is in it (problems say
 * why); the document may be used for nothing but document_free then.
 */
bool document_parse(struct document *document, const char *text, size_t length,
                    struct problem_list *problems);
void document_free(struct document *document);

/* NULL after the last. */
const struct document_node *document_first(const struct document *document,
                                           const struct document_node *node);
const struct document_node *document_next(const struct document *document,
                                          const struct document_node *node);

/* What YAML 1.1 takes a scalar without quotes for. */
enum scalar_kind { SCALAR_TEXT, SCALAR_NULL, SCALAR_BOOL, SCALAR_NUMBER };
enum scalar_kind document_scalar_kind(const struct document_node *node);

/* "a list", "a map", "text", "a number", "true or false", "nothing". */
const char *document_kind_name(const struct document_node *node);

#endif
