/*
 * stack_panel: the stack behind the stack screen: carries out what the person asked for and keeps
 * what the screen shows of it.
 */
#ifndef APP_STACK_PANEL_H
#define APP_STACK_PANEL_H

#include "app/watch.h"
#include "config/settings.h"
#include "loop/loop.h"
#include "ui/stack_view.h"
#include "ui/state.h"

struct stack_panel;

/* servers: they are not as they were, so that they are worth a look before the next poll. */
typedef void stack_panel_changed_fn(void *owner, struct instant now, bool servers);

/* NULL when the servers are not ours to start and stop. settings, loop and watch outlive it. */
struct stack_panel *stack_panel_new(const struct settings *settings, struct loop *loop,
                                    struct watch *watch, stack_panel_changed_fn *changed,
                                    void *owner);
/* Ends children of what is under way; leaves servers alone. */
void stack_panel_free(struct stack_panel **panel);

const struct stack_view *stack_panel_view(const struct stack_panel *panel);
bool stack_panel_busy(const struct stack_panel *panel);
/* While it is shown, it looks at the servers every two seconds. */
void stack_panel_show(struct stack_panel *panel, bool shown);
/* Writes the command that would be run into the question. */
void stack_panel_describe(const struct stack_panel *panel, struct stack_question *question);
void stack_panel_run(struct stack_panel *panel, const struct stack_question *question);
void stack_panel_cancel(struct stack_panel *panel);

#endif
