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
    struct openings_member *members;
    size_t count;
    struct arena *arena;
};

/* Literals are not looked for where digits tell as much. */
static unsigned needs_of_member(struct plan *plan, const struct opening *item, uint32_t start,
                                const struct nfa_profile *profile)
{
    unsigned needs = needs_of(profile) | (item->starts_apart ? (unsigned)NEEDS_APART : 0);
    bool digits = item->starts_apart && profile->digit;
    if (!digits && nfa_prefixes(&plan->nfa, start, &plan->prefixes))
        needs |= NEEDS_LITERAL;
    return needs;
}

static void add_member(struct plan *plan, const struct openings_member *member)
{
    if ((plan->count & (plan->count - 1)) == 0)
        plan->members = mem_resize(plan->members, 2 * (plan->count + 1) * sizeof *plan->members);
    plan->members[plan->count++] = *member;
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

/* What may begin nearly anywhere is taken apart once more. */
#define WEAK (unsigned)(NEEDS_APART | NEEDS_MARK | NEEDS_FAR_DIGIT)
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
    member.needs = needs_of_member(plan, item, member.start, &profile);
    if ((member.needs & ~WEAK) == 0 && splits < SPLITS_MOST && split_group(expression, &behind))
        return plan_group(plan, row, expression, behind, splits + 1);
    if (plan->items[row].width < profile.width)
        plan->items[row].width = profile.width;
    member.may_sleep = item->may_sleep;
    nfa_first_sets(&plan->nfa, member.start, item->ends_apart, member.first);
    nfa_deep_set(&plan->nfa, member.start, item->ends_apart, &member.deep);
    add_member(plan, &member);
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
static void build(struct plan *plan, struct openings_bucket *bucket,
                  const struct openings_member *members, size_t count)
{
    struct automaton automaton;
    if (bucket->count == OPENINGS_AUTOMATA) {
        for (size_t i = 0; i < count; i++)
            plan->items[members[i].row].held = false;
    } else if (count <= AUTOMATON_ROWS &&
               automaton_build(&plan->nfa, plan->items, members, count, plan->arena, &automaton)) {
        automaton.number = plan->openings->automata++;
        bucket->automata[bucket->count++] = automaton;
    } else if (count == 1) {
        plan->items[members->row].held = false;
    } else {
        build(plan, bucket, members, count / 2);
        build(plan, bucket, members + count / 2, count - count / 2);
    }
}

static void add_first(struct openings_family *family, const struct openings_member *member)
{
    for (unsigned c = 0; c < 256; c++) {
        for (size_t i = 0; i < NFA_FIRST; i++)
            family->first[i][c] |= (uint64_t)nfa_set_has(&member->first[i], c) << member->bucket;
        family->deep[c] |= (uint64_t)nfa_set_has(&member->deep, c) << member->bucket;
    }
}

static void add_shapes(const struct plan *plan, struct openings_family *family,
                       const struct openings_member *member)
{
    bool shapes[SHAPES] = {false};
    shapes_of(&plan->nfa, member->start, plan->items[member->row].ends_apart, shapes);
    for (size_t i = 0; i < SHAPES; i++)
        family->shapes[i] |= (uint64_t)shapes[i] << member->bucket;
}

static void make_bucket(struct plan *plan, enum openings_family_of family, unsigned number)
{
    struct openings_bucket *bucket = &plan->openings->families[family].buckets[number];
    struct openings_member *members = mem_alloc(plan->count * sizeof *members);
    size_t count = 0;
    bucket->needs = NEEDS_ALL;
    for (size_t i = 0; i < plan->count; i++) {
        const struct openings_member *member = &plan->members[i];
        if (openings_family_of(member) != family || member->bucket != number)
            continue;
        members[count++] = *member;
        bucket->needs &= member->needs;
    }
    bucket->automata = ARENA_ARRAY(
        plan->arena, count < OPENINGS_AUTOMATA ? count : OPENINGS_AUTOMATA, struct automaton);
    build(plan, bucket, members, count);
    free(members);
}

static bool has_low(const struct nfa_set *set)
{
    unsigned c = 0;
    while (c < 256 && !(nfa_set_has(set, c) && (c <= ' ' || (c >= 'a' && c <= 'z'))))
        c++;
    return c < 256;
}

static enum openings_gate gate_of(const struct openings_member *member)
{
    if ((member->needs & NEEDS_DIGIT) != 0)
        return OPENINGS_DIGIT;
    if ((member->needs & NEEDS_MARK_SOON) != 0)
        return OPENINGS_MARK;
    if (has_low(&member->first[0]))
        return OPENINGS_ANY;
    if (!has_low(&member->first[1]))
        return OPENINGS_CAPITALS;
    return (member->needs & NEEDS_FAR_DIGIT) != 0 ? OPENINGS_CAPITAL_FAR : OPENINGS_ANY;
}

static void make_family(struct plan *plan, enum openings_family_of number)
{
    struct openings_family *family = &plan->openings->families[number];
    family->count = openings_find_buckets(plan->members, plan->count, number);
    for (unsigned i = 0; i < family->count; i++)
        make_bucket(plan, number, i);
    for (size_t i = 0; i < plan->count; i++) {
        const struct openings_member *member = &plan->members[i];
        if (openings_family_of(member) != number)
            continue;
        add_first(family, member);
        add_shapes(plan, family, member);
        if (number == OPENINGS_APART)
            plan->openings->gates |= gate_of(member);
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

/* Whether something that begins apart may do so with a blank, of 0x00 to 0x20. */
static bool may_begin_blank(const struct openings *openings)
{
    uint64_t buckets = 0;
    for (unsigned i = OPENINGS_APART; i < OPENINGS_FAMILIES; i++) {
        for (unsigned c = 0; c <= ' '; c++)
            buckets |= openings->families[i].first[0][c];
    }
    return buckets != 0;
}

struct openings *openings_new(struct opening *items, size_t count, struct arena *arena)
{
    struct plan plan = {.items = items, .arena = arena, .prefixes = BUF_INIT};
    plan.openings = ARENA_NEW(arena, struct openings);
    for (size_t i = 0; i < count; i++)
        plan_row(&plan, (uint32_t)i);
    for (unsigned i = 0; i < OPENINGS_FAMILIES; i++)
        make_family(&plan, (enum openings_family_of)i);
    plan.openings->begins_blank = may_begin_blank(plan.openings);
    for (unsigned c = 0; c < 256; c++)
        plan.openings->marks[c] = (uint8_t)shapes_mark_of((unsigned char)c);
    openings_fill_sieve(plan.members, plan.count, &plan.openings->sieve);
    make_literals(&plan);
    free(plan.members);
    nfa_fini(&plan.nfa);
    return plan.openings;
}
