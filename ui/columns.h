/*
 * columns: the columns of the nodes table as a const table: heading, width, where they appear, and
 * what stands in a cell. Pure.
 */
#ifndef UI_COLUMNS_H
#define UI_COLUMNS_H

#include "ui/view_parts.h"

/* A row of the table with what its cells ask. */
struct table_row {
    const struct view *view;
    const struct topology_row *row;
    const struct node *node;           /* NULL: unlisted */
    const struct node *sender;         /* NULL: none */
    const struct standby_row *standby; /* NULL: none */
    struct node_state state;
    bool node_fresh; /* figures of the node itself are of now */
    bool has_age;    /* the table has a column for the age */
};

struct column {
    const char *heading;
    const char *name; /* in the copied row */
    int width;
    int wide; /* width when there is room to spare; 0: the same */
    bool right;
    /* Which columns get room first, [0] showing bytes, [1] showing LSNs; 0: not shown. */
    int priority[2];
    int wide_priority[2];
    /* Writes the cell, "-" for unknown; what does not fit `width` is left out by the cell itself
     * where a part of it still says something. */
    enum style (*cell)(const struct table_row *row, int width, char *out, size_t size);
};

#define COLUMNS_MAX 16

/* The columns that a table of this width has, after the node's own. */
struct columns {
    int count;
    const struct column *items[COLUMNS_MAX];
    int widths[COLUMNS_MAX];
    int node_width; /* of the first column: selection, tree, mark, name */
    bool has_age;
};

void columns_choose(const struct view *view, int table_width, struct columns *columns);
void table_row_of(const struct view *view, int index, struct table_row *row);
/* The row's cells as one line of text with their names. */
void columns_row_text(const struct table_row *row, char *out, size_t size);

/* Cells that other parts show too; a width of CELL_TEXT_SIZE leaves nothing out. */
enum style cell_state(const struct table_row *row, int width, char *out, size_t size);
enum style cell_behind(const struct table_row *row, int width, char *out, size_t size);
enum style cell_lag(const struct table_row *row, int width, char *out, size_t size);

#endif
