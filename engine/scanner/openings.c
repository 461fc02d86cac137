/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/openings.h"
#include "engine/base/ascii.h"

#include "engine/base/byte_masks.h"
#include "engine/scanner/openings_awake.h"

#include <assert.h>

/* Bytes that an automaton reads from one start: rows that go on there are told of. */
#define WALK_MAX 256u
/* How far behind a part '@' is looked for: without a blank before that there may be one. */
#define AT_REACH 512u
#define WORDS (OPENINGS_PART / BYTE_MASKS_WIDTH)
#define BLOCKS 16u /* whose masks are worked out at a time */

/* The next '@', and the first byte from which no blank comes before it. */
struct next_at {
    size_t from, at; /* at == SPAN_NONE: there is none */
    size_t limit; /* as far as it is looked for; if that is not the end of the text, one may be */
};

struct scan {
    const struct openings *openings;
    const struct openings_look *look;
    struct span text;
    const struct openings_awake *awake;
    uint64_t literals[WORDS]; /* where one stands */
    struct next_at next_at;
};

/* Tells of a set of rows. */
static void tell(const struct scan *scan, const struct automaton *automaton, uint64_t set,
                 size_t start)
{
    for (; set != 0; set &= set - 1)
        scan->look->found(automaton->rows[__builtin_ctzll(set)], start, scan->look->arg);
}

/* The rows that a state which tells of some tells of in front of text[end]. */
static uint64_t told_by(const struct scan *scan, const uint64_t *state, size_t end)
{
    bool apart = end == scan->text.len || !ascii_is_token(scan->text.ptr[end]);
    return state[-2] | (apart ? state[-1] : 0);
}

/* As long as a row goes on that is awake and was not told of. */
static void walk(const struct scan *scan, const struct automaton *automaton, size_t start)
{
    const unsigned char *bytes = (const unsigned char *)scan->text.ptr;
    const uint64_t *states = automaton->states, *state = states + automaton->start;
    size_t end = scan->text.len - start > WALK_MAX ? start + WALK_MAX : scan->text.len;
    uint64_t untold = scan->awake->rows[automaton->number];
    for (size_t at = start; at < end; at++) {
        uint32_t next = automaton_next(state, automaton->classes[bytes[at]]);
        state = states + next;
        if ((*state & untold) == 0)
            return;
        if (next < automaton->telling)
            continue;
        uint64_t told = told_by(scan, state, at + 1) & untold;
        tell(scan, automaton, told, start);
        untold &= ~told;
    }
    if (end < scan->text.len)
        tell(scan, automaton, *state & untold, start);
}

#define AT_FEW 4 /* rows */

/* Where '@' comes before a blank nearly all that passes by its first bytes is a match: a few rows
 * are tried at once. */
static bool tell_few(const struct scan *scan, const struct automaton *automaton, size_t start)
{
    uint64_t rows = scan->awake->rows[automaton->number];
    if (__builtin_popcountll(rows) > AT_FEW)
        return false;
    tell(scan, automaton, rows, start);
    return true;
}

static void walk_bucket(const struct scan *scan, const struct openings_bucket *bucket, size_t start)
{
    bool at =
        (bucket->needs & (NEEDS_AT | NEEDS_APART | NEEDS_LITERAL)) == (NEEDS_AT | NEEDS_APART);
    for (size_t i = 0; i < bucket->count; i++) {
        if (!at || !tell_few(scan, &bucket->automata[i], start))
            walk(scan, &bucket->automata[i], start);
    }
}

/* Those of `buckets` of which something may begin there, by its first bytes. */
static inline uint64_t narrow(const struct openings_family *family, uint64_t buckets,
                              const unsigned char *at)
{
    const uint64_t(*first)[256] = family->first;
    buckets &= first[0][at[0]] & first[1][at[1]] & first[2][at[2]] & first[3][at[3]];
    if (buckets == 0)
        return 0;
    buckets &= first[4][at[4]] & first[5][at[5]] & first[6][at[6]] & first[7][at[7]];
    return buckets & first[8][at[8]] & first[9][at[9]] & first[10][at[10]] & first[11][at[11]];
}
_Static_assert(NFA_FIRST == 12, "all of them");

/* Behind the text stand blanks: a start near the end may be told of that is none. Apart, because
 * few are, and room on the stack costs what calls this. */
__attribute__((noinline)) static uint64_t narrow_end(const struct openings_family *family,
                                                     uint64_t buckets, struct span rest)
{
    unsigned char padded[NFA_FIRST];
    memset(padded, ' ', sizeof padded);
    memcpy(padded, rest.ptr, rest.len);
    return narrow(family, buckets, padded);
}

/* ... and by those behind, which nearly all of OPENINGS_LONG have. */
static uint64_t narrow_deep(const struct openings_family *family, uint64_t buckets,
                            const unsigned char *at)
{
    for (size_t i = NFA_FIRST; buckets != 0 && i < NFA_DEEP; i++)
        buckets &= family->deep[at[i]];
    return buckets;
}

/* The buckets of a family of which something may begin at place `bit` of the 64 bytes at `off`. */
static inline uint64_t buckets_at(const struct scan *scan, size_t family,
                                  const struct byte_masks masks[2], size_t off, unsigned bit)
{
    const struct openings_family *of = &scan->openings->families[family];
    const struct span rest = span_from(scan->text, off + bit);
    uint64_t buckets = scan->awake->buckets[family];
    if (rest.len < NFA_FIRST)
        buckets = narrow_end(of, buckets, rest);
    else
        buckets = narrow(of, buckets, (const unsigned char *)rest.ptr);
    if (family == OPENINGS_LONG && rest.len >= NFA_DEEP)
        buckets = narrow_deep(of, buckets, (const unsigned char *)rest.ptr);
    if (buckets != 0 && (masks[0].digit >> bit & 1) != 0)
        buckets &= of->shapes[shapes_at(needs_digits(masks, bit), rest, scan->openings->marks)];
    return buckets;
}

/* --- needs --- */

static void find_next_at(struct scan *scan, size_t behind)
{
    struct span text = span_sub(scan->text, 0, scan->next_at.limit);
    size_t found = behind < text.len ? span_find_byte(span_from(text, behind), '@') : SPAN_NONE;
    scan->next_at.at = found != SPAN_NONE  ? behind + found
                       : behind < text.len ? text.len
                                           : SPAN_NONE;
    if (scan->next_at.at == scan->text.len)
        scan->next_at.at = SPAN_NONE;
    if (scan->next_at.at == SPAN_NONE)
        return;
    scan->next_at.from = scan->next_at.at;
    while (scan->next_at.from > behind &&
           (unsigned char)text.ptr[scan->next_at.from - 1] > (unsigned char)' ')
        scan->next_at.from--;
}

/* Of the 64 bytes from `off` on those from which '@' comes before a blank. */
static uint64_t before_at(struct scan *scan, size_t off)
{
    uint64_t bits = 0;
    while (scan->next_at.at != SPAN_NONE && scan->next_at.from < off + BYTE_MASKS_WIDTH) {
        size_t from = scan->next_at.from > off ? scan->next_at.from - off : 0;
        size_t end = scan->next_at.at < off + BYTE_MASKS_WIDTH ? scan->next_at.at - off : 63;
        if (scan->next_at.at >= off)
            bits |= UINT64_MAX << from & UINT64_MAX >> (63 - end);
        if (scan->next_at.at >= off + BYTE_MASKS_WIDTH)
            break;
        find_next_at(scan, scan->next_at.at + 1);
    }
    return bits;
}

/* The places from which one of the bits comes in less than `bytes`, a power of two; `next`: the
 * bits of the 64 bytes behind. */
static inline uint64_t soon(uint64_t bits, uint64_t next, unsigned bytes)
{
#pragma GCC unroll 8
    for (unsigned by = 1; by < bytes; by *= 2) {
        bits |= bits >> by | next << (BYTE_MASKS_WIDTH - by);
        next |= next >> by;
    }
    return bits;
}

/* The same for NFA_DIGIT_DEPTH. */
static inline uint64_t very_soon(uint64_t bits, uint64_t next)
{
    return soon(bits, next, 4) | bits >> 4 | next << (BYTE_MASKS_WIDTH - 4);
}
_Static_assert(NFA_DIGIT_DEPTH == 5, "four and one");

/* Where something of OPENINGS_APART may begin. */
static uint64_t through_gates(unsigned gates, const struct byte_masks masks[2])
{
    uint64_t low = masks[0].small | masks[0].blank, next_low = masks[1].small | masks[1].blank;
    uint64_t places = (gates & OPENINGS_ANY) != 0 ? UINT64_MAX : 0;
    if ((gates & OPENINGS_DIGIT) != 0)
        places |= very_soon(masks[0].digit, masks[1].digit);
    if ((gates & OPENINGS_MARK) != 0)
        places |= very_soon(masks[0].mark, masks[1].mark);
    if ((gates & OPENINGS_CAPITALS) != 0)
        places |= ~soon(low, next_low, 2);
    if ((gates & OPENINGS_CAPITAL_FAR) != 0)
        places |= ~low & soon(masks[0].digit, masks[1].digit, NFA_FAR_DEPTH);
    return places;
}

/* --- places --- */

/* Follows automata of a family at place `bit` of the 64 bytes at `off`. */
static void walk_place(const struct scan *scan, size_t family, const struct byte_masks masks[2],
                       size_t off, unsigned bit, unsigned met)
{
    const struct openings_bucket *all = scan->openings->families[family].buckets;
    uint64_t buckets = buckets_at(scan, family, masks, off, bit);
    if (buckets == 0)
        return;
    met |= needs_met(masks, bit);
    for (; buckets != 0; buckets &= buckets - 1) {
        const struct openings_bucket *bucket = &all[__builtin_ctzll(buckets)];
        if ((bucket->needs & ~met) == 0)
            walk_bucket(scan, bucket, off + bit);
    }
}

/* Where in 64 bytes something of each family may begin, as bits. */
struct places {
    uint64_t of[OPENINGS_FAMILIES];
    uint64_t literal; /* where a literal stands */
    uint64_t apart;   /* in front of which no token goes on */
};

static void walk_places(const struct scan *scan, const struct places *places,
                        const struct byte_masks masks[2], size_t off)
{
    const uint64_t some = places->of[OPENINGS_SOME], apart = places->of[OPENINGS_APART];
    const uint64_t longs = places->of[OPENINGS_LONG], at = places->of[OPENINGS_AT];
    for (uint64_t all = some | apart | longs | at; all != 0; all &= all - 1) {
        const uint64_t one = all & -all;
        unsigned bit = (unsigned)__builtin_ctzll(all);
        unsigned met = NEEDS_AT | ((places->literal & one) != 0 ? (unsigned)NEEDS_LITERAL : 0) |
                       ((places->apart & one) != 0 ? (unsigned)NEEDS_APART : 0);
        if ((some & one) != 0)
            walk_place(scan, OPENINGS_SOME, masks, off, bit, met);
        if ((apart & one) != 0)
            walk_place(scan, OPENINGS_APART, masks, off, bit, met);
        if ((longs & one) != 0)
            walk_place(scan, OPENINGS_LONG, masks, off, bit, met);
        if ((at & one) != 0)
            walk_place(scan, OPENINGS_AT, masks, off, bit, met);
    }
}

/* `before`: whether a token stands in front of the 64 bytes at `off`. */
static void find_places(struct scan *scan, const struct byte_masks masks[2], bool before,
                        uint64_t sieved, size_t off, struct places *places)
{
    uint64_t apart = ~(masks[0].token << 1 | before | masks[0].inner);
    uint64_t begins = scan->openings->begins_blank ? apart : apart & ~masks[0].blank;
    places->apart = apart;
    places->of[OPENINGS_SOME] = sieved | places->literal;
    places->of[OPENINGS_APART] = through_gates(scan->openings->gates, masks) & begins;
    places->of[OPENINGS_LONG] = ~soon(masks[0].blank, masks[1].blank, NEEDS_LONG) & begins;
    places->of[OPENINGS_AT] = before_at(scan, off) & begins;
}

static void keep_first(struct places *places, size_t count)
{
    for (size_t family = 0; family < OPENINGS_FAMILIES; family++)
        places->of[family] &= (UINT64_C(1) << count) - 1;
}

static void scan_blocks(struct scan *scan, size_t from, size_t end)
{
    struct byte_masks masks[BLOCKS + 1];
    uint64_t sieved[BLOCKS];
    bool before = from > 0 && ascii_is_token(scan->text.ptr[from - 1]);
    for (size_t off = from, i = BLOCKS; off < end; off += BYTE_MASKS_WIDTH, i++) {
        struct places places = {.literal = scan->literals[(off - from) / BYTE_MASKS_WIDTH]};
        if (i == BLOCKS) {
            byte_masks_fill(scan->text, off, BLOCKS + 1, masks);
            sieve_fill(&scan->openings->sieve, scan->text, off, BLOCKS, sieved);
            i = 0;
        }
        find_places(scan, &masks[i], before, sieved[i], off, &places);
        if (end - off < BYTE_MASKS_WIDTH)
            keep_first(&places, end - off);
        walk_places(scan, &places, &masks[i], off);
        before = masks[i].token >> (BYTE_MASKS_WIDTH - 1) != 0;
    }
}

void openings_scan(const struct openings *openings, const struct openings_look *look, size_t from,
                   size_t end)
{
    struct scan scan = {
        .openings = openings, .look = look, .text = look->text, .awake = look->awake};
    assert(from <= end && end - from <= OPENINGS_PART);
    if (from == end)
        return;
    if (scan.awake->literals)
        literals_scan(openings->literals, look->text, from, end, look->by, scan.literals);
    scan.next_at.limit = look->text.len - end > AT_REACH ? end + AT_REACH : look->text.len;
    scan.next_at.at = SPAN_NONE;
    if (scan.awake->buckets[OPENINGS_AT] != 0)
        find_next_at(&scan, from);
    scan_blocks(&scan, from, end);
}

static void add_size(const struct openings_bucket *bucket, struct openings_size *size)
{
    size->automata += bucket->count;
    for (size_t i = 0; i < bucket->count; i++) {
        const struct automaton *automaton = &bucket->automata[i];
        size->states += automaton->state_count;
        size->bytes += automaton->words * sizeof *automaton->states;
    }
}

struct openings_size openings_size(const struct openings *openings)
{
    struct openings_size size = {.bytes = sizeof *openings};
    for (size_t family = 0; family < OPENINGS_FAMILIES; family++) {
        for (size_t i = 0; i < openings->families[family].count; i++)
            add_size(&openings->families[family].buckets[i], &size);
    }
    return size;
}
