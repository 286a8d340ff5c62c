/*
 * document: see document.h.
 */
#include "config/document.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/str.h"
#include "config/braces.h"

struct builder {
    struct document *document;
    struct problem_list *problems;
    size_t open[DOCUMENT_DEPTH_MAX]; /* lists and maps that have not ended */
    int depth;
    int documents;
    bool failed;  /* the tree cannot be used */
    bool stopped; /* what follows is not read; the tree is whole */
};

static void refuse(struct builder *b, const yaml_mark_t *mark, const char *what, const char *hint)
{
    problem_add(b->problems, (int)mark->line + 1, (int)mark->column + 1, "%s", what);
    problem_hint(b->problems, "%s", hint);
}

static struct document_node *append(struct document *document)
{
    if (document->count == document->room) {
        document->room = document->room > 0 ? 2 * document->room : 64;
        document->nodes =
            mem_realloc(document->nodes, document->room * sizeof(struct document_node));
    }
    document->nodes[document->count] = (struct document_node){0};
    return &document->nodes[document->count++];
}

static void link_to_parent(struct builder *b, size_t index)
{
    struct document_node *nodes = b->document->nodes;

    if (b->depth == 0)
        return;
    struct document_node *parent = &nodes[b->open[b->depth - 1]];
    if (parent->first == 0)
        parent->first = index;
    else
        nodes[parent->last].next = index;
    parent->last = index;
}

static struct document_node *add_node(struct builder *b, enum document_kind kind,
                                      const yaml_mark_t *mark)
{
    struct document_node *node = append(b->document);

    node->kind = kind;
    node->line = (int)mark->line + 1;
    node->column = (int)mark->column + 1;
    link_to_parent(b, b->document->count - 1);
    return node;
}

static void open_node(struct builder *b, enum document_kind kind, bool flow,
                      const yaml_mark_t *mark)
{
    if (b->depth == DOCUMENT_DEPTH_MAX) {
        refuse(b, mark, "nested too deeply", "no description needs more than 4 levels");
        b->failed = true;
        return;
    }
    add_node(b, kind, mark)->flow = flow;
    b->open[b->depth++] = b->document->count - 1;
}

static void add_scalar(struct builder *b, const yaml_event_t *event)
{
    struct document_node *node = add_node(b, DOCUMENT_SCALAR, &event->start_mark);

    node->length = event->data.scalar.length;
    node->text = mem_calloc(1, node->length + 1);
    memcpy(node->text, event->data.scalar.value, node->length);
    node->length = braces_restore(node->text, node->length);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void refuse_anchor_and_tag(struct builder *b, const yaml_event_t *event)
{
    const void *anchor = NULL, *tag = NULL;

    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    }
    if (anchor != NULL)
        refuse(b, &event->start_mark, "an anchor (&)", "anchors and aliases are not taken here");
    if (tag != NULL)
        refuse(b, &event->start_mark, "a tag (!)", "tags are not taken here");
}

static void take_event(struct builder *b, const yaml_event_t *event)
{
    refuse_anchor_and_tag(b, event);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++b->documents > 1) {
            refuse(b, &event->start_mark, "a second document (---)",
                   "one file describes one cluster");
            b->stopped = true;
        }
        break;
    case YAML_ALIAS_EVENT:
        refuse(b, &event->start_mark, "an alias (*)", "anchors and aliases are not taken here");
        add_node(b, DOCUMENT_ALIAS, &event->start_mark);
        break;
    case YAML_SCALAR_EVENT:
        add_scalar(b, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_node(b, DOCUMENT_LIST, event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE,
                  &event->start_mark);
        break;
    case YAML_MAPPING_START_EVENT:
        open_node(b, DOCUMENT_MAP, event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE,
                  &event->start_mark);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        assert(b->depth > 0);
        b->depth--;
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

/* The bytes at a mark; "" past the end. */
static const char *text_at(const char *text, size_t length, const yaml_mark_t *mark)
{
    const char *at = text;

    /* The mark counts characters. */
    for (size_t i = 0; i < mark->index && at < text + length; i++)
        str_next_char(&at);
    return at < text + length ? at : "";
}

/* What people do wrong most often, said in other words than the scanner's. */
static const char *syntax_hint(const yaml_parser_t *parser, const char *text, size_t length)
{
    const char *at = text_at(text, length, &parser->problem_mark);

    if (*at == '\t')
        return "indent with blanks, not with tabs";
    if (*at == '{' && at > text && at[-1] == '$')
        return "inside { } and [ ] put it in quotes: \"${VARIABLE}\"";
    if (*at == '@' || *at == '`' || (*at == '%' && parser->problem_mark.column > 0))
        return "put the value in quotes";
    if (parser->problem == NULL)
        return "";
    if (strcmp(parser->problem, "mapping values are not allowed in this context") == 0)
        return "a value with \": \" in it needs quotes; or the indentation is wrong";
    if (strcmp(parser->problem, "could not find expected ':'") == 0)
        return "write \"key: value\", with a blank after the colon";
    return "look at the quotes, brackets and indentation up to here";
}

static void report_syntax(const yaml_parser_t *parser, const char *text, size_t length,
                          struct problem_list *problems)
{
    const yaml_mark_t *mark = &parser->problem_mark, *start = &parser->context_mark;
    char where[160] = "";

    if (parser->context != NULL && start->line != mark->line)
        str_format(where, sizeof where, " %s that starts on line %d", parser->context,
                   (int)start->line + 1);
    else if (parser->context != NULL)
        str_format(where, sizeof where, " %s", parser->context);
    problem_add(problems, (int)mark->line + 1, (int)mark->column + 1, "not YAML: %s%s",
                parser->problem != NULL ? parser->problem : "cannot be parsed", where);
    problem_hint(problems, "%s", syntax_hint(parser, text, length));
}

static bool parse_events(struct builder *b, yaml_parser_t *parser)
{
    bool ended = false;

    while (!ended && !b->failed && !b->stopped && !problems_full(b->problems)) {
        yaml_event_t event;

        if (!yaml_parser_parse(parser, &event))
            return false;
        take_event(b, &event);
        ended = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    return true;
}

static bool parse(struct builder *b, const char *text, size_t length)
{
    yaml_parser_t parser;
    bool parsed;

    if (!yaml_parser_initialize(&parser)) {
        problem_add(b->problems, 0, 0, "cannot be parsed: out of memory");
        return false;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    parsed = parse_events(b, &parser);
    if (!parsed)
        report_syntax(&parser, text, length, b->problems);
    yaml_parser_delete(&parser);
    return parsed && !b->failed;
}

static bool is_nothing(const struct document *document)
{
    return document->count == 0 || (document->count == 1 && document->nodes[0].text != NULL &&
                                    document_scalar_kind(&document->nodes[0]) == SCALAR_NULL);
}

bool document_parse(struct document *document, const char *text, size_t length,
                    struct problem_list *problems)
{
    struct builder b = {.document = document, .problems = problems};
    char *hidden = braces_hide(text, &length);
    bool parsed;

    *document = (struct document){0};
    parsed = parse(&b, hidden, length);
    explicit_bzero(hidden, length);
    free(hidden);
    if (parsed && is_nothing(document)) {
        problem_add(problems, 0, 0, "is empty");
        problem_hint(problems, "config/ has examples to start from");
        return false;
    }
    return parsed;
}

void document_free(struct document *document)
{
    for (size_t i = 0; i < document->count; i++) {
        /* May have held a password. */
        if (document->nodes[i].text != NULL)
            explicit_bzero(document->nodes[i].text, document->nodes[i].length);
        free(document->nodes[i].text);
    }
    free(document->nodes);
    *document = (struct document){0};
}

const struct document_node *document_first(const struct document *document,
                                           const struct document_node *node)
{
    return node->first != 0 ? &document->nodes[node->first] : NULL;
}

const struct document_node *document_next(const struct document *document,
                                          const struct document_node *node)
{
    return node->next != 0 ? &document->nodes[node->next] : NULL;
}
