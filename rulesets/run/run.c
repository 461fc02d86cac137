/* SPDX-License-Identifier: Apache-2.0 */
#include "rulesets/run/run.h"

#include "engine/base/clock.h"
#include "transforms/finder.h"

void run_note(struct run *run, enum uninspected reason)
{
    if (reason == UNINSPECTED_NONE)
        return;
    if (!(run->uninspected & 1u << reason))
        trace_note(run->trace, "not inspected: %s", uninspected_name(reason));
    run->uninspected |= 1u << reason;
    run->noted |= 1u << reason;
    run->hiding_incomplete |= run->hiding_only;
}

void run_note_all(struct run *run, uint32_t reasons)
{
    for (unsigned reason = 0; reasons != 0; reason++, reasons >>= 1) {
        if (reasons & 1u)
            run_note(run, (enum uninspected)reason);
    }
}

bool run_is_late(struct run *run)
{
    if (run->uninspected & 1u << UNINSPECTED_TIME_BUDGET)
        return true;
    if (!clock_is_past(run->deadline_ns))
        return false;
    run_note(run, UNINSPECTED_TIME_BUDGET);
    run->half_hidden = true;
    return true;
}

bool run_finds(struct run *run, const struct matcher *matcher, struct span text)
{
    if (!matcher_is_set(matcher))
        return true;
    enum pattern_result result = matcher_finds(matcher, text, run->deadline_ns);
    if (result == PATTERN_OVER_LIMIT)
        run_note(run, UNINSPECTED_PATTERN_LIMIT);
    return result != PATTERN_NOT_FOUND;
}

bool run_finds_in(struct run *run, const struct matcher *matcher, struct piece *piece, bool over)
{
    struct sought sought;
    sought_init(&sought, piece, run->arena);
    enum pattern_result result = sought_finds(&sought, matcher, run->deadline_ns);
    if (result != PATTERN_OVER_LIMIT)
        return result == PATTERN_FOUND;
    run_note(run, UNINSPECTED_PATTERN_LIMIT);
    return over;
}

void piece_list_add(struct run *run, struct piece_list *list, struct piece *piece)
{
    list->items =
        arena_grow(run->arena, list->items, list->count, &list->cap, sizeof(struct piece *));
    list->items[list->count++] = piece;
}

struct piece *run_piece(struct run *run, struct piece *parent, const struct rule *rule,
                        struct view *view, const struct part *part)
{
    if (run->piece_count++ >= PIECES_MAX) {
        run_note(run, UNINSPECTED_TOO_MANY_MATCHES);
        run->half_hidden = true;
        return NULL;
    }
    struct piece *piece = ARENA_NEW(run->arena, struct piece);
    piece->views = run->views;
    piece->envelope = &run->message->envelope;
    piece->view = view;
    piece->len = view ? view->text.len : 0;
    piece->parent = parent;
    piece->rule = rule->name;
    piece->part = part;
    return piece;
}
