/*
 * demo_place: the ports of a demo, with the names that reserve them and where there are none.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
/* cmocka.h wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command/demo_place.h"

static bool no_names; /* as in a sandbox */

int socket(int domain, int type, int protocol)
{
    int (*libc)(int, int, int);

    *(void **)&libc = dlsym(RTLD_NEXT, "socket");
    if (!no_names || domain != AF_UNIX)
        return libc(domain, type, protocol);
    errno = EAFNOSUPPORT;
    return -1;
}

static void make_place(struct demo_place *place, bool without_names)
{
    struct error err;
    bool made;

    no_names = without_names;
    made = demo_place_make(place, &err);
    no_names = false;
    if (!made)
        fail_msg("%s", err.message);
}

static void test_names_are_reserved(void **state)
{
    struct demo_place one, other;
    (void)state;

    make_place(&one, false);
    make_place(&other, false);
    for (int i = 0; i < DEMO_NODES; i++) {
        assert_true(one.port_fds[i] >= 0);
        assert_true(other.ports[i] > one.ports[DEMO_NODES - 1]);
    }
    demo_place_remove(&one);
    demo_place_remove(&other);
}

/* The demo does without. */
static void test_no_names(void **state)
{
    struct demo_place place;
    (void)state;

    make_place(&place, true);
    for (int i = 0; i < DEMO_NODES; i++) {
        assert_true(place.ports[i] > 0);
        assert_int_equal(place.port_fds[i], -1);
    }
    demo_place_remove(&place);
}

static int in_a_folder(void **state)
{
    static char folder[] = "/tmp/pgwatch-demo-place-XXXXXX";

    *state = mkdtemp(folder);
    return *state == NULL ? -1 : setenv("TMPDIR", folder, 1);
}

static int folder_is_empty(void **state)
{
    return rmdir(*state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_reserved),
        cmocka_unit_test(test_no_names),
    };
    return cmocka_run_group_tests(tests, in_a_folder, folder_is_empty);
}
