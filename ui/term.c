/*
 * term: curses, and nothing else of the program knows of it.
 *
 * A paint compares the canvas with the one before and gives curses the runs of cells that changed;
 * curses writes what differs on the terminal, in one doupdate. Signals belong to the loop: curses'
 * own handlers are taken out again, and Ctrl-C, Ctrl-Z and Ctrl-\ come as keys in raw mode.
 */
#include "ui/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "base/str.h"
#include "ui/term_rescue.h"
#include "ui/terminfo.h"
#include "ui/theme.h"

#define ESCAPE_DELAY_MS 25
#define WIDTH_MAX 1000 /* a terminal that claims more is not believed */
#define HEIGHT_MAX 500
#define KEY_CTRL_Z 26
#define KEY_CTRL_BACKSLASH 28
#define WRITE_DEADLINE_MS 200

struct term {
    SCREEN *screen;
    struct termios saved; /* as found at open */
    int width, height;
    bool suspended;
    bool unicode;
    bool clipboard;
    struct theme theme;
    struct canvas shown; /* what the last paint left on the screen; width 0: nothing known */
};

/* The signals that newterm installs handlers for. */
static const int curses_signals[] = {SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
#define CURSES_SIGNALS (sizeof curses_signals / sizeof curses_signals[0])

static bool is_plain_console(const char *name)
{
    static const char *const consoles[] = {"linux", "dumb", "ansi", "cons25", "sun", "vt52"};

    for (size_t i = 0; i < sizeof consoles / sizeof consoles[0]; i++)
        if (strcmp(name, consoles[i]) == 0)
            return true;
    return strncmp(name, "vt1", 3) == 0 || strncmp(name, "vt2", 3) == 0;
}

static bool check_terminal(const char *name, struct error *err)
{
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
        return terminfo_check(name, STDOUT_FILENO, err);
    error_set(err, "the dashboard needs a terminal on its input and output");
    return error_hint(err, "`pgwatch-tui status` says the same as text, --json for scripts");
}

static bool wants_color(enum color_choice choice)
{
    const char *no_color = getenv("NO_COLOR");

    if (choice == COLOR_AUTO)
        return no_color == NULL || no_color[0] == '\0';
    return choice == COLOR_ALWAYS;
}

static void start_colors(struct term *term, enum color_choice choice)
{
    term->theme.defaults = COLOR_BLACK;
    if (wants_color(choice) && has_colors() && start_color() == OK && COLOR_PAIRS > 2 * STYLES) {
        term->theme.color = true;
        term->theme.shades = COLORS >= 256;
        if (use_default_colors() == OK)
            term->theme.defaults = -1;
    }
    theme_use(&term->theme, THEME_COLOR);
}

static void set_modes(void)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    intrflush(stdscr, FALSE);
    leaveok(stdscr, TRUE);
    /* Until the screen was left once, this curses (6.3, 6.4) writes to the terminal at each move of
     * its cursor: a frame in a hundred pieces, which may be seen half done. */
    endwin();
    refresh();
    curs_set(0);
}

static SCREEN *open_screen(void)
{
    struct sigaction former[CURSES_SIGNALS];
    SCREEN *screen;

    for (size_t i = 0; i < CURSES_SIGNALS; i++)
        sigaction(curses_signals[i], NULL, &former[i]);
    use_env(FALSE); /* LINES and COLUMNS of the shell are those of another size */
    use_tioctl(TRUE);
    screen = newterm(NULL, stdout, stdin);
    for (size_t i = 0; i < CURSES_SIGNALS; i++)
        sigaction(curses_signals[i], &former[i], NULL);
    return screen;
}

struct term *term_open(enum color_choice color, struct error *err)
{
    const char *named = getenv("TERM");
    const char *name = named != NULL ? named : "";
    struct term *term;

    setlocale(LC_CTYPE, "");
    if (!check_terminal(name, err))
        return NULL;
    term = mem_calloc(1, sizeof *term);
    if (tcgetattr(STDIN_FILENO, &term->saved) != 0) {
        error_errno(err, errno, "the terminal's settings cannot be read");
        free(term);
        return NULL;
    }
    set_escdelay(ESCAPE_DELAY_MS);
    term->screen = open_screen();
    if (term->screen == NULL) {
        error_set(err, "the terminal type TERM=%s cannot be used", name);
        free(term);
        return NULL;
    }
    term_rescue_arm(STDOUT_FILENO, &term->saved);
    term_rescue_let_end(STDOUT_FILENO);
    set_modes();
    start_colors(term, color);
    term->unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0 && !is_plain_console(name);
    term->clipboard = !is_plain_console(name);
    term_resized(term);
    return term;
}

void term_close(struct term **term)
{
    if (*term == NULL)
        return;
    term_rescue_leaving();
    if (!(*term)->suspended)
        endwin();
    tcsetattr(STDIN_FILENO, TCSANOW, &(*term)->saved);
    term_rescue_disarm();
    term_rescue_leave_end();
    delscreen((*term)->screen);
    canvas_free(&(*term)->shown);
    free(*term);
    *term = NULL;
}

void term_size(const struct term *term, int *width, int *height)
{
    *width = term->width;
    *height = term->height;
}

static int bounded(int value, int most)
{
    return value < 1 ? 1 : value > most ? most : value;
}

void term_resized(struct term *term)
{
    struct winsize size = {.ws_row = 0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        size = (struct winsize){.ws_col = 80, .ws_row = 24};
    term->width = bounded(size.ws_col, WIDTH_MAX);
    term->height = bounded(size.ws_row, HEIGHT_MAX);
    if (term->suspended)
        return;
    resizeterm(term->height, term->width);
    term_repaint(term);
}

void term_suspend(struct term *term)
{
    if (term->suspended)
        return;
    endwin();
    tcsetattr(STDIN_FILENO, TCSADRAIN, &term->saved);
    term_rescue_disarm();
    term->suspended = true;
}

void term_resume(struct term *term)
{
    bool was_left = term->suspended;

    term->suspended = false;
    reset_prog_mode(); /* also after a SIGSTOP, of which we knew nothing: the shell set its own */
    if (was_left) {
        refresh();
        curs_set(0);
        term_rescue_arm(STDOUT_FILENO, &term->saved);
    }
    term_resized(term);
}

void term_theme(struct term *term, enum theme_choice theme)
{
    theme_use(&term->theme, theme);
    term_repaint(term);
}

bool term_has_unicode(const struct term *term)
{
    return term->unicode;
}

bool term_has_color(const struct term *term)
{
    return term->theme.color;
}

static uint32_t function_key(wint_t code)
{
    static const struct {
        wint_t code;
        uint32_t key;
    } keys[] = {
        {KEY_UP, UI_KEY_UP},
        {KEY_DOWN, UI_KEY_DOWN},
        {KEY_LEFT, UI_KEY_LEFT},
        {KEY_RIGHT, UI_KEY_RIGHT},
        {KEY_HOME, UI_KEY_HOME},
        {KEY_END, UI_KEY_END},
        {KEY_PPAGE, UI_KEY_PAGE_UP},
        {KEY_NPAGE, UI_KEY_PAGE_DOWN},
        {KEY_BACKSPACE, UI_KEY_BACKSPACE},
        {KEY_ENTER, UI_KEY_ENTER},
        {KEY_RESIZE, UI_KEY_RESIZE},
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].code == code)
            return keys[i].key;
    return UI_KEY_OTHER;
}

/*
 * After an Esc that began no sequence terminfo knows. What goes on with [ or O is a sequence of the
 * terminal all the same (a key with Ctrl, a late answer): it is read to its end, so that its
 * letters are not taken for keys.
 */
static uint32_t escape_key(void)
{
    wint_t next;
    int got = get_wch(&next);

    if (got == ERR)
        return UI_KEY_ESC;
    if (got == OK && next == 'O') {
        get_wch(&next);
        return UI_KEY_OTHER;
    }
    if (got == OK && next == '[') {
        while (get_wch(&next) == OK && (next < 0x40 || next > 0x7E))
            ;
        return UI_KEY_OTHER;
    }
    if (got == OK)
        unget_wch((wchar_t)next);
    return UI_KEY_ESC;
}

/*
 * As the terminal driver does it: the whole foreground group stops, also a `make` that started us.
 * In the group of the session's leader there is no shell that could continue us.
 */
static void suspend_group(void)
{
    if (getpgrp() != getsid(0))
        kill(0, SIGTSTP);
}

uint32_t term_read_key(struct term *term)
{
    for (;;) {
        wint_t code;
        int got = term->suspended ? ERR : get_wch(&code);

        if (got == ERR)
            return UI_KEY_NONE;
        if (got == KEY_CODE_YES)
            return function_key(code);
        if (code == KEY_CTRL_Z)
            suspend_group();
        else if (code == KEY_CTRL_BACKSLASH)
            kill(getpid(), SIGQUIT);
        else if (code == UI_KEY_ESC)
            return escape_key();
        else if (code == '\n' || code == '\r')
            return UI_KEY_ENTER;
        else if (code == 0x7F || code == '\b')
            return UI_KEY_BACKSPACE;
        else if (code != 0 && code < UI_KEY_UP)
            return (uint32_t)code;
    }
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->character == b->character && a->style == b->style && a->selected == b->selected;
}

/* The C library's idea of a character's width must be the canvas's, or curses moves the row. */
static wchar_t drawable(uint32_t character, int columns)
{
    return wcwidth((wchar_t)character) == columns ? (wchar_t)character : L'?';
}

/* Writes cells from..to of a row. */
static void put_run(const struct term *term, const struct cell *cells, int row, int from, int to)
{
    cchar_t run[WIDTH_MAX];
    int count = 0;

    for (int column = from; column <= to; column++) {
        const struct cell *cell = &cells[column];
        bool wide = column < to && cell[1].character == 0;
        wchar_t text[2] = {drawable(cell->character, wide ? 2 : 1), L'\0'};
        attr_t attributes;
        short pair;

        if (cell->character == 0)
            continue;
        theme_look(&term->theme, (enum style)cell->style, cell->selected, &attributes, &pair);
        setcchar(&run[count++], text, attributes, pair, NULL);
        if (wide && text[0] == L'?')
            setcchar(&run[count++], L" ", attributes, pair, NULL);
    }
    mvadd_wchnstr(row, from, run, count);
}

/* Whether anything of it was written. */
static bool paint_row(struct term *term, const struct canvas *canvas, int row, int width)
{
    const struct cell *cells = &canvas->cells[(size_t)row * (size_t)canvas->width];
    const struct cell *before = NULL;
    int from = 0, to = width - 1;

    if (term->shown.width == canvas->width && term->shown.height == canvas->height)
        before = &term->shown.cells[(size_t)row * (size_t)canvas->width];
    while (before != NULL && from <= to && same_cell(&cells[from], &before[from]))
        from++;
    while (before != NULL && to >= from && same_cell(&cells[to], &before[to]))
        to--;
    if (from > to)
        return false;
    while (from > 0 && cells[from].character == 0)
        from--;
    while (to + 1 < width && cells[to + 1].character == 0)
        to++;
    put_run(term, cells, row, from, to);
    return true;
}

static bool same_row(const struct cell *a, const struct cell *b, int width)
{
    int column = 0;

    while (column < width && same_cell(&a[column], &b[column]))
        column++;
    return column == width;
}

/* A row that is not as it was is now what another one was. */
static bool some_row_moved(const struct term *term, const struct canvas *canvas)
{
    int width = canvas->width, height = canvas->height;
    const struct cell *now = canvas->cells, *before = term->shown.cells;

    if (term->shown.width != width || term->shown.height != height)
        return false;
    for (int row = 0; row < height; row++, now += width) {
        if (same_row(now, &before[(size_t)row * (size_t)width], width))
            continue;
        for (int other = 0; other < height; other++)
            if (same_row(now, &before[(size_t)other * (size_t)width], width))
                return true;
    }
    return false;
}

static void put_on_screen(void)
{
    wnoutrefresh(stdscr);
    doupdate();
}

static void remember(struct term *term, const struct canvas *canvas)
{
    size_t cells = (size_t)canvas->width * (size_t)canvas->height;

    canvas_resize(&term->shown, canvas->width, canvas->height);
    memcpy(term->shown.cells, canvas->cells, cells * sizeof *canvas->cells);
}

void term_paint(struct term *term, const struct canvas *canvas)
{
    int width = canvas->width < term->width ? canvas->width : term->width;
    int height = canvas->height < term->height ? canvas->height : term->height;

    if (term->suspended)
        return;
    /* Of several rows at once curses makes scrolling of a part of the screen (SU, SD), which some
     * terminals do not know though their TERM says so: rows would stand where they do not belong,
     * and stay. */
    bool moved = some_row_moved(term, canvas);
    for (int row = 0; row < height; row++)
        if (paint_row(term, canvas, row, width) && moved)
            put_on_screen();
    remember(term, canvas);
    put_on_screen();
}

void term_repaint(struct term *term)
{
    canvas_free(&term->shown);
    erase();
    clearok(curscr, TRUE);
}

static size_t encode_base64(const char *text, size_t length, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = (const unsigned char *)text;
    size_t used = 0;

    for (size_t i = 0; i < length; i += 3) {
        unsigned bits = (unsigned)in[i] << 16;

        if (i + 1 < length)
            bits |= (unsigned)in[i + 1] << 8;
        if (i + 2 < length)
            bits |= in[i + 2];
        out[used++] = digits[bits >> 18 & 63];
        out[used++] = digits[bits >> 12 & 63];
        out[used++] = i + 1 < length ? digits[bits >> 6 & 63] : '=';
        out[used++] = i + 2 < length ? digits[bits & 63] : '=';
    }
    out[used] = '\0';
    return used;
}

/* To the terminal, past curses, which has written all of its frame; a terminal that takes nothing
 * is given up. */
static void write_terminal(const char *text, size_t length)
{
    while (length > 0) {
        struct pollfd fd = {.fd = STDOUT_FILENO, .events = POLLOUT};
        ssize_t wrote;

        if (poll(&fd, 1, WRITE_DEADLINE_MS) <= 0)
            return;
        wrote = write(STDOUT_FILENO, text, length);
        if (wrote < 0)
            return;
        text += wrote;
        length -= (size_t)wrote;
    }
}

void term_copy(struct term *term, const char *text)
{
    static const char start[] = "\033]52;c;", end[] = "\a";
    size_t length = strlen(text), used = sizeof start - 1;
    char *sequence;

    if (term->suspended || !term->clipboard)
        return;
    sequence = mem_calloc(sizeof start + sizeof end + (length + 2) / 3 * 4, 1);
    memcpy(sequence, start, used);
    used += encode_base64(text, length, sequence + used);
    memcpy(sequence + used, end, sizeof end);
    used += sizeof end - 1;
    write_terminal(sequence, used);
    free(sequence);
}
