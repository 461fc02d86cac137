/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edits: changes wanted to a text, as ranges of the *original* bytes. No rule sees another's edit,
 * so the order of rules cannot change what a rule sees. Collected, then sealed: sorted, overlaps
 * joined so that what any rule hides stays hidden, any other conflict refused with both rules'
 * names. Only sealed edits are applied (DESIGN promises 3 and 4). Lives in an arena; one thread.
 */
#ifndef CULVERT_MESSAGE_EDITS_H
#define CULVERT_MESSAGE_EDITS_H

#include "engine/base/arena.h"
#include "engine/base/error.h"

enum edit_kind {
    EDIT_MASK,    /* hides character by character: `with` has one for each that it replaces */
    EDIT_REDACT,  /* hides: `with` stands for the whole range */
    EDIT_REPLACE, /* other text; an insertion where len is 0 */
    EDIT_CODEC    /* a codec's re-encoding of what its view's edits touched */
};

struct edit {
    uint64_t off;
    uint64_t len;
    struct span with; /* must live as long as the edits */
    enum edit_kind kind;
    const char *rule; /* who wants it, for the conflict text; not NULL */
    size_t masked;    /* EDIT_REDACT: of how many characters it is the mask, 0: it is none */
};

/* `masked` of what is emptied because its mask stands in front of it, as a whole. */
#define MASKED_BEFORE SIZE_MAX

struct edits {
    struct arena *arena;
    struct edit *items;
    size_t count;
    size_t cap;
    bool sealed;
};

/* An edit of one text becomes one of another, where it covers `covered` at `off`: a mask stays one
 * where it still has a character for each; else it stands for the whole. */
void edit_move(struct edit *edit, uint64_t off, struct span covered);

void edits_init(struct edits *edits, struct arena *arena);
void edits_add(struct edits *edits, struct edit edit);

/*
 * Sorts and joins. `original` is the text that the ranges are of (valid UTF-8 where EDIT_MASK
 * occurs: joined masks are counted in characters). false with both rules named on a conflict, or
 * when a range lies outside. After it the edits do not overlap and are in order of offset;
 * insertions at one offset keep the order in which they were added and come before a range that
 * begins there.
 */
bool edits_seal(struct edits *edits, struct span original, struct error *err) MUST_USE;

/* Sealed only. Length of the text after the edits. */
uint64_t edits_output_size(const struct edits *edits, uint64_t original_len);

/* Whether every byte of the range is replaced by some edit (sealed or not). */
bool edits_cover(const struct edits *edits, uint64_t off, uint64_t len);

/* Sealed only. The range [off, off+len) as it will leave, in the arena: hidden stays hidden. */
struct span edits_apply_range(const struct edits *edits, struct span original, uint64_t off,
                              uint64_t len, struct arena *arena);

#endif
