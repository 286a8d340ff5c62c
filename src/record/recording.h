/*
 * recording: the format, version 1: JSON lines. docs/recording.md says it for people.
 *
 * The first line is the header. Every other one begins with its time in microseconds since the
 * header's and holds one value, whose key says of what kind it is; picture.c has the table of
 * kinds. "w" moves the wall clock against the monotonic one, "n" is a node's number in the header.
 */
#ifndef RECORD_RECORDING_H
#define RECORD_RECORDING_H

#include <stdbool.h>

#include "base/error.h"
#include "cluster/model.h"
#include "record/json_out.h"

#define RECORDING_FORMAT 1
#define RECORDING_LINE_MAX (4 * 1024 * 1024) /* a longer one is no line of a recording */
#define RECORDING_ZONE_SIZE 64

struct recording_node {
    char name[NODE_NAME_SIZE];
    char address[ADDRESS_SIZE];
};

/* What a picture needs beside the lines; nothing of the connections but their addresses. */
struct recording_header {
    char version[32]; /* of the program that wrote it */
    struct instant at;
    char time_zone[RECORDING_ZONE_SIZE]; /* "" not known: utc_offset_s then */
    int utc_offset_s;
    int columns, rows; /* of the terminal; 0: none */
    char cluster[NODE_NAME_SIZE];
    char stack[16];
    bool lab;
    bool may_write, has_stack; /* what the keys could do */
    int64_t poll_interval_us, poll_timeout_us;
    struct model_limits limits;
    bool probed[COMMIT_LEVELS];
    int node_count;
    struct recording_node nodes[MODEL_NODES_MAX];
};

/* One line with its end. */
void recording_write_header(struct json_out *out, const struct recording_header *header);
/* False with an error that says what the file is instead. */
bool recording_read_header(const char *line, size_t length, struct recording_header *header,
                           struct error *err);

/* An empty model of that cluster. */
struct model *recording_model(const struct recording_header *header);

/* Something that was done, or came to pass: a key that acted, a step of a drill. */
struct recording_mark {
    char kind[24]; /* "key", "drill", "recording": what `data` is depends on it */
    char subject[NODE_NAME_SIZE];
    char text[EVENT_TEXT_SIZE];
};

#endif
