/*
 * options: every key of a cluster description, in one const table: where it stands, its type,
 * range, default and a line of help. The loader, check-config, the README's reference and the test
 * of config/cluster.schema.json all read this table; nothing else knows the keys.
 */
#ifndef CONFIG_OPTIONS_H
#define CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The maps of a description. SECTION_NODES is each item of the list `nodes`. */
enum config_section {
    SECTION_TOP,
    SECTION_STACK,
    SECTION_CONNECTION,
    SECTION_NODES,
    SECTION_POLL,
    SECTION_PROBE,
    SECTION_LIMITS,
    SECTIONS
};

enum config_type {
    CONFIG_TEXT,     /* char * */
    CONFIG_NAME,     /* char *, visible characters only, no blank at either end */
    CONFIG_SERVICE,  /* char *, what compose takes as the name of a service */
    CONFIG_PROJECT,  /* char *, what compose takes as the name of a project */
    CONFIG_SCHEMA,   /* char *, the name of a schema that a user may create */
    CONFIG_HOST,     /* char *, one host name, address or socket directory */
    CONFIG_HOSTADDR, /* char *, one IPv4 or IPv6 address */
    CONFIG_DBNAME,   /* char *, not a connection string */
    CONFIG_CONNINFO, /* char *, a libpq connection string or URI */
    CONFIG_FILE,     /* char *, made absolute: relative to the description, ~ is $HOME */
    /* Up to here min and max are of the length; from here on the value is no free text. */
    CONFIG_WORD,       /* char *, one of words */
    CONFIG_STACK_KIND, /* enum stack_kind, one of words */
    CONFIG_LEVELS,     /* bool[], a list of words */
    CONFIG_BOOL,       /* bool */
    CONFIG_PORT,       /* int */
    CONFIG_DURATION,   /* int64_t, microseconds */
    CONFIG_SIZE,       /* int64_t, bytes */
};

/* Which struct the offset of an option is in. */
enum config_owner { OWNER_SETTINGS, OWNER_NODE, OWNER_CONNECTION };

struct config_option {
    const char *key;
    unsigned sections; /* bits: 1u << enum config_section */
    enum config_type type;
    enum config_owner owner;
    size_t offset;
    unsigned stacks;  /* bits: 1u << enum stack_kind of the only stacks that it is for; 0: any */
    bool required;    /* wherever its section (and stack) is there */
    bool secret;      /* its value is never shown */
    int64_t min, max; /* of the value: microseconds, bytes, port; of text: length in bytes */
    const char *const *words; /* NULL-terminated; for a file: the one word that is no path */
    const char *default_text; /* as it would be written; NULL: none */
    const char *default_note; /* where there is no fixed default: what happens instead */
    const char *help;
};

extern const struct config_option config_options[];
extern const int config_option_count;

struct config_section_info {
    const char *key; /* "" for the top */
    const char *help;
};
extern const struct config_section_info config_sections[SECTIONS];

/* Index in config_options, or -1. */
int config_option_find(enum config_section section, const char *key);
/* SECTIONS when no section has this key. */
enum config_section config_section_find(const char *key);

/* "poll.interval", "nodes[].host", "cluster". */
void config_option_path(const struct config_option *option, enum config_section section, char *out,
                        size_t size);

/* "text", "time", "size", ... as people say it: "a time such as 500ms". */
const char *config_type_name(enum config_type type);

/* "100ms", "1h", "64MB": exact, in the largest unit that divides it, as the loader reads it. */
void config_format_duration(char *out, size_t size, int64_t us);
void config_format_size(char *out, size_t size, int64_t bytes);
/* "100ms to 1h", "1 to 65535"; "" for an option without a range of its own. */
void config_format_range(char *out, size_t size, const struct config_option *option);

/* "compose or local"; only for an option that has words. */
void config_format_words(char *out, size_t size, const struct config_option *option);

#endif
