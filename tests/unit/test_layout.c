/*
 * layout: at every size and need the parts stand on the screen, none on another, and no row is
 * left; no level of commit latency is hidden while the events have rows to give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ui/layout.h"

#define EVENTS_LEAST 4 /* a frame and two events */
#define BOX_LEAST 3
#define HEIGHT_MAX 60

struct rows {
    int height;
    int taken[HEIGHT_MAX];
};

static void take(struct rows *rows, const struct area *area, const char *what)
{
    for (int i = 0; i < area->height; i++) {
        int row = area->row + i;

        if (row < 0 || row >= rows->height)
            fail_msg("%s: row %d of %d", what, row, rows->height);
        if (rows->taken[row]++ != 0)
            fail_msg("%s: row %d is another part's", what, row);
    }
}

static void check_rows(int width, int height, const struct layout *layout)
{
    struct rows rows = {.height = height};

    take(&rows, &layout->header, "header");
    take(&rows, &layout->banner, "banner");
    take(&rows, &layout->sync, "sync");
    take(&rows, &layout->load, "load");
    take(&rows, &layout->nodes, "nodes");
    take(&rows, &layout->survivors, "survivors");
    take(&rows, &layout->findings, "findings");
    take(&rows, &layout->latency, "latency");
    if (width < LAYOUT_WIDE_WIDTH)
        take(&rows, &layout->wal, "wal");
    else
        assert_int_equal(layout->wal.row, layout->latency.row);
    take(&rows, &layout->events, "events");
    take(&rows, &layout->footer, "footer");
    for (int row = 0; row < height; row++)
        if (rows.taken[row] == 0)
            fail_msg("%dx%d: row %d is nobody's", width, height, row);
}

static void check_levels(int width, int height, const struct layout_need *need,
                         const struct layout *layout)
{
    int least = layout->latency.height > 0 ? EVENTS_LEAST : 2 * BOX_LEAST - 1;

    if (layout->events.height > least &&
        layout->latency.height < need->latency_levels + 3) /* frame and heading */
        fail_msg("%dx%d: %d rows for %d levels, %d for events", width, height,
                 layout->latency.height, need->latency_levels, layout->events.height);
}

static void check_sizes(const struct layout_need *need)
{
    for (int width = LAYOUT_FULL_WIDTH; width <= 200; width += 20) {
        for (int height = LAYOUT_FULL_HEIGHT; height <= HEIGHT_MAX; height++) {
            struct layout layout;

            layout_derive(width, height, need, &layout);
            assert_int_equal(layout.kind, LAYOUT_FULL);
            check_rows(width, height, &layout);
            check_levels(width, height, need, &layout);
        }
    }
}

static void test_every_size(void **state)
{
    static const int survivors[] = {0, 4, 9}, findings[] = {0, 2, 7}, nodes[] = {1, 3, 12};

    (void)state;
    for (int i = 0; i < 27; i++) {
        struct layout_need need = {.banner = i % 2 == 1,
                                   .sync_rows = 1 + i % 2,
                                   .load_rows = i % 4 == 0,
                                   .node_rows = nodes[i / 9],
                                   .survivor_rows = survivors[i / 3 % 3],
                                   .finding_rows = findings[i % 3],
                                   .standby_lines = nodes[i / 9] - 1};

        check_sizes(&need);
        need.latency_levels = 4;
        check_sizes(&need);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_size)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
