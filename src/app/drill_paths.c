/*
 * drill_paths: where a drill is recorded.
 */
#include <unistd.h>

#include "app/drill_internal.h"
#include "base/directory.h"
#include "base/str.h"

#define LAST_RECORDING "drill.recording.jsonl"

/* The recording of the drill before, and what --record-max has put aside of it. */
static void remove_last(const char *path)
{
    char old[DIRECTORY_PATH_SIZE];

    unlink(path);
    if (str_format(old, sizeof old, "%s.1", path))
        unlink(old);
}

/* Who observes has no journal of his own: one that is under way is another program's, and so is the
 * recording beside it. */
static bool is_of_another(const struct drill_engine *engine)
{
    struct drill_left left;
    struct error ignored;

    return engine->plan.id == DRILL_OBSERVE &&
           (!drill_journal_left(engine->folder, &left, &ignored) || left.under_way);
}

bool drill_recording_path(const struct drill_engine *engine, const struct drill_options *options,
                          struct instant now, char *path, size_t size)
{
    char time[32];
    struct error ignored;

    if (options->report_dir != NULL) {
        clock_format_file_time(now.wall, time, sizeof time);
        return directory_make(options->report_dir, 0755, &ignored) &&
               str_format(path, size, "%s/%s-%s.jsonl", options->report_dir,
                          drill_at(engine->plan.id)->name, time);
    }
    if (engine->folder[0] == '\0' || is_of_another(engine) ||
        !directory_make(engine->folder, 0700, &ignored) ||
        !str_format(path, size, "%s/" LAST_RECORDING, engine->folder))
        return false;
    remove_last(path);
    return true;
}
