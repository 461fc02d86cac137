/* SPDX-License-Identifier: Apache-2.0 */
#include "tunnels/wire/newline.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define BLOCK 64u

/* One bit a byte, the first byte lowest. */
struct masks {
    uint64_t cr;
    uint64_t lf;
    uint64_t dot;
    uint64_t nul;
    uint64_t high;
};

#if defined(__SSE2__)

static uint64_t equal(const __m128i part[4], char c)
{
    __m128i wanted = _mm_set1_epi8(c);
    uint64_t mask = 0;
    for (unsigned i = 0; i < 4; i++) {
        unsigned bits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(part[i], wanted));
        mask |= (uint64_t)bits << (16 * i);
    }
    return mask;
}

static void classify(const char *bytes, struct masks *out)
{
    __m128i part[4];
    for (unsigned i = 0; i < 4; i++)
        part[i] = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * (size_t)i));
    out->cr = equal(part, '\r');
    out->lf = equal(part, '\n');
    out->dot = equal(part, '.');
    /* NUL and 8-bit are rare: one look at all 64 bytes, and the masks only where there is one. */
    __m128i low = _mm_min_epu8(_mm_min_epu8(part[0], part[1]), _mm_min_epu8(part[2], part[3]));
    __m128i any = _mm_or_si128(_mm_or_si128(part[0], part[1]), _mm_or_si128(part[2], part[3]));
    out->nul = 0;
    out->high = 0;
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(low, _mm_setzero_si128())) != 0)
        out->nul = equal(part, '\0');
    if (_mm_movemask_epi8(any) != 0) {
        for (unsigned i = 0; i < 4; i++)
            out->high |= (uint64_t)(unsigned)_mm_movemask_epi8(part[i]) << (16 * i);
    }
}

#else

/* Bit i of the result: byte i of `word` equals `c` (exact, without carries between bytes). */
static uint64_t equal_in_word(uint64_t word, char c)
{
    const uint64_t low7 = 0x7f7f7f7f7f7f7f7fu;
    uint64_t x = word ^ (0x0101010101010101u * (unsigned char)c);
    uint64_t zero = ~(((x & low7) + low7) | x | low7); /* 0x80 where a byte is 0 */
    return ((zero >> 7) * 0x0102040810204080u) >> 56;
}

static void classify(const char *bytes, struct masks *out)
{
    *out = (struct masks){0};
    for (unsigned i = 0; i < BLOCK; i += 8) {
        uint64_t word = 0;
        for (unsigned j = 0; j < 8; j++)
            word |= (uint64_t)(unsigned char)bytes[i + j] << (8 * j);
        out->cr |= equal_in_word(word, '\r') << i;
        out->lf |= equal_in_word(word, '\n') << i;
        out->dot |= equal_in_word(word, '.') << i;
        out->nul |= equal_in_word(word, '\0') << i;
        uint64_t high = (word >> 7) & 0x0101010101010101u;
        out->high |= ((high * 0x0102040810204080u) >> 56) << i;
    }
}

#endif

static uint64_t low_bits(size_t count)
{
    return count >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << count) - 1;
}

void newline_count_line(struct newline_counts *counts, uint64_t tail)
{
    uint64_t length = counts->line - tail;
    if (length > counts->longest)
        counts->longest = length;
    counts->lines++;
    counts->line = 0;
}

/* Counts the `passed` first bytes of a block, in which every LF ends a line. */
static void count(struct newline_counts *counts, const struct masks *masks, size_t passed)
{
    uint64_t valid = low_bits(passed);
    uint64_t nul = masks->nul & valid;
    uint64_t lf = masks->lf & valid;
    if (nul != 0 && counts->nul_at == UINT64_MAX)
        counts->nul_at = counts->bytes + (unsigned)__builtin_ctzll(nul);
    counts->has_8bit |= (masks->high & valid) != 0;
    counts->bytes += passed;
    size_t at = 0;
    while (lf != 0) {
        size_t end = (size_t)__builtin_ctzll(lf);
        counts->line += end - at;
        newline_count_line(counts, 1); /* its CR */
        at = end + 1;
        lf &= lf - 1;
    }
    counts->line += passed - at;
}

/* Passes up to 64 bytes; returns how many were in order. */
static size_t scan_block(const char *bytes, size_t len, enum newline_state *state,
                         struct newline_counts *counts)
{
    struct masks masks;
    classify(bytes, &masks);
    uint64_t after_cr = masks.cr << 1 | (*state == NEWLINE_CR ? 1u : 0u);
    uint64_t start = (masks.lf & after_cr) << 1 | (*state == NEWLINE_START ? 1u : 0u);
    uint64_t wrong = ((after_cr ^ masks.lf) | (masks.dot & start)) & low_bits(len);
    size_t passed = wrong != 0 ? (size_t)__builtin_ctzll(wrong) : len;
    if (passed == 0)
        return 0;
    uint64_t last = (uint64_t)1 << (passed - 1);
    *state = masks.cr & last ? NEWLINE_CR : masks.lf & last ? NEWLINE_START : NEWLINE_LINE;
    if (counts)
        count(counts, &masks, passed);
    return passed;
}

size_t newline_scan(struct span s, enum newline_state *state, struct newline_counts *counts)
{
    size_t at = 0;
    while (s.len - at >= BLOCK) {
        size_t passed = scan_block(s.ptr + at, BLOCK, state, counts);
        at += passed;
        if (passed < BLOCK)
            return at;
    }
    if (at < s.len) {
        char last[BLOCK] = {0};
        memcpy(last, s.ptr + at, s.len - at);
        at += scan_block(last, s.len - at, state, counts);
    }
    return at;
}
