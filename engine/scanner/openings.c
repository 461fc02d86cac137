/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/openings.h"

#include "engine/scanner/openings_build.h"

/* Bytes that an automaton reads from one start: rows that may be of any length are told of there.
 */
#define WALK_MAX 256u
/* How far '@' is looked for. */
#define AT_REACH 512u

struct scan {
    const struct openings *openings;
    struct span text;
    const bool *awake;
    bool asleep[OPENINGS_KINDS][OPENINGS_AUTOMATA];
    uint8_t kinds;  /* that are awake, as bits */
    size_t next_at; /* the next '@', SPAN_NONE before it is looked for; text.len: none */
    openings_found *found;
    void *arg;
};

static void tell(const struct scan *scan, const struct automaton *automaton, uint32_t state,
                 size_t start, size_t end)
{
    const uint32_t *list = automaton->told + automaton->lists[state - automaton->telling];
    bool apart = end == scan->text.len || !openings_is_token(scan->text.ptr[end]);
    for (uint32_t i = 1; i <= list[0]; i++) {
        if (apart || (list[i] & 1) == 0)
            scan->found(list[i] / 2, start, scan->arg);
    }
}

static void walk(const struct scan *scan, const struct automaton *automaton, size_t start)
{
    const unsigned char *bytes = (const unsigned char *)scan->text.ptr;
    const uint16_t *next = automaton->next;
    const size_t count = automaton->class_count;
    size_t end = scan->text.len - start > WALK_MAX ? start + WALK_MAX : scan->text.len;
    uint32_t state = AUTOMATON_START;
    for (size_t at = start; at < end; at++) {
        state = next[state * count + automaton->classes[bytes[at]]];
        if (state == AUTOMATON_DEAD)
            return;
        if (state >= automaton->telling)
            tell(scan, automaton, state, start, at + 1);
    }
    for (size_t i = 0; i < automaton->loop_count && end < scan->text.len; i++) {
        if ((automaton->alive[state] >> (automaton->loops[i] & 63) & 1) != 0)
            scan->found(automaton->loops[i], start, scan->arg);
    }
}

static void walk_kind(const struct scan *scan, enum openings_kind kind, size_t start)
{
    const struct openings *openings = scan->openings;
    for (size_t i = 0; i < openings->counts[kind]; i++) {
        if (!scan->asleep[kind][i])
            walk(scan, &openings->automata[kind][i], start);
    }
}

/* No blank in the next OPENINGS_INK bytes. */
static bool is_long(const struct scan *scan, size_t at)
{
    if (scan->text.len - at < OPENINGS_INK)
        return false;
    const char *bytes = scan->text.ptr + at;
    uint64_t blanks = 0;
    for (size_t i = 0; i < OPENINGS_INK; i += sizeof blanks) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        blanks |= (word - UINT64_C(0x2121212121212121)) & ~word & UINT64_C(0x8080808080808080);
    }
    return blanks == 0;
}

/* Whether '@' comes before a blank. */
static bool leads_to_at(struct scan *scan, size_t at)
{
    struct span text = scan->text;
    if (scan->next_at == SPAN_NONE || scan->next_at < at) {
        size_t found = span_find_byte(span_from(text, at), '@');
        scan->next_at = found == SPAN_NONE ? text.len : at + found;
    }
    if (scan->next_at == text.len)
        return false;
    size_t end = scan->next_at - at > AT_REACH ? at + AT_REACH : scan->next_at;
    for (; at < end; at++) {
        if ((unsigned char)text.ptr[at] <= ' ')
            return false;
    }
    return true;
}

static void try_start(struct scan *scan, size_t start, unsigned kinds)
{
    if (kinds & 1u << OPENINGS_ANYWHERE)
        walk_kind(scan, OPENINGS_ANYWHERE, start);
    if (kinds & 1u << OPENINGS_SHORT)
        walk_kind(scan, OPENINGS_SHORT, start);
    if (kinds & 1u << OPENINGS_SLEEPY)
        walk_kind(scan, OPENINGS_SLEEPY, start);
    if ((kinds & 1u << OPENINGS_LONG) && is_long(scan, start))
        walk_kind(scan, OPENINGS_LONG, start);
    if ((kinds & 1u << OPENINGS_AT) && leads_to_at(scan, start))
        walk_kind(scan, OPENINGS_AT, start);
}

static void wake(struct scan *scan)
{
    for (size_t kind = 0; kind < OPENINGS_KINDS; kind++) {
        for (size_t i = 0; i < scan->openings->counts[kind]; i++) {
            const struct automaton *automaton = &scan->openings->automata[kind][i];
            bool any = false;
            for (size_t r = 0; r < automaton->row_count && !any; r++)
                any = scan->awake[automaton->rows[r]];
            scan->asleep[kind][i] = !any;
            scan->kinds = (uint8_t)(scan->kinds | (any ? 1u << kind : 0));
        }
    }
}

/* Behind the text stands a blank: a start near the end may be told of that is none. */
void openings_scan(const struct openings *openings, struct span text, size_t from, size_t end,
                   const bool *awake, openings_found *found, void *arg)
{
    struct scan scan = {.openings = openings, .text = text, .awake = awake};
    scan.found = found;
    scan.arg = arg;
    scan.next_at = SPAN_NONE;
    wake(&scan);
    if (scan.kinds == 0 || from >= end)
        return;
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    const uint8_t *groups = openings->groups, *begins = openings->begins;
    const unsigned blank = groups[' '];
    const unsigned anywhere = 1u << OPENINGS_ANYWHERE & scan.kinds, apart = scan.kinds;
    unsigned triple = groups[bytes[from]];
    triple = triple << 5 | (from + 1 < text.len ? groups[bytes[from + 1]] : blank);
    bool token = from > 0 && openings_is_token((char)bytes[from - 1]);
    for (size_t at = from; at < end; at++) {
        triple = (triple << 5 | (at + 2 < text.len ? groups[bytes[at + 2]] : blank)) & 0x7fff;
        unsigned kinds = begins[triple] & (token ? anywhere : apart);
        token = openings_is_token((char)bytes[at]);
        if (kinds != 0)
            try_start(&scan, at, kinds);
    }
}

struct openings_size openings_size(const struct openings *openings)
{
    struct openings_size size = {.bytes = sizeof *openings};
    for (size_t kind = 0; kind < OPENINGS_KINDS; kind++) {
        size.automata += openings->counts[kind];
        for (size_t i = 0; i < openings->counts[kind]; i++) {
            const struct automaton *automaton = &openings->automata[kind][i];
            size.states += automaton->state_count;
            size.bytes += (size_t)automaton->state_count * automaton->class_count * 2;
        }
    }
    return size;
}
