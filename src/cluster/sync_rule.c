/*
 * sync_rule: a scanner and a recursive descent parser that accept exactly what PostgreSQL's
 * syncrep_scanner.l and syncrep_gram.y accept, and refuse the rest in the same words.
 *
 * A server that refuses a value keeps the former one, so what SHOW says always parses; the messages
 * matter where a rule comes from a person or a recording.
 */
#include "cluster/sync_rule.h"

#include <stdint.h>
#include <string.h>

#include "base/str.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_NUMBER,
    TOKEN_FIRST,
    TOKEN_ANY,
    TOKEN_COMMA,
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_JUNK,        /* a character that has no place in the grammar */
    TOKEN_UNTERMINATED /* a quoted name without its closing quote */
};

struct scanner {
    const char *text;
    size_t at; /* where the next token is looked for */
    /* The present token: */
    enum token_kind kind;
    size_t start, length;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_identifier(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool continues_identifier(char c)
{
    return starts_identifier(c) || is_digit(c) || c == '$';
}

static size_t identifier_length(const char *s)
{
    size_t length = 0;

    if (!starts_identifier(*s))
        return 0;
    while (continues_identifier(s[length]))
        length++;
    return length;
}

static bool is_word(const char *s, size_t length, const char *word)
{
    char copy[8];

    if (length >= sizeof copy)
        return false;
    memcpy(copy, s, length);
    copy[length] = '\0';
    return str_equal_nocase(copy, word);
}

/* From the opening quote to past the closing one; 0 when there is none. */
static size_t quoted_length(const char *s)
{
    size_t length = 1;

    for (;;) {
        if (s[length] == '\0')
            return 0;
        if (s[length++] != '"')
            continue;
        if (s[length] != '"')
            return length;
        length++;
    }
}

static void set_token(struct scanner *scanner, enum token_kind kind, size_t length)
{
    scanner->kind = kind;
    scanner->length = length;
    scanner->at = scanner->start + length;
}

static void scan_word(struct scanner *scanner, const char *s)
{
    size_t length = identifier_length(s);

    if (is_word(s, length, "first"))
        set_token(scanner, TOKEN_FIRST, length);
    else if (is_word(s, length, "any"))
        set_token(scanner, TOKEN_ANY, length);
    else
        set_token(scanner, TOKEN_NAME, length);
}

static void scan_mark(struct scanner *scanner, char c)
{
    switch (c) {
    case '*':
        set_token(scanner, TOKEN_NAME, 1);
        break;
    case ',':
        set_token(scanner, TOKEN_COMMA, 1);
        break;
    case '(':
        set_token(scanner, TOKEN_OPEN, 1);
        break;
    case ')':
        set_token(scanner, TOKEN_CLOSE, 1);
        break;
    default:
        set_token(scanner, TOKEN_JUNK, 1);
        break;
    }
}

static void next_token(struct scanner *scanner)
{
    const char *s;
    size_t length;

    while (is_space(scanner->text[scanner->at]))
        scanner->at++;
    scanner->start = scanner->at;
    s = scanner->text + scanner->at;
    if (*s == '\0') {
        set_token(scanner, TOKEN_END, 0);
    } else if (*s == '"') {
        length = quoted_length(s);
        if (length > 0)
            set_token(scanner, TOKEN_NAME, length);
        else
            set_token(scanner, TOKEN_UNTERMINATED, strlen(s));
    } else if (starts_identifier(*s)) {
        scan_word(scanner, s);
    } else if (is_digit(*s)) {
        for (length = 1; is_digit(s[length]); length++)
            ;
        set_token(scanner, TOKEN_NUMBER, length);
    } else {
        scan_mark(scanner, *s);
    }
}

/* Says that the present token has no place here; false, for `return`. */
static bool refuse_token(const struct scanner *scanner, struct sync_rule_error *err)
{
    const char *s = scanner->text + scanner->start;
    /* The scanner of the server has only the closing quote at hand when a quoted name is at fault.
     */
    int length = *s == '"' ? 1 : (int)scanner->length;

    err->offset = (int)scanner->start;
    if (scanner->kind == TOKEN_UNTERMINATED)
        str_copy(err->message, sizeof err->message,
                 "unterminated quoted identifier at end of input");
    else if (scanner->kind == TOKEN_END)
        str_copy(err->message, sizeof err->message, "syntax error at end of input");
    else
        str_format(err->message, sizeof err->message, "syntax error at or near \"%.*s\"", length,
                   s);
    return false;
}

/*
 * Writes the name that a token spells. A longer one than application_name can be (the server cuts
 * that to NAMEDATALEN - 1 bytes) matches no standby: it is cut and given an ellipsis, which no
 * application_name can hold, because the server lets only ASCII into it.
 */
static void copy_name(const char *s, size_t length, char *name)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    char whole[STANDBY_NAME_SIZE + 1];
    bool quoted = *s == '"';
    size_t used = 0;

    for (size_t i = quoted; i < length - quoted && used < sizeof whole - 1; i++) {
        whole[used++] = s[i];
        if (quoted && s[i] == '"')
            i++; /* the second of a pair */
    }
    whole[used] = '\0';
    /* Written once, so that what is behind the name stays zero: rules are compared as memory. */
    if (used < STANDBY_NAME_SIZE) {
        str_copy(name, STANDBY_NAME_SIZE, whole);
    } else {
        str_copy(name, STANDBY_NAME_SIZE - (sizeof ellipsis - 1), whole);
        str_append(name, STANDBY_NAME_SIZE, ellipsis);
    }
}

static void add_name(struct sync_rule *rule, const struct scanner *scanner)
{
    if (rule->name_count == SYNC_RULE_NAMES_MAX) {
        rule->names_cut = true;
        return;
    }
    copy_name(scanner->text + scanner->start, scanner->length, rule->names[rule->name_count++]);
}

/* name {, name}; stops at the first token behind it. A number is a name here. */
static bool parse_list(struct scanner *scanner, struct sync_rule *rule, struct sync_rule_error *err)
{
    for (;;) {
        if (scanner->kind != TOKEN_NAME && scanner->kind != TOKEN_NUMBER)
            return refuse_token(scanner, err);
        add_name(rule, scanner);
        next_token(scanner);
        if (scanner->kind != TOKEN_COMMA)
            return true;
        next_token(scanner);
    }
}

/* What atoi makes of the digits on the server: saturated to a long of 64 bits, then cut to int. */
static int number_value(const struct scanner *scanner)
{
    int64_t value = 0;

    for (size_t i = 0; i < scanner->length; i++) {
        int digit = scanner->text[scanner->start + i] - '0';

        if (value > (INT64_MAX - digit) / 10)
            return -1;
        value = value * 10 + digit;
    }
    return (int)(uint32_t)value;
}

/* The present token is a number: number ( list ). */
static bool parse_counted_list(struct scanner *scanner, struct sync_rule *rule,
                               struct sync_rule_error *err)
{
    struct scanner number = *scanner;

    if (scanner->kind != TOKEN_NUMBER)
        return refuse_token(scanner, err);
    rule->needed = number_value(scanner);
    next_token(scanner);
    if (scanner->kind != TOKEN_OPEN)
        return refuse_token(scanner, err);
    next_token(scanner);
    if (!parse_list(scanner, rule, err))
        return false;
    if (scanner->kind != TOKEN_CLOSE)
        return refuse_token(scanner, err);
    next_token(scanner);
    if (scanner->kind != TOKEN_END)
        return refuse_token(scanner, err);
    if (rule->needed > 0)
        return true;
    err->offset = (int)number.start;
    str_format(err->message, sizeof err->message,
               "number of synchronous standbys (%d) must be greater than zero", rule->needed);
    return false;
}

static bool parse_bare_list(struct scanner *scanner, struct sync_rule *rule,
                            struct sync_rule_error *err)
{
    rule->needed = 1;
    if (!parse_list(scanner, rule, err))
        return false;
    return scanner->kind == TOKEN_END || refuse_token(scanner, err);
}

static bool parse_rule(struct scanner *scanner, struct sync_rule *rule, struct sync_rule_error *err)
{
    struct scanner ahead;

    next_token(scanner);
    rule->method = scanner->kind == TOKEN_ANY ? SYNC_ANY : SYNC_FIRST;
    if (scanner->kind == TOKEN_ANY || scanner->kind == TOKEN_FIRST) {
        next_token(scanner);
        return parse_counted_list(scanner, rule, err);
    }
    ahead = *scanner;
    next_token(&ahead);
    if (scanner->kind == TOKEN_NUMBER && ahead.kind == TOKEN_OPEN)
        return parse_counted_list(scanner, rule, err);
    return parse_bare_list(scanner, rule, err);
}

bool sync_rule_parse(const char *text, struct sync_rule *rule, struct sync_rule_error *err)
{
    struct scanner scanner = {.text = text};
    struct sync_rule_error unwanted;

    memset(rule, 0, sizeof *rule);
    if (*text == '\0')
        return true;
    if (parse_rule(&scanner, rule, err != NULL ? err : &unwanted))
        return true;
    memset(rule, 0, sizeof *rule);
    return false;
}

static bool is_wildcard(const char *name)
{
    return strcmp(name, "*") == 0;
}

int sync_rule_priority(const struct sync_rule *rule, const char *application_name)
{
    for (int i = 0; i < rule->name_count; i++) {
        if (is_wildcard(rule->names[i]) || str_equal_nocase(rule->names[i], application_name))
            return rule->method == SYNC_ANY ? 1 : i + 1;
    }
    return 0;
}

bool sync_rule_is_wildcard(const struct sync_rule *rule)
{
    for (int i = 0; i < rule->name_count; i++) {
        if (is_wildcard(rule->names[i]))
            return true;
    }
    return false;
}

static bool needs_quotes(const char *name)
{
    size_t length = strlen(name);

    if (is_wildcard(name))
        return false;
    return length == 0 || identifier_length(name) != length || is_word(name, length, "first") ||
           is_word(name, length, "any");
}

static void append_name(const char *name, char *out, size_t size)
{
    char quoted[2 * STANDBY_NAME_SIZE + 2];
    size_t used = 0;

    if (!needs_quotes(name)) {
        str_append(out, size, name);
        return;
    }
    quoted[used++] = '"';
    for (const char *s = name; *s != '\0'; s++) {
        if (*s == '"')
            quoted[used++] = '"';
        quoted[used++] = *s;
    }
    quoted[used++] = '"';
    quoted[used] = '\0';
    str_append(out, size, quoted);
}

void sync_rule_format(const struct sync_rule *rule, char *out, size_t size)
{
    if (rule->method == SYNC_OFF) {
        str_copy(out, size, "off");
        return;
    }
    str_format(out, size, "%s %d (", rule->method == SYNC_ANY ? "ANY" : "FIRST", rule->needed);
    for (int i = 0; i < rule->name_count; i++) {
        if (i > 0)
            str_append(out, size, ", ");
        append_name(rule->names[i], out, size);
    }
    str_append(out, size, rule->names_cut ? ", ...)" : ")");
}
