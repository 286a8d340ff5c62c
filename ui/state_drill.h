/*
 * state_drill: the keys of the drill screens: the menu, the plan with the name that is typed, the
 * run with its questions. Pure.
 *
 * Nothing is begun before its plan was on the screen and the name was typed; a drill that runs is
 * left by Esc, Ctrl-C or q only after a question, and then everything is undone first.
 */
#ifndef UI_STATE_DRILL_H
#define UI_STATE_DRILL_H

#include "ui/state.h"

/* An action of the drill screens, or the one that opens them. */
enum ui_request drill_state_act(struct ui_state *state, const struct model *model,
                                enum action action, mono_us now);
/* The key is one of a text that is typed or of an open question: drill_state_answer takes it. */
bool drill_state_takes(const struct ui_state *state, uint32_t key);
enum ui_request drill_state_answer(struct ui_state *state, const struct model *model, uint32_t key,
                                   mono_us now);
/* Quitting while a drill runs. */
enum ui_request drill_state_quit(struct ui_state *state);
/* Esc. False: it is not for the drill screens. */
bool drill_state_back(struct ui_state *state, mono_us now);
/* In the menu; down is positive. */
void drill_state_move(struct ui_state *state, int by);

/* The drill is in the menu: those that break something only where that may be. */
bool drill_state_lists(const struct ui_state *state, enum drill_id id);
/* The selected one, or the first of the menu. */
enum drill_id drill_state_selected(const struct ui_state *state);
/* The plan on the screen is complete and nothing speaks against it. */
bool drill_state_can_begin(const struct ui_state *state);
/* What the action is for can be done now. */
bool drill_state_offers(const struct ui_state *state, enum action action);

/* The program could not begin after UI_DRILL_BEGIN: back to the plan, where
 * drill_preview.refused says why. */
void drill_state_refused(struct ui_state *state);

#endif
