/*
 * term: the terminal, through ncursesw. Opens, paints canvases (only changed cells), reads keys,
 * and always puts it back.
 */
#ifndef UI_TERM_H
#define UI_TERM_H

#include "base/error.h"
#include "ui/canvas.h"
#include "ui/state.h"

struct term;

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/*
 * Takes the terminal (alternate screen, raw keys, no echo). NULL with a clear error when
 * stdin/stdout is none or $TERM is unknown. Installs handlers for fatal signals (SEGV, ABRT, BUS,
 * FPE, ILL) that put the terminal back and re-raise.
 */
struct term *term_open(enum color_choice color, struct error *err);
void term_close(struct term **term); /* puts everything back; safe to call twice */
void term_size(const struct term *term, int *width, int *height);
void term_resized(struct term *term); /* after SIGWINCH: asks the kernel anew */
void term_suspend(struct term *term); /* before SIGTSTP stops us: terminal back to the shell */
void term_resume(struct term *term);  /* after SIGCONT: takes it again, repaints everything */
void term_theme(struct term *term, enum theme_choice theme);
bool term_has_unicode(const struct term *term); /* locale is UTF-8 and TERM is not a dumb console */
bool term_has_color(const struct term *term);
uint32_t term_read_key(struct term *term); /* UI_KEY_NONE when none waits; never blocks */
void term_paint(struct term *term,
                const struct canvas *canvas); /* writes what changed since the last paint */
void term_repaint(struct term *term); /* forgets what stands there; the next paint writes all */
void term_copy(struct term *term, const char *text); /* OSC 52 */

#endif
