/*
 * state_stack: the keys of the stack screen: what is asked for, and the questions before it is
 * done.
 *
 * What changes or breaks a cluster is asked back with the exact command; what destroys data is
 * asked twice, the second time for the cluster's name. Pure.
 */
#ifndef UI_STATE_STACK_H
#define UI_STATE_STACK_H

#include "ui/state.h"

/* An action of the stack screen. UI_NOTHING when the action is none of them. */
enum ui_request stack_state_act(struct ui_state *state, const struct model *model,
                                enum action action, mono_us now);
/* A key while a question is open. */
enum ui_request stack_state_answer(struct ui_state *state, const struct model *model, uint32_t key,
                                   mono_us now);

#endif
