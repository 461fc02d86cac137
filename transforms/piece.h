/* SPDX-License-Identifier: Apache-2.0 */
/*
 * piece: what an Extract rule yields to its children: a range of a view's text, with the groups of
 * the match that found it. Lives in the arena of the inspection; one thread.
 */
#ifndef CULVERT_TRANSFORMS_PIECE_H
#define CULVERT_TRANSFORMS_PIECE_H

#include "engine/message/message.h"
#include "engine/message/open.h"
#include "engine/message/view.h"
#include "engine/pattern/pattern.h"

struct texts;   /* of whoever detects */
struct sources; /* of whoever extracts */

struct piece {
    struct views *views;
    struct view *view; /* NULL until piece_view(): an attachment that no rule looks into yet */
    uint64_t off, len;
    const struct envelope *envelope;   /* of the message */
    struct piece *parent;              /* NULL for the whole message */
    const char *rule;                  /* the name of the rule that yielded it */
    const struct pattern *pattern;     /* NULL: the whole of something */
    const struct pattern_match *match; /* group offsets count from `match_base` in view->text */
    uint64_t match_base;
    const struct part *part;  /* the part that it comes from, or NULL */
    struct view *inline_name; /* of the file in a text that it is, or is in; NULL: of none */
    bool is_part;             /* it is all of `part` (part 0: of the message) */
    struct texts *texts;      /* what detection looked at in it; NULL: it has not */
    struct sources **bodies;  /* what rules took out of it, by type of body; NULL: nothing yet */
};

/* The view, opened now if need be: decoding a large attachment costs. */
struct view *piece_view(struct piece *piece);

/* Its text; groups of the match likewise. Valid as long as the view. */
struct span piece_text(struct piece *piece);

/* Where the named group is that took part in the match of this piece or of the nearest one that
 * encloses it. false when there is none. */
bool piece_find_group(struct piece *piece, struct span name, struct piece **holder_out,
                      uint64_t *off_out, uint64_t *len_out) MUST_USE;

#endif
