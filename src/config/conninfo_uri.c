/*
 * conninfo_uri: postgresql://user:password@host:port/dbname?keyword=value&..., as libpq reads it.
 */
#include <string.h>

#include "base/str.h"
#include "config/conninfo.h"
#include "config/conninfo_parse.h"

struct uri {
    const char *text;
    conninfo_visit *visit;
    void *owner;
    struct error *err;
};

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = c != '\0' ? strchr(digits, c) : NULL;

    return found != NULL ? (int)(found - digits) % 16 : -1;
}

static bool percent_decode(const char *from, const char *to, char *out, size_t size,
                           struct error *err)
{
    size_t used = 0;

    for (; from < to; from++) {
        char c = *from;

        if (c == '%') {
            int high = to - from > 2 ? hex_digit(from[1]) : -1;
            int low = high >= 0 ? hex_digit(from[2]) : -1;

            if (low < 0 || (high == 0 && low == 0)) {
                error_set(err, "conninfo has a %% without two hexadecimal digits, or %%00");
                return error_hint(err, "write a %% in a URI as %%25");
            }
            c = (char)(high * 16 + low);
            from += 2;
        }
        if (used + 1 < size)
            out[used++] = c;
    }
    out[used] = '\0';
    return true;
}

static bool visit_span(const struct uri *uri, const char *keyword, const char *from, const char *to)
{
    char value[CONNINFO_MAX_BYTES + 1];
    struct conninfo_item item = {
        .keyword = conninfo_keyword_find(keyword, strlen(keyword)),
        .value = value,
        .start = (size_t)(from - uri->text),
        .end = (size_t)(to - uri->text),
    };

    if (from == to)
        return true;
    return percent_decode(from, to, value, sizeof value, uri->err) &&
           uri->visit(uri->owner, &item, uri->err);
}

/* "user:password@" when there is an @ before the first /. */
static bool parse_user(const struct uri *uri, const char **at)
{
    const char *end = *at + strcspn(*at, "@/");
    const char *colon;

    if (*end != '@')
        return true;
    colon = *at + strcspn(*at, ":@");
    if (!visit_span(uri, "user", *at, colon))
        return false;
    if (*colon == ':' && !visit_span(uri, "password", colon + 1, end))
        return false;
    *at = end + 1;
    return true;
}

static bool parse_bracketed(const struct uri *uri, const char **at)
{
    const char *end = strchr(*at, ']');

    if (end == NULL || end == *at + 1 || (end[1] != '\0' && strchr(":/?,", end[1]) == NULL)) {
        error_set(uri->err, "conninfo has a [ without an address and ] after it");
        return error_hint(uri->err, "write an IPv6 address as in postgresql://[::1]:5432/");
    }
    if (!visit_span(uri, "host", *at + 1, end))
        return false;
    *at = end + 1;
    return true;
}

static bool parse_host(const struct uri *uri, const char **at)
{
    const char *end;

    if (**at == '[') {
        if (!parse_bracketed(uri, at))
            return false;
    } else {
        end = *at + strcspn(*at, ":/?,");
        if (!visit_span(uri, "host", *at, end))
            return false;
        *at = end;
    }
    if (**at == ':') {
        end = *at + strcspn(*at, "/?,");
        if (!visit_span(uri, "port", *at + 1, end))
            return false;
        *at = end;
    }
    if (**at != ',')
        return true;
    error_set(uri->err, "conninfo has several hosts");
    return error_hint(uri->err, "a node is one server: describe each as a node of its own");
}

static bool parse_parameter(const struct uri *uri, const char *at, const char *end)
{
    const char *equals = memchr(at, '=', (size_t)(end - at));
    char name[64];

    if (equals == NULL || memchr(equals + 1, '=', (size_t)(end - equals - 1)) != NULL) {
        error_set(uri->err, "conninfo has a parameter after ? that is not keyword=value");
        return error_hint(uri->err, "write = in a value as %%3D, & as %%26");
    }
    if (!percent_decode(at, equals, name, sizeof name, uri->err))
        return false;
    if (strcmp(name, "ssl") == 0 && end - equals == 5 && strncmp(equals + 1, "true", 4) == 0) {
        struct conninfo_item item = {.keyword = conninfo_keyword_find("sslmode", 7),
                                     .value = "require",
                                     .start = (size_t)(equals + 1 - uri->text),
                                     .end = (size_t)(end - uri->text)};
        return uri->visit(uri->owner, &item, uri->err); /* JDBC's way, which libpq takes too */
    }
    /* An @ from here on is the end of a password that was not percent-encoded. */
    if (conninfo_keyword_find(name, strlen(name)) < 0)
        return conninfo_unknown(name, strlen(name), strchr(uri->text, '@') == NULL, uri->err);
    return visit_span(uri, name, equals + 1, end);
}

bool conninfo_parse_uri(const char *text, conninfo_visit *visit, void *owner, struct error *err)
{
    struct uri uri = {text, visit, owner, err};
    const char *at = strstr(text, "://") + 3;

    if (!parse_user(&uri, &at) || !parse_host(&uri, &at))
        return false;
    if (*at == '/') {
        const char *end = at + strcspn(at, "?");

        if (!visit_span(&uri, "dbname", at + 1, end))
            return false;
        at = end;
    }
    while (*at != '\0' && at[1] != '\0') { /* at ? or &, which may also be the last */
        const char *end = at + 1 + strcspn(at + 1, "&");

        if (!parse_parameter(&uri, at + 1, end))
            return false;
        at = end;
    }
    return true;
}
