/*
 * scalar: what a scalar without quotes is taken for, by YAML 1.1 (which other programs read the
 * same file with): so that `cluster: 12` and `name: no` are not silently text here and not there.
 */
#include <string.h>

#include "config/document.h"

static bool is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static bool is_null(const char *text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL", NULL};

    return is_one_of(text, words);
}

static bool is_bool(const char *text)
{
    static const char *const words[] = {"true", "True", "TRUE", "false", "False", "FALSE", "yes",
                                        "Yes",  "YES",  "no",   "No",    "NO",    "on",    "On",
                                        "ON",   "off",  "Off",  "OFF",   NULL};

    return is_one_of(text, words);
}

static size_t digits(const char *text, const char *of)
{
    return strspn(text, of);
}

/* Integers in base 2, 8, 10 and 16, decimal fractions with an exponent, infinity, not a number. */
static bool is_number(const char *text)
{
    static const char *const words[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};
    size_t whole;

    text += *text == '+' || *text == '-';
    if (is_one_of(text, words))
        return true;
    if (text[0] == '0' && text[1] == 'x')
        return text[2] != '\0' && text[2 + digits(text + 2, "0123456789abcdefABCDEF_")] == '\0';
    whole = digits(text, "0123456789_");
    if (text[0] == '_' || (whole == 0 && !(text[0] == '.' && digits(text + 1, "0123456789") > 0)))
        return false;
    text += whole;
    if (*text == '.')
        text += 1 + digits(text + 1, "0123456789_");
    if ((*text == 'e' || *text == 'E') && (text[1] == '+' || text[1] == '-'))
        text += 2 + digits(text + 2, "0123456789");
    return *text == '\0';
}

enum scalar_kind document_scalar_kind(const struct document_node *node)
{
    if (!node->plain)
        return SCALAR_TEXT;
    if (is_null(node->text))
        return SCALAR_NULL;
    if (is_bool(node->text))
        return SCALAR_BOOL;
    return is_number(node->text) ? SCALAR_NUMBER : SCALAR_TEXT;
}

const char *document_kind_name(const struct document_node *node)
{
    static const char *const names[] = {
        [SCALAR_TEXT] = "text",
        [SCALAR_NULL] = "nothing",
        [SCALAR_BOOL] = "true or false",
        [SCALAR_NUMBER] = "a number",
    };

    switch (node->kind) {
    case DOCUMENT_LIST:
        return "a list";
    case DOCUMENT_MAP:
        return "a map";
    case DOCUMENT_ALIAS:
        return "an alias";
    case DOCUMENT_SCALAR:
        break;
    }
    return names[document_scalar_kind(node)];
}
