/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/scanner/openings.h"

#include "engine/base/byte_masks.h"
#include "engine/scanner/openings_build.h"

#include <assert.h>

/* Bytes that an automaton reads from one start: rows that may be of any length are told of there.
 */
#define WALK_MAX 256u
/* How far behind a part '@' is looked for: without a blank before that there may be one. */
#define AT_REACH 512u
#define WORDS (OPENINGS_PART / BYTE_MASKS_WIDTH)

/* The next '@', and the first byte from which no blank comes before it. */
struct next_at {
    size_t from, at; /* at == SPAN_NONE: there is none */
    size_t limit; /* as far as it is looked for; if that is not the end of the text, one may be */
};

struct scan {
    const struct openings *openings;
    const struct openings_look *look;
    struct span text;
    bool asleep[OPENINGS_KINDS][OPENINGS_AUTOMATA];
    bool kinds[OPENINGS_KINDS]; /* that are awake ... */
    unsigned apart;             /* ... as bits */
    uint64_t literals[WORDS];   /* where one stands */
    struct next_at next_at;
};

static void tell(const struct scan *scan, const struct automaton *automaton, uint32_t state,
                 size_t start, size_t end)
{
    const uint32_t *list = automaton->told + automaton->lists[state - automaton->telling];
    bool apart = end == scan->text.len || !openings_is_token(scan->text.ptr[end]);
    for (uint32_t i = 1; i <= list[0]; i++) {
        if (apart || (list[i] & 1) == 0)
            scan->look->found(list[i] / 2, start, scan->look->arg);
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
            scan->look->found(automaton->loops[i], start, scan->look->arg);
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

static void wake(struct scan *scan)
{
    const bool *awake = scan->look->awake;
    for (enum openings_kind kind = 0; kind < OPENINGS_KINDS; kind++) {
        for (size_t i = 0; i < scan->openings->counts[kind]; i++) {
            const struct automaton *automaton = &scan->openings->automata[kind][i];
            bool any = false;
            for (size_t r = 0; r < automaton->row_count && !any; r++)
                any = awake[automaton->rows[r]];
            scan->asleep[kind][i] = !any;
            scan->kinds[kind] = scan->kinds[kind] || any;
        }
        if (kind >= OPENINGS_FIRST_APART && scan->kinds[kind])
            scan->apart |= openings_bit(kind);
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

/* --- places in front of which no token goes on --- */

/* The bits `by` places further on; `next`: those of the 64 bytes behind. */
static uint64_t ahead(uint64_t bits, uint64_t next, unsigned by)
{
    return bits >> by | next << (BYTE_MASKS_WIDTH - by);
}

/* The places from which one of the bits comes in less than `bytes`, a power of two. */
static uint64_t soon(uint64_t bits, uint64_t next, unsigned bytes)
{
    for (unsigned by = 1; by < bytes; by *= 2) {
        bits |= ahead(bits, next, by);
        next |= next >> by;
    }
    return bits;
}

/* The places from which OPENINGS_DIGITS of NFA_DENSE_DEPTH bytes are digits: bits are added up, all
 * places at once. */
static uint64_t dense(uint64_t digit, uint64_t next)
{
    uint64_t ones = digit, twos = 0, fours = 0, eights = 0;
    for (unsigned by = 1; by < NFA_DENSE_DEPTH; by++) {
        uint64_t more = ahead(digit, next, by), carry = ones & more;
        ones ^= more;
        uint64_t carry_twos = twos & carry;
        twos ^= carry;
        eights |= fours & carry_twos;
        fours ^= carry_twos;
    }
    return eights | (fours & (ones | twos));
}

/* The same for NFA_DIGIT_DEPTH. */
static uint64_t very_soon(uint64_t bits, uint64_t next)
{
    return bits | ahead(soon(bits, next, 4), soon(next, 0, 4), 1);
}

#define MARK_REACH 32u /* where no blank comes for so long, a mark may */

/* The places from which a mark comes before a blank. */
static uint64_t before_blank(const struct byte_masks *masks, const struct byte_masks *next)
{
    uint64_t mark = masks->mark, ink = ~masks->blank;
    uint64_t next_mark = next->mark, next_ink = ~next->blank;
    for (unsigned by = 1; by < MARK_REACH; by *= 2) {
        mark |= ahead(mark, next_mark, by) & ink;
        next_mark |= next_mark >> by & next_ink;
        ink &= ahead(ink, next_ink, by);
        next_ink &= next_ink >> by;
    }
    return mark | ink;
}

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

/* 64 bytes, as bits. */
struct block {
    uint64_t apart;                  /* no token goes on in front of these */
    uint64_t mark;                   /* one of two bytes is a mark */
    uint64_t above;                  /* characters above ASCII begin here */
    uint64_t begins[OPENINGS_KINDS]; /* where what stands behind lets a kind begin */
    uint64_t any;                    /* ... or any of those that begin apart */
};

static void walk_apart(const struct scan *scan, const struct block *block, size_t off, unsigned bit)
{
    unsigned kinds = scan->openings->apart[triple_at(scan, scan->openings->shapes, off + bit)];
    for (kinds &= scan->apart; kinds != 0; kinds &= kinds - 1) {
        enum openings_kind kind = OPENINGS_FIRST_APART + (unsigned)__builtin_ctz(kinds);
        if ((block->begins[kind] >> bit & 1) != 0)
            walk_kind(scan, kind, off + bit);
    }
}

static void walk_anywhere(const struct scan *scan, const struct block *block, size_t start,
                          unsigned bit)
{
    unsigned triple = triple_at(scan, scan->openings->letters, start);
    if ((scan->openings->anywhere[triple / 32] >> (triple % 32) & 1) == 0)
        return;
    walk_kind(scan, OPENINGS_ANYWHERE, start);
    if ((block->above >> bit & 1) != 0)
        walk_kind(scan, OPENINGS_ABOVE, start);
    if ((block->mark >> bit & 1) != 0)
        walk_kind(scan, OPENINGS_MARK, start);
}

/* `inside`: the places that count. */
static void walk_places(const struct scan *scan, const struct block *block, uint64_t inside,
                        size_t from, size_t off)
{
    uint64_t literals = scan->literals[(off - from) / 64];
    uint64_t anywhere = scan->kinds[OPENINGS_MARK] ? block->mark : 0;
    if (scan->kinds[OPENINGS_ABOVE])
        anywhere |= block->above;
    if (scan->kinds[OPENINGS_ANYWHERE])
        anywhere = UINT64_MAX;
    for (uint64_t all = (block->any | literals | anywhere) & inside; all != 0; all &= all - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(all);
        const uint64_t one = UINT64_C(1) << bit;
        if ((literals & one) != 0)
            walk_kind(scan, OPENINGS_LITERAL, off + bit);
        if ((literals & block->apart & one) != 0)
            walk_kind(scan, OPENINGS_LITERAL_APART, off + bit);
        if ((anywhere & one) != 0)
            walk_anywhere(scan, block, off + bit, bit);
        if ((block->any & one) != 0)
            walk_apart(scan, block, off, bit);
    }
}

static void fill_block(struct scan *scan, const struct byte_masks *masks,
                       const struct byte_masks *next, size_t off, struct block *block)
{
    uint64_t *begins = block->begins, low = masks->small | masks->blank;
    uint64_t capital = ~(low | ahead(low, next->small | next->blank, 1));
    uint64_t digit = very_soon(masks->digit, next->digit);
    uint64_t ink = ~soon(masks->blank, next->blank, OPENINGS_INK);
    block->mark = masks->mark | ahead(masks->mark, next->mark, 1);
    block->above = masks->above & ~masks->inner;
    begins[OPENINGS_SHORT] = UINT64_MAX;
    begins[OPENINGS_DENSE] = begins[OPENINGS_DENSE_SLEEPY] = dense(masks->digit, next->digit);
    begins[OPENINGS_NUMBER] = begins[OPENINGS_NUMBER_SLEEPY] = masks->digit;
    begins[OPENINGS_DIGIT] = begins[OPENINGS_DIGIT_SLEEPY] = digit;
    begins[OPENINGS_CAPITAL] = begins[OPENINGS_CAPITAL_SLEEPY] = capital;
    begins[OPENINGS_LONG] = ink;
    begins[OPENINGS_LONG_DIGIT] = ink & digit;
    begins[OPENINGS_FAR] = soon(masks->digit, next->digit, NFA_FAR_DEPTH);
    begins[OPENINGS_MARKED] = before_blank(masks, next);
    begins[OPENINGS_MARK_SOON] = very_soon(masks->mark, next->mark);
    begins[OPENINGS_AT] = scan->kinds[OPENINGS_AT] ? before_at(scan, off) : 0;
    block->any = 0;
    for (enum openings_kind kind = OPENINGS_FIRST_APART; kind < OPENINGS_KINDS; kind++) {
        if (scan->kinds[kind])
            block->any |= begins[kind];
    }
    block->any &= block->apart;
    if (!scan->openings->begins_blank)
        block->any &= ~masks->blank;
}

static void scan_blocks(struct scan *scan, size_t from, size_t end)
{
    struct byte_masks masks = byte_masks_at(scan->text, from);
    bool token = from > 0 && openings_is_token(scan->text.ptr[from - 1]);
    for (size_t off = from; off < end; off += BYTE_MASKS_WIDTH) {
        struct byte_masks next = byte_masks_at(scan->text, off + BYTE_MASKS_WIDTH);
        struct block block;
        uint64_t inside = UINT64_MAX;
        block.apart = ~(masks.token << 1 | token | masks.inner);
        fill_block(scan, &masks, &next, off, &block);
        if (end - off < BYTE_MASKS_WIDTH)
            inside = (UINT64_C(1) << (end - off)) - 1;
        walk_places(scan, &block, inside, from, off);
        token = masks.token >> (BYTE_MASKS_WIDTH - 1) != 0;
        masks = next;
    }
}

void openings_scan(const struct openings *openings, const struct openings_look *look, size_t from,
                   size_t end)
{
    struct scan scan = {.openings = openings, .look = look, .text = look->text};
    assert(from <= end && end - from <= OPENINGS_PART);
    if (from == end)
        return;
    wake(&scan);
    if (scan.kinds[OPENINGS_LITERAL] || scan.kinds[OPENINGS_LITERAL_APART])
        literals_scan(openings->literals, look->text, from, end, look->by_library, scan.literals);
    scan.next_at.limit = look->text.len - end > AT_REACH ? end + AT_REACH : look->text.len;
    if ((scan.apart & openings_bit(OPENINGS_AT)) != 0)
        find_next_at(&scan, from);
    scan_blocks(&scan, from, end);
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
