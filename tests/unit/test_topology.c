/*
 * topology: the nodes as rows of a tree.
 */
#include "cluster_fixture.h"

/* "n1 .n2 ..n3": a dot per depth, ? for a row that is not of now, + for unlisted. */
static const char *shape(struct cluster *c)
{
    static char text[8192];

    text[0] = '\0';
    cluster_derive(c);
    for (int i = 0; i < c->row_count; i++) {
        const struct topology_row *row = &c->rows[i];
        if (i > 0)
            str_append(text, sizeof text, " ");
        for (int d = 0; d < row->depth; d++)
            str_append(text, sizeof text, ".");
        str_appendf(text, sizeof text, "%s%s%s", row->name, row->node < 0 ? "+" : "",
                    row->depth > 0 && !row->fresh ? "?" : "");
    }
    return text;
}

/* n2 sends to n3, n3 to n4; n1 sends to n2 alone. */
static struct cluster *cascade(void)
{
    struct cluster *c = cluster_new(4);

    sample_drop_row(cluster_sample(c, 0), 2);
    sample_drop_row(cluster_sample(c, 0), 1);
    sample_add_row(cluster_sample(c, 1), 301, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    sample_add_row(cluster_sample(c, 2), 302, "n4", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 2);
    return c;
}

static void test_flat(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    assert_string_equal(shape(c), "n1 .n2 .n3");
    assert_int_equal(c->rows[0].sender, -1);
    assert_int_equal(c->rows[0].standby, -1);
    assert_int_equal(c->rows[1].sender, 0);
    assert_int_equal(c->rows[2].standby, 1);
    assert_true(c->rows[0].last_child && !c->rows[1].last_child && c->rows[2].last_child);
    cluster_free(c);
}

static void test_nothing_known(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    assert_string_equal(shape(c), "n1 n2 n3");
    assert_false(c->rows[0].last_child);
    assert_true(c->rows[2].last_child);
    cluster_free(c);
}

static void test_primary_is_first(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    sample_standby(cluster_sample(c, 0), 2, CLUSTER_LSN, "n1");
    sample_primary(cluster_sample(c, 2), 2, CLUSTER_LSN);
    sample_add_row(cluster_sample(c, 2), 1, "n2", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    sample_add_row(cluster_sample(c, 2), 2, "n1", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n3 .n1 .n2"); /* in the description's order */
    cluster_free(c);
}

static void test_cascade(void **state)
{
    struct cluster *c = cascade();
    (void)state;

    assert_string_equal(shape(c), "n1 .n2 ..n3 ...n4");
    assert_int_equal(c->rows[3].sender, 2);
    cluster_free(c);
}

/* The middle one dies: what it sent to hangs alone, it stays under its upstream or alone. */
static void test_cascade_broken(void **state)
{
    struct cluster *c = cascade();
    (void)state;

    cluster_fault(c, 1, FAULT_REFUSED, "");
    sample_drop_row(cluster_sample(c, 0), 0);
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n1 n2 n3 .n4");
    cluster_free(c);
}

static void test_dead_primary_keeps_its_tree(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    sample_add_row(cluster_sample(c, 0), 400, "stranger", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n1 .n2 .n3 .stranger+");
    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n1 .n2? .n3? .stranger+?");
    cluster_free(c);
}

/* What a dead standby said last is of no use, not even then. */
static void test_dead_primary_and_dead_sender(void **state)
{
    struct cluster *c = cascade();
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    cluster_fault(c, 1, FAULT_REFUSED, "");
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n1 .n2? n3 .n4");
    cluster_free(c);
}

/* Once another is primary, what the dead one said last is of no use. */
static void test_failover(void **state)
{
    struct cluster *c = cluster_settled(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN);
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n2 n1 n3");
    sample_add_row(cluster_sample(c, 1), 1, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n2 .n3 n1");
    cluster_free(c);
}

static void test_split_brain(void **state)
{
    struct cluster *c = cluster_settled(4);
    (void)state;

    sample_primary(cluster_sample(c, 1), 2, CLUSTER_LSN);
    sample_add_row(cluster_sample(c, 1), 1, "n4", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    sample_drop_row(cluster_sample(c, 0), 2);
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n1 .n3 n2 .n4"); /* a primary hangs under nobody */
    cluster_free(c);
}

/* Rows that two standbys once had of each other. */
static void test_cycle(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    cluster_fault(c, 0, FAULT_REFUSED, "");
    sample_add_row(cluster_sample(c, 1), 1, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    sample_add_row(cluster_sample(c, 2), 2, "n2", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 2);
    assert_string_equal(shape(c), "n1 n2 .n3");
    cluster_free(c);
}

static void test_own_row(void **state)
{
    struct cluster *c = cluster_new(2);
    (void)state;

    sample_add_row(cluster_sample(c, 1), 1, "n2", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    sample_add_row(cluster_sample(c, 0), 2, "n1", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 2);
    assert_string_equal(shape(c), "n1 .n2 ..n2+ .n1+");
    cluster_free(c);
}

/* The row at the primary counts more than one that another sender still has. */
static void test_two_senders(void **state)
{
    struct cluster *c = cluster_new(3);
    (void)state;

    sample_add_row(cluster_sample(c, 1), 1, "n3", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 2);
    assert_string_equal(shape(c), "n1 .n2 .n3");
    assert_int_equal(cluster_topology_row(c, "n3")->sender, 0);
    cluster_free(c);
}

static void test_ambiguous(void **state)
{
    struct cluster *c = cluster_settled(2);
    (void)state;

    sample_add_row(cluster_sample(c, 0), 7, "n2", SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 1);
    assert_string_equal(shape(c), "n1 .n2+ .n2+ n2");
    cluster_free(c);
}

/* Values change, states change: rows stay where they are. */
static void test_order_does_not_jump(void **state)
{
    struct cluster *c = cluster_settled(5);
    char before[256];
    (void)state;

    str_copy(before, sizeof before, shape(c));
    for (int i = 0; i < 8; i++) {
        struct standby_row swap = *cluster_row(c, i % 4);
        *cluster_row(c, i % 4) = *cluster_row(c, (i + 1) % 4);
        *cluster_row(c, (i + 1) % 4) = swap;
        cluster_row(c, 0)->state = i % 2 ? STANDBY_STREAMING : STANDBY_CATCHUP;
        cluster_write(c, 1000);
        cluster_run(c, 1);
        assert_string_equal(shape(c), before);
    }
    cluster_fault(c, 2, FAULT_REFUSED, ""); /* down, and its row still there */
    cluster_run(c, 1);
    assert_string_equal(shape(c), before);
    cluster_free(c);
}

static void test_more_rows_than_asked_for(void **state)
{
    struct cluster *c = cluster_settled(5);
    struct topology_row rows[2] = {{.depth = 99}, {.depth = 99}};
    (void)state;

    assert_int_equal(topology_derive(c->model, c->now, rows, 1), 5);
    assert_string_equal(rows[0].name, "n1");
    assert_int_equal(rows[1].depth, 99); /* not written */
    assert_int_equal(topology_derive(c->model, c->now, NULL, 0), 5);
    cluster_free(c);
}

static void test_many(void **state)
{
    struct cluster *c = cluster_new(MODEL_NODES_MAX);
    bool seen[MODEL_NODES_MAX] = {false};
    (void)state;

    cluster_run(c, 2);
    for (int i = 0; i < 64; i++) /* nobody's rows on top of it */
        sample_add_row(cluster_sample(c, 1), 1000 + i, "stranger", SYNC_STATE_ASYNC, 0,
                       CLUSTER_LSN);
    cluster_run(c, 1);
    cluster_derive(c);
    assert_int_equal(c->row_count, MODEL_NODES_MAX + 64);
    for (int i = 0; i < c->row_count; i++) {
        if (c->rows[i].node < 0)
            continue;
        assert_false(seen[c->rows[i].node]); /* each exactly once */
        seen[c->rows[i].node] = true;
    }
    cluster_free(c);
}

/* 256 nodes, each the standby of the one before. */
static void test_deep(void **state)
{
    struct cluster *c = cluster_new(MODEL_NODES_MAX);
    (void)state;

    cluster_sample(c, 0)->standby_count = 1;
    for (int i = 1; i + 1 < MODEL_NODES_MAX; i++)
        sample_add_row(cluster_sample(c, i), 1000 + i, c->model->nodes[i + 1].name,
                       SYNC_STATE_ASYNC, 0, CLUSTER_LSN);
    cluster_run(c, 1);
    cluster_derive(c);
    assert_int_equal(c->row_count, MODEL_NODES_MAX);
    assert_int_equal(c->rows[MODEL_NODES_MAX - 1].depth, MODEL_NODES_MAX - 1);
    cluster_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flat),
        cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_primary_is_first),
        cmocka_unit_test(test_cascade),
        cmocka_unit_test(test_cascade_broken),
        cmocka_unit_test(test_dead_primary_keeps_its_tree),
        cmocka_unit_test(test_dead_primary_and_dead_sender),
        cmocka_unit_test(test_failover),
        cmocka_unit_test(test_split_brain),
        cmocka_unit_test(test_cycle),
        cmocka_unit_test(test_own_row),
        cmocka_unit_test(test_two_senders),
        cmocka_unit_test(test_ambiguous),
        cmocka_unit_test(test_order_does_not_jump),
        cmocka_unit_test(test_more_rows_than_asked_for),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
