/*
 * stack_panel: see stack_panel.h.
 */
#include "app/stack_panel.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "stack/stack.h"

#define LOOK_EVERY_US (2 * US_PER_S)

struct stack_panel {
    const struct settings *settings;
    struct loop *loop;
    struct watch *watch;
    struct stack *stack;
    stack_panel_changed_fn *changed;
    void *owner;
    struct loop_timer look;
    bool shown;
    bool looking;
    struct stack_view view;
};

static const enum stack_verb verbs[] = {
    [STACK_ACTION_UP] = STACK_UP,           [STACK_ACTION_UP_NODE] = STACK_UP,
    [STACK_ACTION_DOWN] = STACK_DOWN,       [STACK_ACTION_DESTROY] = STACK_DESTROY,
    [STACK_ACTION_RESTART] = STACK_RESTART, [STACK_ACTION_KILL] = STACK_KILL,
    [STACK_ACTION_PAUSE] = STACK_PAUSE,     [STACK_ACTION_RESUME] = STACK_RESUME,
    [STACK_ACTION_LOGS] = STACK_LOGS,
};

static void tell(struct stack_panel *panel, bool servers)
{
    panel->changed(panel->owner, loop_now(panel->loop), servers);
}

static void add_line(struct stack_panel *panel, const char *node, const char *line)
{
    struct stack_view *view = &panel->view;

    str_format(view->lines[view->line_count++ % STACK_LINES_MAX], STACK_LINE_SIZE, "%s%s%s", node,
               node[0] != '\0' ? ": " : "", line);
}

static void said(void *owner, const char *node, const char *line)
{
    struct stack_panel *panel = owner;

    add_line(panel, node, line);
    tell(panel, false);
}

/* ---- how the servers are */

static void look(void *owner, struct instant now);

static void looked(void *owner, bool ok, const struct error *err)
{
    struct stack_panel *panel = owner;
    struct stack_node_status status;
    struct error ignored;
    bool moved = false;

    panel->looking = false;
    panel->view.looked = ok;
    str_copy(panel->view.look_error, sizeof panel->view.look_error,
             ok || err == NULL ? "" : err->message);
    for (int i = 0; ok && i < panel->settings->node_count; i++) {
        if (!stack_node_status(panel->stack, i, &status, &ignored))
            continue;
        moved |= strcmp(panel->view.nodes[i].state, status.state) != 0;
        str_copy(panel->view.nodes[i].state, sizeof panel->view.nodes[i].state, status.state);
        str_copy(panel->view.nodes[i].detail, sizeof panel->view.nodes[i].detail, status.detail);
    }
    if (panel->shown)
        loop_timer_set(panel->loop, &panel->look, loop_now(panel->loop).mono + LOOK_EVERY_US);
    tell(panel, moved);
}

static void look(void *owner, struct instant now)
{
    struct stack_panel *panel = owner;
    struct error err;
    (void)now;

    if (panel->looking)
        return;
    panel->looking = true;
    if (!stack_refresh(panel->stack, looked, panel, &err))
        looked(panel, false, &err);
}

void stack_panel_show(struct stack_panel *panel, bool shown)
{
    if (panel->shown == shown)
        return;
    panel->shown = shown;
    if (shown)
        loop_timer_set(panel->loop, &panel->look, loop_now(panel->loop).mono);
    else
        loop_timer_cancel(panel->loop, &panel->look);
}

/* ---- what is done */

static void name_of(const struct stack_panel *panel, const struct stack_question *question,
                    char *out, size_t size)
{
    str_format(out, size, "%s%s%s", stack_verb_word(verbs[question->action]),
               question->node >= 0 ? " " : "",
               question->node >= 0 ? panel->settings->nodes[question->node].name : "");
}

static void done(void *owner, bool ok, const struct error *err)
{
    struct stack_panel *panel = owner;
    struct stack_view *view = &panel->view;
    struct instant now = loop_now(panel->loop);
    char took[16];

    format_duration(took, sizeof took, now.mono - view->since);
    view->failed = !ok;
    view->hint[0] = '\0';
    if (ok) {
        str_format(view->result, sizeof view->result, "%s: done in %s", view->running, took);
    } else {
        str_copy(view->result, sizeof view->result, err->message);
        str_copy(view->hint, sizeof view->hint, err->hint);
    }
    watch_event(panel->watch, now, ok ? EVENT_INFO : EVENT_WARNING, "stack", view->result);
    view->running[0] = '\0';
    loop_timer_set(panel->loop, &panel->look, now.mono);
    tell(panel, true);
}

void stack_panel_describe(const struct stack_panel *panel, struct stack_question *question)
{
    stack_describe(panel->stack, verbs[question->action], question->node, question->command,
                   sizeof question->command);
}

void stack_panel_run(struct stack_panel *panel, const struct stack_question *question)
{
    struct stack_view *view = &panel->view;
    struct instant now = loop_now(panel->loop);
    char command[512], name[sizeof view->running], asked[sizeof name + 32];
    struct error err;

    if (stack_panel_busy(panel)) {
        view->failed = true;
        str_format(view->result, sizeof view->result, "%s is still being done", view->running);
        view->hint[0] = '\0';
        return;
    }
    name_of(panel, question, name, sizeof name);
    stack_describe(panel->stack, verbs[question->action], question->node, command, sizeof command);
    add_line(panel, "", command);
    str_copy(view->running, sizeof view->running, name);
    view->since = now.mono;
    str_format(asked, sizeof asked, "%s: asked for here", name);
    watch_event(panel->watch, now, EVENT_INFO, "stack", asked);
    if (!stack_run(panel->stack, verbs[question->action], question->node, said, done, panel, &err))
        done(panel, false, &err);
}

void stack_panel_cancel(struct stack_panel *panel)
{
    if (stack_busy(panel->stack))
        stack_cancel(panel->stack);
}

bool stack_panel_busy(const struct stack_panel *panel)
{
    return stack_busy(panel->stack);
}

const struct stack_view *stack_panel_view(const struct stack_panel *panel)
{
    return &panel->view;
}

struct stack_panel *stack_panel_new(const struct settings *settings, struct loop *loop,
                                    struct watch *watch, stack_panel_changed_fn *changed,
                                    void *owner)
{
    struct error ignored;
    struct stack *stack =
        settings->lab && settings->stack != STACK_NONE ? stack_new(settings, loop, &ignored) : NULL;

    if (stack == NULL)
        return NULL;
    struct stack_panel *panel = mem_calloc(1, sizeof *panel);
    panel->settings = settings;
    panel->loop = loop;
    panel->watch = watch;
    panel->stack = stack;
    panel->changed = changed;
    panel->owner = owner;
    panel->look = (struct loop_timer){.fire = look, .owner = panel};
    str_copy(panel->view.kind, sizeof panel->view.kind,
             settings->stack == STACK_COMPOSE ? "compose" : "local");
    for (int i = 0; i < settings->node_count; i++)
        str_copy(panel->view.nodes[i].state, sizeof panel->view.nodes[i].state, "unknown");
    return panel;
}

void stack_panel_free(struct stack_panel **panel)
{
    struct stack_panel *p = *panel;

    if (p == NULL)
        return;
    loop_timer_cancel(p->loop, &p->look);
    stack_free(&p->stack);
    free(p);
    *panel = NULL;
}
