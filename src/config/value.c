/*
 * value: one scalar or list of the file to the C value of its option. Messages repeat what stands
 * in the file, never what a variable held, and nothing at all of a secret.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/expand.h"
#include "config/loader.h"
#include "config/path.h"

/* One value on its way. */
struct value {
    struct loader *loader;
    const struct config_option *option;
    const struct document_node *node;
    const char *label;
    const char *text; /* expanded */
    void *target;
};

static void complain(const struct value *v, const char *hint, const char *what)
{
    problem_add(&v->loader->problems, v->node->line, v->node->column, "%s %s", v->label, what);
    problem_hint(&v->loader->problems, "%s", hint);
}

/* As complain, with what the file says: not for secrets. */
static void complain_of_text(const struct value *v, const char *what, const char *hint)
{
    char shown[64], told[160];

    str_sanitize(shown, sizeof shown, v->node->text, v->node->length);
    str_format(told, sizeof told, "%s: \"%s\"", what, shown);
    complain(v, hint, told);
}

static bool store_text(const struct value *v, const char *text)
{
    char **target = v->target;

    free(*target);
    *target = mem_strdup(text);
    return true;
}

static bool take_bool(const struct value *v)
{
    static const char *const words[] = {"true", "yes", "on", "false", "no", "off"};
    bool *target = v->target;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_equal_nocase(v->text, words[i])) {
            *target = i < 3;
            return true;
        }
    }
    complain_of_text(v, "is not true or false", "write true or false");
    return false;
}

static bool take_port(const struct value *v)
{
    size_t digits = strspn(v->text, "0123456789");
    long port = digits > 0 && digits < 6 && v->text[digits] == '\0' ? strtol(v->text, NULL, 10) : 0;

    if (port >= v->option->min && port <= v->option->max) {
        *(int *)v->target = (int)port;
        return true;
    }
    complain_of_text(v, "is not a port", "a number from 1 to 65535");
    return false;
}

static bool is_plain_number(const char *text)
{
    text += *text == '-' || *text == '+';
    return *text != '\0' && text[strspn(text, "0123456789._")] == '\0';
}

static void complain_of_quantity(const struct value *v)
{
    bool is_time = v->option->type == CONFIG_DURATION;
    char hint[128];

    if (v->text[0] == '-') {
        complain_of_text(v, "is negative", is_time ? "write it as 1s" : "write it as 64MB");
    } else if (is_plain_number(v->text)) {
        /* What a variable held is not repeated, not even as advice. */
        const char *number = v->text == v->node->text && v->node->length < 16 ? v->text : "1";

        str_format(hint, sizeof hint, is_time ? "write %ss" : "write %sMB", number);
        complain_of_text(v, "has no unit", hint);
    } else if (is_time) {
        complain_of_text(v, "is not a time", "write it as 500ms, 2s, 1.5min or 1h");
    } else {
        complain_of_text(v, "is not a size", "write it as 512kB, 64MB or 1GB");
    }
}

static bool take_quantity(const struct value *v)
{
    bool is_time = v->option->type == CONFIG_DURATION;
    int64_t quantity;
    char range[80];

    if (!(is_time ? parse_duration_us(v->text, &quantity) : parse_size_bytes(v->text, &quantity))) {
        complain_of_quantity(v);
        return false;
    }
    if (quantity < v->option->min || quantity > v->option->max) {
        config_format_range(range, sizeof range, v->option);
        complain_of_text(v, "is out of range", range);
        return false;
    }
    *(int64_t *)v->target = quantity;
    return true;
}

static int word_index(const struct value *v, const char *text)
{
    char hint[128];
    size_t count = 0;

    for (; v->option->words[count] != NULL; count++)
        if (strcmp(v->option->words[count], text) == 0)
            return (int)count;
    const char *nearest = str_nearest(text, v->option->words, count);
    if (nearest != NULL)
        str_format(hint, sizeof hint, "did you mean \"%s\"?", nearest);
    else
        config_format_words(hint, sizeof hint, v->option);
    complain_of_text(v, "is not known", hint);
    return -1;
}

static bool take_word(const struct value *v)
{
    int i = word_index(v, v->text);

    if (i < 0)
        return false;
    if (v->option->type == CONFIG_WORD)
        return store_text(v, v->option->words[i]);
    *(enum stack_kind *)v->target = STACK_COMPOSE + (unsigned)i;
    return true;
}

static bool take_file(const struct value *v)
{
    char **target = v->target;
    bool is_word = v->option->words != NULL && strcmp(v->text, v->option->words[0]) == 0;
    bool is_engine = strcmp(v->option->key, "sslkey") == 0 && strchr(v->text, ':') != NULL &&
                     strchr(v->text, '/') == NULL;
    struct error err;

    if (is_word && v->option->default_text != NULL) /* its default: NULL says it */
        return true;
    if (is_word || is_engine) /* of meaning to libpq as they are */
        return store_text(v, v->text);
    free(*target);
    *target = path_resolve(v->text, v->loader->folder, &err);
    if (*target == NULL)
        complain(v, err.hint, err.message);
    return *target != NULL;
}

/* Two names that look the same must be the same, and a name must be typeable. */
static bool take_name(const struct value *v)
{
    size_t length = strlen(v->text);
    char visible[256];

    str_sanitize(visible, sizeof visible, v->text, SIZE_MAX);
    if (strcmp(visible, v->text) != 0) {
        complain(v, "use visible characters only", "has a control or invisible character in it");
        return false;
    }
    if (v->text[0] == ' ' || v->text[length - 1] == ' ') {
        complain(v, "remove it", "has a blank at its start or end");
        return false;
    }
    return store_text(v, v->text);
}

static bool take_identifier(const struct value *v)
{
    bool is_project = v->option->type == CONFIG_PROJECT;
    const char *characters = is_project ? "abcdefghijklmnopqrstuvwxyz0123456789_-"
                                        : "abcdefghijklmnopqrstuvwxyz0123456789_-."
                                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    if (v->text[strspn(v->text, characters)] == '\0' && isalnum((unsigned char)v->text[0]))
        return store_text(v, v->text);
    if (is_project)
        complain_of_text(v, "is not the name of a compose project",
                         "lower-case letters, digits, - and _; a letter or digit first");
    else
        complain_of_text(v, "is not the name of a compose service",
                         "letters, digits, -, _ and .; a letter or digit first");
    return false;
}

static bool take_schema(const struct value *v)
{
    if (strncmp(v->text, "pg_", 3) != 0)
        return take_name(v);
    complain_of_text(v, "is reserved", "PostgreSQL keeps names that begin with pg_ for itself");
    return false;
}

static bool take_host(const struct value *v)
{
    bool is_path = v->text[0] == '/' || v->text[0] == '@';
    char visible[1024];

    if (strchr(v->text, ',') != NULL) {
        complain(v, "a node is one server: describe each as a node of its own",
                 "has several hosts");
        return false;
    }
    str_sanitize(visible, sizeof visible, v->text, SIZE_MAX);
    /* Not repeated: it may be a connection string with a password. */
    if (strcmp(visible, v->text) != 0 || strchr(v->text, '=') != NULL ||
        (!is_path && strpbrk(v->text, " /@[]") != NULL)) {
        complain(v, "a connection string belongs in conninfo",
                 "is not a host name, an address or a socket directory");
        return false;
    }
    return store_text(v, v->text);
}

static bool take_hostaddr(const struct value *v)
{
    char address[64];
    unsigned char binary[sizeof(struct in6_addr)];
    bool fits = str_copy(address, sizeof address, v->text);

    address[strcspn(address, "%")] = '\0'; /* the zone of a link-local address */
    if (fits &&
        (inet_pton(AF_INET, v->text, binary) == 1 || inet_pton(AF_INET6, address, binary) == 1))
        return store_text(v, v->text);
    complain(v, "a name belongs in host", "is not an IPv4 or IPv6 address");
    return false;
}

static bool take_dbname(const struct value *v)
{
    /* libpq would take it apart, and its host with it. */
    if (!conninfo_is_uri(v->text) && strchr(v->text, '=') == NULL)
        return store_text(v, v->text);
    complain(v, "say it in conninfo", "is a connection string");
    return false;
}

/* Its own messages begin with "conninfo". */
static bool take_conninfo(const struct value *v)
{
    struct conninfo_facts facts;
    struct error err;

    if (conninfo_check(v->text, &facts, &err))
        return store_text(v, v->text);
    if (strncmp(err.message, "conninfo ", 9) == 0)
        complain(v, err.hint, err.message + 9);
    return false;
}

static bool take_level(const struct value *v, bool *levels)
{
    int i = word_index(v, v->text);

    if (i < 0)
        return false;
    if (levels[i])
        complain_of_text(v, "is there twice", "remove one");
    levels[i] = true;
    return true;
}

static bool take_text(const struct value *v)
{
    switch (v->option->type) {
    case CONFIG_BOOL:
        return take_bool(v);
    case CONFIG_PORT:
        return take_port(v);
    case CONFIG_DURATION:
    case CONFIG_SIZE:
        return take_quantity(v);
    case CONFIG_WORD:
    case CONFIG_STACK_KIND:
        return take_word(v);
    case CONFIG_LEVELS:
        return take_level(v, v->target);
    case CONFIG_FILE:
        return take_file(v);
    case CONFIG_NAME:
        return take_name(v);
    case CONFIG_SERVICE:
    case CONFIG_PROJECT:
        return take_identifier(v);
    case CONFIG_SCHEMA:
        return take_schema(v);
    case CONFIG_HOST:
        return take_host(v);
    case CONFIG_HOSTADDR:
        return take_hostaddr(v);
    case CONFIG_DBNAME:
        return take_dbname(v);
    case CONFIG_CONNINFO:
        return take_conninfo(v);
    case CONFIG_TEXT:
        break;
    }
    return store_text(v, v->text);
}

static bool is_typed(enum config_type type)
{
    return type == CONFIG_BOOL || type == CONFIG_PORT;
}

/* A scalar of another kind than the option's: text for a port, a number for a name. */
static bool check_kind(const struct value *v)
{
    enum scalar_kind kind = document_scalar_kind(v->node);
    enum config_type type = v->option->type;
    char what[96];

    if (kind == SCALAR_NULL) {
        complain(v, "write one after the colon, or remove the key", "has no value");
        return false;
    }
    if (strstr(v->node->text, "${") != NULL) /* what it is turns out later */
        return true;
    str_format(what, sizeof what, "must be %s, not %s", config_type_name(type),
               document_kind_name(v->node));
    if ((type == CONFIG_BOOL && kind == SCALAR_NUMBER) ||
        (type == CONFIG_PORT && kind == SCALAR_BOOL)) {
        complain(v, type == CONFIG_BOOL ? "write true or false" : "a number from 1 to 65535", what);
        return false;
    }
    if (is_typed(type) && kind == SCALAR_TEXT && !v->node->plain) {
        complain(v, "write it without quotes", what);
        return false;
    }
    /* Words say what they may be, quantities what their units are. */
    if (type > CONFIG_FILE || kind == SCALAR_TEXT)
        return true;
    complain(v, "put it in quotes", what);
    return false;
}

/* After the expansion; false with a problem. */
static bool check_text(const struct value *v, size_t length)
{
    const char *text = v->text;
    char what[64];

    if (length == 0) {
        complain(v, "write a value, or remove the key", "is empty");
        return false;
    }
    if (v->option->type <= CONFIG_FILE && length > (size_t)v->option->max) {
        str_format(what, sizeof what, "is longer than %d bytes", (int)v->option->max);
        complain(v, "shorten it", what);
        return false;
    }
    while (*text != '\0') {
        const char *before = text;

        if (str_next_char(&text) == 0xFFFD && text - before == 1) {
            complain(v, "a variable in it has bytes that are not", "is not UTF-8");
            return false;
        }
    }
    return true;
}

/* A secret that everybody who can read the file knows: written out, or a default that serves. In a
 * lab the default is as good as public, and no reason to warn. */
static bool shows_secret(const struct value *v)
{
    static const char hidden[] = {EXPAND_HIDDEN, '\0'};
    char *shown = expand_in_file(v->node->text, v->loader->settings->lab);
    bool shows = v->option->type == CONFIG_CONNINFO ? conninfo_shows_secret(shown, EXPAND_HIDDEN)
                                                    : shown[strspn(shown, hidden)] != '\0';

    explicit_bzero(shown, strlen(shown));
    free(shown);
    return shows;
}

static void note_password(struct loader *loader, const struct value *v)
{
    if (v->option->secret && loader->password.line == 0 && shows_secret(v))
        loader->password = (struct place_of_key){v->node->line, v->node->column};
}

static bool take_scalar(struct value *v)
{
    struct expansion expansion;
    struct error err;
    bool good;

    if (!check_kind(v))
        return false;
    if (memchr(v->node->text, '\0', v->node->length) != NULL) { /* what is behind it is not read */
        complain(v, "remove it", "has a NUL in it");
        return false;
    }
    if (!expand(v->node->text, &expansion, &err)) {
        complain(v, err.hint, err.message);
        return false;
    }
    v->text = expansion.expanded ? expansion.text : v->node->text;
    /* ${VARIABLE:-} leaves out what may be left out. */
    bool left_out =
        expansion.expanded && expansion.text[0] == '\0' && v->option->owner == OWNER_CONNECTION;
    good = !left_out && check_text(v, strlen(v->text)) && take_text(v);
    if (good)
        note_password(v->loader, v);
    explicit_bzero(expansion.text, strlen(expansion.text));
    free(expansion.text);
    return good;
}

static bool take_list(struct value *v)
{
    const struct document *document = &v->loader->document;
    const struct document_node *list = v->node;
    bool *levels = v->target;
    bool good = true;

    for (int i = 0; v->option->words[i] != NULL; i++)
        levels[i] = false;
    for (const struct document_node *item = document_first(document, list); item != NULL;
         item = document_next(document, item)) {
        v->node = item;
        if (item->kind == DOCUMENT_SCALAR) {
            good = take_scalar(v) && good;
        } else if (item->kind != DOCUMENT_ALIAS) {
            complain(v, "write [local, on]", "must be a word, not a list or map");
            good = false;
        }
        if (problems_full(&v->loader->problems))
            return false;
    }
    return good;
}

bool loader_take_value(struct loader *loader, const struct config_option *option,
                       const struct loader_map *map, const struct document_node *node)
{
    bool wants_list = option->type == CONFIG_LEVELS;
    char label[LOADER_LABEL_BYTES], item_label[LOADER_LABEL_BYTES + 16], what[96];
    struct value v = {.loader = loader,
                      .option = option,
                      .node = node,
                      .label = label,
                      .target = loader_target(option, map)};

    loader_label(option, map, label, sizeof label);
    if (node->kind == DOCUMENT_ALIAS)
        return false;
    if (wants_list && node->kind == DOCUMENT_LIST && node->first != 0) {
        str_format(item_label, sizeof item_label, "a level of %s", label);
        v.label = item_label;
        return take_list(&v);
    }
    if (!wants_list && node->kind == DOCUMENT_SCALAR)
        return take_scalar(&v);
    if (wants_list && node->kind == DOCUMENT_LIST) {
        complain(&v, "name at least one; probe.enabled: false probes nothing", "is empty");
        return false;
    }
    str_format(what, sizeof what, "must be %s, not %s", config_type_name(option->type),
               document_kind_name(node));
    complain(&v, wants_list ? "write [local, on]" : "write one value", what);
    return false;
}
