/*
 * drill_read: every write of the load is looked for on every node.
 *
 * The primary at the end decides what is lost. A standby that has not replayed everything yet is
 * asked again until it has, or until its time is over.
 */
#include <stdlib.h>
#include <string.h>

#include "app/drill_internal.h"
#include "base/str.h"

#define READ_US (30 * US_PER_S)  /* for a node to have what the primary has */
#define REACH_US (10 * US_PER_S) /* for a node to answer at all */
#define AGAIN_US (100 * US_PER_MS)
#define WORD_BITS 64
#define IDS_BEFORE 100000 /* ids below the load's first acknowledged one that are looked at too */

static void row(void *owner, int count, const char *const *values)
{
    struct drill_reader *reader = owner;
    const char *number = count >= 2 ? strrchr(values[1], ' ') : NULL;
    char *rest;

    if (number == NULL)
        return;
    unsigned long long value = strtoull(number + 1, &rest, 10);
    if (*rest == '\0')
        reader->result.rows += write_set_add(&reader->set, value);
}

static void done(void *owner, bool ok, const char *text, struct instant now)
{
    struct drill_reader *reader = owner;
    (void)now;

    reader->result.read = ok;
    str_copy(reader->result.why, sizeof reader->result.why, text);
    reader->answered = true;
    drill_soon(reader->engine);
}

/* The smallest id that was acknowledged, less some for those that were not. */
static int64_t first_id(const struct ledger *ledger)
{
    int64_t first = 0;

    for (uint64_t number = ledger->first; number < ledger->next; number++) {
        const struct ledger_write *write = ledger_at(ledger, number);
        if (write->id != 0 && (first == 0 || write->id < first))
            first = write->id;
    }
    return first > IDS_BEFORE ? first - IDS_BEFORE : 0;
}

static void ask(struct drill_reader *reader)
{
    static const struct errand_calls calls = {row, done};
    struct drill_engine *engine = reader->engine;
    const struct ledger *ledger = load_ledger(engine->load);
    char prefix[DRILL_RUN_SIZE + 8];

    memset(reader->set.words, 0, (size_t)(reader->set.capacity / WORD_BITS) * sizeof(uint64_t));
    reader->set.count = reader->result.rows = 0;
    reader->answered = false;
    reader->asked_at = loop_now(engine->loop).mono;
    str_format(prefix, sizeof prefix, "load %s ", load_run_name(engine->load));
    errand_free(&reader->errand);
    reader->errand =
        errand_read_back(engine->loop, engine->settings, reader->node, load_table(engine->load),
                         prefix, first_id(ledger), ERRAND_US, &calls, reader);
}

void drill_read_begin(struct drill_engine *engine, struct instant now)
{
    const struct model *model = watch_model(engine->watch);
    const struct ledger *ledger = engine->load != NULL ? load_ledger(engine->load) : NULL;

    drill_read_free(engine);
    engine->read_primary = model->last_primary;
    if (ledger == NULL || load_table(engine->load)[0] == '\0')
        return;
    engine->readers = mem_calloc((size_t)model->node_count, sizeof *engine->readers);
    for (int i = 0; i < model->node_count && engine->reader_count < DRILL_READ_MAX; i++) {
        if (model->nodes[i].same_as >= 0)
            continue;
        struct drill_reader *reader = &engine->readers[engine->reader_count++];
        reader->engine = engine;
        reader->node = reader->result.node = i;
        reader->set.capacity = (ledger->next / WORD_BITS + 1) * WORD_BITS;
        reader->set.words =
            mem_calloc((size_t)(reader->set.capacity / WORD_BITS), sizeof(uint64_t));
        reader->began = now.mono;
        ask(reader);
    }
}

void drill_read_free(struct drill_engine *engine)
{
    for (int i = 0; i < engine->reader_count; i++) {
        errand_free(&engine->readers[i].errand);
        free(engine->readers[i].set.words);
    }
    free(engine->readers);
    engine->readers = NULL;
    engine->reader_count = 0;
}

static const struct drill_reader *reader_of(const struct drill_engine *engine, int node)
{
    for (int i = 0; i < engine->reader_count; i++)
        if (engine->readers[i].node == node)
            return &engine->readers[i];
    return NULL;
}

/* Nothing of what the primary has may be missing; it may not have arrived yet. */
static bool is_behind(const struct drill_engine *engine, const struct drill_reader *reader,
                      const struct drill_reader *primary)
{
    const struct ledger *ledger = load_ledger(engine->load);

    if (!reader->result.read)
        return true;
    return primary != NULL && primary->result.read &&
           drill_missing(ledger, &reader->set) > drill_missing(ledger, &primary->set);
}

static void look_at_reader(struct drill_engine *engine, struct drill_reader *reader,
                           const struct drill_reader *primary, struct instant now)
{
    bool waits = primary != NULL && reader != primary && !primary->ended;

    if (!reader->answered || reader->ended || waits)
        return;
    if (now.mono < reader->began + (reader->result.read ? READ_US : REACH_US) &&
        is_behind(engine, reader, primary)) {
        if (now.mono >= reader->asked_at + AGAIN_US)
            ask(reader);
        return;
    }
    reader->result.missing =
        reader->result.read ? drill_missing(load_ledger(engine->load), &reader->set) : 0;
    reader->ended = true;
}

static void take_results(struct drill_engine *engine, const struct drill_reader *primary)
{
    struct drill_figures *figures = &engine->figures;

    figures->read_count = engine->reader_count;
    for (int i = 0; i < engine->reader_count; i++)
        figures->reads[i] = engine->readers[i].result;
    if (primary != NULL && primary->result.read)
        drill_classify(load_ledger(engine->load), &primary->set, &figures->classes);
}

bool drill_read_look(struct drill_engine *engine, struct instant now)
{
    const struct model *model = watch_model(engine->watch);
    const struct drill_reader *primary;
    bool all = true;

    if (model->primary >= 0)
        engine->read_primary = model->primary;
    primary = reader_of(engine, engine->read_primary);
    for (int i = 0; i < engine->reader_count; i++) {
        look_at_reader(engine, &engine->readers[i], primary, now);
        all = all && engine->readers[i].ended;
    }
    if (all)
        take_results(engine, primary);
    return all;
}
