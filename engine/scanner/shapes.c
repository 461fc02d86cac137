/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/shapes.h"

#include <stdlib.h>

enum shapes_mark shapes_mark_of(unsigned char c)
{
    static const char apart[] = " -./:,"; /* in the order of the marks */
    const char *found = c ? strchr(apart, (char)c) : NULL;
    if (found)
        return (enum shapes_mark)(SHAPES_BLANK + (unsigned)(found - apart));
    return ascii_is_alpha((char)c) || c == '_' ? SHAPES_TOKEN : SHAPES_OTHER;
}

static bool is_digit(unsigned c)
{
    return c >= '0' && c <= '9';
}

/* The bytes of each mark; of none: all that are no digits. */
static bool is_of(unsigned c, enum shapes_mark mark)
{
    return !is_digit(c) && (mark == SHAPES_MARKS || shapes_mark_of((unsigned char)c) == mark);
}

static bool meets(const struct nfa_set *set, bool digits, enum shapes_mark mark)
{
    for (unsigned c = 0; c < 256; c++) {
        if (nfa_set_has(set, c) && (digits ? is_digit(c) : is_of(c, mark)))
            return true;
    }
    return false;
}

/* One byte further: a digit, or of a mark. */
static struct nfa_states step(const struct nfa *nfa, const struct nfa_states *from, bool digits,
                              enum shapes_mark mark)
{
    struct nfa_states to = {.items = NULL};
    for (size_t i = 0; i < from->count; i++) {
        uint32_t e = nfa->states[from->items[i]].edges;
        for (; e != NFA_NONE; e = nfa->edges[e].next) {
            if (nfa->edges[e].set != NFA_NONE &&
                meets(&nfa->sets[nfa->edges[e].just], digits, mark))
                nfa_states_add(&to, nfa, nfa->edges[e].to);
        }
    }
    return to;
}

struct shaping {
    const struct nfa *nfa;
    bool ends_apart;
    bool *shapes;
};

/* Whether a match may end here whatever follows, or be cut. */
static bool is_over(const struct shaping *at, const struct nfa_states *states)
{
    for (size_t i = 0; i < states->count; i++) {
        const struct nfa_state *state = &at->nfa->states[states->items[i]];
        if (state->cut || (state->ends && !at->ends_apart))
            return true;
    }
    return false;
}

static bool may_end(const struct shaping *at, const struct nfa_states *states)
{
    for (size_t i = 0; i < states->count; i++) {
        const struct nfa_state *state = &at->nfa->states[states->items[i]];
        if (state->cut || state->ends)
            return true;
    }
    return false;
}

static void mark_behind(const struct shaping *at, size_t first, enum shapes_mark mark, size_t from)
{
    for (size_t behind = from; behind <= SHAPES_BEHIND; behind++)
        at->shapes[shapes_number(first, mark, behind)] = true;
}

/* Digits behind the mark: `states` are those that it leads to. */
static void shape_behind(const struct shaping *at, size_t first, enum shapes_mark mark,
                         struct nfa_states states)
{
    for (size_t behind = 0; states.count > 0; behind++) {
        if (behind == SHAPES_BEHIND || is_over(at, &states)) {
            mark_behind(at, first, mark, behind);
            break;
        }
        struct nfa_states other = step(at->nfa, &states, false, SHAPES_MARKS);
        if (other.count > 0 || may_end(at, &states))
            at->shapes[shapes_number(first, mark, behind)] = true;
        free(other.items);
        struct nfa_states next = step(at->nfa, &states, true, SHAPES_MARKS);
        free(states.items);
        states = next;
    }
    free(states.items);
}

/* What may stand behind `first` digits, which lead to `states`. */
static void shape_mark(const struct shaping *at, size_t first, const struct nfa_states *states)
{
    for (unsigned mark = 0; mark < SHAPES_MARKS; mark++) {
        if (mark != SHAPES_TOKEN && may_end(at, states))
            mark_behind(at, first, (enum shapes_mark)mark, 0);
        else
            shape_behind(at, first, (enum shapes_mark)mark,
                         step(at->nfa, states, false, (enum shapes_mark)mark));
    }
}

/* All shapes with so many digits or more. */
static void mark_from(const struct shaping *at, size_t first)
{
    for (; first <= SHAPES_FIRST; first++) {
        for (unsigned mark = 0; mark < SHAPES_MARKS; mark++)
            mark_behind(at, first, (enum shapes_mark)mark, 0);
    }
}

void shapes_of(const struct nfa *nfa, uint32_t start, bool ends_apart, bool shapes[SHAPES])
{
    struct shaping at = {nfa, ends_apart, shapes};
    struct nfa_states states = {.items = NULL};
    nfa_states_add(&states, nfa, start);
    for (size_t first = 0; states.count > 0; first++) {
        if (first == SHAPES_FIRST || is_over(&at, &states)) {
            mark_from(&at, first);
            break;
        }
        if (first > 0)
            shape_mark(&at, first, &states);
        struct nfa_states next = step(nfa, &states, true, SHAPES_MARKS);
        free(states.items);
        states = next;
    }
    free(states.items);
}
