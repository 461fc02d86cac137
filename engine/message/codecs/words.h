/* SPDX-License-Identifier: Apache-2.0 */
/* words: the encoded words of RFC 2047, one at a time. Any thread. */
#ifndef CULVERT_MESSAGE_CODECS_WORDS_H
#define CULVERT_MESSAGE_CODECS_WORDS_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"

struct word {
    struct span charset; /* without a language (RFC 2231 section 5) */
    char encoding;       /* 'B' or 'Q' */
    struct span text;    /* as it stands */
    size_t len;          /* of all of it */
    bool loose;          /* no word by the RFC, but some reader may take it for one */
    bool spaced;         /* loose for blanks or "?" in its text alone: decoded or shown as it is */
};

/*
 * Reads an encoded word at the start of `s`: "=?charset?" and B or Q and "?". Where white space or
 * a question mark stands in it, octets that are no ASCII, or nothing ends it, readers do not agree:
 * it is loose. What does not end goes as far as a token, or up to where the next one starts; white
 * space stays in `charset` and `text`. Reads no further than to the next "=?" of another word.
 */
bool word_parse(struct span s, struct word *word_out);

/* Without white space, and a fold (with the blank behind it) as if it were not there: what a word
 * that was cut by a careless sender was before. For `charset`, and `text` in B. In Q blanks that
 * are no part of a fold are text. */
void word_mend(struct word *word, struct arena *arena);

/* Appends the octets. false: some of it could not be decoded. */
bool word_decode(const struct word *word, struct buf *octets);

/*
 * Appends valid UTF-8 as encoded words of at most 75 characters, in B or Q, whichever is shorter,
 * with CRLF and a blank between them. No character is split. The first word is made to fit into
 * `room` columns where that is possible. Only what may stand in a phrase stands for itself.
 */
void words_encode(struct span text, size_t room, struct buf *out);

#endif
