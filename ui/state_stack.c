/*
 * state_stack: see state_stack.h.
 */
#include "ui/state_stack.h"

#include <string.h>

struct rule {
    enum action action;
    enum stack_action asked;
    bool of_a_node;
    bool confirmed; /* after a question only */
};

static const struct rule rules[] = {
    {ACTION_STACK_UP, STACK_ACTION_UP, false, false},
    {ACTION_STACK_UP_NODE, STACK_ACTION_UP_NODE, true, false},
    {ACTION_STACK_DOWN, STACK_ACTION_DOWN, false, true},
    {ACTION_STACK_DESTROY, STACK_ACTION_DESTROY, false, true},
    {ACTION_STACK_RESTART, STACK_ACTION_RESTART, true, true},
    {ACTION_STACK_KILL, STACK_ACTION_KILL, true, true},
    {ACTION_STACK_PAUSE, STACK_ACTION_PAUSE, true, true},
    {ACTION_STACK_RESUME, STACK_ACTION_RESUME, true, false},
    {ACTION_STACK_LOGS, STACK_ACTION_LOGS, true, false},
};

static const struct rule *find_rule(enum action action)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].action == action)
            return &rules[i];
    return NULL;
}

/*
 * While a drill runs the servers are in its hands; with two primaries nothing may be done but to
 * stop one of them, which goes before the drill too.
 */
static bool is_refused(struct ui_state *state, const struct model *model, enum stack_action asked,
                       mono_us now)
{
    if (asked == STACK_ACTION_LOGS)
        return false;
    if (model->primary_count > 1) {
        if (asked == STACK_ACTION_KILL)
            return false;
        ui_state_say(state, now, UI_SPLIT_BRAIN);
        return true;
    }
    if (state->drill_under_way)
        ui_state_say(state, now, "a drill runs and has the servers; d shows it, x there ends it");
    return state->drill_under_way;
}

enum ui_request stack_state_act(struct ui_state *state, const struct model *model,
                                enum action action, mono_us now)
{
    const struct rule *rule = find_rule(action);
    struct stack_question *question = &state->question;

    if (rule == NULL)
        return UI_NOTHING;
    if (is_refused(state, model, rule->asked, now))
        return UI_REPAINT;
    memset(question, 0, sizeof *question);
    question->action = rule->asked;
    question->node = -1;
    if (rule->of_a_node) {
        question->node = ui_state_selected_node(state, model, now);
        if (question->node < 0) {
            ui_state_say(state, now, "the selected row is no node of this stack");
            return UI_REPAINT;
        }
    }
    question->stage = rule->confirmed ? QUESTION_YES : QUESTION_NONE;
    return rule->confirmed ? UI_STACK_DESCRIBE : UI_STACK_RUN;
}

static enum ui_request give_up(struct ui_state *state, mono_us now)
{
    memset(&state->question, 0, sizeof state->question);
    ui_state_say(state, now, "not done");
    return UI_REPAINT;
}

static enum ui_request answer_name(struct ui_state *state, const struct model *model, uint32_t key,
                                   mono_us now)
{
    struct stack_question *question = &state->question;

    if (key == UI_KEY_ESC)
        return give_up(state, now);
    if (key == UI_KEY_ENTER) {
        if (strcmp(question->typed, model->cluster) != 0)
            return give_up(state, now);
        question->stage = QUESTION_NONE;
        return UI_STACK_RUN;
    }
    ui_type_key(question->typed, sizeof question->typed, key);
    return UI_REPAINT;
}

enum ui_request stack_state_answer(struct ui_state *state, const struct model *model, uint32_t key,
                                   mono_us now)
{
    struct stack_question *question = &state->question;

    if (key == UI_KEY_CTRL_C)
        return give_up(state, now);
    if (question->stage == QUESTION_NAME)
        return answer_name(state, model, key, now);
    if (key != 'y' && key != 'Y')
        return give_up(state, now);
    if (question->action == STACK_ACTION_DESTROY) {
        question->stage = QUESTION_NAME;
        return UI_REPAINT;
    }
    question->stage = QUESTION_NONE;
    return UI_STACK_RUN;
}
