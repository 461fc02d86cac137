/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ways: all the ways in which readers may see a text. Whoever detects looks at each of them, the
 * rules and `culvert scan` alike. On the thread of the views.
 */
#ifndef CULVERT_RULESETS_TEXTS_WAYS_H
#define CULVERT_RULESETS_TEXTS_WAYS_H

#include "engine/message/view.h"

/* As it is, and as its source shows it; each of these also with what is turned round. */
#define WAYS_MAX 4

struct way {
    struct view *view; /* folded */
    uint64_t off, len; /* in that */
};

/* Of the range of a view; octets that are no text are read as what they look like. Returns how
 * many there are, at least 1. */
size_t ways_of(struct view *view, uint64_t off, uint64_t len, struct way ways[WAYS_MAX]);

#endif
