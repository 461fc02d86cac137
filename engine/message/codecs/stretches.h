/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stretches: a text that is put together of stretches of a source, and the way back. A stretch is
 * either the source itself, byte for byte, or one thing that stands for another (an escape, a
 * character reference). What of the source is in no stretch (a fold) is not in the text. For codecs
 * whose state is the table; one thread.
 */
#ifndef CULVERT_MESSAGE_CODECS_STRETCHES_H
#define CULVERT_MESSAGE_CODECS_STRETCHES_H

#include "engine/base/buf.h"
#include "engine/message/view.h"

#define STRETCHES_MOST ((size_t)1 << 30) /* of the source: offsets have 32 bits */

/* Tags: what the source of a stretch is, for writing other text in its place. A codec has its own
 * from STRETCH_FIRST on. */
enum { STRETCH_PLAIN, STRETCH_FIXED /* stays, whatever is changed around it */, STRETCH_FIRST };

struct stretch {
    uint32_t text, text_len;
    uint32_t source, source_len;
    uint16_t tag;
    bool same; /* byte for byte */
};

struct stretch_table {
    const struct stretch *items; /* by text offset, without gaps */
    size_t count;
};

/* A text that is being put together. */
struct stretches {
    struct view *view;
    struct span source;
    struct bulk text, items;
    struct stretch last; /* not yet among the items; text_len 0: none */
    size_t most;         /* bytes of items */
    unsigned ticks;      /* the clock is looked at now and then */
    enum uninspected over;
};

/* Starts the text of `view`. false: the source is too large or the time over; the view says so. */
bool stretches_begin(struct stretches *stretches, struct view *view, struct span source);

/* Adds source [off, off+len) as it is. */
void stretches_keep(struct stretches *stretches, size_t off, size_t len, uint16_t tag);

/* Adds `text`, which is not empty, for source [off, off+len). */
void stretches_put(struct stretches *stretches, size_t off, size_t len, struct span text,
                   uint16_t tag);

/* Whether there is no time or room left for more: the codec stops. */
static inline bool stretches_is_over(const struct stretches *stretches)
{
    return stretches->over != UNINSPECTED_NONE;
}

/* Takes `len` bytes that a codec remembers for itself from the room of the table. */
void stretches_charge(struct stretches *stretches, size_t len);

/* Sets view->text and view->state. When it is over the text is the source, as it was: patterns see
 * what is plain, and the view says that it is not all. */
void stretches_end(struct stretches *stretches);

/* The stretch that holds the text offset; count at the end. */
size_t stretches_at(const struct stretch_table *table, uint64_t off);

/* For struct codec. */
void stretches_origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                      uint64_t *len_out);

/* Appends `with` so that it stands for itself where a stretch of that tag was. */
typedef bool (*stretch_escape)(const struct view *view, uint16_t tag, struct span with,
                               struct buf *out, struct error *err);

/* Nothing is to be escaped. */
bool stretch_as_it_is(const struct view *view, uint16_t tag, struct span with, struct buf *out,
                      struct error *err);

/* The sealed edits of the view as edits of its parent: masks keep their places, other text goes to
 * the first place. */
bool stretches_write_back(struct view *view, stretch_escape escape, struct error *err) MUST_USE;

#endif
