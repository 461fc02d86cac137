/* SPDX-License-Identifier: Apache-2.0 */
/*
 * views_rig: a message with its map and views, edited and rendered, for tests. What cannot be done
 * fails the test. One thread.
 */
#ifndef CULVERT_TESTS_SUPPORT_VIEWS_RIG_H
#define CULVERT_TESTS_SUPPORT_VIEWS_RIG_H

#include "engine/message/open.h"
#include "engine/message/render.h"

struct views_rig {
    struct arena *arena;
    struct map *map;
    struct views *views;
};

/* The message is copied. */
void views_rig_open(struct views_rig *rig, struct span message);
void views_rig_close(struct views_rig *rig);

/* "a\nb" with CRLF for each LF; in the arena. */
struct span with_crlf(struct arena *arena, const char *text);

/* The text view of a part, or the view of a field; the test fails when there is none. */
struct view *rig_text(struct views_rig *rig, size_t part);
struct view *rig_field(struct views_rig *rig, const char *name);

/* Wants an edit of each occurrence of `needle`; returns how many there were. */
size_t rig_edit(struct view *view, const char *needle, const char *with, enum edit_kind kind);

/* Masks the digits of each occurrence. */
size_t rig_mask(struct view *view, const char *needle);

/* Seals and renders. ptr NULL when sealing failed; the reason is in `err`. */
struct span rig_output(struct views_rig *rig, struct error *err);

/* The text with the sealed or unsealed edits of the view applied, by a plain splice. They must not
 * overlap. In the arena. */
struct span plain_splice(const struct view *view, struct arena *arena);

/* Both must be the same; shows where they are not. */
void assert_same_bytes(struct span got, struct span expected);

#endif
