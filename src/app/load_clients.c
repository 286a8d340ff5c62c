/*
 * load_clients: the connections of a load, and which of them a write goes to.
 *
 * A writer may not be freed in a callback of its own: what is to go is noted and taken away by a
 * timer.
 */
#include <stdlib.h>

#include "app/load_internal.h"
#include "base/str.h"

bool load_client_is_wanted(const struct load *load, const struct client *client)
{
    return client->node == load->node && client->level == load->options.level;
}

struct client_counts load_count_clients(const struct load *load)
{
    struct client_counts counts = {0};

    for (int i = 0; i < load->client_count; i++) {
        const struct client *client = load->clients[i];

        if (!load_client_is_wanted(load, client))
            continue;
        counts.unsettled += !client->settled;
        counts.failing += client->failing;
        counts.ready += client->busy || writer_is_ready(client->writer);
    }
    return counts;
}

/* ---- what a writer says */

static void ready(void *owner, struct instant now)
{
    struct client *client = owner;

    client->settled = true;
    client->failing = false;
    str_copy(client->load->table, sizeof client->load->table, writer_table(client->writer));
    load_clients_changed(client->load, now);
}

static void failed(void *owner, const char *text, struct instant now)
{
    struct client *client = owner;
    struct load *load = client->load;

    client->settled = client->failing = true;
    if (load_client_is_wanted(load, client))
        load_say_why(load, text, load_count_clients(load).ready > 0, now);
    load_clients_changed(load, now);
}

static void answered(struct client *client, const struct write_result *result, struct instant now)
{
    const struct ledger_answer answer = {.number = client->number,
                                         .due = client->due,
                                         .at = result->answered_at,
                                         .outcome = result->outcome,
                                         .asynchronous = result->asynchronous,
                                         .id = result->id,
                                         .lsn = result->lsn};

    client->busy = false;
    load_answered(client->load, client, &answer, result->text, now);
}

static void done(void *owner, const struct write_result *result, struct instant now)
{
    struct client *client = owner;

    answered(client, result, now);
    load_clients_changed(client->load, now);
}

static const struct writer_callbacks of_writer = {ready, done, failed};

/* ---- coming and going */

/* The lowest number that no other client that is wanted has. */
static int free_slot(const struct load *load)
{
    for (int slot = 0;; slot++) {
        bool taken = false;
        for (int i = 0; i < load->client_count; i++)
            taken |=
                load->clients[i]->slot == slot && load_client_is_wanted(load, load->clients[i]);
        if (!taken)
            return slot;
    }
}

static void add(struct load *load)
{
    struct client *client = mem_calloc(1, sizeof *client);

    client->load = load;
    client->slot = free_slot(load);
    client->node = load->node;
    client->level = load->options.level;
    client->writer =
        writer_new(load->loop, load->settings, client->node, client->level, &of_writer, client);
    load->clients =
        mem_realloc(load->clients, (size_t)(load->client_count + 1) * sizeof(struct client *));
    load->clients[load->client_count++] = client;
}

static void take_away(struct load *load, int index)
{
    struct client *client = load->clients[index];

    writer_free(&client->writer);
    free(client);
    load->clients[index] = load->clients[--load->client_count];
}

/* Without a node that is to be written to, the ones that are there stay: it may be the same again.
 */
static bool may_go(const struct load *load, const struct client *client)
{
    return !client->busy && load->node >= 0 && !load_client_is_wanted(load, client);
}

void load_arrange(struct load *load)
{
    int wanted = 0;

    for (int i = load->client_count - 1; i >= 0; i--) {
        if (may_go(load, load->clients[i]))
            take_away(load, i);
        else if (load_client_is_wanted(load, load->clients[i]))
            wanted++;
    }
    while (load->node >= 0 && load->phase <= LOAD_RUNNING && wanted++ < load->options.clients)
        add(load);
}

static void end_write(struct client *client, struct instant now)
{
    struct write_result result = {.outcome = COMMIT_UNKNOWN,
                                  .answered_at = now.mono,
                                  .text = "the load ended before the answer"};

    writer_is_answered(client->writer, &result);
    answered(client, &result, now);
}

void load_drop_clients(struct load *load, struct instant now)
{
    while (load->client_count > 0) {
        if (load->clients[load->client_count - 1]->busy)
            end_write(load->clients[load->client_count - 1], now);
        take_away(load, load->client_count - 1);
    }
    free(load->clients);
    load->clients = NULL;
}

/* ---- sending */

/* In turn, so that every client writes, also when one alone would do. */
static struct client *find_free(struct load *load)
{
    for (int i = 0; i < load->client_count; i++) {
        load->last_used = (load->last_used + 1) % load->client_count;
        struct client *client = load->clients[load->last_used];

        if (!client->busy && load_client_is_wanted(load, client) && writer_is_ready(client->writer))
            return client;
    }
    return NULL;
}

/* The file first: what is not in it must not be in the table. */
static bool send(struct load *load, struct client *client, struct instant now)
{
    char note[RUN_SIZE + 32];
    struct error err;
    uint64_t number = ledger_next_unsent(&load->ledger);

    if (load->file != NULL &&
        !ledger_file_send(load->file, number, ledger_at(&load->ledger, number)->due, now.mono,
                          client->level, load->settings->nodes[client->node].name, &err)) {
        load_break(load, &err, now);
        return false;
    }
    client->number = number;
    client->due = ledger_send(&load->ledger, client->node, client->level, now.mono);
    client->busy = true;
    str_format(note, sizeof note, "load %s %llu", load->run, (unsigned long long)number);
    writer_write(client->writer, number, note, now); /* `done` may be called in it */
    return true;
}

void load_dispatch(struct load *load, struct instant now)
{
    struct client *client;

    if (load->dispatching)
        return;
    load->dispatching = true;
    while ((load->phase == LOAD_RUNNING || (load->phase == LOAD_FINISHING && load->sends_rest)) &&
           ledger_next_unsent(&load->ledger) != LEDGER_NONE && (client = find_free(load)) != NULL)
        if (!send(load, client, now))
            break;
    load->dispatching = false;
}
