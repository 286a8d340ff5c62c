/*
 * conninfo: the keywords, what their values may be, and the mask. See conninfo.h.
 */
#include "config/conninfo.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "config/conninfo_parse.h"

/* Of libpq 12 to 18; `replication` is left out on purpose, see check_value. */
static const char *const keywords[] = {
    "host",
    "hostaddr",
    "port",
    "user",
    "dbname",
    "password",
    "passfile",
    "service",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "options",
    "target_session_attrs",
    "application_name",
    "fallback_application_name",
    "client_encoding",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "channel_binding",
    "require_auth",
    "requirepeer",
    "sslcompression",
    "sslpassword",
    "sslcertmode",
    "sslcrl",
    "sslcrldir",
    "sslsni",
    "sslnegotiation",
    "sslkeylogfile",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "min_protocol_version",
    "max_protocol_version",
    "gssencmode",
    "gssdelegation",
    "gsslib",
    "krbsrvname",
    "load_balance_hosts",
    "replication",
    "scram_client_key",
    "scram_server_key",
    "oauth_issuer",
    "oauth_client_id",
    "oauth_client_secret",
    "oauth_scope",
};
#define KEYWORDS (sizeof keywords / sizeof keywords[0])
_Static_assert(KEYWORDS <= 64, "conninfo_facts has a bit for each");

int conninfo_keyword_find(const char *name, size_t length)
{
    for (size_t i = 0; i < KEYWORDS; i++)
        if (strlen(keywords[i]) == length && memcmp(keywords[i], name, length) == 0)
            return (int)i;
    return -1;
}

const char *conninfo_keyword(int keyword)
{
    return keywords[keyword];
}

static bool is_secret(int keyword)
{
    static const char *const secrets[] = {"password", "sslpassword", "oauth_client_secret",
                                          "scram_client_key", "scram_server_key"};

    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (strcmp(keywords[keyword], secrets[i]) == 0)
            return true;
    return false;
}

static bool looks_like_keyword(const char *name, size_t length)
{
    return length > 0 && length < 32 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") >= length;
}

bool conninfo_unknown(const char *name, size_t length, bool nameable, struct error *err)
{
    char word[32] = "";
    const char *nearest;

    if (!nameable || !looks_like_keyword(name, length)) {
        error_set(err, "conninfo has a keyword that libpq does not know");
        return error_hint(err,
                          "a value with blanks or quotes in it needs quotes: "
                          "keyword='value'; in a URI, percent-encode it");
    }
    memcpy(word, name, length);
    nearest = str_nearest(word, keywords, KEYWORDS);
    error_set(err, "conninfo has the keyword \"%s\", which libpq does not know", word);
    if (nearest != NULL)
        error_hint(err, "did you mean \"%s\"?", nearest);
    return false;
}

static bool check_port(const char *value, struct error *err)
{
    size_t digits = strspn(value, "0123456789");
    long port = digits > 0 && digits < 6 && value[digits] == '\0' ? strtol(value, NULL, 10) : 0;

    if (port >= 1 && port <= 65535)
        return true;
    error_set(err, "conninfo has a port that is not one");
    return error_hint(err, "1 to 65535; in a URI, percent-encode / : @ in a password");
}

static bool check_sslmode(const char *value, struct error *err)
{
    static const char *const modes[] = {"disable", "allow",     "prefer",
                                        "require", "verify-ca", "verify-full"};

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++)
        if (strcmp(value, modes[i]) == 0)
            return true;
    error_set(err, "conninfo has an sslmode that libpq does not know");
    return error_hint(err, "disable, allow, prefer, require, verify-ca or verify-full");
}

static bool check_value(const char *keyword, const char *value, struct error *err)
{
    bool is_host = strcmp(keyword, "host") == 0 || strcmp(keyword, "hostaddr") == 0;
    bool is_port = strcmp(keyword, "port") == 0;

    if (value[0] == '\0') /* as if it was not said */
        return true;
    if ((is_host || is_port) && strchr(value, ',') != NULL) {
        error_set(err, "conninfo has several %ss", is_port ? "port" : "host");
        return error_hint(err, "a node is one server: describe each as a node of its own");
    }
    if (is_port)
        return check_port(value, err);
    if (strcmp(keyword, "sslmode") == 0)
        return check_sslmode(value, err);
    if (strcmp(keyword, "replication") != 0)
        return true;
    error_set(err, "conninfo says replication: such a connection cannot run queries");
    return error_hint(err, "remove it");
}

static bool check_item(void *owner, const struct conninfo_item *item, struct error *err)
{
    struct conninfo_facts *facts = owner;

    if (item->value[0] != '\0')
        facts->said |= UINT64_C(1) << item->keyword;
    return check_value(conninfo_keyword(item->keyword), item->value, err);
}

static bool parse(const char *conninfo, conninfo_visit *visit, void *owner, struct error *err)
{
    if (conninfo_is_uri(conninfo))
        return conninfo_parse_uri(conninfo, visit, owner, err);
    return conninfo_parse(conninfo, visit, owner, err);
}

bool conninfo_is_uri(const char *text)
{
    return strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;
}

bool conninfo_check(const char *conninfo, struct conninfo_facts *facts, struct error *err)
{
    *facts = (struct conninfo_facts){0};
    if (strlen(conninfo) > CONNINFO_MAX_BYTES)
        return error_set(err, "conninfo is longer than %d bytes", CONNINFO_MAX_BYTES);
    return parse(conninfo, check_item, facts, err);
}

bool conninfo_says(const struct conninfo_facts *facts, const char *keyword)
{
    int i = conninfo_keyword_find(keyword, strlen(keyword));

    return i >= 0 && facts->said >> i & 1;
}

bool conninfo_has_secret(const struct conninfo_facts *facts)
{
    for (int i = 0; i < (int)KEYWORDS; i++)
        if (facts->said >> i & 1 && is_secret(i))
            return true;
    return false;
}

struct showing {
    const char hidden[2];
    bool secret;
};

static bool note_shown(void *owner, const struct conninfo_item *item, struct error *err)
{
    struct showing *showing = owner;

    (void)err;
    showing->secret |=
        is_secret(item->keyword) && item->value[strspn(item->value, showing->hidden)] != '\0';
    return true;
}

/* Words of `hidden` alone that are no value become blanks. */
static void blank_words(char *text, const char *hidden)
{
    static const char blanks[] = " \t\n\v\f\r";
    char before = ' ';

    for (char *word = text + strspn(text, blanks); *word != '\0'; word += strspn(word, blanks)) {
        size_t length = strcspn(word, blanks);
        char last = word[length - 1];

        if (before != '=' && strspn(word, hidden) >= length)
            memset(word, ' ', length);
        before = last;
        word += length;
    }
}

bool conninfo_shows_secret(char *conninfo, char hidden)
{
    struct showing showing = {.hidden = {hidden}};
    struct error err = {0};

    blank_words(conninfo, showing.hidden);
    parse(conninfo, note_shown, &showing, &err);
    return showing.secret;
}

struct mask {
    const char *conninfo;
    size_t copied; /* bytes of conninfo that are in out */
    char *out;
    size_t size;
};

static void copy_up_to(struct mask *mask, size_t end)
{
    size_t used = strlen(mask->out), length = end - mask->copied;

    if (length > mask->size - 1 - used)
        length = mask->size - 1 - used;
    memcpy(mask->out + used, mask->conninfo + mask->copied, length);
    mask->out[used + length] = '\0';
    mask->copied = end;
}

static bool mask_item(void *owner, const struct conninfo_item *item, struct error *err)
{
    struct mask *mask = owner;

    (void)err;
    if (!is_secret(item->keyword))
        return true;
    copy_up_to(mask, item->start);
    str_append(mask->out, mask->size, "********");
    mask->copied = item->end;
    return true;
}

void conninfo_mask(const char *conninfo, char *out, size_t size)
{
    struct mask mask = {.conninfo = conninfo, .out = out, .size = size};
    struct error err = {0};

    str_copy(out, size, "");
    if (parse(conninfo, mask_item, &mask, &err))
        copy_up_to(&mask, strlen(conninfo));
    else
        str_copy(out, size, "********");
}
