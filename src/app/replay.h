/*
 * replay: a recording on the screen, or one of its moments as text or as a picture. Goes the way of
 * live data from the model on; nothing here can reach a server.
 */
#ifndef APP_REPLAY_H
#define APP_REPLAY_H

#include <stdio.h>

#include "record/player.h"
#include "ui/canvas.h"
#include "ui/term.h"

#define REPLAY_SPEED_MIN 0.25
#define REPLAY_SPEED_MAX 100.0

struct replay_options {
    enum color_choice color;
    bool ascii;
    const char *log;
    double speed;
    mono_us at; /* where it begins */
};

/* Runs until q or a signal. False with an error when it could not start; *status as dashboard_run.
 * The player has read all. */
bool replay_run(struct player *player, const struct replay_options *options, int *status,
                struct error *err);

/* The main screen as it was at that moment, of the canvas's size: as it was live, but for REC.
 * of_drill: the drill's screen instead, where there was a drill. */
void replay_paint(struct player *player, mono_us at, bool of_drill, bool ascii,
                  struct canvas *canvas);

#endif
