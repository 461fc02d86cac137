/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hides: which ranges of which views the rules wanted to change, kept beside the edits: the scan of
 * the other readings of an uncertain message compares them with what the strict reading covers.
 * Lives in an arena; one thread.
 */
#ifndef CULVERT_TRANSFORMS_HIDES_H
#define CULVERT_TRANSFORMS_HIDES_H

#include "engine/message/view.h"

struct hide {
    const struct view *view;
    uint64_t off, len;
    const char *rule;
    bool secret; /* Mask, Redact: must not leave in clear (DESIGN promise 4) */
};

struct hides {
    struct arena *arena;
    struct hide *items;
    size_t count, cap;
    bool any_secret;
};

void hides_add(struct hides *hides, struct hide hide);

/* The first of `wanted` that is a place of the message which `covered` does not hold in full, or
 * NULL. The views of both are of the same message, in whatever reading. */
const struct hide *hides_first_uncovered(const struct hides *wanted, const struct hides *covered);

#endif
