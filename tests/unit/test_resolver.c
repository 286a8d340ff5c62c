/*
 * resolver: names that /etc/hosts and the addresses themselves answer, so that no name server is
 * asked; the name that cannot be is one that no name server may answer (RFC 6761).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "loop/resolver.h"

#define DEADLINE_US (30 * US_PER_S)

struct asker {
    struct loop *loop;
    struct loop_timer deadline;
    struct resolution *resolution;
    struct resolved resolved;
    int answers;
    bool late, cancels_in_callback;
};

static void answered(void *owner, const struct resolved *resolved, struct instant now)
{
    struct asker *asker = owner;

    assert_true(now.mono > 0);
    asker->resolved = *resolved;
    asker->answers++;
    if (asker->cancels_in_callback) {
        resolver_cancel(&asker->resolution);
        assert_int_equal(resolved->count, asker->resolved.count);
    }
    loop_stop(asker->loop);
}

static void too_late(void *owner, struct instant now)
{
    struct asker *asker = owner;

    (void)now;
    asker->late = true;
    loop_stop(asker->loop);
}

static void ask(struct asker *asker, const char *host)
{
    struct error err;

    asker->resolution = resolver_start(asker->loop, host, answered, asker, &err);
    assert_non_null(asker->resolution);
    assert_int_equal(asker->answers, 0); /* never before resolver_start returns */
}

static void run_for(struct asker *asker, int64_t us)
{
    asker->deadline = (struct loop_timer){.fire = too_late, .owner = asker};
    loop_timer_set(asker->loop, &asker->deadline, clock_monotonic_us() + us);
    loop_run(asker->loop);
    loop_timer_cancel(asker->loop, &asker->deadline);
}

static void open_asker(struct asker *asker)
{
    struct error err;

    memset(asker, 0, sizeof *asker);
    asker->loop = loop_new(&err);
    assert_non_null(asker->loop);
}

static int count_entries(const char *folder)
{
    DIR *directory = opendir(folder);
    int count = 0;

    assert_non_null(directory);
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void resolve(struct asker *asker, const char *host)
{
    open_asker(asker);
    ask(asker, host);
    run_for(asker, DEADLINE_US);
    assert_false(asker->late);
    run_for(asker, 5 * US_PER_MS); /* once is all */
    assert_true(asker->late);
    assert_int_equal(asker->answers, 1);
    resolver_cancel(&asker->resolution);
    assert_null(asker->resolution);
    resolver_cancel(&asker->resolution);
    loop_free(&asker->loop);
}

static void test_numeric(void **state)
{
    static const char *const hosts[][2] = {
        {"127.0.0.1", "127.0.0.1"},
        {"192.0.2.7", "192.0.2.7"},
        {"::1", "::1"},
        {"2001:DB8::1", "2001:db8::1"},
        {"2001:db8:0:0:0:0:0:1", "2001:db8::1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct asker asker;

        resolve(&asker, hosts[i][0]);
        assert_int_equal(asker.resolved.count, 1);
        assert_string_equal(asker.resolved.addresses[0], hosts[i][1]);
        assert_string_equal(asker.resolved.error, "");
    }
}

/* Its answer waits for the loop, with no thread: one task is all that there is. */
static void test_numeric_needs_no_thread(void **state)
{
    struct asker asker;

    (void)state;
    open_asker(&asker);
    int before = count_entries("/proc/self/task"), fds = count_entries("/proc/self/fd");
    ask(&asker, "127.0.0.1");
    assert_int_equal(count_entries("/proc/self/task"), before);
    assert_int_equal(count_entries("/proc/self/fd"), fds);
    run_for(&asker, DEADLINE_US);
    assert_int_equal(asker.answers, 1);
    resolver_cancel(&asker.resolution);
    loop_free(&asker.loop);
}

/* Even a name that /etc/hosts has is not looked up in the loop. */
static void test_name_is_resolved_elsewhere(void **state)
{
    struct asker asker;

    (void)state;
    open_asker(&asker);
    int fds = count_entries("/proc/self/fd");
    ask(&asker, "localhost");
    assert_true(count_entries("/proc/self/fd") > fds);
    run_for(&asker, DEADLINE_US);
    assert_int_equal(asker.answers, 1);
    resolver_cancel(&asker.resolution);
    loop_free(&asker.loop);
}

static void test_name(void **state)
{
    struct asker asker;
    bool loopback = false;

    (void)state;
    resolve(&asker, "localhost");
    assert_true(asker.resolved.count >= 1 && asker.resolved.count <= RESOLVED_MAX);
    assert_string_equal(asker.resolved.error, "");
    for (int i = 0; i < asker.resolved.count; i++) {
        const char *address = asker.resolved.addresses[i];

        loopback |= strcmp(address, "127.0.0.1") == 0 || strcmp(address, "::1") == 0;
        for (int j = 0; j < i; j++)
            assert_string_not_equal(address, asker.resolved.addresses[j]);
    }
    assert_true(loopback);
}

static void test_no_such_name(void **state)
{
    static const char begin[] = "could not translate host name \"nowhere.invalid\" to address: ";
    struct asker asker;

    (void)state;
    resolve(&asker, "nowhere.invalid");
    assert_int_equal(asker.resolved.count, 0);
    assert_memory_equal(asker.resolved.error, begin, strlen(begin));
    assert_true(strlen(asker.resolved.error) > strlen(begin));
}

static void test_error_is_safe_to_show(void **state)
{
    static const char begin[] = "could not translate host name \"a\xEF\xBF\xBD[2J b";
    struct asker asker;
    char host[300];

    (void)state;
    resolve(&asker, "a\033[2J b.invalid");
    assert_int_equal(asker.resolved.count, 0);
    assert_memory_equal(asker.resolved.error, begin, strlen(begin));

    /* The reason is not lost behind a long name. */
    memset(host, 'x', sizeof host);
    host[sizeof host - 1] = '\0';
    resolve(&asker, host);
    assert_int_equal(asker.resolved.count, 0);
    assert_non_null(strstr(asker.resolved.error, "xxx...\" to address: "));

    resolve(&asker, "");
    assert_int_equal(asker.resolved.count, 0);
    assert_string_not_equal(asker.resolved.error, "");
}

static void test_cancel_in_the_callback(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost"};

    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct asker asker;

        open_asker(&asker);
        asker.cancels_in_callback = true;
        ask(&asker, hosts[i]);
        run_for(&asker, DEADLINE_US);
        assert_int_equal(asker.answers, 1);
        assert_null(asker.resolution);
        assert_true(asker.resolved.count >= 1);
        loop_free(&asker.loop);
    }
}

/* Waits until the process is down to `count` entries (threads end by themselves). */
static void wait_for_entries(const char *folder, int count)
{
    mono_us deadline = clock_monotonic_us() + DEADLINE_US;

    while (count_entries(folder) > count) {
        if (clock_monotonic_us() > deadline)
            fail_msg("%s has still %d entries, not %d", folder, count_entries(folder), count);
        usleep(1000);
    }
}

/* A cancelled look-up calls nobody, and its thread ends and leaves nothing open, whether or not it
 * had answered yet; without SIGPIPE ignored, which would kill the process here. */
static void test_cancel(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "nowhere.invalid"};
    struct asker asker;

    (void)state;
    open_asker(&asker);
    int tasks = count_entries("/proc/self/task"), fds = count_entries("/proc/self/fd");
    for (int i = 0; i < 60; i++) {
        ask(&asker, hosts[i % 3]);
        if (i % 2 == 1)
            usleep(300); /* so that some have answered into the pipe */
        resolver_cancel(&asker.resolution);
        assert_null(asker.resolution);
    }
    wait_for_entries("/proc/self/task", tasks);
    wait_for_entries("/proc/self/fd", fds);
    run_for(&asker, 20 * US_PER_MS);
    assert_true(asker.late);
    assert_int_equal(asker.answers, 0);
    loop_free(&asker.loop);
}

static void test_many_at_once(void **state)
{
    struct asker askers[20];
    struct loop *loop;
    struct error err;

    (void)state;
    loop = loop_new(&err);
    assert_non_null(loop);
    for (size_t i = 0; i < 20; i++) {
        memset(&askers[i], 0, sizeof askers[i]);
        askers[i].loop = loop;
        ask(&askers[i], i % 4 == 0 ? "192.0.2.1" : "localhost");
    }
    for (size_t i = 0; i < 20; i++) {
        while (askers[i].answers == 0) {
            run_for(&askers[i], DEADLINE_US);
            assert_false(askers[i].late);
        }
        assert_int_equal(askers[i].answers, 1);
        assert_true(askers[i].resolved.count >= 1);
        resolver_cancel(&askers[i].resolution);
    }
    loop_free(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numeric),
        cmocka_unit_test(test_numeric_needs_no_thread),
        cmocka_unit_test(test_name_is_resolved_elsewhere),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_no_such_name),
        cmocka_unit_test(test_error_is_safe_to_show),
        cmocka_unit_test(test_cancel_in_the_callback),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_many_at_once),
    };

    /* A machine whose name server does not answer must not make this slow. */
    setenv("RES_OPTIONS", "timeout:1 attempts:1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
