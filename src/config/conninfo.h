/*
 * conninfo: reads a libpq connection string ("host=a port=5432") or URI ("postgresql://a:5432/b")
 * as libpq does, without libpq (only postgres/ knows that) and without ever repeating any of its
 * text but a keyword: it may hold a password.
 */
#ifndef CONFIG_CONNINFO_H
#define CONFIG_CONNINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CONNINFO_MAX_BYTES 4096

/* Which of libpq's keywords it says; opaque. */
struct conninfo_facts {
    uint64_t said;
};

/*
 * True when libpq would accept it and it names at most one host. An unknown keyword is an error as
 * it is in libpq; keywords of newer versions of libpq than the one at hand are known.
 */
bool conninfo_check(const char *conninfo, struct conninfo_facts *facts, struct error *err);
bool conninfo_says(const struct conninfo_facts *facts, const char *keyword);
/* True when a password of any kind is in it. */
bool conninfo_has_secret(const struct conninfo_facts *facts);
/* True when a password of any kind in it has anything but the character `hidden`, which stands for
 * text from elsewhere; a word of that alone may be any keywords. Overwrites such words. */
bool conninfo_shows_secret(char *conninfo, char hidden);

/* Copies a conninfo that was found good with every secret as "********". */
void conninfo_mask(const char *conninfo, char *out, size_t size);

/* Whether the text begins as a URI of libpq's. */
bool conninfo_is_uri(const char *text);

#endif
