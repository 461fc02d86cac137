/* SPDX-License-Identifier: Apache-2.0 */
/* openings_new: which rows share an automaton. */
#include "engine/base/mem.h"
#include "engine/scanner/openings_build.h"

#include <stdlib.h>

struct plan {
    struct nfa nfa;
    struct buf prefixes; /* of struct nfa_prefix */
    struct opening *items;
    struct openings *openings;
    struct openings_member *members[OPENINGS_KINDS];
    size_t counts[OPENINGS_KINDS];
    struct arena *arena;
};

static enum openings_kind kind_of(struct plan *plan, const struct opening *item, uint32_t start,
                                  const struct nfa_profile *profile)
{
    bool is_long = profile->ink >= OPENINGS_INK;
    if (item->starts_apart && profile->digit && is_long)
        return OPENINGS_LONG_DIGIT;
    if (item->starts_apart && profile->dense >= OPENINGS_DIGITS)
        return item->may_sleep ? OPENINGS_DENSE_SLEEPY : OPENINGS_DENSE;
    if (item->starts_apart && profile->number)
        return item->may_sleep ? OPENINGS_NUMBER_SLEEPY : OPENINGS_NUMBER;
    if (item->starts_apart && profile->digit)
        return item->may_sleep ? OPENINGS_DIGIT_SLEEPY : OPENINGS_DIGIT;
    if (nfa_prefixes(&plan->nfa, start, &plan->prefixes))
        return item->starts_apart ? OPENINGS_LITERAL_APART : OPENINGS_LITERAL;
    if (!item->starts_apart)
        return profile->mark ? OPENINGS_MARK : profile->above ? OPENINGS_ABOVE : OPENINGS_ANYWHERE;
    if (profile->has_at)
        return OPENINGS_AT;
    if (is_long)
        return OPENINGS_LONG;
    if (profile->capital)
        return item->may_sleep ? OPENINGS_CAPITAL_SLEEPY : OPENINGS_CAPITAL;
    if (profile->mark_soon)
        return OPENINGS_MARK_SOON;
    if (profile->has_mark)
        return OPENINGS_MARKED;
    return profile->far_digit ? OPENINGS_FAR : OPENINGS_SHORT;
}

static void add_member(struct plan *plan, enum openings_kind kind, struct openings_member member)
{
    size_t count = plan->counts[kind];
    if ((count & (count - 1)) == 0)
        plan->members[kind] =
            mem_resize(plan->members[kind], 2 * (count + 1) * sizeof **plan->members);
    plan->members[kind][plan->counts[kind]++] = member;
}

/* Where the first alternative of an expression, or of the inside of a group, ends. */
static size_t end_of_alternative(struct span expression)
{
    size_t depth = 0, at = 0;
    bool brackets = false;
    for (; at < expression.len; at++) {
        char c = expression.ptr[at];
        if (c == '\\')
            at += 3; /* "\xhh" */
        else if (brackets || c == '[')
            brackets = c != ']';
        else if (depth == 0 && (c == '|' || c == ')'))
            break;
        depth += !brackets && c == '(';
        depth -= !brackets && c == ')';
    }
    return at < expression.len ? at : expression.len;
}

#define GROUP SPAN("(?:")
#define SPLITS_MOST 3u /* groups in groups */

/* What stands behind the group that the expression begins with; false: it begins with none, or that
 * is counted. */
static bool split_group(struct span expression, struct span *rest_out)
{
    size_t end = GROUP.len;
    if (!span_starts(expression, GROUP))
        return false;
    for (;;) {
        end += end_of_alternative(span_from(expression, end));
        if (end >= expression.len)
            return false;
        if (expression.ptr[end++] == ')')
            break;
    }
    *rest_out = span_from(expression, end);
    return rest_out->len == 0 || !strchr("?*+{", rest_out->ptr[0]);
}

static bool plan_alternative(struct plan *plan, uint32_t row, struct span expression,
                             unsigned splits);

/* Each alternative of the group, with what stands behind that. */
static bool plan_group(struct plan *plan, uint32_t row, struct span expression, struct span behind,
                       unsigned splits)
{
    bool good = true;
    for (size_t at = GROUP.len, end; good && at + behind.len < expression.len; at = end + 1) {
        struct buf whole = BUF_INIT;
        end = at + end_of_alternative(span_from(expression, at));
        buf_add(&whole, span_sub(expression, at, end - at));
        buf_add(&whole, behind);
        good = plan_alternative(plan, row, buf_span(&whole), splits);
        buf_fini(&whole);
    }
    return good;
}

/* A kind that begins nearly anywhere is taken apart once more. */
static bool plan_alternative(struct plan *plan, uint32_t row, struct span expression,
                             unsigned splits)
{
    const struct opening *item = &plan->items[row];
    struct openings_member member = {.row = row};
    struct nfa_profile profile;
    struct span behind;
    uint32_t first = (uint32_t)plan->nfa.state_count;
    if (!nfa_add(&plan->nfa, expression, item->sharp, row, &member.start))
        return false;
    nfa_profile_of(&plan->nfa, first, (uint32_t)plan->nfa.state_count, &profile);
    enum openings_kind kind = kind_of(plan, item, member.start, &profile);
    if ((kind == OPENINGS_ANYWHERE || kind == OPENINGS_SHORT) && splits < SPLITS_MOST &&
        split_group(expression, &behind))
        return plan_group(plan, row, expression, behind, splits + 1);
    if (plan->items[row].width < profile.width)
        plan->items[row].width = profile.width;
    member.has_loop = profile.has_loop;
    add_member(plan, kind, member);
    return true;
}

/* Each alternative by itself: they may be of different kinds. */
static void plan_row(struct plan *plan, uint32_t row)
{
    struct opening *item = &plan->items[row];
    struct span rest = item->expression;
    item->held = rest.len > 0;
    item->width = 0;
    while (item->held && rest.len > 0) {
        size_t end = end_of_alternative(rest);
        item->held = plan_alternative(plan, row, span_sub(rest, 0, end), 0);
        rest = span_from(rest, end + 1);
    }
}

/* All in one automaton, or each half in one. */
static void build(struct plan *plan, enum openings_kind kind, const struct openings_member *members,
                  size_t count)
{
    struct openings *openings = plan->openings;
    struct automaton automaton;
    if (count == 0)
        return;
    if (openings->counts[kind] == OPENINGS_AUTOMATA) {
        for (size_t i = 0; i < count; i++)
            plan->items[members[i].row].held = false;
    } else if (automaton_build(&plan->nfa, plan->items, members, count, plan->arena, &automaton)) {
        openings->automata[kind][openings->counts[kind]++] = automaton;
    } else if (count == 1) {
        plan->items[members->row].held = false;
    } else {
        build(plan, kind, members, count / 2);
        build(plan, kind, members + count / 2, count - count / 2);
    }
}

static int by_bytes(const void *a, const void *b)
{
    const struct nfa_prefix *x = a, *y = b;
    int order = memcmp(x->bytes, y->bytes, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* Without those that begin with another. */
static void make_literals(struct plan *plan)
{
    struct nfa_prefix *prefixes = (struct nfa_prefix *)(void *)plan->prefixes.ptr;
    size_t count = plan->prefixes.len / sizeof *prefixes, kept = 0;
    struct span *texts = mem_alloc((count + 1) * sizeof *texts);
    if (count > 1)
        qsort(prefixes, count, sizeof *prefixes, by_bytes);
    for (size_t i = 0; i < count; i++) {
        struct span text = span_of(prefixes[i].bytes, prefixes[i].len);
        if (kept == 0 || !span_starts(text, texts[kept - 1]))
            texts[kept++] = text;
    }
    plan->openings->literals = literals_new(texts, kept, plan->arena);
    free(texts);
    buf_fini(&plan->prefixes);
}

struct openings *openings_new(struct opening *items, size_t count, struct arena *arena)
{
    struct plan plan = {.items = items, .arena = arena, .prefixes = BUF_INIT};
    plan.openings = ARENA_NEW(arena, struct openings);
    for (size_t i = 0; i < count; i++)
        plan_row(&plan, (uint32_t)i);
    for (size_t kind = 0; kind < OPENINGS_KINDS; kind++) {
        plan.openings->automata[kind] = ARENA_ARRAY(arena, plan.counts[kind], struct automaton);
        build(&plan, (enum openings_kind)kind, plan.members[kind], plan.counts[kind]);
        free(plan.members[kind]);
    }
    make_literals(&plan);
    openings_fill_begins(plan.openings);
    nfa_fini(&plan.nfa);
    return plan.openings;
}
