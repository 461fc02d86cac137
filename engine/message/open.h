/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open: the things of a message, opened as views. Opening twice gives the same view, so the edits
 * of all rules on one thing meet. Views are never NULL unless a function says so; what could not be
 * read says so in view->uninspected.
 */
#ifndef CULVERT_MESSAGE_OPEN_H
#define CULVERT_MESSAGE_OPEN_H

#include "engine/message/view.h"

/* The decoded, unfolded value of a field (RFC 2047; raw 8-bit as UTF-8, else Latin-1). The blank
 * behind the colon is not part of it. Fields that carry the MIME structure are read-only. */
struct view *open_field(struct views *views, const struct field *field);

/* The value as it stands, where some readers do not decode an encoded word in it; NULL: all do, or
 * the message is uncertain anyway. */
struct view *open_field_raw(struct views *views, const struct field *field);

/* The octets of a leaf part or nested message, transfer encoding removed. is_bytes. */
struct view *open_content(struct views *views, const struct part *part);

#define TEXTS_MAX 2

/* The text of a leaf part as a reader sees it: charset decoded; HTML with tags and entities
 * resolved, then (each on lines of its own) attribute values and comments; and so on. Where readers
 * may take it for different things (text_format.h), there is more than one. Returns how many; 0
 * when the part is no text: see looks_like(). */
size_t open_texts(struct views *views, const struct part *part, struct view *out[TEXTS_MAX]);
/* The first, or NULL. */
struct view *open_text(struct views *views, const struct part *part);

/* The same of octets that stand somewhere as a file of that name, of a type that nobody says. */
size_t open_file_texts(struct view *octets, struct span name, struct view *out[TEXTS_MAX]);

/* The decoded file name in each of its spellings (filename, filename*, name, name*; RFC 2231
 * sections joined). Returns how many were put in `out` (up to `max`). */
size_t open_filenames(struct views *views, const struct part *part, struct view **out, size_t max);

/* The part's name for people and rules: the first spelling, "" when it has none. */
struct span part_filename(struct views *views, const struct part *part);

/* What octets are, by their first bytes: what a declared type says may be a lie. */
enum content_look { LOOK_TEXT, LOOK_HTML, LOOK_MEDIA, LOOK_CONTAINER, LOOK_DOCUMENT, LOOK_BINARY };
enum content_look looks_like(struct span content);

/* A field's value decoded without a view, for people (log, `when`); in the arena. */
struct span decode_field_value(struct span value, struct arena *arena);

#endif
