/*
 * drill_report: a drill as Markdown and JSON against golden files (tests/golden/drill-*.md, .json),
 * the documented keys against the object itself, and the files that are written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>
#include <jansson.h>
#include <signal.h>

#include "cluster/drill_facts.h"
#include "drill_fixture.h"
#include "golden.h"
#include "record/drill_json.h"
#include "record/drill_markdown.h"
#include "record/drill_report.h"
#include "record/markdown.h"

typedef void print_fn(FILE *out, const struct drill_run *run, const struct drill_targets *targets,
                      const struct model *model);

static char *print(print_fn *fn, const struct drill_fixture *d)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    fn(out, &d->run, &d->targets, d->f->model);
    assert_int_equal(fclose(out), 0);
    return text;
}

/* A new version of the program is no other report. */
static void hide_version(char *text)
{
    for (char *at = text; (at = strstr(at, VERSION)) != NULL;)
        memset(at, 'V', strlen(VERSION));
}

static bool check(const char *file, print_fn *fn, const struct drill_fixture *d)
{
    char *text = print(fn, d);

    hide_version(text);
    bool same = golden_check(file, text);
    free(text);
    return same;
}

static const struct {
    const char *name;
    struct drill_fixture *(*make)(void);
} drills[] = {
    {"drill-passed", drill_fixture_passed},
    {"drill-failed", drill_fixture_failed},
    {"drill-interrupted", drill_fixture_interrupted},
};
#define DRILL_COUNT (sizeof drills / sizeof drills[0])

static void test_goldens(void **state)
{
    bool same = true;
    char file[64];
    (void)state;
    for (size_t i = 0; i < DRILL_COUNT; i++) {
        struct drill_fixture *d = drills[i].make();
        str_format(file, sizeof file, "%s.md", drills[i].name);
        same &= check(file, drill_markdown_print, d);
        str_format(file, sizeof file, "%s.json", drills[i].name);
        same &= check(file, drill_json_print, d);
        drill_fixture_free(d);
    }
    assert_true(same);
}

/* ---- what is not so yet */

/* It was asked to be the primary, and never seen as it. */
static void test_only_asked(void **state)
{
    struct drill_fixture *d = drill_fixture_passed();
    (void)state;
    d->run.only_asked = true;
    char *json = print(drill_json_print, d), *markdown = print(drill_markdown_print, d);

    assert_non_null(strstr(json, "\"new_primary\": null"));
    assert_non_null(strstr(markdown, "| new primary | - |"));
    assert_non_null(strstr(markdown, "| asked to be the primary, and not seen as it | replica1 |"));
    free(json);
    free(markdown);
    drill_fixture_free(d);
}

/* More was sent than the ledger keeps. */
static void test_forgotten(void **state)
{
    struct drill_fixture *d = drill_fixture_passed();
    (void)state;
    d->run.figures.sent = 1000;
    char *json = print(drill_json_print, d), *markdown = print(drill_markdown_print, d);

    assert_non_null(strstr(json, "\"rows\": null"));
    assert_non_null(
        strstr(markdown, "| sum | 400 of 1000 sent: **the rest is no longer known** |"));
    assert_non_null(strstr(markdown, "What was lost is not known"));
    assert_null(strstr(markdown, "every write is accounted for"));
    assert_null(strstr(markdown, "No acknowledged write was lost"));
    free(json);
    free(markdown);
    drill_fixture_free(d);
}

/* ---- what is promised to scripts */

static json_t *parse(print_fn *fn, const struct drill_fixture *d)
{
    char *text = print(fn, d);
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(root);
    free(text);
    return root;
}

static void assert_number(const json_t *root, const char *key, double value)
{
    const json_t *number = json_object_get(root, key);

    assert_true(json_is_number(number));
    assert_true(json_number_value(number) == value);
}

static void test_json_as_documented(void **state)
{
    struct drill_fixture *d = drill_fixture_passed();
    json_t *root = parse(drill_json_print, d), *ledger = json_object_get(root, "ledger"), *phase;
    const char *first = json_object_iter_key(json_object_iter(root));
    (void)state;
    assert_string_equal(first, "format");
    assert_string_equal(json_string_value(json_object_get(root, "drill")), "primary-kill");
    assert_string_equal(json_string_value(json_object_get(root, "verdict")), "pass");
    assert_string_equal(json_string_value(json_object_get(root, "old_primary")), "primary");
    assert_string_equal(json_string_value(json_object_get(root, "new_primary")), "replica1");
    assert_number(root, "rto_ms", 812);
    phase = json_array_get(json_object_get(root, "phases"), 1);
    assert_string_equal(json_string_value(json_object_get(phase, "name")), "first_late_commit");
    assert_number(phase, "at_ms", -2.1);
    assert_number(ledger, "sent", 400);
    assert_number(ledger, "acknowledged_present", 396);
    assert_number(ledger, "acknowledged_lost", 0);
    assert_number(ledger, "unknown_absent", 2);
    assert_true(json_is_null(json_object_get(root, "report")));
    json_decref(root);
    drill_fixture_free(d);
}

/* Every path of the object, once. */
struct paths {
    int count;
    char paths[256][96];
};

static void add_path(struct paths *paths, const char *path)
{
    for (int i = 0; i < paths->count; i++)
        if (strcmp(paths->paths[i], path) == 0)
            return;
    assert_true(paths->count < 256);
    str_copy(paths->paths[paths->count++], sizeof paths->paths[0], path);
}

static void walk(struct paths *paths, const char *path, const json_t *value)
{
    char below[96];
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_object(value)) {
        json_object_foreach((json_t *)value, key, item)
        {
            str_format(below, sizeof below, "%s%s%s", path, path[0] == '\0' ? "" : ".", key);
            walk(paths, below, item);
        }
    } else if (json_is_array(value)) {
        str_format(below, sizeof below, "%s[]", path);
        json_array_foreach(value, i, item) walk(paths, below, item);
    } else {
        add_path(paths, path);
    }
}

static bool has_path(const struct paths *paths, const char *path)
{
    for (int i = 0; i < paths->count; i++)
        if (strcmp(paths->paths[i], path) == 0)
            return true;
    return false;
}

static bool is_documented(const char *path)
{
    for (int i = 0; i < drill_json_key_count(); i++)
        if (strcmp(drill_json_key_at(i).path, path) == 0)
            return true;
    return false;
}

/* The table of keys is complete, and nothing is in it that never comes. */
static void test_keys(void **state)
{
    static struct paths paths;
    (void)state;
    for (size_t i = 0; i < DRILL_COUNT; i++) {
        struct drill_fixture *d = drills[i].make();
        json_t *root = parse(drill_json_print, d);
        walk(&paths, "", root);
        json_decref(root);
        drill_fixture_free(d);
    }
    for (int i = 0; i < paths.count; i++)
        if (!is_documented(paths.paths[i]))
            fail_msg("%s is not documented", paths.paths[i]);
    for (int i = 0; i < drill_json_key_count(); i++)
        if (!has_path(&paths, drill_json_key_at(i).path))
            fail_msg("%s never comes", drill_json_key_at(i).path);
}

/* Before anything happened: nothing is 0 that is not known. */
static void test_nothing_known(void **state)
{
    struct drill_fixture *d = drill_fixture_new(DRILL_OBSERVE);
    json_t *root = parse(drill_json_print, d), *item;
    char *text = print(drill_markdown_print, d);
    size_t i;
    (void)state;
    static const char *const unknown[] = {"verdict",  "rto_ms",     "gap_ms",   "injected_at",
                                          "ended_at", "started_ms", "ended_ms", "new_primary"};
    for (i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_true(json_is_null(json_object_get(root, unknown[i])));
    assert_true(json_is_null(json_object_get(json_object_get(root, "rpo"), "rows")));
    assert_true(json_is_null(json_object_get(json_object_get(root, "rpo"), "wal_bytes")));
    assert_true(
        json_is_null(json_object_get(json_object_get(root, "ledger"), "acknowledged_lost")));
    json_array_foreach(json_object_get(root, "phases"), i, item)
        assert_true(json_is_null(json_object_get(item, "at_ms")));
    assert_non_null(strstr(text, "It ended before anything was done"));
    assert_non_null(strstr(text, "What was lost is not known"));
    free(text);
    json_decref(root);
    drill_fixture_free(d);
}

/* A node that the model does not have (a replay of another description) crashes nobody. */
static void test_strange_nodes(void **state)
{
    struct drill_fixture *d = drill_fixture_passed();
    (void)state;
    d->run.new_primary = 77;
    d->run.plan.old_primary = -5;
    d->run.steps[2].node = 1000000;
    d->run.plan.steps[3].node = 255;
    d->run.steps[3].node = -1;
    d->run.figures.reads[0].node = 99;
    free(print(drill_markdown_print, d));
    json_decref(parse(drill_json_print, d));
    drill_fixture_free(d);
}

/* ---- targets */

static void test_targets(void **state)
{
    struct drill_run run = {.phases = {[PHASE_INJECTED] = {.mono = 1}}};
    struct drill_targets targets = {.rto_us = UNKNOWN_US, .rpo_rows = -1};
    (void)state;
    drill_figures_clear(&run.figures);
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_NO_TARGET);
    assert_int_equal(drill_rpo_met(&run, &targets), DRILL_NO_TARGET);
    targets = (struct drill_targets){.rto_us = 100, .rpo_rows = 2};
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_TARGET_MISSED);
    assert_int_equal(drill_rpo_met(&run, &targets), DRILL_TARGET_UNKNOWN);
    run.figures.rto_us = 100;
    run.figures.classes = (struct drill_classes){.known = true, .acknowledged_lost = 2};
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_TARGET_MET);
    assert_int_equal(drill_rpo_met(&run, &targets), DRILL_TARGET_MET);
    run.figures.rto_us = 101;
    run.figures.classes.acknowledged_lost = 3;
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_TARGET_MISSED);
    assert_int_equal(drill_rpo_met(&run, &targets), DRILL_TARGET_MISSED);
    run.phases[PHASE_INJECTED].mono = 0;
    assert_int_equal(drill_rto_met(&run, &targets), DRILL_TARGET_UNKNOWN);
}

/* ---- Markdown */

static void assert_markdown(void (*fn)(FILE *, const char *), const char *text, const char *want)
{
    char got[256] = "";
    FILE *out = fmemopen(got, sizeof got, "w");

    assert_non_null(out);
    fn(out, text);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(got, want);
}

static void test_escapes(void **state)
{
    (void)state;
    assert_markdown(markdown_text, "a|b", "a\\|b");
    assert_markdown(markdown_text, "<b>&amp; `x` *y* _z_ [l](u) \\ # ~",
                    "\\<b\\>\\&amp; \\`x\\` \\*y\\* \\_z\\_ \\[l\\](u) \\\\ \\# \\~");
    assert_markdown(markdown_text, "one\ntwo\x1b[31m", "one two\xEF\xBF\xBD\\[31m");
    assert_markdown(markdown_code, "", "");
    assert_markdown(markdown_code, "a *b* <c>", "`a *b* <c>`");
    assert_markdown(markdown_code, "a | b", "`a \\| b`");
    assert_markdown(markdown_code, "a `b` c", "`` a `b` c ``");
    assert_markdown(markdown_code, "``", "``` `` ```");
}

/* As many columns in each line of a table as in its head: nothing that a server said ends a cell.
 */
static int columns_of(const char *line, size_t length)
{
    int columns = 0;

    for (size_t i = 0; i < length; i++)
        columns += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    return columns;
}

static void test_tables(void **state)
{
    (void)state;
    for (size_t i = 0; i < DRILL_COUNT; i++) {
        struct drill_fixture *d = drills[i].make();
        char *text = print(drill_markdown_print, d);
        int head = 0;
        for (const char *line = text; *line != '\0';) {
            size_t length = strcspn(line, "\n");
            int columns = line[0] == '|' ? columns_of(line, length) : 0;
            if (head != 0 && columns != 0 && columns != head)
                fail_msg("%s: %d, not %d columns: %.*s", drills[i].name, columns, head, (int)length,
                         line);
            head = columns;
            line += length + (line[length] == '\n');
        }
        free(text);
        drill_fixture_free(d);
    }
}

/* ---- the list */

static void test_list(void **state)
{
    struct fixture *f = fixture_new(3, NULL);
    char *text = NULL;
    size_t size, i;
    FILE *out = open_memstream(&text, &size);
    json_t *root, *item;
    (void)state;
    str_copy(f->model->stack, sizeof f->model->stack, "local");
    drill_list_json_print(out, f->model, true);
    fclose(out);
    root = json_loads(text, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(root, "drills")), DRILLS);
    json_array_foreach(json_object_get(root, "drills"), i, item)
    {
        bool offered = i != DRILL_NETWORK_CUT;
        assert_string_equal(json_string_value(json_object_get(item, "name")),
                            drill_at((enum drill_id)i)->name);
        assert_int_equal(json_is_true(json_object_get(item, "offered")), offered);
        assert_int_equal(json_is_null(json_object_get(item, "why_not")), offered);
    }
    json_decref(root);
    free(text);
    text = NULL;
    out = open_memstream(&text, &size);
    drill_list_print(out, f->model, true);
    fclose(out);
    for (i = 0; i < DRILLS; i++)
        assert_non_null(strstr(text, drill_at((enum drill_id)i)->expects));
    assert_non_null(strstr(text, "network-cut (not offered here)"));
    free(text);
    fixture_free(f);
}

/* ---- files */

#define STEM "DRILL-20261123T120305Z"

static char folder[128];

static int set_up(void **state)
{
    char base[] = "/tmp/pgwatch-report-XXXXXX";

    assert_non_null(mkdtemp(base));
    *state = mem_strdup(base);
    str_format(folder, sizeof folder, "%s/above/drills", base);
    return 0;
}

/* How many files are in the folder; with `remove` they are removed. */
static int count_files(bool remove_them)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    char path[512];
    int count = 0;

    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        str_format(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (remove_them)
            unlink(path);
    }
    if (directory != NULL)
        closedir(directory);
    return count;
}

static int tear_down(void **state)
{
    char path[128];

    count_files(true);
    rmdir(folder);
    str_format(path, sizeof path, "%s/above", (char *)*state);
    rmdir(path);
    rmdir(*state);
    free(*state);
    return 0;
}

static bool write_report(const struct drill_fixture *d, char *path, struct error *err)
{
    return drill_report_write(folder, &d->run, &d->targets, d->f->model, path, 256, err);
}

static void test_files(void **state)
{
    struct drill_fixture *d = drill_fixture_passed();
    struct error err;
    char path[256], want[256], *text;
    json_t *root;
    (void)state;
    for (int i = 1; i <= 3; i++) {
        if (!write_report(d, path, &err))
            fail_msg("%s", err.message);
        str_format(want, sizeof want, i == 1 ? "%s/" STEM ".md" : "%s/" STEM "-%d.md", folder, i);
        assert_string_equal(path, want);
        assert_int_equal(count_files(false), 2 * i);
    }
    text = golden_read(path);
    assert_non_null(strstr(text, "# primary-kill on lab: PASS"));
    free(text);
    str_format(want, sizeof want, "%s/" STEM "-3.json", folder);
    root = json_load_file(want, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(root, "report")), path);
    json_decref(root);
    drill_fixture_free(d);
}

/* One of the two names is taken: none of the other's files is touched, none is left alone. */
static void test_half_taken(void **state)
{
    struct drill_fixture *d = drill_fixture_passed();
    struct error err;
    char path[256], taken[256], *text;
    (void)state;
    assert_true(write_report(d, path, &err));
    assert_int_equal(count_files(true), 2);
    str_format(taken, sizeof taken, "%s/" STEM ".md", folder);
    golden_write(taken, "mine\n");
    assert_true(write_report(d, path, &err));
    assert_non_null(strstr(path, STEM "-2.md"));
    assert_int_equal(count_files(false), 3);
    text = golden_read(taken);
    assert_string_equal(text, "mine\n");
    free(text);
    drill_fixture_free(d);
}

static void test_cannot_write(void **state)
{
    struct drill_fixture *d = drill_fixture_passed();
    struct rlimit limit;
    struct error err;
    char path[256], file[256];
    rlim_t former;
    (void)state;
    assert_true(write_report(d, path, &err));
    assert_int_equal(count_files(true), 2);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    former = limit.rlim_cur;
    limit.rlim_cur = 1000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    bool written = write_report(d, path, &err);
    limit.rlim_cur = former;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_false(written);
    assert_non_null(strstr(err.message, "cannot write"));
    assert_int_equal(count_files(false), 0);
    str_format(file, sizeof file, "%s/above", (char *)*state);
    str_format(path, sizeof path, "%s/file", folder);
    golden_write(path, "a file\n");
    str_copy(file, sizeof file, folder);
    str_append(folder, sizeof folder, "/file");
    assert_false(write_report(d, path, &err));
    assert_non_null(strstr(err.message, "Not a directory"));
    str_copy(folder, sizeof folder, file);
    drill_fixture_free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_only_asked),
        cmocka_unit_test(test_forgotten),
        cmocka_unit_test(test_json_as_documented),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_strange_nodes),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_list),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cannot_write, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("drill_report", tests, NULL, NULL);
}
