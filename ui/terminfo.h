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

/* After newterm: curses writes changed cells and never scrolls parts of the screen for it. A scroll
 * saves few bytes on a screen that does not scroll, and terminals differ in what they do with it.
 */
void terminfo_forget_scrolling(void);

#endif
