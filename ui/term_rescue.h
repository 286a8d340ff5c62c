/*
 * term_rescue: puts the terminal back when the program dies of a fatal signal, and lets it end when
 * the terminal takes nothing more. Only ui/term.c uses it.
 */
#ifndef UI_TERM_RESCUE_H
#define UI_TERM_RESCUE_H

#include <stdbool.h>
#include <termios.h>

/*
 * From now on SEGV, ABRT, BUS, FPE and ILL restore `saved` on fd and write the terminal's own
 * strings that leave the alternate screen (asked of terminfo here, while that is safe), then go on
 * to whatever handled them before.
 */
void term_rescue_arm(int fd, const struct termios *saved);
void term_rescue_disarm(void);

/*
 * Curses writes to a terminal that nobody reads for ever. After INT, TERM, HUP or QUIT, which go to
 * whoever handled them before as well, what is still to be written there is dropped every second
 * from the next one on, so that the write ends and the signal is seen to. Until
 * term_rescue_leave_end.
 */
void term_rescue_let_end(int fd);
/* The last words to the terminal come now: they are dropped likewise if it does not take them. */
void term_rescue_leaving(void);
void term_rescue_leave_end(void);

#endif
