/* SPDX-License-Identifier: Apache-2.0 */
#include "transforms/piece.h"

struct view *piece_view(struct piece *piece)
{
    if (!piece->view) {
        piece->view = open_content(piece->views, piece->part);
        piece->off = 0;
        piece->len = piece->view->text.len;
    }
    return piece->view;
}

struct span piece_text(struct piece *piece)
{
    struct view *view = piece_view(piece);
    return span_sub(view->text, piece->off, piece->len);
}

/* A name may stand for several groups, of which one takes part: (?<n>a)|(?<n>b). */
static bool find_in_match(const struct piece *piece, struct span name, size_t *group_out)
{
    if (!piece->match)
        return false;
    for (size_t i = 1; i < piece->match->count; i++) {
        if (piece->match->group[i].off != SPAN_NONE &&
            span_equal(pattern_group_name(piece->pattern, i), name)) {
            *group_out = i;
            return true;
        }
    }
    return false;
}

bool piece_find_group(struct piece *piece, struct span name, struct piece **holder_out,
                      uint64_t *off_out, uint64_t *len_out)
{
    for (; piece; piece = piece->parent) {
        size_t group;
        if (!find_in_match(piece, name, &group))
            continue;
        *holder_out = piece;
        *off_out = piece->match_base + piece->match->group[group].off;
        *len_out = piece->match->group[group].len;
        return true;
    }
    return false;
}
