/*
 * load_panel: the load that the keys of the dashboard start and stop: its rate and level, its
 * events, and what the screen shows of it.
 */
#ifndef APP_LOAD_PANEL_H
#define APP_LOAD_PANEL_H

#include "app/watch.h"
#include "config/settings.h"
#include "loop/loop.h"
#include "ui/state.h"

struct load_panel;

typedef void load_panel_changed_fn(void *owner, struct instant now);

/* settings, loop and watch outlive it; `changed`: something that the screen shows. */
struct load_panel *load_panel_new(const struct settings *settings, struct loop *loop,
                                  struct watch *watch, load_panel_changed_fn *changed, void *owner);
/* Writes under way go on by themselves; nobody waits for them. */
void load_panel_free(struct load_panel **panel);

/* UI_LOAD_...; what it did, or why not, in text. */
void load_panel_act(struct load_panel *panel, enum ui_request request, char *text, size_t size);
/* The model may have another primary. */
void load_panel_follow(struct load_panel *panel);
bool load_panel_runs(const struct load_panel *panel);
/* What the screen shows of a load that runs; NULL: none does. Valid until the next call. */
const struct load_figures *load_panel_look(struct load_panel *panel, mono_us now);

#endif
