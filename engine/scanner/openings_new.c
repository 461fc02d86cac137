/* SPDX-License-Identifier: Apache-2.0 */
/* openings_new: which rows share an automaton, and what begins one. */
#include "engine/base/mem.h"
#include "engine/scanner/openings_build.h"

#include <stdlib.h>

struct plan {
    struct nfa nfa;
    struct opening *items;
    struct openings *openings;
    struct openings_member *members[OPENINGS_KINDS];
    size_t counts[OPENINGS_KINDS];
    struct arena *arena;
};

static enum openings_kind kind_of(const struct opening *item, const struct nfa_profile *profile)
{
    if (!item->starts_apart)
        return OPENINGS_ANYWHERE;
    if (profile->has_at)
        return OPENINGS_AT;
    if (profile->ink >= OPENINGS_INK)
        return OPENINGS_LONG;
    return item->may_sleep ? OPENINGS_SLEEPY : OPENINGS_SHORT;
}

static void add_member(struct plan *plan, enum openings_kind kind, struct openings_member member)
{
    size_t count = plan->counts[kind];
    if ((count & (count - 1)) == 0)
        plan->members[kind] =
            mem_resize(plan->members[kind], 2 * (count + 1) * sizeof **plan->members);
    plan->members[kind][plan->counts[kind]++] = member;
}

static bool plan_alternative(struct plan *plan, uint32_t row, struct span expression)
{
    const struct opening *item = &plan->items[row];
    struct openings_member member = {.row = row};
    struct nfa_profile profile;
    uint32_t first = (uint32_t)plan->nfa.state_count;
    if (!nfa_add(&plan->nfa, expression, item->sharp, row, &member.start))
        return false;
    nfa_profile_of(&plan->nfa, first, (uint32_t)plan->nfa.state_count, &profile);
    member.has_loop = profile.has_loop;
    add_member(plan, kind_of(item, &profile), member);
    return true;
}

/* Where the first alternative of an expression ends. */
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
        else if (c == '(')
            depth++;
        else if (c == ')')
            depth--;
        else if (c == '|' && depth == 0)
            break;
    }
    return at < expression.len ? at : expression.len;
}

/* Each alternative by itself: they may be of different kinds. */
static void plan_row(struct plan *plan, uint32_t row)
{
    struct opening *item = &plan->items[row];
    struct span rest = item->expression;
    item->held = rest.len > 0;
    while (item->held && rest.len > 0) {
        size_t end = end_of_alternative(rest);
        item->held = plan_alternative(plan, row, span_sub(rest, 0, end));
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

struct openings *openings_new(struct opening *items, size_t count, struct arena *arena)
{
    struct plan plan = {.items = items, .arena = arena};
    plan.openings = ARENA_NEW(arena, struct openings);
    for (size_t i = 0; i < count; i++)
        plan_row(&plan, (uint32_t)i);
    for (size_t kind = 0; kind < OPENINGS_KINDS; kind++) {
        plan.openings->automata[kind] = ARENA_ARRAY(arena, plan.counts[kind], struct automaton);
        build(&plan, (enum openings_kind)kind, plan.members[kind], plan.counts[kind]);
        free(plan.members[kind]);
    }
    openings_fill_begins(plan.openings);
    nfa_fini(&plan.nfa);
    return plan.openings;
}

/* --- what begins one --- */

/* Letters without case, digits, blanks, some marks, the rest of ASCII, what is above. */
static unsigned letter_group(char c)
{
    if (ascii_is_alpha(c))
        return (unsigned)(ascii_lower(c) - 'a');
    if (ascii_is_digit(c))
        return 26;
    if (ascii_is_8bit(c))
        return 31;
    if ((unsigned char)c <= ' ')
        return 27;
    return c == '-' || c == '_' ? 29 : c == '.' || c == ',' ? 30 : 28;
}

/* Capitals, digits, blanks, marks that stand in numbers, and small letters, of which those are one
 * group that are in no name of a month. */
static unsigned shape_group(char c)
{
    static const char apart[] = "0-./+(abcdefgjlmnoprstuvy";
    const char *found = c ? strchr(apart, c) : NULL;
    if (found)
        return 7 + (unsigned)(found - apart);
    if (ascii_is_digit(c))
        return 0;
    if (ascii_is_8bit(c))
        return 1;
    if ((unsigned char)c <= ' ')
        return 2;
    if (ascii_is_alpha(c))
        return ascii_lower(c) == c ? 3 : 4;
    return c == ':' || c == '=' ? 5 : 6;
}

/* The groups of the bytes of each class, as bits. */
static void groups_of_classes(const uint8_t of_byte[256], const struct automaton *automaton,
                              uint32_t groups[256])
{
    memset(groups, 0, 256 * sizeof *groups);
    for (unsigned c = 0; c < 256; c++)
        groups[automaton->classes[c]] |= UINT32_C(1) << of_byte[c];
}

/* Marks all triples whose groups are in `groups`. */
static void mark(struct openings *openings, const uint32_t groups[3], enum openings_kind kind)
{
    for (uint32_t first = groups[0]; first != 0; first &= first - 1) {
        for (uint32_t second = groups[1]; second != 0; second &= second - 1) {
            for (uint32_t third = groups[2]; third != 0; third &= third - 1) {
                unsigned triple = (unsigned)__builtin_ctz(first) << 10 |
                                  (unsigned)__builtin_ctz(second) << 5 |
                                  (unsigned)__builtin_ctz(third);
                if (kind == OPENINGS_ANYWHERE)
                    openings->anywhere[triple / 32] |= UINT32_C(1) << triple % 32;
                else
                    openings->apart[triple] |= (uint8_t)(1u << kind);
            }
        }
    }
}

static void fill_from(struct openings *openings, const struct automaton *automaton,
                      const uint32_t of_class[256], uint32_t state, size_t depth,
                      uint32_t groups[3], enum openings_kind kind)
{
    if (state >= automaton->telling || depth == 3) {
        for (size_t i = depth; i < 3; i++)
            groups[i] = UINT32_MAX;
        mark(openings, groups, kind);
        return;
    }
    /* Classes that lead to one state are taken together. */
    const uint16_t *next = automaton->next + (size_t)state * automaton->class_count;
    for (uint32_t k = 0; k < automaton->class_count; k++) {
        uint32_t same = 0;
        bool seen = next[k] == AUTOMATON_DEAD;
        for (uint32_t j = 0; j < k && !seen; j++)
            seen = next[j] == next[k];
        for (uint32_t j = k; j < automaton->class_count && !seen; j++)
            same |= next[j] == next[k] ? of_class[j] : 0;
        groups[depth] = same;
        if (!seen)
            fill_from(openings, automaton, of_class, next[k], depth + 1, groups, kind);
    }
}

void openings_fill_begins(struct openings *openings)
{
    uint32_t of_class[256], groups[3];
    for (unsigned c = 0; c < 256; c++) {
        openings->letters[c] = (uint8_t)letter_group((char)c);
        openings->shapes[c] = (uint8_t)shape_group((char)c);
    }
    for (enum openings_kind kind = 0; kind < OPENINGS_KINDS; kind++) {
        for (size_t i = 0; i < openings->counts[kind]; i++) {
            const struct automaton *automaton = &openings->automata[kind][i];
            groups_of_classes(kind == OPENINGS_ANYWHERE ? openings->letters : openings->shapes,
                              automaton, of_class);
            fill_from(openings, automaton, of_class, AUTOMATON_START, 0, groups, kind);
        }
    }
    for (size_t i = 0; i < OPENINGS_TRIPLES; i++)
        openings->begins_blank |= openings->apart[i] != 0 && i >> 10 == openings->shapes[' '];
}
