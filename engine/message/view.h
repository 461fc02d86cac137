/* SPDX-License-Identifier: Apache-2.0 */
/*
 * view: the decoded text of one thing (a header value, a parameter, a body, HTML text ...) and the
 * way back. A view is a range of its parent's text read through a codec; the root view is the
 * message itself. Each view has edits of its own; views_seal() turns the edits of every dirty view
 * into edits of its parent, children first, so each level re-assembles on the way up and the root's
 * edits are against the original bytes. A new format is one new codec file.
 *
 * All views of a message live in one `struct views`, in the arena of its transaction; one thread.
 */
#ifndef CULVERT_MESSAGE_VIEW_H
#define CULVERT_MESSAGE_VIEW_H

#include "engine/message/bulk.h"
#include "engine/message/edits.h"
#include "engine/message/formats/html_time.h"
#include "engine/message/map/map.h"
#include "engine/message/uninspected.h"

struct view;
struct views;

struct codec {
    const char *name;
    /* Decodes `raw` and sets view->text; `detail` is what view_open() was given. Problems go to
     * view->uninspected and map_note(). */
    void (*decode)(struct view *view, struct span raw, const void *detail);
    /* Turns the sealed edits of `view` into edits of view->parent (and, where a header has to
     * follow, of the root). false: cannot be done, nothing may leave. NULL: a read-only codec. */
    bool (*encode)(struct view *view, struct error *err);
    /* The smallest range of the parent's text that holds text [off, off+len). NULL: offsets are
     * the parent's, shifted. */
    void (*origin)(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                   uint64_t *len_out);
};

struct view {
    struct views *views;
    struct view *parent; /* NULL for the root */
    const struct codec *codec;
    uint64_t off, len;            /* in the parent's text */
    const struct part *part;      /* the part it belongs to; NULL for the root */
    struct span text;             /* valid UTF-8 unless is_bytes */
    bool is_bytes;                /* decoded octets of unknown meaning (an attachment) */
    struct edits edits;           /* against `text` */
    const void *detail;           /* what view_open() was given */
    const char *read_only;        /* NULL, or why nothing here can be edited */
    bool passes;                  /* ... which may be otherwise the next time: time, a full disk */
    enum uninspected uninspected; /* why `text` is not all of it */
    void *state;                  /* the codec's */
    struct view *reader;          /* codec_reader's own: see view_as_read() */
    bool reader_known;            /* it has been looked for */
    struct view *folded;          /* codec_folded's own: see view_as_folded() */
    bool folded_known;
    struct view *turned; /* codec_turned's own: see view_as_turned() */
    bool turned_known;
    void *sightings;            /* whoever detects keeps what was found in it */
    bool no_inline_files;       /* they have been looked for, and there is none */
    bool ascii_known, is_ascii; /* view_is_ascii()'s own */
    bool as_texts_known;        /* open_texts() has been asked for these octets ... */
    size_t as_text_count;       /* ... and these were its answer */
    struct view *as_texts[2];
    struct view *source;   /* codec_source's own: the same as it stands, or NULL */
    struct view *previous; /* of all views, newest first */
};

struct view_limits {
    size_t html_bytes;   /* HTML larger than this is not taken apart [16 MiB] */
    size_t memory_bytes; /* of the decoded text of a message; more lives in files [32 MiB] */
    const struct spool_limits *spool; /* for these files; NULL: spool_limits_default */
};
extern const struct view_limits view_limits_default;

/* `map` may get more notes. Everything is in `arena`, and what limits->spool points to must outlive
 * it. */
struct views *views_new(struct map *map, const struct view_limits *limits, struct arena *arena);
struct view *views_root(struct views *views);
struct map *views_map(struct views *views);
struct arena *views_arena(struct views *views);
const struct view_limits *views_limits(const struct views *views);
/* Nothing is decoded at any length behind `deadline_ns` (CLOCK_MONOTONIC); 0, and without this
 * call: there is no deadline. */
void views_set_deadline(struct views *views, uint64_t deadline_ns);
/* Whether that is over: for codecs, which look now and then. */
bool views_is_late(const struct views *views);
/* What is left for HTML. */
struct html_time *views_html_time(struct views *views);
/* For what codecs make. */
struct bulk_budget *views_budget(struct views *views);

/*
 * The view of a range of `parent` through `codec`: the one that is already open, else a new one.
 * `detail` is the codec's business and part of the identity when it is compared by address.
 */
struct view *view_open(struct view *parent, uint64_t off, uint64_t len, const struct codec *codec,
                       const struct part *part, const void *detail);

/* A text that is not in the message's bytes (an envelope address): read-only, for `why`. */
struct view *view_of_text(struct views *views, struct span text, const char *why);

/* Whether `text` has no byte above 0x7f; looked at once. */
bool view_is_ascii(struct view *view);

/* Adds an edit of view->text. false when the view is read-only (the text says why). */
bool view_edit(struct view *view, struct edit edit, struct error *err) MUST_USE;

/* The range of view->text as it will leave under the edits so far (which need not be sealed): what
 * any rule hides is hidden here too. UTF-8 in the arena of the views. */
struct span view_text_leaving(const struct view *view, uint64_t off, uint64_t len);

/* The range of the original message that text [off, off+len) comes from (the smallest that holds
 * it). */
void view_origin(const struct view *view, uint64_t off, uint64_t len, uint64_t *off_out,
                 uint64_t *len_out);

/* Seals all dirty views, children first, then the root. Once. On false nothing may be applied. */
bool views_seal(struct views *views, struct error *err) MUST_USE;

/* After views_seal(): the sealed edits of the message. */
const struct edits *views_edits(const struct views *views);

/* For codecs: there is no time left, or no room: `text` is what there is, and not all that could be
 * read in it. */
void view_give_up(struct view *view, struct span text, enum uninspected reason);

/* For codecs: what was decoded becomes the text. When it could not be kept (a full disk), the text
 * is empty and the view says so. */
void view_take_bulk(struct view *view, struct bulk *bulk);

/* All views, the newest first, by view->previous. */
struct view *views_newest(struct views *views);

bool views_are_dirty(const struct views *views);

#endif
