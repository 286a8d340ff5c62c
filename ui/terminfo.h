/*
 * terminfo: what is asked of the terminal's description directly. Only ui/term*.c use it.
 */
#ifndef UI_TERMINFO_H
#define UI_TERMINFO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* newterm ends the program when it does not know the terminal: asked first. name may be NULL. */
bool terminfo_check(const char *name, int fd, struct error *err);

/*
 * What leaves the screen: plain attributes and colours, keypad off, cursor shown, alternate screen
 * left. Written to out, not terminated; returns the bytes. After newterm.
 */
size_t terminfo_leave(char *out, size_t size);

#endif
