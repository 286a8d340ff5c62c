/*
 * picture_state: the lines with which a recording begins when the model was not empty, and how
 * they are written.
 */
#ifndef RECORD_PICTURE_STATE_H
#define RECORD_PICTURE_STATE_H

#include <jansson.h>

#include "record/picture.h"

/* A line of a recording but for its value. */
struct picture_line {
    struct instant at;
    int node; /* 0 where none is said */
    int64_t took_us;
};

bool picture_apply_model(struct picture *picture, const struct picture_line *line,
                         const json_t *value, struct error *err);
bool picture_apply_node(struct picture *picture, const struct picture_line *line,
                        const json_t *value, struct error *err);
bool picture_apply_level(struct picture *picture, const struct picture_line *line,
                         const json_t *value, struct error *err);
bool picture_apply_event(struct picture *picture, const struct picture_line *line,
                         const json_t *value, struct error *err);

/* The same lines; `begin` is what they begin with: "{\"t\":0,". */
void picture_write_state(struct json_out *out, const char *begin, const struct model *model);

#endif
