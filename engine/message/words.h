/* SPDX-License-Identifier: Apache-2.0 */
/* words: the encoded words of RFC 2047, one at a time. Any thread. */
#ifndef CULVERT_MESSAGE_WORDS_H
#define CULVERT_MESSAGE_WORDS_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"

struct word {
    struct span charset; /* without a language (RFC 2231 section 5) */
    char encoding;       /* 'B' or 'Q' */
    struct span text;    /* as it stands */
    size_t len;          /* of all of it */
};

/* Reads an encoded word at the start of `s`. Blanks in its text are tolerated, as readers do; line
 * ends are not. */
bool word_parse(struct span s, struct word *word_out);

/* Appends the octets. false: some of it could not be decoded. */
bool word_decode(const struct word *word, struct buf *octets);

/*
 * Appends valid UTF-8 as encoded words of at most 75 characters, in B or Q, whichever is shorter,
 * with CRLF and a blank between them. No character is split. The first word is made to fit into
 * `room` columns where that is possible. Only what may stand in a phrase stands for itself.
 */
void words_encode(struct span text, size_t room, struct buf *out);

#endif
