/*
 * terminfo: apart from ui/term.c because <term.h> has a struct term of its own.
 */
#include "ui/terminfo.h"

#include <curses.h>
#include <string.h>
#include <term.h>

#define ANOTHER_TERM "for most terminals: TERM=xterm-256color pgwatch-tui ..."

/* tigetstr's answers that are no string: absent, and no string capability at all. */
static bool is_absent(const char *text)
{
    return text == NULL || text == (const char *)-1;
}

bool terminfo_check(const char *name, int fd, struct error *err)
{
    int found = 0;
    bool addressable;

    if (name == NULL || name[0] == '\0') {
        error_set(err, "TERM is not set: what kind of terminal this is, is not known");
        return error_hint(err, "%s", ANOTHER_TERM);
    }
    if (setupterm(name, fd, &found) == ERR) {
        error_set(err, "the terminal type TERM=%s is unknown here", name);
        return error_hint(err, "%s",
                          found == -1 ? "there is no terminfo database (package ncurses-base)"
                                      : ANOTHER_TERM);
    }
    addressable = !is_absent(tigetstr("cup"));
    del_curterm(cur_term);
    if (addressable)
        return true;
    error_set(err, "the terminal type TERM=%s cannot show a screen", name);
    return error_hint(err, "`pgwatch-tui status` says the same as text");
}

/* Without the padding, "$<5/>", which only tputs would understand. */
static size_t append_capability(const char *text, char *out, size_t used, size_t size)
{
    while (*text != '\0' && used < size) {
        const char *end = strncmp(text, "$<", 2) == 0 ? strchr(text, '>') : NULL;

        if (end != NULL)
            text = end + 1;
        else
            out[used++] = *text++;
    }
    return used;
}

size_t terminfo_leave(char *out, size_t size)
{
    static const char *const names[] = {"sgr0", "op", "rmkx", "cnorm", "rmcup"};
    size_t used = 0;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *text = tigetstr(names[i]);

        if (!is_absent(text))
            used = append_capability(text, out, used, size);
    }
    return used;
}
