/*
 * dashboard: the screen on a live cluster: owns the loop, wires watch, ui and terminal, and turns
 * keys into work.
 */
#ifndef APP_DASHBOARD_H
#define APP_DASHBOARD_H

#include "app/recording.h"
#include "config/settings.h"
#include "ui/term.h"

#define INTERVAL_MIN_US (100 * US_PER_MS)
#define INTERVAL_MAX_US (3600 * US_PER_S)

struct dashboard_options {
    enum color_choice color;
    bool ascii;      /* ASCII even if the terminal could do more */
    const char *log; /* file for messages while the screen is in use; NULL: shown afterwards */
    const char *report_dir; /* where reports of drills go; NULL: none are written */
    struct recording_options record;
};

/*
 * Runs until q or a signal. False with an error when it could not start (no terminal, unknown TERM,
 * unusable connection settings); *status is then left alone, else 0 after q or 128 + signal number.
 * The terminal is as it was in every case.
 */
bool dashboard_run(const struct settings *settings, const struct dashboard_options *options,
                   int *status, struct error *err);

#endif
