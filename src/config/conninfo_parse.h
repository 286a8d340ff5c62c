/*
 * conninfo_parse: the two grammars of a conninfo; internal to config/conninfo*.c.
 */
#ifndef CONFIG_CONNINFO_PARSE_H
#define CONFIG_CONNINFO_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* One "keyword=value": the value is decoded; start and end are where it stands, quotes included. */
struct conninfo_item {
    int keyword; /* for conninfo_keyword */
    const char *value;
    size_t start, end;
};

typedef bool conninfo_visit(void *owner, const struct conninfo_item *item, struct error *err);

/* Calls visit for each item, in order; stops and returns false when it does. */
bool conninfo_parse(const char *conninfo, conninfo_visit *visit, void *owner, struct error *err);
bool conninfo_parse_uri(const char *uri, conninfo_visit *visit, void *owner, struct error *err);

/* -1 where libpq knows no such keyword. */
int conninfo_keyword_find(const char *name, size_t length);
const char *conninfo_keyword(int keyword);

/* "unknown keyword "x"": names it only when `nameable`, that is, when it cannot be a piece of a
 * secret. Always false. */
bool conninfo_unknown(const char *name, size_t length, bool nameable, struct error *err);

#endif
