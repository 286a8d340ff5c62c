/*
 * player: a recording at any of its moments. It goes through the lines in their order, the same way
 * as the live run did; to go back it starts from one of the pictures that it kept. Memory is
 * bounded: the longer the recording, the further apart these are.
 */
#ifndef RECORD_PLAYER_H
#define RECORD_PLAYER_H

#include "record/picture.h"

struct player;

/* NULL with an error that says what is wrong with the file. */
struct player *player_open(const char *path, struct error *err);
void player_free(struct player **player);

const struct recording_header *player_header(const struct player *player);
/* As of player_now. */
const struct picture *player_picture(const struct player *player);
struct model *player_model(struct player *player);
struct instant player_now(const struct player *player);
/* The last line's moment, of what was read so far: all of it after player_read_all. */
struct instant player_end(const struct player *player);
/* It was ended by who made it, as far as was read; else it was cut off, or is still written. */
bool player_was_ended(const struct player *player);
/* The recording cannot be read beyond its end: why, and in which line. "" when it can. */
const char *player_damage(const struct player *player);

/*
 * Reads to the end and keeps pictures and the moments of events and marks. Called again: what was
 * written since. `progress` (may be NULL) is told now and then; false from it ends the reading.
 */
typedef bool player_progress_fn(void *owner, int64_t bytes, int64_t of_bytes);
void player_read_all(struct player *player, player_progress_fn *progress, void *owner);

/* To that moment (not before the beginning). False when the recording ends before it: then it is at
 * its end. */
bool player_go_to(struct player *player, mono_us at);
/* Right behind that mark (from 1): what came after it at the same moment is not there yet, as it
 * was when a key froze the picture. player_go_to of the same moment changes nothing then. False
 * when there are not so many. */
bool player_go_to_mark(struct player *player, uint64_t mark);

/* The next (previous) moment after (before) `from` with an event or a mark, or with an answer of a
 * node; false when there is none. Only of what player_read_all has read. */
bool player_next_news(const struct player *player, mono_us from, bool back, mono_us *at);
bool player_next_poll(struct player *player, mono_us from, bool back, mono_us *at);

/* The last moment at which the wall clock said so; where it was put forward past that, the first
 * one behind it. False when it never did. Only of what player_read_all has read. */
bool player_at_wall(const struct player *player, wall_us wall, mono_us *at);
/* The least that the wall clock said, of what was read. */
wall_us player_earliest_wall(const struct player *player);

/*
 * Reads what a person says of a moment: "90s", "1m30s" (since the beginning), "-30s" (before the
 * end), "12:03:44" and what else clock_parse_wall reads, "start", "end", "mark:3" (and goes to
 * that). Reads all where the end or the wall clock is needed. False with an error; also when it is
 * not in the recording.
 */
bool player_find(struct player *player, const char *text, mono_us *at, struct error *err);

#endif
