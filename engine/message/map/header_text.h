/* SPDX-License-Identifier: Apache-2.0 */
/*
 * header_text: the value of a header field as text: unfolded (RFC 5322 section 2.2.3), encoded
 * words decoded (RFC 2047), raw 8-bit read as UTF-8 or else Latin-1; and the way back. Values are
 * bounded by the map's limit for a field. In an arena; one thread.
 */
#ifndef CULVERT_MESSAGE_MAP_HEADER_TEXT_H
#define CULVERT_MESSAGE_MAP_HEADER_TEXT_H

#include "engine/message/edits.h"

enum segment_kind {
    SEGMENT_RAW,   /* text and value are the same bytes */
    SEGMENT_FOLD,  /* a line end before a blank; no text */
    SEGMENT_WORDS, /* encoded words with nothing but blanks between them */
    SEGMENT_LATIN1 /* raw 8-bit that is no UTF-8 */
};

struct segment {
    enum segment_kind kind;
    size_t raw, raw_len;
    size_t text, text_len;
};

struct header_text {
    struct span raw;
    struct span text; /* valid UTF-8; `raw` itself where nothing had to be decoded */
    struct segment *segments;
    size_t count, cap;
    bool raw_utf8;    /* holds 8-bit characters as they are */
    bool raw_latin1;  /* and those are no UTF-8 */
    bool mostly_utf8; /* with raw_latin1: it is UTF-8 with a few bad bytes after all */
    bool bad_word;    /* an encoded word could not be decoded, or not all of it */
    bool raw_word;    /* some readers show an encoded word as it stands instead */
};

void header_text_decode(struct span raw, struct arena *arena, struct header_text *out);

/* Value offsets of the text range: behind a fold at its start, before one at its end; all of the
 * encoded words that it touches. */
void header_text_range(const struct header_text *header, size_t off, size_t len, size_t *raw_off,
                       size_t *raw_len);

/* How a value is written again. */
struct header_layout {
    size_t column;   /* of the value's first byte on its line */
    bool structured; /* addresses and the like: ()<>,:;@" end a token */
    bool in_parts;   /* never all of it as encoded words: an address in them is none */
};

/*
 * The value with the sealed edits in its text. Only what has to change does: ASCII in place,
 * encoded words that are touched as a whole, in UTF-8. Control characters of replacements become
 * blanks; lines are folded at 78 where they were not longer before, at 998 always. The result is
 * decoded again and compared before it is returned. Without a line end at its end.
 */
bool header_text_rewrite(const struct header_text *header, const struct edits *edits,
                         const struct header_layout *layout, struct arena *arena,
                         struct span *raw_out, struct error *err) MUST_USE;

/* Folds lines of a value that are longer than 78 columns at blanks, and joins lines of blanks. For
 * header_text_rewrite(); `most` is 78 or 998. */
struct span header_fold(struct span value, size_t column, size_t most, struct arena *arena);

/* Control characters as blanks, broken UTF-8 as U+FFFD: what may go into a header. */
struct span header_clean(struct span text, struct arena *arena);

#endif
