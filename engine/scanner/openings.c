/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/openings.h"

#include "engine/base/byte_masks.h"
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

/* `ink`: no blank is in the next OPENINGS_INK bytes. */
static void try_apart(struct scan *scan, size_t start, unsigned kinds, bool ink)
{
    if (kinds & 1u << OPENINGS_SHORT)
        walk_kind(scan, OPENINGS_SHORT, start);
    if (kinds & 1u << OPENINGS_SLEEPY)
        walk_kind(scan, OPENINGS_SLEEPY, start);
    if ((kinds & 1u << OPENINGS_LONG) && ink)
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

/* Behind the text stand blanks: a start near the end may be told of that is none. */
static unsigned triple_at(const struct scan *scan, const uint8_t groups[256], size_t at)
{
    const unsigned char *bytes = (const unsigned char *)scan->text.ptr + at;
    size_t left = scan->text.len - at;
    unsigned second = left > 1 ? bytes[1] : ' ', third = left > 2 ? bytes[2] : ' ';
    return (unsigned)groups[bytes[0]] << 10 | (unsigned)groups[second] << 5 | groups[third];
}

/* All places of [from, end). */
static void scan_anywhere(const struct scan *scan, size_t from, size_t end)
{
    const struct openings *openings = scan->openings;
    const unsigned char *bytes = (const unsigned char *)scan->text.ptr;
    const uint8_t *groups = openings->letters;
    size_t inner = scan->text.len > 2 ? scan->text.len - 2 : 0, at = from;
    inner = inner < end ? inner : end;
    unsigned triple = at < inner ? triple_at(scan, groups, at) >> 5 : 0;
    for (; at < inner; at++) {
        triple = (triple << 5 | groups[bytes[at + 2]]) & (OPENINGS_TRIPLES - 1);
        bool begins = (openings->anywhere[triple / 32] >> (triple % 32) & 1) != 0;
        if (begins && (bytes[at] & 0xc0) != 0x80)
            walk_kind(scan, OPENINGS_ANYWHERE, at);
    }
    for (; at < end; at++)
        walk_kind(scan, OPENINGS_ANYWHERE, at);
}

/* The places in front of which no token character stands, 64 bytes at a time. */
static void scan_apart(struct scan *scan, size_t from, size_t end)
{
    const struct openings *openings = scan->openings;
    struct byte_masks masks = byte_masks_at(scan->text, from);
    bool token = from > 0 && openings_is_token(scan->text.ptr[from - 1]);
    for (size_t off = from; off < end; off += BYTE_MASKS_WIDTH) {
        struct byte_masks next = {0, UINT64_MAX, 0};
        if (scan->text.len - off > BYTE_MASKS_WIDTH)
            next = byte_masks_at(scan->text, off + BYTE_MASKS_WIDTH);
        uint64_t starts = ~(masks.token << 1 | token | masks.inner);
        if (!openings->begins_blank)
            starts &= ~masks.blank;
        if (end - off < BYTE_MASKS_WIDTH)
            starts &= (UINT64_C(1) << (end - off)) - 1;
        for (; starts != 0; starts &= starts - 1) {
            unsigned at = (unsigned)__builtin_ctzll(starts);
            unsigned triple = triple_at(scan, openings->shapes, off + at);
            unsigned kinds = openings->apart[triple] & scan->kinds;
            uint64_t blank = masks.blank >> at;
            if (at > 0)
                blank |= next.blank << (BYTE_MASKS_WIDTH - at);
            if (kinds != 0)
                try_apart(scan, off + at, kinds, (blank & OPENINGS_INK_MASK) == 0);
        }
        token = masks.token >> (BYTE_MASKS_WIDTH - 1) != 0;
        masks = next;
    }
}

void openings_scan(const struct openings *openings, struct span text, size_t from, size_t end,
                   const bool *awake, openings_found *found, void *arg)
{
    struct scan scan = {.openings = openings, .text = text, .awake = awake};
    scan.found = found;
    scan.arg = arg;
    scan.next_at = SPAN_NONE;
    wake(&scan);
    if (from >= end)
        return;
    if ((scan.kinds & 1u << OPENINGS_ANYWHERE) != 0)
        scan_anywhere(&scan, from, end);
    if ((scan.kinds & ~(1u << OPENINGS_ANYWHERE)) != 0)
        scan_apart(&scan, from, end);
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
