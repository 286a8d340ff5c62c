/*
 * drill_mark_json: marks come back as they were; whatever the JSON is, what comes back can be
 * applied to a run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "drill_fixture.h"
#include "record/drill_json.h"
#include "record/drill_mark_json.h"
#include "record/drill_markdown.h"

static uint64_t random_count(void)
{
    return rand() % 3 == 0 ? 0 : ((uint64_t)rand() << 20) ^ (uint64_t)rand();
}

static int64_t random_us(void)
{
    return rand() % 4 == 0 ? UNKNOWN_US : (int64_t)random_count() - (1 << 20);
}

static int random_node(void)
{
    return rand() % (MODEL_NODES_MAX + 1) - 1;
}

static void random_text(char *out, size_t size)
{
    static const char *const texts[] = {"", "a", "kill -9 \"1\" | \\", "\xC3\xA9 \xE2\x86\x92",
                                        "SELECT pg_promote(true, 60)"};
    memset(out, 0, size);
    str_copy(out, size, texts[rand() % 5]);
}

static void random_plan(struct drill_plan *plan)
{
    plan->id = (enum drill_id)(rand() % DRILLS);
    plan->manual = rand() % 2;
    plan->old_primary = random_node();
    plan->target = random_node();
    plan->step_count = rand() % (DRILL_STEPS_MAX + 1);
    for (int i = 0; i < plan->step_count; i++) {
        struct drill_planned *step = &plan->steps[i];
        step->deed = (enum drill_deed)(rand() % DEEDS);
        step->node = random_node();
        step->target = (enum drill_target)(rand() % (TARGET_CANDIDATE + 1));
        step->until = (enum drill_condition)(rand() % DRILL_CONDITIONS);
        step->deadline_us = random_us();
        step->injects = rand() % 2;
        step->by_hand = rand() % 2;
    }
}

static void random_data(struct drill_figures *figures)
{
    struct drill_classes *classes = &figures->classes;

    figures->last_acknowledged_lsn = random_count();
    figures->old_end_lsn = random_count();
    figures->old_timeline = rand() % 5;
    figures->fork_lsn = random_count();
    figures->lost_bytes = random_us();
    classes->known = rand() % 2;
    classes->sent = random_count();
    classes->acknowledged_present = random_count();
    classes->acknowledged_lost = random_count();
    classes->acknowledged_locally = random_count();
    classes->failed_absent = random_count();
    classes->failed_present = random_count();
    classes->unknown_present = random_count();
    classes->unknown_absent = random_count();
    classes->locally_lost = random_count();
    figures->read_count = rand() % (DRILL_READ_MAX + 1);
    for (int i = 0; i < figures->read_count; i++) {
        figures->reads[i].node = rand() % MODEL_NODES_MAX;
        figures->reads[i].read = rand() % 2;
        figures->reads[i].rows = random_count();
        figures->reads[i].missing = random_count();
        random_text(figures->reads[i].why, sizeof figures->reads[i].why);
    }
}

static void random_figures(struct drill_figures *figures)
{
    drill_figures_clear(figures);
    figures->due = random_count();
    figures->sent = random_count();
    figures->acknowledged = random_count();
    figures->locally = random_count();
    figures->failed = random_count();
    figures->unknown = random_count();
    figures->acknowledged_while_down = random_count();
    figures->stood_still_us = random_count();
    figures->waiting_us = random_us();
    figures->gap_us = random_us();
    figures->rto_us = random_us();
    figures->rto_worst_us = random_us();
    figures->clients = rand() % (DRILL_CLIENTS_MAX + 1);
    for (int i = 0; i < figures->clients; i++)
        figures->client_rto_us[i] = random_us();
    for (int i = 0; i < DRILL_SPANS; i++) {
        figures->latency[i].count = random_count();
        figures->latency[i].p50_us = random_us();
        figures->latency[i].p99_us = random_us();
        figures->latency[i].max_us = random_us();
    }
    random_data(figures);
}

/* Only what matters to its kind is there; the rest is 0. */
static void random_mark(struct drill_mark *mark, enum drill_mark_kind kind)
{
    memset(mark, 0, sizeof *mark);
    mark->kind = kind;
    mark->at.mono = (int64_t)random_count();
    mark->at.wall = (int64_t)random_count();
    if (kind != DRILL_MARK_PHASE && kind != DRILL_MARK_NEW_PRIMARY)
        random_text(mark->text, sizeof mark->text);
    if (kind == DRILL_MARK_STEP || kind == DRILL_MARK_NEW_PRIMARY)
        mark->node = random_node();
    if (kind == DRILL_MARK_STEP) {
        mark->step = rand() % DRILL_RUN_STEPS;
        mark->step_state = (enum drill_step_state)(rand() % DRILL_STEP_STATES);
        mark->deed = (enum drill_deed)(rand() % DEEDS);
    }
    if (kind == DRILL_MARK_PHASE) {
        mark->phase = (enum drill_phase)(rand() % DRILL_PHASES);
        mark->when.mono = (int64_t)random_count();
        mark->when.wall = (int64_t)random_count();
    }
    if (kind == DRILL_MARK_UNDO || kind == DRILL_MARK_END)
        mark->verdict = (enum drill_verdict)(rand() % DRILL_VERDICTS);
    if (kind == DRILL_MARK_BEGIN)
        random_plan(&mark->plan);
    if (kind == DRILL_MARK_FIGURES)
        random_figures(&mark->figures);
}

static struct drill_mark mark, back;

static void test_round_trip(void **state)
{
    (void)state;
    srand(4711);
    for (int i = 0; i < 2000; i++) {
        random_mark(&mark, (enum drill_mark_kind)(i % DRILL_MARKS));
        json_t *json = drill_mark_encode(&mark);
        assert_non_null(json);
        assert_true(drill_mark_decode(json, &back));
        if (memcmp(&mark, &back, sizeof mark) != 0) {
            char *text = drill_mark_text(&mark), *again = drill_mark_text(&back);
            fail_msg("%s\ncame back as\n%s", text, again);
        }
        json_decref(json);
    }
}

/* What is not known, and 0, is not written. */
static void test_figures_are_compact(void **state)
{
    char *text;
    (void)state;
    memset(&mark, 0, sizeof mark);
    mark.kind = DRILL_MARK_FIGURES;
    mark.at = (struct instant){.mono = 5, .wall = 6};
    drill_figures_clear(&mark.figures);
    mark.figures.due = 7;
    mark.figures.clients = 2;
    mark.figures.client_rto_us[1] = 9;
    text = drill_mark_text(&mark);
    assert_string_equal(text,
                        "{\"kind\":\"figures\",\"mark\":{\"mono\":5,\"wall\":6},\"figures\":"
                        "{\"due\":7,\"clients\":[{},{\"rto_us\":9}]}}");
    free(text);
}

static void assert_refused(const char *text)
{
    json_t *json = json_loads(text, 0, NULL);

    if (json == NULL)
        fail_msg("no JSON: %s", text);
    if (drill_mark_decode(json, &back))
        fail_msg("taken: %s", text);
    assert_int_equal(back.kind, 0);
    json_decref(json);
}

static void test_hostile(void **state)
{
    char many[8192] = "{\"kind\":\"figures\",\"mark\":{},\"figures\":{\"clients\":[{}";
    (void)state;
    assert_false(drill_mark_decode(NULL, &back));
    assert_refused("[]");
    assert_refused("{}");
    assert_refused("{\"kind\":7}");
    assert_refused("{\"kind\":\"explode\",\"mark\":{}}");
    assert_refused("{\"kind\":\"phase\"}");
    assert_refused("{\"kind\":\"phase\",\"mark\":{\"phase\":\"never\"}}");
    assert_refused("{\"kind\":\"phase\",\"mark\":{\"phase\":3}}");
    assert_refused("{\"kind\":\"step\",\"mark\":{\"step\":64}}");
    assert_refused("{\"kind\":\"step\",\"mark\":{\"step\":-1}}");
    assert_refused("{\"kind\":\"step\",\"mark\":{\"step\":4294967296}}");
    assert_refused("{\"kind\":\"step\",\"mark\":{\"step\":1.5}}");
    assert_refused("{\"kind\":\"step\",\"mark\":{\"node\":256}}");
    assert_refused("{\"kind\":\"step\",\"mark\":{\"node\":-2}}");
    assert_refused("{\"kind\":\"step\",\"mark\":{\"deed\":\"explode\"}}");
    assert_refused("{\"kind\":\"step\",\"mark\":{\"state\":\"perhaps\"}}");
    assert_refused("{\"kind\":\"new_primary\",\"mark\":{\"node\":100000}}");
    assert_refused("{\"kind\":\"end\",\"mark\":{\"verdict\":\"great\"}}");
    assert_refused("{\"kind\":\"begin\",\"mark\":{}}");
    assert_refused("{\"kind\":\"begin\",\"mark\":{},\"drill\":\"no-such\",\"plan\":{}}");
    assert_refused("{\"kind\":\"begin\",\"mark\":{},\"drill\":\"observe\",\"plan\":[]}");
    assert_refused(
        "{\"kind\":\"begin\",\"mark\":{},\"drill\":\"observe\","
        "\"plan\":{\"target\":256}}");
    assert_refused(
        "{\"kind\":\"begin\",\"mark\":{},\"drill\":\"observe\","
        "\"plan\":{\"steps\":[{\"node\":-7}]}}");
    assert_refused("{\"kind\":\"figures\",\"mark\":{}}");
    assert_refused("{\"kind\":\"figures\",\"mark\":{},\"figures\":{\"due\":-1}}");
    assert_refused("{\"kind\":\"figures\",\"mark\":{},\"figures\":{\"reads\":[{\"node\":300}]}}");
    assert_refused("{\"kind\":\"figures\",\"mark\":{},\"figures\":{\"reads\":[{}]}}");
    for (int i = 0; i < DRILL_CLIENTS_MAX; i++)
        str_append(many, sizeof many, ",{}");
    str_append(many, sizeof many, "]}}");
    assert_refused(many);
}

static void test_fits(void **state)
{
    (void)state;
    random_mark(&mark, DRILL_MARK_NEW_PRIMARY);
    mark.node = 3;
    assert_true(drill_mark_fits(&mark, 4));
    assert_false(drill_mark_fits(&mark, 3));
    memset(&mark, 0, sizeof mark);
    mark.kind = DRILL_MARK_BEGIN;
    mark.plan.old_primary = mark.plan.target = -1;
    mark.plan.step_count = 1;
    mark.plan.steps[0].node = 3;
    assert_true(drill_mark_fits(&mark, 4));
    assert_false(drill_mark_fits(&mark, 3));
}

/* Bytes of real marks changed at random: what is taken can be applied and told of. */
static void test_garbage(void **state)
{
    struct drill_fixture *d = drill_fixture_passed();
    char *text = NULL;
    size_t size;
    int taken = 0;
    (void)state;
    srand(815);
    for (int i = 0; i < 20000; i++) {
        random_mark(&mark, (enum drill_mark_kind)(i % DRILL_MARKS));
        char *spoilt = drill_mark_text(&mark);
        size_t length = strlen(spoilt);
        for (int n = rand() % 3; n > 0; n--)
            spoilt[(size_t)rand() % length] = "{}[]\",:-019ae.\\u"[rand() % 16];
        json_t *json = json_loadb(spoilt, length, JSON_ALLOW_NUL, NULL);
        if (drill_mark_decode(json, &back)) {
            drill_run_apply(&d->run, &back);
            taken++;
        }
        json_decref(json);
        free(spoilt);
    }
    assert_true(taken > 1000);
    FILE *out = open_memstream(&text, &size);
    drill_json_print(out, &d->run, &d->targets, d->f->model);
    drill_markdown_print(out, &d->run, &d->targets, d->f->model);
    fclose(out);
    assert_true(size > 1000);
    free(text);
    drill_fixture_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_figures_are_compact),
        cmocka_unit_test(test_hostile),    cmocka_unit_test(test_fits),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests_name("drill_marks", tests, NULL, NULL);
}
