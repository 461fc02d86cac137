/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/nfa.h"

#include "engine/base/ascii.h"
#include "engine/base/mem.h"

#include <stdlib.h>

#define STATES_OF_ROW 3000u
/* Bytes behind which an opening is cut. */
#define DEPTH_MAX 128u
/* A repetition of so many characters so many times more or less would make a state of each: an
 * opening is cut there, or where hardly a byte is known it is taken to be one of any number. */
#define GAP_LEAST 17u
#define GAP_CHARACTERS 12
#define GAP_KNOWN 3u
/* Behind so many bytes that are just these a text is told from others well enough. */
#define KNOWN_ENOUGH 20u
/* From here on digits are all alike, and letters nearly so: fewer states. */
#define EXACT_DEPTH 1u

struct builder {
    struct nfa *nfa;
    struct span text;
    size_t at;
    uint32_t row;
    size_t first; /* state of the row */
    bool failed;
};

void nfa_fini(struct nfa *nfa)
{
    free(nfa->states);
    free(nfa->edges);
    free(nfa->sets);
    *nfa = (struct nfa){.states = NULL};
}

static uint32_t add_state(struct builder *b, uint32_t depth, uint32_t known)
{
    struct nfa *nfa = b->nfa;
    if (nfa->state_count == nfa->state_cap) {
        nfa->state_cap = nfa->state_cap ? nfa->state_cap * 2 : 1024;
        nfa->states = mem_resize(nfa->states, nfa->state_cap * sizeof *nfa->states);
    }
    if (nfa->state_count - b->first > STATES_OF_ROW)
        b->failed = true;
    nfa->states[nfa->state_count] =
        (struct nfa_state){.edges = NFA_NONE, .depth = depth, .known = known, .row = b->row};
    return (uint32_t)nfa->state_count++;
}

static uint32_t add_like(struct builder *b, uint32_t from)
{
    return add_state(b, b->nfa->states[from].depth, b->nfa->states[from].known);
}

static void add_edge(struct builder *b, uint32_t from, uint32_t to, uint32_t set)
{
    struct nfa *nfa = b->nfa;
    if (nfa->edge_count == nfa->edge_cap) {
        nfa->edge_cap = nfa->edge_cap ? nfa->edge_cap * 2 : 1024;
        nfa->edges = mem_resize(nfa->edges, nfa->edge_cap * sizeof *nfa->edges);
    }
    nfa->edges[nfa->edge_count] = (struct nfa_edge){to, nfa->states[from].edges, set, set};
    nfa->states[from].edges = (uint32_t)nfa->edge_count++;
}

static void join(struct builder *b, uint32_t from, uint32_t to)
{
    struct nfa_state *state = &b->nfa->states[to];
    add_edge(b, from, to, NFA_NONE);
    if (b->nfa->states[from].depth < state->depth)
        state->depth = b->nfa->states[from].depth;
    if (b->nfa->states[from].known < state->known)
        state->known = b->nfa->states[from].known;
}

static bool is_cut(const struct builder *b, uint32_t state)
{
    return b->nfa->states[state].cut;
}

/* --- sets --- */

static int set_count(const struct nfa_set *set)
{
    int count = 0;
    for (size_t i = 0; i < 4; i++)
        count += __builtin_popcountll(set->has[i]);
    return count;
}

static void set_add(struct nfa_set *set, unsigned first, unsigned last)
{
    for (unsigned c = first; c <= last && c < 256; c++)
        set->has[c >> 6] |= UINT64_C(1) << (c & 63);
}

static unsigned set_within(const struct nfa_set *set, unsigned first, unsigned last)
{
    unsigned count = 0;
    for (unsigned c = first; c <= last; c++)
        count += nfa_set_has(set, c);
    return count;
}

/* Larger, and so like more of the others. */
static void set_widen(struct nfa_set *set, uint32_t depth)
{
    static const unsigned char ranges[][2] = {
        {'A', 'F'}, {'G', 'Z'}, {'a', 'f'}, {'g', 'z'}, {0x80, 0xff}};
    if (depth >= EXACT_DEPTH && set_within(set, '0', '9') > 0)
        set_add(set, '0', '9');
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        unsigned least = ranges[i][0] >= 0x80 ? 1 : 3;
        if (depth >= EXACT_DEPTH && set_within(set, ranges[i][0], ranges[i][1]) >= least)
            set_add(set, ranges[i][0], ranges[i][1]);
    }
}

static uint32_t number_of_set(struct nfa *nfa, const struct nfa_set *set)
{
    for (size_t i = 0; i < nfa->set_count; i++) {
        if (memcmp(&nfa->sets[i], set, sizeof *set) == 0)
            return (uint32_t)i;
    }
    if (nfa->set_count == nfa->set_cap) {
        nfa->set_cap = nfa->set_cap ? nfa->set_cap * 2 : 64;
        nfa->sets = mem_resize(nfa->sets, nfa->set_cap * sizeof *nfa->sets);
    }
    nfa->sets[nfa->set_count] = *set;
    return (uint32_t)nfa->set_count++;
}

/* --- the expression: bytes, "\xhh", "[...]", "(?:...)", "|", counts --- */

static char peek(const struct builder *b)
{
    return b->at < b->text.len ? b->text.ptr[b->at] : '\0';
}

static unsigned read_byte(struct builder *b)
{
    unsigned char c = (unsigned char)peek(b);
    if (c != '\\') {
        b->at++;
        return c;
    }
    int high = ascii_hex(b->text.ptr[b->at + 2]), low = ascii_hex(b->text.ptr[b->at + 3]);
    b->at += 4;
    return (unsigned)(high * 16 + low);
}

static void read_set(struct builder *b, struct nfa_set *set)
{
    if (peek(b) != '[') {
        unsigned c = read_byte(b);
        set_add(set, c, c);
        return;
    }
    for (b->at++; peek(b) != ']';) {
        unsigned first = read_byte(b), last = first;
        if (peek(b) == '-') {
            b->at++;
            last = read_byte(b);
        }
        set_add(set, first, last);
    }
    b->at++;
}

static uint32_t read_number(struct builder *b)
{
    uint32_t value = 0;
    for (; ascii_is_digit(peek(b)); b->at++)
        value = value * 10 + (uint32_t)(peek(b) - '0');
    return value;
}

struct repeat {
    uint32_t least, most; /* most NFA_NONE: any number */
};

static struct repeat read_repeat(struct builder *b)
{
    struct repeat repeat = {1, 1};
    char c = peek(b);
    if (c != '?' && c != '*' && c != '+' && c != '{')
        return repeat;
    b->at++;
    if (c != '{')
        return (struct repeat){c == '+', c == '?' ? 1 : NFA_NONE};
    repeat.least = repeat.most = read_number(b);
    if (peek(b) == ',') {
        b->at++;
        repeat.most = peek(b) == '}' ? NFA_NONE : read_number(b);
    }
    b->at++;
    return repeat;
}

static uint32_t build_alternatives(struct builder *b, uint32_t from);

static uint32_t build_set(struct builder *b, uint32_t from)
{
    struct nfa_set set = {{0}};
    read_set(b, &set);
    if (is_cut(b, from))
        return from;
    uint32_t depth = b->nfa->states[from].depth;
    uint32_t known = b->nfa->states[from].known + (set_count(&set) <= 2);
    uint32_t to = add_state(b, depth + 1, known);
    b->nfa->states[to].cut = depth + 1 >= DEPTH_MAX || known >= KNOWN_ENOUGH;
    uint32_t just = number_of_set(b->nfa, &set);
    set_widen(&set, depth);
    add_edge(b, from, to, number_of_set(b->nfa, &set));
    b->nfa->edges[b->nfa->edge_count - 1].just = just;
    return to;
}

/* One of what stands at `begin`; the cursor is behind it. */
static uint32_t build_once(struct builder *b, size_t begin, uint32_t from)
{
    b->at = begin;
    if (peek(b) != '(')
        return build_set(b, from);
    b->at += 3;
    uint32_t to = build_alternatives(b, from);
    b->at++;
    return to;
}

static uint32_t new_cut(struct builder *b, uint32_t from)
{
    uint32_t cut = add_like(b, from);
    b->nfa->states[cut].cut = true;
    join(b, from, cut);
    return cut;
}

static uint32_t build_loop(struct builder *b, size_t begin, uint32_t from)
{
    uint32_t loop = add_like(b, from);
    join(b, from, loop);
    uint32_t end = build_once(b, begin, loop);
    if (end != loop)
        join(b, end, loop);
    return loop;
}

static bool is_wide(struct builder *b, size_t begin)
{
    struct nfa_set set = {{0}};
    size_t at = b->at;
    b->at = begin;
    if (peek(b) == '(')
        set_add(&set, 0, 255);
    else
        read_set(b, &set);
    b->at = at;
    return set_count(&set) > GAP_CHARACTERS;
}

static uint32_t build_optional(struct builder *b, size_t begin, uint32_t from, uint32_t times)
{
    uint32_t end = add_like(b, from);
    join(b, from, end);
    for (uint32_t i = 0; i < times && !b->failed && !is_cut(b, from); i++) {
        from = build_once(b, begin, from);
        join(b, from, end);
    }
    return end;
}

static uint32_t build_repeated(struct builder *b, uint32_t from)
{
    size_t begin = b->at, states = b->nfa->state_count, edges = b->nfa->edge_count;
    uint32_t first_edges = b->nfa->states[from].edges;
    uint32_t to = build_once(b, begin, from);
    struct repeat repeat = read_repeat(b);
    size_t behind = b->at;
    if (is_cut(b, from) || (repeat.least == 1 && repeat.most == 1))
        return to;
    if (repeat.least == 0) { /* undo */
        b->nfa->state_count = states;
        b->nfa->edge_count = edges;
        b->nfa->states[from].edges = first_edges;
        to = from;
    }
    for (uint32_t i = 1; i < repeat.least && !b->failed && !is_cut(b, to); i++)
        to = build_once(b, begin, to);
    uint32_t more = repeat.most == NFA_NONE ? NFA_NONE : repeat.most - repeat.least;
    if (is_cut(b, to) || more == 0)
        ;
    else if (more >= GAP_LEAST && is_wide(b, begin))
        to = b->nfa->states[to].known >= GAP_KNOWN ? new_cut(b, to) : build_loop(b, begin, to);
    else if (more == NFA_NONE)
        to = build_loop(b, begin, to);
    else
        to = build_optional(b, begin, to, more);
    b->at = behind;
    return to;
}

static uint32_t build_sequence(struct builder *b, uint32_t from)
{
    while (!b->failed && b->at < b->text.len && peek(b) != '|' && peek(b) != ')')
        from = build_repeated(b, from);
    return from;
}

static uint32_t build_alternatives(struct builder *b, uint32_t from)
{
    uint32_t end = build_sequence(b, from);
    if (peek(b) != '|')
        return end;
    uint32_t all = is_cut(b, from) ? from : add_like(b, end);
    if (all != from)
        join(b, end, all);
    while (!b->failed && peek(b) == '|') {
        b->at++;
        end = build_sequence(b, from);
        if (all != from)
            join(b, end, all);
    }
    return all;
}

/* --- sharp s --- */

static bool takes_s(const struct nfa *nfa, const struct nfa_edge *edge)
{
    return edge->set != NFA_NONE &&
           (nfa_set_has(&nfa->sets[edge->set], 's') || nfa_set_has(&nfa->sets[edge->set], 'S'));
}

/* U+00DF and U+1E9E */
static void add_sharp(struct builder *b, uint32_t from, uint32_t to)
{
    static const char *const letters[] = {"\xc3\x9f", "\xe1\xba\x9e"};
    for (size_t i = 0; i < 2; i++) {
        uint32_t at = from;
        for (const char *c = letters[i]; *c; c++) {
            struct nfa_set set = {{0}};
            uint32_t next = c[1] ? add_like(b, from) : to;
            set_add(&set, (unsigned char)*c, (unsigned char)*c);
            add_edge(b, at, next, number_of_set(b->nfa, &set));
            at = next;
        }
    }
}

/* From `first`, which one letter s led to, on: where a second one leads. */
static void pair_from(struct builder *b, uint32_t from, uint32_t first, unsigned hops)
{
    uint32_t next;
    if (b->nfa->states[first].cut)
        add_sharp(b, from, first);
    for (uint32_t e = b->nfa->states[first].edges; e != NFA_NONE; e = next) {
        struct nfa_edge edge = b->nfa->edges[e];
        next = edge.next;
        if (takes_s(b->nfa, &edge))
            add_sharp(b, from, edge.to);
        else if (edge.set == NFA_NONE && hops > 0)
            pair_from(b, from, edge.to, hops - 1);
        else if (edge.set == NFA_NONE)
            b->failed = true;
    }
}

#define HOPS_MAX 12u

static void add_all_sharp(struct builder *b)
{
    size_t count = b->nfa->state_count;
    for (uint32_t state = (uint32_t)b->first; state < count && !b->failed; state++) {
        uint32_t next;
        for (uint32_t e = b->nfa->states[state].edges; e != NFA_NONE; e = next) {
            struct nfa_edge edge = b->nfa->edges[e];
            next = edge.next;
            if (takes_s(b->nfa, &edge))
                pair_from(b, state, edge.to, HOPS_MAX);
        }
    }
}

bool nfa_add(struct nfa *nfa, struct span expression, bool sharp, uint32_t row, uint32_t *start_out)
{
    struct builder b = {.nfa = nfa, .text = expression, .row = row, .first = nfa->state_count};
    *start_out = add_state(&b, 0, 0);
    uint32_t end = build_alternatives(&b, *start_out);
    if (!b.failed)
        nfa->states[end].ends = true;
    if (!b.failed && sharp)
        add_all_sharp(&b);
    return !b.failed && b.at == expression.len && end != *start_out;
}
