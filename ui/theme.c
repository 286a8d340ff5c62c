/*
 * theme: one table per choice; a pair for every style, and a second one for the selected row.
 */
#include "ui/theme.h"

#define OWN (-1) /* the terminal's own colour */
#define SELECTED_SHADE 237
#define GREY_SHADE 245

struct look {
    attr_t attributes;
    short foreground, background;
};

static const struct look color_looks[STYLES] = {
    [STYLE_NORMAL] = {A_NORMAL, OWN, OWN},
    [STYLE_DIM] = {A_DIM, OWN, OWN},
    [STYLE_STRONG] = {A_BOLD, OWN, OWN},
    [STYLE_TITLE] = {A_BOLD, COLOR_CYAN, OWN},
    [STYLE_LABEL] = {A_NORMAL, COLOR_CYAN, OWN},
    [STYLE_BORDER] = {A_DIM, OWN, OWN},
    [STYLE_KEY] = {A_BOLD, COLOR_CYAN, OWN},
    [STYLE_OK] = {A_NORMAL, COLOR_GREEN, OWN},
    [STYLE_WARNING] = {A_NORMAL, COLOR_YELLOW, OWN},
    [STYLE_CRITICAL] = {A_BOLD, COLOR_RED, OWN},
    [STYLE_UNKNOWN] = {A_DIM, OWN, OWN},
    [STYLE_PRIMARY] = {A_BOLD, COLOR_BLUE, OWN},
    [STYLE_GRAPH] = {A_NORMAL, COLOR_CYAN, OWN},
    [STYLE_BANNER_OK] = {A_BOLD, COLOR_BLACK, COLOR_GREEN},
    [STYLE_BANNER_WARNING] = {A_NORMAL, COLOR_BLACK, COLOR_YELLOW},
    [STYLE_BANNER_CRITICAL] = {A_BOLD, COLOR_WHITE, COLOR_RED},
    [STYLE_BANNER_UNKNOWN] = {A_REVERSE, OWN, OWN},
};

static const struct look contrast_looks[STYLES] = {
    [STYLE_NORMAL] = {A_NORMAL, COLOR_WHITE, COLOR_BLACK},
    [STYLE_DIM] = {A_NORMAL, COLOR_WHITE, COLOR_BLACK},
    [STYLE_STRONG] = {A_BOLD, COLOR_WHITE, COLOR_BLACK},
    [STYLE_TITLE] = {A_BOLD | A_UNDERLINE, COLOR_WHITE, COLOR_BLACK},
    [STYLE_LABEL] = {A_UNDERLINE, COLOR_WHITE, COLOR_BLACK},
    [STYLE_BORDER] = {A_NORMAL, COLOR_WHITE, COLOR_BLACK},
    [STYLE_KEY] = {A_BOLD, COLOR_YELLOW, COLOR_BLACK},
    [STYLE_OK] = {A_BOLD, COLOR_GREEN, COLOR_BLACK},
    [STYLE_WARNING] = {A_BOLD, COLOR_YELLOW, COLOR_BLACK},
    [STYLE_CRITICAL] = {A_BOLD, COLOR_WHITE, COLOR_RED},
    [STYLE_UNKNOWN] = {A_NORMAL, COLOR_WHITE, COLOR_BLACK},
    [STYLE_PRIMARY] = {A_BOLD, COLOR_CYAN, COLOR_BLACK},
    [STYLE_GRAPH] = {A_BOLD, COLOR_WHITE, COLOR_BLACK},
    [STYLE_BANNER_OK] = {A_BOLD, COLOR_BLACK, COLOR_GREEN},
    [STYLE_BANNER_WARNING] = {A_BOLD, COLOR_BLACK, COLOR_YELLOW},
    [STYLE_BANNER_CRITICAL] = {A_BOLD, COLOR_WHITE, COLOR_RED},
    [STYLE_BANNER_UNKNOWN] = {A_BOLD, COLOR_BLACK, COLOR_WHITE},
};

static const attr_t plain_looks[STYLES] = {
    [STYLE_NORMAL] = A_NORMAL,
    [STYLE_DIM] = A_DIM,
    [STYLE_STRONG] = A_BOLD,
    [STYLE_TITLE] = A_BOLD,
    [STYLE_LABEL] = A_UNDERLINE,
    [STYLE_BORDER] = A_DIM,
    [STYLE_KEY] = A_BOLD,
    [STYLE_OK] = A_NORMAL,
    [STYLE_WARNING] = A_BOLD,
    [STYLE_CRITICAL] = A_BOLD | A_REVERSE,
    [STYLE_UNKNOWN] = A_DIM,
    [STYLE_PRIMARY] = A_BOLD,
    [STYLE_GRAPH] = A_NORMAL,
    [STYLE_BANNER_OK] = A_REVERSE,
    [STYLE_BANNER_WARNING] = A_BOLD | A_REVERSE,
    [STYLE_BANNER_CRITICAL] = A_BOLD | A_REVERSE,
    [STYLE_BANNER_UNKNOWN] = A_REVERSE,
};

static short pair_of(enum style style, bool selected)
{
    return (short)(1 + (int)style + (selected ? STYLES : 0));
}

static short own_or(short color, int own)
{
    return color == OWN ? (short)own : color;
}

void theme_use(struct theme *theme, enum theme_choice choice)
{
    const struct look *looks = choice == THEME_HIGH_CONTRAST ? contrast_looks : color_looks;

    theme->choice = theme->color ? choice : THEME_MONOCHROME;
    if (theme->choice == THEME_MONOCHROME)
        return;
    for (int style = 0; style < STYLES; style++) {
        short foreground = looks[style].foreground;
        short background = own_or(looks[style].background, theme->defaults);

        if (theme->shades && choice == THEME_COLOR &&
            (looks[style].attributes & A_DIM) != 0) /* many terminals have no dim */
            foreground = GREY_SHADE;
        foreground = own_or(foreground, theme->defaults == OWN ? OWN : COLOR_WHITE);
        init_pair(pair_of((enum style)style, false), foreground, background);
        if (theme->shades && looks[style].background == OWN)
            background = SELECTED_SHADE;
        init_pair(pair_of((enum style)style, true), foreground, background);
    }
}

void theme_look(const struct theme *theme, enum style style, bool selected, attr_t *attributes,
                short *pair)
{
    bool shaded = theme->shades && theme->choice == THEME_COLOR;

    *pair = 0;
    if (theme->choice == THEME_MONOCHROME) {
        *attributes = plain_looks[style];
        if (selected)
            *attributes ^= A_REVERSE;
        return;
    }
    *attributes = theme->choice == THEME_HIGH_CONTRAST ? contrast_looks[style].attributes
                                                       : color_looks[style].attributes;
    if (shaded)
        *attributes &= ~A_DIM;
    *pair = pair_of(style, selected);
    if (selected && !shaded)
        *attributes ^= A_REVERSE;
}
