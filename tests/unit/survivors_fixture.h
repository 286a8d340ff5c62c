/*
 * survivors_fixture: what the tests of the survivors ask of a made-up cluster.
 *
 * Most cases start from three nodes, n1 streaming to n2 (sync 1) and n3 (potential 2) under FIRST 1
 * (n2, n3), all at one LSN; then n1 is refused.
 */
#ifndef TESTS_UNIT_SURVIVORS_FIXTURE_H
#define TESTS_UNIT_SURVIVORS_FIXTURE_H

#include "cluster/survivors.h"
#include "cluster_fixture.h"

UNUSED_OK struct survivors found;

UNUSED_OK void derive(struct cluster *c)
{
    survivors_derive(c->model, NULL, c->now, &found);
}

UNUSED_OK void derive_acknowledged(struct cluster *c, lsn_t lsn)
{
    const struct survivors_acknowledged ack = {.lsn = lsn, .at = c->now - SECONDS(2)};

    survivors_derive(c->model, &ack, c->now, &found);
}

UNUSED_OK void lose_primary(struct cluster *c)
{
    cluster_fault(c, 0, FAULT_REFUSED, "Connection refused");
    for (int i = 1; i < c->count; i++)
        sample_no_receiver(cluster_sample(c, i));
    cluster_run(c, 2);
    derive(c);
}

UNUSED_OK struct cluster *lost(void)
{
    struct cluster *c = cluster_settled(3);

    lose_primary(c);
    return c;
}

UNUSED_OK void again(struct cluster *c)
{
    cluster_run(c, 1);
    derive(c);
}

UNUSED_OK const struct survivor *of(int node)
{
    for (int i = 0; i < found.count; i++)
        if (found.items[i].node == node)
            return &found.items[i];
    return NULL;
}

UNUSED_OK const char *sentence(const struct cluster *c, int node)
{
    static char text[SURVIVOR_SENTENCE_SIZE];

    survivor_sentence(c->model, &found, (int)(of(node) - found.items), text, sizeof text);
    return text;
}

UNUSED_OK const char *words(int node)
{
    static char text[SURVIVOR_SENTENCE_SIZE];

    survivor_words(&found, (int)(of(node) - found.items), text, sizeof text);
    return text;
}

UNUSED_OK const char *data_sentence(const struct cluster *c)
{
    static char text[SURVIVOR_SENTENCE_SIZE];

    survivors_data_sentence(c->model, &found, text, sizeof text);
    return text;
}

UNUSED_OK const char *advice_sentence(const struct cluster *c)
{
    static char text[512];

    survivors_advice_sentence(c->model, &found, text, sizeof text);
    return text;
}

UNUSED_OK const char *lost_sentence(const struct cluster *c)
{
    static char text[256];

    survivors_lost_sentence(c->model, &found, c->now, text, sizeof text);
    return text;
}

UNUSED_OK int best(void)
{
    return found.best >= 0 ? found.items[found.best].node : -1;
}

/* Where the servers stand by themselves. */
UNUSED_OK void at(struct cluster *c, int node, lsn_t lsn)
{
    struct node_sample *sample = cluster_sample(c, node);

    sample->receive_lsn = sample->replay_lsn = lsn;
    if (sample->receiver.present)
        sample->receiver.flushed_lsn = lsn;
}

UNUSED_OK void set(struct cluster *c, int node, enum setting_id id, const char *value)
{
    str_copy(cluster_sample(c, node)->settings[id], SETTING_VALUE_SIZE, value);
}

#define assert_barred(node, flag)                                                                  \
    do {                                                                                           \
        assert_false(of(node)->eligible);                                                          \
        assert_true(survivor_has(of(node), (flag)));                                               \
    } while (0)
#define assert_warned(node, flag)                                                                  \
    do {                                                                                           \
        assert_true(of(node)->eligible);                                                           \
        assert_true(survivor_has(of(node), (flag)));                                               \
    } while (0)

#endif
