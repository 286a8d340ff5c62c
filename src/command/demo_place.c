/*
 * demo_place: see demo_place.h. A process that was killed cannot clean up; the lock it held is gone
 * with it, and that is how the next demo knows.
 */
#include "command/demo_place.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "stack/local_port.h"

#define FIRST_PORT 55452 /* not 55442 to 55444: config/local.yaml has those */
#define LAST_PORT 55999
#define UNFIT_FOR_DATA "'\"\\\n" /* the start script takes no such path of data */
#define NEW_FOLDER_S 60 /* a folder without an owner file is somebody's new one for so long */

static const char *const directories[DEMO_NODES] = {"primary", "replica-one", "replica-two"};
static const char *const names[DEMO_NODES] = {"primary", "replica1", "replica2"};

static bool join(char *out, const char *directory, const char *name, struct error *err)
{
    if (str_format(out, DEMO_PATH_SIZE, "%s/%s", directory, name))
        return true;
    return error_set(err, "the path is too long: %.100s...", directory);
}

/* As root the servers run as another user: a private TMPDIR would shut them out. */
static bool others_pass(const char *path)
{
    char part[DEMO_PATH_SIZE];
    struct stat st;

    str_format(part, sizeof part, "%s/", path);
    for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (stat(part, &st) != 0 || (st.st_mode & S_IXOTH) == 0)
            return false;
        *slash = '/';
    }
    return true;
}

static void find_base(char *base)
{
    const char *given = getenv("TMPDIR");

    if (given == NULL || given[0] != '/' || !str_copy(base, DEMO_PATH_SIZE, given) ||
        strpbrk(base, UNFIT_FOR_DATA) != NULL || access(base, W_OK) != 0 ||
        (geteuid() == 0 && !others_pass(base)))
        str_copy(base, DEMO_PATH_SIZE, "/tmp");
}

static bool find_folders(const char *base, glob_t *found)
{
    char pattern[DEMO_PATH_SIZE];
    struct error ignored;
    char name[64];

    str_format(name, sizeof name, "pgwatch-tui-demo-%ld-??????", (long)geteuid());
    return join(pattern, base, name, &ignored) && glob(pattern, 0, NULL, found) == 0;
}

static bool is_ours(const char *folder)
{
    struct stat st;
    return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* ---- ports */

/* A name that belongs to a port: who has it has the port, whoever and wherever the other demos are,
 * also before a server listens there. It goes with the process. False: somebody has it. Where there
 * are no such names, *fd is -1 and the port is had without. */
static bool reserve(int port, int *fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    bool taken = false;

    /* After the first NUL: a name in the kernel, not a file. */
    str_format(address.sun_path + 1, sizeof address.sun_path - 1, "pgwatch-tui-demo-%d", port);
    *fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (*fd >= 0 && bind(*fd, (struct sockaddr *)&address, sizeof address) != 0) {
        taken = errno == EADDRINUSE;
        close(*fd);
        *fd = -1;
    }
    return !taken;
}

static bool choose_ports(struct demo_place *place, struct error *err)
{
    int count = 0;

    for (int port = FIRST_PORT; port <= LAST_PORT && count < DEMO_NODES; port++) {
        int fd;
        if (!reserve(port, &fd))
            continue;
        if (local_port_is_free("127.0.0.1", port, err)) {
            place->ports[count] = port;
            place->port_fds[count++] = fd;
        } else if (fd >= 0) {
            close(fd);
        }
    }
    if (count < DEMO_NODES)
        return error_set(err, "no three free ports from %d to %d on 127.0.0.1", FIRST_PORT,
                         LAST_PORT);
    if (dprintf(place->owner_fd, "%ld %d %d %d\n", (long)getpid(), place->ports[0], place->ports[1],
                place->ports[2]) < 0)
        return error_errno(err, errno, "cannot write to %s", place->folder);
    return true;
}

/* ---- the folder */

static bool own_it(struct demo_place *place, struct error *err)
{
    char path[DEMO_PATH_SIZE];

    if (!join(path, place->folder, "owner", err))
        return false;
    place->owner_fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (place->owner_fd < 0 || flock(place->owner_fd, LOCK_EX | LOCK_NB) != 0)
        return error_errno(err, errno, "cannot write %s", path);
    return true;
}

bool demo_place_make(struct demo_place *place, struct error *err)
{
    *place = (struct demo_place){.owner_fd = -1, .port_fds = {-1, -1, -1}};
    find_base(place->base);
    if (!str_format(place->folder, sizeof place->folder, "%s/pgwatch-tui-demo-%ld-XXXXXX",
                    place->base, (long)geteuid()) ||
        mkdtemp(place->folder) == NULL) {
        place->folder[0] = '\0';
        return error_errno(err, errno, "cannot make a folder in %s", place->base);
    }
    if (geteuid() == 0 && chmod(place->folder, 0711) != 0)
        return error_errno(err, errno, "cannot open %s to the servers' user", place->folder);
    return own_it(place, err) && choose_ports(place, err);
}

static void remove_folder(const char *folder)
{
    static const char *const files[] = {"pgwatch-tui.yaml", "owner"};
    char path[DEMO_PATH_SIZE];
    struct error ignored;

    if (join(path, folder, "data", &ignored) && rmdir(path) != 0 && errno != ENOENT) {
        log_warning("%s could not be removed: %s", path, strerror(errno));
        return; /* the next demo needs the description to stop what is left in there */
    }
    for (int i = 0; i < 2; i++)
        if (join(path, folder, files[i], &ignored))
            unlink(path);
    if (rmdir(folder) != 0 && errno != ENOENT)
        log_warning("%s could not be removed: %s", folder, strerror(errno));
}

void demo_place_remove(struct demo_place *place)
{
    if (place->folder[0] != '\0')
        remove_folder(place->folder);
    demo_place_leave(place);
}

void demo_place_leave(struct demo_place *place)
{
    place->folder[0] = '\0';
    if (place->owner_fd >= 0)
        close(place->owner_fd);
    place->owner_fd = -1;
    for (int i = 0; i < DEMO_NODES; i++) {
        if (place->port_fds[i] >= 0)
            close(place->port_fds[i]);
        place->port_fds[i] = -1;
    }
}

/* ---- leftovers */

/* The lock of a folder whose owner is gone; -1 when it is alive, or that cannot be said. */
static int take_over(const char *folder)
{
    char path[DEMO_PATH_SIZE];
    struct error ignored;
    struct stat st;

    if (!is_ours(folder) || !join(path, folder, "owner", &ignored))
        return -1;
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && stat(folder, &st) == 0 &&
        clock_now().wall / US_PER_S - st.st_mtime > NEW_FOLDER_S)
        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void clean_folder(const char *folder, demo_clean_fn *clean)
{
    char path[DEMO_PATH_SIZE];
    struct error ignored;
    struct settings_problems problems = {0};
    struct settings *settings = NULL;

    log_info("removing what an earlier demo left: %s", folder);
    if (join(path, folder, "pgwatch-tui.yaml", &ignored))
        settings = settings_load(path, &problems);
    settings_problems_free(&problems);
    bool clear = settings == NULL || clean(settings);
    settings_free(&settings);
    if (clear)
        remove_folder(folder);
}

void demo_place_clean_leftovers(demo_clean_fn *clean)
{
    char base[DEMO_PATH_SIZE];
    glob_t found;

    find_base(base);
    if (!find_folders(base, &found))
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        int fd = take_over(found.gl_pathv[i]);
        if (fd < 0)
            continue;
        clean_folder(found.gl_pathv[i], clean);
        close(fd);
    }
    globfree(&found);
}

/* ---- the description */

/* What lies there is run: it must be root's, ours or of who gave us the program. */
static bool has_node_files(const char *directory, uid_t owner)
{
    char path[DEMO_PATH_SIZE];
    struct error ignored;
    struct stat st;

    return join(path, directory, "primary/init-primary.sh", &ignored) && access(path, R_OK) == 0 &&
           stat(path, &st) == 0 && (st.st_uid == 0 || st.st_uid == geteuid() || st.st_uid == owner);
}

/* Beside the program (a checkout, also from its build folders), or in PREFIX/share of the
 * PREFIX/bin that it was installed in. */
static bool find_node_files(char *directory, struct error *err)
{
    char program[DEMO_PATH_SIZE] = "";
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    char *slash;
    struct stat st;

    if (length <= 0 || stat(program, &st) != 0)
        return error_errno(err, errno, "cannot find out where the program is (/proc/self/exe)");
    for (int up = 0; up < 3 && (slash = strrchr(program, '/')) != NULL; up++) {
        *slash = '\0';
        str_copy(directory, DEMO_PATH_SIZE, program);
        if (has_node_files(directory, st.st_uid))
            return true;
        if (str_format(directory, DEMO_PATH_SIZE, "%s/share/pgwatch-tui", program) &&
            has_node_files(directory, st.st_uid))
            return true;
    }
    error_set(err,
              "the node directories (primary, replica-one, replica-two) are neither beside "
              "the program nor in ../share/pgwatch-tui from there");
    return error_hint(err, "run it in the checkout, or `make install`");
}

static bool make_password(char *password, size_t size, struct error *err)
{
    unsigned char bytes[16];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return error_errno(err, errno, "cannot get random bytes");
    password[0] = '\0';
    for (size_t i = 0; i < sizeof bytes; i++)
        str_appendf(password, size, "%02x", bytes[i]);
    return true;
}

/* The path as a YAML value: a quote is doubled, and a ${ that means itself is written as the
 * default of a variable that nobody sets. */
static bool quote(const char *path, char *quoted, size_t size, struct error *err)
{
    bool fits = str_copy(quoted, size, "'");

    for (const char *at = path; *at != '\0' && fits; at++) {
        const char piece[] = {*at, '\0'};
        const char *text = *at == '\'' ? "''" : piece;
        if (strncmp(at, "${", 2) == 0)
            text = "${PGWATCH_TUI_NOT_SET:-$}";
        if ((unsigned char)*at < ' ')
            return error_set(err, "a path with a line break or the like cannot be used");
        fits = str_append(quoted, size, text);
    }
    return (fits && str_append(quoted, size, "'")) ||
           error_set(err, "the path is too long: %.100s...", path);
}

static bool compose_text(const struct demo_place *place, char *text, size_t size, struct error *err)
{
    char files[DEMO_PATH_SIZE], path[DEMO_PATH_SIZE], quoted[2 * DEMO_PATH_SIZE], password[64];

    if (!find_node_files(files, err) || !join(path, place->folder, "data", err) ||
        !quote(path, quoted, sizeof quoted, err) || !make_password(password, sizeof password, err))
        return false;
    bool fits =
        str_format(text, size,
                   "cluster: demo\nlab: true\nstack:\n  kind: local\n  data: %s\n"
                   "connection:\n  user: pgwatch\n  dbname: postgres\n  password: '%s'\nnodes:\n",
                   quoted, password);
    for (int i = 0; i < DEMO_NODES; i++) {
        if (!join(path, files, directories[i], err) || !quote(path, quoted, sizeof quoted, err))
            return false;
        fits = str_appendf(text, size,
                           "  - name: %s\n    host: 127.0.0.1\n    port: %d\n    files: %s\n",
                           names[i], place->ports[i], quoted) &&
               fits;
    }
    return fits || error_set(err, "the path is too long: %.100s...", files);
}

static bool write_text(const char *path, const char *text, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return error_errno(err, errno, "cannot write %s", path);
    ssize_t written = write(fd, text, strlen(text));
    close(fd);
    return written == (ssize_t)strlen(text) || error_set(err, "cannot write %s", path);
}

struct settings *demo_place_settings(const struct demo_place *place, struct error *err)
{
    char text[10 * DEMO_PATH_SIZE], path[DEMO_PATH_SIZE], line[1024];
    struct settings_problems problems = {0};

    if (!compose_text(place, text, sizeof text, err) ||
        !join(path, place->folder, "pgwatch-tui.yaml", err) || !write_text(path, text, err))
        return NULL;
    struct settings *settings = settings_parse(path, text, strlen(text), &problems);
    if (settings == NULL && problems.count > 0) {
        settings_problem_format(path, &problems.items[0], line, sizeof line);
        error_set(err, "%s", line);
    }
    settings_problems_free(&problems);
    return settings;
}
