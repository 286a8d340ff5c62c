/*
 * term_rescue: puts the terminal back when the program dies of a fatal signal. Only ui/term.c uses
 * it.
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

#endif
