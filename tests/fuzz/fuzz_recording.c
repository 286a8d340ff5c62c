/*
 * fuzz_recording: a recording with anything in it: lines are applied or refused, and whatever was
 * applied can be judged, painted, copied and written down again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "cluster/health.h"
#include "cluster/verdict.h"
#include "record/picture.h"
#include "record/picture_state.h"
#include "ui/view.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For inputs that do not begin with a header. */
static void usual_header(struct recording_header *header)
{
    memset(header, 0, sizeof *header);
    header->at = (struct instant){.mono = US_PER_S, .wall = 1795788692 * US_PER_S};
    header->poll_interval_us = US_PER_S;
    header->poll_timeout_us = 3 * US_PER_S;
    header->limits = (struct model_limits){250000, 5000000, 1000000, 67108864, 1073741824};
    header->node_count = 3;
    for (int i = 0; i < 3; i++)
        str_format(header->nodes[i].name, NODE_NAME_SIZE, "n%d", i);
}

static void look_at(struct picture *picture)
{
    static struct health health;
    struct instant now = picture_instant(picture, picture->at.mono + 1500 * US_PER_MS);
    struct sync_verdict verdict;
    struct canvas canvas = {0};
    struct ui_state state;
    struct json_out out = {0};

    model_tick(picture->model, now);
    sync_verdict_derive(picture->model, now.mono, &verdict);
    health_derive(picture->model, &verdict, now.mono, &health);
    ui_state_init(&state);
    for (int screen = 0; screen < SCREENS; screen++) {
        state.screen = (enum ui_screen)screen;
        const struct view_input input = {.model = picture->model,
                                         .verdict = &verdict,
                                         .health = &health,
                                         .state = &state,
                                         .load = picture->has_load ? &picture->load : NULL,
                                         .test = picture->check,
                                         .now = now,
                                         .clock = now};
        canvas_resize(&canvas, 130, 40);
        view_paint(&input, &canvas);
    }
    canvas_free(&canvas);
    picture_write_state(&out, "{\"t\":0,", picture->model);
    json_out_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct recording_header header;
    const char *text = (const char *)data, *end = text + size;
    const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;
    struct error err;
    mono_us at;

    if (newline != NULL && recording_read_header(text, (size_t)(newline - text), &header, &err))
        text = newline + 1;
    else
        usual_header(&header);
    if (header.node_count > 16)
        header.node_count = 16; /* memory for more is only slow */
    struct picture *picture = picture_new(&header);
    while (text < end) {
        size_t left = (size_t)(end - text);
        newline = memchr(text, '\n', left);
        size_t length = newline != NULL ? (size_t)(newline - text) : left;
        (void)picture_line_time(picture, text, length, &at);
        (void)picture_apply(picture, text, length, &err);
        text += length + (newline != NULL ? 1 : 0);
    }
    struct picture *clone = picture_clone(picture);
    look_at(clone);
    picture_free(&clone);
    picture_free(&picture);
    return 0;
}
