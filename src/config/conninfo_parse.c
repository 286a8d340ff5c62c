/*
 * conninfo_parse: "keyword = value" pairs with libpq's blanks, quotes and backslashes.
 */
#include "config/conninfo_parse.h"

#include <string.h>

#include "base/str.h"
#include "config/conninfo.h"

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

/* Decodes the value at *at into `value` and moves past it. */
static bool read_value(const char **at, char *value, size_t size, struct error *err)
{
    const char *s = *at;
    bool quoted = *s == '\'';
    size_t used = 0;

    s += quoted;
    while (*s != '\0' && (quoted ? *s != '\'' : !is_blank(*s))) {
        if (*s == '\\' && s[1] != '\0')
            s++;
        else if (*s == '\\' && !quoted) /* libpq drops a last backslash */
            break;
        if (used + 1 < size)
            value[used++] = *s;
        s++;
    }
    value[used] = '\0';
    if (!quoted && *s == '\\')
        s++;
    if (quoted && *s != '\'') {
        error_set(err, "conninfo has a quote that is not closed");
        return error_hint(err, "a value is quoted as in keyword='it\\'s'");
    }
    *at = s + quoted;
    return true;
}

bool conninfo_parse(const char *conninfo, conninfo_visit *visit, void *owner, struct error *err)
{
    char value[CONNINFO_MAX_BYTES + 1];
    const char *at = skip_blanks(conninfo);
    bool nameable = true; /* no secret before it that may have ended too early */

    while (*at != '\0') {
        const char *name = at;
        size_t length = strcspn(at, "= \t\n\v\f\r");
        struct conninfo_item item = {.value = value};

        at = skip_blanks(at + length);
        if (*at != '=') {
            error_set(err, "conninfo has a word without \"=\"");
            return error_hint(err,
                              "it is a URI (postgresql://...) or pairs: keyword=value; a value "
                              "with blanks needs quotes");
        }
        item.keyword = conninfo_keyword_find(name, length);
        if (item.keyword < 0)
            return conninfo_unknown(name, length, nameable, err);
        at = skip_blanks(at + 1);
        item.start = (size_t)(at - conninfo);
        if (!read_value(&at, value, sizeof value, err))
            return false;
        item.end = (size_t)(at - conninfo);
        nameable = nameable && strcmp(conninfo_keyword(item.keyword), "password") != 0;
        if (!visit(owner, &item, err))
            return false;
        at = skip_blanks(at);
    }
    return true;
}
