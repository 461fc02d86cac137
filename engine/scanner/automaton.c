/* SPDX-License-Identifier: Apache-2.0 */
/* automaton: a deterministic automaton of some rows, by the construction of subsets. */
#include "engine/base/mem.h"
#include "engine/scanner/openings_build.h"

#include <stdlib.h>

#define STATES_MAX 8000u
#define ELEMENTS_MAX 4000000u /* of all subsets */
#define SLOTS (1u << 15)      /* of the table of subsets; more than twice as many as states */

/* A subset of the states of the NFA. Two with the same sums of random numbers are the same. */
struct subset {
    uint64_t sums[2];
    uint32_t first, count; /* in `elements` */
};

struct target {
    uint32_t *items;
    size_t count, cap;
    uint64_t sums[2];
};

/* An edge of a subset: the set of bytes by its number among those of the subset. */
struct way {
    uint32_t set, to;
};

#define DEAD 0u      /* the empty subset */
#define SETS_MAX 64u /* different ones of the edges of one subset */

struct construction {
    const struct nfa *nfa;
    const struct opening *items;
    struct automaton *out;
    struct buf elements; /* of uint32_t */
    struct subset *subsets;
    uint32_t subset_count;
    uint32_t *slots; /* subset and one; 0: free */
    struct target target;
    uint32_t *marks; /* by state of the NFA: the last target it is in */
    uint32_t mark;
    struct buf stack;
    struct way *ways;
    size_t way_count, way_cap;
    uint32_t *set_numbers; /* by set: its number in the ways ... */
    uint32_t *set_marks;   /* ... when this is the subset and one */
    uint32_t *indexes;     /* of rows, by number */
    bool too_large;
};

static uint64_t mix(uint64_t x)
{
    x = (x + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 29)) * 0x94d049bb133111ebu;
    return x ^ (x >> 32);
}

/* --- classes of bytes --- */

static void split_classes(struct automaton *out, const struct nfa_set *set)
{
    uint16_t inside[256];
    memset(inside, 0xff, sizeof inside);
    bool outside[256] = {false};
    for (unsigned c = 0; c < 256; c++)
        outside[out->classes[c]] |= !nfa_set_has(set, c);
    for (unsigned c = 0; c < 256; c++) {
        unsigned class = out->classes[c];
        if (!nfa_set_has(set, c) || !outside[class])
            continue;
        if (inside[class] == UINT16_MAX)
            inside[class] = (uint16_t)out->class_count++;
        out->classes[c] = (uint8_t)inside[class];
    }
}

static void visit(struct construction *c, uint32_t state)
{
    if (c->marks[state] == c->mark)
        return;
    c->marks[state] = c->mark;
    buf_add(&c->stack, span_of((const char *)&state, sizeof state));
}

static bool take(struct construction *c, uint32_t *state)
{
    if (c->stack.len == 0)
        return false;
    c->stack.len -= sizeof *state;
    memcpy(state, c->stack.ptr + c->stack.len, sizeof *state);
    return true;
}

static void find_classes(struct construction *c, const struct openings_member *members,
                         size_t count)
{
    uint32_t state;
    c->out->class_count = 1;
    c->mark++;
    for (size_t i = 0; i < count; i++)
        visit(c, members[i].start);
    while (take(c, &state)) {
        for (uint32_t e = c->nfa->states[state].edges; e != NFA_NONE; e = c->nfa->edges[e].next) {
            const struct nfa_edge *edge = &c->nfa->edges[e];
            if (edge->set != NFA_NONE)
                split_classes(c->out, &c->nfa->sets[edge->set]);
            visit(c, edge->to);
        }
    }
}

/* --- subsets --- */

static void begin_target(struct construction *c)
{
    c->mark++;
    c->target.count = 0;
    c->target.sums[0] = c->target.sums[1] = 0;
}

/* With what can be reached without a byte; states that only lead on so are left out. */
static void add_to_target(struct construction *c, uint32_t state)
{
    struct target *target = &c->target;
    visit(c, state);
    while (take(c, &state)) {
        const struct nfa_state *at = &c->nfa->states[state];
        bool counts = at->ends || at->cut;
        for (uint32_t e = at->edges; e != NFA_NONE; e = c->nfa->edges[e].next) {
            if (c->nfa->edges[e].set == NFA_NONE)
                visit(c, c->nfa->edges[e].to);
            else
                counts = true;
        }
        if (!counts)
            continue;
        if (target->count == target->cap) {
            target->cap = target->cap ? target->cap * 2 : 256;
            target->items = mem_resize(target->items, target->cap * sizeof *target->items);
        }
        target->items[target->count++] = state;
        target->sums[0] += mix(state);
        target->sums[1] += mix(~(uint64_t)state);
    }
}

/* The number of the target among the subsets. */
static uint32_t number_of_target(struct construction *c)
{
    const struct target *target = &c->target;
    uint32_t slot = (uint32_t)target->sums[0] % SLOTS;
    for (; c->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        const struct subset *known = &c->subsets[c->slots[slot] - 1];
        if (known->sums[0] == target->sums[0] && known->sums[1] == target->sums[1] &&
            known->count == target->count)
            return c->slots[slot] - 1;
    }
    size_t first = c->elements.len / sizeof(uint32_t);
    if (c->subset_count == STATES_MAX || first + target->count > ELEMENTS_MAX) {
        c->too_large = true;
        return DEAD;
    }
    buf_add(&c->elements,
            span_of((const char *)target->items, target->count * sizeof *target->items));
    c->subsets[c->subset_count] = (struct subset){
        {target->sums[0], target->sums[1]}, (uint32_t)first, (uint32_t)target->count};
    c->slots[slot] = ++c->subset_count;
    return c->subset_count - 1;
}

static uint32_t element(const struct construction *c, uint32_t at)
{
    uint32_t state;
    memcpy(&state, c->elements.ptr + at * sizeof state, sizeof state);
    return state;
}

/* --- transitions --- */

static void add_way(struct construction *c, uint32_t set, uint32_t to)
{
    if (c->way_count == c->way_cap) {
        c->way_cap = c->way_cap ? c->way_cap * 2 : 256;
        c->ways = mem_resize(c->ways, c->way_cap * sizeof *c->ways);
    }
    c->ways[c->way_count++] = (struct way){set, to};
}

/* All edges of a subset; `sets` are those of their bytes. */
static size_t find_ways(struct construction *c, uint32_t subset, uint32_t sets[SETS_MAX])
{
    const struct subset *from = &c->subsets[subset];
    size_t count = 0;
    c->way_count = 0;
    for (uint32_t i = 0; i < from->count; i++) {
        uint32_t state = element(c, from->first + i);
        for (uint32_t e = c->nfa->states[state].edges; e != NFA_NONE; e = c->nfa->edges[e].next) {
            const struct nfa_edge *edge = &c->nfa->edges[e];
            if (edge->set == NFA_NONE)
                continue;
            if (c->set_marks[edge->set] != subset + 1) {
                c->too_large = c->too_large || count == SETS_MAX;
                if (c->too_large)
                    return 0;
                c->set_marks[edge->set] = subset + 1;
                c->set_numbers[edge->set] = (uint32_t)count;
                sets[count++] = edge->set;
            }
            add_way(c, c->set_numbers[edge->set], edge->to);
        }
    }
    return count;
}

static uint32_t next_by(struct construction *c, uint64_t signature)
{
    if (signature == 0)
        return DEAD;
    begin_target(c);
    for (size_t i = 0; i < c->way_count; i++) {
        if ((signature >> c->ways[i].set & 1) != 0)
            add_to_target(c, c->ways[i].to);
    }
    return number_of_target(c);
}

/* Classes of bytes that are in the same sets of a subset lead to the same. */
static void connect_one(struct construction *c, uint32_t subset, const unsigned bytes[256],
                        uint16_t *next)
{
    uint32_t sets[SETS_MAX];
    uint64_t signatures[256];
    size_t count = find_ways(c, subset, sets);
    for (size_t k = 0; k < c->out->class_count && !c->too_large; k++) {
        size_t same = 0;
        signatures[k] = 0;
        for (size_t i = 0; i < count; i++) {
            bool has = nfa_set_has(&c->nfa->sets[sets[i]], bytes[k]);
            signatures[k] |= (uint64_t)has << i;
        }
        while (signatures[same] != signatures[k])
            same++;
        next[k] = same < k ? next[same] : (uint16_t)next_by(c, signatures[k]);
    }
}

/* Breadth first. `next` is by subset, then by class. */
static uint16_t *connect(struct construction *c)
{
    size_t classes = c->out->class_count, cap = 0;
    uint16_t *next = NULL;
    unsigned bytes[256];
    for (unsigned byte = 256; byte-- > 0;)
        bytes[c->out->classes[byte]] = byte;
    for (uint32_t i = 0; i < c->subset_count && !c->too_large; i++) {
        if (i >= cap) {
            cap = cap ? cap * 2 : 64;
            next = mem_resize(next, cap * classes * sizeof *next);
        }
        connect_one(c, i, bytes, next + i * classes);
    }
    return next;
}

/* --- the automaton --- */

static bool tells(const struct construction *c, const struct subset *subset)
{
    for (uint32_t i = 0; i < subset->count; i++) {
        const struct nfa_state *state = &c->nfa->states[element(c, subset->first + i)];
        if (state->ends || state->cut)
            return true;
    }
    return false;
}

static uint64_t row_of(const struct construction *c, const struct nfa_state *state)
{
    return UINT64_C(1) << c->indexes[state->row];
}

static void tell(const struct construction *c, const struct subset *subset, uint64_t told[2])
{
    for (uint32_t i = 0; i < subset->count; i++) {
        const struct nfa_state *state = &c->nfa->states[element(c, subset->first + i)];
        if (state->cut || (state->ends && !c->items[state->row].ends_apart))
            told[0] |= row_of(c, state);
        else if (state->ends)
            told[1] |= row_of(c, state);
    }
}

#define TOLD 2u /* words in front of a state that tells */

/* Where each subset stands, those that tell last. */
static uint32_t *place_states(struct construction *c)
{
    struct automaton *out = c->out;
    const uint32_t words = 1 + ((uint32_t)out->class_count * 2 + 7) / 8;
    uint32_t *places = mem_alloc(c->subset_count * sizeof *places), at = 0;
    for (uint32_t telling = 0; telling < 2; telling++) {
        out->telling = at;
        for (uint32_t i = 0; i < c->subset_count; i++) {
            if (tells(c, &c->subsets[i]) != (telling != 0))
                continue;
            places[i] = at + telling * TOLD;
            at = places[i] + words;
        }
    }
    out->words = at;
    c->too_large = c->too_large || at > UINT16_MAX;
    return places;
}

static void finish(struct construction *c, const uint16_t *next, const uint32_t *places,
                   struct arena *arena)
{
    struct automaton *out = c->out;
    out->start = places[1];
    out->state_count = c->subset_count;
    out->states = ARENA_ARRAY(arena, out->words, uint64_t);
    for (size_t i = 0; i < c->subset_count; i++) {
        const struct subset *subset = &c->subsets[i];
        uint64_t *state = out->states + places[i];
        if (places[i] >= out->telling)
            tell(c, subset, state - TOLD);
        for (uint32_t k = 0; k < subset->count; k++)
            *state |= row_of(c, &c->nfa->states[element(c, subset->first + k)]);
        for (size_t k = 0; k < out->class_count; k++) {
            uint16_t to = (uint16_t)places[next[i * out->class_count + k]];
            memcpy((char *)(state + 1) + k * sizeof to, &to, sizeof to);
        }
    }
}

/* Several members may be of one row. */
static void list_rows(struct construction *c, const struct openings_member *members, size_t count)
{
    struct automaton *out = c->out;
    uint32_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = members[i].row > most ? members[i].row : most;
    c->indexes = mem_alloc((most + 1) * sizeof *c->indexes);
    memset(c->indexes, 0xff, (most + 1) * sizeof *c->indexes);
    for (size_t i = 0; i < count; i++) {
        uint32_t *index = &c->indexes[members[i].row];
        if (*index == UINT32_MAX) {
            *index = (uint32_t)out->row_count;
            out->rows[out->row_count++] = members[i].row;
        }
    }
}

bool automaton_build(const struct nfa *nfa, const struct opening *items,
                     const struct openings_member *members, size_t count, struct arena *arena,
                     struct automaton *out)
{
    struct construction c = {.nfa = nfa, .items = items, .out = out, .elements = BUF_INIT};
    *out = (struct automaton){.class_count = 0};
    c.stack = (struct buf)BUF_INIT;
    c.subsets = mem_alloc(STATES_MAX * sizeof *c.subsets);
    c.slots = mem_alloc(SLOTS * sizeof *c.slots);
    c.marks = mem_alloc(nfa->state_count * sizeof *c.marks);
    c.set_numbers = mem_alloc(nfa->set_count * sizeof *c.set_numbers);
    c.set_marks = mem_alloc(nfa->set_count * sizeof *c.set_marks);
    find_classes(&c, members, count);
    begin_target(&c);
    (void)number_of_target(&c); /* the empty one is dead */
    begin_target(&c);
    for (size_t i = 0; i < count; i++)
        add_to_target(&c, members[i].start);
    (void)number_of_target(&c);
    uint16_t *next = connect(&c);
    uint32_t *places = c.too_large ? NULL : place_states(&c);
    if (!c.too_large) {
        list_rows(&c, members, count);
        finish(&c, next, places, arena);
    }
    free(places);
    free(next);
    free(c.subsets);
    free(c.slots);
    free(c.marks);
    free(c.set_numbers);
    free(c.set_marks);
    free(c.indexes);
    free(c.ways);
    free(c.target.items);
    buf_fini(&c.elements);
    buf_fini(&c.stack);
    return !c.too_large;
}
