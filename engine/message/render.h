/* SPDX-License-Identifier: Apache-2.0 */
/*
 * render: a cursor over the outgoing message: slices of the original bytes and replacements, in
 * order, never a copy of what is untouched. The exact size is known before the first byte (SIZE,
 * BDAT). Borrowed: the bytes and the sealed edits must outlive it.
 */
#ifndef CULVERT_MESSAGE_RENDER_H
#define CULVERT_MESSAGE_RENDER_H

#include "engine/message/edits.h"

struct render {
    struct span original;
    const struct edits *edits; /* NULL: nothing changes */
    size_t next_edit;
    uint64_t at; /* in the original */
    bool in_edit;
};

void render_init(struct render *render, struct span original, const struct edits *edits);

/* Fills up to `max` slices, none of them empty; 0 at the end. */
size_t render_next(struct render *render, struct span *slices_out, size_t max);

uint64_t render_size(const struct render *render);

#endif
