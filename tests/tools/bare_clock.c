/*
 * bare_clock: the least that a curses program can do once a second, for the benchmark to compare
 * with: a clock in a corner.
 */
#include <curses.h>
#include <time.h>

int main(void)
{
    initscr();
    curs_set(0);
    timeout(1000);
    for (;;) {
        time_t now = time(NULL);
        struct tm tm;
        char text[16];
        strftime(text, sizeof text, "%H:%M:%S", localtime_r(&now, &tm));
        mvaddstr(0, COLS - 9, text);
        refresh();
        if (getch() == 'q')
            break;
    }
    endwin();
    return 0;
}
