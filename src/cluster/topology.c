/*
 * topology: every node looks for its sender first, then the trees are walked from their roots.
 *
 * Rows that two nodes once had of each other could close a circle: a node is visited once.
 */
#include "cluster/topology.h"

#include <string.h>

struct sender {
    int node, standby; /* -1 none */
    bool fresh;
};

struct walk {
    const struct model *model;
    mono_us now;
    struct sender senders[MODEL_NODES_MAX];
    bool visited[MODEL_NODES_MAX];
    struct topology_row *rows;
    int count, max;
};

static int row_of(const struct node *sender, int node)
{
    for (int i = 0; sender->sampled && i < sender->sample.standby_count; i++)
        if (sender->tracks[i].node == node)
            return i;
    return -1;
}

static bool is_primary_now(const struct walk *w, int node)
{
    const struct node *n = &w->model->nodes[node];

    return n->role == ROLE_PRIMARY && node_is_fresh(w->model, n, w->now);
}

/* What a node that is not of now said last counts only while nobody else is primary. */
static bool may_send(const struct walk *w, int node, bool *fresh)
{
    const struct model *model = w->model;

    *fresh = node_is_fresh(model, &model->nodes[node], w->now);
    return *fresh || (node == model->last_primary && model->primary_count == 0);
}

static struct sender find_sender(const struct walk *w, int node)
{
    struct sender best = {-1, -1, false};

    if (is_primary_now(w, node) || w->model->nodes[node].same_as >= 0)
        return best;
    for (int i = 0; i < w->model->node_count; i++) {
        bool fresh;
        int row = i == node ? -1 : row_of(&w->model->nodes[i], node);
        if (row < 0 || w->model->nodes[i].same_as >= 0 || !may_send(w, i, &fresh))
            continue;
        if (best.node < 0 || (fresh && !best.fresh) || (fresh && i == w->model->primary))
            best = (struct sender){i, row, fresh};
    }
    return best;
}

static void add_row(struct walk *w, const struct topology_row *row)
{
    if (w->count < w->max)
        w->rows[w->count] = *row;
    w->count++;
}

static void add_unlisted(struct walk *w, int sender, int depth)
{
    const struct node *node = &w->model->nodes[sender];
    bool fresh;

    if (!node->sampled || node->same_as >= 0 || !may_send(w, sender, &fresh))
        return;
    for (int i = 0; i < node->sample.standby_count; i++)
        if (node->tracks[i].node < 0)
            add_row(w, &(struct topology_row){
                           .node = -1,
                           .sender = sender,
                           .standby = i,
                           .depth = depth,
                           .fresh = fresh,
                           .name = node->sample.standbys[i].application_name,
                       });
}

/* The node and all under it. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as cascades are; each node once */
static void visit(struct walk *w, int node, int depth)
{
    const struct sender *sender = &w->senders[node];

    if (w->visited[node])
        return;
    w->visited[node] = true;
    add_row(w, &(struct topology_row){
                   .node = node,
                   .sender = sender->node,
                   .standby = sender->standby,
                   .depth = depth,
                   .fresh = sender->fresh,
                   .name = w->model->nodes[node].name,
               });
    for (int i = 0; i < w->model->node_count; i++)
        if (w->senders[i].node == node)
            visit(w, i, depth + 1);
    add_unlisted(w, node, depth + 1);
}

static void mark_last_children(struct topology_row *rows, int count)
{
    for (int i = 0; i < count; i++) {
        int next = i + 1;
        while (next < count && rows[next].depth > rows[i].depth)
            next++;
        rows[i].last_child = next >= count || rows[next].depth < rows[i].depth;
    }
}

int topology_derive(const struct model *model, mono_us now, struct topology_row *rows, int max)
{
    struct walk w = {.model = model, .now = now, .rows = rows, .max = max};

    for (int i = 0; i < model->node_count; i++)
        w.senders[i] = find_sender(&w, i);
    if (model->primary >= 0)
        visit(&w, model->primary, 0);
    for (int i = 0; i < model->node_count; i++)
        if (is_primary_now(&w, i))
            visit(&w, i, 0);
    if (model->primary_count == 0 && model->last_primary >= 0)
        visit(&w, model->last_primary, 0);
    for (int i = 0; i < model->node_count; i++)
        if (w.senders[i].node < 0)
            visit(&w, i, 0);
    for (int i = 0; i < model->node_count; i++)
        visit(&w, i, 0);
    mark_last_children(rows, w.count < max ? w.count : max);
    return w.count;
}
