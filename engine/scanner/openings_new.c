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

static void plan_row(struct plan *plan, uint32_t row, size_t count)
{
    struct opening *item = &plan->items[row];
    struct openings_member member = {.row = row};
    struct nfa_profile profile;
    uint32_t first = (uint32_t)plan->nfa.state_count;
    item->held = nfa_add(&plan->nfa, item->expression, item->sharp, row, &member.start);
    if (!item->held)
        return;
    nfa_profile_of(&plan->nfa, first, (uint32_t)plan->nfa.state_count, &profile);
    member.has_loop = profile.has_loop;
    enum openings_kind kind = kind_of(item, &profile);
    if (!plan->members[kind])
        plan->members[kind] = mem_alloc(count * sizeof **plan->members);
    plan->members[kind][plan->counts[kind]++] = member;
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
        plan_row(&plan, (uint32_t)i, count);
    for (size_t kind = 0; kind < OPENINGS_KINDS; kind++) {
        plan.openings->automata[kind] = ARENA_ARRAY(arena, plan.counts[kind], struct automaton);
        build(&plan, (enum openings_kind)kind, plan.members[kind], plan.counts[kind]);
        free(plan.members[kind]);
    }
    openings_fill_begins(plan.openings);
    nfa_fini(&plan.nfa);
    return plan.openings;
}

/* Letters without case, digits, blanks, some marks, the rest of ASCII, what is above. */
static void set_groups(struct openings *openings)
{
    for (unsigned c = 0; c < 256; c++) {
        char byte = (char)c;
        unsigned group = 28;
        if (ascii_is_alpha(byte))
            group = (unsigned)(ascii_lower(byte) - 'a');
        else if (ascii_is_digit(byte))
            group = 26;
        else if (c <= ' ')
            group = 27;
        else if (byte == '-' || byte == '_')
            group = 29;
        else if (byte == '.' || byte == ',')
            group = 30;
        else if (c >= 0x80)
            group = 31;
        openings->groups[c] = (uint8_t)group;
    }
}

/* The groups of the bytes of each class, as bits. */
static void groups_of_classes(const struct openings *openings, const struct automaton *automaton,
                              uint32_t groups[256])
{
    memset(groups, 0, 256 * sizeof *groups);
    for (unsigned c = 0; c < 256; c++)
        groups[automaton->classes[c]] |= UINT32_C(1) << openings->groups[c];
}

/* Marks all triples whose groups are in `groups`. */
static void mark(struct openings *openings, const uint32_t groups[3], uint8_t bit)
{
    for (uint32_t first = groups[0]; first != 0; first &= first - 1) {
        for (uint32_t second = groups[1]; second != 0; second &= second - 1) {
            for (uint32_t third = groups[2]; third != 0; third &= third - 1)
                openings->begins[(unsigned)__builtin_ctz(first) << 10 |
                                 (unsigned)__builtin_ctz(second) << 5 |
                                 (unsigned)__builtin_ctz(third)] |= bit;
        }
    }
}

static void fill_from(struct openings *openings, const struct automaton *automaton,
                      const uint32_t of_class[256], uint32_t state, size_t depth,
                      uint32_t groups[3], uint8_t bit)
{
    if (state >= automaton->telling || depth == 3) {
        for (size_t i = depth; i < 3; i++)
            groups[i] = UINT32_MAX;
        mark(openings, groups, bit);
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
            fill_from(openings, automaton, of_class, next[k], depth + 1, groups, bit);
    }
}

void openings_fill_begins(struct openings *openings)
{
    uint32_t of_class[256], groups[3];
    set_groups(openings);
    for (size_t kind = 0; kind < OPENINGS_KINDS; kind++) {
        for (size_t i = 0; i < openings->counts[kind]; i++) {
            const struct automaton *automaton = &openings->automata[kind][i];
            groups_of_classes(openings, automaton, of_class);
            fill_from(openings, automaton, of_class, AUTOMATON_START, 0, groups,
                      (uint8_t)(1u << kind));
        }
    }
}
