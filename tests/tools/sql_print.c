/*
 * sql_print VERSION: the monitoring statements for a server_version_num, one a line:
 *
 *   NAME <tab> COLUMNS <tab> STATEMENT
 */
#include <stdio.h>
#include <stdlib.h>

#include "postgres/sql.h"

int main(int argc, char **argv)
{
    static const int columns[SQL_COUNT] = {
        [SQL_STANDBYS] = STANDBYS_COLUMNS,
        [SQL_SLOTS] = SLOTS_COLUMNS,
        [SQL_SETTINGS] = SETTINGS_COLUMNS,
        [SQL_NODE] = NODE_COLUMNS,
    };

    if (argc != 2) {
        fputs("usage: sql_print VERSION\n", stderr);
        return 64;
    }
    for (int id = 0; id < SQL_COUNT; id++)
        printf("%s\t%d\t%s\n", sql_name((enum sql_id)id), columns[id],
               sql_text((enum sql_id)id, atoi(argv[1])));
    return 0;
}
