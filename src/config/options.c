/*
 * options: the table itself.
 */
#include "config/options.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "config/settings.h"

#define US_MS INT64_C(1000)
#define US_S (1000 * US_MS)
#define US_H (3600 * US_S)
#define TB (INT64_C(1) << 40)

#define IN(section) (1u << SECTION_##section)
#define FOR(stack) (1u << STACK_##stack)
#define OF_SETTINGS(member) .owner = OWNER_SETTINGS, .offset = offsetof(struct settings, member)
#define OF_NODE(member) .owner = OWNER_NODE, .offset = offsetof(struct node_settings, member)
#define OF_CONNECTION(member)                                                                      \
    .owner = OWNER_CONNECTION, .offset = offsetof(struct connection_settings, member)
#define CONNECTION_TEXT(member)                                                                    \
    .sections = IN(CONNECTION) | IN(NODES), OF_CONNECTION(member), .min = 1,                       \
    .max = CONFIG_TEXT_MAX_BYTES

#define CONFIG_TEXT_MAX_BYTES 4096
#define NAME_MAX_BYTES 63 /* what PostgreSQL keeps of a name */

static const char *const stack_kinds[] = {"compose", "local", NULL}; /* from STACK_COMPOSE on */
static const char *const sslmodes[] = {"disable",   "allow",       "prefer", "require",
                                       "verify-ca", "verify-full", NULL};
static const char *const probe_levels[] = {"local", "remote_write", "on", "remote_apply",
                                           NULL}; /* from PROBE_LOCAL on */
static const char *const word_auto[] = {"auto", NULL};
static const char *const word_system[] = {"system", NULL};

const struct config_section_info config_sections[SECTIONS] = {
    [SECTION_TOP] = {"", "the description itself"},
    [SECTION_STACK] = {"stack", "who starts the servers; without it nobody does"},
    [SECTION_CONNECTION] = {"connection",
                            "connection parameters that every node takes unless it "
                            "says its own"},
    [SECTION_NODES] = {"nodes", "the servers; who is primary is found out"},
    [SECTION_POLL] = {"poll", "how often every node is looked at"},
    [SECTION_PROBE] = {"probe", "how the time that a commit takes is measured"},
    [SECTION_LIMITS] = {"limits", "from where on a figure is a warning"},
};

const struct config_option config_options[] = {
    {.key = "cluster",
     .sections = IN(TOP),
     .type = CONFIG_NAME,
     OF_SETTINGS(cluster),
     .required = true,
     .min = 1,
     .max = NAME_MAX_BYTES,
     .help = "name of the cluster: shown in the header, typed to confirm destructive actions"},
    {.key = "lab",
     .sections = IN(TOP),
     .type = CONFIG_BOOL,
     OF_SETTINGS(lab),
     .default_text = "false",
     .help = "destructive actions are possible; without it the cluster is only watched"},

    {.key = "kind",
     .sections = IN(STACK),
     .type = CONFIG_STACK_KIND,
     OF_SETTINGS(stack),
     .required = true,
     .words = stack_kinds,
     .help = "who starts the servers: Docker Compose, or this program as local processes"},
    {.key = "file",
     .sections = IN(STACK),
     .type = CONFIG_FILE,
     OF_SETTINGS(compose_file),
     .stacks = FOR(COMPOSE),
     .required = true,
     .min = 1,
     .max = CONFIG_TEXT_MAX_BYTES,
     .help = "the compose file"},
    {.key = "project",
     .sections = IN(STACK),
     .type = CONFIG_PROJECT,
     OF_SETTINGS(compose_project),
     .stacks = FOR(COMPOSE),
     .required = true,
     .min = 1,
     .max = NAME_MAX_BYTES,
     .help = "the compose project; only its containers are ever touched"},
    {.key = "data",
     .sections = IN(STACK),
     .type = CONFIG_FILE,
     OF_SETTINGS(local_data),
     .stacks = FOR(LOCAL),
     .required = true,
     .min = 1,
     .max = CONFIG_TEXT_MAX_BYTES,
     .help = "directory of the data directories, logs and the drill journal; nothing is written "
             "elsewhere"},
    {.key = "bindir",
     .sections = IN(STACK),
     .type = CONFIG_FILE,
     OF_SETTINGS(local_bindir),
     .stacks = FOR(LOCAL),
     .min = 1,
     .max = CONFIG_TEXT_MAX_BYTES,
     .words = word_auto,
     .default_text = "auto",
     .help = "directory with initdb, postgres, pg_ctl, pg_basebackup and pg_rewind; auto looks "
             "for one"},

    {.key = "name",
     .sections = IN(NODES),
     .type = CONFIG_NAME,
     OF_NODE(name),
     .required = true,
     .min = 1,
     .max = NAME_MAX_BYTES,
     .help = "name of the node, as its standby connects (application_name); no other node has it"},
    {.key = "conninfo",
     .sections = IN(NODES),
     .type = CONFIG_CONNINFO,
     OF_CONNECTION(conninfo),
     .secret = true,
     .min = 1,
     .max = CONFIG_TEXT_MAX_BYTES,
     .help = "a libpq connection string or URI, instead of host, hostaddr and port"},
    {.key = "host",
     .type = CONFIG_HOST,
     CONNECTION_TEXT(host),
     .help = "host name, address or directory of the Unix socket"},
    {.key = "hostaddr",
     .type = CONFIG_HOSTADDR,
     CONNECTION_TEXT(hostaddr),
     .help = "address to connect to; host is then only the name that a certificate must have"},
    {.key = "port",
     .sections = IN(CONNECTION) | IN(NODES),
     .type = CONFIG_PORT,
     OF_CONNECTION(port),
     .min = 1,
     .max = 65535,
     .default_note = "libpq's own: PGPORT or 5432",
     .help = "port of the server"},
    {.key = "user", .type = CONFIG_TEXT, CONNECTION_TEXT(user), .help = "role to connect as"},
    {.key = "dbname",
     .type = CONFIG_DBNAME,
     CONNECTION_TEXT(dbname),
     .help = "database to connect to"},
    {.key = "password",
     .type = CONFIG_TEXT,
     CONNECTION_TEXT(password),
     .secret = true,
     .help = "password; better in ${VARIABLE}, a passfile or a service file"},
    {.key = "passfile",
     .type = CONFIG_FILE,
     CONNECTION_TEXT(passfile),
     .default_note = "libpq's own: PGPASSFILE or ~/.pgpass",
     .help = "file with passwords, as .pgpass"},
    {.key = "service",
     .sections = IN(CONNECTION),
     .type = CONFIG_TEXT,
     OF_CONNECTION(service),
     .min = 1,
     .max = CONFIG_TEXT_MAX_BYTES,
     .help = "section of libpq's service file"},
    {.key = "sslmode",
     .type = CONFIG_WORD,
     CONNECTION_TEXT(sslmode),
     .words = sslmodes,
     .default_note = "libpq's own: PGSSLMODE or prefer",
     .help = "whether and how strictly TLS is used"},
    {.key = "sslrootcert",
     .type = CONFIG_FILE,
     CONNECTION_TEXT(sslrootcert),
     .words = word_system,
     .default_note = "libpq's own: PGSSLROOTCERT or ~/.postgresql/root.crt",
     .help = "certificates of the authorities that are trusted, or system"},
    {.key = "sslcert",
     .type = CONFIG_FILE,
     CONNECTION_TEXT(sslcert),
     .default_note = "libpq's own: PGSSLCERT or ~/.postgresql/postgresql.crt",
     .help = "the client's certificate"},
    {.key = "sslkey",
     .type = CONFIG_FILE,
     CONNECTION_TEXT(sslkey),
     .default_note = "libpq's own: PGSSLKEY or ~/.postgresql/postgresql.key",
     .help = "the key of the client's certificate"},
    {.key = "options",
     .type = CONFIG_TEXT,
     CONNECTION_TEXT(options),
     .help = "settings for the session, such as \"-c statement_timeout=5s\""},
    {.key = "service",
     .sections = IN(NODES),
     .type = CONFIG_SERVICE,
     OF_NODE(compose_service),
     .stacks = FOR(COMPOSE),
     .min = 1,
     .max = NAME_MAX_BYTES,
     .default_note = "the node's name",
     .help = "the node's service in the compose file"},
    {.key = "files",
     .sections = IN(NODES),
     .type = CONFIG_FILE,
     OF_NODE(files),
     .stacks = FOR(LOCAL),
     .required = true,
     .min = 1,
     .max = CONFIG_TEXT_MAX_BYTES,
     .help = "directory with the node's configuration and init script"},

    {.key = "interval",
     .sections = IN(POLL),
     .type = CONFIG_DURATION,
     OF_SETTINGS(poll_interval_us),
     .min = 100 * US_MS,
     .max = US_H,
     .default_text = "1s",
     .help = "time from one look at a node to the next"},
    {.key = "timeout",
     .sections = IN(POLL),
     .type = CONFIG_DURATION,
     OF_SETTINGS(poll_timeout_us),
     .min = 100 * US_MS,
     .max = 600 * US_S,
     .default_text = "3s",
     .help = "a node that has not answered after this time counts as down"},

    {.key = "enabled",
     .sections = IN(PROBE),
     .type = CONFIG_BOOL,
     OF_SETTINGS(probe_enabled),
     .default_note = "the value of lab",
     .help = "whether small test commits are made to measure how long a commit takes"},
    {.key = "interval",
     .sections = IN(PROBE),
     .type = CONFIG_DURATION,
     OF_SETTINGS(probe_interval_us),
     .min = 100 * US_MS,
     .max = US_H,
     .default_text = "500ms",
     .help = "time from one test commit of a level to the next"},
    {.key = "levels",
     .sections = IN(PROBE),
     .type = CONFIG_LEVELS,
     .owner = OWNER_SETTINGS,
     .offset = offsetof(struct settings, probe_levels) + PROBE_LOCAL * sizeof(bool),
     .words = probe_levels,
     .default_text = "[local, remote_write, on, remote_apply]",
     .help = "values of synchronous_commit that are probed"},
    {.key = "schema",
     .sections = IN(PROBE),
     .type = CONFIG_SCHEMA,
     OF_SETTINGS(probe_schema),
     .min = 1,
     .max = NAME_MAX_BYTES,
     .default_text = "pgwatch_tui",
     .help = "schema of the table that test commits write to; made if it is not there"},

    {.key = "commit_latency",
     .sections = IN(LIMITS),
     .type = CONFIG_DURATION,
     OF_SETTINGS(limit_commit_latency_us),
     .min = US_MS,
     .max = 24 * US_H,
     .default_text = "250ms",
     .help = "a commit that takes longer is a warning"},
    {.key = "replay_lag",
     .sections = IN(LIMITS),
     .type = CONFIG_DURATION,
     OF_SETTINGS(limit_replay_lag_us),
     .min = US_MS,
     .max = 24 * US_H,
     .default_text = "5s",
     .help = "a standby whose replay_lag is longer is a warning"},
    {.key = "replay_behind",
     .sections = IN(LIMITS),
     .type = CONFIG_SIZE,
     OF_SETTINGS(limit_replay_behind_bytes),
     .min = 1,
     .max = 1024 * TB,
     .default_text = "64MB",
     .help = "a standby that has more WAL to replay is a warning"},
    {.key = "blocked_commit",
     .sections = IN(LIMITS),
     .type = CONFIG_DURATION,
     OF_SETTINGS(limit_blocked_commit_us),
     .min = US_MS,
     .max = 24 * US_H,
     .default_text = "1s",
     .help = "a commit that has waited longer for its standbys counts as blocked"},
    {.key = "slot_retained",
     .sections = IN(LIMITS),
     .type = CONFIG_SIZE,
     OF_SETTINGS(limit_slot_retained_bytes),
     .min = 1,
     .max = 1024 * TB,
     .default_text = "1GB",
     .help = "a replication slot that retains more WAL is a warning"},
};
const int config_option_count = sizeof config_options / sizeof config_options[0];

_Static_assert(sizeof config_options / sizeof config_options[0] <= SETTINGS_OPTIONS_MAX,
               "SETTINGS_OPTIONS_MAX is too small");

int config_option_find(enum config_section section, const char *key)
{
    for (int i = 0; i < config_option_count; i++)
        if (config_options[i].sections & 1u << section && strcmp(config_options[i].key, key) == 0)
            return i;
    return -1;
}

enum config_section config_section_find(const char *key)
{
    enum config_section section = SECTION_STACK;

    while (section < SECTIONS && strcmp(config_sections[section].key, key) != 0)
        section++;
    return section;
}

void config_option_path(const struct config_option *option, enum config_section section, char *out,
                        size_t size)
{
    const char *list = section == SECTION_NODES ? "[]" : "";

    if (section == SECTION_TOP)
        str_copy(out, size, option->key);
    else
        str_format(out, size, "%s%s.%s", config_sections[section].key, list, option->key);
}

const char *config_type_name(enum config_type type)
{
    switch (type) {
    case CONFIG_BOOL:
        return "true or false";
    case CONFIG_PORT:
        return "a port number";
    case CONFIG_DURATION:
        return "a time such as 500ms";
    case CONFIG_SIZE:
        return "a size such as 64MB";
    case CONFIG_LEVELS:
        return "a list";
    case CONFIG_STACK_KIND:
    case CONFIG_WORD:
        return "a word";
    case CONFIG_FILE:
        return "a path";
    case CONFIG_TEXT:
    case CONFIG_NAME:
    case CONFIG_SERVICE:
    case CONFIG_PROJECT:
    case CONFIG_SCHEMA:
    case CONFIG_HOST:
    case CONFIG_HOSTADDR:
    case CONFIG_DBNAME:
    case CONFIG_CONNINFO:
        break;
    }
    return "text";
}

struct unit {
    const char *name;
    int64_t factor;
};

/* `units` from the largest; the last has the factor 1. */
static void format_exact(char *out, size_t size, int64_t value, const struct unit *units)
{
    while (units->factor > 1 && (value < units->factor || value % units->factor != 0))
        units++;
    str_format(out, size, "%" PRId64 "%s", value / units->factor, units->name);
}

void config_format_duration(char *out, size_t size, int64_t us)
{
    static const struct unit units[] = {
        {"h", US_H}, {"min", 60 * US_S}, {"s", US_S}, {"ms", US_MS}, {"us", 1}};

    format_exact(out, size, us, units);
}

void config_format_size(char *out, size_t size, int64_t bytes)
{
    static const struct unit units[] = {
        {"TB", TB}, {"GB", TB >> 10}, {"MB", TB >> 20}, {"kB", TB >> 30}, {"B", 1}};

    format_exact(out, size, bytes, units);
}

void config_format_range(char *out, size_t size, const struct config_option *option)
{
    char min[32], max[32];

    str_copy(out, size, "");
    if (option->type == CONFIG_DURATION) {
        config_format_duration(min, sizeof min, option->min);
        config_format_duration(max, sizeof max, option->max);
    } else if (option->type == CONFIG_SIZE) {
        config_format_size(min, sizeof min, option->min);
        config_format_size(max, sizeof max, option->max);
    } else if (option->type == CONFIG_PORT) {
        str_format(min, sizeof min, "%" PRId64, option->min);
        str_format(max, sizeof max, "%" PRId64, option->max);
    } else {
        return;
    }
    str_format(out, size, "%s to %s", min, max);
}

void config_format_words(char *out, size_t size, const struct config_option *option)
{
    str_copy(out, size, "");
    for (const char *const *word = option->words; *word != NULL; word++)
        str_appendf(out, size, "%s%s",
                    word == option->words ? ""
                    : word[1] == NULL     ? " or "
                                          : ", ",
                    *word);
}
