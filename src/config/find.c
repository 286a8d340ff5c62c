/*
 * find: where the description is when nobody said.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "config/settings.h"

#define NAME_HERE "./pgwatch-tui.yaml"
#define NAME_SYSTEM "/etc/pgwatch-tui/config.yaml"

/* XDG: $XDG_CONFIG_HOME when it is an absolute path, else ~/.config. */
static bool user_file(char *path, size_t size)
{
    const char *config = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");

    if (config != NULL && config[0] == '/')
        return str_format(path, size, "%s/pgwatch-tui/config.yaml", config);
    if (home != NULL && home[0] == '/')
        return str_format(path, size, "%s/.config/pgwatch-tui/config.yaml", home);
    return false;
}

static bool take(const char *found, char *path, size_t size, struct error *err)
{
    return str_copy(path, size, found) || error_set(err, "the path of the description is too long");
}

bool settings_find(const char *given, char *path, size_t size, struct error *err)
{
    const char *named = getenv("PGWATCH_TUI_CONFIG");
    char user[4096] = "";
    bool has_user = user_file(user, sizeof user);

    if (given != NULL)
        return take(given, path, size, err);
    if (named != NULL && named[0] != '\0')
        return take(named, path, size, err);
    if (access(NAME_HERE, F_OK) == 0)
        return take(NAME_HERE, path, size, err);
    if (has_user && access(user, F_OK) == 0)
        return take(user, path, size, err);
    if (access(NAME_SYSTEM, F_OK) == 0)
        return take(NAME_SYSTEM, path, size, err);
    error_set(err, "no cluster description: looked for $PGWATCH_TUI_CONFIG, %s, %s%s%s", NAME_HERE,
              user, has_user ? ", " : "", NAME_SYSTEM);
    return error_hint(err, "name one: pgwatch-tui -c FILE; or try: pgwatch-tui demo");
}
