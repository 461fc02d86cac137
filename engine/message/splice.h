/* SPDX-License-Identifier: Apache-2.0 */
/*
 * splice: walks a text under its sealed edits, as pieces of the original and replacements, from one
 * offset to another. For codecs that re-encode what was touched. One thread.
 */
#ifndef CULVERT_MESSAGE_SPLICE_H
#define CULVERT_MESSAGE_SPLICE_H

#include "engine/message/edits.h"

struct splice {
    struct span text;
    const struct edits *edits;
    size_t next; /* edit */
    uint64_t at; /* in the text */
};

void splice_init(struct splice *splice, struct span text, const struct edits *edits);

/* The edit that comes next, or NULL. */
const struct edit *splice_edit(const struct splice *splice);

/*
 * The next piece of the changed text, up to offset `end` of the original, which no edit may cross.
 * Edits that begin before `end` belong to it, and with `last` an insertion at `end`. false: there
 * is no more.
 */
bool splice_next(struct splice *splice, uint64_t end, bool last, struct span *piece_out);

#endif
