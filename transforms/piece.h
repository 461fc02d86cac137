/* SPDX-License-Identifier: Apache-2.0 */
/*
 * piece: what an Extract rule yields to its children: a range of a view's text, with the groups of
 * the match that found it. Lives in the arena of the inspection.
 */
#ifndef CULVERT_TRANSFORMS_PIECE_H
#define CULVERT_TRANSFORMS_PIECE_H

#include "engine/message/view.h"
#include "engine/pattern/pattern.h"

struct piece {
    struct view *view;
    uint64_t off, len;
    const struct piece *parent; /* NULL for the whole message */
    const char *rule;           /* the name of the rule that yielded it */
    const struct pattern *pattern;     /* NULL: the whole of something */
    const struct pattern_match *match; /* group offsets count from `match_base` in view->text */
    uint64_t match_base;
    const struct part *part; /* the part that it comes from, or NULL */
};

static inline struct span piece_text(const struct piece *piece)
{
    return span_sub(piece->view->text, piece->off, piece->len);
}

#endif
